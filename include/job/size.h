/* One choice of size, and what of it a provider is told: the arithmetic of
 * docs/mount.md, "Size". Pure. */
#ifndef EASELFS_JOB_SIZE_H
#define EASELFS_JOB_SIZE_H

#include <stdint.h>

#include "base/diag.h"
#include "job/params.h"
#include "job/profile.h"

/* Whether one layer (a request, a defaults file) says something impossible on its
 * own: width and height next to a ratio or resolution, or one of them alone.
 * -EINVAL with a diag, or 0. */
int size_check_layer(const struct params *layer, struct diag *reterr_diag);

/* Adds what `lower` says and `params` does not: parameter by parameter, except
 * that size is one choice, of the nearest layer that says anything about it
 * (ratio and resolution may come from different layers; pixels clear both, and
 * the reverse: with pixels below it, half a choice gets 1:1 or 2K for its other
 * half). 0 or -ENOMEM. */
int size_merge_layer(struct params *params, const struct params *lower);

/* What is sent. */
struct size {
	char ratio[24]; /* the provider's word, "" for none */
	char resolution[16];
	int64_t width, height; /* pixels, 0 for none */
	char note[160];        /* for the log and params.json; "" for none */
};

/* 0, or -EINVAL with what was asked and what the provider (`name`, for people) takes. */
int size_resolve(const struct params *params, const struct offer *offer, const char *name,
		 struct size *ret_size, struct diag *reterr_diag);

#endif
