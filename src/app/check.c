/* What --check finds, first gathered and then printed, for people or for programs. It ends
 * with a failure for whatever would surprise somebody later: a default provider that
 * cannot paint, a file that was passed over, a section that holds for nobody. That some
 * other provider has no key is no failure: all profiles are installed, and few are used. */
#include "app/check.h"

#include <cjson/cJSON.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/setup.h"
#include "base/cleanup.h"
#include "check_private.h"
#include "job/job_json.h"
#include "job/json_text.h"

struct check {
	struct rules rules;
	struct finding *findings; /* one for each profile, in their order */
	bool failed;
};

static const char not_known[] = "there is no such provider";
static const char for_nobody[] = "a section for a provider that is not known";

/* ---- finding ---- */

static bool is_default(const struct check *check, const char *name)
{
	return strcmp(check->rules.config.provider, name) == 0;
}

static bool is_known(const struct check *check, const char *name)
{
	return profile_set_find(&check->rules.profiles, name) != NULL;
}

static void find_one(const struct rules *rules, const struct profile *profile,
		     struct finding *finding)
{
	const struct access *access = rules_access(rules, profile);

	finding->profile = profile;
	finding->access = access;
	finding->ready = !*access->fault.text;
	finding->remaining_micro = -1;
	strbuf_add_text(&finding->status, finding->ready ? "ready" : access->fault.text);
}

static void add_remaining(struct finding *finding)
{
	CLEANUP(strbuf) struct strbuf amount = STRBUF_EMPTY;
	const char *unit = finding->profile->unit ? finding->profile->unit : "";

	if (finding->remaining_micro < 0)
		return;
	cost_text(finding->remaining_micro, &amount);
	strbuf_addf(&finding->status, ", %s%s%s left", strbuf_text(&amount), *unit ? " " : "",
		    unit);
}

static int find_all(struct check *check)
{
	const struct rules *rules = &check->rules;
	size_t count = rules->profiles.count;
	int r;

	check->findings = calloc(count + 1, sizeof(*check->findings));
	if (!check->findings)
		return -ENOMEM;
	for (size_t i = 0; i < count; i++)
		find_one(rules, rules->profiles.profiles[i], &check->findings[i]);
	r = check_ask(rules, check->findings, count);
	check->failed = rules->profiles.fault_count > 0 || !is_known(check, rules->config.provider);
	for (size_t i = 0; i < count && r == 0; i++) {
		struct finding *finding = &check->findings[i];

		add_remaining(finding);
		if (is_default(check, finding->profile->name) && !finding->ready)
			check->failed = true;
		r = strbuf_failed(&finding->status) ? -ENOMEM : 0;
	}
	for (size_t i = 0; i < rules->config.provider_count; i++)
		check->failed |= !is_known(check, rules->config.providers[i].name);
	return r;
}

static void check_done(struct check *check)
{
	for (size_t i = 0; check->findings && i < check->rules.profiles.count; i++)
		strbuf_done(&check->findings[i].status);
	free(check->findings);
	rules_done(&check->rules);
}

/* ---- for people ---- */

static void print_text(const struct check *check)
{
	const struct rules *rules = &check->rules;

	for (size_t i = 0; i < rules->profiles.count; i++) {
		const struct finding *finding = &check->findings[i];
		const struct profile *profile = finding->profile;

		printf("%-12s %s  (%s, from %s)%s\n", profile->name, strbuf_text(&finding->status),
		       profile->title, profile->origin,
		       is_default(check, profile->name) ? "  paints by default" : "");
	}
	for (size_t i = 0; i < rules->profiles.fault_count; i++) {
		const struct profile_fault *fault = &rules->profiles.faults[i];

		if (fault->diag.line)
			printf("%s:%u: %s\n", fault->path, fault->diag.line, fault->diag.text);
		else
			printf("%s: %s\n", fault->path, fault->diag.text);
	}
	if (!is_known(check, rules->config.provider))
		printf("%-12s %s  paints by default\n", rules->config.provider, not_known);
	for (size_t i = 0; i < rules->config.provider_count; i++) {
		const char *name = rules->config.providers[i].name;

		if (!is_known(check, name))
			printf("[provider %s]: %s\n", name, for_nobody);
	}
}

