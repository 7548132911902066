/* From a request to what is asked for: layers, what a provider is not sent, models, counts,
 * and params.json, which must give back what it was written from. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "job/resolve.h"

static struct request request_of(const char *text)
{
	struct request request = { .extra = NULL };
	struct diag diag = { 0 };

	if (request_parse(REQUEST_JSON, text, strlen(text), &request, &diag) < 0)
		fail_msg("%s: %s", text, diag.text);
	return request;
}

static void add(struct resolved *resolved, const char *text)
{
	struct request request = request_of(text);

	assert_int_equal(resolve_add_layer(resolved, &request, NULL), 0);
	request_done(&request);
}

static char studio[] = "studio";
static char full[] = "full", full_id[] = "v/full";
static char plain[] = "plain", plain_id[] = "v/p";

/* Two models: the first takes all of this, the second only a seed and pictures in pairs. */
static struct profile make_profile(enum transport transport)
{
	static const struct accept any = { .kind = ACCEPT_ANY };
	static struct profile_model models[2];
	struct profile profile = {
		.name = studio, .transport = transport, .models = models, .model_count = 2
	};

	profile.offer.accepts[PARAM_WIDTH] = profile.offer.accepts[PARAM_HEIGHT] =
		(struct accept){ .kind = ACCEPT_RANGE, .from = 512, .to = 2048, .step = 1 };
	profile.offer.accepts[PARAM_COUNT] =
		(struct accept){ .kind = ACCEPT_RANGE, .from = 1, .to = 4, .step = 1 };
	profile.offer.accepts[PARAM_SEED] = profile.offer.accepts[PARAM_ENHANCE] = any;
	profile.offer.accepts[PARAM_MODEL] = any;
	models[0] = (struct profile_model){ .name = full, .id = full_id, .offer = profile.offer };
	models[1] = (struct profile_model){ .name = plain, .id = plain_id };
	models[1].offer.accepts[PARAM_SEED] = any;
	models[1].offer.accepts[PARAM_COUNT] =
		(struct accept){ .kind = ACCEPT_RANGE, .from = 1, .to = 2, .step = 1 };
	return profile;
}

static struct resolved resolve(const struct profile *profile, const char *text)
{
	struct resolved resolved = { .count = 0 };
	struct diag diag = { 0 };

	add(&resolved, text);
	if (resolve_for(&resolved, profile, &diag) < 0)
		fail_msg("%s: %s", text, diag.text);
	return resolved;
}

static void test_layers(void **state)
{
	struct resolved resolved = { .count = 0 };

	(void)state;
	add(&resolved, "{\"prompt\":\"a\",\"seed\":1,\"extra\":{\"x\":1,\"y\":{\"z\":2}}}");
	add(&resolved, "{\"prompt\":\"b\",\"seed\":2,\"count\":3,\"extra\":{\"x\":9,\"w\":true}}");
	assert_string_equal(resolved.params.value[PARAM_PROMPT], "a");
	assert_string_equal(resolved.params.value[PARAM_SEED], "1");
	assert_string_equal(resolved.params.value[PARAM_COUNT], "3");
	assert_string_equal(resolved.extra, "{\"x\":1,\"y\":{\"z\":2},\"w\":true}");
	resolved_done(&resolved);
}

static void test_first_model(void **state)
{
	struct profile profile = make_profile(TRANSPORT_HTTP);
	struct resolved resolved = resolve(&profile, "{\"prompt\":\"a\",\"aspect_ratio\":\"16:9\","
						     "\"enhance\":true,\"format\":\"png\"}");

	(void)state;
	assert_string_equal(resolved.provider, "studio");
	assert_string_equal(resolved.model, "full");
	assert_string_equal(resolved.sent.value[PARAM_MODEL], "v/full");
	assert_string_equal(resolved.sent.value[PARAM_WIDTH], "2048");
	assert_string_equal(resolved.sent.value[PARAM_HEIGHT], "1152");
	assert_string_equal(resolved.sent.value[PARAM_ENHANCE], "yes");
	assert_string_equal(resolved.sent.value[PARAM_COUNT], "1");
	assert_null(resolved.sent.value[PARAM_ASPECT_RATIO]);
	assert_null(resolved.sent.value[PARAM_FORMAT]);
	assert_non_null(resolved.ignored[PARAM_FORMAT]);
	assert_null(resolved.ignored[PARAM_ENHANCE]);
	assert_int_equal(resolved.count, 1);
	assert_int_equal(resolved.count_per_call, 4);
	assert_true(resolved.sends_seed);
	resolved_done(&resolved);
}

