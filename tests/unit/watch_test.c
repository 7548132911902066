/* How many poll handles are kept. */
#include "mount/watch.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

static int handle_count;

static struct fuse_pollhandle *new_handle(void)
{
	handle_count++;
	return malloc(1);
}

/* In place of libfuse's. */
void fuse_pollhandle_destroy(struct fuse_pollhandle *ph)
{
	handle_count--;
	free(ph);
}

/* As the notifier does: how many were told. */
static int tell(struct watch *watch)
{
	struct fuse_pollhandle *handle;
	int count = 0;

	for (; (handle = watch_take_poll(watch)); count++)
		fuse_pollhandle_destroy(handle);
	return count;
}

static void poll_often(struct watch *watch, struct polls *polls, int64_t job)
{
	for (int i = 0; i < 1000; i++)
		watch_poll(watch, polls, job, new_handle());
}

static void test_one_for_each_file(void **state)
{
	struct watch *watch = watch_new(NULL);
	struct polls first = { 0 }, second = { 0 }, any = { 0 };

	(void)state;
	poll_often(watch, &first, 1);
	poll_often(watch, &second, 1);
	poll_often(watch, &any, 0);
	assert_int_equal(handle_count, 3);
	watch_job(watch, 2);
	assert_int_equal(tell(watch), 1);
	watch_job(watch, 1);
	assert_int_equal(tell(watch), 2);
	assert_int_equal(handle_count, 0);
	watch_free(watch);
}

/* Whoever slept when the change came is woken, though somebody else polled since. */
static void test_due_stays_due(void **state)
{
	struct watch *watch = watch_new(NULL);
	struct polls polls = { 0 };

	(void)state;
	for (int i = 0; i < 1000; i++) {
		watch_poll(watch, &polls, 1, new_handle());
		watch_job(watch, 1);
	}
	assert_int_equal(handle_count, 1);
	watch_poll(watch, &polls, 1, new_handle());
	assert_int_equal(tell(watch), 1);
	assert_int_equal(tell(watch), 0);
	watch_job(watch, 1);
	assert_int_equal(tell(watch), 1);
	assert_int_equal(handle_count, 0);
	watch_free(watch);
}

static void test_closed(void **state)
{
	struct watch *watch = watch_new(NULL);
	struct polls closed = { 0 }, open = { 0 };

	(void)state;
	watch_poll(watch, &closed, 1, new_handle());
	watch_poll(watch, &open, 1, new_handle());
	watch_job(watch, 1);
	watch_poll(watch, &closed, 1, new_handle());
	watch_poll(watch, &open, 1, new_handle());
	watch_forget(watch, &closed);
	assert_int_equal(handle_count, 2);
	watch_forget(watch, &closed);
	assert_int_equal(tell(watch), 1);
	watch_free(watch);
	assert_int_equal(handle_count, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_one_for_each_file),
		cmocka_unit_test(test_due_stays_due),
		cmocka_unit_test(test_closed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
