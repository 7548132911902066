/* Hides OKLab (Ottosson's matrices) and WCAG's contrast arithmetic. Palettes are
 * thought in lightness, chroma and hue because equal steps there look equal;
 * mixing in sRGB instead would turn every dusk between blue and orange grey. */
#include "preview/color.h"

#include <math.h>

static double to_linear(double v)
{
	return v <= 0.04045 ? v / 12.92 : pow((v + 0.055) / 1.055, 2.4);
}

static double to_srgb(double v)
{
	return v <= 0.0031308 ? v * 12.92 : 1.055 * pow(v, 1 / 2.4) - 0.055;
}

struct lab {
	double l, a, b;
};

static struct lab to_lab(struct color color)
{
	double r = to_linear(color.r), g = to_linear(color.g), b = to_linear(color.b);
	double l = cbrt(0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b);
	double m = cbrt(0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b);
	double s = cbrt(0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b);

	return (struct lab){
		0.2104542553 * l + 0.7936177850 * m - 0.0040720468 * s,
		1.9779984951 * l - 2.4285922050 * m + 0.4505937099 * s,
		0.0259040371 * l + 0.7827717662 * m - 0.8086757660 * s,
	};
}

/* Linear light; may lie outside 0..1. */
static struct color lab_to_linear(struct lab lab)
{
	double l = lab.l + 0.3963377774 * lab.a + 0.2158037573 * lab.b;
	double m = lab.l - 0.1055613458 * lab.a - 0.0638541728 * lab.b;
	double s = lab.l - 0.0894841775 * lab.a - 1.2914855480 * lab.b;

	l = l * l * l;
	m = m * m * m;
	s = s * s * s;
	return (struct color){
		4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s,
		-1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s,
		-0.0041960863 * l - 0.7034186147 * m + 1.7076147010 * s,
	};
}

static double clamp_unit(double v)
{
	return v < 0 ? 0 : v > 1 ? 1 : v;
}

static struct color linear_to_color(struct color linear)
{
	return (struct color){
		to_srgb(clamp_unit(linear.r)),
		to_srgb(clamp_unit(linear.g)),
		to_srgb(clamp_unit(linear.b)),
	};
}

static int in_gamut(struct color c)
{
	const double slack = 0.0001;

	return c.r >= -slack && c.r <= 1 + slack && c.g >= -slack && c.g <= 1 + slack &&
	       c.b >= -slack && c.b <= 1 + slack;
}

struct color color_from_lch(struct lch lch)
{
	double turn = lch.h * M_PI / 180, low = 0, high = fmax(lch.c, 0);
	struct lab lab = { clamp_unit(lch.l), 0, 0 };
	struct color linear;

	lab.a = high * cos(turn);
	lab.b = high * sin(turn);
	linear = lab_to_linear(lab);
	if (in_gamut(linear))
		return linear_to_color(linear);
	for (int i = 0; i < 16; i++) {
		double c = (low + high) / 2;

		lab.a = c * cos(turn);
		lab.b = c * sin(turn);
		if (in_gamut(lab_to_linear(lab)))
			low = c;
		else
			high = c;
	}
	lab.a = low * cos(turn);
	lab.b = low * sin(turn);
	return linear_to_color(lab_to_linear(lab));
}

struct lch color_to_lch(struct color color)
{
	struct lab lab = to_lab(color);
	double h = atan2(lab.b, lab.a) * 180 / M_PI;

	return (struct lch){ lab.l, hypot(lab.a, lab.b), h < 0 ? h + 360 : h };
}

struct color color_mix(struct color a, struct color b, double t)
{
	struct lab from = to_lab(a), to = to_lab(b);
	struct lab mid = {
		from.l + (to.l - from.l) * t,
		from.a + (to.a - from.a) * t,
		from.b + (to.b - from.b) * t,
	};

	return linear_to_color(lab_to_linear(mid));
}

struct color color_shade(struct color color, double add_l, double times_c)
{
	struct lch lch = color_to_lch(color);

	lch.l += add_l;
	lch.c *= times_c;
	return color_from_lch(lch);
}

struct color color_turn(struct color color, double degrees)
{
	struct lch lch = color_to_lch(color);

	lch.h += degrees;
	return color_from_lch(lch);
}

double color_luminance(struct color color)
{
	return 0.2126 * to_linear(color.r) + 0.7152 * to_linear(color.g) +
	       0.0722 * to_linear(color.b);
}

double color_contrast(struct color a, struct color b)
{
	double la = color_luminance(a), lb = color_luminance(b);

	return la > lb ? (la + 0.05) / (lb + 0.05) : (lb + 0.05) / (la + 0.05);
}

static struct color eight_bits(struct color c)
{
	return (struct color){ round(c.r * 255) / 255, round(c.g * 255) / 255,
			       round(c.b * 255) / 255 };
}

struct color color_readable(struct color wish, struct color ground, double ratio)
{
	const struct color white = { 1, 1, 1 }, black = { 0, 0, 0 };
	/* Towards the end that has more room; one of them always reaches 4.58. */
	int lighter = color_contrast(white, ground) >= color_contrast(black, ground);
	struct lch lch = color_to_lch(wish);

	for (int i = 0; i < 100; i++) {
		struct color c = eight_bits(color_from_lch(lch));

		if (color_contrast(c, ground) >= ratio)
			return c;
		lch.l += lighter ? 0.01 : -0.01;
		if (lch.l < 0 || lch.l > 1)
			break;
	}
	return lighter ? white : black;
}
