/* One JSON object a line, members always in the same order, so that shell tools
 * can read the journal as well as jq. */
#include "job/journal.h"

#include <cjson/cJSON.h>
#include <errno.h>

#include "base/clock.h"
#include "base/utf8.h"

const char *hold_word(enum hold hold)
{
	static const char *const words[HOLDS] = {
		[HOLD_NONE] = "",           [HOLD_INTERRUPTED] = "interrupted",
		[HOLD_KEY] = "key",         [HOLD_CREDIT] = "credit",
		[HOLD_PRICE] = "price",     [HOLD_LIMIT] = "limit",
		[HOLD_OVERDUE] = "overdue", [HOLD_DOUBT] = "in doubt",
	};

	return words[hold];
}

int journal_line(int64_t wall_ms, const struct strbuf *path, int64_t run, enum state state,
		 enum hold hold, struct strbuf *line)
{
	struct strbuf name = STRBUF_EMPTY;
	cJSON *object = cJSON_CreateObject();
	char when[CLOCK_TEXT_ROOM];
	char *text = NULL;

	utf8_add_printable(&name, strbuf_text(path), path->size, PRINTABLE_LINE);
	if (object && !strbuf_failed(&name) &&
	    cJSON_AddStringToObject(object, "time", clock_text(wall_ms, when, sizeof(when))) &&
	    cJSON_AddStringToObject(object, "job", strbuf_text(&name)) &&
	    (run ? cJSON_AddNumberToObject(object, "run", (double)run)
		 : cJSON_AddNullToObject(object, "run")) &&
	    cJSON_AddStringToObject(object, "status", state_word(state)) &&
	    (hold == HOLD_NONE || state != STATE_HELD ||
	     cJSON_AddStringToObject(object, "reason", hold_word(hold))))
		text = cJSON_PrintUnformatted(object);
	cJSON_Delete(object);
	strbuf_done(&name);
	if (!text)
		return -ENOMEM;
	strbuf_add_text(line, text);
	strbuf_add_char(line, '\n');
	cJSON_free(text);
	return strbuf_failed(line) ? -ENOMEM : 0;
}
