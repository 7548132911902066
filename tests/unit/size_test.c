/* One choice of size: every row of the contract's table, and its edges. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "base/strbuf.h"
#include "job/size.h"

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

/* What each provider accepts of size, as its profile says it. */
static const struct {
	const char *name, *ratios, *resolutions, *custom;
	int64_t from, to, step;
} shapes[] = {
	{ "scenario", "1:1 16:9 9:16 4:3 3:4", "HD 2K 4K", "custom", 512, 2048, 1 },
	{ "pixeldojo", "1:1 16:9 9:16 4:3 3:4", "HD 2K 4K", "custom", 256, 2048, 1 },
	{ "wavespeed", "", "", NULL, 512, 2048, 1 },
	{ "fal", "", "", NULL, 512, 2048, 1 },
	{ "preview", "", "", NULL, 256, 4096, 1 },
	{ "list", "1:1 16:9 21:9 4:3 3:4", "HD 2K", NULL, 0, 0, 0 },
	{ "ratios", "1:1 16:9", "", NULL, 0, 0, 0 },
	{ "hd", "1:1", "HD", NULL, 0, 0, 0 },
	{ "resolutions", "", "HD 2K", NULL, 0, 0, 0 },
	{ "both", "1:1", "", NULL, 256, 2048, 1 },
	{ "step16", "", "", NULL, 256, 2048, 16 },
	{ "step64", "", "", NULL, 256, 2048, 64 },
	{ "step48", "", "", NULL, 240, 2047, 48 },
	{ "odd", "", "", NULL, 500, 2047, 1 },
	{ "small", "", "", NULL, 64, 1000, 1 },
	{ "large", "", "", NULL, 2304, 4096, 1 },
	{ "nothing", "", "", NULL, 0, 0, 0 },
};

/* An offer of a shape, and what it points to. */
struct painter {
	struct offer offer;
	char name[32], custom[32], text[2][64];
	char *words[2][16];
};

static void accept_words(struct painter *painter, int which, enum param param, const char *list)
{
	size_t count = 0;

	snprintf(painter->text[which], sizeof(painter->text[which]), "%s", list);
	for (char *save, *word = strtok_r(painter->text[which], " ", &save); word;
	     word = strtok_r(NULL, " ", &save))
		painter->words[which][count++] = word;
	painter->words[which][count] = NULL;
	if (count > 0)
		painter->offer.accepts[param] =
			(struct accept){ .kind = ACCEPT_WORDS, .words = painter->words[which] };
}

static void make_painter(struct painter *painter, const char *name)
{
	size_t i = 0;

	memset(painter, 0, sizeof(*painter));
	while (i < LENGTH(shapes) && strcmp(shapes[i].name, name) != 0)
		i++;
	assert_in_range(i, 0, LENGTH(shapes) - 1);
	snprintf(painter->name, sizeof(painter->name), "%s", name);
	accept_words(painter, 0, PARAM_ASPECT_RATIO, shapes[i].ratios);
	accept_words(painter, 1, PARAM_RESOLUTION, shapes[i].resolutions);
	if (shapes[i].custom) {
		snprintf(painter->custom, sizeof(painter->custom), "%s", shapes[i].custom);
		painter->offer.custom_ratio = painter->custom;
	}
	if (shapes[i].step) {
		painter->offer.accepts[PARAM_WIDTH] = painter->offer.accepts[PARAM_HEIGHT] =
			(struct accept){ .kind = ACCEPT_RANGE,
					 .from = shapes[i].from,
					 .to = shapes[i].to,
					 .step = shapes[i].step };
	}
}

/* "16:9 4K", "1024x768", "w1024", "h768" */
static void ask(struct params *params, const char *asked)
{
	char text[64], *save;

	snprintf(text, sizeof(text), "%s", asked);
	for (char *word = strtok_r(text, " ", &save); word; word = strtok_r(NULL, " ", &save)) {
		char *x = strchr(word, 'x');
		int r = 0;

		if (strchr(word, ':'))
			r = params_set(params, PARAM_ASPECT_RATIO, word, strlen(word), NULL);
		else if (*word == 'w')
			r = params_set(params, PARAM_WIDTH, word + 1, strlen(word + 1), NULL);
		else if (*word == 'h')
			r = params_set(params, PARAM_HEIGHT, word + 1, strlen(word + 1), NULL);
		else if (x) {
			r = params_set(params, PARAM_WIDTH, word, (size_t)(x - word), NULL);
			r |= params_set(params, PARAM_HEIGHT, x + 1, strlen(x + 1), NULL);
		} else {
			r = params_set(params, PARAM_RESOLUTION, word, strlen(word), NULL);
		}
		assert_int_equal(r, 0);
	}
}

