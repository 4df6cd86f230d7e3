/* Which tags an address has: lists, their tags, and what is left out. It does not know how a list is written, nor what
 * is done with tags. */
#include "peers/netlists.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "base/text.h"
#include "base/xmalloc.h"
#include "core/geo.h"
#include "peers/netlists_file.h"
#include "peers/netset.h"

enum { SHOWN = 320, LINE = 1024 };

/* Tags of a database, by enum geo_anonymity. */
static const struct {
	unsigned geo;
	const char *tag;
} geo_tags[] = {
	{GEO_VPN, "vpn"},
	{GEO_PROXY, "proxy"},
	{GEO_TOR, "tor"},
	{GEO_HOSTING, "hosting"},
};

enum { GEO_TAGS = sizeof(geo_tags) / sizeof(geo_tags[0]) };

struct list {
	char *path;
	char tag[NETLIST_TAG]; /* "": a database */
	unsigned bit;           /* of its tag */
	struct netset set;
	struct geo *geo;
	struct netlists_stamp read, seen; /* the file as it was read, and as it was at the last look */
	bool missing;                     /* and that was told */
};

struct lists {
	struct list *items;
	size_t count;
	struct netset excluded;
	uint64_t excluded_tags;
	uint64_t in_use; /* tags */
	bool needs_systems;
};

struct tags {
	char names[NETLISTS_TAGS][NETLIST_TAG];
	unsigned count;
};

struct netlists {
	struct netlists_ear ear;
	struct tags tags;
	unsigned geo_bits[GEO_TAGS];
	struct lists open;
};

__attribute__((format(printf, 3, 4))) static void note(const struct netlists *n, bool problem, const char *format, ...)
{
	char line[LINE];
	va_list args;

	if (!n->ear.note)
		return;
	va_start(args, format);
	vsnprintf(line, sizeof(line), format, args);
	va_end(args);
	n->ear.note(n->ear.arg, problem, line);
}

static void show(char shown[SHOWN], const char *foreign)
{
	text_clean(shown, SHOWN, foreign, strlen(foreign), TEXT_CLIENT_COLS);
}

/* ---- tags ---- */

static int find_tag(const struct tags *tags, const char *name)
{
	for (unsigned i = 0; i < tags->count; i++)
		if (strcmp(tags->names[i], name) == 0)
			return (int)i;
	return -1;
}

/* The bit of a tag, which is made if it is new. */
static int add_tag(struct tags *tags, const char *name, unsigned *bit, struct err *err)
{
	int found = find_tag(tags, name);

	if (found < 0 && tags->count == NETLISTS_TAGS)
		return err_set(err, -EINVAL, "[filter] lists: more than %d tags since the program was started",
			       (int)NETLISTS_TAGS);
	if (found < 0) {
		found = (int)tags->count++;
		str_copy(tags->names[found], NETLIST_TAG, name);
	}
	*bit = (unsigned)found;
	return 0;
}

/* ---- reading files ---- */

static void note_faults(const struct netlists *n, const char *path, const struct netlist *read)
{
	for (unsigned i = 0; i < read->fault_count; i++)
		note(n, true, "%s, line %" PRIu64 ": \"%s\": %s", path, read->faults[i].line, read->faults[i].text,
		     read->faults[i].why);
}

static void note_read(const struct netlists *n, const struct list *l, const struct netlist *read)
{
	char path[NETLISTS_SHOWN], networks[STR_NUMBER], rejected[STR_NUMBER];

	netlists_show(l->path, path);
	str_count(read->networks, networks);
	str_count(read->rejected, rejected);
	if (read->rejected)
		note(n, true, "%s: %s networks from %s, %s lines rejected", l->tag, networks, path, rejected);
	else
		note(n, false, "%s: %s networks from %s", l->tag, networks, path);
	note_faults(n, path, read);
	if (read->full)
		note(n, true, "%s has more than %d networks: the rest is left out", path, (int)NETSET_MAX);
}

static bool says_something(const struct netset *set)
{
	return set->v4_count || set->v6_count || set->system_count;
}

/* A download that failed leaves an empty file behind: that is no reason to forget what was known. */
static int refuse_empty(const struct list *l, const struct netlist *read, struct err *err)
{
	char path[NETLISTS_SHOWN];

	if (read->networks || !says_something(&l->set))
		return 0;
	netlists_show(l->path, path);
	return err_set(err, -ENODATA, "%s has no network any more; what it said stays", path);
}

