/* What a reply asks to wait, in every way that servers write it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "job/message.h"

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

/* Sunday, 6 November 1994, 08:49:37 UTC: the example of RFC 9110. */
#define THEN_MS       INT64_C(784111777000)

static int64_t wait_for(const char *text, int64_t wait_ms, int64_t now_ms)
{
	const struct reply reply = {
		.status = 429, .wait_text = text, .wait_ms = wait_ms, .now_ms = now_ms
	};

	return reply_wait_ms(&reply);
}

static const struct {
	const char *text;
	int64_t want;
} seconds[] = {
	{ "0", 0 },
	{ "1", 1000 },
	{ "120", 120000 },
	{ "007", 7000 },
	{ " 5\t", 5000 },
	{ "5\r\n", 5000 },
	{ "1.5", 1500 },
	{ "0.25", 250 },
	{ ".5", 500 },
	{ "2.", 2000 },
	{ "0.0001", 1 },
	{ "0.0010", 1 },
	{ "0.9999", 1000 },
	{ "1.00000000000000000000", 1000 },
	{ "599.9999", 600000 },
	{ "600", WAIT_MS_MAX },
	{ "601", WAIT_MS_MAX },
	{ "99999999999999999999999999", WAIT_MS_MAX },
	{ "-1", 0 },
	{ "-0.5", 0 },
	{ "-99999999999999999999999999", 0 },
	{ "", -1 },
	{ " ", -1 },
	{ "-", -1 },
	{ ".", -1 },
	{ "+1", -1 },
	{ "--1", -1 },
	{ "1e3", -1 },
	{ "1 2", -1 },
	{ "1,5", -1 },
	{ "1.5.2", -1 },
	{ "5s", -1 },
	{ "0x10", -1 },
	{ "soon", -1 },
	{ "nan", -1 },
	{ "inf", -1 },
	{ "\xC3\xA9", -1 },
	{ "1111111111111111111111111111111111111111111111111111111111111111111111", -1 },
};

static void test_seconds(void **state)
{
	(void)state;
	for (size_t i = 0; i < LENGTH(seconds); i++)
		if (wait_for(seconds[i].text, -1, THEN_MS) != seconds[i].want)
			fail_msg("%s: %lld", seconds[i].text,
				 (long long)wait_for(seconds[i].text, -1, THEN_MS));
	assert_int_equal(wait_for(NULL, -1, THEN_MS), -1);
}

static void test_milliseconds_first(void **state)
{
	(void)state;
	assert_int_equal(wait_for("120", 250, THEN_MS), 250);
	assert_int_equal(wait_for("120", 0, THEN_MS), 0);
	assert_int_equal(wait_for("", 700000, THEN_MS), WAIT_MS_MAX);
	assert_int_equal(wait_for("", INT64_MAX, THEN_MS), WAIT_MS_MAX);
	assert_int_equal(wait_for(NULL, 5, THEN_MS), 5);
	assert_int_equal(wait_for("2", -1, THEN_MS), 2000);
}

