/* Names to addresses, with a small DNS server on loopback that knows some names, and keeps silent about others. */
#include "core/resolve.h"

#include <errno.h>
#include <net/if.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/udp.h"
#include "tap.h"

enum {
	PATIENCE_MS = 30000,
	SHORT_MS = 100,
	LONG_MS = 20000,
	HELD = 400,
	QUESTION = 512,
	MANY = 200,
	TYPE_A = 1,
	TYPE_AAAA = 28
};

struct held {
	struct ip from;
	uint16_t port;
	uint8_t bytes[QUESTION];
	size_t len;
};

struct world {
	struct loop *loop;
	struct resolve *resolve;
	struct udp *server;
	struct loop_timer patience, later;
	unsigned questions, held_count, most_held;
	bool hold;
	struct held held[HELD];
	unsigned told, wanted; /* after so many the loop stops */
	int rc;
	struct ip addresses[RESOLVE_MAX];
	size_t count;
	bool from_within, free_it;
};

/* ---- the server ---- */

/* The name of the question as text; returns the position behind it. */
static size_t question_name(const uint8_t *bytes, size_t len, char *name, size_t size)
{
	size_t at = 12, n = 0;

	while (at < len && bytes[at] && n + bytes[at] + 2 < size) {
		memcpy(name + n, bytes + at + 1, bytes[at]);
		n += bytes[at];
		name[n++] = '.';
		at += bytes[at] + 1u;
	}
	name[n ? n - 1 : 0] = '\0';
	return at + 1;
}

static size_t put_record(uint8_t *out, unsigned type, unsigned last)
{
	uint8_t record[] = {0xc0, 12, 0, (uint8_t)type, 0, 1, 0, 0, 0, 60, 0, type == TYPE_A ? 4 : 16};
	uint8_t v4[4] = {192, 0, 2, (uint8_t)last}, v6[16] = {0x20, 0x01, 0x0d, 0xb8, [15] = (uint8_t)last};

	memcpy(out, record, sizeof(record));
	memcpy(out + sizeof(record), type == TYPE_A ? v4 : v6, record[11]);
	return sizeof(record) + record[11];
}

static const struct {
	const char *name;
	int code;         /* of the answer; -1 = none */
	unsigned a, aaaa; /* records of each type */
} zone[] = {
	{"two.test", 0, 1, 1},	   {"four.test", 0, 2, 0}, {"six.test", 0, 0, 3}, {"empty.test", 0, 0, 0},
	{"silent.test", -1, 0, 0}, {"broken.test", 2, 0, 0}, {"many.test", 0, 12, 12},
};

static void answer(struct world *w, const struct held *q)
{
	uint8_t out[2048] = {0};
	char name[300];
	size_t end = question_name(q->bytes, q->len, name, sizeof(name)), at = end + 4;
	unsigned type = q->bytes[end + 1], count = 0;
	int code = strncmp(name, "n", 1) == 0 && strstr(name, ".many.test") ? 0 : 3;

	for (size_t i = 0; i < sizeof(zone) / sizeof(zone[0]); i++)
		if (strcmp(name, zone[i].name) == 0) {
			code = zone[i].code;
			count = type == TYPE_A ? zone[i].a : zone[i].aaaa;
		}
	if (code < 0)
		return;
	memcpy(out, q->bytes, at);
	out[2] = 0x81;
	out[3] = (uint8_t)(0x80 | code);
	out[7] = (uint8_t)(code ? 0 : count);
	memset(out + 8, 0, 4);
	for (unsigned i = 0; i < count && !code; i++)
		at += put_record(out + at, type, i + 1);
	udp_send(w->server, &q->from, q->port, out, at);
}

static void answer_held(void *context)
{
	struct world *w = context;

	for (unsigned i = 0; i < w->held_count; i++)
		answer(w, &w->held[i]);
	if (w->held_count > w->most_held)
		w->most_held = w->held_count;
	w->held_count = 0;
}

static void on_question(void *context, const struct ip *from, uint16_t port, const uint8_t *bytes, size_t len)
{
	struct world *w = context;
	struct held q = {.from = *from, .port = port, .len = len < QUESTION ? len : QUESTION};

	memcpy(q.bytes, bytes, q.len);
	w->questions++;
	if (!w->hold) {
		answer(w, &q);
	} else if (w->held_count < HELD) {
		w->held[w->held_count++] = q;
		loop_timer_in(w->loop, &w->later, 50);
	}
}

/* ---- the asker ---- */

static void give_up(void *context)
{
	loop_stop(context);
}

static void on_answer(void *context, int rc, const struct ip *addresses, size_t count)
{
	struct world *w = context;

	w->told++;
	w->rc = rc;
	w->count = count;
	for (size_t i = 0; i < count && i < RESOLVE_MAX; i++)
		w->addresses[i] = addresses[i];
	if (w->free_it) {
		resolve_free(w->resolve);
		w->resolve = NULL;
	}
	if (w->told >= w->wanted)
		loop_stop(w->loop);
}

