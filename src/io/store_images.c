/* Pictures: where their bytes lie, what they are called, whether anyone may see
 * them yet. A picture that the user removed keeps its row without a folder: its
 * job remembers it, and its number is never used again. */
#include "io/store_images.h"

#include <errno.h>
#include <string.h>

#include "base/cleanup.h"
#include "store_db.h"

#define IMAGE_COLUMNS                                                                              \
	"id, job, run, call, number, ifnull(folder, 0), name, link, blob, type, width, height, "   \
	"size, blocks, sha256, finished_ms, announced, unsafe, origin FROM image"

static void read_image(sqlite3_stmt *row, struct image *image)
{
	image->id = db_int(row, 0);
	image->job = db_int(row, 1);
	image->run = db_int(row, 2);
	image->call = db_int(row, 3);
	image->number = db_int(row, 4);
	image->folder = db_int(row, 5);
	db_name(row, 6, &image->name);
	db_name(row, 7, &image->link);
	db_text(row, 8, image->blob, sizeof(image->blob));
	image->type = (enum picture_type)db_int(row, 9);
	image->width = (uint32_t)db_int(row, 10);
	image->height = (uint32_t)db_int(row, 11);
	image->size = db_int(row, 12);
	image->blocks = db_int(row, 13);
	db_text(row, 14, image->sha256, sizeof(image->sha256));
	image->finished_ms = db_int(row, 15);
	image->announced = db_int(row, 16);
	image->unsafe = db_int(row, 17);
	db_text(row, 18, image->origin, sizeof(image->origin));
}

int store_image_get(struct db *db, int64_t id, struct image *ret_image)
{
	CLEANUP(db_row) sqlite3_stmt *row = NULL;
	int r = db_first(db, &row, "SELECT " IMAGE_COLUMNS " WHERE id = ?", "i", id);

	if (r == 0)
		read_image(row, ret_image);
	return r;
}

int store_image_find(struct db *db, int64_t folder, const struct name *name,
		     struct image *ret_image)
{
	CLEANUP(db_row) sqlite3_stmt *row = NULL;
	int r = db_first(db, &row, "SELECT " IMAGE_COLUMNS " WHERE folder = ? AND name = ?", "in",
			 folder, name);

	if (r == 0)
		read_image(row, ret_image);
	return r;
}

int store_image_next(struct db *db, int64_t folder, int64_t after, struct image *ret_image)
{
	CLEANUP(db_row) sqlite3_stmt *row = NULL;
	int r = db_first(db, &row,
			 "SELECT " IMAGE_COLUMNS " WHERE folder = ? AND id > ? ORDER BY id LIMIT 1",
			 "ii", folder, after);

	if (r == 0)
		read_image(row, ret_image);
	return r;
}

int store_image_next_of_run(struct db *db, int64_t run, int64_t after, struct image *ret_image)
{
	CLEANUP(db_row) sqlite3_stmt *row = NULL;
	int r = db_first(db, &row,
			 "SELECT " IMAGE_COLUMNS
			 " WHERE run = ? AND number > ? ORDER BY number LIMIT 1",
			 "ii", run, after);

	if (r == 0)
		read_image(row, ret_image);
	return r;
}

int store_image_next_of_call(struct db *db, int64_t call, int64_t after, struct image *ret_image)
{
	CLEANUP(db_row) sqlite3_stmt *row = NULL;
	int r = db_first(db, &row,
			 "SELECT " IMAGE_COLUMNS " WHERE call = ? AND id > ? ORDER BY id LIMIT 1",
			 "ii", call, after);

	if (r == 0)
		read_image(row, ret_image);
	return r;
}

int store_image_next_unannounced(struct db *db, int64_t after, struct image *ret_image)
{
	CLEANUP(db_row) sqlite3_stmt *row = NULL;
	int r = db_first(db, &row,
			 "SELECT " IMAGE_COLUMNS
			 " WHERE announced = 0 AND id > ? ORDER BY id LIMIT 1",
			 "i", after);

	if (r == 0)
		read_image(row, ret_image);
	return r;
}

int store_image_before(struct db *db, int64_t before, struct image *ret_image)
{
	CLEANUP(db_row) sqlite3_stmt *row = NULL;
	int r = db_first(db, &row, "SELECT " IMAGE_COLUMNS " WHERE id < ? ORDER BY id DESC LIMIT 1",
			 "i", before);

	if (r == 0)
		read_image(row, ret_image);
	return r;
}

