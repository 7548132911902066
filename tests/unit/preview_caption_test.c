/* What the caption says of hostile prompts, and how much room it takes. */
#include "preview/caption.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "base/utf8.h"
#include "preview/canvas.h"

static const struct {
	const char *prompt, *want;
} lines[] = {
	{ "", "" },
	{ "a cat", "a cat" },
	{ "  a\n\tcat \r\n", "a cat" },
	{ "bell\a", "bell\\x07" },
	{ "\x1b[31mred", "\\x1b[31mred" },
	{ "bad\xff", "bad\\xff" },
	{ "caf\xc3\xa9", "caf\xc3\xa9" },
	{ "\xe7\x8c\xab", "\xe7\x8c\xab" },
};

static void test_lines(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(lines) / sizeof(*lines); i++) {
		CLEANUP(strbuf) struct strbuf line = STRBUF_EMPTY;

		caption_add_line(&line, lines[i].prompt, strlen(lines[i].prompt));
		assert_string_equal(strbuf_text(&line), lines[i].want);
	}
}

static void test_overlong(void **state)
{
	static char prompt[64 * 1024];
	CLEANUP(strbuf) struct strbuf line = STRBUF_EMPTY;

	(void)state;
	for (size_t i = 0; i < sizeof(prompt); i++)
		prompt[i] = "\xc3\xa9"[i % 2];
	caption_add_line(&line, prompt, sizeof(prompt));
	assert_true(line.size < 4096);
	assert_true(utf8_valid(line.bytes, line.size, NULL));
	assert_string_equal(line.bytes + line.size - 3, "\xe2\x80\xa6");
}

static void test_leaves_room_for_the_picture(void **state)
{
	static const int sides[] = { CANVAS_SIDE_MIN, 300, 777, 1024, 2048, CANVAS_SIDE_MAX };
	enum { COUNT = sizeof(sides) / sizeof(*sides) };
	char prompt[2000];

	(void)state;
	memset(prompt, 'W', sizeof(prompt));
	for (int i = 0; i < COUNT; i++)
		for (int k = 0; k < COUNT; k++) {
			CLEANUP(caption)
			struct caption *full =
				caption_new(sides[i], sides[k], prompt, sizeof(prompt));
			CLEANUP(caption)
			struct caption *empty = caption_new(sides[i], sides[k], "", 0);

			assert_in_range(caption_height(full), 20, sides[k] * 42 / 100);
			assert_in_range(caption_height(empty), 20, sides[k] * 42 / 100);
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lines),
		cmocka_unit_test(test_overlong),
		cmocka_unit_test(test_leaves_room_for_the_picture),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
