/* Accepting a submission: the one place where money is taken. */
#ifndef EASELFS_SIMULATOR_SUBMIT_H
#define EASELFS_SIMULATOR_SUBMIT_H

#include "simulator/exchange.h"

/* What is to be made, once the body is found to be right. */
struct order {
	const struct model *model;
	unsigned w, h, count;
	int outputs, mode; /* as in struct job */
};

/* The model of x->captures.text[0], when the body is right for it; else an error is the
 * reply, and NULL. */
const struct model *submit_check(struct exchange *x, const char *model_id,
				 enum fields_others others, unsigned invalid_status);
/* Replies that a field is wrong. */
void submit_refuse(struct exchange *x, const char *field, unsigned status, const char *text);

/* Charges, and makes x->job. NULL: there is too little money, which is the reply. */
struct job *submit_accept(struct exchange *x, const struct order *order);
/* The id to tell; NULL: none is to be told. */
const char *submit_id(const struct exchange *x);

/* Pixels for a ratio such as "16:9" and a resolution HD, 2K or 4K, the longer side
 * being 1280, 2048 or 4096; anything else is 1:1 and 2K. */
void submit_size(const char *ratio, const char *resolution, unsigned *ret_w, unsigned *ret_h);

#endif
