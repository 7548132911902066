/* Messages. What can go wrong here is a URL: it decides who gets the key. So a URL
 * is put together in one place, parsed strictly when it is whole, and only then
 * compared with the origins that may have the key; a URL that a provider returned
 * is used as it is or not at all. */
#include "job/protocol.h"

#include <assert.h>
#include <cjson/cJSON.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/json_pointer.h"
#include "base/utf8.h"
#include "job/protocol_private.h"
#include "job/template.h"
#include "job/url.h"

enum { SHOWN_URL_BYTES = 200 };

static const struct request_line *line_of(const struct http_profile *http, enum exchange exchange)
{
	switch (exchange) {
	case EXCHANGE_SUBMIT:
		return &http->submit.request;
	case EXCHANGE_POLL:
		return &http->poll.request;
	case EXCHANGE_RESULT:
		return &http->result.request;
	case EXCHANGE_ASSET:
		return &http->asset.request;
	case EXCHANGE_CANCEL:
		return &http->cancel.request;
	case EXCHANGE_LIST:
		return &http->list.request;
	case EXCHANGE_MODELS:
		return &http->models.request;
	case EXCHANGE_BALANCE:
		return &http->balance.request;
	case EXCHANGE_PRICE:
		return &http->price.request;
	case EXCHANGE_DOWNLOAD:
	case EXCHANGES:
		break;
	}
	return NULL;
}

bool protocol_has(const struct profile *profile, enum exchange exchange)
{
	const struct request_line *line;

	if (profile->transport != TRANSPORT_HTTP || !profile->http)
		return false;
	line = line_of(profile->http, exchange);
	return exchange == EXCHANGE_DOWNLOAD || (line && *line->verb);
}

/* ---- the address ---- */

static bool is_set(const char *text)
{
	return text && *text;
}

const char *protocol_base(const struct asking *asking)
{
	return is_set(asking->base_url) ? asking->base_url : asking->profile->http->base_url;
}

static void refuse_url(const char *url, const char *why, struct diag *reterr_diag)
{
	CLEANUP(strbuf) struct strbuf shown = STRBUF_EMPTY;

	utf8_add_printable(&shown, url, utf8_cut(url, strlen(url), SHOWN_URL_BYTES),
			   PRINTABLE_LINE);
	diag_set(reterr_diag, 0, "%s: \"%s\"", why, strbuf_text(&shown));
}

int protocol_check_url(const struct asking *asking, const char *url, struct diag *reterr_diag)
{
	struct url parsed, base;

	if (url_parse(url, &parsed) < 0) {
		refuse_url(url, "not an http(s) URL that can be used", reterr_diag);
		return -EINVAL;
	}
	if (parsed.scheme != URL_HTTPS &&
	    (url_parse(protocol_base(asking), &base) < 0 || base.scheme == URL_HTTPS)) {
		refuse_url(url, "only https: is followed where base_url is https:", reterr_diag);
		return -EINVAL;
	}
	return 0;
}

static size_t size_without_slash(const char *text)
{
	size_t size = strlen(text);

	while (size > 0 && text[size - 1] == '/')
		size--;
	return size;
}

/* Whether the configuration leads elsewhere than the profile. */
static bool is_moved(const struct asking *asking)
{
	const char *own = asking->profile->http->base_url, *base = protocol_base(asking);
	size_t size = size_without_slash(own);

	return size != size_without_slash(base) || memcmp(own, base, size) != 0;
}

static bool may_have_key(const struct asking *asking, const char *url)
{
	char *const *host = asking->profile->http->hosts;

	if (url_same_origin(url, protocol_base(asking)))
		return true;
	if (is_moved(asking)) /* the configuration's key is for the configuration's place */
		return false;
	for (; host && *host; host++)
		if (url_same_origin(url, *host))
			return true;
	return false;
}

/* Appends what stands before a template's path, and returns the rest of the template:
 * all of a provider's hosts are one host where the configuration says so. */
static const char *add_front(const char *template, const struct asking *asking, struct strbuf *url)
{
	const char *base = protocol_base(asking), *host = strstr(template, "://");
	struct url parsed;

	if (*template == '/') {
		strbuf_add(url, base, size_without_slash(base));
		return template;
	}
	if (!host || *template == '{')
		return template;
	host += strlen("://");
	if (!is_moved(asking) || url_parse(base, &parsed) < 0) {
		strbuf_add(url, template, (size_t)(host - template) + strcspn(host, "/?"));
		return host + strcspn(host, "/?");
	}
	strbuf_add(url, base, parsed.path);
	return host + strcspn(host, "/?");
}

static int unset(const char *template, struct diag *reterr_diag)
{
	diag_set(reterr_diag, 0, "%s cannot be asked: a {name} in it has no value", template);
	return -EINVAL;
}

static int fill(const char *template, size_t size, const struct values *values, struct strbuf *url,
		struct diag *reterr_diag)
{
	CLEANUP(free_ptr) char *part = strndup(template, size);

