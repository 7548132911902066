/* What a provider takes, and the command line made from a request. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "base/strbuf.h"
#include "base/words.h"
#include "job/profile.h"

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

static const char *ratios[] = { "1:1", "16:9", NULL };
static const char *formats[] = { "png", "webp", NULL };
static char small[] = "small", small_id[] = "vendor/small-1";
static char large[] = "large", large_id[] = "-large";
static struct profile_model models[] = { { .name = small, .id = small_id },
					 { .name = large, .id = large_id } };

static struct profile painter(const char *const *command)
{
	static char name[] = "painter";
	struct profile profile = {
		.name = name, .command = (char **)command, .models = models, .model_count = 2
	};

	profile.offer.accepts[PARAM_ASPECT_RATIO] =
		(struct accept){ .kind = ACCEPT_WORDS, .words = (char **)ratios };
	profile.offer.accepts[PARAM_WIDTH] =
		(struct accept){ .kind = ACCEPT_RANGE, .from = 256, .to = 1024, .step = 64 };
	profile.offer.accepts[PARAM_SEED] =
		(struct accept){ .kind = ACCEPT_RANGE, .from = 0, .to = 99, .step = 3 };
	profile.offer.accepts[PARAM_FORMAT] =
		(struct accept){ .kind = ACCEPT_WORDS, .words = (char **)formats };
	profile.offer.accepts[PARAM_NEGATIVE_PROMPT] = (struct accept){ .kind = ACCEPT_ANY };
	models[0].offer = profile.offer;
	models[1].offer = (struct offer){
		.accepts[PARAM_SEED] = { .kind = ACCEPT_RANGE, .from = 5, .to = 5, .step = 1 }
	};
	return profile;
}

static void set(struct params *params, enum param param, const char *value)
{
	assert_int_equal(params_set(params, param, value, strlen(value), NULL), 0);
}

static const struct {
	enum param param;
	const char *value, *says; /* NULL: accepted */
} takes[] = {
	{ PARAM_FORMAT, "webp", NULL },
	{ PARAM_FORMAT, "jpeg", "format: \"jpeg\" is not what painter takes: png, webp" },
	{ PARAM_SEED, "0", NULL },
	{ PARAM_SEED, "99", NULL },
	{ PARAM_SEED, "98", "seed: \"98\" is not what painter takes: 0 to 99 in steps of 3" },
	{ PARAM_SEED, "102", "seed: \"102\" is not what painter takes: 0 to 99 in steps of 3" },
	/* Worked out elsewhere. */
	{ PARAM_ASPECT_RATIO, "5:4", NULL },
	{ PARAM_WIDTH, "257", NULL },
	{ PARAM_COUNT, "16", NULL },
	{ PARAM_NEGATIVE_PROMPT, "anything", NULL },
	{ PARAM_RESOLUTION, "4K", NULL },
	{ PARAM_MODEL, "large", NULL },
	{ PARAM_MODEL, "huge", "model: \"huge\" is not what painter takes: small, large" },
};

static void test_takes(void **state)
{
	struct profile profile = painter(NULL);

	(void)state;
	for (size_t i = 0; i < LENGTH(takes); i++) {
		struct params params = { 0 };
		struct diag diag = { 0 };
		int r;

		set(&params, PARAM_PROMPT, "a cat");
		set(&params, takes[i].param, takes[i].value);
		r = profile_accepts(&profile, &params, &diag);
		if (r != (takes[i].says ? -EINVAL : 0))
			fail_msg("%s %s: %d", param_name(takes[i].param), takes[i].value, r);
		assert_string_equal(diag.text, takes[i].says ? takes[i].says : "");
		params_done(&params);
	}
}

static void test_models(void **state)
{
	struct profile profile = painter(NULL), without = { .name = profile.name };
	struct params params = { 0 };

	(void)state;
	assert_string_equal(profile_model(&profile, NULL)->name, "small");
	assert_string_equal(profile_model(&profile, "")->name, "small");
	assert_string_equal(profile_model(&profile, "large")->id, "-large");
	assert_null(profile_model(&profile, "Large"));
	assert_null(profile_model(&without, NULL));
	assert_null(profile_model(&without, "small"));
	set(&params, PARAM_MODEL, "small");
	assert_int_equal(profile_accepts(&without, &params, NULL), 0);
	params_done(&params);
}

