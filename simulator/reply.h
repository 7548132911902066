/* A reply to be sent, whole or spoilt. */
#ifndef EASELFS_SIMULATOR_REPLY_H
#define EASELFS_SIMULATOR_REPLY_H

#include <cjson/cJSON.h>
#include <stdint.h>

#include "base/strbuf.h"

struct job;

enum { REPLY_HEADERS_MAX = 12 };

struct reply {
	unsigned status;
	const char *type; /* static */
	struct strbuf body;
	struct {
		char name[48], value[400];
	} headers[REPLY_HEADERS_MAX];
	size_t header_count;
	enum {
		SEND_ALL,
		SEND_PART,   /* `part` bytes, then the connection closes */
		SEND_SLOWLY, /* all, over `slow_ms` */
		SEND_RESET,  /* nothing: a TCP reset */
		SEND_NOTHING /* nothing: the connection closes */
	} sending;
	size_t part;
	int64_t slow_ms;
	int64_t delay_ms;
};

void reply_done(struct reply *reply);
/* Forgets everything but the delay. */
void reply_clear(struct reply *reply);
/* Takes `json`. */
void reply_json(struct reply *reply, unsigned status, cJSON *json);
void reply_text(struct reply *reply, unsigned status, const char *type, const char *text);
/* What a gateway in front of a service says in its place. */
void reply_html(struct reply *reply, unsigned status);
void reply_header(struct reply *reply, const char *name, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* "2026-01-01T00:00:00.123Z"; returns `text`. */
enum { REPLY_TIME_ROOM = 32 };
const char *reply_time(int64_t wall_ms, char *text);

#endif
