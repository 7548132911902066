/* When to ask how far a job there is. What is known is a histogram of how long the
 * provider's jobs took, older ones counting less; a job is asked after about the time in
 * which few have finished, then at short intervals while most do, then ever more
 * seldom. Pure. */
#ifndef EASELFS_JOB_PACE_H
#define EASELFS_JOB_PACE_H

#include <stddef.h>
#include <stdint.h>

/* Bucket i counts durations from 2^(i/4) × PACE_FIRST_MS on, the last all longer ones. */
enum { PACE_BUCKETS = 64, PACE_FIRST_MS = 50, PACE_TEXT_ROOM = PACE_BUCKETS * 8 + 16 };
enum { ASK_MS_MAX = 600 * 1000 };

struct pace {
	float weight[PACE_BUCKETS]; /* all 0: nothing is known */
};

/* A job took this long from its submission to where it was seen finished; `unseen_ms`
 * of that may be our own delay (the time since it was last asked). */
void pace_learn(struct pace *pace, int64_t took_ms, int64_t unseen_ms);

/* The age in ms (since submission) at which a job of age `age_ms` is to be asked next;
 * never sooner than poll_ms after age_ms, never later than ASK_MS_MAX after. `asked`: how
 * often it was asked already. `random` (any number) is the jitter's source: the interval
 * varies by ±10 %, but not below poll_ms. */
int64_t pace_next(const struct pace *pace, int64_t age_ms, unsigned asked, int64_t poll_ms,
		  uint32_t random);

/* The age in ms from which on a job is late, as far as is known: most have finished. */
int64_t pace_late(const struct pace *pace);

/* How long to wait after the n-th failure in a row (n from 1): doubling from poll_ms, with
 * jitter, ASK_MS_MAX at most. */
int64_t pace_after_failures(unsigned n, int64_t poll_ms, uint32_t random);

/* As it is stored: a line of text. The text fits PACE_TEXT_ROOM. */
void pace_to_text(const struct pace *pace, char *text, size_t room);
/* -EINVAL for a text that is not one; the pace then knows nothing. */
int pace_from_text(const char *text, struct pace *ret_pace);

#endif
