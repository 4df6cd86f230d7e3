/* What Prometheus is told. Peers choose their clients' names and so could make a series each: the fifty families that
 * were seen most are named. It does not know who asks. */
#include "peers/metrics.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "core/newfile.h"
#include "core/notify.h"
#include "peers/view.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

/* ---- the format ------------------------------------------------------------------------------------------------- */

struct metric {
	const char *name, *help;
	bool counter;
};

static void put_head(struct buf *out, const struct metric *m)
{
	buf_printf(out, "# HELP swarmtop_%s %s\n# TYPE swarmtop_%s %s\n", m->name, m->help, m->name,
		   m->counter ? "counter" : "gauge");
}

/* Clean text has no line ends, but may have the other two that must be escaped. */
static void put_label(struct buf *out, const char *value)
{
	buf_putc(out, '"');
	for (; *value; value++) {
		if (*value == '"' || *value == '\\')
			buf_putc(out, '\\');
		buf_putc(out, *value);
	}
	buf_putc(out, '"');
}

/* A sample with one label, or without (NULL). */
static void put_sample(struct buf *out, const struct metric *m, const char *label, const char *value, double number)
{
	char text[STR_NUMBER];

	buf_printf(out, "swarmtop_%s", m->name);
	if (label) {
		buf_printf(out, "{%s=", label);
		put_label(out, value);
		buf_putc(out, '}');
	}
	str_decimal(number, 6, text);
	buf_printf(out, " %s\n", text);
}

static void put_one(struct buf *out, const char *name, bool counter, const char *help, double number)
{
	const struct metric m = {name, help, counter};

	put_head(out, &m);
	put_sample(out, &m, NULL, "", number);
}

/* ---- sums of the same kind -------------------------------------------------------------------------------------- */

/* What is counted of a country, a client or a tag. */
struct sums {
	uint64_t sightings, unique;
	struct fold_now now;
};

struct column {
	const char *suffix; /* of the name */
	const char *help;   /* "... by country" */
	bool counter;
	double (*get)(const struct sums *s);
};

static double get_connections(const struct sums *s)
{
	return s->now.connections;
}

static double get_addresses(const struct sums *s)
{
	return s->now.addresses;
}

static double get_up(const struct sums *s)
{
	return (double)s->now.rate_up;
}

static double get_down(const struct sums *s)
{
	return (double)s->now.rate_down;
}

static double get_sightings(const struct sums *s)
{
	return (double)s->sightings;
}

static double get_unique(const struct sums *s)
{
	return (double)s->unique;
}

static const struct column columns[] = {
	{"connections", "Peer connections now", false, get_connections},
	{"addresses", "Distinct peer addresses now", false, get_addresses},
	{"upload_bytes_per_second", "Upload rate to peers now", false, get_up},
	{"download_bytes_per_second", "Download rate from peers now", false, get_down},
	{"sightings_total", "Peer list entries of all polls since the start", true, get_sightings},
	{"unique_addresses", "Distinct peer addresses since the start, an estimate when very many", false, get_unique},
};

enum { NOW_COLUMNS = 4 }; /* the first ones */

struct row {
	char label[METRICS_LABEL];
	struct sums sums;
};

/* All columns of these rows, `prefix` before their names; the last columns are left out where nobody counts them. */
static void put_rows(struct buf *out, const char *prefix, const char *label, const struct row *rows, size_t count,
		     size_t column_count)
{
	for (size_t c = 0; c < column_count; c++) {
		char name[64], help[160];
		struct metric m = {name, help, columns[c].counter};

		snprintf(name, sizeof(name), "%s%s", prefix, columns[c].suffix);
		snprintf(help, sizeof(help), "%s, by %s.", columns[c].help, label);
		put_head(out, &m);
		for (size_t i = 0; i < count; i++)
			put_sample(out, &m, label, rows[i].label, columns[c].get(&rows[i].sums));
	}
}

static void sums_add(struct sums *to, const struct sums *from)
{
	to->sightings += from->sightings;
	to->unique += from->unique;
	to->now.connections += from->now.connections;
	to->now.addresses += from->now.addresses;
	to->now.rate_up += from->now.rate_up;
	to->now.rate_down += from->now.rate_down;
}

/* Adds to the row with this label, which is made if there is none: two of one label would spoil the whole scrape. */
static void add_row(struct row *rows, size_t *count, const char *label, const struct sums *sums)
{
	struct row new = {.sums = *sums};

	str_copy(new.label, sizeof(new.label), label);
	for (size_t i = 0; i < *count; i++) {
		if (strcmp(rows[i].label, new.label) == 0) {
			sums_add(&rows[i].sums, sums);
			return;
		}
	}
	rows[(*count)++] = new;
}

/* ---- countries and clients -------------------------------------------------------------------------------------- */

