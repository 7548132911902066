/* Keys: where they are found, what is refused, and that nothing else gets to see them. */
#include "io/key.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/file.h"
#include "io/key_private.h"
#include "scratch_dir.h"

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

static const char bearer[] = "Authorization: Bearer ";

/* Writes `text` to a file of the test's folder and gives its path. */
static char *put(void **state, const char *name, const char *text, mode_t mode)
{
	char *path = file_join(*state, name);
	CLEANUP(close_fd) int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(file_write_all(fd, text, strlen(text)), 0);
	assert_int_equal(fchmod(fd, mode), 0);
	return path;
}

static char *join(const char *a, const char *b)
{
	char *text;

	assert_true(asprintf(&text, "%s%s", a, b) >= 0);
	return text;
}

/* The key of that place, as its header has it; NULL when there is none. */
static char *read_key(const struct key_place *place, int want, struct diag *diag)
{
	struct key *key = NULL;
	int r = key_read(place, KEY_NEVER_STOP, &key, diag);
	const char *header;
	char *text;

	if (r != want)
		fail_msg("%s: %d: %s", place->source ? place->source : "usual", r, diag->text);
	if (r < 0) {
		assert_null(key);
		assert_true(*diag->text);
		return NULL;
	}
	header = key_header(key, KEY_BEARER, NULL);
	assert_non_null(header);
	assert_memory_equal(header, bearer, strlen(bearer));
	text = strdup(header + strlen(bearer));
	key_free(key);
	return text;
}

static void assert_key(const char *source, const char *want)
{
	struct key_place place = { .source = source, .name = "painter" };
	struct diag diag = { 0 };
	CLEANUP(free_ptr) char *got = read_key(&place, 0, &diag);

	assert_string_equal(got, want);
	assert_string_equal(diag.text, "");
}

/* The diag says `says`, and never the secret that all tests use. */
static void assert_refused(const char *source, int want, const char *says)
{
	struct key_place place = { .source = source, .name = "painter" };
	struct diag diag = { 0 };

	assert_null(read_key(&place, want, &diag));
	if (!strstr(diag.text, says) || strstr(diag.text, "hunter2"))
		fail_msg("%s: %s", source, diag.text);
	assert_int_equal(key_read(&place, KEY_NEVER_STOP, NULL, NULL), want);
}

/* ---- places ---- */

static void test_variable(void **state)
{
	CLEANUP(free_ptr) char *just = malloc(KEY_BYTES_MAX + 2);

	(void)state;
	setenv("EASEL_TEST_A", " \thunter2 and more\r\n", 1);
	assert_key("env:EASEL_TEST_A", "hunter2 and more");
	memset(just, 'x', KEY_BYTES_MAX + 1);
	just[KEY_BYTES_MAX + 1] = '\0';
	setenv("EASEL_TEST_A", just, 1);
	assert_refused("env:EASEL_TEST_A", -EINVAL, "4096");
	just[KEY_BYTES_MAX] = '\0';
	setenv("EASEL_TEST_A", just, 1);
	assert_key("env:EASEL_TEST_A", just);
	setenv("EASEL_TEST_A", " ", 1);
	assert_refused("env:EASEL_TEST_A", -EINVAL, "EASEL_TEST_A");
	setenv("EASEL_TEST_A", "hunter2\nhunter2", 1);
	assert_refused("env:EASEL_TEST_A", -EINVAL, "more than one line");
	setenv("EASEL_TEST_A", "hunter2\x1bhunter2", 1);
	assert_refused("env:EASEL_TEST_A", -EINVAL, "control character");
	setenv("EASEL_TEST_A", "hunter2\x7f", 1);
	assert_refused("env:EASEL_TEST_A", -EINVAL, "control character");
	unsetenv("EASEL_TEST_A");
	assert_refused("env:EASEL_TEST_A", -ENOENT, "EASEL_TEST_A is not set");
}

