/* Rows that were read one by one, made into a store again. What is lost and still referred
 * to gets a stand-in with its id, so that nothing that survived is thrown away for the
 * sake of what did not; stand-ins lie in a folder recovered/. Set by set, in SQL: the
 * tables may have millions of rows. */
#include "io/store_recover.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/utf8.h"
#include "io/store_tree.h"
#include "job/record.h"
#include "store_recover_private.h"

enum { TAIL_ROOM = 48 }; /* of a number and an extension */

static int run_all(struct db *db, const char *const *statements, size_t count)
{
	int r = 0;

	for (size_t i = 0; i < count && r == 0; i++)
		r = db_exec(db, statements[i]);
	return r;
}

#define RUN_ALL(db, statements) run_all(db, statements, sizeof(statements) / sizeof(*(statements)))

/* ---- the place of stand-ins ---- */

/* Whether anything in the folder has the name: 1, 0 or -errno. */
static int is_taken(struct db *db, int64_t folder, const struct name *name)
{
	CLEANUP(db_row) sqlite3_stmt *row = NULL;
	int r = db_first(db, &row,
			 "SELECT 1 FROM folder WHERE parent = ?1 AND name = ?2"
			 " UNION ALL SELECT 1 FROM file WHERE folder = ?1 AND name = ?2"
			 " UNION ALL SELECT 1 FROM job WHERE folder = ?1 AND name = ?2"
			 " UNION ALL SELECT 1 FROM image WHERE folder = ?1 AND name = ?2",
			 "in", folder, name);

	return r == 0 ? 1 : r == -ENOENT ? 0 : r;
}

/* "dog-17.png", then "dog-17-2.png", …, the stem cut at a character to fit. */
static struct name numbered(const char *wanted, int n)
{
	const char *dot = strrchr(wanted, '.');
	size_t stem = dot && dot > wanted ? (size_t)(dot - wanted) : strlen(wanted);
	struct name name;
	char tail[TAIL_ROOM] = "";
	int size = 0;

	if (n > 1)
		size = snprintf(tail, sizeof(tail), "-%d", n);
	/* what is longer is no extension */
	if (strlen(wanted + stem) >= sizeof(tail) - (size_t)size)
		stem = strlen(wanted);
	snprintf(tail + size, sizeof(tail) - (size_t)size, "%s", wanted + stem);
	size = (int)utf8_cut(wanted, stem, NAME_ROOM - 1 - strlen(tail));
	name.size = (size_t)snprintf(name.bytes, sizeof(name.bytes), "%.*s%s", size, wanted, tail);
	return name;
}

int mend_free_name(struct db *db, int64_t folder, const char *wanted, struct name *ret_name)
{
	int taken = 1;

	for (int n = 1; taken > 0; n++) {
		*ret_name = numbered(wanted, n);
		taken = is_taken(db, folder, ret_name);
	}
	return taken;
}

/* An earlier repair's is used again. */
static int make_folder(struct db *db, int64_t now_ms, int64_t *ret_folder)
{
	struct folder folder = {
		.parent = FOLDER_REQUESTS,
		.present = true,
		.mode = 0700,
		.uid = -1,
		.gid = -1,
		.mtime_ns = now_ms * 1000000,
		.ctime_ns = now_ms * 1000000,
	};
	struct name name = { 9, "recovered" };
	int r = store_folder_find(db, FOLDER_REQUESTS, &name, &folder);

	if (r == -ENOENT) {
		r = mend_free_name(db, FOLDER_REQUESTS, "recovered", &folder.name);
		if (r == 0)
			r = store_folder_insert(db, &folder);
	}
	*ret_folder = folder.id;
	return r < 0 ? r
		     : db_run(db, "INSERT INTO temp.recovered(folder, now_ms) VALUES (?, ?)", "ii",
			      folder.id, now_ms);
}

/* ---- what no row of ours says ---- */

#define NAME_IS_BAD(name)                                                                          \
	"length(CAST(" name " AS BLOB)) NOT BETWEEN 1 AND 255 OR instr(CAST(" name                 \
	" AS BLOB), x'2f') OR instr(CAST(" name " AS BLOB), x'00') OR CAST(" name                  \
	" AS BLOB) IN (x'2e', x'2e2e')"
