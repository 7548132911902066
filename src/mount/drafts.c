/* A draft exists while its file is open. It holds the chunks that were written
 * and not yet saved; everything else is read from the store. What FLUSH saves is
 * what close(2) accepted; the last writable close tells the catalog, and from
 * there on the settle time runs. Chunks in memory are bounded: a large file is
 * saved as it grows. */
#include "mount/drafts.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "io/store_tree.h"
#include "job/request.h"

enum {
	CHUNKS_MAX = SCRATCH_BYTES_MAX / CHUNK_SIZE,
	DIRTY_CHUNKS_MAX = 64, /* saved beyond this: 4 MiB */
	BUCKETS = 1024,
};

struct draft {
	struct drafts *drafts;
	struct draft *next; /* in its bucket; the table's lock */
	int64_t file;
	unsigned handles, writers; /* the table's lock */
	bool unlinked;             /* the table's lock */
	_Atomic bool owes_close;   /* open in the store though no writer changed it */
	_Atomic bool forgotten;    /* no longer open in the store though `changed` */
	/* Written under `lock`, read under either: stat must not wait for a disk. */
	_Atomic int64_t size, mtime_ns;

	/* Guards all below; held over the store's reads and writes of the bytes. The
	 * table's lock may be taken inside it, never the other way round. */
	pthread_mutex_t lock;
	bool loaded;
	int64_t limit;          /* bytes; 0: not yet asked for */
	uint64_t limit_renames; /* drafts->renames when it was asked for */
	int64_t cut;            /* chunks from here on are gone; -1: none */
	char **chunks;          /* dirty ones; CHUNKS_MAX pointers, or NULL */
	size_t dirty;
	bool size_changed;
	bool changed;    /* since the last writable close */
	char writer[64]; /* who opened it for writing last, for the log */
};

struct drafts {
	struct store *store;
	struct catalog *catalog;
	_Atomic uint64_t renames; /* so far: limits are as old as this */
	/* Guards the buckets and the counts; held for a short walk, never over I/O. */
	pthread_mutex_t lock;
	struct draft *buckets[BUCKETS];
};

struct drafts *drafts_new(struct store *store, struct catalog *catalog)
{
	struct drafts *drafts = calloc(1, sizeof(*drafts));

	if (!drafts)
		return NULL;
	drafts->store = store;
	drafts->catalog = catalog;
	pthread_mutex_init(&drafts->lock, NULL);
	return drafts;
}

static void free_chunks(struct draft *draft)
{
	for (size_t n = 0; draft->chunks && n < CHUNKS_MAX; n++) {
		free(draft->chunks[n]);
		draft->chunks[n] = NULL;
	}
	draft->dirty = 0;
}

static void free_draft(struct draft *draft)
{
	free_chunks(draft);
	free(draft->chunks);
	pthread_mutex_destroy(&draft->lock);
	free(draft);
}

void drafts_free(struct drafts *drafts)
{
	if (!drafts)
		return;
	for (size_t i = 0; i < BUCKETS; i++)
		while (drafts->buckets[i]) {
			struct draft *draft = drafts->buckets[i];

			drafts->buckets[i] = draft->next;
			free_draft(draft);
		}
	pthread_mutex_destroy(&drafts->lock);
	free(drafts);
}

static struct draft **find(struct drafts *drafts, int64_t file)
{
	struct draft **link = &drafts->buckets[(uint64_t)file % BUCKETS];

	while (*link && (*link)->file != file)
		link = &(*link)->next;
	return link;
}

/* ---- opening and closing ---- */

static struct draft *new_draft(struct drafts *drafts, const struct file *file)
{
	struct draft *draft = calloc(1, sizeof(*draft));

	if (!draft)
		return NULL;
	draft->drafts = drafts;
	draft->file = file->id;
	draft->size = file->size;
	draft->mtime_ns = file->mtime_ns;
	draft->unlinked = !file->folder;
	draft->cut = -1;
	pthread_mutex_init(&draft->lock, NULL);
	return draft;
}

/* The limit is that of the file's place: a request has no job after it was forgotten,
 * and the name that makes it one may be a folder's. */
static int find_limit(struct draft *draft)
{
	CLEANUP(store_read) struct db *db = NULL;
	uint64_t renames = draft->drafts->renames;
	struct folder folder = { .scratch = true }; /* of a file that was unlinked */
	struct file file;
	int r;

	if (draft->limit && draft->limit_renames == renames)
		return 0;
	db = store_read_begin(draft->drafts->store);
	r = db ? store_file_get(db, draft->file, &file) : -EIO;
	if (r == 0 && file.folder)
		r = store_folder_get(db, file.folder, &folder);
	if (r < 0)
		return r;
	draft->limit = !folder.scratch && request_name(file.name.bytes, file.name.size)
			       ? REQUEST_BYTES_MAX
			       : SCRATCH_BYTES_MAX;
	draft->limit_renames = renames;
	return 0;
}

