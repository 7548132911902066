/* The stage's own process is forked from the test while that has one thread, and
 * follows the order of the real daemon: mount, announcer, threads, loop; then
 * interrupt, join, unmount, stop. It leaves through exit(), so that the leak
 * checker sees it. */
#include "announcer_stage.h"

#include <errno.h>
#include <fuse_lowlevel.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"

enum { ROOT = FUSE_ROOT_ID, IMAGES, JOBS, JOB, STATUS, FIRST_IMAGE = 100 };

enum { MADE_FILE = 1, MADE_FOLDER };

static struct stage_board *board;
static struct announcer *announcer;
static fuse_req_t volatile unanswered; /* so that it is no leak */
static atomic_char made[STAGE_NAMES];

/* The file system. */

static void fill(fuse_ino_t ino, struct stat *st)
{
	bool is_file =
		ino == STATUS || (ino >= FIRST_IMAGE && made[ino - FIRST_IMAGE] == MADE_FILE);

	*st = (struct stat){
		.st_ino = ino,
		.st_mode = is_file ? S_IFREG | 0600 : S_IFDIR | 0700,
		.st_nlink = 1,
		.st_uid = getuid(),
		.st_gid = getgid(),
	};
}

static struct fuse_entry_param entry(fuse_ino_t ino)
{
	struct fuse_entry_param e = { .ino = ino, .attr_timeout = 1, .entry_timeout = 1 };

	fill(ino, &e.attr);
	return e;
}

static unsigned image_number(fuse_ino_t parent, const char *name)
{
	unsigned long number = strtoul(name, NULL, 10);

	return parent == IMAGES && number < STAGE_NAMES ? (unsigned)number : 0;
}

static void note_caller(fuse_req_t req)
{
	board->request_pid = fuse_req_ctx(req)->pid;
	board->request_uid = (int)fuse_req_ctx(req)->uid;
}

static void wait_while_held(void)
{
	board->holding++;
	while (board->hold)
		usleep(500);
	board->holding--;
}

static void op_lookup(fuse_req_t req, fuse_ino_t parent, const char *name)
{
	static const struct {
		fuse_ino_t parent;
		const char *name;
		fuse_ino_t ino;
	} fixed[] = { { ROOT, "images", IMAGES },
		      { ROOT, "jobs", JOBS },
		      { JOBS, "1", JOB },
		      { JOB, "status", STATUS } };
	unsigned number = image_number(parent, name);
	struct fuse_entry_param e = { 0 };

	for (size_t i = 0; i < sizeof(fixed) / sizeof(*fixed); i++)
		if (fixed[i].parent == parent && !strcmp(fixed[i].name, name))
			e = entry(fixed[i].ino);
	if (number && made[number])
		e = entry(FIRST_IMAGE + number);
	if (e.ino)
		fuse_reply_entry(req, &e);
	else
		fuse_reply_err(req, ENOENT);
}

static void op_getattr(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi)
{
	struct stat st;

	(void)fi;
	fill(ino, &st);
	fuse_reply_attr(req, &st, 1);
}

static void op_setattr(fuse_req_t req, fuse_ino_t ino, struct stat *attr, int to_set,
		       struct fuse_file_info *fi)
{
	(void)attr;
	(void)to_set;
	note_caller(req);
	op_getattr(req, ino, fi);
}

static void op_create(fuse_req_t req, fuse_ino_t parent, const char *name, mode_t mode,
		      struct fuse_file_info *fi)
{
	unsigned number = image_number(parent, name);
	struct fuse_entry_param e;

	(void)mode;
	note_caller(req);
	if (number == STAGE_UNANSWERED) {
		unanswered = req;
		board->holding++;
		return;
	}
	if (number == STAGE_HELD_CREATE)
		wait_while_held();
	if (!number) {
		fuse_reply_err(req, EPERM);
		return;
	}
	made[number] = MADE_FILE;
	e = entry(FIRST_IMAGE + number);
	fuse_reply_create(req, &e, fi);
}

static void op_mkdir(fuse_req_t req, fuse_ino_t parent, const char *name, mode_t mode)
{
	unsigned number = image_number(parent, name);
	struct fuse_entry_param e;

	(void)mode;
	note_caller(req);
	if (!number) {
		fuse_reply_err(req, EPERM);
		return;
	}
	made[number] = MADE_FOLDER;
	e = entry(FIRST_IMAGE + number);
	fuse_reply_entry(req, &e);
}

