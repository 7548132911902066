/* The pictures of a call that is finished there. They are paid: what is in the way is
 * tried again without end, and only the provider's own word that one is gone, or what it
 * gave being no picture, makes us go without it. The others are still fetched; then the
 * call ends as the lost one makes it end. */
#include "errand_private.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "job/url.h"

enum {
	BAD_TIMES = 8,     /* how often what is no picture is fetched, ever more seldom */
	REFUSED_TIMES = 8, /* how often it is tried where its URL leads astray */
};

static const char gone_text[] = "paid, and its picture is gone there";

/* ---- references ---- */

static void swap_references(struct reference *a, struct reference *b)
{
	struct reference was = *a;

	*a = *b;
	*b = was;
}

/* By what the provider says of their order; those it says nothing of, as they came. */
static void sort(struct reference *references, struct errand_fetch *fetches, size_t count)
{
	for (size_t i = 1; i < count; i++)
		for (size_t j = i; j > 0 && references[j - 1].order > references[j].order; j--) {
			swap_references(&references[j - 1], &references[j]);
			if (fetches) {
				struct errand_fetch was = fetches[j - 1];

				fetches[j - 1] = fetches[j];
				fetches[j] = was;
			}
		}
}

static void take_references(struct turn *turn)
{
	struct errand *errand = turn->errand;
	struct reading *reading = turn->reading;

	for (size_t i = 0; i < reading->reference_count; i++) {
		swap_references(&errand->references[i], &reading->references[i]);
		errand->fetches[i].at_ms = turn->now_ms;
	}
	errand->reference_count = reading->reference_count;
}

void pictures_told(struct turn *turn)
{
	size_t count = turn->reading->reference_count;

	take_references(turn);
	turn->with_references = true;
	turn->errand->failures = 0;
	turn->errand->empty_since_ms = 0;
	turn_log(turn, "finished there: %zu %s", count, count == 1 ? "picture" : "pictures");
	turn_event(turn, EVENT_PICTURES);
}

int pictures_begin(struct errand *errand, const char *references)
{
	bool is_any = false;
	int r;

	errand->references = calloc(REFERENCES_MAX, sizeof(*errand->references));
	errand->fetches = calloc(REFERENCES_MAX, sizeof(*errand->fetches));
	if (!errand->references || !errand->fetches)
		return -ENOMEM;
	r = references_from_text(references, errand);
	for (size_t i = 0; r == 0 && i < errand->reference_count; i++) {
		if (errand->fetches[i].stale && errand_asks(errand) == EXCHANGES) {
			errand->fetches[i].end = FETCH_DROPPED;
			errand->loss = EVENT_GONE;
		}
		is_any = is_any || errand->fetches[i].end == FETCH_WANTED;
	}
	if (errand->reference_count == 0 && errand_asks(errand) == EXCHANGES)
		errand->loss = EVENT_GONE;
	if (r < 0 || errand->loss == EVENT_NONE)
		return r;
	errand->why = strdup("paid, but its picture came with the reply itself, easelfs ended "
			     "before it was saved, and there is no way to ask for it again\n");
	if (!errand->why)
		return -ENOMEM;
	if (!is_any) {
		errand->over = true;
		errand->state = state_after(errand->state, errand->loss);
	}
	return 0;
}

/* ---- what is next of them ---- */

static bool is_wanted(const struct errand *errand, size_t i, enum reference_kind kind)
{
	return errand->fetches[i].end == FETCH_WANTED && !errand->fetches[i].stale &&
	       errand->references[i].kind == kind;
}

static bool must_ask(const struct errand *errand)
{
	for (size_t i = 0; i < errand->reference_count; i++)
		if (errand->fetches[i].end == FETCH_WANTED && errand->fetches[i].stale)
			return true;
	return errand->reference_count == 0;
}

/* The order may be known by the assets only, so that no file is begun before. */
static bool has_order(struct errand *errand)
{
	if (errand->in_order)
		return true;
	if (errand->reference_count == 0)
		return false;
	for (size_t i = 0; i < errand->reference_count; i++)
		if (is_wanted(errand, i, REFERENCE_ASSET))
			return false;
	sort(errand->references, errand->fetches, errand->reference_count);
	errand->in_order = true;
	return true;
}

