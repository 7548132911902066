/* Points at which a test ends the process as a crash would. In ordinary builds they are
 * nothing; with -DEASELFS_FAILPOINTS (make FAILPOINTS=1) the environment variable
 * EASELFS_FAIL="NAME:N" makes the N-th passage of the point NAME, counted over all threads,
 * raise SIGKILL: nothing is flushed, no destructor runs, no thread goes on. A name that no
 * point has ends nothing. docs/reliability.md has the list. */
#ifndef EASELFS_BASE_FAILPOINT_H
#define EASELFS_BASE_FAILPOINT_H

#ifdef EASELFS_FAILPOINTS
/* Any thread; takes no lock. */
void failpoint_pass(const char *name);
#define FAILPOINT(name) failpoint_pass(name)
#else
#define FAILPOINT(name) ((void)0)
#endif

#endif
