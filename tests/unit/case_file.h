/* Case files: what is said on the wire about one request, as data; docs/testing.md,
 * "Cases", has the format. Read here, filled with what differs from player to player
 * (addresses, the time), and compared with what was really asked. Without cmocka: the
 * server of the mount tests uses it, too. */
#ifndef EASELFS_TESTS_CASE_FILE_H
#define EASELFS_TESTS_CASE_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/diag.h"
#include "base/strbuf.h"
#include "job/state.h"

enum {
	CASE_STEPS_MAX = 64,
	CASE_HEADERS_MAX = 8,
	CASE_TEXTS_MAX = 8,
	CASE_BYTES_MAX = 64 * 1024,
	CASE_NAME_MAX = 100
};

/* Who can play it. */
enum case_players { PLAYED_BY_ALL, PLAYED_IN_PROCESS, PLAYED_OVER_HTTP };

enum case_form {
	FORM_REPLY,
	FORM_RAW,     /* these bytes and nothing else */
	FORM_NONE,    /* the connection is closed without a reply */
	FORM_RESET,   /* the same, with a reset */
	FORM_STALL,   /* nothing comes, and the connection stays */
	FORM_UNSENT,  /* the request never gets there */
	FORM_REFUSED, /* easelfs does not even try */
	FORMS
};

struct case_header {
	char *name;  /* lower case */
	char *value; /* NULL: must not be there */
};

struct case_reply {
	enum case_form form;
	int status;
	struct case_header headers[CASE_HEADERS_MAX];
	size_t header_count;
	char *body;  /* a template; NULL: none. FORM_REFUSED: why */
	int64_t cut; /* how many bytes of the body really come; -1: all */
};

enum case_step_kind {
	STEP_EXCHANGE, /* a request and its reply */
	STEP_PASSES,   /* time passes */
	STEP_CANCEL,   /* a person wants it cancelled */
	STEP_RESTART,  /* the daemon dies and is started again */
};

struct case_step {
	enum case_step_kind kind;
	unsigned line;
	int64_t passes_ms; /* STEP_PASSES */

	char verb[8];
	char *target; /* "/path" of the API, or "{image_host}/path"; a template */
	struct case_header headers[CASE_HEADERS_MAX];
	size_t header_count;
	char *body;             /* JSON, a template; "*": any; NULL: none */
	int64_t from_ms, to_ms; /* how long after the reply before; -1: whenever */
	unsigned times;         /* it comes so often; 0: once or more */
	bool any_order;         /* with those beside it that have this, too */
	struct case_reply reply;
};

struct case_end {
	enum state state;
	enum hold hold;
	int64_t pictures; /* -1: not said */
	/* Of the first, the second …; the last is that of all others, too. */
	unsigned width[CASE_TEXTS_MAX], height[CASE_TEXTS_MAX];
	size_t size_count;
	int64_t cost_micro, seed;     /* -1: not said */
	char *errors[CASE_TEXTS_MAX]; /* in the error, each */
	char *logs[CASE_TEXTS_MAX];   /* in the log */
	char *unsaid[CASE_TEXTS_MAX]; /* in neither */
	int progress[CASE_TEXTS_MAX]; /* told, in this order */
	bool no_progress;             /* none is told */
	size_t error_count, log_count, unsaid_count, progress_count;
	unsigned unsafe; /* of the pictures, flagged */
	int64_t submissions;
};

struct case_file {
	char name[CASE_NAME_MAX];       /* the file's, without folder and ending */
	char *provider, *authorization; /* "Basic …": what API requests carry */
	char *key;                      /* what that is made of */
	char *request_name, *request;
	enum case_players players;
	int64_t image_bytes; /* the limit */
	struct case_step steps[CASE_STEPS_MAX];
	size_t step_count;
	struct case_end end;
};

/* Reads `path` over the file "defaults" beside it, if there is one. 0, -EINVAL (diag: file,
 * line, what) or -errno of reading (diag). */
int case_load(const char *path, struct case_file *ret_case, struct diag *reterr_diag);
void case_done(struct case_file *file);

/* What templates are filled with. */
struct case_places {
	const char *base, *image_host; /* origins: "http://127.0.0.1:4711" */
	int64_t now_ms;                /* wall clock */
};

/* Appends the filled text; an unknown {word} is left as it is. */
void case_fill(const char *text, const struct case_places *places, struct strbuf *filled);
/* A PNG of one colour, made as {png WxH} is. `pixels` false: as {png-header WxH}. */
void case_add_png(struct strbuf *png, uint32_t width, uint32_t height, bool pixels);

/* What was asked, by whichever player. */
struct case_request {
	const char *verb, *url; /* absolute */
	const char *body;       /* NULL or "": none */
	bool keyed;             /* carries the key */
};

/* Whether the step asks for this. If not, `reterr_diag` says how it differs (NULL is
 * allowed). Headers apart. */
bool case_step_fits(const struct case_step *step, const struct case_places *places,
		    const struct case_request *request, struct diag *reterr_diag);
/* Whether the request goes to the image host, or is asked for without the key. */
bool case_step_is_bare(const struct case_step *step);

/* Where in the script we are. */
struct case_reader {
	const struct case_file *file;
	size_t at;      /* the step that is next, or that may come again */
	unsigned times; /* how often it came */
	uint64_t came;  /* bit i: the i-th step came before others of its group */
};

/* The step that this request fits, moving on over steps that came often enough; steps
 * other than exchanges are the caller's to look for with case_reader_act() first. NULL
 * with a diag (the file's line, what was expected) when it fits none. */
const struct case_step *case_reader_take(struct case_reader *reader,
					 const struct case_places *places,
					 const struct case_request *request,
					 struct diag *reterr_diag);
/* The step other than an exchange that is due now, moving on behind it; or NULL. */
const struct case_step *case_reader_act(struct case_reader *reader);
/* The exchange that is due next; NULL at the end. */
const struct case_step *case_reader_next(const struct case_reader *reader);
/* Whether all that had to come came; if not, the first that did not in the diag. */
bool case_reader_is_through(const struct case_reader *reader, struct diag *reterr_diag);

/* Whether the i-th picture of the job, from 0, may be of that size. */
bool case_size_fits(const struct case_end *end, size_t i, unsigned width, unsigned height);

/* Whether the JSON texts have the same value; "*" in `want` stands for any. If not, the
 * diag says where. */
bool case_json_fits(const char *want, const char *got, struct diag *reterr_diag);

static inline void cleanup_case(struct case_file *file)
{
	case_done(file);
}

#endif
