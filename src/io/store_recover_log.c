/* The write-ahead log of a database, read without believing it. What SQLite takes of it are
 * the frames before the first one that is not whole, as far as the last commit among
 * them; the rest never happened. That is right after a power cut, which tears the end off,
 * and wrong where a disk damaged the middle: then what was synced long ago lies behind
 * that frame, and the database looks whole and is an old one.
 *
 * What lies behind is of this log, and not left of an earlier one, where it has the salts of
 * its header. It was committed once where a commit follows; a daemon that is killed in
 * the middle of a commit leaves frames without one, which shorter commits of the next
 * daemon cover in part.
 *
 * See https://www.sqlite.org/fileformat2.html, whose words are used here. */
#include "io/store_recover.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "store_recover_private.h"

enum {
	PAGE_SIZE_MIN = 512,
	PAGE_SIZE_MAX = 65536,
	WAL_HEADER_SIZE = 32,
	FRAME_HEADER_SIZE = 24,
	WAL_MAGIC = 0x377f0682, /* its last bit: checksums of big-endian words */
};

/* How many bytes were there; fewer than `size` at the end. */
ssize_t wal_read_at(int fd, void *bytes, size_t size, int64_t offset)
{
	size_t done = 0;

	while (done < size) {
		ssize_t n = pread(fd, (char *)bytes + done, size - done, offset + (off_t)done);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (n == 0)
			break;
		done += (size_t)n;
	}
	return (ssize_t)done;
}

bool wal_is_page_size(uint32_t size)
{
	return size >= PAGE_SIZE_MIN && size <= PAGE_SIZE_MAX && (size & (size - 1)) == 0;
}

/* ---- checksums ---- */

struct checksum {
	bool big_endian;
	uint32_t sum[2];
};

static uint32_t checksum_word(const struct checksum *checksum, const uint8_t *bytes)
{
	return checksum->big_endian ? read_u32(bytes)
				    : (uint32_t)bytes[3] << 24 | (uint32_t)bytes[2] << 16 |
					      (uint32_t)bytes[1] << 8 | bytes[0];
}

static void checksum_add(struct checksum *checksum, const uint8_t *bytes, size_t size)
{
	for (size_t i = 0; i + 8 <= size; i += 8) {
		checksum->sum[0] += checksum_word(checksum, bytes + i) + checksum->sum[1];
		checksum->sum[1] += checksum_word(checksum, bytes + i + 4) + checksum->sum[0];
	}
}

static bool checksum_is(const struct checksum *checksum, const uint8_t *bytes)
{
	return checksum->sum[0] == read_u32(bytes) && checksum->sum[1] == read_u32(bytes + 4);
}

/* ---- frames ---- */

static int add_frame(struct frames *frames, int64_t page, int64_t offset)
{
	if (frames->count == frames->room) {
		size_t more = frames->room ? frames->room * 2 : 64;
		struct frame *grown = reallocarray(frames->list, more, sizeof(*grown));

		if (!grown)
			return -ENOMEM;
		frames->list = grown;
		frames->room = more;
	}
	frames->list[frames->count++] = (struct frame){ page, offset };
	return 0;
}

static int by_page(const void *a, const void *b)
{
	const struct frame *left = a, *right = b;

	if (left->page != right->page)
		return left->page < right->page ? -1 : 1;
	return left->offset < right->offset ? -1 : left->offset > right->offset;
}

/* The last one of each page counts. */
static void keep_newest(struct frames *frames)
{
	size_t kept = 0;

	if (frames->count)
		qsort(frames->list, frames->count, sizeof(*frames->list), by_page);
	for (size_t i = 0; i < frames->count; i++)
		if (i + 1 == frames->count || frames->list[i].page != frames->list[i + 1].page)
			frames->list[kept++] = frames->list[i];
	frames->count = kept;
}

int64_t wal_find(const struct frames *frames, int64_t page)
{
	size_t from = 0, to = frames->count;

	while (from < to) {
		size_t middle = from + (to - from) / 2;

		if (frames->list[middle].page == page)
			return frames->list[middle].offset;
		if (frames->list[middle].page < page)
			from = middle + 1;
		else
			to = middle;
	}
	return -1;
}

/* ---- reading ---- */

/* A log while it is read. */
struct reading {
	struct wal *wal;
	struct checksum checksum;
	uint8_t salts[8];
	uint8_t *bytes; /* room for a frame */
	size_t size;    /* of a frame */
	int64_t at;     /* the next frame's place */
};

static bool next_frame(struct reading *reading)
{
	return wal_read_at(reading->wal->fd, reading->bytes, reading->size, reading->at) ==
	       (ssize_t)reading->size;
}

