/* Needs a machine where FUSE file systems can be mounted; runs as root and as an
 * ordinary user. Tests of privacy are skipped where there are no namespaces. */
#include "mount/announcer.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "announcer_stage.h"
#include "base/clock.h"

enum { SOON_MS = 3000, ROUNDS = 200 };

static void start_or_skip(struct stage *stage, enum stage_way way, const char *options)
{
	if (!stage_start(stage, way, options))
		skip();
}

static void start_private_or_skip(struct stage *stage, enum stage_way way, const char *options)
{
	start_or_skip(stage, way, options);
	if (stage->hello.shared_because) {
		printf("# skipped: no namespace: %s\n", strerror(-stage->hello.shared_because));
		stage_clear(stage);
		skip();
	}
}

/* In a chroot it is none: the announcer then has a mount of its own instead of a
 * namespace, and fusermount3's auto_unmount gives up. */
static bool root_is_a_mount(void)
{
	struct statx stx;

	return !statx(AT_FDCWD, "/", AT_NO_AUTOMOUNT, 0, &stx) &&
	       stx.stx_attributes & STATX_ATTR_MOUNT_ROOT;
}

static int do_one(struct stage *stage, enum announcement what, const char *path)
{
	stage_order(stage, what, path);
	return stage_answer(stage).result;
}

static void expect_end(struct stage *stage)
{
	int status = -1;

	assert_true(stage_end(stage, SOON_MS, &status));
	assert_int_equal(status, 0);
}

static bool is_gone_soon(pid_t pid)
{
	for (int64_t end_ms = clock_steady_ms() + SOON_MS; clock_steady_ms() < end_ms;) {
		if (kill(pid, 0) && errno == ESRCH)
			return true;
		usleep(1000);
	}
	return false;
}

static void await_holding(struct stage *stage)
{
	for (int i = 0; i < SOON_MS && !stage->board->holding; i++)
		usleep(1000);
	assert_int_equal(stage->board->holding, 1);
}

static int watch(const struct stage *stage, const char *path)
{
	int fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
	char whole[PATH_MAX];

	snprintf(whole, sizeof(whole), "%s/%s", stage->mountpoint, path);
	assert_true(inotify_add_watch(fd, whole,
				      IN_CREATE | IN_MODIFY | IN_CLOSE_WRITE | IN_ATTRIB) > 0);
	return fd;
}

/* All events that are there, each as bits; returns how many. */
static int read_events(int fd, uint32_t *ret_masks, int max)
{
	char bytes[4096] __attribute__((aligned(8)));
	int count = 0;
	ssize_t size;

	while ((size = read(fd, bytes, sizeof(bytes))) > 0)
		for (char *at = bytes; at < bytes + size && count < max;) {
			struct inotify_event *event = (struct inotify_event *)(void *)at;

			ret_masks[count++] = event->mask;
			at += sizeof(*event) + event->len;
		}
	return count;
}

static void is_ready_before_the_loop_runs(void **state)
{
	struct stage stage;

	(void)state;
	start_or_skip(&stage, STAGE_LATE_LOOP, NULL);
	printf("# start took %d ms, %s\n", (int)stage.board->start_ms,
	       stage.hello.shared_because ? "shared" : "private");
	assert_true(stage.board->start_ms < ANNOUNCER_START_LIMIT_MS);
	assert_int_equal(do_one(&stage, ANNOUNCE_FILE, "images/1.png"), 0);
	assert_int_equal(stage_unmount(stage.mountpoint, UNMOUNT_CALL), 0);
	expect_end(&stage);
	stage_clear(&stage);
}

