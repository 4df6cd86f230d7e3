/* Plays tests/replay/probe-*.scn: the probes with their sockets, against a tracker in this very program, with a clock
 * that passes only while the loop sleeps. Beside the lines of probe_script.h:
 *
 *	tracker URL            its announce URL, without a port; what was said of one before is forgotten
 *	client                 a Transmission with its RPC, instead
 *	name HOST: ADDRESSES   what the DNS server says; "none", "broken", "silent"
 *	lives at ::1           only there a tracker by UDP answers, not at 127.0.0.1; where there is no ::1 the story
 *	                       ends here
 *	run [WORDS]            asks for all torrents, to the end. suspect: it did not answer the last time; exactly:
 *	                       questions letter by letter; quiet: without them; untimed: without times; wordless: the
 *	                       end without words, which are libcurl's; all: a client, of all that it has
 *	dht HOSTS              the DHT begins with the nodes of these names, until its warm-up is over
 *	random N to M          other trackers by UDP, at random: these seeds
 *	> ...                  what must have happened: seconds, what the tracker hears, seeders/leechers/completed */
#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/str.h"
#include "core/shared.h"
#include "fake_time.h"
#include "probe_host.h"
#include "scenario.h"
#include "swarm/dht_host.h"
#include "swarm/probe.h"
#include "swarm/probe_rpc.h"
#include "udp_random.h"

enum { PATIENCE_S = 60, DNS_MS = 3000, ROUNDS = 4, FIRST = 80 };

struct story {
	struct scenario scenario;
	struct probe_script script;
	struct probe_host host;
	struct loop *loop;
	struct http *http;
	struct resolve *resolve;
	struct tracker_url url;
	struct dht_host *dht;
	bool suspect, quiet, untimed, wordless, all, ended;
	int64_t began;
	unsigned told[PROBE_HASHES], wrong;
};

/* ---- time ---- */

static int marker;

/* Loopback is a queue for each processor, and this program has only one: what was sent before has arrived when this
 * has; and what that made the system send, a round later. */
static void settle(void)
{
	char byte = 0;

	for (int i = 0; i < ROUNDS; i++)
		if (send(marker, &byte, 1, 0) != 1 || recv(marker, &byte, 1, 0) != 1) {
			printf("Bail out! nothing comes back over loopback\n");
			exit(1);
		}
}

static void begin_settling(void)
{
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t len = sizeof(address);
	int processor = sched_getcpu();
	cpu_set_t one;

	CPU_ZERO(&one);
	if (processor >= 0)
		CPU_SET((size_t)processor, &one);
	if (processor < 0 || sched_setaffinity(0, sizeof(one), &one)) {
		printf("Bail out! this program cannot be kept on one processor\n");
		exit(1);
	}
	marker = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (marker < 0 || bind(marker, (struct sockaddr *)&address, len) ||
	    getsockname(marker, (struct sockaddr *)&address, &len) ||
	    connect(marker, (struct sockaddr *)&address, len)) {
		printf("Bail out! no socket\n");
		exit(1);
	}
	fake_settle = settle;
}

/* ---- what happens ---- */

