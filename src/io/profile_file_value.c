/* Words, pointers and numbers of the profile language. Every mistake gets the line, the
 * section and the key, since profiles are written by hand. */
#include "profile_file_private.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/json_pointer.h"
#include "base/words.h"

enum { WORDS_MAX = 256 /* a line has fewer */ };

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

int profile_file_words(const struct ini_entry *entry, char ***ret_words, struct diag *reterr_diag)
{
	int r = words_split(entry->value, WORDS_MAX, ret_words);

	if (r == -EINVAL)
		return ini_refuse_value(entry, "a '\"' that is not closed", reterr_diag);
	return r == -E2BIG ? ini_refuse_value(entry, "too many words", reterr_diag) : r;
}

/* The pointer of `size` bytes, checked and allocated. */
static int give_pointer(const struct ini_entry *entry, const char *text, size_t size,
			char **ret_pointer, struct diag *reterr_diag)
{
	CLEANUP(free_ptr) char *pointer = strndup(text, size);
	struct diag why = { 0 };

	if (!pointer)
		return -ENOMEM;
	if (size == 0)
		return ini_refuse_value(entry, "JSON pointers are expected: /a/b, /c", reterr_diag);
	if (strcmp(pointer, "\"\"") == 0)
		pointer[0] = '\0';
	if (json_pointer_check(pointer, &why) < 0)
		return ini_refuse_value(entry, why.text, reterr_diag);
	*ret_pointer = pointer;
	pointer = NULL;
	return 0;
}

int profile_file_pointers(const struct ini_entry *entry, char ***ret_pointers,
			  struct diag *reterr_diag)
{
	char **pointers = calloc(WORDS_MAX + 1, sizeof(*pointers));
	const char *next = entry->value;
	size_t count = 0;
	int r = pointers ? 0 : -ENOMEM;

	while (r == 0 && next && count < WORDS_MAX) {
		const char *begin = next + strspn(next, " \t");
		size_t size = strcspn(begin, ",");

		next = begin[size] ? begin + size + 1 : NULL;
		while (size > 0 && is_blank(begin[size - 1]))
			size--;
		r = give_pointer(entry, begin, size, &pointers[count], reterr_diag);
		count++;
	}
	if (r < 0) {
		words_free(pointers);
		return r;
	}
	*ret_pointers = pointers;
	return 0;
}

int profile_file_normal(const struct ini_entry *entry, enum param param, const char *word,
			size_t size, char **ret_value, struct diag *reterr_diag)
{
	CLEANUP(params) struct params params = { 0 };
	int r = params_set(&params, param, word, size, reterr_diag);

	if (r < 0 && reterr_diag)
		reterr_diag->line = entry->line;
	if (r < 0)
		return r;
	*ret_value = params.value[param];
	params.value[param] = NULL;
	return 0;
}
