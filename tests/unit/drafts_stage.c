/* What every test of open files does. */
#include "drafts_stage.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

struct drafts *drafts;

int drafts_stage_set_up(void **state)
{
	int r = stage_set_up(state);

	drafts = r == 0 ? drafts_new(stage.base->store, stage.catalog) : NULL;
	stage.is_written = drafts_owes_close;
	stage.is_written_arg = drafts;
	return drafts ? 0 : -1;
}

int drafts_stage_tear_down(void **state)
{
	drafts_free(drafts);
	return stage_tear_down(state);
}

struct draft *open_draft(int64_t id, enum draft_access access)
{
	struct file file = stage_file(id);
	struct draft *draft;

	assert_int_equal(draft_open(drafts, &file, access, &draft), 0);
	return draft;
}

void write_text(struct draft *draft, const char *text, int64_t offset)
{
	assert_int_equal(draft_write(draft, text, strlen(text), offset), strlen(text));
}

void assert_bytes(struct draft *draft, const char *want, size_t size)
{
	char *got = malloc(size + 2);

	assert_non_null(got);
	got[size] = '#';
	assert_int_equal(draft_read(draft, got, size + 1, 0), size);
	assert_memory_equal(got, want, size);
	assert_int_equal(got[size], '#');
	free(got);
}
