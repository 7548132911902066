/* Every case file of tests/cases, played without a network and without waiting: the
 * profile as it is installed, the request as it is parsed, the protocol, the errand and
 * the table of states are the real ones; the wire is the script, the clock is ours. What
 * is recorded of a call is what its news said, as the catalog does it. */
#include <errno.h>
#include <glob.h>
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/cleanup.h"
#include "case_file.h"
#include "io/profile_file.h"
#include "job/errand.h"
#include "job/journal.h"
#include "job/picture.h"
#include "job/request.h"
#include "job/resolve.h"

#define LENGTH(array)   (sizeof(array) / sizeof((array)[0]))
#define PICTURE_HOST    "https://pictures.example"
#define WALL_MS(steady) (INT64_C(1800000000000) + (steady))

enum { TURNS_MAX = 3000, SOME_RANDOM = 0x9e3779b9, REQUEST_MS = 40 };

/* A call as the store would have it. */
struct kept {
	enum state state;
	enum hold hold;
	char *id, *poll_url, *result_url, *cancel_url, *references, *error;
	int64_t cost_micro, seed, submitted_ms;
	struct strbuf log;
	bool wants_cancel;
};

struct play {
	const struct case_file *file;
	struct profile *profile;
	struct case_places places;
	char base[300];
	struct case_reader reader;
	struct resolved resolved;
	struct pace pace;
	struct kept call;
	struct errand errand;
	struct outcome outcome;
	int64_t now_ms, replied_ms; /* steady */
	int64_t pause_ms, submissions;
	int progress[CASE_TEXTS_MAX * 4];
	size_t progress_count;
	struct picture pictures[REFERENCES_MAX];
};

static void keep_text(char **text, const char *news)
{
	if (!news)
		return;
	free(*text);
	*text = strdup(news);
	assert_non_null(*text);
}

/* ---- before anything is sent ---- */

static void load_profile(struct play *play)
{
	char path[200];
	struct diag diag = { 0 };
	const char *base, *host;

	snprintf(path, sizeof(path), "conf/providers/%s.ini", play->file->provider);
	if (profile_file_load(path, &play->profile, &diag) < 0)
		fail_msg("%s:%u: %s", path, diag.line, diag.text);
	assert_int_equal(play->profile->transport, TRANSPORT_HTTP);
	base = play->profile->http->base_url;
	host = strstr(base, "://");
	assert_non_null(host);
	host += 3;
	snprintf(play->base, sizeof(play->base), "%.*s", (int)(host + strcspn(host, "/") - base),
		 base);
	play->places.base = play->base;
	play->places.image_host = PICTURE_HOST;
}

static void judge_request(struct play *play)
{
	const struct case_file *file = play->file;
	struct request request = { .extra = NULL };
	struct diag diag = { 0 };
	int r = request_parse(request_form(file->request_name, strlen(file->request_name)),
			      file->request, strlen(file->request), &request, &diag);

	if (r == 0)
		r = resolve_add_layer(&play->resolved, &request, &diag);
	if (r == 0)
		r = resolve_for(&play->resolved, play->profile, &diag);
	request_done(&request);
	if (r < 0)
		fail_msg("the request is rejected: line %u: %s", diag.line, diag.text);
	play->call.seed = params_number(&play->resolved.params, PARAM_SEED);
	assert_int_equal(resolve_set_seed(&play->resolved, play->call.seed), 0);
	assert_int_equal(resolve_set_count(&play->resolved, play->resolved.count), 0);
}

static void apply(struct play *play);

static void begin(struct play *play)
{
	struct errand_call facts = {
		.profile = play->profile,
		.pace = &play->pace,
		.state = play->call.state,
		.age_ms = play->call.submitted_ms ? play->now_ms - play->call.submitted_ms : 0,
		.has_id = play->call.id && *play->call.id,
		.references = play->call.references ? play->call.references : "",
		.wants_cancel = play->call.wants_cancel,
		.count = play->resolved.count,
	};

	assert_int_equal(errand_begin(&play->errand, &facts, play->now_ms, SOME_RANDOM), 0);
	assert_int_equal(errand_outset(&play->errand, &play->outcome), 0);
	apply(play);
}