static void test_unknown_kinds(void **state)
{
	static const struct {
		const char *source, *says;
	} rows[] = {
		{ "hunter2", "not a key itself" },
		{ "", "not a key itself" },
		{ "ENV:hunter2", "not a key itself" },
		{ "pass:hunter2", "env:NAME, file:PATH or command:" },
		{ "env:", "environment variable" },
		{ "env:sk-hunter2", "environment variable" },
		{ "env:1A", "environment variable" },
		{ "env:A B", "environment variable" },
		{ "file:", "absolute" },
		{ "file:keys/painter", "absolute" },
		{ "file:~painter/key", "absolute" },
		{ "command:", "PROGRAM" },
		{ "command:  ", "PROGRAM" },
		{ "command:\"\" x", "PROGRAM" },
		{ "command:echo \"hunter2", "not closed" },
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(rows); i++)
		assert_refused(rows[i].source, -EINVAL, rows[i].says);
}

static void test_file(void **state)
{
	CLEANUP(free_ptr) char *path = put(state, "key", "\n  hunter2:s\n\n", 0600);
	CLEANUP(free_ptr) char *link_path = file_join(*state, "link");
	CLEANUP(free_ptr) char *source = join("file:", path);
	CLEANUP(free_ptr) char *link_source = join("file:", link_path);
	CLEANUP(free_ptr) char *folder_source = join("file:", *state);

	assert_key(source, "hunter2:s");
	assert_int_equal(chmod(path, 0400), 0);
	assert_key(source, "hunter2:s");
	setenv("HOME", *state, 1);
	assert_key("file:~/key", "hunter2:s");
	unsetenv("HOME");
	assert_refused("file:~/key", -EINVAL, "HOME");
	assert_int_equal(symlink("key", link_path), 0);
	assert_key(link_source, "hunter2:s");
	for (mode_t other = 1; other <= 040; other *= 2) {
		assert_int_equal(chmod(path, 0600 | other), 0);
		assert_refused(source, -EACCES, "chmod 600");
		assert_refused(link_source, -EACCES, "chmod 600");
	}
	assert_int_equal(unlink(path), 0);
	assert_refused(source, -ENOENT, "No such file");
	assert_int_equal(mkfifo(path, 0600), 0);
	assert_refused(source, -EINVAL, "no regular file");
	assert_refused(folder_source, -EINVAL, "no regular file");
}

static void test_file_contents(void **state)
{
	CLEANUP(free_ptr) char *long_text = malloc(KEY_RAW_ROOM + 1);
	CLEANUP(free_ptr) char *path = file_join(*state, "key");
	CLEANUP(free_ptr) char *source = join("file:", path);
	int fd;

	free(put(state, "key", "", 0600));
	assert_refused(source, -EINVAL, "empty");
	free(put(state, "key", "hunter2\nuser: me\n", 0600));
	assert_refused(source, -EINVAL, "more than one line");
	memset(long_text, 'x', KEY_RAW_ROOM);
	long_text[KEY_RAW_ROOM] = '\0';
	free(put(state, "key", long_text, 0600));
	assert_refused(source, -EINVAL, "too large");
	long_text[KEY_BYTES_MAX + 1] = '\0';
	free(put(state, "key", long_text, 0600));
	assert_refused(source, -EINVAL, "4096");
	fd = open(path, O_WRONLY | O_TRUNC | O_CLOEXEC);
	assert_int_equal(file_write_all(fd, "hunter2\0hunter2", 15), 0);
	close(fd);
	assert_refused(source, -EINVAL, "NUL");
}

