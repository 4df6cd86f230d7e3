/* One thing fetched over HTTP, with conditions, patience and new tries. It does not know what is fetched. */
#ifndef SWARM_COLLECT_FETCH_H
#define SWARM_COLLECT_FETCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/http.h"
#include "core/loop.h"

enum { COLLECT_ETAG = 256, COLLECT_MODIFIED = 64, COLLECT_TYPE = 64, COLLECT_WHY = 200 };

enum collect_outcome {
	COLLECT_FETCHED, /* whole, status 200 */
	COLLECT_SAME,    /* 304: what is known is still right */
	COLLECT_REFUSED, /* 4xx, a redirect that is not followed, denied, too big: another try would end so too */
	COLLECT_FAILED,  /* the network or 5xx, each time that it was tried; or once, when its host rests */
};

struct collect_fetched {
	enum collect_outcome outcome;
	int status;              /* HTTP's, 0 = none */
	bool framed;             /* the answer said where it ends; else the end of the connection was its end */
	bool too_big;            /* COLLECT_REFUSED because of that */
	bool no_public;          /* COLLECT_REFUSED because of its address */
	unsigned rests;          /* COLLECT_FAILED because its host rests, for this time in a row: 429, or 5xx that asks
				  * for more than a minute, or sent on to one that has not had its rest yet */
	int64_t wait_s;          /* and it wants to be left alone for so long, a day at most; 0 = a minute, at most */
	char etag[COLLECT_ETAG]; /* "" = none, or too long */
	char modified[COLLECT_MODIFIED];
	char why[COLLECT_WHY]; /* clean; of what went wrong */
	const char *url;       /* after redirects; valid during done() */
	uint64_t bytes;        /* that came, of all tries */
};

/* What is asked; texts and hosts must live until the end. */
struct collect_fetch_ask {
	struct loop *loop;
	struct http *http;
	const char *url, *proxy;
	const char *const *hosts; /* that redirects may lead to */
	bool allow_private, compressed;
	const char *etag, *modified; /* what is known, "" = nothing */
	long total_ms;
	size_t max_body;
	/* A good answer begins, with its Content-Type (small, without parameters, "" = none): also once more after a
	 * try that broke off. */
	void (*begin)(void *context, const char *type);
	int (*body)(void *context, const char *bytes, size_t len); /* 0 goes on, else it is COLLECT_REFUSED */
	/* Once, never from within collect_fetch_start(); the fetch is still there: free it. */
	void (*done)(void *context, const struct collect_fetched *fetched);
	void *context;
};

struct collect_fetch;

struct collect_fetch *collect_fetch_start(const struct collect_fetch_ask *ask);
/* Also before the end, but not from within begin() or body(); NULL is accepted. */
void collect_fetch_free(struct collect_fetch *f);

#endif