/* Each model has its own offer; one that the profile does not name has the general one. */
static void test_offers(void **state)
{
	struct profile profile = painter(NULL);
	struct params params = { 0 };
	struct diag diag = { 0 };

	(void)state;
	assert_ptr_equal(profile_offer(&profile, NULL), &models[0].offer);
	assert_ptr_equal(profile_offer(&profile, "large"), &models[1].offer);
	assert_ptr_equal(profile_offer(&profile, "other"), &profile.offer);
	assert_ptr_equal(profile_body(&profile, "large"), &models[1].body);
	set(&params, PARAM_MODEL, "large");
	set(&params, PARAM_SEED, "6");
	set(&params, PARAM_FORMAT, "jpeg"); /* not known to this model: fine, not sent */
	assert_int_equal(profile_accepts(&profile, &params, &diag), -EINVAL);
	assert_string_equal(diag.text, "seed: \"6\" is not what painter takes: 5 to 5");
	set(&params, PARAM_SEED, "5");
	assert_int_equal(profile_accepts(&profile, &params, NULL), 0);
	params_done(&params);
}

/* Over HTTP an unknown name is an id of the provider's own, where it can be one. */
static void test_foreign_models(void **state)
{
	static const struct {
		const char *id;
		int want;
	} ids[] = {
		{ "a", 0 },
		{ "owner/name:1.0_x-y", 0 },
		{ "...", 0 },
		{ "a/..b", 0 },
		{ "", -EINVAL },
		{ ".", -EINVAL },
		{ "..", -EINVAL },
		{ "a/..", -EINVAL },
		{ "../a", -EINVAL },
		{ "a/./b", -EINVAL },
		{ "a//b", -EINVAL },
		{ "/a", -EINVAL },
		{ "a/", -EINVAL },
		{ "a?b", -EINVAL },
		{ "a%2eb", -EINVAL },
		{ "a#b", -EINVAL },
		{ "\303\244", -EINVAL },
	};
	struct http_profile http = { .body = { 0 } };
	struct profile profile = painter(NULL);
	struct params params = { 0 };
	struct diag diag = { 0 };

	(void)state;
	for (size_t i = 0; i < LENGTH(ids); i++) {
		int r = profile_check_model_id(ids[i].id, &diag);

		if (r != ids[i].want)
			fail_msg("\"%s\": %d", ids[i].id, r);
		assert_int_equal(profile_check_model_id(ids[i].id, NULL), r);
	}
	profile.transport = TRANSPORT_HTTP;
	profile.http = &http;
	assert_ptr_equal(profile_body(&profile, "other"), &http.body);
	set(&params, PARAM_MODEL, "vendor/huge");
	assert_int_equal(profile_accepts(&profile, &params, NULL), 0);
	set(&params, PARAM_SEED, "98"); /* judged by the general offer */
	assert_int_equal(profile_accepts(&profile, &params, NULL), -EINVAL);
	set(&params, PARAM_MODEL, "vendor/../huge");
	assert_int_equal(profile_accepts(&profile, &params, &diag), -EINVAL);
	assert_non_null(strstr(diag.text, "model: \"vendor/../huge\""));
	assert_non_null(strstr(diag.text, "small, large, or an id of painter's own"));
	params_done(&params);
}

static const struct {
	const char *template;
	int want;
	unsigned named;
} templates[] = {
	{ "-x", 0, 0 },
	{ "", 0, 0 },
	{ "}", -EINVAL, 0 },
	{ "{output}", 0, 0 },
	{ "{ratio}", 0, 1u << PARAM_ASPECT_RATIO },
	{ "{width}x{height}", 0, 1u << PARAM_WIDTH | 1u << PARAM_HEIGHT },
	{ "--m={model}.", 0, 1u << PARAM_MODEL },
	{ "{", -EINVAL, 0 },
	{ "a{width", -EINVAL, 0 },
	{ "{}", -EINVAL, 0 },
	{ "{steps}", -EINVAL, 0 },
	{ "{id}", -EINVAL, 0 },
	{ "{ width }", -EINVAL, 0 },
	{ "{{width}}", -EINVAL, 0 },
};

static void test_templates(void **state)
{
	(void)state;
	for (size_t i = 0; i < LENGTH(templates); i++) {
		struct diag diag = { 0 };
		unsigned named = 0;
		int r = profile_check_template(templates[i].template, &named, &diag);

		if (r != templates[i].want || named != templates[i].named)
			fail_msg("%s: %d %x", templates[i].template, r, named);
		assert_int_equal(diag.text[0] != '\0', r < 0);
	}
}

/* Set in all rows: prompt "a cat", width 512. want: the arguments, each in
 * brackets; NULL: -EINVAL. */
