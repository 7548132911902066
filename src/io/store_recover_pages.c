/* A database file read without believing it: page by page, by position. Its write-ahead
 * log is believed as far as its checksums and commits go, as SQLite itself does, and its
 * pages are newer than the file's. Pages that the database says are free are told,
 * because they may still have rows that were deleted since.
 *
 * See https://www.sqlite.org/fileformat2.html, whose words are used here. */
#include "io/store_recover.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/strbuf.h"
#include "store_recover_private.h"

enum {
	HEADER_SIZE = 100,
	PAGE_SIZE_OURS = 4096, /* SQLite's own choice, which the store never changes */
	PAGE_SIZE_MIN = 512,
	PAGE_SIZE_MAX = 65536,
	WAL_HEADER_SIZE = 32,
	FRAME_HEADER_SIZE = 24,
	WAL_MAGIC = 0x377f0682, /* its last bit: checksums of big-endian words */
};

struct frame {
	int64_t page;
	int64_t offset; /* of the page's bytes in the log */
};

struct dbpages {
	int fd, wal_fd;
	uint32_t size;
	int64_t count;
	struct frame *frames; /* by page, one for each */
	size_t frame_count;
	uint8_t *is_free; /* a bit a page; NULL: not known */
};

/* How many bytes were there; fewer than `size` at the end. */
static ssize_t read_at(int fd, void *bytes, size_t size, int64_t offset)
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

static bool is_page_size(uint32_t size)
{
	return size >= PAGE_SIZE_MIN && size <= PAGE_SIZE_MAX && (size & (size - 1)) == 0;
}

/* ---- the write-ahead log ---- */

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

