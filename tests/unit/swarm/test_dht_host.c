/* The DHT engine in the world, with one node on loopback: a program that could not run for a while reads what has
 * arrived before it looks at what is late; and what several send to an address counts together. */
#include "swarm/dht_host.h"

#include <errno.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "core/shared.h"
#include "scratch.h"
#include "swarm/dht_private.h"
#include "tap.h"
#include "wire/krpc.h"

enum { STALL_MS = 1500, PATIENCE_MS = 20000, TID = 4 };

static struct err err;

struct world {
	struct loop *loop;
	struct resolve *resolve;
	struct conf conf;
	struct dht_host *host;
	struct loop_timer patience;
	unsigned readies, ends;
	uint16_t answered;
	int heard; /* a byte for each answer of the node */
};

/* ---- a node that knows nobody, in a process of its own ---- */

/* `said` gets a byte for each answer. */
static void serve(int fd, int said)
{
	static const char head[] = "d1:rd2:id20:abcdefghij0123456789e1:t4:", tail[] = "1:y1:re";
	uint8_t in[KRPC_QUERY_MAX], out[sizeof(head) + TID + sizeof(tail)];
	struct sockaddr_in from;
	struct krpc_message query;

	for (;;) {
		socklen_t size = sizeof(from);
		ssize_t len = recvfrom(fd, in, sizeof(in), 0, (struct sockaddr *)&from, &size);

		if (len <= 0 || krpc_read(in, (size_t)len, &query) || query.tid.len != TID)
			_exit(1);
		memcpy(out, head, sizeof(head) - 1);
		memcpy(out + sizeof(head) - 1, query.tid.bytes, TID);
		memcpy(out + sizeof(head) - 1 + TID, tail, sizeof(tail) - 1);
		if (sendto(fd, out, sizeof(head) + sizeof(tail) - 2 + TID, 0, (struct sockaddr *)&from, size) < 0 ||
		    write(said, "", 1) != 1)
			_exit(1);
	}
}

static pid_t start_node(uint16_t *port, int *heard)
{
	struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	socklen_t size = sizeof(at);
	pid_t node;
	int ends[2];

	if (fd < 0 || pipe(ends) || bind(fd, (struct sockaddr *)&at, size) ||
	    getsockname(fd, (struct sockaddr *)&at, &size))
		return -1;
	*port = ntohs(at.sin_port);
	node = fork();
	if (node == 0)
		serve(fd, ends[1]);
	close(fd);
	close(ends[1]);
	*heard = ends[0];
	return node;
}

/* ---- the one who asks ---- */

/* Until the answer is there, and for longer than one may take. */
static void stall(int heard)
{
	struct timespec left = {STALL_MS / 1000, STALL_MS % 1000 * 1000000};
	char byte;

	while (nanosleep(&left, &left) && errno == EINTR)
		;
	is_int(read(heard, &byte, 1), 1, "the node answers meanwhile");
}

/* First nothing has been asked; the second time the query has just been sent, and its answer arrives meanwhile. */
static void on_ready(void *context)
{
	struct world *w = context;
	struct dht_ask ask = {.family = DHT_V4};

	if (w->readies++ == 0)
		is_int(dht_host_look_up(w->host, &ask), 0, "a lookup begins");
	else if (w->readies == 2)
		stall(w->heard);
}

static void on_nothing(void *context)
{
	(void)context;
}

static void on_end(void *context, const struct dht_result *result)
{
	struct world *w = context;

	w->ends++;
	w->answered = result->answered;
	loop_stop(w->loop);
}

static void give_up(void *context)
{
	loop_stop(context);
}

/* With that node to begin with, until somebody stops the loop: what was counted. */
static struct dht_counters run_host(struct world *w, uint16_t port, void (*ready)(void *context))
{
	char first[32], here[] = "127.0.0.1:0", *listen[] = {here}, *bootstrap[] = {first};
	struct dht_host_events events = {ready, on_end, w};
	struct dht_host_world world = {.loop = loop_new(), .conf = &w->conf};
	struct dht_counters counters = {0};

	snprintf(first, sizeof(first), "127.0.0.1:%u", port);
	w->conf.dht.listen = (struct conf_list){listen, 1};
	w->conf.dht.bootstrap = (struct conf_list){bootstrap, 1};
	w->conf.dht.allow_private = true;
	w->loop = world.loop;
	w->resolve = world.resolve = resolve_new(w->loop);
	w->patience = (struct loop_timer){.fire = give_up, .context = w->loop};
	loop_timer_in(w->loop, &w->patience, PATIENCE_MS);
	if (ok(dht_host_open(&world, &events, &w->host, &err) == 0, "a socket on loopback %s", err.msg)) {
		loop_run(w->loop);
		counters = *dht_counters(dht_host_engine(w->host));
	}
	dht_host_free(w->host);
	resolve_free(w->resolve);
	loop_timer_stop(w->loop, &w->patience);
	loop_free(w->loop);
	return counters;
}

