/* --check against providers of its own: files in a folder, and a server of this machine
 * that answers as good and bad ones do. */
#include "app/check.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cjson/cJSON.h>
#include <cmocka.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "scratch_dir.h"

enum { HEAD_ROOM = 8192, REPLY_ROOM = 1024 };

/* ---- a server ---- */

static int listening = -1;
static unsigned port;
static pthread_t server;

struct answer {
	const char *path, *status, *body;
};

/* Everything the key is in proves that it came. */
static const struct answer answers[] = {
	{ "/good/balance", "200 OK", "{\"balance\": 12.5}" },
	{ "/refused/balance", "401 Unauthorized", "{\"message\": \"bad key\"}" },
	{ "/broken/balance", "500 Oops", "{\"message\": \"a disk is full\"}" },
	{ "/echo/balance", "400 Bad Request", "{\"message\": \"what is hunter2-hunter2?\"}" },
	{ "/listed/models", "200 OK", "{\"models\": []}" },
};

static void answer(int fd, const char *head)
{
	char reply[REPLY_ROOM];
	int size;

	for (size_t i = 0; i < sizeof(answers) / sizeof(answers[0]); i++) {
		const struct answer *one = &answers[i];
		bool keyed = strstr(head, "Authorization: Bearer hunter2-hunter2\r\n");

		if (strncmp(head + strlen("GET "), one->path, strlen(one->path)) != 0)
			continue;
		size = snprintf(reply, sizeof(reply),
				"HTTP/1.1 %s\r\nContent-Type: application/json\r\n"
				"Content-Length: %zu\r\nConnection: close\r\n\r\n%s",
				keyed ? one->status : "418 No key came", strlen(one->body),
				one->body);
		assert_true(send(fd, reply, (size_t)size, MSG_NOSIGNAL) == size);
	}
}

/* One connection after the other, one request each; a path that is not known is hung up
 * on. Ends when the socket is shut down. */
static void *serve(void *arg)
{
	int fd;

	while ((fd = accept4(listening, NULL, NULL, SOCK_CLOEXEC)) >= 0) {
		char head[HEAD_ROOM] = "";
		size_t size = 0;
		ssize_t n = 1;

		while (n > 0 && !strstr(head, "\r\n\r\n") && size < sizeof(head) - 1) {
			n = recv(fd, head + size, sizeof(head) - 1 - size, 0);
			size += n > 0 ? (size_t)n : 0;
			head[size] = '\0';
		}
		answer(fd, head);
		close(fd);
	}
	return arg;
}