static int begin_change(struct draft *draft)
{
	int r;

	if (draft->changed && !draft->forgotten)
		return 0;
	draft->forgotten = false; /* before: it may be forgotten once more meanwhile */
	r = catalog_begin_change(draft->drafts->catalog, draft->file,
				 *draft->writer ? draft->writer : NULL);
	draft->changed = r == 0;
	return r;
}

/* The caller's record may be older than the last save of a draft that is gone. */
static int load(struct draft *draft)
{
	SCOPED_LOCK(&draft->lock);
	CLEANUP(store_read) struct db *db = NULL;
	struct file file;
	int r;

	if (draft->loaded)
		return 0;
	db = store_read_begin(draft->drafts->store);
	r = db ? store_file_get(db, draft->file, &file) : -EIO;
	if (r < 0)
		return r;
	draft->size = file.size;
	draft->mtime_ns = file.mtime_ns;
	draft->loaded = true;
	return 0;
}

int draft_open(struct drafts *drafts, const struct file *file, enum draft_access access,
	       struct draft **ret_draft)
{
	struct draft **link, *draft;
	int r = 0;

	pthread_mutex_lock(&drafts->lock);
	link = find(drafts, file->id);
	if (!*link)
		*link = new_draft(drafts, file);
	draft = *link;
	if (draft) {
		draft->handles++;
		draft->writers += access == ACCESS_WRITE;
		if (!draft->writers && file->change == CHANGE_OPEN)
			draft->owes_close = true; /* created for reading */
	}
	pthread_mutex_unlock(&drafts->lock);
	if (!draft)
		return -ENOMEM;
	r = load(draft);
	if (r == 0 && access == ACCESS_WRITE && file->change != CHANGE_NONE &&
	    file->change != CHANGE_EMPTY) {
		SCOPED_LOCK(&draft->lock);

		/* It was settling, or was just created: now it waits for this close. */
		r = begin_change(draft);
	}
	if (r < 0) {
		draft_close(draft, access);
		return r;
	}
	*ret_draft = draft;
	return 0;
}

const char *draft_writer_name(pid_t pid, char *text, size_t room)
{
	char path[64], name[32] = "";
	int fd;
	ssize_t size = 0;

	snprintf(path, sizeof(path), "/proc/%d/comm", (int)pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd >= 0) {
		size = read(fd, name, sizeof(name) - 1);
		close(fd);
	}
	name[size > 0 ? size : 0] = '\0';
	name[strcspn(name, "\n")] = '\0';
	snprintf(text, room, "%s (%d)", *name ? name : "a process", (int)pid);
	return text;
}

void draft_set_writer(struct draft *draft, const char *writer)
{
	SCOPED_LOCK(&draft->lock);

	snprintf(draft->writer, sizeof(draft->writer), "%s", writer);
}

/* Whether the store must hear that nobody writes any more. */
static bool must_close(struct draft *draft)
{
	SCOPED_LOCK(&draft->drafts->lock);

	return !draft->writers && (draft->changed || draft->owes_close);
}

/* ---- saving ---- */

struct save {
	const struct draft *draft;
	size_t n; /* the next chunk to look at */
};

static bool next_dirty(void *arg, int64_t *ret_n, const void **ret_bytes, size_t *ret_size)
{
	struct save *save = arg;
	const struct draft *draft = save->draft;

	for (; draft->chunks && save->n < CHUNKS_MAX; save->n++) {
		int64_t left = draft->size - (int64_t)save->n * CHUNK_SIZE;

		if (!draft->chunks[save->n] || left <= 0)
			continue;
		*ret_n = (int64_t)save->n;
		*ret_bytes = draft->chunks[save->n++];
		*ret_size = left < CHUNK_SIZE ? (size_t)left : CHUNK_SIZE;
		return true;
	}
	return false;
}

static int save_locked(struct draft *draft, enum store_sync sync)
{
	struct save save = { .draft = draft };
	struct file_bytes bytes = {
		.size = draft->size,
		.cut = draft->cut,
		.mtime_ns = draft->mtime_ns,
		.next = next_dirty,
		.arg = &save,
	};
	int r;

	if (!draft->dirty && !draft->size_changed && draft->cut < 0 && sync == STORE_LAZY)
		return 0;
	r = catalog_save(draft->drafts->catalog, draft->file, sync, &bytes);
	if (r < 0)
		return r;
	free_chunks(draft);
	draft->cut = -1;
	draft->size_changed = false;
	return 0;
}

