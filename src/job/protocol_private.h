/* A reply while it is read, and what the parts of the protocol ask of it. Private
 * to the module. */
#ifndef EASELFS_JOB_PROTOCOL_PRIVATE_H
#define EASELFS_JOB_PROTOCOL_PRIVATE_H

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/diag.h"
#include "base/json.h"
#include "base/strbuf.h"
#include "job/protocol.h"
#include "job/template.h"

enum { HITS_MAX = REFERENCES_MAX, ERROR_BYTES_MAX = 2000 };

struct look {
	enum exchange exchange;
	const struct asking *asking;
	const struct http_profile *http;
	const struct message *message;
	const struct reply *reply;
	const cJSON *root;    /* NULL: the body is no JSON, or not looked at */
	bool ok;              /* the envelope says so, or there is none */
	struct diag fault;    /* why the body is no JSON; "" when it is */
	struct diag headline; /* what happened, for a person; "" when all is well */
};

/* ---- the provider's address (protocol.c) ---- */

/* The base URL that counts: the configuration's, else the profile's. */
const char *protocol_base(const struct asking *asking);
/* Whether a URL of a reply may be followed at all: http(s), and https where the base
 * URL is. -EINVAL with a diag. */
int protocol_check_url(const struct asking *asking, const char *url, struct diag *reterr_diag);

/* What the templates of that call's messages are filled with; borrowed from `asking`. 0,
 * or -EINVAL with a diag for a model that cannot be one. */
int protocol_values(const struct asking *asking, struct values *ret_values,
		    struct diag *reterr_diag);

/* ---- values (protocol_values.c) ---- */

/* Reads the body; an integer that a double cannot hold becomes a string of its digits,
 * so that an id is what was written. 0, -ENOMEM, or -EINVAL with a diag. */
int protocol_parse(const struct reply *reply, struct json *ret_json, struct diag *reterr_diag);
/* The same for a catalogue or a list, which may have far more values. */
int protocol_parse_catalogue(const struct reply *reply, struct json *ret_json);

/* What a pointer list reaches: all hits of the first pointer with one that says
 * something, at most HITS_MAX. */
struct hits {
	const cJSON *at[HITS_MAX];
	size_t count;
	const char *pointer; /* whose hits they are, NULL: none */
};
void protocol_hits(const cJSON *root, char *const *pointers, struct hits *ret_hits);
/* Puts an array's elements in its place. */
void protocol_spread(struct hits *hits);

/* Appends a string, number, true or false as text; false for anything else. */
bool protocol_add_text(const cJSON *value, struct strbuf *text);
bool protocol_is_word(char *const *words, const char *text);
/* A number, or a string that is one. */
bool protocol_number(const cJSON *value, double *ret_number);
/* The whole number at the pointers, or -1. */
int64_t protocol_whole(const cJSON *root, char *const *pointers);
/* The amount at the pointers in millionths, rounded half up; -1 when it is none, or is
 * negative or absurd. */
int64_t protocol_micro(const cJSON *root, char *const *pointers);
/* true, a number but 0, a text, a list with something in it. */
bool protocol_is_true(const cJSON *value);
/* Whether the text can be an id there: 1 to 255 bytes, nothing that was replaced or
 * would vanish on the way. */
bool protocol_is_id(const char *text);
/* The id at the first of the pointers that has one. 1 with *ret_id allocated, 0 or
 * -ENOMEM. */
int protocol_id(const cJSON *root, char *const *pointers, char **ret_id);
/* Whether the envelope, where the profile has one, says that all is well. */
bool protocol_is_ok(const struct http_profile *http, const cJSON *root);
/* The first value at the envelope's pointer, or NULL. */
const cJSON *protocol_envelope(const struct http_profile *http, const cJSON *root);
/* The kind of the first error code that the profile knows, else ERROR_OTHER. */
enum kind_of_error protocol_kind(const struct look *look);

/* ---- lists (protocol_items.c) ---- */

/* Reads a reply that is a list. 0, -EINVAL for an error or what cannot be read, -ENOMEM. */
int protocol_open_items(const struct http_profile *http, const struct reply *reply,
			struct json *ret_json);
/* Calls `fn` for each item of the list at the first of the pointers that reaches one, be
 * it empty, until it returns something negative, which is then returned. 0, -EINVAL when
 * there is no list, -ENOMEM. */
typedef int item_fn(const cJSON *item, void *arg);
int protocol_each_item(const cJSON *root, char *const *pointers, item_fn *fn, void *arg);

/* ---- pictures (protocol_pictures.c) ---- */

/* Whether the reply is a picture itself. */
bool protocol_is_picture(const struct reply *reply);
/* Takes the reply as the one picture. 0 or -ENOMEM. */
int protocol_take_reply(const struct look *look, struct reading *reading);
/* Takes the pictures a reply tells of, their seed and flags. When there is something but
 * nothing of use: FAILED, with a headline. 0 or -ENOMEM. */
int protocol_take_pictures(struct look *look, struct reading *reading);
/* Takes the asset's picture; 1 when there is one, 0 or -ENOMEM. */
int protocol_take_asset(struct look *look, struct reading *reading);

/* ---- what is shown (protocol_error.c, protocol_shown.c) ---- */

/* Makes reading->error of the headline and what the provider said. 0 or -ENOMEM. */
int protocol_explain(const struct look *look, struct reading *reading);
/* Makes reading->shown; `root` is the reply's and is changed. 0 or -ENOMEM. */
int protocol_show_reply(const struct look *look, cJSON *root, struct reading *reading);

#endif
