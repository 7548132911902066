/* Start and stop, each step named, in an order that matters:
 *
 * start: log, background, store, parts, session and mount, announcer (a fork, so
 * before any thread), recovery, engine, reloader, FUSE loop, notifier; then the kernel
 * is awaited, and only then are we ready.
 * stop: reloader and notifier (while workers still answer what a key's command and the
 * announcer ask), engine, blocked readers, FUSE loop, mount, announcer, parts, store.
 *
 * Main waits for signals; the FUSE loop has a thread of its own, because libfuse
 * leaves its loop only when that thread is interrupted. */
#include "app/daemon.h"

#include <errno.h>
#include <fuse_lowlevel.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "app/mountpoint.h"
#include "app/setup.h"
#include "background.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/log.h"
#include "engine/engine.h"
#include "io/key.h"
#include "mount/announcer.h"
#include "mount/drafts.h"
#include "mount/handle.h"
#include "mount/notifier.h"
#include "mount/ops.h"
#include "mount/pages.h"
#include "mount/reloader.h"
#include "mount/watch.h"

enum {
	SIGNAL_LOOP_ENDED = SIGUSR2, /* to main, from the loop's thread */
	SIGNAL_LEAVE_LOOP = SIGUSR1, /* to the loop's thread, from main */
	LEAVE_TRY_MS = 50,
	FUSE_THREADS_MAX = 16,
	KERNEL_LIMIT_MS = 60000, /* for the first request of a mount that was made */
};

struct daemon {
	struct options *options;
	struct rulebook *rulebook;
	struct mount mount;
	struct engine *engine;
	char *mountpoint;
	struct fuse_session *session;
	bool mounted, looping;
	pthread_t loop;
	int ready; /* of background.h, or -1 */
};

static int say(const char *what, int r)
{
	log_write(LOG_ERROR, "%s: %s", what, strerror(-r));
	return r;
}

/* Where the store cannot be read in the middle of its tables, it was not told when it was
 * opened. */
static int say_no_engine(const struct daemon *daemon, int r)
{
	const char *dir = store_dir(daemon->mount.store);

	if (r != -EIO)
		return say("the engine cannot be started", r);
	log_write(LOG_ERROR,
		  "the store %s cannot be read: it is damaged; easelfs --recover %s rebuilds it "
		  "from what can still be read",
		  dir, dir);
	return r;
}

/* ---- starting ---- */

static reload_fn reload;

static int start_parts(struct daemon *daemon)
{
	const struct options *options = daemon->options;
	struct mount *mount = &daemon->mount;
	struct diag diag = { 0 };
	int r = store_open(rulebook_current(daemon->rulebook)->config.store,
			   options->read_only ? STORE_READ_ONLY : STORE_READ_WRITE, &mount->store,
			   &diag);

	if (r < 0) {
		log_write(LOG_ERROR, "%s", diag.text);
		return r;
	}
	r = catalog_new(mount->store, daemon->rulebook, &mount->catalog);
	if (r == 0)
		r = blobs_open(store_dir(mount->store), &mount->blobs);
	if (r < 0)
		return say("the store's pictures cannot be opened", r);
	mount->uid = options->uid;
	mount->gid = options->gid;
	mount->umask = options->umask;
	mount->rulebook = daemon->rulebook;
	mount->read_only = options->read_only;
	mount->started_ns = clock_wall_ns();
	mount->answers = eventfd(0, EFD_CLOEXEC);
	if (mount->answers < 0)
		return say("starting", -errno);
	mount->live = live_new();
	mount->drafts = drafts_new(mount->store, mount->catalog);
	mount->watch = watch_new(mount);
	mount->pages = pages_new(daemon->mountpoint);
	mount->handles = handles_new();
	if (!mount->live || !mount->drafts || !mount->watch || !mount->pages || !mount->handles)
		return say("starting", -ENOMEM);
	r = reloader_new(reload, daemon, &mount->reloader);
	if (r < 0)
		return say("starting", r);
	pages_refresh(mount->pages, mount);
	return 0;
}

