/* A folder for the files of a test, children that are shell scripts, and after
 * each test the proof that nothing of them is left in this process. */
#include "scene.h"

#include <dirent.h>
#include <errno.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#include "base/clock.h"
#include "base/file.h"
#include "scratch_dir.h"

char *scene_folder;
char *scene_out_path;
static size_t descriptors_before;

static size_t descriptors(void)
{
	DIR *dir = opendir("/proc/self/fd");
	size_t count = 0;

	assert_non_null(dir);
	while (readdir(dir))
		count++;
	closedir(dir);
	return count;
}

int scene_set_up(void **state)
{
	if (scratch_dir_make(state) < 0)
		return -1;
	scene_folder = *state;
	scene_out_path = file_join(scene_folder, "out");
	descriptors_before = descriptors();
	return 0;
}

int scene_tear_down(void **state)
{
	bool leaks = descriptors() != descriptors_before;
	bool child_left = waitpid(-1, NULL, WNOHANG) != -1 || errno != ECHILD;

	free(scene_out_path);
	if (leaks)
		print_error("a descriptor is left\n");
	if (child_left)
		print_error("a child is left\n");
	return scratch_dir_remove(state) < 0 || leaks || child_left ? -1 : 0;
}

struct program *scene_start_for(const char *script, int64_t deadline_ms)
{
	const char *argv[] = { "sh", "-c", script, "sh", scene_folder, NULL };
	struct program_order order = { .argv = (char *const *)argv,
				       .stdout_path = scene_out_path,
				       .output_bytes_max = OUTPUT_BYTES,
				       .deadline_ms = clock_steady_ms() + deadline_ms };
	struct program *program;

	assert_int_equal(program_start(&order, &program), 0);
	return program;
}

struct program *scene_start(const char *script)
{
	return scene_start_for(script, LONG_MS);
}

enum program_state scene_step(struct program *program)
{
	struct pollfd fds[PROGRAM_POLLFDS];
	size_t count = program_pollfds(program, fds);

	assert_true(count >= 1 && count <= PROGRAM_POLLFDS);
	poll(fds, count, 20);
	return program_step(program, clock_steady_ms());
}

enum program_state scene_finish(struct program *program)
{
	int64_t give_up_ms = clock_steady_ms() + LONG_MS / 2;
	enum program_state state = PROGRAM_RUNNING;
	struct pollfd fds[PROGRAM_POLLFDS];

	while (state == PROGRAM_RUNNING && clock_steady_ms() < give_up_ms)
		state = scene_step(program);
	assert_int_equal(program_step(program, clock_steady_ms() + LONG_MS * 10), state);
	assert_int_equal(program_pollfds(program, fds), state == PROGRAM_RUNNING ? 2 : 0);
	return state;
}

char *scene_output(void)
{
	char *bytes;
	size_t size;

	assert_int_equal(file_read(scene_out_path, OUTPUT_BYTES, &bytes, &size), 0);
	return bytes;
}

long scene_read_number(const char *name)
{
	int64_t give_up_ms = clock_steady_ms() + LONG_MS / 2;
	char *path = file_join(scene_folder, name);
	long number = 0;

	while (number == 0 && clock_steady_ms() < give_up_ms) {
		char *text;
		size_t size;

		if (file_read(path, OUTPUT_BYTES, &text, &size) == 0) {
			number = strtol(text, NULL, 10);
			free(text);
		}
		if (number == 0)
			usleep(5000);
	}
	free(path);
	assert_true(number > 0);
	return number;
}

bool scene_is_gone(long pid)
{
	char path[64], line[200];
	const char *state;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%ld/stat", pid);
	file = fopen(path, "r");
	if (!file)
		return true;
	/* PID (NAME) STATE …; ESRCH when it goes just now */
	state = fgets(line, sizeof(line), file) ? strrchr(line, ')') : NULL;
	fclose(file);
	return !state || strncmp(state, ") Z", 3) == 0 || strncmp(state, ") X", 3) == 0;
}

void scene_assert_gone_soon(long pid)
{
	int64_t give_up_ms = clock_steady_ms() + LONG_MS / 2;

	while (!scene_is_gone(pid) && clock_steady_ms() < give_up_ms)
		usleep(5000);
	assert_true(scene_is_gone(pid));
}