static void raises_events(enum stage_way way)
{
	struct stage stage;
	uint32_t masks[16];
	int images, status;

	start_or_skip(&stage, way, NULL);
	images = watch(&stage, "images");
	status = watch(&stage, "jobs/1/status");
	assert_int_equal(do_one(&stage, ANNOUNCE_FILE, "images/1.png"), 0);
	assert_int_equal(read_events(images, masks, 16), 2);
	assert_int_equal(masks[0], IN_CREATE);
	assert_int_equal(masks[1], IN_CLOSE_WRITE);
	assert_int_equal(do_one(&stage, ANNOUNCE_FOLDER, "images/2.d"), 0);
	assert_int_equal(read_events(images, masks, 16), 1);
	assert_int_equal(masks[0], IN_CREATE | IN_ISDIR);
	assert_int_equal(do_one(&stage, ANNOUNCE_CHANGE, "jobs/1/status"), 0);
	assert_int_equal(read_events(status, masks, 16), 2);
	assert_int_equal(masks[0], IN_MODIFY);
	assert_int_equal(masks[1], IN_CLOSE_WRITE);
	assert_int_equal(stage.board->request_pid, stage.hello.announcer);
	assert_int_equal(stage.board->request_uid, getuid());
	assert_int_equal(stage_unmount(stage.mountpoint, UNMOUNT_FUSERMOUNT), 0);
	expect_end(&stage);
	/* Only once nobody keeps the file system alive any more. */
	assert_int_equal(poll(&(struct pollfd){ .fd = images, .events = POLLIN }, 1, SOON_MS), 1);
	assert_true(read_events(images, masks, 16) > 0 && (masks[0] & IN_UNMOUNT));
	close(images);
	close(status);
	stage_clear(&stage);
}

static void raises_events_private(void **state)
{
	(void)state;
	raises_events(STAGE_PLAIN);
}

static void raises_events_shared(void **state)
{
	(void)state;
	raises_events(STAGE_NO_NAMESPACES);
}

static void tells_errors(void **state)
{
	static const struct {
		enum announcement what;
		const char *path;
		int want;
	} cases[] = {
		{ ANNOUNCE_FILE, "images/1.png", 0 },
		{ ANNOUNCE_FILE, "images/1.png", -EEXIST },
		{ ANNOUNCE_FOLDER, "images/1.png", -EEXIST },
		{ ANNOUNCE_FOLDER, "images/2.d", 0 },
		{ ANNOUNCE_CHANGE, "images/3.png", -ENOENT },
		{ ANNOUNCE_FILE, "nowhere/1.png", -ENOENT },
		{ ANNOUNCE_FOLDER, "nowhere/1.d", -ENOENT },
		{ ANNOUNCE_FILE, "images/1.png/x", -ENOTDIR },
		{ ANNOUNCE_FILE, "mine.txt", -EPERM },
		{ ANNOUNCE_CHANGE, "../status", -EXDEV },
		{ ANNOUNCE_FOLDER, "../../x/2.d", -EXDEV },
		{ ANNOUNCE_FILE, "", -EINVAL },
		{ ANNOUNCE_FILE, "/images/4.png", -EINVAL },
		{ ANNOUNCE_FILE, "images/4.png", 0 },
	};
	static const enum stage_way ways[] = { STAGE_PLAIN, STAGE_NO_NAMESPACES };
	struct stage stage;

	(void)state;
	for (size_t way = 0; way < 2; way++) {
		start_or_skip(&stage, ways[way], NULL);
		for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
			assert_int_equal(do_one(&stage, cases[i].what, cases[i].path),
					 cases[i].want);
		stage_clear(&stage);
	}
}

static void start_tells_errors(void **state)
{
	struct announcer *announcer;

	(void)state;
	assert_int_equal(announcer_start("tmp", &announcer), -EINVAL);
	assert_int_equal(announcer_start("/nowhere", &announcer), -ENOENT);
	assert_int_equal(announcer_start("/proc", &announcer), -ENODEV);
	announcer_stop(NULL);
}

/* The point of it all. */
static void unmounts_while_a_file_is_open(void **state)
{
	static const enum unmount_way ways[] = { UNMOUNT_CALL, UNMOUNT_FUSERMOUNT, UNMOUNT_LAZY };
	struct stage stage;

	(void)state;
	for (size_t i = 0; i < sizeof(ways) / sizeof(*ways); i++) {
		start_private_or_skip(&stage, STAGE_PLAIN, NULL);
		stage.board->hold = true;
		stage_order(&stage, ANNOUNCE_FILE, "images/90001.png");
		await_holding(&stage);
		assert_int_equal(stage_unmount(stage.mountpoint, ways[i]), 0);
		assert_int_equal(rmdir(stage.mountpoint), 0);
		stage.board->hold = false;
		expect_end(&stage);
		stage_clear(&stage);
	}
}

