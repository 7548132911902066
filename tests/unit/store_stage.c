/* Everything through the real files: no test looks at a store in memory. */
#include "store_stage.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "scratch_dir.h"

int store_stage_set_up(void **state)
{
	struct store_stage *stage = calloc(1, sizeof(*stage));
	struct diag diag;

	if (!stage)
		return -1;
	if (scratch_dir_make(&stage->dir) < 0 ||
	    store_open(stage->dir, STORE_READ_WRITE, &stage->store, &diag) < 0) {
		free(stage);
		return -1;
	}
	*state = stage;
	return 0;
}

int store_stage_tear_down(void **state)
{
	struct store_stage *stage = *state;
	int r;

	store_close(stage->store);
	r = scratch_dir_remove(&stage->dir);
	free(stage);
	return r;
}

void store_stage_reopen(struct store_stage *stage)
{
	struct diag diag;

	store_close(stage->store);
	stage->store = NULL;
	assert_int_equal(store_open(stage->dir, STORE_READ_WRITE, &stage->store, &diag), 0);
}

void store_stage_write(struct store_stage *stage, store_write_fn *body, void *arg)
{
	assert_int_equal(store_write(stage->store, STORE_LAZY, body, arg), 0);
}

int store_stage_elsewhere(int (*body)(const char *dir, struct diag *diag), const char *dir,
			  struct diag *ret_diag)
{
	struct {
		struct diag diag;
		int r;
	} answer = { .r = 0 };
	int ends[2];
	pid_t child;

	assert_int_equal(pipe(ends), 0);
	child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		answer.r = body(dir, &answer.diag);
		_exit(write(ends[1], &answer, sizeof(answer)) == (ssize_t)sizeof(answer) ? 0 : 1);
	}
	close(ends[1]);
	assert_int_equal(read(ends[0], &answer, sizeof(answer)), sizeof(answer));
	close(ends[0]);
	assert_int_equal(waitpid(child, NULL, 0), child);
	*ret_diag = answer.diag;
	return answer.r;
}

struct name named(const char *text)
{
	struct name name;

	assert_int_equal(name_set(&name, text, strlen(text)), 0);
	return name;
}
