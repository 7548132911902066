/* Profiles of providers spoken to over HTTP: the language, what does not fit together,
 * and what models change. Files that are whole differ from the least one, `least`, by
 * lines that are put behind it. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/file.h"
#include "io/profile_file.h"
#include "scratch_dir.h"

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

static char *folder;

static int make_folder(void **state)
{
	int r = scratch_dir_make(state);

	folder = *state;
	return r;
}

static int load(const char *text, struct profile **ret_profile, struct diag *reterr_diag)
{
	char *path = file_join(folder, "x.ini");
	FILE *file = fopen(path, "w");
	int r;

	assert_non_null(file);
	fputs(text, file);
	fclose(file);
	r = profile_file_load(path, ret_profile, reterr_diag);
	free(path);
	return r;
}

static struct profile *load_well(const char *text)
{
	struct profile *profile = NULL;
	struct diag diag = { 0 };

	if (load(text, &profile, &diag) < 0)
		fail_msg("line %u: %s", diag.line, diag.text);
	return profile;
}

/* "a|b|" */
static void assert_words(char *const *words, const char *want)
{
	char got[256] = "";

	for (size_t i = 0; words && words[i]; i++) {
		strncat(got, words[i], sizeof(got) - strlen(got) - 1);
		strncat(got, "|", sizeof(got) - strlen(got) - 1);
	}
	assert_string_equal(got, want);
}

/* Every section and every key. */
static const char everything[] =
	"[provider]\ntitle = All\nbase_url = https://h.example/v1/\nauth = header X-Key\n"
	"key_env = A_KEY\npoll_ms = 250\ndeadline_s = 60\nok = /code 200\nin_flight = 3\n"
	"hosts = https://i.example https://j.example:8443\nunit = CU\nprice = 1.5\nusd = 0.01\n"
	"[accepts]\nwidth = 8..16\ncustom_ratio = custom\n"
	"[body]\n/in/prompt = {prompt}\n/size = {width}*{height}\n/n = 1\nextra = /in\n"
	"[model m]\nid = owner/m\n"
	"[submit]\nrequest = POST /run/{model}?seed={seed}\nid = /a/id , /id\ncost = /c\n"
	"remaining = /r\npoll_url = /pu\nresult_url = /ru\ncancel_url = /cu\n"
	"[poll]\nrequest = PUT /jobs/{id}\nstate = /s\nprogress = /p\nprogress_max = 1\n"
	"queue = /q\ncost = /pc\nerror = /e\nfailed_if = /f\n"
	"[poll body]\n/id = {id}\n"
	"[states]\nrunning = run \"in line\"\ndone = ok\nfailed = bad\ncancelled = off\n"
	"[result]\nrequest = GET {result_url}\nassets = /as/*\nimages = /im/*, \"\"\n"
	"seed = /sd\nunsafe = /u\n"
	"[asset]\nrequest = GET /assets/{asset}\nurl = /url\nstate = /st\norder = /o\nunsafe = /n\n"
	"[asset states]\nrunning = w\ndone = d\nfailed = f\ncancelled = c\n"
	"[cancel]\nrequest = DELETE {cancel_url} else /jobs/{id}\n"
	"[list]\nrequest = GET /jobs\nitems = /l/*\nid = /i\nmatch = /in/seed {seed}\nlag_s = 5\n"
	"[models]\nrequest = GET https://j.example:8443/m?c={next}\nitems = /m/*\nid = /i\n"
	"name = /n\nprice = /p\nnext = /x\n"
	"[balance]\nrequest = GET /me\nremaining = /b\n"
	"[price]\nrequest = POST /price/{model}?of={count}\ncost = /c\neach = /e\n"
	"per = /unit image \"a picture\"\n[price body]\n/id = {model}\nsubmission = /in\n"
	"[errors]\nmessage = /m\ncode = /c\ntrace = /t\nretry_after = /w\n"
	"[kinds]\nbusy = 429\ncredit = 402\nkey = 401\nrefused = 400\nmoderated = 451 1200\n";