static const struct {
	const char *command[8];
	enum param param; /* set too, unless the value is NULL */
	const char *value, *want;
} fills[] = {
	{ { "sd", "-p", "{prompt}", "-o", "{output}" }, 0, NULL, "[sd][-p][a cat][-o][/tmp/o]" },
	{ { "sd", "--size={width}x{width}" }, 0, NULL, "[sd][--size=512x512]" },
	/* unset: left out, with the option before when the name stands alone */
	{ { "sd", "-s", "{seed}", "-W", "{width}" }, 0, NULL, "[sd][-W][512]" },
	{ { "sd", "-s", "{seed}", "-W", "{width}" }, PARAM_SEED, "7", "[sd][-s][7][-W][512]" },
	{ { "sd", "-v", "--seed={seed}", "x" }, 0, NULL, "[sd][-v][x]" },
	{ { "sd", "seed", "{seed}", "x" }, 0, NULL, "[sd][seed][x]" },
	{ { "sd", "{seed}", "{height}" }, 0, NULL, "[sd]" },
	{ { "sd", "-v", "--a={seed}", "{height}" }, 0, NULL, "[sd][-v]" },
	{ { "sd", "-v", "-s", "{seed}", "{height}" }, 0, NULL, "[sd][-v]" },
	{ { "sd", "-x", "{width}{seed}" }, 0, NULL, "[sd][-x]" },
	{ { "-sd", "x" }, 0, NULL, "[-sd][x]" },
	/* values stay values */
	{ { "sd", "{prompt}" },
	  PARAM_PROMPT,
	  "a; rm -rf \"$HOME\" {output}",
	  "[sd][a; rm -rf \"$HOME\" {output}]" },
	{ { "sd", "{prompt}" }, PARAM_PROMPT, "--help", NULL },
	{ { "sd", "-p", "{prompt}" }, PARAM_PROMPT, "--help", NULL },
	{ { "sd", "--prompt={prompt}" }, PARAM_PROMPT, "--help", "[sd][--prompt=--help]" },
	{ { "sd", "{width}{prompt}" }, PARAM_PROMPT, "--help", "[sd][512--help]" },
	{ { "sd", "{negative_prompt}{prompt}" }, PARAM_NEGATIVE_PROMPT, "", "[sd][a cat]" },
	{ { "sd", "{negative_prompt}{prompt}" }, PARAM_NEGATIVE_PROMPT, "-", NULL },
	{ { "sd", "{negative_prompt}" }, PARAM_NEGATIVE_PROMPT, "", "[sd][]" },
	/* the model's id, not its name */
	{ { "sd", "-m", "{model}" }, 0, NULL, "[sd][-m][vendor/small-1]" },
	{ { "sd", "-m{model}" }, PARAM_MODEL, "large", "[sd][-m-large]" },
	{ { "sd", "-m", "{model}" }, PARAM_MODEL, "large", NULL },
	{ { "sd", "{prompt}" }, PARAM_MODEL, "huge", NULL },
	{ { "sd", "{provider}" }, PARAM_PROVIDER, "painter", "[sd][painter]" },
	{ { "sd", "{broken" }, 0, NULL, NULL },
	{ { "sd", "{unknown}" }, 0, NULL, NULL },
};

static void test_fills(void **state)
{
	(void)state;
	for (size_t i = 0; i < LENGTH(fills); i++) {
		struct profile profile = painter(fills[i].command);
		struct params params = { 0 };
		struct diag diag = { 0 };
		struct strbuf got = STRBUF_EMPTY;
		char **argv = NULL;
		int r;

		set(&params, PARAM_PROMPT, "a cat");
		set(&params, PARAM_WIDTH, "512");
		if (fills[i].value)
			set(&params, fills[i].param, fills[i].value);
		r = profile_fill_command(&profile, &params, "/tmp/o", &argv, &diag);
		assert_int_equal(r, fills[i].want ? 0 : -EINVAL);
		assert_int_equal(diag.text[0] != '\0', r < 0);
		for (size_t k = 0; argv && argv[k]; k++)
			strbuf_addf(&got, "[%s]", argv[k]);
		assert_string_equal(strbuf_text(&got), fills[i].want ? fills[i].want : "");
		words_free(argv);
		strbuf_done(&got);
		params_done(&params);
	}
}

static void test_output_is_no_option(void **state)
{
	const char *const command[] = { "sd", "{output}", NULL };
	struct profile profile = painter(command);
	struct params params = { 0 };
	char **argv;

	(void)state;
	assert_int_equal(profile_fill_command(&profile, &params, "-o", &argv, NULL), -EINVAL);
	profile_free(NULL);
	words_free(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_takes),
		cmocka_unit_test(test_models),
		cmocka_unit_test(test_offers),
		cmocka_unit_test(test_foreign_models),
		cmocka_unit_test(test_templates),
		cmocka_unit_test(test_fills),
		cmocka_unit_test(test_output_is_no_option),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
