/* Hides how a picture leaves the program. It is painted and encoded in memory
 * first; the file is made last and removed again when writing it fails, so that
 * what is found under its name is either whole or, after a crash, without its
 * end. The environment is dropped: no variable may change a pixel. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "preview/options.h"
#include "preview/picture.h"

#ifndef EASELFS_VERSION
#define EASELFS_VERSION "0.1.0"
#endif

enum { EXIT_ASKED_WRONGLY = 2 };

static void show_progress(int percent)
{
	fprintf(stderr, "%d%%\n", percent);
}

static int print(const char *text)
{
	if (fputs(text, stdout) < 0 || fflush(stdout))
		return EXIT_FAILURE;
	return EXIT_SUCCESS;
}

/* Removes what it began, unless that is a device or pipe. 0 or -errno. */
static int write_file(const char *path, const struct strbuf *bytes)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOCTTY, 0666);
	struct stat st;
	int r;

	if (fd < 0)
		return -errno;
	r = file_write_all(fd, bytes->bytes, bytes->size);
	if (fstat(fd, &st))
		st.st_mode = 0;
	if (close(fd) && !r)
		r = -errno;
	if (r < 0 && S_ISREG(st.st_mode))
		unlink(path);
	return r;
}

static int write_output(const char *path, const struct strbuf *bytes)
{
	if (strcmp(path, "-") != 0)
		return write_file(path, bytes);
	return file_write_all(STDOUT_FILENO, bytes->bytes, bytes->size);
}

static int paint(const struct options *options)
{
	struct picture_order order = {
		options->prompt, strlen(options->prompt),
		options->w,      options->h,
		options->seed,   options->progress == PROGRESS_SHOWN ? show_progress : NULL,
	};
	CLEANUP(canvas) struct canvas *canvas = picture_paint(&order);
	CLEANUP(strbuf) struct strbuf png = STRBUF_EMPTY;
	int r = canvas_add_png(canvas, &png);

	if (!r)
		r = write_output(options->output, &png);
	if (r < 0) {
		fprintf(stderr, "easelfs-preview: cannot write %s: %s\n", options->output,
			strerror(-r));
		return EXIT_FAILURE;
	}
	if (order.progress)
		order.progress(100);
	return EXIT_SUCCESS;
}

int main(int argc, char **argv)
{
	struct options options;
	struct diag diag;

	clearenv();
	/* A reader gone or a file too large is an error to report, not to die of. */
	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN);
	if (options_parse(argc, argv, &options, &diag) < 0) {
		fprintf(stderr, "easelfs-preview: %s\n", diag.text);
		return EXIT_ASKED_WRONGLY;
	}
	if (options.task == OPTIONS_HELP)
		return print(options_usage);
	if (options.task == OPTIONS_VERSION)
		return print("easelfs-preview " EASELFS_VERSION "\n");
	return paint(&options);
}
