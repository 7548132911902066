/* Growth of byte strings. The room doubles, so that building a text of n bytes
 * copies O(n) bytes however small the pieces are. A failure sticks: texts of the
 * mount are made of dozens of pieces, and a check after each of them would hide
 * what the text looks like. */
#include "base/strbuf.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ROOM_MIN = 64 };

/* Makes room for `more` bytes and a NUL. */
static bool reserve(struct strbuf *buf, size_t more)
{
	size_t need, room;
	char *bytes;

	if (buf->failed)
		return false;
	if (more >= SIZE_MAX / 2 || buf->size >= SIZE_MAX / 2 - more) {
		buf->failed = true;
		return false;
	}
	need = buf->size + more + 1;
	if (need <= buf->room)
		return true;
	room = buf->room > need / 2 ? buf->room * 2 : need;
	if (room < ROOM_MIN)
		room = ROOM_MIN;
	bytes = realloc(buf->bytes, room);
	if (!bytes) {
		buf->failed = true;
		return false;
	}
	buf->bytes = bytes;
	buf->room = room;
	return true;
}

void strbuf_add(struct strbuf *buf, const void *bytes, size_t size)
{
	if (!reserve(buf, size))
		return;
	if (size > 0)
		memcpy(buf->bytes + buf->size, bytes, size);
	buf->size += size;
	buf->bytes[buf->size] = '\0';
}

void strbuf_add_text(struct strbuf *buf, const char *text)
{
	if (text)
		strbuf_add(buf, text, strlen(text));
}

void strbuf_add_char(struct strbuf *buf, char c)
{
	strbuf_add(buf, &c, 1);
}

void strbuf_addf(struct strbuf *buf, const char *format, ...)
{
	va_list args, again;
	size_t room;
	int n;

	if (!reserve(buf, 0))
		return;
	room = buf->room - buf->size;
	va_start(args, format);
	va_copy(again, args);
	n = vsnprintf(buf->bytes + buf->size, room, format, args);
	va_end(args);
	if (n < 0)
		buf->failed = true;
	else if ((size_t)n >= room && reserve(buf, (size_t)n))
		vsnprintf(buf->bytes + buf->size, (size_t)n + 1, format, again);
	va_end(again);
	if (!buf->failed)
		buf->size += (size_t)n;
	buf->bytes[buf->size] = '\0';
}

void strbuf_clear(struct strbuf *buf)
{
	buf->size = 0;
	buf->failed = false;
	if (buf->bytes)
		buf->bytes[0] = '\0';
}

bool strbuf_failed(const struct strbuf *buf)
{
	return buf->failed;
}

const char *strbuf_text(const struct strbuf *buf)
{
	return buf->bytes ? buf->bytes : "";
}

char *strbuf_take(struct strbuf *buf, size_t *ret_size)
{
	char *bytes;

	reserve(buf, 0);
	if (buf->failed) {
		strbuf_done(buf);
		return NULL;
	}
	buf->bytes[buf->size] = '\0';
	bytes = buf->bytes;
	if (ret_size)
		*ret_size = buf->size;
	*buf = (struct strbuf)STRBUF_EMPTY;
	return bytes;
}

void strbuf_done(struct strbuf *buf)
{
	free(buf->bytes);
	*buf = (struct strbuf)STRBUF_EMPTY;
}
