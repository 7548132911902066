/* UTF-8 and what may be shown: names are bytes, and what a person or a
 * terminal gets to see is made printable first. */
#ifndef EASELFS_BASE_UTF8_H
#define EASELFS_BASE_UTF8_H

#include <stdbool.h>
#include <stddef.h>

#include "base/strbuf.h"

/* Whether the bytes are well-formed UTF-8 (RFC 3629: no surrogates, nothing
 * overlong, nothing above U+10FFFF). On false *ret_offset, unless NULL, is the
 * first byte that is not. NUL counts as valid. */
bool utf8_valid(const char *bytes, size_t size, size_t *ret_offset);

/* The largest size <= max that does not cut a character in two. Bytes that are
 * no UTF-8 are cut anywhere. */
size_t utf8_cut(const char *bytes, size_t size, size_t max);

/* How many columns a terminal gives the text: two for a wide character, none for
 * a combining one, one for a byte that is no UTF-8. No control characters. */
size_t utf8_columns(const char *bytes, size_t size);
/* The largest size whose text fits into `columns`. */
size_t utf8_fit(const char *bytes, size_t size, size_t columns);

enum printable { PRINTABLE_LINE, PRINTABLE_TEXT };

/* Appends the bytes so that a terminal shows them as text: control characters
 * (C0, DEL, C1, and the bidirectional overrides U+202A..U+202E, U+2066..U+2069)
 * and invalid bytes become \xNN (each byte). PRINTABLE_TEXT keeps newline and
 * tab; PRINTABLE_LINE escapes them as \n and \t. */
void utf8_add_printable(struct strbuf *buf, const char *bytes, size_t size, enum printable kind);

#endif
