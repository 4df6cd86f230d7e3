/* Batches, latencies and endings of the probes over HTTP and WebSocket. It sends nothing, and reads no answer. */
#include "swarm/probe_web.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "base/text.h"
#include "base/words.h"

enum {
	CONNECT_MS = 10000,
	ANSWER_MS = 30000,
	SUSPECT_CONNECT_MS = 5000, /* it did not answer the last time */
	SUSPECT_ANSWER_MS = 10000,
	LOSSES = 2, /* batches that are asked again, in a row */
};

static int by_size(const void *a, const void *b)
{
	const double *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

static double median(const struct probe_web *web)
{
	double sorted[PROBE_WEB_LATENCIES];

	if (!web->latencies)
		return 0;
	memcpy(sorted, web->latency, web->latencies * sizeof(*sorted));
	qsort(sorted, web->latencies, sizeof(*sorted), by_size);
	/* An answer within a millisecond was one all the same. */
	return sorted[web->latencies / 2] > 0.5 ? sorted[web->latencies / 2] : 0.5;
}

static void tell_end(void *context)
{
	struct probe_web *web = context;
	struct probe_end end = {web->rc, web->rc ? web->words : "", median(web), web->wait_s};

	web->events.ended(web->events.context, &end);
}

void probe_web_init(struct probe_web *web, const struct probe_ask *ask, const struct probe_events *events)
{
	*web = (struct probe_web){.ask = *ask, .events = *events, .largest = PROBE_WEB_BATCH};
	web->end = (struct loop_timer){.fire = tell_end, .context = web};
}

void probe_web_done(struct probe_web *web)
{
	loop_timer_stop(web->ask.loop, &web->end);
}

/* ---- batches ---- */

size_t probe_web_room(const struct probe_web *web)
{
	size_t left = web->ask.count - web->first;

	return left < web->largest ? left : web->largest;
}

void probe_web_asked(struct probe_web *web, size_t count)
{
	web->count = count;
	memset(web->told, 0, sizeof(web->told));
	web->asked_ms = loop_now(web->ask.loop).mono_ms;
	web->sent++;
}

void probe_web_tell(struct probe_web *web, const uint8_t hash[INFO_HASH], int64_t seeders, int64_t leechers,
		    int64_t completed)
{
	const struct probe_row row = {probe_count(seeders), probe_count(leechers), probe_count(completed)};

	/* Not even one number is no answer. */
	if (row.seeders < 0 && row.leechers < 0 && row.completed < 0)
		return;
	for (size_t i = 0; i < web->count; i++) {
		if (web->told[i] || memcmp(web->ask.hashes[web->first + i], hash, INFO_HASH) != 0)
			continue;
		web->told[i] = true;
		web->events.row(web->events.context, web->first + i, &row);
	}
}

void probe_web_answered(struct probe_web *web)
{
	if (web->latencies < PROBE_WEB_LATENCIES)
		web->latency[web->latencies++] = (double)(loop_now(web->ask.loop).mono_ms - web->asked_ms);
	web->first += web->count;
	web->count = 0;
	web->losses = 0;
}

bool probe_web_again(struct probe_web *web, bool halve)
{
	if (web->ask.suspect || web->losses == LOSSES)
		return false;
	web->losses++;
	if (halve && web->count > 1)
		web->largest = (web->count + 1) / 2;
	return true;
}

/* ---- the end ---- */

void probe_web_end(struct probe_web *web, int rc, const char *words, size_t len)
{
	if (web->end.armed)
		return;
	web->rc = rc;
	text_clean(web->words, sizeof(web->words), words, len, PROBE_WEB_WORDS / 2);
	/* A URL may hold our passkey. */
	if (strstr(web->words, "://"))
		str_copy(web->words, sizeof(web->words), N_("it refused, and named a URL"));
	loop_timer_in(web->ask.loop, &web->end, 0);
}

void probe_web_failed(struct probe_web *web, const struct http_result *result)
{
	static const int codes[] = {
		[HTTP_NO_HOST] = -EHOSTUNREACH,
		[HTTP_UNREACHABLE] = -ECONNREFUSED,
		[HTTP_NO_TLS] = -EPROTO,
		[HTTP_UNTRUSTED] = -EPROTO,
		[HTTP_SILENT] = -ETIMEDOUT,
		[HTTP_BROKEN] = -EBADMSG,
		[HTTP_TOO_BIG] = -EMSGSIZE,
		[HTTP_STOPPED] = -EBADMSG,
		[HTTP_DENIED] = -EPROTO, /* it sends us elsewhere */
	};
	int rc = result->no_public ? -EACCES : codes[result->failure] ? codes[result->failure] : -EPIPE;
	const char *words = *result->error ? result->error : N_("it closed the connection");

	if (result->failure == HTTP_TOO_BIG)
		words = N_("the answer is too big");
	probe_web_end(web, rc, words, strlen(words));
}

struct http_request probe_web_request(const struct probe_web *web, const char *url)
{
	static const char *const headers[] = {"User-Agent: swarmtop/" SWARMTOP_VERSION, NULL}, *const same_host[] = {
												       NULL};

	return (struct http_request){
		.url = url,
		.headers = headers,
		.connect_ms = web->ask.suspect ? SUSPECT_CONNECT_MS : CONNECT_MS,
		.total_ms = web->ask.suspect ? SUSPECT_ANSWER_MS : ANSWER_MS,
		.public_only = web->ask.public_only,
		.proxy = web->ask.proxy,
		.hosts = same_host,
	};
}
