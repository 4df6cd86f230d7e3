/* A list of networks read, and looked up in beside bsearch(3): the same ranges, the same addresses, in turns. Prints a
 * JSON object for bench_netlist.py. Not a test of answers, but they must be the same. */
#include <endian.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/xmalloc.h"
#include "peers/netlists_file.h"
#include "random.h"

enum { ASKED = 1000000, ROUNDS = 7 };

/* Half of the addresses asked for are in a range, spread over the list; half are anywhere. */
struct bench {
	struct netset set;
	struct ip *asked4, *asked6;
	uint64_t found, found_by_bsearch;
};

static double now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static int compare4(const void *key, const void *item)
{
	const struct netset_span *span = item;
	uint32_t ip = *(const uint32_t *)key;

	return ip < span->first ? -1 : ip > span->last;
}

static bool is_less(const struct netset_key *a, const struct netset_key *b)
{
	return a->high < b->high || (a->high == b->high && a->low < b->low);
}

static int compare6(const void *key, const void *item)
{
	const struct netset_span6 *span = item;

	return is_less(key, &span->first) ? -1 : is_less(&span->last, key);
}

static double ours(struct bench *b, const struct ip *asked)
{
	double start = now_ms();

	b->found = 0;
	for (unsigned i = 0; i < ASKED; i++)
		b->found += netset_has(&b->set, &asked[i]);
	return now_ms() - start;
}

static double theirs4(struct bench *b, const struct ip *asked)
{
	double start = now_ms();

	b->found_by_bsearch = 0;
	for (unsigned i = 0; i < ASKED; i++) {
		uint32_t ip = ip_v4(&asked[i]);

		b->found_by_bsearch += bsearch(&ip, b->set.v4, b->set.v4_count, sizeof(*b->set.v4), compare4) != NULL;
	}
	return now_ms() - start;
}

static double theirs6(struct bench *b, const struct ip *asked)
{
	double start = now_ms();

	b->found_by_bsearch = 0;
	for (unsigned i = 0; i < ASKED; i++) {
		struct netset_key ip = netset_key(&asked[i]);

		b->found_by_bsearch += bsearch(&ip, b->set.v6, b->set.v6_count, sizeof(*b->set.v6), compare6) != NULL;
	}
	return now_ms() - start;
}

static int compare_double(const void *a, const void *b)
{
	return *(const double *)a > *(const double *)b ? 1 : -1;
}

static double median(double *values)
{
	qsort(values, ROUNDS, sizeof(*values), compare_double);
	return values[ROUNDS / 2];
}

/* True if both found the same. */
static bool compare(struct bench *b, const char *name, uint32_t ranges, const struct ip *asked,
		    double (*theirs)(struct bench *, const struct ip *))
{
	double own[ROUNDS], other[ROUNDS];

	for (unsigned i = 0; i < ROUNDS; i++) {
		own[i] = ours(b, asked);
		other[i] = theirs(b, asked);
	}
	printf("\"%s\": {\"ranges\": %" PRIu32 ", \"ns\": %.1f, \"bsearch_ns\": %.1f, \"found\": %" PRIu64 "}, ", name,
	       ranges, median(own) * 1e6 / ASKED, median(other) * 1e6 / ASKED, b->found);
	return b->found == b->found_by_bsearch;
}

static struct ip address6(struct netset_key key)
{
	struct ip ip;

	key = (struct netset_key){htobe64(key.high), htobe64(key.low)};
	memcpy(ip.b, &key, sizeof(ip.b));
	return ip;
}

static void choose(struct bench *b)
{
	struct random r = {.state = 4};

	b->asked4 = xreallocarray(NULL, ASKED, sizeof(*b->asked4));
	b->asked6 = xreallocarray(NULL, ASKED, sizeof(*b->asked6));
	for (unsigned i = 0; i < ASKED; i++) {
		b->asked4[i] = ip_from_v4(i % 2 ? b->set.v4[random_below(&r, b->set.v4_count)].last
						: (uint32_t)random_next(&r));
		b->asked6[i] = address6(b->set.v6[random_below(&r, b->set.v6_count)].last);
		if (i % 2)
			b->asked6[i].b[5] ^= 0x55;
	}
}

int main(int argc, char **argv)
{
	struct bench b = {.found = 0};
	struct netlists_stamp stamp;
	struct netlist list;
	struct err err = {""};
	double start = now_ms();
	bool same;

	if (argc != 2 || netlists_read(argv[1], &b.set, &list, &stamp, &err) || !b.set.v4_count || !b.set.v6_count) {
		fprintf(stderr, "%s\n", argc == 2 ? err.msg : "usage: netlist_bench LIST");
		return 1;
	}
	printf("{\"read_ms\": %.1f, \"lines\": %" PRIu64 ", ", now_ms() - start, list.lines);
	choose(&b);
	same = compare(&b, "v4", b.set.v4_count, b.asked4, theirs4);
	same &= compare(&b, "v6", b.set.v6_count, b.asked6, theirs6);
	printf("\"same\": %s}\n", same ? "true" : "false");
	netset_done(&b.set);
	free(b.asked4);
	free(b.asked6);
	return 0;
}
