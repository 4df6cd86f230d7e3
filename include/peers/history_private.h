/* What the files of the history share, and nobody else: what waits in memory, and how it becomes SQL. */
#ifndef PEERS_HISTORY_PRIVATE_H
#define PEERS_HISTORY_PRIVATE_H

#include <limits.h>

#include "base/hll.h"
#include "base/map.h"
#include "core/aside.h"
#include "core/store.h"
#include "peers/history.h"

enum {
	HISTORY_SLOT = 300,      /* seconds: how fine sums are until they are dated */
	HISTORY_GAP = 600,       /* seconds unseen, and it is another visit */
	HISTORY_CELLS = 1 << 17, /* that wait, at most */
	HISTORY_POLLS = 1 << 17,
	HISTORY_CHUNK = 4096, /* rows queued at a time */
	HISTORY_DAY = 86400,
	HISTORY_GO_ON_MS = 200, /* until a save that is on its way is looked after */
	HISTORY_LOST_TEXT = 128,
	HISTORY_MESSAGES = 4,
	HISTORY_ADDRESS = 16, /* bytes of an address as it is stored: 4 or 16 */
};

/* ---- history_ledger.c: what waits to be saved. Pure: no clock, no SQL ---- */

/* What an address did since the last save. Seconds are of the ledger's time. */
struct ledger_peer {
	struct ip ip;
	int64_t first, last;
	int64_t mono_ms; /* of its last sighting */
	uint64_t connected_ms, up, down;
	uint32_t sightings; /* 0 = nothing new */
	uint32_t visits;    /* begun */
	uint32_t client;
	uint64_t tags;     /* as bits */
	uint64_t doubtful; /* nobody knew whether it has these, at no sighting */
	bool tagged;       /* somebody knew some of them, at one sighting at least */
	country_t country;
	bool begun; /* its first sighting began a visit, or one of before the start goes on */
};

/* Sums of a slot of time: for a country, a client, or of polls. */
struct ledger_cell {
	struct ledger_key {
		int32_t slot;     /* HISTORY_SLOT seconds, of the ledger's time */
		uint32_t subject; /* a country; COUNTRY_MAX + client; or LEDGER_POLLS */
	} key;
	uint64_t sightings, connected_ms, up, down;
};

enum { LEDGER_POLLS = UINT32_MAX };

struct ledger_poll {
	int64_t at; /* the ledger's time */
	uint32_t connections, addresses;
	uint64_t rate_up, rate_down; /* bytes/s */
};

struct ledger {
	bool dated; /* times are seconds since 1970; else of the monotonic clock, until somebody knows better */
	bool anonymize;
	bool untagged;     /* nobody knows any tag of who is seen now */
	uint64_t doubtful; /* of lists that were never read: who is in none of the others may have them */
	int64_t gap_ms;  /* unseen for so long: another visit */
	int64_t near_ms; /* two sightings no further apart are one connection */
	struct ledger_peer *peers;
	uint32_t peer_count, peer_cap, peers_max;
	uint32_t next_peer; /* that a save goes on with: those before it are taken, or had nothing new */
	bool swept; /* since the last save all have left that could make room */
	struct map by_ip;
	struct ledger_cell *cells;
	uint32_t cell_count, cell_cap;
	struct map by_key;
	struct ledger_poll *polls;
	uint32_t poll_count, poll_cap;
	bool crowded;     /* some address found no room since the last save began, but its sums did */
	uint64_t dropped; /* sightings and polls that are lost, or some of their sums */
};

void ledger_init(struct ledger *l, uint32_t peers_max);
void ledger_done(struct ledger *l);
void ledger_set_refresh(struct ledger *l, int64_t refresh_ms);
/* Whether addresses are cut, from now on; true also cuts those that wait. */
void ledger_anonymize(struct ledger *l, bool anonymize);
/* `at` is the ledger's time. `interval_ms`: that the rate is taken to have lasted. Returns what it adds to the time
 * connected, in milliseconds. */
uint32_t ledger_sighting(struct ledger *l, const struct address *a, const struct connection *c, int64_t at,
			 int64_t mono_ms, int64_t interval_ms);
void ledger_poll(struct ledger *l, const struct fold_now *now, int64_t at);
/* From now on times are dates: those that wait are moved by `offset`, the date at 0 of what the ledger's time was. Sums
 * are moved to the slot that theirs begins in, so never into the future. */
void ledger_date(struct ledger *l, int64_t offset);
/* Takes one out, the last; NULL: there is none. Valid until the next one is added. */
const struct ledger_cell *ledger_take_cell(struct ledger *l);
const struct ledger_poll *ledger_take_poll(struct ledger *l);
/* It is saved: nothing of it is new. It stays, so that its visit goes on; who was not seen lately is forgotten. */
void ledger_saved_peer(struct ledger_peer *p);
void ledger_forget_idle(struct ledger *l, int64_t mono_ms);
/* Its network, as `anonymize` keeps it. */
struct ip ledger_cut(const struct ip *ip);
/* The address as it is kept. */
struct ip ledger_address(const struct ledger *l, const struct ip *ip);
/* NULL if it was not seen lately. */
const struct ledger_peer *ledger_find(const struct ledger *l, const struct ip *ip);

