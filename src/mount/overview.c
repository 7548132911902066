/* Pages for people: plain text that a terminal of 80 columns shows well. */
#include "mount/overview.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/utf8.h"
#include "io/store_calls.h"
#include "io/store_images.h"
#include "io/store_jobs.h"
#include "io/store_spend.h"
#include "io/store_tree.h"
#include "job/job_json.h"
#include "job/journal.h"
#include "mount/text.h"

static const char readme[] =
	"easelfs: write a prompt, get a picture\n"
	"\n"
	"Every file you write below requests/ is a request. Its picture appears below\n"
	"images/, its story below jobs/. These commands work as they stand:\n"
	"\n"
	"    cd %s\n"
	"    echo \"a lighthouse in a storm, oil on canvas\" > requests/lighthouse.txt\n"
	"    cat jobs/lighthouse.txt/wait              # blocks, then says: done\n"
	"    ls -l images/\n"
	"\n"
	"What there is:\n"
	"\n"
	"    requests/     you write here, in folders of your own if you like. NAME.txt,\n"
	"                  NAME.md and NAME.prompt are a prompt, below parameters between\n"
	"                  two lines of --- if you like; NAME.json is an object of them.\n"
	"                  defaults.ini is for its folder and all below. Other names are\n"
	"                  kept, never sent.\n"
	"    jobs/NAME/    status (one word), progress, error, prompt, seed, log,\n"
	"                  params.json, job.json; images/ links to the pictures; runs/N\n"
	"                  has the same for each run; reading `wait` blocks until the\n"
	"                  job rests; ctl takes cancel, retry, again and, when it is in\n"
	"                  doubt whether it was paid for, resend.\n"
	"    images/       finished pictures, to be sorted into folders or removed (for\n"
	"                  good). inotify works here.\n"
	"    gallery.html  the newest pictures with their prompts, for a browser\n"
	"    status        what runs and what waits, on one screen\n"
	"    events        every change as a line of JSON; tail -f follows it\n"
	"    spend         what was spent, and the limits\n"
	"    providers/    who can paint, and what may be asked of them\n"
	"    ctl           pause, resume, reload: `echo pause > ctl`\n"
	"\n"
	"More to try:\n"
	"\n"
	"    cat jobs/lighthouse.txt/status\n"
	"    echo again > jobs/lighthouse.txt/ctl      # another one, with a new seed\n"
	"    echo '{\"prompt\": \"a cat, ink\", \"count\": 2}' > requests/cat.json\n"
	"    printf -- '---\\naspect_ratio: 16:9\\n---\\na lake\\n' > requests/lake.txt\n"
	"    cat jobs/cat.json/wait jobs/lake.txt/wait\n"
	"    getfattr -d images/lighthouse.png         # a picture's prompt and seed\n"
	"    watch -n1 cat status\n"
	"\n"
	"The parameters: prompt, negative_prompt, provider, model, aspect_ratio,\n"
	"resolution, width, height, seed, count, enhance, format; and extra.NAME for\n"
	"what only the provider knows.\n"
	"\n"
	"Saving the same bytes again sends nothing. Reading never spends anything.\n"
	"To unmount: fusermount3 -u %s\n";

/* As one word of the shell. */
static void add_quoted(const char *word, struct strbuf *text)
{
	strbuf_add_char(text, '\'');
	for (; *word; word++)
		if (*word == '\'')
			strbuf_add_text(text, "'\\''");
		else
			strbuf_add_char(text, *word);
	strbuf_add_char(text, '\'');
}

void overview_readme(const char *mountpoint, struct strbuf *text)
{
	CLEANUP(strbuf) struct strbuf quoted = STRBUF_EMPTY;

	add_quoted(mountpoint, &quoted);
	strbuf_addf(text, readme, strbuf_text(&quoted), strbuf_text(&quoted));
}

/* ---- status ---- */

