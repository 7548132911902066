/* The catalog: the only code that changes what the store says. Every function
 * here is one transaction; what it changed is told to the listeners after the
 * commit, never before: no reader may act on what a crash could take back.
 *
 * Any thread, unless said otherwise. Functions return 0 or -errno; they wait for
 * the local disk and the write lock, for nothing else. */
#ifndef EASELFS_ENGINE_CATALOG_H
#define EASELFS_ENGINE_CATALOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/diag.h"
#include "engine/rulebook.h"
#include "io/blobs.h"
#include "io/store.h"
#include "io/store_images.h"
#include "io/store_spend.h"
#include "job/news.h"
#include "job/params.h"
#include "job/profile.h"
#include "job/record.h"

struct catalog;

/* Store and rulebook are borrowed and must outlive the catalog. */
int catalog_new(struct store *store, const struct rulebook *rulebook, struct catalog **ret_catalog);
void catalog_free(struct catalog *catalog); /* NULL is a no-op */

/* A hint that something was committed; the truth is read from the store. */
enum note_kind {
	NOTE_JOB,    /* the job's files say something new */
	NOTE_CLOSED, /* a request's last close is recorded: `file` settles */
	NOTE_WORK,   /* calls wait in the queue, or `call` has a next step */
	NOTE_HURRY,  /* a person wants `call` to be looked after now */
	NOTE_ALL,    /* every call may have a next step */
	NOTE_IMAGE,  /* a finished picture waits to be announced */
	NOTE_GONE,   /* a name below jobs/ went, and no call of the user's named it */
	NOTE_KINDS
};

enum gone {
	GONE_JOB,    /* `job`, which was called `name` in `folder` */
	GONE_FOLDER, /* the folder `id`, which was called `name` in `folder` */
	GONE_LINK,   /* to the picture `image`, from `job` and `run` */
};

struct note {
	enum note_kind kind;
	int64_t job;   /* NOTE_JOB */
	int64_t file;  /* NOTE_CLOSED */
	int64_t image; /* NOTE_IMAGE */
	int64_t call;  /* NOTE_WORK (0: none in particular), NOTE_HURRY */
	/* NOTE_GONE */
	enum gone gone;
	int64_t folder, id, run;
	struct name name;
};

/* `fn` is called after each commit for each note, on the committing thread, with
 * no lock held; it must not block. Main thread, before others run. */
typedef void note_fn(const struct note *note, void *arg);
void catalog_listen(struct catalog *catalog, note_fn *fn, void *arg);

/* ---- requests/ ---- */

struct owner {
	uint32_t mode;      /* permission bits */
	int64_t uid, gid;   /* -1: the mount's */
	const char *writer; /* who makes a file, for the log; NULL: not told */
};

/* Creates a file; a request gets its job at once, in `writing`. -EEXIST; -EDQUOT or
 * -ENOSPC when no request may be made. */
int catalog_create(struct catalog *catalog, int64_t folder, const struct name *name,
		   const struct owner *owner, struct file *ret_file);
/* A file is about to get other bytes: its job says `writing` from now on, and its
 * log by whom (NULL: not known). */
int catalog_begin_change(struct catalog *catalog, int64_t file, const char *writer);

/* What a FLUSH saves. `next` gives the changed chunks one after another (size
 * in *ret_size) and returns false at their end. */
struct file_bytes {
	int64_t size; /* of the file */
	int64_t cut;  /* chunks from here on are deleted first; -1: none */
	int64_t mtime_ns;
	bool (*next)(void *arg, int64_t *ret_n, const void **ret_bytes, size_t *ret_size);
	void *arg;
};
int catalog_save(struct catalog *catalog, int64_t file, enum store_sync sync,
		 const struct file_bytes *bytes);
/* The last writable handle is closed: a changed request begins to settle, or, where not
 * the `whole` of it could be saved, is held. On an error it is tried again, until the
 * file is written again. */