/* ---- history_known.c: a set of addresses, to count each once ---- */

struct known {
	uint64_t *hashes; /* 0 = free */
	uint32_t mask, count;
	uint64_t seed[2];
	bool full;      /* more than it can hold: how many more is an estimate ... */
	struct hll all; /* ... by this, owned ... */
	double chance;  /* ... and its chance */
	double owed;    /* of an address, that was not counted yet */
};

enum { KNOWN_MAX = 1 << 20 };

void known_init(struct known *k);
void known_done(struct known *k);
/* How many addresses it makes more: 1 if it was not in, else 0. When it is full, one of some that were not in counts
 * for all of them. */
uint64_t known_add(struct known *k, const struct ip *ip);

/* ---- the rest ---- */

struct history {
	struct history_setup setup;
	char path[PATH_MAX];
	struct history_file file; /* when it was opened last */
	struct store *store;  /* NULL = cannot be had now */
	struct store_rest *rest; /* what a damaged one did not take, until there is another; NULL = nothing */
	struct aside *aside;  /* not NULL: it is being opened ... */
	struct opening *opening; /* ... with this, which is not ours meanwhile */
	struct aside *closing; /* not NULL: the store that was is being closed */
	struct store *reader; /* while another one records */
	enum history_state state;
	struct ledger ledger;
	struct known known;
	struct history_totals totals;
	int64_t began_ms;   /* when the first answer came, monotonic; -1 = none yet */
	int64_t slot_phase; /* seconds, see history.c */
	int64_t date_at_0;  /* when the monotonic clock was 0, seconds since 1970, by the last date there was */
	int64_t saved_ms;   /* when the last save began, or the last try to open the file */
	int64_t queued_ms;  /* since when there is something that the disk has not taken ... */
	bool unsettled;     /* ... as of the last look */
	int64_t upkeep_ms;  /* when the last upkeep was queued, -1 = never */
	uint32_t fresh;     /* rows put into `fresh` since then */
	int64_t whole;      /* whole addresses are to be cut, from the peer with this id on; 0 = none is left */
	int64_t ids;        /* no peer has a greater one, but of `fresh` */
	bool saving;        /* a save is on its way */
	bool loaded;        /* totals are of all time */
	bool told_undated, told_crowded, told_dropped;
	bool set;           /* the system said that its clock is right */
	bool stuck;         /* it was told that the disk does not take it */
	bool tried;         /* the file was opened once, or could not be */
	bool waited;        /* ... and later */
	bool recorded;      /* into a file, at some time */
	bool doubted;       /* it seemed to be damaged while it was written */
	bool replaced;      /* by another file; nobody has asked since */
	char real[PATH_MAX]; /* where it was opened */
	bool recount;       /* addresses are known by other names now: the file is to be read again */
	bool look_now;      /* whether it is still where it was */
	struct history_alert alerts[HISTORY_ALERTS];
	unsigned alert_count;
	bool alerts_given;   /* they are not those of the file ... */
	bool alerts_changed; /* ... and not saved ... */
	bool alerts_told;    /* ... though somebody was told since */
	int load_code;      /* why it could not be read, told; 0 = it could, or was not to be */
	int open_code;      /* why there is no store, 0 = there is */
	bool open_ours;     /* it is only that this process has not closed it yet */
	bool told_waiting;  /* for the disk, at the end */
	struct err refused; /* it is of a newer swarmtop; "" = it is not */
	struct {
		struct aside *aside;   /* not NULL: the file is being asked ... */
		struct asking *asking; /* ... with this, which is not ours meanwhile */
		bool known;            /* what follows is of the last address that was answered ... */
		bool valid;            /* ... since the last answer of a daemon */
		struct ip ip;
		int code;
		struct history_peer peer;
	} asked;
	struct {
		struct aside *aside;  /* not NULL: the file is being read ... */
		struct past_job *job; /* ... with this, which is not ours meanwhile; NULL = nothing was asked */
		bool given;           /* its result */
	} past;
	struct {
		struct err err;
		bool bad;
	} messages[HISTORY_MESSAGES]; /* that nobody has heard yet, in order */
	unsigned message_count;
};

extern const char *const history_migrations[];
/* Up to the version that has all that `swarmtop history` shows. */
extern const char *const history_migrations_shown[];

/* ---- history.c, for its end ---- */

/* "WHAT; 1,204 sightings and polls were lost", said once; WHAT if none was. */
const char *history_lost_text(struct history *h, const char *what, char *text, size_t size);
void history_begin_opening(struct history *h, struct now now);
/* A file that somebody has moved, removed or put another one in the place of is left, and what is at its path now is
 * opened; so is the same one if it is to be read again: to be called when no save is on its way. */
