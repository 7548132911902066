/* INI files as inih understands them, with the traps of inih 55 made errors:
 * an indented line (it would replace the previous value), a line longer than
 * INI_LINE_BYTES_MAX (it would be cut), a section name over 49 bytes (likewise), a
 * key before any section, a key twice in a section, control characters and
 * invalid UTF-8. `;` and `#` begin comment lines; ` ;` after a value begins a
 * comment too. A section without keys is not seen. */
#ifndef EASELFS_IO_INI_H
#define EASELFS_IO_INI_H

#include <stddef.h>
#include <stdint.h>

#include "base/diag.h"

enum { INI_LINE_BYTES_MAX = 180, INI_FILE_BYTES_MAX = 256 * 1024 };

struct ini_entry {
	const char *section, *name, *value;
	unsigned line;
};

/* Called for every entry in order; non-zero (a -errno) ends the reading and is
 * what the reader returns; the callback fills the diag, its line included. */
typedef int ini_entry_fn(const struct ini_entry *entry, void *arg, struct diag *reterr_diag);

/* 0, the callback's error, or -EINVAL with a diag for a line that is no INI. */
int ini_read_bytes(const char *bytes, size_t size, ini_entry_fn *fn, void *arg,
		   struct diag *reterr_diag);
/* The bytes of a file of at most INI_FILE_BYTES_MAX, for ini_read_bytes(): NUL-terminated,
 * the caller's to free. 0, or -errno of reading with a diag. */
int ini_file_bytes(const char *path, char **ret_bytes, size_t *ret_size, struct diag *reterr_diag);
/* Both at once. */
int ini_read_file(const char *path, ini_entry_fn *fn, void *arg, struct diag *reterr_diag);

/* The value as a whole decimal number, for callbacks: 0, or -EINVAL with a diag. */
int ini_number(const struct ini_entry *entry, int64_t from, int64_t to, int64_t *ret_number,
	       struct diag *reterr_diag);
/* The value as a decimal number such as 0.03, in millionths, exactly; from 0 to `max_micro`,
 * which is whole. Likewise. */
int ini_micro(const struct ini_entry *entry, int64_t max_micro, int64_t *ret_micro,
	      struct diag *reterr_diag);
/* Puts a copy in the place of the text, which is freed. 0 or -ENOMEM. */
int ini_replace(char **text, const char *with);
/* Explains what is wrong with the entry's value, which is not quoted; -EINVAL. */
int ini_refuse_value(const struct ini_entry *entry, const char *why, struct diag *reterr_diag);
/* Explains that the entry's name is not one of `allowed` ("a, b"); -EINVAL. */
int ini_refuse_name(const struct ini_entry *entry, const char *allowed, struct diag *reterr_diag);

#endif