/* ---- what is recorded ---- */

static void move(struct play *play, enum event event)
{
	enum state next = state_after(play->call.state, event);

	if (next == STATE_NONE)
		fail_msg("event %d cannot happen to a call that is %s", (int)event,
			 state_word(play->call.state));
	play->call.state = next;
	play->call.hold = HOLD_NONE;
}

static void record(struct play *play, const struct call_news *news)
{
	struct kept *call = &play->call;

	if (news->event != EVENT_NONE) {
		move(play, news->event);
		if (news->event == EVENT_HELD)
			call->hold = news->hold;
		if (news->event == EVENT_ACCEPTED && !call->submitted_ms)
			call->submitted_ms = play->now_ms;
		keep_text(&call->error, news->error ? news->error : "");
	}
	keep_text(&call->id, news->remote_id);
	keep_text(&call->poll_url, news->poll_url);
	keep_text(&call->result_url, news->result_url);
	keep_text(&call->cancel_url, news->cancel_url);
	keep_text(&call->references, news->references);
	if (news->cost_micro >= 0)
		call->cost_micro = news->cost_micro;
	if (news->seed >= 0)
		call->seed = news->seed;
	if (news->log)
		strbuf_addf(&call->log, "%s\n", news->log);
}

static void note_progress(struct play *play, int percent)
{
	size_t count = play->progress_count;

	if (percent < 0 || count == LENGTH(play->progress) ||
	    (count && play->progress[count - 1] == percent))
		return;
	play->progress[play->progress_count++] = percent;
}

/* Records the outcome and has done with it. */
static void apply(struct play *play)
{
	struct outcome *outcome = &play->outcome;

	record(play, &outcome->news);
	if (outcome->learned)
		pace_learn(&play->pace, outcome->took_ms, outcome->unseen_ms);
	note_progress(play, outcome->progress);
	play->pause_ms = outcome->pause_ms;
	outcome_done(outcome);
	memset(outcome, 0, sizeof(*outcome));
	if (play->errand.over && play->call.state == STATE_FETCHING)
		move(play, EVENT_PUBLISHED);
}

/* ---- the wire ---- */

static struct asking asking_of(const struct play *play)
{
	const struct kept *call = &play->call;
	const struct errand *errand = &play->errand;
	struct asking asking = {
		.profile = play->profile,
		.model = play->resolved.model,
		.sent = &play->resolved.sent,
		.extra = play->resolved.extra,
		.remote = { call->id, call->poll_url, call->result_url, call->cancel_url },
	};

	if (errand->picture < errand->reference_count) {
		const struct reference *reference = &errand->references[errand->picture];

		if (reference->kind == REFERENCE_ASSET)
			asking.asset = reference->text;
		else if (reference->kind == REFERENCE_URL)
			asking.url = reference->text;
	}
	return asking;
}

static const char *header_of(const struct case_reply *reply, const char *name)
{
	for (size_t i = 0; i < reply->header_count; i++)
		if (strcmp(reply->headers[i].name, name) == 0)
			return reply->headers[i].value;
	return "";
}

/* What the transport would say of the scripted reply. */
static void make_reply(const struct play *play, const struct case_reply *script,
		       struct strbuf *body, struct strbuf *wait, struct reply *ret_reply)
{
	const char *milliseconds = header_of(script, "retry-after-ms");
	bool cut;

