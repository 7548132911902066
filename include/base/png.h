/* The frame of a PNG: signature, header, chunks, packed rows (PNG specification, second
 * edition, 5 and 11). What the pixels are is for those who paint. */
#ifndef EASELFS_BASE_PNG_H
#define EASELFS_BASE_PNG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <zlib.h>

#include "base/strbuf.h"

enum {
	PNG_CHUNK_FRAME = 12,  /* bytes of a chunk besides its data */
	PNG_PIECE = 64 * 1024, /* bytes of packed rows in a chunk, at most */
};

/* Of eight bits a channel or index; by their numbers in the format. */
enum png_color { PNG_RGB = 2, PNG_PALETTE = 3 };

/* All append; that memory ran out is said by strbuf_failed(). */

void png_add_header(struct strbuf *png, uint32_t w, uint32_t h, enum png_color color);

/* `type` has four letters. */
void png_add_chunk(struct strbuf *png, const char *type, const void *data, uint32_t size);

/* Rows on their way into IDAT chunks: packed quickly, for filters that leave long runs
 * of the same byte (zlib's Z_RLE). */
struct png_rows {
	struct strbuf *png;
	unsigned char *piece;
	z_stream stream;
};

/* `piece` has room for PNG_PIECE bytes and stays the caller's until png_rows_end().
 * 0 or -ENOMEM. */
int png_rows_begin(struct png_rows *rows, struct strbuf *png, unsigned char *piece);

/* A row with the number of its filter before it. 0 or -ENOMEM. */
int png_rows_add(struct png_rows *rows, const unsigned char *row, size_t size, bool last);

void png_rows_end(struct png_rows *rows);

#endif