static void test_stall(uint16_t port, int heard)
{
	struct world w = {.heard = heard};
	struct dht_counters counters = run_host(&w, port, on_ready);

	is_int(w.ends, 1, "it ends");
	is_int(w.answered, 1, "the node has answered");
	is_int(counters.again, 0, "nothing was sent a second time: what had arrived was read first");
	is_int(counters.silent, 0, "and nobody was taken for silent");
}

static void on_warm(void *context)
{
	struct world *w = context;

	loop_stop(w->loop);
}

static void test_refused(uint16_t port)
{
	struct world w = {.heard = -1};
	struct dht_counters counters = run_host(&w, port, on_warm);

	ok(counters.sent > 0 && !counters.replies, "a node is gone: nobody listens at its port");
	is_int(counters.again, 0, "the network says so, and nothing is sent a second time");
}

/* ---- what all send together ---- */

static struct dht_host *open_host(struct loop *loop, struct resolve *resolve)
{
	static char here[] = "127.0.0.1:0", *listen[] = {here};
	static struct conf conf = {.dht = {.listen = {listen, 1}, .rate_per_address = 2}};
	static const struct dht_host_events events = {on_nothing, on_end, NULL};
	struct dht_host_world world = {.loop = loop, .resolve = resolve, .conf = &conf};
	struct dht_host *host = NULL;

	ok(dht_host_open(&world, &events, &host, &err) == 0, "a socket on loopback %s", err.msg);
	return host;
}

static struct dht_budget *budget_of(const struct dht_host *host)
{
	return &((struct dht *)dht_host_engine(host))->budget;
}

/* As if a minute had passed, whatever was there before. */
static int64_t wait_of(const struct dht_host *host, int64_t now)
{
	struct ip ip = ip_from_v4(5 << 24 | 1);

	return dht_budget_wait_at(budget_of(host), &ip, now + 60000);
}

static void spend(const struct dht_host *host, int64_t now)
{
	struct ip ip = ip_from_v4(5 << 24 | 1);

	for (int i = 0; i < 20; i++)
		dht_budget_take(budget_of(host), &ip, now + 60000);
}

static void forget(void)
{
	char name[SHARED_NAME];

	shared_name("dht-ledger-1", name);
	is_int(shm_unlink(name), 0, "the ledger is where all look for it");
}

/* Until the host knows nothing of what was sent. */
struct watch {
	struct loop *loop;
	struct dht_host *host;
	int64_t now;
	struct loop_timer timer;
	int left;
};

static void look(void *context)
{
	struct watch *w = context;

	dht_host_wake(w->host);
	if (wait_of(w->host, w->now) == 0 || w->left-- == 0)
		loop_stop(w->loop);
	else
		loop_timer_in(w->loop, &w->timer, 50);
}

static void test_together(void)
{
	struct loop *loop = loop_new();
	struct resolve *resolve = resolve_new(loop);
	int64_t now = loop_now(loop).mono_ms;
	struct dht_host *a = open_host(loop, resolve), *b = open_host(loop, resolve), *c;
	struct watch watch = {loop, a, now, {.fire = look, .context = &watch}, PATIENCE_MS / 50};

	is_int(wait_of(a, now) + wait_of(b, now), 0, "two hosts, and nothing was sent");
	spend(a, now);
	is_int(wait_of(b, now), 504, "what one sends is counted for the other");
	dht_host_free(a);
	c = open_host(loop, resolve);
	is_int(wait_of(c, now), 504, "and for one that comes when it has gone");
	dht_host_free(b);
	watch.host = c;
	forget();
	loop_timer_in(loop, &watch.timer, 0);
	loop_run(loop);
	is_int(wait_of(c, now), 0, "when somebody removes the ledger it is seen: another is used");
	spend(c, now);
	b = open_host(loop, resolve);
	is_int(wait_of(b, now), 504, "... with all that come");
	forget();
	loop_timer_stop(loop, &watch.timer);
	dht_host_free(b);
	dht_host_free(c);
	resolve_free(resolve);
	loop_free(loop);
}

int main(void)
{
	uint16_t port = 0;
	int heard = -1;
	pid_t node;

	scratch_init();
	node = start_node(&port, &heard);
	if (ok(node > 0, "a node")) {
		test_stall(port, heard);
		kill(node, SIGKILL);
		waitpid(node, NULL, 0);
		test_refused(port);
	}
	forget();
	test_together();
	return tap_done();
}
