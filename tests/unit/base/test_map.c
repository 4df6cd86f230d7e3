/* base/map.c: SipHash-1-3 against known values, the map against a plain array. */
#include "base/map.h"

#include <stdbool.h>
#include <stdlib.h>

#include "random.h"
#include "tap.h"

/* Values of an independent implementation that gives the published ones for 2 and 4 rounds. Key 00 01 .. 0f as in the
 * paper's appendix, message 00 01 02 ... */
static void test_siphash(void)
{
	static const struct {
		size_t len;
		uint64_t hash;
	} rows[] = {
		{0, 0xabac0158050fc4dc},  {1, 0xc9f49bf37d57ca93},  {3, 0x8bf80ab8e7ddf7fb},  {7, 0xd3927d989bb11140},
		{8, 0x369095118d299a8e},  {9, 0x25a48eb36c063de4},  {15, 0xd320d86d2a519956}, {16, 0xcc4fdd1a7d908b66},
		{17, 0x9cf2689063dbd80c}, {18, 0x8ffc389cb473e63e}, {63, 0x9d199062b7bbb3a8},
	};
	static const uint64_t seed[2] = {0x0706050403020100, 0x0f0e0d0c0b0a0908};
	static const uint64_t zero[2] = {0, 0}, other[2] = {UINT64_MAX, 1};
	unsigned char message[65];

	for (size_t i = 0; i < sizeof(message); i++)
		message[i] = (unsigned char)i;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		ok(siphash13(seed, message, rows[i].len) == rows[i].hash, "SipHash-1-3 of %zu bytes", rows[i].len);
	ok(siphash13(zero, "", 0) == 0xd1fba762150c532c, "all zero");
	memset(message, 0xff, 16);
	ok(siphash13(other, message, 16) == 0x0235eb1c1778b2d6, "all ones");
}

struct record {
	uint32_t before; /* so that the key is not at offset 0 */
	unsigned char key[16];
	uint32_t after;
};

enum { RECORDS = 4000 };

/* The map, the records, and the oracle: which numbers are in, and where. */
struct world {
	struct map map;
	struct record records[RECORDS];
	uint32_t count; /* records in use; the last fills the place of one that leaves */
	uint32_t number_at[RECORDS];
	uint32_t place_of[RECORDS]; /* MAP_NONE = not in */
	unsigned wrong;
};

static void key_of(uint32_t number, unsigned char key[16])
{
	memset(key, 0, 16);
	memcpy(key, &number, sizeof(number));
	key[15] = (unsigned char)(number * 7);
}

static void world_check(struct world *w, uint32_t number)
{
	unsigned char key[16];
	uint32_t hash, guess;

	key_of(number, key);
	hash = map_hash(&w->map, key);
	map_prefetch(&w->map, hash);
	guess = map_guess(&w->map, hash);
	w->wrong += map_find(&w->map, w->records, key, hash) != w->place_of[number];
	w->wrong += w->place_of[number] != MAP_NONE && guess == MAP_NONE;
	w->wrong += guess != MAP_NONE && guess >= w->count;
}

static void world_add(struct world *w, uint32_t number)
{
	uint32_t at = w->count++;

	key_of(number, w->records[at].key);
	w->number_at[at] = number;
	w->place_of[number] = at;
	map_add(&w->map, map_hash(&w->map, w->records[at].key), at);
}

/* Takes it out, and the last record moves into its place, as the tables of the program do it. */
static void world_del(struct world *w, uint32_t number)
{
	uint32_t at = w->place_of[number], last = --w->count;

	map_del(&w->map, map_hash(&w->map, w->records[at].key), at);
	w->place_of[number] = MAP_NONE;
	if (at == last)
		return;
	map_del(&w->map, map_hash(&w->map, w->records[last].key), last);
	w->records[at] = w->records[last];
	w->number_at[at] = w->number_at[last];
	w->place_of[w->number_at[at]] = at;
	map_add(&w->map, map_hash(&w->map, w->records[at].key), at);
}

static struct world *world_new(void)
{
	struct world *w = calloc(1, sizeof(*w));

	map_init(&w->map, sizeof(struct record), offsetof(struct record, key), 16);
	memset(w->place_of, 0xff, sizeof(w->place_of));
	return w;
}

static void world_free(struct world *w)
{
	map_done(&w->map);
	free(w);
}

/* Fills up and empties in waves, so that the map both grows and runs nearly empty. */
static void test_against_array(void)
{
	struct world *w = world_new();
	struct random r = {.state = 3};
	uint32_t most = 0;

	for (int step = 0; step < 100000; step++) {
		uint32_t number = random_below(&r, RECORDS);
		bool filling = step / 12500 % 2 == 0;

		world_check(w, number);
		if (w->place_of[number] == MAP_NONE && random_below(&r, 10) < (filling ? 9 : 1))
			world_add(w, number);
		else if (w->place_of[number] != MAP_NONE && random_below(&r, 10) < (filling ? 1 : 9))
			world_del(w, number);
		w->wrong += w->map.used != w->count;
		most = w->count > most ? w->count : most;
	}
	is_int(w->wrong, 0, "100,000 random operations agree with the array");
	ok(most > 2000, "the map grew to %u records", most);
	for (uint32_t number = 0; number < RECORDS; number++)
		world_check(w, number);
	is_int(w->wrong, 0, "and so does every number in the end");
	world_free(w);
}

static void test_clear(void)
{
	struct world *w = world_new();
	unsigned char key[16];

	for (uint32_t number = 0; number < 500; number++)
		world_add(w, number);
	map_clear(&w->map);
	key_of(1, key);
	is_int(map_find(&w->map, w->records, key, map_hash(&w->map, key)), MAP_NONE, "nothing is found after clear");
	is_int(w->map.used, 0, "and nothing counted");
	memset(w->place_of, 0xff, sizeof(w->place_of));
	w->count = 0;
	world_add(w, 1);
	world_check(w, 1);
	is_int(w->wrong, 0, "it can be filled again");
	world_free(w);
}

/* Records with one hash, as an attacker would have them: told apart by the key, taken out one by one. */
static void test_one_hash(void)
{
	struct world *w = world_new();
	unsigned wrong = 0;

	for (uint32_t i = 0; i < 200; i++) {
		key_of(i, w->records[i].key);
		map_add(&w->map, 0xffffffff, i);
	}
	for (uint32_t i = 0; i < 200; i += 2)
		map_del(&w->map, 0xffffffff, i);
	for (uint32_t i = 0; i < 200; i++)
		wrong += map_find(&w->map, w->records, w->records[i].key, 0xffffffff) != (i % 2 ? i : MAP_NONE);
	is_int(wrong, 0, "200 records with the same hash, half of them taken out");
	world_free(w);
}

static void test_seeds(void)
{
	struct map a, b;

	map_init(&a, 16, 0, 16);
	map_init(&b, 16, 0, 16);
	ok(memcmp(a.seed, b.seed, sizeof(a.seed)) != 0, "two maps have two seeds");
	map_done(&a);
	map_done(&b);
}

int main(void)
{
	test_siphash();
	test_against_array();
	test_clear();
	test_one_hash();
	test_seeds();
	return tap_done();
}
