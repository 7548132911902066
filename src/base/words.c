/* As little of a shell as a line of configuration needs: nothing in it is expanded, so that
 * what a line means does not depend on where it is read. */
#include "base/words.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "base/strbuf.h"

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* The word that begins at *cursor, which moves behind it. */
static int take_word(const char **cursor, char **ret_word)
{
	CLEANUP(strbuf) struct strbuf word = STRBUF_EMPTY;
	const char *c = *cursor;
	bool quoted = false;

	for (; *c && (quoted || !is_blank(*c)); c++) {
		if (*c == '"')
			quoted = !quoted;
		else
			strbuf_add_char(&word, *c);
	}
	if (quoted)
		return -EINVAL;
	*cursor = c;
	*ret_word = strbuf_take(&word, NULL);
	return *ret_word ? 0 : -ENOMEM;
}

int words_split(const char *text, size_t max, char ***ret_words)
{
	CLEANUP(words) char **words = calloc(max + 1, sizeof(*words));
	size_t count = 0;

	if (!words)
		return -ENOMEM;
	for (;;) {
		int r;

		while (is_blank(*text))
			text++;
		if (!*text)
			break;
		if (count == max)
			return -E2BIG;
		r = take_word(&text, &words[count++]);
		if (r < 0)
			return r;
	}
	*ret_words = words;
	words = NULL;
	return 0;
}

void words_free(char **words)
{
	for (size_t i = 0; words && words[i]; i++)
		free(words[i]);
	free(words);
}
