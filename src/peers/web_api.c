/* The poll of now, and what the page shows beside it. It does not know how it is drawn. */
#include "peers/web_answer.h"

#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "peers/draw_json.h"
#include "peers/places.h"

enum { CLIENTS = 40, EVENTS = 30, PLACES = 1000 };

void web_poll(const struct web_asked *asked, struct httpd_answer *answer)
{
	answer->type = WEB_JSON;
	draw_json.record(&(struct draw_style){.peers = false}, asked->scene, &answer->text);
}

/* ---- how the connections are made up ---------------------------------------------------------------------------- */

static void put_mix(struct jsonw *w, const struct fold_mix *mix)
{
	static const char *const origins[ORIGIN_COUNT] = {
		[ORIGIN_TRACKER] = "tracker", [ORIGIN_INCOMING] = "incoming", [ORIGIN_DHT] = "dht",
		[ORIGIN_PEX] = "pex",         [ORIGIN_LPD] = "lpd",           [ORIGIN_LTEP] = "ltep",
		[ORIGIN_CACHE] = "cache",
	};

	jsonw_key(w, "mix");
	jsonw_object(w);
	draw_json_int(w, "encrypted", mix->encrypted);
	draw_json_int(w, "incoming", mix->incoming);
	draw_json_int(w, "seeds", mix->seeds);
	draw_json_int(w, "ipv6", mix->ipv6);
	draw_json_int(w, "utp", mix->utp);
	draw_json_int(w, "utp_known", mix->utp_known);
	draw_json_int(w, "uploading", mix->uploading);
	draw_json_int(w, "downloading", mix->downloading);
	jsonw_key(w, "origins");
	jsonw_object(w);
	for (int i = 0; i < ORIGIN_COUNT; i++)
		draw_json_int(w, origins[i], mix->from[i]);
	jsonw_object_end(w);
	jsonw_object_end(w);
}

/* ---- the last hour ---------------------------------------------------------------------------------------------- */

/* Steps of FOLD_TREND_STEP seconds, [step, connections, rate up, rate down]; those without a sample are left out. */
static void put_trend(struct jsonw *w, const struct scene *scene)
{
	int64_t end = (scene->wall ? scene->wall : scene->now.wall) / FOLD_TREND_STEP;

	jsonw_key(w, "trend");
	jsonw_object(w);
	draw_json_int(w, "step_seconds", FOLD_TREND_STEP);
	jsonw_key(w, "end");
	jsonw_int(w, end);
	jsonw_key(w, "samples");
	jsonw_array(w);
	for (int64_t step = end - FOLD_TREND + 1; step <= end; step++) {
		const struct fold_sample *sample = step > 0 ? &scene->fold->trend[step % FOLD_TREND] : NULL;

		if (!sample || sample->step != step)
			continue;
		jsonw_array(w);
		jsonw_int(w, step);
		jsonw_int(w, sample->connections);
		jsonw_int(w, (int64_t)sample->rate_up);
		jsonw_int(w, (int64_t)sample->rate_down);
		jsonw_array_end(w);
	}
	jsonw_array_end(w);
	jsonw_object_end(w);
}

/* ---- countries by hour, clients, events ------------------------------------------------------------------------- */

static void put_heat(struct jsonw *w, const struct scene *scene)
{
	uint32_t rows[COUNTRY_MAX], count = record_countries(scene, rows);

	jsonw_key(w, "heatmap");
	jsonw_object(w);
	for (uint32_t i = 0; i < count; i++) {
		jsonw_key(w, country_code((country_t)rows[i]));
		jsonw_array(w);
		for (int hour = 0; hour < 24; hour++)
			jsonw_int(w, (int64_t)scene->fold->countries[rows[i]].hours[hour]);
		jsonw_array_end(w);
	}
	jsonw_object_end(w);
}

static void put_clients(struct jsonw *w, const struct scene *scene)
{
	struct view v;

	view_init(&v, VIEW_CLIENTS);
	view_update(&v, scene);
	draw_json_int(w, "client_families", v.count);
	jsonw_key(w, "clients");
	jsonw_array(w);
	for (uint32_t i = 0; i < v.count && i < CLIENTS; i++) {
		const struct view_group *g = &v.groups[v.rows[i]];

		jsonw_object(w);
		jsonw_member_text(w, "client", g->name);
		draw_json_int(w, "versions", g->members);
		draw_json_int(w, "connections", g->now.connections);
		draw_json_int(w, "addresses", g->now.addresses);
		draw_json_int(w, "sightings", g->sightings);
		draw_json_int(w, "rate_up", g->now.rate_up);
		draw_json_int(w, "rate_down", g->now.rate_down);
		jsonw_object_end(w);
	}
	jsonw_array_end(w);
	view_done(&v);
}

