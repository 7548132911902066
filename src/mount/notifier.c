/* The mailbox holds ids, never paths: what a job or picture is called is looked
 * up when its turn comes. A job's status is announced at most once in
 * STATUS_GAP_MS; a change inside the gap is announced at its end, so the last
 * change is always seen. No lock is held while the kernel is told anything. */
#include "mount/notifier.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/strbuf.h"
#include "base/timers.h"
#include "io/store_images.h"
#include "io/store_jobs.h"
#include "io/store_tree.h"
#include "mount/announcer.h"
#include "mount/kind.h"
#include "mount/pages.h"
#include "mount/watch.h"

enum {
	STATUS_GAP_MS = 100,
	BUCKETS = 4096,
	GONE_MAX = 16384,
	PAGE_GAP_MS = 500,
	IDLE_MS = 3600 * 1000,
};

/* A job announced lately, or about to be. */
struct recent {
	struct recent *next; /* in its bucket */
	int64_t job;
	int64_t free_ms; /* steady: when it may be announced again */
	bool pending;
};

/* A name that went. */
struct gone_name {
	struct note note;
	struct gone_name *next;
};

struct notifier {
	struct mount *mount;
	struct fuse_session *session;
	pthread_t thread;
	bool started;

	/* Guards all below; held for a few pointers, over no call to the kernel. */
	pthread_mutex_t lock;
	pthread_cond_t woken;
	struct recent *recents[BUCKETS];
	struct timers jobs; /* by the time their status may be announced */
	struct timers images;
	struct gone_name *gone, **gone_end; /* oldest first */
	size_t gone_count;
	bool polls;
	bool page_stale;
	int64_t page_ms; /* steady: when it may be rendered again */
	bool stopping;
};

/* ---- mailbox ---- */

static struct recent **bucket_of(struct notifier *notifier, int64_t job)
{
	return &notifier->recents[(uint64_t)job % BUCKETS];
}

/* NULL: not announced lately. Those of its bucket that may be forgotten are. */
static struct recent *find_recent(struct notifier *notifier, int64_t job, int64_t now_ms)
{
	struct recent **link = bucket_of(notifier, job), *found = NULL;

	while (*link) {
		struct recent *recent = *link;

		if (!recent->pending && recent->free_ms <= now_ms) {
			*link = recent->next;
			free(recent);
			continue;
		}
		if (recent->job == job)
			found = recent;
		link = &recent->next;
	}
	return found;
}

/* Without memory it is announced at once, merged with nothing. */
static void post_job(struct notifier *notifier, int64_t job)
{
	int64_t now_ms = clock_steady_ms();
	struct recent *recent = find_recent(notifier, job, now_ms), **bucket;

	if (recent && recent->pending)
		return;
	if (!recent && (recent = calloc(1, sizeof(*recent)))) {
		bucket = bucket_of(notifier, job);
		*recent = (struct recent){ .next = *bucket, .job = job, .free_ms = now_ms };
		*bucket = recent;
	}
	if (timer_add(&notifier->jobs, job, recent ? recent->free_ms : now_ms) == 0 && recent)
		recent->pending = true;
}

/* With its name: what is gone cannot be looked up later. */
static void post_gone(struct notifier *notifier, const struct note *note)
{
	struct gone_name *gone;

	if (notifier->gone_count == GONE_MAX)
		return;
	gone = malloc(sizeof(*gone));
	if (!gone)
		return;
	gone->note = *note;
	gone->next = NULL;
	*notifier->gone_end = gone;
	notifier->gone_end = &gone->next;
	notifier->gone_count++;
}

static struct gone_name *take_gone(struct notifier *notifier)
{
	struct gone_name *gone = notifier->gone;

	if (!gone)
		return NULL;
	notifier->gone = gone->next;
	if (!notifier->gone)
		notifier->gone_end = &notifier->gone;
	notifier->gone_count--;
	return gone;
}

static void on_note(const struct note *note, void *arg)
{
	struct notifier *notifier = arg;
	struct mount *mount = notifier->mount;
	bool shows = note->kind == NOTE_JOB || note->kind == NOTE_ALL;

	/* Before anybody is woken, who may read a page next. */
	if (shows)
		pages_touch(mount->pages);
	if (note->kind == NOTE_JOB)
		watch_job(mount->watch, note->job);
	pthread_mutex_lock(&notifier->lock);
	notifier->page_stale |= shows;
	if (note->kind == NOTE_JOB && !notifier->stopping) {
		post_job(notifier, note->job);
		notifier->polls = true;
	} else if (note->kind == NOTE_IMAGE && !notifier->stopping) {
		timer_add(&notifier->images, note->image, 0);
	} else if (note->kind == NOTE_GONE && !notifier->stopping) {
		post_gone(notifier, note);
	}
	pthread_cond_signal(&notifier->woken);
	pthread_mutex_unlock(&notifier->lock);
}

