/* A turn: one reply, taken as a whole or not at all. What is said in the course of it is
 * gathered here and becomes the news at its end. */
#include "errand_private.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- open and close ---- */

static void *copy_of(const void *items, size_t count, size_t room, size_t size)
{
	void *copy = calloc(room ? room : 1, size);

	if (copy && count > 0)
		memcpy(copy, items, count * size);
	return copy;
}

int turn_open(struct turn *turn, struct errand *errand, struct reading *reading, int64_t now_ms,
	      uint32_t random, struct outcome *outcome)
{
	size_t count = errand->reference_count;
	size_t room =
		reading && reading->reference_count > count ? reading->reference_count : count;

	*turn = (struct turn){ .reading = reading,
			       .outcome = outcome,
			       .now_ms = now_ms,
			       .random = random,
			       .work = *errand,
			       .real = errand };
	turn->errand = &turn->work;
	if (reading)
		turn->kept = *reading;
	turn->work.references = copy_of(errand->references, count, room, sizeof(struct reference));
	turn->work.fetches = copy_of(errand->fetches, count, room, sizeof(struct errand_fetch));
	*outcome = (struct outcome){ .news = CALL_NEWS(EVENT_NONE),
				     .progress = -1,
				     .remaining_micro = -1 };
	if (turn->work.references && turn->work.fetches)
		return 0;
	free(turn->work.references);
	free(turn->work.fetches);
	return -ENOMEM;
}

static void forget(struct turn *turn)
{
	free(turn->work.references);
	free(turn->work.fetches);
	if (turn->work.why != turn->real->why)
		free(turn->work.why);
	if (turn->reading)
		*turn->reading = turn->kept;
	outcome_done(turn->outcome);
}

static void make_true(struct turn *turn)
{
	struct errand *real = turn->real;

	free(real->references);
	free(real->fetches);
	if (turn->work.why != real->why)
		free(real->why);
	*real = turn->work;
	/* Up to 32 MiB each: not kept until the last one is there. */
	for (size_t i = 0; i < real->reference_count; i++)
		if (real->fetches[i].end != FETCH_WANTED) {
			free(real->references[i].bytes);
			real->references[i].bytes = NULL;
		}
}

/* ---- the news ---- */

static const char *own(struct turn *turn, char *text)
{
	for (size_t i = 0; text && i < OUTCOME_TEXTS; i++)
		if (!turn->outcome->texts[i]) {
			turn->outcome->texts[i] = text;
			break;
		}
	return text;
}

/* The text is the outcome's from now on, not the reading's. */
static const char *move(struct turn *turn, char **text)
{
	char *moved = *text;

	*text = NULL;
	return own(turn, moved);
}

static void tell_texts(struct turn *turn)
{
	struct call_news *news = &turn->outcome->news;

	if (turn->log.size > 0)
		news->log = own(turn, strbuf_take(&turn->log, NULL));
	if (turn->error.size > 0)
		news->error = own(turn, strbuf_take(&turn->error, NULL));
	if (turn->with_references)
		news->references = own(turn, references_to_text(&turn->work));
	turn->failed |= turn->with_references && !news->references;
}

/* A cost is told with each poll and recorded when it changes. */
static void tell_numbers(struct turn *turn)
{
	struct call_news *news = &turn->outcome->news;
	const struct reading *reading = turn->reading;
	struct errand *errand = turn->errand;

	turn->outcome->remaining_micro = reading->remaining_micro;
	if (reading->cost_micro >= 0 && reading->cost_micro != errand->told_micro) {
		errand->told_micro = reading->cost_micro;
		news->cost_micro = reading->cost_micro;
		news->unit = errand->profile->unit;
	}
	if (news->event != EVENT_NONE)
		news->seed = reading->seed;
}

static void tell_moved(struct turn *turn, enum exchange asked)
{
	struct call_news *news = &turn->outcome->news;
	struct reading *reading = turn->reading;

	if (news->event != EVENT_NONE || news->log)
		news->response = move(turn, &reading->shown);
	if (asked != EXCHANGE_SUBMIT || !turn->errand->has_id)
		return;
	news->remote_id = move(turn, &reading->id);
	news->poll_url = move(turn, &reading->poll_url);
	news->result_url = move(turn, &reading->result_url);
	news->cancel_url = move(turn, &reading->cancel_url);
}

