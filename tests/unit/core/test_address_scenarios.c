/* Plays tests/replay/address-*.scn: URLs that strangers wrote, on an internet of the test's own (fake_net.h), where
 * each connection is told. What stands in a story is all that was connected to.
 *
 *	name HOST A B then C    what a name means, an answer each time; the last one stays
 *	closed ADDRESS          nobody listens there
 *	hosts A B               whereto a redirect may lead beside its own host
 *	proxy URL, proxy none   what all goes through
 *	get URL                 > names that were asked for, connections, how it ended
 *	deny URL                the same without the words of a refusal, where each libcurl reads it in its own way
 *	trusted URL             the same URL of somebody who may go everywhere, from whom connections are left over
 *	open URL                the same for a stream (WebSocket)
 *	later S                 seconds pass
 *
 * The server of all addresses answers with "here"; /to?URL it sends on to that URL, and /close ends the connection. It
 * is a proxy as well. */
#include <errno.h>

#include "base/ip.h"
#include "fake_net.h"
#include "http_world.h"
#include "unit/swarm/scenario.h"

enum { HOSTS = 8, PATIENCE_MS = 60000, PATIENCE_S = 120, TEXT = 512 };

struct story {
	struct scenario scenario;
	struct http_world world;
	struct http_stream *stream; /* NULL: it has ended */
	char hosts[HOSTS][FAKE_HOST], proxy[TEXT];
	const char *host_list[HOSTS + 1];
	bool brief; /* no words */
};

/* ---- the server ---- */

static void serve(int fd, struct http_seen *seen, const void *arg)
{
	char request[4096], answer[4200];
	bool again = true;

	(void)arg;
	while (again && read_request(fd, request, sizeof(request))) {
		const char *to = strstr(request, "/to?");
		int len;

		request[strcspn(request, "\r")] = '\0';
		again = !strstr(request, "/close");
		seen->requests++;
		if (to)
			len = snprintf(answer, sizeof(answer),
				       "HTTP/1.1 302 Found\r\nLocation: %.*s\r\nContent-Length: 0\r\n\r\n",
				       (int)strcspn(to + 4, " "), to + 4);
		else
			len = snprintf(answer, sizeof(answer), "HTTP/1.1 200 OK\r\n%sContent-Length: 4\r\n\r\nhere",
				       again ? "" : "Connection: close\r\n");
		send_text(fd, answer, (size_t)len);
	}
}

/* ---- what happens ---- */

static void tell_name(void *context, const char *name)
{
	struct story *s = context;

	buf_printf(&s->scenario.happened, "asks for %s\n", name);
}

static void tell_connection(void *context, const struct ip *ip, uint16_t port)
{
	struct story *s = context;
	char text[IP_TEXT];

	ip_format(ip, text);
	buf_printf(&s->scenario.happened, ip_is4(ip) ? "connects to %s:%u\n" : "connects to [%s]:%u\n", text, port);
}

static void tell_end(struct story *s, const struct http_result *result)
{
	static const char *const others[] = {[HTTP_NO_HOST] = "no such host", [HTTP_UNREACHABLE] = "unreachable"};
	size_t i = (size_t)result->failure;

	if (result->failure == HTTP_DENIED)
		buf_printf(&s->scenario.happened, "denied%s%s\n", s->brief ? "" : ": ", s->brief ? "" : result->error);
	else if (result->failure == HTTP_FINE)
		buf_printf(&s->scenario.happened, "%ld\n", result->status);
	else
		buf_printf(&s->scenario.happened, "%s\n",
			   i < sizeof(others) / sizeof(others[0]) && others[i] ? others[i] : result->error);
}

static bool get(struct story *s, const char *url, bool trusted)
{
	struct http_world *w = &s->world;

	scenario_runs(&s->scenario);
	w->request.url = url;
	w->request.public_only = !trusted;
	w->request.proxy = s->proxy;
	w->request.hosts = s->host_list;
	http_call(w);
	tell_end(s, &w->out.result);
	return true;
}

static void stream_opened(void *context)
{
	struct story *s = context;

	buf_puts(&s->scenario.happened, "open\n");
	loop_stop(s->world.loop);
}

static void stream_bytes(void *context, const char *bytes, size_t len)
{
	(void)context;
	(void)bytes;
	(void)len;
}