static void test_provider(void **state)
{
	struct profile *profile = load_well(everything);
	const struct http_profile *http = profile->http;

	(void)state;
	assert_int_equal(profile->transport, TRANSPORT_HTTP);
	assert_null(profile->command);
	assert_string_equal(profile->title, "All");
	assert_int_equal(profile->in_flight, 3);
	assert_string_equal(profile->unit, "CU");
	assert_int_equal(profile->price_micro, 1500000);
	assert_int_equal(profile->usd_micro, 10000);
	assert_string_equal(http->base_url, "https://h.example/v1");
	assert_int_equal(http->auth, AUTH_HEADER);
	assert_string_equal(http->auth_header, "X-Key");
	assert_words(http->key_env, "A_KEY|");
	assert_int_equal(http->poll_ms, 250);
	assert_int_equal(http->deadline_s, 60);
	assert_string_equal(http->ok_pointer, "/code");
	assert_string_equal(http->ok_value, "200");
	assert_words(http->hosts, "https://i.example|https://j.example:8443|");
	/* What is submitted. */
	assert_int_equal(http->body.count, 3);
	assert_string_equal(http->body.members[1].pointer, "/size");
	assert_string_equal(http->body.members[1].value, "{width}*{height}");
	assert_string_equal(http->body.extra, "/in");
	assert_int_equal(profile->offer.accepts[PARAM_WIDTH].kind, ACCEPT_RANGE);
	assert_int_equal(profile->offer.accepts[PARAM_HEIGHT].kind, ACCEPT_ANY);
	assert_int_equal(profile->offer.accepts[PARAM_SEED].kind, ACCEPT_ANY); /* the URL's */
	assert_int_equal(profile->offer.accepts[PARAM_MODEL].kind, ACCEPT_ANY);
	assert_int_equal(profile->offer.accepts[PARAM_COUNT].kind, ACCEPT_NOTHING);
	profile_free(profile);
}

static void test_steps(void **state)
{
	struct profile *profile = load_well(everything);
	const struct http_profile *http = profile->http;

	(void)state;
	assert_string_equal(http->submit.request.verb, "POST");
	assert_string_equal(http->submit.request.url, "/run/{model}?seed={seed}");
	assert_words(http->submit.id, "/a/id|/id|");
	assert_words(http->submit.cost, "/c|");
	assert_words(http->submit.remaining, "/r|");
	assert_words(http->submit.poll_url, "/pu|");
	assert_words(http->submit.result_url, "/ru|");
	assert_words(http->submit.cancel_url, "/cu|");
	assert_string_equal(http->poll.request.verb, "PUT");
	assert_string_equal(http->poll.request.body.members[0].value, "{id}");
	assert_words(http->poll.state, "/s|");
	assert_words(http->poll.progress, "/p|");
	assert_int_equal(http->poll.progress_max, 1);
	assert_words(http->poll.queue, "/q|");
	assert_words(http->poll.cost, "/pc|");
	assert_words(http->poll.error, "/e|");
	assert_words(http->poll.failed_if, "/f|");
	assert_words(http->states.words[THERE_RUNNING], "run|in line|");
	assert_words(http->states.words[THERE_DONE], "ok|");
	assert_words(http->states.words[THERE_FAILED], "bad|");
	assert_words(http->states.words[THERE_CANCELLED], "off|");
	assert_string_equal(http->result.request.url, "{result_url}");
	assert_words(http->result.assets, "/as/*|");
	assert_words(http->result.images, "/im/*||");
	assert_words(http->result.seed, "/sd|");
	assert_words(http->result.unsafe, "/u|");
	profile_free(profile);
}

