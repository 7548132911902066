/* Chance that is the same everywhere: our own generator and our own hash, so
 * that no library version changes a picture. Not for secrets. */
#ifndef EASELFS_PREVIEW_RNG_H
#define EASELFS_PREVIEW_RNG_H

#include <stddef.h>
#include <stdint.h>

struct rng {
	uint64_t state[4];
};

/* 64 bits of the bytes; `basis` makes independent hashes of the same bytes. */
uint64_t rng_hash(uint64_t basis, const void *bytes, size_t size);

/* 32 bits of a place in the plane; for textures, which need no order. */
uint32_t rng_hash_place(int32_t x, int32_t y, uint32_t salt);

struct rng rng_new(uint64_t seed);
/* A stream of its own, so that a layer that draws more or less leaves the
 * layers after it as they were. Takes one number from `rng`. */
struct rng rng_fork(struct rng *rng);

uint64_t rng_next(struct rng *rng);
double rng_unit(struct rng *rng);                           /* [0, 1) */
double rng_range(struct rng *rng, double low, double high); /* [low, high) */
double rng_bell(struct rng *rng);                           /* about normal, within [-1, 1) */
unsigned rng_below(struct rng *rng, unsigned count);        /* count > 0 */
int rng_chance(struct rng *rng, double probability);        /* 0 or 1 */

#endif
