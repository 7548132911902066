/* The engine's inside, shared by its loop and its painters. Private. */
#ifndef EASELFS_ENGINE_ENGINE_PRIVATE_H
#define EASELFS_ENGINE_ENGINE_PRIVATE_H

#include <poll.h>
#include <pthread.h>
#include <stdbool.h>

#include "base/timers.h"
#include "engine/catalog.h"
#include "engine/engine.h"
#include "io/blobs.h"
#include "io/http.h"
#include "io/program.h"
#include "job/errand.h"

enum { RETRY_DISK_MS = 5000 }; /* a full disk is asked again */

enum { PAINTERS_MAX = 64, ENGINE_FDS_MAX = 1 + PAINTERS_MAX * PROGRAM_POLLFDS };

/* A local painter at work on a call, or its picture that waits for the disk. */
struct painter {
	int64_t call; /* 0: the slot is free */
	const struct profile *profile;
	struct program *program; /* NULL: it ended, and that is to be recorded */
	char *incoming;          /* where it paints */
	char *request;           /* JSON of its command line */
	int64_t deadline_ms;     /* steady: when the program is killed */
	int64_t retry_ms;        /* steady: when the disk is asked again */
	struct blob blob;        /* the picture in its place, if that is `adopted` */
	bool adopted;
	char *failure; /* why it failed, while that cannot be recorded */
	bool finished; /* that it succeeded is recorded */
	bool cancelled;
};

/* A provider spoken to over HTTP, as far as it is known while the daemon runs. */
struct desk {
	struct desk *next;
	char *name, *base_url;
	struct http_peer *peer;      /* of base_url */
	int64_t paused_ms;           /* steady: no submissions before */
	unsigned unsent;             /* tries in a row that did not reach it */
	const struct rules *refused; /* those whose key it refused; NULL: none */
	char *refused_with;          /* its words; NULL: none */
	struct desk_pace *paces;
	unsigned in_flight; /* calls that take a slot */
	bool asks_price;    /* its queue waits for the answer */

	/* Its catalogue and balance, asked for in the background. */
	int64_t ask_ms;            /* steady: when next */
	const struct rules *asked; /* the rules it was last asked under */
	enum exchange asking;      /* while `transfer` is */
	struct http_transfer *transfer;
	const struct rules *sent; /* those whose key the message was sent with */
	struct message message;
	struct engine *engine;
	struct strbuf models;
	char *page;     /* the next page's token */
	unsigned pages; /* so far */
};

/* How long a model's jobs take there. */
struct desk_pace {
	struct desk_pace *next;
	char model[128];
	struct pace pace;
};

/* A picture in its place. */
struct kept {
	struct blob blob;
	char *origin; /* URL without its query, or NULL */
	bool unsafe;
};

/* A call at a provider, from its intent to its pictures on disk. */
struct courier {
	struct engine *engine;
	int64_t call;
	size_t place; /* in engine->couriers */
	struct desk *desk;
	struct desk_pace *pace;
	const struct profile *profile;
	bool takes_slot; /* counted in desk->in_flight */
	struct errand errand;

	/* What messages are made of. */
	char model[128];
	char *texts[3]; /* poll, result and cancel URL; "" for none */
	char remote_id[256];
	struct params sent; /* for a submission only */
	char *extra;

	/* The message under way. */
	enum exchange exchange;
	const struct rules *rules; /* those whose key it was sent with */
	struct message message;
	struct http_transfer *transfer;

	/* What could not be recorded yet, because the store's disk is full. */
	struct outcome outcome;
	bool unrecorded;
	bool unread; /* it is recorded; the record could not be read since */

	/* Pictures. */
	char *incoming[REFERENCES_MAX]; /* where the i-th reference's bytes are; NULL: not yet */
	struct kept *kept;              /* those in their place; NULL: none is yet */
	size_t kept_count, next;        /* of them; the next reference to look at */
	bool embed_again;
};

struct engine {
	struct engine_parts parts;
	pthread_t thread;
	bool started;
	int wake_fd;

	/* Guards the inbox and `stopping`; held for a few pointers. */
	pthread_mutex_t inbox_lock;
	struct timers inbox_closed, inbox_images;
	struct timers inbox_calls, inbox_hurry;
	bool inbox_work, inbox_all;
	bool stopping;

	/* The engine thread's alone. */
	struct timers settling, announcing;
	struct timers calls;   /* that may have a next step; their time is 0 */
	struct timers hurry;   /* that a person wants looked after */
	bool work;             /* queued calls may have a free slot */
	bool all;              /* every call may have a next step */
	int64_t day;           /* since 1970, UTC: the one that spending counts for */
	int64_t plan_again_ms; /* steady: the store could not record one; 0: it could */
	struct painter painters[PAINTERS_MAX];
	struct pollfd fds[ENGINE_FDS_MAX];

	struct http *http;
	struct desk *desks;
	struct price *prices; /* what submissions would cost */
	struct courier **couriers;
	size_t courier_count, courier_room;
	void *couriers_by_call; /* tsearch(3) */
	struct timers errands;  /* calls whose errand has a next step */
	struct doubt *doubts;
	struct timers looks; /* calls in doubt that are looked for */

	void *waits;             /* queued calls of which it is said why; tsearch(3) */
	struct timers waits_due; /* when */
	int64_t waits_found;     /* the newest call that was in the queue */
};

/* Records the intent, starts the painter, says so. Engine thread, as all below. */
void painters_submit(struct engine *engine, const struct call *call, const struct profile *profile);
void painters_cancel(struct engine *engine, int64_t call);
bool painters_have(const struct engine *engine, int64_t call);
unsigned painters_count(const struct engine *engine, const struct profile *profile);
/* Watches them and records what they finished. */
void painters_step(struct engine *engine, int64_t now_ms);
int64_t painters_next(const struct engine *engine, int64_t otherwise);
size_t painters_pollfds(const struct engine *engine, struct pollfd *fds);
void painters_stop(struct engine *engine);