void pictures_arrange(struct errand *errand)
{
	bool in_order = has_order(errand);

	errand->step_at_ms = INT64_MAX;
	for (size_t i = 0; i < errand->reference_count; i++) {
		bool is_asset = is_wanted(errand, i, REFERENCE_ASSET);

		if (!is_asset && (!in_order || (!is_wanted(errand, i, REFERENCE_URL) &&
						!is_wanted(errand, i, REFERENCE_BYTES))))
			continue;
		if (errand->fetches[i].at_ms >= errand->step_at_ms)
			continue;
		errand->step = is_asset ? EXCHANGE_ASSET : EXCHANGE_DOWNLOAD;
		errand->step_at_ms = errand->fetches[i].at_ms;
		errand->picture = i;
	}
	if (must_ask(errand) && errand->renew_at_ms <= errand->step_at_ms) {
		errand->step = errand_asks(errand);
		errand->step_at_ms = errand->renew_at_ms;
	}
}

/* ---- losing one ---- */

static size_t count_ends(const struct errand *errand, enum fetch_end end)
{
	size_t count = 0;

	for (size_t i = 0; i < errand->reference_count; i++)
		count += errand->fetches[i].end == end;
	return count;
}

static void settle_loss(struct turn *turn)
{
	const char *why = turn->errand->why;

	if (!why) /* out of memory */
		return;
	turn_error_text(turn, why);
	turn_log(turn, "%.*s", (int)strcspn(why, "\n"), why);
	turn_end(turn, turn->errand->loss);
}

void pictures_settle(struct turn *turn)
{
	struct errand *errand = turn->errand;

	if (count_ends(errand, FETCH_WANTED) > 0)
		return;
	if (errand->loss == EVENT_NONE ||
	    (errand->count && count_ends(errand, FETCH_SAVED) >= errand->count))
		errand->over = true;
	else
		settle_loss(turn);
}

/* Kept for the call's end, which may be the ends of other pictures away: `line`, and then
 * what the provider said. */
static void remember(struct turn *turn, const char *line)
{
	struct strbuf error = turn->error;

	turn->error = (struct strbuf)STRBUF_EMPTY;
	turn_error(turn, "%s", line);
	turn_remember(turn, strbuf_text(&turn->error));
	turn->failed |= strbuf_failed(&turn->error);
	strbuf_done(&turn->error);
	turn->error = error;
}

/* The call goes without it, and ends with `loss`. `why` is for a person and ends with its
 * first line. */
static void drop(struct turn *turn, size_t i, enum event loss, const char *why)
{
	struct errand *errand = turn->errand;
	struct strbuf line = STRBUF_EMPTY;

	strbuf_add(&line, why, strcspn(why, "\n"));
	turn->failed |= strbuf_failed(&line);
	errand->fetches[i].end = FETCH_DROPPED;
	/* What is gone is worse than what failed, and is what is told in the end. */
	if (loss == EVENT_GONE || errand->loss != EVENT_GONE) {
		remember(turn, strbuf_text(&line));
		errand->loss = loss;
	}
	if (count_ends(errand, FETCH_WANTED) > 0)
		turn_log(turn, "picture %zu of %zu: %s", i + 1, errand->reference_count,
			 strbuf_text(&line));
	strbuf_done(&line);
	pictures_settle(turn);
}

static void lose_stale(struct turn *turn, const char *why)
{
	struct errand *errand = turn->errand;

	if (errand->reference_count == 0) {
		errand->loss = EVENT_GONE;
		remember(turn, why);
		settle_loss(turn);
		return;
	}
	for (size_t i = 0; i < errand->reference_count; i++)
		if (errand->fetches[i].end == FETCH_WANTED && errand->fetches[i].stale)
			drop(turn, i, EVENT_GONE, why);
}

/* ---- told anew ---- */

/* From here on the reference has the asset's id again. */
static void ask_asset_again(struct errand *errand, size_t i)
{
	char *id = errand->fetches[i].other;

	errand->fetches[i].other = errand->references[i].text;
	errand->references[i].text = id;
	errand->references[i].kind = REFERENCE_ASSET;
}

static bool can_renew(const struct errand *errand, size_t i)
{
	return errand->fetches[i].other || errand_asks(errand) != EXCHANGES;
}

/* The exchange that told where it is, once more, at that time. */
static void renew(struct turn *turn, size_t i, int64_t at_ms)
{
	struct errand_fetch *fetch = &turn->errand->fetches[i];

	fetch->at_ms = at_ms;
	if (fetch->other) {
		ask_asset_again(turn->errand, i);
		return;
	}
	fetch->stale = true;
	turn->errand->renew_at_ms = at_ms;
}

