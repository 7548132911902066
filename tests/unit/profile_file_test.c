/* Profiles from files: the one we ship, the language, and several folders. */
#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#include "base/file.h"
#include "base/strbuf.h"
#include "base/words.h"
#include "io/profile_file.h"
#include "scratch_dir.h"

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))
#define COMMAND       "[provider]\ncommand = sd {prompt}\n"

static char *folder;

static int make_folder(void **state)
{
	int r = scratch_dir_make(state);

	folder = *state;
	return r;
}

static void put(const char *name, const char *text)
{
	char *path = file_join(folder, name);
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	fputs(text, file);
	fclose(file);
	free(path);
}

static int load(const char *name, struct profile **ret_profile, struct diag *reterr_diag)
{
	char *path = file_join(folder, name);
	int r = profile_file_load(path, ret_profile, reterr_diag);

	free(path);
	return r;
}

/* Somebody saves the file over and over, each time another text in its place. */
static void *save_often(void *arg)
{
	char *path = file_join(folder, "saved.ini"), *other = file_join(folder, "saved.tmp");
	const _Atomic bool *stops = arg;

	for (int i = 0; !*stops; i++) {
		char text[100];

		snprintf(text, sizeof(text), COMMAND "title = save-%d.\n", i);
		put("saved.tmp", text);
		rename(other, path);
	}
	free(path);
	free(other);
	return NULL;
}

/* What is shown as a profile's source is what is in force. */
static void test_source(void **state)
{
	_Atomic bool stops = false;
	struct diag diag = { 0 };
	bool agree = true;
	pthread_t saver;
	int r = 0;

	(void)state;
	put("saved.ini", COMMAND "title = save-0.\n");
	assert_int_equal(pthread_create(&saver, NULL, save_often, (void *)&stops), 0);
	for (int i = 0; i < 2000 && r == 0 && agree; i++) {
		struct profile *profile = NULL;

		r = load("saved.ini", &profile, &diag);
		agree = r < 0 || strstr(profile->source, profile->title);
		profile_free(profile);
	}
	stops = true;
	pthread_join(saver, NULL);
	assert_string_equal(diag.text, "");
	assert_int_equal(r, 0);
	assert_true(agree);
}

/* Run from the project's root, as the test runner does; else there is none. */
static void test_preview(void **state)
{
	static const char path[] = "conf/providers/preview.ini";
	struct params params = { 0 };
	struct diag diag = { 0 };
	struct profile *profile;
	char **argv;

	(void)state;
	if (access(path, R_OK) < 0)
		skip();
	if (profile_file_load(path, &profile, &diag) < 0)
		fail_msg("line %u: %s", diag.line, diag.text);
	assert_string_equal(profile->name, "preview");
	assert_string_equal(profile->title, "Preview painter (built in)");
	assert_string_equal(profile->origin, path);
	assert_int_equal(profile->transport, TRANSPORT_PROGRAM);
	assert_int_equal(profile->deadline_s, 120);
	assert_int_equal(profile->in_flight, 2);
	assert_string_equal(profile_model(profile, NULL)->id, "preview");
	assert_int_equal(profile->offer.accepts[PARAM_WIDTH].from, 256);
	assert_int_equal(profile->offer.accepts[PARAM_HEIGHT].to, 4096);
	assert_int_equal(profile->offer.accepts[PARAM_PROMPT].kind, ACCEPT_ANY);
	assert_int_equal(profile->offer.accepts[PARAM_FORMAT].kind, ACCEPT_NOTHING);
	params_set(&params, PARAM_PROMPT, "-a b", 4, NULL);
	params_set(&params, PARAM_SEED, "7", 1, NULL);
	params_set(&params, PARAM_COUNT, "1", 1, NULL);
	assert_int_equal(profile_accepts(profile, &params, &diag), 0);
	assert_int_equal(profile_fill_command(profile, &params, "/o", &argv, &diag), 0);
	assert_string_equal(argv[0], "easelfs-preview");
	assert_string_equal(argv[1], "--progress");
	assert_string_equal(argv[2], "--output=/o");
	assert_string_equal(argv[3], "--seed=7");
	assert_string_equal(argv[4], "--prompt=-a b");
	assert_null(argv[5]);
	params_done(&params);
	words_free(argv);
	profile_free(profile);
}