/* A counter never falls: sightings stay where they were counted, though their addresses are located anew. */
static void put_countries(const struct scene *scene, struct buf *out)
{
	struct row rows[COUNTRY_MAX];
	size_t count = 0;

	for (country_t c = 0; c < country_count(); c++) {
		const struct fold_country *from = &scene->fold->countries[c];
		uint64_t counted = fold_counted(scene->fold, c);

		if (!from->sightings && !counted)
			continue;
		rows[count] = (struct row){.sums = {counted, fold_unique(scene->fold, c), from->now}};
		str_copy(rows[count++].label, METRICS_LABEL, country_code(c));
	}
	put_rows(out, "", "country", rows, count, COUNT_OF(columns));
}

static int by_sightings(const void *a, const void *b, void *context)
{
	const struct view_group *groups = context, *x = &groups[*(const uint32_t *)a],
				*y = &groups[*(const uint32_t *)b];

	if (x->sightings != y->sightings)
		return x->sightings > y->sightings ? -1 : 1;
	return strcmp(x->name, y->name);
}

/* Those seen most have names of their own, whether they are here now or not: a series that is there stays. Sightings
 * are left to the countries, since a counter that a client leaves would seem to begin anew. */
static void put_clients(const struct scene *scene, struct buf *out)
{
	struct row rows[METRICS_FAMILIES + 1];
	size_t count = 0;
	struct view v;

	view_init(&v, VIEW_CLIENTS);
	view_update(&v, scene);
	if (v.count)
		qsort_r(v.rows, v.count, sizeof(*v.rows), by_sightings, v.groups);
	for (uint32_t i = 0; i < v.count; i++) {
		const struct view_group *g = &v.groups[v.rows[i]];

		add_row(rows, &count, i < METRICS_FAMILIES ? g->name : "other", &(struct sums){.now = g->now});
	}
	view_done(&v);
	put_rows(out, "client_", "client", rows, count, NOW_COLUMNS);
}

/* An address may have several tags. Those whose numbers are unknown have no sample. */
static void put_tags(const struct scene *scene, struct buf *out)
{
	uint64_t tags = scene->lists ? netlists_tags_in_use(scene->lists) & ~netlists_unknown(scene->lists) : 0;
	struct row rows[FOLD_TAGS];
	size_t count = 0;

	while (tags) {
		unsigned bit = (unsigned)__builtin_ctzll(tags);
		struct sums sums = {.sightings = fold_tag_counted(scene->fold, bit), .now = scene->fold->tags[bit].now};

		tags &= tags - 1;
		add_row(rows, &count, netlists_tag_name(scene->lists, bit), &sums);
	}
	if (count)
		put_rows(out, "tag_", "tag", rows, count, NOW_COLUMNS + 1);
}

/* ---- how the connections are made up ---------------------------------------------------------------------------- */

static void put_mix(const struct scene *scene, struct buf *out)
{
	static const char *const origins[ORIGIN_COUNT] = {
		[ORIGIN_TRACKER] = "tracker", [ORIGIN_INCOMING] = "incoming", [ORIGIN_DHT] = "dht",
		[ORIGIN_PEX] = "pex",         [ORIGIN_LPD] = "lpd",           [ORIGIN_LTEP] = "ltep",
		[ORIGIN_CACHE] = "cache",
	};
	static const struct metric by_trait = {"trait_connections", "Peer connections now that are such; they overlap.",
					       false};
	static const struct metric by_origin = {"origin_connections", "Where daemons met their peers.", false};
	const struct fold_mix *mix = &scene->fold->mix;
	const struct {
		const char *name;
		uint32_t count;
	} traits[] = {
		{"encrypted", mix->encrypted}, {"incoming", mix->incoming},   {"seed", mix->seeds},
		{"ipv6", mix->ipv6},           {"utp", mix->utp},             {"uploading", mix->uploading},
		{"downloading", mix->downloading},
	};

	put_head(out, &by_trait);
	for (size_t i = 0; i < COUNT_OF(traits); i++)
		put_sample(out, &by_trait, "trait", traits[i].name, traits[i].count);
	put_head(out, &by_origin);
	for (size_t i = 0; i < ORIGIN_COUNT; i++)
		put_sample(out, &by_origin, "origin", origins[i], mix->from[i]);
}

/* ---- daemons ---------------------------------------------------------------------------------------------------- */

static double source_up(const struct scene *scene, unsigned i)
{
	return scene->sources[i].state == SOURCE_OK;
}

static double source_connections(const struct scene *scene, unsigned i)
{
	return scene->fold->sources[i].now.connections;
}

static double source_rate_up(const struct scene *scene, unsigned i)
{
	return (double)scene->fold->sources[i].now.rate_up;
}

static double source_rate_down(const struct scene *scene, unsigned i)
{
	return (double)scene->fold->sources[i].now.rate_down;
}

static double source_torrents(const struct scene *scene, unsigned i)
{
	return scene->sources[i].torrents;
}

static double source_seconds(const struct scene *scene, unsigned i)
{
	return scene->sources[i].poll_ms / 1000;
}

static double source_last(const struct scene *scene, unsigned i)
{
	return (double)scene->sources[i].good_wall;
}

