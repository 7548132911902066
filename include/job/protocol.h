/* The protocol of a provider, as its profile has it: a step becomes a message, a reply
 * becomes a reading. No network, no clock, no memory of earlier replies: what follows
 * from a reading is job/errand's. Pure. The rules are those of docs/providers.md. */
#ifndef EASELFS_JOB_PROTOCOL_H
#define EASELFS_JOB_PROTOCOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/diag.h"
#include "base/strbuf.h"
#include "job/message.h"
#include "job/profile.h"

enum exchange {
	EXCHANGE_SUBMIT,
	EXCHANGE_POLL,
	EXCHANGE_RESULT,
	EXCHANGE_ASSET,
	EXCHANGE_DOWNLOAD, /* of a picture, from wherever the provider says */
	EXCHANGE_CANCEL,
	EXCHANGE_LIST,
	EXCHANGE_MODELS,
	EXCHANGE_BALANCE,
	EXCHANGE_PRICE, /* what a submission would cost */
	EXCHANGES
};

/* What the provider told of a job of ours; each NULL or "" where it did not. */
struct remote {
	const char *id;
	const char *poll_url, *result_url, *cancel_url; /* absolute */
};

/* One call, as far as a message says something of it. Borrowed. */
struct asking {
	const struct profile *profile; /* TRANSPORT_HTTP */
	const char *base_url;          /* the configuration's, or NULL: the profile's */
	const char *model;             /* what the request said; chooses the body */
	const struct params *sent;     /* resolve.h's; a submission's, also to ask what it costs
					* and to read a list; else NULL */
	const char *extra;             /* a JSON object's text, or NULL */
	struct remote remote;
	const char *asset; /* EXCHANGE_ASSET: its id */
	const char *url;   /* EXCHANGE_DOWNLOAD: the picture's */
	const char *next;  /* EXCHANGE_MODELS: the paging token, or NULL */
};

/* The message for that step; the body is the model's with `extra` merged over it. An
 * absolute URL of the profile's own goes to base_url's origin where that is another one
 * than the profile's; a URL that is not https: is -EINVAL where the base URL is. Where the
 * first URL of a request line cannot be asked for what was not told, its second is. 0;
 * -ENOENT when the profile has no such step; -EINVAL (diag)
 * when it cannot be made of these values; -ENOMEM. `keyed` is set for URLs on the
 * base URL's origin or one of `hosts`, never for a download. */
int protocol_message(enum exchange exchange, const struct asking *asking,
		     struct message *ret_message, struct diag *reterr_diag);

/* Whether the profile has that step at all. */
bool protocol_has(const struct profile *profile, enum exchange exchange);

/* ---- replies ---- */

enum reference_kind {
	REFERENCE_URL,   /* absolute http(s) */
	REFERENCE_ASSET, /* an id for EXCHANGE_ASSET */
	REFERENCE_BYTES, /* the picture itself: it came as data: URI, base64 or the reply */
};

/* Where a picture is. */
struct reference {
	enum reference_kind kind;
	char *text;    /* URL or id; NULL for bytes */
	void *bytes;   /* REFERENCE_BYTES */
	size_t size;   /* of them */
	int64_t order; /* among the call's pictures; as they came unless the provider says;
			* -1 in an asset's reading that does not say */
	bool unsafe;   /* flagged by the provider */
};

enum { REFERENCES_MAX = 64 };

enum reading_kind {
	READING_TAKEN,     /* submit: the provider has it, `id` is known */
	READING_RUNNING,   /* poll: not finished. Also an asset that is not ready. */
	READING_FINISHED,  /* done there; references, where this reply has them */
	READING_FAILED,    /* ended there without pictures; also `failed_if`, and pictures
			    * of which none can be used. Of a submit: and there is no id, or no
			    * step to ask after it */
	READING_CANCELLED, /* ended there by a wish */
	READING_OK,        /* cancel: accepted. list, models, balance, price: read */
	READING_GONE,      /* 404 or 410; of a result any 4xx that says nothing of the picture
			    * (422 and the profile's kinds do). Not a submit's */
	READING_STALE,     /* a download's: another 4xx but 408 and 429; its URL is not good */
	READING_REFUSED,   /* will not do it: other 4xx, a redirect, an envelope that says so */
	READING_NO_KEY,    /* 401, or the profile's kind */
	READING_NO_CREDIT, /* 402, or the profile's kind */
	READING_BUSY,      /* surely not taken, ask later: 429, 503 with a time, the kind */
	READING_UNSENT,    /* surely never reached the provider */
	READING_BROKEN,    /* whether it was taken cannot be known: lost, 5xx, 408, unreadable,
			    * a 2xx that says neither id nor pictures */
};

