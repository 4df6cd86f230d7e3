/* peers/view_order.c: rows of a table of our own in order, by numbers and by texts, few and many, against a plain sort
 * by the words of the header. */
#include "peers/view_order.h"

#include <stdlib.h>
#include <strings.h>

#include "base/xmalloc.h"
#include "random.h"
#include "tap.h"

enum {
	FEW = 300,
	MANY = 6000, /* enough to be sorted by radix */
	NAME = 32,
};

enum column { BY_NUMBER, BY_NAME, BY_BOTH, TIE, COLUMNS };

/* A row. `number` also stands for an address: a number that sorts before its text does; or for what 0 is no number of,
 * and has no text. */
static struct thing {
	uint64_t number;
	char name[NAME];
	uint64_t tie;
	bool live;
} things[MANY];

static uint64_t thing_number(const struct view *v, uint32_t row)
{
	(void)v;
	return things[row].number;
}

static uint64_t thing_tie(const struct view *v, uint32_t row)
{
	(void)v;
	return things[row].tie;
}

static const char *thing_name(const struct view *v, uint32_t row, char scratch[VIEW_CELL])
{
	(void)v;
	snprintf(scratch, VIEW_CELL, "%s", things[row].name);
	return scratch;
}

static bool thing_live(const struct view *v, uint32_t row)
{
	(void)v;
	return things[row].live;
}

static const struct view_table table = {
	.noun = "things",
	.column_count = COLUMNS,
	.columns = {
		[BY_NUMBER] = {.key = "number", .format = VIEW_COUNT, .number = thing_number},
		[BY_NAME] = {.key = "name", .format = VIEW_TEXT, .text = thing_name},
		[BY_BOTH] = {.key = "both", .format = VIEW_TEXT, .number = thing_number, .text = thing_name},
		[TIE] = {.key = "tie", .format = VIEW_COUNT, .number = thing_tie},
	},
	.tie = TIE,
	.live = thing_live,
};

static struct view view_of(uint32_t count, enum column sort, bool reverse)
{
	struct view v = {.table = &table, .sort = sort, .reverse = reverse};

	v.count = v.cap = count;
	v.rows = xreallocarray(NULL, count, sizeof(*v.rows));
	for (uint32_t i = 0; i < count; i++)
		v.rows[i] = i;
	return v;
}

/* --- what the order should be --- */

static int compare_u64(uint64_t a, uint64_t b)
{
	return (a > b) - (a < b);
}

static int by_number(const struct thing *a, const struct thing *b)
{
	return compare_u64(b->number, a->number);
}

/* The nameless are last in both directions, so they are not turned here. */
static int by_name(const struct thing *a, const struct thing *b)
{
	return strcasecmp(a->name, b->name);
}

static int by_both(const struct thing *a, const struct thing *b)
{
	int order = compare_u64(a->number, b->number);

	return order ? order : strcasecmp(a->name, b->name);
}

static int by_tie(const struct thing *a, const struct thing *b)
{
	return compare_u64(b->tie, a->tie);
}

/* They are last in both directions, so they are not turned there. */
static bool nameless(unsigned sort, const struct thing *a)
{
	return (sort == BY_NAME || (sort == BY_BOTH && !a->number)) && !*a->name;
}

static int plain_compare(const void *one, const void *two, void *context)
{
	static int (*const orders[])(const struct thing *, const struct thing *) = {
		[BY_NUMBER] = by_number, [BY_NAME] = by_name, [BY_BOTH] = by_both, [TIE] = by_tie};
	uint32_t x = *(const uint32_t *)one, y = *(const uint32_t *)two;
	const struct thing *a = &things[x], *b = &things[y];
	const struct view *v = context;
	int order;

	if (a->live != b->live)
		return a->live ? -1 : 1;
	if (nameless(v->sort, a) != nameless(v->sort, b))
		return nameless(v->sort, a) ? 1 : -1;
	order = orders[v->sort](a, b);
	if (v->reverse)
		order = -order;
	if (!order)
		order = by_tie(a, b);
	return order ? order : compare_u64(x, y);
}

static void check_order(uint32_t count, enum column sort, bool reverse, uint32_t limit)
{
	struct view v = view_of(count, sort, reverse), want = view_of(count, sort, reverse);
	uint32_t live = 0, wrong = 0;

	for (uint32_t i = 0; i < count; i++)
		live += things[i].live;
	qsort_r(want.rows, count, sizeof(*want.rows), plain_compare, &want);
	v.limit = limit;
	view_order(&v);
	if (limit)
		count = live = live < limit ? live : limit;
	is_int(v.count, count, "%u rows by %s%s", (unsigned)count, table.columns[sort].key,
	       reverse ? ", reversed" : "");
	is_int(v.live, live, "of now");
	for (uint32_t i = 0; i < v.count; i++)
		wrong += v.rows[i] != want.rows[i];
	is_int(wrong, 0, "each in its place");
	free(v.rows);
	free(want.rows);
}

static void check_all_orders(uint32_t count)
{
	static const uint32_t limits[] = {0, 1, 7, FEW + 1};

	for (size_t l = 0; l < sizeof(limits) / sizeof(limits[0]); l++) {
		for (int sort = 0; sort < COLUMNS; sort++) {
			for (int reverse = 0; reverse < 2; reverse++)
				check_order(count, (enum column)sort, reverse, limits[l]);
		}
	}
}