static void op_flush(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi)
{
	(void)fi;
	if (ino == FIRST_IMAGE + STAGE_HELD_FLUSH)
		wait_while_held();
	fuse_reply_err(req, 0);
}

static const struct fuse_lowlevel_ops ops = {
	.lookup = op_lookup,
	.getattr = op_getattr,
	.setattr = op_setattr,
	.create = op_create,
	.mkdir = op_mkdir,
	.flush = op_flush,
};

/* The daemon. */

static int burst(void)
{
	char path[32];
	int r = 0;

	for (int number = 1; !r && number < STAGE_HELD_FLUSH; number++) {
		snprintf(path, sizeof(path), "images/%d.png", number);
		r = announcer_do(announcer, ANNOUNCE_FILE, path);
		if (!r)
			r = announcer_do(announcer, ANNOUNCE_CHANGE, "jobs/1/status");
		if (!r)
			board->done += 2;
	}
	return r;
}

static void *notify(void *argument)
{
	int control = *(int *)argument;
	struct stage_order order;

	while (recv(control, &order, sizeof(order), 0) == (ssize_t)sizeof(order)) {
		int64_t began_ms = clock_steady_ms();
		struct stage_answer answer = {
			.result = order.what ? announcer_do(announcer, order.what, order.path)
					     : burst(),
		};

		answer.took_ms = clock_steady_ms() - began_ms;
		send(control, &answer, sizeof(answer), MSG_NOSIGNAL);
	}
	return NULL;
}

/* What a sandbox or a system without user namespaces does. */
static void deny_namespaces(void)
{
	struct sock_filter lines[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_unshare, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog filter = { sizeof(lines) / sizeof(*lines), lines };

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) ||
	    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter))
		abort();
}

/* libfuse cancels its workers, also while they complain that the connection
 * ended: whoever was cancelled inside stdio would keep its lock. */
__attribute__((format(printf, 2, 0))) static void complain(enum fuse_log_level level,
							   const char *format, va_list arguments)
{
	int before;

	(void)level;
	pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &before);
	vdprintf(STDERR_FILENO, format, arguments);
	pthread_setcancelstate(before, NULL);
}

static void on_interrupt(int number)
{
	(void)number;
	announcer_interrupt(announcer); /* NOLINT(bugprone-signal-handler,cert-sig30-c) */
}

static void start_announcer(const char *mountpoint, enum stage_way way, int control)
{
	int64_t began_ms = clock_steady_ms();
	struct stage_hello hello;
	int r;

	if (way == STAGE_NO_NAMESPACES)
		deny_namespaces();
	prctl(PR_SET_DUMPABLE, 0); /* as the daemon, which has keys to keep */
	r = announcer_start(mountpoint, &announcer);
	prctl(PR_SET_DUMPABLE, 1); /* for the leak checker */
	if (r < 0) {
		fprintf(stderr, "announcer_start: %s\n", strerror(-r));
		exit(1);
	}
	board->start_ms = (int)(clock_steady_ms() - began_ms);
	signal(SIGUSR1, on_interrupt);
	hello.announcer = announcer_pid(announcer);
	hello.shared_because = announcer_shared_because(announcer);
	send(control, &hello, sizeof(hello), 0);
	if (way == STAGE_LATE_LOOP)
		usleep(300 * 1000);
}

static void stop_announcer(void)
{
	int64_t began_ms = clock_steady_ms();

	announcer_stop(announcer);
	announcer = NULL;
	board->stop_ms += (int)(clock_steady_ms() - began_ms);
}

static void run(struct fuse_session *session, int control)
{
	struct fuse_loop_config *config = fuse_loop_cfg_create();
	pthread_t notifier;

	pthread_create(&notifier, NULL, notify, &control);
	fuse_session_loop_mt(session, config);
	announcer_interrupt(announcer);
	shutdown(control, SHUT_RD);
	pthread_join(notifier, NULL);
	fuse_loop_cfg_destroy(config);
}

