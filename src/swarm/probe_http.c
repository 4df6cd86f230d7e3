/* Scrapes of one HTTP tracker (BEP 48): one question at a time, over a connection that is kept. It does not know which
 * torrents are due. */
#include "swarm/probe.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/words.h"
#include "base/xmalloc.h"
#include "swarm/probe_web.h"
#include "wire/bep48.h"

enum {
	BODY_MAX = 1 << 20,  /* for 59 hashes a tracker needs some 5 kB */
	ARENA_MAX = 8 << 20, /* for a body that means no good */
};

struct probe {
	struct probe_web web;
	struct http_call *call;
	struct buf body;
};

static void ask_next(struct probe *p);

static void end(struct probe *p, int rc, const char *words)
{
	probe_web_end(&p->web, rc, words, strlen(words));
}

/* ---- answers ---- */

static void take_file(const struct bep48_file *file, void *arg)
{
	struct probe *p = arg;

	probe_web_tell(&p->web, file->hash, file->complete, file->incomplete, file->downloaded);
}

/* The words of a refusal, whatever its status is; and how long it is to be left alone. */
static int read_body(struct probe *p, struct bep48_answer *answer)
{
	struct arena arena;
	int rc;

	arena_init(&arena, ARENA_MAX);
	rc = bep48_read(buf_str(&p->body), p->body.len, &arena, take_file, p, answer);
	arena_done(&arena);
	if (!rc)
		p->web.wait_s = answer->wait_s;
	return rc;
}

/* Statuses of servers that take no request line of such a length. opentracker says 500. */
static bool is_too_long(long status)
{
	static const long statuses[] = {413, 414, 431, 500};

	for (size_t i = 0; i < sizeof(statuses) / sizeof(statuses[0]); i++)
		if (statuses[i] == status)
			return true;
	return false;
}

static void refused(struct probe *p, long status)
{
	struct bep48_answer answer = {.failure = ""};
	char words[64];

	if (is_too_long(status) && probe_web_again(&p->web, true)) {
		ask_next(p);
		return;
	}
	p->web.count = 0; /* nothing that it says now is about hashes */
	if (read_body(p, &answer) == 0 && *answer.failure) {
		end(p, -EREMOTEIO, answer.failure);
		return;
	}
	snprintf(words, sizeof(words), "HTTP status %ld", status);
	end(p, -EREMOTEIO, words);
}

static void answered(struct probe *p)
{
	struct bep48_answer answer = {.failure = ""};
	int rc = read_body(p, &answer);

	if (rc)
		end(p, -EBADMSG, N_("the answer is no scrape"));
	else if (*answer.failure)
		end(p, -EREMOTEIO, answer.failure);
	else {
		probe_web_answered(&p->web);
		ask_next(p);
	}
}

static int take_body(void *context, long status, const char *bytes, size_t len)
{
	struct probe *p = context;

	(void)status;
	return buf_add(&p->body, bytes, len);
}

static void call_done(void *context, const struct http_result *result)
{
	struct probe *p = context;
	bool lost = result->failure == HTTP_SILENT || result->failure == HTTP_BROKEN;

	p->call = NULL;
	if (result->failure == HTTP_FINE && result->status == 200)
		answered(p);
	else if (result->failure == HTTP_FINE)
		refused(p, result->status);
	/* Some servers hang up on a line that is too long for them. */
	else if (lost && probe_web_again(&p->web, result->failure == HTTP_BROKEN))
		ask_next(p);
	else
		probe_web_failed(&p->web, result);
}

/* ---- questions ---- */

static const char *url_error(int rc)
{
	return rc == -ENOTSUP ? N_("it cannot be scraped: its URL does not end in /announce")
			      : N_("no URL that can be scraped");
}

static void ask_next(struct probe *p)
{
	const struct probe_ask *ask = &p->web.ask;
	struct http_request request;
	size_t room = probe_web_room(&p->web), asked = 0;
	struct buf url;
	int rc;

	if (!room) {
		end(p, 0, "");
		return;
	}
	buf_init(&url, BEP48_URL_MAX);
	rc = bep48_request(ask->url->text, ask->hashes + p->web.first, room, &url, &asked);
	if (rc) {
		end(p, rc, url_error(rc));
	} else {
		request = probe_web_request(&p->web, buf_str(&url));
		request.compressed = true;
		request.max_body = BODY_MAX;
		request.body = take_body;
		request.done = call_done;
		request.context = p;
		buf_reset(&p->body);
		probe_web_asked(&p->web, asked);
		p->call = http_start(ask->http, &request);
	}
	buf_done(&url);
}

static struct probe *start(const struct probe_ask *ask, const struct probe_events *events)
{
	struct probe *p = xcalloc(1, sizeof(*p));

	probe_web_init(&p->web, ask, events);
	buf_init(&p->body, BODY_MAX);
	ask_next(p);
	return p;
}

static void probe_free(struct probe *p)
{
	if (!p)
		return;
	if (p->call)
		http_cancel(p->call);
	probe_web_done(&p->web);
	buf_done(&p->body);
	free(p);
}

static uint64_t sent(const struct probe *p)
{
	return p->web.sent;
}

const struct probe_ops probe_http = {"http", start, probe_free, sent};
