/* Command lines, as people, mount(8) and fstab write them. */
#include "app/options.h"

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

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

enum { WORDS_MAX = 12 };

struct line {
	char *words[WORDS_MAX];
	char *text;
	int count;
};

/* "-f mnt" as main() gets it. */
static struct line split(const char *text)
{
	struct line line = { .text = strdup(text) };
	char *rest = line.text, *word;

	line.words[line.count++] = (char *)(uintptr_t) "easelfs";
	while ((word = strsep(&rest, " ")) && *text) {
		assert_true(line.count < WORDS_MAX - 1);
		line.words[line.count++] = word;
	}
	return line;
}

static int parse(const char *text, struct options *options, struct diag *diag)
{
	struct line line = split(text);
	int r = options_parse(line.count, line.words, options, diag);

	free(line.text);
	return r;
}

static void assert_text(const char *got, const char *want)
{
	if (want) {
		assert_non_null(got);
		assert_string_equal(got, want);
	} else {
		assert_null(got);
	}
}

static void test_words(void **state)
{
	static const struct {
		const char *line;
		enum action action;
		bool foreground, debug, read_only;
		const char *config, *mountpoint, *fuse_options;
	} rows[] = {
		{ "mnt", ACTION_MOUNT, false, false, false, NULL, "mnt", "" },
		{ "a.ini mnt", ACTION_MOUNT, false, false, false, "a.ini", "mnt", "" },
		{ "none mnt", ACTION_MOUNT, false, false, false, "none", "mnt", "" },
		{ "-f mnt", ACTION_MOUNT, true, false, false, NULL, "mnt", "" },
		{ "mnt -f", ACTION_MOUNT, true, false, false, NULL, "mnt", "" },
		{ "-d mnt", ACTION_MOUNT, true, true, false, NULL, "mnt", "" },
		{ "-fd mnt", ACTION_MOUNT, true, true, false, NULL, "mnt", "" },
		{ "-- -mnt", ACTION_MOUNT, false, false, false, NULL, "-mnt", "" },
		{ "-o ro mnt", ACTION_MOUNT, false, false, true, NULL, "mnt", ",ro" },
		{ "-oro,rw mnt", ACTION_MOUNT, false, false, false, NULL, "mnt", ",ro,rw" },
		{ "-o allow_other -o max_read=5 mnt", ACTION_MOUNT, false, false, false, NULL,
		  "mnt", ",allow_other,max_read=5" },
		{ "-o ,,x=,, mnt", ACTION_MOUNT, false, false, false, NULL, "mnt", ",x=" },
		{ "-o auto,noauto,user,users,nouser,owner,group,nofail,_netdev,x-systemd.automount,"
		  "comment=a mnt",
		  ACTION_MOUNT, false, false, false, NULL, "mnt", "" },
		{ "-o config=b.ini mnt", ACTION_MOUNT, false, false, false, "b.ini", "mnt", "" },
		{ "a.ini mnt -o rw,nosuid", ACTION_MOUNT, false, false, false, "a.ini", "mnt",
		  ",rw,nosuid" },
		{ "--check", ACTION_CHECK, false, false, false, NULL, NULL, "" },
		{ "--check a.ini", ACTION_CHECK, false, false, false, "a.ini", NULL, "" },
		{ "--recover dir", ACTION_RECOVER, false, false, false, NULL, NULL, "" },
		{ "--recover=dir", ACTION_RECOVER, false, false, false, NULL, NULL, "" },
		{ "--recover dir --help", ACTION_HELP, false, false, false, NULL, NULL, "" },
		{ "--help", ACTION_HELP, false, false, false, NULL, NULL, "" },
		{ "-h and more words than fit", ACTION_HELP, false, false, false, NULL, NULL, "" },
		{ "--version", ACTION_VERSION, false, false, false, NULL, NULL, "" },
		{ "-V", ACTION_VERSION, false, false, false, NULL, NULL, "" },
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(rows); i++) {
		struct options options;
		struct diag diag;

		if (parse(rows[i].line, &options, &diag) != 0)
			fail_msg("%s: %s", rows[i].line, diag.text);
		assert_int_equal(options.action, rows[i].action);
		assert_int_equal(options.foreground, rows[i].foreground);
		assert_int_equal(options.debug, rows[i].debug);
		assert_int_equal(options.read_only, rows[i].read_only);
		assert_text(options.config, rows[i].config);
		assert_text(options.mountpoint, rows[i].mountpoint);
		assert_text(options.recover, strstr(rows[i].line, "--recover") ? "dir" : NULL);
		assert_string_equal(strbuf_text(&options.fuse_options), rows[i].fuse_options);
		assert_null(options.provider);
		assert_null(options.store);
		assert_null(options.log);
		assert_int_equal(options.umask, 077);
		assert_int_equal(options.uid, getuid());
		assert_int_equal(options.gid, getgid());
		options_done(&options);
	}
}