/* --- worlds --- */

static const char *const stems[] = {"",  "a", "A", "qBittorrent ", "QBITTORRENT ", "Transmission", "\xc3\xa9t\xc3\xa9",
				    "zz"};

static void random_things(uint32_t numbers, uint32_t ties)
{
	struct random r = {numbers + 1};

	for (uint32_t i = 0; i < MANY; i++) {
		const char *stem = stems[random_below(&r, sizeof(stems) / sizeof(stems[0]))];

		things[i].number = random_below(&r, numbers);
		if (random_below(&r, 8) == 0)
			things[i].number <<= random_below(&r, 50);
		things[i].tie = random_below(&r, ties);
		things[i].live = random_below(&r, 5) > 0;
		snprintf(things[i].name, NAME, *stem && random_below(&r, 2) ? "%s%u" : "%.12s", stem,
			 (unsigned)random_below(&r, 40));
	}
}

static void test_random(void)
{
	static const uint32_t numbers[] = {2, 500, UINT32_MAX};

	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		random_things(numbers[i], 3);
		check_all_orders(FEW);
		check_all_orders(MANY);
	}
	random_things(50, UINT32_MAX);
	check_all_orders(MANY);
}

/* Numbers at both ends of 64 bits, ties at both ends of the 32 that are compared. */
static void test_extremes(void)
{
	static const uint64_t ends[] = {0, 1, 65535, 65536, UINT32_MAX, (uint64_t)1 << 63, UINT64_MAX - 1, UINT64_MAX};
	static const uint64_t ties[] = {0, 1, 65535, 65536, UINT32_MAX - 1};

	for (uint32_t i = 0; i < MANY; i++)
		things[i] = (struct thing){.number = ends[i % 8], .tie = ties[i * 7 % 5], .live = true, .name = "x"};
	check_all_orders(FEW);
	check_all_orders(MANY);
}

static void test_all_alike(void)
{
	for (uint32_t i = 0; i < MANY; i++)
		things[i] = (struct thing){.number = 5, .tie = 5, .live = false, .name = "same name of all"};
	check_all_orders(FEW);
	check_all_orders(MANY);
}

/* --- by hand --- */

static void set(uint32_t i, uint64_t number, const char *name, bool live)
{
	things[i] = (struct thing){.number = number, .live = live};
	snprintf(things[i].name, NAME, "%s", name);
}

static const char *order_text(struct view *v, char text[64])
{
	size_t at = 0;

	text[0] = '\0';
	for (uint32_t i = 0; i < v->count; i++)
		at += (size_t)snprintf(text + at, 64 - at, "%s%u", i ? " " : "", (unsigned)v->rows[i]);
	return text;
}

static void check_by_hand(enum column sort, bool reverse, uint32_t limit, const char *want, const char *name)
{
	struct view v = view_of(6, sort, reverse);
	char text[64];

	v.limit = limit;
	view_order(&v);
	is_str(order_text(&v, text), want, "%s", name);
	free(v.rows);
}

static void test_by_hand(void)
{
	set(0, 10, "beta", true);
	set(1, 30, "", true);
	set(2, 20, "Alpha", true);
	set(3, 99, "zeta", false);
	set(4, 1, "transmission 4", true);
	set(5, 1, "Transmission 3", true);
	check_by_hand(BY_NUMBER, false, 0, "1 2 0 4 5 3", "numbers start with the largest, who is gone is last");
	check_by_hand(BY_NUMBER, true, 0, "4 5 0 2 1 3", "reversed, the gone are still last");
	check_by_hand(BY_NAME, false, 0, "2 0 5 4 1 3", "names start with A, whatever their case; no name is last");
	check_by_hand(BY_NAME, true, 0, "4 5 0 2 1 3", "reversed, no name is still last");
	check_by_hand(BY_BOTH, false, 0, "5 4 0 2 1 3", "a number, and between equals the text");
	check_by_hand(BY_NUMBER, false, 2, "1 2", "the best two");
	check_by_hand(BY_NUMBER, false, 6, "1 2 0 4 5", "with a limit only those of now count");
}

static void test_ties(void)
{
	for (uint32_t i = 0; i < 6; i++)
		set(i, 7, "n", true);
	things[4].tie = 9;
	things[2].tie = 3;
	check_by_hand(BY_NUMBER, false, 0, "4 2 0 1 3 5", "between equals the one seen most often is first");
	check_by_hand(BY_NUMBER, true, 0, "4 2 0 1 3 5", "in both directions");
	check_by_hand(BY_NAME, false, 3, "4 2 0", "of texts, too");
	things[5].tie = UINT32_MAX;
	things[3].tie = ((uint64_t)1 << 32) + 2;
	check_by_hand(BY_NUMBER, false, 2, "3 5", "beyond 32 bits all are seen as often");
}

static void test_empty(void)
{
	struct view v = {.table = &table, .live = 77};

	view_order(&v);
	is_int(v.live, 0, "no rows, none of now");
	is_int(v.count, 0, "and still no rows");
}

int main(void)
{
	test_random();
	test_extremes();
	test_all_alike();
	test_by_hand();
	test_ties();
	test_empty();
	return tap_done();
}
