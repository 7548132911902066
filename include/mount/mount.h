/* What every part of the mount shares: whose it is, where the truth is, and the
 * parts themselves. Filled by app/ before threads run; afterwards nobody changes
 * it. */
#ifndef EASELFS_MOUNT_MOUNT_H
#define EASELFS_MOUNT_MOUNT_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "engine/catalog.h"
#include "engine/live.h"
#include "engine/rulebook.h"
#include "io/blobs.h"
#include "io/store.h"

struct announcer;
struct drafts;
struct handles;
struct notifier;
struct pages;
struct reloader;
struct watch;

struct mount {
	struct store *store;
	struct catalog *catalog;
	struct blobs *blobs;
	struct live *live;
	const struct rulebook *rulebook;

	struct drafts *drafts;
	struct handles *handles;
	struct watch *watch;
	struct pages *pages;
	struct reloader *reloader;
	struct notifier *notifier;
	struct announcer *announcer; /* NULL under `ro` */

	uid_t uid; /* whom everything belongs to */
	gid_t gid;
	mode_t umask;       /* taken from 0777 and 0666; 077 by default */
	int64_t started_ns; /* wall clock, for what never changes */
	bool read_only;
	int answers; /* eventfd: readable from the kernel's first request on */
};

/* Whether a request of this pid is the announcer's own. */
bool mount_is_announcer(const struct mount *mount, pid_t pid);

#endif