static void test_json(void **state)
{
	static const struct {
		const char *line;
		bool json;
		const char *config;
	} rows[] = {
		{ "--check", false, NULL },
		{ "--check --json", true, NULL },
		{ "--json --check a.ini", true, "a.ini" },
		{ "--check a.ini --json", true, "a.ini" },
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(rows); i++) {
		struct options options;
		struct diag diag;

		assert_int_equal(parse(rows[i].line, &options, &diag), 0);
		assert_int_equal(options.action, ACTION_CHECK);
		assert_int_equal(options.json, rows[i].json);
		assert_text(options.config, rows[i].config);
		options_done(&options);
	}
}

static void test_values(void **state)
{
	struct options options;
	struct diag diag;

	(void)state;
	assert_int_equal(
		parse("-o provider=fal,store=/a=b,log=l -o provider=x mnt", &options, &diag), 0);
	assert_string_equal(options.provider, "x"); /* the last one counts */
	assert_string_equal(options.store, "/a=b");
	assert_string_equal(options.log, "l");
	assert_string_equal(strbuf_text(&options.fuse_options), "");
	options_done(&options);
}

static void test_numbers(void **state)
{
	static const struct {
		const char *line;
		int want;
		unsigned umask, uid, gid;
	} rows[] = {
		{ "-o umask=0,uid=0,gid=0 mnt", 0, 0, 0, 0 },
		{ "-o umask=0777,uid=1,gid=2 mnt", 0, 0777, 1, 2 },
		{ "-o umask=22,uid=4294967294,gid=08 mnt", 0, 022, 4294967294U, 8 },
		{ "-o umask=1000 mnt", -EINVAL, 0, 0, 0 },
		{ "-o umask=8 mnt", -EINVAL, 0, 0, 0 },
		{ "-o umask= mnt", -EINVAL, 0, 0, 0 },
		{ "-o uid=4294967295 mnt", -EINVAL, 0, 0, 0 },
		{ "-o uid=-1 mnt", -EINVAL, 0, 0, 0 },
		{ "-o gid=+1 mnt", -EINVAL, 0, 0, 0 },
		{ "-o gid=0x1 mnt", -EINVAL, 0, 0, 0 },
		{ "-o gid=1x mnt", -EINVAL, 0, 0, 0 },
		{ "-o gid=99999999999999999999999 mnt", -EINVAL, 0, 0, 0 },
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(rows); i++) {
		struct options options;
		struct diag diag;

		if (parse(rows[i].line, &options, &diag) != rows[i].want)
			fail_msg("%s", rows[i].line);
		if (rows[i].want < 0) {
			assert_non_null(strstr(diag.text, "it must be"));
			continue;
		}
		assert_int_equal(options.umask, rows[i].umask);
		assert_int_equal(options.uid, rows[i].uid);
		assert_int_equal(options.gid, rows[i].gid);
		options_done(&options);
	}
}

static void test_what_is_wrong_is_said(void **state)
{
	static const struct {
		const char *line, *says;
	} rows[] = {
		{ "", "no mountpoint" },
		{ "-f", "no mountpoint" },
		{ "a b c", "too many words" },
		{ "--check a b", "too many words" },
		{ "--json mnt", "--json is for --check" },
		{ "--recover", "--recover: unknown option, or one without its value" },
		{ "--recover=", "--recover takes one store" },
		{ "--recover a --recover b", "--recover takes one store" },
		{ "--recover a mnt", "--recover goes alone" },
		{ "--recover a --check", "--recover goes alone" },
		{ "--check --recover a", "--recover goes alone" },
		{ "--recover a --json", "--recover goes alone" },
		{ "-f --recover a", "--recover goes alone" },
		{ "-o store=b --recover a", "--recover goes alone" },
		{ "-o ro --recover a", "--recover goes alone" },
		{ "--check --json=x", "--json=x: unknown option" },
		{ "-x mnt", "-x: unknown option" },
		{ "-xf mnt", "-x: unknown option" },
		{ "-fx mnt", "-x: unknown option" },
		{ "--nonsense mnt", "--nonsense: unknown option" },
		{ "--check=5", "--check=5: unknown option" },
		{ "mnt -o", "-o: unknown option, or one without its value" },
		{ "-o provider mnt", "-o provider needs a value" },
		{ "-o store= mnt", "-o store= needs a value" },
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(rows); i++) {
		struct options options = { .umask = 012345 };
		struct diag diag;

		assert_int_equal(parse(rows[i].line, &options, &diag), -EINVAL);
		if (strncmp(diag.text, rows[i].says, strlen(rows[i].says)) != 0)
			fail_msg("\"%s\": %s", rows[i].line, diag.text);
		assert_int_equal(options.umask, 012345); /* ret_ is written on success only */
	}
}

/* ps shows the command line: it stays as it was. */
static void test_words_stay_as_they_were(void **state)
{
	struct line line = split("-o store=/x,ro mnt");
	struct options options;
	struct diag diag;

	(void)state;
	assert_int_equal(options_parse(line.count, line.words, &options, &diag), 0);
	assert_string_equal(line.words[2], "store=/x,ro");
	options_done(&options);
	free(line.text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_words),
		cmocka_unit_test(test_json),
		cmocka_unit_test(test_values),
		cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_what_is_wrong_is_said),
		cmocka_unit_test(test_words_stay_as_they_were),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
