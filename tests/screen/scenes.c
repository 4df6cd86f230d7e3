/* Fills a fold with invented answers. Addresses say their country: 20.C.x.y is in country number C of the list. */
#include "screen/scenes.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "base/xmalloc.h"
#include "mmdb.h"
#include "random.h"

enum { REFRESH = 120, POLLS_OF_HOUR = 30, MONO_MS = 100000000 };

static const char *const country_codes[SCENE_COUNTRIES] = {
	"DE", "US", "IT", "FR", "GB", "NL", "JP", "BR", "PL", "CA", "ES", "SE", "AU", "RU", "UA",
	"CN", "IN", "KR", "CH", "AT", "FI", "NO", "CZ", "PT", "GR", "BO", "VE", "IR", "ZA", "??",
};

static const char *const client_names[] = {
	"qBittorrent 4.5.2", "qBittorrent 4.6.0", "Transmission 3.00", "qBittorrent 4.3.9", "Transmission 4.0.5",
	"Deluge 2.1.1.0", "\\u00b5Torrent 3.5.5", "libtorrent (Rasterbar) 1.2.19.0", "KTorrent 22.12",
	"\\u8fc5\\u96f7 Xunlei 0.0.1.4 with a name that goes on and on", "-BI3500-", "",
};

static const char *const torrent_names[SCENE_TORRENTS] = {
	"debian-12.8.0-amd64-netinst.iso",
	"ubuntu-24.04.1-desktop-amd64.iso",
	"中文维基百科 2026-11 完整转储 (含图片与历史版本), a dump with a long name in two scripts",
	"Sintel (2010) 4K",
	"archlinux-2026.11.01-x86_64.iso",
	"Fedora-Workstation-Live-x86_64-41",
	"librispeech-train-clean-360",
	"OpenStreetMap planet 261117",
	"Big Buck Bunny",
	"cafe\xcc\x81 au lait: field recordings",
	"raspios-bookworm-arm64-lite",
	"gutenberg-2026-mirror",
};

static struct located find(void *context, const struct ip *ip)
{
	struct located where = {.country = COUNTRY_LOCAL};
	const struct stage *stage = context;

	if (stage->locate)
		where.network = locate_network(stage->locate, ip);
	if (ip_is4(ip) && ip_v4(ip) >> 24 == 20)
		where.country = country_by_code(country_codes[(ip_v4(ip) >> 16 & 0xff) % SCENE_COUNTRIES], 2);
	else if (!ip_is4(ip))
		where.country = country_by_code(country_codes[ip->b[5] % SCENE_COUNTRIES], 2);
	return where;
}

static uint64_t find_tags(void *context, const struct ip *ip, uint32_t network)
{
	const struct stage *stage = context;

	if (!stage->lists)
		return 0;
	return netlists_tags(stage->lists, ip, stage->locate ? locate_network_get(stage->locate, network)->asn : 0);
}

/* Every seventh peer has an IPv6 address, one is at home. Countries at the front of the list have most. */
static struct ip address_of(unsigned peer)
{
	struct random r = {peer * 2654435761u + 1};
	uint32_t country, a, b;
	struct ip ip;

	random_next(&r);
	a = random_below(&r, SCENE_COUNTRIES);
	b = random_below(&r, SCENE_COUNTRIES);
	country = a * b / SCENE_COUNTRIES;
	if (peer == 3)
		return ip_from_v4(0xc0a80117);
	if (peer % 7 != 5)
		return ip_from_v4(20u << 24 | country << 16 | (peer >> 8) << 8 | (peer & 0xff));
	ip = (struct ip){{0x2a, 0x02, 0x81, 0x08, 0x01, (uint8_t)country, 0x10, 0x3c}};
	ip.b[13] = (uint8_t)(peer >> 8);
	ip.b[15] = (uint8_t)peer;
	return ip;
}

static uint16_t flags_of(unsigned peer)
{
	static const uint16_t usual[] = {
		PEER_ENCRYPTED | PEER_UTP | PEER_UPLOADING | PEER_WANTS | PEER_CHOKES_US,
		PEER_ENCRYPTED | PEER_INCOMING | PEER_WANTS | PEER_CHOKED | PEER_CHOKES_US,
		PEER_INCOMING | PEER_UTP | PEER_UPLOADING | PEER_OPTIMISTIC | PEER_WANTS | PEER_CHOKES_US,
		PEER_ENCRYPTED | PEER_FROM_DHT | PEER_DOWNLOADING | PEER_WE_WANT | PEER_SEED | PEER_CHOKED,
		PEER_FROM_PEX | PEER_CHOKED | PEER_CHOKES_US,
	};

	return (uint16_t)(usual[peer % (sizeof(usual) / sizeof(usual[0]))] | PEER_UTP_KNOWN);
}