/* Says what is lost without a namespace; were it 0, nobody would need one. */
static void shared_makes_busy(void **state)
{
	struct stage stage;

	(void)state;
	start_or_skip(&stage, STAGE_NO_NAMESPACES, NULL);
	assert_int_equal(stage.hello.shared_because, -EPERM);
	stage.board->hold = true;
	stage_order(&stage, ANNOUNCE_FILE, "images/90001.png");
	await_holding(&stage);
	assert_int_not_equal(stage_unmount(stage.mountpoint, UNMOUNT_CALL), 0);
	stage.board->hold = false;
	assert_int_equal(stage_answer(&stage).result, 0);
	assert_int_equal(stage_unmount(stage.mountpoint, UNMOUNT_CALL), 0);
	expect_end(&stage);
	stage_clear(&stage);
}

static void pins_nothing_else(void **state)
{
	char path[64], line[512];
	struct stage stage;
	int lines = 0;
	FILE *table;

	(void)state;
	if (!root_is_a_mount()) {
		printf("# not looked at: a chroot\n");
		return;
	}
	start_private_or_skip(&stage, STAGE_PLAIN, NULL);
	snprintf(path, sizeof(path), "/proc/%d/mountinfo", (int)stage.hello.announcer);
	table = fopen(path, "r");
	assert_non_null(table);
	while (fgets(line, sizeof(line), table)) {
		lines++;
		assert_non_null(strstr(line, " / / "));
		assert_non_null(strstr(line, " - fuse.easelfs "));
	}
	fclose(table);
	assert_int_equal(lines, 1);
	for (int fd = 0; fd < 1024 && geteuid() == 0; fd++) {
		ssize_t size;

		snprintf(path, sizeof(path), "/proc/%d/fd/%d", (int)stage.hello.announcer, fd);
		size = readlink(path, line, sizeof(line) - 1);
		assert_int_equal(size >= 0, fd < 5);
		line[size < 0 ? 0 : size] = '\0';
		assert_true(fd >= 5 || !strncmp(line, "pipe:", 5) || !strncmp(line, "socket:", 7) ||
			    strstr(line, "/mountinfo"));
	}
	stage_clear(&stage);
}

static void lazy_unmount_ends_it(void **state)
{
	struct stage stage;
	char path[128];
	int fd;

	(void)state;
	start_private_or_skip(&stage, STAGE_PLAIN, NULL);
	assert_int_equal(do_one(&stage, ANNOUNCE_FILE, "images/1.png"), 0);
	snprintf(path, sizeof(path), "%s/images/1.png", stage.mountpoint);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	assert_true(fd >= 0);
	assert_int_equal(stage_unmount(stage.mountpoint, UNMOUNT_LAZY), 0);
	/* The daemon lives on for whoever has a file open; announcing ends. */
	for (int i = 0; i < SOON_MS && do_one(&stage, ANNOUNCE_FILE, "images/2.png") != -EPIPE; i++)
		usleep(1000);
	assert_int_equal(do_one(&stage, ANNOUNCE_FILE, "images/3.png"), -EPIPE);
	assert_int_equal(kill(stage.pid, 0), 0);
	close(fd);
	expect_end(&stage);
	stage_clear(&stage);
}

static void a_bind_mount_keeps_it(void **state)
{
	char other[] = "/tmp/announcer-XXXXXX";
	struct stage stage;

	(void)state;
	if (geteuid() != 0) {
		printf("# skipped: only root can bind\n");
		skip();
	}
	start_private_or_skip(&stage, STAGE_PLAIN, NULL);
	assert_non_null(mkdtemp(other));
	assert_int_equal(mount(stage.mountpoint, other, NULL, MS_BIND, NULL), 0);
	assert_int_equal(stage_unmount(stage.mountpoint, UNMOUNT_CALL), 0);
	usleep(50 * 1000);
	assert_int_equal(do_one(&stage, ANNOUNCE_FILE, "images/1.png"), 0);
	assert_int_equal(umount(other), 0);
	expect_end(&stage);
	rmdir(other);
	stage_clear(&stage);
}

