/* Hides getopt and the limits of what may be asked. Our own messages instead of
 * getopt's: the daemon shows them to the person who wrote the request, so each
 * says what was wrong, its value and what is allowed. */
#include "preview/options.h"

#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "base/strbuf.h"
#include "base/utf8.h"
#include "preview/canvas.h"

enum { SIDE_DEFAULT = 1024, SEED_MAX = 2147483647, VALUE_SHOWN_MAX = 80 };

const char options_usage[] =
	"usage: easelfs-preview --output=FILE [OPTION]... [--] PROMPT\n"
	"       easelfs-preview --output=FILE [OPTION]... --prompt=TEXT\n"
	"Paints a PNG from a prompt, by procedure: the same prompt, size and seed give\n"
	"the same bytes. It is marked PREVIEW.\n"
	"\n"
	"  --output=FILE   where to write; - is standard output\n"
	"  --prompt=TEXT   the prompt, where it may begin with a dash\n"
	"  --width=N       256 to 4096 pixels (1024)\n"
	"  --height=N      256 to 4096 pixels (1024)\n"
	"  --seed=N        0 to 2147483647 (0)\n"
	"  --progress      print how far it is on standard error\n"
	"  --help          print this\n"
	"  --version       print the version\n"
	"\n"
	"Status: 0 painted, 1 not written, 2 asked wrongly.\n";

enum option_id {
	ID_OUTPUT = 256,
	ID_PROMPT,
	ID_WIDTH,
	ID_HEIGHT,
	ID_SEED,
	ID_PROGRESS,
	ID_HELP,
	ID_VERSION
};

static const struct option long_options[] = { { "output", required_argument, NULL, ID_OUTPUT },
					      { "prompt", required_argument, NULL, ID_PROMPT },
					      { "width", required_argument, NULL, ID_WIDTH },
					      { "height", required_argument, NULL, ID_HEIGHT },
					      { "seed", required_argument, NULL, ID_SEED },
					      { "progress", no_argument, NULL, ID_PROGRESS },
					      { "help", no_argument, NULL, ID_HELP },
					      { "version", no_argument, NULL, ID_VERSION },
					      { 0 } };

/* `format` holds one %s, for the value made printable. */
static int refuse(struct diag *diag, const char *format, const char *value)
{
	struct strbuf shown = STRBUF_EMPTY;
	size_t size = strlen(value), cut = utf8_cut(value, size, VALUE_SHOWN_MAX);

	utf8_add_printable(&shown, value, cut, PRINTABLE_LINE);
	if (cut < size)
		strbuf_add_text(&shown, "...");
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
	diag_set(diag, 0, format, strbuf_text(&shown));
#pragma GCC diagnostic pop
	strbuf_done(&shown);
	return -EINVAL;
}

static int parse_number(const char *text, long low, long high, long *ret_number)
{
	char *end;
	long number;

	if (*text < '0' || *text > '9') /* no sign, no space */
		return -EINVAL;
	errno = 0;
	number = strtol(text, &end, 10);
	if (errno || *end || number < low || number > high)
		return -ERANGE;
	*ret_number = number;
	return 0;
}

static int set_value(struct options *options, int id, const char *text, struct diag *diag)
{
	long number = 0;

	switch (id) {
	case ID_OUTPUT:
		options->output = text;
		return 0;
	case ID_PROMPT:
		options->prompt = text;
		return 0;
	case ID_WIDTH:
		if (parse_number(text, CANVAS_SIDE_MIN, CANVAS_SIDE_MAX, &number))
			return refuse(diag, "width \"%s\" is not a number from 256 to 4096", text);
		options->w = (int)number;
		return 0;
	case ID_HEIGHT:
		if (parse_number(text, CANVAS_SIDE_MIN, CANVAS_SIDE_MAX, &number))
			return refuse(diag, "height \"%s\" is not a number from 256 to 4096", text);
		options->h = (int)number;
		return 0;
	case ID_SEED:
		if (parse_number(text, 0, SEED_MAX, &number))
			return refuse(diag, "seed \"%s\" is not a number from 0 to 2147483647",
				      text);
		options->seed = (uint32_t)number;
		return 0;
	case ID_PROGRESS:
		options->progress = PROGRESS_SHOWN;
		return 0;
	}
	options->task = id == ID_HELP ? OPTIONS_HELP : OPTIONS_VERSION;
	return 0;
}

static int check(const struct options *options, struct diag *diag)
{
	if (options->task != OPTIONS_PAINT)
		return 0;
	if (!options->output || !*options->output)
		return refuse(diag,
			      "no output given: --output=FILE, or --output=- for standard output%s",
			      "");
	if (!options->prompt)
		return refuse(diag, "no prompt given: write it last, or --prompt=TEXT%s", "");
	return 0;
}

int options_parse(int argc, char **argv, struct options *ret_options, struct diag *reterr_diag)
{
	struct options options = { .w = SIDE_DEFAULT, .h = SIDE_DEFAULT };
	int id, r;

	optind = 0; /* glibc: begin afresh */
	opterr = 0;
	while ((id = getopt_long(argc, argv, ":", long_options, NULL)) != -1) {
		if (id == ':')
			return refuse(reterr_diag, "option \"%s\" needs a value", argv[optind - 1]);
		if (id == '?')
			return refuse(reterr_diag,
				      "option \"%s\" is unknown or takes no value; see --help",
				      argv[optind - 1]);
		r = set_value(&options, id, optarg, reterr_diag);
		if (r < 0)
			return r;
	}
	if (optind < argc && options.prompt)
		return refuse(reterr_diag, "\"%s\" is a second prompt; only one is allowed",
			      argv[optind]);
	if (optind < argc)
		options.prompt = argv[optind++];
	if (optind < argc)
		return refuse(reterr_diag,
			      "\"%s\" is a second prompt; only one is allowed "
			      "(put it in quotes)",
			      argv[optind]);
	r = check(&options, reterr_diag);
	if (!r)
		*ret_options = options;
	return r;
}
