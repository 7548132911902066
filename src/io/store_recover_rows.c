/* Rows are told from what they look like: a leaf page says how many values a row has and
 * of which types, and no two tables of ours look alike (a unit test holds the schema to
 * that). So neither the first page nor any page on the way to a leaf is needed, and what
 * a lost page costs is its own rows. Indexes have other shapes than all tables.
 *
 * Every number in a page is a stranger's: nothing is followed before it was compared
 * with the size of the page or of the file. */
#include "io/store_recover.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/strbuf.h"
#include "store_recover_private.h"

enum {
	SHAPES_MAX = 32,
	COLUMNS_MAX = 40,
	PAGE_INDEX_INTERIOR = 2,
	PAGE_INDEX_LEAF = 10,
	PAGE_TABLE_LEAF = 13,
	LEAF_HEADER_SIZE = 8,
	INTERIOR_HEADER_SIZE = 12,
	FIRST_PAGE_HEADER_SIZE = 100,
};

/* What a table's rows look like. */
struct shape {
	bool by_rowid; /* else the rows are in pages of an index */
	int columns;
	struct column {
		char kind; /* i integer, t text, b bytes or text */
		bool nullable;
		bool is_rowid; /* stored as NULL */
	} column[COLUMNS_MAX];
	sqlite3_stmt *insert;
};

struct value {
	uint64_t type;        /* the format's serial type */
	const uint8_t *bytes; /* NULL: they are lost */
	size_t size;
};

struct salvage {
	const struct dbpages *pages;
	int (*read)(const struct dbpages *pages, int64_t number, uint8_t *bytes);
	struct db *db;
	struct shape shapes[SHAPES_MAX];
	int shape_count;
	uint8_t *page, *overflow; /* of a page's size */
	uint8_t *record;          /* grows */
	size_t record_room;
};

/* ---- shapes, from the new database's own schema ---- */

static sqlite3_stmt *prepare(struct db *db, const struct strbuf *sql)
{
	sqlite3_stmt *statement = NULL;

	if (strbuf_failed(sql) ||
	    sqlite3_prepare_v2(db->sqlite, strbuf_text(sql), -1, &statement, NULL) != SQLITE_OK)
		return NULL;
	return statement;
}

/* A row is there in two versions where a page of an earlier one was not used again. */
static void add_newer_wins(struct strbuf *sql, const char *table, char columns[][64], int count)
{
	static const char *const ages[] = { "changed_ms", "ctime_ns", "announced", "cost_micro" };
	const char *age = NULL;

	for (size_t a = 0; a < sizeof(ages) / sizeof(ages[0]) && !age; a++)
		for (int i = 0; i < count && !age; i++)
			if (strcmp(columns[i], ages[a]) == 0)
				age = ages[a];
	strbuf_add_text(sql, ") ON CONFLICT DO ");
	if (!age) {
		strbuf_add_text(sql, "NOTHING");
		return;
	}
	for (int i = 0; i < count; i++)
		strbuf_addf(sql, "%s%s = excluded.%s", i ? ", " : "UPDATE SET ", columns[i],
			    columns[i]);
	strbuf_addf(sql, " WHERE excluded.%s > %s.%s", age, table, age);
}

static void set_column(struct shape *shape, struct column *column, sqlite3_stmt *row)
{
	char type[16];
	int64_t key = db_int(row, 3);

	db_text(row, 1, type, sizeof(type));
	column->kind = *type == 'I' ? 'i' : *type == 'T' ? 't' : 'b';
	column->is_rowid = shape->by_rowid && key && column->kind == 'i';
	column->nullable = !db_int(row, 2) && !key;
}

/* Values are stored in the order of the columns, but for the key of a table without
 * rowids, which comes first. */
static int add_shape(struct salvage *salvage, const char *table, bool by_rowid)
{
	struct shape *shape = &salvage->shapes[salvage->shape_count];
	CLEANUP(strbuf) struct strbuf sql = STRBUF_EMPTY;
	CLEANUP(db_row) sqlite3_stmt *row = NULL;
	char columns[COLUMNS_MAX][64];
	int r = db_first(salvage->db, &row,
			 "SELECT name, type, \"notnull\", pk FROM pragma_table_info(?)"
			 " ORDER BY iif(?, 0, iif(pk, pk, 1000)), cid",
			 "ti", table, (int64_t)by_rowid);

	if (salvage->shape_count == SHAPES_MAX)
		return -E2BIG;
	shape->by_rowid = by_rowid;
	strbuf_addf(&sql, "INSERT INTO %s(", table);
	for (; r == 0; r = db_next(row)) {
		if (shape->columns == COLUMNS_MAX)
			return -E2BIG;
		db_text(row, 0, columns[shape->columns], sizeof(columns[0]));
		set_column(shape, &shape->column[shape->columns], row);
		strbuf_addf(&sql, "%s%s", shape->columns ? ", " : "", columns[shape->columns]);
		shape->columns++;
	}
	if (r != -ENOENT)
		return r;
	strbuf_add_text(&sql, ") VALUES (?");
	for (int i = 1; i < shape->columns; i++)
		strbuf_add_text(&sql, ", ?");
	add_newer_wins(&sql, table, columns, shape->columns);
	shape->insert = prepare(salvage->db, &sql);
	salvage->shape_count++;
	return shape->insert ? 0 : -EIO;
}

