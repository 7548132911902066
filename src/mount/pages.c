/* Pages, each kept as text. A page is rendered outside the lock that its
 * readers take, then put in the place of the old one. */
#include "mount/pages.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "mount/gallery.h"
#include "mount/overview.h"
#include "mount/spending.h"

/* What is rendered again when something changed; the status page also when a
 * second has passed, because it tells the time and how far things are; what was
 * spent whenever it is opened, because a script that asks must get the truth. */
enum live_page { LIVE_STATUS, LIVE_GALLERY, LIVE_SPEND, LIVE_PAGES };

typedef int render_fn(const struct mount *mount, struct db *db, struct strbuf *text);

static const struct {
	render_fn *render;
	int64_t fresh_ms;
} live_pages[LIVE_PAGES] = {
	[LIVE_STATUS] = { overview_status, 1000 },
	[LIVE_GALLERY] = { gallery_render, INT64_MAX },
	[LIVE_SPEND] = { spend_text, 0 },
};

struct page {
	struct strbuf text;
	bool stale;
	int64_t rendered_ms; /* steady */
};

struct pages {
	char *readme; /* never changes */
	size_t readme_size;

	pthread_mutex_t rendering; /* one renders at a time; taken before `lock` */
	/* Guards all below; held for a copy of a text, never over I/O. */
	pthread_mutex_t lock;
	struct page live[LIVE_PAGES];
	int64_t changed_ns; /* wall */
};

struct pages *pages_new(const char *mountpoint)
{
	struct pages *pages = calloc(1, sizeof(*pages));
	struct strbuf readme = STRBUF_EMPTY;

	if (!pages)
		return NULL;
	pthread_mutex_init(&pages->rendering, NULL);
	pthread_mutex_init(&pages->lock, NULL);
	pages_touch(pages);
	overview_readme(mountpoint, &readme);
	pages->readme = strbuf_take(&readme, &pages->readme_size);
	if (!pages->readme) {
		pages_free(pages);
		return NULL;
	}
	return pages;
}

void pages_free(struct pages *pages)
{
	if (!pages)
		return;
	pthread_mutex_destroy(&pages->rendering);
	pthread_mutex_destroy(&pages->lock);
	for (enum live_page page = 0; page < LIVE_PAGES; page++)
		strbuf_done(&pages->live[page].text);
	free(pages->readme);
	free(pages);
}

void pages_touch(struct pages *pages)
{
	SCOPED_LOCK(&pages->lock);

	for (enum live_page page = 0; page < LIVE_PAGES; page++)
		pages->live[page].stale = true;
	pages->changed_ns = clock_wall_ns();
}

static bool is_fresh(struct pages *pages, enum live_page page)
{
	SCOPED_LOCK(&pages->lock);
	struct page *live = &pages->live[page];
	int64_t now_ms = clock_steady_ms();

	if (!live->stale && now_ms - live->rendered_ms < live_pages[page].fresh_ms)
		return true;
	live->stale = false;
	live->rendered_ms = now_ms;
	return false;
}

static void refresh(struct pages *pages, const struct mount *mount, enum live_page page)
{
	SCOPED_LOCK(&pages->rendering);
	struct strbuf text = STRBUF_EMPTY, old;
	struct db *db;
	int r;

	if (is_fresh(pages, page))
		return;
	db = store_read_begin(mount->store);
	r = db ? live_pages[page].render(mount, db, &text) : -EIO;
	store_read_end(db);
	if (r < 0) {
		strbuf_done(&text);
		return;
	}
	pthread_mutex_lock(&pages->lock);
	old = pages->live[page].text;
	pages->live[page].text = text;
	pthread_mutex_unlock(&pages->lock);
	strbuf_done(&old);
}

void pages_refresh(struct pages *pages, const struct mount *mount)
{
	for (enum live_page page = 0; page < LIVE_PAGES; page++)
		refresh(pages, mount, page);
}

static enum live_page live_of(enum kind kind)
{
	return kind == KIND_GALLERY ? LIVE_GALLERY : kind == KIND_SPEND ? LIVE_SPEND : LIVE_STATUS;
}

int64_t pages_size(struct pages *pages, enum kind kind)
{
	SCOPED_LOCK(&pages->lock);

	return (int64_t)(kind == KIND_README ? pages->readme_size
					     : pages->live[live_of(kind)].text.size);
}

int64_t pages_changed_ns(struct pages *pages)
{
	SCOPED_LOCK(&pages->lock);

	return pages->changed_ns;
}

int pages_render(struct pages *pages, const struct mount *mount, enum kind kind,
		 struct strbuf *text)
{
	if (kind == KIND_README) {
		strbuf_add(text, pages->readme, pages->readme_size);
	} else {
		const struct strbuf *live = &pages->live[live_of(kind)].text;

		refresh(pages, mount, live_of(kind));
		SCOPED_LOCK(&pages->lock);
		strbuf_add(text, strbuf_text(live), live->size);
	}
	return strbuf_failed(text) ? -ENOMEM : 0;
}