/* A daemon that was killed while it mounted may leave a fusermount3 that mounts for it yet,
 * and then unmounts: in between nobody can mount there. */
static int mount_session(struct daemon *daemon)
{
	enum { TRIES = 10 };
	struct diag diag = { 0 };
	bool changed = true;
	int r = -EIO;

	for (int tries = 0; r < 0 && changed && tries < TRIES; tries++) {
		CLEANUP(close_fd) int table = -1;

		r = mountpoint_clear(daemon->mountpoint, &diag);
		if (r < 0) {
			log_write(LOG_ERROR, "%s", diag.text);
			return r;
		}
		table = mountpoint_watch();
		r = fuse_session_mount(daemon->session, daemon->mountpoint) < 0 ? -EIO : 0;
		changed = table >= 0 && mountpoint_changed(table);
	}
	return r; /* libfuse said why */
}

static int start_session(struct daemon *daemon)
{
	struct fuse_args args = FUSE_ARGS_INIT(0, NULL);
	CLEANUP(strbuf) struct strbuf words = STRBUF_EMPTY;
	int r = -ENOMEM;

	/* The last word wins: what a provider sent is never run, whatever the options say. */
	strbuf_addf(&words,
		    "default_permissions,fsname=easelfs,subtype=easelfs%s%s,noexec,nosuid,nodev",
		    mountpoint_can_auto_unmount() ? ",auto_unmount" : "",
		    strbuf_text(&daemon->options->fuse_options));
	if (strbuf_failed(&words) || fuse_opt_add_arg(&args, "easelfs") < 0 ||
	    fuse_opt_add_arg(&args, "-o") < 0 || fuse_opt_add_arg(&args, strbuf_text(&words)) < 0 ||
	    (daemon->options->debug && fuse_opt_add_arg(&args, "-d") < 0))
		goto free_args;
	r = -EINVAL;
	daemon->session = fuse_session_new(&args, &mount_ops, sizeof(mount_ops), &daemon->mount);
	if (!daemon->session)
		goto free_args; /* libfuse said why */
	r = mount_session(daemon);
	daemon->mounted = r == 0;
free_args:
	fuse_opt_free_args(&args);
	return r;
}

/* Under `ro` nothing changes, so there is nothing to tell and nobody to work. */
static int start_workers(struct daemon *daemon)
{
	struct mount *mount = &daemon->mount;
	struct engine_parts parts = {
		.store = mount->store,
		.catalog = mount->catalog,
		.blobs = mount->blobs,
		.live = mount->live,
		.rulebook = daemon->rulebook,
	};
	int r;

	if (mount->read_only)
		return 0;
	r = announcer_start(daemon->mountpoint, &mount->announcer);
	if (r < 0)
		return say("the process that raises events cannot be started", r);
	if (!announcer_is_private(mount->announcer))
		log_write(LOG_NOTE,
			  "no mount namespace for events (%s): unmounting may be busy at times",
			  strerror(-announcer_shared_because(mount->announcer)));
	r = engine_new(&parts, &daemon->engine);
	if (r == 0)
		r = notifier_new(mount, &mount->notifier);
	if (r == 0)
		r = catalog_recover(mount->catalog);
	if (r == 0 && catalog_bury(mount->catalog, mount->blobs) < 0)
		log_write(LOG_WARN, "the files of removed pictures cannot be deleted yet");
	if (r == 0)
		r = engine_start(daemon->engine);
	return r < 0 ? say_no_engine(daemon, r) : 0;
}

static void *loop_thread(void *arg)
{
	struct daemon *daemon = arg;
	struct fuse_loop_config *config = fuse_loop_cfg_create();
	sigset_t leave;

	sigemptyset(&leave);
	sigaddset(&leave, SIGNAL_LEAVE_LOOP);
	pthread_sigmask(SIG_UNBLOCK, &leave, NULL);
	if (config) {
		fuse_loop_cfg_set_max_threads(config, FUSE_THREADS_MAX);
		fuse_loop_cfg_set_idle_threads(config, FUSE_THREADS_MAX);
		fuse_session_loop_mt(daemon->session, config);
		fuse_loop_cfg_destroy(config);
	}
	kill(getpid(), SIGNAL_LOOP_ENDED);
	return NULL;
}