/* What is sent: "16:9 2K", "custom 1024x768", "". */
static void tell(const struct size *size, struct strbuf *told)
{
	strbuf_add_text(told, size->ratio);
	if (*size->resolution)
		strbuf_addf(told, "%s%s", told->size ? " " : "", size->resolution);
	if (size->width || size->height)
		strbuf_addf(told, "%s%lldx%lld", told->size ? " " : "", (long long)size->width,
			    (long long)size->height);
}

/* `sent` NULL: rejected, and `says` is in the diagnosis; else in the note, which
 * is empty without. */
static const struct {
	const char *asked, *provider, *sent, *says;
} rows[] = {
	/* The table. */
	{ "", "scenario", "", NULL },
	{ "", "pixeldojo", "", NULL },
	{ "", "wavespeed", "", NULL },
	{ "", "fal", "", NULL },
	{ "16:9", "scenario", "16:9 2K", NULL },
	{ "16:9", "pixeldojo", "16:9 2K", NULL },
	{ "16:9", "wavespeed", "2048x1152", NULL },
	{ "16:9", "fal", "2048x1152", NULL },
	{ "16:9 4K", "scenario", "16:9 4K", NULL },
	{ "16:9 4K", "pixeldojo", "16:9 4K", NULL },
	{ "16:9 4K", "wavespeed", "2048x1152",
	  "4K is more than the most that wavespeed takes; "
	  "sent as 2048 × 1152" },
	{ "16:9 4K", "fal", "2048x1152", "4K is more" },
	{ "1024x768", "scenario", "custom 1024x768", NULL },
	{ "1024x768", "pixeldojo", "custom 1024x768", NULL },
	{ "1024x768", "wavespeed", "1024x768", NULL },
	{ "1024x768", "fal", "1024x768", NULL },
	{ "21:9", "scenario", "custom 2048x880", NULL },
	{ "21:9", "pixeldojo", "custom 2048x880", NULL },
	{ "21:9", "wavespeed", "2048x880", NULL },
	{ "21:9", "fal", "2048x880", NULL },

	/* Its further rows. */
	{ "3:1 HD", "wavespeed", "1536x512", "HD is less than the least" },
	{ "3:1 HD", "scenario", "custom 1536x512", "HD is less" },
	{ "5:1 HD", "wavespeed", NULL, "5:1 is not what wavespeed takes: it would be 2560 × 512" },
	{ "5:1", "wavespeed", NULL, "512 × 512 to 2048 × 2048 are allowed" },
	{ "5:1", "pixeldojo", "custom 2048x408", NULL },

	/* Nothing, or one half of it. */
	{ "", "preview", "", NULL },
	{ "", "list", "", NULL },
	{ "4K", "scenario", "1:1 4K", NULL },
	{ "HD", "wavespeed", "1280x1280", NULL },
	{ "4K", "preview", "4096x4096", NULL },
	{ "4K", "wavespeed", "2048x2048", "4K" },
	{ "1:1", "preview", "2048x2048", NULL },

	/* Either way up, and ratios reduced from anything. */
	{ "9:16", "wavespeed", "1152x2048", NULL },
	{ "9:21", "scenario", "custom 880x2048", NULL },
	{ "1:3 HD", "wavespeed", "512x1536", "HD" },
	{ "1:5 HD", "wavespeed", NULL, "it would be 512 × 2560" },
	{ "1920:1080", "scenario", "16:9 2K", NULL },
	{ "2560:1080", "preview", "2048x864", NULL },
	{ "1080:2560 HD", "preview", "544x1280", NULL },
	{ "3:2", "preview", "2048x1368", NULL },
	{ "3:2 4K", "preview", "4096x2728", NULL },
	{ "32767:32768", "preview", "2048x2048", NULL },
	{ "32768:1", "preview", NULL, "aspect_ratio" },

	/* Halves of a step are rounded up: 2048·129/256 = 1032 = 64.5·16. */
	{ "256:129", "step16", "2048x1040", NULL },
	{ "4096:2057", "preview", "2048x1032", NULL },
	{ "4096:2056", "preview", "2048x1032", NULL },
	{ "4096:2055", "preview", "2048x1024", NULL },

	/* Steps that the profile says, and a maximum between two of them. */
	{ "16:9", "step64", "2048x1152", NULL },
	{ "21:9", "step16", "2048x880", NULL },
	{ "21:9", "step64", "2048x896", NULL },
	{ "21:9 HD", "step64", "1280x576", NULL },
	{ "1:1 HD", "step48", "1248x1248", NULL },
	{ "1:1 2K", "step48", "2016x2016", NULL },
	{ "1:1 4K", "step48", "2016x2016", "4K is more" },
	{ "16:9", "odd", "2040x1144", "2K is more" },
	{ "4:1", "odd", "2040x512", "2K is more" },
	{ "4:1 HD", "odd", "2000x500", "HD is less" },
	{ "5:1 HD", "odd", NULL, "it would be 2504 × 500" },
	{ "1:1 HD", "small", "1000x1000", "HD is more" },
	{ "1:1", "small", "1000x1000", "2K is more" },
	{ "1:1 HD", "large", "2304x2304", "HD is less" },
	{ "16:9 2K", "large", "4096x2304", "2K is less" },
	{ "21:9", "large", NULL, "it would be 5376 × 2304" },

	/* Demands. */
	{ "512x512", "wavespeed", "512x512", NULL },
	{ "2048x512", "wavespeed", "2048x512", NULL },
	{ "1023x777", "wavespeed", "1023x777", NULL },
	{ "511x512", "wavespeed", NULL, "width: \"511\" is not what wavespeed takes: 512 to 2048" },
	{ "512x2049", "fal", NULL, "height: \"2049\" is not what fal takes: 512 to 2048" },
	{ "2049x512", "scenario", NULL, "width" },
	{ "511x511", "pixeldojo", "custom 511x511", NULL },
	{ "4096x4096", "preview", "4096x4096", NULL },
	{ "1024x1040", "step64", NULL,
	  "height: \"1040\" is not what step64 takes: 256 to 2048 in steps of 64" },
	{ "1024x1088", "step64", "1024x1088", NULL },
	{ "1024x1024", "both", "1024x1024", NULL },
	{ "w1024", "wavespeed", NULL, "width: 1024 without height" },
	{ "h1024", "wavespeed", NULL, "height: 1024 without width" },
	{ "1024x768 16:9", "wavespeed", NULL, "beside" },

	/* Demands where there is only a list: the ratio within 1 %. */
	{ "1920x1080", "list", "16:9", "1920 × 1080 is sent as 16:9: list takes no pixels" },
	{ "1024x768", "list", "4:3", "sent as 4:3" },
	{ "100x100", "list", "1:1", "sent as 1:1" },
	{ "101x100", "list", "1:1", "sent as 1:1" },
	{ "102x100", "list", NULL,
	  "102 × 100 is not what list takes: no pixels, but aspect_ratio 1:1, 16:9, 21:9, 4:3" },
	{ "99x100", "list", "1:1", "sent as 1:1" },
	{ "98x100", "list", NULL, "width, height" },
	{ "2560x1080", "list", NULL, "width, height" },
	{ "2333x1000", "list", "21:9", "sent as 21:9" },
	{ "1366x768", "list", "16:9", "sent as 16:9" },

	/* Words are the provider's own, and there may not be one. */
	{ "21:9", "list", "21:9 2K", NULL },
	{ "7:3 HD", "list", "21:9 HD", NULL },
	{ "16:9 4K", "list", NULL, "resolution: \"4K\" is not what list takes: HD, 2K" },
	{ "5:4", "list", NULL,
	  "aspect_ratio: \"5:4\" is not what list takes: 1:1, 16:9, 21:9, 4:3, 3:4" },
	{ "16:9", "ratios", "16:9", NULL },
	{ "16:9 4K", "ratios", "16:9", "resolution 4K is not sent: ratios has no word for it" },
	{ "16:9 2K", "ratios", "16:9", NULL },
	{ "4K", "ratios", "1:1", "resolution 4K is not sent" },
	{ "1:1", "hd", "1:1", NULL },
	{ "1:1 HD", "hd", "1:1 HD", NULL },
	{ "1:1 2K", "hd", NULL, "resolution" },
	{ "HD", "resolutions", "HD", NULL },
	{ "16:9", "resolutions", "2K", "aspect_ratio 16:9 is not sent" },
	{ "16:9 4K", "resolutions", NULL, "resolution" },
	{ "640x480", "resolutions", "", "640 × 480 is not sent" },
	{ "1:1", "both", "1:1", NULL },
	{ "16:9", "both", "2048x1152", NULL },
	{ "16:9 4K", "nothing", "", "resolution 4K is not sent" },
};