static void stream_closed(void *context, const struct http_result *result)
{
	struct story *s = context;

	s->stream = NULL;
	tell_end(s, result);
	loop_stop(s->world.loop);
}

static bool open_stream(struct story *s, const char *url)
{
	struct http_world *w = &s->world;
	struct http_stream_events events = {stream_opened, stream_bytes, stream_closed, s};

	scenario_runs(&s->scenario);
	w->request.url = url;
	w->request.public_only = true;
	w->request.proxy = s->proxy;
	s->stream = http_stream_open(w->http, &w->request, &events);
	loop_run(w->loop);
	http_stream_close(s->stream);
	return true;
}

/* ---- reading a story ---- */

static bool read_name(char **words, size_t count)
{
	struct fake_name *name = &fake_net.names[fake_net.name_count];
	unsigned meaning = 0;

	if (count < 3 || fake_net.name_count == FAKE_NAMES)
		return false;
	memset(name, 0, sizeof(*name));
	snprintf(name->host, sizeof(name->host), "%s", words[1]);
	for (size_t i = 2; i < count; i++) {
		if (strcmp(words[i], "then") == 0) {
			meaning++;
			continue;
		}
		if (meaning == FAKE_MEANINGS || name->counts[meaning] == FAKE_ADDRESSES ||
		    ip_parse(words[i], strlen(words[i]), &name->meanings[meaning][name->counts[meaning]]))
			return false;
		name->counts[meaning]++;
	}
	name->meaning_count = meaning + 1;
	fake_net.name_count++;
	return true;
}

static bool read_hosts(struct story *s, char **words, size_t count)
{
	if (count > HOSTS + 1)
		return false;
	for (size_t i = 1; i < count; i++) {
		snprintf(s->hosts[i - 1], sizeof(s->hosts[0]), "%s", words[i]);
		s->host_list[i - 1] = s->hosts[i - 1];
	}
	s->host_list[count - 1] = NULL;
	return true;
}

static bool read_proxy(struct story *s, char **words, size_t count)
{
	if (count != 2)
		return false;
	snprintf(s->proxy, sizeof(s->proxy), "%s", strcmp(words[1], "none") == 0 ? "" : words[1]);
	return true;
}

static bool read_line(void *story, char *line)
{
	struct story *s = story;
	char *words[SCENARIO_WORDS];
	size_t count = scenario_split(line, words);

	if (!count)
		return true;
	if (strcmp(words[0], "name") == 0)
		return read_name(words, count);
	if (strcmp(words[0], "hosts") == 0)
		return read_hosts(s, words, count);
	if (strcmp(words[0], "proxy") == 0)
		return read_proxy(s, words, count);
	if (count != 2)
		return false;
	s->brief = strcmp(words[0], "deny") == 0;
	if (strcmp(words[0], "open") == 0)
		return open_stream(s, words[1]);
	if (strcmp(words[0], "closed") == 0)
		return fake_net.closed_count < FAKE_ADDRESSES &&
		       ip_parse(words[1], strlen(words[1]), &fake_net.closed[fake_net.closed_count++]) == 0;
	if (strcmp(words[0], "later") == 0)
		fake_net.later_s += strtol(words[1], NULL, 10);
	else
		return (s->brief || strcmp(words[0], "get") == 0 || strcmp(words[0], "trusted") == 0) &&
		       get(s, words[1], *words[0] == 't');
	return true;
}

static void begin(void *story)
{
	struct story *s = story;

	http_begin(&s->world, serve, NULL);
	s->world.request.connect_ms = s->world.request.total_ms = PATIENCE_MS;
	fake_net.port = s->world.port;
	fake_net.name_count = fake_net.closed_count = 0;
	fake_net.asks = tell_name;
	fake_net.connects = tell_connection;
	fake_net.context = s;
}

static void end(void *story)
{
	struct story *s = story;

	http_end(&s->world);
}

int main(void)
{
	static const struct scenario_kind kind = {"tests/replay/address-*.scn", sizeof(struct story), begin, read_line,
						  end};

	alarm((unsigned)(PATIENCE_S * tap_slow()));
	signal(SIGPIPE, SIG_IGN);
	return scenario_main(&kind);
}