	return part ? template_fill(part, values, FILL_URL, url, reterr_diag) : -ENOMEM;
}

/* A query's part with an unset name is left out, as a body's member is. */
static int fill_query(const char *query, const struct values *values, struct strbuf *url,
		      struct diag *reterr_diag)
{
	char before = '?';

	if (strchr(strbuf_text(url), '?')) /* of a returned URL */
		before = '&';
	while (*query) {
		size_t size = strcspn(query, "&");
		CLEANUP(strbuf) struct strbuf part = STRBUF_EMPTY;
		int r = fill(query, size, values, &part, reterr_diag);

		if (r < 0)
			return r;
		if (r > 0) {
			strbuf_add_char(url, before);
			strbuf_add_text(url, strbuf_text(&part));
			before = '&';
		}
		if (strbuf_failed(&part))
			return -ENOMEM;
		query += size + (query[size] == '&');
	}
	return 0;
}

/* 1 with *ret_url; 0 when a name in its path is unset. */
static int fill_url(const char *template, const struct asking *asking, const struct values *values,
		    char **ret_url, struct diag *reterr_diag)
{
	CLEANUP(strbuf) struct strbuf url = STRBUF_EMPTY;
	const char *rest = add_front(template, asking, &url);
	size_t path = strcspn(rest, "?");
	int r = fill(rest, path, values, &url, reterr_diag);

	if (r <= 0)
		return r;
	r = rest[path] == '?' ? fill_query(rest + path + 1, values, &url, reterr_diag) : 0;
	if (r == 0 && strbuf_failed(&url))
		r = -ENOMEM;
	if (r == 0)
		r = protocol_check_url(asking, strbuf_text(&url), reterr_diag);
	if (r < 0)
		return r;
	*ret_url = strbuf_take(&url, NULL);
	return *ret_url ? 1 : -ENOMEM;
}

/* The second URL stands in for a returned one, be it missing or of no use; never for one
 * of the profile's that a value would lead astray. */
static int make_url(const struct request_line *line, const struct asking *asking,
		    const struct values *values, char **ret_url, struct diag *reterr_diag)
{
	const char *template = line->url;
	int r = fill_url(template, asking, values, ret_url, reterr_diag);

	if (line->otherwise && (r == 0 || (r == -EINVAL && template_is_name(template)))) {
		template = line->otherwise;
		r = fill_url(template, asking, values, ret_url, reterr_diag);
	}
	if (r == 0)
		return unset(template, reterr_diag);
	return r < 0 ? r : 0;
}

/* ---- what is filled in ---- */

static const char *or_unset(const char *text)
{
	return is_set(text) ? text : NULL;
}

static int find_model(const struct asking *asking, const char **ret_id, struct diag *reterr_diag)
{
	const struct profile_model *model = profile_model(asking->profile, asking->model);
	int r;

	if (asking->sent && asking->sent->value[PARAM_MODEL]) {
		*ret_id = asking->sent->value[PARAM_MODEL];
	} else if (model || !is_set(asking->model)) {
		*ret_id = model ? model->id : NULL;
	} else {
		r = profile_check_model_id(asking->model, reterr_diag);
		if (r < 0)
			return r;
		*ret_id = asking->model;
	}
	return 0;
}

int protocol_values(const struct asking *asking, struct values *ret_values,
		    struct diag *reterr_diag)
{
	struct values values = {
		.name = {
			[TEMPLATE_ID] = or_unset(asking->remote.id),
			[TEMPLATE_ASSET] = or_unset(asking->asset),
			[TEMPLATE_POLL_URL] = or_unset(asking->remote.poll_url),
			[TEMPLATE_RESULT_URL] = or_unset(asking->remote.result_url),
			[TEMPLATE_CANCEL_URL] = or_unset(asking->remote.cancel_url),
			[TEMPLATE_NEXT] = or_unset(asking->next),
		},
	};
	int r;

	for (int param = 0; asking->sent && param < PARAMS; param++)
		values.param[param] = asking->sent->value[param];
	r = find_model(asking, &values.param[PARAM_MODEL], reterr_diag);
	if (r == 0)
		*ret_values = values;
	return r;
}

/* ---- the body ---- */

static int add_member(cJSON *root, const struct body_member *member, const struct values *values,
		      struct diag *reterr_diag)
{
	cJSON *value = NULL;
	int r = template_json(member->value, values, &value);

	if (r > 0)
		r = json_pointer_put(root, member->pointer, value);
	if (r == -EINVAL)
		diag_set(reterr_diag, 0, "%s = %s cannot be put into the message", member->pointer,
			 member->value);
	return r;
}

/* Objects are joined; anything else that a person says himself counts. */
static int merge(cJSON *into, const cJSON *from)
{
	const cJSON *member;

	cJSON_ArrayForEach(member, from)
	{
		cJSON *there = cJSON_GetObjectItemCaseSensitive(into, member->string), *copy;

		if (cJSON_IsObject(there) && cJSON_IsObject(member)) {
			if (merge(there, member) < 0)
				return -ENOMEM;
			continue;
		}
		copy = cJSON_Duplicate(member, 1);
		if (!copy ||
		    !(there ? cJSON_ReplaceItemInObjectCaseSensitive(into, member->string, copy)
			    : cJSON_AddItemToObject(into, member->string, copy))) {
			cJSON_Delete(copy);
			return -ENOMEM;
		}
	}
	return 0;
}