static int start_server(void **state)
{
	struct sockaddr_in address = { .sin_family = AF_INET,
				       .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t size = sizeof(address);

	(void)state;
	listening = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (listening < 0 || bind(listening, (struct sockaddr *)&address, size) < 0 ||
	    listen(listening, 16) < 0 ||
	    getsockname(listening, (struct sockaddr *)&address, &size) < 0)
		return -1;
	port = ntohs(address.sin_port);
	return pthread_create(&server, NULL, serve, NULL);
}

static int stop_server(void **state)
{
	(void)state;
	shutdown(listening, SHUT_RDWR);
	pthread_join(server, NULL);
	close(listening);
	return 0;
}

/* ---- what is checked ---- */

static void put(void **state, const char *name, const char *text)
{
	CLEANUP(free_ptr) char *path = file_join(*state, name);
	CLEANUP(close_fd) int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(file_write_all(fd, text, strlen(text)), 0);
}

/* A provider over HTTP, whose free call is `step`. */
static void put_provider(void **state, const char *name, const char *step)
{
	char file[64], text[1024];

	snprintf(file, sizeof(file), "providers/%s.ini", name);
	snprintf(text, sizeof(text),
		 "[provider]\ntitle = The %s\nbase_url = http://127.0.0.1:%u/%s\nauth = bearer\n"
		 "key_env = EASEL_TEST_%c\nunit = credit\n[body]\n/prompt = {prompt}\n"
		 "[submit]\nrequest = POST /jobs\nid = /id\n[poll]\nrequest = GET /jobs/{id}\n"
		 "state = /state\n[states]\ndone = done\n[result]\nimages = /images/*\n"
		 "[errors]\nmessage = /message\n%s",
		 name, port, name, name[0] - 'a' + 'A', step);
	put(state, file, text);
}

static const char balance[] = "[balance]\nrequest = GET /balance\nremaining = /balance\n";
static const char models[] = "[models]\nrequest = GET /models\nitems = /models/*\nid = /id\n";

static int set_up(void **state)
{
	CLEANUP(free_ptr) char *providers = NULL, *output = NULL;
	const char *printed;
	int r = scratch_dir_make(state);

	if (r < 0)
		return r;
	providers = file_join(*state, "providers");
	printed = getenv("CMOCKA_MESSAGE_OUTPUT");
	output = printed ? strdup(printed) : NULL;
	clearenv(); /* but for how this test's own results are printed */
	if (output)
		setenv("CMOCKA_MESSAGE_OUTPUT", output, 1);
	setenv("PATH", "/usr/local/bin:/usr/bin:/bin", 1);
	setenv("HOME", *state, 1);
	setenv("EASELFS_PROVIDERS", providers, 1);
	r = file_make_dirs(providers);
	put(state, "key", "hunter2-hunter2\n");
	put(state, "providers/local.ini", "[provider]\ntitle = Here\ncommand = true {prompt}\n");
	return r;
}

/* What is printed; the caller's to free. */
static char *check(void **state, const char *config, bool json, int want)
{
	CLEANUP(free_ptr) char *config_path = file_join(*state, "easelfs.ini");
	CLEANUP(free_ptr) char *out_path = file_join(*state, "out");
	struct options options = { .action = ACTION_CHECK, .json = json, .config = config_path };
	int before = dup(STDOUT_FILENO), status, out;
	char *text;
	size_t size;

	put(state, "easelfs.ini", config);
	fflush(stdout);
	out = open(out_path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	assert_true(before >= 0 && out >= 0 && dup2(out, STDOUT_FILENO) >= 0);
	status = check_run(&options);
	fflush(stdout);
	dup2(before, STDOUT_FILENO);
	close(before);
	close(out);
	assert_int_equal(file_read(out_path, (size_t)1024 * 1024, &text, &size), 0);
	if (status != want)
		fail_msg("status %d: %s", status, text);
	if (strstr(text, "hunter2"))
		fail_msg("the key is shown: %s", text);
	return text;
}

/* Whether a line begins with `name`, blanks and `says`. */
static void assert_line(const char *text, const char *name, const char *says)
{
	const char *line = text;

	while (line && *line) {
		if (strncmp(line, name, strlen(name)) == 0 && line[strlen(name)] == ' ') {
			line += strlen(name);
			line += strspn(line, " ");
			if (strncmp(line, says, strlen(says)) == 0)
				return;
		}
		line = strchr(line, '\n');
		line = line ? line + 1 : NULL;
	}
	fail_msg("no \"%s %s\" in: %s", name, says, text);
}

static void with_key(void **state, char *config, size_t room, const char *const *names)
{
	size_t used = strlen(config);

	for (; *names; names++)
		used += (size_t)snprintf(config + used, room - used,
					 "[provider %s]\nkey = file:~/key\n", *names);
	(void)state;
}

static void test_answers(void **state)
{
	static const char *const asked[] = { "good", "refused", "broken", "echo",
					     "gone", "listed",  "quiet",  NULL };
	char config[2048] = "[easelfs]\nprovider = good\n";
	CLEANUP(free_ptr) char *text = NULL;

	put_provider(state, "good", balance);
	put_provider(state, "refused", balance);
	put_provider(state, "broken", balance);
	put_provider(state, "echo", balance);
	put_provider(state, "gone", balance);
	put_provider(state, "listed", models);
	put_provider(state, "quiet", "");
	put_provider(state, "keyless", balance);
	with_key(state, config, sizeof(config), asked);
	text = check(state, config, false, EXIT_SUCCESS);
	assert_line(text, "good", "ready, 12.5 credit left  (The good, from ");
	assert_non_null(strstr(text, "providers/good.ini)  paints by default\n"));
	assert_line(text, "refused", "key refused  (");
	assert_line(text, "broken", "cannot be asked: ");
	assert_non_null(strstr(text, "a disk is full"));
	assert_line(text, "echo", "cannot be asked: what it says has the key in it  (");
	assert_line(text, "gone", "cannot be asked: ");
	assert_line(text, "listed", "ready  (");
	assert_line(text, "quiet", "ready  (");
	assert_line(text, "keyless", "no key: set EASEL_TEST_K, or [provider keyless] key  (");
	assert_line(text, "local", "ready  (Here, from ");
}

static void test_default(void **state)
{
	char config[1024] = "[easelfs]\nprovider = refused\n";
	static const char *const asked[] = { "refused", NULL };
	char *text;

	put_provider(state, "refused", balance);
	with_key(state, config, sizeof(config), asked);
	text = check(state, config, false, EXIT_FAILURE);
	assert_line(text, "refused", "key refused  (");
	free(text);
	text = check(state, "[easelfs]\nprovider = refused\n", false, EXIT_FAILURE);
	assert_line(text, "refused", "no key: set ");
	free(text);
	text = check(state, "[easelfs]\nprovider = local\n", false, EXIT_SUCCESS);
	free(text);
	text = check(state, "[easelfs]\nprovider = nobody\n", false, EXIT_FAILURE);
	assert_line(text, "nobody", "there is no such provider  paints by default\n");
	free(text);
}

static void test_files(void **state)
{
	char *text;

	text = check(state, "[easelfs]\nprovider = local\n[provider lokal]\nin_flight = 1\n", false,
		     EXIT_FAILURE);
	assert_non_null(strstr(text, "[provider lokal]: "));
	free(text);
	put(state, "providers/bad.ini", "[provider]\ncommand = true {prompt}\nnonsense = 1\n");
	text = check(state, "[easelfs]\nprovider = local\n", false, EXIT_FAILURE);
	assert_non_null(strstr(text, "providers/bad.ini:3: "));
	free(text);
}

static const cJSON *find(const cJSON *array, const char *member, const char *value)
{
	const cJSON *item;

	cJSON_ArrayForEach(item, array)
	{
		const char *text =
			cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(item, member));
		const char *end = text ? text + strlen(text) : "";

		if (text && strlen(text) >= strlen(value) &&
		    strcmp(end - strlen(value), value) == 0)
			return item;
	}
	fail_msg("%s", value);
	return NULL;
}

static const char *text_of(const cJSON *item, const char *member)
{
	return cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(item, member));
}

