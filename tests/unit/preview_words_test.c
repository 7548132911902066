/* What prompts mean, a row each. */
#include "preview/words.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static const struct {
	const char *prompt;
	struct idea want;
} cases[] = {
	{ "", { .subject = SUBJECT_NONE } },
	{ "zzz qwrt", { .subject = SUBJECT_NONE } },
	{ "a lighthouse in a storm, oil on canvas",
	  { SUBJECT_SEA, MOOD_STORM, SEASON_NONE, MEDIUM_OIL, TINT_NONE, DETAIL_LIGHTHOUSE } },
	{ "A LIGHTHOUSE", { .subject = SUBJECT_SEA, .details = DETAIL_LIGHTHOUSE } },
	{ "mountains", { .subject = SUBJECT_LAND, .details = DETAIL_MOUNTAIN } },
	{ "foxes", { .subject = SUBJECT_ANIMAL, .details = DETAIL_FOX } },
	{ "city at night in blue ink",
	  { SUBJECT_CITY, MOOD_NIGHT, SEASON_NONE, MEDIUM_INK, TINT_BLUE, 0 } },
	{ "vase,flowers", { .subject = SUBJECT_STILL, .details = DETAIL_FLOWERS } },
	{ "abstract geometric pattern", { .subject = SUBJECT_PATTERN } },
	{ "a planet", { .subject = SUBJECT_SPACE, .details = DETAIL_PLANET } },
	{ "winter dawn watercolour",
	  { SUBJECT_NONE, MOOD_DAWN, SEASON_WINTER, MEDIUM_WATERCOLOR, TINT_NONE, 0 } },
	/* A creature is what a picture is of, wherever it stands. */
	{ "sea with a cat", { .subject = SUBJECT_ANIMAL, .details = DETAIL_CAT } },
	{ "a cat by the sea", { .subject = SUBJECT_ANIMAL, .details = DETAIL_CAT } },
	/* The first colour and mood count. */
	{ "red, then blue", { .tint = TINT_RED } },
	{ "night, not day", { .mood = MOOD_NIGHT } },
	/* Part of a word is no word; other bytes only separate. */
	{ "catalogue", { .subject = SUBJECT_NONE } },
	{ "cat\xff\xfe", { .subject = SUBJECT_ANIMAL, .details = DETAIL_CAT } },
	{ "\xe7\x8c\xab cat", { .subject = SUBJECT_ANIMAL, .details = DETAIL_CAT } },
	{ "lighthouselighthouselighthouse", { .subject = SUBJECT_NONE } },
};

static void test_prompts(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct idea got = words_read(cases[i].prompt, strlen(cases[i].prompt));

		if (memcmp(&got, &cases[i].want, sizeof(got)) != 0)
			fail_msg(
				"\"%s\": subject %d mood %d season %d medium %d tint %d details %x",
				cases[i].prompt, got.subject, got.mood, got.season, got.medium,
				got.tint, got.details);
	}
}

static void test_decide_fills_what_is_unsaid(void **state)
{
	unsigned subjects = 0;

	(void)state;
	for (uint64_t dice = 0; dice < 500; dice++) {
		struct idea idea = { 0 }, again = { 0 };

		words_decide(&idea, dice);
		words_decide(&again, dice);
		assert_true(idea.subject > SUBJECT_NONE && idea.subject < SUBJECTS);
		assert_true(idea.mood > MOOD_NONE && idea.mood < MOODS);
		assert_true(idea.medium > MEDIUM_NONE && idea.medium < MEDIUMS);
		assert_memory_equal(&idea, &again, sizeof(idea));
		subjects |= 1u << idea.subject;
	}
	assert_int_equal(subjects, (1u << SUBJECTS) - 2);
}

static void test_decide_keeps_what_is_said(void **state)
{
	struct idea idea = { SUBJECT_CITY, MOOD_MIST, SEASON_NONE, MEDIUM_INK, TINT_RED, 0 };

	(void)state;
	words_decide(&idea, 99);
	assert_int_equal(idea.subject, SUBJECT_CITY);
	assert_int_equal(idea.mood, MOOD_MIST);
	assert_int_equal(idea.medium, MEDIUM_INK);
	assert_int_equal(idea.tint, TINT_RED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_prompts),
		cmocka_unit_test(test_decide_fills_what_is_unsaid),
		cmocka_unit_test(test_decide_keeps_what_is_said),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
