/* The schema as numbered migrations. Private to the store. */
#ifndef EASELFS_IO_STORE_SCHEMA_H
#define EASELFS_IO_STORE_SCHEMA_H

enum { SCHEMA_VERSION = 1 };

/* [n] takes a database from version n to n + 1 and sets user_version. */
extern const char *const schema_migrations[SCHEMA_VERSION];

#endif
