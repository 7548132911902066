/* The two halves of a store are read apart: rows by io/store_recover, picture files here,
 * which know nothing of rows but their own place. Only whole pictures are told of; others
 * are named, because their owner may have another copy. */
#include "app/recover.h"

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/strbuf.h"
#include "base/utf8.h"
#include "io/blobs.h"
#include "io/store_recover.h"

enum { PICTURE_BYTES_MAX = 1024 * 1024 * 1024, DAY_BYTES = 10 };

struct walk {
	struct store_recover *recover;
	char *images;
	int64_t broken; /* files that are no whole pictures */
};

/* ---- a file ---- */

/* The day of the folder that it lies in, unless its own time is of that day. */
static int64_t finished_ms(const char *day, const struct stat *st)
{
	int64_t changed_ms = clock_ns(st->st_mtim) / 1000000;
	struct tm tm = { 0 };
	char text[CLOCK_TEXT_ROOM];
	const char *end;

	clock_text(changed_ms, text, sizeof(text));
	if (strncmp(text, day, DAY_BYTES) == 0)
		return changed_ms;
	end = strptime(day, "%Y-%m-%d", &tm);
	return end && *end == '/' ? (int64_t)timegm(&tm) * 1000 : changed_ms;
}

static void say(const struct walk *walk, const char *what, const char *place, const char *why)
{
	CLEANUP(strbuf) struct strbuf name = STRBUF_EMPTY;

	utf8_add_printable(&name, place, strlen(place), PRINTABLE_LINE);
	printf("%s: %s/%s: %s\n", what, walk->images, strbuf_text(&name), why);
}

/* What is wrong with us, and not with the file, is no reason to go on without it. */
static int tell_unread(struct walk *walk, const char *place, int error)
{
	if (error == -ENOMEM || error == -EMFILE || error == -ENFILE || error == -ENOENT)
		return error == -ENOENT ? 0 : error;
	say(walk, "cannot be read", place, strerror(-error));
	return store_recover_unread(walk->recover, place);
}

/* `path` is the file's, `place` what a row calls it. */
static int tell_picture(struct walk *walk, const char *path, const char *place)
{
	struct store_recover_picture picture = { .place = place };
	struct diag diag = { 0 };
	struct blob blob;
	struct stat st;
	int r;

	if (lstat(path, &st) < 0)
		return tell_unread(walk, place, -errno);
	if (!S_ISREG(st.st_mode))
		return 0;
	r = blobs_inspect(path, PICTURE_BYTES_MAX, &blob, &diag);
	if (r < 0 && !*diag.text)
		return tell_unread(walk, place, r);
	if (r < 0) {
		walk->broken++;
		say(walk, "not whole", place, diag.text);
		return 0;
	}
	picture.picture = blob.picture;
	picture.sha256 = blob.sha256;
	picture.size = (int64_t)blob.size;
	picture.blocks = st.st_blocks;
	picture.finished_ms = finished_ms(place, &st);
	r = store_recover_picture(walk->recover, &picture);
	if (r == -ENAMETOOLONG) {
		say(walk, "left as it is", place, strerror(-r));
		return 0;
	}
	return r;
}

/* ---- all files ---- */

/* As the daemon looks for them: neither links nor hidden ones, one folder deep. */
static int each_entry(const char *path, int (*fn)(struct walk *, const char *, const char *),
		      struct walk *walk, const char *above)
{
	struct dirent **entries = NULL;
	int count = scandir(path, &entries, NULL, alphasort), r = count < 0 ? -errno : 0;

	for (int i = 0; i < count; i++) {
		CLEANUP(free_ptr) struct dirent *entry = entries[i];
		CLEANUP(free_ptr) char *below = file_join(path, entry->d_name);
		CLEANUP(free_ptr) char *place = file_join(above, entry->d_name);

		if (r == 0 && entry->d_name[0] != '.')
			r = below && place ? fn(walk, below, *above ? place : place + 1) : -ENOMEM;
	}
	free(entries);
	return r;
}

static int walk_day(struct walk *walk, const char *path, const char *place)
{
	struct stat st;

	if (lstat(path, &st) < 0 || !S_ISDIR(st.st_mode))
		return 0;
	return each_entry(path, tell_picture, walk, place);
}

static int walk_images(struct walk *walk)
{
	int r = each_entry(walk->images, walk_day, walk, "");

	return r == -ENOENT ? 0 : r;
}

/* ---- what a person is told ---- */

static const char *s(int64_t count)
{
	return count == 1 ? "" : "s";
}

static void print_summary(const char *store, const struct walk *walk,
			  const struct store_recover_summary *found)
{
	printf("%s is rebuilt:\n", store);
	printf("  %" PRId64 " job%s with %" PRId64 " run%s\n", found->jobs, s(found->jobs),
	       found->runs, s(found->runs));
	printf("  %" PRId64 " file%s and %" PRId64 " folder%s\n", found->files, s(found->files),
	       found->folders, s(found->folders));
	printf("  %" PRId64 " picture%s under their own names\n", found->pictures_named,
	       s(found->pictures_named));
	printf("  %" PRId64 " picture%s without a name, in images/recovered/\n",
	       found->pictures_nameless, s(found->pictures_nameless));
	printf("  %" PRId64 " picture%s lost: the file is missing or not whole\n",
	       found->pictures_lost, s(found->pictures_lost));
	if (found->pictures_unread)
		printf("  %" PRId64 " picture%s under their own names, whose files cannot be "
		       "read\n",
		       found->pictures_unread, s(found->pictures_unread));
	printf("  %" PRId64 " file%s below images/ not whole, left as they are\n", walk->broken,
	       s(walk->broken));
	printf("  %" PRId64 " total%s of spending\n", found->spend_rows, s(found->spend_rows));
	printf("  %" PRId64 " run%s held: nothing is sent by itself, jobs/*/error says what can "
	       "be done\n",
	       found->held, s(found->held));
	if (found->log_lost)
		printf("  the log is missing or damaged: what seems never to have been sent is in "
		       "doubt, too\n");
	if (found->pages_unread)
		printf("  %" PRId64 " of %" PRId64 " pages of the database cannot be read\n",
		       found->pages_unread, found->pages);
	if (*found->aside)
		printf("The damaged database is kept as %s/%s.\n", store, found->aside);
}

static int run(struct walk *walk, const char *store, struct diag *diag)
{
	struct store_recover_summary summary;
	int r = walk_images(walk);

	if (r < 0) {
		diag_set(diag, 0, "%s: %s", walk->images, strerror(-r));
		return r;
	}
	r = store_recover_finish(walk->recover, &summary, diag);
	if (r == 0)
		print_summary(store, walk, &summary);
	return r;
}

int recover_run(const char *store)
{
	struct walk walk = { .images = file_join(store, "images") };
	struct diag diag = { .text = "out of memory" };
	int r = walk.images ? store_recover_begin(store, &walk.recover, &diag) : -ENOMEM;

	if (r == 0)
		r = run(&walk, store, &diag);
	store_recover_close(walk.recover);
	free(walk.images);
	if (r == -EALREADY) {
		printf("%s\n", diag.text);
		return EXIT_SUCCESS;
	}
	if (r < 0)
		fprintf(stderr, "easelfs: %s\n", diag.text);
	return r < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
