/* The fields of a submission: what each may be, as a table. Pure. */
#ifndef EASELFS_SIMULATOR_FIELD_H
#define EASELFS_SIMULATOR_FIELD_H

#include <cjson/cJSON.h>
#include <stdint.h>

struct trouble;

struct field {
	const char *name;
	enum { FIELD_TEXT, FIELD_WORD, FIELD_NUMBER, FIELD_INTEGER, FIELD_BOOLEAN, FIELD_ANY } type;
	double min, max;   /* of a number */
	const char *words; /* of FIELD_WORD, each between spaces; of others NULL */
	enum { FIELD_OPTIONAL, FIELD_REQUIRED } need;
};

enum fields_others { FIELDS_STRICT, FIELDS_LENIENT };

/* Whether the body is an object of such fields. 0, or -1 with a trouble, whose status is
 * the caller's business and whose `field` lives as long as table and body do. */
int fields_check(const cJSON *body, const struct field *fields, size_t count,
		 enum fields_others others, struct trouble *reterr_trouble);

/* The field's value, or `otherwise` where it is not there (or null). */
double field_number(const cJSON *body, const char *name, double otherwise);
const char *field_text(const cJSON *body, const char *name, const char *otherwise);
int field_true(const cJSON *body, const char *name, int otherwise);

/* The words of a FIELD_WORD, as an array. */
cJSON *field_words(const struct field *field);
/* Appends a JSON Schema of the fields to an object: "properties" and "required". */
void fields_schema(cJSON *schema, const struct field *fields, size_t count);

#endif
