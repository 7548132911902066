/* Folders, files and their bytes. One statement a function, records in and out;
 * listing asks for "the next after this id", so that no statement stays open
 * while a directory is read and a folder of a million names needs no memory. */
#include "io/store_tree.h"

#include <errno.h>
#include <nettle/sha2.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "store_db.h"

#define FOLDER_COLUMNS                                                                             \
	"id, ifnull(parent, 0), name, images, present, scratch, mode, uid, gid, mtime_ns, "        \
	"ctime_ns"

static void read_folder(sqlite3_stmt *row, struct folder *folder)
{
	folder->id = db_int(row, 0);
	folder->parent = db_int(row, 1);
	db_name(row, 2, &folder->name);
	folder->images = db_int(row, 3);
	folder->present = db_int(row, 4);
	folder->scratch = db_int(row, 5);
	folder->mode = (uint32_t)db_int(row, 6);
	folder->uid = db_int(row, 7);
	folder->gid = db_int(row, 8);
	folder->mtime_ns = db_int(row, 9);
	folder->ctime_ns = db_int(row, 10);
}

int store_folder_get(struct db *db, int64_t id, struct folder *ret_folder)
{
	CLEANUP(db_row) sqlite3_stmt *row = NULL;
	int r = db_first(db, &row, "SELECT " FOLDER_COLUMNS " FROM folder WHERE id = ?", "i", id);

	if (r == 0)
		read_folder(row, ret_folder);
	return r;
}

int store_folder_find(struct db *db, int64_t parent, const struct name *name,
		      struct folder *ret_folder)
{
	CLEANUP(db_row) sqlite3_stmt *row = NULL;
	int r = db_first(db, &row,
			 "SELECT " FOLDER_COLUMNS " FROM folder WHERE parent = ? AND name = ?",
			 "in", parent, name);

	if (r == 0)
		read_folder(row, ret_folder);
	return r;
}

int store_folder_next(struct db *db, int64_t parent, int64_t after, struct folder *ret_folder)
{
	CLEANUP(db_row) sqlite3_stmt *row = NULL;
	int r = db_first(db, &row,
			 "SELECT " FOLDER_COLUMNS
			 " FROM folder WHERE parent = ? AND id > ? ORDER BY id LIMIT 1",
			 "ii", parent, after);

	if (r == 0)
		read_folder(row, ret_folder);
	return r;
}

int store_folder_insert(struct db *db, struct folder *folder)
{
	int r = db_run(db,
		       "INSERT INTO folder(parent, name, images, present, scratch, mode, uid, gid,"
		       " mtime_ns, ctime_ns) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
		       "iniiiiiiii", folder->parent, &folder->name, (int64_t)folder->images,
		       (int64_t)folder->present, (int64_t)folder->scratch, (int64_t)folder->mode,
		       folder->uid, folder->gid, folder->mtime_ns, folder->ctime_ns);

	if (r == 0)
		folder->id = db_last_id(db);
	return r;
}

int store_folder_update(struct db *db, const struct folder *folder)
{
	return db_run(db,
		      "UPDATE folder SET parent = nullif(?, 0), name = ?, present = ?, scratch = ?,"
		      " mode = ?, uid = ?, gid = ?, mtime_ns = ?, ctime_ns = ? WHERE id = ?",
		      "iniiiiiiii", folder->parent, &folder->name, (int64_t)folder->present,
		      (int64_t)folder->scratch, (int64_t)folder->mode, folder->uid, folder->gid,
		      folder->mtime_ns, folder->ctime_ns, folder->id);
}

int store_folder_delete(struct db *db, int64_t id)
{
	return db_run(db, "DELETE FROM folder WHERE id = ?", "i", id);
}

int store_folder_touch(struct db *db, int64_t id, int64_t now_ns)
{
	return db_run(db, "UPDATE folder SET mtime_ns = ?, ctime_ns = ? WHERE id = ?", "iii",
		      now_ns, now_ns, id);
}

int store_folder_is_below(struct db *db, int64_t id, int64_t ancestor)
{
	while (id && id != ancestor) {
		struct folder folder;
		int r = store_folder_get(db, id, &folder);

		if (r < 0)
			return r;
		id = folder.parent;
	}
	return id == ancestor;
}

int store_folder_is_empty(struct db *db, int64_t id)
{
	CLEANUP(db_row) sqlite3_stmt *row = NULL;
	int r = db_first(db, &row,
			 "SELECT EXISTS(SELECT 1 FROM folder WHERE parent = ?1)"
			 " OR EXISTS(SELECT 1 FROM job WHERE folder = ?1)"
			 " OR EXISTS(SELECT 1 FROM file WHERE folder = ?1)"
			 " OR EXISTS(SELECT 1 FROM image WHERE folder = ?1)",
			 "i", id);

	return r < 0 ? r : !db_int(row, 0);
}

int store_path(struct db *db, int64_t folder, const struct name *name, struct strbuf *path)
{
	struct folder above;
	int r = store_folder_get(db, folder, &above);

	if (r < 0)
		return r;
	if (above.parent) {
		r = store_path(db, above.parent, &above.name, path);
		if (r < 0)
			return r;
		if (name)
			strbuf_add_char(path, '/');
	}
	if (name)
		strbuf_add(path, name->bytes, name->size);
	return strbuf_failed(path) ? -ENOMEM : 0;
}

/* ---- files ---- */

#define FILE_COLUMNS                                                                               \
	"id, ifnull(folder, 0), name, size, mode, uid, gid, atime_ns, mtime_ns, ctime_ns, "        \
	"change, ifnull(job, 0)"