/* What the profile takes in general does not matter to a model with an offer of its own. */
static void test_other_model(void **state)
{
	struct profile profile = make_profile(TRANSPORT_HTTP);
	struct resolved resolved = resolve(&profile, "{\"prompt\":\"a\",\"aspect_ratio\":\"16:9\","
						     "\"enhance\":true,\"model\":\"plain\","
						     "\"count\":5}");

	(void)state;
	assert_string_equal(resolved.model, "plain");
	assert_string_equal(resolved.sent.value[PARAM_MODEL], "v/p");
	assert_null(resolved.sent.value[PARAM_WIDTH]);
	assert_null(resolved.sent.value[PARAM_ENHANCE]);
	assert_non_null(resolved.ignored[PARAM_ASPECT_RATIO]);
	assert_non_null(resolved.ignored[PARAM_ENHANCE]);
	assert_int_equal(resolved.count, 5);
	assert_int_equal(resolved.count_per_call, 2);
	assert_string_equal(resolved.sent.value[PARAM_COUNT], "2");
	resolved_done(&resolved);
}

static void test_foreign_model(void **state)
{
	struct profile profile = make_profile(TRANSPORT_HTTP);
	struct resolved resolved =
		resolve(&profile, "{\"prompt\":\"a\",\"model\":\"who/else:1\",\"enhance\":true}");
	struct resolved refused = { .count = 0 };
	struct diag diag = { 0 };

	(void)state;
	assert_string_equal(resolved.model, "who/else:1");
	assert_string_equal(resolved.sent.value[PARAM_MODEL], "who/else:1");
	assert_string_equal(resolved.sent.value[PARAM_ENHANCE], "yes");
	resolved_done(&resolved);

	add(&refused, "{\"prompt\":\"a\",\"model\":\"who/../else\"}");
	assert_int_equal(resolve_for(&refused, &profile, &diag), -EINVAL);
	assert_non_null(strstr(diag.text, "full, plain, or an id"));
	profile.transport = TRANSPORT_PROGRAM;
	assert_int_equal(resolve_for(&refused, &profile, &diag), -EINVAL);
	assert_string_equal(diag.text,
			    "model: \"who/../else\" is not what studio takes: full, plain");
	resolved_done(&refused);
}

/* A program without models, or a service without a place for one. */
static void test_no_models(void **state)
{
	struct profile profile = make_profile(TRANSPORT_PROGRAM);

	(void)state;
	profile.model_count = 0;
	for (int i = 0; i < 2; i++) {
		struct resolved resolved;

		resolved = resolve(&profile, "{\"prompt\":\"a\",\"model\":\"x\"}");
		assert_string_equal(resolved.model, "");
		assert_null(resolved.sent.value[PARAM_MODEL]);
		assert_string_equal(resolved.ignored[PARAM_MODEL],
				    "it does not know this parameter");
		resolved_done(&resolved);
		profile.transport = TRANSPORT_HTTP;
		profile.offer.accepts[PARAM_MODEL] = (struct accept){ .kind = ACCEPT_NOTHING };
	}
	profile.offer.accepts[PARAM_MODEL] = (struct accept){ .kind = ACCEPT_ANY };
	{
		struct resolved resolved = resolve(&profile, "{\"prompt\":\"a\",\"model\":\"x\"}");

		assert_string_equal(resolved.model, "x");
		assert_string_equal(resolved.sent.value[PARAM_MODEL], "x");
		resolved_done(&resolved);
	}
}