static void test_rows(void **state)
{
	(void)state;
	for (size_t i = 0; i < LENGTH(rows); i++) {
		struct strbuf told = STRBUF_EMPTY;
		struct params params = { 0 };
		struct diag diag = { 0 };
		struct painter painter;
		struct size size;
		const char *said;
		int r;

		memset(&size, 0x5A, sizeof(size));
		make_painter(&painter, rows[i].provider);
		ask(&params, rows[i].asked);
		r = size_resolve(&params, &painter.offer, painter.name, &size, &diag);
		if (r == 0)
			tell(&size, &told);
		if (r != (rows[i].sent ? 0 : -EINVAL) ||
		    (r == 0 && strcmp(strbuf_text(&told), rows[i].sent) != 0))
			fail_msg("%s for %s: %d, \"%s\" %s", rows[i].asked, rows[i].provider, r,
				 strbuf_text(&told), diag.text);
		said = r < 0 ? diag.text : size.note;
		if (rows[i].says ? !strstr(said, rows[i].says) : *said != '\0')
			fail_msg("%s for %s says: %s", rows[i].asked, rows[i].provider, said);
		if (r < 0)
			assert_int_equal(
				size_resolve(&params, &painter.offer, painter.name, &size, NULL),
				r);
		strbuf_done(&told);
		params_done(&params);
	}
}

