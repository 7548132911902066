/* Texts with {names} that are filled from a call: URLs, JSON values, arguments. A
 * parameter goes by its canonical name ({ratio} is short for {aspect_ratio}: the
 * word the provider is sent), the rest are struct values' own. Pure. */
#ifndef EASELFS_JOB_TEMPLATE_H
#define EASELFS_JOB_TEMPLATE_H

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/diag.h"
#include "base/strbuf.h"
#include "job/http_profile.h"
#include "job/params.h"

/* What names stand for; NULL: unset, and so is "" but for parameters other than the
 * model. Borrowed. */
struct values {
	const char *param[PARAMS]; /* PARAM_MODEL: the model's id there */
	const char *name[TEMPLATE_NAMES];
};

/* Bits of what templates name. */
#define TEMPLATE_PARAM_BIT(param) (1u << (param))
#define TEMPLATE_NAME_BIT(name)   (1u << (PARAMS + (name)))

/* Whether braces are closed and every name is one of the bits in `allowed`. 0 with
 * the bits named, or -EINVAL with a diag (what, and what is allowed). */
int template_check(const char *text, unsigned allowed, unsigned *ret_named,
		   struct diag *reterr_diag);
/* The same for what template_json() is given: JSON that stands for itself names nothing,
 * and must be JSON. Also -ENOMEM. */
int template_check_json(const char *text, unsigned allowed, unsigned *ret_named,
			struct diag *reterr_diag);

/* How a filled value is written into the text. */
enum filling {
	FILL_PLAIN,
	FILL_URL, /* percent-encoded; {model} keeps its slashes. Nothing, "." or ".." as one
		   * of its parts, or as a name that is no parameter, is -EINVAL; a URL's name
		   * alone ({poll_url}, {next}) is verbatim */
};

/* Appends the filled text. 1; 0 when a name is unset (the buffer may hold a part);
 * -EINVAL (diag) or -ENOMEM. */
int template_fill(const char *text, const struct values *values, enum filling filling,
		  struct strbuf *filled, struct diag *reterr_diag);

/* The JSON value a body's template stands for: "{name}" alone keeps the parameter's
 * type (number, true/false, text); true, false, null, a number and "text" in quotes are
 * themselves; anything else is a string with names filled in. 1 with *ret_value, 0 when
 * a name is unset, -EINVAL or -ENOMEM. */
int template_json(const char *text, const struct values *values, cJSON **ret_value);

/* Whether the template is one name and nothing else. */
bool template_is_name(const char *text);

#endif