int draft_save(struct draft *draft, enum store_sync sync)
{
	SCOPED_LOCK(&draft->lock);

	return save_locked(draft, sync);
}

/* Whoever opens it again meanwhile waits at the draft's lock and finds it
 * unchanged, so that the close recorded here is never the close of a file that
 * somebody writes. */
static void last_writer_left(struct draft *draft)
{
	SCOPED_LOCK(&draft->lock);
	bool whole;

	if (!must_close(draft))
		return;
	whole = save_locked(draft, STORE_LAZY) == 0;
	/* Before the close: what a rename after it sets is owed by the next writer. */
	draft->owes_close = false;
	draft->changed = false;
	(void)catalog_close(draft->drafts->catalog, draft->file, whole);
}

void draft_close(struct draft *draft, enum draft_access access)
{
	struct drafts *drafts = draft->drafts;
	bool last_writer, last;

	/* What has no writers is saved: a rename that makes it a request may have it
	 * judged at once. A save that fails is tried again below. */
	if (access == ACCESS_WRITE)
		(void)draft_save(draft, STORE_LAZY);
	pthread_mutex_lock(&drafts->lock);
	draft->writers -= access == ACCESS_WRITE;
	last_writer = !draft->writers && (access == ACCESS_WRITE || draft->owes_close);
	pthread_mutex_unlock(&drafts->lock);
	if (last_writer)
		last_writer_left(draft);

	pthread_mutex_lock(&drafts->lock);
	last = --draft->handles == 0;
	if (last)
		*find(drafts, draft->file) = draft->next;
	pthread_mutex_unlock(&drafts->lock);
	if (!last)
		return;
	if (draft->unlinked)
		catalog_drop(drafts->catalog, draft->file);
	free_draft(draft);
}

/* ---- bytes ---- */

/* Chunk `n` as it is now, into CHUNK_SIZE bytes. */
static int read_chunk(struct draft *draft, int64_t n, char *bytes)
{
	struct db *db;
	int r;

	memset(bytes, 0, CHUNK_SIZE);
	if (draft->chunks && draft->chunks[n]) {
		memcpy(bytes, draft->chunks[n], CHUNK_SIZE);
		return 0;
	}
	if (draft->cut >= 0 && n >= draft->cut)
		return 0;
	db = store_read_begin(draft->drafts->store);
	if (!db)
		return -EIO;
	r = store_chunk_read(db, draft->file, n, bytes);
	store_read_end(db);
	return r == -ENOENT ? 0 : r;
}

ssize_t draft_read(struct draft *draft, char *bytes, size_t size, int64_t offset)
{
	CLEANUP(free_ptr) char *chunk = malloc(CHUNK_SIZE);
	SCOPED_LOCK(&draft->lock);
	size_t done = 0;

	if (!chunk)
		return -ENOMEM;
	if (offset >= draft->size)
		return 0;
	if ((int64_t)size > draft->size - offset)
		size = (size_t)(draft->size - offset);
	while (done < size) {
		size_t at = (size_t)((offset + (int64_t)done) % CHUNK_SIZE);
		size_t part = CHUNK_SIZE - at < size - done ? CHUNK_SIZE - at : size - done;
		int r = read_chunk(draft, (offset + (int64_t)done) / CHUNK_SIZE, chunk);

		if (r < 0)
			return r;
		memcpy(bytes + done, chunk + at, part);
		done += part;
	}
	return (ssize_t)done;
}

/* Chunk `n` in memory, to be changed. */
static int dirty_chunk(struct draft *draft, int64_t n, char **ret_chunk)
{
	char *chunk;
	int r;

	if (!draft->chunks) {
		draft->chunks = calloc(CHUNKS_MAX, sizeof(*draft->chunks));
		if (!draft->chunks)
			return -ENOMEM;
	}
	if (!draft->chunks[n]) {
		chunk = malloc(CHUNK_SIZE);
		if (!chunk)
			return -ENOMEM;
		r = read_chunk(draft, n, chunk);
		if (r < 0) {
			free(chunk);
			return r;
		}
		draft->chunks[n] = chunk;
		draft->dirty++;
	}
	*ret_chunk = draft->chunks[n];
	return 0;
}

static int write_chunks(struct draft *draft, const char *bytes, size_t size, int64_t offset)
{
	size_t done = 0;

	while (done < size) {
		size_t at = (size_t)((offset + (int64_t)done) % CHUNK_SIZE);
		size_t part = CHUNK_SIZE - at < size - done ? CHUNK_SIZE - at : size - done;
		char *chunk;
		int r = dirty_chunk(draft, (offset + (int64_t)done) / CHUNK_SIZE, &chunk);

		if (r < 0)
			return r;
		memcpy(chunk + at, bytes + done, part);
		done += part;
		if (offset + (int64_t)done > draft->size) {
			draft->size = offset + (int64_t)done;
			draft->size_changed = true;
		}
	}
	return draft->dirty > DIRTY_CHUNKS_MAX ? save_locked(draft, STORE_LAZY) : 0;
}

