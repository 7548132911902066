/* The language of faults: words between spaces. One is the fault, the others say
 * where, when and how often. A word that is not understood is an error: a test
 * whose fault never came would pass for nothing. */
#include "simulator/fault.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

enum { WORD_MAX = 256, NUMBER_MAX = 1000000000 };

enum value {
	VALUE_NONE,
	VALUE_NUMBER,
	VALUE_TEXT, /* may be left out */
	VALUE_WORD
};

struct row {
	const char *name;
	enum value value;
	int64_t min, max;  /* of a number */
	const char *words; /* each between spaces */
	enum step step;    /* unless said */
};

/* clang-format off */
static const struct row rows[FAULT_KINDS] = {
	[FAULT_STATUS]         = { "status",         VALUE_NUMBER, 200, 599, NULL, STEP_SUBMIT },
	[FAULT_HTML]           = { "html",           VALUE_NUMBER, 200, 599, NULL, STEP_SUBMIT },
	[FAULT_ENVELOPE]       = { "envelope",       VALUE_NUMBER, 0, NUMBER_MAX, NULL, STEP_SUBMIT },
	[FAULT_RESET]          = { "reset",          VALUE_NONE, 0, 0, NULL, STEP_SUBMIT },
	[FAULT_DROP]           = { "drop",           VALUE_NONE, 0, 0, NULL, STEP_SUBMIT },
	[FAULT_DELAY]          = { "delay",          VALUE_NUMBER, 0, NUMBER_MAX, NULL, STEP_SUBMIT },
	[FAULT_TRUNCATE]       = { "truncate",       VALUE_NUMBER, 0, NUMBER_MAX, NULL, STEP_SUBMIT },
	[FAULT_GARBAGE]        = { "garbage",        VALUE_NONE, 0, 0, NULL, STEP_SUBMIT },
	[FAULT_NOID]           = { "noid",           VALUE_NONE, 0, 0, NULL, STEP_SUBMIT },
	[FAULT_DUPID]          = { "dupid",          VALUE_NONE, 0, 0, NULL, STEP_SUBMIT },
	[FAULT_FAIL]           = { "fail",           VALUE_TEXT, 0, 0, NULL, STEP_SUBMIT },
	[FAULT_MODERATED]      = { "moderated",      VALUE_TEXT, 0, 0, NULL, STEP_SUBMIT },
	[FAULT_NEVER]          = { "never",          VALUE_NONE, 0, 0, NULL, STEP_SUBMIT },
	[FAULT_UNKNOWN_STATUS] = { "unknown-status", VALUE_TEXT, 0, 0, NULL, STEP_SUBMIT },
	[FAULT_NSFW]           = { "nsfw",           VALUE_NONE, 0, 0, NULL, STEP_SUBMIT },
	[FAULT_PROGRESS]       = { "progress",       VALUE_WORD, 0, 0, " stuck ", STEP_SUBMIT },
	[FAULT_LATENCY]        = { "latency",        VALUE_NUMBER, 0, NUMBER_MAX, NULL, STEP_SUBMIT },
	[FAULT_ASSET]          = { "asset",          VALUE_WORD, 0, 0, " pending error ", STEP_SUBMIT },
	[FAULT_CANCEL]         = { "cancel",         VALUE_WORD, 0, 0, " ok refused ", STEP_SUBMIT },
	[FAULT_OUTPUTS]        = { "outputs",        VALUE_WORD, 0, 0, " objects data-uri none ", STEP_SUBMIT },
	[FAULT_ERROR]          = { "error",          VALUE_WORD, 0, 0, " object string ", STEP_SUBMIT },
	[FAULT_SYNC]           = { "sync",           VALUE_WORD, 0, 0, " timeout code ", STEP_SUBMIT },
	[FAULT_IMAGE]          = { "image",          VALUE_WORD, 0, 0,
		" html empty truncated huge-header missing expired slow redirect redirect-loop ", STEP_IMAGE },
};
/* clang-format on */

static const char *const step_words[STEPS] = {
	[STEP_ANY] = "any",       [STEP_SUBMIT] = "submit", [STEP_POLL] = "poll",
	[STEP_RESULT] = "result", [STEP_ASSET] = "asset",   [STEP_IMAGE] = "image",
	[STEP_CANCEL] = "cancel", [STEP_OTHER] = "other",
};

bool fault_is_of_job(enum fault_kind kind)
{
	return kind >= FAULT_NOID && kind <= FAULT_SYNC;
}