	if (script->body && script->form != FORM_RAW)
		case_fill(script->body, &play->places, body);
	case_fill(header_of(script, "retry-after"), &play->places, wait);
	cut = script->cut >= 0 && (size_t)script->cut < body->size;
	*ret_reply = (struct reply){
		.delivery = script->form == FORM_UNSENT         ? DELIVERY_UNSENT
			    : script->form == FORM_REFUSED      ? DELIVERY_REFUSED
			    : script->form != FORM_REPLY || cut ? DELIVERY_LOST
								: DELIVERY_REPLIED,
		.status = script->form == FORM_REPLY ? script->status : 0,
		.type = header_of(script, "content-type"),
		.wait_text = strbuf_text(wait),
		.wait_ms = *milliseconds ? strtoll(milliseconds, NULL, 10) : -1,
		.now_ms = WALL_MS(play->now_ms),
		.body = strbuf_text(body),
		.body_size = body->size,
	};
	if (ret_reply->delivery == DELIVERY_LOST)
		ret_reply->error = "the connection broke";
	else if (ret_reply->delivery != DELIVERY_REPLIED)
		ret_reply->error = strbuf_text(body);
	if (ret_reply->delivery != DELIVERY_REPLIED) {
		ret_reply->body = "";
		ret_reply->body_size = 0;
	}
}

static void end_picture(struct play *play, const void *bytes, size_t size)
{
	size_t i = play->errand.picture;
	enum picture_end end = PICTURE_SAVED;
	struct diag diag = { 0 };

	if (size > (uint64_t)play->file->image_bytes) {
		end = PICTURE_TOO_LARGE;
		diag_set(&diag, 0, "more than %" PRId64 " bytes", play->file->image_bytes);
	} else if (picture_check(bytes, size, &play->pictures[i], &diag) < 0) {
		end = PICTURE_BAD;
	}
	assert_int_equal(errand_picture(&play->errand, end, end == PICTURE_SAVED ? NULL : diag.text,
					play->now_ms, SOME_RANDOM, &play->outcome),
			 0);
	apply(play);
}

static void take_reply(struct play *play, const struct asking *asking,
		       const struct message *message, const struct reply *reply)
{
	CLEANUP(reading) struct reading reading = { .kind = READING_OK };
	enum exchange exchange = play->errand.next;

	play->replied_ms = play->now_ms;
	assert_int_equal(protocol_read(exchange, asking, message, reply, &reading), 0);
	if (exchange == EXCHANGE_DOWNLOAD && reply->delivery == DELIVERY_REPLIED &&
	    reply->status / 100 == 2) {
		end_picture(play, reply->body, reply->body_size);
		return;
	}
	assert_int_equal(
		errand_take(&play->errand, &reading, play->now_ms, SOME_RANDOM, &play->outcome), 0);
	apply(play);
}

static void check_when(const struct play *play)
{
	const struct case_step *step = case_reader_next(&play->reader);
	int64_t waited = play->now_ms - play->replied_ms;

	if (step && step->from_ms >= 0 && (waited < step->from_ms || waited > step->to_ms))
		fail_msg("line %u: it comes %" PRId64 " ms after the reply before", step->line,
			 waited);
}

/* Sends what is next, and takes the reply that the script has for it. */
static void exchange(struct play *play)
{
	CLEANUP(message) struct message message = { .url = NULL };
	CLEANUP(strbuf) struct strbuf body = STRBUF_EMPTY;
	CLEANUP(strbuf) struct strbuf wait = STRBUF_EMPTY;
	struct asking asking = asking_of(play);
	struct case_reply unsendable = { .form = FORM_REFUSED, .cut = -1 };
	const struct case_step *step = NULL;
	struct diag diag = { 0 };
	struct reply reply;
	int r = protocol_message(play->errand.next, &asking, &message, &diag);

	assert_true(r == 0 || r == -EINVAL);
	if (r == 0) {
		struct case_request request = { message.verb, message.url, message.body,
						message.keyed };

		check_when(play);
		assert_int_equal(message.paid, play->errand.next == EXCHANGE_SUBMIT);
		step = case_reader_take(&play->reader, &play->places, &request, &diag);
		if (!step)
			fail_msg("%s", diag.text);
	} else {
		unsendable.body = diag.text;
	}
	if (play->errand.next == EXCHANGE_SUBMIT) {
		play->submissions++;
		move(play, EVENT_SENT);
	}
	play->now_ms += REQUEST_MS;
	play->places.now_ms = WALL_MS(play->now_ms);
	make_reply(play, step ? &step->reply : &unsendable, &body, &wait, &reply);
	take_reply(play, &asking, &message, &reply);
}

