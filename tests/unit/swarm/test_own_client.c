/* One's own Transmissions as a source: what two of them say is merged, torrents of no collection are passed over, and a
 * default daemon that wants a login is left alone. */
#include "swarm/own_client.h"

#include "canned.h"
#include "scratch.h"
#include "tap.h"

#include "catalogued.h"

#define FINE "HTTP/1.1 200 OK\r\n\r\n"
#define SESSION "HTTP/1.1 409 Conflict\r\nX-Transmission-Session-Id: abc\r\n\r\n409"
#define REST "40404040404040404040404040404040"
#define FIRST "00000001" REST
#define SECOND "00000002" REST
#define STRANGE "00000009" REST
#define TORRENTS_BEGIN "{\"arguments\":{\"torrents\":["
#define TORRENTS_END "]},\"result\":\"success\"}"
#define ROW(hash, connected, seeders, leechers, completed)                                                             \
	"{\"hashString\":\"" hash "\",\"peersConnected\":" connected                                                   \
	",\"trackerStats\":[{\"announce\":\"udp://t.example:80\",\"seederCount\":" seeders                             \
	",\"leecherCount\":" leechers ",\"downloadCount\":" completed                                                  \
	",\"lastAnnounceSucceeded\":true,\"lastAnnounceTime\":1000}]}"

enum { TORRENTS = 3 };

struct world {
	struct pass_world pass;
	struct conf conf;
	struct conf_daemon daemons[2];
	struct canned servers[2];
	char urls[2][64];
	struct catalog_target targets[TORRENTS];
	struct own_client *own;
	unsigned ends;
};

static void on_end(void *context)
{
	struct world *w = context;

	w->ends++;
	loop_stop(w->pass.loop);
}

static void begin(struct world *w, const char *store)
{
	int64_t in;

	*w = (struct world){.conf = {.daemons = w->daemons}};
	w->pass = (struct pass_world){.loop = loop_new(), .conf = &w->conf};
	w->pass.http = http_new(w->pass.loop);
	w->pass.catalog = catalogued(store, CATALOG_WRITE);
	in = collection(w->pass.catalog, "iso");
	for (unsigned i = 0; i < TORRENTS; i++) {
		struct catalog_torrent t = listed(i, "name");

		put_at(w->pass.catalog, in, &t, "", START);
	}
	flushed(w->pass.catalog);
	for (unsigned i = 0; i < TORRENTS; i++) {
		w->targets[i].id = id_of(w->pass.catalog, i);
		hash_of(i, w->targets[i].hash);
	}
}

static void add_daemon(struct world *w, const char *const *answers, bool by_default)
{
	static char nothing[] = "", name[] = "home";
	size_t i = w->conf.daemon_count++;

	canned_start(&w->servers[i], answers);
	snprintf(w->urls[i], sizeof(w->urls[i]), "http://127.0.0.1:%u/transmission/rpc", w->servers[i].port);
	w->daemons[i] = (struct conf_daemon){.name = name,
					     .url = w->urls[i],
					     .username = nothing,
					     .password = nothing,
					     .password_file = nothing,
					     .cacert = nothing,
					     .from_argv = by_default};
}

static void run(struct world *w)
{
	w->own = own_client_start(&w->pass, w->targets, TORRENTS, on_end, w);
	is_int(w->ends, 0, "the end is not told from within");
	loop_run(w->pass.loop);
	is_int(w->ends, 1, "the end is told");
}

static void end(struct world *w)
{
	catalog_free(w->pass.catalog);
	http_free(w->pass.http);
	loop_free(w->pass.loop);
	for (size_t i = 0; i < w->conf.daemon_count; i++)
		canned_stop(&w->servers[i]);
}

static void test_two(void)
{
	static const char *const one[] = {
		SESSION,
		FINE TORRENTS_BEGIN ROW(FIRST, "3", "5", "9", "70") "," ROW(STRANGE, "1", "1", "1", "1") TORRENTS_END,
		NULL,
	};
	static const char *const two[] = {
		SESSION,
		FINE TORRENTS_BEGIN ROW(FIRST, "2", "8", "4", "-1") "," ROW(SECOND, "0", "0", "0", "0") TORRENTS_END,
		NULL,
	};
	struct seen_row seen;
	struct world w;

	begin(&w, "two.db");
	add_daemon(&w, one, false);
	add_daemon(&w, two, false);
	run(&w);
	is_int(own_client_known(w.own), 2, "two torrents are known to them");
	own_client_free(w.own);
	flushed(w.pass.catalog);
	look_at(w.pass.catalog, 1, &seen);
	is_int(seen.row.latest[CATALOG_CLIENT].seeders, 8, "most seeders of both");
	is_int(seen.row.latest[CATALOG_CLIENT].leechers, 9, "most leechers");
	is_int(seen.row.latest[CATALOG_CLIENT].completed, 70, "most completed");
	is_int(seen.row.latest[CATALOG_CLIENT].peers, 5, "connections of both");
	is_int(seen.row.latest[CATALOG_CLIENT].at, 1000, "at the time when their tracker said so");
	look_at(w.pass.catalog, 2, &seen);
	is_int(seen.row.latest[CATALOG_CLIENT].seeders, 0, "a zero that a tracker told is one");
	look_at(w.pass.catalog, 0, &seen);
	is_int(seen.row.latest[CATALOG_CLIENT].at, 0, "what nobody has is not measured");
	end(&w);
}

static void test_default(void)
{
	static const char *const closed[] = {"HTTP/1.1 401 Unauthorized\r\n\r\n<h1>401</h1>", NULL};
	struct world w;

	begin(&w, "default.db");
	add_daemon(&w, closed, true);
	run(&w);
	is_int(w.servers[0].seen->count, 1, "a default daemon is asked");
	own_client_free(w.own);
	flushed(w.pass.catalog);
	w.ends = 0;
	run(&w);
	is_int(w.servers[0].seen->count, 1, "it wants a login: next time it is not");
	is_int(own_client_known(w.own), 0, "nothing is known");
	own_client_free(w.own);
	own_client_free(NULL);
	end(&w);
}

/* Freed before its end: what has come is kept, and nobody is told. */
static void test_early(void)
{
	static const char *const answers[] = {SESSION, NULL};
	struct world w;

	begin(&w, "early.db");
	add_daemon(&w, answers, false);
	w.own = own_client_start(&w.pass, w.targets, TORRENTS, on_end, &w);
	own_client_free(w.own);
	is_int(w.ends, 0, "freed before its end");
	end(&w);
}

int main(void)
{
	scratch_init();
	test_two();
	test_default();
	test_early();
	return tap_done();
}
