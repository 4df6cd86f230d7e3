/* What every view looks like: frames compared with pictures in tests/screen/NAME-WxH.screen. Each row of text has a row
 * of style letters under it (see frame_style_letter()). UPDATE=1 in the environment rewrites the pictures. */
#include "peers/screen.h"

#include "italian.h"
#include "screen/picture.h"
#include "screen/scenes.h"
#include "tap.h"

static const struct size {
	int w, h;
} sizes[] = {{80, 24}, {200, 60}, {20, 5}};

/* A story: a scene, keys, a picture. */
struct story {
	const char *name;
	struct stage *(*stage)(void);
	const char *keys;
	bool all_sizes;
};

static struct stage *usual(void)
{
	return stage_new(SCENE_PEERS);
}

/* Steps of three digits, and the longest credit. */
static struct stage *crowded(void)
{
	struct stage *stage = stage_new(20 * SCENE_PEERS);

	stage->scene.credit = "This product includes GeoLite2 Data created by MaxMind, available from "
			      "https://www.maxmind.com";
	return stage;
}

static struct stage *one_peer(void)
{
	return stage_new(1);
}

static struct stage *no_peers(void)
{
	return stage_new(0);
}

static struct stage *refused(void)
{
	return stage_new_dead(SOURCE_REFUSED, "the login was refused (401). Debian's package has user transmission, "
					      "password transmission");
}

static struct stage *dead(void)
{
	return stage_new_dead(SOURCE_UNREACHABLE, "no connection: connection refused");
}

static struct stage *connecting(void)
{
	return stage_new_dead(SOURCE_CONNECTING, "");
}

static struct stage *held(void)
{
	struct stage *stage = connecting();

	stage->scene.held = true;
	return stage;
}

static struct stage *two_daemons(void)
{
	struct stage *stage = stage_new(SCENE_PEERS);

	stage_add_daemon(stage, "seedbox", 80);
	return stage;
}

static struct stage *one_lost(void)
{
	struct stage *stage = two_daemons();

	stage_lose(stage, 0, 250);
	return stage;
}

static struct stage *all_lost(void)
{
	struct stage *stage = stage_new(SCENE_PEERS);

	stage_lose(stage, 0, 250);
	return stage;
}

static struct stage *five_daemons(void)
{
	struct stage *stage = two_daemons();

	stage_add_daemon(stage, "attic", 20);
	stage_add_daemon(stage, "cellar", 10);
	stage_add_daemon(stage, "garage", 5);
	return stage;
}

static struct stage *tagged(void)
{
	struct stage *stage = stage_new(SCENE_PEERS);

	stage_tag(stage);
	return stage;
}

static struct stage *tagged_many(void)
{
	struct stage *stage = stage_new(SCENE_PEERS);

	stage_tag_many(stage);
	return stage;
}

static struct stage *remembered(void)
{
	struct stage *stage = stage_new(SCENE_PEERS);

	stage_remember(stage);
	return stage;
}

/* A history that was begun while the monitor ran. */
static struct stage *remembered_little(void)
{
	struct stage *stage = remembered();

	stage->all_time->all.sightings = stage->fold->sightings / 2;
	return stage;
}

static struct stage *connected(void)
{
	struct stage *stage = stage_new(SCENE_PEERS);

	stage_connect(stage);
	return stage;
}

static struct stage *alert(void)
{
	struct stage *stage = stage_new(SCENE_PEERS);

	stage_alert(stage, 1);
	return stage;
}

static struct stage *alerts(void)
{
	struct stage *stage = stage_new(SCENE_PEERS);

	stage_alert(stage, 3);
	return stage;
}

static struct stage *paused(void)
{
	struct stage *stage = stage_new(SCENE_PEERS);

	stage->scene.paused = true;
	return stage;
}

static const struct story stories[] = {
	{"overview", usual, "", true},
	{"peers", usual, "2", true},
	{"countries", usual, "3", true},
	{"heatmap", usual, "4", true},
	{"clients", usual, "5", true},
	{"torrents", usual, "6", true},
	{"log", usual, "7", true},
	{"map", usual, "m", true},
	{"map-europe", usual, "mm", false},
	{"map-crowded", crowded, "m", false},
	{"help", usual, "?", true},
	{"country", usual, "3j\r", true},
	{"family", usual, "5\r", false},
	{"torrent", usual, "6jj\r", false},
	{"peer", usual, "2jjj\r", true},
	{"peers-end", usual, "2G", false},
	{"peers-hidden", usual, "2x", false},
	{"peers-filter", usual, "2/country=IT or client~qbit rate-up>10k", false},
	{"peers-mistake", usual, "2/country=IT rate-up>much", false},
	{"peers-kept", usual, "2/ipv6\r", false},
	{"peers-nothing", usual, "2/country=XX", false},
	{"peers-by-client", usual, "2ssss", false},
	{"one-peer", one_peer, "", false},
	{"one-peer-peers", one_peer, "2", false},
	{"no-peers", no_peers, "", true},
	{"no-peers-peers", no_peers, "2", false},
	{"dead", dead, "", true},
	{"dead-peers", dead, "2", false},
	{"connecting", connecting, "", false},
	{"held", held, "", false},
	{"refused", refused, "", true},
	{"login-user", refused, "ltrans", false},
	{"login-password", refused, "ltransmission\rsecret", false},
	{"two-daemons", two_daemons, "", true},
	{"one-lost", one_lost, "", false},
	{"one-lost-peers", one_lost, "2G", false},
	{"five-daemons", five_daemons, "", false},
	{"tagged", tagged, "", true},
	{"tagged-many", tagged_many, "", true},
	{"tagged-peers", tagged, "2/tag('vpn') and not tag(tor)\r", false},
	{"tagged-mistake", tagged, "2/tag(vpn) or tag(vnp)", false},
	{"tagged-peer", tagged, "2/tag(tor) and tag(vpn)\r\r", false},
	{"all-time", remembered, "a", true},
	{"all-time-countries", remembered, "a3", true},
	{"all-time-heatmap", remembered, "a4", true},
	{"all-time-clients", remembered, "a5", false},
	{"all-time-none", usual, "3a", false},
	{"all-time-younger", remembered_little, "3a", false},
	{"all-time-off", remembered, "a3SSSa", false},
	{"networks", connected, "n", true},
	{"networks-filter", connected, "n/kind=hosting\r", false},
	{"network", connected, "nj\r", false},
	{"networks-none", usual, "n", false},
	{"alert", alert, "", false},
	{"alerts", alerts, "2", true},
	{"alerts-log", alerts, "7", false},
	{"paused", paused, "p", false},
};

