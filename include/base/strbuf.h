/* A growing byte string. An allocation that fails makes the buffer fail for
 * good: later calls do nothing and strbuf_failed() tells, so that a text of
 * many pieces needs one check at its end. */
#ifndef EASELFS_BASE_STRBUF_H
#define EASELFS_BASE_STRBUF_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

struct strbuf {
	char *bytes; /* NUL-terminated after the first append; else NULL */
	size_t size; /* without the NUL */
	size_t room;
	bool failed;
};

#define STRBUF_EMPTY                                                                               \
	{                                                                                          \
		0                                                                                  \
	}

/* What is added must not lie in the buffer itself. */
void strbuf_add(struct strbuf *buf, const void *bytes, size_t size);
void strbuf_add_text(struct strbuf *buf, const char *text); /* NULL adds nothing */
void strbuf_add_char(struct strbuf *buf, char c);
void strbuf_addf(struct strbuf *buf, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Forgets the contents and a failure, keeps the room. */
void strbuf_clear(struct strbuf *buf);
bool strbuf_failed(const struct strbuf *buf);
/* The text, never NULL ("" when empty); ours. */
const char *strbuf_text(const struct strbuf *buf);
/* Gives the NUL-terminated bytes away (the caller frees; NULL on failure) and
 * leaves the buffer empty. An empty buffer gives an allocated "". */
char *strbuf_take(struct strbuf *buf, size_t *ret_size);
/* Frees the contents; the buffer may be used again. */
void strbuf_done(struct strbuf *buf);

static inline void cleanup_strbuf(struct strbuf *buf)
{
	strbuf_done(buf);
}

#endif