static int complain(struct diag *diag, const char *what, const char *allowed)
{
	diag_set(diag, 0, "fault: \"%.80s\" is not understood; allowed: %s", what, allowed);
	return -EINVAL;
}

/* A whole number; false when it is none, or out of its range. */
static bool read_number(const char *text, int64_t min, int64_t max, int64_t *ret_number)
{
	int64_t number = 0;

	if (!*text)
		return false;
	for (; *text; text++) {
		if (*text < '0' || *text > '9')
			return false;
		number = number * 10 + (*text - '0');
		if (number > max)
			return false;
	}
	if (number < min)
		return false;
	*ret_number = number;
	return true;
}

static bool is_in(const char *words, const char *word)
{
	char spaced[WORD_MAX + 3];

	snprintf(spaced, sizeof(spaced), " %s ", word);
	return *word && !strchr(word, ' ') && strstr(words, spaced);
}

/* Sets the fault that `name` is; false when it is none. */
static bool take_kind(struct fault *fault, const char *name)
{
	for (int i = 0; i < FAULT_KINDS; i++) {
		if (strcmp(name, rows[i].name) == 0) {
			fault->kind = (enum fault_kind)i;
			return true;
		}
	}
	return false;
}

static int take_value(struct fault *fault, const char *value, struct diag *diag)
{
	const struct row *row = &rows[fault->kind];
	struct diag wanted;

	switch (row->value) {
	case VALUE_NONE:
		if (value)
			return complain(diag, value, "nothing after this word");
		return 0;
	case VALUE_NUMBER:
		if (value && read_number(value, row->min, row->max, &fault->number))
			return 0;
		diag_set(&wanted, 0, "%s=N, from %lld to %lld", row->name, (long long)row->min,
			 (long long)row->max);
		return complain(diag, value ? value : row->name, wanted.text);
	case VALUE_WORD:
		if (!value || !is_in(row->words, value))
			return complain(diag, value ? value : row->name, row->words);
		break;
	case VALUE_TEXT:
		break;
	}
	if (value && strlen(value) >= sizeof(fault->text))
		return complain(diag, value, "at most 199 bytes");
	snprintf(fault->text, sizeof(fault->text), "%s", value ? value : "");
	return 0;
}

static int take_retry(struct fault *fault, const char *value, struct diag *diag)
{
	if (strcmp(value, "date") == 0)
		fault->retry = RETRY_DATE;
	else if (strcmp(value, "none") == 0)
		fault->retry = RETRY_NONE;
	else if (read_number(value, 0, NUMBER_MAX, &fault->retry_s))
		fault->retry = RETRY_SECONDS;
	else
		return complain(diag, value, "retry-after=SECONDS, date or none");
	return 0;
}

static int take_step(struct fault *fault, const char *value, struct diag *diag)
{
	for (int i = 0; i < STEPS; i++) {
		if (strcmp(value, step_words[i]) == 0) {
			fault->step = (enum step)i;
			return 0;
		}
	}
	return complain(diag, value, "on=submit, poll, result, asset, image, cancel, other or any");
}

/* A word that is not the fault itself. -ENOENT: it is none of these either. */
static int take_condition(struct fault *fault, const char *name, const char *value,
			  struct diag *diag)
{
	int64_t number;

	if (strcmp(name, "on") == 0)
		return take_step(fault, value, diag);
	if (strcmp(name, "retry-after") == 0)
		return take_retry(fault, value, diag);
	if (strcmp(name, "after") == 0 || strcmp(name, "before") == 0) {
		if (strcmp(value, "charge") != 0)
			return complain(diag, value, "after=charge, before=charge");
		fault->when = *name == 'a' ? FAULT_AFTER : FAULT_BEFORE;
		return 0;
	}
	if (strcmp(name, "left") == 0) {
		if (fault->kind != FAULT_DELAY || strcmp(value, "charged") != 0)
			return complain(diag, value, "delay=MS left=charged");
		fault->left = LEFT_CHARGED;
		return 0;
	}
	if (strcmp(name, "times") == 0) {
		if (!read_number(value, 1, NUMBER_MAX, &number))
			return complain(diag, value, "times=N, from 1");
		fault->times = (unsigned)number;
		return 0;
	}
	if (strcmp(name, "provider") == 0) {
		if (!*value || strlen(value) >= sizeof(fault->provider))
			return complain(diag, value, "a provider's name");
		snprintf(fault->provider, sizeof(fault->provider), "%s", value);
		return 0;
	}
	return -ENOENT;
}

