/* A provider for tests, made by hand: two jobs services as there are. Texts live until
 * stage_done(). */
#ifndef EASELFS_TESTS_PROTOCOL_STAGE_H
#define EASELFS_TESTS_PROTOCOL_STAGE_H

#include "job/profile.h"
#include "job/protocol.h"

enum { STAGE_PARTS = 256 };

struct protocol_stage {
	struct profile profile;
	struct http_profile http;
	struct profile_model models[2];
	struct asking asking;
	void *parts[STAGE_PARTS];
	size_t part_count;
};

/* "https://api.test/v1": POST /run/{model}, GET /jobs/{id}, assets, cancel, models,
 * balance. The states are "waits", "works", "ready", "broke" and "stopped". */
void stage_jobs(struct protocol_stage *stage);
/* "https://queue.test": returned URLs, a result of its own, errors under /detail. */
void stage_urls(struct protocol_stage *stage);
void stage_done(struct protocol_stage *stage);

static inline void cleanup_stage(struct protocol_stage *stage)
{
	stage_done(stage);
}

char *stage_copy(struct protocol_stage *stage, const char *text);
/* A NULL-terminated list of what stands between blanks. */
char **stage_list(struct protocol_stage *stage, const char *words);
/* "VERB URL"; "" for none. */
void stage_line(struct protocol_stage *stage, struct request_line *line, const char *text);
/* Lines of a body section: "/pointer = template". */
void stage_body(struct protocol_stage *stage, struct body *body, const char *lines);

/* A whole reply of JSON. */
struct reply stage_reply(int status, const char *body);
/* Reads it as the answer to that step, sent to https://api.test/v1/run/model_one?x=1. */
void stage_read(struct protocol_stage *stage, enum exchange exchange, const struct reply *reply,
		struct reading *ret_reading);
void stage_read_json(struct protocol_stage *stage, enum exchange exchange, int status,
		     const char *body, struct reading *ret_reading);

/* What each reply must be read as, and that what is not well is said. */
struct stage_row {
	int status;
	const char *body;
	enum reading_kind kind;
};
void stage_check(struct protocol_stage *stage, enum exchange exchange, const struct stage_row *rows,
		 size_t count);

#endif
