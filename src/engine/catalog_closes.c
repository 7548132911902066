/* The last close of a request, which RELEASE cannot refuse: where the store does not take
 * it, a full disk mostly, it is owed, and settling pays it. Otherwise the job would be in
 * `writing` until somebody opens the request again. */
#include "engine/catalog.h"

#include <errno.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "base/failpoint.h"
#include "base/log.h"
#include "catalog_tx.h"
#include "io/store_tree.h"

struct owed {
	int64_t file;
	bool whole;
};

static struct owed *find(struct catalog *catalog, int64_t file)
{
	for (size_t i = 0; i < catalog->owed_count; i++)
		if (catalog->owed[i].file == file)
			return &catalog->owed[i];
	return NULL;
}

void catalog_owe_close(struct catalog *catalog, int64_t file, bool whole)
{
	SCOPED_LOCK(&catalog->owed_lock);
	struct owed *owed = find(catalog, file), *more;

	if (owed) {
		owed->whole &= whole;
		return;
	}
	more = reallocarray(catalog->owed, catalog->owed_count + 1, sizeof(*more));
	if (!more) {
		log_write(LOG_ERROR, "a request is not settled before the next start: no memory");
		return;
	}
	catalog->owed = more;
	more[catalog->owed_count++] = (struct owed){ file, whole };
}

static bool is_owed(struct catalog *catalog, int64_t file)
{
	SCOPED_LOCK(&catalog->owed_lock);

	return find(catalog, file);
}

bool tx_forgive_close(struct tx *tx, int64_t file, bool *ret_whole)
{
	struct catalog *catalog = tx->catalog;
	SCOPED_LOCK(&catalog->owed_lock);
	struct owed *owed = find(catalog, file);

	if (!owed)
		return false;
	*ret_whole = owed->whole;
	*owed = catalog->owed[--catalog->owed_count];
	return true;
}

struct closing {
	int64_t file;
	bool whole;
	bool only_owed; /* by whoever finds it owed: not where it is written again */
};

/* Whether it is owed is looked at in the transaction: whoever begins to write, in one
 * of his own, takes that back. */
static int body_close(struct tx *tx)
{
	struct closing *closing = tx->arg;
	struct file file;
	bool whole, owed = tx_forgive_close(tx, closing->file, &whole);
	int r = store_file_get(tx->db, closing->file, &file);

	if (owed)
		closing->whole &= whole;
	else if (closing->only_owed)
		return 0;
	closing->only_owed = false; /* it is ours now */
	if (r < 0 || file.change != CHANGE_OPEN)
		return r;
	if (!closing->whole && file.job)
		return tx_hold_interrupted(tx, &file, "not all that was written could be saved");
	file.change = CHANGE_CLOSED;
	r = store_file_update(tx->db, &file);
	return r < 0 ? r : tx_note(tx, (struct note){ .kind = NOTE_CLOSED, .file = file.id });
}

static int close_file(struct catalog *catalog, struct closing *closing)
{
	int r;

	FAILPOINT("close-before");
	r = tx_run(catalog, STORE_LAZY, body_close, closing);
	if (r == -ENOENT)
		return 0;
	if (r < 0 && !closing->only_owed)
		catalog_owe_close(catalog, closing->file, closing->whole);
	return r;
}

int catalog_close(struct catalog *catalog, int64_t file, bool whole)
{
	const struct note note = { .kind = NOTE_CLOSED, .file = file };
	struct closing closing = { .file = file, .whole = whole };
	int r = close_file(catalog, &closing);

	if (r < 0)
		tx_tell(catalog, &note);
	return r;
}

int catalog_close_owed(struct catalog *catalog, int64_t file)
{
	struct closing closing = { .file = file, .whole = true, .only_owed = true };

	return is_owed(catalog, file) ? close_file(catalog, &closing) : 0;
}
