/* Names are bytes, prompts are anybody's text: the first are percent-encoded, the
 * second escaped, and the page forbids everything but its own style and images. */
#include "mount/gallery.h"

#include <errno.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/utf8.h"
#include "io/store_images.h"
#include "io/store_jobs.h"
#include "io/store_tree.h"

static const char head[] =
	"<!DOCTYPE html>\n"
	"<html lang=\"en\">\n"
	"<meta charset=\"utf-8\">\n"
	"<meta name=\"viewport\" content=\"width=device-width\">\n"
	"<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
	"img-src 'self' file:; style-src 'unsafe-inline'\">\n"
	"<title>easelfs</title>\n"
	"<style>\n"
	":root { color-scheme: light dark }\n"
	"body { font: 15px/1.45 system-ui, sans-serif; margin: 2rem auto; max-width: 84rem;"
	" padding: 0 1.25rem }\n"
	"h1 { font-size: 1.25rem; font-weight: 600; margin: 0 0 1.25rem }\n"
	"h1 small { font-weight: 400; opacity: .75; margin-left: .6rem }\n"
	"main { display: grid; gap: 1.25rem;"
	" grid-template-columns: repeat(auto-fill, minmax(15rem, 1fr)) }\n"
	"figure { margin: 0; border-radius: .6rem; overflow: hidden;"
	" background: color-mix(in srgb, CanvasText 7%, Canvas) }\n"
	"figure img { display: block; width: 100%; height: auto; aspect-ratio: 1; object-fit: "
	"cover }\n"
	"figcaption { padding: .7rem .85rem .85rem; overflow-wrap: anywhere }\n"
	"figcaption p { margin: 0 0 .35rem; display: -webkit-box; -webkit-line-clamp: 4;"
	" -webkit-box-orient: vertical; overflow: hidden }\n"
	"figcaption small { opacity: .75 }\n"
	"a { color: inherit }\n"
	"a:focus-visible { outline: 3px solid Highlight }\n"
	"</style>\n";

/* For text and for attribute values in double quotes. */
static void add_escaped(const char *bytes, size_t size, struct strbuf *text)
{
	for (size_t i = 0; i < size; i++) {
		switch (bytes[i]) {
		case '&':
			strbuf_add_text(text, "&amp;");
			break;
		case '<':
			strbuf_add_text(text, "&lt;");
			break;
		case '>':
			strbuf_add_text(text, "&gt;");
			break;
		case '"':
			strbuf_add_text(text, "&quot;");
			break;
		default:
			strbuf_add_char(text, bytes[i]);
		}
	}
}

static void add_printable(const char *bytes, size_t size, struct strbuf *text)
{
	CLEANUP(strbuf) struct strbuf printable = STRBUF_EMPTY;

	utf8_add_printable(&printable, bytes, size, PRINTABLE_TEXT);
	add_escaped(strbuf_text(&printable), printable.size, text);
}

/* RFC 3986: unreserved characters and the slashes between names stay. */
static void add_url(const struct strbuf *path, struct strbuf *text)
{
	static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
				    "0123456789-._~/";

	for (size_t i = 0; i < path->size; i++) {
		unsigned char byte = (unsigned char)path->bytes[i];

		if (byte && strchr(plain, byte))
			strbuf_add_char(text, (char)byte);
		else
			strbuf_addf(text, "%%%02X", byte);
	}
}

static int add_picture(struct db *db, const struct image *image, struct strbuf *text)
{
	CLEANUP(strbuf) struct strbuf path = STRBUF_EMPTY;
	CLEANUP(strbuf) struct strbuf prompt = STRBUF_EMPTY;
	char when[CLOCK_TEXT_ROOM];
	struct run run;
	size_t size;
	int r = store_path(db, image->folder, &image->name, &path);

	if (r == 0)
		r = store_run_get(db, image->run, &run);
	if (r == 0)
		r = store_run_text(db, run.id, RUN_PROMPT, &prompt);
	if (r < 0)
		return r;
	size = utf8_cut(strbuf_text(&prompt), prompt.size, GALLERY_PROMPT_BYTES_MAX);
	strbuf_add_text(text, "<figure><a href=\"images/");
	add_url(&path, text);
	strbuf_add_text(text, "\"><img loading=\"lazy\" src=\"images/");
	add_url(&path, text);
	strbuf_addf(text, "\" width=\"%u\" height=\"%u\" alt=\"", image->width, image->height);
	add_printable(strbuf_text(&prompt), size, text);
	strbuf_add_text(text, "\"></a>\n<figcaption><p>");
	add_printable(strbuf_text(&prompt), size, text);
	strbuf_add_text(text, size < prompt.size ? "…</p>\n<small>" : "</p>\n<small>");
	add_printable(path.bytes, path.size, text);
	strbuf_addf(text, "<br>%u × %u, ", image->width, image->height);
	add_printable(run.provider, strlen(run.provider), text);
	strbuf_addf(text, ", seed %lld<br><time>%s</time></small></figcaption></figure>\n",
		    (long long)run.seed, clock_text(image->finished_ms, when, sizeof(when)));
	return 0;
}

int gallery_render(const struct mount *mount, struct db *db, struct strbuf *text)
{
	CLEANUP(strbuf) struct strbuf figures = STRBUF_EMPTY;
	struct image image = { .id = INT64_MAX };
	int shown = 0, r;

	(void)mount;
	while (shown < GALLERY_PICTURES_MAX &&
	       (r = store_image_before(db, image.id, &image)) == 0) {
		if (!image.announced || !image.folder)
			continue;
		r = add_picture(db, &image, &figures);
		if (r < 0)
			return r;
		shown++;
	}
	strbuf_add_text(text, head);
	strbuf_addf(text, "<h1>easelfs<small>%s%d picture%s</small></h1>\n<main>\n",
		    shown == GALLERY_PICTURES_MAX ? "the newest " : "", shown,
		    shown == 1 ? "" : "s");
	strbuf_add(text, strbuf_text(&figures), figures.size);
	strbuf_add_text(text, shown ? "</main>\n"
				    : "<p>No pictures yet. Write a prompt into a file below "
				      "<code>requests/</code>.</p>\n</main>\n");
	return strbuf_failed(text) || strbuf_failed(&figures) ? -ENOMEM : 0;
}
