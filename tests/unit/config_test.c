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
	assert_null(config.defaults_extra);
	assert_string_equal(config.proxy, "");
	assert_string_equal(config.ca_file, "");
	assert_int_equal(config.day_micro, 0);
	assert_int_equal(config.job_micro, 0);
	assert_int_equal(config.over, OVER_HOLD);
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
				   "proxy     = socks5h://me:secret@localhost:1080\n"
				   "ca_file   = /dev/null\n"
				   "[limits]\n"
				   "in_flight   = 1000\n"
				   "image_bytes = 1000\n"
				   "[defaults]\n"
				   "aspect_ratio = 32:18\n"
				   "enhance = true\n"
				   "negative_prompt = \"hands, feet\"\n"
				   "extra.steps = 30\n"
				   "extra.style.name = ink : and : water\n"
				   "[provider fal]\n"
				   "in_flight = 2\n"
				   "key = command:pass show fal\n"
				   "base_url = http://127.0.0.1:8080/v1//\n"
				   "price = 0.03\n"
				   "usd = 0.005\n"
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
	assert_string_equal(config.defaults.value[PARAM_NEGATIVE_PROMPT], "hands, feet");
	assert_string_equal(config.defaults_extra,
			    "{\"steps\":30,\"style\":{\"name\":\"ink : and : water\"}}");
	assert_string_equal(config.proxy, "socks5h://me:secret@localhost:1080");
	assert_string_equal(config.ca_file, "/dev/null");
	assert_int_equal(config.provider_count, 2);
	assert_int_equal(config_provider(&config, "fal")->in_flight, 2);
	assert_string_equal(config_provider(&config, "fal")->key, "command:pass show fal");
	assert_string_equal(config_provider(&config, "fal")->base_url, "http://127.0.0.1:8080/v1");
	assert_int_equal(config_provider(&config, "fal")->price_micro, 30000);
	assert_int_equal(config_provider(&config, "fal")->usd_micro, 5000);
	assert_int_equal(config_provider(&config, "my-sd")->in_flight, 1);
	assert_null(config_provider(&config, "my-sd")->key);
	assert_null(config_provider(&config, "my-sd")->base_url);
	assert_int_equal(config_provider(&config, "my-sd")->price_micro, -1);
	assert_int_equal(config_provider(&config, "my-sd")->usd_micro, -1);
	assert_null(config_provider(&config, "preview"));
	config_done(&config);
}