static void run(struct world *w, unsigned wanted)
{
	w->wanted = wanted;
	if (w->told < wanted) {
		loop_timer_in(w->loop, &w->patience, PATIENCE_MS);
		loop_run(w->loop);
		loop_timer_stop(w->loop, &w->patience);
	}
}

/* `ms`: for one answer, before the question is asked again. */
static void begin(struct world *w, int ms)
{
	struct ip local = ip_from_v4(0x7f000001);
	struct udp_events events = {.packet = on_question, .context = w};
	char servers[64];

	*w = (struct world){.loop = loop_new()};
	w->patience = (struct loop_timer){.fire = give_up, .context = w->loop};
	w->later = (struct loop_timer){.fire = answer_held, .context = w};
	w->resolve = resolve_new(w->loop);
	if (!ok(w->resolve && udp_open(w->loop, &local, 0, &events, &w->server, NULL) == 0, "a resolver, a server"))
		exit(1);
	snprintf(servers, sizeof(servers), "127.0.0.1:%u", udp_port(w->server));
	is_int(resolve_servers(w->resolve, servers, ms), 0, "that know of each other");
}

static void end(struct world *w)
{
	resolve_free(w->resolve);
	udp_free(w->server);
	loop_timer_stop(w->loop, &w->later);
	loop_free(w->loop);
}

/* Asks for one name and waits; the addresses as one text. */
static const char *lookup(struct world *w, const char *name)
{
	static char text[RESOLVE_MAX * (IP_TEXT + 1)];
	unsigned before = w->told;
	size_t n = 0;

	resolve_name(w->resolve, name, on_answer, w);
	if (w->told != before)
		return "told from within";
	run(w, before + 1);
	text[0] = '\0';
	for (size_t i = 0; i < w->count; i++) {
		ip_format(&w->addresses[i], text + n);
		n += strlen(text + n);
		text[n++] = ' ';
		text[n] = '\0';
	}
	return w->rc ? strerror(-w->rc) : text;
}

/* ---- the tests ---- */

static void test_answers(void)
{
	struct world w;
	unsigned asked;

	begin(&w, LONG_MS);
	is_str(lookup(&w, "192.0.2.7"), "192.0.2.7 ", "an address is its own answer");
	is_str(lookup(&w, "2001:db8::7"), "2001:db8::7 ", "of both families");
	ok(strstr(lookup(&w, "localhost"), "127.0.0.1 "), "localhost is this machine, whatever a file says");
	is_int(w.questions, 0, "and no server is asked");
	is_str(lookup(&w, "two.test"), "192.0.2.1 2001:db8::1 ", "both families, IPv4 first");
	is_str(lookup(&w, "four.test"), "192.0.2.1 192.0.2.2 ", "IPv4 only");
	is_str(lookup(&w, "six.test"), "2001:db8::1 2001:db8::2 2001:db8::3 ", "IPv6 only");
	is_str(lookup(&w, "empty.test"), strerror(ENOENT), "a name without addresses");
	is_str(lookup(&w, "gone.test"), strerror(ENOENT), "no such name");
	is_str(lookup(&w, "broken.test"), strerror(EIO), "a server that fails");
	lookup(&w, "many.test");
	is_int(w.count, RESOLVE_MAX, "no more addresses than are told");
	ok(ip_is4(&w.addresses[RESOLVE_MAX / 2 - 1]) && !ip_is4(&w.addresses[RESOLVE_MAX / 2]), "half of each family");
	asked = w.questions;
	is_str(lookup(&w, "TWO.test."), "192.0.2.1 2001:db8::1 ", "the same name in another form");
	is_str(lookup(&w, "gone.test"), strerror(ENOENT), "a name that was not there");
	is_int(w.questions, asked, "are remembered");
	end(&w);
}

static void test_names(void)
{
	static const char *const bad[] = {
		"", ".", "a..test", ".test", "a b.test", "a/b.test", "b\xc3\xbc.test", "a\n.test", "127.1", "0x7f.1",
		"1.2.3.256", "2130706433", "[::1]", "a.test:80", "a%00.test",
		"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.test", NULL,
	};
	char longest[400] = "";
	struct world w;

	begin(&w, LONG_MS);
	for (size_t i = 0; bad[i]; i++)
		is_str(lookup(&w, bad[i]), strerror(ENOENT), "no name: number %zu", i);
	for (size_t n = 0; n + 6 < 254; n += 2)
		memcpy(longest + n, "a.", 3);
	memcpy(longest + strlen(longest), "test", 5);
	is_int(w.questions, 0, "nobody is asked for those");
	lookup(&w, longest);
	ok(w.questions > 0, "a name of %zu characters is asked for", strlen(longest));
	w.questions = 0;
	memcpy(longest + strlen(longest), "aaaaaa", 7);
	is_str(lookup(&w, longest), strerror(ENOENT), "a longer one than DNS has");
	is_int(w.questions, 0, "is not");
	end(&w);
}

static void test_silence(void)
{
	struct world w;

	begin(&w, SHORT_MS);
	is_str(lookup(&w, "silent.test"), strerror(ETIMEDOUT), "nobody answers");
	end(&w);
}