/* ---- telling ---- */

static void announce_job(struct notifier *notifier, int64_t id)
{
	CLEANUP(strbuf) struct strbuf path = STRBUF_EMPTY;
	struct db *db = store_read_begin(notifier->mount->store);
	struct job job;
	int r = db ? store_job_get(db, id, &job) : -EIO;

	strbuf_add_text(&path, "jobs/");
	if (r == 0)
		r = store_path(db, job.folder, &job.name, &path);
	store_read_end(db);
	strbuf_add_text(&path, "/status");
	if (r == 0 && !strbuf_failed(&path))
		announcer_do(notifier->mount->announcer, ANNOUNCE_CHANGE, path.bytes);
}

/* Folders first, from the top down. */
static void announce_folder(struct notifier *notifier, int64_t id)
{
	CLEANUP(strbuf) struct strbuf path = STRBUF_EMPTY;
	struct db *db = store_read_begin(notifier->mount->store);
	struct folder folder;
	int r = db ? store_folder_get(db, id, &folder) : -EIO;

	strbuf_add_text(&path, "images");
	if (r == 0 && folder.parent && !folder.present) {
		strbuf_add_char(&path, '/');
		r = store_path(db, folder.parent, &folder.name, &path);
	}
	store_read_end(db);
	if (r < 0 || !folder.parent || folder.present || strbuf_failed(&path))
		return;
	announce_folder(notifier, folder.parent);
	announcer_do(notifier->mount->announcer, ANNOUNCE_FOLDER, path.bytes);
}

/* Where the announcer cannot, the engine shows the picture a moment later. */
static void announce_image(struct notifier *notifier, int64_t id)
{
	CLEANUP(strbuf) struct strbuf path = STRBUF_EMPTY;
	struct db *db = store_read_begin(notifier->mount->store);
	struct image image;
	int r = db ? store_image_get(db, id, &image) : -EIO;

	strbuf_add_text(&path, "images/");
	if (r == 0 && (image.announced || !image.folder))
		r = -ENOENT;
	if (r == 0)
		r = store_path(db, image.folder, &image.name, &path);
	store_read_end(db);
	if (r < 0 || strbuf_failed(&path))
		return;
	announce_folder(notifier, image.folder);
	announcer_do(notifier->mount->announcer, ANNOUNCE_FILE, path.bytes);
}

/* Best effort: what the kernel never looked up it need not forget. */
static void tell_delete(struct notifier *notifier, uint64_t parent, uint64_t child,
			const struct name *name)
{
	(void)fuse_lowlevel_notify_delete(notifier->session, parent, child, name->bytes,
					  name->size);
}

static void tell_gone(struct notifier *notifier, const struct note *note)
{
	switch (note->gone) {
	case GONE_JOB:
		tell_delete(notifier, inode_of(KIND_JOB_FOLDER, note->folder),
			    inode_of(KIND_JOB, note->job), &note->name);
		break;
	case GONE_FOLDER:
		tell_delete(notifier, inode_of(KIND_JOB_FOLDER, note->folder),
			    inode_of(KIND_JOB_FOLDER, note->id), &note->name);
		break;
	case GONE_LINK:
		tell_delete(notifier, inode_of(KIND_JOB_IMAGES, note->job),
			    inode_of(KIND_JOB_LINK, note->image), &note->name);
		tell_delete(notifier, inode_of(KIND_RUN_IMAGES, note->run),
			    inode_of(KIND_RUN_LINK, note->image), &note->name);
		break;
	}
}

static void tell_polls(struct notifier *notifier)
{
	struct fuse_pollhandle *handle;

	while ((handle = watch_take_poll(notifier->mount->watch))) {
		fuse_lowlevel_notify_poll(handle);
		fuse_pollhandle_destroy(handle);
	}
}

/* ---- the thread ---- */

enum task { TASK_NONE, TASK_JOB, TASK_IMAGE, TASK_GONE, TASK_POLLS, TASK_PAGE, TASK_STOP };

