/* What the files of errand share: a turn, in which one reply is taken. All of it happens
 * to copies, and is made true or forgotten at the turn's end, so that running out of
 * memory in the middle leaves errand and reading as they were. While a turn lasts,
 * texts are moved between the two but never freed. */
#ifndef EASELFS_JOB_ERRAND_PRIVATE_H
#define EASELFS_JOB_ERRAND_PRIVATE_H

#include "base/strbuf.h"
#include "job/errand.h"

enum fetch_end {
	FETCH_WANTED,
	FETCH_SAVED,
	FETCH_DROPPED /* cannot be had */
};

/* A picture on its way here, beside its reference. */
struct errand_fetch {
	enum fetch_end end;
	int64_t at_ms;     /* steady: not tried before */
	unsigned failures; /* in a row, of the transfer or of asking for its asset */
	unsigned waits;    /* how often its asset was not ready */
	unsigned absences; /* how often its asset was not known there, in a row */
	unsigned stales;   /* how often its URL was not accepted */
	unsigned bad;      /* how often what came was no picture */
	unsigned refusals; /* how often we would not follow where its URL led */
	bool stale;        /* its URL or bytes must be told anew by the result or the poll */
	bool renewed;      /* its URL was told anew, and not tried in vain since */
	/* Of an asset, owned: its id while the reference has its URL, and the other way
	 * round. NULL for others. */
	char *other;
};

enum { ABSENT_TIMES = 5 }; /* how often at least what is not known there is asked for */

struct turn {
	struct errand *errand; /* `work` */
	struct reading *reading;
	struct outcome *outcome;
	int64_t now_ms;
	uint32_t random;
	bool failed; /* out of memory */

	struct strbuf log, error;
	bool with_references; /* the news tell where the pictures are */

	struct errand work;
	struct errand *real;
	struct reading kept; /* the reading as it came */
};

/* `reading` may be NULL. 0 or -ENOMEM. */
int turn_open(struct turn *turn, struct errand *errand, struct reading *reading, int64_t now_ms,
	      uint32_t random, struct outcome *outcome);
/* Makes it true, or, when anything failed, forgets it. 0 or -ENOMEM. */
int turn_close(struct turn *turn);

/* For the log; more than one become one line. */
void turn_log(struct turn *turn, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* The news' error: a line, and then what the provider said beyond its first line. */
void turn_error(struct turn *turn, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* That text as it is. */
void turn_error_text(struct turn *turn, const char *text);
/* Remembers a text for later; NULL forgets it. */
void turn_remember(struct turn *turn, const char *text);
/* That event happens. */
void turn_event(struct turn *turn, enum event event);
/* That event happens, and nothing more is to be done. */
void turn_end(struct turn *turn, enum event event);
void turn_hold(struct turn *turn, enum hold hold);

/* The first line of what the reading says of an error, or `otherwise`; as arguments for
 * "%.*s". */
#define SAID(turn, otherwise) turn_said_size(turn, otherwise), turn_said(turn, otherwise)
const char *turn_said(const struct turn *turn, const char *otherwise);
int turn_said_size(const struct turn *turn, const char *otherwise);

int64_t errand_poll_ms(const struct errand *errand);
/* How long until the next try after that many failures in a row, the provider's wish
 * first. */
int64_t turn_wait_ms(const struct turn *turn, unsigned failures);
/* Sets next and at_ms from the steps and times inside. */
void errand_arrange(struct errand *errand);
/* Where the result of a finished job is asked for; EXCHANGES: nowhere. */
enum exchange errand_asks(const struct errand *errand);

/* ---- replies, by what was asked ---- */

void reply_to_submit(struct turn *turn);
void reply_to_poll(struct turn *turn);
void reply_to_result(struct turn *turn);
void reply_to_cancel(struct turn *turn);
void reply_to_asset(struct turn *turn);
void reply_to_download(struct turn *turn);

/* No answer to what was asked, or none that says anything of the job. */
void reply_trouble(struct turn *turn);
/* It is not known there. Some providers know a job, or its result, only a while after they
 * told of it: asked again, or true where that lasts too long for a delay. */
bool reply_absent(struct turn *turn);
/* Finished there, it says, but where the pictures are it does not: asked again; true where
 * that lasts too long for a delay. */
bool reply_empty(struct turn *turn);
/* The key is not accepted: asked seldom until somebody changes that. */
void reply_no_key(struct turn *turn);

/* ---- pictures ---- */

/* The reading's references are the call's pictures. EVENT_PICTURES. */
void pictures_told(struct turn *turn);
/* A reply, in state fetching, to the exchange that tells where the pictures are. */
void pictures_told_again(struct turn *turn);
/* What came of the one at errand->picture. */
void pictures_ended(struct turn *turn, enum picture_end end, const char *why);
/* Those that must be told anew and cannot be are lost; when no more are to come, the errand
 * is over. */
void pictures_settle(struct turn *turn);
/* step, step_at_ms and picture from what is still wanted; sorts when all assets are known. */
void pictures_arrange(struct errand *errand);
/* Of an errand being begun in state fetching. 0 or -ENOMEM. */
int pictures_begin(struct errand *errand, const char *references);

/* As they are stored; NULL when out of memory. */
char *references_to_text(const struct errand *errand);
/* Those of a stored text, whose arrays have REFERENCES_MAX. 0 or -ENOMEM; what is no such
 * text has none. */
int references_from_text(const char *text, struct errand *errand);

#endif
