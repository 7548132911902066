/* Digits only: no sign, no space, no other base. */
#include "case_words.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static size_t number_size(const char *text)
{
	size_t size = strspn(text, "0123456789");

	return size <= 12 ? size : 0;
}

int case_read_number(const char *text, int64_t *ret_number)
{
	size_t size = number_size(text);

	if (size == 0 || text[size])
		return -EINVAL;
	*ret_number = strtoll(text, NULL, 10);
	return 0;
}

int case_read_duration(const char *text, int64_t *ret_ms)
{
	static const struct {
		const char *unit;
		int64_t ms;
	} units[] = { { "ms", 1 }, { "s", 1000 }, { "m", 60 * 1000 }, { "h", 3600 * 1000 } };
	size_t size = number_size(text);

	for (size_t i = 0; size && i < sizeof(units) / sizeof(units[0]); i++)
		if (strcmp(units[i].unit, text + size) == 0) {
			*ret_ms = strtoll(text, NULL, 10) * units[i].ms;
			return 0;
		}
	return -EINVAL;
}

size_t case_read_size(const char *text, unsigned *ret_width, unsigned *ret_height)
{
	size_t width = number_size(text), height = 0;

	if (width && text[width] == 'x')
		height = number_size(text + width + 1);
	if (!height)
		return 0;
	*ret_width = (unsigned)strtoul(text, NULL, 10);
	*ret_height = (unsigned)strtoul(text + width + 1, NULL, 10);
	return width + 1 + height;
}