static enum task next_task(struct notifier *notifier, int64_t *ret_id, struct gone_name **ret_gone)
{
	int64_t now_ms = clock_steady_ms();

	if (notifier->stopping)
		return TASK_STOP;
	if (notifier->polls) {
		notifier->polls = false;
		return TASK_POLLS;
	}
	if (timer_take_due(&notifier->images, now_ms, ret_id))
		return TASK_IMAGE;
	*ret_gone = take_gone(notifier);
	if (*ret_gone)
		return TASK_GONE;
	if (timer_take_due(&notifier->jobs, now_ms, ret_id)) {
		struct recent *recent = find_recent(notifier, *ret_id, now_ms);

		if (recent) {
			recent->pending = false;
			recent->free_ms = now_ms + STATUS_GAP_MS;
		}
		return TASK_JOB;
	}
	if (notifier->page_stale && notifier->page_ms <= now_ms) {
		notifier->page_stale = false;
		notifier->page_ms = now_ms + PAGE_GAP_MS;
		return TASK_PAGE;
	}
	return TASK_NONE;
}

static void wait_for_work(struct notifier *notifier)
{
	int64_t until_ms = timers_next(&notifier->jobs, clock_steady_ms() + IDLE_MS);
	struct timespec until;

	if (notifier->page_stale && notifier->page_ms < until_ms)
		until_ms = notifier->page_ms;
	until.tv_sec = until_ms / 1000;
	until.tv_nsec = until_ms % 1000 * 1000000;
	pthread_cond_timedwait(&notifier->woken, &notifier->lock, &until);
}

static void *notifier_main(void *arg)
{
	struct notifier *notifier = arg;
	enum task task = TASK_NONE;
	struct gone_name *gone = NULL;
	int64_t id = 0;

	while (task != TASK_STOP) {
		pthread_mutex_lock(&notifier->lock);
		while ((task = next_task(notifier, &id, &gone)) == TASK_NONE)
			wait_for_work(notifier);
		pthread_mutex_unlock(&notifier->lock);
		switch (task) {
		case TASK_JOB:
			announce_job(notifier, id);
			break;
		case TASK_IMAGE:
			announce_image(notifier, id);
			break;
		case TASK_GONE:
			tell_gone(notifier, &gone->note);
			free(gone);
			break;
		case TASK_POLLS:
			tell_polls(notifier);
			break;
		case TASK_PAGE:
			pages_refresh(notifier->mount->pages, notifier->mount);
			break;
		case TASK_NONE:
		case TASK_STOP:
			break;
		}
	}
	return NULL;
}

int notifier_new(struct mount *mount, struct notifier **ret_notifier)
{
	struct notifier *notifier = calloc(1, sizeof(*notifier));
	pthread_condattr_t attributes;

	if (!notifier)
		return -ENOMEM;
	notifier->mount = mount;
	notifier->gone_end = &notifier->gone;
	pthread_mutex_init(&notifier->lock, NULL);
	pthread_condattr_init(&attributes);
	pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
	pthread_cond_init(&notifier->woken, &attributes);
	pthread_condattr_destroy(&attributes);
	catalog_listen(mount->catalog, on_note, notifier);
	*ret_notifier = notifier;
	return 0;
}

int notifier_start(struct notifier *notifier, struct fuse_session *session)
{
	int error;

	notifier->session = session;
	error = pthread_create(&notifier->thread, NULL, notifier_main, notifier);
	notifier->started = !error;
	return -error;
}

void notifier_stop(struct notifier *notifier)
{
	if (!notifier->started)
		return;
	pthread_mutex_lock(&notifier->lock);
	notifier->stopping = true;
	pthread_cond_signal(&notifier->woken);
	pthread_mutex_unlock(&notifier->lock);
	announcer_interrupt(notifier->mount->announcer);
	pthread_join(notifier->thread, NULL);
	notifier->started = false;
}

void notifier_free(struct notifier *notifier)
{
	struct gone_name *gone;

	if (!notifier)
		return;
	while ((gone = take_gone(notifier)))
		free(gone);
	for (size_t i = 0; i < BUCKETS; i++)
		while (notifier->recents[i]) {
			struct recent *recent = notifier->recents[i];

			notifier->recents[i] = recent->next;
			free(recent);
		}
	timers_done(&notifier->jobs);
	timers_done(&notifier->images);
	pthread_mutex_destroy(&notifier->lock);
	pthread_cond_destroy(&notifier->woken);
	free(notifier);
}
