/* The tables as rows that are chosen, filtered and sorted, with their full values. A view is a table of columns: its
 * columns are also the words of its filter. It draws nothing. */
#ifndef PEERS_VIEW_H
#define PEERS_VIEW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "peers/scene.h"
#include "wire/expr.h"

enum {
	VIEW_COLUMNS = 20, /* of one view, at most */
	VIEW_CELL = 512,   /* bytes of a cell as text, NUL included */
	VIEW_NONE = UINT32_MAX,
};

enum view_kind {
	VIEW_COUNTRIES,
	VIEW_PEERS,
	VIEW_CLIENTS,  /* families */
	VIEW_VERSIONS, /* of the family in `scope`, a client number */
	VIEW_TORRENTS,
	VIEW_CITIES, /* of the country in `scope` */
	VIEW_NETWORKS,
	VIEW_KINDS,
};

/* Which rows a view is about. */
enum view_scope {
	VIEW_ALL,
	VIEW_OF_COUNTRY, /* scope = country_t */
	VIEW_OF_TORRENT, /* scope = position in fold.torrents */
	VIEW_OF_NETWORK, /* scope = number of the autonomous system, as of view_network_of() */
};

/* How a number is written, and what it means in a filter. */
enum view_format {
	VIEW_TEXT,
	VIEW_COUNT,
	VIEW_BYTES,
	VIEW_RATE_UP,   /* bytes/s */
	VIEW_RATE_DOWN, /* bytes/s */
	VIEW_PERCENT,   /* thousandths */
	VIEW_SHARE,     /* thousandths, with a bar */
	VIEW_TIME,      /* seconds since 1970, as a clock time or a date */
	VIEW_AGE,       /* seconds since 1970, as the time that has passed; 0 = now */
	VIEW_FORMATS,
};

struct view;

struct view_column {
	const char *key; /* its name in filters, words joined by '-' */
	const char *title;
	enum view_format format;
	uint8_t min, want, max; /* widths: the least, the usual, the most that is of use */
	uint8_t drop;           /* 0: always there; else the largest leaves first when room is short */
	uint8_t other;          /* number of the column that says the same in other words, 0 = none */
	/* The value; it is what rows are sorted by. NULL for pure text. */
	uint64_t (*number)(const struct view *v, uint32_t row);
	/* NULL for pure numbers. The text may stand in `scratch`, or lives as long as the tables. */
	const char *(*text)(const struct view *v, uint32_t row, char scratch[VIEW_CELL]);
	/* The text while addresses are hidden; NULL: as always. */
	const char *(*hidden)(const struct view *v, uint32_t row, char scratch[VIEW_CELL]);
	bool word; /* the text is a word of ours: shown in the user's language, found by filters as it is */
};

/* Something of a peer that is true or not. */
struct view_flag {
	const char *key;
	bool (*is)(const struct view *v, uint32_t row);
};

struct view_table {
	const char *noun; /* "countries" */
	struct view_column columns[VIEW_COLUMNS];
	unsigned column_count;
	uint32_t all_time; /* bits of the columns that are only there while the numbers of all time are shown */
	const struct view_flag *flags;
	unsigned flag_count;
	/* What tag('name') asks in a filter; NULL where rows have no tags. */
	bool (*has_tag)(const struct view *v, uint32_t row, const char *name);
	unsigned sort; /* column at the start */
	unsigned tie;  /* column that decides between equals, most first */
	void (*collect)(struct view *v);
	/* Whether a row is of now; rows that are not come last. */
	bool (*live)(const struct view *v, uint32_t row);
};

/* Rows that are sums of others: families of clients, cities, networks. */
struct view_group {
	const char *name; /* lives as long as the tables */
	uint32_t id;      /* client number of the family; position of an address in the city or network */
	uint32_t members; /* versions of a family, addresses of a city or network */
	uint32_t hosting, hosting_now; /* addresses, and connections of now, that have this tag */
	uint64_t sightings, all_sightings; /* of this run, of all time */
	struct fold_now now;
};

struct view {
	const struct view_table *table;
	const struct scene *scene; /* of the latest view_update(): only its caller knows how long there is one */
	enum view_scope scope_kind;
	uint32_t scope;
	bool hide;      /* addresses */
	bool all_time;  /* with what the history knows from before; set by view_all_time() */
	bool translated; /* names in the user's language: for the screen */
	unsigned sort;  /* column */
	bool reverse;   /* numbers start with the largest and texts with A; reverse turns that */
	uint32_t limit; /* only so many rows are of interest, 0 = all */
	uint32_t *rows; /* positions in the tables, or numbers of groups; owned */
	uint32_t count, cap;
	uint32_t live;             /* how many of them, the first ones, are of now */
	uint32_t all;              /* rows before the filter */
	struct view_group *groups; /* owned */
	uint32_t group_count;
	struct expr *filter; /* in the arena; NULL = everything passes */
	struct arena arena;
	uint32_t off; /* bits of columns that say nothing: empty, or the same in every row */
	bool dirty;
	uint32_t stamp; /* of the fold when the rows were made */
};

void view_init(struct view *v, enum view_kind kind);
void view_done(struct view *v);
/* Chooses what it is about. Filter and order stay. */
void view_scope(struct view *v, enum view_scope kind, uint32_t scope);
void view_sort(struct view *v, unsigned column, bool reverse);
/* Whether the numbers of all time stand beside those of this run, and rows that only the history knows below. */
void view_all_time(struct view *v, bool all_time);
/* Makes the rows anew if the tables, the order or the filter have changed since the last time. The scene must live
 * until the last call that reads rows. */
void view_update(struct view *v, const struct scene *scene);
/* The rows are to be made anew at the next update, whatever the tables say. */
void view_touch(struct view *v);

/* A text of ours, marked with N_(), as rows of this view show it. */
const char *view_word(const struct view *v, const char *text);
/* Adds a row; for the collectors of view_table.c. */
void view_row_add(struct view *v, uint32_t row);

/* The text of a cell: in `scratch`, or living as long as the tables. */
const char *view_cell(const struct view *v, unsigned column, uint32_t row, char scratch[VIEW_CELL]);
/* The number of a cell, 0 for texts. */
uint64_t view_number(const struct view *v, unsigned column, uint32_t row);
/* The number of the column with this key; VIEW_NONE if there is none. */
unsigned view_column(const struct view *v, const char *key);
bool view_right(const struct view_column *column);
/* Whether a column is one of the numbers of all time. */
bool view_is_all_time(const struct view *v, unsigned column);
/* Widths of the columns in `width` columns of the screen, one blank between two; 0 = it has left. */
void view_fit(const struct view *v, int width, int widths[VIEW_COLUMNS]);

/* 1234567 -> "1.2 MB", the unit padded to two letters so that figures stand below each other. */
const char *view_bytes(double bytes, char scratch[VIEW_CELL]);

#endif
