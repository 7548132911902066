/* The configuration: its defaults, every key, and what is said about mistakes. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "io/config.h"

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

static int load(const char *text, struct config *ret_config, struct diag *reterr_diag)
{
	char path[] = "/tmp/easelfs-config-XXXXXX";
	int fd = mkstemp(path), r;

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	close(fd);
	r = config_load(path, ret_config, reterr_diag);
	unlink(path);
	return r;
}

static int set_home(void **state)
{
	(void)state;
	return setenv("HOME", "/home/ann", 1) || unsetenv("XDG_DATA_HOME");
}

static void test_defaults(void **state)
{
	struct config config;
	struct diag diag = { 0 };

	(void)state;
	assert_int_equal(config_defaults(&config, &diag), 0);
	assert_string_equal(config.provider, "preview");
	assert_string_equal(config.store, "/home/ann/.local/share/easelfs");
	assert_int_equal(config.settle_ms, 200);
	assert_int_equal(config.metadata, METADATA_XATTR);
	assert_int_equal(config.in_flight, 8);
	assert_int_equal(config.image_bytes, 67108864);
	assert_int_equal(config.provider_count, 0);
	assert_null(config.defaults.value[PARAM_SEED]);
	config_done(&config);
	config_done(&config);
}

/* store NULL: -ENOENT */
static const struct {
	const char *home, *data, *store;
} homes[] = {
	{ "/h", NULL, "/h/.local/share/easelfs" },
	{ "/h", "/d", "/d/easelfs" },
	{ NULL, "/d", "/d/easelfs" },
	{ "/h", "relative", "/h/.local/share/easelfs" },
	{ "/h", "", "/h/.local/share/easelfs" },
	{ NULL, NULL, NULL },
	{ "", "", NULL },
};

static void test_homes(void **state)
{
	(void)state;
	for (size_t i = 0; i < LENGTH(homes); i++) {
		struct config config;
		struct diag diag = { 0 };
		int r;

		unsetenv("HOME");
		unsetenv("XDG_DATA_HOME");
		if (homes[i].home)
			setenv("HOME", homes[i].home, 1);
		if (homes[i].data)
			setenv("XDG_DATA_HOME", homes[i].data, 1);
		r = config_defaults(&config, &diag);
		assert_int_equal(r, homes[i].store ? 0 : -ENOENT);
		if (r < 0) {
			assert_non_null(strstr(diag.text, "HOME"));
			continue;
		}
		assert_string_equal(config.store, homes[i].store);
		config_done(&config);
	}
	/* nothing of it is needed where the file says it */
	struct config config;

	unsetenv("HOME");
	unsetenv("XDG_DATA_HOME");
	assert_int_equal(load("[easelfs]\nstore = /s\n", &config, NULL), 0);
	assert_string_equal(config.store, "/s");
	config_done(&config);
	assert_int_equal(load("[easelfs]\n", &config, NULL), -ENOENT);
}

static void test_everything(void **state)
{
	static const char text[] = "[easelfs]\n"
				   "provider  = fal ; who paints\n"
				   "store     = ~/pictures\n"
				   "settle_ms = 0\n"
				   "metadata  = embed\n"
				   "[limits]\n"
				   "in_flight   = 1000\n"
				   "image_bytes = 1000\n"
				   "[defaults]\n"
				   "aspect_ratio = 32:18\n"
				   "enhance = true\n"
				   "negative_prompt = hands\n"
				   "[provider fal]\n"
				   "in_flight = 2\n"
				   "[provider my-sd]\n"
				   "in_flight = 1\n";
	struct config config;
	struct diag diag = { 0 };

	(void)state;
	if (load(text, &config, &diag) < 0)
		fail_msg("line %u: %s", diag.line, diag.text);
	assert_string_equal(config.provider, "fal");
	assert_string_equal(config.store, "/home/ann/pictures");
	assert_int_equal(config.metadata, METADATA_EMBED);
	assert_int_equal(config.settle_ms, 0);
	assert_int_equal(config.in_flight, 1000);
	assert_int_equal(config.image_bytes, 1000);
	assert_string_equal(config.defaults.value[PARAM_ASPECT_RATIO], "16:9");
	assert_string_equal(config.defaults.value[PARAM_ENHANCE], "yes");
	assert_string_equal(config.defaults.value[PARAM_NEGATIVE_PROMPT], "hands");
	assert_int_equal(config.provider_count, 2);
	assert_int_equal(config_provider(&config, "fal")->in_flight, 2);
	assert_int_equal(config_provider(&config, "my-sd")->in_flight, 1);
	assert_null(config_provider(&config, "preview"));
	config_done(&config);
}