/* Takes the next word, without its quotes. 0: there is none; -EINVAL with a diag: too
 * long, or a quote that is not closed. */
static int next_word(const char **at, const char *end, char *word, struct diag *diag)
{
	size_t size = 0;
	char quote = '\0';

	while (*at < end && **at == ' ')
		++*at;
	if (*at == end)
		return 0;
	for (; *at < end && (quote || **at != ' '); ++*at) {
		if (**at == quote) {
			quote = '\0';
		} else if (!quote && (**at == '"' || **at == '\'')) {
			quote = **at;
		} else {
			if (size + 1 == WORD_MAX)
				return complain(diag, "a long word", "words of at most 255 bytes");
			word[size++] = **at;
		}
	}
	word[size] = '\0';
	return quote ? complain(diag, word, "quotes that are closed") : 1;
}

/* "5%:" or "0.5%:" at the beginning. */
static int take_share(const char **at, const char *end, struct fault *fault, struct diag *diag)
{
	const char *percent = memchr(*at, '%', (size_t)(end - *at));
	unsigned scale = 10000, share = 0;
	bool fraction = false;

	fault->share = FAULT_SHARE_ALL;
	if (!percent || percent + 1 == end || percent[1] != ':' ||
	    memchr(*at, ' ', (size_t)(percent - *at)))
		return 0;
	for (const char *c = *at; c < percent; c++) {
		if (*c == '.' && !fraction) {
			fraction = true;
			continue;
		}
		if (*c < '0' || *c > '9' || share > FAULT_SHARE_ALL)
			return complain(diag, "the share", "0.001%: to 100%:");
		if (fraction)
			scale /= 10;
		share = fraction ? share + (unsigned)(*c - '0') * scale
				 : share * 10 + (unsigned)(*c - '0') * scale;
	}
	if (share == 0 || share > FAULT_SHARE_ALL)
		return complain(diag, "the share", "0.001%: to 100%:");
	fault->share = share;
	*at = percent + 2;
	return 0;
}

static int take_word(struct fault *fault, char *word, bool *named, struct diag *diag)
{
	char *equals = strchr(word, '=');
	int r = -ENOENT;

	if (equals)
		*equals = '\0';
	if (strcmp(word, "polls401") == 0 && !equals && !*named) {
		fault->kind = FAULT_STATUS;
		fault->number = 401;
		fault->step = STEP_POLL;
		*named = true;
		return 0;
	}
	if (equals)
		r = take_condition(fault, word, equals + 1, diag);
	if (r != -ENOENT)
		return r;
	if (*named || !take_kind(fault, word))
		return complain(diag, word,
				*named ? "one fault, and on, after, before, left, times, "
					 "retry-after, provider"
				       : "see docs/simulator.md");
	*named = true;
	return take_value(fault, equals ? equals + 1 : NULL, diag);
}

int fault_parse(const char *spec, size_t size, struct fault *ret_fault, struct diag *reterr_diag)
{
	const char *at = spec, *end = spec + size;
	struct fault fault = { .step = STEPS };
	char word[WORD_MAX];
	bool named = false;
	int r = take_share(&at, end, &fault, reterr_diag);

	while (r == 0 && (r = next_word(&at, end, word, reterr_diag)) > 0)
		r = take_word(&fault, word, &named, reterr_diag);
	if (r < 0)
		return r;
	if (!named)
		return complain(reterr_diag, "", "a fault; see docs/simulator.md");
	if (fault.step == STEPS)
		fault.step = rows[fault.kind].step;
	*ret_fault = fault;
	return 0;
}

int fault_find(const char *prompt, struct fault *ret_faults, size_t *ret_count,
	       struct diag *reterr_diag)
{
	static const char open[] = "{sim:";
	const char *end;
	size_t count = 0;
	int r;

	for (const char *at = strstr(prompt, open); at; at = strstr(end, open)) {
		at += strlen(open);
		end = strchr(at, '}');
		if (!end)
			return complain(reterr_diag, at, "{sim:…} with its closing brace");
		if (count == FAULT_SPECS_MAX)
			return complain(reterr_diag, at, "at most 12 faults in a prompt");
		r = fault_parse(at, (size_t)(end - at), &ret_faults[count], reterr_diag);
		if (r < 0)
			return r;
		count++;
	}
	*ret_count = count;
	return 0;
}