static void test_limits(void **state)
{
	struct config config;

	(void)state;
	assert_int_equal(load("[limits]\nspend_per_day = 5.00\nover = refuse\n", &config, NULL), 0);
	assert_int_equal(config.day_micro, 5000000);
	assert_int_equal(config.job_micro, 0);
	assert_int_equal(config.over, OVER_REFUSE);
	config_done(&config);
	assert_int_equal(load("[limits]\nspend_per_job = 0.000001\nover = hold\n", &config, NULL),
			 0);
	assert_int_equal(config.day_micro, 0);
	assert_int_equal(config.job_micro, 1);
	assert_int_equal(config.over, OVER_HOLD);
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
	{ "[limits]\nspend = 1\n", 2, { "spend", "spend_per_day", "image_bytes" } },
	{ "[limits]\nspend_per_day =\n", 2, { "spend_per_day", "0.03" } },
	{ "[limits]\nspend_per_day = 5 USD\n", 2, { "spend_per_day", "0.03" } },
	{ "[limits]\nspend_per_day = $5\n", 2, { "spend_per_day", "0.03" } },
	{ "[limits]\nspend_per_job = -1\n", 2, { "spend_per_job", "0.03" } },
	{ "[limits]\nspend_per_job = none\n", 2, { "spend_per_job", "0.03" } },
	{ "[limits]\nover = warn\n", 2, { "over", "hold or refuse" } },
	{ "[limits]\nover = Refuse\n", 2, { "over", "hold or refuse" } },
	{ "[limits]\nover =\n", 2, { "over", "hold or refuse" } },
	{ "[defaults]\nprompt = cat\n", 2, { "prompt", "default" } },
	{ "[defaults]\nsteps = 30\n", 2, { "steps", "aspect_ratio", "extra.NAME" } },
	{ "[defaults]\n; a\n\nseed = 7\nextra. = 30\n", 5, { "extra." } },
	{ "[easelfs]\n[defaults]\nextra.a = 1\n[limits]\n\n[defaults]\nextra.a.b = 2\n",
	  7,
	  { "extra.a.b", "already" } },
	{ "[defaults]\n\n\nwidth = 1e3\n", 4, { "width", "1e3", "1 to 32768" } },
	{ "[easelfs]\nproxy = localhost:3128\n", 2, { "proxy", "http://" } },
	{ "[easelfs]\nproxy = ftp://localhost\n", 2, { "proxy", "http://" } },
	{ "[easelfs]\nproxy = http://\n", 2, { "proxy", "http://" } },
	{ "[easelfs]\nproxy = http://a b\n", 2, { "proxy", "http://" } },
	{ "[easelfs]\nca_file = /nonexistent/ca.pem\n",
	  2,
	  { "ca_file", "/nonexistent/ca.pem", "No such file" } },
	{ "[easelfs]\nca_file = ~bob/ca.pem\n", 2, { "ca_file", "~bob/ca.pem" } },
	{ "[provider fal]\nkeys = x\n", 2, { "keys", "key, base_url, price, usd, in_flight" } },
	{ "[provider fal]\nkey = hunter2\n", 2, { "key", "env:NAME" } },
	{ "[provider fal]\nkey =\n", 2, { "key", "env:NAME" } },
	{ "[provider fal]\nkey = env:\n", 2, { "key", "env:NAME" } },
	{ "[provider fal]\nbase_url =\n", 2, { "base_url", "https://" } },
	{ "[provider fal]\nbase_url = api.example.com\n", 2, { "base_url", "https://" } },
	{ "[provider fal]\nbase_url = ftp://a.example.com\n", 2, { "base_url", "https://" } },
	{ "[provider fal]\nbase_url = https://me:hunter2@a.example.com\n",
	  2,
	  { "base_url", "user" } },
	{ "[provider fal]\nbase_url = https://a.example.com/?a=b\n", 2, { "base_url", "query" } },
	{ "[provider fal]\nbase_url = https://a.example.com/#b\n", 2, { "base_url", "fragment" } },
	{ "[provider fal]\nprice =\n", 2, { "price", "0.03" } },
	{ "[provider fal]\nprice = -1\n", 2, { "price", "0.03" } },
	{ "[provider fal]\nprice = .5\n", 2, { "price", "0.03" } },
	{ "[provider fal]\nprice = 5.\n", 2, { "price", "0.03" } },
	{ "[provider fal]\nprice = 0,03\n", 2, { "price", "0.03" } },
	{ "[provider fal]\nprice = 0.0000001\n", 2, { "price", "six" } },
	{ "[provider fal]\nprice = 1234567890\n", 2, { "price", "0.03" } },
	{ "[provider fal]\nprice = 1e3\n", 2, { "price", "0.03" } },
	{ "[provider fal]\nusd =\n", 2, { "usd", "0.03" } },
	{ "[provider fal]\nusd = -0.5\n", 2, { "usd", "0.03" } },
	{ "[provider fal]\nusd = 0.0000001\n", 2, { "usd", "six" } },
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
			if (!strstr(diag.text, mistakes[i].says[k]) || strstr(diag.text, "hunter2"))
				fail_msg("row %zu: %s", i, diag.text);
		}
		assert_int_equal(load(mistakes[i].text, &config, NULL), -EINVAL);
	}
}

/* An amount is read exactly wherever there is one. */
static void test_amounts(void **state)
{
	static const char all[] = "[limits]\nspend_per_day = %s\nspend_per_job = %s\n"
				  "[provider a]\nprice = %s\nusd = %s\n";
	static const struct {
		const char *text;
		int64_t micro;
	} rows[] = {
		{ "0", 0 },
		{ "0.000001", 1 },
		{ "007.10", 7100000 },
		{ "999999999.999999", 999999999999999 },
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(rows); i++) {
		struct config config;
		char text[300];

		snprintf(text, sizeof(text), all, rows[i].text, rows[i].text, rows[i].text,
			 rows[i].text);
		assert_int_equal(load(text, &config, NULL), 0);
		assert_int_equal(config.day_micro, rows[i].micro);
		assert_int_equal(config.job_micro, rows[i].micro);
		assert_int_equal(config.providers[0].price_micro, rows[i].micro);
		assert_int_equal(config.providers[0].usd_micro, rows[i].micro);
		config_done(&config);
	}
}

/* As the sample in the documentation has it: named, and nothing said. */
static void test_empty_values(void **state)
{
	struct config config;

	(void)state;
	assert_int_equal(load("[easelfs]\nproxy =\nca_file =\n", &config, NULL), 0);
	assert_string_equal(config.proxy, "");
	assert_string_equal(config.ca_file, "");
	config_done(&config);
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
		cmocka_unit_test_setup(test_limits, set_home),
		cmocka_unit_test_setup(test_store_paths, set_home),
		cmocka_unit_test_setup(test_mistakes, set_home),
		cmocka_unit_test_setup(test_amounts, set_home),
		cmocka_unit_test_setup(test_empty_values, set_home),
		cmocka_unit_test_setup(test_no_file, set_home),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