/* Until the kernel's INIT is there; what else it asks waits for the answer to that.
 * To look at the mount instead would be a request of ours to ourselves: a daemon
 * killed in the middle of one never ends, and its mount never answers again. */
static int await_kernel(const struct daemon *daemon)
{
	struct pollfd kernel = { .fd = daemon->mount.answers, .events = POLLIN };
	int r;

	do
		r = poll(&kernel, 1, KERNEL_LIMIT_MS);
	while (r < 0 && errno == EINTR);
	return r < 0 ? -errno : r ? 0 : -ETIMEDOUT;
}

static int start_loop(struct daemon *daemon)
{
	int error = reloader_start(daemon->mount.reloader);

	if (error < 0)
		return say("the reloader cannot be started", error);
	error = pthread_create(&daemon->loop, NULL, loop_thread, daemon);
	if (error)
		return say("the FUSE loop cannot be started", -error);
	daemon->looping = true;
	if (daemon->mount.notifier) {
		error = notifier_start(daemon->mount.notifier, daemon->session);
		if (error < 0)
			return say("the notifier cannot be started", error);
	}
	error = await_kernel(daemon);
	return error < 0 ? say("the mount does not answer", error) : 0;
}

/* ---- reloading ---- */

/* On the reloader's thread. */
static int reload(void *arg, int stop_fd)
{
	struct daemon *daemon = arg;
	struct diag fault = { .line = 0 };
	struct rules rules;
	int r = setup_load(daemon->options, stop_fd, &rules, &fault);

	if (r == -ECANCELED)
		return r;
	if (r < 0) {
		log_write(LOG_ERROR, "the configuration stays as it was: %s", fault.text);
		rulebook_set_fault(daemon->rulebook, &fault);
		pages_touch(daemon->mount.pages);
		return -EINVAL;
	}
	r = rulebook_replace(daemon->rulebook, &rules);
	if (r < 0) {
		rules_done(&rules);
		return r;
	}
	log_write(LOG_NOTE, "the configuration was read again");
	pages_touch(daemon->mount.pages);
	return catalog_reloaded(daemon->mount.catalog);
}

/* ---- signals ---- */

static void ignore_signal(int number)
{
	(void)number;
}

static void block_signals(sigset_t *ret_set)
{
	struct sigaction interrupt = { .sa_handler = ignore_signal };
	struct sigaction ignore = { .sa_handler = SIG_IGN };

	sigemptyset(ret_set);
	sigaddset(ret_set, SIGTERM);
	sigaddset(ret_set, SIGINT);
	sigaddset(ret_set, SIGHUP);
	sigaddset(ret_set, SIGNAL_LOOP_ENDED);
	sigaddset(ret_set, SIGNAL_LEAVE_LOOP);
	sigprocmask(SIG_BLOCK, ret_set, NULL);
	sigdelset(ret_set, SIGNAL_LEAVE_LOOP);
	sigaction(SIGNAL_LEAVE_LOOP, &interrupt, NULL);
	sigaction(SIGPIPE, &ignore, NULL);
}

static void wait_for_end(struct daemon *daemon, const sigset_t *set)
{
	for (;;) {
		int number = sigwaitinfo(set, NULL);

		if (number == SIGTERM || number == SIGINT || number == SIGNAL_LOOP_ENDED)
			return;
		if (number == SIGHUP)
			reloader_wake(daemon->mount.reloader);
	}
}

/* ---- stopping ---- */