static int read_list(const struct netlists *n, struct list *l, struct err *err)
{
	struct netlist *read = xmalloc(sizeof(*read));
	struct netset set = {0};
	int rc = netlists_read(l->path, &set, read, &l->read, err);

	if (rc == 0)
		rc = refuse_empty(l, read, err);
	if (rc == 0) {
		netset_done(&l->set);
		l->set = set;
		note_read(n, l, read);
	}
	free(read);
	return rc;
}

static int read_database(const struct netlists *n, struct list *l, struct err *err)
{
	struct netlists_stamp stamp = netlists_stamp(l->path);
	struct geo *geo;
	int rc = geo_open(l->path, &geo, err);

	if (rc)
		return rc;
	if (!geo_info(geo)->has_anonymity) {
		rc = err_set(err, -EMEDIUMTYPE, "%s does not say which addresses are anonymous", geo_info(geo)->path);
		geo_close(geo);
		return rc;
	}
	geo_close(l->geo);
	l->geo = geo;
	l->read = stamp;
	note(n, false, "vpn, proxy, tor, hosting: %s (%s)", geo_info(geo)->path, geo_info(geo)->type);
	return 0;
}

/* What was read before stays if this fails; it is tried again when the file changes. */
static bool read_file(const struct netlists *n, struct list *l)
{
	struct netlists_stamp before = netlists_stamp(l->path);
	struct err err;
	int rc = l->tag[0] ? read_list(n, l, &err) : read_database(n, l, &err);

	l->seen = before;
	if (rc) {
		l->read = before;
		l->missing = rc == -ENOENT;
		note(n, true, "%s%s%s", l->tag, l->tag[0] ? ": " : "", err.msg);
	}
	return rc == 0;
}

/* ---- opening ---- */

static void free_list(struct list *l)
{
	netset_done(&l->set);
	geo_close(l->geo);
	free(l->path);
}

static void close_lists(struct lists *lists)
{
	for (size_t i = 0; i < lists->count; i++)
		free_list(&lists->items[i]);
	free(lists->items);
	netset_done(&lists->excluded);
	*lists = (struct lists){.count = 0};
}

static int make_list(const char *item, struct lists *lists, struct tags *tags, struct err *err)
{
	const char *equals = strchr(item, '=');
	bool tagged = equals && netlist_is_tag(item, (size_t)(equals - item));
	struct list *l = &lists->items[lists->count];
	char shown[SHOWN];
	int rc = 0;

	show(shown, item);
	if (tagged ? !equals[1] : !str_ends(item, ".mmdb"))
		return err_set(err, -EINVAL,
			       "[filter] lists: \"%s\" is neither \"tag=path\", of a tag such as vpn or my-own, nor a "
			       ".mmdb",
			       shown);
	*l = (struct list){.path = NULL};
	if (tagged) {
		snprintf(l->tag, sizeof(l->tag), "%.*s", (int)(equals - item), item);
		rc = add_tag(tags, l->tag, &l->bit, err);
		lists->in_use |= (uint64_t)1 << l->bit;
	}
	for (unsigned i = 0, bit; i < GEO_TAGS && !tagged && rc == 0; i++) {
		rc = add_tag(tags, geo_tags[i].tag, &bit, err);
		lists->in_use |= (uint64_t)1 << bit;
	}
	if (rc)
		return rc;
	l->path = xstrdup(tagged ? equals + 1 : item);
	lists->count++;
	return 0;
}

static int make_exclusion(const char *item, struct lists *lists, const struct tags *tags, struct err *err)
{
	int bit = find_tag(tags, item);
	struct netlist_entry entry;
	char shown[SHOWN];
	const char *why;

	if (bit >= 0 && lists->in_use >> bit & 1) {
		lists->excluded_tags |= (uint64_t)1 << bit;
		return 0;
	}
	if (netlist_read(item, strlen(item), &entry, &why) == NETLIST_NETWORK && netset_add(&lists->excluded, &entry))
		return 0;
	show(shown, item);
	if (netlist_is_tag(item, strlen(item)))
		return err_set(err, -EINVAL, "[filter] exclude: no list has the tag \"%s\"", shown);
	return err_set(err, -EINVAL,
		       "[filter] exclude: \"%s\" is neither a tag nor an address, 192.0.2.0/24, range or AS number",
		       shown);
}