static void dies_with_the_daemon(void **state)
{
	static const char *const options[] = { NULL, "auto_unmount" };
	struct stage stage;
	int status;

	(void)state;
	for (size_t i = 0; i < sizeof(options) / sizeof(*options); i++) {
		if (options[i] && !root_is_a_mount())
			continue;
		start_or_skip(&stage, STAGE_PLAIN, options[i]);
		stage.board->hold = true;
		stage_order(&stage, ANNOUNCE_FILE, "images/90002.png");
		await_holding(&stage);
		kill(stage.pid, SIGKILL);
		assert_true(stage_end(&stage, SOON_MS, &status));
		assert_true(is_gone_soon(stage.hello.announcer));
		/* libfuse 3.14's auto_unmount works for root alone (libfuse#586). */
		if (!options[i] || geteuid() != 0)
			assert_int_equal(stage_unmount(stage.mountpoint, UNMOUNT_CALL), 0);
		for (int j = 0; j < SOON_MS && rmdir(stage.mountpoint); j++)
			usleep(1000);
		assert_int_equal(access(stage.mountpoint, F_OK), -1);
		assert_int_equal(errno, ENOENT);
		stage_clear(&stage);
	}
}

static void auto_unmount_unmounts(void **state)
{
	struct stage stage;

	(void)state;
	start_or_skip(&stage, STAGE_PLAIN, "auto_unmount");
	assert_int_equal(do_one(&stage, ANNOUNCE_FILE, "images/1.png"), 0);
	assert_int_equal(stage_unmount(stage.mountpoint, UNMOUNT_FUSERMOUNT), 0);
	expect_end(&stage);
	stage_clear(&stage);
}

static void ignores_the_terminal(void **state)
{
	static const int signals[] = { SIGINT, SIGHUP, SIGTERM, SIGQUIT, SIGPIPE };
	struct stage stage;

	(void)state;
	start_or_skip(&stage, STAGE_PLAIN, NULL);
	for (size_t i = 0; i < sizeof(signals) / sizeof(*signals); i++)
		kill(stage.hello.announcer, signals[i]);
	assert_int_equal(do_one(&stage, ANNOUNCE_FILE, "images/1.png"), 0);
	kill(stage.hello.announcer, SIGKILL);
	assert_int_equal(do_one(&stage, ANNOUNCE_FILE, "images/2.png"), -EPIPE);
	assert_int_equal(do_one(&stage, ANNOUNCE_FILE, "images/2.png"), -EPIPE);
	assert_int_equal(stage_unmount(stage.mountpoint, UNMOUNT_CALL), 0);
	expect_end(&stage);
	stage_clear(&stage);
}

static void times_out_and_recovers(void **state)
{
	struct stage_answer answer;
	struct stage stage;

	(void)state;
	start_or_skip(&stage, STAGE_PLAIN, NULL);
	stage.board->hold = true;
	for (int i = 0; i < 2; i++) {
		stage_order(&stage, ANNOUNCE_FILE, "images/90002.png");
		answer = stage_answer(&stage);
		assert_int_equal(answer.result, -ETIMEDOUT);
		assert_in_range(answer.took_ms, ANNOUNCE_LIMIT_MS - 1, ANNOUNCE_LIMIT_MS + 30000);
	}
	stage.board->hold = false;
	assert_int_equal(do_one(&stage, ANNOUNCE_FILE, "images/90002.png"), -EEXIST);
	assert_int_equal(do_one(&stage, ANNOUNCE_FILE, "images/1.png"), 0);
	stage_clear(&stage);
}

static void can_be_interrupted(void **state)
{
	struct stage_answer answer;
	struct stage stage;

	(void)state;
	start_or_skip(&stage, STAGE_PLAIN, NULL);
	stage.board->hold = true;
	stage_order(&stage, ANNOUNCE_FILE, "images/90002.png");
	await_holding(&stage);
	kill(stage.pid, SIGUSR1);
	answer = stage_answer(&stage);
	assert_int_equal(answer.result, -ECANCELED);
	assert_true(answer.took_ms < ANNOUNCE_LIMIT_MS - 500);
	stage.board->hold = false;
	assert_int_equal(do_one(&stage, ANNOUNCE_FILE, "images/1.png"), -ECANCELED);
	stage_clear(&stage);
}

