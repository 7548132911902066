/* Hides the vocabulary: one table, a row a word, that says what the word adds to
 * a picture. The nouns weigh: a creature or a landmark is what a picture is of,
 * "sea" or "tree" is where it stands. A verb or a name nobody thought of adds
 * nothing, and a prompt of only such words is decided by chance. */
#include "preview/words.h"

#include <string.h>

#include "preview/rng.h"

enum { WORD_BYTES_MAX = 24, FIRST_NOUN_BONUS = 1 };

struct word {
	const char *text;
	enum subject subject;
	int weight;
	unsigned details;
	enum mood mood;
	enum season season;
	enum medium medium;
	enum tint tint;
};

#define NOUN(word, of, how_much, what)                                                             \
	{                                                                                          \
		.text = word, .subject = SUBJECT_##of, .weight = how_much, .details = what         \
	}
#define MOOD(word, is)                                                                             \
	{                                                                                          \
		.text = word, .mood = MOOD_##is                                                    \
	}
#define SEASON(word, is)                                                                           \
	{                                                                                          \
		.text = word, .season = SEASON_##is                                                \
	}
#define MEDIUM(word, is)                                                                           \
	{                                                                                          \
		.text = word, .medium = MEDIUM_##is                                                \
	}
#define TINT(word, is)                                                                             \
	{                                                                                          \
		.text = word, .tint = TINT_##is                                                    \
	}