static void test_language(void **state)
{
	struct profile *profile;
	struct diag diag = { 0 };

	(void)state;
	put("sd-1.ini", "[provider]\n"
			"command = \"my sd\" -m \"a b\"c\"\" \"\" --p={prompt}\t{width}\n"
			"[accepts]\n"
			"aspect_ratio = 21:9 1:1\n"
			"custom_ratio = custom\n"
			"resolution = HD\n"
			"height = 64..128 step 64\n"
			"seed = 0..9\n"
			"enhance = true no\n"
			"[model one]\nid = 1\n"
			"[model two/x]\nid = 2\n");
	if (load("sd-1.ini", &profile, &diag) < 0)
		fail_msg("line %u: %s", diag.line, diag.text);
	assert_string_equal(profile->name, "sd-1");
	assert_string_equal(profile->title, "sd-1");
	assert_int_equal(profile->in_flight, 0);
	assert_string_equal(profile->command[0], "my sd");
	assert_string_equal(profile->command[1], "-m");
	assert_string_equal(profile->command[2], "a bc");
	assert_string_equal(profile->command[3], "");
	assert_string_equal(profile->command[4], "--p={prompt}");
	assert_string_equal(profile->command[5], "{width}");
	assert_null(profile->command[6]);
	assert_string_equal(profile->offer.accepts[PARAM_ASPECT_RATIO].words[0], "21:9");
	assert_string_equal(profile->offer.accepts[PARAM_ASPECT_RATIO].words[1], "1:1");
	assert_null(profile->offer.accepts[PARAM_ASPECT_RATIO].words[2]);
	assert_string_equal(profile->offer.custom_ratio, "custom");
	assert_string_equal(profile->offer.accepts[PARAM_ENHANCE].words[0], "yes");
	assert_int_equal(profile->offer.accepts[PARAM_HEIGHT].kind, ACCEPT_RANGE);
	assert_int_equal(profile->offer.accepts[PARAM_HEIGHT].step, 64);
	assert_int_equal(profile->offer.accepts[PARAM_SEED].step, 1);
	assert_int_equal(profile->offer.accepts[PARAM_WIDTH].kind, ACCEPT_ANY);
	assert_int_equal(profile->offer.accepts[PARAM_COUNT].kind, ACCEPT_NOTHING);
	assert_int_equal(profile->model_count, 2);
	assert_string_equal(profile_model(profile, NULL)->name, "one");
	assert_string_equal(profile_model(profile, "two/x")->id, "2");
	profile_free(profile);
}

static const struct {
	const char *text;
	unsigned line;
	const char *says;
} mistakes[] = {
	{ "", 0, "\"command = PROGRAM" },
	{ "[provider]\ntitle = x\n", 2, "\"command = PROGRAM" },
	{ "[provider]\ncommand =\n", 2, "begins with the program" },
	{ "[provider]\ncommand = \"\" x\n", 2, "begins with the program" },
	{ "[provider]\ncommand = {model} x\n", 2, "begins with the program" },
	{ "[provider]\ncommand = sd \"x\n", 2, "not closed" },
	{ "[provider]\ntitle = x\ncommand = sd {prompt\n", 3, "'{' without '}'" },
	{ "[provider]\ncommand = sd {steps}\n", 2, "{steps}" },
	{ COMMAND "deadline_s = 0\n", 3, "deadline_s" },
	{ COMMAND "in_flight = 1001\n", 3, "1 to 1000" },
	{ COMMAND "steps = 1\n", 3, "\"steps\" is not known" },
	{ COMMAND "poll_ms = 10\n", 3, "line 2 has a command" },
	{ COMMAND "[submit]\nid = /id\n", 4, "line 2 has a command" },
	{ COMMAND "[body]\n/a = 1\n", 4, "line 2 has a command" },
	{ COMMAND "[model x]\nid = x\n[model x body]\n/a = 1\n", 6, "line 2 has a command" },
	{ COMMAND "[steps]\nid = /id\n", 4, "[steps] is not known" },
	{ COMMAND "[accepts]\nsteps = 1\n", 4, "\"steps\"" },
	{ COMMAND "[accepts]\nprompt = a b\n", 4, "\"prompt\"" },
	{ COMMAND "[accepts]\nmodel = a\n", 4, "\"model\"" },
	{ COMMAND "[accepts]\nwidth =\n", 4, "A..B" },
	{ COMMAND "[accepts]\nwidth = a..b\n", 4, "\"a\"" },
	{ COMMAND "[accepts]\nwidth = 1..\n", 4, "\"\"" },
	{ COMMAND "[accepts]\nwidth = 9..1\n", 4, "rises" },
	{ COMMAND "[accepts]\nwidth = 100..200 step 8\n", 4, "multiple" },
	{ COMMAND "[accepts]\nwidth = 64..128 step\n", 4, "A..B step N" },
	{ COMMAND "[accepts]\nwidth = 64..128 step 8 8\n", 4, "A..B step N" },
	{ COMMAND "[accepts]\nwidth = 64..128 by 8\n", 4, "A..B step N" },
	{ COMMAND "[accepts]\nwidth = 64..128 step 0\n", 4, "\"0\"" },
	{ COMMAND "[accepts]\nformat = png..webp\n", 4, "numbers only" },
	{ COMMAND "[accepts]\naspect_ratio = 1:1 wide\n", 4, "\"wide\"" },
	{ COMMAND "[accepts]\ncount = \"1\n", 4, "not closed" },
	{ COMMAND "[accepts]\ncustom_ratio =\n", 4, "one word" },
	{ COMMAND "[accepts]\ncustom_ratio = a b\n", 4, "one word" },
	{ COMMAND "[accepts]\ncustom_ratio = abcdefghijklmnopqrstu\n", 4, "one word" },
	{ COMMAND "[model x]\nid =\n", 4, "calls this model" },
	{ COMMAND "[model x]\nname = y\n", 4, "\"name\"" },
	{ COMMAND "[model -x]\nid = y\n", 4, "\"-x\"" },
	{ COMMAND "[model ]\nid = y\n", 4, "model" },
	{ COMMAND "[model x bodies]\n/a = y\n", 4, "[model x bodies]" },
	{ COMMAND "[model x accepts]\nseed = 1\n", 4, "there is no [model x]" },
	{ COMMAND "[model  accepts]\nseed = 1\n", 4, "there is no [model ]" },
	{ COMMAND "[model x]\nid = y\n[model x accepts]\nseed = a\n", 6, "\"a\"" },
	{ COMMAND " x = y\n", 3, "indented" },
};

