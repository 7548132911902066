/* Hides the generator: xoshiro256** filled by splitmix64. Both are a few lines
 * of public-domain arithmetic by Blackman and Vigna; writing them out keeps the
 * promise that a prompt and a seed give the same bytes after every upgrade of
 * the C library. */
#include "preview/rng.h"

static uint64_t rotate_left(uint64_t x, int bits)
{
	return (x << bits) | (x >> (64 - bits));
}

static uint64_t splitmix(uint64_t *state)
{
	uint64_t z = (*state += 0x9e3779b97f4a7c15u);

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
	return z ^ (z >> 31);
}

uint64_t rng_hash(uint64_t basis, const void *bytes, size_t size)
{
	const unsigned char *byte = bytes;
	uint64_t hash = 0xcbf29ce484222325u ^ basis;

	for (size_t i = 0; i < size; i++)
		hash = (hash ^ byte[i]) * 0x100000001b3u;
	hash ^= size;
	/* FNV alone leaves its high bits weak for short texts. */
	return splitmix(&hash);
}

uint32_t rng_hash_place(int32_t x, int32_t y, uint32_t salt)
{
	uint32_t h = (uint32_t)x * 0x85ebca6bu ^ (uint32_t)y * 0xc2b2ae35u ^ salt * 0x9e3779b9u;

	h = (h ^ (h >> 16)) * 0x7feb352du;
	h = (h ^ (h >> 15)) * 0x846ca68bu;
	return h ^ (h >> 16);
}

struct rng rng_new(uint64_t seed)
{
	struct rng rng;

	for (int i = 0; i < 4; i++)
		rng.state[i] = splitmix(&seed);
	return rng;
}

struct rng rng_fork(struct rng *rng)
{
	return rng_new(rng_next(rng));
}

uint64_t rng_next(struct rng *rng)
{
	uint64_t *s = rng->state;
	uint64_t result = rotate_left(s[1] * 5, 7) * 9;
	uint64_t carry = s[1] << 17;

	s[2] ^= s[0];
	s[3] ^= s[1];
	s[1] ^= s[2];
	s[0] ^= s[3];
	s[2] ^= carry;
	s[3] = rotate_left(s[3], 45);
	return result;
}

double rng_unit(struct rng *rng)
{
	return (double)(rng_next(rng) >> 11) * 0x1p-53;
}

double rng_range(struct rng *rng, double low, double high)
{
	return low + (high - low) * rng_unit(rng);
}

double rng_bell(struct rng *rng)
{
	double sum = rng_unit(rng);

	sum += rng_unit(rng);
	sum += rng_unit(rng);
	return (sum - 1.5) / 1.5;
}

unsigned rng_below(struct rng *rng, unsigned count)
{
	return (unsigned)((rng_next(rng) >> 32) * count >> 32);
}

int rng_chance(struct rng *rng, double probability)
{
	return rng_unit(rng) < probability;
}
