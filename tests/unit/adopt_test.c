/* Which job in a provider's list a submission in doubt has become. */
#include "job/adopt.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/cleanup.h"

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

enum { SINCE_MS = 1000000, LAG_S = 60, LATE_MS = SINCE_MS + LAG_S * 1000 };

struct seen {
	const char *id;
	bool matches;
	enum adopt_owner owner;
};

static void see(struct adoption *adoption, const struct seen *seen)
{
	/* A copy that is gone afterwards, as a reply is. */
	char id[16] = "";
	struct list_entry entry = { .matches = seen->matches };

	if (seen->id) {
		strncpy(id, seen->id, sizeof(id) - 1);
		entry.id = id;
	}
	assert_int_equal(adopt_see(adoption, &entry, seen->owner), 0);
	memset(id, 'x', sizeof(id) - 1);
}

static void assert_id(const char *id, const char *want)
{
	if (want)
		assert_string_equal(id, want);
	else
		assert_null(id);
}

static void test_what_is_listed(void **state)
{
	static const struct {
		struct seen seen[4];
		size_t count;
		const char *want;
	} rows[] = {
		{ { { NULL, false, OWNER_UNKNOWN } }, 0, NULL },
		{ { { "a", true, OWNER_UNKNOWN } }, 1, "a" },
		{ { { "a", false, OWNER_UNKNOWN } }, 1, NULL },
		{ { { "a", true, OWNER_OURS } }, 1, NULL },
		{ { { "a", true, OWNER_OURS },
		    { "b", true, OWNER_UNKNOWN },
		    { "c", false, OWNER_UNKNOWN } },
		  3,
		  "b" },
		/* The same in a later list, or on a later page. */
		{ { { "a", true, OWNER_UNKNOWN }, { "a", true, OWNER_UNKNOWN } }, 2, "a" },
		/* Either may be it. */
		{ { { "a", true, OWNER_UNKNOWN }, { "b", true, OWNER_UNKNOWN } }, 2, NULL },
		{ { { "a", true, OWNER_UNKNOWN },
		    { "b", true, OWNER_UNKNOWN },
		    { "a", true, OWNER_UNKNOWN } },
		  3,
		  NULL },
		/* It may be the one that cannot be named. */
		{ { { "a", true, OWNER_UNKNOWN }, { NULL, true, OWNER_UNKNOWN } }, 2, NULL },
		{ { { NULL, true, OWNER_UNKNOWN }, { "a", true, OWNER_UNKNOWN } }, 2, NULL },
		{ { { NULL, true, OWNER_UNKNOWN } }, 1, NULL },
		{ { { NULL, false, OWNER_UNKNOWN }, { "a", true, OWNER_UNKNOWN } }, 2, "a" },
		/* It became another call's of ours in between. */
		{ { { "a", true, OWNER_UNKNOWN }, { "a", true, OWNER_OURS } }, 2, NULL },
		{ { { "a", true, OWNER_UNKNOWN },
		    { "a", true, OWNER_OURS },
		    { "b", true, OWNER_UNKNOWN } },
		  3,
		  "b" },
		{ { { "A", true, OWNER_UNKNOWN }, { "a", true, OWNER_UNKNOWN } }, 2, NULL },
	};
	const struct adopt_facts facts = { SINCE_MS, LATE_MS, LAG_S, 0 };

	(void)state;
	for (size_t i = 0; i < LENGTH(rows); i++) {
		CLEANUP(adoption) struct adoption adoption = { .id = NULL };

		for (size_t n = 0; n < rows[i].count; n++)
			see(&adoption, &rows[i].seen[n]);
		assert_id(adopt_choice(&adoption, &facts), rows[i].want);
	}
}

static void test_when_and_who_else(void **state)
{
	static const struct {
		struct adopt_facts facts;
		bool early;
		const char *want;
	} rows[] = {
		{ { SINCE_MS, LATE_MS - 1, LAG_S, 0 }, true, NULL },
		{ { SINCE_MS, LATE_MS, LAG_S, 0 }, false, "a" },
		{ { SINCE_MS, SINCE_MS, 0, 0 }, false, "a" },
		/* The clock was set back. */
		{ { SINCE_MS, SINCE_MS - 5, 0, 0 }, true, NULL },
		{ { SINCE_MS, 0, LAG_S, 0 }, true, NULL },
		/* Another submission that sent the same has no id either. */
		{ { SINCE_MS, LATE_MS, LAG_S, 1 }, false, NULL },
	};
	CLEANUP(adoption) struct adoption adoption = { .id = NULL };

	(void)state;
	see(&adoption, &(struct seen){ "a", true, OWNER_UNKNOWN });
	for (size_t i = 0; i < LENGTH(rows); i++) {
		assert_int_equal(adopt_is_early(&rows[i].facts), rows[i].early);
		assert_id(adopt_choice(&adoption, &rows[i].facts), rows[i].want);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_is_listed),
		cmocka_unit_test(test_when_and_who_else),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