/* The counters of ids lie in a table of SQLite's own, whose columns have no types. */
static int add_sequence_shape(struct salvage *salvage)
{
	struct shape *shape = &salvage->shapes[salvage->shape_count];
	CLEANUP(strbuf) struct strbuf sql = STRBUF_EMPTY;

	if (salvage->shape_count == SHAPES_MAX)
		return -E2BIG;
	shape->by_rowid = true;
	shape->columns = 2;
	shape->column[0].kind = 't';
	shape->column[1].kind = 'i';
	strbuf_add_text(&sql, "INSERT INTO temp.sequence(name, seq) VALUES (?, ?)"
			      " ON CONFLICT(name) DO UPDATE SET seq = max(seq, excluded.seq)");
	shape->insert = prepare(salvage->db, &sql);
	salvage->shape_count++;
	return shape->insert ? 0 : -EIO;
}

/* The places of files to be deleted are not taken over, or a file that came back since would
 * be: after a repair a file too many is better than one too few. But they are known, or what
 * was removed would get a name again. */
static int add_removed_shape(struct salvage *salvage)
{
	struct shape *shape = &salvage->shapes[salvage->shape_count];
	CLEANUP(strbuf) struct strbuf sql = STRBUF_EMPTY;

	if (salvage->shape_count == SHAPES_MAX)
		return -E2BIG;
	shape->columns = 1;
	shape->column[0].kind = 't';
	strbuf_add_text(&sql, "INSERT OR IGNORE INTO temp.removed(blob) VALUES (?)");
	shape->insert = prepare(salvage->db, &sql);
	salvage->shape_count++;
	return shape->insert ? 0 : -EIO;
}

static int load_shapes(struct salvage *salvage, const char *only)
{
	CLEANUP(db_row) sqlite3_stmt *row = NULL;
	char table[64];
	int r = db_first(salvage->db, &row,
			 "SELECT name, wr FROM pragma_table_list WHERE schema = 'main'"
			 " AND type = 'table' AND name NOT LIKE 'sqlite%' AND name <> 'doomed'"
			 " AND name = ifnull(?, name)",
			 "t", only);

	for (; r == 0; r = db_next(row)) {
		db_text(row, 0, table, sizeof(table));
		r = add_shape(salvage, table, !db_int(row, 1));
		if (r < 0)
			return r == -ENOENT ? -EIO : r;
	}
	if (r != -ENOENT)
		return r;
	if (only)
		return 0;
	r = add_removed_shape(salvage);
	return r < 0 ? r : add_sequence_shape(salvage);
}

/* ---- values of a record ---- */

/* How many bytes the number takes; 0 where it does not end in time. */
static size_t read_varint(const uint8_t *bytes, size_t size, uint64_t *ret_number)
{
	uint64_t number = 0;

	for (size_t i = 0; i < 9 && i < size; i++) {
		if (i == 8) {
			*ret_number = number << 8 | bytes[i];
			return 9;
		}
		number = number << 7 | (bytes[i] & 0x7f);
		if (!(bytes[i] & 0x80)) {
			*ret_number = number;
			return i + 1;
		}
	}
	return 0;
}

static size_t size_of_type(uint64_t type)
{
	static const uint8_t sizes[] = { 0, 1, 2, 3, 4, 6, 8, 8, 0, 0, 0, 0 };

	return type < sizeof(sizes) ? sizes[type] : (size_t)((type - 12) / 2);
}

/* A record, the end of which may be lost. */
struct record {
	const uint8_t *bytes;
	size_t size, known; /* bytes */
};

/* How many values, or 0 where it is no record. */
static int parse_record(const struct record *record, struct value *values)
{
	const uint8_t *bytes = record->bytes;
	uint64_t header_size;
	size_t at = read_varint(bytes, record->known, &header_size), body;
	int count = 0;

	if (!at || header_size > record->known || header_size < at)
		return 0;
	body = (size_t)header_size;
	while (at < header_size) {
		struct value *value = &values[count];
		size_t step = read_varint(bytes + at, (size_t)header_size - at, &value->type);

		if (!step || count == COLUMNS_MAX)
			return 0;
		at += step;
		value->size = size_of_type(value->type);
		if (value->size > record->size - body)
			return 0;
		value->bytes = body + value->size <= record->known ? bytes + body : NULL;
		body += value->size;
		count++;
	}
	return body == record->size ? count : 0;
}

