/* Tries, conditions and the meaning of statuses. It does not know what is fetched. */
#include "swarm/collect_fetch.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/str.h"
#include "base/text.h"
#include "base/xmalloc.h"
#include "swarm/collect_date.h"

enum {
	CONNECT_MS = 15000,
	TRIES = 3,
	RETRY_AFTER_MAX_S = 60,
	REST_MAX_S = 86400, /* that is believed */
	CONDITION = COLLECT_ETAG + 32,
};

static const int64_t back_off_ms[TRIES] = {1000, 4000, 0};

struct collect_fetch {
	struct collect_fetch_ask ask;
	struct http_call *call;
	struct loop_timer again;
	unsigned tries;
	bool begun;
	int64_t retry_after_s; /* as it was asked for; -1 = not said */
	char type[COLLECT_TYPE];
	struct collect_fetched fetched;
};

/* ---- headers ---- */

static void keep(char *to, size_t size, const char *value, size_t len)
{
	/* What is cut is no condition any more. */
	if (len < size) {
		memcpy(to, value, len);
		to[len] = '\0';
	}
}

/* A value that goes out again as a header. */
static bool is_plain(const char *value, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (value[i] < ' ' || value[i] > '~')
			return false;
	return true;
}

static void take_etag(struct collect_fetch *f, const char *value, size_t len)
{
	keep(f->fetched.etag, sizeof(f->fetched.etag), value, len);
}

static void take_modified(struct collect_fetch *f, const char *value, size_t len)
{
	keep(f->fetched.modified, sizeof(f->fetched.modified), value, len);
}

static void take_type(struct collect_fetch *f, const char *value, size_t len)
{
	size_t n = 0;

	while (n < len && value[n] != ';' && value[n] != ' ')
		n++;
	keep(f->type, sizeof(f->type), value, n);
	for (char *c = f->type; *c; c++)
		if (*c >= 'A' && *c <= 'Z')
			*c = (char)(*c - 'A' + 'a');
}

/* RFC 9110, section 10.2.3: seconds, or a date. */
static void take_retry_after(struct collect_fetch *f, const char *value, size_t len)
{
	char text[COLLECT_MODIFIED] = "";
	int64_t seconds, date;

	keep(text, sizeof(text), value, len);
	if (collect_date(text, &date) == 0)
		seconds = date - loop_now(f->ask.loop).wall;
	else if (str_i64(text, &seconds) || seconds < 0)
		return;
	f->retry_after_s = seconds < 0 ? 0 : seconds;
}

/* Also of "chunked" the end is told; what HTTP/1.1 knows besides, it ends with. */
static void take_frame(struct collect_fetch *f, const char *value, size_t len)
{
	(void)value;
	f->fetched.framed = len > 0;
}

static const struct {
	const char *name;
	void (*take)(struct collect_fetch *f, const char *value, size_t len);
} headers[] = {
	{"etag", take_etag},
	{"last-modified", take_modified},
	{"content-type", take_type},
	{"retry-after", take_retry_after},
	{"content-length", take_frame},
	{"transfer-encoding", take_frame},
};

static void forget_headers(struct collect_fetch *f)
{
	f->fetched.etag[0] = f->fetched.modified[0] = f->type[0] = '\0';
	f->retry_after_s = -1;
}

static void header(void *context, const char *line, size_t len)
{
	struct collect_fetch *f = context;
	const char *colon = memchr(line, ':', len);
	size_t name = colon ? (size_t)(colon - line) : 0;
	const char *value = line + name + 1;

	/* Another answer begins: redirected, or only "100 Continue". */
	if (len > 5 && strncasecmp(line, "HTTP/", 5) == 0) {
		forget_headers(f);
		f->fetched.framed = line[5] >= '2'; /* HTTP/2 and later frame all */
		return;
	}
	if (!colon)
		return;
	while (value < line + len && (*value == ' ' || *value == '\t'))
		value++;
	for (size_t i = 0; i < sizeof(headers) / sizeof(headers[0]); i++) {
		size_t value_len = (size_t)(line + len - value);

		if (strlen(headers[i].name) == name && strncasecmp(line, headers[i].name, name) == 0 &&
		    is_plain(value, value_len))
			headers[i].take(f, value, value_len);
	}
}