/* ---- the script ---- */

static void act(struct play *play, const struct case_step *step)
{
	if (step->kind == STEP_PASSES)
		play->now_ms += step->passes_ms;
	if (step->kind == STEP_CANCEL) {
		play->call.wants_cancel = true;
		errand_cancel(&play->errand, play->now_ms);
	}
	if (step->kind == STEP_RESTART) {
		errand_done(&play->errand);
		begin(play);
	}
}

static bool goes_on(const struct play *play)
{
	/* Overdue: asked seldom, for ever; as long as the script has something to say. */
	if (play->call.state == STATE_HELD && play->call.hold == HOLD_OVERDUE)
		return case_reader_next(&play->reader) && !play->errand.over;
	return !state_rests(play->call.state);
}

static void turn(struct play *play)
{
	const struct case_step *step;
	const struct errand *errand = &play->errand;

	while ((step = case_reader_act(&play->reader)))
		act(play, step);
	if (play->call.state == STATE_QUEUED && errand->over) {
		assert_true(play->pause_ms > 0);
		play->now_ms += play->pause_ms;
		errand_done(&play->errand);
		begin(play);
	}
	if (!goes_on(play))
		return;
	if (errand->next == EXCHANGES || errand->over)
		fail_msg("nothing is next for a call that is %s", state_word(play->call.state));
	if (play->now_ms < errand->at_ms)
		play->now_ms = errand->at_ms;
	if (errand->next == EXCHANGE_DOWNLOAD &&
	    errand->references[errand->picture].kind == REFERENCE_BYTES)
		end_picture(play, errand->references[errand->picture].bytes,
			    errand->references[errand->picture].size);
	else
		exchange(play);
}

/* ---- the end ---- */

static size_t count_pictures(const struct play *play, unsigned *ret_unsafe)
{
	const struct case_end *end = &play->file->end;
	size_t count = 0;

	*ret_unsafe = 0;
	for (size_t i = 0; i < play->errand.reference_count; i++) {
		if (!play->errand.saved[i])
			continue;
		if (!case_size_fits(end, count, play->pictures[i].width, play->pictures[i].height))
			fail_msg("picture %zu is %ux%u", count + 1, play->pictures[i].width,
				 play->pictures[i].height);
		count++;
		*ret_unsafe += play->errand.references[i].unsafe;
	}
	return count;
}

static void expect_text(const struct play *play, const char *where, const char *text,
			const char *part)
{
	CLEANUP(strbuf) struct strbuf want = STRBUF_EMPTY;

	case_fill(part, &play->places, &want);
	if (!strstr(text, strbuf_text(&want)))
		fail_msg("the %s does not say \"%s\": %s", where, strbuf_text(&want), text);
}

static void expect_silence(const struct play *play, const char *text, const char *part)
{
	CLEANUP(strbuf) struct strbuf unwanted = STRBUF_EMPTY;

	case_fill(part, &play->places, &unwanted);
	if (strstr(text, strbuf_text(&unwanted)))
		fail_msg("\"%s\" is said: %s", strbuf_text(&unwanted), text);
}

static void check_texts(const struct play *play)
{
	const struct case_end *end = &play->file->end;
	const char *error = play->call.error ? play->call.error : "";
	const char *log = strbuf_text(&play->call.log);

	if (end->state == STATE_DONE)
		assert_string_equal(error, "");
	if (end->state == STATE_FAILED || end->state == STATE_HELD)
		assert_string_not_equal(error, "");
	for (size_t i = 0; i < end->error_count; i++)
		expect_text(play, "error", error, end->errors[i]);
	for (size_t i = 0; i < end->log_count; i++)
		expect_text(play, "log", log, end->logs[i]);
	for (size_t i = 0; i < end->unsaid_count; i++) {
		/* What a key looks like is not known to what is played here. */
		if (strstr(play->file->key, end->unsaid[i]))
			continue;
		expect_silence(play, error, end->unsaid[i]);
		expect_silence(play, log, end->unsaid[i]);
	}
}

