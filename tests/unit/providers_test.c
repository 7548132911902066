/* The profiles we ship: what each really puts into its bodies for the sizes of
 * docs/mount.md, what its models change, and what its steps read. And the example of
 * docs/providers.md, which must work as printed. Run from the project's root, as the test
 * runner does; else there are no profiles to test. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cjson/cJSON.h>
#include <cmocka.h>

#include "base/file.h"
#include "base/json_pointer.h"
#include "base/strbuf.h"
#include "io/profile_file.h"
#include "job/resolve.h"
#include "job/template.h"

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

static struct profile_set set;

static int load_all(void **state)
{
	const char *const folders[] = { "conf/providers", "tests/providers" };

	(void)state;
	if (profile_set_load(folders, LENGTH(folders), &set) < 0)
		return -1;
	for (size_t i = 0; i < set.fault_count; i++)
		print_error("%s: line %u: %s\n", set.faults[i].path, set.faults[i].diag.line,
			    set.faults[i].diag.text);
	return set.fault_count ? -1 : 0;
}

static int free_all(void **state)
{
	(void)state;
	profile_set_done(&set);
	return 0;
}

static const struct profile *find(const char *name)
{
	const struct profile *profile = profile_set_find(&set, name);

	if (!profile && access("conf/providers", R_OK) < 0)
		skip();
	if (!profile)
		fail_msg("no profile %s", name);
	return profile;
}

/* ---- bodies ---- */

static int resolve(const struct profile *profile, const char *text, struct resolved *ret_resolved)
{
	struct resolved resolved = { .count = 0 };
	struct request request = { .extra = NULL };
	struct diag diag = { 0 };
	int r = request_parse(REQUEST_JSON, text, strlen(text), &request, &diag);

	if (r < 0)
		fail_msg("%s: %s", text, diag.text);
	r = resolve_add_layer(&resolved, &request, &diag);
	if (r == 0)
		r = resolve_for(&resolved, profile, &diag);
	request_done(&request);
	if (r < 0) {
		resolved_done(&resolved);
		return r;
	}
	*ret_resolved = resolved;
	return 0;
}

/* The body of a submission, as JSON without blanks. */
static char *body_of(const struct profile *profile, const struct resolved *resolved)
{
	const struct body *body = profile_body(profile, resolved->model);
	struct values values = { .name = { NULL } };
	cJSON *root = cJSON_CreateObject();
	char *text;

	for (int param = 0; param < PARAMS; param++)
		values.param[param] = resolved->sent.value[param];
	for (size_t i = 0; i < body->count; i++) {
		cJSON *value = NULL;
		int r = template_json(body->members[i].value, &values, &value);

		assert_in_range(r, 0, 1);
		if (r > 0)
			assert_int_equal(json_pointer_put(root, body->members[i].pointer, value),
					 0);
	}
	text = cJSON_PrintUnformatted(root);
	cJSON_Delete(root);
	return text;
}

/* `asked` is what a request says beside its prompt; `body` what is sent beside it, NULL:
 * rejected. `note` is in the note, NULL: there is none. */