static void test_mistakes(void **state)
{
	(void)state;
	for (size_t i = 0; i < LENGTH(mistakes); i++) {
		struct profile *profile = NULL;
		struct diag diag = { 0 };
		int r;

		put("x.ini", mistakes[i].text);
		r = load("x.ini", &profile, &diag);
		if (r != -EINVAL || diag.line != mistakes[i].line ||
		    !strstr(diag.text, mistakes[i].says))
			fail_msg("row %zu: %d line %u: %s", i, r, diag.line, diag.text);
		assert_null(profile);
		assert_int_equal(load("x.ini", &profile, NULL), -EINVAL);
	}
}

static void test_names(void **state)
{
	struct profile *profile;
	struct diag diag = { 0 };

	(void)state;
	put("a b.ini", COMMAND);
	assert_int_equal(load("a b.ini", &profile, &diag), -EINVAL);
	assert_non_null(strstr(diag.text, "a b"));
	assert_int_equal(load("absent.ini", &profile, &diag), -ENOENT);
}

static void mkdir_in(const char *name)
{
	char *path = file_join(folder, name);

	assert_int_equal(mkdir(path, 0700), 0);
	free(path);
}

static void test_set(void **state)
{
	const char *folders[3];
	struct profile_set set;
	char *paths[3] = { file_join(folder, "absent"), file_join(folder, "mine"),
			   file_join(folder, "theirs") };

	(void)state;
	for (size_t i = 0; i < LENGTH(paths); i++)
		folders[i] = paths[i];
	mkdir_in("mine");
	mkdir_in("theirs");
	mkdir_in("theirs/folder.ini");
	put("mine/zebra.ini", "[provider]\ntitle = mine\ncommand = x\n");
	put("mine/broken.ini", "[provider]\ntitle = mine\n");
	put("mine/.hidden.ini", "nonsense");
	put("mine/notes.txt", "nonsense");
	put("mine/zebra.ini~", "nonsense");
	put("theirs/zebra.ini", "[provider]\ntitle = theirs\ncommand = x\n");
	put("theirs/broken.ini", COMMAND);
	put("theirs/apple.ini", COMMAND);
	put("theirs/zeb.ini", COMMAND);

	assert_int_equal(profile_set_load(folders, LENGTH(folders), &set), 0);
	assert_int_equal(set.count, 3);
	assert_string_equal(set.profiles[0]->name, "apple");
	assert_string_equal(set.profiles[1]->name, "zeb");
	assert_string_equal(set.profiles[2]->title, "mine");
	assert_ptr_equal(profile_set_find(&set, "zebra"), set.profiles[2]);
	assert_null(profile_set_find(&set, "broken")); /* theirs does not stand in for it */
	assert_int_equal(set.fault_count, 2);
	assert_non_null(strstr(set.faults[0].path, "mine/broken.ini"));
	assert_non_null(strstr(set.faults[0].diag.text, "command = PROGRAM"));
	assert_non_null(strstr(set.faults[1].path, "theirs/folder.ini"));
	profile_set_done(&set);

	assert_int_equal(profile_set_load(folders, 0, &set), 0);
	assert_int_equal(set.count, 0);
	profile_set_done(&set);
	for (size_t i = 0; i < LENGTH(paths); i++)
		free(paths[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_preview),
		cmocka_unit_test_setup_teardown(test_source, make_folder, scratch_dir_remove),
		cmocka_unit_test_setup_teardown(test_language, make_folder, scratch_dir_remove),
		cmocka_unit_test_setup_teardown(test_mistakes, make_folder, scratch_dir_remove),
		cmocka_unit_test_setup_teardown(test_names, make_folder, scratch_dir_remove),
		cmocka_unit_test_setup_teardown(test_set, make_folder, scratch_dir_remove),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
