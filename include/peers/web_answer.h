/* What the web server answers: who may ask, and what there is. Knows no sockets. */
#ifndef PEERS_WEB_ANSWER_H
#define PEERS_WEB_ANSWER_H

#include "core/httpd.h"
#include "peers/scene.h"
#include "peers/view.h"
#include "wire/webreq.h"

/* Who may ask. */
struct web_rules {
	const char *token;        /* "" = anybody */
	char *const *hosts;       /* names of ours besides "localhost"; an address can be nobody else's name */
	size_t host_count;
};

enum { WEB_RANGES = 4 };

/* An answer that is given again for a while. */
struct web_kept {
	struct buf text;
	int64_t at_ms;
};

/* Tables as they were asked for last: asked for again they need not be sorted again. */
struct web_tables {
	struct view views[VIEW_KINDS];
	bool made[VIEW_KINDS];
	char filters[VIEW_KINDS][WEBREQ_VALUE];
	uint64_t tags[VIEW_KINDS];        /* those that there were for the filter */
	struct web_kept kept[WEB_RANGES]; /* of the history ... */
	uint64_t history_id;              /* ... that has this number */
};

/* `tables` begins zeroed. */
void web_tables_done(struct web_tables *tables);

/* Fills an answer that has a status of 200 and an empty text. */
void web_answer(const struct web_rules *rules, struct web_tables *tables, const struct scene *scene,
		const struct httpd_request *request, struct httpd_answer *answer);

/* ---- for the files of the resources ---- */

enum { WEB_ROWS = 200, WEB_ROWS_MAX = 5000 }; /* of a table in one answer: unless said, at most */

#define WEB_JSON "application/json; charset=utf-8"

/* What a resource may know. */
struct web_asked {
	const struct webreq *request;
	const struct scene *scene;
	struct web_tables *tables;
};

/* {"error": "..."}; `column` (from 1) of a filter, 0 = none. */
void web_refuse(struct httpd_answer *answer, unsigned status, unsigned column, const char *text);

/* web_api.c */
void web_poll(const struct web_asked *asked, struct httpd_answer *answer);
void web_overview(const struct web_asked *asked, struct httpd_answer *answer);
/* web_table.c */
void web_countries(const struct web_asked *asked, struct httpd_answer *answer);
void web_peers(const struct web_asked *asked, struct httpd_answer *answer);
void web_clients(const struct web_asked *asked, struct httpd_answer *answer);
void web_torrents(const struct web_asked *asked, struct httpd_answer *answer);
void web_networks(const struct web_asked *asked, struct httpd_answer *answer);
/* web_history.c */
void web_forget_history(struct web_tables *tables);
void web_history(const struct web_asked *asked, struct httpd_answer *answer);
/* web_page.c */
void web_page(const struct web_asked *asked, struct httpd_answer *answer);

#endif
