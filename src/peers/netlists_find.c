/* What lists say of an address: its tags, and whether it is left out; and of which tags they say nothing yet. It does
 * not know files. */
#include "peers/netlists_private.h"

#include <stdio.h>
#include <string.h>

const struct netlists_geo_tag netlists_geo_tags[NETLISTS_GEO_TAGS] = {
	{GEO_VPN, "vpn"},
	{GEO_PROXY, "proxy"},
	{GEO_TOR, "tor"},
	{GEO_HOSTING, "hosting"},
};

int netlists_names_find(const struct netlists_names *tags, const char *name)
{
	for (unsigned i = 0; i < tags->count; i++)
		if (strcmp(tags->names[i], name) == 0)
			return (int)i;
	return -1;
}

/* ---- of lists ---- */

uint64_t netlists_tags_of(const struct netlists *n, const struct netlists_list *l)
{
	uint64_t tags = 0;

	if (l->tag[0])
		return (uint64_t)1 << l->bit;
	for (unsigned i = 0; i < NETLISTS_GEO_TAGS; i++)
		tags |= (uint64_t)1 << n->geo_bits[i];
	return tags;
}

uint64_t netlists_unread(const struct netlists *n)
{
	uint64_t tags = 0;

	for (size_t i = 0; i < n->open.count; i++)
		if (n->open.items[i].unread)
			tags |= netlists_tags_of(n, &n->open.items[i]);
	return tags;
}

/* Is there an address of which it can say something? */
static bool tells(const struct netlists *n, const struct netlists_list *l)
{
	bool only_systems = l->set.system_count && !l->set.v4_count && !l->set.v6_count;

	return l->known && !(only_systems && n->lacks_systems);
}

uint64_t netlists_unknown(const struct netlists *n)
{
	uint64_t known = 0, unknown = 0;

	for (size_t i = 0; i < n->open.count; i++)
		*(tells(n, &n->open.items[i]) ? &known : &unknown) |= netlists_tags_of(n, &n->open.items[i]);
	return netlists_unread(n) | (unknown & ~known);
}

uint64_t netlists_doubtful(const struct netlists *n)
{
	uint64_t tags = 0;

	for (size_t i = 0; i < n->open.count; i++)
		if (!tells(n, &n->open.items[i]))
			tags |= netlists_tags_of(n, &n->open.items[i]);
	return tags;
}

enum netlists_state netlists_state(const struct netlists *n, unsigned bit)
{
	if (netlists_unread(n) >> bit & 1)
		return NETLISTS_READING;
	if (!(netlists_unknown(n) >> bit & 1))
		return NETLISTS_KNOWN;
	for (size_t i = 0; i < n->open.count; i++)
		if (n->open.items[i].known && netlists_tags_of(n, &n->open.items[i]) >> bit & 1)
			return NETLISTS_NO_SYSTEMS;
	return NETLISTS_UNREADABLE;
}

void netlists_lack_systems(struct netlists *n, bool lack)
{
	n->lacks_systems = lack;
}

bool netlists_lacks_exclusions(const struct netlists *n)
{
	return (netlists_unread(n) & n->open.excluded_tags) != 0;
}

/* ---- of addresses ---- */

/* Bits of the tags that a database knows of an address. */
static uint64_t database_tags(const struct netlists *n, const struct geo *geo, const struct ip *ip)
{
	struct geo_record record;
	uint64_t tags = 0;
	uint32_t at;

	if (geo_find(geo, ip, &at) || geo_read(geo, at, &record))
		return 0;
	for (unsigned i = 0; i < NETLISTS_GEO_TAGS; i++)
		if (record.anonymity & netlists_geo_tags[i].geo)
			tags |= (uint64_t)1 << n->geo_bits[i];
	return tags;
}

static uint64_t tags_of(const struct netlists *n, const struct ip *ip)
{
	uint64_t tags = 0;

	for (size_t i = 0; i < n->open.count; i++) {
		const struct netlists_list *l = &n->open.items[i];

		if (l->geo)
			tags |= database_tags(n, l->geo, ip);
		else if (netset_has(&l->set, ip))
			tags |= (uint64_t)1 << l->bit;
	}
	return tags;
}

uint64_t netlists_tags(const struct netlists *n, const struct ip *ip, uint32_t asn)
{
	struct ip inside = ip_located(ip);
	uint64_t tags = tags_of(n, ip);

	if (!ip_equal(&inside, ip))
		tags |= tags_of(n, &inside);
	for (size_t i = 0; i < n->open.count; i++)
		if (netset_has_system(&n->open.items[i].set, asn))
			tags |= (uint64_t)1 << n->open.items[i].bit;
	return tags;
}

bool netlists_excludes(const struct netlists *n, const struct ip *ip, uint32_t asn, uint64_t tags)
{
	struct ip inside = ip_located(ip);

	return (tags & n->open.excluded_tags) || netset_has(&n->open.excluded, ip) ||
	       netset_has(&n->open.excluded, &inside) || netset_has_system(&n->open.excluded, asn);
}

bool netlists_excludes_any(const struct netlists *n)
{
	const struct netset *e = &n->open.excluded;

	return n->open.excluded_tags || e->v4_count || e->v6_count || e->system_count;
}

size_t netlists_read_so_far(const struct netlists *n, uint64_t *networks)
{
	size_t lists = 0;

	*networks = 0;
	for (size_t i = 0; i < n->open.count; i++) {
		lists += n->open.items[i].known;
		*networks += n->open.items[i].networks;
	}
	return lists;
}

bool netlists_any(const struct netlists *n)
{
	return n->open.count > 0;
}

bool netlists_needs_systems(const struct netlists *n)
{
	return n->open.needs_systems;
}

unsigned netlists_tag_count(const struct netlists *n)
{
	return n->tags.count;
}

const char *netlists_tag_name(const struct netlists *n, unsigned bit)
{
	return n->tags.names[bit];
}

void netlists_tags_text(const struct netlists *n, uint64_t tags, char *text, size_t size)
{
	size_t len = 0;

	*text = '\0';
	for (unsigned i = 0; n && i < n->tags.count; i++)
		if ((tags >> i & 1) && len + 1 + strlen(n->tags.names[i]) < size)
			len += (size_t)snprintf(text + len, size - len, "%s%s", len ? " " : "", n->tags.names[i]);
}

uint64_t netlists_tags_in_use(const struct netlists *n)
{
	return n->open.in_use;
}

int netlists_tag_find(const struct netlists *n, const char *name)
{
	return netlists_names_find(&n->tags, name);
}
