/* Open files over the stage of a catalog: the test plays who writes them. */
#ifndef EASELFS_TESTS_DRAFTS_STAGE_H
#define EASELFS_TESTS_DRAFTS_STAGE_H

#include "catalog_stage.h"
#include "mount/drafts.h"

/* Lives for one test; the stage's renames ask it who writes. */
extern struct drafts *drafts;

int drafts_stage_set_up(void **state);
int drafts_stage_tear_down(void **state);

struct draft *open_draft(int64_t id, enum draft_access access);
void write_text(struct draft *draft, const char *text, int64_t offset);
/* The draft has these bytes and no more. */
void assert_bytes(struct draft *draft, const char *want, size_t size);

#define DRAFTS_ROW(name)                                                                           \
	cmocka_unit_test_setup_teardown(name, drafts_stage_set_up, drafts_stage_tear_down)

#endif
