/* Rows from the edges of RFC 3629's table, then every short string of the bytes
 * that sit at those edges: what is valid, cut and shown must agree. */
#include "base/utf8.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

enum { VALID = 99 };

static const struct {
	const char *bytes;
	size_t want; /* the first byte that is not valid */
} valid_rows[] = {
	{ "", VALID },
	{ "plain", VALID },
	{ "\x7f", VALID },
	{ "\xc2\x80", VALID },
	{ "\xdf\xbf", VALID },
	{ "\xe0\xa0\x80", VALID },
	{ "\xed\x9f\xbf", VALID },
	{ "\xee\x80\x80", VALID },
	{ "\xef\xbf\xbf", VALID },
	{ "\xf0\x90\x80\x80", VALID },
	{ "\xf4\x8f\xbf\xbf", VALID },
	{ "ab\x80", 2 },
	{ "\xbf", 0 },
	{ "\xc0\x80", 0 },
	{ "\xc1\xbf", 0 },
	{ "a\xc2", 1 },
	{ "a\xc2z", 1 },
	{ "\xe0\x9f\xbf", 0 },
	{ "\xe2\x82", 0 },
	{ "\xe2\x82z", 0 },
	{ "\xed\xa0\x80", 0 },
	{ "\xed\xbf\xbf", 0 },
	{ "\xf0\x8f\xbf\xbf", 0 },
	{ "\xf0\x9f\x98", 0 },
	{ "\xf0\x9f\x98z", 0 },
	{ "\xf4\x90\x80\x80", 0 },
	{ "\xf5\x80\x80\x80", 0 },
	{ "\xfe", 0 },
	{ "é\xff", 2 },
};

static void test_valid(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(valid_rows) / sizeof(valid_rows[0]); i++) {
		const char *bytes = valid_rows[i].bytes;
		size_t offset = VALID;
		bool valid = utf8_valid(bytes, strlen(bytes), &offset);

		assert_int_equal(valid, valid_rows[i].want == VALID);
		assert_int_equal(offset, valid_rows[i].want);
		assert_int_equal(utf8_valid(bytes, strlen(bytes), NULL), valid);
	}
	assert_true(utf8_valid("a\0b", 3, NULL));
	assert_true(utf8_valid(NULL, 0, NULL));
}

static const struct {
	const char *bytes;
	size_t max, want;
} cut_rows[] = {
	{ "", 0, 0 },
	{ "", 5, 0 },
	{ "abc", 3, 3 },
	{ "abc", 9, 3 },
	{ "abc", 2, 2 },
	{ "abc", 0, 0 },
	{ "é", 1, 0 },
	{ "é", 2, 2 },
	{ "aé", 2, 1 },
	{ "éa", 2, 2 },
	{ "€€", 3, 3 },
	{ "€€", 4, 3 },
	{ "€€", 5, 3 },
	{ "\xf0\x9f\x98\x80z", 1, 0 },
	{ "\xf0\x9f\x98\x80z", 2, 0 },
	{ "\xf0\x9f\x98\x80z", 3, 0 },
	{ "\xf0\x9f\x98\x80z", 4, 4 },
	{ "\x80\x80\x80\x80\x80\x80", 5, 5 },
	{ "ab\x80\x80\x80", 4, 4 },
	{ "\xff\xff\xff", 2, 2 },
};

static void test_cut(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(cut_rows) / sizeof(cut_rows[0]); i++)
		assert_int_equal(
			utf8_cut(cut_rows[i].bytes, strlen(cut_rows[i].bytes), cut_rows[i].max),
			cut_rows[i].want);
}

