/* A poll as one line of JSON (JSON Lines). The keys are a contract: new ones may come, none goes. It does not know
 * where the line goes. */
#include "peers/draw_json.h"

#include "base/jsonw.h"
#include "core/notify.h"
#include "peers/record.h"
#include "peers/view_networks.h"

enum { SCHEMA = 1, NETWORKS_MAX = 100 };

void draw_json_int(struct jsonw *w, const char *key, uint64_t value)
{
	jsonw_key(w, key);
	jsonw_int(w, (int64_t)value);
}

static void write_value(struct jsonw *w, const struct record_value *v)
{
	static const int decimals = 3;

	if (v->kind == RECORD_NULL)
		jsonw_null(w);
	else if (v->kind == RECORD_TEXT)
		jsonw_text(w, v->text);
	else if (v->kind == RECORD_INT)
		jsonw_int(w, v->number);
	else if (v->kind == RECORD_DOUBLE)
		jsonw_double(w, v->real, decimals);
	else if (v->kind == RECORD_BOOL)
		jsonw_bool(w, v->number != 0);
	else
		jsonw_time(w, v->number);
}

void draw_json_row(struct jsonw *w, const struct record_field *fields, uint32_t row, const struct scene *scene)
{
	struct record_value v;

	for (const struct record_field *f = fields; f->key; f++) {
		record_get(f, scene, row, &v);
		jsonw_key(w, f->key);
		write_value(w, &v);
	}
}

static void write_rows(struct jsonw *w, const char *key, const struct record_field *fields, const uint32_t *rows,
		       uint32_t count, const struct scene *scene)
{
	jsonw_key(w, key);
	jsonw_array(w);
	for (uint32_t i = 0; i < count; i++) {
		jsonw_object(w);
		draw_json_row(w, fields, rows[i], scene);
		jsonw_object_end(w);
	}
	jsonw_array_end(w);
}

static void write_source(struct jsonw *w, const struct source_status *s)
{
	bool known = s->good_wall != 0;

	jsonw_object(w);
	jsonw_member_text(w, "name", s->name);
	jsonw_member_text(w, "url", s->url);
	jsonw_member_text(w, "state", source_state_name(s->state));
	jsonw_member_text(w, "error", s->error);
	jsonw_member_text(w, "version", s->version);
	jsonw_member_int(w, "torrents", known, s->torrents);
	jsonw_member_int(w, "peers", known, s->state == SOURCE_OK ? s->peers : 0);
	jsonw_key(w, "poll_ms");
	if (known)
		jsonw_double(w, s->poll_ms, 1);
	else
		jsonw_null(w);
	jsonw_object_end(w);
}

static void write_sources(struct jsonw *w, const struct scene *scene)
{
	jsonw_key(w, "sources");
	jsonw_array(w);
	for (unsigned i = 0; i < scene->source_count; i++)
		write_source(w, &scene->sources[i]);
	jsonw_array_end(w);
}

static void write_totals(struct jsonw *w, const struct fold *fold)
{
	draw_json_int(w, "sightings", fold->sightings);
	draw_json_int(w, "unique", fold->unique);
	jsonw_key(w, "unique_exact");
	jsonw_bool(w, !fold->forgot);
	draw_json_int(w, "connections", fold->now.connections);
	draw_json_int(w, "addresses", fold->now.addresses);
	draw_json_int(w, "rate_up", fold->now.rate_up);
	draw_json_int(w, "rate_down", fold->now.rate_down);
}

/* Tags of the lists that are configured, in their order. */
static void write_tags(struct jsonw *w, const struct scene *scene)
{
	uint64_t tags = scene->lists ? netlists_tags_in_use(scene->lists) : 0;
	static const char *const states[] = {"ok", "reading", "unreadable", "no-asn-database"};

	jsonw_key(w, "tags");
	jsonw_array(w);
	while (tags) {
		unsigned bit = (unsigned)__builtin_ctzll(tags);
		const struct fold_tag *tag = &scene->fold->tags[bit];
		enum netlists_state state = netlists_state(scene->lists, bit);
		bool known = state == NETLISTS_KNOWN;

		tags &= tags - 1;
		jsonw_object(w);
		jsonw_member_text(w, "tag", netlists_tag_name(scene->lists, bit));
		jsonw_member_text(w, "state", states[state]);
		jsonw_member_int(w, "sightings", known, (int64_t)tag->sightings);
		jsonw_member_int(w, "connections", known, tag->now.connections);
		jsonw_member_int(w, "addresses", known, tag->now.addresses);
		jsonw_member_int(w, "rate_up", known, (int64_t)tag->now.rate_up);
		jsonw_member_int(w, "rate_down", known, (int64_t)tag->now.rate_down);
		jsonw_object_end(w);
	}
	jsonw_array_end(w);
}