/* ---- one try ---- */

static void begin(struct collect_fetch *f)
{
	if (!f->begun && f->ask.begin)
		f->ask.begin(f->ask.context, f->type);
	f->begun = true;
}

static int body(void *context, long status, const char *bytes, size_t len)
{
	struct collect_fetch *f = context;

	f->fetched.bytes += len;
	if (status != 200)
		return 0;
	begin(f);
	return f->ask.body ? f->ask.body(f->ask.context, bytes, len) : 0;
}

static const struct {
	enum http_failure failure;
	bool again;      /* may be over in a moment */
	const char *why; /* with one %s: libcurl's words */
} failures[] = {
	{HTTP_NO_HOST, true, "unknown host: %s"},
	{HTTP_UNREACHABLE, true, "no connection: %s"},
	{HTTP_NO_TLS, true, "no TLS: %s"},
	{HTTP_SILENT, true, "no answer in time: %s"},
	{HTTP_BROKEN, true, "the answer broke off: %s"},
	{HTTP_UNTRUSTED, false, "its certificate is not trusted: %s"},
	{HTTP_TOO_BIG, false, "bigger than is read%.0s"},
	{HTTP_STOPPED, false, "it makes no sense%.0s"},
	{HTTP_DENIED, false, "not allowed: %s"},
};

static bool judge_failure(struct collect_fetch *f, const struct http_result *result)
{
	char clean[COLLECT_WHY];

	f->fetched.outcome = COLLECT_REFUSED;
	f->fetched.too_big = result->failure == HTTP_TOO_BIG;
	f->fetched.no_public = result->failure == HTTP_DENIED && result->no_public;
	text_clean(clean, sizeof(clean), result->error, strlen(result->error), 140);
	for (size_t i = 0; i < sizeof(failures) / sizeof(failures[0]); i++) {
		if (failures[i].failure != result->failure)
			continue;
		snprintf(f->fetched.why, sizeof(f->fetched.why), failures[i].why, clean);
		if (result->off_hosts)
			snprintf(f->fetched.why, sizeof(f->fetched.why),
				 "not allowed: %.100s, which hosts = [...] of the collection would allow", clean);
		f->fetched.outcome = failures[i].again ? COLLECT_FAILED : COLLECT_REFUSED;
		return failures[i].again;
	}
	return false;
}

/* Words for a status that is no answer. */
static void complain(struct collect_fetch *f, long status)
{
	static const char again[] = ", too many requests: not asked again before the next run";
	char rest[48] = "";

	if (f->retry_after_s > 0 && (status == HTTP_TOO_MANY || f->fetched.wait_s))
		snprintf(rest, sizeof(rest), " (it wants %lld s of rest)", (long long)f->retry_after_s);
	snprintf(f->fetched.why, sizeof(f->fetched.why), "HTTP status %ld%s%s", status,
		 status == HTTP_TOO_MANY ? again : "", rest);
}

/* Who has had too much of us, or is down for long, is left alone for a while; what was asked for is asked for in the
 * next run. */
static void let_rest(struct collect_fetch *f, const char *url)
{
	int64_t seconds = f->retry_after_s < REST_MAX_S ? f->retry_after_s : REST_MAX_S;

	f->fetched.rests = http_rest(f->ask.http, url, 1000 * seconds);
	f->fetched.wait_s = seconds > RETRY_AFTER_MAX_S ? seconds : 0;
}