/* clang-format off */
static const struct {
	const char *provider, *asked, *body, *note;
} bodies[] = {
	/* The table of docs/mount.md. */
	{ "scenario", "", "", NULL },
	{ "pixeldojo", "", "\"num_outputs\":1", NULL },
	{ "wavespeed", "", "", NULL },
	{ "fal", "", "\"num_images\":1", NULL },
	{ "scenario", "\"aspect_ratio\":\"16:9\"",
	  "\"aspectRatio\":\"16:9\",\"resolution\":\"2K\"", NULL },
	{ "pixeldojo", "\"aspect_ratio\":\"16:9\"",
	  "\"aspect_ratio\":\"16:9\",\"resolution\":\"2K\",\"num_outputs\":1", NULL },
	{ "wavespeed", "\"aspect_ratio\":\"16:9\"", "\"size\":\"2048*1152\"", NULL },
	{ "fal", "\"aspect_ratio\":\"16:9\"",
	  "\"image_size\":{\"width\":2048,\"height\":1152},\"num_images\":1", NULL },
	{ "scenario", "\"aspect_ratio\":\"16:9\",\"resolution\":\"4K\"",
	  "\"aspectRatio\":\"16:9\",\"resolution\":\"4K\"", NULL },
	{ "pixeldojo", "\"aspect_ratio\":\"16:9\",\"resolution\":\"4K\"",
	  "\"aspect_ratio\":\"16:9\",\"resolution\":\"4K\",\"num_outputs\":1", NULL },
	{ "wavespeed", "\"aspect_ratio\":\"16:9\",\"resolution\":\"4K\"",
	  "\"size\":\"2048*1152\"", "4K" },
	{ "fal", "\"aspect_ratio\":\"16:9\",\"resolution\":\"4K\"",
	  "\"image_size\":{\"width\":2048,\"height\":1152},\"num_images\":1", "4K" },
	{ "scenario", "\"width\":1024,\"height\":768",
	  "\"aspectRatio\":\"custom\",\"width\":1024,\"height\":768", NULL },
	{ "pixeldojo", "\"width\":1024,\"height\":768",
	  "\"aspect_ratio\":\"custom\",\"width\":1024,\"height\":768,\"num_outputs\":1", NULL },
	{ "wavespeed", "\"width\":1024,\"height\":768", "\"size\":\"1024*768\"", NULL },
	{ "fal", "\"width\":1024,\"height\":768",
	  "\"image_size\":{\"width\":1024,\"height\":768},\"num_images\":1", NULL },
	{ "scenario", "\"aspect_ratio\":\"21:9\"",
	  "\"aspectRatio\":\"custom\",\"width\":2048,\"height\":880", NULL },
	{ "pixeldojo", "\"aspect_ratio\":\"21:9\"",
	  "\"aspect_ratio\":\"custom\",\"width\":2048,\"height\":880,\"num_outputs\":1", NULL },
	{ "wavespeed", "\"aspect_ratio\":\"21:9\"", "\"size\":\"2048*880\"", NULL },
	{ "fal", "\"aspect_ratio\":\"21:9\"",
	  "\"image_size\":{\"width\":2048,\"height\":880},\"num_images\":1", NULL },
	/* Its further rows. */
	{ "wavespeed", "\"aspect_ratio\":\"3:1\",\"resolution\":\"HD\"",
	  "\"size\":\"1536*512\"", "HD" },
	{ "wavespeed", "\"aspect_ratio\":\"5:1\",\"resolution\":\"HD\"", NULL, NULL },
	{ "pixeldojo", "\"aspect_ratio\":\"5:1\"",
	  "\"aspect_ratio\":\"custom\",\"width\":2048,\"height\":408,\"num_outputs\":1", NULL },
	{ "pixeldojo", "\"width\":255,\"height\":256", NULL, NULL },
	{ "scenario", "\"width\":2049,\"height\":1024", NULL, NULL },

	/* The others. */
	{ "scenario", "\"seed\":7,\"count\":3,\"enhance\":true", "\"seed\":7", NULL },
	{ "pixeldojo", "\"seed\":7,\"count\":3,\"enhance\":true",
	  "\"enhance_prompt\":true,\"num_outputs\":3,\"seed\":7", NULL },
	{ "wavespeed", "\"seed\":7,\"count\":3,\"enhance\":false",
	  "\"seed\":7,\"enable_prompt_expansion\":false", NULL },
	{ "fal", "\"seed\":7,\"count\":6,\"enhance\":false",
	  "\"enhance_prompt\":false,\"num_images\":4,\"seed\":7", NULL },

	/* Models of their own. */
	{ "scenario", "\"model\":\"flux-1-dev\",\"aspect_ratio\":\"16:9\",\"seed\":1",
	  "\"aspectRatio\":\"16:9\",\"seed\":1", NULL },
	{ "scenario", "\"model\":\"flux-1-dev\",\"aspect_ratio\":\"4:3\"", NULL, NULL },
	{ "scenario", "\"model\":\"flux-1-dev\",\"width\":1024,\"height\":768", NULL, NULL },
	{ "scenario", "\"model\":\"imagen4-ultra\",\"aspect_ratio\":\"9:16\",\"seed\":1",
	  "\"aspectRatio\":\"9:16\"", NULL },
};
/* clang-format on */

