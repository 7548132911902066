/* The reloader: the thread that reads the configuration again, because that may take as
 * long as the commands that print keys. Whoever wrote `reload` to ctl is a parked request
 * meanwhile, a small struct and no thread. */
#ifndef EASELFS_MOUNT_RELOADER_H
#define EASELFS_MOUNT_RELOADER_H

#include <fuse_lowlevel.h>
#include <stddef.h>

struct reloader;

/* Reads it again. On the reloader's thread; gives up with -ECANCELED soon after `stop_fd`
 * is readable. 0 or -errno, which is what the writers of `reload` are told. */
typedef int reload_fn(void *arg, int stop_fd);

/* Main thread. 0 or -errno. */
int reloader_new(reload_fn *reload, void *arg, struct reloader **ret_reloader);
/* Starts the thread. Main thread, after every fork. 0 or -errno. */
int reloader_start(struct reloader *reloader);
/* Answers everybody with EINTR, and later ones at once; has a reload under way given up
 * and joins the thread. Main thread, while FUSE workers still run: a command that prints
 * a key ends only when what it asked of our mount is answered. */
void reloader_stop(struct reloader *reloader);
void reloader_free(struct reloader *reloader); /* stopped; NULL is a no-op */

/* Asks for a reload. Any thread; never blocks. */
void reloader_wake(struct reloader *reloader);
/* The same for a write of `size` bytes, which is answered by the end of a reload that begins
 * after this call, or with EINTR when it is interrupted. The request is ours. Any thread;
 * never blocks. */
void reloader_ask(struct reloader *reloader, fuse_req_t req, size_t size);

#endif