static void take_renewed(struct turn *turn)
{
	struct errand *errand = turn->errand;
	struct reading *reading = turn->reading;

	turn_log(turn, "told anew where its pictures are");
	errand->empty_since_ms = 0;
	if (errand->reference_count == 0) {
		take_references(turn);
		return;
	}
	sort(reading->references, NULL, reading->reference_count);
	for (size_t i = 0; i < errand->reference_count && i < reading->reference_count; i++) {
		struct errand_fetch *fetch = &errand->fetches[i];

		if (fetch->end != FETCH_WANTED || fetch->other ||
		    (!fetch->stale && errand->references[i].kind != REFERENCE_URL))
			continue;
		reading->references[i].order = errand->references[i].order;
		reading->references[i].unsafe |= errand->references[i].unsafe;
		swap_references(&errand->references[i], &reading->references[i]);
		fetch->stale = false;
		fetch->renewed = true;
		fetch->at_ms = turn->now_ms;
	}
	lose_stale(turn, gone_text);
}

static void still_nothing(struct turn *turn)
{
	if (reply_empty(turn))
		lose_stale(turn, "paid, but where its pictures are is not told any more");
}

void pictures_told_again(struct turn *turn)
{
	switch (turn->reading->kind) {
	case READING_FINISHED:
		if (turn->reading->reference_count > 0)
			take_renewed(turn);
		else
			still_nothing(turn);
		return;
	case READING_RUNNING:
		still_nothing(turn);
		return;
	case READING_GONE:
		if (reply_absent(turn))
			lose_stale(turn, gone_text);
		return;
	case READING_FAILED:
	case READING_CANCELLED:
		lose_stale(turn, gone_text);
		return;
	case READING_REFUSED:
		if (turn->real->next == EXCHANGE_RESULT || turn->reading->no_message) {
			lose_stale(turn, gone_text);
			return;
		}
		reply_trouble(turn);
		return;
	case READING_NO_KEY:
		reply_no_key(turn);
		return;
	default:
		reply_trouble(turn);
		return;
	}
}

/* ---- assets ---- */

static void asset_trouble(struct turn *turn, struct errand_fetch *fetch)
{
	if (fetch->failures++ == 0)
		turn_log(turn, "a picture's place cannot be asked for: %.*s; tried again",
			 SAID(turn, "the reply says nothing of it"));
	fetch->at_ms = turn->now_ms + turn_wait_ms(turn, fetch->failures);
}

/* The id is kept beside it, because a URL may have to be told anew. Where an asset does not
 * say which of the pictures it is, it is the one its id stood for. */
static void take_asset(struct turn *turn, size_t i)
{
	struct errand *errand = turn->errand;
	struct reference *reference = &errand->references[i];
	struct reference *told = &turn->reading->references[0];
	struct errand_fetch *fetch = &errand->fetches[i];
	char *id = reference->text;

	if (told->order < 0 || errand->in_order)
		told->order = reference->order;
	told->unsafe |= reference->unsafe;
	reference->text = fetch->other;
	swap_references(reference, told);
	fetch->other = id;
	fetch->failures = fetch->absences = fetch->waits = 0;
	fetch->at_ms = turn->now_ms;
}

void reply_to_asset(struct turn *turn)
{
	struct errand *errand = turn->errand;
	size_t i = errand->picture;
	struct errand_fetch *fetch = &errand->fetches[i];

	switch (turn->reading->kind) {
	case READING_FINISHED:
		take_asset(turn, i);
		return;
	case READING_RUNNING:
		fetch->failures = 0;
		fetch->at_ms = turn->now_ms + turn_wait_ms(turn, ++fetch->waits);
		return;
	case READING_FAILED:
		drop(turn, i, EVENT_FAILED, turn_said(turn, "it failed at the provider"));
		return;
	case READING_GONE:
		if (++fetch->absences < ABSENT_TIMES)
			fetch->at_ms = turn->now_ms + turn_wait_ms(turn, fetch->absences);
		else
			drop(turn, i, EVENT_GONE, gone_text);
		return;
	case READING_NO_KEY:
		turn->outcome->key_refused = true;
		asset_trouble(turn, fetch);
		fetch->at_ms = turn->now_ms + ASK_MS_MAX;
		return;
	default:
		asset_trouble(turn, fetch);
		return;
	}
}

/* ---- downloads ---- */

/* A URL that was told anew and then not there at the first try is gone for good. */
static void download_gone(struct turn *turn, size_t i)
{
	struct errand_fetch *fetch = &turn->errand->fetches[i];

	if (fetch->renewed || !can_renew(turn->errand, i)) {
		drop(turn, i, EVENT_GONE, gone_text);
		return;
	}
	turn_log(turn, "a picture's address is not valid any more (%.*s); asked for another",
		 SAID(turn, "gone"));
	renew(turn, i, turn->now_ms);
	fetch->renewed = true;
}

