/* Hides getopt. As everywhere here, what is not understood is an error. */
#include "simulator/options.h"

#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"

enum {
	PORT_MAX = 65535,
	THREADS_MAX = 64,
	SECONDS_MAX = 1000000000,
	PICTURE_BYTES_MAX = 1000000000
};

const char options_usage[] =
	"usage: easelfs-simulator [OPTION]...\n"
	"Plays Scenario, PixelDojo, WaveSpeedAI and fal.ai on ports of 127.0.0.1, for\n"
	"pipelines that are tried before they are paid for. Runs until SIGTERM or SIGINT.\n"
	"\n"
	"  --config=FILE        write a configuration for easelfs, and keys beside it\n"
	"  --latency=MS         how long jobs take: 500, 300..900, fixed:500,\n"
	"                       uniform:300..900, lognormal:MEDIAN,SIGMA (lognormal:3000,0.4)\n"
	"  --fault=SPEC         5%:reset after=charge; see docs/simulator.md; may be repeated\n"
	"  --seed=N             the same chance again\n"
	"  --balance=N          what each account begins with (1000)\n"
	"  --key=PROVIDER=KEY   the key that is right (sim-key; Scenario: sim-key:sim-secret)\n"
	"  --port=NAME=PORT     of scenario, pixeldojo, wavespeed, fal or images (any free)\n"
	"  --port-file=FILE     write there what is printed: a name and a URL a line\n"
	"  --ledger=FILE        append a line of JSON for each charge\n"
	"  --requests=FILE      append a line of JSON for each request\n"
	"  --state=FILE         keep jobs and charges there, also for the next time\n"
	"  --url-ttl=SECONDS    how long pictures' URLs hold (604800)\n"
	"  --result-ttl=SECONDS how long fal.ai keeps results (3600)\n"
	"  --asset-delay=MS     how long Scenario's assets are pending (100)\n"
	"  --picture-bytes=N    make pictures' files at least that long (as short as possible)\n"
	"  --threads=N          for each listener (2)\n"
	"  --help, --version\n"
	"\n"
	"Status: 0 stopped, 1 it could not begin, 2 asked wrongly.\n";

enum option_id {
	ID_CONFIG = 256,
	ID_LATENCY,
	ID_FAULT,
	ID_SEED,
	ID_BALANCE,
	ID_KEY,
	ID_PORT,
	ID_PORT_FILE,
	ID_LEDGER,
	ID_REQUESTS,
	ID_STATE,
	ID_URL_TTL,
	ID_RESULT_TTL,
	ID_ASSET_DELAY,
	ID_PICTURE_BYTES,
	ID_THREADS,
	ID_HELP,
	ID_VERSION
};

/* clang-format off */
static const struct option long_options[] = {
	{ "config", required_argument, NULL, ID_CONFIG },
	{ "latency", required_argument, NULL, ID_LATENCY },
	{ "fault", required_argument, NULL, ID_FAULT },
	{ "seed", required_argument, NULL, ID_SEED },
	{ "balance", required_argument, NULL, ID_BALANCE },
	{ "key", required_argument, NULL, ID_KEY },
	{ "port", required_argument, NULL, ID_PORT },
	{ "port-file", required_argument, NULL, ID_PORT_FILE },
	{ "ledger", required_argument, NULL, ID_LEDGER },
	{ "requests", required_argument, NULL, ID_REQUESTS },
	{ "state", required_argument, NULL, ID_STATE },
	{ "url-ttl", required_argument, NULL, ID_URL_TTL },
	{ "result-ttl", required_argument, NULL, ID_RESULT_TTL },
	{ "asset-delay", required_argument, NULL, ID_ASSET_DELAY },
	{ "picture-bytes", required_argument, NULL, ID_PICTURE_BYTES },
	{ "threads", required_argument, NULL, ID_THREADS },
	{ "help", no_argument, NULL, ID_HELP },
	{ "version", no_argument, NULL, ID_VERSION },
	{ 0 },
};
/* clang-format on */

static int refuse(struct diag *diag, const char *what, const char *value, const char *allowed)
{
	diag_set(diag, 0, "%s \"%.80s\" is not understood; allowed: %s", what, value, allowed);
	return -EINVAL;
}

static int take_number(const char *text, uint64_t max, uint64_t *ret_number)
{
	uint64_t number = 0;

	if (!*text)
		return -EINVAL;
	for (; *text; text++) {
		if (*text < '0' || *text > '9' || number > max / 10)
			return -EINVAL;
		number = number * 10 + (uint64_t)(*text - '0');
	}
	if (number > max)
		return -ERANGE;
	*ret_number = number;
	return 0;
}

/* A number of milliseconds, given in units of `unit_ms`. */
static int take_time(const char *name, const char *text, int64_t unit_ms, int64_t *ret_ms,
		     struct diag *diag)
{
	uint64_t number;

	if (take_number(text, SECONDS_MAX, &number))
		return refuse(diag, name, text, "a number from 0 to 1000000000");
	*ret_ms = (int64_t)number * unit_ms;
	return 0;
}

/* "NAME=VALUE": the number of the name and where the value begins; -1: neither. */
static int split_name(const char *text, const char **ret_value)
{
	const char *equals = strchr(text, '=');
	char name[32] = "";
	int number;

	if (!equals || (size_t)(equals - text) >= sizeof(name))
		return -1;
	memcpy(name, text, (size_t)(equals - text));
	number = strcmp(name, image_host.name) == 0 ? PROVIDERS : provider_number(name);
	*ret_value = equals + 1;
	return number;
}

