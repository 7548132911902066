/* JSON pointers (RFC 6901) with "*" for every element or member. Pure. */
#ifndef EASELFS_BASE_JSON_POINTER_H
#define EASELFS_BASE_JSON_POINTER_H

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/diag.h"

/* Whether `pointer` is one: "" (the root) or "/a/0/b~1c", at most 64 parts.
 * -EINVAL with a diag. */
int json_pointer_check(const char *pointer, struct diag *reterr_diag);

/* Calls `fn` for each value that the pointer reaches, in order, until it returns
 * false. What is not there is passed over. */
typedef bool json_hit_fn(const cJSON *value, void *arg);
void json_pointer_each(const cJSON *root, const char *pointer, json_hit_fn *fn, void *arg);

/* The first of them, whatever it says; NULL when there is none. */
const cJSON *json_pointer_first(const cJSON *root, const char *pointer);

/* Whether a value says anything: not null, "", [] or {}. */
bool json_says_something(const cJSON *value);

/* The first value that says something at the first of the pointers (a NULL-terminated
 * list; NULL: none) that reaches one; NULL when none does. */
const cJSON *json_first(const cJSON *root, char *const *pointers);

/* Puts `value` (taken, also on failure; NULL is -ENOMEM) at the pointer, in the place of
 * what is there, making objects on the way. -EINVAL for the root, a "*", or anything but
 * an object on the way. 0 or -ENOMEM. */
int json_pointer_put(cJSON *root, const char *pointer, cJSON *value);

#endif
