/* Whether the sections of a provider spoken to over HTTP fit together: all that would
 * otherwise come out in the middle of a paid job. */
#include "profile_file_private.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/strbuf.h"
#include "job/template.h"
#include "job/url.h"

static int refuse(unsigned line, const char *why, struct diag *reterr_diag)
{
	diag_set(reterr_diag, line, "%s", why);
	return -EINVAL;
}

static bool has(const struct request_line *request)
{
	return request->verb[0];
}

/* ---- URLs ---- */

/* The template with an "x" for each name; braces are closed. */
static void add_sample(struct strbuf *url, const char *template)
{
	while (*template) {
		size_t size = strcspn(template, "{");

		strbuf_add(url, template, size);
		template += size;
		if (*template) {
			strbuf_add_char(url, 'x');
			template = strchr(template, '}') + 1;
		}
	}
}

static bool is_ours(const struct http_profile *http, const char *url)
{
	if (url_same_origin(url, http->base_url))
		return true;
	for (size_t i = 0; http->hosts && http->hosts[i]; i++) {
		if (url_same_origin(url, http->hosts[i]))
			return true;
	}
	return false;
}

static int check_url(const struct draft *draft, enum step step, const char *template,
		     struct diag *reterr_diag)
{
	const struct http_profile *http = draft->http;
	const char *section = profile_file_step_name(step);
	unsigned line = draft->step_line[step];
	CLEANUP(strbuf) struct strbuf sample = STRBUF_EMPTY;
	bool relative = template[0] == '/' && template[1] != '/';
	struct url url;

	if (strcmp(template, "{poll_url}") == 0 || strcmp(template, "{result_url}") == 0 ||
	    strcmp(template, "{cancel_url}") == 0)
		return 0;
	if (strstr(template, "_url}")) {
		diag_set(reterr_diag, line,
			 "[%s] request: a returned URL is asked as it is, alone: {poll_url}",
			 section);
		return -EINVAL;
	}
	if (relative)
		strbuf_add_text(&sample, http->base_url);
	add_sample(&sample, template);
	if (strbuf_failed(&sample))
		return -ENOMEM;
	if (template_is_name(template) || url_parse(strbuf_text(&sample), &url) < 0 ||
	    strchr(template, '#')) {
		diag_set(reterr_diag, line,
			 "[%s] request: a URL is expected: /PATH below base_url, or "
			 "https://HOST/PATH",
			 section);
		return -EINVAL;
	}
	if (!is_ours(http, strbuf_text(&sample))) {
		diag_set(reterr_diag, line,
			 "[%s] request: this is not base_url's host; name it in [provider] hosts",
			 section);
		return -EINVAL;
	}
	return 0;
}

/* A second URL needs a reason to be asked: a first one whose path names something. */
static int check_urls(const struct draft *draft, enum step step, const struct request_line *request,
		      struct diag *reterr_diag)
{
	int r = check_url(draft, step, request->url, reterr_diag);

	if (r < 0 || !request->otherwise)
		return r;
	if (!memchr(request->url, '{', strcspn(request->url, "?"))) {
		diag_set(reterr_diag, draft->step_line[step],
			 "[%s] request: the URL behind else would never be asked: the path before "
			 "it has no {name}",
			 profile_file_step_name(step));
		return -EINVAL;
	}
	return check_url(draft, step, request->otherwise, reterr_diag);
}

/* ---- names ---- */

/* A name stands for what another section gives. */
static int check_names(const struct draft *draft, struct diag *reterr_diag)
{
	const struct http_profile *http = draft->http;
	const struct {
		enum template_name name;
		char *const *given;
		const char *written, *by;
	} needs[] = {
		{ TEMPLATE_ID, http->submit.id, "id", "[submit] id" },
		{ TEMPLATE_POLL_URL, http->submit.poll_url, "poll_url", "[submit] poll_url" },
		{ TEMPLATE_RESULT_URL, http->submit.result_url, "result_url",
		  "[submit] result_url" },
		{ TEMPLATE_CANCEL_URL, http->submit.cancel_url, "cancel_url",
		  "[submit] cancel_url" },
		{ TEMPLATE_NEXT, http->models.next, "next", "[models] next" },
	};

	for (int step = 0; step < STEPS; step++) {
		for (size_t i = 0; i < sizeof(needs) / sizeof(needs[0]); i++) {
			if (!(draft->step_names[step] & TEMPLATE_NAME_BIT(needs[i].name)) ||
			    needs[i].given)
				continue;
			diag_set(reterr_diag, draft->step_line[step],
				 "[%s] names {%s}, but there is no %s",
				 profile_file_step_name((enum step)step), needs[i].written,
				 needs[i].by);
			return -EINVAL;
		}
	}
	return 0;
}

