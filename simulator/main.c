/* Starts the listeners, says where they are, and waits for a signal. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "simulator/alarm.h"
#include "simulator/config_file.h"
#include "simulator/server.h"

#ifndef EASELFS_VERSION
#define EASELFS_VERSION "0.1.0"
#endif

enum { EXIT_ASKED_WRONGLY = 2, URL_ROOM = ORIGIN_ROOM + 16 };

static int complain(const struct diag *diag, int status)
{
	fprintf(stderr, "easelfs-simulator: %s\n", diag->text);
	return status;
}

static int print(const char *text)
{
	if (fputs(text, stdout) < 0 || fflush(stdout))
		return EXIT_FAILURE;
	return EXIT_SUCCESS;
}

/* A shell's default of 1024 is less than a benchmark's connections. */
static void allow_files(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit))
		return;
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
}

/* "scenario http://127.0.0.1:34211/v1", a line for each listener. */
static void describe(struct server *const *servers, struct strbuf *text)
{
	for (int i = 0; i < PROVIDERS; i++)
		strbuf_addf(text, "%s %s%s\n", providers[i]->name, server_origin(servers[i]),
			    providers[i]->base_path);
	strbuf_addf(text, "%s %s\n", image_host.name, server_origin(servers[PROVIDERS]));
}

/* Appears whole, because scripts wait for it. */
static int write_port_file(const char *path, const char *text, struct diag *diag)
{
	CLEANUP(strbuf) struct strbuf beside = STRBUF_EMPTY;
	int fd, r;

	strbuf_addf(&beside, "%s.new", path);
	fd = open(strbuf_text(&beside), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOCTTY, 0666);
	r = fd < 0 ? -errno : file_write_all(fd, text, strlen(text));
	if (fd >= 0 && close(fd) && !r)
		r = -errno;
	if (!r && rename(strbuf_text(&beside), path))
		r = -errno;
	if (r < 0)
		diag_set(diag, 0, "cannot write %s: %s", path, strerror(-r));
	return r;
}

static int write_files(const struct options *options, struct server *const *servers,
		       const char *text, struct diag *diag)
{
	char urls[PROVIDERS][URL_ROOM], *pointers[PROVIDERS];

	for (int i = 0; i < PROVIDERS; i++) {
		snprintf(urls[i], sizeof(urls[i]), "%s%s", server_origin(servers[i]),
			 providers[i]->base_path);
		pointers[i] = urls[i];
	}
	if (options->config && config_file_write(options->config, options, pointers, diag) < 0)
		return -1;
	return options->port_file ? write_port_file(options->port_file, text, diag) : 0;
}

static int serve(const struct options *options, struct server **servers, struct world *world,
		 struct diag *diag)
{
	CLEANUP(strbuf) struct strbuf text = STRBUF_EMPTY;
	sigset_t signals;
	int signal;

	/* The image host first: the others tell its URLs. */
	for (unsigned i = LISTENERS; i-- > 0;) {
		servers[i] = server_start(world, i, diag);
		if (!servers[i])
			return -1;
		if (i == PROVIDERS)
			snprintf(world->image_origin, sizeof(world->image_origin), "%s",
				 server_origin(servers[i]));
	}
	describe(servers, &text);
	if (write_files(options, servers, strbuf_text(&text), diag) < 0)
		return -1;
	print(strbuf_text(&text));
	sigemptyset(&signals);
	sigaddset(&signals, SIGTERM);
	sigaddset(&signals, SIGINT);
	sigwait(&signals, &signal);
	return 0;
}

static int run(const struct options *options)
{
	struct server *servers[LISTENERS] = { NULL };
	struct world world;
	struct diag diag;
	int r;

	if (world_open(&world, options, &diag) < 0)
		return complain(&diag, EXIT_FAILURE);
	r = serve(options, servers, &world, &diag);
	alarm_stop(world.alarm);
	for (int i = 0; i < LISTENERS; i++)
		server_stop(servers[i]);
	world_close(&world);
	return r < 0 ? complain(&diag, EXIT_FAILURE) : EXIT_SUCCESS;
}

int main(int argc, char **argv)
{
	struct options options;
	struct diag diag;
	sigset_t signals;

	if (options_parse(argc, argv, &options, &diag) < 0)
		return complain(&diag, EXIT_ASKED_WRONGLY);
	if (options.task == OPTIONS_HELP)
		return print(options_usage);
	if (options.task == OPTIONS_VERSION)
		return print("easelfs-simulator " EASELFS_VERSION "\n");
	/* Blocked before any thread exists, so that only sigwait() gets them. */
	sigemptyset(&signals);
	sigaddset(&signals, SIGTERM);
	sigaddset(&signals, SIGINT);
	pthread_sigmask(SIG_BLOCK, &signals, NULL);
	signal(SIGPIPE, SIG_IGN);
	allow_files();
	return run(&options);
}