static const struct {
	struct metric metric;
	double (*get)(const struct scene *scene, unsigned i);
	bool answered; /* only of who has answered before */
} source_metrics[] = {
	{{"source_up", "Whether the latest poll of the daemon succeeded.", false}, source_up, false},
	{{"source_connections", "Peer connections of the daemon now.", false}, source_connections, false},
	{{"source_upload_bytes_per_second", "Upload rate of the daemon now.", false}, source_rate_up, false},
	{{"source_download_bytes_per_second", "Download rate of the daemon now.", false}, source_rate_down, false},
	{{"source_torrents", "Torrents that are looked at.", false}, source_torrents, true},
	{{"source_poll_duration_seconds", "Time that the latest poll took.", false}, source_seconds, true},
	{{"source_last_answer_timestamp_seconds", "When the daemon last answered.", false}, source_last, true},
};

/* The configuration gives each another name; one that was cut may be that of another. */
static bool is_first(const struct scene *scene, unsigned i)
{
	for (unsigned before = 0; before < i; before++)
		if (strncmp(scene->sources[before].name, scene->sources[i].name, METRICS_LABEL - 1) == 0)
			return false;
	return true;
}

static void put_sources(const struct scene *scene, struct buf *out)
{
	for (size_t m = 0; m < COUNT_OF(source_metrics); m++) {
		put_head(out, &source_metrics[m].metric);
		for (unsigned i = 0; i < scene->source_count; i++) {
			if (is_first(scene, i) && (scene->sources[i].good_wall || !source_metrics[m].answered))
				put_sample(out, &source_metrics[m].metric, "source", scene->sources[i].name,
					   source_metrics[m].get(scene, i));
		}
	}
}

/* ---- alerts ----------------------------------------------------------------------------------------------------- */

static void put_alerts(const struct alerts *alerts, struct buf *out)
{
	static const struct metric raised = {"alert_raised", "Whether the alert is raised.", false};

	if (!alerts_count(alerts))
		return;
	put_head(out, &raised);
	for (size_t i = 0; i < alerts_count(alerts); i++) {
		struct alert_status alert = alerts_status(alerts, i);

		put_sample(out, &raised, "alert", alert.name, alert.raised);
	}
}

static double notify_sent(const struct notify_status *s)
{
	return (double)s->sent;
}

static double notify_lost(const struct notify_status *s)
{
	return (double)s->lost;
}

static double notify_waiting(const struct notify_status *s)
{
	return (double)s->waiting;
}

static void put_notifiers(const struct notify *notify, struct buf *out)
{
	static const struct {
		struct metric metric;
		double (*get)(const struct notify_status *s);
	} columns_of[] = {
		{{"notifications_sent_total", "Messages that were delivered.", true}, notify_sent},
		{{"notifications_lost_total", "Messages that were given up.", true}, notify_lost},
		{{"notifications_waiting", "Messages that wait to be delivered.", false}, notify_waiting},
	};

	for (size_t m = 0; notify && notify_count(notify) && m < COUNT_OF(columns_of); m++) {
		put_head(out, &columns_of[m].metric);
		for (size_t i = 0; i < notify_count(notify); i++) {
			struct notify_status status = notify_status(notify, i);

			put_sample(out, &columns_of[m].metric, "notifier", status.name, columns_of[m].get(&status));
		}
	}
}

/* ---- all of it -------------------------------------------------------------------------------------------------- */

/* Not those all of whose peers are left out. Place 0 stands for those that have no place. */
static double torrents_seen(const struct fold *f)
{
	uint32_t count = 0;

	for (uint32_t i = 0; i < f->torrent_count; i++)
		count += f->torrents[i].sightings > 0;
	return count;
}

static void put_totals(const struct scene *scene, struct buf *out)
{
	static const struct metric build = {"build_info", "The version of swarmtop.", false};
	const struct fold *f = scene->fold;

	put_head(out, &build);
	put_sample(out, &build, "version", SWARMTOP_VERSION, 1);
	put_one(out, "polls_total", true, "Rounds of polls completed.", scene->poll);
	put_one(out, "refresh_interval_seconds", false, "From one poll to the next.", scene->refresh);
	put_one(out, "unique_peer_addresses", false, "Distinct peer addresses since the start, of all countries.",
		f->unique);
	put_one(out, "remembered_addresses", false, "Peer addresses in memory.", f->address_count);
	put_one(out, "excluded_connections", false,
		"Peer connections now that are left out of all else but origin_connections, which daemons count.",
		scene->excluded.connections);
	put_one(out, "excluded_sightings_total", true, "Sightings of peers that were left out since the start.",
		(double)scene->excluded.sightings);
	put_one(out, "torrents_with_peers", false, "Torrents seen with a peer since the start.", torrents_seen(f));
}

void metrics_write(const struct scene *scene, struct buf *out)
{
	put_totals(scene, out);
	put_sources(scene, out);
	put_countries(scene, out);
	put_clients(scene, out);
	put_tags(scene, out);
	put_mix(scene, out);
	put_alerts(scene->alerts, out);
	put_notifiers(scene->notify, out);
}

int metrics_save(const struct scene *scene, const char *path, struct err *err)
{
	struct newfile file;
	int rc = newfile_open(&file, path, err);

	if (rc)
		return rc;
	file.hasty = true;
	metrics_write(scene, &file.text);
	return newfile_commit(&file, err);
}
