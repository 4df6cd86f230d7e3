/* The web server of the monitor: the page, /api/v1 and /metrics, where and when [web] says so. */
#ifndef PEERS_WEB_H
#define PEERS_WEB_H

#include "core/conf.h"
#include "core/loop.h"
#include "peers/scene.h"

struct web;

struct web_ask {
	struct loop *loop;
	/* What is to be told of now. */
	struct scene (*scene)(void *context);
	/* A line for the event log; a problem for stderr too. */
	void (*note)(void *context, bool problem, const char *text);
	void *context;
};

struct web *web_new(const struct web_ask *ask);
/* Accepts NULL. */
void web_free(struct web *web);
/* Listens where the configuration says now. An address that cannot be had is told, and the page is nowhere until
 * it can, which is tried every 30 s: a second monitor with the same configuration runs on. */
void web_configure(struct web *web, const struct conf *conf);

#endif