static int make_lists(const struct netlists_ask *ask, struct lists *lists, struct tags *tags, struct err *err)
{
	int rc = 0;

	if (ask->list_count > NETLISTS_MAX)
		return err_set(err, -EINVAL, "[filter] lists: more than %d", (int)NETLISTS_MAX);
	lists->items = xcalloc(ask->list_count + 1, sizeof(*lists->items));
	for (size_t i = 0; i < ask->list_count && rc == 0; i++)
		rc = make_list(ask->lists[i], lists, tags, err);
	for (size_t i = 0; i < ask->excluded_count && rc == 0; i++)
		rc = make_exclusion(ask->excluded[i], lists, tags, err);
	netset_settle(&lists->excluded);
	return rc;
}

/* What the same file said before, until it is read. */
static void inherit(struct list *l, struct lists *old)
{
	for (size_t i = 0; i < old->count; i++) {
		struct list *from = &old->items[i];

		if (strcmp(from->path, l->path) != 0 || strcmp(from->tag, l->tag) != 0)
			continue;
		l->set = from->set;
		l->geo = from->geo;
		from->set = (struct netset){0};
		from->geo = NULL;
		return;
	}
}

static void note_systems(struct netlists *n)
{
	n->open.needs_systems = n->open.excluded.system_count > 0;
	for (size_t i = 0; i < n->open.count; i++)
		n->open.needs_systems |= n->open.items[i].set.system_count > 0;
}

int netlists_open(struct netlists *n, const struct netlists_ask *ask, struct err *err)
{
	struct lists made = {.count = 0};
	struct tags tags = n->tags;
	int rc = make_lists(ask, &made, &tags, err);

	if (rc) {
		close_lists(&made);
		return rc;
	}
	n->tags = tags;
	for (unsigned i = 0; i < GEO_TAGS; i++)
		n->geo_bits[i] = (unsigned)find_tag(&tags, geo_tags[i].tag);
	for (size_t i = 0; i < made.count; i++) {
		inherit(&made.items[i], &n->open);
		read_file(n, &made.items[i]);
	}
	close_lists(&n->open);
	n->open = made;
	note_systems(n);
	return 0;
}

/* ---- files that change ---- */

static bool is_there(const struct netlists_stamp *stamp)
{
	return !netlists_same(stamp, &(struct netlists_stamp){0});
}

/* True if the file is another one than the one that was read, and no longer changing. */
static bool has_changed(const struct netlists *n, struct list *l)
{
	struct netlists_stamp now = netlists_stamp(l->path);
	bool still = netlists_same(&now, &l->seen);
	char path[NETLISTS_SHOWN];

	l->seen = now;
	if (is_there(&now)) {
		l->missing = false;
		return still && !netlists_same(&now, &l->read);
	}
	if (still && !l->missing) {
		netlists_show(l->path, path);
		note(n, true, "%s is gone; what it said stays", path);
		l->missing = true;
	}
	return false;
}

bool netlists_check(struct netlists *n)
{
	bool changed = false;

	for (size_t i = 0; i < n->open.count; i++)
		if (has_changed(n, &n->open.items[i]))
			changed |= read_file(n, &n->open.items[i]);
	note_systems(n);
	return changed;
}

/* ---- asking ---- */

/* Bits of the tags that a database knows of an address. */
static uint64_t database_tags(const struct netlists *n, const struct geo *geo, const struct ip *ip)
{
	struct geo_record record;
	uint64_t tags = 0;
	uint32_t at;

	if (geo_find(geo, ip, &at) || geo_read(geo, at, &record))
		return 0;
	for (unsigned i = 0; i < GEO_TAGS; i++)
		if (record.anonymity & geo_tags[i].geo)
			tags |= (uint64_t)1 << n->geo_bits[i];
	return tags;
}

static uint64_t tags_of(const struct netlists *n, const struct ip *ip)
{
	uint64_t tags = 0;

	for (size_t i = 0; i < n->open.count; i++) {
		const struct list *l = &n->open.items[i];

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
	return find_tag(&n->tags, name);
}

/* ---- life ---- */

struct netlists *netlists_new(struct netlists_ear ear)
{
	struct netlists *n = xcalloc(1, sizeof(*n));

	n->ear = ear;
	return n;
}

void netlists_free(struct netlists *n)
{
	if (!n)
		return;
	close_lists(&n->open);
	free(n);
}