static bool is_integer(uint64_t type)
{
	return (type >= 1 && type <= 6) || type == 8 || type == 9;
}

static int64_t integer_of(const struct value *value)
{
	uint64_t number = value->size && value->bytes[0] & 0x80 ? UINT64_MAX : 0;

	if (value->type == 8 || value->type == 9)
		return (int64_t)value->type - 8;
	for (size_t i = 0; i < value->size; i++)
		number = number << 8 | value->bytes[i];
	return (int64_t)number;
}

/* A text that is lost is empty; a row without a number is none. */
static bool fits(const struct column *column, const struct value *value)
{
	if (!value->bytes && column->kind != 'b')
		return false;
	if (column->is_rowid)
		return value->type == 0;
	if (value->type == 0)
		return column->nullable;
	if (column->kind == 'i')
		return is_integer(value->type);
	if (column->kind == 't')
		return value->type >= 13 && value->type % 2 == 1;
	return value->type >= 12;
}

static struct shape *find_shape(struct salvage *salvage, bool by_rowid, const struct value *values,
				int count)
{
	for (int s = 0; s < salvage->shape_count; s++) {
		struct shape *shape = &salvage->shapes[s];
		int i = 0;

		if (shape->by_rowid != by_rowid || shape->columns != count)
			continue;
		while (i < count && fits(&shape->column[i], &values[i]))
			i++;
		if (i == count)
			return shape;
	}
	return NULL;
}

/* ---- rows into the new database ---- */

static int bind_value(sqlite3_stmt *insert, int n, const struct value *value)
{
	if (value->type == 0)
		return sqlite3_bind_null(insert, n);
	if (!value->bytes)
		return sqlite3_bind_zeroblob(insert, n, 0);
	if (is_integer(value->type))
		return sqlite3_bind_int64(insert, n, integer_of(value));
	if (value->type % 2)
		return sqlite3_bind_text64(insert, n, (const char *)value->bytes, value->size,
					   SQLITE_STATIC, SQLITE_UTF8);
	return sqlite3_bind_blob64(insert, n, value->bytes, value->size, SQLITE_STATIC);
}

/* Ids start at 1; a row that the tables refuse was none of ours. */
static int add_row(struct salvage *salvage, bool by_rowid, int64_t rowid,
		   const struct record *record)
{
	struct value values[COLUMNS_MAX + 1];
	int count = parse_record(record, values), code = SQLITE_OK, r;
	struct shape *shape = count ? find_shape(salvage, by_rowid, values, count) : NULL;

	if (!shape)
		return 0;
	for (int i = 0; i < count && code == SQLITE_OK; i++)
		code = shape->column[i].is_rowid ? sqlite3_bind_int64(shape->insert, i + 1, rowid)
						 : bind_value(shape->insert, i + 1, &values[i]);
	r = code == SQLITE_OK ? db_next(shape->insert) : db_errno(code);
	db_done(shape->insert);
	return r == -ENOMEM || r == -ENOSPC || r == -EIO ? r : 0;
}

/* ---- cells of a page ---- */

struct cell {
	uint64_t size; /* of the record */
	int64_t rowid;
	size_t at;    /* where the record begins in the page */
	size_t local; /* how much of it is there */
};

/* How much of a record is in its page, by the rule of the format. */
static size_t local_size(uint64_t size, size_t usable, bool by_rowid)
{
	size_t max = by_rowid ? usable - 35 : (usable - 12) * 64 / 255 - 23;
	size_t min = (usable - 12) * 32 / 255 - 23;
	size_t kept;

	if (size <= max)
		return (size_t)size;
	kept = min + (size_t)((size - min) % (usable - 4));
	return kept <= max ? kept : min;
}

static bool parse_cell(const struct salvage *salvage, size_t at, uint8_t type, struct cell *cell)
{
	size_t page_size = dbpages_size(salvage->pages), step;
	uint64_t rowid = 0;

	at += type == PAGE_INDEX_INTERIOR ? 4 : 0;
	if (at >= page_size)
		return false;
	step = read_varint(salvage->page + at, page_size - at, &cell->size);
	at += step;
	if (!step || !cell->size ||
	    cell->size > (uint64_t)dbpages_count(salvage->pages) * page_size)
		return false;
	if (type == PAGE_TABLE_LEAF) {
		step = read_varint(salvage->page + at, page_size - at, &rowid);
		at += step;
		if (!step)
			return false;
	}
	cell->rowid = (int64_t)rowid;
	cell->at = at;
	cell->local = local_size(cell->size, page_size, type == PAGE_TABLE_LEAF);
	return cell->local + (cell->local < cell->size ? 4 : 0) <= page_size - at;
}

