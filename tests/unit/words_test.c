/* Words of a line. */
#include "base/words.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

enum { MAX = 3 };

/* clang-format off */
static const struct {
	const char *text;
	int r;
	const char *words[MAX + 1];
} rows[] = {
	{ "", 0, { NULL } },
	{ " \t ", 0, { NULL } },
	{ "one", 0, { "one" } },
	{ " one\ttwo  three ", 0, { "one", "two", "three" } },
	{ "\"one two\" three", 0, { "one two", "three" } },
	{ "\" one\t\"", 0, { " one\t" } },
	{ "a\"b c\"d", 0, { "ab cd" } },
	{ "a\"\"b", 0, { "ab" } },
	{ "\"\" x \"\"", 0, { "", "x", "" } },
	{ "'a b' \\ $x", -E2BIG, { NULL } },
	{ "'a \\\" \"", 0, { "'a", "\\ " } },
	{ "a b c d", -E2BIG, { NULL } },
	{ "a b c \"", -E2BIG, { NULL } },
	{ "a b c ", 0, { "a", "b", "c" } },
	{ "\"", -EINVAL, { NULL } },
	{ "a \"b c", -EINVAL, { NULL } },
	{ "a b\"", -EINVAL, { NULL } },
	{ "\xc3\xa4\xc2\xa0z \xe2\x80\x83", 0, { "\xc3\xa4\xc2\xa0z", "\xe2\x80\x83" } },
};
/* clang-format on */

static void test_split(void **state)
{
	(void)state;
	for (size_t i = 0; i < LENGTH(rows); i++) {
		char *untouched[] = { NULL }, **words = untouched;
		int r = words_split(rows[i].text, MAX, &words);

		if (r != rows[i].r)
			fail_msg("row %zu: %d", i, r);
		if (r < 0) {
			assert_ptr_equal(words, untouched);
			continue;
		}
		for (size_t k = 0; k <= MAX; k++) {
			const char *want = rows[i].words[k];

			if (!want != !words[k] || (want && strcmp(want, words[k]) != 0))
				fail_msg("row %zu, word %zu: %s", i, k, words[k]);
			if (!want)
				break;
		}
		words_free(words);
	}
	words_free(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_split),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
