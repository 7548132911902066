/* The money: what each provider was paid, once for each submission it accepted. */
#ifndef EASELFS_SIMULATOR_LEDGER_H
#define EASELFS_SIMULATOR_LEDGER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/diag.h"
#include "base/strbuf.h"

enum { LEDGER_ACCOUNTS = 4 };

struct ledger;

struct charge {
	unsigned account; /* the provider's number */
	const char *provider, *id, *prompt, *unit;
	int64_t time_ms;
	int64_t seed;
	double amount;
	unsigned pictures;
};

/* `path`: NULL, or a file to which a line for each charge is appended. Each account
 * begins with `balance`. NULL with a diag. */
struct ledger *ledger_open(const char *path, double balance, struct diag *reterr_diag);
void ledger_close(struct ledger *ledger);

/* Any thread, all of them. Pays, unless the balance is too small (false: nothing happened). */
bool ledger_charge(struct ledger *ledger, const struct charge *charge);
/* A charge of an earlier run: counted and remembered, not written again. */
void ledger_restore(struct ledger *ledger, const struct charge *charge);
double ledger_balance(struct ledger *ledger, unsigned account);
void ledger_set_balance(struct ledger *ledger, unsigned account, double balance);
/* Appends a line of JSON for each charge. */
void ledger_read(struct ledger *ledger, struct strbuf *text);

#endif
