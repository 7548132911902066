/* What is known of providers beyond their profiles: it only ever informs, so it is
 * written without waiting for the disk. */
#include "engine/catalog.h"

#include <errno.h>

#include "catalog_tx.h"
#include "io/store_providers.h"

struct told {
	const char *provider, *model, *text, *error;
	int64_t micro;
};

static int body_remaining(struct tx *tx)
{
	const struct told *told = tx->arg;

	return store_provider_set_remaining(tx->db, told->provider, told->micro, tx->now_ms);
}

int catalog_remaining(struct catalog *catalog, const char *provider, int64_t remaining_micro)
{
	struct told told = { .provider = provider, .micro = remaining_micro };

	return tx_run(catalog, STORE_LAZY, body_remaining, &told);
}

static int body_models(struct tx *tx)
{
	const struct told *told = tx->arg;
	int r = store_provider_set_catalogue(tx->db, told->provider, told->text, told->error,
					     tx->now_ms);

	/* What waited for a price may have one. */
	return r < 0 ? r : tx_release_held(tx, HOLD_PRICE);
}

int catalog_models(struct catalog *catalog, const char *provider, const char *models,
		   const char *error)
{
	struct told told = { .provider = provider, .text = models, .error = error };

	return tx_run(catalog, STORE_LAZY, body_models, &told);
}

static int body_pace(struct tx *tx)
{
	const struct told *told = tx->arg;

	return store_pace_set(tx->db, told->provider, told->model, told->text);
}

int catalog_pace(struct catalog *catalog, const char *provider, const char *model, const char *pace)
{
	struct told told = { .provider = provider, .model = model, .text = pace };

	return tx_run(catalog, STORE_LAZY, body_pace, &told);
}
