/* Hides lattice noise. Values sit on a lattice and are blended by a quintic, so
 * that neither the value nor its slope jumps at a cell's edge (a jump shows as a
 * line in a cloud). Soft fields are computed on at most a few hundred cells a
 * side: a picture of 4096 pixels then costs no more noise than one of 512. */
#include "preview/noise.h"

#include <math.h>
#include <stdlib.h>

#include "preview/memory.h"
#include "preview/rng.h"

enum { FIELD_CELLS_MAX = 320 };

struct field {
	int columns, rows;
	double cell; /* pixels */
	float *values;
};

static double lattice(int32_t x, int32_t y, uint32_t salt)
{
	return rng_hash_place(x, y, salt) * (2.0 / 4294967295.0) - 1.0;
}

static double quintic(double t)
{
	return t * t * t * (t * (t * 6 - 15) + 10);
}

double noise_at(double x, double y, uint32_t salt)
{
	double fx = floor(x), fy = floor(y);
	int32_t ix = (int32_t)fx, iy = (int32_t)fy;
	double tx = quintic(x - fx), ty = quintic(y - fy);
	double top = lattice(ix, iy, salt), bottom = lattice(ix, iy + 1, salt);

	top += (lattice(ix + 1, iy, salt) - top) * tx;
	bottom += (lattice(ix + 1, iy + 1, salt) - bottom) * tx;
	return top + (bottom - top) * ty;
}

double noise_fractal(double x, double y, int octaves, uint32_t salt)
{
	double sum = 0, weight = 0.5;

	for (int i = 0; i < octaves; i++) {
		/* Turned a little each time: the lattice's own directions vanish. */
		double turned = x * 1.6 + y * 1.2;

		sum += weight * noise_at(x, y, salt + (uint32_t)i * 101u);
		y = y * 1.6 - x * 1.2 + 11.3;
		x = turned + 7.7;
		weight *= 0.5;
	}
	return sum * 1.25;
}

double noise_ridged(double x, double y, int octaves, uint32_t salt)
{
	double sum = 0, weight = 0.5;

	for (int i = 0; i < octaves; i++) {
		double v = 1.0 - fabs(noise_at(x, y, salt + (uint32_t)i * 57u));

		sum += weight * v * v;
		x = x * 2.03 + 3.1;
		y = y * 2.03 + 5.7;
		weight *= 0.5;
	}
	return sum;
}

double noise_step(double low, double high, double x)
{
	double t = (x - low) / (high - low);

	t = t < 0 ? 0 : t > 1 ? 1 : t;
	return t * t * (3 - 2 * t);
}

static double field_value(const struct field_shape *shape, double x, double y)
{
	x /= shape->scale_x;
	y /= shape->scale_y;
	if (shape->warp > 0) {
		double dx = noise_fractal(x * 0.7, y * 0.7, 2, shape->salt + 911u);
		double dy = noise_fractal(x * 0.7, y * 0.7, 2, shape->salt + 577u);

		x += dx * shape->warp;
		y += dy * shape->warp;
	}
	return noise_fractal(x, y, shape->octaves, shape->salt);
}

struct field *field_new(const struct field_shape *shape)
{
	struct field *field = memory_zeroed(1, sizeof(*field));

	field->cell = fmax(shape->w, shape->h) / FIELD_CELLS_MAX;
	field->cell = fmax(field->cell, fmin(shape->scale_x, shape->scale_y) / 40);
	field->cell = fmax(field->cell, 2);
	field->columns = (int)(shape->w / field->cell) + 3;
	field->rows = (int)(shape->h / field->cell) + 3;
	field->values =
		memory_zeroed((size_t)field->columns * (size_t)field->rows, sizeof(*field->values));
	for (int row = 0; row < field->rows; row++)
		for (int column = 0; column < field->columns; column++)
			field->values[row * field->columns + column] =
				(float)field_value(shape, column * field->cell, row * field->cell);
	return field;
}

void field_free(struct field *field)
{
	if (!field)
		return;
	free(field->values);
	free(field);
}

static double clamp(double v, double high)
{
	return v < 0 ? 0 : v > high ? high : v;
}

double field_at(const struct field *field, double x, double y)
{
	double gx = clamp(x / field->cell, field->columns - 1.001);
	double gy = clamp(y / field->cell, field->rows - 1.001);
	int column = (int)gx, row = (int)gy;
	const float *at = field->values + row * field->columns + column;
	double tx = gx - column, ty = gy - row;
	/* The last column and row have no neighbour; 1.001 keeps them inside. */
	double top = at[0] + (at[1] - at[0]) * tx;
	double bottom = at[field->columns] + (at[field->columns + 1] - at[field->columns]) * tx;

	return top + (bottom - top) * ty;
}
