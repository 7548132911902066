/* Chance that repeats: with the same --seed the same things happen in the same
 * order of requests. */
#ifndef EASELFS_SIMULATOR_CHANCE_H
#define EASELFS_SIMULATOR_CHANCE_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

struct chance {
	_Atomic uint64_t state;
};

/* Any thread. The next number, and the next from 0 up to but not 1. */
uint64_t chance_next(struct chance *chance);
double chance_unit(struct chance *chance);

/* The same bytes and seed give the same number; others, almost surely another. */
uint64_t chance_hash(const void *bytes, size_t size, uint64_t seed);

#endif
