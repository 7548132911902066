/* Real services are fast for most and slow for some, which a lognormal
 * distribution is like; fixed and uniform are there because tests want to know
 * what comes. */
#include "simulator/latency.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const double sigma_max = 5;

/* Reads a number from 0 to `max` at *at and moves past it. */
static int take_number(const char **at, double max, double *ret_number)
{
	char *end;
	double number;

	/* strtod() also takes signs, spaces, nan and inf; and in 3..9 it would
	 * take the first dot. */
	size_t size = strspn(*at, "0123456789");

	if (!size)
		return -EINVAL;
	if ((*at)[size] == '.' && (*at)[size + 1] != '.') {
		number = strtod(*at, &end);
	} else {
		number = (double)strtoull(*at, &end, 10);
	}
	if (!(number <= max))
		return -EINVAL;
	*at = end;
	*ret_number = number;
	return 0;
}

static int take_pair(const char *text, const char *between, double second_max,
		     struct latency *latency)
{
	if (take_number(&text, LATENCY_MS_MAX, &latency->a))
		return -EINVAL;
	if (strncmp(text, between, strlen(between)) != 0)
		return -EINVAL;
	text += strlen(between);
	if (take_number(&text, second_max, &latency->b) || *text)
		return -EINVAL;
	return 0;
}

static int parse(const char *text, struct latency *latency)
{
	const char *at = text;

	if (strncmp(text, "lognormal:", 10) == 0) {
		latency->kind = LATENCY_LOGNORMAL;
		return take_pair(text + 10, ",", sigma_max, latency);
	}
	latency->kind = LATENCY_UNIFORM;
	if (strncmp(text, "fixed:", 6) == 0)
		at = text + 6;
	else if (strncmp(text, "uniform:", 8) == 0)
		at = text + 8;
	if (at != text + 6 && strstr(at, ".."))
		return take_pair(at, "..", LATENCY_MS_MAX, latency) || latency->a > latency->b
			       ? -EINVAL
			       : 0;
	if (at == text + 8 || take_number(&at, LATENCY_MS_MAX, &latency->a) || *at)
		return -EINVAL;
	latency->b = latency->a;
	return 0;
}

int latency_parse(const char *text, struct latency *ret_latency, struct diag *reterr_diag)
{
	struct latency latency;

	if (parse(text, &latency)) {
		diag_set(reterr_diag, 0,
			 "\"%.80s\" is no latency; allowed, in milliseconds up to a day: 500, "
			 "300..900, fixed:500, uniform:300..900, lognormal:MEDIAN,SIGMA",
			 text);
		return -EINVAL;
	}
	*ret_latency = latency;
	return 0;
}

int64_t latency_draw(const struct latency *latency, struct chance *chance)
{
	static const double two_pi = 6.283185307179586;
	double u = chance_unit(chance), ms;

	if (latency->kind == LATENCY_LOGNORMAL) {
		double normal = sqrt(-2 * log(1 - u)) * cos(two_pi * chance_unit(chance));

		ms = latency->a * exp(latency->b * normal);
	} else {
		ms = latency->a + u * (latency->b - latency->a);
	}
	return (int64_t)fmin(round(ms), LATENCY_MS_MAX);
}
