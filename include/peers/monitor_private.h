/* What the files of the monitor share, and nobody else. */
#ifndef PEERS_MONITOR_PRIVATE_H
#define PEERS_MONITOR_PRIVATE_H

#include "core/notify.h"
#include "core/sdnotify.h"
#include "peers/daemons.h"
#include "peers/dashboard.h"
#include "peers/history.h"
#include "peers/netlists.h"
#include "peers/options.h"
#include "peers/recorder.h"
#include "peers/round.h"
#include "peers/sieve.h"
#include "peers/web.h"

enum { MONITOR_RETIRED = 8 };

struct monitor {
	struct options options;
	struct loop *loop;
	struct http *http;
	struct clients *clients;
	struct locate *locate;
	struct netlists *lists;
	struct loop_timer looking;  /* whether lists have changed, or been read */
	int64_t check_ms, pause_ms; /* when the next look begins; until what is being read is looked for */
	bool held;                  /* the first poll waits for lists ... */
	int64_t held_until;         /* ... no longer than that */
	bool retags, retag_again;    /* tags of remembered addresses are asked for again; and then once more */
	uint32_t retagged;           /* up to this position */
	struct loop_timer retagging; /* the next part */
	int64_t hurry_until;         /* not 0: a poll waits for lists, no longer than that */
	struct sieve sieve;
	struct fold *fold;
	struct history *history;          /* NULL: nothing is kept */
	uint64_t history_id;              /* another one for each that is taken; 0 = none was */
	struct history *retired[MONITOR_RETIRED]; /* of other paths, until they are saved */
	unsigned retired_count;
	bool change_waits; /* the configuration wants another history, and one of those is in the way */
	struct loop_timer saving;         /* when they want to be looked after */
	int64_t refused_until;            /* a history that cannot be kept ends the start until then ... */
	struct err refusal;               /* ... and why it did */
	struct events events;
	struct alerts *alerts;
	bool gone_on;     /* the history has said how they were */
	bool unchecked;   /* the latest poll waits for that */
	bool keep_alerts; /* a message was sent: what the history is to keep of them has changed */
	struct notify *notify;
	struct daemons daemons;
	struct daemons_share share; /* what each daemon is given */
	struct source_status statuses[FOLD_SOURCES]; /* copies, side by side for the scene */
	enum source_state failing[FOLD_SOURCES]; /* the trouble that was told last; SOURCE_OK = none */
	struct round round;
	double configured_refresh; /* seconds; a key may have chosen another one */
	struct recorder *recorder;
	struct web *web;
	bool textfile_failed; /* the latest one, and that was told */
	struct dashboard *dashboard; /* NULL without a terminal */
	int terminal;                /* what it was started on; -1 = none */
	struct loop_timer aging;     /* when the data grows visibly older */
	uint32_t poll;
	int64_t wall, mono_ms; /* of the latest good answer */
	int64_t began_ms;      /* of the first one, monotonic; 0 = none has come yet */
	bool recount, record, redraw;
	struct sdnotify *service; /* NULL without a service manager */
	int exit;
};

/* What the screens and the records show, as it is now. Points into the monitor. */
struct scene monitor_scene(struct monitor *m);
/* Counts anew what answers have changed. */
void monitor_recount(struct monitor *m);
/* Something the user should find in the event log; a problem also on stderr. `who` may be "". */
void monitor_tell(struct monitor *m, bool problem, const char *who, const char *what);
/* The same of databases; `monitor` is the struct. */
void monitor_note(void *monitor, bool problem, const char *line);
/* The same of what belongs in the log in any case, unless a few polls were asked for only: what lists hold, where the
 * web page is. */
void monitor_inform(void *monitor, bool problem, const char *line);

/* The daemons that the options ask for, those of now reused where nothing changed. 0, or -errno with a message. */
int monitor_make_daemons(struct monitor *m, const struct options *o, struct daemons *made, struct err *err);
/* New daemons in place of those that are; `made` is theirs from now on. */
void monitor_change_daemons(struct monitor *m, const struct daemons *made);
/* 0, or -errno with a message: a database that was named cannot be used. */
int monitor_open_databases(struct monitor *m, const struct options *o, struct err *err);
/* The lists that the options ask for, and what is left out of the tables. 0, or -errno with a message; then the lists
 * of before stay. */
int monitor_open_lists(struct monitor *m, const struct options *o, struct err *err);
/* At the start: a little time for them to be read. */
void monitor_await_lists(struct monitor *m);
/* Whether the first poll is to wait for them, and begins as soon as they are read. */
bool monitor_holds(struct monitor *m);
/* Says so if AS numbers are asked for that no open database knows. */
void monitor_miss_networks(struct monitor *m);
/* A database changed: everything is located anew. New countries are another matter: alerts_relocated(). */
void monitor_relocate(struct monitor *m);
/* For the fold: tags of an address. `monitor` is the struct. */
uint64_t monitor_find_tags(void *monitor, const struct ip *ip, uint32_t network);
/* A list or a database changed: asks for all tags again, of the first addresses at once, of others soon; and then for
 * what is still missing. */
void monitor_retag(struct monitor *m);
void monitor_retag_rest(struct monitor *m);
/* The alerts that the options ask for, and who tells them. 0, or -errno with a message (a password cannot be read), and
 * all is as before. */
int monitor_set_alerts(struct monitor *m, const struct options *o, struct err *err);
/* A poll is over: looks at the alerts, and hands on what is to be told. */
void monitor_check_alerts(struct monitor *m);
/* The end: a little time for messages that are under way. */
void monitor_end_alerts(struct monitor *m);
void monitor_open_log(const struct options *o);
/* Begins the history, or ends it, or changes how it is kept, as the options say. 0, or -errno with a message. */
int monitor_keep_history(struct monitor *m, const struct options *o, struct err *err);
/* Saves what is due, and tells what there is to tell. */
void monitor_save_history(struct monitor *m);
/* Saves all, waiting for the disk 10 s at most. Returns the exit status, not EXIT_FINE if --record recorded nothing, or
 * not all. */
int monitor_end_history(struct monitor *m);
/* The page and the metrics, where the options say; a run of a few polls serves none. */
void monitor_open_web(struct monitor *m);
/* --textfile. */
void monitor_save_metrics(struct monitor *m, const struct scene *scene);
/* Reads the configuration again; a bad one changes nothing and is told. */
void monitor_reload(struct monitor *m);

/* The keyboard and the screen, if it can be had; else m->dashboard stays NULL and the reason is logged. */
void monitor_open_dashboard(struct monitor *m);
void monitor_take_signals(struct monitor *m);
/* From here on the next Ctrl+C is the second one, and ends the program at once. */
void monitor_let_signals_through(void);

#endif