static bool has_body(const struct body *body)
{
	return body->count || body->submission;
}

static int check_requests(const struct draft *draft, struct diag *reterr_diag)
{
	int r = 0;

	for (int i = 0; i < STEPS && r == 0; i++) {
		enum step step = (enum step)i;
		const struct request_line *request = profile_file_step_request(draft->http, step);
		const char *section = profile_file_step_name(step);

		if (has(request)) {
			r = check_urls(draft, step, request, reterr_diag);
		} else if (has_body(&request->body)) {
			diag_set(reterr_diag, draft->step_line[step],
				 "[%s body] without a [%s] request", section, section);
			r = -EINVAL;
		}
		if (r == 0 && has_body(&request->body) && strcmp(request->verb, "GET") == 0) {
			diag_set(reterr_diag, draft->step_line[step],
				 "[%s body]: a GET request has no body", section);
			r = -EINVAL;
		}
	}
	return r;
}

/* ---- steps ---- */

static bool has_words(const struct word_sets *sets)
{
	for (int there = 0; there < THERES; there++) {
		if (sets->words[there])
			return true;
	}
	return false;
}

static int check_submit(const struct draft *draft, struct diag *reterr_diag)
{
	const struct http_profile *http = draft->http;
	unsigned line = draft->step_line[STEP_SUBMIT];
	bool names_model = draft->step_names[STEP_SUBMIT] & TEMPLATE_PARAM_BIT(PARAM_MODEL);

	if (!http->base_url)
		return refuse(draft->provider_line, "[provider] needs base_url", reterr_diag);
	if (!has(&http->submit.request))
		return refuse(line, "[submit] needs \"request = POST /PATH\"", reterr_diag);
	if (strcmp(http->submit.request.verb, "GET") == 0 && http->body.count)
		return refuse(line, "[submit] request: a GET request has no [body]", reterr_diag);
	if (names_model && !draft->profile->model_count)
		return refuse(line,
			      "[submit] names {model}, but there is no [model NAME] to begin with",
			      reterr_diag);
	if (!((draft->step_names[STEP_SUBMIT] | draft->body_names) &
	      TEMPLATE_PARAM_BIT(PARAM_PROMPT)))
		return refuse(line, "neither [body] nor [submit] names {prompt}", reterr_diag);
	return 0;
}

static int check_poll(const struct draft *draft, struct diag *reterr_diag)
{
	const struct http_profile *http = draft->http;
	unsigned line = draft->step_line[STEP_POLL];

	if (!has(&http->poll.request) && (has(&http->result.request) || !http->result.images))
		return refuse(line ? line : draft->step_line[STEP_SUBMIT],
			      "[poll] needs a request, unless the reply to [submit] has [result] "
			      "images",
			      reterr_diag);
	if (has(&http->poll.request) && !http->submit.id)
		return refuse(draft->step_line[STEP_SUBMIT], "[submit] needs id, to poll for it",
			      reterr_diag);
	if (has(&http->poll.request) && !http->poll.state)
		return refuse(line, "[poll] needs state", reterr_diag);
	if (http->poll.state && !http->states.words[THERE_DONE])
		return refuse(line, "[states] needs done, or no job would ever end", reterr_diag);
	if (!http->poll.state && has_words(&http->states))
		return refuse(line ? line : draft->step_line[STEP_SUBMIT],
			      "[states] without [poll] state", reterr_diag);
	return 0;
}

