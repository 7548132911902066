/* What a script around a provider's own client does, to be compared with the daemon:
 *
 *     fixed_poller PROFILE BASE_URL AUTHORIZATION JOBS IN_FLIGHT INTERVAL_MS
 *
 * Submits JOBS prompts, "fixed 0" and on, IN_FLIGHT of them at a time. After the answer to
 * a submission and after each poll it waits INTERVAL_MS and asks again, until the picture is
 * there to be downloaded. Nothing is kept. Prints for each job a line, the wall clock in ms
 * when its picture was there and its prompt: "1767225600000 fixed 17". It is made of the
 * daemon's own protocol and transfers, so that what differs is when it asks. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "io/http.h"
#include "io/profile_file.h"
#include "job/params.h"
#include "job/protocol.h"

enum { JOBS_MAX = 1000000, IN_FLIGHT_MAX = 1000, INTERVAL_MS_MAX = 3600 * 1000, WAIT_MS = 1000 };

struct poller {
	struct profile *profile;
	const char *base_url, *authorization;
	struct http *http;
	struct http_peer *peer;
	unsigned jobs, begun, ended;
	int64_t interval_ms;
};

/* A place in flight, and the job that has it. */
struct slot {
	struct poller *poller;
	unsigned job;
	enum exchange next; /* EXCHANGES: no job is left for it */
	int64_t at_ms;      /* steady: not before */
	struct params params;
	struct message message; /* of the transfer */
	struct http_transfer *transfer;
	char *id, *poll_url, *result_url, *reference; /* each NULL until it is known */
};

static _Noreturn void die(const char *what, const char *why)
{
	fprintf(stderr, "fixed_poller: %s: %s\n", what, why);
	exit(1);
}

/* ---- a job ---- */

static void forget(char **text)
{
	free(*text);
	*text = NULL;
}

static void begin_job(struct slot *slot)
{
	struct poller *poller = slot->poller;
	struct diag diag = { 0 };
	char text[32];
	int size;

	forget(&slot->id);
	forget(&slot->poll_url);
	forget(&slot->result_url);
	forget(&slot->reference);
	slot->next = EXCHANGES;
	if (poller->begun == poller->jobs)
		return;
	slot->job = poller->begun++;
	size = snprintf(text, sizeof(text), "fixed %u", slot->job);
	/* With a seed, as the daemon has one: a simulator need not draw it. */
	if (params_set(&slot->params, PARAM_PROMPT, text, (size_t)size, &diag) < 0 ||
	    params_set(&slot->params, PARAM_SEED, text + strlen("fixed "),
		       (size_t)size - strlen("fixed "), &diag) < 0)
		die(text, diag.text);
	slot->next = EXCHANGE_SUBMIT;
	slot->at_ms = 0;
}

static void end_job(struct slot *slot)
{
	printf("%" PRId64 " fixed %u\n", clock_wall_ms(), slot->job);
	slot->poller->ended++;
	begin_job(slot);
}

/* Takes what the reading has of it. */
static void keep(char **text, char **ours)
{
	if (!*text)
		return;
	free(*ours);
	*ours = *text;
	*text = NULL;
}

/* Where the picture is, or the id of what will say so. */
static void find_picture(struct slot *slot, struct reading *reading)
{
	struct reference *reference = &reading->references[0];

	if (!reading->reference_count) {
		slot->next = EXCHANGE_RESULT;
	} else if (reference->kind == REFERENCE_BYTES) {
		end_job(slot);
	} else {
		keep(&reference->text, &slot->reference);
		slot->next =
			reference->kind == REFERENCE_ASSET ? EXCHANGE_ASSET : EXCHANGE_DOWNLOAD;
	}
}

static void take(struct slot *slot, struct reading *reading)
{
	slot->at_ms = 0;
	switch (reading->kind) {
	case READING_TAKEN:
		keep(&reading->id, &slot->id);
		keep(&reading->poll_url, &slot->poll_url);
		keep(&reading->result_url, &slot->result_url);
		slot->next = EXCHANGE_POLL;
		slot->at_ms = clock_steady_ms() + slot->poller->interval_ms;
		break;
	case READING_RUNNING:
		slot->at_ms = clock_steady_ms() + slot->poller->interval_ms;
		break;
	case READING_FINISHED:
	case READING_OK:
		find_picture(slot, reading);
		break;
	default:
		die("a reply", reading->error ? reading->error : "unexpected");
	}
}

/* ---- messages ---- */