/* ---- for programs ---- */

/* An object of the array with what all of them have; NULL: out of memory. */
static cJSON *add_object(cJSON *array, bool ready, const char *status)
{
	cJSON *object = cJSON_CreateObject();

	if (!cJSON_AddItemToArray(array, object)) {
		cJSON_Delete(object);
		return NULL;
	}
	return cJSON_AddBoolToObject(object, "ready", ready) &&
			       cJSON_AddStringToObject(object, "status", status)
		       ? object
		       : NULL;
}

static bool add_finding(const struct check *check, const struct finding *finding, cJSON *array)
{
	const struct profile *profile = finding->profile;
	cJSON *object = add_object(array, finding->ready, strbuf_text(&finding->status));
	CLEANUP(strbuf) struct strbuf amount = STRBUF_EMPTY;
	bool by_default = is_default(check, profile->name);

	if (!object || !cJSON_AddStringToObject(object, "name", profile->name) ||
	    !cJSON_AddStringToObject(object, "title", profile->title) ||
	    !cJSON_AddStringToObject(object, "profile", profile->origin) ||
	    !cJSON_AddBoolToObject(object, "default", by_default))
		return false;
	if (finding->remaining_micro < 0)
		return true;
	cost_text(finding->remaining_micro, &amount);
	return cJSON_AddRawToObject(object, "remaining", strbuf_text(&amount)) &&
	       cJSON_AddStringToObject(object, "unit", profile->unit ? profile->unit : "");
}

static bool add_fault(const struct profile_fault *fault, cJSON *array)
{
	cJSON *object = add_object(array, false, fault->diag.text);

	return object && cJSON_AddStringToObject(object, "profile", fault->path) &&
	       (!fault->diag.line || cJSON_AddNumberToObject(object, "line", fault->diag.line));
}

static bool add_unknown(const struct check *check, const char *name, const char *status,
			cJSON *array)
{
	cJSON *object = add_object(array, false, status);

	return object && cJSON_AddStringToObject(object, "name", name) &&
	       cJSON_AddBoolToObject(object, "default", is_default(check, name));
}

static bool add_all(const struct check *check, cJSON *array)
{
	const struct rules *rules = &check->rules;
	bool added = true;

	for (size_t i = 0; i < rules->profiles.count && added; i++)
		added = add_finding(check, &check->findings[i], array);
	for (size_t i = 0; i < rules->profiles.fault_count && added; i++)
		added = add_fault(&rules->profiles.faults[i], array);
	if (added && !is_known(check, rules->config.provider))
		added = add_unknown(check, rules->config.provider, not_known, array);
	for (size_t i = 0; i < rules->config.provider_count && added; i++) {
		const char *name = rules->config.providers[i].name;

		if (!is_known(check, name))
			added = add_unknown(check, name, for_nobody, array);
	}
	return added;
}

static int print_json(const struct check *check)
{
	CLEANUP(strbuf) struct strbuf text = STRBUF_EMPTY;
	cJSON *array = cJSON_CreateArray();
	int r = add_all(check, array) ? json_text_add(array, &text) : -ENOMEM;

	cJSON_Delete(array);
	if (r == 0)
		fputs(strbuf_text(&text), stdout);
	return r;
}

/* ---- */

int check_run(const struct options *options)
{
	struct check check = { .failed = false };
	struct diag diag = { 0 };
	int r;

	signal(SIGPIPE, SIG_IGN); /* a server that closes its connection must not end us */
	if (setup_load(options, KEY_NEVER_STOP, &check.rules, &diag) < 0) {
		fprintf(stderr, "easelfs: %s\n", diag.text);
		return EXIT_FAILURE;
	}
	r = find_all(&check);
	if (r == 0 && options->json)
		r = print_json(&check);
	else if (r == 0)
		print_text(&check);
	if (r < 0)
		fprintf(stderr, "easelfs: %s\n", strerror(-r));
	r = r < 0 || check.failed || fflush(stdout) != 0 ? EXIT_FAILURE : EXIT_SUCCESS;
	check_done(&check);
	return r;
}
