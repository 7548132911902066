/* What a reply's headers say about waiting. Dates are read by hand: strptime()
 * depends on the locale, and what a server writes is English whatever ours is. */
#include "job/message.h"

#include <stdlib.h>
#include <string.h>

enum { SECOND_MS = 1000, DAY_S = 86400, NAME_LETTERS = 3 };

void message_done(struct message *message)
{
	free(message->url);
	free(message->body);
	*message = (struct message){ .verb = "" };
}

/* ---- pieces of text ---- */

static char lower(char c)
{
	return (char)(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* Passes over `word`, whatever its case. */
static bool take_word(const char **cursor, const char *word)
{
	const char *text = *cursor;

	for (; *word; word++, text++)
		if (lower(*text) != lower(*word))
			return false;
	*cursor = text;
	return true;
}

/* Exactly that many digits, or -1. */
static int take_number(const char **cursor, unsigned digits)
{
	int number = 0;

	for (unsigned i = 0; i < digits; i++) {
		char c = **cursor;

		if (!is_digit(c))
			return -1;
		number = number * 10 + (c - '0');
		++*cursor;
	}
	return is_digit(**cursor) ? -1 : number;
}

/* ---- dates (RFC 9110, 5.6.7) ---- */

struct date {
	int year, month, day; /* the month from 1 */
	int hour, minute, second;
};

/* 1 to 12, or -1. */
static int take_month(const char **cursor)
{
	static const char *const months[] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun",
					      "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };

	for (int i = 0; i < 12; i++)
		if (take_word(cursor, months[i]))
			return i + 1;
	return -1;
}

/* The name of a day, in full or its first three letters; which one does not matter. */
static bool take_weekday(const char **cursor)
{
	static const char *const days[] = { "Sunday",   "Monday", "Tuesday", "Wednesday",
					    "Thursday", "Friday", "Saturday" };

	for (size_t i = 0; i < sizeof(days) / sizeof(days[0]); i++) {
		char brief[NAME_LETTERS + 1] = { 0 };

		memcpy(brief, days[i], NAME_LETTERS);
		if (take_word(cursor, days[i]) || take_word(cursor, brief))
			return true;
	}
	return false;
}

static bool take_time(const char **cursor, struct date *date)
{
	date->hour = take_number(cursor, 2);
	if (date->hour < 0 || !take_word(cursor, ":"))
		return false;
	date->minute = take_number(cursor, 2);
	if (date->minute < 0 || !take_word(cursor, ":"))
		return false;
	date->second = take_number(cursor, 2);
	/* 60 is a leap second. */
	return date->hour < 24 && date->minute < 60 && date->second >= 0 && date->second <= 60;
}

/* "06 Nov 1994 08:49:37 GMT" */
static bool take_fixdate(const char *text, struct date *date)
{
	date->day = take_number(&text, 2);
	if (date->day < 0 || !take_word(&text, " "))
		return false;
	date->month = take_month(&text);
	if (date->month < 0 || !take_word(&text, " "))
		return false;
	date->year = take_number(&text, 4);
	return date->year >= 0 && take_word(&text, " ") && take_time(&text, date) &&
	       take_word(&text, " GMT") && !*text;
}

/* "06-Nov-94 08:49:37 GMT": the year is one of the hundred that end fifty years from
 * now, as the RFC has it. */
static bool take_rfc850_date(const char *text, int year_now, struct date *date)
{
	date->day = take_number(&text, 2);
	if (date->day < 0 || !take_word(&text, "-"))
		return false;
	date->month = take_month(&text);
	if (date->month < 0 || !take_word(&text, "-"))
		return false;
	date->year = take_number(&text, 2);
	if (date->year < 0 || !take_word(&text, " ") || !take_time(&text, date))
		return false;
	date->year += year_now / 100 * 100;
	if (date->year > year_now + 50)
		date->year -= 100;
	else if (date->year <= year_now - 50)
		date->year += 100;
	return take_word(&text, " GMT") && !*text;
}

/* "Nov  6 08:49:37 1994" */
static bool take_asctime_date(const char *text, struct date *date)
{
	date->month = take_month(&text);
	if (date->month < 0 || !take_word(&text, " "))
		return false;
	date->day = take_word(&text, " ") ? take_number(&text, 1) : take_number(&text, 2);
	if (date->day < 0 || !take_word(&text, " ") || !take_time(&text, date) ||
	    !take_word(&text, " "))
		return false;
	date->year = take_number(&text, 4);
	return date->year >= 0 && !*text;
}

static bool is_leap(int year)
{
	return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

static bool day_exists(const struct date *date)
{
	static const int days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };

	return date->day >= 1 &&
	       date->day <= days[date->month - 1] + (date->month == 2 && is_leap(date->year));
}

/* Days before that year since 1 January of the year 1, in the calendar of today. */
static int64_t days_before(int64_t year)
{
	return (year - 1) * 365 + (year - 1) / 4 - (year - 1) / 100 + (year - 1) / 400;
}

/* Since 1970. */
static int64_t date_s(const struct date *date)
{
	static const int before[] = { 0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334 };
	int64_t days = days_before(date->year) - days_before(1970) + before[date->month - 1] +
		       (date->month > 2 && is_leap(date->year)) + date->day - 1;

	return days * DAY_S + date->hour * 3600 + date->minute * 60 + date->second;
}

static int year_of(int64_t now_ms)
{
	int64_t days = now_ms / SECOND_MS / DAY_S, year = 1970 + days / 366;

	while (days_before(year + 1) - days_before(1970) <= days)
		year++;
	return (int)year;
}

/* ---- waiting ---- */

/* From now to the date; -1 for what is no date. */
static int64_t wait_until(const char *text, int64_t now_ms)
{
	struct date date = { 0 };
	bool known;

	if (!take_weekday(&text))
		return -1;
	if (take_word(&text, ", "))
		known = take_fixdate(text, &date) || take_rfc850_date(text, year_of(now_ms), &date);
	else
		known = take_word(&text, " ") && take_asctime_date(text, &date);
	/* The year 0 has no days before it to count. */
	if (!known || date.year == 0 || !day_exists(&date))
		return -1;
	return date_s(&date) * SECOND_MS > now_ms ? date_s(&date) * SECOND_MS - now_ms : 0;
}

/* "120", "1.5"; -1 for what is no number. Rounded up: to come too early is to be sent
 * away again. */
static int64_t wait_seconds(const char *text)
{
	int64_t ms = 0, unit = SECOND_MS / 10;
	bool any = is_digit(*text), more = false;

	for (; is_digit(*text); text++)
		if (ms < WAIT_MS_MAX)
			ms = ms * 10 + (*text - '0') * SECOND_MS;
	if (*text == '.')
		text++;
	for (; is_digit(*text); text++, unit /= 10) {
		any = true;
		ms += (*text - '0') * unit;
		more = more || (unit == 0 && *text != '0');
	}
	return any && !*text ? ms + more : -1;
}

/* Seconds or a date, without blanks around it. */
static int64_t wait_of(const char *text, int64_t now_ms)
{
	int64_t ms = wait_seconds(text);

	if (ms >= 0)
		return ms;
	if (*text == '-' && wait_seconds(text + 1) >= 0)
		return 0;
	return wait_until(text, now_ms);
}

int64_t reply_wait_ms(const struct reply *reply)
{
	enum { TEXT_ROOM = 64 };
	const char *text = reply->wait_text ? reply->wait_text : "";
	char trimmed[TEXT_ROOM] = "";
	int64_t ms = reply->wait_ms;
	size_t size;

	if (ms < 0) {
		text += strspn(text, " \t");
		size = strlen(text);
		while (size > 0 && memchr(" \t\r\n", text[size - 1], 4))
			size--;
		if (size >= sizeof(trimmed))
			return -1;
		memcpy(trimmed, text, size);
		ms = wait_of(trimmed, reply->now_ms);
	}
	return ms < WAIT_MS_MAX ? ms : WAIT_MS_MAX;
}