/* A program's template that names a parameter takes whatever it is. */
static void test_anything(void **state)
{
	static const struct accept any = { .kind = ACCEPT_ANY };
	struct offer pixels = { .custom_ratio = NULL }, ratios = pixels;
	struct params params = { 0 };
	struct size size;

	(void)state;
	pixels.accepts[PARAM_WIDTH] = pixels.accepts[PARAM_HEIGHT] = any;
	ratios.accepts[PARAM_ASPECT_RATIO] = ratios.accepts[PARAM_RESOLUTION] = any;
	ask(&params, "21:9 4K");
	assert_int_equal(size_resolve(&params, &pixels, "sd", &size, NULL), 0);
	assert_int_equal(size.width, 4096);
	assert_int_equal(size.height, 1752);
	assert_string_equal(size.ratio, "");
	assert_int_equal(size_resolve(&params, &ratios, "sd", &size, NULL), 0);
	assert_string_equal(size.ratio, "7:3");
	assert_string_equal(size.resolution, "4K");
	assert_int_equal(size.width, 0);
	params_done(&params);
	ask(&params, "32768x1");
	assert_int_equal(size_resolve(&params, &pixels, "sd", &size, NULL), 0);
	assert_int_equal(size.width, 32768);
	assert_int_equal(size_resolve(&params, &ratios, "sd", &size, NULL), 0);
	assert_string_equal(size.ratio, "32768:1");
	params_done(&params);
}

/* The two sides may differ, or be lists. */
static void test_uneven_sides(void **state)
{
	static const char *lengths[] = { "512", "768", "1024", NULL };
	struct offer uneven = { .custom_ratio = NULL }, listed = uneven;
	struct params params = { 0 };
	struct diag diag = { 0 };
	struct size size;

	(void)state;
	uneven.accepts[PARAM_WIDTH] =
		(struct accept){ .kind = ACCEPT_RANGE, .from = 512, .to = 2048, .step = 1 };
	uneven.accepts[PARAM_HEIGHT] =
		(struct accept){ .kind = ACCEPT_RANGE, .from = 256, .to = 1024, .step = 64 };
	listed.accepts[PARAM_WIDTH] = listed.accepts[PARAM_HEIGHT] =
		(struct accept){ .kind = ACCEPT_WORDS, .words = (char **)lengths };
	ask(&params, "1:1");
	assert_int_equal(size_resolve(&params, &uneven, "uneven", &size, NULL), 0);
	assert_int_equal(size.width, 1024);
	assert_int_equal(size.height, 1024);
	assert_non_null(strstr(size.note, "2K is more"));
	assert_int_equal(size_resolve(&params, &listed, "uneven", &size, NULL), 0);
	assert_int_equal(size.width, 1024);
	params_done(&params);
	ask(&params, "1:2");
	assert_int_equal(size_resolve(&params, &uneven, "uneven", &size, NULL), 0);
	assert_int_equal(size.width, 512);
	assert_int_equal(size.height, 1024);
	params_done(&params);
	ask(&params, "1:4");
	assert_int_equal(size_resolve(&params, &uneven, "uneven", &size, NULL), -EINVAL);
	params_done(&params);
	ask(&params, "3:2");
	assert_int_equal(size_resolve(&params, &listed, "uneven", &size, NULL), -EINVAL);
	params_done(&params);
	ask(&params, "768x512");
	assert_int_equal(size_resolve(&params, &listed, "uneven", &size, NULL), 0);
	assert_int_equal(size.height, 512);
	params_done(&params);
	ask(&params, "700x512");
	assert_int_equal(size_resolve(&params, &listed, "uneven", &size, &diag), -EINVAL);
	assert_string_equal(diag.text, "width: \"700\" is not what uneven takes: 512, 768, 1024");
	params_done(&params);
}

