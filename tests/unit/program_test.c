/* Child processes: how they end, what they say, and that nothing of them stays. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#include "base/clock.h"
#include "base/file.h"
#include "scene.h"

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

/* message: how it ends when it fails, "" when it succeeds */
static const struct {
	const char *script;
	enum program_state want;
	const char *message;
	int progress;
} endings[] = {
	{ "exit 0", PROGRAM_SUCCEEDED, "", -1 },
	{ "echo picture", PROGRAM_SUCCEEDED, "", -1 },
	{ "echo warning >&2", PROGRAM_SUCCEEDED, "", -1 },
	{ "echo out of paint >&2; exit 3", PROGRAM_FAILED, "out of paint", -1 },
	{ "printf 'no newline' >&2; exit 3", PROGRAM_FAILED, "no newline", -1 },
	{ "printf 'one\\n\\ntwo\\n\\n' >&2; exit 1", PROGRAM_FAILED, "one\ntwo", -1 },
	{ "exit 3", PROGRAM_FAILED, "it ended with status 3 and said nothing", -1 },
	{ "echo >&2; exit 4", PROGRAM_FAILED, "it ended with status 4 and said nothing", -1 },
	{ "kill -SEGV $$", PROGRAM_FAILED, "it was ended by signal 11 (SIGSEGV)", -1 },
	{ "echo oh >&2; kill -KILL $$", PROGRAM_FAILED, "oh", -1 },
	{ "printf 'a\\033[2Jb\\377\\303\\251\\tc' >&2; exit 1", PROGRAM_FAILED,
	  "a\\x1b[2Jb\\xff\xC3\xA9\tc", -1 },
	/* progress */
	{ "printf '0%%\\n42%%\\n' >&2; exit 1", PROGRAM_FAILED,
	  "it ended with status 1 and said nothing", 42 },
	{ "printf '7%%\\r8%%\\r' >&2", PROGRAM_SUCCEEDED, "", 8 },
	{ "printf '100%%' >&2", PROGRAM_SUCCEEDED, "", 100 },
	{ "printf ' 42.5 %% \\r\\n' >&2", PROGRAM_SUCCEEDED, "", 42 },
	{ "printf '5%%\\nbad\\r\\n6%%\\n' >&2; exit 1", PROGRAM_FAILED, "bad", 6 },
	{ "printf '101%%\\n' >&2; exit 1", PROGRAM_FAILED, "101%", -1 },
	{ "printf '%%\\n' >&2; exit 1", PROGRAM_FAILED, "%", -1 },
	{ "printf '%s5%%\\n' - >&2; exit 1", PROGRAM_FAILED, "-5%", -1 },
	{ "printf '5%% done\\n' >&2; exit 1", PROGRAM_FAILED, "5% done", -1 },
	{ "printf '0000000000000000000000000005%%\\n' >&2; exit 1", PROGRAM_FAILED,
	  "0000000000000000000000000005%", -1 },
};

static void test_endings(void **state)
{
	(void)state;
	for (size_t i = 0; i < LENGTH(endings); i++) {
		struct program *program = scene_start(endings[i].script);
		enum program_state got = scene_finish(program);

		if (got != endings[i].want)
			fail_msg("%s: %d, %s", endings[i].script, got, program_message(program));
		assert_string_equal(program_message(program), endings[i].message);
		assert_int_equal(program_progress(program), endings[i].progress);
		program_free(program);
	}
	program_free(NULL);
}

