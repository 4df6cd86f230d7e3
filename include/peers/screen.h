/* The dashboard: what is shown, and what keys do to it. It draws into a frame and knows no terminal; what a key wants
 * from the rest of the program it returns. */
#ifndef PEERS_SCREEN_H
#define PEERS_SCREEN_H

#include <stdbool.h>
#include <stdint.h>

#include "peers/atlas.h"
#include "peers/frame.h"
#include "peers/keycode.h"
#include "peers/scene.h"
#include "peers/view.h"

/* What must happen after a key. */
enum screen_result {
	SCREEN_DIRTY = 1 << 0,    /* the picture has changed */
	SCREEN_POLL_NOW = 1 << 1, /* ask all daemons now */
	SCREEN_QUIT = 1 << 2,
	SCREEN_PAUSE = 1 << 3, /* stop polling, or go on */
	SCREEN_FASTER = 1 << 4,
	SCREEN_SLOWER = 1 << 5,
	SCREEN_SAVE = 1 << 6,  /* the picture as text into a file: frame_text() of the last frame */
	SCREEN_LOGIN = 1 << 7, /* screen.login holds a new one; wipe it with screen_login_wipe() */
	SCREEN_FULL_REDRAW = 1 << 8,
};

enum screen_id {
	SCREEN_OVERVIEW,
	SCREEN_PEERS,
	SCREEN_COUNTRIES,
	SCREEN_HEATMAP,
	SCREEN_CLIENTS,
	SCREEN_TORRENTS,
	SCREEN_LOG,
	SCREEN_TABS, /* those before have a number key; those after are opened with Enter, m or n */
	SCREEN_COUNTRY = SCREEN_TABS,
	SCREEN_FAMILY,
	SCREEN_TORRENT,
	SCREEN_PEER,
	SCREEN_MAP,
	SCREEN_NETWORKS,
	SCREEN_NETWORK,
	SCREEN_IDS,
};

enum {
	SCREEN_LOGIN_LEN = 256,
	SCREEN_LINE = 512,
	SCREEN_MIN_COLS = 40,
	SCREEN_MIN_ROWS = 10,
	SCREEN_GAPS_FROM = 22 /* rows, from which there is a blank one above and below a view */
};

/* What can be done in a view: decides which keys it has. */
enum screen_trait {
	SCREEN_SCROLLS = 1 << 0,
	SCREEN_HAS_ROWS = 1 << 1, /* to sort and filter */
	SCREEN_OPENS = 1 << 2,    /* Enter */
	SCREEN_HAS_ADDRESSES = 1 << 3,
	SCREEN_LEAVES = 1 << 4, /* it was opened: Esc goes back */
	SCREEN_ZOOMS = 1 << 5,
	SCREEN_IS_TAB = 1 << 6, /* has every view that Esc does not leave, unsaid */
};

struct screen;

/* One view. Each is a const row in its own file. */
struct screen_view {
	const char *name;    /* in the footer */
	unsigned traits;     /* enum screen_trait */
	enum view_kind kind; /* of its rows, if it SCREEN_HAS_ROWS */
	void (*draw)(struct screen *s, const struct scene *scene, struct frame *f, struct frame_area area);
	/* Enter on the row under the cursor; NULL: nothing. */
	void (*open)(struct screen *s, uint32_t row);
};

/* What a view remembers while another one is shown. */
struct screen_pane {
	struct view rows;
	uint32_t cursor, top; /* numbers of rows */
	uint32_t count;       /* rows when it was last drawn */
	uint32_t page;        /* rows that had room then */
	char filter[SCREEN_LINE];
	enum screen_id from; /* where Esc goes */
};

enum screen_input { SCREEN_INPUT_NONE, SCREEN_INPUT_FILTER, SCREEN_INPUT_USER, SCREEN_INPUT_PASSWORD };

struct screen_login {
	unsigned source; /* number of the daemon */
	char user[SCREEN_LOGIN_LEN], password[SCREEN_LOGIN_LEN];
};

struct screen {
	enum screen_id at;
	struct screen_pane panes[SCREEN_IDS];
	struct view cities, top_torrents, top_peers, top_clients; /* beside the rows of panes */
	enum atlas_zoom zoom; /* of SCREEN_MAP */
	struct ip peer;       /* of SCREEN_PEER */
	uint32_t peer_row;
	bool help;
	uint32_t help_top;
	bool hide; /* addresses */
	bool all_time; /* what the history knows from before is shown beside */
	enum screen_input input;
	char line[SCREEN_LINE]; /* what is being typed */
	bool line_bad;          /* the filter has a mistake ... */
	unsigned line_column;   /* ... at this character, from 1 */
	char message[SCREEN_LINE];
	bool message_bad;
	struct screen_login login;
};

void screen_init(struct screen *s);
void screen_done(struct screen *s);
/* A key was pressed (enum keycode or a character). Returns enum screen_result bits, 0 = nothing happened. */
unsigned screen_key(struct screen *s, int key, const struct scene *scene);
/* Draws it all into the frame, which has been given its size by frame_reset(). */
void screen_draw(struct screen *s, const struct scene *scene, struct frame *f);
/* Tables changed in a way that no poll tells: a database was reopened. */
void screen_touch(struct screen *s);
/* When the picture changes by itself, because the data grows old: on the monotonic clock, or -1 for never. */
int64_t screen_next_ms(const struct scene *scene);
/* Shows a line in the footer until the next key. */
void screen_message(struct screen *s, bool bad, const char *format, ...) __attribute__((format(printf, 3, 4)));
/* Daemon `number` is another one now: a login that is being typed for it is given up. */
void screen_daemon_changed(struct screen *s, unsigned number);
/* Forgets user and password. */
void screen_login_wipe(struct screen *s);

/* For the views. */
const struct screen_view *screen_view(enum screen_id id);
void screen_open(struct screen *s, enum screen_id id, enum view_scope kind, uint32_t scope);
void screen_open_country(struct screen *s, uint32_t country);
void screen_open_family(struct screen *s, uint32_t group);
void screen_open_network(struct screen *s, uint32_t group);
void screen_open_torrent(struct screen *s, uint32_t torrent);
void screen_open_peer(struct screen *s, uint32_t peer);
/* No daemon has ever answered. */
bool screen_empty(const struct scene *scene);
/* Whether the history knows of all time. One that was begun while the monitor ran knows less than this run. */
bool screen_knows_more(const struct scene *scene);
/* Sets count and page of a pane and keeps the cursor on the page. `cursor` false: there is only scrolling. */
void screen_scroll(struct screen_pane *pane, uint32_t count, int page, bool cursor);

#endif