/* It may be old, or what signs it be out of order for a while: asked for anew until one is
 * good, ever more seldom. */
static void download_stale(struct turn *turn, size_t i)
{
	struct errand_fetch *fetch = &turn->errand->fetches[i];

	fetch->stales++;
	if (fetch->stales == 1)
		turn_log(turn,
			 "a picture's address is not valid any more (%.*s); asked for another",
			 SAID(turn, "refused"));
	else if (fetch->stales == 2)
		turn_log(turn, "nor is the other one (%.*s); asked for again and again",
			 SAID(turn, "refused"));
	if (!can_renew(turn->errand, i))
		fetch->at_ms = turn->now_ms + turn_wait_ms(turn, fetch->stales);
	else
		renew(turn, i,
		      turn->now_ms +
			      (fetch->stales > 1 ? turn_wait_ms(turn, fetch->stales - 1) : 0));
}

/* A network that wants a login first leads every name to an address of its own, until
 * somebody logs in. What the URL itself says stays as it is. */
static bool is_astray(const struct turn *turn, size_t i)
{
	struct url url;

	return !turn->reading->no_message &&
	       url_parse(turn->errand->references[i].text, &url) == 0 &&
	       !url_host_is_private(url.host);
}

static void download_again(struct turn *turn, size_t i, unsigned failures)
{
	struct errand_fetch *fetch = &turn->errand->fetches[i];

	if (failures == 1)
		turn_log(turn, "a picture cannot be fetched: %.*s; tried again",
			 SAID(turn, "the transfer failed"));
	fetch->renewed = false;
	fetch->at_ms = turn->now_ms + turn_wait_ms(turn, failures);
}

static void download_refused(struct turn *turn, size_t i)
{
	struct errand_fetch *fetch = &turn->errand->fetches[i];

	if (is_astray(turn, i) && ++fetch->refusals < REFUSED_TIMES)
		download_again(turn, i, fetch->refusals);
	else
		drop(turn, i, EVENT_FAILED,
		     turn_said(turn, "its picture cannot be fetched from where it is said to be"));
}

void reply_to_download(struct turn *turn)
{
	size_t i = turn->errand->picture;

	switch (turn->reading->kind) {
	case READING_GONE:
		download_gone(turn, i);
		return;
	case READING_STALE:
		download_stale(turn, i);
		return;
	case READING_REFUSED:
		download_refused(turn, i);
		return;
	case READING_BUSY:
	case READING_UNSENT:
	case READING_BROKEN:
		download_again(turn, i, ++turn->errand->fetches[i].failures);
		return;
	default:
		return;
	}
}

/* ---- what came ---- */

static void bad(struct turn *turn, size_t i, const char *why)
{
	struct errand *errand = turn->errand;
	struct errand_fetch *fetch = &errand->fetches[i];
	bool is_bytes = errand->references[i].kind == REFERENCE_BYTES;
	struct strbuf line = STRBUF_EMPTY;

	strbuf_addf(&line, "what came is not a picture: %s", why ? why : "it cannot be read");
	turn->failed |= strbuf_failed(&line);
	fetch->bad++;
	if (fetch->bad >= BAD_TIMES || (is_bytes && !can_renew(errand, i))) {
		drop(turn, i, EVENT_FAILED, strbuf_text(&line));
	} else {
		int64_t at_ms = turn->now_ms + turn_wait_ms(turn, fetch->bad);

		turn_log(turn, "%s; fetched again", strbuf_text(&line));
		fetch->at_ms = at_ms;
		if (is_bytes)
			renew(turn, i, at_ms);
	}
	strbuf_done(&line);
}

void pictures_ended(struct turn *turn, enum picture_end end, const char *why)
{
	struct errand *errand = turn->errand;
	size_t i = errand->picture;

	switch (end) {
	case PICTURE_SAVED:
		errand->fetches[i].end = FETCH_SAVED;
		errand->saved[i] = true;
		pictures_settle(turn);
		return;
	case PICTURE_BAD:
		bad(turn, i, why);
		return;
	case PICTURE_TOO_LARGE:
		drop(turn, i, EVENT_FAILED,
		     errand->has_id ? "its picture is larger than image_bytes in [limits] allows; "
				      "with a larger limit `echo retry > ctl` fetches it again"
				    : "its picture is larger than image_bytes in [limits] allows");
		return;
	}
}
