/* easelfs --recover STORE: a damaged store, rebuilt from what is left of it. */
#ifndef EASELFS_APP_RECOVER_H
#define EASELFS_APP_RECOVER_H

/* Rebuilds the store and prints what was found, what is held, and where the damaged database
 * is now. EXIT_SUCCESS also where nothing is damaged; else EXIT_FAILURE, with the reason on
 * standard error. Main thread. */
int recover_run(const char *store);

#endif
