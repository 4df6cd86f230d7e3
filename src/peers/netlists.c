/* Lists of networks, as the configuration names them and as their files change: opened, read, read again. It does not
 * know how a list is written, nor what is done with tags. */
#include "peers/netlists.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/str.h"
#include "base/text.h"
#include "base/words.h"
#include "base/xmalloc.h"
#include "peers/netlists_private.h"

enum {
	SHOWN = 320,
	LINE = 1024,
	READERS = 16, /* at a time: a service may have few threads */
	HANGING = 32, /* beside them, on disks that do not answer */
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

/* The bit of a tag, which is made if it is new. */
static int add_tag(struct netlists_names *tags, const char *name, unsigned *bit, struct err *err)
{
	int found = netlists_names_find(tags, name);

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
		note(n, true, N_("%s, line %llu: \"%s\": %s"), path, (unsigned long long)read->faults[i].line,
		     read->faults[i].text, read->faults[i].why);
}

static void note_read(const struct netlists *n, const struct netlists_list *l, const struct netlist *read)
{
	static const char *const formats[2][3] = {
		{N_("%s: %s network from %s"), N_("%s: %s network from %s, %s line rejected"),
		 N_("%s: %s network from %s, %s lines rejected")},
		{N_("%s: %s networks from %s"), N_("%s: %s networks from %s, %s line rejected"),
		 N_("%s: %s networks from %s, %s lines rejected")},
	};
	unsigned bad = read->rejected < 2 ? (unsigned)read->rejected : 2;
	char path[NETLISTS_SHOWN], networks[STR_NUMBER], rejected[STR_NUMBER];

	netlists_show(l->path, path);
	str_count(read->networks, networks);
	str_count(read->rejected, rejected);
	note(n, bad > 0, formats[read->networks != 1][bad], l->tag, networks, path, rejected);
	note_faults(n, path, read);
	if (read->full)
		note(n, true, N_("%s has more than %d networks: the rest is left out"), path, (int)NETSET_MAX);
}

static bool says_something(const struct netset *set)
{
	return set->v4_count || set->v6_count || set->system_count;
}

/* A download that failed leaves an empty file behind: that is no reason to forget what was known. */
static int refuse_empty(const struct netlists_list *l, const struct netlist *read, struct err *err)
{
	char path[NETLISTS_SHOWN];

	if (read->networks || !says_something(&l->set))
		return 0;
	netlists_show(l->path, path);
	return err_set(err, -ENODATA, N_("%s has no network any more; what it said stays"), path);
}

/* What was read before stays if this fails; it is tried again when the file changes. True: it says something else. */
static bool take_read(const struct netlists *n, struct netlists_list *l, struct netlists_job *job)
{
	int code = job->code;

	if (!code && !job->database)
		code = refuse_empty(l, &job->list, &job->err);
	l->read = job->read;
	l->unread = false;
	if (code) {
		l->missing = code == -ENOENT;
		note(n, true, "%s%s%s", l->tag, l->tag[0] ? ": " : "", job->err.msg);
		return false;
	}
	l->known = true;
	netset_done(&l->set);
	geo_close(l->geo);
	l->set = job->set;
	l->networks = job->list.networks;
	l->geo = job->geo;
	job->set = (struct netset){0};
	job->geo = NULL;
	if (job->database)
		note(n, false, "vpn, proxy, tor, hosting: %s (%s)", geo_info(l->geo)->path, geo_info(l->geo)->type);
	else
		note_read(n, l, &job->list);
	return true;
}

/* What became of a file that was not read. */
static void take_seen(const struct netlists *n, struct netlists_list *l, const struct netlists_job *job)
{
	char path[NETLISTS_SHOWN];

	if (netlists_is_there(&job->now)) {
		l->missing = false;
	} else if (netlists_same(&job->now, &l->seen) && !l->missing) {
		netlists_show(l->path, path);
		note(n, true, N_("%s is gone; what it said stays"), path);
		l->missing = true;
	}
}

/* A look that is on its way is not worth another, but who wants it read anyway wants it as it is now. */
static void begin(struct netlists_list *l, bool anyway)
{
	if (l->aside) {
		l->again |= anyway;
		return;
	}
	if (!l->job)
		l->job = netlists_job_new(l->path, !l->tag[0]);
	l->job->anyway |= anyway;
	l->job->read = l->read;
	l->job->seen = l->seen;
}

/* Starts those whose turn it is. One that hangs gives its place to another. */
static void go_on(struct netlists *n)
{
	unsigned running = 0, hanging = 0;

	for (size_t i = 0; i < n->open.count; i++) {
		running += n->open.items[i].aside != NULL;
		hanging += n->open.items[i].hangs;
	}
	running -= hanging < HANGING ? hanging : HANGING;
	for (size_t i = 0; i < n->open.count && running < READERS; i++) {
		struct netlists_list *l = &n->open.items[i];

		if (!l->job || l->aside)
			continue;
		l->aside = aside_begin(netlists_job_run, l->job);
		running++;
	}
}

/* What a look has found, if it is over in so long. True: the list says something else now. */
static bool finish(const struct netlists *n, struct netlists_list *l, int64_t ms)
{
	bool changed = false;

	if (!l->aside || !aside_over(l->aside, ms))
		return false;
	l->aside = NULL;
	if (l->job->done)
		changed = take_read(n, l, l->job);
	else
		take_seen(n, l, l->job);
	l->seen = l->job->now;
	netlists_job_free(l->job);
	l->job = NULL;
	l->late = l->hangs = false;
	if (l->again)
		begin(l, true);
	l->again = false;
	return changed;
}

/* ---- opening ---- */

static void free_list(struct netlists_list *l)
{
	if (l->aside)
		aside_drop(l->aside, netlists_job_free);
	else if (l->job)
		netlists_job_free(l->job);
	netset_done(&l->set);
	geo_close(l->geo);
	free(l->path);
}

static void close_lists(struct netlists_set *lists)
{
	for (size_t i = 0; i < lists->count; i++)
		free_list(&lists->items[i]);
	free(lists->items);
	netset_done(&lists->excluded);
	*lists = (struct netlists_set){.count = 0};
}

static int make_list(const char *item, struct netlists_set *lists, struct netlists_names *tags, struct err *err)
{
	const char *equals = strchr(item, '=');
	bool tagged = equals && netlist_is_tag(item, (size_t)(equals - item));
	struct netlists_list *l = &lists->items[lists->count];
	char shown[SHOWN];
	int rc = 0;

	show(shown, item);
	if (tagged ? !equals[1] : !str_ends(item, ".mmdb"))
		return err_set(err, -EINVAL,
			       "[filter] lists: \"%s\" is neither \"tag=path\", of a tag such as vpn or my-own, nor a "
			       ".mmdb",
			       shown);
	*l = (struct netlists_list){.unread = true};
	if (tagged) {
		snprintf(l->tag, sizeof(l->tag), "%.*s", (int)(equals - item), item);
		rc = add_tag(tags, l->tag, &l->bit, err);
		lists->in_use |= (uint64_t)1 << l->bit;
	}
	for (unsigned i = 0, bit; i < NETLISTS_GEO_TAGS && !tagged && rc == 0; i++) {
		rc = add_tag(tags, netlists_geo_tags[i].tag, &bit, err);
		lists->in_use |= (uint64_t)1 << bit;
	}
	if (rc)
		return rc;
	l->path = xstrdup(tagged ? equals + 1 : item);
	lists->count++;
	return 0;
}

static int make_exclusion(const char *item, struct netlists_set *lists, const struct netlists_names *tags,
			  struct err *err)
{
	int bit = netlists_names_find(tags, item);
	struct netlist_entry entry;
	char shown[SHOWN];

