/* What the configuration says of a provider over what its profile says: keys, addresses,
 * prices, calls at a time; and that a reader may keep old rules. */
#include "engine/rulebook.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "scratch_dir.h"

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

enum { WORDS_MAX = 2 };

/* A provider over HTTP, or, without a URL, a program. */
struct painter {
	const char *name, *base_url;
	enum auth auth;
	const char *variables[WORDS_MAX + 1];
	int64_t price_micro;
	unsigned in_flight;
};

static struct profile *make_profile(const struct painter *painter)
{
	struct profile *profile = calloc(1, sizeof(*profile));
	size_t count = 0;

	profile->name = strdup(painter->name);
	profile->price_micro = painter->price_micro;
	profile->in_flight = painter->in_flight;
	profile->transport = painter->base_url ? TRANSPORT_HTTP : TRANSPORT_PROGRAM;
	if (!painter->base_url)
		return profile;
	profile->http = calloc(1, sizeof(*profile->http));
	profile->http->base_url = strdup(painter->base_url);
	profile->http->auth = painter->auth;
	if (painter->auth == AUTH_HEADER)
		profile->http->auth_header = strdup("x-key");
	profile->http->key_env = calloc(WORDS_MAX + 1, sizeof(char *));
	for (; count < WORDS_MAX && painter->variables[count]; count++)
		profile->http->key_env[count] = strdup(painter->variables[count]);
	return profile;
}

static const struct painter painters[] = {
	{ .name = "basic",
	  .base_url = "https://basic.example.com",
	  .auth = AUTH_BASIC,
	  .variables = { "EASEL_TEST_A", "EASEL_TEST_B" },
	  .price_micro = -1 },
	{ .name = "bearer",
	  .base_url = "https://bearer.example.com/v1",
	  .auth = AUTH_BEARER,
	  .variables = { "EASEL_TEST_A" },
	  .price_micro = 27000,
	  .in_flight = 3 },
	{ .name = "header",
	  .base_url = "https://header.example.com",
	  .auth = AUTH_HEADER,
	  .price_micro = -1 },
	{ .name = "key",
	  .base_url = "https://key.example.com",
	  .auth = AUTH_KEY,
	  .variables = { "EASEL_TEST_B" },
	  .price_micro = -1 },
	{ .name = "none",
	  .base_url = "http://127.0.0.1:7860",
	  .auth = AUTH_NONE,
	  .price_micro = -1 },
	{ .name = "program", .price_micro = -1 },
};

/* All painters, with this configuration. */
static struct rules make_rules(void **state, const char *ini)
{
	struct rules rules = { .profiles = { .count = 0 } };
	CLEANUP(free_ptr) char *path = file_join(*state, "easelfs.ini");
	CLEANUP(close_fd) int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	struct diag diag = { 0 };

	assert_int_equal(file_write_all(fd, ini, strlen(ini)), 0);
	setenv("HOME", *state, 1);
	if (config_load(path, &rules.config, &diag) < 0)
		fail_msg("%s", diag.text);
	rules.profiles.profiles = calloc(LENGTH(painters), sizeof(struct profile *));
	for (size_t i = 0; i < LENGTH(painters); i++)
		rules.profiles.profiles[i] = make_profile(&painters[i]);
	rules.profiles.count = LENGTH(painters);
	return rules;
}

static const struct access *access_of(const struct rules *rules, const char *name)
{
	const struct profile *profile = profile_set_find(&rules->profiles, name);

	assert_non_null(profile);
	return rules_access(rules, profile);
}

static void assert_ready(const struct rules *rules, const char *name, const char *header,
			 const char *base_url)
{
	const struct access *access = access_of(rules, name);

	assert_string_equal(access->fault.text, "");
	assert_int_equal(access->key != NULL, header != NULL);
	if (header)
		assert_string_equal(access->header, header);
	else
		assert_null(access->header);
	if (base_url)
		assert_string_equal(access->base_url, base_url);
	else
		assert_null(access->base_url);
}

