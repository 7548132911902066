/* A provider as a table: where its routes lead, and how it words an error. */
#ifndef EASELFS_SIMULATOR_PROVIDER_H
#define EASELFS_SIMULATOR_PROVIDER_H

#include <stddef.h>
#include <stdint.h>

#include "simulator/fault.h"
#include "simulator/field.h"
#include "simulator/job.h"

struct exchange;

/* What is wrong, for the provider's own words. */
struct trouble {
	unsigned status;   /* of HTTP */
	const char *field; /* that is wrong; NULL: none */
	enum { TROUBLE_OTHER, TROUBLE_MISSING, TROUBLE_TYPE, TROUBLE_VALUE, TROUBLE_UNKNOWN } kind;
	int64_t retry_s; /* for 429 in a body; -1: not said */
	char text[300];
};

struct model {
	const char *id, *name;
	double price; /* a picture */
	const struct field *fields;
	size_t field_count;
};

struct route {
	const char *method, *path; /* see request_path_is() */
	enum step step;            /* POLL, RESULT and CANCEL: the last capture is a job's
				    * id; ASSET: an asset's */
	enum { ROUTE_KEY, ROUTE_OPEN } access;
	void (*run)(struct exchange *x);
};

struct provider {
	const char *name;      /* of the listener, the profile and the section */
	const char *base_path; /* of base_url: "/v1" */
	const char *scheme;    /* "Basic", "Bearer", "Key" */
	const char *key;       /* unless --key says another */
	const char *unit;
	enum job_id_style id_style;
	const struct model *models;
	size_t model_count;
	const struct route *routes;
	size_t route_count;
	/* Where a 429 says how long to wait. */
	enum { WAIT_IN_HEADER, WAIT_IN_BODY } wait;
	void (*fail)(struct exchange *x, const struct trouble *trouble);
};

enum { PROVIDERS = 4 };
extern const struct provider provider_scenario, provider_pixeldojo, provider_wavespeed,
	provider_fal;
extern const struct provider *const providers[PROVIDERS];
/* Where the pictures are: not one of them, and asks for no key. Its number is PROVIDERS. */
extern const struct provider image_host;

/* -1: there is none of this name. */
int provider_number(const char *name);
/* NULL: it has no such model. */
const struct model *provider_model(const struct provider *provider, const char *id);

#endif