static int add_extra(cJSON *root, const char *pointer, const char *text, struct diag *reterr_diag)
{
	cJSON *extra = cJSON_Parse(text);
	const cJSON *there = pointer ? json_pointer_first(root, pointer) : root;
	int r;

	if (!cJSON_IsObject(extra)) {
		cJSON_Delete(extra);
		diag_set(reterr_diag, 0, "extra is not an object");
		return -EINVAL;
	}
	if (cJSON_IsObject(there)) {
		/* What a pointer reaches in our own tree is ours to change. */
		r = merge((cJSON *)there, extra);
		cJSON_Delete(extra);
	} else {
		r = json_pointer_put(root, pointer, extra);
	}
	if (r == -EINVAL)
		diag_set(reterr_diag, 0, "extra cannot be put into the message at %s", pointer);
	return r;
}

static int fill_body(cJSON *root, const struct body *body, const char *extra,
		     const struct values *values, struct diag *reterr_diag)
{
	int r = 0;

	for (size_t i = 0; i < body->count && r >= 0; i++)
		r = add_member(root, &body->members[i], values, reterr_diag);
	if (r >= 0 && extra)
		r = add_extra(root, body->extra, extra, reterr_diag);
	return r < 0 ? r : 0;
}

/* What would be submitted, as a part of the question what it costs. */
static int add_submission(cJSON *root, const char *pointer, const struct asking *asking,
			  const struct values *values, struct diag *reterr_diag)
{
	cJSON *submission = *pointer ? cJSON_CreateObject() : root;
	int r;

	if (!submission)
		return -ENOMEM;
	r = fill_body(submission, profile_body(asking->profile, asking->model),
		      or_unset(asking->extra), values, reterr_diag);
	if (!*pointer)
		return r;
	if (r == 0)
		return json_pointer_put(root, pointer, submission);
	cJSON_Delete(submission);
	return r;
}

static int make_body(enum exchange exchange, const struct asking *asking,
		     const struct values *values, char **ret_text, struct diag *reterr_diag)
{
	const struct body *body = &line_of(asking->profile->http, exchange)->body;
	const char *extra = NULL;
	cJSON *root;
	int r = 0;

	*ret_text = NULL;
	if (exchange == EXCHANGE_SUBMIT) {
		body = profile_body(asking->profile, asking->model);
		extra = or_unset(asking->extra);
	}
	if (body->count == 0 && !extra && !body->submission)
		return 0;
	root = cJSON_CreateObject();
	if (!root)
		return -ENOMEM;
	if (body->submission)
		r = add_submission(root, body->submission, asking, values, reterr_diag);
	if (r == 0)
		r = fill_body(root, body, extra, values, reterr_diag);
	if (r == 0) {
		*ret_text = cJSON_PrintUnformatted(root);
		r = *ret_text ? 0 : -ENOMEM;
	}
	cJSON_Delete(root);
	return r;
}

/* ---- messages ---- */

static int make_download(const struct asking *asking, struct message *message,
			 struct diag *reterr_diag)
{
	const char *url = asking->url ? asking->url : "";
	int r = protocol_check_url(asking, url, reterr_diag);

	if (r < 0)
		return r;
	snprintf(message->verb, sizeof(message->verb), "GET");
	message->url = strdup(url);
	return message->url ? 0 : -ENOMEM;
}

static int make_step(enum exchange exchange, const struct asking *asking, struct message *message,
		     struct diag *reterr_diag)
{
	const struct request_line *line = line_of(asking->profile->http, exchange);
	struct values values;
	int r = protocol_values(asking, &values, reterr_diag);

	message->paid = exchange == EXCHANGE_SUBMIT;
	if (r == 0)
		r = make_url(line, asking, &values, &message->url, reterr_diag);
	if (r == 0)
		r = make_body(exchange, asking, &values, &message->body, reterr_diag);
	if (r < 0)
		return r;
	snprintf(message->verb, sizeof(message->verb), "%s", line->verb);
	message->keyed = may_have_key(asking, message->url);
	return 0;
}

int protocol_message(enum exchange exchange, const struct asking *asking,
		     struct message *ret_message, struct diag *reterr_diag)
{
	struct message message = { .url = NULL };
	int r;

	assert(asking->profile->transport == TRANSPORT_HTTP);
	if (!protocol_has(asking->profile, exchange))
		return -ENOENT;
	if (exchange == EXCHANGE_DOWNLOAD)
		r = make_download(asking, &message, reterr_diag);
	else
		r = make_step(exchange, asking, &message, reterr_diag);
	if (r < 0)
		message_done(&message);
	else
		*ret_message = message;
	return r;
}