/* A request that was read and is never answered holds even a killed child. */
static void stop_is_quick_after_unmounting(void **state)
{
	static const struct {
		enum stage_way way;
		int least_ms, most_ms;
	} cases[] = {
		{ STAGE_PLAIN, 0, 30000 },
		{ STAGE_NO_NAMESPACES, 0, 30000 },
		{ STAGE_EARLY_STOP, ANNOUNCER_STOP_LIMIT_MS - 1, ANNOUNCER_STOP_LIMIT_MS + 30000 },
	};
	struct stage stage;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		start_or_skip(&stage, cases[i].way, NULL);
		stage_order(&stage, ANNOUNCE_FILE, "images/90003.png");
		await_holding(&stage);
		kill(stage.pid, SIGTERM);
		expect_end(&stage);
		assert_in_range(stage.board->stop_ms, cases[i].least_ms, cases[i].most_ms);
		assert_true(is_gone_soon(stage.hello.announcer));
		stage_clear(&stage);
	}
}

/* Ends a burst after a moment that differs from round to round. */
static void rounds_of(bool by_signal)
{
	int64_t slowest_ms = 0;
	int announced = 0, failed = 0;
	struct stage stage;

	for (int round = 0; round < ROUNDS; round++) {
		bool denied = by_signal && round % 2;
		int64_t began_ms;

		if (by_signal)
			start_or_skip(&stage, denied ? STAGE_NO_NAMESPACES : STAGE_PLAIN, NULL);
		else
			start_private_or_skip(&stage, STAGE_PLAIN, NULL);
		stage_order(&stage, 0, "");
		usleep((useconds_t)(round * 7919 % 20000));
		began_ms = clock_steady_ms();
		if (by_signal)
			kill(stage.pid, SIGTERM);
		else
			failed += stage_unmount(stage.mountpoint, round % 2) != 0;
		expect_end(&stage);
		if (clock_steady_ms() - began_ms > slowest_ms)
			slowest_ms = clock_steady_ms() - began_ms;
		announced += stage.board->done;
		assert_true(is_gone_soon(stage.hello.announcer));
		/* Whoever denied itself namespaces cannot use fusermount3 either. */
		if (denied && geteuid() != 0)
			assert_int_equal(stage_unmount(stage.mountpoint, UNMOUNT_FUSERMOUNT), 0);
		assert_int_equal(rmdir(stage.mountpoint), 0);
		stage_clear(&stage);
	}
	printf("# %d rounds, %d announcements, %d failed, slowest end %d ms\n", ROUNDS, announced,
	       failed, (int)slowest_ms);
	assert_int_equal(failed, 0);
}

static void unmounting_in_a_burst_always_succeeds(void **state)
{
	(void)state;
	rounds_of(false);
}

static void a_signal_in_a_burst_never_hangs(void **state)
{
	(void)state;
	rounds_of(true);
}

/* A pattern as argument picks tests by name. */
int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(start_tells_errors),
		cmocka_unit_test(is_ready_before_the_loop_runs),
		cmocka_unit_test(raises_events_private),
		cmocka_unit_test(raises_events_shared),
		cmocka_unit_test(tells_errors),
		cmocka_unit_test(unmounts_while_a_file_is_open),
		cmocka_unit_test(shared_makes_busy),
		cmocka_unit_test(pins_nothing_else),
		cmocka_unit_test(lazy_unmount_ends_it),
		cmocka_unit_test(a_bind_mount_keeps_it),
		cmocka_unit_test(dies_with_the_daemon),
		cmocka_unit_test(auto_unmount_unmounts),
		cmocka_unit_test(ignores_the_terminal),
		cmocka_unit_test(times_out_and_recovers),
		cmocka_unit_test(can_be_interrupted),
		cmocka_unit_test(stop_is_quick_after_unmounting),
		cmocka_unit_test(unmounting_in_a_burst_always_succeeds),
		cmocka_unit_test(a_signal_in_a_burst_never_hangs),
	};

	if (argc > 1)
		cmocka_set_test_filter(argv[1]);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