struct reading {
	enum reading_kind kind;
	enum reading_kind there; /* of a submit's reply that is a poll's too: RUNNING when it
				  * says nothing; else FINISHED, FAILED, CANCELLED */
	char *id, *poll_url, *result_url, *cancel_url; /* or NULL; URLs absolute */
	int64_t cost_micro, remaining_micro;           /* -1: not told */
	int progress;                                  /* 0 to 100, -1: not told */
	int64_t queue;                                 /* position, -1: not told */
	int64_t seed;                                  /* -1: not told */
	int64_t wait_ms;                               /* asked for by the provider, -1: none */
	struct reference references[REFERENCES_MAX];
	size_t reference_count;
	bool ask_result; /* `failed_if` hit: the result step may say why */
	bool no_message; /* REFUSED, and by us: what is known makes no message for this step */
	bool moderated;  /* refused or failed for its content */
	char *error;     /* for a person: one line; below it, status, code, trace and what did
			  * not fit; printable, 2000 bytes at most, no newline at its end;
			  * NULL when all is well */
	char *shown;     /* JSON: {"status", "body"} as response.json shows it, or {"error"};
			  * without secrets, data shortened; NULL for a download */
};

/* Reads the reply to the message of that step; of the message only its URL counts, and of
 * `asking` profile and base_url. A message that could not be made (-EINVAL above) is one
 * without a URL, its reply DELIVERY_REFUSED with the diag as its error: `no_message`.
 * 0, -ENOMEM. */
int protocol_read(enum exchange exchange, const struct asking *asking,
		  const struct message *message, const struct reply *reply,
		  struct reading *ret_reading);
void reading_done(struct reading *reading);

static inline void cleanup_reading(struct reading *reading)
{
	reading_done(reading);
}

/* What request.json shows of a message: {"method", "url", "body"}; the key is not in a
 * message. Allocated, or NULL when out of memory. */
char *protocol_show(const struct message *message);

/* One job in a provider's list. */
struct list_entry {
	const char *id; /* NULL: none that can be used */
	bool matches;   /* its value at `match` is the one that `asking` sent */
};

/* Calls `fn` for each job in the reply to EXCHANGE_LIST until it returns something
 * negative, which is then returned. `asking` is the submission's that is looked for, with
 * what it sent; where that does not set what `match` names, no entry matches. 0, -EINVAL
 * for what is no list, -ENOMEM. */
typedef int list_fn(const struct list_entry *entry, void *arg);
int protocol_read_list(const struct asking *asking, const struct reply *reply, list_fn *fn,
		       void *arg);
/* What that value is, as JSON, allocated: two submissions with the same text cannot be
 * told apart in a list. 1; 0 when it is not set; -EINVAL without a `match`, -ENOMEM. */
int protocol_match(const struct asking *asking, char **ret_text);

/* One entry of a provider's catalogue. */
struct catalogue_entry {
	const char *id, *name; /* name may be NULL */
	int64_t price_micro;   /* -1: not told */
};

/* Calls `fn` for each model in the reply to EXCHANGE_MODELS until it returns something
 * negative, which is then returned; *ret_next is the next page's token, allocated, or NULL.
 * Names are printable. 0, -EINVAL for what is no catalogue, -ENOMEM. */
typedef int catalogue_fn(const struct catalogue_entry *entry, void *arg);
int protocol_read_models(const struct profile *profile, const struct reply *reply, catalogue_fn *fn,
			 void *arg, char **ret_next);

#endif
