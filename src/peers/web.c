/* Opens the web server and hands each request on. It does not know what the answers are. */
#include "peers/web.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/words.h"
#include "base/xmalloc.h"
#include "peers/web_answer.h"

enum { NOTE = 640, AGAIN_MS = 30000 };

struct web {
	struct web_ask ask;
	struct httpd *httpd;
	struct loop_timer again; /* an address that could not be had: another try */
	char *listen;            /* "" = nowhere */
	char *token;
	char **hosts;
	size_t host_count;
	struct web_tables tables;
};

/* The configuration may be another one while requests come in: what is needed of it is copied. */
static void drop_rules(struct web *web)
{
	explicit_bzero(web->token, strlen(web->token));
	free(web->token);
	for (size_t i = 0; i < web->host_count; i++)
		free(web->hosts[i]);
	free(web->hosts);
}

static void take_rules(struct web *web, const struct conf *conf)
{
	drop_rules(web);
	web->token = xstrdup(conf->web.token);
	web->host_count = conf->web.hosts.count;
	web->hosts = xreallocarray(NULL, web->host_count + 1, sizeof(*web->hosts));
	for (size_t i = 0; i < web->host_count; i++)
		web->hosts[i] = xstrdup(conf->web.hosts.items[i]);
}

void web_free(struct web *web)
{
	if (!web)
		return;
	loop_timer_stop(web->ask.loop, &web->again);
	httpd_free(web->httpd);
	web_tables_done(&web->tables);
	drop_rules(web);
	free(web->listen);
	free(web);
}

static void serve(void *context, const struct httpd_request *request, struct httpd_answer *answer)
{
	struct web *web = context;
	const struct web_rules rules = {web->token, web->hosts, web->host_count};
	struct scene scene = web->ask.scene(web->ask.context);

	/* Whatever language the dashboard of the same monitor speaks. */
	words_hush(true);
	web_answer(&rules, &web->tables, &scene, request, answer);
	words_hush(false);
}

/* At boot the address may come later than we do, and another monitor may end. What fails again is not told again. */
static void open_server(struct web *web, bool again)
{
	struct httpd_ask ask = {.loop = web->ask.loop, .listen = web->listen, .serve = serve, .context = web};
	char note[NOTE];
	struct err err;

	web->httpd = httpd_new(&ask, &err);
	if (web->httpd)
		snprintf(note, sizeof(note), N_("the page is at %s"), httpd_url(web->httpd));
	else
		snprintf(note, sizeof(note), N_("no page, no metrics: %s; trying again"), err.msg);
	if (web->httpd || !again)
		web->ask.note(web->ask.context, !web->httpd, note);
	if (!web->httpd)
		loop_timer_in(web->ask.loop, &web->again, AGAIN_MS);
}

static void open_again(void *web)
{
	open_server(web, true);
}

struct web *web_new(const struct web_ask *ask)
{
	struct web *web = xcalloc(1, sizeof(*web));

	web->ask = *ask;
	web->listen = xstrdup("");
	web->token = xstrdup("");
	web->again = (struct loop_timer){.fire = open_again, .context = web};
	return web;
}

void web_configure(struct web *web, const struct conf *conf)
{
	take_rules(web, conf);
	if (strcmp(web->listen, conf->web.listen) == 0 && (web->httpd || !*web->listen))
		return;
	loop_timer_stop(web->ask.loop, &web->again);
	httpd_free(web->httpd);
	web->httpd = NULL;
	free(web->listen);
	web->listen = xstrdup(conf->web.listen);
	if (*web->listen)
		open_server(web, false);
}
