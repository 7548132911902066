/* A request file: which names are requests, and what their bytes say. Pure. */
#ifndef EASELFS_JOB_REQUEST_H
#define EASELFS_JOB_REQUEST_H

#include <stdbool.h>
#include <stddef.h>

#include "base/diag.h"
#include "job/params.h"

enum {
	REQUEST_BYTES_MAX = 1024 * 1024,
	SCRATCH_BYTES_MAX = 64 * 1024 * 1024,
	NAME_BYTES_MAX = 255
};

/* Whether a file of this name (one component) is a request where its folders
 * allow one: it ends in .txt, .md, .prompt, .json or .jsonl, does not begin with
 * a dot or `~$`, does not contain `.sync-conflict-` and is no README.* or
 * LICENSE.* (contract: design of requests/ in docs/mount.md). */
bool request_name(const char *name, size_t size);

/* Whether everything below a folder of this name is scratch: it begins with a
 * dot or is itself a request name. */
bool request_folder_is_scratch(const char *name, size_t size);

enum request_form { REQUEST_TEXT, REQUEST_JSON, REQUEST_BATCH };
enum request_form request_form(const char *name, size_t size);

/* What a request says: canonical parameters, and what is passed on untouched. */
struct request {
	struct params params; /* the prompt may be missing: see request_parse() */
	char *extra;          /* a JSON object's text, or NULL */
};
void request_done(struct request *request);

/* Reads a request of the form, of at most REQUEST_BYTES_MAX. Plain text: a BOM is
 * dropped, CRLF becomes LF, front matter between two `---` lines sets parameters
 * (and may say the prompt, if no text is below it), white space around the prompt
 * is trimmed. JSON: one object of canonical names and `extra`. Returns 0, -ENODATA
 * for nothing but white space, -EINVAL with the line, the parameter, the value and
 * what is allowed in the diag (parameters without a prompt, too), or -ENOMEM.
 * REQUEST_BATCH is -EINVAL here. */
int request_parse(enum request_form form, const char *bytes, size_t size,
		  struct request *ret_request, struct diag *reterr_diag);

/* Reads a defaults.ini: `name = value` lines for canonical parameters (not prompt)
 * and `extra.NAME`, with or without a [defaults] section above them; otherwise by the
 * rules of io/ini.h, and a value may be in quotes. An empty one is fine. */
int request_parse_defaults(const char *bytes, size_t size, struct request *ret_request,
			   struct diag *reterr_diag);

#endif
