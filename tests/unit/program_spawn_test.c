/* The start of a child: what it gets, what it does not, and why it may fail. */
#include <errno.h>
#include <fcntl.h>
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
#include <unistd.h>
#include <cmocka.h>

#include "base/clock.h"
#include "base/file.h"
#include "scene.h"

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

static void test_arguments_are_not_words(void **state)
{
	const char *argv[] = { "/usr/bin/printf", "[%s]", "a b", "$HOME; `x`", "", "--help", NULL };
	struct program_order order = { (char *const *)argv, scene_out_path, OUTPUT_BYTES,
				       clock_steady_ms() + LONG_MS };
	struct program *program;
	char *text;

	(void)state;
	assert_int_equal(program_start(&order, &program), 0);
	assert_int_equal(scene_finish(program), PROGRAM_SUCCEEDED);
	text = scene_output();
	assert_string_equal(text, "[a b][$HOME; `x`][][--help]");
	free(text);
	program_free(program);
}

static void put_file(const char *name, const char *text, mode_t mode)
{
	char *path = file_join(scene_folder, name);
	int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, mode);

	assert_true(fd >= 0);
	assert_int_equal(file_write_all(fd, text, strlen(text)), 0);
	close(fd);
	free(path);
}

static void test_not_started(void **state)
{
	static const struct {
		const char *program, *out;
		int want;
	} rows[] = {
		{ "easelfs-no-such-program", "/out", -ENOENT },
		{ "", "/out", -ENOENT },
		{ "/nonexistent/painter", "/out", -ENOENT },
		{ "plain", "/out", -EACCES },
		{ "garbage", "/out", -ENOEXEC },
		{ "subfolder", "/out", -EACCES },
		{ "here", "/out", -ENOENT },
		{ "true", "/no/out", -ENOENT },
		{ "true", "", -EISDIR },
	};
	const char *path_was = getenv("PATH");
	char *before = strdup(path_was ? path_was : "/usr/bin:/bin"),
	     *path_before = getcwd(NULL, 0);
	char path[5000], out[100];

	(void)state;
	put_file("plain", "#!/bin/sh\n", 0600);
	put_file("garbage", "not a program", 0700);
	snprintf(path, sizeof(path), "%s/subfolder", scene_folder);
	assert_int_equal(mkdir(path, 0700), 0);
	put_file("subfolder/here", "#!/bin/sh\n", 0700);
	assert_int_equal(chdir(path), 0);
	/* an empty element is not the working directory */
	snprintf(path, sizeof(path), ":%s::%s", scene_folder, before);
	setenv("PATH", path, 1);
	for (size_t i = 0; i < LENGTH(rows); i++) {
		const char *argv[] = { rows[i].program, NULL };
		struct program_order order = { (char *const *)argv, out, OUTPUT_BYTES, INT64_MAX };
		struct program *program = NULL;
		int r;

		snprintf(out, sizeof(out), "%s%s", scene_folder, rows[i].out);
		r = program_start(&order, &program);
		if (r != rows[i].want)
			fail_msg("%s: %d", rows[i].program, r);
		assert_null(program);
	}
	setenv("PATH", before, 1);
	assert_int_equal(chdir(path_before), 0);
	free(before);
	free(path_before);
}

static void handle(int signal_number)
{
	(void)signal_number;
}

static void test_child_starts_clean(void **state)
{
	static const char script[] =
		"for fd in 3 5 77; do [ -e /proc/self/fd/$fd ] && echo fd $fd; done; "
		/* 32 and 33 are the C library's own: nobody but it can set them. */
		"grep -E '^Sig(Blk|Ign):' /proc/self/status | grep -vE "
		"':.0000000[01][08]0000000$'; "
		"read -r _ _ _ _ group _ </proc/$$/stat; [ $group = $$ ] || echo group; ulimit -c; "
		"ulimit -t";
	struct sigaction action = { .sa_handler = handle }, ignore = { .sa_handler = SIG_IGN };
	struct sigaction old_usr1, old_usr2;
	sigset_t all, before;
	struct program *program;
	char *text;

	(void)state;
	assert_int_equal(dup2(0, 77), 77);
	sigaction(SIGUSR1, &action, &old_usr1);
	sigaction(SIGUSR2, &ignore, &old_usr2);
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	program = scene_start(script);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	sigaction(SIGUSR1, &old_usr1, NULL);
	sigaction(SIGUSR2, &old_usr2, NULL);
	close(77);
	assert_int_equal(scene_finish(program), PROGRAM_SUCCEEDED);
	text = scene_output();
	assert_string_equal(text, "0\nunlimited\n");
	free(text);
	program_free(program);
}

/* A daemon may have closed the first three: what we open then must not be lost
 * when the child's are put in place. */
static void test_without_stdio(void **state)
{
	int saved[3], r;
	const char *argv[] = { "sh", "-c", "cat; echo out; echo err >&2; exit 1", NULL };
	struct program_order order = { (char *const *)argv, scene_out_path, OUTPUT_BYTES,
				       clock_steady_ms() + LONG_MS };
	struct program *program = NULL;
	char *text;

	(void)state;
	fflush(NULL);
	for (int i = 0; i < 3; i++) {
		saved[i] = fcntl(i, F_DUPFD_CLOEXEC, 50);
		close(i);
	}
	r = program_start(&order, &program);
	for (int i = 0; i < 3; i++) {
		dup2(saved[i], i);
		close(saved[i]);
	}
	assert_int_equal(r, 0);
	assert_int_equal(scene_finish(program), PROGRAM_FAILED);
	assert_string_equal(program_message(program), "err");
	text = scene_output();
	assert_string_equal(text, "out\n");
	free(text);
	program_free(program);
}

static void test_out_of_descriptors(void **state)
{
	struct rlimit before, few;
	struct program *program = NULL;
	const char *argv[] = { "true", NULL };
	struct program_order order = { (char *const *)argv, scene_out_path, OUTPUT_BYTES,
				       INT64_MAX };
	int failures = 0;

	(void)state;
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
	for (rlim_t room = 4; room < 30; room++) {
		int r;

		few = (struct rlimit){ room, before.rlim_max };
		setrlimit(RLIMIT_NOFILE, &few);
		r = program_start(&order, &program);
		setrlimit(RLIMIT_NOFILE, &before);
		if (r < 0) {
			assert_int_equal(r, -EMFILE);
			failures++;
			continue;
		}
		assert_int_equal(scene_finish(program), PROGRAM_SUCCEEDED);
		program_free(program);
	}
	assert_true(failures >= 5);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SCENE_ROW(test_arguments_are_not_words), SCENE_ROW(test_not_started),
		SCENE_ROW(test_child_starts_clean),      SCENE_ROW(test_without_stdio),
		SCENE_ROW(test_out_of_descriptors),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