int turn_close(struct turn *turn)
{
	enum exchange asked = turn->real->next;

	errand_arrange(turn->errand);
	turn->failed |= strbuf_failed(&turn->log) || strbuf_failed(&turn->error);
	if (!turn->failed)
		tell_texts(turn);
	if (turn->failed) {
		forget(turn);
	} else {
		if (turn->reading) {
			tell_numbers(turn);
			tell_moved(turn, asked);
		}
		make_true(turn);
	}
	strbuf_done(&turn->log);
	strbuf_done(&turn->error);
	return turn->failed ? -ENOMEM : 0;
}

void outcome_done(struct outcome *outcome)
{
	for (size_t i = 0; i < OUTCOME_TEXTS; i++)
		free(outcome->texts[i]);
	*outcome = (struct outcome){ .news = CALL_NEWS(EVENT_NONE),
				     .progress = -1,
				     .remaining_micro = -1 };
}

/* ---- what is said ---- */

static void add(struct turn *turn, struct strbuf *buf, const char *format, va_list args)
{
	char *text;

	if (vasprintf(&text, format, args) < 0) {
		turn->failed = true;
		return;
	}
	strbuf_add_text(buf, text);
	free(text);
}

void turn_log(struct turn *turn, const char *format, ...)
{
	va_list args;

	if (turn->log.size > 0)
		strbuf_add_text(&turn->log, "; ");
	va_start(args, format);
	add(turn, &turn->log, format, args);
	va_end(args);
}

/* With a newline at its end. */
static void add_ended(struct strbuf *buf, const char *text)
{
	strbuf_add_text(buf, text);
	if (*text && text[strlen(text) - 1] != '\n')
		strbuf_add_char(buf, '\n');
}

void turn_error(struct turn *turn, const char *format, ...)
{
	const char *said = turn_said(turn, "");
	const char *rest = said + strcspn(said, "\n");
	va_list args;

	strbuf_clear(&turn->error);
	va_start(args, format);
	add(turn, &turn->error, format, args);
	va_end(args);
	strbuf_add_char(&turn->error, '\n');
	while (*rest == '\n')
		rest++;
	add_ended(&turn->error, rest);
}

void turn_error_text(struct turn *turn, const char *text)
{
	strbuf_clear(&turn->error);
	add_ended(&turn->error, text);
}

void turn_remember(struct turn *turn, const char *text)
{
	char *copy = text ? strdup(text) : NULL;

	if (text && !copy) {
		turn->failed = true;
		return;
	}
	if (turn->work.why != turn->real->why)
		free(turn->work.why);
	turn->work.why = copy;
}

const char *turn_said(const struct turn *turn, const char *otherwise)
{
	const char *error = turn->reading ? turn->reading->error : NULL;

	return error && *error && *error != '\n' ? error : otherwise;
}

int turn_said_size(const struct turn *turn, const char *otherwise)
{
	return (int)strcspn(turn_said(turn, otherwise), "\n");
}

void turn_event(struct turn *turn, enum event event)
{
	turn->outcome->news.event = event;
	turn->errand->state = state_after(turn->errand->state, event);
}

void turn_end(struct turn *turn, enum event event)
{
	turn_event(turn, event);
	turn->errand->over = true;
}

void turn_hold(struct turn *turn, enum hold hold)
{
	turn_event(turn, EVENT_HELD);
	turn->outcome->news.hold = hold;
}

int64_t turn_wait_ms(const struct turn *turn, unsigned failures)
{
	int64_t poll_ms = errand_poll_ms(turn->errand);
	int64_t wished_ms = turn->reading ? turn->reading->wait_ms : -1;

	if (wished_ms < 0)
		return pace_after_failures(failures, poll_ms, turn->random);
	if (wished_ms < poll_ms)
		return poll_ms;
	return wished_ms < ASK_MS_MAX ? wished_ms : ASK_MS_MAX;
}
