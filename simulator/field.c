#include "simulator/field.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "simulator/provider.h"

static int trouble(struct trouble *trouble, const char *field, int kind, const char *text)
{
	trouble->field = field;
	trouble->kind = kind;
	snprintf(trouble->text, sizeof(trouble->text), "%s", text);
	return -1;
}

/* What it must be, as a sentence without its subject. */
static void tell_type(const struct field *field, char *text, size_t room)
{
	static const char *const types[] = {
		[FIELD_TEXT] = "a string",     [FIELD_WORD] = "one of",
		[FIELD_NUMBER] = "a number",   [FIELD_INTEGER] = "an integer",
		[FIELD_BOOLEAN] = "a boolean", [FIELD_ANY] = "a value",
	};

	if (field->words)
		snprintf(text, room, "%s must be one of:%s", field->name, field->words);
	else if (field->type == FIELD_NUMBER || field->type == FIELD_INTEGER)
		snprintf(text, room, "%s must be %s from %.0f to %.0f", field->name,
			 types[field->type], field->min, field->max);
	else
		snprintf(text, room, "%s must be %s", field->name, types[field->type]);
}

/* TROUBLE_OTHER: nothing is wrong. */
static int judge(const struct field *field, const cJSON *value)
{
	char spaced[80];

	switch (field->type) {
	case FIELD_TEXT:
		if (!cJSON_IsString(value))
			return TROUBLE_TYPE;
		return field->need == FIELD_REQUIRED && !value->valuestring[0] ? TROUBLE_VALUE
									       : TROUBLE_OTHER;
	case FIELD_WORD:
		if (!cJSON_IsString(value))
			return TROUBLE_TYPE;
		snprintf(spaced, sizeof(spaced), " %.70s ", value->valuestring);
		return !strchr(value->valuestring, ' ') && strstr(field->words, spaced)
			       ? TROUBLE_OTHER
			       : TROUBLE_VALUE;
	case FIELD_NUMBER:
	case FIELD_INTEGER:
		if (!cJSON_IsNumber(value) || (field->type == FIELD_INTEGER &&
					       floor(value->valuedouble) != value->valuedouble))
			return TROUBLE_TYPE;
		return value->valuedouble >= field->min && value->valuedouble <= field->max
			       ? TROUBLE_OTHER
			       : TROUBLE_VALUE;
	case FIELD_BOOLEAN:
		return cJSON_IsBool(value) ? TROUBLE_OTHER : TROUBLE_TYPE;
	case FIELD_ANY:
		break;
	}
	return TROUBLE_OTHER;
}

static const struct field *find(const struct field *fields, size_t count, const char *name)
{
	for (size_t i = 0; i < count; i++) {
		if (strcmp(fields[i].name, name) == 0)
			return &fields[i];
	}
	return NULL;
}

int fields_check(const cJSON *body, const struct field *fields, size_t count,
		 enum fields_others others, struct trouble *reterr_trouble)
{
	const cJSON *item;
	char text[300];

	if (!cJSON_IsObject(body))
		return trouble(reterr_trouble, NULL, TROUBLE_TYPE, "The body is no JSON object");
	for (size_t i = 0; i < count; i++) {
		const cJSON *value = cJSON_GetObjectItemCaseSensitive(body, fields[i].name);
		int kind;

		if (!value || cJSON_IsNull(value)) {
			if (fields[i].need == FIELD_OPTIONAL)
				continue;
			snprintf(text, sizeof(text), "Input %s is required", fields[i].name);
			return trouble(reterr_trouble, fields[i].name, TROUBLE_MISSING, text);
		}
		kind = judge(&fields[i], value);
		if (kind == TROUBLE_OTHER)
			continue;
		tell_type(&fields[i], text, sizeof(text));
		return trouble(reterr_trouble, fields[i].name, kind, text);
	}
	if (others == FIELDS_LENIENT)
		return 0;
	cJSON_ArrayForEach(item, body)
	{
		if (!find(fields, count, item->string)) {
			snprintf(text, sizeof(text), "Unrecognized key: %.100s", item->string);
			return trouble(reterr_trouble, item->string, TROUBLE_UNKNOWN, text);
		}
	}
	return 0;
}

double field_number(const cJSON *body, const char *name, double otherwise)
{
	const cJSON *value = cJSON_GetObjectItemCaseSensitive(body, name);

	return cJSON_IsNumber(value) ? value->valuedouble : otherwise;
}

const char *field_text(const cJSON *body, const char *name, const char *otherwise)
{
	const cJSON *value = cJSON_GetObjectItemCaseSensitive(body, name);

	return cJSON_IsString(value) ? value->valuestring : otherwise;
}

int field_true(const cJSON *body, const char *name, int otherwise)
{
	const cJSON *value = cJSON_GetObjectItemCaseSensitive(body, name);

	return cJSON_IsBool(value) ? cJSON_IsTrue(value) : otherwise;
}

cJSON *field_words(const struct field *field)
{
	cJSON *list = cJSON_CreateArray();
	const char *words = field->words;
	char word[80];
	int size;

	for (words += strspn(words, " "); *words; words += strspn(words, " ")) {
		size = (int)strcspn(words, " ");
		snprintf(word, sizeof(word), "%.*s", size, words);
		cJSON_AddItemToArray(list, cJSON_CreateString(word));
		words += size;
	}
	return list;
}

void fields_schema(cJSON *schema, const struct field *fields, size_t count)
{
	static const char *const types[] = {
		[FIELD_TEXT] = "string",     [FIELD_WORD] = "string",     [FIELD_NUMBER] = "number",
		[FIELD_INTEGER] = "integer", [FIELD_BOOLEAN] = "boolean", [FIELD_ANY] = "object",
	};
	cJSON *properties = cJSON_AddObjectToObject(schema, "properties");
	cJSON *required = cJSON_AddArrayToObject(schema, "required");

	for (size_t i = 0; i < count; i++) {
		const struct field *field = &fields[i];
		cJSON *property = cJSON_AddObjectToObject(properties, field->name);

		cJSON_AddStringToObject(property, "type", types[field->type]);
		if (field->words)
			cJSON_AddItemToObject(property, "enum", field_words(field));
		if (field->type == FIELD_NUMBER || field->type == FIELD_INTEGER) {
			cJSON_AddNumberToObject(property, "minimum", field->min);
			cJSON_AddNumberToObject(property, "maximum", field->max);
		}
		if (field->need == FIELD_REQUIRED)
			cJSON_AddItemToArray(required, cJSON_CreateString(field->name));
	}
}