static bool is_true(const cJSON *item, const char *member)
{
	return cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(item, member));
}

static void test_json(void **state)
{
	char config[1024] = "[easelfs]\nprovider = nobody\n[provider lokal]\nin_flight = 1\n";
	static const char *const asked[] = { "good", NULL };
	CLEANUP(free_ptr) char *text = NULL;
	const cJSON *item;
	cJSON *array;

	put_provider(state, "good", balance);
	put(state, "providers/bad.ini", "[provider]\ncommand = true {prompt}\nnonsense = 1\n");
	with_key(state, config, sizeof(config), asked);
	text = check(state, config, true, EXIT_FAILURE);
	array = cJSON_Parse(text);
	assert_true(cJSON_IsArray(array));
	item = find(array, "name", "good");
	assert_true(is_true(item, "ready"));
	assert_false(is_true(item, "default"));
	assert_string_equal(text_of(item, "status"), "ready, 12.5 credit left");
	assert_string_equal(text_of(item, "title"), "The good");
	assert_non_null(strstr(text_of(item, "profile"), "/providers/good.ini"));
	assert_true(cJSON_GetObjectItemCaseSensitive(item, "remaining")->valuedouble == 12.5);
	assert_string_equal(text_of(item, "unit"), "credit");
	item = find(array, "name", "local");
	assert_true(is_true(item, "ready"));
	assert_null(cJSON_GetObjectItemCaseSensitive(item, "remaining"));
	item = find(array, "profile", "/bad.ini");
	assert_false(is_true(item, "ready"));
	assert_int_equal(cJSON_GetObjectItemCaseSensitive(item, "line")->valueint, 3);
	item = find(array, "name", "nobody");
	assert_false(is_true(item, "ready"));
	assert_true(is_true(item, "default"));
	item = find(array, "name", "lokal");
	assert_false(is_true(item, "ready"));
	cJSON_Delete(array);
}

/* From now on this process dumps no core. */
static void test_core(void **state)
{
	static const char *const asked[] = { "good", NULL };
	char config[1024] = "[easelfs]\nprovider = good\n";
	struct rlimit limit;

	put_provider(state, "good", balance);
	with_key(state, config, sizeof(config), asked);
	free(check(state, config, false, EXIT_SUCCESS));
	assert_int_equal(getrlimit(RLIMIT_CORE, &limit), 0);
	assert_int_equal(limit.rlim_cur, 0);
	assert_int_equal(limit.rlim_max, 0);
}

#define DIR_ROW(name) cmocka_unit_test_setup_teardown(name, set_up, scratch_dir_remove)

int main(void)
{
	const struct CMUnitTest tests[] = {
		DIR_ROW(test_answers), DIR_ROW(test_default), DIR_ROW(test_files),
		DIR_ROW(test_json),    DIR_ROW(test_core),
	};

	return cmocka_run_group_tests(tests, start_server, stop_server);
}
