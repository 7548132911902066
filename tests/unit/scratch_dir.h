/* A directory of a test's own, gone with all in it when the test is over. */
#ifndef EASELFS_TESTS_SCRATCH_DIR_H
#define EASELFS_TESTS_SCRATCH_DIR_H

/* For cmocka: *state becomes the path, absolute. */
int scratch_dir_make(void **state);
int scratch_dir_remove(void **state);

#endif
