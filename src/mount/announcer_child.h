/* What the announcer and its child agree on; for announcer.c alone. */
#ifndef EASELFS_MOUNT_ANNOUNCER_CHILD_H
#define EASELFS_MOUNT_ANNOUNCER_CHILD_H

#include <limits.h>
#include <stdint.h>
#include <sys/types.h>

/* One message each on a SOCK_SEQPACKET pair. The child speaks first: the reply
 * to order 0 tells whether it stands where it should (0 or -errno). */
struct order {
	uint32_t number;     /* from 1 */
	uint32_t what;       /* enum announcement */
	char path[PATH_MAX]; /* sent up to and with its NUL */
};

struct reply {
	uint32_t number;
	int32_t result; /* 0 or -errno */
};

enum place {
	PLACE_PRIVATE, /* a mount namespace of its own */
	PLACE_CLONE,   /* a mount of its own that is nowhere: for root in a chroot, where a
			* namespace cannot be made private */
	PLACE_SHARED
};

struct child_start {
	const char *mountpoint;
	dev_t device; /* of the file system mounted there */
	int mounts;   /* mountinfo_open() in the user's namespace */
	int socket;
	pid_t parent;
	enum place place;
};

/* The child's whole life, in a process just forked with all signals blocked. One
 * that cannot have its place says so and exits. */
void announcer_child(const struct child_start *start) __attribute__((noreturn));

#endif
