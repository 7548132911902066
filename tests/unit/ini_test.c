/* INI files: what is read, and that every trap of inih is an error with a line. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "base/strbuf.h"
#include "io/ini.h"

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))
#define BYTES(text)   text, sizeof(text) - 1
#define TEN           "0123456789"
#define FIFTY         TEN TEN TEN TEN TEN

static int collect(const struct ini_entry *entry, void *arg, struct diag *reterr_diag)
{
	if (strcmp(entry->name, "stop") == 0) {
		diag_set(reterr_diag, entry->line, "stopped");
		return -EDOM;
	}
	strbuf_addf(arg, "%u %s/%s=%s\n", entry->line, entry->section, entry->name, entry->value);
	return 0;
}

static const struct {
	const char *bytes;
	size_t size;
	const char *want;
} good[] = {
	{ BYTES(""), "" },
	{ BYTES("\n\n"), "" },
	{ BYTES("[a]\nx=1\ny = 2 \n"), "2 a/x=1\n3 a/y=2\n" },
	{ BYTES("[a]\nx=1"), "2 a/x=1\n" },
	{ BYTES("[a]\r\nx = 1\r\n"), "2 a/x=1\n" },
	{ BYTES("\xEF\xBB\xBF[a]\nx=1\n"), "2 a/x=1\n" },
	{ BYTES("; c\n# c\n  ; c\n\t\n[a] ; c\nx = 1 ; c\ny = #2\n"), "6 a/x=1\n7 a/y=#2\n" },
	{ BYTES("[a]\nx =\n"), "2 a/x=\n" },
	{ BYTES("[a]\nx : 1\ny = b:c=d\n"), "2 a/x=1\n3 a/y=b:c=d\n" },
	{ BYTES("[a b]\nx=1\n[c]\nx=2\n[a b]\ny=3\n"), "2 a b/x=1\n4 c/x=2\n6 a b/y=3\n" },
	{ BYTES("[0123456789012345678901234567890123456789012345678]\nx=1\n"),
	  "2 0123456789012345678901234567890123456789012345678/x=1\n" },
	/* longer than inih's 50 bytes for names, and the longest line there can be */
	{ BYTES("[a]\n" FIFTY TEN "=1\n"), "2 a/" FIFTY TEN "=1\n" },
	{ BYTES("[a]\nkeys=" FIFTY FIFTY FIFTY TEN TEN "01234\n"),
	  "2 a/keys=" FIFTY FIFTY FIFTY TEN TEN "01234\n" },
	{ BYTES("[a]\nx=\xC3\xA9\t!\n"), "2 a/x=\xC3\xA9\t!\n" },
};

static void test_good(void **state)
{
	(void)state;
	for (size_t i = 0; i < LENGTH(good); i++) {
		struct strbuf got = STRBUF_EMPTY;
		struct diag diag = { 0 };
		int r;

		r = ini_read_bytes(good[i].bytes, good[i].size, collect, &got, &diag);
		if (r < 0)
			fail_msg("row %zu: %d line %u: %s", i, r, diag.line, diag.text);
		assert_string_equal(strbuf_text(&got), good[i].want);
		assert_string_equal(diag.text, "");
		strbuf_done(&got);
	}
}

static const struct {
	const char *bytes;
	size_t size;
	int want;
	unsigned line;
	const char *says;
} bad[] = {
	{ BYTES("[a]\nx=1\n y=2\n"), -EINVAL, 3, "indented" },
	{ BYTES("[a]\nx=1\n\ty=2\n"), -EINVAL, 3, "indented" },
	{ BYTES("[a]\n [b]\n"), -EINVAL, 2, "indented" },
	{ BYTES("[a]\nkeys=" FIFTY FIFTY FIFTY TEN TEN "012345\n"), -EINVAL, 2, "181 bytes" },
	{ BYTES("; " FIFTY FIFTY FIFTY FIFTY "\n"), -EINVAL, 1, "bytes" },
	{ BYTES("[" FIFTY "]\n"), -EINVAL, 1, "49" },
	{ BYTES("[a]\nx=1\0\ny=2\n"), -EINVAL, 2, "control character (0x00)" },
	{ BYTES("[a]\nx=\x1b[2J\n"), -EINVAL, 2, "control character (0x1B)" },
	{ BYTES("[a]\nx=1\ry=2\n"), -EINVAL, 2, "control character (0x0D)" },
	{ BYTES("[a]\n\n\nx=\xFF\n"), -EINVAL, 4, "UTF-8" },
	{ BYTES("x=1\n[a]\n"), -EINVAL, 1, "before any [section]" },
	{ BYTES("[a]\nx=1\ny=2\nx=3\n"), -EINVAL, 4, "line 2" },
	{ BYTES("[a]\nx=1\n[b]\nx=1\n[a]\nx=3\n"), -EINVAL, 6, "line 2" },
	{ BYTES("[a\nx=1\n"), -EINVAL, 1, "']'" },
	{ BYTES("[a] b\nx=1\n"), -EINVAL, 1, "after the ']'" },
	{ BYTES("[a]\nnonsense\n"), -EINVAL, 2, "NAME = VALUE" },
	{ BYTES("[a]\n=1\n"), -EINVAL, 2, "without a name" },
	/* the first of several is reported */
	{ BYTES("[a]\nnonsense\nx=1\nx=2\n"), -EINVAL, 2, "NAME = VALUE" },
	{ BYTES("[a]\nstop=1\nnonsense\n"), -EDOM, 2, "stopped" },
	{ BYTES("[a]\nnonsense\n y\n"), -EINVAL, 2, "NAME = VALUE" },
	{ BYTES("[a]\n y\nnonsense\n"), -EINVAL, 2, "indented" },
	{ BYTES("[a]\nx=1\nstop=1\nstop=2\n"), -EDOM, 3, "stopped" },
};

