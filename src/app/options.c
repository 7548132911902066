/* Words before MOUNTPOINT and after -o. Our own options are a table; what is not
 * in it is handed to libfuse, which knows what the kernel and fusermount3 take. */
#include "app/options.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"

const char options_help[] =
	"usage: easelfs [-f] [-d] [-o OPTION[,OPTION...]] [CONFIG] MOUNTPOINT\n"
	"       easelfs --check [--json] [CONFIG]\n"
	"       easelfs --recover STORE\n"
	"       easelfs --help | --version\n"
	"\n"
	"Mounts picture-making services as a filesystem. CONFIG is an INI file, or none;\n"
	"without one $XDG_CONFIG_HOME/easelfs/easelfs.ini is read if it exists.\n"
	"\n"
	"  -f                 stay in the foreground, messages to standard error\n"
	"  -d                 the same, and tell every request (libfuse's debug output)\n"
	"  -o provider=NAME   who paints when a request does not say\n"
	"  -o store=DIR       where requests, jobs and pictures are kept\n"
	"  -o config=FILE     the same as CONFIG\n"
	"  -o log=FILE        messages go there (else syslog, or standard error with -f)\n"
	"  -o ro              browse only: nothing is sent\n"
	"  -o umask=OCTAL     taken from the modes of all files (default 077)\n"
	"  -o uid=N, gid=N    whom the files belong to (default: the mounting user)\n"
	"  -o allow_other, allow_root, ...   as for other FUSE filesystems\n"
	"  --check            say which providers are ready, and why not (those that have a\n"
	"                     key are asked, where that is free); with --json as JSON\n"
	"  --recover STORE    rebuild a damaged store from what can still be read; what was\n"
	"                     unfinished is held, and the damaged database is kept\n"
	"\n"
	"To unmount: fusermount3 -u MOUNTPOINT\n";

/* ---- values ---- */

static int set_text(char **text, const char *value, size_t size)
{
	char *copy = strndup(value, size);

	if (!copy)
		return -ENOMEM;
	free(*text);
	*text = copy;
	return 0;
}

static int read_number(const char *name, const char *value, int base, unsigned long max,
		       unsigned long *ret_number, struct diag *diag)
{
	char *end;
	unsigned long number;

	errno = 0;
	number = strtoul(value, &end, base);
	if (*value < '0' || *value > '9' || *end || errno || number > max) {
		diag_set(diag, 0, "-o %s=%s: it must be %s number from 0 to %s", name, value,
			 base == 8 ? "an octal" : "a", base == 8 ? "0777" : "4294967294");
		return -EINVAL;
	}
	*ret_number = number;
	return 0;
}

static int set_number(struct options *options, const char *name, const char *value,
		      struct diag *diag)
{
	bool octal = !strcmp(name, "umask");
	unsigned long number;
	int r = read_number(name, value, octal ? 8 : 10, octal ? 0777 : 4294967294UL, &number,
			    diag);

	if (r < 0)
		return r;
	if (octal)
		options->umask = (mode_t)number;
	else if (!strcmp(name, "uid"))
		options->uid = (uid_t)number;
	else
		options->gid = (gid_t)number;
	return 0;
}

static char **text_option(struct options *options, const char *name)
{
	const struct {
		const char *name;
		char **text;
	} texts[] = {
		{ "provider", &options->provider },
		{ "store", &options->store },
		{ "config", &options->config },
		{ "log", &options->log },
	};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		if (!strcmp(texts[i].name, name))
			return texts[i].text;
	return NULL;
}

/* What mount(8) and fstab add for themselves and libfuse refuses. */
static bool is_mount_helpers(const char *word)
{
	static const char *const words[] = {
		"defaults", "auto",       "noauto",   "user",        "nouser",   "users",
		"owner",    "group",      "nofail",   "_netdev",     "relatime", "norelatime",
		"diratime", "nodiratime", "lazytime", "strictatime",
	};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (!strcmp(words[i], word))
			return true;
	return !strncmp(word, "x-", 2) || !strncmp(word, "comment=", 8);
}

static int read_option(struct options *options, char *word, struct diag *diag)
{
	char *value = strchr(word, '=');
	char **text;

	if (!*word || is_mount_helpers(word))
		return 0;
	if (value) {
		*value = '\0';
		text = text_option(options, word);
		if (text)
			return value[1]
				       ? set_text(text, value + 1, strlen(value + 1))
				       : (diag_set(diag, 0, "-o %s= needs a value", word), -EINVAL);
		if (!strcmp(word, "umask") || !strcmp(word, "uid") || !strcmp(word, "gid"))
			return set_number(options, word, value + 1, diag);
		*value = '=';
	} else if (text_option(options, word)) {
		diag_set(diag, 0, "-o %s needs a value: -o %s=...", word, word);
		return -EINVAL;
	}
	if (!strcmp(word, "ro"))
		options->read_only = true;
	if (!strcmp(word, "rw"))
		options->read_only = false;
	strbuf_addf(&options->fuse_options, ",%s", word);
	return strbuf_failed(&options->fuse_options) ? -ENOMEM : 0;
}

