#include "base/png.h"

#include <errno.h>

enum { BITS = 8, EFFORT = 1, WINDOW_BITS = 15, MEMORY_LEVEL = 9 };

static void put_u32(unsigned char *at, uint32_t value)
{
	at[0] = (unsigned char)(value >> 24);
	at[1] = (unsigned char)(value >> 16);
	at[2] = (unsigned char)(value >> 8);
	at[3] = (unsigned char)value;
}

void png_add_chunk(struct strbuf *png, const char *type, const void *data, uint32_t size)
{
	unsigned char word[4];
	uLong crc = crc32(0, (const unsigned char *)type, 4);

	put_u32(word, size);
	strbuf_add(png, word, 4);
	strbuf_add(png, type, 4);
	if (size) {
		strbuf_add(png, data, size);
		crc = crc32_z(crc, data, size);
	}
	put_u32(word, (uint32_t)crc);
	strbuf_add(png, word, 4);
}

void png_add_header(struct strbuf *png, uint32_t w, uint32_t h, enum png_color color)
{
	static const unsigned char signature[] = { 0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n' };
	unsigned char header[13] = { 0 };

	put_u32(header, w);
	put_u32(header + 4, h);
	header[8] = BITS;
	header[9] = (unsigned char)color;
	strbuf_add(png, signature, sizeof(signature));
	png_add_chunk(png, "IHDR", header, sizeof(header));
}

static void begin_piece(struct png_rows *rows)
{
	rows->stream.next_out = rows->piece;
	rows->stream.avail_out = PNG_PIECE;
}

int png_rows_begin(struct png_rows *rows, struct strbuf *png, unsigned char *piece)
{
	*rows = (struct png_rows){ .png = png, .piece = piece };
	begin_piece(rows);
	return deflateInit2(&rows->stream, EFFORT, Z_DEFLATED, WINDOW_BITS, MEMORY_LEVEL, Z_RLE) ==
			       Z_OK
		       ? 0
		       : -ENOMEM;
}

int png_rows_add(struct png_rows *rows, const unsigned char *row, size_t size, bool last)
{
	z_stream *stream = &rows->stream;
	int r;

	/* zlib's interface has no const; it only reads. */
	stream->next_in = (unsigned char *)row;
	stream->avail_in = (uInt)size;
	do {
		r = deflate(stream, last ? Z_FINISH : Z_NO_FLUSH);
		if (r == Z_STREAM_ERROR)
			return -ENOMEM;
		if (!stream->avail_out || (r == Z_STREAM_END && stream->avail_out < PNG_PIECE)) {
			png_add_chunk(rows->png, "IDAT", rows->piece,
				      PNG_PIECE - stream->avail_out);
			begin_piece(rows);
		}
	} while (stream->avail_in || (last && r != Z_STREAM_END));
	return 0;
}

void png_rows_end(struct png_rows *rows)
{
	deflateEnd(&rows->stream);
}