#define NAME_FOR_ID "CAST('recovered-' || id AS BLOB)"

/* The numbers are those of job/record.h and job/state.h. */
static const char *const sane[] = {
	"CREATE TEMP TABLE recovered(folder INTEGER, now_ms INTEGER)",
	"DELETE FROM folder WHERE id < 1",
	"DELETE FROM job WHERE id < 1",
	"DELETE FROM file WHERE id < 1",
	"DELETE FROM run WHERE id < 1 OR state NOT BETWEEN 1 AND 11",
	"DELETE FROM call WHERE id < 1",
	"DELETE FROM image WHERE id < 1 OR type NOT BETWEEN 0 AND 2",
	"UPDATE run SET hold = 0 WHERE hold NOT BETWEEN 0 AND 7",
	"UPDATE folder SET parent = NULL, name = CAST('requests' AS BLOB), images = 0, present = 1"
	" WHERE id = 1",
	"UPDATE folder SET parent = NULL, name = CAST('images' AS BLOB), images = 1, present = 1"
	" WHERE id = 2",
	"UPDATE folder SET name = " NAME_FOR_ID " WHERE " NAME_IS_BAD("name"),
	"UPDATE job SET name = " NAME_FOR_ID " WHERE " NAME_IS_BAD("name"),
	"UPDATE file SET name = " NAME_FOR_ID " WHERE " NAME_IS_BAD("name"),
	"UPDATE image SET name = " NAME_FOR_ID " WHERE " NAME_IS_BAD("name"),
	"UPDATE image SET link = name WHERE " NAME_IS_BAD("link"),
	/* no more than a file may have */
	"DELETE FROM chunk WHERE length(bytes) > 65536",
	"UPDATE file SET size = min(max(size, 0), 67108864)",
	/* unlinked, and kept only for handles of a daemon that is gone */
	"DELETE FROM chunk WHERE file IN (SELECT id FROM file WHERE folder IS NULL)",
	"DELETE FROM file WHERE folder IS NULL",
};

/* ---- stand-ins ---- */