static void check_body(size_t row)
{
	const struct profile *profile = find(bodies[row].provider);
	struct strbuf text = STRBUF_EMPTY, want = STRBUF_EMPTY;
	struct resolved resolved = { .count = 0 };
	char *got;
	int r;

	strbuf_addf(&text, "{\"prompt\":\"a \\\"cat\\\"\"%s%s}", *bodies[row].asked ? "," : "",
		    bodies[row].asked);
	r = resolve(profile, strbuf_text(&text), &resolved);
	strbuf_done(&text);
	if (!bodies[row].body) {
		assert_int_equal(r, -EINVAL);
		return;
	}
	assert_int_equal(r, 0);
	got = body_of(profile, &resolved);
	strbuf_addf(&want, "{\"prompt\":\"a \\\"cat\\\"\"%s%s}", *bodies[row].body ? "," : "",
		    bodies[row].body);
	if (strcmp(got, strbuf_text(&want)) != 0)
		fail_msg("%s, %s:\n  %s", bodies[row].provider, bodies[row].asked, got);
	if (bodies[row].note ? !strstr(resolved.note, bodies[row].note) : *resolved.note != '\0')
		fail_msg("%s, %s: %s", bodies[row].provider, bodies[row].asked, resolved.note);
	strbuf_done(&want);
	free(got);
	resolved_done(&resolved);
}

static void test_bodies(void **state)
{
	(void)state;
	for (size_t i = 0; i < LENGTH(bodies); i++)
		check_body(i);
}

/* A model's id keeps its slashes, also one that the profile does not name. */
static void test_urls(void **state)
{
	static const struct {
		const char *provider, *model, *url;
	} rows[] = {
		{ "scenario", "", "/generate/custom/model_bytedance-dreamina-3-1" },
		{ "scenario", "imagen4-ultra", "/generate/custom/model_imagen4-ultra" },
		{ "pixeldojo", "", "/models/dreamina/run" },
		{ "wavespeed", "", "/api/v3/bytedance/dreamina-v3.1/text-to-image" },
		{ "fal", "", "/fal-ai/bytedance/dreamina/v3.1/text-to-image" },
		{ "fal", "fal-ai/flux/dev", "/fal-ai/flux/dev" },
		{ "replicate", "", "/models/black-forest-labs/flux-schnell/predictions" },
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(rows); i++) {
		const struct profile *profile = find(rows[i].provider);
		const struct profile_model *model = profile_model(profile, rows[i].model);
		struct values values = { .param[PARAM_MODEL] = model ? model->id : rows[i].model };
		struct strbuf url = STRBUF_EMPTY;

		assert_int_equal(template_fill(profile->http->submit.request.url, &values, FILL_URL,
					       &url, NULL),
				 1);
		assert_string_equal(strbuf_text(&url), rows[i].url);
		strbuf_done(&url);
	}
}

/* ---- replies ---- */

/* What is read from replies as docs and clients of the providers show them. */
/* clang-format off */
static const char scenario_job[] =
	"{\"job\":{\"jobId\":\"job_x\",\"id\":\"other\",\"status\":\"success\",\"progress\":1,"
	"\"metadata\":{\"assetIds\":[\"as_1\",\"as_2\"],\"error\":\"\",\"hint\":\"try\"},"
	"\"billing\":{\"cuCost\":5,\"cuDiscount\":0}},\"creativeUnitsCost\":6}";