/* A row is two blanks, the name, the state, and what there is to say. */
enum {
	PAGE_LINES = 23, /* and a line for the shell's prompt */
	PAGE_COLUMNS = 80,
	NAME_COLUMNS = 34,
	SAY_INDENT = 2 + NAME_COLUMNS + 1 + 10 + 1,
	SAY_COLUMNS = PAGE_COLUMNS - SAY_INDENT - 3, /* and room for dots */
	SAY_LINES = 2,
	BAR_COLUMNS = 20,
	/* rows of a section */
	RUNNING_ROWS = 6,
	HELD_ROWS = 2,
	WAITING_ROWS = 4,
	ENDED_ROWS_LEAST = 3,
};

struct page {
	const struct mount *mount;
	struct db *db;
	struct strbuf *text;
	bool paused;
};

#define BIT(state) (1U << (state))

static const unsigned busy_states =
	BIT(STATE_SUBMITTING) | BIT(STATE_RUNNING) | BIT(STATE_FETCHING);
static const unsigned ended_states =
	BIT(STATE_DONE) | BIT(STATE_FAILED) | BIT(STATE_REJECTED) | BIT(STATE_CANCELLED);

/* The job's path, printable, its beginning left out where it is long. */
static int add_name(const struct page *page, const struct run *run)
{
	CLEANUP(strbuf) struct strbuf path = STRBUF_EMPTY;
	CLEANUP(strbuf) struct strbuf shown = STRBUF_EMPTY;
	struct job job;
	size_t columns, over, skip = 0;
	const char *name;
	int r = store_job_get(page->db, run->job, &job);

	if (r == 0)
		r = store_path(page->db, job.folder, &job.name, &path);
	if (r < 0)
		return r;
	utf8_add_printable(&shown, path.bytes, path.size, PRINTABLE_LINE);
	name = strbuf_text(&shown);
	columns = utf8_columns(name, shown.size);
	if (columns > NAME_COLUMNS) {
		over = columns - (NAME_COLUMNS - 3);
		skip = utf8_fit(name, shown.size, over);
		if (utf8_columns(name, skip) < over) /* half a wide character */
			skip = utf8_fit(name, shown.size, over + 1);
		columns = 3 + utf8_columns(name + skip, shown.size - skip);
	}
	strbuf_addf(page->text, "  %s%s%*s %-10s ", skip ? "..." : "", name + skip,
		    NAME_COLUMNS - (int)columns, "", state_word(run->state));
	return 0;
}

/* The first line of what there is to say, wrapped at words. */
static void add_say(const struct page *page, const char *say)
{
	CLEANUP(strbuf) struct strbuf shown = STRBUF_EMPTY;
	const char *rest;
	size_t left, fit, end;

	utf8_add_printable(&shown, say, strcspn(say, "\n"), PRINTABLE_LINE);
	rest = strbuf_text(&shown);
	left = shown.size;
	for (int line = 0; left && line < SAY_LINES; line++) {
		fit = end = utf8_fit(rest, left, SAY_COLUMNS);
		if (fit < left)
			while (end && rest[end] != ' ')
				end--;
		fit = end ? end : fit;
		if (line)
			strbuf_addf(page->text, "\n%*s", SAY_INDENT, "");
		strbuf_add(page->text, rest, fit);
		while (fit < left && rest[fit] == ' ')
			fit++;
		rest += fit;
		left -= fit;
	}
	if (left)
		strbuf_add_text(page->text, "...");
}

static int add_error(const struct page *page, const struct run *run, const char *otherwise)
{
	CLEANUP(strbuf) struct strbuf error = STRBUF_EMPTY;
	int r = store_run_text(page->db, run->id, RUN_ERROR, &error);

	if (r == 0)
		add_say(page, error.size ? strbuf_text(&error) : otherwise);
	return r;
}

static void add_bar(int percent, struct strbuf *text)
{
	int filled = percent < 0 ? 0 : percent * BAR_COLUMNS / 100;

	strbuf_add_char(text, '[');
	for (int i = 0; i < BAR_COLUMNS; i++)
		strbuf_add_char(text, i < filled ? '#' : '.');
	strbuf_add_char(text, ']');
	if (percent >= 0)
		strbuf_addf(text, " %3d%%", percent);
}

