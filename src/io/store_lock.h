/* The lock of the only process that may use a store. Private to the store. */
#ifndef EASELFS_IO_STORE_LOCK_H
#define EASELFS_IO_STORE_LOCK_H

#include "base/diag.h"

/* Takes DIR/lock, made where missing, with our number in it. 0; -EBUSY when another
 * process has it (the diag names it), -ENOMEM, or another -errno with a diag. Closing
 * *ret_fd, which is the caller's, gives it back. A process asks once at a time: the lock
 * is not kept from itself, and closing any descriptor of the file ends it. */
int store_lock(const char *dir, int *ret_fd, struct diag *reterr_diag);

#endif
