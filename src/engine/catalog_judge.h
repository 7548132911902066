/* Judging a request: from its bytes to what is asked for, or to why not. Private
 * to the catalog. */
#ifndef EASELFS_ENGINE_CATALOG_JUDGE_H
#define EASELFS_ENGINE_CATALOG_JUDGE_H

#include "engine/catalog.h"
#include "job/resolve.h"

struct judged {
	struct file file; /* as it was read */
	bool empty;
	uint8_t content[CONTENT_HASH_SIZE];
	struct resolved resolved; /* only where `error` is empty */
	struct strbuf prompt;
	struct diag error; /* of a rejection; text "" otherwise */
};

/* Judges judged->file as the snapshot has it. 0 with a judgement, which can be a
 * rejection, or -errno of reading. */
int judge(const struct rules *rules, struct db *db, struct judged *judged);
/* The hash of the file's bytes alone. */
int judge_hash(struct db *db, const struct file *file, uint8_t *ret_hash);
void judged_done(struct judged *judged);

static inline void cleanup_judged(struct judged *judged)
{
	judged_done(judged);
}

#endif
