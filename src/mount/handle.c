/* What an open file is, by the kind of its content. */
#include "mount/handle.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "io/store_images.h"
#include "io/store_jobs.h"
#include "io/store_tree.h"
#include "mount/pages.h"
#include "mount/provider_text.h"
#include "mount/text.h"

struct handles {
	pthread_mutex_t lock; /* guards the list and status texts; held for a copy */
	struct handle *first;
};

/* ---- all of them ---- */

struct handles *handles_new(void)
{
	struct handles *handles = calloc(1, sizeof(*handles));

	if (handles)
		pthread_mutex_init(&handles->lock, NULL);
	return handles;
}

static void free_handle(struct handle *handle)
{
	if (handle->fd >= 0)
		close(handle->fd);
	strbuf_done(&handle->text);
	free(handle);
}

void handles_free(struct handles *handles)
{
	if (!handles)
		return;
	while (handles->first) {
		struct handle *handle = handles->first;

		handles->first = handle->next;
		if (handle->draft && handle->access == ACCESS_WRITE)
			draft_save(handle->draft, STORE_LAZY);
		free_handle(handle);
	}
	pthread_mutex_destroy(&handles->lock);
	free(handles);
}

static struct handle *new_handle(const struct mount *mount, uint64_t ino)
{
	struct handle *handle = calloc(1, sizeof(*handle));

	if (!handle)
		return NULL;
	handle->ino = ino;
	handle->content = kind_content(inode_kind(ino));
	handle->fd = -1;
	handle->handles = mount->handles;
	pthread_mutex_lock(&mount->handles->lock);
	handle->next = mount->handles->first;
	if (handle->next)
		handle->next->link = &handle->next;
	handle->link = &mount->handles->first;
	mount->handles->first = handle;
	pthread_mutex_unlock(&mount->handles->lock);
	return handle;
}

void handle_close(struct handle *handle)
{
	if (!handle)
		return;
	if (handle->draft)
		draft_close(handle->draft, handle->access);
	pthread_mutex_lock(&handle->handles->lock);
	*handle->link = handle->next;
	if (handle->next)
		handle->next->link = handle->link;
	pthread_mutex_unlock(&handle->handles->lock);
	free_handle(handle);
}

/* ---- opening ---- */

static bool for_writing(int flags)
{
	return (flags & O_ACCMODE) != O_RDONLY || flags & O_TRUNC;
}

static int open_file(const struct mount *mount, struct handle *handle, int flags)
{
	struct db *db = store_read_begin(mount->store);
	struct file file;
	int r = db ? store_file_get(db, inode_id(handle->ino), &file) : -EIO;

	store_read_end(db);
	if (r < 0)
		return r;
	handle->access = for_writing(flags) ? ACCESS_WRITE : ACCESS_READ;
	if (handle->access == ACCESS_WRITE && mount->read_only)
		return -EROFS;
	r = draft_open(mount->drafts, &file, handle->access, &handle->draft);
	/* The kernel leaves it to us: FUSE_CAP_ATOMIC_O_TRUNC is libfuse's default. */
	return r == 0 && flags & O_TRUNC ? draft_truncate(handle->draft, 0) : r;
}

static int open_image(const struct mount *mount, struct handle *handle)
{
	struct db *db = store_read_begin(mount->store);
	struct image image;
	int r = db ? store_image_get(db, inode_id(handle->ino), &image) : -EIO;

	store_read_end(db);
	if (r < 0)
		return r;
	handle->fd = blobs_read(mount->blobs, image.blob);
	return handle->fd < 0 ? handle->fd : 0;
}

static int open_provider(const struct mount *mount, struct db *db, struct handle *handle)
{
	const struct profile *profile = provider_of(mount, inode_id(handle->ino));

	return profile ? provider_text(mount, db, profile, inode_kind(handle->ino), &handle->text)
		       : -ENOENT;
}

