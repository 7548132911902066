/* A database file read without believing it: page by page, by position. The pages of its
 * write-ahead log are newer than the file's. Pages that the database says are free are
 * told, because they may still have rows that were deleted since.
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
	VERSION_AT = 60, /* of the schema */
	WRITE_FORMAT_AT = 18,
	WITH_LOG = 2,
	PAGE_SIZE_OURS = 4096, /* SQLite's own choice, which the store never changes */
	PAGE_SIZE_MAX = 65536,
};

struct dbpages {
	int fd;
	struct wal wal;
	uint32_t size;
	int64_t count;
	uint8_t *is_free; /* a bit a page; NULL: not known */
};

/* ---- free pages ---- */

/* Whether it is a page that was not listed before. */
static bool mark_free(struct dbpages *pages, uint32_t page)
{
	if (page < 1 || page > pages->count || dbpages_is_free(pages, page))
		return false;
	pages->is_free[page / 8] |= (uint8_t)(1U << page % 8);
	return true;
}

/* A trunk page lists others, and the next trunk. Whether each is listed once, and all are
 * as many as the header says. */
static bool follow_free(struct dbpages *pages, uint32_t trunk, uint32_t count, uint8_t *bytes)
{
	uint32_t found = 0;

	while (trunk) {
		uint32_t leaves;

		if (!mark_free(pages, trunk) || dbpages_read(pages, trunk, bytes) < 0)
			return false;
		leaves = read_u32(bytes + 4);
		if (leaves > pages->size / 4 - 2)
			return false;
		for (uint32_t i = 0; i < leaves; i++)
			if (!mark_free(pages, read_u32(bytes + 8 + (size_t)4 * i)))
				return false;
		found += 1 + leaves;
		trunk = read_u32(bytes);
	}
	return found == count;
}

/* A list that is damaged may name pages that are in use: rather rows that were deleted than
 * none of a page. */
static int find_free(struct dbpages *pages, uint32_t trunk, uint32_t count)
{
	CLEANUP(free_ptr) uint8_t *bytes = malloc(pages->size);

	pages->is_free = calloc(1, (size_t)pages->count / 8 + 1);
	if (!bytes || !pages->is_free)
		return -ENOMEM;
	if (!follow_free(pages, trunk, count, bytes)) {
		free(pages->is_free);
		pages->is_free = NULL;
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

/* A log with a page 1 of no schema, beside a database that has one, is not its own: its
 * pages would take the place of ours. */
static int drop_foreign_log(struct dbpages *pages, uint32_t version)
{
	int64_t first = wal_find(&pages->wal.frames, 1);
	uint8_t header[HEADER_SIZE];
	ssize_t n;

	if (!version || first < 0)
		return 0;
	n = wal_read_at(pages->wal.fd, header, sizeof(header), first);
	if (n < 0)
		return (int)n;
	if (n < HEADER_SIZE || !is_header(header) || read_u32(header + VERSION_AT) < version)
		wal_ignore(&pages->wal);
	return 0;
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
		(void)wal_read_at(pages->fd, header, sizeof(header), 0);
	size = (uint32_t)header[16] << 8 | header[17];
	size = size == 1 ? PAGE_SIZE_MAX : size;
	if (is_header(header) && wal_is_page_size(size)) {
		pages->size = size;
		known = true;
	}
	r = wal_read(&pages->wal, known ? size : 0);
	if (r < 0)
		return r;
	/* a rebuilt one has none before its first start */
	if (known && header[WRITE_FORMAT_AT] != WITH_LOG && pages->wal.state == WAL_MISSING)
		pages->wal.state = WAL_WHOLE;
	if (pages->wal.page_size)
		pages->size = pages->wal.page_size;
	r = drop_foreign_log(pages, known ? read_u32(header + VERSION_AT) : 0);
	if (r < 0)
		return r;
	pages->count = pages->wal.database_pages;
	size = pages->size;
	if (pages->count < (st.st_size + size - 1) / size)
		pages->count = (st.st_size + size - 1) / size;
	first = malloc(size);
	if (!first)
		return -ENOMEM;
	if (!pages->count || dbpages_read(pages, 1, first) < 0 || !is_header(first))
		return 0;
	return find_free(pages, read_u32(first + 32), read_u32(first + 36));
}

int dbpages_open(const char *path, struct dbpages **ret_pages)
{
	struct dbpages *pages = calloc(1, sizeof(*pages));
	int r;

	if (!pages)
		return -ENOMEM;
	pages->fd = pages->wal.fd = -1;
	r = open_part(path, "", &pages->fd);
	if (r == 0)
		r = open_part(path, "-wal", &pages->wal.fd);
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
	wal_done(&pages->wal);
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

/* What is not there of the page is zeros. */
static int read_page(const struct dbpages *pages, int64_t number, int64_t offset, uint8_t *bytes)
{
	ssize_t n = 0;

	if (offset < 0 && (number < 1 || number > pages->count))
		return -ERANGE;
	if (offset >= 0)
		n = wal_read_at(pages->wal.fd, bytes, pages->size, offset);
	else if (pages->fd >= 0)
		n = wal_read_at(pages->fd, bytes, pages->size, (number - 1) * (int64_t)pages->size);
	if (n < 0)
		return (int)n;
	memset(bytes + n, 0, pages->size - (size_t)n);
	return 0;
}

int dbpages_read(const struct dbpages *pages, int64_t number, uint8_t *bytes)
{
	return read_page(pages, number, wal_find(&pages->wal.frames, number), bytes);
}

int64_t dbpages_hidden(const struct dbpages *pages, size_t i)
{
	return i < pages->wal.hidden.count ? pages->wal.hidden.list[i].page : 0;
}

int dbpages_read_hidden(const struct dbpages *pages, int64_t number, uint8_t *bytes)
{
	int64_t offset = wal_find(&pages->wal.hidden, number);

	return offset < 0 ? dbpages_read(pages, number, bytes)
			  : read_page(pages, number, offset, bytes);
}

bool dbpages_may_be_old(const struct dbpages *pages)
{
	return pages->wal.state != WAL_WHOLE;
}

bool dbpages_is_free(const struct dbpages *pages, int64_t number)
{
	return pages->is_free && (pages->is_free[number / 8] & 1U << number % 8);
}