static const char fal_queue[] =
	"{\"status\":\"IN_QUEUE\",\"request_id\":\"r1\",\"queue_position\":4,"
	"\"response_url\":\"https://q/r1\",\"status_url\":\"https://q/r1/status\","
	"\"cancel_url\":\"https://q/r1/cancel\"}";
static const char fal_refusal[] =
	"{\"detail\":[{\"loc\":[\"body\",\"prompt\"],\"msg\":\"no\","
	"\"type\":\"content_policy_violation\"}]}";
static const char wavespeed_done[] =
	"{\"code\":200,\"message\":\"success\",\"data\":{\"id\":\"p1\",\"status\":\"completed\","
	"\"outputs\":[\"https://o/1\"],\"urls\":{\"get\":\"https://w/p1\"},"
	"\"has_nsfw_contents\":[false],\"error\":\"\"}}";
static const char wavespeed_objects[] = "{\"data\":{\"outputs\":[{\"url\":\"https://o/2\"}]}}";
static const char wavespeed_failed[] =
	"{\"code\":200,\"data\":{\"status\":\"failed\",\"code\":1200,\"error\":\"not that\"}}";
static const char pixeldojo_done[] =
	"{\"jobId\":\"j\",\"status\":\"completed\",\"output\":{\"images\":[\"https://t/1\"]},"
	"\"creditCost\":1,\"creditsRemaining\":95}";
static const char pixeldojo_error[] =
	"{\"error\":{\"code\":\"rate_limited\",\"message\":\"slow down\",\"status\":429}}";
/* clang-format on */

static void assert_reads(const char *reply, char *const *pointers, const char *want)
{
	cJSON *root = cJSON_Parse(reply);
	const cJSON *hit = json_first(root, pointers);
	char *got = hit ? cJSON_PrintUnformatted(hit) : NULL;

	if (!got || strcmp(got, want) != 0)
		fail_msg("%s: %s", reply, got ? got : "nothing");
	free(got);
	cJSON_Delete(root);
}

static void test_replies(void **state)
{
	const struct http_profile *scenario = find("scenario")->http, *fal = find("fal")->http;
	const struct http_profile *wavespeed = find("wavespeed")->http;
	const struct http_profile *pixeldojo = find("pixeldojo")->http;

	(void)state;
	assert_reads(scenario_job, scenario->submit.id, "\"job_x\"");
	assert_reads("{\"job\":{\"id\":\"job_y\"}}", scenario->submit.id, "\"job_y\"");
	assert_reads(scenario_job, scenario->submit.cost, "5");
	assert_reads(scenario_job, scenario->poll.error, "\"try\"");
	assert_reads(scenario_job, scenario->result.assets, "\"as_1\"");
	assert_reads("{\"asset\":{\"outputIndex\":0}}", scenario->asset.order, "0");
	assert_reads("{\"remainingSeconds\":4}", scenario->errors.wait, "4");
	assert_reads(fal_queue, fal->submit.poll_url, "\"https://q/r1/status\"");
	assert_reads(fal_queue, fal->submit.result_url, "\"https://q/r1\"");
	assert_reads(fal_queue, fal->submit.cancel_url, "\"https://q/r1/cancel\"");
	assert_reads(fal_queue, fal->poll.queue, "4");
	assert_reads(fal_refusal, fal->errors.message, "\"no\"");
	assert_reads(fal_refusal, fal->errors.code, "\"content_policy_violation\"");
	assert_reads("{\"detail\":\"gone\"}", fal->errors.message, "\"gone\"");
	assert_reads(wavespeed_done, wavespeed->result.images, "\"https://o/1\"");
	assert_reads(wavespeed_objects, wavespeed->result.images, "\"https://o/2\"");
	assert_reads(wavespeed_done, wavespeed->submit.poll_url, "\"https://w/p1\"");
	assert_reads(wavespeed_failed, wavespeed->errors.code, "1200");
	assert_reads(wavespeed_failed, wavespeed->poll.error, "\"not that\"");
	assert_reads(pixeldojo_done, pixeldojo->result.images, "\"https://t/1\"");
	assert_reads("{\"output\":{\"image\":\"https://t/2\"}}", pixeldojo->result.images,
		     "\"https://t/2\"");
	assert_reads(pixeldojo_done, pixeldojo->submit.remaining, "95");
	assert_reads(pixeldojo_error, pixeldojo->errors.message, "\"slow down\"");
	assert_reads(pixeldojo_error, pixeldojo->errors.code, "\"rate_limited\"");
	assert_reads("{\"error\":\"no such job\"}", pixeldojo->poll.error, "\"no such job\"");
}

