/* The small words of case files. */
#ifndef EASELFS_TESTS_CASE_WORDS_H
#define EASELFS_TESTS_CASE_WORDS_H

#include <stddef.h>
#include <stdint.h>

/* A whole number from 0 and nothing else. 0 or -EINVAL. */
int case_read_number(const char *text, int64_t *ret_number);
/* "500ms", "2s", "10m", "25h". 0 or -EINVAL. */
int case_read_duration(const char *text, int64_t *ret_ms);
/* How many bytes are "64x48"; 0: it does not begin so. */
size_t case_read_size(const char *text, unsigned *ret_width, unsigned *ret_height);

#endif
