/* A provider that is spoken to over HTTP, as data: the steps of docs/providers.md.
 * Part of a profile; immutable once loaded. Pure. */
#ifndef EASELFS_JOB_HTTP_PROFILE_H
#define EASELFS_JOB_HTTP_PROFILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Every list of texts is NULL-terminated; a NULL list is an empty one. A list of
 * pointers means: the first hit that says something (base/json_pointer.h). */

enum auth { AUTH_NONE, AUTH_BEARER, AUTH_KEY, AUTH_BASIC, AUTH_HEADER };

/* What becomes of a job there. */
enum there { THERE_RUNNING, THERE_DONE, THERE_FAILED, THERE_CANCELLED, THERES };

/* Errors told apart by the provider's own code. */
enum kind_of_error {
	ERROR_OTHER,
	ERROR_BUSY,
	ERROR_CREDIT,
	ERROR_KEY,
	ERROR_REFUSED,
	ERROR_MODERATED,
	ERROR_KINDS
};

/* One line of a body section. */
struct body_member {
	char *pointer;
	char *value; /* a template; a JSON literal stands for itself; never "" */
};

struct body {
	struct body_member *members;
	size_t count;
	char *extra;      /* pointer to the object that `extra` is put into; NULL: the root */
	char *submission; /* [price body]: pointer to where what would be submitted is put, "":
			   * it is the body, and the members are put into it; NULL: nowhere */
};

/* "VERB URL" or "VERB URL else URL", and what is sent with it. */
struct request_line {
	char verb[8];     /* "" : the step has no request */
	char *url;        /* a template: relative to base_url ("/jobs/{id}"), absolute on the
			   * origin of base_url or of one of `hosts`, or a name alone
			   * ("{poll_url}"). A query parameter with an unset name is left out. */
	char *otherwise;  /* the same, for when `url` names something unset in its path, or is a
			   * returned URL that cannot be followed; NULL: none */
	struct body body; /* count 0: none */
};

struct word_sets {
	char **words[THERES]; /* compared without case */
};

/* An absolute URL of the profile's own is for the profile's own base_url: with another one
 * configured, only its path and query are used, on that one. */
struct http_profile {
	/* [provider] */
	char *base_url; /* without a '/' at its end, a query or a fragment */
	enum auth auth;
	char *auth_header; /* AUTH_HEADER: its name */
	char **key_env;    /* names of environment variables; two for AUTH_BASIC */
	int64_t poll_ms;
	int64_t deadline_s;
	char *ok_pointer, *ok_value; /* NULL: the status alone counts */
	char **hosts;                /* further origins ("https://host") that may be sent the key */

	struct body body; /* [body]; a model has its own, merged */

	struct {
		struct request_line request;
		char **id, **cost, **remaining, **poll_url, **result_url, **cancel_url;
	} submit;
	struct {
		struct request_line request; /* verb "": the submit's reply has the pictures */
		char **state, **progress, **queue, **cost, **error, **failed_if;
		int64_t progress_max; /* 100 unless said */
	} poll;
	struct word_sets states;
	struct {
		struct request_line request;               /* verb "": the poll's reply has it */
		char **assets, **images, **seed, **unsafe; /* assets or images, or both */
	} result;
	struct {
		struct request_line request;
		char **url, **state, **order, **unsafe;
		struct word_sets states;
	} asset;
	struct {
		struct request_line request; /* verb "": it cannot be cancelled */
	} cancel;
	struct {
		struct request_line request; /* verb "": no list */
		char **items, **id;
		char *match_pointer, *match_value; /* of an item; the value is a template */
		int64_t lag_s;
	} list;
	struct {
		struct request_line request; /* verb "": no catalogue */
		char **items, **id, **name, **price, **next;
	} models;
	struct {
		struct request_line request; /* verb "": no free call that tells */
		char **remaining;
	} balance;
	struct {
		struct request_line request; /* verb "": no free call that tells */
		char **cost;                 /* of the submission that is asked about */
		char **each;                 /* of a picture */
		char **per; /* a pointer and words: `each` counts where it says one of them */
	} price;
	struct {
		char **message, **code, **trace, **wait; /* `retry_after`: seconds */
	} errors;
	char **kinds[ERROR_KINDS]; /* codes; ERROR_OTHER has none */
};

void http_profile_free(struct http_profile *http); /* NULL is a no-op */
void http_profile_free_body(struct body *body);    /* what it holds; it is empty then */

/* What templates may name beyond the parameters. */
enum template_name {
	TEMPLATE_ID,       /* {id} of the job there */
	TEMPLATE_ASSET,    /* {asset} */
	TEMPLATE_POLL_URL, /* {poll_url}, … as the submit's reply gave them */
	TEMPLATE_RESULT_URL,
	TEMPLATE_CANCEL_URL,
	TEMPLATE_NEXT,   /* {next}: a catalogue's paging token */
	TEMPLATE_OUTPUT, /* {output}: a command's file to paint into */
	TEMPLATE_NAMES
};

#endif