static const char *const stand_ins[] = {
	"INSERT INTO folder(id, parent, name, images, present, scratch, mode, uid, gid, mtime_ns,"
	" ctime_ns) SELECT id, iif(max(images), 2, 1), CAST('recovered-' || id AS BLOB),"
	" max(images), 1, 0, 448, -1, -1, now_ms * 1000000, now_ms * 1000000 FROM temp.recovered,"
	" (SELECT parent AS id, images <> 0 AS images FROM folder WHERE parent IS NOT NULL"
	"  UNION ALL SELECT folder, 0 FROM job UNION ALL SELECT folder, 0 FROM file"
	"  UNION ALL SELECT folder, 1 FROM image WHERE folder IS NOT NULL)"
	" WHERE id NOT IN (SELECT id FROM folder) GROUP BY id",
	"UPDATE folder SET parent = iif(images, 2, 1) WHERE parent IS NULL AND id > 2",

	/* bytes without a name: kept, and never sent */
	"INSERT INTO file(id, folder, name, size, mode, uid, gid, atime_ns, mtime_ns, ctime_ns, "
	"change,"
	" job) SELECT file, recovered.folder, CAST('file-' || file AS BLOB),"
	" max(n * 65536 + length(bytes)), 384, -1, -1, now_ms * 1000000, now_ms * 1000000,"
	" now_ms * 1000000, 0, NULL FROM chunk, temp.recovered"
	" WHERE n >= 0 AND file NOT IN (SELECT id FROM file) GROUP BY file",
	"DELETE FROM chunk WHERE n < 0 OR file NOT IN (SELECT id FROM file)",

	/* runs that calls or pictures tell of; a picture or the log knows the job, else there
	 * is none */
	"CREATE TEMP TABLE lost_run AS SELECT id, max(job) AS job FROM"
	" (SELECT run AS id, NULL AS job FROM call UNION ALL SELECT run, job FROM image)"
	" WHERE id NOT IN (SELECT id FROM run) GROUP BY id",
	"UPDATE temp.lost_run SET job = (SELECT max(job) FROM log WHERE log.run = lost_run.id)"
	" WHERE job IS NULL",
	"INSERT INTO job(folder, name, created_ms, changed_ms, log_size, forgotten)"
	" SELECT recovered.folder, CAST('run-' || id AS BLOB), now_ms, now_ms, 0, 0"
	" FROM temp.lost_run, temp.recovered WHERE lost_run.job IS NULL",
	"UPDATE temp.lost_run SET job = (SELECT job.id FROM main.job, temp.recovered"
	"  WHERE job.folder = recovered.folder"
	"  AND job.name = CAST('run-' || lost_run.id AS BLOB))"
	" WHERE job IS NULL",
	/* never the newest where the newest may have survived */
	"INSERT INTO run(id, job, number, joined, state, hold, created_ms, changed_ms, finished_ms,"
	" seed, content, provider, model, params, prompt, error, json) SELECT id, job, "
	"ifnull((SELECT max(number) FROM run AS r"
	" WHERE r.job = lost_run.job), 0) + row_number() OVER (PARTITION BY job ORDER BY id),"
	" EXISTS (SELECT 1 FROM run AS r WHERE r.job = lost_run.job), 7, 0, now_ms, now_ms, now_ms,"
	" -1, zeroblob(32), ifnull((SELECT provider FROM call WHERE call.run = lost_run.id), ''), "
	"'',"
	" x'', x'', x'', x'' FROM temp.lost_run, temp.recovered",

	"INSERT INTO job(id, folder, name, created_ms, changed_ms, log_size, forgotten)"
	" SELECT file.job, file.folder, file.name, now_ms, now_ms, 0, 0"
	" FROM file, temp.recovered WHERE file.job IS NOT NULL"
	" AND file.job NOT IN (SELECT id FROM job) GROUP BY file.job",
	"INSERT INTO job(id, folder, name, created_ms, changed_ms, log_size, forgotten)"
	" SELECT id, recovered.folder, CAST('job-' || id AS BLOB), now_ms, now_ms,"
	" 0, 0 FROM temp.recovered, (SELECT job AS id FROM run UNION SELECT job FROM image"
	"  UNION SELECT job FROM log) WHERE id NOT IN (SELECT id FROM job)",

	"INSERT INTO call(id, run, number, state, hold, attempt, seed, count, cost_micro, "
	"spent_micro,"
	" spent_day, sunk_micro, unit, provider, remote_id, process, wish, loss, changed_ms,"
	" submitted_ms, error,"
	" request, response, poll_url, result_url, cancel_url, refs) SELECT image.call, image.run, "
	"ifnull((SELECT max(c.number) FROM call AS c"
	" WHERE c.run = image.run), 0) + 1, 7, 0, 1, -1, count(*), -1, 0, 0, 0, '', ifnull((SELECT "
	"provider FROM run WHERE id = image.run), ''),"
	" NULL, 0, 0, 0, max(finished_ms), 0, x'', x'', x'', x'', x'', x'', x''"
	" FROM image WHERE call NOT IN (SELECT id FROM call) GROUP BY image.call",
	"UPDATE image SET job = run.job FROM run WHERE run.id = image.run AND run.job <> image.job",
};

/* A folder that leads to no root, because folders lead in a circle, goes to the root. */
static const char *const reachable[] = {
	"CREATE TEMP TABLE reached AS WITH RECURSIVE below(id) AS"
	" (VALUES (1), (2) UNION SELECT folder.id FROM folder, below WHERE parent = below.id)"
	" SELECT id FROM below",
	"UPDATE folder SET parent = iif(images, 2, 1), name = " NAME_FOR_ID
	" WHERE id NOT IN (SELECT id FROM temp.reached)",
};

/* ---- what must be there once ---- */

#define AGAIN(table, columns, order)                                                               \
	"id IN (SELECT id FROM (SELECT id, row_number() OVER (PARTITION BY " columns               \
	" ORDER BY " order ") AS n FROM " table ") WHERE n > 1)"
#define RENAMED "CAST(substr(CAST('recovered-' || id || '-' || name AS BLOB), 1, 255) AS BLOB)"