static void assert_fault(const struct rules *rules, const char *name, const char *says)
{
	const struct access *access = access_of(rules, name);

	assert_string_equal(access->fault.text, says);
	assert_null(access->key);
	assert_null(access->header);
}

static void test_without_keys(void **state)
{
	struct rules rules = make_rules(state, "");

	unsetenv("EASEL_TEST_A");
	unsetenv("EASEL_TEST_B");
	assert_string_not_equal(access_of(&rules, "none")->fault.text, ""); /* not looked for */
	assert_int_equal(rules_find_keys(&rules, KEY_NEVER_STOP), 0);
	assert_fault(&rules, "basic",
		     "no key: set EASEL_TEST_A and EASEL_TEST_B, or [provider basic] key");
	assert_fault(&rules, "bearer", "no key: set EASEL_TEST_A, or [provider bearer] key");
	assert_fault(&rules, "header", "no key: set [provider header] key");
	assert_ready(&rules, "none", NULL, "http://127.0.0.1:7860");
	assert_ready(&rules, "program", NULL, NULL);
	assert_false(rules_have_keys(&rules));
	rules_done(&rules);
}

static void test_with_keys(void **state)
{
	struct rules rules = make_rules(state, "[provider header]\n"
					       "key = env:EASEL_TEST_B\n"
					       "[provider bearer]\n"
					       "key = command:echo of the command\n"
					       "base_url = http://127.0.0.1:9/x/\n"
					       "[provider key]\n"
					       "in_flight = 1\n");

	setenv("EASEL_TEST_A", "a", 1);
	setenv("EASEL_TEST_B", "b", 1);
	assert_int_equal(rules_find_keys(&rules, KEY_NEVER_STOP), 0);
	assert_ready(&rules, "basic", "Authorization: Basic YTpi", "https://basic.example.com");
	assert_ready(&rules, "bearer", "Authorization: Bearer of the command",
		     "http://127.0.0.1:9/x");
	assert_ready(&rules, "header", "x-key: b", "https://header.example.com");
	assert_ready(&rules, "key", "Authorization: Key b", "https://key.example.com");
	assert_ready(&rules, "none", NULL, "http://127.0.0.1:7860");
	assert_true(rules_have_keys(&rules));
	rules_done(&rules);
	assert_false(rules_have_keys(&rules));
}

static void test_faults(void **state)
{
	struct rules rules = make_rules(state, "[provider basic]\n"
					       "key = env:EASEL_TEST_A\n"
					       "[provider bearer]\n"
					       "key = file:/nonexistent/key\n");

	setenv("EASEL_TEST_A", "no-pair", 1);
	assert_int_equal(rules_find_keys(&rules, KEY_NEVER_STOP), 0);
	assert_fault(&rules, "basic", "the key must be KEY:SECRET, both in one");
	assert_non_null(strstr(access_of(&rules, "bearer")->fault.text, "/nonexistent/key"));
	rules_done(&rules);
}

/* No other command begins, and the rules are not taken for such without keys. */
static void test_stopped(void **state)
{
	struct rules rules = make_rules(state, "[provider bearer]\n"
					       "key = command:sleep 600\n"
					       "[provider header]\n"
					       "key = command:sleep 600\n");
	int stop_fd = eventfd(1, EFD_CLOEXEC);

	assert_true(stop_fd >= 0);
	assert_int_equal(rules_find_keys(&rules, stop_fd), -ECANCELED);
	close(stop_fd);
	rules_done(&rules);
}

