/* A fault that was asked for: in a prompt, "{sim:status=500 after=charge}", or of
 * a share of all requests, "5%:reset after=charge". Pure. */
#ifndef EASELFS_SIMULATOR_FAULT_H
#define EASELFS_SIMULATOR_FAULT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/diag.h"
#include "base/strbuf.h"

/* What a request is for. */
enum step {
	STEP_ANY,
	STEP_SUBMIT,
	STEP_POLL,
	STEP_RESULT,
	STEP_ASSET,
	STEP_IMAGE,
	STEP_CANCEL,
	STEP_OTHER,
	STEPS
};

enum fault_kind {
	/* Of a reply. */
	FAULT_STATUS,
	FAULT_HTML,
	FAULT_ENVELOPE,
	FAULT_RESET,
	FAULT_DROP,
	FAULT_DELAY,
	FAULT_TRUNCATE,
	FAULT_GARBAGE,
	/* Of a job: decided when it is submitted. */
	FAULT_NOID,
	FAULT_DUPID,
	FAULT_FAIL,
	FAULT_MODERATED,
	FAULT_NEVER,
	FAULT_UNKNOWN_STATUS,
	FAULT_NSFW,
	FAULT_PROGRESS,
	FAULT_LATENCY,
	FAULT_ASSET,
	FAULT_CANCEL,
	FAULT_OUTPUTS,
	FAULT_ERROR,
	FAULT_SYNC,
	/* Of a picture's file. */
	FAULT_IMAGE,
	FAULT_KINDS
};

enum { FAULT_TEXT_MAX = 200, FAULT_SPECS_MAX = 12, FAULT_SHARE_ALL = 1000000 };

struct fault {
	enum fault_kind kind;
	enum step step;
	enum { FAULT_BEFORE, FAULT_AFTER } when; /* of what is charged */
	enum { LEFT_FREE, LEFT_CHARGED } left;   /* who is gone when the delay is over */
	enum { RETRY_DEFAULT, RETRY_SECONDS, RETRY_DATE, RETRY_NONE } retry;
	int64_t retry_s;
	int64_t number;            /* a status, milliseconds, bytes */
	unsigned share;            /* of a million requests */
	unsigned times;            /* how often at most; 0: always */
	char provider[16];         /* "": any */
	char text[FAULT_TEXT_MAX]; /* its word or words */
};

/* Whether it is decided at the submission and kept with the job. */
bool fault_is_of_job(enum fault_kind kind);

/* One of them, without braces. -EINVAL with a diag. */
int fault_parse(const char *spec, size_t size, struct fault *ret_fault, struct diag *reterr_diag);

/* Those of a prompt's "{sim:…}", in order. -EINVAL with a diag: one that is not
 * understood, is not closed, or is too many (FAULT_SPECS_MAX). */
int fault_find(const char *prompt, struct fault *ret_faults, size_t *ret_count,
	       struct diag *reterr_diag);

#endif
