/* How a finished picture becomes durable, and what its file is called. The order
 * is the point: check the bytes that were read, sync them, move them under a name
 * that does not exist yet, sync the folders; only then may the store say that the
 * picture exists. A crash at any point leaves either a leftover in incoming/,
 * which the next start removes, or a whole picture that no record mentions.
 *
 * Everything is reached from descriptors opened once, so a picture is found
 * wherever the daemon's working directory is, and nothing here needs a lock. */
#include "io/blobs.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <nettle/sha2.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/failpoint.h"
#include "base/file.h"
#include "base/strbuf.h"
#include "base/utf8.h"

enum { NAME_BYTES_MAX = 200, DAY_BYTES = 10, ATTEMPTS_MAX = 100000 };

struct blobs {
	char *incoming; /* absolute: the daemon changes its directory */
	int images_fd;
};

/* Leftovers are whole or cut downloads that no record knows; folders are not ours. */
static int remove_leftover(int dir_fd, const char *name)
{
	if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
		return 0;
	if (unlinkat(dir_fd, name, 0) == 0 || errno == ENOENT || errno == EISDIR)
		return 0;
	return -errno;
}

static int empty_incoming(const char *path)
{
	DIR *dir = opendir(path);
	const struct dirent *entry;
	int r;

	if (!dir)
		return -errno;
	do {
		errno = 0;
		entry = readdir(dir);
		r = entry ? remove_leftover(dirfd(dir), entry->d_name) : -errno;
	} while (entry && r == 0);
	closedir(dir);
	return r;
}

static int make_folder(const char *store, const char *name, char **ret_path)
{
	CLEANUP(free_ptr) char *path = file_join(store, name);
	int r;

	if (!path)
		return -ENOMEM;
	r = file_make_dirs(path);
	if (r < 0)
		return r;
	*ret_path = path;
	path = NULL;
	return 0;
}