static const struct word words[] = {
	NOUN("lighthouse", SEA, 5, DETAIL_LIGHTHOUSE),
	NOUN("boat", SEA, 4, DETAIL_BOAT),
	NOUN("ship", SEA, 4, DETAIL_BOAT),
	NOUN("sailboat", SEA, 4, DETAIL_BOAT),
	NOUN("sail", SEA, 3, DETAIL_BOAT),
	NOUN("sailing", SEA, 3, DETAIL_BOAT),
	NOUN("yacht", SEA, 4, DETAIL_BOAT),
	NOUN("regatta", SEA, 4, DETAIL_BOAT),
	NOUN("sea", SEA, 3, 0),
	NOUN("ocean", SEA, 3, 0),
	NOUN("seascape", SEA, 5, 0),
	NOUN("beach", SEA, 3, 0),
	NOUN("coast", SEA, 3, 0),
	NOUN("wave", SEA, 3, 0),
	NOUN("harbour", SEA, 4, DETAIL_BOAT | DETAIL_LIGHTHOUSE),
	NOUN("harbor", SEA, 4, DETAIL_BOAT | DETAIL_LIGHTHOUSE),
	NOUN("cliff", SEA, 2, 0),
	NOUN("island", SEA, 3, 0),
	NOUN("surf", SEA, 2, 0),
	NOUN("whale", SEA, 3, 0),
	NOUN("seagull", SEA, 3, DETAIL_BIRD),
	NOUN("fjord", SEA, 3, DETAIL_MOUNTAIN),
	NOUN("shore", SEA, 2, 0),

	NOUN("mountain", LAND, 3, DETAIL_MOUNTAIN),
	NOUN("alps", LAND, 3, DETAIL_MOUNTAIN),
	NOUN("peak", LAND, 3, DETAIL_MOUNTAIN),
	NOUN("hill", LAND, 3, 0),
	NOUN("valley", LAND, 3, 0),
	NOUN("landscape", LAND, 4, 0),
	NOUN("forest", LAND, 3, DETAIL_TREES),
	NOUN("wood", LAND, 2, DETAIL_TREES),
	NOUN("tree", LAND, 2, DETAIL_TREES),
	NOUN("pine", LAND, 2, DETAIL_TREES),
	NOUN("birch", LAND, 2, DETAIL_TREES),
	NOUN("jungle", LAND, 3, DETAIL_TREES),
	NOUN("lake", LAND, 3, DETAIL_LAKE),
	NOUN("river", LAND, 2, DETAIL_LAKE),
	NOUN("pond", LAND, 2, DETAIL_LAKE),
	NOUN("meadow", LAND, 3, DETAIL_FLOWERS),
	NOUN("field", LAND, 2, DETAIL_FLOWERS),
	NOUN("garden", LAND, 2, DETAIL_FLOWERS),
	NOUN("cabin", LAND, 3, DETAIL_HOUSE),
	NOUN("cottage", LAND, 3, DETAIL_HOUSE),
	NOUN("house", LAND, 2, DETAIL_HOUSE),
	NOUN("hut", LAND, 3, DETAIL_HOUSE),
	NOUN("farm", LAND, 3, DETAIL_HOUSE),
	NOUN("barn", LAND, 3, DETAIL_HOUSE),
	NOUN("village", LAND, 3, DETAIL_HOUSE),
	NOUN("castle", LAND, 3, DETAIL_MOUNTAIN),
	NOUN("desert", LAND, 4, DETAIL_DESERT),
	NOUN("dune", LAND, 4, DETAIL_DESERT),
	NOUN("canyon", LAND, 4, DETAIL_DESERT),
	NOUN("volcano", LAND, 4, DETAIL_MOUNTAIN),
	NOUN("glacier", LAND, 3, DETAIL_MOUNTAIN | DETAIL_SNOW),
	NOUN("path", LAND, 1, 0),
	NOUN("nature", LAND, 1, 0),
	NOUN("deer", LAND, 2, DETAIL_TREES),

	NOUN("city", CITY, 4, 0),
	NOUN("cityscape", CITY, 5, 0),
	NOUN("skyline", CITY, 5, 0),
	NOUN("street", CITY, 3, 0),
	NOUN("town", CITY, 3, 0),
	NOUN("skyscraper", CITY, 4, 0),
	NOUN("building", CITY, 3, 0),
	NOUN("tower", CITY, 3, 0),
	NOUN("urban", CITY, 3, 0),
	NOUN("downtown", CITY, 4, 0),
	NOUN("metropolis", CITY, 4, 0),
	NOUN("cyberpunk", CITY, 4, 0),
	NOUN("bridge", CITY, 3, DETAIL_BRIDGE),
	NOUN("tokyo", CITY, 4, 0),
	NOUN("york", CITY, 4, DETAIL_BRIDGE),
	NOUN("london", CITY, 4, DETAIL_BRIDGE),
	NOUN("paris", CITY, 4, DETAIL_BRIDGE),
	NOUN("berlin", CITY, 4, 0),
	NOUN("rooftop", CITY, 3, 0),
	NOUN("architecture", CITY, 3, 0),
	NOUN("car", CITY, 2, 0),
	NOUN("train", CITY, 2, DETAIL_BRIDGE),

	NOUN("vase", STILL, 5, DETAIL_FLOWERS),
	NOUN("flower", STILL, 3, DETAIL_FLOWERS),
	NOUN("bouquet", STILL, 5, DETAIL_FLOWERS),
	NOUN("rose", STILL, 4, DETAIL_FLOWERS),
	NOUN("tulip", STILL, 4, DETAIL_FLOWERS),
	NOUN("poppy", STILL, 4, DETAIL_FLOWERS),
	NOUN("poppies", STILL, 4, DETAIL_FLOWERS),
	NOUN("daisies", STILL, 4, DETAIL_FLOWERS),
	NOUN("sunflower", STILL, 4, DETAIL_FLOWERS),
	NOUN("daisy", STILL, 4, DETAIL_FLOWERS),
	NOUN("peony", STILL, 4, DETAIL_FLOWERS),
	NOUN("peonies", STILL, 4, DETAIL_FLOWERS),
	NOUN("lily", STILL, 4, DETAIL_FLOWERS),
	NOUN("fruit", STILL, 4, DETAIL_FRUIT),
	NOUN("apple", STILL, 4, DETAIL_FRUIT),
	NOUN("pear", STILL, 4, DETAIL_FRUIT),
	NOUN("lemon", STILL, 4, DETAIL_FRUIT),
	NOUN("peach", STILL, 4, DETAIL_FRUIT),
	NOUN("cherry", STILL, 3, DETAIL_FRUIT),
	NOUN("cherries", STILL, 4, DETAIL_FRUIT),
	NOUN("grape", STILL, 4, DETAIL_FRUIT),
	NOUN("plum", STILL, 3, DETAIL_FRUIT),
	NOUN("bowl", STILL, 4, DETAIL_FRUIT),
	NOUN("still", STILL, 3, 0),
	NOUN("table", STILL, 3, 0),
	NOUN("bottle", STILL, 4, 0),
	NOUN("cup", STILL, 4, 0),
	NOUN("tea", STILL, 3, 0),
	NOUN("coffee", STILL, 3, 0),
	NOUN("wine", STILL, 3, DETAIL_FRUIT),
	NOUN("kitchen", STILL, 3, DETAIL_FRUIT),
	NOUN("food", STILL, 3, DETAIL_FRUIT),
	NOUN("jug", STILL, 4, DETAIL_FRUIT),
	NOUN("teapot", STILL, 5, DETAIL_FRUIT),
	NOUN("bread", STILL, 4, DETAIL_FRUIT),
	NOUN("cake", STILL, 4, DETAIL_FRUIT),

	NOUN("cat", ANIMAL, 6, DETAIL_CAT),
	NOUN("kitten", ANIMAL, 6, DETAIL_CAT),
	NOUN("kitty", ANIMAL, 6, DETAIL_CAT),
	NOUN("tiger", ANIMAL, 6, DETAIL_CAT),
	NOUN("dog", ANIMAL, 6, DETAIL_DOG),
	NOUN("puppy", ANIMAL, 6, DETAIL_DOG),
	NOUN("puppies", ANIMAL, 6, DETAIL_DOG),
	NOUN("corgi", ANIMAL, 6, DETAIL_DOG),
	NOUN("fox", ANIMAL, 6, DETAIL_FOX),
	NOUN("wolf", ANIMAL, 6, DETAIL_FOX),
	NOUN("wolves", ANIMAL, 6, DETAIL_FOX),
	NOUN("owl", ANIMAL, 6, DETAIL_OWL),
	NOUN("bird", ANIMAL, 5, DETAIL_BIRD),
	NOUN("robin", ANIMAL, 6, DETAIL_BIRD),
	NOUN("parrot", ANIMAL, 6, DETAIL_BIRD),
	NOUN("sparrow", ANIMAL, 6, DETAIL_BIRD),
	NOUN("crow", ANIMAL, 6, DETAIL_BIRD),
	NOUN("raven", ANIMAL, 6, DETAIL_BIRD),
	NOUN("eagle", ANIMAL, 6, DETAIL_OWL),
	NOUN("rabbit", ANIMAL, 6, DETAIL_RABBIT),
	NOUN("bunny", ANIMAL, 6, DETAIL_RABBIT),
	NOUN("bunnies", ANIMAL, 6, DETAIL_RABBIT),
	NOUN("hare", ANIMAL, 6, DETAIL_RABBIT),
	NOUN("bear", ANIMAL, 6, DETAIL_BEAR),
	NOUN("panda", ANIMAL, 6, DETAIL_BEAR),
	NOUN("mouse", ANIMAL, 5, DETAIL_BEAR),
	NOUN("hamster", ANIMAL, 6, DETAIL_BEAR),
	NOUN("lion", ANIMAL, 6, DETAIL_BEAR),
	NOUN("animal", ANIMAL, 5, 0),
	NOUN("pet", ANIMAL, 5, 0),
	NOUN("portrait", ANIMAL, 4, DETAIL_PERSON),
	NOUN("face", ANIMAL, 4, DETAIL_PERSON),
	NOUN("woman", ANIMAL, 5, DETAIL_PERSON),
	NOUN("man", ANIMAL, 5, DETAIL_PERSON),
	NOUN("girl", ANIMAL, 5, DETAIL_PERSON),
	NOUN("boy", ANIMAL, 5, DETAIL_PERSON),
	NOUN("child", ANIMAL, 5, DETAIL_PERSON),
	NOUN("person", ANIMAL, 5, DETAIL_PERSON),
	NOUN("people", ANIMAL, 4, DETAIL_PERSON),
	NOUN("queen", ANIMAL, 5, DETAIL_PERSON),
	NOUN("king", ANIMAL, 5, DETAIL_PERSON),
	NOUN("princess", ANIMAL, 5, DETAIL_PERSON),
	NOUN("selfie", ANIMAL, 4, DETAIL_PERSON),
	NOUN("wizard", ANIMAL, 5, DETAIL_PERSON),

	NOUN("pattern", PATTERN, 6, 0),
	NOUN("abstract", PATTERN, 5, 0),
	NOUN("geometric", PATTERN, 5, 0),
	NOUN("geometry", PATTERN, 5, 0),
	NOUN("bauhaus", PATTERN, 6, 0),
	NOUN("tile", PATTERN, 5, 0),
	NOUN("mosaic", PATTERN, 5, 0),
	NOUN("texture", PATTERN, 4, 0),
	NOUN("wallpaper", PATTERN, 3, 0),
	NOUN("circle", PATTERN, 4, 0),
	NOUN("square", PATTERN, 3, 0),
	NOUN("triangle", PATTERN, 4, 0),
	NOUN("stripe", PATTERN, 4, 0),
	NOUN("deco", PATTERN, 5, 0),
	NOUN("textile", PATTERN, 5, 0),
	NOUN("logo", PATTERN, 4, 0),
	NOUN("icon", PATTERN, 4, 0),
	NOUN("mandala", PATTERN, 5, 0),

	NOUN("space", SPACE, 4, DETAIL_PLANET),
	NOUN("planet", SPACE, 5, DETAIL_PLANET),
	NOUN("galaxy", SPACE, 5, 0),
	NOUN("nebula", SPACE, 5, 0),
	NOUN("cosmos", SPACE, 5, DETAIL_PLANET),
	NOUN("cosmic", SPACE, 4, DETAIL_PLANET),
	NOUN("universe", SPACE, 5, 0),
	NOUN("saturn", SPACE, 6, DETAIL_PLANET),
	NOUN("mars", SPACE, 5, DETAIL_PLANET),
	NOUN("jupiter", SPACE, 5, DETAIL_PLANET),
	NOUN("astronaut", SPACE, 5, DETAIL_PLANET),
	NOUN("rocket", SPACE, 5, DETAIL_PLANET),
	NOUN("spaceship", SPACE, 5, DETAIL_PLANET),
	NOUN("orbit", SPACE, 4, DETAIL_PLANET),
	NOUN("comet", SPACE, 5, 0),
	NOUN("asteroid", SPACE, 5, DETAIL_PLANET),

	{ .text = "night", .mood = MOOD_NIGHT },
	MOOD("midnight", NIGHT),
	MOOD("nocturne", NIGHT),
	MOOD("dark", NIGHT),
	MOOD("neon", NIGHT),
	{ .text = "moon", .mood = MOOD_NIGHT, .details = DETAIL_MOON },
	{ .text = "moonlight", .mood = MOOD_NIGHT, .details = DETAIL_MOON },
	{ .text = "moonlit", .mood = MOOD_NIGHT, .details = DETAIL_MOON },
	{ .text = "star", .mood = MOOD_NIGHT, .details = DETAIL_STARS },
	{ .text = "starry", .mood = MOOD_NIGHT, .details = DETAIL_STARS },
	{ .text = "sun", .details = DETAIL_SUN },
	{ .text = "sunny", .mood = MOOD_DAY },
	MOOD("sunset", SUNSET),
	MOOD("dusk", SUNSET),
	MOOD("evening", SUNSET),
	MOOD("twilight", SUNSET),
	MOOD("dawn", DAWN),
	MOOD("sunrise", DAWN),
	MOOD("morning", DAWN),
	MOOD("day", DAY),
	MOOD("noon", DAY),
	MOOD("bright", DAY),
	MOOD("storm", STORM),
	MOOD("stormy", STORM),
	MOOD("thunder", STORM),
	MOOD("tempest", STORM),
	MOOD("gale", STORM),
	MOOD("lightning", STORM),
	{ .text = "rain", .mood = MOOD_STORM, .details = DETAIL_RAIN },
	{ .text = "rainy", .mood = MOOD_STORM, .details = DETAIL_RAIN },
	MOOD("mist", MIST),
	MOOD("misty", MIST),
	MOOD("fog", MIST),
	MOOD("foggy", MIST),
	MOOD("haze", MIST),
	MOOD("hazy", MIST),
	SEASON("spring", SPRING),
	SEASON("blossom", SPRING),
	SEASON("summer", SUMMER),
	SEASON("autumn", AUTUMN),
	SEASON("autumnal", AUTUMN),
	SEASON("fall", AUTUMN),
	SEASON("october", AUTUMN),
	SEASON("november", AUTUMN),
	SEASON("winter", WINTER),
	SEASON("december", WINTER),
	SEASON("christmas", WINTER),
	SEASON("ice", WINTER),
	SEASON("frozen", WINTER),
	SEASON("frost", WINTER),
	SEASON("arctic", WINTER),
	{ .text = "snow", .season = SEASON_WINTER, .details = DETAIL_SNOW },
	{ .text = "snowy", .season = SEASON_WINTER, .details = DETAIL_SNOW },

	MEDIUM("oil", OIL),
	MEDIUM("canvas", OIL),
	MEDIUM("impasto", OIL),
	MEDIUM("acrylic", OIL),
	MEDIUM("impressionist", OIL),
	MEDIUM("monet", OIL),
	MEDIUM("gogh", OIL),
	MEDIUM("painting", OIL),
	MEDIUM("painterly", OIL),
	MEDIUM("watercolor", WATERCOLOR),
	MEDIUM("watercolour", WATERCOLOR),
	MEDIUM("aquarelle", WATERCOLOR),
	MEDIUM("wash", WATERCOLOR),
	MEDIUM("ink", INK),
	MEDIUM("sumi", INK),
	MEDIUM("calligraphy", INK),
	MEDIUM("etching", INK),
	MEDIUM("engraving", INK),
	MEDIUM("pencil", PENCIL),
	MEDIUM("sketch", PENCIL),
	MEDIUM("drawing", PENCIL),
	MEDIUM("charcoal", PENCIL),
	MEDIUM("graphite", PENCIL),
	MEDIUM("crayon", PENCIL),
	MEDIUM("poster", PRINT),
	MEDIUM("print", PRINT),
	MEDIUM("vector", PRINT),
	MEDIUM("flat", PRINT),
	MEDIUM("gouache", PRINT),
	MEDIUM("illustration", PRINT),
	MEDIUM("photo", PRINT),

	TINT("red", RED),
	TINT("crimson", RED),
	TINT("scarlet", RED),
	TINT("ruby", RED),
	TINT("orange", ORANGE),
	TINT("copper", ORANGE),
	TINT("amber", GOLD),
	TINT("gold", GOLD),
	TINT("golden", GOLD),
	TINT("yellow", GOLD),
	TINT("green", GREEN),
	TINT("emerald", GREEN),
	TINT("olive", GREEN),
	TINT("teal", TEAL),
	TINT("turquoise", TEAL),
	TINT("cyan", TEAL),
	TINT("mint", TEAL),
	TINT("blue", BLUE),
	TINT("azure", BLUE),
	TINT("indigo", BLUE),
	TINT("navy", BLUE),
	TINT("purple", PURPLE),
	TINT("violet", PURPLE),
	TINT("lavender", PURPLE),
	TINT("lilac", PURPLE),
	TINT("magenta", PINK),
	TINT("pink", PINK),
	TINT("rosy", PINK),
	TINT("grey", GREY),
	TINT("gray", GREY),
	TINT("monochrome", GREY),
	TINT("black", GREY),
	TINT("noir", GREY),
	TINT("silver", GREY),
};

