/* An HTTP exchange as plain data: what is sent, and what came of it. Pure. */
#ifndef EASELFS_JOB_MESSAGE_H
#define EASELFS_JOB_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { REPLY_BYTES_MAX = 32 * 1024 * 1024 };

struct message {
	char verb[8]; /* "GET", "POST", "PUT", "DELETE" */
	char *url;    /* absolute */
	char *body;   /* JSON text, or NULL: none */
	bool keyed;   /* goes to the provider's own origin: carries the key */
	bool paid;    /* a submission: a fresh connection, sent once */
};

void message_done(struct message *message);

static inline void cleanup_message(struct message *message)
{
	message_done(message);
}

/* What became of a message. */
enum delivery {
	DELIVERY_REPLIED, /* status and body are there, whole */
	DELIVERY_UNSENT,  /* surely never reached the provider: no address, refused, no TLS */
	DELIVERY_LOST,    /* sent at least in part, and no whole reply came */
	DELIVERY_REFUSED, /* we did not try or broke it off: a forbidden address or
			   * scheme, a reply beyond the limit */
};

struct reply {
	enum delivery delivery;
	int status;            /* DELIVERY_REPLIED; also of a broken reply where known, else 0 */
	const char *error;     /* unless replied: for a person, "cannot connect to …"; or NULL */
	const char *type;      /* Content-Type, "" for none */
	const char *wait_text; /* Retry-After as it came (seconds or a date), "" for none */
	int64_t wait_ms;       /* retry-after-ms, -1 for none */
	int64_t now_ms;        /* wall clock when it came */
	const char *body;      /* NUL-terminated after body_size bytes */
	size_t body_size;
};

/* How long the reply's headers ask to wait, from reply->now_ms: milliseconds, capped at
 * ten minutes, or -1 when they say nothing that can be understood. */
enum { WAIT_MS_MAX = 600 * 1000 };
int64_t reply_wait_ms(const struct reply *reply);

#endif
