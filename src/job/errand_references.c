/* References as the store keeps them while pictures are fetched:
 * [{"url": "…", "order": 1, "unsafe": true}, {"asset": "…"}, {"asked": true}]. The last is
 * a picture that came in the reply itself; its bytes are not kept there but asked for
 * again. */
#include "errand_private.h"

#include <cjson/cJSON.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

static bool add_reference(cJSON *array, const struct reference *reference)
{
	cJSON *object = cJSON_CreateObject();
	const cJSON *place = NULL;

	if (!cJSON_AddItemToArray(array, object)) {
		cJSON_Delete(object);
		return false;
	}
	switch (reference->kind) {
	case REFERENCE_URL:
		place = cJSON_AddStringToObject(object, "url", reference->text);
		break;
	case REFERENCE_ASSET:
		place = cJSON_AddStringToObject(object, "asset", reference->text);
		break;
	case REFERENCE_BYTES:
		place = cJSON_AddTrueToObject(object, "asked");
		break;
	}
	return place && cJSON_AddNumberToObject(object, "order", (double)reference->order) &&
	       (!reference->unsafe || cJSON_AddTrueToObject(object, "unsafe"));
}

char *references_to_text(const struct errand *errand)
{
	cJSON *array = cJSON_CreateArray();
	char *text = NULL;
	bool whole = array != NULL;

	for (size_t i = 0; whole && i < errand->reference_count; i++)
		whole = add_reference(array, &errand->references[i]);
	if (whole)
		text = cJSON_PrintUnformatted(array);
	cJSON_Delete(array);
	return text;
}

static const char *text_of(const cJSON *object, const char *name)
{
	return cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(object, name));
}

/* 1; 0 when it says nothing of a picture; -ENOMEM. */
static int read_reference(const cJSON *object, struct reference *ret_reference)
{
	const cJSON *order = cJSON_GetObjectItemCaseSensitive(object, "order");
	const char *url = text_of(object, "url"), *asset = text_of(object, "asset");
	struct reference reference = { .kind = REFERENCE_BYTES };

	if (url || asset) {
		reference.kind = url ? REFERENCE_URL : REFERENCE_ASSET;
		reference.text = strdup(url ? url : asset);
		if (!reference.text)
			return -ENOMEM;
	} else if (!cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(object, "asked"))) {
		return 0;
	}
	if (cJSON_IsNumber(order))
		reference.order = (int64_t)order->valuedouble;
	reference.unsafe = cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(object, "unsafe"));
	*ret_reference = reference;
	return 1;
}

int references_from_text(const char *text, struct errand *errand)
{
	cJSON *array = cJSON_Parse(text);
	const cJSON *object;
	int r = 0;

	cJSON_ArrayForEach(object, array)
	{
		size_t i = errand->reference_count;

		if (r < 0 || i == REFERENCES_MAX)
			break;
		r = read_reference(object, &errand->references[i]);
		if (r > 0) {
			errand->fetches[i].stale = errand->references[i].kind == REFERENCE_BYTES;
			errand->reference_count++;
		}
	}
	cJSON_Delete(array);
	return r < 0 ? r : 0;
}
