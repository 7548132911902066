#include "simulator/server_body.h"

#include <microhttpd.h>
#include <string.h>

#include "base/clock.h"
#include "simulator/alarm.h"

enum { BLOCK = 16 * 1024, SLOW_STEP_MS = 50 };

/* Nothing is there yet: it goes on at `at_ms`, or breaks off when we stop. */
static ssize_t wait_until(struct call *call, int64_t at_ms)
{
	return alarm_park(call->x.world->alarm, call->connection, at_ms)
		       ? 0
		       : MHD_CONTENT_READER_END_WITH_ERROR;
}

static ssize_t give(const struct strbuf *body, uint64_t position, size_t until, char *room,
		    size_t size)
{
	size_t left = until > position ? until - position : 0;

	if (size > left)
		size = left;
	if (size)
		memcpy(room, body->bytes + position, size);
	return (ssize_t)size;
}

static ssize_t read_part(void *arg, uint64_t position, char *room, size_t size)
{
	struct call *call = arg;

	if (position >= call->x.reply.part)
		return MHD_CONTENT_READER_END_WITH_ERROR;
	return give(&call->x.reply.body, position, call->x.reply.part, room, size);
}

static ssize_t read_slowly(void *arg, uint64_t position, char *room, size_t size)
{
	struct call *call = arg;
	const struct reply *reply = &call->x.reply;
	int64_t now_ms = clock_steady_ms(), past_ms;
	size_t until = reply->body.size;

	if (!call->begun_ms)
		call->begun_ms = now_ms;
	past_ms = now_ms - call->begun_ms;
	if (past_ms < reply->slow_ms)
		until = until * (size_t)past_ms / (size_t)reply->slow_ms;
	if (position >= until)
		return wait_until(call, now_ms + SLOW_STEP_MS);
	return give(&reply->body, position, until, room, size);
}

static ssize_t read_events(void *arg, uint64_t position, char *room, size_t size)
{
	struct call *call = arg;
	int64_t now_ms = clock_steady_ms(), pause_ms;
	ssize_t n;

	(void)position;
	if (call->events_sent == call->events.size) {
		if (call->last)
			return MHD_CONTENT_READER_END_OF_STREAM;
		if (now_ms < call->next_ms)
			return wait_until(call, call->next_ms);
		strbuf_clear(&call->events);
		call->events_sent = 0;
		call->x.now_ms = clock_wall_ms();
		pause_ms = call->x.event(&call->x, &call->events);
		call->last = pause_ms < 0;
		call->next_ms = now_ms + pause_ms;
	}
	n = give(&call->events, call->events_sent, call->events.size, room, size);
	call->events_sent += (size_t)n;
	return n;
}

struct MHD_Response *server_body(struct call *call)
{
	struct strbuf *body = &call->x.reply.body;

	if (call->x.event)
		return MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, BLOCK, read_events, call,
							 NULL);
	if (call->x.reply.sending == SEND_PART && call->x.reply.part < body->size)
		return MHD_create_response_from_callback(body->size, BLOCK, read_part, call, NULL);
	if (call->x.reply.sending == SEND_SLOWLY)
		return MHD_create_response_from_callback(body->size, BLOCK, read_slowly, call,
							 NULL);
	return MHD_create_response_from_buffer(body->size, body->bytes, MHD_RESPMEM_PERSISTENT);
}