static void add_sighting(struct stage *stage, struct answer *answer, unsigned peer, uint32_t torrent, unsigned poll)
{
	const char *client =
		client_names[(peer * 7 % 23 + peer % 5) % 24 / 2 % (sizeof(client_names) / sizeof(client_names[0]))];
	struct sighting *s = answer_sighting(answer);

	s->ip = address_of(peer);
	s->torrent = torrent;
	s->client = clients_number(stage->clients, (struct rpcslice){client, strlen(client)});
	s->flags = flags_of(peer);
	s->progress = s->flags & PEER_SEED ? 1000 : (uint16_t)(peer * 37 % 1000);
	if (s->flags & PEER_UPLOADING)
		s->rate_up = (peer * 7919 + poll * 131) % 400000 + 900;
	if (s->flags & PEER_DOWNLOADING)
		s->rate_down = (peer * 104729) % 30000;
}

static void add_torrent(struct answer *answer, uint32_t number)
{
	struct answer_torrent *t = answer_torrent(answer);

	memset(t->hash, (int)number + 1, sizeof(t->hash));
	t->name = xstrdup(torrent_names[number]);
	t->from[ORIGIN_TRACKER] = 6;
	t->from[ORIGIN_DHT] = number % 4;
	t->from[ORIGIN_PEX] = number % 3;
	t->from[ORIGIN_INCOMING] = 2;
}

/* Up and down between 0 and half the period; whole numbers, so that it is the same on every machine. */
static unsigned wave(unsigned at, unsigned period)
{
	return at % period < period / 2 ? at % period : period - at % period;
}

/* One poll: some of the peers, each in one torrent or two. */
static void poll_daemon(struct stage *stage, unsigned daemon, unsigned peers, unsigned first, int64_t wall)
{
	unsigned poll = stage->fold->answers, hour = (unsigned)(wall / 3600 % 24);
	unsigned percent = 35 + wave((unsigned)(wall / 60), 12 * 60) / 8 + wave((unsigned)(wall / 60), 50) / 3;
	struct answer answer;

	answer_init(&answer);
	for (uint32_t t = 0; t < SCENE_TORRENTS; t++) {
		size_t before = answer.sighting_count;

		for (unsigned p = first; p < first + peers; p++) {
			bool here = (p * p + p / 3) % (SCENE_TORRENTS * 3) / 3 == t ||
				    (p % 9 == 2 && (p + 5) % SCENE_TORRENTS == t);

			if (here && (peers < 10 || (p * 2654435761u >> 16) % 100 < percent))
				add_sighting(stage, &answer, p, (uint32_t)answer.torrent_count, poll);
		}
		if (answer.sighting_count > before)
			add_torrent(&answer, t);
	}
	answer.all_torrents = 142;
	fold_answer(stage->fold, daemon, &answer,
		    (struct fold_time){MONO_MS - (SCENE_WALL - wall) * 1000, wall, (int)hour});
	fold_recount(stage->fold, wall);
	stage->sources[daemon].peers = (uint32_t)answer.sighting_count;
	answer_done(&answer);
}

static void add_source(struct stage *stage, const char *name, const char *url)
{
	struct source_status *source = &stage->sources[stage->scene.source_count++];

	str_copy(source->name, sizeof(source->name), name);
	str_copy(source->url, sizeof(source->url), url);
	str_copy(source->version, sizeof(source->version), "3.00 (bb6b5a062e)");
	source->state = SOURCE_OK;
	source->torrents = 142;
	source->poll_ms = 3.14;
	source->good_wall = SCENE_WALL;
	source->good_mono_ms = MONO_MS;
}

static struct stage *stage_bare(void)
{
	struct stage *stage = xcalloc(1, sizeof(*stage));

