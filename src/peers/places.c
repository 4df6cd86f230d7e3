/* The connections of now by place. It does not know how a map is drawn. */
#include "peers/places.h"

#include <stdlib.h>
#include <string.h>

#include "base/xmalloc.h"

/* Without a database of cities a place is the middle of its country; without any (in tests) the same. */
static struct placed place_of(const struct scene *scene, const struct address *a)
{
	struct placed here = {.at = {.weight = 1}, .country = a->country};

	if (scene->locate) {
		const struct place *place = locate_get(scene->locate, a->place);

		here.at.latitude = place->latitude;
		here.at.longitude = place->longitude;
		here.city = place->city;
	} else {
		country_centroid(a->country, &here.at.latitude, &here.at.longitude);
	}
	return here;
}

static void find_source(struct places *p, const struct scene *scene, const struct fold_source *source)
{
	for (size_t i = 0; source->live && i < source->count; i++) {
		const struct address *a = &scene->fold->addresses[source->connections[i].address];

		if (a->country < COUNTRY_FIRST)
			p->nowhere++;
		else
			p->items[p->count++] = place_of(scene, a);
	}
}

static int compare(float a, float b)
{
	return a < b ? -1 : a > b;
}

static int by_place(const void *a, const void *b)
{
	const struct placed *x = a, *y = b;
	int order = compare(x->at.latitude, y->at.latitude);

	if (!order)
		order = compare(x->at.longitude, y->at.longitude);
	return order ? order : (int)x->country - (int)y->country;
}

static int by_weight(const void *a, const void *b)
{
	const struct placed *x = a, *y = b;

	if (x->at.weight != y->at.weight)
		return x->at.weight > y->at.weight ? -1 : 1;
	return by_place(a, b);
}

/* Cities whose positions are not known are all in the middle of their country, which is none of them. */
static void add(struct placed *to, const struct placed *one)
{
	to->at.weight += one->at.weight;
	if (to->city && (!one->city || strcmp(to->city, one->city) != 0))
		to->city = NULL;
}

static void merge(struct places *p)
{
	size_t kept = 0;

	if (!p->count)
		return;
	qsort(p->items, p->count, sizeof(*p->items), by_place);
	for (size_t i = 1; i < p->count; i++) {
		if (by_place(&p->items[kept], &p->items[i]) == 0)
			add(&p->items[kept], &p->items[i]);
		else
			p->items[++kept] = p->items[i];
	}
	p->count = kept + 1;
	qsort(p->items, p->count, sizeof(*p->items), by_weight);
}

void places_find(struct places *p, const struct scene *scene)
{
	size_t most = 1;

	*p = (struct places){.count = 0};
	for (unsigned i = 0; i < FOLD_SOURCES; i++)
		most += scene->fold->sources[i].count;
	p->items = xcalloc(most, sizeof(*p->items));
	for (unsigned i = 0; i < FOLD_SOURCES; i++)
		find_source(p, scene, &scene->fold->sources[i]);
	merge(p);
}

void places_done(struct places *p)
{
	free(p->items);
	*p = (struct places){.count = 0};
}