static struct asking asking_of(const struct slot *slot)
{
	return (struct asking){
		.profile = slot->poller->profile,
		.base_url = slot->poller->base_url,
		.sent = &slot->params,
		.remote = { slot->id, slot->poll_url, slot->result_url, NULL },
		.asset = slot->reference,
		.url = slot->reference,
	};
}

static void replied(const struct http_end *end, void *arg)
{
	struct slot *slot = arg;
	struct asking asking = asking_of(slot);
	struct reading reading;
	int r = 0;

	slot->transfer = NULL;
	if (end->reply.delivery != DELIVERY_REPLIED)
		die("no reply", end->reply.error ? end->reply.error : "unknown");
	if (slot->next == EXCHANGE_DOWNLOAD && end->reply.status / 100 == 2) {
		message_done(&slot->message);
		end_job(slot);
		return;
	}
	r = protocol_read(slot->next, &asking, &slot->message, &end->reply, &reading);
	message_done(&slot->message);
	if (r < 0)
		die("a reply", strerror(-r));
	take(slot, &reading);
	reading_done(&reading);
}

static void send_message(struct slot *slot)
{
	struct poller *poller = slot->poller;
	struct asking asking = asking_of(slot);
	struct http_order order = {
		.message = &slot->message,
		.authorization = poller->authorization,
		.peer = poller->peer,
		.done = replied,
		.arg = slot,
	};
	struct diag diag = { 0 };
	int r = protocol_message(slot->next, &asking, &slot->message, &diag);

	if (r == 0)
		r = http_start(poller->http, &order, &slot->transfer);
	if (r < 0)
		die("a message", diag.text[0] ? diag.text : strerror(-r));
}

/* Sends what is due. How long to wait for the next. */
static int step(struct slot *slots, unsigned count)
{
	int64_t now_ms = clock_steady_ms(), wait_ms = WAIT_MS;

	for (unsigned i = 0; i < count; i++) {
		struct slot *slot = &slots[i];

		if (slot->transfer || slot->next == EXCHANGES)
			continue;
		if (slot->at_ms <= now_ms)
			send_message(slot);
		else if (slot->at_ms - now_ms < wait_ms)
			wait_ms = slot->at_ms - now_ms;
	}
	return (int)wait_ms;
}

static void run(struct poller *poller, unsigned in_flight)
{
	struct slot *slots = calloc(in_flight, sizeof(*slots));

	if (!slots)
		die("memory", strerror(ENOMEM));
	for (unsigned i = 0; i < in_flight; i++) {
		slots[i].poller = poller;
		begin_job(&slots[i]);
	}
	while (poller->ended < poller->jobs) {
		int wait_ms = step(slots, in_flight);
		int r = http_wait(poller->http, NULL, 0, wait_ms);

		if (r < 0)
			die("waiting", strerror(-r));
		http_step(poller->http);
	}
	for (unsigned i = 0; i < in_flight; i++)
		params_done(&slots[i].params);
	free(slots);
}

/* ---- the command line ---- */

static unsigned number(const char *text, unsigned max)
{
	char *end;
	unsigned long value = strtoul(text, &end, 10);

	if (end == text || *end || !value || value > max)
		die(text, "not a number in range");
	return (unsigned)value;
}

int main(int argc, char **argv)
{
	struct http_settings settings = { .agent = "fixed_poller" };
	struct poller poller = { 0 };
	struct diag diag = { 0 };
	unsigned in_flight;

	if (argc != 7) {
		fprintf(stderr, "usage: fixed_poller PROFILE BASE_URL AUTHORIZATION JOBS "
				"IN_FLIGHT INTERVAL_MS\n");
		return 2;
	}
	poller.base_url = argv[2];
	poller.authorization = argv[3];
	poller.jobs = number(argv[4], JOBS_MAX);
	in_flight = number(argv[5], IN_FLIGHT_MAX);
	poller.interval_ms = number(argv[6], INTERVAL_MS_MAX);
	if (profile_file_load(argv[1], &poller.profile, &diag) < 0)
		die(argv[1], diag.text);
	if (http_new(&settings, &poller.http, &diag) < 0)
		die("http", diag.text);
	poller.peer = http_peer_new(poller.base_url);
	if (!poller.peer)
		die("memory", strerror(ENOMEM));
	run(&poller, in_flight);
	http_free(poller.http);
	http_peer_free(poller.peer);
	profile_free(poller.profile);
	return 0;
}