static void compare(const char *name, const struct frame *f)
{
	struct buf picture;

	buf_init(&picture, PICTURE_MAX);
	frame_text(f, true, &picture);
	ok(picture_same(&picture, name, f->w, f->h), "%s at %dx%d", name, f->w, f->h);
	buf_done(&picture);
}

static void press(struct screen *s, const struct scene *scene, struct frame *f, const char *keys)
{
	for (; *keys; keys++) {
		screen_key(s, *keys, scene);
		screen_draw(s, scene, f);
	}
}

static void play(const struct story *story, struct size size, bool ascii, const char *name)
{
	struct stage *stage = story->stage();
	struct screen s;
	struct frame f;

	screen_init(&s);
	frame_init(&f, ascii);
	frame_reset(&f, size.w, size.h);
	screen_draw(&s, &stage->scene, &f);
	press(&s, &stage->scene, &f, story->keys);
	frame_reset(&f, size.w, size.h);
	screen_draw(&s, &stage->scene, &f);
	compare(name, &f);
	frame_done(&f);
	screen_done(&s);
	stage_free(stage);
}

/* Longer words must not break what is aligned. */
static const struct story italian[] = {
	{"italian-overview", usual, "", true},
	{"italian-peers", usual, "2", false},
	{"italian-countries", usual, "3", false},
	{"italian-help", usual, "?", false},
	{"italian-peer", usual, "2jjj\r", false},
	{"italian-refused", refused, "", false},
	{"italian-one-lost", one_lost, "", false},
	{"italian-all-time", remembered, "a", false},
};

static void play_italian(void)
{
	for (size_t i = 0; i < sizeof(italian) / sizeof(italian[0]); i++) {
		for (size_t k = 0; k < (italian[i].all_sizes ? 3u : 1u); k++)
			play(&italian[i], sizes[k], false, italian[i].name);
	}
	play(&italian[3], sizes[0], true, "italian-ascii-help");
}

int main(void)
{
	static const struct size odd[] = {{40, 10}, {100, 30}, {132, 43}, {64, 16}};

	for (size_t i = 0; i < sizeof(stories) / sizeof(stories[0]); i++) {
		for (size_t k = 0; k < (stories[i].all_sizes ? 3u : 1u); k++)
			play(&stories[i], sizes[k], false, stories[i].name);
	}
	for (size_t i = 0; i < sizeof(odd) / sizeof(odd[0]); i++) {
		play(&stories[0], odd[i], false, "overview");
		play(&stories[1], odd[i], false, "peers");
	}
	play(&(const struct story){"alerts", alerts, "", false}, (struct size){40, 12}, false, "alerts-overview");
	play(&(const struct story){"alerts", alerts, "p", false}, (struct size){40, 12}, false, "alerts-paused");
	play(&stories[0], (struct size){120, 24}, false, "overview");
	play(&(const struct story){"all-time", remembered, "a", false}, odd[1], false, "all-time");
	play(&(const struct story){"map", usual, "m", false}, (struct size){40, 15}, false, "map");
	play(&(const struct story){"map", usual, "mmmmm", false}, (struct size){40, 15}, false, "map-north-america");
	play(&(const struct story){"peer", usual, "2\r", false}, (struct size){40, 15}, false, "peer");
	play(&(const struct story){"countries", usual, "3?s/ger\r", false}, sizes[0], false, "countries");
	play(&(const struct story){"log-end", usual, "7G", false}, sizes[0], false, "log-end");
	play(&(const struct story){"log-end", usual, "7G", false}, (struct size){40, 10}, false, "log-end");
	play(&(const struct story){"all-lost", all_lost, "", false}, (struct size){30, 8}, false, "all-lost");
	play(&(const struct story){"all-lost", all_lost, "", false}, sizes[2], false, "all-lost");
	play(&(const struct story){"typed", usual, "2/germ", false}, (struct size){30, 8}, false, "typed");
	play(&(const struct story){"typed", usual, "2/germ", false}, (struct size){20, 1}, false, "typed");
	play(&(const struct story){"typed-mistake", usual, "2/country=", false}, (struct size){39, 24}, false,
	     "typed-mistake");
	play(&(const struct story){"typed-user", refused, "ltrans", false}, (struct size){30, 8}, false, "typed-user");
	play(&stories[0], sizes[0], true, "ascii-overview");
	play(&stories[5], sizes[0], true, "ascii-torrents");
	if (italian_words())
		play_italian();
	else
		printf("ok %d # skip neither a catalogue nor a locale for it\n", ++tap_count);
	words_close();
	return tap_done();
}