static void test_other_steps(void **state)
{
	struct profile *profile = load_well(everything);
	const struct http_profile *http = profile->http;

	(void)state;
	assert_words(http->asset.url, "/url|");
	assert_words(http->asset.state, "/st|");
	assert_words(http->asset.order, "/o|");
	assert_words(http->asset.unsafe, "/n|");
	assert_words(http->asset.states.words[THERE_RUNNING], "w|");
	assert_words(http->asset.states.words[THERE_CANCELLED], "c|");
	assert_string_equal(http->cancel.request.verb, "DELETE");
	assert_string_equal(http->cancel.request.url, "{cancel_url}");
	assert_string_equal(http->cancel.request.otherwise, "/jobs/{id}");
	assert_null(http->asset.request.otherwise);
	assert_words(http->list.items, "/l/*|");
	assert_words(http->list.id, "/i|");
	assert_string_equal(http->list.match_pointer, "/in/seed");
	assert_string_equal(http->list.match_value, "{seed}");
	assert_int_equal(http->list.lag_s, 5);
	assert_string_equal(http->models.request.url, "https://j.example:8443/m?c={next}");
	assert_words(http->models.items, "/m/*|");
	assert_words(http->models.id, "/i|");
	assert_words(http->models.name, "/n|");
	assert_words(http->models.price, "/p|");
	assert_words(http->models.next, "/x|");
	assert_string_equal(http->balance.request.url, "/me");
	assert_words(http->balance.remaining, "/b|");
	assert_string_equal(http->price.request.url, "/price/{model}?of={count}");
	assert_string_equal(http->price.request.body.submission, "/in");
	assert_words(http->price.cost, "/c|");
	assert_words(http->price.each, "/e|");
	assert_words(http->price.per, "/unit|image|a picture|");
	assert_words(http->errors.message, "/m|");
	assert_words(http->errors.code, "/c|");
	assert_words(http->errors.trace, "/t|");
	assert_words(http->errors.wait, "/w|");
	assert_words(http->kinds[ERROR_BUSY], "429|");
	assert_words(http->kinds[ERROR_CREDIT], "402|");
	assert_words(http->kinds[ERROR_KEY], "401|");
	assert_words(http->kinds[ERROR_REFUSED], "400|");
	assert_words(http->kinds[ERROR_MODERATED], "451|1200|");
	profile_free(profile);
}

#define BASE       "[provider]\nbase_url = https://h.example\n"
#define SUBMIT     "[submit]\nrequest = POST /x\nid = /id\n[body]\n/p = {prompt}\n"
#define POLL       "[poll]\nrequest = GET /x/{id}\nstate = /s\n[states]\ndone = ok\n"
#define RESULT     "[result]\nimages = /i/*\n"
/* 14 lines; what is put behind them begins at line 15. */
#define LEAST      BASE SUBMIT POLL RESULT
/* 13 lines; a request is missing. */
#define LACKS_POLL BASE SUBMIT RESULT "[states]\ndone = ok\n[poll]\nstate = /s\n"

static void test_defaults(void **state)
{
	struct profile *profile = load_well(LEAST);

	(void)state;
	assert_string_equal(profile->title, "x");
	assert_string_equal(profile->unit, "");
	assert_int_equal(profile->price_micro, -1);
	assert_int_equal(profile->usd_micro, -1);
	assert_int_equal(profile->in_flight, 0);
	assert_int_equal(profile->http->auth, AUTH_NONE);
	assert_int_equal(profile->http->poll_ms, 2000);
	assert_int_equal(profile->http->deadline_s, 86400);
	assert_int_equal(profile->http->poll.progress_max, 100);
	assert_int_equal(profile->http->list.lag_s, 60);
	assert_string_equal(profile->http->cancel.request.verb, "");
	profile_free(profile);
}

/* What answers at once needs no job to ask for. */
static void test_synchronous(void **state)
{
	struct profile *profile =
		load_well(BASE "[submit]\nrequest = POST /x\n[body]\n/p = {prompt}\n" RESULT);

	(void)state;
	assert_string_equal(profile->http->poll.request.verb, "");
	profile_free(profile);
	/* And may say in a word whether it went well. */
	profile = load_well(BASE SUBMIT "[poll]\nstate = /why\n[states]\ndone = ok\n" RESULT);
	assert_words(profile->http->poll.state, "/why|");
	profile_free(profile);
}

static const struct {
	const char *price;
	int64_t micro; /* -1: refused */
} prices[] = {
	{ "0", 0 },
	{ "1", 1000000 },
	{ "0.027", 27000 },
	{ "12.000001", 12000001 },
	{ "1000000", 1000000000000 },
	{ "1000000.000001", -1 },
	{ "0.0000001", -1 },
	{ "1.", -1 },
	{ ".5", -1 },
	{ "-1", -1 },
	{ "1e3", -1 },
	{ "99999999999999999999999999", -1 },
	{ "", -1 },
	{ "1 USD", -1 },
};

