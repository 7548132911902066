/* Going to the background only when the mount answers. Private to app/. */
#ifndef EASELFS_APP_BACKGROUND_H
#define EASELFS_APP_BACKGROUND_H

/* Forks. In the child: 0, with *ret_ready to be handed to background_ready(). In
 * the parent: waits for that and returns 1 with the exit status to end with: 0
 * when the child was ready, 1 when it ended before. -errno when it cannot fork.
 * Main thread, before others run. */
int background_fork(int *ret_ready, int *ret_status);

/* The parent may leave: this process lets go of the terminal. */
void background_ready(int ready);

#endif
