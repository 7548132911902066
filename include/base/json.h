/* JSON from outside, read strictly. What cJSON would take in silence is an error
 * here: bytes after the value, bytes that are no UTF-8, control characters and
 * \u0000 in strings (they would end them), half a surrogate pair, integers beyond
 * 2^53 (they would be rounded), a member twice (the first would win). */
#ifndef EASELFS_BASE_JSON_H
#define EASELFS_BASE_JSON_H

#include <cjson/cJSON.h>
#include <stddef.h>

#include "base/diag.h"

enum {
	JSON_DEPTH_MAX = 64,        /* of arrays and objects in each other */
	JSON_VALUES_MAX = 65536,    /* of any kind; 64 bytes each in memory */
	JSON_NUMBER_BYTES_MAX = 60, /* cJSON cuts at 63 */
};

struct json {
	cJSON *root;
	unsigned *lines; /* where each member or element of the root begins, in order */
};

/* Reads one value with white space around it, of at most `bytes_max` bytes; a BOM
 * is none of it. Use cJSON's case-sensitive getters on the result. Returns 0,
 * -ENOMEM, or -EINVAL with a diag: the line and what is wrong there. */
int json_read(const char *bytes, size_t size, size_t bytes_max, struct json *ret_json,
	      struct diag *reterr_diag);
/* The same for a reply of a stranger, who need not write what we would: a member
 * twice (the first counts), large integers (rounded), control characters and a BOM are
 * taken; each byte that is no UTF-8, \u0000 and half a surrogate pair become U+FFFD;
 * NaN, Infinity and numbers too large become null.
 * Depth and size are bounded as above, values by 65,536. 0, -ENOMEM, or -EINVAL with a
 * diag. */
int json_read_lenient(const char *bytes, size_t size, size_t bytes_max, struct json *ret_json,
		      struct diag *reterr_diag);
/* The same for a catalogue, which may be long: 16 times as many values. */
int json_read_catalogue(const char *bytes, size_t size, size_t bytes_max, struct json *ret_json,
			struct diag *reterr_diag);
void json_done(struct json *json);

/* How many of the bytes, from the first, are a number as JSON writes it; 0: none. */
size_t json_number_size(const char *bytes, size_t size);

static inline void cleanup_json(struct json *json)
{
	json_done(json);
}

#endif