/* What is in no other number. */
static void write_excluded(struct jsonw *w, const struct sieve_count *out)
{
	jsonw_key(w, "excluded");
	jsonw_object(w);
	draw_json_int(w, "sightings", out->sightings);
	draw_json_int(w, "connections", out->connections);
	draw_json_int(w, "addresses", out->addresses);
	draw_json_int(w, "rate_up", out->rate_up);
	draw_json_int(w, "rate_down", out->rate_down);
	jsonw_object_end(w);
}

void draw_json_network(struct jsonw *w, const struct view *v, uint32_t row)
{
	uint32_t asn = view_network_of(v->scene, &v->scene->fold->addresses[v->groups[row].id]);
	char scratch[VIEW_CELL];
	const char *kind = view_network_kind(v, row, scratch);

	jsonw_member_int(w, "asn", asn && asn != VIEW_NONE, asn);
	jsonw_key(w, "name");
	jsonw_text(w, view_network_name(v, row));
	jsonw_key(w, "kind");
	jsonw_text(w, *kind ? kind : NULL);
}

static void write_network(struct jsonw *w, const struct view *v, uint32_t row)
{
	const struct view_group *group = &v->groups[row];

	jsonw_object(w);
	draw_json_network(w, v, row);
	draw_json_int(w, "sightings", group->sightings);
	draw_json_int(w, "remembered", group->members);
	draw_json_int(w, "connections", group->now.connections);
	draw_json_int(w, "addresses", group->now.addresses);
	draw_json_int(w, "rate_up", group->now.rate_up);
	draw_json_int(w, "rate_down", group->now.rate_down);
	jsonw_object_end(w);
}

/* Those of now, most sightings first, then those of before; with a geo database of networks only. Local addresses are
 * in none. */
static void write_networks(struct jsonw *w, const struct scene *scene)
{
	struct view v;
	uint32_t written = 0;

	if (!view_networks_known(scene))
		return;
	view_init(&v, VIEW_NETWORKS);
	view_sort(&v, view_column(&v, "sightings"), false);
	view_update(&v, scene);
	jsonw_key(w, "networks");
	jsonw_array(w);
	for (uint32_t i = 0; i < v.count && written < NETWORKS_MAX; i++) {
		if (scene->fold->addresses[v.groups[v.rows[i]].id].country == COUNTRY_LOCAL)
			continue;
		write_network(w, &v, v.rows[i]);
		written++;
	}
	jsonw_array_end(w);
	view_done(&v);
}

static void write_tables(struct jsonw *w, const struct draw_style *style, const struct scene *scene)
{
	uint32_t countries[COUNTRY_MAX];
	struct view peers;

	write_rows(w, "countries", record_country_fields, countries, record_countries(scene, countries), scene);
	jsonw_key(w, "hours");
	jsonw_array(w);
	for (int hour = 0; hour < 24; hour++)
		jsonw_int(w, (int64_t)scene->fold->hours[hour]);
	jsonw_array_end(w);
	write_tags(w, scene);
	write_excluded(w, &scene->excluded);
	write_networks(w, scene);
	if (!style->peers)
		return;
	record_peers(&peers, scene);
	write_rows(w, "peers", record_peer_fields, peers.rows, peers.count, scene);
	view_done(&peers);
}

static void write_sums(struct jsonw *w, const struct history_sums *sums)
{
	draw_json_int(w, "sightings", sums->sightings);
	draw_json_int(w, "unique", sums->unique);
	draw_json_int(w, "connected", sums->connected_ms / 1000);
	draw_json_int(w, "bytes_up", sums->bytes_up);
	draw_json_int(w, "bytes_down", sums->bytes_down);
}

