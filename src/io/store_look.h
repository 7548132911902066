/* What SQLite does not say of a damaged database. Private to the store. */
#ifndef EASELFS_IO_STORE_LOOK_H
#define EASELFS_IO_STORE_LOOK_H

/* Whether the log of the database at `path` has intents behind damage, where SQLite does
 * not look: on such a store calls that were sent look as if they waited. 1, 0 or -errno.
 * To be asked before the database is opened, which may write over them. */
int look_for_hidden_intents(const char *path);

#endif
