/* Rebuilding a damaged store: a fresh database from the rows that can still be read, with
 * all unfinished work held. The picture files are the caller's to look at; what they say
 * is told here. Nothing that was there is changed until store_recover_finish(), and
 * nothing is ever deleted. One thread. */
#ifndef EASELFS_IO_STORE_RECOVER_H
#define EASELFS_IO_STORE_RECOVER_H

#include <stdint.h>

#include "base/diag.h"
#include "job/picture.h"

struct store_recover;

/* A whole picture among the store's files. */
struct store_recover_picture {
	const char *place; /* below images/: "2026-11-21/album.dog-17.png" */
	struct picture picture;
	int64_t size, blocks; /* bytes; disk blocks of 512 bytes */
	const char *sha256;   /* lower-case hex */
	int64_t finished_ms;  /* where no row says when it was finished */
};

struct store_recover_summary {
	int64_t pages, pages_unread; /* of the damaged database; not to be read at all */
	int64_t jobs, runs, files, folders, spend_rows;
	int64_t pictures_named;    /* under the names that their rows say */
	int64_t pictures_nameless; /* in images/recovered/ */
	int64_t pictures_lost;     /* a row says a name, its file is missing or not whole */
	int64_t pictures_unread;   /* under their names, whatever their files are */
	int64_t log_lost;          /* 1: commits may be missing, so nothing is sure to be unsent */
	int64_t held;              /* runs that nobody works on until a person says so */
	char aside[128];           /* what the damaged database is called now; "": there was none */
};

/* Takes the lock of the store at `dir` and reads what can be read into a database of its
 * own beside the damaged one. 0; -EALREADY where nothing is damaged, or an earlier repair
 * had only to be finished, which is done then; -ENOENT where there is no store, -EBUSY where
 * a daemon has it, -EPROTO where it is not ours or too new, or another -errno of the disk;
 * always with a diag. */
int store_recover_begin(const char *dir, struct store_recover **ret_recover,
			struct diag *reterr_diag);

/* Tells of a picture file: one that a row knows gets back its name, another one a place in
 * images/recovered/, unless it was removed. 0, -ENAMETOOLONG where the place is longer than
 * a row keeps, or -errno. */
int store_recover_picture(struct store_recover *recover,
			  const struct store_recover_picture *picture);

/* Tells of a file that cannot be read for a reason that may pass: a row that knows it keeps
 * its name. 0 or -errno. */
int store_recover_unread(struct store_recover *recover, const char *place);

/* After the last picture: holds what was unfinished, and puts the new database into the
 * place of the old one, which is moved aside. 0, or -errno with a diag: then everything is
 * as it was, or the new one is whole and the next store_recover_begin() puts it in its
 * place, before which no daemon takes the store. */
int store_recover_finish(struct store_recover *recover, struct store_recover_summary *ret_summary,
			 struct diag *reterr_diag);

/* Gives up where it was not finished, and gives back the lock. NULL is a no-op. */
void store_recover_close(struct store_recover *recover);

#endif
