/* Amounts are kept in millionths, so that a thousand charges of 0.027 leave what
 * they should. */
#include "simulator/ledger.h"

#include <math.h>
#include <pthread.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "simulator/record.h"

struct ledger {
	struct record *file, *memory;
	pthread_mutex_t lock; /* guards `left_micro`; a leaf */
	int64_t left_micro[LEDGER_ACCOUNTS];
};

static int64_t micro(double amount)
{
	return llround(amount * 1e6);
}

struct ledger *ledger_open(const char *path, double balance, struct diag *reterr_diag)
{
	struct ledger *ledger = calloc(1, sizeof(*ledger));

	if (!ledger) {
		diag_set(reterr_diag, 0, "out of memory");
		return NULL;
	}
	pthread_mutex_init(&ledger->lock, NULL);
	for (unsigned i = 0; i < LEDGER_ACCOUNTS; i++)
		ledger->left_micro[i] = micro(balance);
	ledger->memory = record_open(NULL, 0, reterr_diag);
	if (path && ledger->memory)
		ledger->file = record_open(path, 1, reterr_diag);
	if (ledger->memory && (ledger->file || !path))
		return ledger;
	ledger_close(ledger);
	return NULL;
}

void ledger_close(struct ledger *ledger)
{
	if (!ledger)
		return;
	record_close(ledger->file);
	record_close(ledger->memory);
	pthread_mutex_destroy(&ledger->lock);
	free(ledger);
}

static cJSON *line_of(const struct charge *charge)
{
	cJSON *line = cJSON_CreateObject();

	cJSON_AddNumberToObject(line, "time_ms", (double)charge->time_ms);
	cJSON_AddStringToObject(line, "provider", charge->provider);
	cJSON_AddStringToObject(line, "id", charge->id);
	cJSON_AddStringToObject(line, "prompt", charge->prompt);
	cJSON_AddNumberToObject(line, "seed", (double)charge->seed);
	cJSON_AddNumberToObject(line, "amount", charge->amount);
	cJSON_AddStringToObject(line, "unit", charge->unit);
	cJSON_AddNumberToObject(line, "pictures", charge->pictures);
	return line;
}

static bool take(struct ledger *ledger, const struct charge *charge)
{
	int64_t *left = &ledger->left_micro[charge->account];

	SCOPED_LOCK(&ledger->lock);
	if (*left < micro(charge->amount))
		return false;
	*left -= micro(charge->amount);
	return true;
}

bool ledger_charge(struct ledger *ledger, const struct charge *charge)
{
	if (!take(ledger, charge))
		return false;
	if (ledger->file)
		record_add(ledger->file, line_of(charge));
	record_add(ledger->memory, line_of(charge));
	return true;
}

void ledger_restore(struct ledger *ledger, const struct charge *charge)
{
	SCOPED_LOCK(&ledger->lock);

	ledger->left_micro[charge->account] -= micro(charge->amount);
	record_add(ledger->memory, line_of(charge));
}

double ledger_balance(struct ledger *ledger, unsigned account)
{
	SCOPED_LOCK(&ledger->lock);

	return (double)ledger->left_micro[account] / 1e6;
}

void ledger_set_balance(struct ledger *ledger, unsigned account, double balance)
{
	SCOPED_LOCK(&ledger->lock);

	ledger->left_micro[account] = micro(balance);
}

void ledger_read(struct ledger *ledger, struct strbuf *text)
{
	record_read(ledger->memory, text);
}
