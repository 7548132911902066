/* Repairs of a store with a row of every table. Every function fails the test that calls
 * it. */
#ifndef EASELFS_TESTS_RECOVER_STAGE_H
#define EASELFS_TESTS_RECOVER_STAGE_H

#include <stdint.h>

#include "io/store_recover.h"

enum { PICTURES = 3 };

/* Jobs 3 (album/a.txt, done), 4 (b.txt, running) and 5 (c.txt, queued), with the runs 11 to
 * 13, the calls 21 to 23, the files 8 to 10 and the pictures 31 to 33 of the first. No log
 * is left. */
void make_store(const char *dir);
int64_t pages_of(const char *dir);

/* Tells of the files of the pictures 31 to 33 in this range of 1 to 3. */
void tell_pictures(struct store_recover *recover, int first, int last);

/* A whole repair, with all pictures; the result is sound, and nothing in it is under way. */
void rebuild(const char *dir, struct store_recover_summary *summary);

#endif