ssize_t draft_write(struct draft *draft, const char *bytes, size_t size, int64_t offset)
{
	SCOPED_LOCK(&draft->lock);
	int r = find_limit(draft);

	if (r < 0)
		return r;
	if (offset < 0 || offset > draft->limit || (int64_t)size > draft->limit - offset)
		return -EFBIG;
	r = begin_change(draft);
	if (r == 0)
		r = write_chunks(draft, bytes, size, offset);
	draft->mtime_ns = clock_wall_ns();
	return r < 0 ? r : (ssize_t)size;
}

static int truncate_locked(struct draft *draft, int64_t size)
{
	int64_t first_gone = (size + CHUNK_SIZE - 1) / CHUNK_SIZE;
	char *chunk;
	int r = 0;

	if (size < draft->size && size % CHUNK_SIZE) {
		r = dirty_chunk(draft, size / CHUNK_SIZE, &chunk);
		if (r < 0)
			return r;
		memset(chunk + size % CHUNK_SIZE, 0, (size_t)(CHUNK_SIZE - size % CHUNK_SIZE));
	}
	if (size < draft->size) {
		for (int64_t n = first_gone; draft->chunks && n < CHUNKS_MAX; n++) {
			draft->dirty -= draft->chunks[n] != NULL;
			free(draft->chunks[n]);
			draft->chunks[n] = NULL;
		}
		if (draft->cut < 0 || first_gone < draft->cut)
			draft->cut = first_gone;
	}
	draft->size = size;
	draft->size_changed = true;
	draft->mtime_ns = clock_wall_ns();
	return 0;
}

int draft_truncate(struct draft *draft, int64_t size)
{
	SCOPED_LOCK(&draft->lock);
	int r = find_limit(draft);

	if (r < 0)
		return r;
	if (size > draft->limit)
		return -EFBIG;
	if (size == draft->size && size == 0 && draft->changed)
		return 0;
	r = begin_change(draft);
	return r < 0 ? r : truncate_locked(draft, size);
}

/* ---- by file ---- */

int drafts_truncate(struct drafts *drafts, const struct file *file, int64_t size)
{
	struct draft *draft;
	int r = draft_open(drafts, file, ACCESS_WRITE, &draft);

	if (r < 0)
		return r;
	r = draft_truncate(draft, size);
	if (r == 0)
		r = draft_save(draft, STORE_LAZY);
	draft_close(draft, ACCESS_WRITE);
	return r;
}

void drafts_set_mtime(struct drafts *drafts, int64_t file, int64_t mtime_ns)
{
	SCOPED_LOCK(&drafts->lock);
	struct draft *draft = *find(drafts, file);

	if (draft)
		draft->mtime_ns = mtime_ns;
}

void drafts_look(struct drafts *drafts, int64_t file, int64_t *size, int64_t *mtime_ns)
{
	SCOPED_LOCK(&drafts->lock);
	const struct draft *draft = *find(drafts, file);

	if (!draft)
		return;
	*size = draft->size;
	*mtime_ns = draft->mtime_ns;
}

bool drafts_is_open(struct drafts *drafts, int64_t file, enum draft_access access)
{
	SCOPED_LOCK(&drafts->lock);
	const struct draft *draft = *find(drafts, file);

	return draft && (access == ACCESS_READ || draft->writers);
}

void drafts_unlinked(struct drafts *drafts, int64_t file)
{
	struct draft *draft;

	pthread_mutex_lock(&drafts->lock);
	draft = *find(drafts, file);
	if (draft)
		draft->unlinked = true;
	pthread_mutex_unlock(&drafts->lock);
	if (!draft)
		catalog_drop(drafts->catalog, file);
}

void drafts_forgotten(struct drafts *drafts, int64_t file)
{
	SCOPED_LOCK(&drafts->lock);
	struct draft *draft = *find(drafts, file);

	if (draft)
		draft->forgotten = true;
}

void drafts_renamed(struct drafts *drafts)
{
	drafts->renames++;
}

bool drafts_owes_close(void *arg, int64_t file)
{
	struct drafts *drafts = arg;
	SCOPED_LOCK(&drafts->lock);
	struct draft *draft = *find(drafts, file);

	if (!draft || !draft->writers)
		return false;
	draft->owes_close = true;
	return true;
}