static void check_end(const struct play *play)
{
	const struct case_end *end = &play->file->end;
	struct diag diag = { 0 };
	unsigned unsafe;
	size_t pictures = count_pictures(play, &unsafe);

	if (play->call.state != end->state || play->call.hold != end->hold)
		fail_msg("it is %s %s: %s", state_word(play->call.state),
			 hold_word(play->call.hold), play->call.error);
	if (!case_reader_is_through(&play->reader, &diag))
		fail_msg("%s", diag.text);
	check_texts(play);
	if (end->pictures >= 0)
		assert_int_equal(pictures, end->pictures);
	assert_int_equal(unsafe, end->unsafe);
	assert_int_equal(play->submissions, end->submissions);
	if (end->cost_micro >= 0)
		assert_int_equal(play->call.cost_micro, end->cost_micro);
	if (end->seed >= 0)
		assert_int_equal(play->call.seed, end->seed);
	if (end->no_progress)
		assert_int_equal(play->progress_count, 0);
	for (size_t i = 0; i < end->progress_count; i++) {
		assert_in_range(i, 0, play->progress_count - 1);
		assert_int_equal(play->progress[i], end->progress[i]);
	}
}

static void play_done(struct play *play)
{
	errand_done(&play->errand);
	outcome_done(&play->outcome);
	resolved_done(&play->resolved);
	profile_free(play->profile);
	free(play->call.id);
	free(play->call.poll_url);
	free(play->call.result_url);
	free(play->call.cancel_url);
	free(play->call.references);
	free(play->call.error);
	strbuf_done(&play->call.log);
}

static void test_case(void **state)
{
	const char *path = *state;
	CLEANUP(case) struct case_file file = { .step_count = 0 };
	struct play play = {
		.file = &file,
		.reader = { .file = &file },
		.call = { .state = STATE_QUEUED, .cost_micro = -1, .seed = -1 },
		.now_ms = 1000000,
	};
	struct diag diag = { 0 };

	if (case_load(path, &file, &diag) < 0)
		fail_msg("%s", diag.text);
	load_profile(&play);
	judge_request(&play);
	begin(&play);
	for (int i = 0; i < TURNS_MAX && goes_on(&play); i++)
		turn(&play);
	check_end(&play);
	play_done(&play);
}

static bool is_ours(const char *path)
{
	CLEANUP(case) struct case_file file = { .step_count = 0 };

	return case_load(path, &file, NULL) < 0 || file.players != PLAYED_OVER_HTTP;
}

/* Run from the project's root, as the makefile does. CASE=submit plays those with that in
 * their path. */
int main(void)
{
	const char *wanted = getenv("CASE");
	glob_t found = { 0 };
	struct CMUnitTest *tests;
	size_t count = 0;
	int failed;

	if (glob("tests/cases/*/*.case", 0, NULL, &found) != 0) {
		fprintf(stderr, "no tests/cases: run it from the project's root\n");
		return 1;
	}
	tests = calloc(found.gl_pathc, sizeof(*tests));
	if (!tests)
		return 1;
	for (size_t i = 0; i < found.gl_pathc; i++)
		if (is_ours(found.gl_pathv[i]) && (!wanted || strstr(found.gl_pathv[i], wanted)))
			tests[count++] = (struct CMUnitTest){
				.name = found.gl_pathv[i] + strlen("tests/cases/"),
				.test_func = test_case,
				.initial_state = found.gl_pathv[i],
			};
	failed = _cmocka_run_group_tests("cases", tests, count, NULL, NULL);
	free(tests);
	globfree(&found);
	return failed;
}
