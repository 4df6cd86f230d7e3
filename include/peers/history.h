/* What the monitor remembers over restarts: countries by UTC hour, peers, clients, totals of polls. It collects in
 * memory, and saves from time to time through the store's writer: a disk that is slow, full or locked stops nobody. */
#ifndef PEERS_HISTORY_H
#define PEERS_HISTORY_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/clock.h"
#include "base/err.h"
#include "core/notify_message.h"
#include "peers/clients.h"
#include "peers/fold.h"
#include "peers/netlists.h"

struct history;

struct history_setup {
	const char *path; /* history_path() */
	int64_t save_ms;  /* between two saves */
	uint32_t keep_days;
	bool anonymize;                /* addresses are kept cut: IPv4 to /24, IPv6 to /48, 6to4 to /40 */
	int64_t refresh_ms;            /* between two polls: what makes a visit depends on it */
	int64_t wait_ms;               /* that history_new() waits for the file */
	int64_t began_ms;              /* when the first answer came to the monitor, monotonic; 0 = none has yet */
	uint32_t peers_max;            /* that wait in memory while the disk does not take them */
	const struct clients *clients; /* lives longer */
	const struct netlists *lists;  /* likewise; NULL = peers have no tags */
};

/* "" = peers.db in the state folder. 0 or -errno with a message. */
int history_path(const char *configured, char *path, size_t size, struct err *err);
/* Whether it is configured not to be: "none". */
bool history_is_off(const char *configured);

/* How it is with the recording. */
enum history_state {
	HISTORY_RECORDS,
	HISTORY_WAITS, /* the file is being opened, or cannot be had now: what is seen is kept in memory, and it is
			* tried again */
	HISTORY_OTHER, /* another monitor records there: this one collects nothing until that one has ended */
	HISTORY_OFF,   /* a file that is damaged, of another program or a newer swarmtop: nothing is recorded */
};

/* Opens or makes the file, on a thread of its own if that takes longer than setup->wait_ms; what fails is told by
 * history_trouble(). A damaged one is moved to PATH.corrupt-DATE, with a message. Never NULL. */
struct history *history_new(const struct history_setup *setup, struct now now);
/* Saves, waiting so long for the disk at most, and frees. 0, or -errno if something is not on disk, which was told.
 * NULL is accepted. */
int history_free(struct history *h, struct now now, int64_t ms);
/* No answers come any more: what there is is saved from now on by history_retired(), which returns true when it may be
 * freed at once; until then, when it wants to be called next. */
void history_retire(struct history *h, struct now now);
bool history_retired(struct history *h, struct now now, int64_t *next);
/* Whether it is so far that no answer may come again. */
bool history_is_closing(const struct history *h);
/* Other settings from now on. The path is that of now, or another name of the same file. */
void history_change(struct history *h, const struct history_setup *setup);
/* Another interval between two polls. */
void history_refresh(struct history *h, int64_t refresh_ms);
/* -EPROTO with a message if the file is of a newer swarmtop, which history_trouble() does not tell then; else 0. */
int history_refused(struct history *h, struct err *err);
/* Whether another file took the place of one that was damaged, moved or removed, since this was asked last. */
bool history_was_replaced(struct history *h);
/* Which file a path leads to, if the disk says so at once. */
struct history_file {
	bool known;
	dev_t dev;
	ino_t ino;
};

struct history_file history_file_at(const char *path);
/* By whatever name. Asks no disk; where one of the files is not known, by its name alone. */
bool history_is_at(const struct history *h, const char *path, const struct history_file *file);
/* Whether that is its path: another file may be there by now, which history_change() finds out. */
bool history_is_named(const struct history *h, const char *path);
enum history_state history_state(const struct history *h);
/* What the user should hear, once: true with a message. `bad`: it is a problem, else one has ended. */
bool history_trouble(struct history *h, bool *bad, struct err *err);

/* Takes the latest answer of a daemon, after fold_answer(). */
void history_answer(struct history *h, const struct fold *f, unsigned source, struct now when);
/* A poll is over and counted (fold_recount()). `set`: the system says that its clock is right (clock_is_set()). */
void history_poll(struct history *h, const struct fold *f, struct now now, bool set);
/* Saves when it is time, and goes on with a save that is on its way. Returns when it wants to be called next, in
 * milliseconds of the monotonic clock; it may be called at any time. */
int64_t history_save(struct history *h, struct now now);

/* ---- alerts, over restarts ---- */

enum { HISTORY_ALERTS = 64, HISTORY_UNTOLD = 3 * COUNTRY_MAX };

struct history_alert {
	char name[NOTIFY_ALERT]; /* clean */
	uint64_t condition;      /* what stands for its text */
	int64_t since;           /* that it is raised, seconds since 1970; 0 = it is not */
	unsigned told;           /* that it is: enum alert_known */
	int64_t told_at;         /* when it was told last; 0 = never */
	char untold[HISTORY_UNTOLD]; /* codes of new countries that it is yet to tell: "CN IR" */
};

/* Those of the file, or what was given since; how many. */
unsigned history_alerts(const struct history *h, const struct history_alert **alerts);
/* From the next save on they are these, HISTORY_ALERTS at most. True: somebody was told since, which history_save() is
 * to write soon. */
bool history_keep_alerts(struct history *h, const struct history_alert *alerts, unsigned count);

/* ---- what is known ---- */

enum { HISTORY_FAMILIES = 256, HISTORY_FAMILY = 128 };

struct history_sums {
	uint64_t sightings;
	uint64_t unique;               /* addresses; one that was forgotten after keep_days counts anew */
	uint64_t connected_ms;         /* of all addresses together */
	uint64_t bytes_up, bytes_down; /* estimates */
};

/* A family of clients, as the file knows it. */
struct history_family {
	char name[HISTORY_FAMILY]; /* clean; "" = unknown */
	uint64_t sightings;
};

struct history_totals {
	int64_t since; /* seconds since 1970, the first poll ever recorded; 0 = nothing was */
	uint64_t polls;
	struct history_sums all, countries[COUNTRY_MAX];
	bool unique_exact; /* false: there were too many to tell them apart */
	/* Sightings by country and local hour, of the last keep_days days. */
	uint64_t hours[COUNTRY_MAX][24];
	/* Likewise: those of the file with most sightings, and what was seen since. */
	struct history_family families[HISTORY_FAMILIES];
	uint32_t family_count;
	uint64_t *clients; /* sightings, by client number */
	uint32_t client_count;
};

/* All-time: what the file held at the start and what was seen since. Valid until the next call. NULL as long as the
 * file was not read. */
const struct history_totals *history_totals(const struct history *h);
struct history_peer {
	int64_t first, last; /* seconds since 1970 */
	uint64_t sightings, visits, connected, bytes_up, bytes_down; /* connected: seconds */
};

/* One address, as cut by `anonymize`: 1 found, 0 not, or -errno; -EAGAIN: the file is being asked, on a thread of its
 * own. It is asked anew after each poll, and says what it said before until it is answered. */
int history_peer(struct history *h, const struct ip *ip, struct history_peer *peer);
/* Whether the file was being asked until now: history_peer() may know more, now or soon. */
bool history_asks(struct history *h);

#endif
