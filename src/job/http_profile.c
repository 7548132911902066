/* What a provider's steps hold is freed member by member; the lists are all alike, so the
 * compiler would not tell a forgotten one: the sanitizers do, with a profile that has them
 * all (tests/unit/profile_file_test.c). */
#include "job/http_profile.h"

#include <stdlib.h>

#include "base/words.h"

void http_profile_free_body(struct body *body)
{
	for (size_t i = 0; i < body->count; i++) {
		free(body->members[i].pointer);
		free(body->members[i].value);
	}
	free(body->members);
	free(body->extra);
	free(body->submission);
	*body = (struct body){ 0 };
}

static void free_request(struct request_line *request)
{
	free(request->url);
	free(request->otherwise);
	http_profile_free_body(&request->body);
}

static void free_lists(char **const lists[], size_t count)
{
	for (size_t i = 0; i < count; i++)
		words_free(lists[i]);
}

#define FREE_LISTS(...)                                                                            \
	free_lists((char **const[]){ __VA_ARGS__ },                                                \
		   sizeof((char **[]){ __VA_ARGS__ }) / sizeof(char **))

static void free_provider(struct http_profile *http)
{
	free(http->base_url);
	free(http->auth_header);
	free(http->ok_pointer);
	free(http->ok_value);
	FREE_LISTS(http->key_env, http->hosts);
	http_profile_free_body(&http->body);
}

static void free_steps(struct http_profile *http)
{
	struct request_line *requests[] = { &http->submit.request, &http->poll.request,
					    &http->result.request, &http->asset.request,
					    &http->cancel.request, &http->list.request,
					    &http->models.request, &http->balance.request,
					    &http->price.request };

	for (size_t i = 0; i < sizeof(requests) / sizeof(requests[0]); i++)
		free_request(requests[i]);
	FREE_LISTS(http->submit.id, http->submit.cost, http->submit.remaining,
		   http->submit.poll_url, http->submit.result_url, http->submit.cancel_url);
	FREE_LISTS(http->poll.state, http->poll.progress, http->poll.queue, http->poll.cost,
		   http->poll.error, http->poll.failed_if);
	FREE_LISTS(http->result.assets, http->result.images, http->result.seed,
		   http->result.unsafe);
	FREE_LISTS(http->asset.url, http->asset.state, http->asset.order, http->asset.unsafe);
	FREE_LISTS(http->list.items, http->list.id);
	free(http->list.match_pointer);
	free(http->list.match_value);
	FREE_LISTS(http->models.items, http->models.id, http->models.name, http->models.price,
		   http->models.next, http->balance.remaining);
	FREE_LISTS(http->price.cost, http->price.each, http->price.per);
}

void http_profile_free(struct http_profile *http)
{
	if (!http)
		return;
	free_provider(http);
	free_steps(http);
	for (int there = 0; there < THERES; there++)
		FREE_LISTS(http->states.words[there], http->asset.states.words[there]);
	for (int kind = 0; kind < ERROR_KINDS; kind++)
		words_free(http->kinds[kind]);
	FREE_LISTS(http->errors.message, http->errors.code, http->errors.trace, http->errors.wait);
	free(http);
}