static int open_text(const struct mount *mount, struct handle *handle)
{
	enum kind kind = inode_kind(handle->ino);
	CLEANUP(store_read) struct db *db = NULL;
	struct job_view view;
	int r;

	if (kind == KIND_README || kind == KIND_STATUS_PAGE || kind == KIND_GALLERY ||
	    kind == KIND_SPEND)
		return pages_render(mount->pages, mount, kind, &handle->text);
	db = store_read_begin(mount->store);
	if (kind >= KIND_PROVIDER && kind <= KIND_PROVIDER_INI)
		return db ? open_provider(mount, db, handle) : -EIO;
	r = db ? job_view_load(db, inode_kind(handle->ino), inode_id(handle->ino), &view) : -EIO;
	if (r < 0)
		return r;
	handle->seen = view.job.changed_ms;
	return text_render(mount, db, kind, &view, &handle->text);
}

static int open_content(const struct mount *mount, struct handle *handle, int flags)
{
	switch (handle->content) {
	case CONTENT_FILE:
		return open_file(mount, handle, flags);
	case CONTENT_CTL:
		return mount->read_only && for_writing(flags) ? -EROFS : 0;
	case CONTENT_NONE:
		return -EISDIR;
	default:
		break;
	}
	if (for_writing(flags))
		return -EPERM;
	switch (handle->content) {
	case CONTENT_TEXT:
		return open_text(mount, handle);
	case CONTENT_IMAGE:
		return open_image(mount, handle);
	default:
		return 0;
	}
}

int handle_open(const struct mount *mount, uint64_t ino, int flags, struct handle **ret_handle)
{
	struct handle *handle = new_handle(mount, ino);
	int r;

	if (!handle)
		return -ENOMEM;
	r = open_content(mount, handle, flags);
	if (r < 0) {
		handle_close(handle);
		return r;
	}
	*ret_handle = handle;
	return 0;
}

int handle_open_created(const struct mount *mount, const struct file *file, int flags,
			struct handle **ret_handle)
{
	struct handle *handle = new_handle(mount, inode_of(KIND_FILE, file->id));
	int r;

	if (!handle)
		return -ENOMEM;
	handle->access = for_writing(flags) ? ACCESS_WRITE : ACCESS_READ;
	r = draft_open(mount->drafts, file, handle->access, &handle->draft);
	if (r < 0) {
		handle_close(handle);
		return r;
	}
	*ret_handle = handle;
	return 0;
}

/* ---- reading ---- */

/* A run's part of its job's log is short: it is gathered whole. */
static int64_t read_run_log(struct db *db, int64_t run, char *bytes, size_t size, int64_t offset)
{
	CLEANUP(strbuf) struct strbuf lines = STRBUF_EMPTY;
	int r = store_log_of_run(db, run, &lines);

	if (r < 0 || offset >= (int64_t)lines.size)
		return r;
	if (size > lines.size - (size_t)offset)
		size = lines.size - (size_t)offset;
	memcpy(bytes, lines.bytes + offset, size);
	return (int64_t)size;
}

static ssize_t read_history(const struct mount *mount, struct handle *handle, char *bytes,
			    size_t size, int64_t offset)
{
	CLEANUP(store_read) struct db *db = store_read_begin(mount->store);
	int64_t r;

	if (!db)
		return -EIO;
	if (inode_kind(handle->ino) == KIND_EVENTS)
		r = store_event_read(db, offset, bytes, size);
	else if (inode_kind(handle->ino) == KIND_RUN_LOG)
		r = read_run_log(db, inode_id(handle->ino), bytes, size, offset);
	else
		r = store_log_read(db, inode_id(handle->ino), offset, bytes, size);
	if (r > 0 && offset + r > handle->seen)
		handle->seen = offset + r;
	return (ssize_t)r;
}

/* A status is read again from its start by whoever polled for a change, as one
 * does with files of sysfs: the second reading gives the word of that moment. */
static void look_again(const struct mount *mount, struct handle *handle)
{
	struct strbuf fresh = STRBUF_EMPTY, old;
	CLEANUP(store_read) struct db *db = NULL;
	struct job_view view;

	if (!atomic_exchange(&handle->was_read, true))
		return;
	db = store_read_begin(mount->store);
	if (!db || job_view_load(db, KIND_JOB_STATUS, inode_id(handle->ino), &view) < 0 ||
	    text_render(mount, db, KIND_JOB_STATUS, &view, &fresh) < 0) {
		strbuf_done(&fresh);
		return;
	}
	pthread_mutex_lock(&mount->handles->lock);
	old = handle->text;
	handle->text = fresh;
	pthread_mutex_unlock(&mount->handles->lock);
	handle->seen = view.job.changed_ms;
	strbuf_done(&old);
}

