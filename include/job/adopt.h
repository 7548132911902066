/* Which job in a provider's list a submission in doubt has become. Taking up the wrong one
 * shows a person somebody else's picture, sending it again may pay twice: so one is taken
 * up only where no other can be meant, and that none is listed means nothing. Pure. */
#ifndef EASELFS_JOB_ADOPT_H
#define EASELFS_JOB_ADOPT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "job/protocol.h"

/* Whose an id at that provider is. */
enum adopt_owner {
	OWNER_UNKNOWN,
	OWNER_OURS /* a call of ours has it, in whatever state */
};

/* What the lists that were read for one submission in doubt have in common. Begin with
 * all zero; nothing that was seen is forgotten because a later list has it no more. */
struct adoption {
	char *id;     /* owned: the first unknown job that matches, NULL: none yet */
	bool several; /* another one, or one without a usable id, matches, too */
};

/* One entry of a list, of as many lists as there are. 0 or -ENOMEM. */
int adopt_see(struct adoption *adoption, const struct list_entry *entry, enum adopt_owner owner);
void adopt_done(struct adoption *adoption);

struct adopt_facts {
	int64_t since_ms; /* when it became doubtful, */
	int64_t asked_ms; /* and when the newest of those lists was asked for: the same clock */
	int64_t lag_s;    /* the profile's */
	size_t rivals;    /* other calls there without an id, in doubt or on their way, whose
			   * protocol_match() is the same text */
};

/* The id that it has, borrowed; NULL: it cannot be said, or not yet (adopt_is_early()).
 * Look once more whose it is when it is recorded. */
const char *adopt_choice(const struct adoption *adoption, const struct adopt_facts *facts);
/* Whether a list that was asked for then may still lack it. */
bool adopt_is_early(const struct adopt_facts *facts);

static inline void cleanup_adoption(struct adoption *adoption)
{
	adopt_done(adoption);
}

#endif