static void read_file(sqlite3_stmt *row, struct file *file)
{
	file->id = db_int(row, 0);
	file->folder = db_int(row, 1);
	db_name(row, 2, &file->name);
	file->size = db_int(row, 3);
	file->mode = (uint32_t)db_int(row, 4);
	file->uid = db_int(row, 5);
	file->gid = db_int(row, 6);
	file->atime_ns = db_int(row, 7);
	file->mtime_ns = db_int(row, 8);
	file->ctime_ns = db_int(row, 9);
	file->change = (enum change)db_int(row, 10);
	file->job = db_int(row, 11);
}

int store_file_get(struct db *db, int64_t id, struct file *ret_file)
{
	CLEANUP(db_row) sqlite3_stmt *row = NULL;
	int r = db_first(db, &row, "SELECT " FILE_COLUMNS " FROM file WHERE id = ?", "i", id);

	if (r == 0)
		read_file(row, ret_file);
	return r;
}

int store_file_find(struct db *db, int64_t folder, const struct name *name, struct file *ret_file)
{
	CLEANUP(db_row) sqlite3_stmt *row = NULL;
	int r = db_first(db, &row,
			 "SELECT " FILE_COLUMNS " FROM file WHERE folder = ? AND name = ?", "in",
			 folder, name);

	if (r == 0)
		read_file(row, ret_file);
	return r;
}

int store_file_next(struct db *db, int64_t folder, int64_t after, struct file *ret_file)
{
	CLEANUP(db_row) sqlite3_stmt *row = NULL;
	int r = db_first(db, &row,
			 "SELECT " FILE_COLUMNS
			 " FROM file WHERE folder = ? AND id > ? ORDER BY id LIMIT 1",
			 "ii", folder, after);

	if (r == 0)
		read_file(row, ret_file);
	return r;
}

int store_file_next_changing(struct db *db, int64_t after, struct file *ret_file)
{
	CLEANUP(db_row) sqlite3_stmt *row = NULL;
	int r = db_first(db, &row,
			 "SELECT " FILE_COLUMNS
			 " FROM file WHERE change IN (1, 2) AND id > ? ORDER BY id LIMIT 1",
			 "i", after);

	if (r == 0)
		read_file(row, ret_file);
	return r;
}

int store_file_insert(struct db *db, struct file *file)
{
	int r = db_run(db,
		       "INSERT INTO file(folder, name, size, mode, uid, gid, atime_ns, mtime_ns,"
		       " ctime_ns, change, job)"
		       " VALUES (nullif(?, 0), ?, ?, ?, ?, ?, ?, ?, ?, ?, nullif(?, 0))",
		       "iniiiiiiiii", file->folder, &file->name, file->size, (int64_t)file->mode,
		       file->uid, file->gid, file->atime_ns, file->mtime_ns, file->ctime_ns,
		       (int64_t)file->change, file->job);

	if (r == 0)
		file->id = db_last_id(db);
	return r;
}

int store_file_update(struct db *db, const struct file *file)
{
	return db_run(
		db,
		"UPDATE file SET folder = nullif(?, 0), name = ?, size = ?, mode = ?, uid = ?,"
		" gid = ?, atime_ns = ?, mtime_ns = ?, ctime_ns = ?, change = ?,"
		" job = nullif(?, 0) WHERE id = ?",
		"iniiiiiiiiii", file->folder, &file->name, file->size, (int64_t)file->mode,
		file->uid, file->gid, file->atime_ns, file->mtime_ns, file->ctime_ns,
		(int64_t)file->change, file->job, file->id);
}

int store_file_delete(struct db *db, int64_t id)
{
	return db_run(db, "DELETE FROM file WHERE id = ?", "i", id);
}

int store_file_delete_detached(struct db *db)
{
	return db_run(db, "DELETE FROM file WHERE folder IS NULL", "");
}

/* ---- bytes ---- */

int store_chunk_read(struct db *db, int64_t file, int64_t n, char *bytes)
{
	CLEANUP(db_row) sqlite3_stmt *row = NULL;
	int r = db_first(db, &row, "SELECT bytes FROM chunk WHERE file = ? AND n = ?", "ii", file,
			 n);
	size_t size;

	if (r < 0)
		return r;
	size = (size_t)sqlite3_column_bytes(row, 0);
	if (size > CHUNK_SIZE)
		return -EIO;
	if (size)
		memcpy(bytes, sqlite3_column_blob(row, 0), size);
	memset(bytes + size, 0, CHUNK_SIZE - size);
	return 0;
}

int store_chunk_write(struct db *db, int64_t file, int64_t n, const void *bytes, size_t size)
{
	return db_run(db, "INSERT OR REPLACE INTO chunk(file, n, bytes) VALUES (?, ?, ?)", "iib",
		      file, n, bytes, size);
}

int store_chunk_cut(struct db *db, int64_t file, int64_t n)
{
	return db_run(db, "DELETE FROM chunk WHERE file = ? AND n >= ?", "ii", file, n);
}

int store_file_hash(struct db *db, const struct file *file, uint8_t *ret_hash)
{
	CLEANUP(free_ptr) char *bytes = malloc(CHUNK_SIZE);
	struct sha256_ctx sha;

	if (!bytes)
		return -ENOMEM;
	sha256_init(&sha);
	for (int64_t at = 0; at < file->size; at += CHUNK_SIZE) {
		int64_t left = file->size - at;
		int r = store_chunk_read(db, file->id, at / CHUNK_SIZE, bytes);

		if (r == -ENOENT)
			memset(bytes, 0, CHUNK_SIZE);
		else if (r < 0)
			return r;
		sha256_update(&sha, left < CHUNK_SIZE ? (size_t)left : CHUNK_SIZE,
			      (const uint8_t *)bytes);
	}
	sha256_digest(&sha, CONTENT_HASH_SIZE, ret_hash);
	return 0;
}
