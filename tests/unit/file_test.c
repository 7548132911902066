/* Files at the edges of their limits, things that are no files, and the clocks'
 * conversions at the edges of their range. */
#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "scratch_dir.h"

static void put(const char *path, const char *bytes, size_t size)
{
	CLEANUP(close_fd) int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(file_write_all(fd, bytes, size), 0);
	assert_int_equal(file_sync(fd), 0);
}

static void test_read_within_its_limit(void **state)
{
	static const struct {
		size_t size, max;
		int want;
	} rows[] = {
		{ 0, 0, 0 },           { 0, 10, 0 },           { 1, 0, -EFBIG },  { 10, 10, 0 },
		{ 11, 10, -EFBIG },    { 4095, 4095, 0 },      { 4096, 4096, 0 }, { 4097, 4097, 0 },
		{ 9999, SIZE_MAX, 0 }, { 9999, 9998, -EFBIG },
	};
	CLEANUP(free_ptr) char *path = file_join(*state, "f");
	char want[10000];

	for (size_t i = 0; i < sizeof(want); i++)
		want[i] = (char)i;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		CLEANUP(free_ptr) char *bytes = NULL;
		size_t size = 12345;

		put(path, want, rows[i].size);
		assert_int_equal(file_read(path, rows[i].max, &bytes, &size), rows[i].want);
		if (rows[i].want < 0) {
			assert_null(bytes);
			assert_int_equal(size, 12345);
			continue;
		}
		assert_int_equal(size, rows[i].size);
		assert_memory_equal(bytes, want, size);
		assert_int_equal(bytes[size], '\0');
	}
}

static void test_read_refuses_what_is_no_file(void **state)
{
	CLEANUP(free_ptr) char *fifo = file_join(*state, "fifo");
	CLEANUP(free_ptr) char *none = file_join(*state, "none");
	char *bytes = NULL;
	size_t size;

	assert_int_equal(mkfifo(fifo, 0600), 0);
	assert_int_equal(file_read(fifo, 10, &bytes, &size), -EINVAL);
	assert_int_equal(file_read(none, 10, &bytes, &size), -ENOENT);
	assert_int_equal(file_read(*state, 10, &bytes, &size), -EISDIR);
	assert_null(bytes);
}

/* stat says 0 bytes there. */
static void test_read_of_proc(void **state)
{
	CLEANUP(free_ptr) char *bytes = NULL;
	size_t size = 0;

	(void)state;
	assert_int_equal(file_read("/proc/self/status", 1 << 20, &bytes, &size), 0);
	assert_true(size > 100);
	assert_int_equal(strlen(bytes), size);
	assert_int_equal(file_read("/proc/self/status", 100, &bytes, &size), -EFBIG);
}

static void test_write_all_tells_errors(void **state)
{
	CLEANUP(close_fd) int full = open("/dev/full", O_WRONLY | O_CLOEXEC);

	(void)state;
	assert_true(full >= 0);
	assert_int_equal(file_write_all(full, "x", 1), -ENOSPC);
	assert_int_equal(file_write_all(full, "x", 0), 0);
	assert_int_equal(file_write_all(-1, "x", 1), -EBADF);
	assert_int_equal(file_sync(-1), -EBADF);
}

static void test_make_dirs(void **state)
{
	static const struct {
		const char *path;
		int want;
	} rows[] = {
		{ "a", 0 },
		{ "a", 0 },
		{ "a/b/c", 0 },
		{ "a//b///d/", 0 },
		{ "x/y/z/", 0 },
		{ "file", -ENOTDIR },
		{ "file/below", -ENOTDIR },
		{ "dangling", -ENOTDIR },
		{ "link/e", 0 },
	};
	struct stat st;

	assert_int_equal(chdir(*state), 0);
	put("file", "", 0);
	assert_int_equal(symlink("nowhere", "dangling"), 0);
	assert_int_equal(symlink("a", "link"), 0);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		CLEANUP(free_ptr) char *absolute = file_join(*state, rows[i].path);

		assert_int_equal(file_make_dirs(rows[i].path), rows[i].want);
		assert_int_equal(file_make_dirs(absolute), rows[i].want);
	}
	assert_int_equal(stat("a/b/d", &st), 0);
	assert_int_equal(st.st_mode & 0777, 0700);
	assert_int_equal(stat("a/e", &st), 0);
	assert_int_equal(file_make_dirs(""), -ENOENT);
	assert_int_equal(file_make_dirs("/"), 0);
	assert_int_equal(chdir("/"), 0);
}