static const struct word *find_exact(const char *text, size_t size)
{
	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
		if (strlen(words[i].text) == size && !memcmp(words[i].text, text, size))
			return &words[i];
	return NULL;
}

static const struct word *find(const char *text, size_t size)
{
	const struct word *word = find_exact(text, size);

	if (!word && size > 3 && text[size - 1] == 's')
		word = find_exact(text, size - 1);
	if (!word && size > 4 && !memcmp(text + size - 2, "es", 2))
		word = find_exact(text, size - 2);
	return word;
}

static void add_word(struct idea *idea, int *weights, const struct word *word)
{
	idea->details |= word->details;
	/* The first word of a kind is meant; later ones qualify it. */
	if (!idea->mood)
		idea->mood = word->mood;
	if (!idea->season)
		idea->season = word->season;
	if (!idea->medium)
		idea->medium = word->medium;
	if (!idea->tint)
		idea->tint = word->tint;
	if (!word->subject)
		return;
	weights[SUBJECT_NONE]++;
	weights[word->subject] += word->weight;
	if (weights[SUBJECT_NONE] == 1) {
		weights[word->subject] += FIRST_NOUN_BONUS;
		idea->subject = word->subject;
	}
}

struct idea words_read(const char *prompt, size_t size)
{
	struct idea idea = { 0 };
	int weights[SUBJECTS] = { 0 }; /* [NONE] counts the nouns */
	char text[WORD_BYTES_MAX];
	size_t length = 0;

