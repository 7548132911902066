/* conformance MOUNT: calls on paths of a mount, each with the errno that it must
 * give (0: it succeeds), as TAP. tests/mount/conformance.sh makes what the table
 * relies on; rows run in order, and those that need a victim make it first.
 *
 * Never ENOSYS: to programs that means "not on this kernel", and they stop
 * trying. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/inotify.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

enum { MIB = 1024 * 1024, PATH_ROOM = 8192, NO_SUCH_IOCTL = 0x7a01 };

struct row {
	const char *call, *how; /* for people */
	long (*run)(const struct row *row, const char *path);
	long arg;
	const char *path; /* below the mount; <255> is a name of 255 bytes */
	int want;
	int user;       /* what an ordinary user gets instead; 0: the same */
	const char *to; /* another path, the name of an attribute, or bytes */
	int flags;      /* of open(2), for calls on a descriptor */
};

static const char *mount;

static const char *below_mount(const char *path, char text[PATH_ROOM])
{
	const char *mark = strchr(path, '<');
	int name = mark ? (int)strtol(mark + 1, NULL, 10) : 0;
	char bytes[512];

	memset(bytes, 'n', sizeof(bytes));
	if (mark)
		snprintf(text, PATH_ROOM, "%s/%.*s%.*s%s", mount, (int)(mark - path), path, name,
			 bytes, strchr(mark, '>') + 1);
	else
		snprintf(text, PATH_ROOM, "%s%s%s", mount, *path ? "/" : "", path);
	return text;
}

/* ---- by path ---- */

static long call_open(const struct row *row, const char *path)
{
	int fd = open(path, (int)row->arg, 0600);

	return fd < 0 ? fd : close(fd);
}

static long call_creat(const struct row *row, const char *path)
{
	int fd = creat(path, (mode_t)row->arg);

	return fd < 0 ? fd : close(fd);
}

static long call_opendir(const struct row *row, const char *path)
{
	DIR *dir = opendir(path);

	(void)row;
	return dir ? closedir(dir) : -1;
}

static long call_mkdir(const struct row *row, const char *path)
{
	return mkdir(path, (mode_t)row->arg);
}

static long call_mknod(const struct row *row, const char *path)
{
	return mknod(path, (mode_t)row->arg | 0600, makedev(1, 3));
}

static long call_link(const struct row *row, const char *path)
{
	char to[PATH_ROOM];

	return linkat(AT_FDCWD, path, AT_FDCWD, below_mount(row->to, to), (int)row->arg);
}

static long call_symlink(const struct row *row, const char *path)
{
	return symlink(row->to, path);
}

static long call_readlink(const struct row *row, const char *path)
{
	char target[PATH_ROOM];

	(void)row;
	return readlink(path, target, sizeof(target));
}

static long call_unlink(const struct row *row, const char *path)
{
	(void)row;
	return unlink(path);
}

static long call_rmdir(const struct row *row, const char *path)
{
	(void)row;
	return rmdir(path);
}

static long call_rename(const struct row *row, const char *path)
{
	char to[PATH_ROOM];

	return renameat2(AT_FDCWD, path, AT_FDCWD, below_mount(row->to, to), (unsigned)row->arg);
}

static long call_truncate(const struct row *row, const char *path)
{
	return truncate(path, row->arg);
}

static long call_chmod(const struct row *row, const char *path)
{
	return chmod(path, (mode_t)row->arg);
}

static long call_chown(const struct row *row, const char *path)
{
	(void)row;
	return lchown(path, geteuid(), getegid());
}

static long call_utimens(const struct row *row, const char *path)
{
	struct timespec times[2] = { { .tv_sec = row->arg }, { .tv_sec = row->arg } };

	return utimensat(AT_FDCWD, path, row->arg < 0 ? NULL : times, AT_SYMLINK_NOFOLLOW);
}

static long call_stat(const struct row *row, const char *path)
{
	struct stat st;

	return fstatat(AT_FDCWD, path, &st, (int)row->arg);
}

static long call_access(const struct row *row, const char *path)
{
	return access(path, (int)row->arg);
}

static long call_statfs(const struct row *row, const char *path)
{
	struct statvfs disk;

	(void)row;
	return statvfs(path, &disk);
}

