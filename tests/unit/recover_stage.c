/* A store with a row of every table: what is damaged, rebuilt and compared. */
#include "recover_stage.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "io/store.h"
#include "raw_store.h"

#define RUN_END  ", x'70', x'', x'')"
#define CALL_END ", x'', x'', x'', x'', x'', x'', x'')"

/* What the bytes of files 8 and 9 are known by. */
#define HASH_A   "bca09f4a757d5571c7d9f3341d4301f3c391c090826acc1a3013c6bcb7c01722"
#define HASH_B   "36bbe50ed96841d10443bcb670d6554f0a34b761be67ec9c4a8ad2c0c44ca42c"

/* Long texts lie on pages of their own; ids are not the numbers of rows. */
static const char sample[] =
	"INSERT INTO folder VALUES (5, 1, x'616c62756d', 0, 1, 0, 448, -1, -1, 10, 10),"
	" (6, 2, x'616c62756d', 1, 1, 0, 448, -1, -1, 10, 10);"
	"INSERT INTO job VALUES (3, 5, x'612e747874', 1, 2, 0, 0), (4, 1, x'622e747874', 1, 2, 0, "
	"0),"
	" (5, 1, x'632e747874', 1, 2, 0, 0);"
	"INSERT INTO file VALUES (8, 5, x'612e747874', 70000, 384, -1, -1, 1, 2, 3, 0, 3),"
	" (9, 1, x'622e747874', 5, 384, -1, -1, 1, 2, 3, 0, 4),"
	" (10, 1, x'632e747874', 5, 384, -1, -1, 1, 2, 3, 2, 5);"
	"INSERT INTO chunk VALUES (8, 0, CAST(printf('%.*c', 65536, 'x') AS BLOB)), (8, 1, "
	"CAST(printf('%.*c', 4464, 'x') AS BLOB)),"
	" (9, 0, x'6162636465');"
	"INSERT INTO run VALUES (11, 3, 1, 0, 7, 0, 1, 2, 3, 42, x'" HASH_A "', 'one', 'm',"
	" randomblob(9000), x'70', x'', x'7b7d'),"
	" (12, 4, 1, 0, 5, 0, 1, 2, 0, 43, x'" HASH_B "', 'one', 'm', x'7b7d'" RUN_END ","
	" (13, 5, 1, 0, 3, 0, 1, 2, 0, 44, x'" HASH_B "', 'one', 'm', x'7b7d'" RUN_END ";"
	"INSERT INTO call VALUES"
	" (21, 11, 1, 7, 0, 1, 42, 3, 500, 500, 100, 0, 'USD', 'one', 'id-1', 0, 0, 0, 2, "
	"1" CALL_END ","
	" (22, 12, 1, 5, 0, 1, 43, 1, -1, 700, 100, 0, 'USD', 'one', 'id-2', 0, 0, 0, 2, 1" CALL_END
	","
	" (23, 13, 1, 3, 0, 0, 44, 1, -1, 0, 0, 0, 'USD', 'one', NULL, 0, 0, 0, 2, 0" CALL_END ";"
	"WITH RECURSIVE n(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < 3)"
	" INSERT INTO image SELECT 30 + i, 3, 11, 21, i, 6, CAST('a-' || i || '.png' AS BLOB),"
	" CAST('a-' || i || '.png' AS BLOB), '2026-11-21/album.a-' || (30 + i) || '.png', 0, 2, 2, "
	"70,"
	" 8, 'x', 5, 1, 0, '' FROM n;"
	"INSERT INTO xattr VALUES (2, 31, 'user.note', randomblob(300));"
	"INSERT INTO log(id, job, run, start, line) VALUES (1, 3, 11, 0, x'610a'),"
	" (2, 3, 11, 2, x'62620a'), (3, 4, 12, 0, x'630a');"
	"UPDATE job SET log_size = 5 WHERE id = 3; UPDATE job SET log_size = 2 WHERE id = 4;"
	"INSERT INTO event VALUES (0, x'7b0a'), (2, x'7b7d0a');"
	"INSERT INTO spend VALUES ('one', 100, 'USD', 1200, 3);"
	"INSERT INTO provider VALUES ('one', 5, 6, randomblob(20000), 7, '');"
	"INSERT INTO pace VALUES ('one', 'm', '1 2 3'); INSERT INTO setting VALUES ('paused', 1);"
	"INSERT INTO doomed VALUES ('2026-11-21/gone-1.png');"
	"UPDATE sqlite_sequence SET seq = 900 WHERE name = 'image'";

void make_store(const char *dir)
{
	struct store *store;
	struct diag diag;

	assert_int_equal(store_open(dir, STORE_READ_WRITE, &store, &diag), 0);
	store_close(store);
	run_sql(dir, sample);
	run_sql(dir, "PRAGMA wal_checkpoint(TRUNCATE)");
}

int64_t pages_of(const char *dir)
{
	CLEANUP(free_ptr) char *path = file_join(dir, "easelfs.db");
	struct stat st;

	assert_int_equal(stat(path, &st), 0);
	return st.st_size / RAW_PAGE;
}

void tell_pictures(struct store_recover *recover, int first, int last)
{
	for (int i = first; i <= last; i++) {
		char place[64];
		struct store_recover_picture picture = {
			.place = place,
			.picture = { PICTURE_PNG, 2, 2 },
			.size = 70,
			.blocks = 8,
			.sha256 = "x",
			.finished_ms = 77,
		};

		snprintf(place, sizeof(place), "2026-11-21/album.a-%d.png", 30 + i);
		assert_int_equal(store_recover_picture(recover, &picture), 0);
	}
}

void rebuild(const char *dir, struct store_recover_summary *summary)
{
	struct store_recover *recover = NULL;
	struct diag diag;

	if (store_recover_begin(dir, &recover, &diag) != 0)
		fail_msg("%s", diag.text);
	tell_pictures(recover, 1, PICTURES);
	if (store_recover_finish(recover, summary, &diag) != 0)
		fail_msg("%s", diag.text);
	store_recover_close(recover);
	assert_rows(dir, "PRAGMA integrity_check", "ok\n");
	assert_rows(dir, "PRAGMA foreign_key_check", "");
	/* what the summary counts, the store has */
	assert_int_equal(summary->pictures_named + summary->pictures_nameless, PICTURES);
	assert_rows(dir, "SELECT count(*) FROM image WHERE folder IS NOT NULL", "3\n");
	assert_rows(
		dir,
		"SELECT count(*) FROM call WHERE state IN (3, 4, 5, 6) UNION ALL"
		" SELECT count(*) FROM run WHERE state IN (3, 4, 5, 6) UNION ALL"
		" SELECT count(*) FROM call WHERE state = 11 AND hold NOT IN (1, 6, 7) UNION ALL"
		" SELECT count(*) FROM file WHERE change = 2",
		"0\n0\n0\n0\n");
}