	if (bit >= 0 && lists->in_use >> bit & 1) {
		lists->excluded_tags |= (uint64_t)1 << bit;
		return 0;
	}
	if (netlist_is_network(item, strlen(item), &entry) && netset_add(&lists->excluded, &entry))
		return 0;
	show(shown, item);
	if (netlist_is_tag(item, strlen(item)))
		return err_set(err, -EINVAL, "[filter] exclude: no list has the tag \"%s\"", shown);
	return err_set(err, -EINVAL,
		       "[filter] exclude: \"%s\" is neither a tag nor an address, 192.0.2.0/24, range or AS number",
		       shown);
}

static int make_lists(const struct netlists_ask *ask, struct netlists_set *lists, struct netlists_names *tags,
		      struct err *err)
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

/* The same file, of the same kind; NULL: it was not open, or has an heir. */
static struct netlists_list *find_open(struct netlists_set *old, const struct netlists_list *l, bool tag_too)
{
	for (size_t i = 0; i < old->count; i++) {
		struct netlists_list *from = &old->items[i];

		if (from->left || strcmp(from->path, l->path) != 0 || !from->tag[0] != !l->tag[0])
			continue;
		if (!tag_too || strcmp(from->tag, l->tag) == 0)
			return from;
	}
	return NULL;
}

/* What the same file said before, until it is read; and the look at it, lest a disk that hangs collects threads. */
static void inherit(struct netlists_list *l, struct netlists_list *from)
{
	l->set = from->set;
	l->networks = from->networks;
	l->geo = from->geo;
	l->unread = from->unread;
	l->known = from->known;
	l->aside = from->aside;
	l->job = from->job;
	l->late = from->late;
	l->hangs = from->hangs;
	l->inherited = true;
	from->set = (struct netset){0};
	from->geo = NULL;
	from->aside = NULL;
	from->hangs = false;
	from->job = NULL;
	from->left = true;
}

/* A tag that has another name now takes what no list of its old name does. */
static void inherit_all(struct netlists_set *made, struct netlists_set *old)
{
	for (int pass = 0; pass < 2; pass++) {
		for (size_t i = 0; i < made->count; i++) {
			struct netlists_list *l = &made->items[i], *from = NULL;

			if (!l->inherited)
				from = find_open(old, l, pass == 0);
			if (from)
				inherit(l, from);
		}
	}
}

static void note_systems(struct netlists *n)
{
	n->open.needs_systems = n->open.excluded.system_count > 0;
	for (size_t i = 0; i < n->open.count; i++)
		n->open.needs_systems |= n->open.items[i].set.system_count > 0;
}

int netlists_try(const struct netlists *n, const struct netlists_ask *ask, struct err *err)
{
	struct netlists_set made = {.count = 0};
	struct netlists_names tags = n->tags;
	int rc = make_lists(ask, &made, &tags, err);

	close_lists(&made);
	return rc;
}

int netlists_open(struct netlists *n, const struct netlists_ask *ask, struct err *err)
{
	struct netlists_set made = {.count = 0};
	struct netlists_names tags = n->tags;
	int rc = make_lists(ask, &made, &tags, err);

	if (rc) {
		close_lists(&made);
		return rc;
	}
	n->tags = tags;
	for (unsigned i = 0; i < NETLISTS_GEO_TAGS; i++)
		n->geo_bits[i] = (unsigned)netlists_names_find(&tags, netlists_geo_tags[i].tag);
	inherit_all(&made, &n->open);
	for (size_t i = 0; i < made.count; i++)
		begin(&made.items[i], true);
	close_lists(&n->open);
	n->open = made;
	note_systems(n);
	go_on(n);
	return 0;
}

/* ---- files that change ---- */

/* One that is not over since the last time takes long. */
static void tell_late(const struct netlists *n, struct netlists_list *l)
{
	char path[NETLISTS_SHOWN], which[NETLIST_TAG + 2 + NETLISTS_SHOWN];

	if (l->late || l->missing)
		return;
	netlists_show(l->path, path);
	snprintf(which, sizeof(which), "%s%s%s", l->tag, l->tag[0] ? ": " : "", path);
	note(n, true,
	     l->unread ? N_("%s is still being read") : N_("%s is still being read; what it said stays until then"),
	     which);
	l->late = true;
}

void netlists_check(struct netlists *n)
{
	for (size_t i = 0; i < n->open.count; i++) {
		struct netlists_list *l = &n->open.items[i];

		l->hangs = l->aside != NULL;
		if (l->job)
			tell_late(n, l);
		else
			begin(l, false);
	}
	go_on(n);
}

bool netlists_take(struct netlists *n, int64_t ms)
{
	int64_t until = clock_now().mono_ms + ms;
	bool changed = false;

	n->exclusions_changed = false;
	for (size_t i = 0; i < n->open.count; i++) {
		int64_t left = ms ? until - clock_now().mono_ms : 0;

		go_on(n);
		if (!finish(n, &n->open.items[i], left > 0 ? left : 0))
			continue;
		changed = true;
		n->exclusions_changed |= (netlists_tags_of(n, &n->open.items[i]) & n->open.excluded_tags) != 0;
	}
	note_systems(n);
	go_on(n);
	return changed;
}

void netlists_tell_late(struct netlists *n)
{
	for (size_t i = 0; i < n->open.count; i++)
		if (n->open.items[i].job)
			tell_late(n, &n->open.items[i]);
}

bool netlists_busy(const struct netlists *n)
{
	for (size_t i = 0; i < n->open.count; i++)
		if (n->open.items[i].job)
			return true;
	return false;
}

bool netlists_exclusions_changed(const struct netlists *n)
{
	return n->exclusions_changed;
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
