/* Lines of `events`, byte for byte: scripts read them with grep as well as jq. */
#include "job/journal.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/cleanup.h"

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

static void test_lines(void **state)
{
	static const struct {
		int64_t wall_ms;
		const char *path;
		int64_t run;
		enum state state;
		enum hold hold;
		const char *want;
	} rows[] = {
		{ 0, "cat.txt", 1, STATE_QUEUED, HOLD_NONE,
		  "{\"time\":\"1970-01-01T00:00:00Z\",\"job\":\"cat.txt\",\"run\":1,"
		  "\"status\":\"queued\"}\n" },
		{ 1795226523999, "album/dog.txt", 0, STATE_WRITING, HOLD_NONE,
		  "{\"time\":\"2026-11-21T02:02:03Z\",\"job\":\"album/dog.txt\",\"run\":null,"
		  "\"status\":\"writing\"}\n" },
		{ 0, "a", 12, STATE_HELD, HOLD_DOUBT,
		  "{\"time\":\"1970-01-01T00:00:00Z\",\"job\":\"a\",\"run\":12,"
		  "\"status\":\"held\",\"reason\":\"in doubt\"}\n" },
		{ 0, "a", 1, STATE_HELD, HOLD_NONE,
		  "{\"time\":\"1970-01-01T00:00:00Z\",\"job\":\"a\",\"run\":1,"
		  "\"status\":\"held\"}\n" },
		{ 0, "a", 1, STATE_WRITING, HOLD_KEY,
		  "{\"time\":\"1970-01-01T00:00:00Z\",\"job\":\"a\",\"run\":1,"
		  "\"status\":\"writing\"}\n" },
		{ 0, "\xC3\xA4\"\\", 1, STATE_DONE, HOLD_NONE,
		  "{\"time\":\"1970-01-01T00:00:00Z\",\"job\":\"\xC3\xA4\\\"\\\\\",\"run\":1,"
		  "\"status\":\"done\"}\n" },
		/* Names are bytes: a line stays a line, and text. */
		{ 0, "a\nb\xFF\x1b", 1, STATE_DONE, HOLD_NONE,
		  "{\"time\":\"1970-01-01T00:00:00Z\",\"job\":\"a\\\\nb\\\\xff\\\\x1b\",\"run\":1,"
		  "\"status\":\"done\"}\n" },
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(rows); i++) {
		CLEANUP(strbuf) struct strbuf path = STRBUF_EMPTY, line = STRBUF_EMPTY;

		strbuf_add_text(&path, rows[i].path);
		assert_int_equal(journal_line(rows[i].wall_ms, &path, rows[i].run, rows[i].state,
					      rows[i].hold, &line),
				 0);
		assert_string_equal(strbuf_text(&line), rows[i].want);
	}
}

static void test_lines_are_appended(void **state)
{
	CLEANUP(strbuf) struct strbuf path = STRBUF_EMPTY, line = STRBUF_EMPTY;
	size_t size;

	(void)state;
	strbuf_add_text(&path, "x");
	assert_int_equal(journal_line(0, &path, 1, STATE_DONE, HOLD_NONE, &line), 0);
	size = line.size;
	assert_int_equal(journal_line(0, &path, 1, STATE_DONE, HOLD_NONE, &line), 0);
	assert_int_equal(line.size, 2 * size);
	assert_memory_equal(line.bytes, line.bytes + size, size);
}

static void test_hold_words(void **state)
{
	static const char *const words[] = {
		[HOLD_NONE] = "",           [HOLD_INTERRUPTED] = "interrupted",
		[HOLD_KEY] = "key",         [HOLD_CREDIT] = "credit",
		[HOLD_PRICE] = "price",     [HOLD_LIMIT] = "limit",
		[HOLD_OVERDUE] = "overdue", [HOLD_DOUBT] = "in doubt",
	};

	(void)state;
	assert_int_equal(LENGTH(words), HOLDS);
	for (enum hold hold = 0; hold < HOLDS; hold++)
		assert_string_equal(hold_word(hold), words[hold]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lines),
		cmocka_unit_test(test_lines_are_appended),
		cmocka_unit_test(test_hold_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