	stage->fold = fold_new(100000, (struct fold_locator){find, stage, find_tags});
	stage->clients = clients_new();
	stage->events = xcalloc(1, sizeof(*stage->events));
	stage->scene = (struct scene){
		.fold = stage->fold,
		.clients = stage->clients,
		.sources = stage->sources,
		.events = stage->events,
		.now = {MONO_MS + 400, SCENE_WALL},
		.refresh = REFRESH,
		.credit = "IP geolocation by DB-IP.com, https://db-ip.com (CC BY 4.0)",
	};
	add_source(stage, "home", "http://127.0.0.1:9091/transmission/rpc");
	return stage;
}

struct stage *stage_new(unsigned peers)
{
	struct stage *stage = stage_bare();

	for (int i = 23 * POLLS_OF_HOUR; i >= 0; i--)
		poll_daemon(stage, 0, peers, 0, SCENE_WALL - i * REFRESH);
	stage->scene.wall = SCENE_WALL;
	stage->scene.mono_ms = MONO_MS;
	stage->scene.poll = stage->fold->answers;
	events_add(stage->events, SCENE_WALL - 5400, "started, every 120 s");
	events_add(stage->events, SCENE_WALL - 5399, "home: Transmission 3.00 (bb6b5a062e) answers");
	events_add(stage->events, SCENE_WALL - 720,
		   "home: no connection to 127.0.0.1:9091: connection refused. Is transmission-daemon running there? "
		   "The next try is in 8 s, and then again and again.");
	events_add(stage->events, SCENE_WALL - 700, "home: answers again");
	return stage;
}

enum { LISTS_MS = 60000 }; /* they are read aside */

static void tag(struct stage *stage, char *const *lists, size_t count)
{
	struct err err;

	stage->lists = netlists_new((struct netlists_ear){NULL, NULL});
	if (netlists_open(stage->lists, &(struct netlists_ask){.lists = lists, .list_count = count}, &err))
		abort();
	netlists_take(stage->lists, LISTS_MS);
	stage->scene.lists = stage->lists;
	stage->scene.excluded = (struct sieve_count){.sightings = 1204, .connections = 3, .addresses = 2};
	fold_relocate(stage->fold);
	fold_retag(stage->fold, 0, UINT32_MAX);
	fold_recount(stage->fold, SCENE_WALL);
}

void stage_tag(struct stage *stage)
{
	char vpn[] = "vpn=tests/data/lists/vpn.netset", tor[] = "tor=tests/data/lists/exit-addresses";
	char *lists[] = {vpn, tor};

	tag(stage, lists, 2);
}

void stage_tag_many(struct stage *stage)
{
	char none[] = "none=tests/data/lists/none", own[] = "own-list=tests/data/lists/exit-addresses",
	     tor[] = "tor=tests/data/lists/exit-addresses", vpn[] = "vpn=tests/data/lists/vpn.netset";
	char *lists[] = {none, own, tor, vpn};

	tag(stage, lists, 4);
}

void stage_connect(struct stage *stage)
{
	char hosting[] = "hosting=tests/data/lists/hosting.asn", folder[MMDB_PATH], path[MMDB_PATH + 16];
	char *lists[] = {hosting}, *paths[] = {path};
	struct err err;

	mmdb_new_folder(folder);
	snprintf(path, sizeof(path), "%s/asn.mmdb", folder);
	stage->locate = locate_new();
	stage->lists = netlists_new((struct netlists_ear){NULL, NULL});
	if (!mmdb_make_from("tests/data/networks.tsv", folder, "1795000000") ||
	    locate_open(stage->locate, &(struct locate_ask){.paths = paths, .count = 1, .named = true}, &err) ||
	    netlists_open(stage->lists, &(struct netlists_ask){.lists = lists, .list_count = 1}, &err))
		abort();
	netlists_take(stage->lists, LISTS_MS);
	mmdb_remove(folder);
	stage->scene.locate = stage->locate;
	stage->scene.lists = stage->lists;
	fold_relocate(stage->fold);
	fold_retag(stage->fold, 0, UINT32_MAX);
	fold_recount(stage->fold, SCENE_WALL);
}

static void remember_country(struct stage *stage, country_t country, uint64_t times)
{
	struct history_totals *t = stage->all_time;
	struct history_sums *sums = &t->countries[country];
	uint64_t run = stage->fold->countries[country].sightings;

	*sums = (struct history_sums){
		.sightings = run + times * 1000,
		.unique = times * 3 + run / 100,
		.connected_ms = times * 86400000,
		.bytes_up = times * 1000000007,
		.bytes_down = times * 10000019,
	};
	for (unsigned hour = 0; hour < 24; hour++)
		t->hours[country][hour] = sums->sightings / 24 * ((hour + country) % 12 + 1) / 6;
	t->all.sightings += sums->sightings;
	t->all.unique += sums->unique;
	t->all.bytes_up += sums->bytes_up;
	t->all.bytes_down += sums->bytes_down;
}

