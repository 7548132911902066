/* Hides the text. The font, its rendering and its language are fixed here, so
 * that neither a desktop's settings nor a locale changes a byte of the picture;
 * other fonts are asked only for letters that DejaVu has not. The plate takes its
 * height from the text, and the picture gets the rest. */
#include "preview/caption.h"

#include <math.h>
#include <pango/pangocairo.h>
#include <stdlib.h>

#include "base/utf8.h"
#include "preview/memory.h"

enum {
	PROMPT_BYTES_SHOWN_MAX = 1600,
	LINES_MAX = 3,
};

static const char font_name[] = "DejaVu Sans";
static const double font_min_px = 12, font_max_px = 80;

struct caption {
	int w, h;  /* of the whole picture */
	double em; /* the prompt's font size, pixels */
	double pad;
	double band;
	struct {
		double x, y, w, h;
	} badge;
	double prompt_x, prompt_y;
	PangoContext *context;
	PangoLayout *mark, *prompt;
};

static int is_space(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

void caption_add_line(struct strbuf *line, const char *prompt, size_t size)
{
	size_t shown = utf8_cut(prompt, size, PROMPT_BYTES_SHOWN_MAX);
	size_t i = 0;

	while (i < shown) {
		size_t start;

		while (i < shown && is_space(prompt[i]))
			i++;
		for (start = i; i < shown && !is_space(prompt[i]);)
			i++;
		if (i > start && line->size)
			strbuf_add_char(line, ' ');
		utf8_add_printable(line, prompt + start, i - start, PRINTABLE_LINE);
	}
	if (shown < size)
		strbuf_add_text(line, "\xe2\x80\xa6");
}

static PangoContext *new_context(void)
{
	PangoContext *context = pango_font_map_create_context(pango_cairo_font_map_get_default());
	cairo_font_options_t *options = cairo_font_options_create();

	cairo_font_options_set_antialias(options, CAIRO_ANTIALIAS_GRAY);
	cairo_font_options_set_hint_style(options, CAIRO_HINT_STYLE_NONE);
	cairo_font_options_set_hint_metrics(options, CAIRO_HINT_METRICS_OFF);
	cairo_font_options_set_subpixel_order(options, CAIRO_SUBPIXEL_ORDER_DEFAULT);
	pango_cairo_context_set_font_options(context, options);
	pango_cairo_context_set_resolution(context, 96);
	pango_context_set_language(context, pango_language_from_string("en"));
	cairo_font_options_destroy(options);
	return context;
}

static PangoLayout *new_layout(PangoContext *context, double em, PangoWeight weight)
{
	PangoLayout *layout = pango_layout_new(context);
	PangoFontDescription *font = pango_font_description_new();

	pango_font_description_set_family_static(font, font_name);
	pango_font_description_set_weight(font, weight);
	pango_font_description_set_absolute_size(font, em * PANGO_SCALE);
	pango_layout_set_font_description(layout, font);
	pango_font_description_free(font);
	return layout;
}

static void set_mark(struct caption *caption)
{
	double em = fmax(caption->em * 0.82, 11);
	PangoAttrList *attributes = pango_attr_list_new();
	int w, h;

	caption->mark = new_layout(caption->context, em, PANGO_WEIGHT_BOLD);
	pango_layout_set_text(caption->mark, "PREVIEW", -1);
	pango_attr_list_insert(attributes,
			       pango_attr_letter_spacing_new((int)(em * 0.14 * PANGO_SCALE)));
	pango_layout_set_attributes(caption->mark, attributes);
	pango_attr_list_unref(attributes);
	pango_layout_get_size(caption->mark, &w, &h);
	caption->badge.w = (double)w / PANGO_SCALE + em * 1.2;
	caption->badge.h = (double)h / PANGO_SCALE + em * 0.5;
}

static void set_prompt(struct caption *caption, const char *prompt, size_t size, double width,
		       int lines)
{
	struct strbuf line = STRBUF_EMPTY;

	caption->prompt = new_layout(caption->context, caption->em, PANGO_WEIGHT_NORMAL);
	caption_add_line(&line, prompt, size);
	pango_layout_set_text(caption->prompt, strbuf_text(&line), -1);
	strbuf_done(&line);
	pango_layout_set_width(caption->prompt, (int)(width * PANGO_SCALE));
	pango_layout_set_wrap(caption->prompt, PANGO_WRAP_WORD_CHAR);
	pango_layout_set_ellipsize(caption->prompt, PANGO_ELLIPSIZE_END);
	pango_layout_set_height(caption->prompt, -lines);
	pango_layout_set_single_paragraph_mode(caption->prompt, TRUE);
}

/* Beside the badge where there is room for a line worth reading, else below. */
static void arrange(struct caption *caption, const char *prompt, size_t size)
{
	double pad = caption->pad, em = caption->em;
	int beside = caption->w - 3 * pad - caption->badge.w > 22 * em;
	double width = caption->w - 2 * pad - (beside ? caption->badge.w + pad : 0);
	double room = caption->h * 0.34 - 2 * pad - (beside ? 0 : caption->badge.h + pad * 0.5);
	int lines = (int)fmin(fmax(room / (em * 1.25), 1), LINES_MAX);
	int text_w, text_h;
	double tall;

	set_prompt(caption, prompt, size, width, lines);
	pango_layout_get_size(caption->prompt, &text_w, &text_h);
	tall = (double)text_h / PANGO_SCALE;
	caption->badge.x = pad;
	if (beside) {
		double inner = fmax(tall, caption->badge.h);

		caption->band = ceil(inner + 2 * pad);
		caption->prompt_x = pad * 2 + caption->badge.w;
		caption->prompt_y = (caption->band - tall) / 2;
		caption->badge.y = (caption->band - caption->badge.h) / 2;
	} else {
		caption->band = ceil(tall + caption->badge.h + pad * 2.2);
		caption->prompt_x = pad;
		caption->badge.y = pad * 0.8;
		caption->prompt_y = caption->badge.y + caption->badge.h + pad * 0.6;
	}
}

struct caption *caption_new(int w, int h, const char *prompt, size_t size)
{
	struct caption *caption = memory_zeroed(1, sizeof(*caption));
	double em = fmin(0.0205 * sqrt((double)w * h), 0.060 * fmin(w, h));

	caption->w = w;
	caption->h = h;
	caption->em = fmin(fmax(em, font_min_px), font_max_px);
	caption->pad = caption->em * 0.80;
	caption->context = new_context();
	set_mark(caption);
	arrange(caption, prompt, size);
	return caption;
}

void caption_free(struct caption *caption)
{
	if (!caption)
		return;
	g_object_unref(caption->mark);
	g_object_unref(caption->prompt);
	g_object_unref(caption->context);
	free(caption);
}

int caption_height(const struct caption *caption)
{
	return (int)fmin(caption->band, caption->h * 0.5);
}

static void set_color(cairo_t *cr, struct color color)
{
	cairo_set_source_rgb(cr, color.r, color.g, color.b);
}

void caption_paint(struct caption *caption, cairo_t *cr, const struct palette *palette)
{
	double top = caption->h - caption_height(caption);
	double x = caption->badge.x, y = top + caption->badge.y;
	double round_by = caption->badge.h * 0.28;
	int mark_w, mark_h;

	cairo_rectangle(cr, 0, top, caption->w, caption->h - top);
	set_color(cr, palette->plate);
	cairo_fill(cr);
	cairo_rectangle(cr, 0, top, caption->w, fmax(1, round(caption->em * 0.10)));
	set_color(cr, palette->badge);
	cairo_fill(cr);

	cairo_new_sub_path(cr);
	cairo_arc(cr, x + round_by, y + round_by, round_by, M_PI, 1.5 * M_PI);
	cairo_arc(cr, x + caption->badge.w - round_by, y + round_by, round_by, 1.5 * M_PI, 0);
	cairo_arc(cr, x + caption->badge.w - round_by, y + caption->badge.h - round_by, round_by, 0,
		  0.5 * M_PI);
	cairo_arc(cr, x + round_by, y + caption->badge.h - round_by, round_by, 0.5 * M_PI, M_PI);
	cairo_close_path(cr);
	cairo_fill(cr);
	pango_layout_get_size(caption->mark, &mark_w, &mark_h);
	set_color(cr, palette->badge_text);
	cairo_move_to(cr, x + (caption->badge.w - (double)mark_w / PANGO_SCALE) / 2,
		      y + (caption->badge.h - (double)mark_h / PANGO_SCALE) / 2);
	pango_cairo_show_layout(cr, caption->mark);

	set_color(cr, palette->plate_text);
	cairo_move_to(cr, caption->prompt_x, top + caption->prompt_y);
	pango_cairo_show_layout(cr, caption->prompt);
}

#if defined(__SANITIZE_ADDRESS__)
/* What fontconfig keeps until the end looks lost to the leak checker. Giving it
 * back first (cairo_debug_reset_static_data, FcFini) is no way out: pango asks
 * fontconfig on threads of its own that nobody can wait for, and while one still
 * holds a font the first of these aborts [measured: every fifth run]. */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_options(void);

const char *__lsan_default_suppressions(void)
{
	return "leak:libfontconfig\n";
}

const char *__lsan_default_options(void)
{
	return "print_suppressions=0";
}
#endif

#if defined(__SANITIZE_THREAD__)
/* pango asks fontconfig on a thread of its own; neither is built with the
 * sanitizer, which therefore sees nothing of what keeps them apart. */
const char *__tsan_default_suppressions(void);

const char *__tsan_default_suppressions(void)
{
	return "race:libfontconfig\nrace:libpango\nrace:libglib\n"
	       "called_from_lib:libfontconfig\n";
}
#endif
