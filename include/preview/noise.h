/* Smooth chance: fields for clouds, ridges, paper and the way of a brush. */
#ifndef EASELFS_PREVIEW_NOISE_H
#define EASELFS_PREVIEW_NOISE_H

#include <stdint.h>

/* One octave, features about 1 apart, -1..1. */
double noise_at(double x, double y, uint32_t salt);
/* Octaves summed, each half as strong and twice as fine; about -1..1. */
double noise_fractal(double x, double y, int octaves, uint32_t salt);
/* Like mountains: sharp crests, 0..1. */
double noise_ridged(double x, double y, int octaves, uint32_t salt);

/* 0 below `low`, 1 above `high`, smooth between. */
double noise_step(double low, double high, double x);

/* A fractal field computed on a coarse grid and read smoothly between, for
 * soft things that cover many pixels. */
struct field;

struct field_shape {
	double w, h;             /* the pixels it covers */
	double scale_x, scale_y; /* pixels to a feature */
	int octaves;
	uint32_t salt;
	double warp; /* how far it is bent by itself, in features */
};

struct field *field_new(const struct field_shape *shape);
void field_free(struct field *field); /* NULL is a no-op */
/* Outside the shape's pixels the edge goes on. */
double field_at(const struct field *field, double x, double y);

static inline void cleanup_field(struct field **field)
{
	field_free(*field);
}

#endif