static char *json_of(const struct resolved *resolved)
{
	struct strbuf json = STRBUF_EMPTY;

	assert_int_equal(resolve_json(resolved, &json), 0);
	return strbuf_take(&json, NULL);
}

static void test_extra(void **state)
{
	static const char text[] = "{\"prompt\":\"a\",\"extra\":{\"steps\":30}}";
	enum transport transports[] = { TRANSPORT_PROGRAM, TRANSPORT_HTTP };

	(void)state;
	for (int i = 0; i < 2; i++) {
		struct profile profile = make_profile(transports[i]);
		struct resolved resolved = resolve(&profile, text), again;
		char *json = json_of(&resolved);

		assert_int_equal(resolved.ignores_extra, transports[i] == TRANSPORT_PROGRAM);
		assert_string_equal(resolved.extra, "{\"steps\":30}");
		assert_int_equal(strstr(json, resolve_extra_ignored) != NULL, i == 0);
		assert_non_null(strstr(json, "\"steps\""));
		assert_int_equal(resolve_from_json(json, &again), 0);
		assert_int_equal(again.ignores_extra, resolved.ignores_extra);
		assert_string_equal(again.extra, "{\"steps\":30}");
		resolved_done(&resolved);
		resolved_done(&again);
		free(json);
	}
	{
		struct profile profile = make_profile(TRANSPORT_PROGRAM);
		struct resolved resolved = resolve(&profile, "{\"prompt\":\"a\"}");

		assert_false(resolved.ignores_extra);
		resolved_done(&resolved);
	}
}

/* The calls that are made of what was read back are those of the first time. */
static void test_back(void **state)
{
	static const struct {
		const char *text;
		int64_t count, per_call;
	} rows[] = {
		{ "{\"prompt\":\"a\",\"seed\":7}", 1, 1 },
		{ "{\"prompt\":\"a\",\"count\":3}", 3, 3 },
		{ "{\"prompt\":\"a\",\"count\":4}", 4, 4 },
		{ "{\"prompt\":\"a\",\"count\":6}", 6, 4 },
		{ "{\"prompt\":\"a\",\"count\":5,\"model\":\"plain\"}", 5, 2 },
	};
	struct profile profile = make_profile(TRANSPORT_HTTP);
	struct resolved again;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct resolved resolved = resolve(&profile, rows[i].text);
		char *json;

		assert_int_equal(resolve_set_seed(&resolved, 41), 0);
		json = json_of(&resolved);
		assert_int_equal(resolve_from_json(json, &again), 0);
		if (again.count != rows[i].count || again.count_per_call != rows[i].per_call)
			fail_msg("%s: %lld, %lld", rows[i].text, (long long)again.count,
				 (long long)again.count_per_call);
		assert_string_equal(again.model, resolved.model);
		assert_true(again.sends_seed);
		assert_string_equal(again.sent.value[PARAM_SEED], "41");
		resolved_done(&resolved);
		resolved_done(&again);
		free(json);
	}
	assert_int_equal(resolve_from_json("nonsense", &again), -EBADMSG);
}

static void test_counts_a_call(void **state)
{
	struct profile profile = make_profile(TRANSPORT_HTTP);
	struct resolved resolved = resolve(&profile, "{\"prompt\":\"a\",\"count\":6}");

	(void)state;
	assert_string_equal(resolved.sent.value[PARAM_COUNT], "4");
	assert_int_equal(resolve_set_count(&resolved, 2), 0);
	assert_string_equal(resolved.sent.value[PARAM_COUNT], "2");
	assert_string_equal(resolved.params.value[PARAM_COUNT], "6");
	resolved_done(&resolved);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_layers),      cmocka_unit_test(test_first_model),
		cmocka_unit_test(test_other_model), cmocka_unit_test(test_foreign_model),
		cmocka_unit_test(test_no_models),   cmocka_unit_test(test_extra),
		cmocka_unit_test(test_back),        cmocka_unit_test(test_counts_a_call),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