	for (size_t i = 0; i <= size; i++) {
		char c = i < size ? prompt[i] : ' ';
		const struct word *word;

		if (c >= 'A' && c <= 'Z')
			c = (char)(c - 'A' + 'a');
		if (c >= 'a' && c <= 'z') {
			if (length < sizeof(text))
				text[length] = c;
			length++;
			continue;
		}
		word = length && length <= sizeof(text) ? find(text, length) : NULL;
		if (word)
			add_word(&idea, weights, word);
		length = 0;
	}
	for (int s = SUBJECT_NONE + 1; s < SUBJECTS; s++)
		if (weights[s] > weights[idea.subject] && idea.subject)
			idea.subject = (enum subject)s;
	return idea;
}

void words_decide(struct idea *idea, uint64_t dice)
{
	static const enum mood any_mood[] = {
		MOOD_DAY, MOOD_DAWN,   MOOD_SUNSET, MOOD_NIGHT,
		MOOD_DAY, MOOD_SUNSET, MOOD_MIST,   MOOD_DAWN,
	};
	struct rng rng = rng_new(dice);
	unsigned subject = 1 + rng_below(&rng, SUBJECTS - 1);
	unsigned mood = rng_below(&rng, sizeof(any_mood) / sizeof(*any_mood));

	if (!idea->subject)
		idea->subject = (enum subject)subject;
	if (!idea->mood)
		idea->mood = any_mood[mood];
	if (!idea->medium)
		idea->medium = MEDIUM_PRINT;
}
