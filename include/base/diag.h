/* A message for the person who wrote the input, not for a log. */
#ifndef EASELFS_BASE_DIAG_H
#define EASELFS_BASE_DIAG_H

enum { DIAG_TEXT_MAX = 400 };

struct diag {
	unsigned line;            /* of the input, from 1; 0: none */
	char text[DIAG_TEXT_MAX]; /* one line, no newline at its end */
};

/* Fills `diag` (NULL is allowed) and cuts what does not fit. `line` 0: none. */
void diag_set(struct diag *diag, unsigned line, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

#endif
