/* Colours as the eye orders them. Components are sRGB, 0..1. */
#ifndef EASELFS_PREVIEW_COLOR_H
#define EASELFS_PREVIEW_COLOR_H

struct color {
	double r, g, b;
};

/* OKLCH: lightness 0..1, chroma 0..about 0.3, hue in degrees. */
struct lch {
	double l, c, h;
};

/* A colour outside sRGB loses chroma until it fits; its lightness stays. */
struct color color_from_lch(struct lch lch);
struct lch color_to_lch(struct color color);

/* From `a` (t = 0) to `b` (t = 1) as the eye sees the middle. */
struct color color_mix(struct color a, struct color b, double t);
/* Adds to the lightness, multiplies the chroma. */
struct color color_shade(struct color color, double add_l, double times_c);
struct color color_turn(struct color color, double degrees);

/* WCAG 2: relative luminance 0..1 and contrast ratio 1..21. */
double color_luminance(struct color color);
double color_contrast(struct color a, struct color b);
/* `wish`, made lighter or darker until its contrast on `ground` is at least
 * `ratio` (up to 4.5 is always possible), rounded to what 8 bits can hold. */
struct color color_readable(struct color wish, struct color ground, double ratio);

#endif
