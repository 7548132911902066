/* Where the tests of io/program take place. */
#ifndef EASELFS_TESTS_SCENE_H
#define EASELFS_TESTS_SCENE_H

#include <stdbool.h>
#include <stdint.h>

#include "io/program.h"

enum { OUTPUT_BYTES = 100 * 1000, LONG_MS = 60 * 1000 };

/* Lives for one test; scripts get it as $1. */
extern char *scene_folder;
/* Below it; standard output of what scene_start() starts. */
extern char *scene_out_path;

int scene_set_up(void **state);
/* Fails when a descriptor, a child or a zombie is left. */
int scene_tear_down(void **state);

/* Starts `sh -c script`. */
struct program *scene_start(const char *script);
struct program *scene_start_for(const char *script, int64_t deadline_ms);
/* As the engine does: poll, at most a moment, then step. */
enum program_state scene_step(struct program *program);
/* Steps until it ends, and checks that it stays so. */
enum program_state scene_finish(struct program *program);

/* What is in scene_out_path; the caller's to free. */
char *scene_output(void);
/* Waits until the file `name`, written by a script, holds a number. */
long scene_read_number(const char *name);
/* Dead, or a zombie. */
bool scene_is_gone(long pid);
void scene_assert_gone_soon(long pid);

#define SCENE_ROW(name) cmocka_unit_test_setup_teardown(name, scene_set_up, scene_tear_down)

#endif