static void test_store_paths(void **state)
{
	char here[4096], want[4200];
	struct config config;

	(void)state;
	assert_int_equal(load("[easelfs]\nstore = ~\n", &config, NULL), 0);
	assert_string_equal(config.store, "/home/ann");
	config_done(&config);
	assert_int_equal(load("[easelfs]\nstore = ~/\n", &config, NULL), 0);
	assert_string_equal(config.store, "/home/ann");
	config_done(&config);
	assert_int_equal(load("[easelfs]\nstore = a/b\n", &config, NULL), 0);
	assert_non_null(getcwd(here, sizeof(here)));
	snprintf(want, sizeof(want), "%s/a/b", here);
	assert_string_equal(config.store, want);
	config_done(&config);
}

static const struct {
	const char *text;
	unsigned line;
	const char *says[3];
} mistakes[] = {
	{ "[easelfs]\nsettle_ms = 60001\n", 2, { "settle_ms", "60001", "0 to 60000" } },
	{ "[easelfs]\nsettle_ms = -1\n", 2, { "settle_ms", "-1", "0 to 60000" } },
	{ "[easelfs]\nprovider = ../x\n", 2, { "provider", "../x" } },
	{ "[easelfs]\nprovider =\n", 2, { "provider" } },
	{ "[easelfs]\nstore =\n", 2, { "store", "path" } },
	{ "[easelfs]\nstore = ~bob/x\n", 2, { "store", "~bob/x" } },
	{ "[easelfs]\nmetadata = exif\n", 2, { "metadata", "exif", "xattr, embed, none" } },
	{ "[easelfs]\n\ncolour = red\n", 3, { "colour", "settle_ms" } },
	{ "[limits]\nin_flight = 0\n", 2, { "in_flight", "1 to 1000" } },
	{ "[limits]\nin_flight = 1001\n", 2, { "in_flight", "1 to 1000" } },
	{ "[limits]\nimage_bytes = 0\n", 2, { "image_bytes", "\"0\"" } },
	{ "[limits]\nimage_bytes = 64M\n", 2, { "image_bytes", "64M" } },
	{ "[limits]\nspend = 1\n", 2, { "spend", "image_bytes" } },
	{ "[defaults]\nprompt = cat\n", 2, { "prompt", "aspect_ratio" } },
	{ "[defaults]\nsteps = 30\n", 2, { "steps", "aspect_ratio" } },
	{ "[defaults]\n\n\nwidth = 1e3\n", 4, { "width", "1e3", "1 to 32768" } },
	{ "[provider fal]\nkey = x\n", 2, { "key", "in_flight" } },
	{ "[provider fal]\nin_flight = 0\n", 2, { "in_flight", "1 to 1000" } },
	{ "[provider a/b]\nin_flight = 1\n", 2, { "a/b" } },
	{ "[provider ]\nin_flight = 1\n", 2, { "provider" } },
	{ "[provider]\nin_flight = 1\n", 2, { "[provider]", "[provider NAME]" } },
	{ "[painter]\nx = 1\n", 2, { "[painter]", "[limits]" } },
	{ "[easelfs]\nprovider = a\nprovider = b\n", 3, { "provider", "line 2" } },
	{ "provider = a\n", 1, { "provider", "section" } },
};

static void test_mistakes(void **state)
{
	(void)state;
	for (size_t i = 0; i < LENGTH(mistakes); i++) {
		struct config config;
		struct diag diag = { 0 };
		int r = load(mistakes[i].text, &config, &diag);

		if (r != -EINVAL || diag.line != mistakes[i].line)
			fail_msg("row %zu: %d line %u: %s", i, r, diag.line, diag.text);
		for (size_t k = 0; k < 3 && mistakes[i].says[k]; k++) {
			if (!strstr(diag.text, mistakes[i].says[k]))
				fail_msg("row %zu: %s", i, diag.text);
		}
		assert_int_equal(load(mistakes[i].text, &config, NULL), -EINVAL);
	}
}

static void test_no_file(void **state)
{
	struct config config;
	struct diag diag = { 0 };

	(void)state;
	assert_int_equal(config_load("/nonexistent/easelfs.ini", &config, &diag), -ENOENT);
	assert_non_null(strstr(diag.text, "cannot be read"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_defaults, set_home),
		cmocka_unit_test_setup(test_homes, set_home),
		cmocka_unit_test_setup(test_everything, set_home),
		cmocka_unit_test_setup(test_store_paths, set_home),
		cmocka_unit_test_setup(test_mistakes, set_home),
		cmocka_unit_test_setup(test_no_file, set_home),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