static int take_key(struct options *options, const char *text, struct diag *diag)
{
	const char *key = "";
	int number = split_name(text, &key);

	if (number < 0 || number == PROVIDERS || !*key)
		return refuse(diag, "--key", "",
			      "PROVIDER=KEY, one of scenario, pixeldojo, "
			      "wavespeed, fal");
	options->keys[number] = key;
	return 0;
}

static int take_port(struct options *options, const char *text, struct diag *diag)
{
	const char *value = "";
	int number = split_name(text, &value);
	uint64_t port = 0;

	if (number < 0 || take_number(value, PORT_MAX, &port))
		return refuse(
			diag, "--port", text,
			"NAME=PORT, one of scenario, pixeldojo, wavespeed, fal, images, and a "
			"number up to 65535");
	options->ports[number] = (unsigned)port;
	return 0;
}

static int take_balance(struct options *options, const char *text, struct diag *diag)
{
	char *end;

	options->balance = strtod(text, &end);
	if (end == text || *end || !(options->balance >= 0) ||
	    options->balance > OPTIONS_BALANCE_MAX)
		return refuse(diag, "--balance", text, "a number from 0 to 1000000000");
	return 0;
}

static int take_fault(struct options *options, const char *text, struct diag *diag)
{
	if (options->fault_count == OPTIONS_FAULTS_MAX)
		return refuse(diag, "--fault", text, "at most 32");
	return fault_parse(text, strlen(text), &options->faults[options->fault_count++], diag);
}

static int take_count(struct options *options, int id, const char *text, struct diag *diag)
{
	uint64_t number;

	if (id == ID_SEED) {
		if (take_number(text, UINT64_MAX / 16, &options->seed))
			return refuse(diag, "--seed", text, "a number");
		return 0;
	}
	if (id == ID_PICTURE_BYTES) {
		if (take_number(text, PICTURE_BYTES_MAX, &number))
			return refuse(diag, "--picture-bytes", text, "a number up to 1000000000");
		options->picture_bytes = number;
		return 0;
	}
	if (take_number(text, THREADS_MAX, &number) || !number)
		return refuse(diag, "--threads", text, "a number from 1 to 64");
	options->threads = (unsigned)number;
	return 0;
}

/* An option that names a file. -ENOENT: `id` is none of these. */
static int take_file(struct options *options, int id, const char *text, struct diag *diag)
{
	switch (id) {
	case ID_CONFIG:
		options->config = text;
		break;
	case ID_PORT_FILE:
		options->port_file = text;
		break;
	case ID_LEDGER:
		options->ledger = text;
		break;
	case ID_REQUESTS:
		options->requests = text;
		break;
	case ID_STATE:
		options->state = text;
		break;
	default:
		return -ENOENT;
	}
	return *text ? 0 : refuse(diag, "a file's name", text, "one that is not empty");
}

static int take(struct options *options, int id, const char *text, struct diag *diag)
{
	int r = take_file(options, id, text, diag);

	if (r != -ENOENT)
		return r;
	switch (id) {
	case ID_LATENCY:
		return latency_parse(text, &options->latency, diag);
	case ID_FAULT:
		return take_fault(options, text, diag);
	case ID_BALANCE:
		return take_balance(options, text, diag);
	case ID_KEY:
		return take_key(options, text, diag);
	case ID_PORT:
		return take_port(options, text, diag);
	case ID_URL_TTL:
		return take_time("--url-ttl", text, 1000, &options->url_ttl_ms, diag);
	case ID_RESULT_TTL:
		return take_time("--result-ttl", text, 1000, &options->result_ttl_ms, diag);
	case ID_ASSET_DELAY:
		return take_time("--asset-delay", text, 1, &options->asset_delay_ms, diag);
	case ID_HELP:
		options->task = OPTIONS_HELP;
		return 0;
	case ID_VERSION:
		options->task = OPTIONS_VERSION;
		return 0;
	default:
		return take_count(options, id, text, diag);
	}
}

int options_parse(int argc, char **argv, struct options *ret_options, struct diag *reterr_diag)
{
	struct options options = {
		.latency = { LATENCY_LOGNORMAL, 3000, 0.4 },
		.seed = (uint64_t)clock_wall_ns(),
		.balance = 1000,
		.threads = 2,
		.url_ttl_ms = INT64_C(604800000),
		.result_ttl_ms = 3600000,
		.asset_delay_ms = 100,
	};
	int id, r;

	for (int i = 0; i < PROVIDERS; i++)
		options.keys[i] = providers[i]->key;
	optind = 0; /* glibc: begin afresh */
	opterr = 0;
	while ((id = getopt_long(argc, argv, ":", long_options, NULL)) != -1) {
		if (id == ':' || id == '?') {
			diag_set(reterr_diag, 0,
				 id == ':' ? "option \"%.80s\" needs a value"
					   : "option \"%.80s\" is unknown or takes no value; see "
					     "--help",
				 argv[optind - 1]);
			return -EINVAL;
		}
		r = take(&options, id, optarg, reterr_diag);
		if (r < 0)
			return r;
	}
	if (optind < argc)
		return refuse(reterr_diag, "the argument", argv[optind], "options only");
	*ret_options = options;
	return 0;
}