static void test_prices(void **state)
{
	(void)state;
	for (size_t i = 0; i < LENGTH(prices); i++) {
		struct profile *profile = NULL;
		char text[600];
		int r;

		snprintf(text, sizeof(text), LEAST "[provider]\nunit = USD\nprice = %s\n",
			 prices[i].price);
		r = load(text, &profile, NULL);
		if (r != (prices[i].micro < 0 ? -EINVAL : 0) ||
		    (r == 0 && profile->price_micro != prices[i].micro))
			fail_msg("%s: %d", prices[i].price, r);
		if (r == 0)
			assert_int_equal(profile->usd_micro, 1000000);
		profile_free(profile);
	}
}

/* ---- models ---- */

static const char *member(const struct body *body, const char *pointer)
{
	for (size_t i = 0; i < body->count; i++) {
		if (strcmp(body->members[i].pointer, pointer) == 0)
			return body->members[i].value;
	}
	return NULL;
}

/* The model's sections stand above what they change. */
static void test_models(void **state)
{
	struct profile *profile = load_well(
		"[model b accepts]\nseed = 1..5\nwidth =\nheight = 8..16\ncustom_ratio =\n"
		"[model b body]\n/n =\n/p = text {prompt}\n/neg = {negative_prompt}\nextra =\n"
		"[model a]\nid = A\n[model b]\nid = B\n[accepts]\ncustom_ratio = custom\n"
		"aspect_ratio = 21:9\nseed = 0..9\nwidth = 64..128\n" LEAST
		"[body]\n/x = 1\n/w = {width}\nextra = /more\n/n = 1\n");
	const struct offer *a = profile_offer(profile, "a"), *b = profile_offer(profile, "b");
	const struct body *body = profile_body(profile, "b");

	(void)state;
	assert_string_equal(profile_model(profile, NULL)->id, "A");
	assert_int_equal(a->accepts[PARAM_SEED].to, 9);
	assert_int_equal(a->accepts[PARAM_WIDTH].kind, ACCEPT_RANGE);
	assert_string_equal(a->custom_ratio, "custom");
	assert_int_equal(a->accepts[PARAM_NEGATIVE_PROMPT].kind, ACCEPT_NOTHING);
	assert_int_equal(b->accepts[PARAM_SEED].to, 5);
	assert_string_equal(b->accepts[PARAM_ASPECT_RATIO].words[0], "21:9");
	assert_ptr_not_equal(b->accepts[PARAM_ASPECT_RATIO].words,
			     a->accepts[PARAM_ASPECT_RATIO].words);
	assert_null(b->custom_ratio);
	/* Removed, although the general body still has a place for it. */
	assert_int_equal(b->accepts[PARAM_WIDTH].kind, ACCEPT_NOTHING);
	assert_int_equal(b->accepts[PARAM_NEGATIVE_PROMPT].kind, ACCEPT_ANY);
	assert_int_equal(profile_offer(profile, "other")->accepts[PARAM_NEGATIVE_PROMPT].kind,
			 ACCEPT_NOTHING);

	assert_string_equal(member(profile_body(profile, "a"), "/n"), "1");
	assert_string_equal(profile_body(profile, "a")->extra, "/more");
	assert_null(member(body, "/n"));
	assert_string_equal(member(body, "/p"), "text {prompt}");
	assert_string_equal(member(body, "/x"), "1");
	assert_null(body->extra);
	assert_string_equal(profile_body(profile, "other")->extra, "/more");
	profile_free(profile);
}

/* ---- mistakes ---- */