/* In a copy: the command line is what ps shows. */
static int read_options(struct options *options, const char *words, struct diag *diag)
{
	CLEANUP(free_ptr) char *copy = strdup(words);
	char *rest = copy, *word;
	int r = copy ? 0 : -ENOMEM;

	while (r == 0 && (word = strsep(&rest, ",")))
		r = read_option(options, word, diag);
	return r;
}

/* ---- words ---- */

/* Nothing else has a meaning beside it, and a word that is passed over may have been meant
 * for another store. */
static bool is_alone(const struct options *options, int count)
{
	return options->action == ACTION_RECOVER && count == 0 && !options->json &&
	       !options->foreground && !options->store && !options->provider && !options->config &&
	       !options->log && !options->fuse_options.size;
}

static int read_places(struct options *options, int count, char **places, struct diag *diag)
{
	int needed = options->action == ACTION_MOUNT ? 1 : 0;
	int r = 0;

	if (options->action == ACTION_HELP || options->action == ACTION_VERSION)
		return 0;
	if (options->recover) {
		if (is_alone(options, count))
			return 0;
		diag_set(diag, 0, "--recover goes alone: easelfs --recover STORE");
		return -EINVAL;
	}
	if (options->json && options->action != ACTION_CHECK) {
		diag_set(diag, 0, "--json is for --check only");
		return -EINVAL;
	}
	if (count < needed || count > needed + 1) {
		diag_set(diag, 0,
			 count < needed ? "no mountpoint given; easelfs --help says how"
					: "too many words: only CONFIG and MOUNTPOINT");
		return -EINVAL;
	}
	if (count > needed)
		r = set_text(&options->config, places[0], strlen(places[0]));
	if (r == 0 && needed)
		r = set_text(&options->mountpoint, places[count - 1], strlen(places[count - 1]));
	return r;
}

enum { LONG_CHECK = 256, LONG_HELP, LONG_JSON, LONG_RECOVER, LONG_VERSION };

static int read_recover(struct options *options, struct diag *diag)
{
	if (options->recover || !*optarg) {
		diag_set(diag, 0, "--recover takes one store: easelfs --recover STORE");
		return -EINVAL;
	}
	if (options->action == ACTION_MOUNT)
		options->action = ACTION_RECOVER;
	return set_text(&options->recover, optarg, strlen(optarg));
}

static int read_words(struct options *options, int argc, char **argv, struct diag *diag)
{
	static const struct option longs[] = {
		{ "check", no_argument, NULL, LONG_CHECK },
		{ "help", no_argument, NULL, LONG_HELP },
		{ "json", no_argument, NULL, LONG_JSON },
		{ "recover", required_argument, NULL, LONG_RECOVER },
		{ "version", no_argument, NULL, LONG_VERSION },
		{ NULL, 0, NULL, 0 },
	};
	char letter[3] = "";
	int r = 0, word;

	opterr = 0;
	optind = 0; /* from the beginning, in the middle of a word or not */
	while (r == 0 && (word = getopt_long(argc, argv, ":fdho:V", longs, NULL)) >= 0) {
		switch (word) {
		case 'f':
			options->foreground = true;
			break;
		case 'd':
			options->foreground = options->debug = true;
			break;
		case 'o':
			r = read_options(options, optarg, diag);
			break;
		case LONG_CHECK:
			options->action = ACTION_CHECK;
			break;
		case LONG_JSON:
			options->json = true;
			break;
		case LONG_RECOVER:
			r = read_recover(options, diag);
			break;
		case 'h':
		case LONG_HELP:
			options->action = ACTION_HELP;
			break;
		case 'V':
		case LONG_VERSION:
			options->action = ACTION_VERSION;
			break;
		default:
			if (optopt > 0 && optopt < LONG_CHECK)
				snprintf(letter, sizeof(letter), "-%c", optopt);
			diag_set(diag, 0,
				 "%s: unknown option, or one without its value; "
				 "easelfs --help lists them",
				 *letter ? letter : argv[optind - 1]);
			r = -EINVAL;
		}
	}
	return r < 0 ? r : read_places(options, argc - optind, argv + optind, diag);
}

int options_parse(int argc, char **argv, struct options *ret_options, struct diag *reterr_diag)
{
	struct options options = {
		.uid = getuid(),
		.gid = getgid(),
		.umask = 077,
	};
	int r;

	diag_set(reterr_diag, 0, "out of memory");
	r = read_words(&options, argc, argv, reterr_diag);
	if (r < 0) {
		options_done(&options);
		return r;
	}
	*ret_options = options;
	return 0;
}

void options_done(struct options *options)
{
	free(options->mountpoint);
	free(options->config);
	free(options->provider);
	free(options->store);
	free(options->recover);
	free(options->log);
	strbuf_done(&options->fuse_options);
}