/* Most sightings first, as the countries of this run. */
static uint32_t all_time_countries(const struct history_totals *t, country_t rows[COUNTRY_MAX])
{
	uint32_t count = 0;

	for (country_t c = 0; c < COUNTRY_MAX; c++) {
		uint32_t at = count;

		if (!t->countries[c].sightings)
			continue;
		for (; at && t->countries[rows[at - 1]].sightings < t->countries[c].sightings; at--)
			rows[at] = rows[at - 1];
		rows[at] = c;
		count++;
	}
	return count;
}

static int64_t all_time_hour(const struct history_totals *t, int hour)
{
	uint64_t sum = 0;

	for (country_t c = 0; c < COUNTRY_MAX; c++)
		sum += t->hours[c][hour];
	return (int64_t)sum;
}

/* Null until the file has been read. */
static void write_all_time(struct jsonw *w, const struct history_totals *t)
{
	country_t rows[COUNTRY_MAX];
	uint32_t count;

	jsonw_key(w, "all_time");
	if (!t) {
		jsonw_null(w);
		return;
	}
	count = all_time_countries(t, rows);
	jsonw_object(w);
	jsonw_member_time(w, "since", t->since);
	draw_json_int(w, "polls", t->polls);
	write_sums(w, &t->all);
	jsonw_key(w, "unique_exact");
	jsonw_bool(w, t->unique_exact);
	jsonw_key(w, "countries");
	jsonw_array(w);
	for (uint32_t i = 0; i < count; i++) {
		jsonw_object(w);
		jsonw_member_text(w, "code", country_code(rows[i]));
		jsonw_member_text(w, "name", country_name(rows[i]));
		write_sums(w, &t->countries[rows[i]]);
		jsonw_object_end(w);
	}
	jsonw_array_end(w);
	jsonw_key(w, "hours");
	jsonw_array(w);
	for (int hour = 0; hour < 24; hour++)
		jsonw_int(w, all_time_hour(t, hour));
	jsonw_array_end(w);
	jsonw_object_end(w);
}

static void write_alert(struct jsonw *w, const struct alert_status *alert)
{
	jsonw_object(w);
	jsonw_member_text(w, "name", alert->name);
	jsonw_member_text(w, "when", alert->when);
	jsonw_member_text(w, "state", alert->raised ? "raised" : "ok");
	jsonw_member_time(w, "since", alert->raised ? alert->since : 0);
	jsonw_member_text(w, "values", alert->values);
	jsonw_object_end(w);
}

static void write_alerts(struct jsonw *w, const struct alerts *alerts)
{
	jsonw_key(w, "alerts");
	jsonw_array(w);
	for (size_t i = 0; i < alerts_count(alerts); i++) {
		struct alert_status alert = alerts_status(alerts, i);

		write_alert(w, &alert);
	}
	jsonw_array_end(w);
}

static void write_notifiers(struct jsonw *w, const struct notify *notify)
{
	jsonw_key(w, "notifiers");
	jsonw_array(w);
	for (size_t i = 0; i < notify_count(notify); i++) {
		struct notify_status status = notify_status(notify, i);

		jsonw_object(w);
		jsonw_member_text(w, "name", status.name);
		draw_json_int(w, "waiting", status.waiting);
		draw_json_int(w, "sent", status.sent);
		draw_json_int(w, "lost", status.lost);
		jsonw_member_text(w, "error", status.error);
		jsonw_object_end(w);
	}
	jsonw_array_end(w);
}

void draw_json_poll(struct jsonw *w, const struct draw_style *style, const struct scene *scene)
{
	draw_json_int(w, "schema", SCHEMA);
	jsonw_key(w, "time");
	jsonw_time(w, record_wall(scene));
	draw_json_int(w, "poll", scene->poll);
	write_sources(w, scene);
	write_totals(w, scene->fold);
	write_tables(w, style, scene);
	if (scene->history || scene->all_time)
		write_all_time(w, scene->all_time);
	if (alerts_count(scene->alerts))
		write_alerts(w, scene->alerts);
	if (scene->notify && notify_count(scene->notify))
		write_notifiers(w, scene->notify);
}

static void json_record(const struct draw_style *style, const struct scene *scene, struct buf *out)
{
	struct jsonw w;

	jsonw_init(&w, out);
	jsonw_object(&w);
	draw_json_poll(&w, style, scene);
	if (*scene->credit)
		jsonw_member_text(&w, "credit", scene->credit);
	jsonw_object_end(&w);
	buf_putc(out, '\n');
}

const struct draw_ops draw_json = {.record = json_record};
