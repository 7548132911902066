/* Captions must be readable in every palette there can be. */
#include "preview/palette.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>

#include <cmocka.h>

static void test_contrast_formula(void **state)
{
	const struct color black = { 0, 0, 0 }, white = { 1, 1, 1 };
	const struct color grey = { 119 / 255.0, 119 / 255.0, 119 / 255.0 };

	(void)state;
	assert_true(fabs(color_contrast(black, white) - 21) < 1e-9);
	assert_true(fabs(color_contrast(grey, grey) - 1) < 1e-9);
	/* #777 on white is WCAG's well-known near miss. */
	assert_true(fabs(color_contrast(grey, white) - 4.478) < 0.001);
}

static void test_oklch_there_and_back(void **state)
{
	(void)state;
	for (int i = 0; i < 216; i++) {
		int r = i % 6, g = i / 6 % 6, b = i / 36;
		struct color c = { r / 5.0, g / 5.0, b / 5.0 };
		struct color back = color_from_lch(color_to_lch(c));

		assert_true(fabs(c.r - back.r) < 0.01 && fabs(c.g - back.g) < 0.01 &&
			    fabs(c.b - back.b) < 0.01);
	}
}

static void test_gamut(void **state)
{
	(void)state;
	for (int h = 0; h < 360; h += 7)
		for (int l = 0; l <= 10; l++) {
			struct color c = color_from_lch((struct lch){ l / 10.0, 0.4, h });

			assert_true(c.r >= 0 && c.r <= 1 && c.g >= 0 && c.g <= 1 && c.b >= 0 &&
				    c.b <= 1);
			if (l > 0 && l < 10)
				assert_true(fabs(color_to_lch(c).l - l / 10.0) < 0.02);
		}
}

static void test_readable_on_anything(void **state)
{
	struct rng rng = rng_new(1);

	(void)state;
	for (int i = 0; i < 2000; i++) {
		struct color ground = { rng_unit(&rng), rng_unit(&rng), rng_unit(&rng) };
		struct color wish = { rng_unit(&rng), rng_unit(&rng), rng_unit(&rng) };

		assert_true(color_contrast(color_readable(wish, ground, 4.5), ground) >= 4.5);
	}
}

/* What 8 bits make of a colour: that is what people see. */
static struct color eight_bits(struct color c)
{
	return (struct color){ round(c.r * 255) / 255, round(c.g * 255) / 255,
			       round(c.b * 255) / 255 };
}

static void test_captions(void **state)
{
	(void)state;
	for (int mood = MOOD_NONE + 1; mood < MOODS; mood++)
		for (int tint = TINT_NONE; tint < TINTS; tint++)
			for (uint64_t seed = 0; seed < 60; seed++) {
				struct idea idea = { .mood = (enum mood)mood,
						     .tint = (enum tint)tint,
						     .season = (enum season)(seed % 5) };
				struct rng rng = rng_new(seed);
				struct palette p = palette_new(&idea, &rng);
				struct color plate = eight_bits(p.plate),
					     badge = eight_bits(p.badge);

				assert_true(color_contrast(eight_bits(p.plate_text), plate) >= 4.5);
				assert_true(color_contrast(eight_bits(p.badge_text), badge) >= 4.5);
				assert_true(color_contrast(badge, plate) >= 3);
			}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_contrast_formula),
		cmocka_unit_test(test_oklch_there_and_back),
		cmocka_unit_test(test_gamut),
		cmocka_unit_test(test_readable_on_anything),
		cmocka_unit_test(test_captions),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