static int add_run(const struct page *page, const struct run *run)
{
	char when[CLOCK_TEXT_ROOM], trouble[200];
	CLEANUP(strbuf) struct strbuf why = STRBUF_EMPTY;
	int r = add_name(page, run);

	if (r < 0)
		return r;
	if (busy_states & BIT(run->state)) {
		add_bar(text_progress(page->mount, page->db, run), page->text);
	} else if (run->state == STATE_DONE) {
		strbuf_add_text(page->text, clock_text(run->finished_ms, when, sizeof(when)));
	} else if (run->state == STATE_QUEUED) {
		live_get_trouble(page->mount->live, run->provider, trouble, sizeof(trouble));
		strbuf_addf(&why, "for a slot at %s", run->provider);
		add_say(page, page->paused ? "until resume"
			      : *trouble   ? trouble
					   : strbuf_text(&why));
	} else {
		r = add_error(page, run, hold_word(run->hold));
	}
	strbuf_add_char(page->text, '\n');
	return r;
}

/* The newest before (changed_ms, id) in any of the states. */
static int run_before(struct db *db, unsigned states, int64_t changed_ms, int64_t id,
		      struct run *ret_run)
{
	struct run newest = { .changed_ms = -1 }, run;

	for (enum state state = STATE_NONE; state < STATES; state++) {
		int r = states & BIT(state) ? store_run_before(db, state, changed_ms, id, &run)
					    : -ENOENT;

		if (r < 0 && r != -ENOENT)
			return r;
		if (r == 0 && (run.changed_ms > newest.changed_ms ||
			       (run.changed_ms == newest.changed_ms && run.id > newest.id)))
			newest = run;
	}
	*ret_run = newest;
	return newest.id ? 0 : -ENOENT;
}

static int lines_of(const struct strbuf *text)
{
	int lines = 0;

	for (size_t i = 0; i < text->size; i++)
		lines += text->bytes[i] == '\n';
	return lines;
}

static bool has_room(const struct page *page)
{
	return lines_of(page->text) + SAY_LINES <= PAGE_LINES;
}

/* The newest in the states, as many as the page has room for, but `least` in any
 * case and `most` at most: how many, or -errno. */
static int add_newest(const struct page *page, unsigned states, int least, int most)
{
	int64_t changed_ms = INT64_MAX, id = INT64_MAX;
	struct run run;
	int count = 0, r = 0;

	for (; count < least || (count < most && has_room(page)); count++) {
		r = run_before(page->db, states, changed_ms, id, &run);
		if (r == 0)
			r = add_run(page, &run);
		if (r < 0)
			break;
		changed_ms = run.changed_ms;
		id = run.id;
	}
	return r < 0 && r != -ENOENT ? r : count;
}

/* The queue, in the order in which it is sent. */
static int add_queue(const struct page *page, int most)
{
	struct call call = { 0 };
	struct run run = { 0 };
	int count = 0, r = 0;

	while (count < most) {
		r = store_call_next_in(page->db, STATE_QUEUED, NULL, call.id, &call);
		if (r == 0 && call.run == run.id)
			continue;
		if (r == 0)
			r = store_run_get(page->db, call.run, &run);
		if (r == 0 && run.state != STATE_QUEUED)
			continue;
		if (r == 0)
			r = add_run(page, &run);
		if (r < 0)
			break;
		count++;
	}
	return r < 0 && r != -ENOENT ? r : count;
}

/* What a section did not show. */
static void add_rest(const struct page *page, long long shown, long long all)
{
	if (!all)
		strbuf_add_text(page->text, "  nothing\n");
	else if (all > shown)
		strbuf_addf(page->text, "  and %lld more\n", all - shown);
}

static int add_running(const struct page *page, long long busy)
{
	int shown;

	strbuf_add_text(page->text, "\nRunning\n");
	shown = add_newest(page, busy_states, RUNNING_ROWS, RUNNING_ROWS);
	if (shown >= 0)
		add_rest(page, shown, busy);
	return shown;
}

/* What needs a person comes first. */
static int add_waiting(const struct page *page, long long queued, long long held)
{
	int first, then;

	strbuf_add_text(page->text, "\nWaiting\n");
	first = add_newest(page, BIT(STATE_HELD), HELD_ROWS, HELD_ROWS);
	if (first < 0)
		return first;
	then = add_queue(page, WAITING_ROWS - first);
	if (then >= 0)
		add_rest(page, first + then, queued + held);
	return then;
}

