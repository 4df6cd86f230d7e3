/* Scenes for the tests of the screen: tables filled through the fold itself, the same in every run. */
#ifndef SCENES_H
#define SCENES_H

#include "peers/scene.h"

enum {
	SCENE_COUNTRIES = 30,
	SCENE_PEERS = 200,
	SCENE_TORRENTS = 12,
	SCENE_WALL = 1795266030, /* 2026-11-21T13:00:30Z */
};

struct stage {
	struct scene scene; /* what the screen is handed */
	struct fold *fold;
	struct netlists *lists; /* NULL = none */
	struct locate *locate;  /* likewise */
	struct history_totals *all_time; /* NULL = none */
	struct clients *clients;
	struct events *events;
	struct alerts *alerts; /* NULL = none */
	struct source_status sources[5];
};

/* A day of `peers` peers on one daemon: polls every two minutes. */
struct stage *stage_new(unsigned peers);
void stage_free(struct stage *stage);
/* Lists of two tags, or of four, the largest last; and some peers that are left out. */
void stage_tag_many(struct stage *stage);
void stage_tag(struct stage *stage);
/* Geo databases of networks, of which a list says that some are of hosting. Reads tests/data/networks.tsv. */
void stage_connect(struct stage *stage);
/* A history of a year, of this run's countries and clients and of others. */
void stage_remember(struct stage *stage);
/* So many alerts, 1 to 3, all raised. */
void stage_alert(struct stage *stage, unsigned count);
/* No daemon has ever answered; the one there is has this state. */
struct stage *stage_new_dead(enum source_state state, const char *error);
/* A second daemon with some of the same peers. */
void stage_add_daemon(struct stage *stage, const char *name, unsigned peers);
/* The latest poll of daemon `number` failed, `seconds` after its last answer. */
void stage_lose(struct stage *stage, unsigned number, int seconds);

#endif
