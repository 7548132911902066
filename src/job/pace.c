/* When to ask is a bargain: each question costs a request, each moment between
 * "finished there" and the next question costs a person's time. With a hazard h(t), the
 * share of the jobs still running at t that finish in the next moment, the best bargain
 * is an interval proportional to 1/sqrt(h(t)): no other way to spend as many questions
 * waits less. The histogram gives h, and a clock that runs with sqrt(h) gives the
 * questions: one each time it has advanced by the same step, and the step is chosen so
 * that a job is asked QUESTIONS times on average. Where the histogram ends, intervals
 * grow. */
#include "job/pace.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const double QUESTIONS = 8;  /* a job's, on average, while the pace is as learned */
static const double FEW = 0.03;     /* the share of the jobs that may finish unasked */
static const double MOST = 0.97;    /* from here on intervals grow */
static const double FADING = 0.95;  /* what older jobs count after each newer one */
static const double SURPRISE = 0.3; /* how much of what we did not see is taken as new */
static const double GROWTH = 0.3;   /* of each later interval */
static const double BUCKETS_AN_OCTAVE = 4;

enum {
	AGE_SHARE = 8, /* nothing known: asked again after this part of its age */
	UNKNOWN_LATE_MS = 60 * 1000,
};

/* ---- the histogram ---- */

static double bucket_from(int bucket)
{
	return bucket ? PACE_FIRST_MS * exp2(bucket / BUCKETS_AN_OCTAVE) : 0;
}

static int bucket_of(double ms)
{
	double bucket = ms <= PACE_FIRST_MS ? 0 : BUCKETS_AN_OCTAVE * log2(ms / PACE_FIRST_MS);

	return bucket >= PACE_BUCKETS - 1 ? PACE_BUCKETS - 1 : (int)bucket;
}

static double total(const struct pace *pace)
{
	double sum = 0;

	for (int i = 0; i < PACE_BUCKETS; i++)
		sum += pace->weight[i];
	return sum;
}

/* No two jobs are alike: what one took, others take nearly. For looking only; in what is
 * stored, blurring the blurred would creep upwards. */
static struct pace blurred(const struct pace *pace)
{
	static const double near[] = { 0.5, 0.2, 0.05 };
	struct pace blur = { { 0 } };

	for (int i = 0; i < PACE_BUCKETS; i++)
		for (int far = -2; far <= 2; far++)
			if (i + far >= 0 && i + far < PACE_BUCKETS)
				blur.weight[i + far] += (float)(pace->weight[i] * near[abs(far)]);
	return blur;
}

/* How much of the bucket lies between the two, 0 to 1. */
static double overlap(int bucket, double from_ms, double to_ms)
{
	double from = bucket_from(bucket), to = bucket_from(bucket + 1);

	from_ms = fmax(from_ms, from);
	to_ms = fmin(to_ms, to);
	return to_ms > from_ms ? (to_ms - from_ms) / (to - from) : 0;
}

/* One job that ended between the two. What is known already says where in between, but
 * not alone: or a provider that became faster would never be found out. */
static void add_between(const struct pace *known, double from_ms, double to_ms,
			double share[PACE_BUCKETS])
{
	double expected[PACE_BUCKETS], sum = 0;

	for (int i = 0; i < PACE_BUCKETS; i++) {
		expected[i] = known->weight[i] * overlap(i, from_ms, to_ms);
		sum += expected[i];
	}
	for (int i = 0; i < PACE_BUCKETS; i++) {
		double width = bucket_from(i + 1) - bucket_from(i);
		double even = overlap(i, from_ms, to_ms) * width / (to_ms - from_ms);

		share[i] = sum > 0 ? SURPRISE * even + (1 - SURPRISE) * expected[i] / sum : even;
	}
}

void pace_learn(struct pace *pace, int64_t took_ms, int64_t unseen_ms)
{
	const struct pace known = blurred(pace);
	double share[PACE_BUCKETS] = { 0 };
	double to_ms = took_ms > 1 ? (double)took_ms : 1;
	double from_ms = unseen_ms > 0 ? to_ms - (double)unseen_ms : to_ms;

	from_ms = fmax(0, from_ms);
	if (bucket_of(from_ms) == bucket_of(to_ms))
		share[bucket_of(to_ms)] = 1;
	else
		add_between(&known, from_ms, fmin(to_ms, bucket_from(PACE_BUCKETS)), share);
	for (int i = 0; i < PACE_BUCKETS; i++)
		pace->weight[i] = (float)(pace->weight[i] * FADING + share[i]);
}

/* ---- the questions ---- */

/* A histogram with what is derived of it. */
struct view {
	double tempo[PACE_BUCKETS]; /* how far the clock advances in each bucket */
	double step;                /* of the clock, from question to question */
	double few_ms, most_ms;     /* ages at which FEW and MOST of the jobs are finished */
};