static void test_sync_dir(void **state)
{
	CLEANUP(free_ptr) char *file = file_join(*state, "f");

	put(file, "", 0);
	assert_int_equal(file_sync_dir(*state), 0);
	assert_int_equal(file_sync_dir(file), -ENOTDIR);
	assert_int_equal(file_sync_dir("/nonexistent"), -ENOENT);
}

static void test_join(void **state)
{
	CLEANUP(free_ptr) char *path = file_join("dir", "name");
	CLEANUP(free_ptr) char *root = file_join("", "");

	(void)state;
	assert_string_equal(path, "dir/name");
	assert_string_equal(root, "/");
}

static void test_clock_text(void **state)
{
	static const struct {
		int64_t wall_ms;
		const char *want;
	} rows[] = {
		{ 0, "1970-01-01T00:00:00Z" },
		{ 999, "1970-01-01T00:00:00Z" },
		{ -1, "1969-12-31T23:59:59Z" },
		{ INT64_C(1795222923000), "2026-11-21T01:02:03Z" },
		{ INT64_C(951782400000), "2000-02-29T00:00:00Z" },
		{ INT64_MAX, "9999-12-31T23:59:59Z" },
		{ INT64_MIN, "0000-01-01T00:00:00Z" },
	};
	char text[CLOCK_TEXT_ROOM];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_string_equal(clock_text(rows[i].wall_ms, text, sizeof(text)), rows[i].want);
}

static void test_clock_timespec(void **state)
{
	static const struct {
		int64_t ns, seconds;
		long rest;
	} rows[] = {
		{ 0, 0, 0 },
		{ 1, 0, 1 },
		{ -1, -1, 999999999 },
		{ -1000000000, -1, 0 },
		{ 1500000000, 1, 500000000 },
		{ INT64_MAX, INT64_C(9223372036), 854775807 },
		{ INT64_C(-9223372036000000000), INT64_C(-9223372036), 0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct timespec ts = clock_timespec(rows[i].ns);

		assert_int_equal(ts.tv_sec, rows[i].seconds);
		assert_int_equal(ts.tv_nsec, rows[i].rest);
		assert_int_equal(clock_ns(ts), rows[i].ns);
	}
	assert_true(clock_ns((struct timespec){ .tv_sec = INT64_MAX }) == INT64_MAX);
	assert_true(clock_ns((struct timespec){ .tv_sec = INT64_MIN }) == INT64_MIN);
	assert_true(clock_timespec(INT64_MIN).tv_nsec >= 0);
	assert_true(clock_steady_ms() > 0 && clock_steady_ms() <= clock_steady_ms());
	assert_true(clock_wall_ms() > INT64_C(1700000000000));
}

#define IN_SCRATCH_DIR(test)                                                                       \
	cmocka_unit_test_setup_teardown(test, scratch_dir_make, scratch_dir_remove)

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_SCRATCH_DIR(test_read_within_its_limit),
		IN_SCRATCH_DIR(test_read_refuses_what_is_no_file),
		cmocka_unit_test(test_read_of_proc),
		cmocka_unit_test(test_write_all_tells_errors),
		IN_SCRATCH_DIR(test_make_dirs),
		IN_SCRATCH_DIR(test_sync_dir),
		cmocka_unit_test(test_join),
		cmocka_unit_test(test_clock_text),
		cmocka_unit_test(test_clock_timespec),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
