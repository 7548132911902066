/* The log is read back from a file: one line a message, whatever the message is
 * made of, and whole lines when threads write at once. */
#include "base/log.h"

#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "base/utf8.h"
#include "scratch_dir.h"

enum { TIME_SIZE = 21, THREADS = 4, LINES = 200, LOG_MAX = 1 << 20 };

static char *logged(const char *path)
{
	char *bytes = NULL;
	size_t size;

	assert_int_equal(file_read(path, LOG_MAX, &bytes, &size), 0);
	assert_true(utf8_valid(bytes, size, NULL));
	return bytes;
}

static const struct {
	enum log_level level;
	const char *text;
	const char *want; /* after the time; NULL: not shown */
} rows[] = {
	{ LOG_ERROR, "disk", "error: disk\n" },
	{ LOG_WARN, "", "warning: \n" },
	{ LOG_NOTE, "größer", "note: größer\n" },
	{ LOG_VERBOSE, "chatter", NULL },
	{ LOG_NOTE, "a\n2026-11-21T01:02:03Z error: forged",
	  "note: a\\n2026-11-21T01:02:03Z error: forged\n" },
	{ LOG_NOTE, "\x1b]0;title\a\xff", "note: \\x1b]0;title\\x07\\xff\n" },
};

static void test_lines(void **state)
{
	CLEANUP(free_ptr) char *path = file_join(*state, "log");
	CLEANUP(free_ptr) char *bytes = NULL;
	const char *at;
	struct stat st;

	assert_int_equal(log_open(LOG_TO_FILE, path, LOG_NOTE), 0);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		errno = EXDEV;
		log_write(rows[i].level, "%s", rows[i].text);
		assert_int_equal(errno, EXDEV);
	}
	assert_int_equal(log_open(LOG_TO_STDERR, NULL, LOG_ERROR), 0);
	log_write(LOG_WARN, "not shown");
	at = bytes = logged(path);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (!rows[i].want)
			continue;
		assert_true(strlen(at) > TIME_SIZE && at[TIME_SIZE - 2] == 'Z');
		at += TIME_SIZE;
		assert_memory_equal(at, rows[i].want, strlen(rows[i].want));
		at += strlen(rows[i].want);
	}
	assert_string_equal(at, "");
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
}

static void test_a_file_is_continued(void **state)
{
	CLEANUP(free_ptr) char *path = file_join(*state, "log");
	CLEANUP(free_ptr) char *bytes = NULL;

	for (int i = 0; i < 2; i++) {
		assert_int_equal(log_open(LOG_TO_FILE, path, LOG_VERBOSE), 0);
		log_write(LOG_VERBOSE, "round %d", i);
	}
	assert_int_equal(log_open(LOG_TO_STDERR, NULL, LOG_NOTE), 0);
	bytes = logged(path);
	assert_non_null(strstr(bytes, "debug: round 0\n"));
	assert_non_null(strstr(bytes, "debug: round 1\n"));
}

static void test_a_failed_open_changes_nothing(void **state)
{
	CLEANUP(free_ptr) char *path = file_join(*state, "log");
	CLEANUP(free_ptr) char *bytes = NULL;

	assert_int_equal(log_open(LOG_TO_FILE, path, LOG_NOTE), 0);
	assert_int_equal(log_open(LOG_TO_FILE, *state, LOG_ERROR), -EISDIR);
	log_write(LOG_NOTE, "still here");
	assert_int_equal(log_open(LOG_TO_STDERR, NULL, LOG_NOTE), 0);
	bytes = logged(path);
	assert_non_null(strstr(bytes, "note: still here\n"));
}

static void test_a_long_line_is_cut_at_a_character(void **state)
{
	CLEANUP(free_ptr) char *path = file_join(*state, "log");
	CLEANUP(free_ptr) char *bytes = NULL;
	char text[20001];

	for (size_t i = 0; i < sizeof(text) - 1; i++)
		text[i] = i % 2 ? '\xa9' : '\xc3';
	text[sizeof(text) - 1] = '\0';
	assert_int_equal(log_open(LOG_TO_FILE, path, LOG_NOTE), 0);
	log_write(LOG_NOTE, "%s", text);
	assert_int_equal(log_open(LOG_TO_STDERR, NULL, LOG_NOTE), 0);
	bytes = logged(path);
	assert_true(strlen(bytes) > 4000 && strlen(bytes) < 10000);
	assert_string_equal(bytes + strlen(bytes) - 3, "é\n");
}

static void *write_lines(void *name)
{
	for (int i = 0; i < LINES; i++)
		log_write(LOG_NOTE, "%s begins and %s ends", (char *)name, (char *)name);
	return NULL;
}

static void test_threads_do_not_mix_lines(void **state)
{
	static char names[THREADS][8] = { "aa", "bbbb", "cccccc", "d" };
	CLEANUP(free_ptr) char *path = file_join(*state, "log");
	CLEANUP(free_ptr) char *bytes = NULL;
	pthread_t threads[THREADS];
	char *rest, *line;
	int lines = 0;

	assert_int_equal(log_open(LOG_TO_FILE, path, LOG_NOTE), 0);
	for (int i = 0; i < THREADS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, write_lines, names[i]), 0);
	for (int i = 0; i < THREADS; i++)
		assert_int_equal(pthread_join(threads[i], NULL), 0);
	assert_int_equal(log_open(LOG_TO_STDERR, NULL, LOG_NOTE), 0);
	bytes = logged(path);
	for (line = strtok_r(bytes, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
		char first[8], second[8];

		assert_int_equal(
			sscanf(line + TIME_SIZE, "note: %7s begins and %7s ends", first, second),
			2);
		assert_string_equal(first, second);
		lines++;
	}
	assert_int_equal(lines, THREADS * LINES);
}

#define IN_SCRATCH_DIR(test)                                                                       \
	cmocka_unit_test_setup_teardown(test, scratch_dir_make, scratch_dir_remove)

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_SCRATCH_DIR(test_lines),
		IN_SCRATCH_DIR(test_a_file_is_continued),
		IN_SCRATCH_DIR(test_a_failed_open_changes_nothing),
		IN_SCRATCH_DIR(test_a_long_line_is_cut_at_a_character),
		IN_SCRATCH_DIR(test_threads_do_not_mix_lines),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