static long call_inotify(const struct row *row, const char *path)
{
	int fd = inotify_init1(IN_CLOEXEC);
	int watch = inotify_add_watch(fd, path, (uint32_t)row->arg);
	int error = errno;

	close(fd);
	errno = error;
	return watch;
}

/* ---- attributes: arg is a size, or flags ---- */

static char attribute[70000];

static long call_getxattr(const struct row *row, const char *path)
{
	return lgetxattr(path, row->to, attribute, (size_t)row->arg);
}

static long call_listxattr(const struct row *row, const char *path)
{
	return llistxattr(path, attribute, (size_t)row->arg);
}

static long call_setxattr(const struct row *row, const char *path)
{
	return lsetxattr(path, row->to, "1", 1, (int)row->arg);
}

static long call_set_big_xattr(const struct row *row, const char *path)
{
	return lsetxattr(path, row->to, attribute, (size_t)row->arg, 0);
}

/* A list of what the mode says anyway: user, group, others. */
static long call_set_acl(const struct row *row, const char *path)
{
	static const struct {
		uint32_t version;
		struct {
			uint16_t tag, permissions;
			uint32_t id;
		} entries[3];
	} acl = { 2,
		  { { 0x01, 06, UINT32_MAX }, { 0x04, 0, UINT32_MAX }, { 0x20, 0, UINT32_MAX } } };

	return lsetxattr(path, row->to, &acl, sizeof(acl), (int)row->arg);
}

static long call_removexattr(const struct row *row, const char *path)
{
	(void)row;
	return lremovexattr(path, row->to);
}

/* ---- by descriptor ---- */

static long on_ftruncate(const struct row *row, int fd)
{
	return ftruncate(fd, row->arg);
}

static long on_read(const struct row *row, int fd)
{
	char bytes[64];

	return pread(fd, bytes, sizeof(bytes), row->arg);
}

static long on_write(const struct row *row, int fd)
{
	return pwrite(fd, row->to, strlen(row->to), row->arg);
}

static long on_fallocate(const struct row *row, int fd)
{
	return fallocate(fd, (int)row->arg, 0, 4096);
}

static long on_lseek(const struct row *row, int fd)
{
	return lseek(fd, 0, (int)row->arg);
}

/* What to map, and for what. */
enum { READ_SHARED, WRITE_SHARED, READ_PRIVATE, WRITE_PRIVATE };

static long on_map(const struct row *row, int fd)
{
	bool write = row->arg == WRITE_SHARED || row->arg == WRITE_PRIVATE;
	bool shared = row->arg == READ_SHARED || row->arg == WRITE_SHARED;
	char *bytes = mmap(NULL, 4096, write ? PROT_READ | PROT_WRITE : PROT_READ,
			   shared ? MAP_SHARED : MAP_PRIVATE, fd, 0);

	if (bytes == MAP_FAILED)
		return -1;
	if (write)
		bytes[0] = '!';
	else
		attribute[0] = bytes[0];
	return munmap(bytes, 4096);
}

static long on_flock(const struct row *row, int fd)
{
	return flock(fd, (int)row->arg);
}

static long on_lock(const struct row *row, int fd)
{
	struct flock lock = { .l_type = (short)row->arg, .l_whence = SEEK_SET };

	return fcntl(fd, F_SETLK, &lock);
}

static long on_ioctl(const struct row *row, int fd)
{
	long answer[8] = { 0 };

	return ioctl(fd, (unsigned long)row->arg, answer);
}

static long on_fsync(const struct row *row, int fd)
{
	(void)row;
	return fsync(fd);
}

static long on_fdatasync(const struct row *row, int fd)
{
	(void)row;
	return fdatasync(fd);
}

static long on_syncfs(const struct row *row, int fd)
{
	(void)row;
	return syncfs(fd);
}

static long on_poll(const struct row *row, int fd)
{
	struct pollfd ready = { .fd = fd, .events = (short)row->arg };

	errno = ETIME;
	return poll(&ready, 1, 2000) == 1 && ready.revents & row->arg ? 0 : -1;
}

static long on_fadvise(const struct row *row, int fd)
{
	errno = posix_fadvise(fd, 0, 0, (int)row->arg);
	return errno ? -1 : 0;
}