static void test_facts(void **state)
{
	static const struct {
		const char *name;
		enum auth auth;
		const char *variable, *unit;
		int64_t price_micro;
		bool cancels;
	} rows[] = {
		{ "scenario", AUTH_BASIC, "SCENARIO_API_KEY", "CU", -1, true },
		{ "pixeldojo", AUTH_BEARER, "PIXELDOJO_API_KEY", "credit", 1000000, false },
		{ "wavespeed", AUTH_BEARER, "WAVESPEED_API_KEY", "USD", 27000, false },
		{ "fal", AUTH_KEY, "FAL_KEY", "USD", -1, true },
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(rows); i++) {
		const struct profile *profile = find(rows[i].name);

		assert_int_equal(profile->http->auth, rows[i].auth);
		assert_string_equal(profile->http->key_env[0], rows[i].variable);
		assert_string_equal(profile->unit, rows[i].unit);
		assert_int_equal(profile->price_micro, rows[i].price_micro);
		assert_int_equal(*profile->http->cancel.request.verb != '\0', rows[i].cancels);
		assert_string_equal(profile_model(profile, NULL)->name, "dreamina-3.1");
	}
	assert_int_equal(find("preview")->transport, TRANSPORT_PROGRAM);
	assert_int_equal(find("preview")->price_micro, 0);
}

/* ---- the example of the documentation ---- */

/* The indented block below "## Adding a provider", as a file. */
static char *read_example(void)
{
	struct strbuf example = STRBUF_EMPTY;
	char *text, *line, *rest;
	size_t size;

	assert_int_equal(file_read("docs/providers.md", 1024 * 1024, &text, &size), 0);
	line = strstr(text, "## Adding a provider\n");
	assert_non_null(line);
	for (rest = line; (line = strsep(&rest, "\n"));) {
		if (strncmp(line, "    ", 4) == 0)
			strbuf_addf(&example, "%s\n", line + 4);
		else if (!*line && example.size)
			strbuf_add_char(&example, '\n');
	}
	while (example.size > 1 && example.bytes[example.size - 2] == '\n')
		example.bytes[--example.size] = '\0';
	free(text);
	return strbuf_take(&example, NULL);
}

static void test_example(void **state)
{
	const struct profile *profile = find("replicate");
	char *example = read_example();
	struct resolved resolved;
	char *body;

	(void)state;
	assert_string_equal(example, profile->source);
	assert_int_equal(resolve(profile,
				 "{\"prompt\":\"a\",\"aspect_ratio\":\"21:9\",\"seed\":7,"
				 "\"format\":\"webp\"}",
				 &resolved),
			 0);
	body = body_of(profile, &resolved);
	assert_string_equal(body, "{\"input\":{\"prompt\":\"a\",\"aspect_ratio\":\"21:9\","
				  "\"seed\":7,\"num_outputs\":1,\"output_format\":\"webp\"}}");
	assert_reads("{\"output\":[\"https://r/1\"]}", profile->http->result.images,
		     "\"https://r/1\"");
	assert_reads("{\"output\":\"https://r/2\"}", profile->http->result.images,
		     "\"https://r/2\"");
	free(body);
	free(example);
	resolved_done(&resolved);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_bodies),  cmocka_unit_test(test_urls),
		cmocka_unit_test(test_replies), cmocka_unit_test(test_facts),
		cmocka_unit_test(test_example),
	};

	return cmocka_run_group_tests(tests, load_all, free_all);
}