static ssize_t copy_text(struct handle *handle, char *bytes, size_t size, int64_t offset)
{
	SCOPED_LOCK(&handle->handles->lock);

	if (offset >= (int64_t)handle->text.size)
		return 0;
	if (size > handle->text.size - (size_t)offset)
		size = handle->text.size - (size_t)offset;
	memcpy(bytes, handle->text.bytes + offset, size);
	return (ssize_t)size;
}

ssize_t handle_read(const struct mount *mount, struct handle *handle, char *bytes, size_t size,
		    int64_t offset)
{
	switch (handle->content) {
	case CONTENT_FILE:
		return draft_read(handle->draft, bytes, size, offset);
	case CONTENT_HISTORY:
		return read_history(mount, handle, bytes, size, offset);
	case CONTENT_TEXT:
		if (inode_kind(handle->ino) == KIND_JOB_STATUS && offset == 0)
			look_again(mount, handle);
		return copy_text(handle, bytes, size, offset);
	default:
		return 0;
	}
}

/* ---- writing ---- */

bool handle_asks_reload(const struct handle *handle, const char *bytes, size_t size)
{
	if (size && bytes[size - 1] == '\n')
		size--;
	return inode_kind(handle->ino) == KIND_ROOT_CTL && size == 6 && !memcmp(bytes, "reload", 6);
}

static int obey_root(const struct mount *mount, const char *word, size_t size)
{
	if (size == 5 && !memcmp(word, "pause", 5))
		return catalog_pause(mount->catalog, PAUSE_ON);
	if (size == 6 && !memcmp(word, "resume", 6))
		return catalog_pause(mount->catalog, PAUSE_OFF);
	return -EINVAL;
}

/* One command a write, with or without its newline. */
static int obey(const struct mount *mount, const struct handle *handle, const char *bytes,
		size_t size)
{
	enum command command;

	if (size && bytes[size - 1] == '\n')
		size--;
	if (inode_kind(handle->ino) == KIND_ROOT_CTL)
		return obey_root(mount, bytes, size);
	command = command_find(bytes, size);
	if (command == COMMANDS)
		return -EINVAL;
	return catalog_command(mount->catalog, inode_id(handle->ino), command);
}

ssize_t handle_write(const struct mount *mount, struct handle *handle, const char *bytes,
		     size_t size, int64_t offset)
{
	int r;

	if (handle->content == CONTENT_FILE)
		return draft_write(handle->draft, bytes, size, offset);
	if (handle->content != CONTENT_CTL)
		return -EPERM;
	r = obey(mount, handle, bytes, size);
	return r < 0 ? r : (ssize_t)size;
}

/* ---- poll(2) ---- */

static unsigned poll_job(const struct mount *mount, const struct handle *handle)
{
	CLEANUP(store_read) struct db *db = store_read_begin(mount->store);
	enum kind kind = inode_kind(handle->ino);
	struct job_view view;

	if (!db || job_view_load(db, inode_kind(handle->ino), inode_id(handle->ino), &view) < 0)
		return POLLIN | POLLRDNORM | POLLPRI;
	if (kind == KIND_JOB_WAIT)
		return state_rests(view.state) ? POLLIN | POLLRDNORM : 0;
	if (kind == KIND_JOB_STATUS && view.job.changed_ms != handle->seen)
		return POLLIN | POLLRDNORM | POLLPRI;
	return POLLIN | POLLRDNORM;
}

static unsigned poll_events(const struct mount *mount, const struct handle *handle)
{
	CLEANUP(store_read) struct db *db = store_read_begin(mount->store);

	return db && store_event_size(db) > handle->seen ? POLLIN | POLLRDNORM : 0;
}

unsigned handle_poll(const struct mount *mount, struct handle *handle)
{
	switch (inode_kind(handle->ino)) {
	case KIND_JOB_WAIT:
	case KIND_JOB_STATUS:
		return poll_job(mount, handle);
	case KIND_EVENTS:
		return poll_events(mount, handle);
	default:
		return POLLIN | POLLRDNORM | POLLOUT | POLLWRNORM;
	}
}
