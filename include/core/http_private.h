/* What the files of core/http share. Nobody else includes it. */
#ifndef CORE_HTTP_PRIVATE_H
#define CORE_HTTP_PRIVATE_H

#include <curl/curl.h>

#include "core/http.h"

/* ---- http.c ---- */

struct loop *http_loop(const struct http *h);

/* ---- http_engine.c: libcurl's multi interface on the loop ---- */

struct http_engine {
	struct loop *loop;
	CURLM *multi;
	struct loop_timer timer;
	/* After libcurl has had its turn: transfers may have ended. May free the engine. */
	void (*after)(void *context);
	void *context;
};

void http_engine_init(struct http_engine *e, struct loop *loop, void (*after)(void *context), void *context);
/* Its transfers must be gone. */
void http_engine_done(struct http_engine *e);

/* ---- http_policy.c: which addresses and hosts may be spoken to ---- */

struct http_policy {
	bool public_only, via_proxy, bad_proxy;
	bool opened;   /* to a public address, for what is being fetched now */
	bool denied;   /* something was refused; of several addresses all */
	bool no_public; /* the last of it because of its address */
	bool off_hosts; /* the last of it because of a redirect to another host */
	char why[160]; /* and this: clean */
};

void http_policy_init(struct http_policy *policy, const struct http_request *request);
/* The URL as it may be asked for: normalised when a stranger named it. 0; -EINVAL: no URL; -EACCES: denied. */
int http_policy_url(struct http_policy *policy, const char *url, struct buf *allowed);
/* Lets the policy see each address before it is connected to, and before a connection that was kept is used. */
void http_policy_watch(struct http_policy *policy, CURL *easy);
/* May `from` send us to `to`? `first` is where it began, `hosts` as in struct http_request. 0 or -EACCES. */
int http_policy_redirect(struct http_policy *policy, const char *first, const char *from, const char *to,
			 const char *const *hosts);

/* ---- http_queue.c: who may go when there are limits ---- */

struct http_host;

/* One that waits, and then runs; part of what it is about. */
struct http_turn {
	struct http_host *host; /* NULL: neither */
	struct http_turn *after;
	bool running;
};

/* Zero it; the limits may be set at any time, and count for what is added later. */
struct http_queue {
	unsigned per_host, total; /* 0 = no limit */
	unsigned running;
	struct http_host *hosts;
};

/* `first`: before the others of this host. */
void http_queue_add(struct http_queue *q, struct http_turn *turn, const char *url, bool first);
/* The next one whose turn it is: it runs now. NULL: nobody may. */
struct http_turn *http_queue_next(struct http_queue *q);
/* It waits or runs no more. One that does neither is accepted. */
void http_queue_drop(struct http_queue *q, struct http_turn *turn);
/* As http_rest(); `now` is monotonic, in ms. */
unsigned http_queue_rest(struct http_queue *q, const char *url, int64_t now, int64_t ms);
/* Its host has answered; one that does not run is accepted. */
void http_queue_answered(struct http_turn *turn);
/* Likewise, when it is sent on to another host, which is returned; within one it is for the answer there to say. */
bool http_queue_sent_on(struct http_turn *turn, const char *url);
/* As http_asked(). */
int64_t http_queue_asked(struct http_queue *q, const char *url, int64_t now);
/* Ends the rests that are over, and forgets what is not asked for any more. When the next one is: INT64_MAX = there is
 * none. */
int64_t http_queue_wake(struct http_queue *q, int64_t now);

/* ---- http_request.c: a request with its own copy of its texts ---- */

struct http_kept {
	struct http_request request;
	char *texts;
	size_t size;
	const char **lists; /* headers and hosts */
};

void http_kept_init(struct http_kept *kept, const struct http_request *request);
void http_kept_done(struct http_kept *kept);

/* ---- http_easy.c: one transfer's options, and how it failed ---- */

/* Options that calls and streams have in common. */
void http_easy_connect(CURL *easy, const struct http_request *q);
/* And those of a call, but for its time: the texts of `q` must outlive the transfer, and the headers that are returned
 * too: free them. */
struct curl_slist *http_easy_ask(CURL *easy, const struct http_request *q);
/* Why, by libcurl's code and the times of the transfer; the policy's word counts first. */
enum http_failure http_easy_failure(CURL *easy, CURLcode code, const struct http_policy *policy);
/* The failure in words. */
void http_easy_words(struct http_result *result, CURLcode code, const char *said, const struct http_policy *policy);

#endif