void stage_remember(struct stage *stage)
{
	static const struct history_family families[] = {
		{"qBittorrent", 4000000}, {"µTorrent", 70000}, {"Vuze", 9000}, {"", 1200}};
	struct history_totals *t = xcalloc(1, sizeof(*t));

	stage->all_time = t;
	t->since = SCENE_WALL - 300 * 86400;
	t->polls = 300 * 2880;
	t->unique_exact = true;
	for (unsigned i = 0; i < SCENE_COUNTRIES; i++)
		remember_country(stage, country_by_code(country_codes[i], 2), (SCENE_COUNTRIES - i) * 37 % 300 + 5);
	remember_country(stage, country_by_code("BV", 2), 1);
	memcpy(t->families, families, sizeof(families));
	t->family_count = sizeof(families) / sizeof(families[0]);
	t->client_count = stage->fold->client_count;
	t->clients = xcalloc(t->client_count, sizeof(*t->clients));
	for (uint32_t i = 0; i < t->client_count; i++)
		t->clients[i] = stage->fold->clients[i].sightings;
	stage->scene.all_time = t;
}

struct stage *stage_new_dead(enum source_state state, const char *error)
{
	struct stage *stage = stage_bare();
	struct source_status *source = &stage->sources[0];

	fold_recount(stage->fold, SCENE_WALL);
	source->state = state;
	source->good_wall = source->good_mono_ms = 0;
	source->version[0] = '\0';
	source->torrents = 0;
	if (state != SOURCE_REFUSED && state != SOURCE_CONNECTING)
		source->retry_mono_ms = MONO_MS + 15400;
	str_copy(source->error, sizeof(source->error), error);
	return stage;
}

void stage_add_daemon(struct stage *stage, const char *name, unsigned peers)
{
	unsigned number = stage->scene.source_count;

	add_source(stage, name, "https://seedbox.example:443/transmission/rpc");
	str_copy(stage->sources[number].version, sizeof(stage->sources[number].version), "4.1.0 (abcdef)");
	stage->sources[number].poll_ms = 112;
	poll_daemon(stage, number, peers, 50, SCENE_WALL);
}

void stage_lose(struct stage *stage, unsigned number, int seconds)
{
	struct source_status *source = &stage->sources[number];

	fold_lost(stage->fold, number);
	fold_recount(stage->fold, SCENE_WALL + seconds);
	stage->scene.now.mono_ms += seconds * 1000;
	stage->scene.now.wall += seconds;
	source->state = SOURCE_UNREACHABLE;
	source->retry_mono_ms = stage->scene.now.mono_ms + 8000;
	str_copy(source->error, sizeof(source->error), "connection refused: is transmission-daemon running?");
}

static void nobody_told(void *context, const struct alert_told *told)
{
	events_add(context, SCENE_WALL, "%s", told->line);
}

void stage_alert(struct stage *stage, unsigned count)
{
	struct conf_alert list[] = {
		{.name = "germans", .when = "country('DE').connections > 5 and share('DE') > 10%"},
		{.name = "caf\xc3\xa9 crowd", .when = "connections > 1"},
		{.name = "an alert with a rather long name", .when = "source('home').state = ok"},
	};
	struct conf conf = {.alerts = list, .alert_count = count};

	for (unsigned i = 0; i < count; i++) {
		list[i].clear = list[i].message = (char *)"";
		list[i].polls = 1;
	}
	stage->alerts = alerts_new();
	stage->scene.alerts = stage->alerts;
	alerts_configure(stage->alerts, &conf);
	alerts_check(stage->alerts, &stage->scene, nobody_told, stage->events);
}

void stage_free(struct stage *stage)
{
	alerts_free(stage->alerts);
	fold_free(stage->fold);
	netlists_free(stage->lists);
	locate_free(stage->locate);
	if (stage->all_time)
		free(stage->all_time->clients);
	free(stage->all_time);
	clients_free(stage->clients);
	free(stage->events);
	free(stage);
}
