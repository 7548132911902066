/* Memory for painting. A painter without memory has nothing else to do, so that
 * failing ends the program: status 1, one line on standard error. */
#ifndef EASELFS_PREVIEW_MEMORY_H
#define EASELFS_PREVIEW_MEMORY_H

#include <stddef.h>

/* Ends the program for `reason`. */
void memory_give_up(const char *reason) __attribute__((noreturn));

/* `count` things of `size` bytes, zeroed, the caller's to free(). Never NULL. */
void *memory_zeroed(size_t count, size_t size);

#endif
