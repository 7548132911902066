/* Two submissions alike cannot be told apart by what they sent, neither can a job of ours
 * and one that was begun elsewhere with the same values. Therefore an id is given only
 * where one unknown job and one submission stand against each other, and late enough that
 * a second job would be listed, too. */
#include "job/adopt.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Another call of ours has got this id since it was seen. */
static void forget(struct adoption *adoption, const char *id)
{
	if (!id || !adoption->id || strcmp(adoption->id, id) != 0)
		return;
	free(adoption->id);
	adoption->id = NULL;
}

int adopt_see(struct adoption *adoption, const struct list_entry *entry, enum adopt_owner owner)
{
	if (!entry->matches)
		return 0;
	if (owner == OWNER_OURS) {
		forget(adoption, entry->id);
		return 0;
	}
	if (!entry->id || adoption->id) {
		adoption->several |= !entry->id || strcmp(adoption->id, entry->id) != 0;
		return 0;
	}
	adoption->id = strdup(entry->id);
	return adoption->id ? 0 : -ENOMEM;
}

void adopt_done(struct adoption *adoption)
{
	free(adoption->id);
	*adoption = (struct adoption){ .id = NULL };
}

bool adopt_is_early(const struct adopt_facts *facts)
{
	return facts->asked_ms - facts->since_ms < facts->lag_s * 1000;
}

const char *adopt_choice(const struct adoption *adoption, const struct adopt_facts *facts)
{
	if (adoption->several || facts->rivals > 0 || adopt_is_early(facts))
		return NULL;
	return adoption->id;
}