/* Who sends us on to one that rests is asked for the same in the next run, as he himself would be. */
static bool judge_left_alone(struct collect_fetch *f, const struct http_result *result)
{
	f->fetched.outcome = COLLECT_FAILED;
	f->fetched.rests = 1;
	f->fetched.wait_s = result->retry_after;
	snprintf(f->fetched.why, sizeof(f->fetched.why),
		 "sent on to a server that wants to be left alone for %ld s: not asked before", result->retry_after);
	return false;
}

/* Whether another try may help: none does that was refused (4xx). */
static bool judge(struct collect_fetch *f, const struct http_result *result)
{
	bool busy = result->status == HTTP_TOO_MANY || result->status >= 500;

	if (result->failure == HTTP_LEFT_ALONE)
		return judge_left_alone(f, result);
	if (result->failure != HTTP_FINE)
		return judge_failure(f, result);
	f->fetched.outcome = result->status == 200   ? COLLECT_FETCHED
			     : result->status == 304 ? COLLECT_SAME
						     : COLLECT_REFUSED;
	if (result->status == 200)
		begin(f); /* the body may be empty */
	if (f->fetched.outcome != COLLECT_REFUSED)
		return false;
	if (busy)
		f->fetched.outcome = COLLECT_FAILED;
	if (result->status == HTTP_TOO_MANY || (busy && f->retry_after_s > RETRY_AFTER_MAX_S))
		let_rest(f, result->url ? result->url : f->ask.url);
	complain(f, result->status);
	return busy && !f->fetched.rests;
}

static int64_t pause_ms(const struct collect_fetch *f)
{
	if (f->retry_after_s < 0)
		return back_off_ms[f->tries - 1];
	return 1000 * (f->retry_after_s < RETRY_AFTER_MAX_S ? f->retry_after_s : RETRY_AFTER_MAX_S);
}

static void done(void *context, const struct http_result *result)
{
	struct collect_fetch *f = context;
	bool again = judge(f, result);

	f->call = NULL;
	f->fetched.status = (int)result->status;
	if (again && ++f->tries < TRIES) {
		loop_timer_in(f->ask.loop, &f->again, pause_ms(f));
		return;
	}
	f->fetched.url = result->url ? result->url : f->ask.url;
	f->ask.done(f->ask.context, &f->fetched);
}

static void call(struct collect_fetch *f, const char *const *conditions)
{
	f->begun = false;
	forget_headers(f);
	f->call = http_start(f->ask.http, &(struct http_request){
						  .url = f->ask.url,
						  .headers = conditions,
						  .compressed = f->ask.compressed,
						  .connect_ms = CONNECT_MS,
						  .total_ms = f->ask.total_ms,
						  .public_only = !f->ask.allow_private,
						  .proxy = f->ask.proxy,
						  .hosts = f->ask.hosts,
						  .max_body = f->ask.max_body,
						  .header = header,
						  .body = body,
						  .done = done,
						  .context = f,
					  });
}

static void start(void *context)
{
	struct collect_fetch *f = context;
	char etag[CONDITION], modified[CONDITION];
	const char *conditions[3] = {NULL};
	size_t n = 0;

	if (*f->ask.etag) {
		snprintf(etag, sizeof(etag), "If-None-Match: %s", f->ask.etag);
		conditions[n++] = etag;
	}
	if (*f->ask.modified) {
		snprintf(modified, sizeof(modified), "If-Modified-Since: %s", f->ask.modified);
		conditions[n++] = modified;
	}
	call(f, conditions);
}

struct collect_fetch *collect_fetch_start(const struct collect_fetch_ask *ask)
{
	struct collect_fetch *f = xcalloc(1, sizeof(*f));

	f->ask = *ask;
	f->again = (struct loop_timer){.fire = start, .context = f};
	start(f);
	return f;
}

void collect_fetch_free(struct collect_fetch *f)
{
	if (!f)
		return;
	loop_timer_stop(f->ask.loop, &f->again);
	if (f->call)
		http_cancel(f->call);
	free(f);
}
