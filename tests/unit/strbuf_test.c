/* A size that no machine has stands for running out of memory. */
#include "base/strbuf.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/diag.h"

#define TOO_MUCH (SIZE_MAX - 8)

static void test_pieces_make_a_text(void **state)
{
	struct strbuf buf = STRBUF_EMPTY;

	(void)state;
	assert_string_equal(strbuf_text(&buf), "");
	assert_null(buf.bytes);
	strbuf_add_text(&buf, NULL);
	strbuf_add_text(&buf, "one");
	strbuf_add_char(&buf, ' ');
	strbuf_addf(&buf, "%d%s", 2, "");
	strbuf_add(&buf, "\0x", 2);
	strbuf_add(&buf, NULL, 0);
	assert_false(strbuf_failed(&buf));
	assert_int_equal(buf.size, 7);
	assert_memory_equal(buf.bytes, "one 2\0x", 8);
	strbuf_clear(&buf);
	assert_int_equal(buf.size, 0);
	assert_string_equal(strbuf_text(&buf), "");
	strbuf_done(&buf);
	assert_null(buf.bytes);
}

/* Around each size at which the room grows. */
static void test_growth_keeps_the_bytes(void **state)
{
	char text[300];

	(void)state;
	memset(text, 'x', sizeof(text));
	text[sizeof(text) - 1] = '\0';
	for (size_t before = 0; before < sizeof(text); before++) {
		struct strbuf buf = STRBUF_EMPTY;

		strbuf_add(&buf, text, before);
		strbuf_addf(&buf, "%s", text + before);
		assert_int_equal(buf.size, sizeof(text) - 1);
		assert_string_equal(strbuf_text(&buf), text);
		assert_true(buf.room > buf.size);
		strbuf_done(&buf);
	}
}

static void test_a_failure_sticks_until_cleared(void **state)
{
	struct strbuf buf = STRBUF_EMPTY;

	(void)state;
	strbuf_add_text(&buf, "kept");
	strbuf_add(&buf, "", TOO_MUCH);
	assert_true(strbuf_failed(&buf));
	strbuf_add_text(&buf, "more");
	strbuf_addf(&buf, "%d", 1);
	strbuf_add_char(&buf, 'c');
	assert_true(strbuf_failed(&buf));
	assert_string_equal(strbuf_text(&buf), "kept");
	strbuf_clear(&buf);
	assert_false(strbuf_failed(&buf));
	strbuf_add_text(&buf, "new");
	assert_string_equal(strbuf_text(&buf), "new");
	strbuf_done(&buf);
}

static void test_take(void **state)
{
	struct strbuf buf = STRBUF_EMPTY;
	size_t size = 99;
	char *bytes;

	(void)state;
	bytes = strbuf_take(&buf, &size);
	assert_string_equal(bytes, "");
	assert_int_equal(size, 0);
	free(bytes);

	strbuf_add_text(&buf, "mine");
	bytes = strbuf_take(&buf, &size);
	assert_string_equal(bytes, "mine");
	assert_int_equal(size, 4);
	assert_null(buf.bytes);
	assert_int_equal(buf.size, 0);
	free(bytes);

	strbuf_add_text(&buf, "lost");
	strbuf_add(&buf, "", TOO_MUCH);
	assert_null(strbuf_take(&buf, &size));
	assert_int_equal(size, 4);
	assert_false(strbuf_failed(&buf));
	assert_null(buf.bytes);

	strbuf_add_text(&buf, "again");
	bytes = strbuf_take(&buf, NULL);
	assert_string_equal(bytes, "again");
	free(bytes);
}

/* A diag is a text of fixed room; what is cut is cut between characters. */
static void test_diag(void **state)
{
	static const struct {
		const char *piece;
		size_t times, want_size;
	} rows[] = {
		{ "", 1, 0 },
		{ "text\n\n", 1, 4 },
		{ "a", 399, 399 },
		{ "a", 400, 398 },
		{ "é", 199, 398 },
		{ "é", 200, 398 },
		{ "€", 133, 399 },
		{ "€", 134, 396 },
		{ "\U0001f600", 99, 396 },
		{ "\U0001f600", 100, 396 },
	};

	(void)state;
	diag_set(NULL, 1, "%s", "is allowed");
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct strbuf buf = STRBUF_EMPTY;
		struct diag diag;

		for (size_t n = 0; n < rows[i].times; n++)
			strbuf_add_text(&buf, rows[i].piece);
		diag_set(&diag, (unsigned)i, "%s", strbuf_text(&buf));
		assert_int_equal(strlen(diag.text), rows[i].want_size);
		assert_memory_equal(diag.text, strbuf_text(&buf), rows[i].want_size);
		assert_int_equal(diag.line, i);
		strbuf_done(&buf);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_pieces_make_a_text),
		cmocka_unit_test(test_growth_keeps_the_bytes),
		cmocka_unit_test(test_a_failure_sticks_until_cleared),
		cmocka_unit_test(test_take),
		cmocka_unit_test(test_diag),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