static double quantile(const struct pace *pace, double share)
{
	double wanted = share * total(pace);

	for (int i = 0; i < PACE_BUCKETS; i++) {
		if (pace->weight[i] > 0 && wanted <= pace->weight[i])
			return bucket_from(i) +
			       (bucket_from(i + 1) - bucket_from(i)) * wanted / pace->weight[i];
		wanted -= pace->weight[i];
	}
	return bucket_from(PACE_BUCKETS);
}

static void look(const struct pace *pace, struct view *ret_view)
{
	double all = total(pace), above = all, questions = 0;

	for (int i = 0; i < PACE_BUCKETS; i++) {
		double width = bucket_from(i + 1) - bucket_from(i);
		double running = fmax(above, pace->weight[i]) - pace->weight[i] / 2.0;

		ret_view->tempo[i] =
			pace->weight[i] > 0 ? sqrt(pace->weight[i] * width / running) : 0;
		questions += running / all * ret_view->tempo[i];
		above -= pace->weight[i];
	}
	ret_view->step = questions / QUESTIONS;
	ret_view->few_ms = quantile(pace, FEW);
	ret_view->most_ms = quantile(pace, MOST);
}

int64_t pace_late(const struct pace *pace)
{
	const struct pace blur = blurred(pace);
	struct view view;

	if (total(pace) <= 0)
		return UNKNOWN_LATE_MS;
	look(&blur, &view);
	return (int64_t)view.most_ms;
}

/* The age at which the clock has advanced by a step since `age_ms`. */
static double after_a_step(const struct view *view, double age_ms)
{
	double left = view->step;

	for (int i = bucket_of(age_ms); i < PACE_BUCKETS; i++) {
		double from = fmax(age_ms, bucket_from(i));
		double width = bucket_from(i + 1) - bucket_from(i);
		double here = view->tempo[i] * (bucket_from(i + 1) - from) / width;

		if (here >= left)
			return from + left / view->tempo[i] * width;
		left -= here;
	}
	return INFINITY;
}

/* How long until a job of that age is to be asked, before jitter and limits. */
static double interval(const struct pace *pace, double age_ms)
{
	const struct pace blur = blurred(pace);
	struct view view;
	double even;

	look(&blur, &view);
	if (age_ms < view.few_ms)
		return fmax(view.few_ms, after_a_step(&view, 0)) - age_ms;
	even = (view.most_ms - view.few_ms) / QUESTIONS;
	return fmin(after_a_step(&view, age_ms) - age_ms,
		    even + GROWTH * fmax(0, age_ms - view.most_ms));
}

/* ±10 % by a number of 32 bits. */
static double jitter(double ms, uint32_t random)
{
	return ms * (0.9 + 0.2 * random / UINT32_MAX);
}

static int64_t within_limits(double ms, int64_t poll_ms)
{
	return (int64_t)fmin(fmax(ms, (double)poll_ms), ASK_MS_MAX);
}

int64_t pace_next(const struct pace *pace, int64_t age_ms, unsigned asked, int64_t poll_ms,
		  uint32_t random)
{
	double ms;

	if (total(pace) > 0)
		ms = interval(pace, (double)age_ms);
	else
		ms = asked ? (double)age_ms / AGE_SHARE : (double)poll_ms;
	return age_ms + within_limits(jitter(ms, random), poll_ms);
}

int64_t pace_after_failures(unsigned n, int64_t poll_ms, uint32_t random)
{
	return within_limits(jitter(ldexp((double)poll_ms, n < 40 ? (int)n - 1 : 40), random),
			     poll_ms);
}

/* ---- as a text ---- */

static const char mark[] = "pace-1";

/* In thousandths, up to the last bucket that holds any. */
enum { PARTS = 1000, WEIGHT_MAX = 9999 };

void pace_to_text(const struct pace *pace, char *text, size_t room)
{
	size_t size = (size_t)snprintf(text, room, "%s", mark);
	int used = PACE_BUCKETS;

	while (used > 0 && pace->weight[used - 1] * PARTS < 0.5F)
		used--;
	for (int i = 0; i < used && size < room; i++)
		size += (size_t)snprintf(text + size, room - size, " %ld",
					 lround(fmin(pace->weight[i], WEIGHT_MAX) * PARTS));
}

int pace_from_text(const char *text, struct pace *ret_pace)
{
	struct pace pace = { { 0 } };

	*ret_pace = pace;
	if (strncmp(text, mark, strlen(mark)) != 0)
		return -EINVAL;
	text += strlen(mark);
	for (int i = 0; *text; i++) {
		char *end;
		long parts;

		if (i == PACE_BUCKETS || text[0] != ' ' || text[1] < '0' || text[1] > '9')
			return -EINVAL;
		parts = strtol(text + 1, &end, 10);
		if (parts > (long)WEIGHT_MAX * PARTS)
			return -EINVAL;
		pace.weight[i] = (float)parts / PARTS;
		text = end;
	}
	*ret_pace = pace;
	return 0;
}