static const char *const unique[] = {
	"UPDATE folder SET name = " RENAMED
	" WHERE parent IS NOT NULL AND " AGAIN("folder", "parent, name", "id"),
	"UPDATE file SET name = " RENAMED " WHERE " AGAIN("file", "folder, name", "id DESC"),
	"UPDATE file SET job = NULL, change = 0 WHERE job IS NOT NULL AND " AGAIN(
		"file", "ifnull(job, -id)", "id DESC"),
	"UPDATE job SET name = " RENAMED
	" WHERE forgotten = 0 AND " AGAIN("job", "folder, name, forgotten", "id DESC"),
	"UPDATE image SET name = " RENAMED
	" WHERE folder IS NOT NULL AND " AGAIN("image", "folder, name", "id"),
	"UPDATE run SET number = 2000000 + id WHERE " AGAIN("run", "job, number", "id"),
	"UPDATE call SET number = 2000000 + id WHERE " AGAIN("call", "run, number", "id"),
	"UPDATE call SET remote_id = NULL WHERE remote_id IS NOT NULL AND " AGAIN(
		"call", "provider, ifnull(remote_id, -id)", "id"),
	"UPDATE image SET number = 2000000 + id WHERE " AGAIN("image", "run, number", "id"),
};

/* ---- texts and totals ---- */

/* A line begins where the one before it ends, also where lines between them were lost. */
static const char *const texts[] = {
	"CREATE TEMP TABLE line AS SELECT id, sum(length(line)) OVER (PARTITION BY job"
	" ORDER BY start, id) - length(line) AS start FROM log",
	"CREATE UNIQUE INDEX temp.line_by_id ON line(id)",
	"UPDATE log SET start = (SELECT start FROM temp.line WHERE line.id = log.id)",
	"UPDATE job SET log_size ="
	" ifnull((SELECT sum(length(line)) FROM log WHERE log.job = job.id), 0)",
	"CREATE TEMP TABLE event_again AS SELECT line, sum(length(line)) OVER (ORDER BY start)"
	" - length(line) AS start FROM event",
	"DELETE FROM event",
	"INSERT INTO event(start, line) SELECT start, line FROM temp.event_again",
	"DROP TABLE temp.event_again",
	/* where a total was lost, its calls are still counted */
	"INSERT INTO spend(provider, day, unit, cost_micro, pictures)"
	" SELECT provider, spent_day, unit, sum(spent_micro + sunk_micro), 0 FROM call WHERE "
	"spent_micro + sunk_micro > 0"
	" GROUP BY provider, spent_day, unit ON CONFLICT DO UPDATE"
	" SET cost_micro = max(cost_micro, excluded.cost_micro)",
	"UPDATE sqlite_sequence SET seq = max(seq, ifnull((SELECT s.seq FROM temp.sequence AS s"
	" WHERE s.name = sqlite_sequence.name), 0))",
	"INSERT INTO sqlite_sequence(name, seq) SELECT name, seq FROM temp.sequence AS s"
	" WHERE name NOT IN (SELECT name FROM sqlite_sequence)"
	" AND name IN (SELECT name FROM sqlite_master WHERE type = 'table')",
};

/* A request that was settling would be sent by the next start: shown as one that was being
 * written, it is held there. */
static int hold_requests(struct db *db)
{
	int r = db_run(db, "UPDATE file SET change = ? WHERE job IS NOT NULL AND change = ?", "ii",
		       (int64_t)CHANGE_OPEN, (int64_t)CHANGE_CLOSED);

	return r < 0 ? r
		     : db_run(db,
			      "UPDATE file SET change = ? WHERE job IS NULL OR"
			      " change NOT BETWEEN 0 AND ?",
			      "ii", (int64_t)CHANGE_NONE, (int64_t)CHANGE_EMPTY);
}

int mend_rows(struct db *db, enum rows_age age, int64_t now_ms, int64_t *ret_folder)
{
	int r = RUN_ALL(db, sane);

	if (r == 0)
		r = make_folder(db, now_ms, ret_folder);
	if (r == 0)
		r = RUN_ALL(db, stand_ins);
	if (r == 0)
		r = RUN_ALL(db, reachable);
	if (r == 0)
		r = RUN_ALL(db, unique);
	if (r == 0)
		r = RUN_ALL(db, texts);
	if (r == 0)
		r = mend_lost_runs(db, age, now_ms);
	return r < 0 ? r : hold_requests(db);
}
