/* Where peers come from: a daemon that is asked again and again. A variant is a table of functions. */
#ifndef PEERS_SOURCE_H
#define PEERS_SOURCE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/clock.h"
#include "core/conf.h"
#include "core/loop.h"
#include "peers/answer.h"

enum source_state {
	SOURCE_CONNECTING, /* no answer yet, no failure either */
	SOURCE_OK,
	SOURCE_REFUSED,     /* 401: not asked again until there is another login */
	SOURCE_FORBIDDEN,   /* 403, 421 */
	SOURCE_UNREACHABLE, /* no connection, no answer */
	SOURCE_ERROR,       /* an answer that is no use */
};

/* "connecting", "ok", "refused", "forbidden", "unreachable", "error". */
const char *source_state_name(enum source_state state);

/* What is shown of a daemon. Texts are clean. */
struct source_status {
	char name[CONF_NAME]; /* as the configuration has it */
	char url[256];     /* without login */
	enum source_state state;
	char error[512];   /* what is wrong and what to do; "" while ok */
	char said[512];    /* the same in the user's language, for a screen; "" = there is only the other */
	long http_status;  /* of its latest poll, 0 = none */
	char version[64];  /* "3.00 (bb6b5a062e)", "" unknown */
	uint32_t torrents; /* asked for, with or without peers */
	uint32_t peers;    /* entries of its latest answer; kept while it is lost */
	double poll_ms;    /* of its latest poll */
	int64_t good_wall; /* time of its latest good answer, 0 = none */
	int64_t good_mono_ms;
	int64_t began_mono_ms; /* since when it is to be asked */
	int64_t retry_mono_ms; /* when it is asked next, 0 = now or never */
	bool polling;
	bool late; /* polling for so long that its round is over without it */
};

struct source;

/* What is wrong with it, in the user's language if it was said so. */
const char *source_said(const struct source_status *status);

struct source_ops {
	/* Starts a poll, which ends with source_answered() or source_failed(). */
	void (*poll)(struct source *s);
	void (*login)(struct source *s, const char *username, const char *password);
	void (*free)(struct source *s);
};

/* What the monitor wants to hear. */
struct source_listener {
	/* s->answer is whole: to be folded now. */
	void (*answered)(void *context, struct source *s);
	void (*failed)(void *context, struct source *s);
	/* Something for the log view; a problem is for stderr too. */
	void (*noted)(void *context, struct source *s, bool problem, const char *text);
	void *context;
};

/* A variant embeds it as its first member. */
struct source {
	const struct source_ops *ops;
	unsigned number; /* in the order of the configuration; index of fold.sources */
	struct loop *loop;
	struct source_listener listener;
	struct source_status status;
	struct answer answer; /* of the poll under way or just ended */
	struct loop_timer retry;
	unsigned failures; /* in a row */
	int64_t start_us;
	uint64_t fingerprint; /* of what it was made from: for daemons.c */
};

/* Names it; texts are cleaned. */
void source_init(struct source *s, const struct source_ops *ops, unsigned number, const char *name, const char *url,
		 struct loop *loop, const struct source_listener *listener);
/* Frees the source through its ops; NULL is accepted. */
void source_free(struct source *s);
/* A round starts: asks, unless it is asked already, is to be left alone, or refused the login. */
void source_round(struct source *s);
/* Asks at once, whatever the back-off says; only a refused login still stands. */
void source_hurry(struct source *s);
/* It holds up its round: shown as such, while its answer is still waited for. */
void source_late(struct source *s);
/* While held it is not asked by itself after a failure. */
void source_hold(struct source *s, bool hold);
/* How long it has been asked, in milliseconds; 0 when it is not. */
int64_t source_asked_ms(const struct source *s);
/* Another login: asks at once. */
void source_login(struct source *s, const char *username, const char *password);

/* For the variants: how a poll ended. */
void source_answered(struct source *s);
void source_failed(struct source *s, enum source_state state, const char *message);
/* The same with the message in the user's language beside it. */
void source_failed_said(struct source *s, enum source_state state, const char *message, const char *said);
void source_note(struct source *s, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* What a user should know and do something about. */
void source_warn(struct source *s, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The longest a source is left alone after `failures` in a row, in milliseconds: 1, 2, 4 ... 60 s. */
int64_t source_backoff_max_ms(unsigned failures);

#endif