static int add_ended(const struct page *page)
{
	int shown;

	strbuf_add_text(page->text, "\nEnded last\n");
	shown = add_newest(page, ended_states, ENDED_ROWS_LEAST, PAGE_LINES);
	if (shown == 0)
		add_rest(page, 0, 0);
	return shown;
}

/* What the day has cost in a unit whose worth in USD is not known; `begin` is where the
 * page's line begins, which goes on in another where it is full. */
static int add_other_units(const struct page *page, const struct rules *rules, int64_t day,
			   size_t begin)
{
	static const char first[] = "spent today ", next[] = ", and ";
	struct spent_place place = { .provider = "" };
	struct strbuf *text = page->text;
	size_t line = begin;
	struct spent spent;
	int r;

	while ((r = store_spent_next(page->db, day, day, &place)) == 0) {
		CLEANUP(strbuf) struct strbuf item = STRBUF_EMPTY;

		r = store_spent(page->db, place.provider, place.unit, day, day, &spent);
		if (r < 0)
			return r;
		if (spent.cost_micro <= 0 || catalog_worth(rules, &place) >= 0)
			continue;
		cost_text(spent.cost_micro, &item);
		strbuf_addf(&item, "%s%s at %s", *place.unit ? " " : "", place.unit,
			    place.provider);
		if (text->size == begin) {
			strbuf_add_text(text, first);
		} else if (text->size - line + strlen(next) + item.size < PAGE_COLUMNS) {
			strbuf_add_text(text, next);
		} else {
			strbuf_add_text(text, ",\n");
			line = text->size;
			strbuf_addf(text, "%*sand ", (int)strlen(first), "");
		}
		strbuf_add_text(text, strbuf_text(&item));
	}
	return r == -ENOENT ? 0 : r;
}

/* What the day has cost, that in USD beside its limit; nothing where nothing is there. */
static int add_spending(const struct page *page)
{
	const struct rules *rules = rulebook_current(page->mount->rulebook);
	int64_t day = clock_day(clock_wall_ms()), today;
	size_t begin = page->text->size;
	int r = catalog_day_usd(page->db, rules, day, &today);

	if (r < 0)
		return r;
	if (today || rules->config.day_micro > 0) {
		strbuf_add_text(page->text, "spent today ");
		cost_text(today, page->text);
		strbuf_add_text(page->text, " USD");
	}
	if (rules->config.day_micro > 0) {
		strbuf_add_text(page->text, " of ");
		cost_text(rules->config.day_micro, page->text);
	}
	r = add_other_units(page, rules, day, begin);
	if (r == 0 && page->text->size > begin)
		strbuf_add_char(page->text, '\n');
	return r;
}

int overview_status(const struct mount *mount, struct db *db, struct strbuf *text)
{
	struct page page = { mount, db, text, .paused = catalog_is_paused(db) };
	long long busy = 0, queued = store_run_count_in(db, STATE_QUEUED),
		  held = store_run_count_in(db, STATE_HELD);
	char now[CLOCK_TEXT_ROOM];
	struct diag fault;
	int r;

	for (enum state state = STATE_NONE; state < STATES; state++)
		if (busy_states & BIT(state))
			busy += store_run_count_in(db, state);
	strbuf_addf(text, "easelfs  %s%s%s\n", clock_text(clock_wall_ms(), now, sizeof(now)),
		    page.paused ? "  PAUSED (echo resume > ctl)" : "",
		    mount->read_only ? "  read-only" : "");
	strbuf_addf(text, "running %lld, waiting %lld, held %lld\n", busy, queued, held);
	rulebook_fault(mount->rulebook, &fault);
	if (fault.text[0])
		strbuf_addf(text, "configuration not reloaded: %s\n", fault.text);
	r = add_spending(&page);
	if (r >= 0)
		r = add_running(&page, busy);
	if (r >= 0)
		r = add_waiting(&page, queued, held);
	if (r >= 0)
		r = add_ended(&page);
	return r < 0 ? r : strbuf_failed(text) ? -ENOMEM : 0;
}