static int open_folders(struct blobs *blobs, const char *store_dir)
{
	CLEANUP(free_ptr) char *store = NULL;
	CLEANUP(free_ptr) char *images = NULL;
	int r;

	r = file_make_dirs(store_dir);
	if (r < 0)
		return r;
	store = realpath(store_dir, NULL);
	if (!store)
		return -errno;
	r = make_folder(store, "images", &images);
	if (r < 0)
		return r;
	r = make_folder(store, "incoming", &blobs->incoming);
	if (r < 0)
		return r;
	r = empty_incoming(blobs->incoming);
	if (r < 0)
		return r;
	r = file_sync_dir(store);
	if (r < 0)
		return r;
	blobs->images_fd = open(images, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return blobs->images_fd < 0 ? -errno : 0;
}

int blobs_open(const char *store_dir, struct blobs **ret_blobs)
{
	struct blobs *blobs = calloc(1, sizeof(*blobs));
	int r;

	if (!blobs)
		return -ENOMEM;
	blobs->images_fd = -1;
	r = open_folders(blobs, store_dir);
	if (r < 0) {
		blobs_close(blobs);
		return r;
	}
	*ret_blobs = blobs;
	return 0;
}

void blobs_close(struct blobs *blobs)
{
	if (!blobs)
		return;
	if (blobs->images_fd >= 0)
		close(blobs->images_fd);
	free(blobs->incoming);
	free(blobs);
}

char *blobs_incoming(const struct blobs *blobs, int64_t call, unsigned number)
{
	char name[64];

	snprintf(name, sizeof(name), "%" PRId64 "-%u.part", call, number);
	return file_join(blobs->incoming, name);
}

void blobs_discard(const char *incoming_path)
{
	(void)unlink(incoming_path);
}

/* Names. */

/* Without the extension of its last component: "a.b/dog.json" is "a.b/dog". */
static size_t stem_size(const char *path)
{
	const char *slash = strrchr(path, '/');
	const char *base = slash ? slash + 1 : path;
	const char *dot = strrchr(base, '.');

	return dot && dot > base ? (size_t)(dot - path) : strlen(path);
}

/* The length of what begins at `bytes`: a character of UTF-8, or one byte that is
 * none. `*ret_shown` tells whether it may stand in a name as it is. */
static size_t next_piece(const char *bytes, size_t size, bool *ret_shown)
{
	CLEANUP(strbuf) struct strbuf printable = STRBUF_EMPTY;
	size_t length = 1;

	while (length < size && length < 4 && !utf8_valid(bytes, length, NULL))
		length++;
	if (!utf8_valid(bytes, length, NULL))
		length = 1;
	utf8_add_printable(&printable, bytes, length, PRINTABLE_LINE);
	*ret_shown = !strbuf_failed(&printable) && printable.size == length;
	return length;
}

/* A name that is text, hides from no `ls` and is no option of any program. */
static void add_safe(struct strbuf *name, const char *path, size_t size)
{
	bool leading = true, shown;
	size_t at, length;

	for (at = 0; at < size && name->size <= NAME_BYTES_MAX; at += length) {
		length = next_piece(path + at, size - at, &shown);
		if (path[at] == '/' && !leading) {
			strbuf_add_char(name, '.');
			continue;
		}
		leading = leading && (path[at] == '.' || path[at] == '-' || path[at] == '/');
		if (leading || !shown)
			strbuf_add_char(name, '_');
		else
			strbuf_add(name, path + at, length);
	}
	if (size == 0)
		strbuf_add_text(name, "image");
}

struct blob_name {
	const char *request_path;
	int64_t call, finished_ms;
	enum picture_type type;
};

/* "2026-11-21/album.dog-17.png"; from the second `attempt` on "…-17_2.png". */
static int make_place(const struct blob_name *from, unsigned attempt, char *place, size_t room)
{
	CLEANUP(strbuf) struct strbuf name = STRBUF_EMPTY;
	char day[CLOCK_TEXT_ROOM], ending[64], again[16] = "";
	size_t stem;
	int n;

	if (attempt > 1)
		snprintf(again, sizeof(again), "_%u", attempt);
	n = snprintf(ending, sizeof(ending), "-%" PRId64 "%s.%s", from->call, again,
		     picture_extension(from->type));
	add_safe(&name, from->request_path, stem_size(from->request_path));
	if (strbuf_failed(&name))
		return -ENOMEM;
	stem = utf8_cut(name.bytes, name.size, NAME_BYTES_MAX - (size_t)n);
	clock_text(from->finished_ms, day, sizeof(day));
	snprintf(place, room, "%.*s/%.*s%s", DAY_BYTES, day, (int)stem, name.bytes, ending);
	return 0;
}

/* Adopting. */

static void hash(const void *bytes, size_t size, char hex[65])
{
	uint8_t digest[SHA256_DIGEST_SIZE];
	struct sha256_ctx context;
	size_t i;

	sha256_init(&context);
	sha256_update(&context, size, bytes);
	sha256_digest(&context, sizeof(digest), digest);
	for (i = 0; i < sizeof(digest); i++)
		snprintf(hex + 2 * i, 3, "%02x", digest[i]);
}

/* The same bytes that are hashed are checked. */
int blobs_inspect(const char *path, uint64_t bytes_max, struct blob *ret_blob,
		  struct diag *reterr_diag)
{
	size_t max = bytes_max < SIZE_MAX ? (size_t)bytes_max : SIZE_MAX, size;
	CLEANUP(free_ptr) char *bytes = NULL;
	struct blob blob = { 0 };
	int r;

	r = file_read(path, max, &bytes, &size);
	if (r == -EFBIG)
		diag_set(reterr_diag, 0, "larger than the limit of %" PRIu64 " bytes", bytes_max);
	if (r < 0)
		return r;
	r = picture_check((const uint8_t *)bytes, size, &blob.picture, reterr_diag);
	if (r < 0)
		return r;
	hash(bytes, size, blob.sha256);
	blob.size = size;
	*ret_blob = blob;
	return 0;
}

/* The blocks are counted after the sync, which is when they are allocated. */
static int sync_file(const char *path, struct blob *blob)
{
	CLEANUP(close_fd) int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	struct stat st;
	int r;

	if (fd < 0)
		return -errno;
	FAILPOINT("picture-sync-before");
	r = file_sync(fd);
	FAILPOINT("picture-sync-after");
	if (r < 0)
		return r;
	if (fstat(fd, &st) < 0)
		return -errno;
	blob->disk_blocks = (uint64_t)st.st_blocks;
	return 0;
}

/* Some filesystems cannot rename without replacing; a link never replaces. */
static int move_new(const char *from, int dir_fd, const char *name)
{
	if (renameat2(AT_FDCWD, from, dir_fd, name, RENAME_NOREPLACE) == 0)
		return 0;
	if (errno != EINVAL && errno != ENOSYS)
		return -errno;
	if (linkat(AT_FDCWD, from, dir_fd, name, 0) < 0)
		return -errno;
	(void)unlink(from);
	return 0;
}

/* A call's pictures share its number, and each crash may have left some that no record
 * mentions: those files are left alone, so there must be names for more than a call has. */
static int move_to_place(int day_fd, const char *from, const struct blob_name *name,
			 struct blob *blob)
{
	unsigned attempt;
	int r = -EEXIST;

	for (attempt = 1; r == -EEXIST && attempt <= ATTEMPTS_MAX; attempt++) {
		r = make_place(name, attempt, blob->place, sizeof(blob->place));
		if (r == 0)
			r = move_new(from, day_fd, blob->place + DAY_BYTES + 1);
	}
	return r;
}

static int publish(const struct blobs *blobs, const char *from, const struct blob_name *name,
		   struct blob *blob)
{
	CLEANUP(close_fd) int day_fd = -1;
	char day[CLOCK_TEXT_ROOM];
	int r;

	clock_text(name->finished_ms, day, sizeof(day));
	day[DAY_BYTES] = '\0';
	if (mkdirat(blobs->images_fd, day, 0700) < 0 && errno != EEXIST)
		return -errno;
	day_fd = openat(blobs->images_fd, day, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (day_fd < 0)
		return -errno;
	FAILPOINT("picture-rename-before");
	r = move_to_place(day_fd, from, name, blob);
	FAILPOINT("picture-rename-after");
	if (r < 0)
		return r;
	r = file_sync(day_fd);
	/* Even where the day existed: its maker may have died before the sync. */
	if (r == 0)
		r = file_sync(blobs->images_fd);
	FAILPOINT("picture-folder-sync-after");
	if (r < 0)
		(void)renameat(day_fd, blob->place + DAY_BYTES + 1, AT_FDCWD, from);
	return r;
}

/* NOLINTNEXTLINE(readability-function-size): eight parameters, until there is a struct. */
int blobs_adopt(struct blobs *blobs, const char *incoming_path, const char *request_path,
		int64_t call, int64_t finished_ms, uint64_t bytes_max, struct blob *ret_blob,
		struct diag *reterr_diag)
{
	struct blob_name name = {
		.request_path = request_path,
		.call = call,
		.finished_ms = finished_ms,
	};
	struct blob blob;
	int r;

	r = blobs_inspect(incoming_path, bytes_max, &blob, reterr_diag);
	if (r < 0)
		return r;
	r = sync_file(incoming_path, &blob);
	if (r < 0)
		return r;
	name.type = blob.picture.type;
	r = publish(blobs, incoming_path, &name, &blob);
	if (r < 0)
		return r;
	*ret_blob = blob;
	return 0;
}

/* Places come from the store, which a person may have edited. */
static bool place_is_valid(const char *place)
{
	const char *slash = strchr(place, '/');

	return slash && slash > place && slash[1] && place[0] != '.' && slash[1] != '.' &&
	       !strchr(slash + 1, '/');
}

int blobs_read(const struct blobs *blobs, const char *place)
{
	int fd;

	if (!place_is_valid(place))
		return -EINVAL;
	fd = openat(blobs->images_fd, place, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	return fd < 0 ? -errno : fd;
}

int blobs_remove(struct blobs *blobs, const char *place)
{
	CLEANUP(close_fd) int day_fd = -1;
	CLEANUP(free_ptr) char *day = NULL;
	const char *name;

	if (!place_is_valid(place))
		return -EINVAL;
	name = strchr(place, '/') + 1;
	day = strndup(place, (size_t)(name - 1 - place));
	if (!day)
		return -ENOMEM;
	day_fd = openat(blobs->images_fd, day, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (day_fd < 0)
		return errno == ENOENT ? 0 : -errno;
	FAILPOINT("picture-unlink-before");
	if (unlinkat(day_fd, name, 0) < 0)
		return errno == ENOENT ? 0 : -errno;
	FAILPOINT("picture-unlink-after");
	return file_sync(day_fd);
}