static void tell(struct story *s, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void tell(struct story *s, const char *format, ...)
{
	struct buf *out = &s->scenario.happened;
	va_list args;

	if (!s->untimed)
		buf_printf(out, "%g ", (double)((loop_now(s->loop).mono_ms - s->began + 50) / 100) / 10);
	va_start(args, format);
	buf_vprintf(out, format, args);
	va_end(args);
	buf_puts(out, "\n");
}

static void tell_question(void *context, const char *line)
{
	struct story *s = context;

	if (!s->quiet)
		tell(s, "%s", line);
}

static void bail(void *context, const char *why)
{
	struct story *s = context;

	scenario_bail(&s->scenario, why);
}

static void add_count(struct buf *out, const char *before, int32_t count)
{
	buf_puts(out, before);
	if (count < 0)
		buf_puts(out, "?");
	else
		buf_printf(out, "%" PRId32, count);
}

static void write_counts(char text[64], int32_t seeders, int32_t leechers, int32_t completed)
{
	struct buf out;

	buf_init(&out, 63);
	add_count(&out, "", seeders);
	add_count(&out, "/", leechers);
	add_count(&out, "/", completed);
	str_copy(text, 64, buf_str(&out));
	buf_done(&out);
}

static void take_row(void *context, size_t index, const struct probe_row *row)
{
	struct story *s = context;
	int32_t number = (int32_t)index;
	char counts[64];

	s->told[index]++;
	if (*s->script.names[index]) {
		write_counts(counts, row->seeders, row->leechers, row->completed);
		tell(s, "%s %s", s->script.names[index], counts);
	} else {
		s->wrong += row->seeders != number + 1 || row->leechers != 2 * number || row->completed != 3 * number;
	}
}

static const char *error_name(int rc)
{
	static const struct {
		int code;
		const char *name;
	} rows[] = {
#define ROW(code) {code, #code}
		ROW(ETIMEDOUT), ROW(EBADMSG), ROW(EMSGSIZE), ROW(EREMOTEIO), ROW(EREMOTE), ROW(ECONNREFUSED),
		ROW(EACCES),    ROW(ENOTSUP), ROW(ENOENT),   ROW(EIO),       ROW(EPIPE),   ROW(EPROTO),
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (rows[i].code == -rc)
			return rows[i].name;
	return "an error without a name";
}

static void tell_end(struct story *s, int rc, const char *error)
{
	if (!rc)
		tell(s, "ends well%s%s", *error ? ": " : "", error);
	else if (s->wordless)
		tell(s, "ends badly: %s", error_name(rc));
	else
		tell(s, "ends badly: %s", error);
	s->ended = true;
	loop_stop(s->loop);
}

static void take_end(void *context, const struct probe_end *end)
{
	tell_end(context, end->rc, end->error);
}

static void take_client_row(void *context, const struct probe_rpc_row *row)
{
	struct story *s = context;
	int index = probe_script_index(&s->script, row->hash);
	char counts[64], when[40];

	snprintf(when, sizeof(when), "%" PRId64, row->when);
	write_counts(counts, row->seeders, row->leechers, row->completed);
	tell(s, "%s %s by %s at %s, %" PRId32 " connected", index < 0 ? "?" : s->script.names[index], counts,
	     *row->tracker ? row->tracker : "nobody", row->when == loop_now(s->loop).wall ? "now" : when,
	     row->connected);
}

static void take_client_end(void *context, int rc, const char *error)
{
	tell_end(context, rc, error);
}

/* ---- to run ---- */

/* How much of it was told, in one line. */
static void sum_up(struct story *s, uint64_t sent)
{
	size_t told = 0, twice = 0;

	for (size_t i = 0; i < s->script.count; i++) {
		told += s->told[i] > 0;
		twice += s->told[i] > 1;
	}
	buf_printf(&s->scenario.happened, "told: %zu of %zu, with %" PRIu64 " sent", told, s->script.count, sent);
	if (s->wrong || twice)
		buf_printf(&s->scenario.happened, "; %u wrong, %zu twice", s->wrong, twice);
	buf_puts(&s->scenario.happened, "\n");
}

static void run_client(struct story *s)
{
	static char nothing[] = "", name[] = "home";
	const struct probe_rpc_events events = {take_client_row, take_client_end, s};
	const uint8_t(*hashes)[INFO_HASH] = (const uint8_t(*)[INFO_HASH])s->script.hashes;
	char url[64];
	struct conf_daemon daemon = {.name = name,
				     .url = url,
				     .username = nothing,
				     .password = nothing,
				     .password_file = nothing,
				     .cacert = nothing};
	struct probe_rpc *probe;

	snprintf(url, sizeof(url), "http://127.0.0.1:%u/transmission/rpc", (unsigned)s->host.port);
	probe = probe_rpc_start(s->loop, s->http, &daemon, s->all ? NULL : hashes, s->script.count, &events);
	loop_run(s->loop);
	probe_rpc_free(probe);
}

static void run_probe(struct story *s)
{
	const struct probe_events events = {take_row, take_end, s};
	const struct probe_ops *ops = probe_of(s->url.scheme);
	const struct probe_ask ask = {
		.loop = s->loop,
		.http = s->http,
		.resolve = s->resolve,
		.url = &s->url,
		.hashes = (const uint8_t(*)[INFO_HASH])s->script.hashes,
		.count = s->script.count,
		.suspect = s->suspect,
	};
	struct probe *probe = ops->start(&ask, &events);

	if (s->ended)
		scenario_bail(&s->scenario, "the end was told from within start()");
	loop_run(s->loop);
	sum_up(s, ops->sent(probe));
	ops->free(probe);
}

static void take_ready(void *context)
{
	struct story *s = context;

	if (!dht_host_warm(s->dht) || s->ended)
		return;
	tell(s, "warm: %u nodes", dht_live(dht_host_engine(s->dht), DHT_V4));
	s->ended = true;
	loop_stop(s->loop);
}

static void take_lookup(void *context, const struct dht_result *result)
{
	(void)context;
	(void)result;
}

/* What it sends is counted in a memory of its own. */
static void run_dht(struct story *s, const struct conf *conf)
{
	const struct dht_host_events events = {take_ready, take_lookup, s};
	const struct dht_host_world world = {.loop = s->loop, .resolve = s->resolve, .conf = conf};
	char home[64], ledger[SHARED_NAME];
	struct err err;

	snprintf(home, sizeof(home), "/nonexistent/%d", (int)getpid());
	setenv("HOME", home, 1);
	unsetenv("XDG_STATE_HOME");
	if (dht_host_open(&world, &events, &s->dht, &err))
		scenario_bail(&s->scenario, err.msg);
	loop_run(s->loop);
	dht_host_free(s->dht);
	shared_name("dht-ledger-1", ledger);
	shm_unlink(ledger);
}

static bool play_dht(struct story *s, char *rest)
{
	static char here[] = "127.0.0.1:0";
	char *words[SCENARIO_WORDS], *firsts[PROBE_ZONE], names[PROBE_ZONE][FIRST], *listen[] = {here};
	size_t count = scenario_split(rest, words);
	struct conf conf = {.dht = {.allow_private = true, .listen = {listen, 1}, .bootstrap = {firsts, count}}};

	if (!count || count > PROBE_ZONE)
		return false;
	for (size_t i = 0; i < count; i++) {
		snprintf(names[i], FIRST, "%s:%u", words[i], (unsigned)s->host.udp_port);
		firsts[i] = names[i];
	}
	scenario_runs(&s->scenario);
	s->host.speech = PROBE_SPEAKS_DHT;
	s->quiet = s->untimed = s->ended = false;
	s->began = loop_now(s->loop).mono_ms;
	run_dht(s, &conf);
	return true;
}

static bool read_run(struct story *s, char *rest)
{
	const struct {
		const char *name;
		bool *flag;
	} flags[] = {
		{"suspect", &s->suspect}, {"exactly", &s->host.exactly}, {"quiet", &s->quiet}, {"untimed", &s->untimed},
		{"wordless", &s->wordless}, {"all", &s->all},
	};
	const size_t known = sizeof(flags) / sizeof(flags[0]);
	char *words[SCENARIO_WORDS];
	size_t count = scenario_split(rest, words);

	for (size_t f = 0; f < known; f++)
		*flags[f].flag = false;
	for (size_t i = 0, f; i < count; i++) {
		for (f = 0; f < known && strcmp(flags[f].name, words[i]) != 0;)
			f++;
		if (f == known)
			return false;
		*flags[f].flag = true;
	}
	return s->script.count > 0;
}

static bool run(struct story *s, char *rest)
{
	if (!read_run(s, rest))
		return false;
	scenario_runs(&s->scenario);
	memset(s->told, 0, sizeof(s->told));
	s->wrong = 0;
	s->ended = false;
	s->began = loop_now(s->loop).mono_ms;
	if (s->host.speech == PROBE_SPEAKS_RPC)
		run_client(s);
	else
		run_probe(s);
	return true;
}

/* ---- reading a story ---- */

static bool read_tracker(struct story *s, char *rest)
{
	static const enum probe_speech speeches[] = {
		[TRACKER_UDP] = PROBE_SPEAKS_UDP,   [TRACKER_HTTP] = PROBE_SPEAKS_HTTP,
		[TRACKER_HTTPS] = PROBE_SPEAKS_HTTP, [TRACKER_WS] = PROBE_SPEAKS_WS,
		[TRACKER_WSS] = PROBE_SPEAKS_WS,
	};
	const char *host = strstr(rest, "://");
	char text[TRACKER_URL_MAX];
	size_t len = host ? strlen("://") + (size_t)(host - rest) : 0;
	int written;

	if (!host)
		return false;
	len += strcspn(rest + len, "/");
	written = snprintf(text, sizeof(text), "%.*s:%u%s", (int)len, rest,
			   str_starts(rest, "udp") ? s->host.udp_port : s->host.port, rest + len);
	if (tracker_url_parse(text, (size_t)written, &s->url))
		return false;
	s->host.speech = speeches[s->url.scheme];
	s->script.rule_count = 0;
	s->host.questions = s->host.connects = 0;
	return true;
}

static bool read_client(struct story *s, char *rest)
{
	s->host.speech = PROBE_SPEAKS_RPC;
	s->script.rule_count = 0;
	s->host.questions = 0;
	return !*rest;
}

static bool read_lives(struct story *s, char *rest)
{
	if (strcmp(rest, "at ::1") != 0)
		return false;
	s->host.lives_at = PROBE_AT_V6;
	if (!s->host.udp[PROBE_AT_V6])
		scenario_skip(&s->scenario, "there is no ::1 here");
	return true;
}

static bool play_random(struct story *s, char *rest)
{
	struct buf *out = &s->scenario.happened;
	struct udp_random sum = {0};
	unsigned from = (unsigned)strtoul(rest, &rest, 10), to;

	if (!from || !str_starts(rest, " to "))
		return false;
	to = (unsigned)strtoul(rest + strlen(" to "), NULL, 10);
	scenario_runs(&s->scenario);
	for (unsigned seed = from; seed <= to; seed++) {
		struct udp_random before = sum;
		struct random r = {seed};

		udp_random_play(&r, &sum);
		if (sum.wrong + sum.endless + sum.unfair > before.wrong + before.endless + before.unfair)
			buf_printf(out, "not with seed %u\n", seed);
	}
	buf_printf(out, "%u trackers: %u told twice or wrong, %u without an end\n", sum.trackers, sum.wrong,
		   sum.endless);
	buf_printf(out, "%u lose and refuse nothing: %u of them did not tell all\n", sum.fair, sum.unfair);
	return true;
}

static bool read_line(void *story, char *line)
{
	static const struct {
		const char *name;
		bool (*read)(struct story *s, char *rest);
	} commands[] = {{"tracker", read_tracker}, {"client", read_client}, {"run", run}, {"random", play_random},
			{"lives", read_lives}, {"dht", play_dht}};
	struct story *s = story;
	size_t len = strcspn(line, " \n");
	char *rest = line + len + (line[len] == ' ');

	rest[strcspn(rest, "\n")] = '\0';
	line[len] = '\0';
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
		if (strcmp(line, commands[i].name) == 0)
			return commands[i].read(s, rest);
	if (strcmp(line, "name") == 0)
		return probe_host_name(&s->host, rest);
	if (strcmp(line, "hash") == 0 || strcmp(line, "hashes") == 0)
		return probe_script_hash(&s->script, line, rest);
	if (strcmp(line, "question") == 0 || strcmp(line, "connect") == 0)
		return probe_script_rule(&s->script, line, rest);
	return false;
}

static void begin(void *story)
{
	struct story *s = story;
	char servers[64];

	s->loop = loop_new();
	s->http = http_new(s->loop);
	s->resolve = resolve_new(s->loop);
	s->host = (struct probe_host){
		.loop = s->loop, .script = &s->script, .tell = tell_question, .bail = bail, .context = s};
	probe_host_begin(&s->host);
	snprintf(servers, sizeof(servers), "127.0.0.1:%u", (unsigned)s->host.dns_port);
	if (resolve_servers(s->resolve, servers, DNS_MS))
		scenario_bail(&s->scenario, "no resolver");
}

static void end(void *story)
{
	struct story *s = story;

	probe_host_end(&s->host);
	http_free(s->http);
	resolve_free(s->resolve);
	loop_free(s->loop);
}

int main(void)
{
	static const struct scenario_kind kind = {"tests/replay/probe-*.scn", sizeof(struct story), begin, read_line,
						  end};

	alarm((unsigned)(PATIENCE_S * tap_slow()));
	setenv("NETRC", "/nonexistent", 1);
	begin_settling();
	return scenario_main(&kind);
}