/* A record from its page and its chain of pages. Where the chain breaks, the page before is
 * not believed either: a page of zeros ends a chain. It cannot run in circles: each page
 * gives some bytes of a bounded number. 0 or -ENOMEM. */
static int read_rest(struct salvage *salvage, const struct cell *cell, size_t *ret_known)
{
	size_t room = dbpages_size(salvage->pages) - 4, done = cell->local;
	uint32_t next = read_u32(salvage->page + cell->at + cell->local);

	if (cell->size > salvage->record_room) {
		uint8_t *grown = realloc(salvage->record, (size_t)cell->size);

		if (!grown)
			return -ENOMEM;
		salvage->record = grown;
		salvage->record_room = (size_t)cell->size;
	}
	memcpy(salvage->record, salvage->page + cell->at, cell->local);
	*ret_known = done;
	while (done < cell->size) {
		size_t part = (size_t)cell->size - done < room ? (size_t)cell->size - done : room;

		if (!next || salvage->read(salvage->pages, next, salvage->overflow) < 0)
			return 0;
		*ret_known = done;
		memcpy(salvage->record + done, salvage->overflow + 4, part);
		done += part;
		next = read_u32(salvage->overflow);
	}
	if (!next)
		*ret_known = done;
	return 0;
}

static int salvage_cell(struct salvage *salvage, size_t at, uint8_t type)
{
	bool by_rowid = type == PAGE_TABLE_LEAF;
	struct record record;
	struct cell cell;
	int r = 0;

	if (!parse_cell(salvage, at, type, &cell))
		return 0;
	record = (struct record){ salvage->page + cell.at, cell.local, cell.local };
	if (cell.local < cell.size) {
		r = read_rest(salvage, &cell, &record.known);
		record.bytes = salvage->record;
		record.size = (size_t)cell.size;
	}
	/* Bytes of a file, and attributes, are all there or not at all. */
	if (r < 0 || (record.known < record.size && !by_rowid))
		return r;
	return add_row(salvage, by_rowid, cell.rowid, &record);
}

static int salvage_page(struct salvage *salvage, int64_t number)
{
	size_t header = number == 1 ? FIRST_PAGE_HEADER_SIZE : 0;
	const uint8_t *page = salvage->page;
	uint8_t type = page[header];
	size_t pointers =
		header + (type == PAGE_INDEX_INTERIOR ? INTERIOR_HEADER_SIZE : LEAF_HEADER_SIZE);
	size_t cells = (size_t)page[header + 3] << 8 | page[header + 4];
	int r = 0;

	if (type != PAGE_TABLE_LEAF && type != PAGE_INDEX_LEAF && type != PAGE_INDEX_INTERIOR)
		return 0;
	if (cells > (dbpages_size(salvage->pages) - pointers) / 2)
		return 0;
	for (size_t i = 0; i < cells && r == 0; i++) {
		const uint8_t *pointer = page + pointers + 2 * i;

		r = salvage_cell(salvage, (size_t)pointer[0] << 8 | pointer[1], type);
	}
	return r;
}

/* ---- the whole ---- */

static int salvage_all(struct salvage *salvage, int64_t *ret_unread)
{
	int r = 0;

	for (int64_t n = 1; r == 0 && n <= dbpages_count(salvage->pages); n++) {
		if (dbpages_is_free(salvage->pages, n))
			continue;
		if (salvage->read(salvage->pages, n, salvage->page) < 0)
			++*ret_unread;
		else
			r = salvage_page(salvage, n);
	}
	return r;
}

static int salvage_hidden(struct salvage *salvage, int64_t *ret_unread)
{
	int64_t number;
	int r = 0;

	for (size_t i = 0; r == 0 && (number = dbpages_hidden(salvage->pages, i)); i++) {
		if (salvage->read(salvage->pages, number, salvage->page) < 0)
			++*ret_unread;
		else
			r = salvage_page(salvage, number);
	}
	return r;
}

int rows_salvage(const struct rows_wanted *wanted, struct db *db, int64_t *ret_pages_unread)
{
	struct salvage salvage = {
		.pages = wanted->pages,
		.read = wanted->hidden ? dbpages_read_hidden : dbpages_read,
		.db = db,
		.page = malloc(dbpages_size(wanted->pages)),
		.overflow = malloc(dbpages_size(wanted->pages)),
	};
	int r = salvage.page && salvage.overflow ? load_shapes(&salvage, wanted->table) : -ENOMEM;

	if (r == 0)
		r = wanted->hidden ? salvage_hidden(&salvage, ret_pages_unread)
				   : salvage_all(&salvage, ret_pages_unread);
	for (int i = 0; i < salvage.shape_count; i++)
		sqlite3_finalize(salvage.shapes[i].insert);
	free(salvage.page);
	free(salvage.overflow);
	free(salvage.record);
	return r;
}