static int add_frame(struct dbpages *pages, struct frame frame, size_t *room)
{
	if (pages->frame_count == *room) {
		size_t more = *room ? *room * 2 : 64;
		struct frame *grown = reallocarray(pages->frames, more, sizeof(*grown));

		if (!grown)
			return -ENOMEM;
		pages->frames = grown;
		*room = more;
	}
	pages->frames[pages->frame_count++] = frame;
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
static void keep_newest_frames(struct dbpages *pages)
{
	size_t kept = 0;

	if (pages->frame_count)
		qsort(pages->frames, pages->frame_count, sizeof(*pages->frames), by_page);
	for (size_t i = 0; i < pages->frame_count; i++)
		if (i + 1 == pages->frame_count ||
		    pages->frames[i].page != pages->frames[i + 1].page)
			pages->frames[kept++] = pages->frames[i];
	pages->frame_count = kept;
}

/* `bytes` has room for a frame. What follows the last commit never happened. */
static int read_frames(struct dbpages *pages, struct checksum *checksum, const uint8_t *salts,
		       uint8_t *bytes)
{
	size_t size = FRAME_HEADER_SIZE + pages->size, committed = 0, room = 0;
	int64_t at = WAL_HEADER_SIZE;
	int r = 0;

	for (; r == 0 && read_at(pages->wal_fd, bytes, size, at) == (ssize_t)size;
	     at += (int64_t)size) {
		struct frame frame = { read_u32(bytes), at + FRAME_HEADER_SIZE };

		checksum_add(checksum, bytes, 8);
		checksum_add(checksum, bytes + FRAME_HEADER_SIZE, pages->size);
		if (memcmp(bytes + 8, salts, 8) != 0 || !checksum_is(checksum, bytes + 16) ||
		    !frame.page)
			break;
		r = add_frame(pages, frame, &room);
		if (r == 0 && read_u32(bytes + 4)) {
			committed = pages->frame_count;
			if (pages->count < read_u32(bytes + 4))
				pages->count = read_u32(bytes + 4);
		}
	}
	pages->frame_count = committed;
	keep_newest_frames(pages);
	return r;
}

/* 0 also where there is no log that can be believed. */
static int read_wal(struct dbpages *pages, bool size_is_known)
{
	CLEANUP(free_ptr) uint8_t *bytes = NULL;
	uint8_t header[WAL_HEADER_SIZE];
	struct checksum checksum = { .sum = { 0, 0 } };
	uint32_t magic;

	if (pages->wal_fd < 0 ||
	    read_at(pages->wal_fd, header, sizeof(header), 0) != (ssize_t)sizeof(header))
		return 0;
	magic = read_u32(header);
	if ((magic & ~1U) != WAL_MAGIC || !is_page_size(read_u32(header + 8)))
		return 0;
	checksum.big_endian = magic & 1;
	checksum_add(&checksum, header, 24);
	if (!checksum_is(&checksum, header + 24) ||
	    (size_is_known && pages->size != read_u32(header + 8)))
		return 0;
	pages->size = read_u32(header + 8);
	bytes = malloc(FRAME_HEADER_SIZE + (size_t)pages->size);
	return bytes ? read_frames(pages, &checksum, header + 16, bytes) : -ENOMEM;
}

/* ---- free pages ---- */

static void mark_free(struct dbpages *pages, uint32_t page)
{
	if (page >= 1 && page <= pages->count)
		pages->is_free[page / 8] |= (uint8_t)(1U << page % 8);
}

/* A trunk page lists others, and the next trunk. A list that leads into itself ends. */
static int find_free(struct dbpages *pages, uint32_t trunk)
{
	CLEANUP(free_ptr) uint8_t *bytes = malloc(pages->size);

	pages->is_free = calloc(1, (size_t)pages->count / 8 + 1);
	if (!bytes || !pages->is_free)
		return -ENOMEM;
	while (trunk >= 1 && trunk <= pages->count && !dbpages_is_free(pages, trunk)) {
		uint32_t leaves;

		if (dbpages_read(pages, trunk, bytes) < 0)
			return 0;
		mark_free(pages, trunk);
		leaves = read_u32(bytes + 4);
		if (leaves > pages->size / 4 - 2)
			return 0;
		for (uint32_t i = 0; i < leaves; i++)
			mark_free(pages, read_u32(bytes + 8 + (size_t)4 * i));
		trunk = read_u32(bytes);
	}
	return 0;
}

/* ---- the whole ---- */

static bool is_header(const uint8_t *header)
{
	return memcmp(header, "SQLite format 3", 16) == 0;
}

static int open_part(const char *path, const char *suffix, int *ret_fd)
{
	CLEANUP(strbuf) struct strbuf name = STRBUF_EMPTY;

	strbuf_addf(&name, "%s%s", path, suffix);
	if (strbuf_failed(&name))
		return -ENOMEM;
	*ret_fd = open(strbuf_text(&name), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	return *ret_fd < 0 && errno != ENOENT ? -errno : 0;
}

static int look(struct dbpages *pages)
{
	uint8_t header[HEADER_SIZE] = { 0 };
	CLEANUP(free_ptr) uint8_t *first = NULL;
	bool known = false;
	struct stat st = { 0 };
	uint32_t size;
	int r;

	if (pages->fd >= 0 && fstat(pages->fd, &st) < 0)
		return -errno;
	pages->size = PAGE_SIZE_OURS;
	if (pages->fd >= 0)
		(void)read_at(pages->fd, header, sizeof(header), 0);
	size = (uint32_t)header[16] << 8 | header[17];
	size = size == 1 ? PAGE_SIZE_MAX : size;
	if (is_header(header) && is_page_size(size)) {
		pages->size = size;
		known = true;
	}
	r = read_wal(pages, known);
	if (r < 0)
		return r;
	size = pages->size;
	if (pages->count < (st.st_size + size - 1) / size)
		pages->count = (st.st_size + size - 1) / size;
	first = malloc(size);
	if (!first)
		return -ENOMEM;
	if (!pages->count || dbpages_read(pages, 1, first) < 0 || !is_header(first))
		return 0;
	return find_free(pages, read_u32(first + 32));
}

int dbpages_open(const char *path, struct dbpages **ret_pages)
{
	struct dbpages *pages = calloc(1, sizeof(*pages));
	int r;

	if (!pages)
		return -ENOMEM;
	pages->fd = pages->wal_fd = -1;
	r = open_part(path, "", &pages->fd);
	if (r == 0)
		r = open_part(path, "-wal", &pages->wal_fd);
	if (r == 0)
		r = look(pages);
	if (r < 0) {
		dbpages_close(pages);
		return r;
	}
	*ret_pages = pages;
	return 0;
}

void dbpages_close(struct dbpages *pages)
{
	if (!pages)
		return;
	if (pages->fd >= 0)
		close(pages->fd);
	if (pages->wal_fd >= 0)
		close(pages->wal_fd);
	free(pages->frames);
	free(pages->is_free);
	free(pages);
}

uint32_t dbpages_size(const struct dbpages *pages)
{
	return pages->size;
}

int64_t dbpages_count(const struct dbpages *pages)
{
	return pages->count;
}

static const struct frame *find_frame(const struct dbpages *pages, int64_t page)
{
	size_t from = 0, to = pages->frame_count;

	while (from < to) {
		size_t middle = from + (to - from) / 2;

		if (pages->frames[middle].page == page)
			return &pages->frames[middle];
		if (pages->frames[middle].page < page)
			from = middle + 1;
		else
			to = middle;
	}
	return NULL;
}

int dbpages_read(const struct dbpages *pages, int64_t number, uint8_t *bytes)
{
	const struct frame *frame = find_frame(pages, number);
	ssize_t n = 0;

	if (number < 1 || number > pages->count)
		return -ERANGE;
	if (frame)
		n = read_at(pages->wal_fd, bytes, pages->size, frame->offset);
	else if (pages->fd >= 0)
		n = read_at(pages->fd, bytes, pages->size, (number - 1) * (int64_t)pages->size);
	if (n < 0)
		return (int)n;
	memset(bytes + n, 0, pages->size - (size_t)n);
	return 0;
}

bool dbpages_is_free(const struct dbpages *pages, int64_t number)
{
	return pages->is_free && (pages->is_free[number / 8] & 1U << number % 8);
}
