/* A database is two files, itself and its write-ahead log, and no filesystem moves two at
 * once. A database without its log is an older state that looks whole: a call that was
 * sent would be queued again. So there is one step that decides, and all others are taken
 * again after a crash:
 *
 *     easelfs.db.recovering   half made. A killed repair leaves it; the store is what it was,
 *                             and the next repair removes it.
 *     easelfs.db.recovered    whole and synced: this is the store, whatever still lies at
 *                             easelfs.db, with or without its log. No daemon starts; the
 *                             next repair does nothing but the rest of the moves.
 *     neither                 easelfs.db is the store.
 *
 * The log leaves first, which belongs to the old file alone and would be applied to the new
 * one, and is known to have left before the new one comes. What was there keeps its bytes
 * under the name easelfs.db.damaged-DATE: the date of the new file, so that a later call
 * finds the same name. */
#include "store_swap.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/failpoint.h"
#include "base/file.h"
#include "base/strbuf.h"

static const char place[] = "easelfs.db", half_made[] = SWAP_HALF_MADE,
		  decided[] = "easelfs.db.recovered";

static int open_dir(const char *dir)
{
	int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

static int exists(int dir_fd, const char *name)
{
	struct stat st;

	if (fstatat(dir_fd, name, &st, AT_SYMLINK_NOFOLLOW) == 0)
		return 1;
	return errno == ENOENT ? 0 : -errno;
}

int swap_is_pending(const char *dir)
{
	CLEANUP(close_fd) int dir_fd = open_dir(dir);

	return dir_fd < 0 ? dir_fd : exists(dir_fd, decided);
}

int swap_decide(const char *dir)
{
	CLEANUP(close_fd) int dir_fd = open_dir(dir);
	CLEANUP(close_fd) int fd = -1;
	int r;

	if (dir_fd < 0)
		return dir_fd;
	fd = openat(dir_fd, half_made, O_RDONLY | O_CLOEXEC);
	r = fd < 0 ? -errno : file_sync(fd);
	if (r < 0)
		return r;
	FAILPOINT("repair-decide-before");
	if (renameat(dir_fd, half_made, dir_fd, decided) < 0)
		return -errno;
	FAILPOINT("repair-decide-after");
	return file_sync(dir_fd);
}

/* "easelfs.db.damaged-2026-11-21", or with "_2", … where that is there. */
static int name_aside(int dir_fd, char *name, size_t room)
{
	char day[CLOCK_TEXT_ROOM];
	struct stat st;
	int r = 1;

	if (fstatat(dir_fd, decided, &st, 0) < 0)
		return -errno;
	clock_text(clock_ns(st.st_mtim) / 1000000, day, sizeof(day));
	for (int n = 1; r == 1; n++) {
		if (n == 1)
			snprintf(name, room, "%s.damaged-%.10s", place, day);
		else
			snprintf(name, room, "%s.damaged-%.10s_%d", place, day, n);
		r = exists(dir_fd, name);
	}
	return r;
}

/* What is not there was moved before, or never was. */
static int move(int dir_fd, const char *from, const char *to)
{
	if (renameat(dir_fd, from, dir_fd, to) == 0 || errno == ENOENT)
		return 0;
	return -errno;
}

static int move_logs(int dir_fd, const char *aside)
{
	static const char *const suffixes[] = { "-wal", "-shm", "-journal" };
	int r = 0;

	for (size_t i = 0; i < sizeof(suffixes) / sizeof(suffixes[0]) && r == 0; i++) {
		CLEANUP(strbuf) struct strbuf from = STRBUF_EMPTY;
		CLEANUP(strbuf) struct strbuf to = STRBUF_EMPTY;

		strbuf_addf(&from, "%s%s", place, suffixes[i]);
		strbuf_addf(&to, "%s%s", aside, suffixes[i]);
		if (strbuf_failed(&from) || strbuf_failed(&to))
			return -ENOMEM;
		r = move(dir_fd, strbuf_text(&from), strbuf_text(&to));
		FAILPOINT("repair-log-aside");
	}
	return r;
}

int swap_finish(const char *dir, char *ret_aside, size_t room)
{
	CLEANUP(close_fd) int dir_fd = open_dir(dir);
	int r, was_there;

	if (dir_fd < 0)
		return dir_fd;
	was_there = exists(dir_fd, place);
	r = was_there < 0 ? was_there : file_sync(dir_fd);
	if (r == 0)
		r = name_aside(dir_fd, ret_aside, room);
	if (r == 0)
		r = move_logs(dir_fd, ret_aside);
	if (r == 0)
		r = move(dir_fd, place, ret_aside);
	FAILPOINT("repair-aside");
	if (r == 0)
		r = file_sync(dir_fd);
	if (r == 0 && renameat(dir_fd, decided, dir_fd, place) < 0)
		r = -errno;
	FAILPOINT("repair-placed");
	if (!was_there)
		*ret_aside = '\0';
	return r < 0 ? r : file_sync(dir_fd);
}