/* A signal that comes just before libfuse waits is lost, so it is sent again. */
static void leave_loop(struct daemon *daemon)
{
	struct timespec until;

	if (!daemon->looping)
		return;
	fuse_session_exit(daemon->session);
	do {
		pthread_kill(daemon->loop, SIGNAL_LEAVE_LOOP);
		clock_gettime(CLOCK_REALTIME, &until);
		until = clock_timespec(clock_ns(until) + LEAVE_TRY_MS * 1000000LL);
	} while (pthread_timedjoin_np(daemon->loop, NULL, &until) == ETIMEDOUT);
	daemon->looping = false;
}

static void stop(struct daemon *daemon)
{
	struct mount *mount = &daemon->mount;

	if (mount->reloader)
		reloader_stop(mount->reloader);
	if (mount->notifier)
		notifier_stop(mount->notifier);
	if (daemon->engine)
		engine_stop(daemon->engine);
	if (mount->watch)
		watch_stop(mount->watch);
	leave_loop(daemon);
	if (daemon->mounted)
		fuse_session_unmount(daemon->session);
	announcer_stop(mount->announcer);
	if (daemon->session)
		fuse_session_destroy(daemon->session);
	handles_free(mount->handles);
	notifier_free(mount->notifier);
	engine_free(daemon->engine);
	watch_free(mount->watch);
	reloader_free(mount->reloader);
	pages_free(mount->pages);
	drafts_free(mount->drafts);
	live_free(mount->live);
	blobs_close(mount->blobs);
	catalog_free(mount->catalog);
	store_close(mount->store);
	if (mount->answers >= 0)
		close(mount->answers);
}

/* ---- running ---- */

static int serve(struct daemon *daemon)
{
	sigset_t set;
	int r;

	block_signals(&set);
	r = start_parts(daemon);
	if (r == 0)
		r = start_session(daemon);
	if (r == 0)
		r = start_workers(daemon);
	if (r == 0)
		r = start_loop(daemon);
	if (r == 0) {
		if (daemon->ready >= 0) {
			if (!daemon->options->log)
				log_open(LOG_TO_SYSLOG, NULL, LOG_NOTE);
			background_ready(daemon->ready);
		}
		wait_for_end(daemon, &set);
	}
	stop(daemon);
	return r < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}

static int prepare(struct daemon *daemon, int *ret_status)
{
	struct options *options = daemon->options;
	struct diag diag = { 0 };
	struct rules rules;
	int r = 0;

	if (options->config && strcmp(options->config, "none") != 0)
		r = setup_make_absolute(&options->config, &diag);
	if (r == 0)
		r = setup_load(options, KEY_NEVER_STOP, &rules, &diag);
	if (r < 0) {
		fprintf(stderr, "easelfs: %s\n", diag.text);
		return r;
	}
	daemon->rulebook = rulebook_new(&rules);
	if (!daemon->rulebook) {
		rules_done(&rules);
		return -ENOMEM;
	}
	r = mountpoint_prepare(options->mountpoint, &daemon->mountpoint, &diag);
	if (r < 0) {
		fprintf(stderr, "easelfs: %s\n", diag.text);
		return r;
	}
	if (options->log) {
		r = log_open(LOG_TO_FILE, options->log, LOG_NOTE);
		if (r < 0) {
			fprintf(stderr, "easelfs: log %s: %s\n", options->log, strerror(-r));
			return r;
		}
	}
	if (options->foreground)
		return 0;
	r = background_fork(&daemon->ready, ret_status);
	if (r < 0)
		fprintf(stderr, "easelfs: cannot go to the background: %s\n", strerror(-r));
	return r;
}

int daemon_run(struct options *options)
{
	struct daemon daemon = { .options = options, .ready = -1, .mount.answers = -1 };
	int status = EXIT_FAILURE;
	int r;

	r = prepare(&daemon, &status);
	if (r == 0) {
		keys_settle(); /* this process stays; the announcer is none of it */
		if (chdir("/") < 0)
			log_write(LOG_WARN, "cannot leave the directory: %s", strerror(errno));
		status = serve(&daemon);
	}
	free(daemon.mountpoint);
	rulebook_free(daemon.rulebook);
	return status;
}
