/* Two lists: who is answered by the reload under way, and who came after it had begun and
 * may have changed a file that it had read already. One more reload serves all of those.
 *
 * As in watch.c, whoever takes a request out of its list answers it, and only they; and
 * the interrupt function, which libfuse calls with the request's own lock held, is cleared
 * (under that same lock) before the answer. So no request is freed under its interrupt. */
#include "mount/reloader.h"

#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/cleanup.h"

struct writer {
	struct writer *next;
	struct writer **link; /* what points to it; NULL: not in a list */
	struct reloader *reloader;
	fuse_req_t req;
	size_t size;
	bool interrupted; /* before it was parked */
};

struct reloader {
	reload_fn *reload;
	void *arg;
	pthread_t thread;
	bool started;
	int stop_fd; /* eventfd: readable once it stops */

	/* Guards all below; held for a few pointers, over no reply and no reload. */
	pthread_mutex_t lock;
	pthread_cond_t woken;
	struct writer *served;  /* by the reload under way */
	struct writer *waiting; /* for the next one */
	bool wanted, stopping;
};

/* ---- lists ---- */

static void insert(struct writer **head, struct writer *writer)
{
	writer->next = *head;
	if (writer->next)
		writer->next->link = &writer->next;
	writer->link = head;
	*head = writer;
}

static void take_out(struct writer *writer)
{
	*writer->link = writer->next;
	if (writer->next)
		writer->next->link = writer->link;
	writer->link = NULL;
}

static struct writer *take_first(struct reloader *reloader, struct writer **head)
{
	SCOPED_LOCK(&reloader->lock);
	struct writer *writer = *head;

	if (writer)
		take_out(writer);
	return writer;
}

/* ---- answers ---- */

/* Of a writer that is in no list any more. */
static void answer(struct writer *writer, int r)
{
	fuse_req_interrupt_func(writer->req, NULL, NULL);
	if (r < 0)
		fuse_reply_err(writer->req, -r);
	else
		fuse_reply_write(writer->req, writer->size);
	free(writer);
}

static void answer_all(struct reloader *reloader, struct writer **head, int r)
{
	struct writer *writer;

	while ((writer = take_first(reloader, head)))
		answer(writer, r);
}

static void on_interrupt(fuse_req_t req, void *arg)
{
	struct writer *writer = arg;
	bool ours;

	pthread_mutex_lock(&writer->reloader->lock);
	ours = writer->link;
	if (ours)
		take_out(writer);
	else
		writer->interrupted = true;
	pthread_mutex_unlock(&writer->reloader->lock);
	if (!ours)
		return;
	fuse_reply_err(req, EINTR);
	free(writer);
}

/* ---- asking ---- */

static void want(struct reloader *reloader)
{
	reloader->wanted = true;
	pthread_cond_signal(&reloader->woken);
}

void reloader_wake(struct reloader *reloader)
{
	SCOPED_LOCK(&reloader->lock);

	want(reloader);
}

void reloader_ask(struct reloader *reloader, fuse_req_t req, size_t size)
{
	struct writer *writer = calloc(1, sizeof(*writer));
	bool parked;

	if (!writer) {
		fuse_reply_err(req, ENOMEM);
		return;
	}
	writer->reloader = reloader;
	writer->req = req;
	writer->size = size;
	fuse_req_interrupt_func(req, on_interrupt, writer);

	pthread_mutex_lock(&reloader->lock);
	parked = !writer->interrupted && !reloader->stopping;
	if (parked) {
		insert(&reloader->waiting, writer);
		want(reloader);
	}
	pthread_mutex_unlock(&reloader->lock);
	if (!parked)
		answer(writer, -EINTR);
}

/* ---- the thread ---- */

/* False: it stops. */
static bool await_wish(struct reloader *reloader)
{
	SCOPED_LOCK(&reloader->lock);

	while (!reloader->wanted && !reloader->stopping)
		pthread_cond_wait(&reloader->woken, &reloader->lock);
	if (reloader->stopping)
		return false;
	reloader->wanted = false;
	reloader->served = reloader->waiting; /* there was nobody: all have been answered */
	if (reloader->served)
		reloader->served->link = &reloader->served;
	reloader->waiting = NULL;
	return true;
}

static void *reloader_thread(void *arg)
{
	struct reloader *reloader = arg;

	while (await_wish(reloader)) {
		int r = reloader->reload(reloader->arg, reloader->stop_fd);

		answer_all(reloader, &reloader->served, r == -ECANCELED ? -EINTR : r);
	}
	return NULL;
}

/* ---- its life ---- */

int reloader_new(reload_fn *reload, void *arg, struct reloader **ret_reloader)
{
	struct reloader *reloader = calloc(1, sizeof(*reloader));
	int r;

	if (!reloader)
		return -ENOMEM;
	reloader->stop_fd = eventfd(0, EFD_CLOEXEC);
	if (reloader->stop_fd < 0) {
		r = -errno;
		free(reloader);
		return r;
	}
	reloader->reload = reload;
	reloader->arg = arg;
	pthread_mutex_init(&reloader->lock, NULL);
	pthread_cond_init(&reloader->woken, NULL);
	*ret_reloader = reloader;
	return 0;
}

int reloader_start(struct reloader *reloader)
{
	int error = pthread_create(&reloader->thread, NULL, reloader_thread, reloader);

	reloader->started = error == 0;
	return -error;
}

void reloader_stop(struct reloader *reloader)
{
	pthread_mutex_lock(&reloader->lock);
	reloader->stopping = true;
	pthread_cond_signal(&reloader->woken);
	pthread_mutex_unlock(&reloader->lock);
	eventfd_write(reloader->stop_fd, 1);
	/* Before the thread is joined: the kernel lets only one write to ctl at a time, and the
	 * command that is awaited there may be in that queue, where no signal reaches it. */
	answer_all(reloader, &reloader->waiting, -EINTR);
	answer_all(reloader, &reloader->served, -EINTR);
	if (reloader->started)
		pthread_join(reloader->thread, NULL);
	reloader->started = false;
}

void reloader_free(struct reloader *reloader)
{
	if (!reloader)
		return;
	close(reloader->stop_fd);
	pthread_cond_destroy(&reloader->woken);
	pthread_mutex_destroy(&reloader->lock);
	free(reloader);
}
