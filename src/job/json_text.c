/* cJSON prints compactly or with tabs; people read files with neither. */
#include "job/json_text.h"

#include <errno.h>

/* cJSON indents with tabs and puts one after each colon; a raw tab is nothing
 * else, because those in strings are escaped. */
static void add_spaced(const char *text, struct strbuf *json)
{
	for (; *text; text++)
		if (*text != '\t')
			strbuf_add_char(json, *text);
		else
			strbuf_add_text(json, text[-1] == ':' ? " " : "  ");
}

int json_text_add(const cJSON *item, struct strbuf *json)
{
	char *text = cJSON_Print(item);

	if (!text)
		return -ENOMEM;
	add_spaced(text, json);
	strbuf_add_char(json, '\n');
	cJSON_free(text);
	return strbuf_failed(json) ? -ENOMEM : 0;
}