static int check_result(const struct draft *draft, struct diag *reterr_diag)
{
	const struct http_profile *http = draft->http;
	bool has_asset = has(&http->asset.request);
	unsigned result = draft->step_line[STEP_RESULT], asset = draft->step_line[STEP_ASSET];

	if (!result)
		result = draft->step_line[STEP_SUBMIT];
	if (!http->result.images && !http->result.assets)
		return refuse(result, "[result] needs images, or assets", reterr_diag);
	if (http->result.assets && !has_asset)
		return refuse(result, "[result] assets needs an [asset] request", reterr_diag);
	if (has_asset && !(draft->step_names[STEP_ASSET] & TEMPLATE_NAME_BIT(TEMPLATE_ASSET)))
		return refuse(asset, "[asset] request does not name {asset}", reterr_diag);
	if (has_asset && !http->asset.url)
		return refuse(asset, "[asset] needs url", reterr_diag);
	if (http->asset.state && !http->asset.states.words[THERE_DONE])
		return refuse(asset, "[asset] state needs done in [asset states]", reterr_diag);
	if (!http->asset.state && has_words(&http->asset.states))
		return refuse(asset ? asset : result, "[asset states] without [asset] state",
			      reterr_diag);
	return 0;
}

static int check_others(const struct draft *draft, struct diag *reterr_diag)
{
	const struct http_profile *http = draft->http;
	const struct {
		enum step step;
		bool complete;
		const char *why;
	} rows[] = {
		{ STEP_ASSET, has(&http->asset.request), "[asset] needs a request" },
		{ STEP_CANCEL, has(&http->cancel.request), "[cancel] needs a request" },
		{ STEP_LIST,
		  has(&http->list.request) && http->list.items && http->list.id &&
			  http->list.match_pointer,
		  "[list] needs request, items, id and match" },
		{ STEP_MODELS, has(&http->models.request) && http->models.items && http->models.id,
		  "[models] needs request, items and id" },
		{ STEP_BALANCE, has(&http->balance.request) && http->balance.remaining,
		  "[balance] needs request and remaining" },
		{ STEP_PRICE, has(&http->price.request) && (http->price.cost || http->price.each),
		  "[price] needs request and cost, or each" },
		{ STEP_PRICE, !http->price.per || http->price.each,
		  "[price] per is about each, which is not there" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		unsigned line = draft->step_line[rows[i].step];

		if (line && !rows[i].complete)
			return refuse(line, rows[i].why, reterr_diag);
	}
	return 0;
}

/* ---- [provider] ---- */

static int check_provider(const struct draft *draft, struct diag *reterr_diag)
{
	const struct http_profile *http = draft->http;

	if (http->key_env && http->auth == AUTH_NONE)
		return refuse(draft->key_env_line,
			      "[provider] key_env without auth; say how the key is sent",
			      reterr_diag);
	if (http->key_env && http->key_env[1] && http->auth != AUTH_BASIC)
		return refuse(draft->key_env_line,
			      "[provider] key_env: two variables are for auth = basic",
			      reterr_diag);
	return 0;
}

static int check_money(const struct draft *draft, struct diag *reterr_diag)
{
	struct profile *profile = draft->profile;
	bool in_usd = strcmp(profile->unit, "USD") == 0;

	if (!*profile->unit && (draft->price_line || draft->usd_line))
		return refuse(draft->price_line ? draft->price_line : draft->usd_line,
			      "[provider] price and usd need unit: USD, credit, CU", reterr_diag);
	if (in_usd && draft->usd_line)
		return refuse(draft->usd_line, "[provider] usd: a USD is worth one", reterr_diag);
	if (in_usd)
		profile->usd_micro = 1000 * 1000;
	return 0;
}

int profile_file_check_http(struct draft *draft, struct diag *reterr_diag)
{
	int r = check_provider(draft, reterr_diag);

	if (r == 0)
		r = check_money(draft, reterr_diag);
	if (r == 0)
		r = check_submit(draft, reterr_diag);
	if (r == 0)
		r = check_names(draft, reterr_diag);
	if (r == 0)
		r = check_requests(draft, reterr_diag);
	if (r == 0)
		r = check_poll(draft, reterr_diag);
	if (r == 0)
		r = check_result(draft, reterr_diag);
	return r < 0 ? r : check_others(draft, reterr_diag);
}