static void test_bad(void **state)
{
	(void)state;
	for (size_t i = 0; i < LENGTH(bad); i++) {
		struct strbuf got = STRBUF_EMPTY;
		struct diag diag = { 0 };
		int r = ini_read_bytes(bad[i].bytes, bad[i].size, collect, &got, &diag);

		if (r != bad[i].want || diag.line != bad[i].line || !strstr(diag.text, bad[i].says))
			fail_msg("row %zu: %d line %u: %s", i, r, diag.line, diag.text);
		assert_int_equal(ini_read_bytes(bad[i].bytes, bad[i].size, collect, &got, NULL), r);
		strbuf_done(&got);
	}
}

static const struct {
	const char *value;
	int64_t want; /* -1: -EINVAL; the range is 0 to 60000 */
} numbers[] = {
	{ "0", 0 },    { "200", 200 }, { "60000", 60000 }, { "60001", -1 },
	{ "", -1 },    { "-1", -1 },   { "+1", -1 },       { "01", -1 },
	{ "1.5", -1 }, { "1 ", -1 },   { "1k", -1 },       { "99999999999999999999999999999", -1 },
};

static void test_numbers(void **state)
{
	(void)state;
	for (size_t i = 0; i < LENGTH(numbers); i++) {
		struct ini_entry entry = { "easelfs", "settle_ms", numbers[i].value, 12 };
		struct diag diag = { 0 };
		int64_t got = -1;
		int r = ini_number(&entry, 0, 60000, &got, &diag);

		assert_int_equal(r, numbers[i].want < 0 ? -EINVAL : 0);
		assert_int_equal(got, numbers[i].want);
		if (r < 0) {
			assert_int_equal(diag.line, 12);
			assert_non_null(strstr(diag.text, "[easelfs] settle_ms"));
			assert_non_null(strstr(diag.text, "from 0 to 60000"));
		}
	}
}

static const struct {
	const char *value;
	int64_t want; /* -1: -EINVAL; up to a thousand */
} amounts[] = {
	{ "0", 0 },
	{ "0.03", 30000 },
	{ "7.000001", 7000001 },
	{ "1000", 1000000000 },
	{ "1000.000000", 1000000000 },
	{ "1000.000001", -1 },
	{ "1001", -1 },
	{ "", -1 },
	{ "0.0000001", -1 },
	{ ".5", -1 },
	{ "5.", -1 },
	{ "-1", -1 },
	{ "0,5", -1 },
	{ "1 USD", -1 },
};

static void test_amounts(void **state)
{
	(void)state;
	for (size_t i = 0; i < LENGTH(amounts); i++) {
		struct ini_entry entry = { "limits", "spend_per_day", amounts[i].value, 12 };
		struct diag diag = { 0 };
		int64_t got = -1;
		int r = ini_micro(&entry, 1000 * 1000 * 1000, &got, &diag);

		assert_int_equal(r, amounts[i].want < 0 ? -EINVAL : 0);
		assert_int_equal(got, amounts[i].want);
		if (r < 0) {
			assert_int_equal(diag.line, 12);
			assert_non_null(strstr(diag.text, "[limits] spend_per_day"));
			assert_non_null(strstr(diag.text, "up to 1000 "));
		}
	}
}

static void test_files(void **state)
{
	char path[] = "/tmp/easelfs-ini-XXXXXX";
	struct strbuf got = STRBUF_EMPTY;
	struct diag diag = { 0 };
	int fd = mkstemp(path);

	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(write(fd, "[a]\nx=1\n", 8), 8);
	assert_int_equal(ini_read_file(path, collect, &got, &diag), 0);
	assert_string_equal(strbuf_text(&got), "2 a/x=1\n");
	assert_int_equal(ftruncate(fd, INI_FILE_BYTES_MAX + 1), 0);
	assert_int_equal(ini_read_file(path, collect, &got, &diag), -EFBIG);
	assert_non_null(strstr(diag.text, "262144"));
	close(fd);
	unlink(path);
	assert_int_equal(ini_read_file(path, collect, &got, &diag), -ENOENT);
	assert_non_null(strstr(diag.text, "cannot be read"));
	assert_int_equal(ini_read_file("/tmp", collect, &got, &diag), -EISDIR);
	strbuf_done(&got);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good),    cmocka_unit_test(test_bad),
		cmocka_unit_test(test_numbers), cmocka_unit_test(test_amounts),
		cmocka_unit_test(test_files),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
