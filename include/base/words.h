/* A line as words: blanks and tabs separate them, double quotes hold one together and may
 * be anywhere in it. There is no escape: a word cannot have a '"'. */
#ifndef EASELFS_BASE_WORDS_H
#define EASELFS_BASE_WORDS_H

#include <stddef.h>

/* A NULL-terminated list for words_free(), of at most `max` words; without any word it is
 * empty. 0, -EINVAL for a quote that is not closed, -E2BIG or -ENOMEM. Any thread. */
int words_split(const char *text, size_t max, char ***ret_words);
void words_free(char **words); /* NULL is a no-op */

static inline void cleanup_words(char ***words)
{
	words_free(*words);
}

#endif