static void put_events(struct jsonw *w, const struct scene *scene)
{
	jsonw_key(w, "events");
	jsonw_array(w);
	for (uint32_t i = 0; scene->events && i < EVENTS; i++) {
		const struct event *e = events_get(scene->events, i);

		if (!e)
			break;
		jsonw_object(w);
		jsonw_key(w, "time");
		jsonw_time(w, e->wall);
		jsonw_member_text(w, "text", e->text);
		jsonw_object_end(w);
	}
	jsonw_array_end(w);
}

/* ---- the map ---------------------------------------------------------------------------------------------------- */

static void put_place(struct jsonw *w, const struct placed *p)
{
	jsonw_object(w);
	jsonw_key(w, "latitude");
	jsonw_double(w, p->at.latitude, 3);
	jsonw_key(w, "longitude");
	jsonw_double(w, p->at.longitude, 3);
	draw_json_int(w, "connections", p->at.weight);
	jsonw_member_text(w, "country", country_code(p->country));
	jsonw_member_text(w, "name", country_name(p->country));
	jsonw_member_text(w, "city", p->city ? p->city : "");
	jsonw_object_end(w);
}

/* `more`: connections at places that are not listed. */
static void put_map(struct jsonw *w, const struct scene *scene)
{
	struct places places;
	uint64_t more = 0;

	places_find(&places, scene);
	jsonw_key(w, "map");
	jsonw_object(w);
	jsonw_key(w, "places");
	jsonw_array(w);
	for (size_t i = 0; i < places.count && i < PLACES; i++)
		put_place(w, &places.items[i]);
	jsonw_array_end(w);
	for (size_t i = PLACES; i < places.count; i++)
		more += places.items[i].at.weight;
	draw_json_int(w, "more", more);
	draw_json_int(w, "nowhere", places.nowhere);
	jsonw_object_end(w);
	places_done(&places);
}

/* ---- all of it -------------------------------------------------------------------------------------------------- */

/* How old the data is, and when to ask again; what hours and days are of; whether what was asked of the history is of
 * another one. */
static void put_times(struct jsonw *w, const struct scene *scene)
{
	int64_t wall = scene->wall ? scene->wall : scene->now.wall;

	jsonw_member_text(w, "version", SWARMTOP_VERSION);
	jsonw_key(w, "refresh");
	jsonw_double(w, scene->refresh, 3);
	jsonw_key(w, "paused");
	jsonw_bool(w, scene->paused);
	jsonw_key(w, "data_time");
	if (scene->wall)
		jsonw_time(w, scene->wall);
	else
		jsonw_null(w);
	jsonw_key(w, "age");
	if (scene->wall)
		jsonw_double(w, (double)(scene->now.mono_ms - scene->mono_ms) / 1000, 1);
	else
		jsonw_null(w);
	jsonw_key(w, "hour");
	jsonw_int(w, clock_hour(wall));
	jsonw_key(w, "utc_offset");
	jsonw_int(w, clock_offset(wall));
	jsonw_key(w, "history");
	if (scene->history)
		jsonw_int(w, (int64_t)scene->history_id);
	else
		jsonw_null(w);
}

void web_overview(const struct web_asked *asked, struct httpd_answer *answer)
{
	const struct scene *scene = asked->scene;
	struct jsonw w;

	answer->type = WEB_JSON;
	jsonw_init(&w, &answer->text);
	jsonw_object(&w);
	draw_json_poll(&w, &(struct draw_style){.peers = false}, scene);
	put_times(&w, scene);
	put_mix(&w, &scene->fold->mix);
	put_trend(&w, scene);
	put_heat(&w, scene);
	put_clients(&w, scene);
	put_map(&w, scene);
	put_events(&w, scene);
	jsonw_member_text(&w, "credit", scene->credit);
	jsonw_object_end(&w);
	buf_putc(&answer->text, '\n');
}