static const struct {
	const char *layer, *says; /* NULL: fine */
} layers[] = {
	{ "", NULL },
	{ "16:9", NULL },
	{ "4K", NULL },
	{ "16:9 4K", NULL },
	{ "1024x768", NULL },
	{ "w1024", "width: 1024 without height; say both, or aspect_ratio" },
	{ "h768", "height: 768 without width" },
	{ "w1024 16:9", "without height" },
	{ "1024x768 16:9", "aspect_ratio: \"16:9\" beside width 1024 and height 768" },
	{ "1024x768 HD", "resolution: \"HD\" beside width 1024 and height 768" },
	{ "1024x768 16:9 HD", "aspect_ratio" },
};

static void test_layers(void **state)
{
	(void)state;
	for (size_t i = 0; i < LENGTH(layers); i++) {
		struct params params = { 0 };
		struct diag diag = { 0 };
		int r;

		ask(&params, layers[i].layer);
		r = size_check_layer(&params, &diag);
		if (r != (layers[i].says ? -EINVAL : 0) ||
		    (layers[i].says && !strstr(diag.text, layers[i].says)))
			fail_msg("%s: %d %s", layers[i].layer, r, diag.text);
		assert_int_equal(size_check_layer(&params, NULL), r);
		params_done(&params);
	}
}

static const struct {
	const char *layers[4]; /* nearest first */
	const char *merged;
} merges[] = {
	{ { "" }, "" },
	{ { "", "16:9" }, "16:9" },
	{ { "16:9", "4K" }, "16:9 4K" },
	{ { "4K", "16:9 HD" }, "16:9 4K" },
	{ { "16:9", "1:1" }, "16:9" },
	{ { "16:9", "", "4K" }, "16:9 4K" },
	{ { "1024x768", "16:9 4K" }, "1024x768" },
	{ { "1024x768", "640x480" }, "1024x768" },
	{ { "", "1024x768", "4K" }, "1024x768" },
	/* Pixels below are cleared, and with them what lies below those. */
	{ { "16:9", "1024x768" }, "16:9 2K" },
	{ { "4K", "1024x768" }, "1:1 4K" },
	{ { "4K", "1024x768", "16:9" }, "1:1 4K" },
	{ { "16:9", "1024x768", "4K" }, "16:9 2K" },
	{ { "16:9 HD", "1024x768", "4K" }, "16:9 HD" },
	{ { "4K", "16:9", "1024x768", "1:1" }, "16:9 4K" },
};

static void test_merges(void **state)
{
	(void)state;
	for (size_t i = 0; i < LENGTH(merges); i++) {
		struct params params = { 0 }, want = { 0 };

		for (size_t k = 0; k < LENGTH(merges[i].layers) && merges[i].layers[k]; k++) {
			struct params layer = { 0 };

			ask(&layer, merges[i].layers[k]);
			assert_int_equal(size_merge_layer(&params, &layer), 0);
			params_done(&layer);
		}
		ask(&want, merges[i].merged);
		for (int param = 0; param < PARAMS; param++) {
			const char *got = params.value[param], *wanted = want.value[param];

			if (!got != !wanted || (got && strcmp(got, wanted) != 0))
				fail_msg("row %zu: %s is %s", i, param_name((enum param)param),
					 got ? got : "unset");
		}
		params_done(&params);
		params_done(&want);
	}
}

static void test_other_parameters_merge(void **state)
{
	struct params params = { 0 }, lower = { 0 };

	(void)state;
	assert_int_equal(params_set(&params, PARAM_PROMPT, "cat", 3, NULL), 0);
	assert_int_equal(params_set(&params, PARAM_SEED, "1", 1, NULL), 0);
	assert_int_equal(params_set(&lower, PARAM_SEED, "2", 1, NULL), 0);
	assert_int_equal(params_set(&lower, PARAM_MODEL, "m", 1, NULL), 0);
	assert_int_equal(size_merge_layer(&params, &lower), 0);
	assert_string_equal(params.value[PARAM_PROMPT], "cat");
	assert_string_equal(params.value[PARAM_SEED], "1");
	assert_string_equal(params.value[PARAM_MODEL], "m");
	assert_string_equal(lower.value[PARAM_MODEL], "m");
	params_done(&params);
	params_done(&lower);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),         cmocka_unit_test(test_anything),
		cmocka_unit_test(test_uneven_sides), cmocka_unit_test(test_layers),
		cmocka_unit_test(test_merges),       cmocka_unit_test(test_other_parameters_merge),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
