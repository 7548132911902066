/* A store of a test's own, in a directory of its own. */
#ifndef EASELFS_TESTS_STORE_STAGE_H
#define EASELFS_TESTS_STORE_STAGE_H

#include "io/store.h"
#include "job/name.h"

struct store_stage {
	void *dir; /* char *, absolute */
	struct store *store;
};

/* For cmocka: *state becomes the stage. */
int store_stage_set_up(void **state);
int store_stage_tear_down(void **state);

/* Closes the store and opens it again, as a daemon that was started anew. */
void store_stage_reopen(struct store_stage *stage);

/* Runs `body` in a write transaction; assertions inside it are fine. */
void store_stage_write(struct store_stage *stage, store_write_fn *body, void *arg);

/* What `body` returns, and says, in another process: locks are not kept from one's own. */
int store_stage_elsewhere(int (*body)(const char *dir, struct diag *diag), const char *dir,
			  struct diag *ret_diag);

struct name named(const char *text);

#define STORE_ROW(name)                                                                            \
	cmocka_unit_test_setup_teardown(name, store_stage_set_up, store_stage_tear_down)

#endif
