/* What a prompt asks for, as far as a small table of words can tell. */
#ifndef EASELFS_PREVIEW_WORDS_H
#define EASELFS_PREVIEW_WORDS_H

#include <stddef.h>
#include <stdint.h>

enum subject {
	SUBJECT_NONE, /* no word said */
	SUBJECT_SEA,
	SUBJECT_LAND,
	SUBJECT_CITY,
	SUBJECT_STILL,
	SUBJECT_ANIMAL,
	SUBJECT_PATTERN,
	SUBJECT_SPACE,
	SUBJECTS
};

enum mood { MOOD_NONE, MOOD_DAY, MOOD_DAWN, MOOD_SUNSET, MOOD_NIGHT, MOOD_STORM, MOOD_MIST, MOODS };

enum season { SEASON_NONE, SEASON_SPRING, SEASON_SUMMER, SEASON_AUTUMN, SEASON_WINTER };

enum medium {
	MEDIUM_NONE,
	MEDIUM_PRINT,
	MEDIUM_OIL,
	MEDIUM_WATERCOLOR,
	MEDIUM_INK,
	MEDIUM_PENCIL,
	MEDIUMS
};

enum tint {
	TINT_NONE,
	TINT_RED,
	TINT_ORANGE,
	TINT_GOLD,
	TINT_GREEN,
	TINT_TEAL,
	TINT_BLUE,
	TINT_PURPLE,
	TINT_PINK,
	TINT_GREY,
	TINTS
};

/* Things named in the prompt; a scene draws those it knows. */
enum detail {
	DETAIL_LIGHTHOUSE = 1 << 0,
	DETAIL_BOAT = 1 << 1,
	DETAIL_TREES = 1 << 2,
	DETAIL_LAKE = 1 << 3,
	DETAIL_HOUSE = 1 << 4,
	DETAIL_BRIDGE = 1 << 5,
	DETAIL_FLOWERS = 1 << 6,
	DETAIL_FRUIT = 1 << 7,
	DETAIL_CAT = 1 << 8,
	DETAIL_DOG = 1 << 9,
	DETAIL_FOX = 1 << 10,
	DETAIL_OWL = 1 << 11,
	DETAIL_RABBIT = 1 << 12,
	DETAIL_BEAR = 1 << 13,
	DETAIL_PERSON = 1 << 14,
	DETAIL_MOON = 1 << 15,
	DETAIL_RAIN = 1 << 16,
	DETAIL_SNOW = 1 << 17,
	DETAIL_SUN = 1 << 18,
	DETAIL_STARS = 1 << 19,
	DETAIL_DESERT = 1 << 20,
	DETAIL_BIRD = 1 << 21,
	DETAIL_MOUNTAIN = 1 << 22,
	DETAIL_PLANET = 1 << 23,
};

struct idea {
	enum subject subject;
	enum mood mood;
	enum season season;
	enum medium medium;
	enum tint tint;
	unsigned details; /* of enum detail */
};

/* Reads ASCII words, whatever their case, and their plain plurals; other bytes
 * separate. What no word says stays NONE. The subject with the most weight wins,
 * the one named first on a tie. Pure. */
struct idea words_read(const char *prompt, size_t size);

/* Gives an idea without subject, mood or medium one, by `dice` (any 64 bits, say
 * a hash of prompt and seed). Season and tint may stay unsaid. */
void words_decide(struct idea *idea, uint64_t dice);

#endif