static void test_many(void)
{
	struct world w;
	char name[32];

	begin(&w, LONG_MS);
	w.hold = true;
	for (unsigned i = 0; i < MANY * 2; i++) {
		snprintf(name, sizeof(name), "n%u.many.test", i % MANY);
		resolve_name(w.resolve, name, on_answer, &w);
	}
	is_int(w.told, 0, "nobody is told from within");
	run(&w, MANY * 2);
	is_int(w.told, MANY * 2, "everybody is told once");
	is_int(w.questions, MANY * 2, "each name is asked for once, in two families");
	ok(w.most_held <= 128, "%u questions on their way at most", w.most_held);
	end(&w);
}

static void test_cancel(void)
{
	struct world w;
	char other, name[32];

	begin(&w, LONG_MS);
	w.hold = true;
	for (unsigned i = 0; i < MANY; i++) {
		snprintf(name, sizeof(name), "n%u.many.test", i);
		resolve_name(w.resolve, name, on_answer, &other);
	}
	resolve_name(w.resolve, "192.0.2.7", on_answer, &other);
	resolve_name(w.resolve, "n199.many.test", on_answer, &w);
	resolve_cancel(w.resolve, &other);
	run(&w, 1);
	is_int(w.told, 1, "only the other one is told");
	ok(w.questions <= 2 * 65, "and %u questions were asked", w.questions);
	w.hold = false;
	is_str(lookup(&w, "n150.many.test"), strerror(ENOENT), "a name that was dropped is asked for anew");
	end(&w);
}

static void test_free_inside(void)
{
	struct world w;

	begin(&w, LONG_MS);
	w.free_it = true;
	resolve_name(w.resolve, "192.0.2.7", on_answer, &w);
	resolve_name(w.resolve, "192.0.2.8", on_answer, &w);
	resolve_name(w.resolve, "silent.test", on_answer, &w);
	run(&w, 1);
	is_int(w.told, 1, "freed at the first answer, the others are not told");
	end(&w);
	begin(&w, LONG_MS);
	resolve_name(w.resolve, "silent.test", on_answer, &w);
	end(&w);
	is_int(w.told, 0, "nor is anybody after the end");
}

/* ---- other servers, while it runs ---- */

static const char system_file[] = "/etc/resolv.conf";

/* A network of our own, which has loopback only, and a place of our own for the system's file. */
static bool stand_apart(const char *path)
{
	struct ifreq lo = {.ifr_name = "lo", .ifr_flags = IFF_UP};
	int fd;
	bool up;

	if (unshare(CLONE_NEWNS | CLONE_NEWNET) < 0 && unshare(CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWNET) < 0)
		return false;
	fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	up = fd >= 0 && ioctl(fd, SIOCSIFFLAGS, &lo) == 0;
	close(fd);
	return up && mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0 &&
	       mount(path, system_file, NULL, MS_BIND, NULL) == 0;
}

static bool name_server(const char *address)
{
	FILE *file = fopen(system_file, "w");

	if (!file)
		return false;
	fprintf(file, "nameserver %s\n", address);
	return fclose(file) == 0;
}

/* In a process of its own. */
static void ask_others(const char *path)
{
	struct ip local = ip_from_v4(0x7f000002);
	struct udp_events events = {.packet = on_question};
	struct world w;

	if (!ok(stand_apart(path), "a closed network of our own"))
		exit(1);
	begin(&w, LONG_MS);
	udp_free(w.server);
	resolve_free(w.resolve);
	events.context = &w;
	if (!ok(name_server("127.0.0.3") && udp_open(w.loop, &local, 53, &events, &w.server, NULL) == 0, "a server"))
		exit(1);
	w.resolve = resolve_new(w.loop);
	name_server("127.0.0.2");
	is_str(lookup(&w, "four.test"), "192.0.2.1 192.0.2.2 ", "the file is read when it is needed");
	resolve_free(w.resolve);
	name_server("127.0.0.3");
	w.resolve = resolve_new(w.loop);
	is_str(lookup(&w, "two.test"), strerror(EIO), "another one is named, who is not there");
	name_server("127.0.0.2");
	loop_timer_in(w.loop, &w.patience, 2100); /* not at once after each failure */
	loop_run(w.loop);
	is_str(lookup(&w, "four.test"), "192.0.2.1 192.0.2.2 ", "... until the system's file names ours");
	end(&w);
	exit(tap_failed > 0);
}

static void test_other_servers(void)
{
	char path[] = "/tmp/swarmtop-test.XXXXXX";
	int file = mkstemp(path), status = -1;
	pid_t child = file < 0 ? -1 : fork();

	if (child == 0)
		ask_others(path);
	if (child > 0)
		waitpid(child, &status, 0);
	tap_count += 7;
	is_int(status, 0, "servers that are named while it runs are asked");
	close(file);
	unlink(path);
}

int main(void)
{
	test_answers();
	test_names();
	test_silence();
	test_many();
	test_cancel();
	test_free_inside();
	test_other_servers();
	return tap_done();
}