void history_find_again(struct history *h, struct now now);
/* Takes what is opened, after at most so long. */
void history_take_opened(struct history *h, int64_t ms);
/* The date is right when the system says so. One that says nothing is believed after a while, if it can be; and at the
 * end, since there will be no better one. */
void history_settle_date(struct history *h, struct now now, bool believe);
void history_begin_save(struct history *h, struct now now);

/* ---- history_open.c: a job for core/aside.h ---- */

struct opening {
	char path[PATH_MAX];
	int64_t wall;
	struct store *doubtful; /* what is open, and seems to be damaged or is not there: closed first; NULL = none */
	bool damaged;           /* it did so before */
	struct store_rest *rest; /* what it did not take, owned: for the next that is opened */
	bool load;             /* what the file knows is wanted */
	bool anonymize;        /* addresses are known by their networks */
	/* The result. */
	char real[PATH_MAX]; /* where the file is now */
	struct store *store, *reader; /* at most one */
	enum history_state state;
	int code; /* why there is no store, with the message */
	bool ours; /* it is only that this process has not closed it yet */
	struct err err;
	struct err left;  /* what the file that is gone did not take; "" = nothing */
	struct err moved; /* a damaged file was moved: what to tell; "" = none was */
	struct history_file file;
	int64_t whole; /* the first peer that is no network; behind all: only one in `fresh`; 0 = none */
	int64_t ids;   /* no peer has a greater one, also when `fresh` is settled */
	bool loaded;
	int load_code;
	struct err load_err;
	struct history_totals totals; /* of the file */
	struct known known;           /* its addresses */
	struct history_alert alerts[HISTORY_ALERTS];
	unsigned alert_count;
};

/* Whether another file, or none, is at its path now, if the disk says so at once. */
bool history_is_astray(const struct history *h);
/* The same as history_file_at(), however long it takes; untouched if there is none. */
void history_look(const char *path, struct history_file *file);

struct opening *opening_new(const char *path, bool load, struct now now);
void opening_run(void *opening);
void opening_free(void *opening);
/* Whether a damaged file may be moved or removed. A database of another program stays where it is, and so does what a
 * mistyped path names. At the usual place a file can only be ours. */
bool history_is_ours(const char *path);

#define HISTORY_PUT(store, sql, ...)                                                                                   \
	store_put(store, sql, (const struct store_value[]){__VA_ARGS__},                                               \
		  sizeof((const struct store_value[]){__VA_ARGS__}) / sizeof(struct store_value))
#define HISTORY_GET(store, sql, take, context, err, ...)                                                               \
	store_get(store, sql, (const struct store_value[]){__VA_ARGS__},                                               \
		  sizeof((const struct store_value[]){__VA_ARGS__}) / sizeof(struct store_value), take, context, err)

/* ---- history_write.c ---- */

/* Queues the next part of the save, a few thousand rows: true when all of it is queued. */
bool history_write(struct history *h, struct now now);
enum { HISTORY_ALERT_NAME = NOTIFY_ALERT + 1 + HISTORY_UNTOLD };

/* Queues the alerts, if they are not those of the file. */
void history_write_alerts(struct history *h);
/* Queues what is done once a day: settles, thins, and forgets what is older than keep_days. */
void history_upkeep(struct history *h, struct now now);

/* ---- history_cut.c ---- */

/* Whether there are whole addresses, and where. */
void history_find_whole(struct opening *o);
/* Queues the next part of what cuts them: true when all of it is queued, and nothing is to be settled before. */
bool history_cut(struct history *h);

/* ---- history_read.c ---- */

/* Totals, and the addresses that are known. 0 or -errno with a message. */
int history_load(struct opening *o, struct store *store, struct err *err);
/* An address in the form of the file, and back; the length. */
uint64_t history_count_of(const struct store_value *column); /* 0 if it is none */
size_t history_address_bytes(const struct ip *ip, uint8_t bytes[HISTORY_ADDRESS]);
bool history_address_of(const struct store_value *column, struct ip *ip);

/* ---- history_totals.c ---- */

void history_sums_add(struct history_sums *sum, const struct history_sums *more);
/* `client` by number. */
void history_count_client(struct history_totals *t, uint32_t client, uint64_t sightings);
/* Adds what the file knew to what was seen while it was being read: an address of both was counted twice. */
void history_take_loaded(struct history *h, struct opening *o);
/* Of all that was seen only what waits is left: the rest is known again when a file is read. No save may be on its
 * way. */
void history_recount(struct history *h, struct now now);

/* ---- history_peer.c ---- */

/* Nothing is asked any more; waits for what is being asked, for so long at most. */
void history_peer_end(struct history *h, int64_t ms);
/* The same of history_past.c. */
void history_past_end(struct history *h, int64_t ms);

#endif
