/* The notifier: the thread that tells the kernel, and through it everybody who
 * watches. It alone calls fuse_lowlevel_notify_*, and it alone gives orders to
 * the announcer. What it has to tell is merged and may be late or lost: the truth
 * is the store's. */
#ifndef EASELFS_MOUNT_NOTIFIER_H
#define EASELFS_MOUNT_NOTIFIER_H

#include <fuse_lowlevel.h>

#include "engine/catalog.h"
#include "mount/mount.h"

struct notifier;

/* Registers with the catalog. Main thread. 0 or -errno. */
int notifier_new(struct mount *mount, struct notifier **ret_notifier);
/* Starts the thread. Main thread, once the FUSE loop runs. 0 or -errno. */
int notifier_start(struct notifier *notifier, struct fuse_session *session);
/* Interrupts the announcer, refuses new work and joins the thread, while FUSE
 * workers still run. Main thread. */
void notifier_stop(struct notifier *notifier);
void notifier_free(struct notifier *notifier); /* stopped; NULL is a no-op */

#endif