static long on_sendfile(const struct row *row, int fd)
{
	char to[PATH_ROOM];
	int out = open(below_mount(row->to, to), O_WRONLY | O_CREAT | O_TRUNC, 0600);
	ssize_t done = sendfile(out, fd, NULL, (size_t)row->arg);
	int error = errno;

	close(out);
	errno = error;
	return done;
}

static long on_copy_range(const struct row *row, int fd)
{
	char to[PATH_ROOM];
	int out = open(below_mount(row->to, to), O_WRONLY | O_CREAT | O_TRUNC, 0600);
	ssize_t done = copy_file_range(fd, NULL, out, NULL, (size_t)row->arg, 0);
	int error = errno;

	close(out);
	errno = error;
	return done;
}

static long on_splice(const struct row *row, int fd)
{
	int ends[2];
	ssize_t done;
	int error;

	if (pipe(ends) < 0)
		return -1;
	done = splice(fd, NULL, ends[1], NULL, (size_t)row->arg, 0);
	error = errno;
	close(ends[0]);
	close(ends[1]);
	errno = error;
	return done;
}

/* A row on a descriptor opened with .flags; that it opens is not the question. */
static long on_descriptor(const struct row *row, const char *path,
			  long (*run)(const struct row *row, int fd))
{
	int fd = open(path, row->flags);
	int error;
	long r;

	if (fd < 0) {
		printf("# open: %s\n", strerror(errno));
		errno = EXFULL; /* which no row wants */
		return -1;
	}
	r = run(row, fd);
	error = errno;
	close(fd);
	errno = error;
	return r;
}

#define ON_DESCRIPTOR(name)                                                                        \
	static long call_##name(const struct row *row, const char *path)                           \
	{                                                                                          \
		return on_descriptor(row, path, on_##name);                                        \
	}
ON_DESCRIPTOR(ftruncate)
ON_DESCRIPTOR(read)
ON_DESCRIPTOR(write)
ON_DESCRIPTOR(fallocate)
ON_DESCRIPTOR(lseek)
ON_DESCRIPTOR(map)
ON_DESCRIPTOR(flock)
ON_DESCRIPTOR(lock)
ON_DESCRIPTOR(ioctl)
ON_DESCRIPTOR(fsync)
ON_DESCRIPTOR(fdatasync)
ON_DESCRIPTOR(syncfs)
ON_DESCRIPTOR(poll)
ON_DESCRIPTOR(fadvise)
ON_DESCRIPTOR(sendfile)
ON_DESCRIPTOR(copy_range)
ON_DESCRIPTOR(splice)

/* ---- the table ---- */

/* CALL(call, argument, path, errno, more) */
#define CALL(name, argument, at, error, ...)                                                       \
	{                                                                                          \
		.call = #name, .how = #argument, .arg = argument, .run = call_##name, .path = at,  \
		.want = error, __VA_ARGS__                                                         \
	}

#include "conformance_rows.h"

static int run(const struct row *row, size_t number)
{
	int want = row->user && geteuid() != 0 ? row->user : row->want;
	char path[PATH_ROOM];
	int got;

	errno = 0;
	got = row->run(row, below_mount(row->path, path)) < 0 ? errno : 0;
	printf("%sok %zu - %s(%s) %s", got == want ? "" : "not ", number, row->call, row->how,
	       *row->path ? row->path : "the mount");
	if (row->to)
		printf(" \"%.*s\"", (int)strcspn(row->to, "\n"), row->to);
	printf(": %s\n", want ? strerrorname_np(want) : "works");
	if (got != want)
		printf("# got %s\n", got ? strerrorname_np(got) : "no error");
	return got != want;
}

int main(int argc, char **argv)
{
	size_t count = sizeof(rows) / sizeof(rows[0]);
	int failed = 0;

	if (argc != 2) {
		fprintf(stderr, "usage: conformance MOUNT\n");
		return 2;
	}
	mount = argv[1];
	umask(077);
	setvbuf(stdout, NULL, _IOLBF, 0);
	for (size_t i = 0; i < count; i++)
		failed += run(&rows[i], i + 1);
	printf("1..%zu\n", count);
	return failed > 0;
}