int catalog_close(struct catalog *catalog, int64_t file, bool whole);
/* The last handle of an unlinked file is closed. */
int catalog_drop(struct catalog *catalog, int64_t file);

enum { SET_MODE = 1, SET_UID = 2, SET_GID = 4, SET_ATIME = 8, SET_MTIME = 16 };
struct attributes {
	unsigned set; /* SET_… */
	uint32_t mode;
	int64_t uid, gid;
	int64_t atime_ns, mtime_ns;
};
int catalog_set_file(struct catalog *catalog, int64_t file, const struct attributes *attributes);
int catalog_set_folder(struct catalog *catalog, int64_t folder,
		       const struct attributes *attributes);

/* The name goes; the file's row stays without a folder while `keep` says that it
 * is open. Its job stays unless it never had a run. */
enum keep { KEEP_NONE, KEEP_OPEN };
int catalog_unlink(struct catalog *catalog, int64_t folder, const struct name *name, enum keep keep,
		   int64_t *ret_file);
int catalog_make_folder(struct catalog *catalog, int64_t parent, const struct name *name,
			const struct owner *owner, struct folder *ret_folder);
/* -ENOTEMPTY when files or present folders are in it. */
int catalog_remove_folder(struct catalog *catalog, int64_t parent, const struct name *name);

enum { MOVE_NO_REPLACE = 1, MOVE_TARGET_OPEN = 2 };
struct move {
	int64_t from_folder, to_folder;
	const struct name *from, *to;
	unsigned flags; /* MOVE_… */
	/* Whether somebody writes the file, which becomes a request: it then waits for
	 * the catalog_close() that is owed from here on. NULL: nobody writes. Called
	 * within the transaction, on any thread: it takes no lock that is held while
	 * something is written to the store. The rename may still fail afterwards. */
	bool (*is_written)(void *arg, int64_t file);
	void *arg;
};
/* Renames a file or folder below requests/, jobs with it (docs/mount.md has the
 * rules). *ret_replaced is the file whose name was taken, or 0. MOVE_TARGET_OPEN says
 * that it has handles. -EBUSY when it would merge two live runs; -EDQUOT or -ENOSPC
 * when no request may be made. */
int catalog_move(struct catalog *catalog, const struct move *move, int64_t *ret_replaced);

/* ---- jobs/ ---- */

/* Reads a settled request and acts on it: a new run, or a rejection, or nothing
 * where the bytes are known. Engine thread. */
int catalog_settle(struct catalog *catalog, int64_t file);
/* What a person wrote to ctl. -EBUSY where the state does not allow it, -EOPNOTSUPP where
 * the provider cannot, -ENOENT when the job was forgotten. */
int catalog_command(struct catalog *catalog, int64_t job, enum command command);
/* `rmdir jobs/P`. *ret_file is its request, which has no job until its next change, or 0. */
int catalog_forget(struct catalog *catalog, int64_t job, int64_t *ret_file);
/* Requests that were open when the last daemon ended: their jobs are held; those
 * that were closed settle anew. Main thread, at start, after catalog_listen(). */
int catalog_recover(struct catalog *catalog);

/* Records the news: moves the call and its run where they have an event. -EBUSY when its
 * state does not allow that (somebody was faster). EVENT_SENT and ids are synced to disk.
 * An id that the provider gave to another call before holds this one in doubt. Engine
 * thread. */
int catalog_call(struct catalog *catalog, int64_t call, const struct call_news *news);
/* A picture that is safe on disk. */
struct new_image {
	const struct blob *blob;
	const char *origin; /* the URL it came from, without its query; NULL: none */
	bool unsafe;        /* flagged by the provider */
};
/* Records the call's pictures under names of their own and not yet visible, but for those
 * whose bytes it has from an earlier try: their blobs wait for catalog_bury(), and a call
 * without a new one ends at once. `loss`: what the call ends by (its event, error and line)
 * when they are visible, because others of it cannot be had; NULL: these are all. Engine
 * thread. */
