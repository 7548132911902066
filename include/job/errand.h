/* What is done about one call at a provider spoken to over HTTP, from its submission to
 * its last picture: which message is next and when, and what a reply to it changes. The
 * errand is in memory only and can be begun anew from the call's record at any time
 * (after a restart); what must not be lost is in the news it gives. Deciding only: no
 * network, no clock of its own. Pure. */
#ifndef EASELFS_JOB_ERRAND_H
#define EASELFS_JOB_ERRAND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "job/news.h"
#include "job/pace.h"
#include "job/protocol.h"
#include "job/record.h"

/* What happens to the bytes of a picture that came. */
enum picture_end {
	PICTURE_SAVED,    /* whole and checked */
	PICTURE_BAD,      /* not a picture, or not whole */
	PICTURE_TOO_LARGE /* beyond [limits] image_bytes */
};

struct errand_fetch;

struct errand {
	/* What is next; EXCHANGES: nothing (see `over`). It changes in errand_take() and
	 * errand_picture(), and while at_ms is in the future also in errand_cancel() and
	 * errand_hurry(): never under a message that is on its way. */
	enum exchange next;
	int64_t at_ms; /* steady clock: not before */
	/* EXCHANGE_ASSET, EXCHANGE_DOWNLOAD: index in `references`. A download of
	 * REFERENCE_BYTES is there already: only errand_picture() is called. */
	size_t picture;
	bool over; /* the call rests, or its pictures are all saved */

	/* Where its pictures are, in their order once a download is next; an index means
	 * the same picture from then on. */
	struct reference *references; /* owned */
	bool saved[REFERENCES_MAX];
	size_t reference_count;

	/* inside */
	const struct profile *profile;
	const struct pace *pace;      /* may change while we look */
	enum state state;             /* the call's, once the news given so far are recorded */
	enum exchange step;           /* what is next but for a cancel in between */
	int64_t step_at_ms;           /* steady */
	int64_t cancel_at_ms;         /* steady; 0: no cancel is to be sent */
	int64_t renew_at_ms;          /* steady: when pictures' places are asked for anew */
	struct errand_fetch *fetches; /* owned; one a reference */
	int64_t submitted_ms;         /* steady: when the provider had it */
	int64_t paced_ms;             /* steady: the same, as far as it decides when to ask */
	int64_t asked_ms;             /* steady: the last reply that said "running"; 0: none yet */
	int64_t empty_since_ms;       /* steady: finished, but no pictures were told; 0: no */
	int64_t told_micro;           /* the cost as it was last given in news; -1: not yet */
	int64_t told_queue;           /* the position as it was last logged; -1: none */
	unsigned asked;               /* polls with a reply */
	unsigned held_asked;          /* how often it was asked after since it is overdue */
	unsigned failures;            /* in a row */
	unsigned absences;            /* replies in a row that it is not known there */
	int64_t absent_since_ms;      /* steady: the first of them */
	unsigned cancels;             /* tries */
	unsigned count;               /* of pictures that are enough; 0: all */
	bool has_id, wants_cancel;
	bool cancel_taken; /* the provider said that it cancels it */
	bool anew;         /* begun from its record: its age is the clocks' word */
	bool ask_why;      /* failed there; the result is asked for its error text */
	bool in_order;     /* references are sorted for good */
	enum event loss;   /* how the call ends for a picture that cannot be had; EVENT_NONE */
	char *why;         /* owned: the text of that, or of the failure; NULL */
};

struct errand_call {
	const struct profile *profile;
	const struct pace *pace;
	enum state state;       /* QUEUED (submit), RUNNING, FETCHING, HELD (overdue) */
	int64_t age_ms;         /* since the provider had it */
	bool has_id;            /* a remote id is known */
	const char *references; /* what news gave for FETCHING, or "" */
	bool wants_cancel;
	unsigned count; /* of pictures that were asked for: so many are enough; 0: all that are told
			 */
};

/* Begins. `now_ms` is the steady clock, `random` any number. A call that was under way is
 * asked after at once, one that is held after some seconds. The profile and the pace stay
 * the caller's and are looked at until errand_done(). 0 or -ENOMEM. */
int errand_begin(struct errand *errand, const struct errand_call *call, int64_t now_ms,
		 uint32_t random);
void errand_done(struct errand *errand);

enum { OUTCOME_TEXTS = 8 };

/* What a reply (to errand->next) changes: `news` is to be recorded first; its event is
 * EVENT_NONE where no state changes, and it may then still have a log line or a cost. Texts
 * in the news belong to the outcome. `request` is the caller's to add: he has the message.
 * `response` is given with an event or a line, not with each poll. */
struct outcome {
	struct call_news news;
	bool key_refused; /* no submissions to this provider until the keys are read again */
	int64_t pause_ms; /* > 0: no submissions to this provider for so long */
	bool learned;     /* the pace was taught by `took_ms`, `unseen_ms` */
	int64_t took_ms, unseen_ms;
	int progress;               /* 0 to 100, -1: not known */
	int64_t remaining_micro;    /* of the account, -1: not told */
	char *texts[OUTCOME_TEXTS]; /* owned */
};

/* What is to be recorded as soon as it is begun: EVENT_NONE and nothing else, but for a
 * call whose pictures cannot be had any more (errand->over then). 0 or -ENOMEM. */
int errand_outset(const struct errand *errand, struct outcome *ret_outcome);
/* References and texts of the reading become the errand's and the outcome's; what is left
 * in it is the caller's, reading_done() as ever. Of a download only what kept it from
 * being one changes anything. `random` any number. 0 or -ENOMEM (errand and reading are as
 * before). */
int errand_take(struct errand *errand, struct reading *reading, int64_t now_ms, uint32_t random,
		struct outcome *ret_outcome);
/* What a downloaded or decoded picture at `errand->picture` turned out to be; `why` for a
 * person where it was not saved. errand->over when no more are to come; the event is then
 * EVENT_NONE, or EVENT_FAILED or EVENT_GONE where one of them could not be had, and those
 * in errand->saved are to be published all the same. 0 or -ENOMEM, as errand_take(). */
int errand_picture(struct errand *errand, enum picture_end end, const char *why, int64_t now_ms,
		   uint32_t random, struct outcome *ret_outcome);
void outcome_done(struct outcome *outcome);

/* A person's wish to end it, told while the errand is under way: remembered until the id is
 * known, and ignored where it is finished there or the provider cannot. */
void errand_cancel(struct errand *errand, int64_t now_ms);
/* A person asks to look now, or what stood in the way (a key, the network) is out of it. */
void errand_hurry(struct errand *errand, int64_t now_ms);

#endif