static void test_output_goes_to_the_file(void **state)
{
	struct program *program;
	struct stat st;
	char *text;

	(void)state;
	program = scene_start("echo a longer text");
	assert_int_equal(scene_finish(program), PROGRAM_SUCCEEDED);
	program_free(program);
	program = scene_start("cat; echo short"); /* standard input is empty */
	assert_int_equal(scene_finish(program), PROGRAM_SUCCEEDED);
	program_free(program);
	text = scene_output();
	assert_string_equal(text, "short\n");
	free(text);
	assert_int_equal(stat(scene_out_path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
}

static void test_progress_while_running(void **state)
{
	struct program *program = scene_start("echo 42% >&2; exec sleep 60");
	int64_t give_up_ms = clock_steady_ms() + LONG_MS / 2;

	(void)state;
	assert_int_equal(program_progress(program), -1);
	while (program_progress(program) < 0 && clock_steady_ms() < give_up_ms)
		assert_int_equal(scene_step(program), PROGRAM_RUNNING);
	assert_int_equal(program_progress(program), 42);
	assert_string_equal(program_message(program), "");
	program_free(program);
}

static void test_stderr_closed_early(void **state)
{
	struct program *program = scene_start("exec 2>&-; sleep 0.2; exit 5");

	(void)state;
	assert_int_equal(scene_finish(program), PROGRAM_FAILED);
	assert_string_equal(program_message(program), "it ended with status 5 and said nothing");
	program_free(program);
}

static void test_huge_stderr(void **state)
{
	struct program *program = scene_start("seq 1 200000 >&2; echo the last line >&2; exit 1");
	const char *message;

	(void)state;
	assert_int_equal(scene_finish(program), PROGRAM_FAILED);
	message = program_message(program);
	assert_in_range(strlen(message), PROGRAM_MESSAGE_BYTES_MAX - 10, PROGRAM_MESSAGE_BYTES_MAX);
	assert_string_equal(message + strlen(message) - 20, "200000\nthe last line");
	program_free(program);

	/* one line without end; a character that is cut at the front is dropped */
	program = scene_start(
		"yes '\xC3\xA9\xC3\xA9\xC3\xA9' | tr -d '\\n' | head -c 99999 >&2; exit 1");
	assert_int_equal(scene_finish(program), PROGRAM_FAILED);
	message = program_message(program);
	assert_int_equal(strncmp(message, "\xC3\xA9", 2), 0);
	program_free(program);
}

static void test_output_limit(void **state)
{
	struct program *program = scene_start("exec head -c 200000 /dev/zero");
	struct stat st;

	(void)state;
	assert_int_equal(scene_finish(program), PROGRAM_FAILED);
	assert_string_equal(program_message(program),
			    "it wrote a file of more than 100000 bytes, which is the limit");
	assert_int_equal(stat(scene_out_path, &st), 0);
	assert_int_equal(st.st_size, OUTPUT_BYTES);
	program_free(program);

	/* files of its own as well, and a program that ignores the signal */
	program = scene_start("trap '' XFSZ; head -c 200000 /dev/zero >\"$1/own\"");
	assert_int_equal(scene_finish(program), PROGRAM_FAILED);
	assert_non_null(strstr(program_message(program), "too large"));
	program_free(program);
}

static void test_deadline(void **state)
{
	struct program *program = scene_start_for("trap '' TERM; echo $$ >\"$1/pid\"; sleep 60 & "
						  "echo $! >\"$1/child\"; wait",
						  LONG_MS);
	long pid = scene_read_number("pid"), child = scene_read_number("child");

	(void)state;
	assert_int_equal(program_step(program, clock_steady_ms()), PROGRAM_RUNNING);
	assert_int_equal(program_step(program, clock_steady_ms() + LONG_MS), PROGRAM_TIMED_OUT);
	assert_int_equal(program_step(program, 0), PROGRAM_TIMED_OUT);
	assert_string_equal(program_message(program), "it did not finish in time and was killed");
	scene_assert_gone_soon(pid);
	scene_assert_gone_soon(child);
	program_free(program);

	program = scene_start_for("echo thinking >&2; exec sleep 60", 200);
	assert_int_equal(scene_finish(program), PROGRAM_TIMED_OUT);
	assert_string_equal(program_message(program), "thinking");
	program_free(program);
}

static void test_finished_before_a_late_step(void **state)
{
	struct program *program = scene_start_for("exit 0", 0);
	struct pollfd fds[PROGRAM_POLLFDS];

	(void)state;
	program_pollfds(program, fds);
	assert_int_equal(poll(fds, 1, LONG_MS), 1);
	assert_int_equal(program_step(program, INT64_MAX), PROGRAM_SUCCEEDED);
	program_free(program);
}

static void test_cancel(void **state)
{
	struct program *program = scene_start("exec sleep 60");

	(void)state;
	program_cancel(program, clock_steady_ms());
	assert_int_equal(scene_finish(program), PROGRAM_FAILED);
	assert_string_equal(program_message(program), "it was ended by signal 15 (SIGTERM)");
	program_cancel(program, clock_steady_ms()); /* of one that has ended: nothing */
	program_free(program);

	/* it may tidy up, once */
	program =
		scene_start("trap 'echo term >>\"$1/terms\"' TERM; sleep 60 & "
			    "echo $$ >\"$1/pid\"; wait $!; sleep 0.1; wc -l <\"$1/terms\"; exit 0");
	scene_read_number("pid");
	program_cancel(program, clock_steady_ms());
	program_cancel(program, clock_steady_ms());
	assert_int_equal(scene_finish(program), PROGRAM_SUCCEEDED);
	assert_int_equal(scene_read_number("out"), 1);
	program_free(program);
}

static void test_cancel_a_stubborn_one(void **state)
{
	struct program *program = scene_start("trap '' TERM; echo $$ >\"$1/pid\"; sleep 60 & "
					      "echo $! >\"$1/child\"; while :; do sleep 60; done");
	long pid = scene_read_number("pid"), child = scene_read_number("child");
	int64_t now_ms = clock_steady_ms();

	(void)state;
	program_cancel(program, now_ms);
	assert_int_equal(program_step(program, now_ms + 999), PROGRAM_RUNNING);
	usleep(50 * 1000);
	assert_false(scene_is_gone(pid));
	program_step(program, now_ms + 1000);
	scene_assert_gone_soon(pid);
	scene_assert_gone_soon(child);
	assert_int_equal(scene_finish(program), PROGRAM_FAILED);
	assert_string_equal(program_message(program), "it was ended by signal 9 (SIGKILL)");
	program_free(program);
}

static void test_group_ends_with_its_leader(void **state)
{
	struct program *program = scene_start("(trap '' TERM HUP; exec sleep 60) & "
					      "echo $! >\"$1/child\"; exit 0");
	long child;

	(void)state;
	assert_int_equal(scene_finish(program), PROGRAM_SUCCEEDED); /* though stderr is held open */
	child = scene_read_number("child");
	scene_assert_gone_soon(child);
	program_free(program);
}

static void test_free_kills(void **state)
{
	struct program *program = scene_start("trap '' TERM; echo $$ >\"$1/pid\"; sleep 60 & "
					      "echo $! >\"$1/child\"; wait");
	long pid = scene_read_number("pid"), child = scene_read_number("child");
	int64_t began_ms = clock_steady_ms();

	(void)state;
	program_free(program);
	assert_in_range(clock_steady_ms() - began_ms, 0, 900);
	assert_true(scene_is_gone(pid));
	scene_assert_gone_soon(child);
}

static void *start_in_thread(void *arg)
{
	*(struct program **)arg = scene_start("exec sleep 60");
	return NULL;
}

static void test_dies_with_its_thread(void **state)
{
	struct program *program;
	pthread_t thread;

	(void)state;
	assert_int_equal(pthread_create(&thread, NULL, start_in_thread, &program), 0);
	pthread_join(thread, NULL);
	assert_int_equal(scene_finish(program), PROGRAM_FAILED);
	assert_string_equal(program_message(program), "it was ended by signal 9 (SIGKILL)");
	program_free(program);
}

static void test_reaped_by_somebody_else(void **state)
{
	struct program *program = scene_start("exit 0");

	(void)state;
	assert_true(waitpid(-1, NULL, 0) > 0);
	assert_int_equal(scene_finish(program), PROGRAM_FAILED);
	assert_string_equal(program_message(program), "it ended, nobody knows how");
	program_free(program);
}

static void test_many_at_once(void **state)
{
	struct program *programs[20];

	(void)state;
	for (size_t i = 0; i < LENGTH(programs); i++)
		programs[i] = scene_start(i % 2 ? "sleep 0.1; exit 1" : "sleep 0.1");
	for (size_t i = 0; i < LENGTH(programs); i++)
		assert_int_equal(scene_finish(programs[i]),
				 i % 2 ? PROGRAM_FAILED : PROGRAM_SUCCEEDED);
	for (size_t i = 0; i < LENGTH(programs); i++)
		program_free(programs[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SCENE_ROW(test_endings),
		SCENE_ROW(test_output_goes_to_the_file),
		SCENE_ROW(test_progress_while_running),
		SCENE_ROW(test_stderr_closed_early),
		SCENE_ROW(test_huge_stderr),
		SCENE_ROW(test_output_limit),
		SCENE_ROW(test_deadline),
		SCENE_ROW(test_finished_before_a_late_step),
		SCENE_ROW(test_cancel),
		SCENE_ROW(test_cancel_a_stubborn_one),
		SCENE_ROW(test_group_ends_with_its_leader),
		SCENE_ROW(test_free_kills),
		SCENE_ROW(test_dies_with_its_thread),
		SCENE_ROW(test_reaped_by_somebody_else),
		SCENE_ROW(test_many_at_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
