/* Folders and the files below requests/, as records. Every function runs inside
 * a transaction of the store; unless said otherwise it returns 0, -ENOENT when
 * there is no such record, or the -errno of the database. */
#ifndef EASELFS_IO_STORE_TREE_H
#define EASELFS_IO_STORE_TREE_H

#include <stddef.h>
#include <stdint.h>

#include "base/strbuf.h"
#include "job/record.h"

struct db;

int store_folder_get(struct db *db, int64_t id, struct folder *ret_folder);
int store_folder_find(struct db *db, int64_t parent, const struct name *name,
		      struct folder *ret_folder);
/* The folder in `parent` with the smallest id above `after`. */
int store_folder_next(struct db *db, int64_t parent, int64_t after, struct folder *ret_folder);
/* Inserts and sets folder->id. -EEXIST when the name is taken by a folder. */
int store_folder_insert(struct db *db, struct folder *folder);
int store_folder_update(struct db *db, const struct folder *folder);
int store_folder_delete(struct db *db, int64_t id);
/* Sets mtime and ctime. */
int store_folder_touch(struct db *db, int64_t id, int64_t now_ns);
/* Whether `id` is `ancestor` or below it: 1, 0 or -errno. */
int store_folder_is_below(struct db *db, int64_t id, int64_t ancestor);
/* Whether no record lies in the folder that keeps it: 1, 0 or -errno. Absent
 * folders, jobs, files and pictures all count. */
int store_folder_is_empty(struct db *db, int64_t id);
/* Appends the path below the tree's root, "album/dog.txt", raw bytes; `name` may
 * be NULL for the folder itself. */
int store_path(struct db *db, int64_t folder, const struct name *name, struct strbuf *path);

int store_file_get(struct db *db, int64_t id, struct file *ret_file);
int store_file_find(struct db *db, int64_t folder, const struct name *name, struct file *ret_file);
int store_file_next(struct db *db, int64_t folder, int64_t after, struct file *ret_file);
/* The next file with a change under way. */
int store_file_next_changing(struct db *db, int64_t after, struct file *ret_file);
int store_file_insert(struct db *db, struct file *file);
int store_file_update(struct db *db, const struct file *file);
int store_file_delete(struct db *db, int64_t id); /* its chunks too */
/* Deletes what an earlier daemon left unlinked. */
int store_file_delete_detached(struct db *db);

/* A file's bytes in chunks; a missing chunk is a hole, a short one ends in one. */
enum { CHUNK_SIZE = 64 * 1024 };
/* Reads chunk `n` into `bytes` (CHUNK_SIZE of room, zeros after its end). */
int store_chunk_read(struct db *db, int64_t file, int64_t n, char *bytes);
int store_chunk_write(struct db *db, int64_t file, int64_t n, const void *bytes, size_t size);
/* Deletes the chunks from `n` on. */
int store_chunk_cut(struct db *db, int64_t file, int64_t n);
/* SHA-256 of all bytes, holes as zeros: what a run keeps of the bytes that were judged. */
int store_file_hash(struct db *db, const struct file *file, uint8_t *ret_hash);

#endif
