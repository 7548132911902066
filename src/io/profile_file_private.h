/* What the parts of profile_file share: the profile while its file is read. */
#ifndef EASELFS_IO_PROFILE_FILE_PRIVATE_H
#define EASELFS_IO_PROFILE_FILE_PRIVATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/diag.h"
#include "base/strbuf.h"
#include "io/ini.h"
#include "job/profile.h"

/* An entry of [model NAME accepts] or [model NAME body], kept until the general sections
 * are known. */
struct override {
	char *model, *name, *value;
	unsigned line;
	bool is_body;
};

/* The steps in the order of docs/providers.md; each has a request line. */
enum step {
	STEP_SUBMIT,
	STEP_POLL,
	STEP_RESULT,
	STEP_ASSET,
	STEP_CANCEL,
	STEP_LIST,
	STEP_MODELS,
	STEP_BALANCE,
	STEP_PRICE,
	STEPS
};

struct draft {
	struct profile *profile;
	struct http_profile *http; /* becomes the profile's if it is one of HTTP */
	unsigned provider_line;    /* of [provider]'s first entry */
	unsigned command_line;     /* 0: no command */
	unsigned http_line;        /* of the first entry that only HTTP has, 0: none */
	unsigned key_env_line, usd_line, price_line;
	int64_t deadline_s;         /* -1: not said */
	unsigned step_line[STEPS];  /* of the request, else of the section's first entry */
	unsigned step_names[STEPS]; /* bits of job/template.h that its URL and body name */
	unsigned body_names;        /* those of [body] and of all models' bodies */
	struct override *overrides;
	size_t override_count;
};

/* ---- profile_file_value.c: values of the language ---- */

/* Words between blanks, which double quotes may hold together, as a list to free with
 * words_free(). 0, -EINVAL with a diag, or -ENOMEM. */
int profile_file_words(const struct ini_entry *entry, char ***ret_words, struct diag *reterr_diag);
/* The same of JSON pointers between commas; `""` is the root. */
int profile_file_pointers(const struct ini_entry *entry, char ***ret_pointers,
			  struct diag *reterr_diag);
/* A value of a parameter in its normal form, allocated. 0, -EINVAL with a diag, -ENOMEM. */
int profile_file_normal(const struct ini_entry *entry, enum param param, const char *word,
			size_t size, char **ret_value, struct diag *reterr_diag);

/* ---- profile_file_offer.c: [accepts], [body], and what models change of them ---- */

/* One entry of an accepts section; an empty value removes, where `may_remove`. */
int profile_file_take_accepts(struct offer *offer, const struct ini_entry *entry, bool may_remove,
			      struct diag *reterr_diag);
/* One entry of a body section, whose templates may name the bits `allowed`. Those named
 * are added to *names. */
int profile_file_take_body(struct body *body, const struct ini_entry *entry, bool may_remove,
			   unsigned allowed, unsigned *names, struct diag *reterr_diag);
/* Its entry `submission`: where what would be submitted is put. */
int profile_file_take_submission(struct body *body, const struct ini_entry *entry,
				 struct diag *reterr_diag);
/* Keeps an entry of "[model NAME accepts]" or "[model NAME body]". 0 or -ENOMEM. */
int profile_file_keep_override(struct draft *draft, const char *model, size_t size, bool is_body,
			       const struct ini_entry *entry);
/* Once all is read: parameters named by templates (`names`, bits) are accepted unless
 * [accepts] says more, and models get offers and bodies of their own. */
int profile_file_finish_models(struct draft *draft, unsigned names, struct diag *reterr_diag);

/* ---- profile_file_http.c: [provider] of HTTP, and the steps ---- */

/* What templates of a submission may name. */
enum { PROFILE_FILE_PARAM_NAMES = (1 << PARAMS) - 1 };

/* One entry of [provider] that only HTTP has. 1; 0 when it is none; -EINVAL with a diag or
 * -ENOMEM. */
int profile_file_take_http_key(struct draft *draft, const struct ini_entry *entry,
			       struct diag *reterr_diag);
/* Appends their names: "base_url, auth, …". */
void profile_file_add_http_keys(struct strbuf *names);
/* The step's section, and its request there; the verb is "" where it has none. */
const char *profile_file_step_name(enum step step);
const struct request_line *profile_file_step_request(const struct http_profile *http,
						     enum step step);
/* One entry of a step's section or of another that only HTTP has. 1; 0 when there is no
 * such section; -EINVAL with a diag or -ENOMEM. */
int profile_file_take_step(struct draft *draft, const struct ini_entry *entry,
			   struct diag *reterr_diag);

/* ---- profile_file_check.c ---- */

/* What of HTTP can be judged only when all of the file is known. */
int profile_file_check_http(struct draft *draft, struct diag *reterr_diag);

#endif