int catalog_add_images(struct catalog *catalog, int64_t call, const struct new_image *images,
		       size_t count, const struct call_news *loss);

/* A line for the log of the call's job. */
int catalog_add_log(struct catalog *catalog, int64_t call, const char *line);

/* ---- providers ---- */

/* What is left of an account, in millionths of its unit. */
int catalog_remaining(struct catalog *catalog, const char *provider, int64_t remaining_micro);
/* A provider's own models as they are shown, NULL to keep what is there; and why they could
 * not be asked for, "" where they could. */
int catalog_models(struct catalog *catalog, const char *provider, const char *models,
		   const char *error);
/* How long a model's jobs take there, as job/pace.h writes it. */
int catalog_pace(struct catalog *catalog, const char *provider, const char *model,
		 const char *pace);

/* What a unit of what was spent there is worth, in millionths of a USD; -1: not known. */
int64_t catalog_worth(const struct rules *rules, const struct spent_place *place);
/* What a day (since 1970, UTC) has cost at all providers, as far as it can be told in
 * millionths of a USD. */
int catalog_day_usd(struct db *db, const struct rules *rules, int64_t day, int64_t *ret_micro);
/* Another day began: what was held for a limit is looked at again. */
int catalog_new_day(struct catalog *catalog);

/* ---- images/ ---- */

/* The picture is visible from now on; the call whose last one it is, is done. */
int catalog_announce(struct catalog *catalog, int64_t image);
/* A folder below images/ that a picture made is visible from now on. */
int catalog_announce_folder(struct catalog *catalog, int64_t folder);

/* What people do there. -EPERM where the new name would make a trash folder: what
 * is removed from images/ goes for good. */
int catalog_make_image_folder(struct catalog *catalog, int64_t parent, const struct name *name,
			      const struct owner *owner, struct folder *ret_folder);
/* -ENOTEMPTY when pictures or folders are seen in it. */
int catalog_remove_image_folder(struct catalog *catalog, int64_t parent, const struct name *name);
/* The picture's record stays, without a folder; its file waits for catalog_bury(). */
int catalog_remove_image(struct catalog *catalog, int64_t folder, const struct name *name);
/* rename(2) of a picture or folder within images/; of the flags only
 * MOVE_NO_REPLACE means something. A picture that is replaced is removed. */
int catalog_move_image(struct catalog *catalog, const struct move *move);
/* Deletes the files of removed pictures, those too that an earlier daemon left.
 * Handles that are open keep reading. */
int catalog_bury(struct catalog *catalog, struct blobs *blobs);

/* ---- attributes that people set ---- */

enum xattr_how { XATTR_SET, XATTR_CREATE_ONLY, XATTR_REPLACE_ONLY };

struct xattr_value {
	const char *name;
	const void *bytes;
	size_t size;
	enum xattr_how how;
};
/* -EEXIST, -ENODATA as setxattr(2); -ENOSPC beyond XATTR_BYTES_MAX an owner. */
int catalog_set_xattr(struct catalog *catalog, enum xattr_kind kind, int64_t owner,
		      const struct xattr_value *value);
/* -ENODATA. */
int catalog_remove_xattr(struct catalog *catalog, enum xattr_kind kind, int64_t owner,
			 const char *name);

/* ---- the whole ---- */

/* The rules were replaced: what waited for that is looked at again. */
int catalog_reloaded(struct catalog *catalog);
/* Everything committed so far is on disk when this returns. */
int catalog_sync(struct catalog *catalog);
/* `pause` stops new submissions until `resume`; it survives a restart. */
enum pausing { PAUSE_OFF, PAUSE_ON };
int catalog_pause(struct catalog *catalog, enum pausing pausing);
/* Whether it is paused, from a snapshot: 1, 0. */
int catalog_is_paused(struct db *db);

#endif