/* Only root can make a file that is somebody else's, or ask as somebody else. */
static void test_owners(void **state)
{
	CLEANUP(free_ptr) char *path = put(state, "key", "hunter2", 0600);
	CLEANUP(free_ptr) char *source = join("file:", path);
	int status;
	pid_t child;

	if (geteuid() != 0)
		skip();
	assert_int_equal(chown(path, 12345, 12345), 0);
	assert_refused(source, -EACCES, "another user");
	assert_int_equal(chown(path, 0, 0), 0);
	child = fork();
	if (child == 0) { /* root's is taken, if it can be opened at all */
		struct key_place place = { .source = source };
		struct diag diag = { 0 };

		_exit(setegid(12345) || seteuid(12345) ||
		      key_read(&place, KEY_NEVER_STOP, NULL, &diag) != -EACCES);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
}

static void test_command(void **state)
{
	CLEANUP(free_ptr)
	char *script = put(state, "a manager",
			   "#!/bin/sh\n"
			   "read -r x && exit 9\n"
			   "printf '%s|%s|%s\\nuser: me\\n' \"$1\" \"$2\" \"$#\"\n",
			   0700);
	CLEANUP(free_ptr) char *pid_path = file_join(*state, "pid");
	CLEANUP(free_ptr) char *source = NULL;
	CLEANUP(free_ptr) char *leaving = NULL;
	CLEANUP(free_ptr) char *pid = NULL;
	size_t size;

	assert_key("command:echo hunter2", "hunter2");
	assert_key("command: printf \\040hunter2", "hunter2");
	assert_key("command:printf hunter2\\nuser:me", "hunter2");
	assert_key("command:echo $HOME;*", "$HOME;*"); /* no shell */
	assert_true(asprintf(&source, "command:\"%s\" show \"two  words\"", script) > 0);
	assert_key(source, "show|two  words|2");
	/* one that leaves somebody behind who holds its output */
	assert_true(asprintf(&leaving, "command:sh -c \"sleep 600 & echo $! >%s; echo hunter2\"",
			     pid_path) > 0);
	assert_key(leaving, "hunter2");
	assert_int_equal(file_read(pid_path, 100, &pid, &size), 0);
	assert_int_equal(kill((pid_t)strtol(pid, NULL, 10), SIGKILL), 0);
}

static void test_command_faults(void **state)
{
	(void)state;
	assert_refused("command:sh -c \"echo hunter2; exit 3\"", -EIO,
		       "sh: it ended with status 3");
	assert_refused("command:sh -c \"kill -9 $$\"", -EIO, "signal 9");
	assert_refused("command:true", -EINVAL, "empty");
	assert_refused("command:sh -c \"echo; echo hunter2\"", -EINVAL, "empty");
	assert_refused("command:/nonexistent/pass hunter2", -ENOENT, "/nonexistent/pass: No such");
	assert_refused("command:/ x", -EACCES, "Permission");
	assert_refused("command:printf hunter2\\000", -EINVAL, "NUL");
	assert_refused("command:head -c 4600 /dev/zero", -EINVAL, "NUL");
	assert_refused("command:yes hunter2", -EINVAL, "64 KiB");
	assert_refused("command:yes -", -EINVAL, "64 KiB");
	assert_refused("command:sh -c \"yes | head -c 9000 | tr -d '\\n'\"", -EINVAL,
		       "the key command printed");
}

static void test_command_limit(void **state)
{
	CLEANUP(free_ptr) char *pid_path = file_join(*state, "pid");
	CLEANUP(free_ptr) char *command = NULL;
	CLEANUP(free_ptr) char *pid = NULL;
	struct secret *text = NULL;
	struct diag diag = { 0 };
	size_t size;
	int r;

	assert_true(asprintf(&command, "sh -c \"echo $$ >%s.new; mv %s.new %s; exec sleep 600\"",
			     pid_path, pid_path, pid_path) > 0);
	/* however slow the machine: a limit until it has got so far */
	for (int64_t limit_ms = 200; file_read(pid_path, 100, &pid, &size) < 0; limit_ms *= 2) {
		r = key_command_read(command, limit_ms, KEY_NEVER_STOP, &text, &diag);
		assert_int_equal(r, -ETIMEDOUT);
		assert_null(text);
		assert_non_null(strstr(diag.text, "sh: it did not finish in time"));
	}
	assert_int_equal(kill((pid_t)strtol(pid, NULL, 10), 0), -1);
	assert_int_equal(errno, ESRCH);
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
}

static void test_command_stopped(void **state)
{
	int stop_fd = eventfd(1, EFD_CLOEXEC);
	struct key_place place = { .source = "command:sleep 600" };
	struct key *key = NULL;
	struct diag diag = { 0 };

	(void)state;
	assert_true(stop_fd >= 0);
	assert_int_equal(key_read(&place, stop_fd, &key, &diag), -ECANCELED);
	assert_null(key);
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
	assert_int_equal(errno, ECHILD);
	close(stop_fd);
}

static void assert_usual(const char *const *variables, const char *want)
{
	struct key_place place = { .name = "painter", .variables = variables };
	struct diag diag = { 0 };
	CLEANUP(free_ptr) char *got = read_key(&place, 0, &diag);

	assert_string_equal(got, want);
	assert_string_equal(diag.text, "");
}

static void assert_none(const char *const *variables, const char *says)
{
	struct key_place place = { .name = "painter", .variables = variables };
	struct diag diag = { 0 };

	assert_null(read_key(&place, -ENOENT, &diag));
	assert_string_equal(diag.text, says);
}

static void test_usual_variables(void **state)
{
	static const char *const one[] = { "EASEL_TEST_A", NULL };
	static const char *const two[] = { "EASEL_TEST_A", "EASEL_TEST_B", NULL };
	static const char *const none[] = { NULL };
	struct key_place place = { .name = "painter", .variables = two };
	struct diag diag = { 0 };

	(void)state;
	unsetenv("EASEL_TEST_A");
	unsetenv("EASEL_TEST_B");
	assert_none(NULL, "no key: set [provider painter] key");
	assert_none(none, "no key: set [provider painter] key");
	assert_none(one, "no key: set EASEL_TEST_A, or [provider painter] key");
	assert_none(two, "no key: set EASEL_TEST_A and EASEL_TEST_B, or [provider painter] key");
	setenv("EASEL_TEST_A", "", 1);
	assert_none(one, "no key: set EASEL_TEST_A, or [provider painter] key");
	setenv("EASEL_TEST_A", " hunter2 ", 1);
	assert_usual(one, "hunter2");
	assert_none(two, "no key: set EASEL_TEST_B too, or [provider painter] key");
	setenv("EASEL_TEST_B", "s3cret\n", 1);
	assert_usual(two, "hunter2:s3cret");
	setenv("EASEL_TEST_B", "  ", 1);
	assert_null(read_key(&place, -EINVAL, &diag));
	assert_non_null(strstr(diag.text, "EASEL_TEST_B"));
	unsetenv("EASEL_TEST_A");
	unsetenv("EASEL_TEST_B");
}

static void test_credentials(void **state)
{
	static const char *const one[] = { "EASEL_TEST_A", NULL };
	CLEANUP(free_ptr) char *path = NULL;
	struct key_place place = { .name = "painter", .variables = one };
	struct key_place outside = { .name = "../painter", .variables = one };
	struct diag diag = { 0 };

	setenv("EASEL_TEST_A", "of the environment", 1);
	setenv("CREDENTIALS_DIRECTORY", *state, 1);
	assert_usual(one, "of the environment");
	path = put(state, "painter", "hunter2\n", 0440);
	assert_usual(one, "hunter2");
	assert_key("env:EASEL_TEST_A", "of the environment"); /* what is configured comes first */
	free(read_key(&outside, 0, &diag));
	assert_int_equal(unlink(path), 0);
	assert_int_equal(mkdir(path, 0700), 0);
	assert_null(read_key(&place, -EINVAL, &diag));
	assert_non_null(strstr(diag.text, path));
	setenv("CREDENTIALS_DIRECTORY", "painter", 1);
	assert_usual(one, "of the environment");
	unsetenv("CREDENTIALS_DIRECTORY");
	unsetenv("EASEL_TEST_A");
}

/* ---- who else sees it ---- */

static bool environ_has(const char *path, const char *text)
{
	CLEANUP(free_ptr) char *bytes = NULL;
	size_t size;

	assert_int_equal(file_read(path, (size_t)4 * 1024 * 1024, &bytes, &size), 0);
	return memmem(bytes, size, text, strlen(text)) != NULL;
}

/* In a process that began with these variables: setenv() would put them elsewhere. */
static int show_environment(void)
{
	static const char *const names[] = { "EASEL_FIRST", "EASEL_NONE", "EASEL_SECOND", NULL };
	struct key_place place = { .variables = (const char *const[]){ "EASEL_FIRST", NULL } };
	struct diag diag;
	struct key *key;

	if (!environ_has("/proc/self/environ", "hunter2") || keys_take_environment(names) != 0)
		return 1;
	if (getenv("EASEL_FIRST") || getenv("EASEL_SECOND") || !getenv("EASEL_OTHER"))
		return 2;
	if (environ_has("/proc/self/environ", "hunter") ||
	    !environ_has("/proc/self/environ", "=stays"))
		return 3;
	if (key_read(&place, KEY_NEVER_STOP, &key, &diag) < 0 || !key_is_in(key, "hunter2", 7))
		return 4;
	key_free(key);
	return system("! env | grep -q EASEL_FIRST") ? 5 : 0; /* NOLINT(cert-env33-c) */
}

static void test_environment(void **state)
{
	char *const argv[] = { (char *)(uintptr_t) "key_test",
			       (char *)(uintptr_t) "--show-environment", NULL };
	char *const envp[] = { (char *)(uintptr_t) "EASEL_FIRST=hunter2",
			       (char *)(uintptr_t) "EASEL_OTHER=stays",
			       (char *)(uintptr_t) "EASEL_SECOND=hunter3",
			       (char *)(uintptr_t) "EASEL_FIRST=hunter4",
			       (char *)(uintptr_t) "PATH=/usr/local/bin:/usr/bin:/bin",
			       NULL };
	int status;
	pid_t child = fork();

	(void)state;
	if (child == 0) {
		execve("/proc/self/exe", argv, envp);
		_exit(99);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
}

static void test_taken_again(void **state)
{
	static const char *const names[] = { "EASEL_TEST_AGAIN", NULL };

	(void)state;
	assert_int_equal(keys_take_environment(NULL), 0);
	setenv("EASEL_TEST_AGAIN", "hunter2", 1);
	assert_int_equal(keys_take_environment(names), 0);
	assert_null(getenv("EASEL_TEST_AGAIN"));
	assert_int_equal(keys_take_environment(names), 0);
	assert_usual(names, "hunter2");
	assert_key("env:EASEL_TEST_AGAIN", "hunter2");
	setenv("EASEL_TEST_AGAIN", "hunter3", 1);
	assert_int_equal(keys_take_environment(names), 0);
	assert_usual(names, "hunter3");
}

/* The line of flags that /proc/self/smaps has for the mapping with this address. */
static void mapping_flags(const void *address, char *flags, size_t room)
{
	FILE *smaps = fopen("/proc/self/smaps", "re");
	char line[512];
	bool here = false;

	assert_non_null(smaps);
	*flags = '\0';
	while (!*flags && fgets(line, sizeof(line), smaps)) {
		uintptr_t begin, end;

		if (sscanf(line, "%" SCNxPTR "-%" SCNxPTR " ", &begin, &end) == 2) /* NOLINT */
			here = (uintptr_t)address >= begin && (uintptr_t)address < end;
		else if (here && strncmp(line, "VmFlags:", 8) == 0)
			snprintf(flags, room, "%s", line + 8);
	}
	fclose(smaps);
}

static struct key *key_of(const char *value)
{
	struct key_place place = { .source = "env:EASEL_TEST_A" };
	struct diag diag;
	struct key *key = NULL;

	setenv("EASEL_TEST_A", value, 1);
	assert_int_equal(key_read(&place, KEY_NEVER_STOP, &key, &diag), 0);
	unsetenv("EASEL_TEST_A");
	return key;
}

static void test_memory(void **state)
{
	struct key *key = key_of("hunter2");
	const char *header = key_header(key, KEY_BEARER, NULL);
	struct secret *secret = secret_new(100000);
	char flags[512];

	(void)state;
	mapping_flags(header, flags, sizeof(flags));
	if (!*flags)
		skip(); /* a kernel without smaps */
	assert_non_null(strstr(flags, " dd"));
	mapping_flags(secret->bytes + 99999, flags, sizeof(flags));
	assert_non_null(strstr(flags, " dd"));
	mapping_flags(state, flags, sizeof(flags));
	assert_null(strstr(flags, " dd"));
	for (size_t i = 0; i < secret->room; i++)
		assert_int_equal(secret->bytes[i], 0);
	secret_free(secret);
	key_free(key);
}

/* Last but for itself: what it does stays so. */
static void test_settled(void **state)
{
	struct key *before = key_of("hunter2"), *after;
	char flags[512];

	(void)state;
	mapping_flags(key_header(before, KEY_KEY, NULL), flags, sizeof(flags));
	if (!*flags)
		skip();
	assert_null(strstr(flags, " dc"));
	keys_settle();
	after = key_of("hunter2");
	key_header(before, KEY_BEARER, NULL);
	mapping_flags(key_header(after, KEY_KEY, NULL), flags, sizeof(flags));
	assert_non_null(strstr(flags, " dc"));
	mapping_flags(key_header(before, KEY_KEY, NULL), flags, sizeof(flags));
	assert_non_null(strstr(flags, " dc"));
	assert_non_null(strstr(flags, " dd"));
	key_free(before);
	key_free(after);
}

/* ---- headers ---- */

static void test_headers(void **state)
{
	static const struct {
		const char *key;
		enum key_scheme scheme;
		const char *name, *want;
	} rows[] = {
		{ "k", KEY_BEARER, NULL, "Authorization: Bearer k" },
		{ "id:secret", KEY_KEY, NULL, "Authorization: Key id:secret" },
		{ "Aladdin:open sesame", KEY_BASIC, NULL,
		  "Authorization: Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==" },
		{ "k", KEY_HEADER, "x-key", "x-key: k" },
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(rows); i++) {
		struct key *key = key_of(rows[i].key);

		assert_string_equal(key_header(key, rows[i].scheme, rows[i].name), rows[i].want);
		assert_string_equal(key_header(key, rows[i].scheme, rows[i].name), rows[i].want);
		key_free(key);
	}
	key_free(NULL);
}

static void test_pairs(void **state)
{
	static const struct {
		const char *key;
		bool pair;
	} rows[] = { { "a:b", true },
		     { "a:b:c", true },
		     { "ab", false },
		     { ":b", false },
		     { "a:", false } };

	(void)state;
	for (size_t i = 0; i < LENGTH(rows); i++) {
		struct key *key = key_of(rows[i].key);

		assert_int_equal(key_is_pair(key), rows[i].pair);
		key_free(key);
	}
}

static void test_in_text(void **state)
{
	static const struct {
		const char *key, *text;
		bool found;
	} rows[] = {
		{ "hunter2", "hunter2", true },
		{ "hunter2", "invalid key hunter2.", true },
		{ "hunter2", "invalid key hunter", false },
		{ "hunter2", "", false },
		{ "identity:secretive", "for identity", true },
		{ "identity:secretive", "secretive", true },
		{ "identity:secretive", "secret, iden", false },
		{ "id:sec", "id sec", false }, /* too short to tell from other words */
		{ "id:sec", "id:sec", true },
		{ "Aladdin:open sesame", "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==", true },
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(rows); i++) {
		struct key *key = key_of(rows[i].key);

		assert_non_null(key_header(key, KEY_BASIC, NULL));
		if (key_is_in(key, rows[i].text, strlen(rows[i].text)) != rows[i].found)
			fail_msg("%s in %s", rows[i].key, rows[i].text);
		key_free(key);
	}
}

#define DIR_ROW(name) cmocka_unit_test_setup_teardown(name, scratch_dir_make, scratch_dir_remove)

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_variable),
		cmocka_unit_test(test_unknown_kinds),
		DIR_ROW(test_file),
		DIR_ROW(test_file_contents),
		DIR_ROW(test_owners),
		DIR_ROW(test_command),
		cmocka_unit_test(test_command_faults),
		DIR_ROW(test_command_limit),
		cmocka_unit_test(test_command_stopped),
		cmocka_unit_test(test_usual_variables),
		DIR_ROW(test_credentials),
		cmocka_unit_test(test_environment),
		cmocka_unit_test(test_taken_again),
		cmocka_unit_test(test_memory),
		cmocka_unit_test(test_headers),
		cmocka_unit_test(test_pairs),
		cmocka_unit_test(test_in_text),
		cmocka_unit_test(test_settled),
	};

	if (argc > 1 && strcmp(argv[1], "--show-environment") == 0)
		return show_environment();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