int64_t store_image_last_number(struct db *db, int64_t run)
{
	CLEANUP(db_row) sqlite3_stmt *row = NULL;
	int r = db_first(db, &row, "SELECT ifnull(max(number), 0) FROM image WHERE run = ?", "i",
			 run);

	return r < 0 ? r : db_int(row, 0);
}

int store_image_insert(struct db *db, struct image *image)
{
	int r = db_run(db,
		       "INSERT INTO image(job, run, call, number, folder, name, link, blob, type,"
		       " width, height, size, blocks, sha256, finished_ms, announced, unsafe,"
		       " origin)"
		       " VALUES (?, ?, ?, ?, nullif(?, 0), ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
		       "iiiiinntiiiiitiiit", image->job, image->run, image->call, image->number,
		       image->folder, &image->name, &image->link, image->blob, (int64_t)image->type,
		       (int64_t)image->width, (int64_t)image->height, image->size, image->blocks,
		       image->sha256, image->finished_ms, (int64_t)image->announced,
		       (int64_t)image->unsafe, image->origin);

	if (r == 0)
		image->id = db_last_id(db);
	return r;
}

int store_image_update(struct db *db, const struct image *image)
{
	return db_run(
		db, "UPDATE image SET folder = nullif(?, 0), name = ?, announced = ? WHERE id = ?",
		"inii", image->folder, &image->name, (int64_t)image->announced, image->id);
}

/* ---- doomed files ---- */

int store_doomed_add(struct db *db, const char *blob)
{
	return db_run(db, "INSERT OR IGNORE INTO doomed(blob) VALUES (?)", "t", blob);
}

int store_doomed_next(struct db *db, const char *after, char *blob, size_t room)
{
	CLEANUP(db_row) sqlite3_stmt *row = NULL;
	int r = db_first(db, &row, "SELECT blob FROM doomed WHERE blob > ? ORDER BY blob LIMIT 1",
			 "t", after);

	if (r == 0)
		db_text(row, 0, blob, room);
	return r;
}

int store_doomed_remove(struct db *db, const char *blob)
{
	return db_run(db, "DELETE FROM doomed WHERE blob = ?", "t", blob);
}

/* ---- attributes ---- */

int store_xattr_get(struct db *db, enum xattr_kind kind, int64_t owner, const char *name,
		    struct strbuf *ret_value)
{
	CLEANUP(db_row) sqlite3_stmt *row = NULL;
	int r = db_first(db, &row,
			 "SELECT value FROM xattr WHERE kind = ? AND owner = ? AND name = ?", "iit",
			 (int64_t)kind, owner, name);

	if (r < 0)
		return r;
	db_add_bytes(row, 0, ret_value);
	return strbuf_failed(ret_value) ? -ENOMEM : 0;
}

int store_xattr_set(struct db *db, enum xattr_kind kind, int64_t owner, const char *name,
		    const void *value, size_t size)
{
	return db_run(db,
		      "INSERT OR REPLACE INTO xattr(kind, owner, name, value) VALUES (?, ?, ?, ?)",
		      "iitb", (int64_t)kind, owner, name, value, size);
}

int store_xattr_remove(struct db *db, enum xattr_kind kind, int64_t owner, const char *name)
{
	return db_run(db, "DELETE FROM xattr WHERE kind = ? AND owner = ? AND name = ?", "iit",
		      (int64_t)kind, owner, name);
}

int store_xattr_remove_all(struct db *db, enum xattr_kind kind, int64_t owner)
{
	return db_run(db, "DELETE FROM xattr WHERE kind = ? AND owner = ?", "ii", (int64_t)kind,
		      owner);
}

int store_xattr_list(struct db *db, enum xattr_kind kind, int64_t owner, struct strbuf *names)
{
	CLEANUP(db_row) sqlite3_stmt *row = NULL;
	int r = db_first(db, &row,
			 "SELECT name FROM xattr WHERE kind = ? AND owner = ? ORDER BY name", "ii",
			 (int64_t)kind, owner);

	for (; r == 0; r = db_next(row))
		strbuf_add(names, sqlite3_column_text(row, 0),
			   (size_t)sqlite3_column_bytes(row, 0) + 1);
	if (r != -ENOENT)
		return r;
	return strbuf_failed(names) ? -ENOMEM : 0;
}

int64_t store_xattr_size(struct db *db, enum xattr_kind kind, int64_t owner)
{
	CLEANUP(db_row) sqlite3_stmt *row = NULL;
	int r = db_first(db, &row,
			 "SELECT total(length(CAST(name AS BLOB)) + length(value)) FROM xattr"
			 " WHERE kind = ? AND owner = ?",
			 "ii", (int64_t)kind, owner);

	return r < 0 ? r : db_int(row, 0);
}
