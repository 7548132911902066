/* A provider as data: how to talk to it and what may be asked of it. Immutable
 * once loaded. Pure. */
#ifndef EASELFS_JOB_PROFILE_H
#define EASELFS_JOB_PROFILE_H

#include <stddef.h>
#include <stdint.h>

#include "base/diag.h"
#include "job/http_profile.h"
#include "job/params.h"

enum transport { TRANSPORT_PROGRAM, TRANSPORT_HTTP };

/* What a provider accepts of one parameter. */
enum accept_kind { ACCEPT_NOTHING, ACCEPT_WORDS, ACCEPT_RANGE, ACCEPT_ANY };

struct accept {
	enum accept_kind kind;
	char **words;           /* ACCEPT_WORDS, NULL-terminated */
	int64_t from, to, step; /* ACCEPT_RANGE; from is a multiple of step >= 1 */
};

/* What may be asked for, of one model or in general. */
struct offer {
	struct accept accepts[PARAMS];
	char *custom_ratio; /* what the ratio is called when pixels are given, or NULL */
};

struct profile_model {
	char *name;         /* what a request says */
	char *id;           /* what the provider is told */
	struct offer offer; /* the general one, changed by [model NAME accepts] */
	struct body body;   /* TRANSPORT_HTTP: the general one, changed by [model NAME body] */
};

struct profile {
	char *name; /* "preview": the file's name without .ini */
	char *title;
	char *origin;     /* the file it came from */
	char *source;     /* the bytes of that file */
	int64_t mtime_ns; /* its time of change */
	enum transport transport;
	char **command;            /* TRANSPORT_PROGRAM: argument templates, NULL-terminated */
	int64_t deadline_s;        /* TRANSPORT_PROGRAM: killed and failed after this */
	struct http_profile *http; /* TRANSPORT_HTTP */
	unsigned in_flight;        /* calls at a time unless configured; 0: [limits] decides */
	char *unit;                /* of costs and price: "USD", "credit", "CU"; "" for none */
	int64_t price_micro; /* an image, in millionths of the unit; -1: not told; a program: 0 */
	int64_t usd_micro;   /* what a unit is worth, in millionths of a USD; -1: not told; of
			      * "USD" a million */
	struct offer offer;  /* what every model without its own accepts */
	struct profile_model *models; /* the first is the default */
	size_t model_count;
};

void profile_free(struct profile *profile); /* NULL is a no-op */

/* The model a request names (NULL or "": the default), or NULL when there is
 * none of that name. */
const struct profile_model *profile_model(const struct profile *profile, const char *name);
/* What that model accepts (NULL or "": the default model); for one that the profile does
 * not name, the general offer. */
const struct offer *profile_offer(const struct profile *profile, const char *model);
/* The body for that model, likewise. TRANSPORT_HTTP. */
const struct body *profile_body(const struct profile *profile, const char *model);
/* Whether a provider spoken to over HTTP may be asked for a model the profile does not
 * name, by its id there: letters, digits and "._:/-", no part of it empty, "." or "..".
 * 0, or -EINVAL with a diag. */
int profile_check_model_id(const char *id, struct diag *reterr_diag);

/* Whether the provider takes these parameters (count and size apart): values of parameters
 * its model knows must be in range (-EINVAL, diag with parameter, value and what is
 * allowed); a parameter it does not know is fine here and not sent. An unknown model is
 * -EINVAL for a program with models and fine for TRANSPORT_HTTP when it may be an id
 * there; where there are no models, `model` is a parameter like others. */
int profile_accepts(const struct profile *profile, const struct params *params,
		    struct diag *reterr_diag);

/* Checks one argument template: braces are closed and the names known. 0 with a
 * bit (1u << PARAM_…) for each parameter named, or -EINVAL with a diag. */
int profile_check_template(const char *template, unsigned *ret_params, struct diag *reterr_diag);

/* Fills the argument templates: `{name}` is a canonical parameter, `{model}` the
 * model's id, `{output}` is `output`. An argument with an unset name is left out,
 * and with it the argument before when that begins with '-' and the template is
 * the name alone. A value that would begin an argument with '-' is -EINVAL with a
 * diag unless something precedes it in the same argument. *ret_argv is
 * NULL-terminated; free it with words_free(). */
int profile_fill_command(const struct profile *profile, const struct params *params,
			 const char *output, char ***ret_argv, struct diag *reterr_diag);

#endif