static bool is_ours(const struct reading *reading)
{
	return memcmp(reading->bytes + 8, reading->salts, sizeof(reading->salts)) == 0 &&
	       read_u32(reading->bytes);
}

/* A commit says how many pages the database has. */
static uint32_t commit_of(const struct reading *reading)
{
	return read_u32(reading->bytes + 4);
}

/* As SQLite does. */
static int read_frames(struct reading *reading)
{
	struct wal *wal = reading->wal;
	size_t committed = 0;
	int r = 0;

	for (; r == 0 && next_frame(reading); reading->at += (int64_t)reading->size) {
		const uint8_t *bytes = reading->bytes;

		checksum_add(&reading->checksum, bytes, 8);
		checksum_add(&reading->checksum, bytes + FRAME_HEADER_SIZE, wal->page_size);
		if (!is_ours(reading) || !checksum_is(&reading->checksum, bytes + 16))
			break;
		r = add_frame(&wal->frames, read_u32(bytes), reading->at + FRAME_HEADER_SIZE);
		if (r == 0 && commit_of(reading)) {
			committed = wal->frames.count;
			if (wal->database_pages < commit_of(reading))
				wal->database_pages = commit_of(reading);
		}
	}
	wal->frames.count = committed;
	keep_newest(&wal->frames);
	return r;
}

/* The rest, as far as its last commit. The first of these frames is the one that is not
 * whole: alone, with a commit or without, it is the torn end of the log. */
static int read_hidden(struct reading *reading, int64_t torn)
{
	struct wal *wal = reading->wal;
	size_t committed = 0;
	int r = 0;

	for (; r == 0 && next_frame(reading); reading->at += (int64_t)reading->size) {
		if (!is_ours(reading))
			continue;
		r = add_frame(&wal->hidden, read_u32(reading->bytes),
			      reading->at + FRAME_HEADER_SIZE);
		if (r == 0 && commit_of(reading) && reading->at != torn)
			committed = wal->hidden.count;
	}
	wal->hidden.count = committed;
	keep_newest(&wal->hidden);
	return r;
}

static int read_whole(struct reading *reading)
{
	int r = read_frames(reading);

	if (r == 0)
		r = read_hidden(reading, reading->at);
	if (reading->wal->hidden.count)
		reading->wal->state = WAL_CUT;
	return r;
}

/* Without its header SQLite takes nothing of it. The salts are then the first frame's. */
static int read_headless(struct reading *reading)
{
	reading->wal->state = WAL_CUT;
	if (!next_frame(reading))
		return 0;
	memcpy(reading->salts, reading->bytes + 8, sizeof(reading->salts));
	return read_hidden(reading, -1);
}

static bool is_header(struct reading *reading, const uint8_t *header)
{
	uint32_t magic = read_u32(header);

	if ((magic & ~1U) != WAL_MAGIC || !wal_is_page_size(read_u32(header + 8)))
		return false;
	reading->checksum.big_endian = magic & 1;
	checksum_add(&reading->checksum, header, 24);
	memcpy(reading->salts, header + 16, sizeof(reading->salts));
	return checksum_is(&reading->checksum, header + 24);
}

int wal_read(struct wal *wal, uint32_t page_size)
{
	CLEANUP(free_ptr) uint8_t *bytes = NULL;
	struct reading reading = { .wal = wal, .at = WAL_HEADER_SIZE };
	uint8_t header[WAL_HEADER_SIZE];
	struct stat st;
	bool whole;

	wal->state = WAL_MISSING;
	if (wal->fd < 0)
		return 0;
	if (fstat(wal->fd, &st) < 0)
		return -errno;
	/* A checkpoint at the end leaves it so. */
	wal->state = st.st_size ? WAL_CUT : WAL_WHOLE;
	if (wal_read_at(wal->fd, header, sizeof(header), 0) != (ssize_t)sizeof(header))
		return 0;
	whole = is_header(&reading, header);
	if (whole ? page_size && page_size != read_u32(header + 8) : !page_size)
		return 0;
	wal->page_size = whole ? read_u32(header + 8) : page_size;
	reading.size = FRAME_HEADER_SIZE + (size_t)wal->page_size;
	reading.bytes = bytes = malloc(reading.size);
	if (!bytes)
		return -ENOMEM;
	if (!whole)
		return read_headless(&reading);
	wal->state = WAL_WHOLE;
	return read_whole(&reading);
}

void wal_ignore(struct wal *wal)
{
	wal->state = WAL_CUT;
	wal->page_size = 0;
	wal->database_pages = 0;
	wal->frames.count = wal->hidden.count = 0;
}

void wal_done(struct wal *wal)
{
	if (wal->fd >= 0)
		close(wal->fd);
	free(wal->frames.list);
	free(wal->hidden.list);
}
