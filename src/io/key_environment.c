/* Keys that came in the environment. The kernel shows a process's first environment in
 * /proc/PID/environ, byte by byte as it lies on the stack; unsetenv() only forgets where
 * it is. So the bytes are overwritten where they are, and kept in memory for secrets.
 *
 * The list is written before there are threads, and only read afterwards. */
#include "io/key_private.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct taken {
	char *name;
	struct secret *value;
	struct taken *next;
};

static struct taken *all_taken;

static struct taken *find(const char *name)
{
	for (struct taken *taken = all_taken; taken; taken = taken->next) {
		if (strcmp(taken->name, name) == 0)
			return taken;
	}
	return NULL;
}

const char *key_variable(const char *name)
{
	const struct taken *taken = find(name);

	return taken ? taken->value->bytes : getenv(name);
}

/* The record of a variable, made when it is new; NULL: out of memory. */
static struct taken *record(const char *name)
{
	struct taken *taken = find(name);

	if (taken)
		return taken;
	taken = calloc(1, sizeof(*taken));
	if (!taken)
		return NULL;
	taken->name = strdup(name);
	if (!taken->name) {
		free(taken);
		return NULL;
	}
	return taken;
}

/* An environment can have a name twice; whoever made it so decides who sees which. */
static void scrub(const char *name)
{
	size_t size = strlen(name);

	for (char **entry = environ; *entry; entry++) {
		if (strncmp(*entry, name, size) == 0 && (*entry)[size] == '=')
			explicit_bzero(*entry + size + 1, strlen(*entry + size + 1));
	}
	unsetenv(name);
}

static int take(const char *name)
{
	const char *value = getenv(name);
	struct secret *secret;
	struct taken *taken;

	if (!value)
		return 0;
	secret = secret_new(strlen(value) + 1);
	taken = secret ? record(name) : NULL;
	if (!taken) {
		secret_free(secret);
		return -ENOMEM;
	}
	memcpy(secret->bytes, value, strlen(value) + 1);
	if (taken->value) {
		secret_free(taken->value);
	} else {
		taken->next = all_taken;
		all_taken = taken;
	}
	taken->value = secret;
	scrub(name);
	return 0;
}

int keys_take_environment(const char *const *variables)
{
	int r = 0;

	for (; variables && *variables && r == 0; variables++)
		r = take(*variables);
	return r;
}