static void daemon_main(const char *mountpoint, enum stage_way way, const char *options,
			int control)
{
	struct fuse_args args = FUSE_ARGS_INIT(0, NULL);
	struct fuse_session *session;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	fuse_set_log_func(complain);
	fuse_opt_add_arg(&args, "stage");
	fuse_opt_add_arg(&args, "-odefault_permissions,fsname=easelfs,subtype=easelfs");
	if (options) {
		fuse_opt_add_arg(&args, "-o");
		fuse_opt_add_arg(&args, options);
	}
	session = fuse_session_new(&args, &ops, sizeof(ops), NULL);
	if (!session || fuse_session_mount(session, mountpoint))
		exit(STAGE_SKIPPED);
	fuse_set_signal_handlers(session);
	start_announcer(mountpoint, way, control);
	run(session, control);
	fuse_remove_signal_handlers(session);
	if (way == STAGE_EARLY_STOP)
		stop_announcer();
	fuse_session_unmount(session);
	stop_announcer();
	fuse_session_destroy(session);
	fuse_opt_free_args(&args);
	exit(0);
}

/* The test's side. */

bool stage_start(struct stage *stage, enum stage_way way, const char *options)
{
	int pair[2];

	*stage = (struct stage){ 0 };
	strcpy(stage->mountpoint, "/tmp/announcer-XXXXXX");
	stage->board = mmap(NULL, sizeof(*board), PROT_READ | PROT_WRITE,
			    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (!mkdtemp(stage->mountpoint) || stage->board == MAP_FAILED ||
	    socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair))
		abort();
	board = stage->board;
	fflush(NULL);
	stage->pid = fork();
	if (stage->pid < 0)
		abort();
	if (stage->pid == 0) {
		close(pair[0]);
		daemon_main(stage->mountpoint, way, options, pair[1]);
	}
	stage->process = pidfd_open(stage->pid, 0);
	stage->control = pair[0];
	close(pair[1]);
	if (recv(stage->control, &stage->hello, sizeof(stage->hello), 0) ==
	    (ssize_t)sizeof(stage->hello))
		return true;
	printf("# skipped: no FUSE file system can be mounted here\n");
	stage_clear(stage);
	return false;
}

void stage_order(struct stage *stage, int what, const char *path)
{
	struct stage_order order = { .what = what };

	snprintf(order.path, sizeof(order.path), "%s", path);
	send(stage->control, &order, sizeof(order), MSG_NOSIGNAL);
}

struct stage_answer stage_answer(struct stage *stage)
{
	struct pollfd ready = { .fd = stage->control, .events = POLLIN };
	struct stage_answer answer = { .result = -ENODATA, .took_ms = -1 };

	if (poll(&ready, 1, 10 * 1000) > 0)
		recv(stage->control, &answer, sizeof(answer), 0);
	return answer;
}

bool stage_end(struct stage *stage, int limit_ms, int *ret_status)
{
	struct pollfd ended = { .fd = stage->process, .events = POLLIN };
	int status;

	if (poll(&ended, 1, limit_ms) <= 0)
		return false;
	waitpid(stage->pid, &status, 0);
	*ret_status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
	stage->pid = 0;
	return true;
}

void stage_clear(struct stage *stage)
{
	int status;

	if (stage->pid) {
		kill(stage->pid, SIGKILL);
		stage_end(stage, 5000, &status);
	}
	if (rmdir(stage->mountpoint) && errno != ENOENT) {
		stage_unmount(stage->mountpoint, UNMOUNT_LAZY);
		rmdir(stage->mountpoint);
	}
	close(stage->control);
	close(stage->process);
	munmap(stage->board, sizeof(*stage->board));
}

int stage_unmount(const char *mountpoint, enum unmount_way way)
{
	int status;
	pid_t pid;

	if (geteuid() == 0 && way != UNMOUNT_FUSERMOUNT)
		return umount2(mountpoint, way == UNMOUNT_LAZY ? MNT_DETACH : 0) ? -errno : 0;
	pid = fork();
	if (pid == 0) {
		execlp("fusermount3", "fusermount3", way == UNMOUNT_LAZY ? "-uz" : "-u", "--",
		       mountpoint, (char *)NULL);
		_exit(127);
	}
	waitpid(pid, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128;
}