/* ---- providers spoken to over HTTP: desks ---- */

/* The provider's desk, made when it is new; NULL when out of memory. */
struct desk *desk_of(struct engine *engine, const struct profile *profile);
struct desk_pace *desk_pace(struct engine *engine, struct desk *desk, const char *model);
/* Why nothing can be submitted there at all, in `ret_why` (hold: its key); false when
 * it can. */
bool desk_is_closed(struct engine *engine, struct desk *desk, const struct profile *profile,
		    struct diag *ret_why);
/* What a reply says of the provider itself. It is remembered, and nothing is recorded.
 * `rules`: those whose key the message was sent with. */
void desk_hears(struct engine *engine, struct desk *desk, const struct rules *rules,
		const struct outcome *outcome, int64_t now_ms);
/* Asks for catalogues and balances that are due. */
void desks_step(struct engine *engine, int64_t now_ms);
int64_t desks_next(const struct engine *engine, int64_t otherwise);
void desks_free(struct engine *engine);

/* ---- what they say that a submission would cost ---- */

enum price_answer {
	PRICE_TOLD,
	PRICE_UNKNOWN, /* it was asked for in vain */
	PRICE_ASKED,   /* the desk's queue waits, and is planned for again with the answer */
};
/* The profile has the step. *ret_micro with PRICE_TOLD, in its unit; with PRICE_UNKNOWN
 * why. */
enum price_answer prices_find(struct engine *engine, struct desk *desk, const struct asking *asking,
			      int64_t *ret_micro, struct diag *ret_why);
void prices_free(struct engine *engine);

/* ---- their calls: couriers ---- */

/* Records the intent and sends it; or holds or refuses it. */
void couriers_submit(struct engine *engine, const struct call *call, const struct profile *profile);
/* Takes up a call that the provider has. */
void couriers_follow(struct engine *engine, const struct call *call, const struct profile *profile);
void couriers_cancel(struct engine *engine, int64_t call);
void couriers_hurry(struct engine *engine, int64_t call);
void couriers_hurry_all(struct engine *engine);
bool couriers_have(const struct engine *engine, int64_t call);
/* Does what is due. */
void couriers_step(struct engine *engine, int64_t now_ms);
int64_t couriers_next(const struct engine *engine, int64_t otherwise);
/* Whether a submission is on its way. */
bool couriers_submitting(const struct engine *engine);
void couriers_free(struct engine *engine);

/* ---- submissions in doubt, where the provider lists its jobs ---- */

void doubts_begin(struct engine *engine, const struct call *call, const struct profile *profile);
void doubts_step(struct engine *engine, int64_t now_ms);
int64_t doubts_next(const struct engine *engine, int64_t otherwise);
void doubts_free(struct engine *engine);

/* ---- queued calls: why they wait ---- */

/* The call is in that state now. */
void waits_note(struct engine *engine, int64_t call, enum state state);
/* At start: what is in the queue has been told before. */
void waits_pass_over(struct engine *engine);
/* Finds new calls in the queue. */
void waits_find(struct engine *engine);
/* Writes what is due into the jobs' logs. */
void waits_step(struct engine *engine, int64_t now_ms);
int64_t waits_next(const struct engine *engine, int64_t otherwise);
void waits_free(struct engine *engine);

/* Inside the couriers: a courier's messages … */
int courier_load(struct courier *courier, const struct call *call);
struct asking courier_asking(const struct courier *courier);
void courier_send(struct courier *courier);
/* … its pictures … */
void courier_fetch(struct courier *courier, int64_t now_ms);
void courier_fetched(struct courier *courier, const struct http_end *end);
void courier_keep(struct courier *courier, int64_t now_ms);
void courier_drop_pictures(struct courier *courier);
/* … and what becomes of it. */
void courier_wake(struct courier *courier, int64_t at_ms);
void courier_apply(struct courier *courier, int64_t now_ms); /* courier->outcome */
void courier_release(struct courier *courier);
/* Short of memory: its record is looked at anew, as a start would. What was being sent is
 * in doubt then, what is known there is asked for again. */
void courier_give_up(struct courier *courier, int r);
/* The path of the call's request, for names of blobs. 0 or -errno. */
int engine_request_path(struct engine *engine, int64_t id, struct strbuf *path);
/* The call's parameters as they are sent. `ret_extra` is allocated or NULL. 0 or -errno. */
int engine_load_params(struct engine *engine, const struct call *call, struct params *ret_params,
		       char **ret_extra);
/* A provider that repeats the key does not get it into files that people share: such a text
 * is freed and NULL from then on. `rules`: those whose key went there. */
void engine_hide_key(const struct rules *rules, const struct profile *profile, char **text);
uint32_t engine_random(void);

/* catalog_call(), and where the store cannot record it (its disk is full), another
 * plan later, which finds the call in the state that it is in. */
int engine_tell(struct engine *engine, int64_t call, const struct call_news *news);
/* Whether an intent is on record (a limit of spending may have held the call instead): 1, 0,
 * or -errno where that cannot be read. */
int engine_is_submitting(struct engine *engine, int64_t id);
/* Every call is planned for again in a while: the store could not be read, memory is short. */
void engine_plan_later(struct engine *engine);

/* Puts into the picture at `path`, where that is configured, how it was made. 0,
 * also where it cannot be and the job's log says so (on the first try); -errno
 * where it is worth another try: the disk is full, memory is short. */
enum embed_try { EMBED_FIRST, EMBED_AGAIN };
int engine_embed(struct engine *engine, int64_t call, const char *path, enum embed_try try);

#endif