static const struct {
	const char *bytes;
	enum printable kind;
	const char *want;
} printable_rows[] = {
	{ "", PRINTABLE_LINE, "" },
	{ "plain \\ text", PRINTABLE_LINE, "plain \\ text" },
	{ "ünï€\U0001f600", PRINTABLE_LINE, "ünï€\U0001f600" },
	{ "a\nb\tc\r", PRINTABLE_LINE, "a\\nb\\tc\\x0d" },
	{ "a\nb\tc\r", PRINTABLE_TEXT, "a\nb\tc\\x0d" },
	{ "\x1b[31m", PRINTABLE_TEXT, "\\x1b[31m" },
	{ "\x7f", PRINTABLE_LINE, "\\x7f" },
	{ "\xc2\x9b", PRINTABLE_LINE, "\\xc2\\x9b" },
	{ "\xc2\xa0", PRINTABLE_LINE, "\xc2\xa0" },
	{ "\u202egnp.exe\u202c", PRINTABLE_LINE, "\\xe2\\x80\\xaegnp.exe\\xe2\\x80\\xac" },
	{ "\u2066\u2069", PRINTABLE_LINE, "\\xe2\\x81\\xa6\\xe2\\x81\\xa9" },
	{ "\u2029\u202f\u2065\u206a", PRINTABLE_LINE, "\u2029\u202f\u2065\u206a" },
	{ "a\xff\xc3", PRINTABLE_LINE, "a\\xff\\xc3" },
	{ "\xed\xa0\x80", PRINTABLE_TEXT, "\\xed\\xa0\\x80" },
};

static void test_printable(void **state)
{
	struct strbuf buf = STRBUF_EMPTY;

	(void)state;
	for (size_t i = 0; i < sizeof(printable_rows) / sizeof(printable_rows[0]); i++) {
		const char *bytes = printable_rows[i].bytes;

		strbuf_clear(&buf);
		utf8_add_printable(&buf, bytes, strlen(bytes), printable_rows[i].kind);
		assert_string_equal(strbuf_text(&buf), printable_rows[i].want);
	}
	strbuf_clear(&buf);
	utf8_add_printable(&buf, "a\0b", 3, PRINTABLE_TEXT);
	assert_string_equal(strbuf_text(&buf), "a\\x00b");
	strbuf_done(&buf);
}

/* The three functions must agree on every string of bytes, however odd. */
static void test_all_short_strings(void **state)
{
	static const char some[] = { 'a', '\x80', '\xa0', '\xc2', '\xe0', '\xed', '\xf0', '\xff' };
	struct strbuf buf = STRBUF_EMPTY;

	(void)state;
	for (unsigned n = 0; n < 8 * 8 * 8 * 8 * 8; n++) {
		char bytes[5];

		for (unsigned i = 0; i < sizeof(bytes); i++)
			bytes[i] = some[n >> (3 * i) & 7];
		for (size_t max = 0; max <= sizeof(bytes); max++) {
			size_t cut = utf8_cut(bytes, sizeof(bytes), max);

			assert_true(cut <= max && max - cut <= 3);
			if (utf8_valid(bytes, sizeof(bytes), NULL))
				assert_true(utf8_valid(bytes, cut, NULL));
		}
		strbuf_clear(&buf);
		utf8_add_printable(&buf, bytes, sizeof(bytes), PRINTABLE_LINE);
		assert_true(utf8_valid(buf.bytes, buf.size, NULL));
	}
	strbuf_done(&buf);
}

static const struct {
	const char *text;
	size_t columns;
	size_t fit5; /* bytes that fit into five columns */
} column_rows[] = {
	{ "", 0, 0 },
	{ "plain", 5, 5 },
	{ "plainer", 7, 5 },
	{ "élan vital", 10, 6 },
	{ "e\xcc\x81lan!", 5, 7 },
	{ "ab\xcc\x81", 2, 4 },
	{ "漢字", 4, 6 },
	{ "漢字名", 6, 6 },
	{ "a漢字b", 6, 7 },
	{ "한국어", 6, 6 },
	{ "🦊🦊🦊", 6, 8 },
	{ "ｆｕ", 4, 6 },
	{ "\xff\xff", 2, 2 },
};

static void test_columns(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(column_rows) / sizeof(column_rows[0]); i++) {
		const char *text = column_rows[i].text;

		assert_int_equal(utf8_columns(text, strlen(text)), column_rows[i].columns);
		assert_int_equal(utf8_fit(text, strlen(text), 5), column_rows[i].fit5);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_valid),
		cmocka_unit_test(test_cut),
		cmocka_unit_test(test_columns),
		cmocka_unit_test(test_printable),
		cmocka_unit_test(test_all_short_strings),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