static const struct {
	const char *text;
	unsigned line;
	const char *says;
} mistakes[] = {
	/* [provider] */
	{ "[provider]\nbase_url = h.example\n", 2, "https://HOST" },
	{ "[provider]\nbase_url = ftp://h.example\n", 2, "https://HOST" },
	{ "[provider]\nbase_url = https://h.example/?a\n", 2, "https://HOST" },
	{ "[provider]\nbase_url = https://u:p@h.example\n", 2, "https://HOST" },
	{ "[provider]\ntitle = x\n" SUBMIT POLL RESULT, 2, "needs base_url" },
	{ "[provider]\nbase_url = https://h.example\n", 0, "[submit] needs" },
	{ LEAST "[provider]\nauth = token\n", 16, "header NAME" },
	{ LEAST "[provider]\nauth = header\n", 16, "header NAME" },
	{ LEAST "[provider]\nauth = header X:Y\n", 16, "header's name" },
	{ LEAST "[provider]\nkey_env = A\n", 16, "key_env without auth" },
	{ LEAST "[provider]\nauth = bearer\nkey_env = A B\n", 17, "two variables" },
	{ LEAST "[provider]\nauth = basic\nkey_env = A B C\n", 17, "or of two" },
	{ LEAST "[provider]\nauth = basic\nkey_env =\n", 17, "or of two" },
	{ LEAST "[provider]\nauth = basic\nkey_env = A=B\n", 17, "no name" },
	{ LEAST "[provider]\npoll_ms = 9\n", 16, "10 to" },
	{ LEAST "[provider]\ndeadline_s = 0\n", 16, "1 to" },
	{ LEAST "[provider]\nok = /code\n", 16, "POINTER VALUE" },
	{ LEAST "[provider]\nok = code 1\n", 16, "POINTER VALUE" },
	{ LEAST "[provider]\nok = /co~de 1\n", 16, "no JSON pointer" },
	{ LEAST "[provider]\nhosts = i.example\n", 16, "https://HOST" },
	{ LEAST "[provider]\nhosts = https://i.example/x\n", 16, "without a path" },
	{ LEAST "[provider]\nprice = 1\n", 16, "need unit" },
	{ LEAST "[provider]\nusd = 1\n", 16, "need unit" },
	{ LEAST "[provider]\nunit = USD\nusd = 1\n", 17, "a USD is worth one" },
	{ LEAST "[provider]\nunit = US dollar\n", 16, "one word" },
	{ LEAST "[provider]\ncommand = sd {prompt}\n", 2, "line 16 has a command" },

	/* [body] */
	{ LEAST "[body]\nprompt = {prompt}\n", 16, "JSON pointers" },
	{ LEAST "[body]\n/a~b = 1\n", 16, "no JSON pointer" },
	{ LEAST "[body]\n/a/* = 1\n", 16, "for reading only" },
	{ LEAST "[body]\n/a =\n", 16, "a template is expected" },
	{ LEAST "[body]\n/a = {width\n", 16, "'{' without '}'" },
	{ LEAST "[body]\n/a = {id}\n", 16, "{id}" },
	{ LEAST "[body]\n/a = {steps}\n", 16, "{steps}" },
	{ LEAST "[body]\n/p/q = 1\n", 16, "inside the other" },
	{ LEAST "[body]\n/a/b = 1\n/a = 1\n", 17, "inside the other" },
	{ LEAST "[body]\nextra = input\n", 16, "JSON pointer to an object" },
	{ LEAST "[body]\nextra = /p\n", 16, "no object" },
	{ LEAST "[body]\nextra = /a\n/a = 1\n", 17, "no object" },
	{ LEAST "[model x]\nid = x\n[model x body]\n/a =\n", 18, "no such member" },
	{ LEAST "[model x body]\n/a = 1\n", 16, "there is no [model x]" },
	{ LEAST "[submit body]\n/a = 1\n", 16, "what is submitted is [body]" },
	{ BASE "[submit]\nrequest = POST /x\nid = /id\n" POLL RESULT, 4, "{prompt}" },

	/* Requests. */
	{ BASE "[submit]\nrequest = FETCH /x\n", 4, "VERB URL" },
	{ BASE "[submit]\nrequest = POST\n", 4, "VERB URL" },
	{ BASE "[submit]\nrequest = POST /x y\n", 4, "VERB URL" },
	{ BASE "[submit]\nrequest = POST /x/{id}\n", 4, "{id}" },
	{ BASE "[submit]\nrequest = POST /x/{model\n", 4, "'{' without '}'" },
	{ BASE "[submit]\nrequest = POST /{model}\nid = /id\n[body]\n/p = {prompt}\n" POLL RESULT,
	  4, "no [model NAME]" },
	{ BASE "[submit]\nrequest = GET /x\nid = /id\n[body]\n/p = {prompt}\n" POLL RESULT, 4,
	  "GET" },
	{ BASE "[submit]\nrequest = POST x\nid = /id\n[body]\n/p = {prompt}\n" POLL RESULT, 4,
	  "a URL is expected" },
	{ BASE "[submit]\nrequest = POST //x/y\nid = /id\n[body]\n/p = {prompt}\n" POLL RESULT, 4,
	  "a URL is expected" },
	{ BASE "[submit]\nrequest = POST https://i.example/\nid = /id\n[body]\n"
	       "/p = {prompt}\n" POLL RESULT,
	  4, "not base_url's host" },
	{ LEAST "[cancel]\nrequest = POST {cancel_url}\n", 16, "[submit] cancel_url" },
	{ LEAST "[cancel]\nrequest = POST https://{id}/x\n", 16, "not base_url's host" },
	{ LEAST "[cancel]\nrequest = POST /x#{id}\n", 16, "a URL is expected" },
	{ LEAST "[cancel]\nrequest = POST {id}\n", 16, "a URL is expected" },
	{ LEAST "[submit]\ncancel_url = /c\n[cancel]\nrequest = POST {cancel_url}/x\n", 18,
	  "as it is, alone" },
	{ LEAST "[cancel]\nrequest = POST /x/{prompt}\n", 16, "{prompt}" },
	{ LEAST "[cancel]\nrequest = GET /x\n[cancel body]\n/a = 1\n", 16, "GET" },
	{ LEAST "[cancel body]\n/a = 1\n", 16, "without a [cancel] request" },
	{ LEAST "[cancel body]\nextra = /a\n", 16, "belongs to [body]" },
	{ LEAST "[cancel]\nrequest = PUT /x\n[cancel body]\n/a = {poll_url}\n", 18, "{poll_url}" },
	{ LEAST "[models]\nrequest = GET /m?{next}\nitems = /m/*\nid = /i\n", 16, "[models] next" },

	/* Second URLs. */
	{ LACKS_POLL "request = GET /x/{id} else\n", 14, "VERB URL else URL" },
	{ LACKS_POLL "request = GET /x/{id} or /y/{id}\n", 14, "VERB URL else URL" },
	{ LACKS_POLL "request = GET /x/{id} else GET /y/{id}\n", 14, "VERB URL else URL" },
	{ LACKS_POLL "request = GET /x/{id} else /y/{id\n", 14, "'{' without '}'" },
	{ LACKS_POLL "request = GET /x/{id} else /y/{asset}\n", 14, "{asset}" },
	{ LACKS_POLL "request = GET /x/{id} else y\n", 14, "a URL is expected" },
	{ LACKS_POLL "request = GET y/{id} else /x\n", 14, "a URL is expected" },
	{ LACKS_POLL "request = GET /x/{id} else {poll_url}\n", 14, "[submit] poll_url" },
	{ LACKS_POLL "request = GET /x/{id} else {poll_url}/y\n[submit]\npoll_url = /p\n", 14,
	  "as it is, alone" },
	{ LACKS_POLL "request = GET /x/{id} else https://i.example/{id}\n", 14,
	  "not base_url's host" },
	{ LACKS_POLL "request = GET /x?id={id} else /y/{id}\n", 14, "never be asked" },

	/* Steps. */
	{ BASE "[submit]\nrequest = POST /x\n[body]\n/p = {prompt}\n" POLL RESULT, 8, "{id}" },
	{ BASE "[submit]\nrequest = POST /x\n[body]\n/p = {prompt}\n"
	       "[poll]\nrequest = GET /x\nstate = /s\n[states]\ndone = ok\n" RESULT,
	  4, "needs id" },
	{ BASE SUBMIT "[poll]\nrequest = GET /x\n" RESULT, 9, "[poll] needs state" },
	{ BASE SUBMIT "[poll]\nrequest = GET /x\nstate = /s\n" RESULT, 9, "[states] needs done" },
	{ BASE SUBMIT "[poll]\nrequest = GET /x\nstate = /s\n[states]\ndone =\n" RESULT, 12,
	  "words are expected" },
	{ BASE SUBMIT RESULT "[states]\ndone = ok\n", 4, "without [poll] state" },
	{ BASE SUBMIT "[result]\nrequest = GET /r\nimages = /i\n", 4, "[poll] needs a request" },
	{ BASE SUBMIT, 4, "[poll] needs a request" },
	{ BASE SUBMIT POLL, 4, "images, or assets" },
	{ BASE SUBMIT POLL "[result]\nassets = /a/*\n", 14, "[asset] request" },
	{ LEAST "[asset]\nurl = /u\n", 16, "[asset] needs a request" },
	{ LEAST "[asset]\nrequest = GET /a\nurl = /u\n", 16, "{asset}" },
	{ LEAST "[asset]\nrequest = GET /a/{asset}\n", 16, "needs url" },
	{ LEAST "[asset]\nrequest = GET /a/{asset}\nurl = /u\nstate = /s\n", 16, "[asset states]" },
	{ LEAST "[asset]\nrequest = GET /a/{asset}\nurl = /u\n[asset states]\ndone = ok\n", 16,
	  "without [asset] state" },
	{ LEAST "[list]\nrequest = GET /l\nitems = /l\n", 16, "[list] needs" },
	{ LEAST "[list]\nmatch = /seed\n", 16, "POINTER TEMPLATE" },
	{ LEAST "[list]\nmatch = /seed {id}\n", 16, "{id}" },
	{ LEAST "[list]\nmatch = /seed \"a\\q\"\n", 16, "\\q" },
	{ LEAST "[list]\nmatch = seed {seed}\n", 16, "POINTER TEMPLATE" },
	{ LEAST "[models]\nrequest = GET /m\n", 16, "[models] needs" },
	{ LEAST "[balance]\nrequest = GET /b\n", 16, "[balance] needs" },
	{ LEAST "[price]\nrequest = GET /b\n", 16, "[price] needs" },
	{ LEAST "[price]\ncost = /c\n", 16, "[price] needs" },
	{ LEAST "[price]\nrequest = GET /b\ncost = /c\nper = /u image\n", 16, "per is about each" },
	{ LEAST "[price]\nrequest = GET /b\ncost = /c\n[price body]\nsubmission = \"\"\n", 16,
	  "GET request has no body" },
	{ LEAST "[price]\nper = image\n", 16, "POINTER WORD" },
	{ LEAST "[price]\nper = /unit\n", 16, "POINTER WORD" },
	{ LEAST "[price]\nrequest = GET /b/{id}\n", 16, "{id}" },
	{ LEAST "[price body]\nsubmission = in\n", 16, "a JSON pointer is expected" },
	{ LEAST "[price body]\nsubmission = /a/*\n", 16, "for reading only" },
	{ LEAST "[poll body]\nsubmission = /a\n", 16, "allowed: JSON pointers" },

	/* Keys, pointers, lines. */
	{ LEAST "[poll]\nstates = /s\n", 16, "allowed: request, state, progress" },
	{ LEAST "[kinds]\nmaybe = 1\n", 16, "allowed: busy, credit" },
	{ "[provider]\nurl = https://h.example\n", 2,
	  "in_flight; command for a program; base_url, auth, key_env, poll_ms, ok, hosts, unit, "
	  "price, usd for HTTP" },
	{ LEAST "[errors]\nmessage = error\n", 16, "no JSON pointer" },
	{ LEAST "[errors]\nmessage = /a,\n", 16, "JSON pointers are expected" },
	{ LEAST "[errors]\nmessage =\n", 16, "JSON pointers are expected" },
	{ LEAST "[kinds]\nbusy = \"a\n", 16, "not closed" },
	{ LEAST "[poll]\nprogress_max = 0\n", 16, "1 to" },
	{ LEAST " request = x\n", 15, "indented" },
	{ LEAST
	  "[errors]\nmessage = /"
	  "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
	  "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
	  "aaaaaaaaaa\n",
	  16, "180 are allowed" },
};

static void test_mistakes(void **state)
{
	(void)state;
	for (size_t i = 0; i < LENGTH(mistakes); i++) {
		struct profile *profile = NULL;
		struct diag diag = { 0 };
		int r = load(mistakes[i].text, &profile, &diag);

		if (r != -EINVAL || diag.line != mistakes[i].line ||
		    !strstr(diag.text, mistakes[i].says))
			fail_msg("%s\n%d line %u: %s", mistakes[i].text, r, diag.line, diag.text);
		assert_null(profile);
		assert_int_equal(load(mistakes[i].text, &profile, NULL), -EINVAL);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_provider),    cmocka_unit_test(test_steps),
		cmocka_unit_test(test_other_steps), cmocka_unit_test(test_defaults),
		cmocka_unit_test(test_synchronous), cmocka_unit_test(test_prices),
		cmocka_unit_test(test_models),      cmocka_unit_test(test_mistakes),
	};

	return cmocka_run_group_tests(tests, make_folder, scratch_dir_remove);
}
