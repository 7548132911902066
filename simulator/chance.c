/* SplitMix64: its state is a counter, so threads share it with one atomic
 * addition. Nothing here is a secret or protects one. */
#include "simulator/chance.h"

static const uint64_t golden = 0x9e3779b97f4a7c15u;

static uint64_t mix(uint64_t x)
{
	x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9u;
	x = (x ^ x >> 27) * 0x94d049bb133111ebu;
	return x ^ x >> 31;
}

uint64_t chance_next(struct chance *chance)
{
	return mix(atomic_fetch_add(&chance->state, golden) + golden);
}

double chance_unit(struct chance *chance)
{
	return (double)(chance_next(chance) >> 11) / (double)(UINT64_C(1) << 53);
}

uint64_t chance_hash(const void *bytes, size_t size, uint64_t seed)
{
	const unsigned char *at = bytes;
	uint64_t hash = 0xcbf29ce484222325u ^ mix(seed + golden);

	for (size_t i = 0; i < size; i++)
		hash = (hash ^ at[i]) * 0x100000001b3u;
	return mix(hash);
}