/* Each ten seconds after the time it is told at, or -1 where it is no date. */
static const struct {
	const char *text;
	int64_t at_ms;
	int64_t want;
} dates[] = {
	{ "Sun, 06 Nov 1994 08:49:47 GMT", THEN_MS, 10000 },
	{ "Sunday, 06-Nov-94 08:49:47 GMT", THEN_MS, 10000 },
	{ "Sun Nov  6 08:49:47 1994", THEN_MS, 10000 },
	{ "sun, 06 nov 1994 08:49:47 gmt", THEN_MS, 10000 },
	{ "  Sun, 06 Nov 1994 08:49:47 GMT ", THEN_MS, 10000 },
	{ "Sun, 06 Nov 1994 08:49:38 GMT", THEN_MS + 1, 999 },
	{ "Sun, 06 Nov 1994 08:49:37 GMT", THEN_MS, 0 },
	{ "Sun, 06 Nov 1994 08:49:36 GMT", THEN_MS, 0 },
	{ "Thu, 01 Jan 1970 00:00:00 GMT", THEN_MS, 0 },
	{ "Mon, 01 Jan 0001 00:00:00 GMT", THEN_MS, 0 },
	{ "Fri, 31 Dec 9999 23:59:59 GMT", THEN_MS, WAIT_MS_MAX },
	/* over the ends of a month, a year, and a day that is not always there */
	{ "Thu, 01 Jan 1970 00:00:10 GMT", 0, 10000 },
	{ "Sat, 01 Jan 2000 00:00:05 GMT", INT64_C(946684795000), 10000 },
	{ "Tue, 29 Feb 2000 00:00:05 GMT", INT64_C(951782395000), 10000 },
	{ "Wed, 01 Mar 2000 00:00:00 GMT", INT64_C(951868790000), 10000 },
	{ "Fri, 01 Mar 2024 00:00:05 GMT", INT64_C(1709251195000), 10000 },
	{ "Mon, 01 Mar 2100 00:00:05 GMT", INT64_C(4107542395000), 10000 },
	{ "Sat, 31 Dec 2016 23:59:60 GMT", INT64_C(1483228790000), 10000 },
	{ "Sat Nov 21 12:00:10 2026", INT64_C(1795262400000), 10000 },
	/* two digits: the year that is nearest, fifty years ahead at most */
	{ "Saturday, 21-Nov-26 12:00:10 GMT", INT64_C(1795262400000), 10000 },
	{ "Saturday, 21-Nov-76 12:00:10 GMT", INT64_C(1795262400000), WAIT_MS_MAX },
	{ "Saturday, 21-Nov-77 12:00:10 GMT", INT64_C(1795262400000), 0 },
	{ "Friday, 01-Jan-00 00:00:05 GMT", INT64_C(4102444795000), 10000 },
	{ "Saturday, 01-Jan-00 00:00:05 GMT", INT64_C(946684795000), 10000 },
	/* no dates */
	{ "06 Nov 1994 08:49:47 GMT", THEN_MS, -1 },
	{ "Sun, 6 Nov 1994 08:49:47 GMT", THEN_MS, -1 },
	{ "Sun, 06 Nov 94 08:49:47 GMT", THEN_MS, -1 },
	{ "Sun, 06 Nov 19940 08:49:47 GMT", THEN_MS, -1 },
	{ "Sun, 06 Nov 1994 08:49:47", THEN_MS, -1 },
	{ "Sun, 06 Nov 1994 08:49:47 GMT+1", THEN_MS, -1 },
	{ "Sun, 06 Nov 1994 08:49:47 CET", THEN_MS, -1 },
	{ "Sun, 06 Nov 1994 8:49:47 GMT", THEN_MS, -1 },
	{ "Sun, 06 Nov 1994 08:49 GMT", THEN_MS, -1 },
	{ "Sun, 06 Nov 1994 24:00:00 GMT", THEN_MS, -1 },
	{ "Sun, 06 Nov 1994 08:60:00 GMT", THEN_MS, -1 },
	{ "Sun, 06 Nov 1994 08:49:61 GMT", THEN_MS, -1 },
	{ "Sun, 00 Nov 1994 08:49:47 GMT", THEN_MS, -1 },
	{ "Sun, 31 Nov 1994 08:49:47 GMT", THEN_MS, -1 },
	{ "Tue, 29 Feb 2100 00:00:00 GMT", THEN_MS, -1 },
	{ "Tue, 29 Feb 1994 00:00:00 GMT", THEN_MS, -1 },
	{ "Sun, 06 Nov 0000 08:49:47 GMT", THEN_MS, -1 },
	{ "Sun, 06 Now 1994 08:49:47 GMT", THEN_MS, -1 },
	{ "So, 06 Nov 1994 08:49:47 GMT", THEN_MS, -1 },
	{ "Sunday, 06 Nov 1994", THEN_MS, -1 },
	{ "Sunday, 06-Nov-1994 08:49:47 GMT", THEN_MS, -1 },
	{ "Sunday, 06-Nov-94 08:49:47", THEN_MS, -1 },
	{ "Sun Nov 6 08:49:47 1994", THEN_MS, -1 },
	{ "Sun Nov  6 08:49:47 94", THEN_MS, -1 },
	{ "Sun Nov  6 08:49:47 1994 GMT", THEN_MS, -1 },
	{ "Sun", THEN_MS, -1 },
	{ "Sun,", THEN_MS, -1 },
	{ "Sun, ", THEN_MS, -1 },
	{ "Sun ", THEN_MS, -1 },
	{ "1994-11-06T08:49:47Z", THEN_MS, -1 },
};

static void test_dates(void **state)
{
	(void)state;
	for (size_t i = 0; i < LENGTH(dates); i++)
		if (wait_for(dates[i].text, -1, dates[i].at_ms) != dates[i].want)
			fail_msg("%s: %lld", dates[i].text,
				 (long long)wait_for(dates[i].text, -1, dates[i].at_ms));
}

static void test_done(void **state)
{
	struct message message = {
		.verb = "POST", .url = strdup("https://a/"), .body = strdup("{}"), .paid = true
	};

	(void)state;
	message_done(&message);
	assert_null(message.url);
	assert_null(message.body);
	message_done(&message);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_seconds),
		cmocka_unit_test(test_milliseconds_first),
		cmocka_unit_test(test_dates),
		cmocka_unit_test(test_done),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