static void test_variables(void **state)
{
	static const char *const want[] = { "EASEL_TEST_A", "EASEL_TEST_B", "EASEL_TEST_A",
					    "EASEL_TEST_B", "EASEL_TEST_C" };
	struct rules rules = make_rules(state, "[provider header]\n"
					       "key = env:EASEL_TEST_C\n"
					       "[provider key]\n"
					       "key = file:/x\n"
					       "[provider stranger]\n"
					       "in_flight = 1\n");
	const char **names = rules_key_variables(&rules);

	for (size_t i = 0; i < LENGTH(want); i++)
		assert_string_equal(names[i], want[i]);
	assert_null(names[LENGTH(want)]);
	free(names);
	rules_done(&rules);
}

static void test_prices(void **state)
{
	struct rules rules = make_rules(state, "[provider key]\n"
					       "price = 0.03\n"
					       "[provider none]\n"
					       "price = 0\n"
					       "[provider header]\n"
					       "in_flight = 1\n");
	static const struct {
		const char *name;
		int64_t price_micro;
		unsigned in_flight;
	} rows[] = {
		{ "basic", -1, 8 }, { "bearer", 27000, 3 }, { "key", 30000, 8 },
		{ "none", 0, 8 },   { "header", -1, 1 },
	};

	for (size_t i = 0; i < LENGTH(rows); i++) {
		const struct profile *profile = profile_set_find(&rules.profiles, rows[i].name);

		assert_int_equal(rules_price_micro(&rules, profile, NULL), rows[i].price_micro);
		assert_int_equal(rules_in_flight(&rules, profile), rows[i].in_flight);
	}
	rules_done(&rules);
}

/* A job of the old rules asks the new ones; whoever has the old ones keeps them. */
static void test_replaced(void **state)
{
	struct rules rules = make_rules(state, "");
	struct rules next =
		make_rules(state, "[provider bearer]\nbase_url = https://b.example.com");
	const struct profile *old_profile;
	const struct access *old_access;
	struct rulebook *book;
	struct diag fault;

	setenv("EASEL_TEST_A", "a", 1);
	assert_int_equal(rules_find_keys(&rules, KEY_NEVER_STOP), 0);
	setenv("EASEL_TEST_A", "b", 1);
	assert_int_equal(rules_find_keys(&next, KEY_NEVER_STOP), 0);
	unsetenv("EASEL_TEST_A");
	book = rulebook_new(&rules);
	old_profile = profile_set_find(&rulebook_current(book)->profiles, "bearer");
	old_access = rules_access(rulebook_current(book), old_profile);
	rulebook_set_fault(book, &(struct diag){ 7, "a fault" });
	rulebook_fault(book, &fault);
	assert_string_equal(fault.text, "a fault");
	assert_int_equal(rulebook_replace(book, &next), 0);
	rulebook_fault(book, &fault);
	assert_string_equal(fault.text, "");
	assert_string_equal(old_access->header, "Authorization: Bearer a");
	assert_string_equal(rules_access(rulebook_current(book), old_profile)->header,
			    "Authorization: Bearer b");
	assert_string_equal(rules_access(rulebook_current(book), old_profile)->base_url,
			    "https://b.example.com");
	rulebook_free(book);
	rulebook_free(NULL);
}

static void test_unknown(void **state)
{
	struct rules rules = make_rules(state, "");
	struct profile *gone =
		make_profile(&(struct painter){ .name = "gone", .base_url = "https://x" });

	assert_int_equal(rules_find_keys(&rules, KEY_NEVER_STOP), 0);
	assert_string_not_equal(rules_access(&rules, gone)->fault.text, "");
	assert_null(rules_access(&rules, gone)->base_url);
	profile_free(gone);
	rules_done(&rules);
}

#define DIR_ROW(name) cmocka_unit_test_setup_teardown(name, scratch_dir_make, scratch_dir_remove)

int main(void)
{
	const struct CMUnitTest tests[] = {
		DIR_ROW(test_without_keys), DIR_ROW(test_with_keys), DIR_ROW(test_faults),
		DIR_ROW(test_stopped),      DIR_ROW(test_variables), DIR_ROW(test_prices),
		DIR_ROW(test_replaced),     DIR_ROW(test_unknown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
