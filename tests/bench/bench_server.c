/* A Transmission 3.00 that is fast: serves a world of made-up peers on loopback to whoever asks, from text that is
 * rendered beforehand, so that its own speed is no part of what is measured. It knows only the requests of
 * transmission-remote and of a two-phase monitor, and trusts them: it is a tool for one machine, not a server.
 *
 * usage: bench_server PEERS TORRENTS [UNIVERSE]
 * Prints its port. With a UNIVERSE every poll serves other addresses: all of the universe in turn, scattered. */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
	MAX_CLIENTS = 64,
	REQUEST_SIZE = 4 << 20,
	MAX_FIELDS = 64,
	FIELD_SIZE = 32,
	MAX_PEER_TEXT = 512,
	SCATTER = 7919, /* a prime that divides no power of ten: i * SCATTER % universe visits every address once */
};

#define SESSION_ID "3mpDH8ca4Y6UQbl4xP4Yd1y9BKvXkNiind7Ly5a19Fhr4iXa"

struct text {
	char *bytes;
	size_t len, cap;
};

struct client {
	int fd;
	struct text in;
};

struct world {
	uint32_t peers, torrents, universe;
	uint32_t poll; /* of the run that is going on, from 1 */
	uint32_t *ids; /* wanted by the request at hand */
	struct text *lists; /* rendered peer list of each torrent */
	struct text head, body;
	bool rendered;
};

struct request {
	char fields[MAX_FIELDS][FIELD_SIZE];
	size_t field_count;
	bool table, all;
	size_t id_count;
};

/* As they stand in JSON. */
static const char *const client_names[] = {
	"qBittorrent 4.5.2", "Transmission 3.00", "\\u00b5Torrent 3.5.5", "Deluge 2.1.1.0",
	"libtorrent (Rasterbar) 2.0.8", "BiglyBT 3.4.0.0", "Transmission 4.0.5", "qBittorrent 4.6.0",
};
static const char *const flag_texts[] = {"UEI", "TUEI", "EX", "TEH", "UE", "DUE", "I", "TUE"};

/* Keys in the order and form of 3.00 (bb6b5a062e). */
#define PEER_FORMAT \
	"{\"address\":\"%s\",\"clientIsChoked\":%s,\"clientIsInterested\":false,\"clientName\":\"%s\"," \
	"\"flagStr\":\"%s\",\"isDownloadingFrom\":false,\"isEncrypted\":%s,\"isIncoming\":%s,\"isUTP\":%s," \
	"\"isUploadingTo\":%s,\"peerIsChoked\":%s,\"peerIsInterested\":%s,\"port\":%u,\"progress\":%s," \
	"\"rateToClient\":0,\"rateToPeer\":%u}"
#define ORIGINS_FORMAT \
	"{\"fromCache\":0,\"fromDht\":0,\"fromIncoming\":%u,\"fromLpd\":0,\"fromLtep\":0,\"fromPex\":0," \
	"\"fromTracker\":%u}"
#define SESSION_TEXT \
	"{\"arguments\":{\"rpc-version\":16,\"rpc-version-minimum\":1,\"session-id\":\"" SESSION_ID "\"," \
	"\"version\":\"3.00 (bb6b5a062e)\"}"
#define HEAD_FORMAT "HTTP/1.1 %s\r\nServer: Transmission\r\n%sContent-Length: %zu\r\nContent-Type: %s\r\n\r\n"

static void die(const char *what)
{
	perror(what);
	exit(1);
}

static void reserve(struct text *t, size_t more)
{
	if (t->len + more <= t->cap)
		return;
	t->cap = (t->len + more) * 2;
	t->bytes = realloc(t->bytes, t->cap);
	if (!t->bytes)
		die("realloc");
}

static void append(struct text *t, const char *bytes, size_t len)
{
	reserve(t, len);
	memcpy(t->bytes + t->len, bytes, len);
	t->len += len;
}

static void append_str(struct text *t, const char *s)
{
	append(t, s, strlen(s));
}

__attribute__((format(printf, 2, 3))) static void append_format(struct text *t, const char *format, ...)
{
	va_list args;
	int len;

	reserve(t, MAX_PEER_TEXT);
	va_start(args, format);
	len = vsnprintf(t->bytes + t->len, MAX_PEER_TEXT, format, args);
	va_end(args);
	t->len += (size_t)len;
}

/* A mixer (splitmix32): the same number gives the same peer in every run. */
static uint32_t mix(uint32_t x)
{
	x += 0x9e3779b9;
	x = (x ^ (x >> 16)) * 0x85ebca6b;
	x = (x ^ (x >> 13)) * 0xc2b2ae35;
	return x ^ (x >> 16);
}

/* Unicast addresses of all countries; distinct for distinct numbers below 2^24. */
static void address_text(uint32_t number, char text[INET_ADDRSTRLEN])
{
	uint32_t low = number * 5167u & 0xffffff;

	snprintf(text, INET_ADDRSTRLEN, "%u.%u.%u.%u", 11 + (low & 63) * 3, low >> 16, low >> 8 & 255, (low & 255));
}

static const char *json_bool(uint32_t bit)
{
	return bit ? "true" : "false";
}

/* Transmission writes a progress of 0 or 1 as an integer, others with four digits. */
static void progress_text(uint32_t r, char text[8])
{
	uint32_t part = r % 4;

	if (part < 2)
		snprintf(text, 8, "%u", part);
	else
		snprintf(text, 8, "0.%04u", (r >> 8) % 9999 + 1);
}

static void render_peer(struct text *t, uint32_t number)
{
	uint32_t r = mix(number), active = r % 5 == 0;
	char address[INET_ADDRSTRLEN], progress[8];

	address_text(number, address);
	progress_text(r >> 4, progress);
	append_format(t, PEER_FORMAT, address, json_bool(r & 1), client_names[r >> 3 & 7], flag_texts[r >> 6 & 7],
		      json_bool(r & 2), json_bool(r & 4), json_bool(r & 8), json_bool(active), json_bool(!active),
		      json_bool(active), 1024 + (r >> 10) % 60000, progress, active ? (r >> 12) % 200 * 1000 : 0);
}

static uint32_t peers_of(const struct world *w, uint32_t torrent)
{
	return w->peers / w->torrents + (torrent < w->peers % w->torrents);
}

/* The number of the peer at a place of the world in the poll at hand. */
static uint32_t peer_number(const struct world *w, uint32_t place)
{
	uint64_t turn = (uint64_t)w->poll * w->peers + place;

	return w->universe ? (uint32_t)(turn * SCATTER % w->universe) : place;
}

static void render_world(struct world *w)
{
	uint32_t place = 0;

	for (uint32_t t = 0; t < w->torrents; t++) {
		struct text *list = &w->lists[t];

		list->len = 0;
		append_str(list, "[");
		for (uint32_t i = 0; i < peers_of(w, t); i++) {
			if (i)
				append_str(list, ",");
			render_peer(list, peer_number(w, place++));
		}
		append_str(list, "]");
	}
	w->rendered = true;
}

static void append_field(struct world *w, const char *name, uint32_t torrent)
{
	uint32_t count = peers_of(w, torrent);

	if (strcmp(name, "peers") == 0)
		append(&w->body, w->lists[torrent].bytes, w->lists[torrent].len);
	else if (strcmp(name, "hashString") == 0)
		append_format(&w->body, "\"%08x%032x\"", mix(torrent), torrent);
	else if (strcmp(name, "name") == 0)
		append_format(&w->body, "\"collection-%u.tar\"", torrent);
	else if (strcmp(name, "id") == 0)
		append_format(&w->body, "%u", torrent + 1);
	else if (strcmp(name, "peersConnected") == 0)
		append_format(&w->body, "%u", count);
	else if (strcmp(name, "peersFrom") == 0)
		append_format(&w->body, ORIGINS_FORMAT, count / 2, count - count / 2);
	else
		append_str(&w->body, "0");
}

static void append_torrent(struct world *w, const struct request *r, uint32_t torrent)
{
	append_str(&w->body, r->table ? "[" : "{");
	for (size_t i = 0; i < r->field_count; i++) {
		if (i)
			append_str(&w->body, ",");
		if (!r->table)
			append_format(&w->body, "\"%s\":", r->fields[i]);
		append_field(w, r->fields[i], torrent);
	}
	append_str(&w->body, r->table ? "]" : "}");
}

static void append_header_row(struct world *w, const struct request *r)
{
	append_str(&w->body, "[");
	for (size_t i = 0; i < r->field_count; i++)
		append_format(&w->body, "%s\"%s\"", i ? "," : "", r->fields[i]);
	append_str(&w->body, "]");
}

static int compare_names(const void *a, const void *b)
{
	return strcmp(a, b);
}

/* The names between the brackets that follow `key`. */
static void parse_fields(struct request *r, const char *body)
{
	const char *at = strstr(body, "\"fields\""), *end;

	at = at ? strchr(at, '[') : NULL;
	end = at ? strchr(at, ']') : NULL;
	while (end && r->field_count < MAX_FIELDS && (at = memchr(at, '"', (size_t)(end - at)))) {
		const char *close = strchr(++at, '"');

		snprintf(r->fields[r->field_count++], FIELD_SIZE, "%.*s", (int)(close - at), at);
		at = close + 1;
	}
	if (!r->table)
		qsort(r->fields, r->field_count, FIELD_SIZE, compare_names);
}

/* An id is a number, or a hash whose last digits are the number of the torrent. */
static uint32_t parse_id(const char *at, char **end)
{
	if (*at != '"')
		return (uint32_t)strtoul(at, end, 10) - 1;
	*end = strchr(at + 1, '"') + 1;
	return (uint32_t)strtoul(*end - 9, NULL, 16);
}

static void parse_ids(struct world *w, struct request *r, const char *body)
{
	const char *at = strstr(body, "\"ids\"");
	char *next;

	r->all = !at;
	at = at ? strchr(at, '[') : NULL;
	while (at && *at != ']' && r->id_count < w->torrents) {
		at += strspn(at, "[, ");
		if (*at == ']')
			break;
		w->ids[r->id_count++] = parse_id(at, &next);
		at = next;
	}
}

static void append_torrents(struct world *w, const struct request *r)
{
	const char *comma = "";

	append_str(&w->body, "{\"arguments\":{\"torrents\":[");
	if (r->table) {
		append_header_row(w, r);
		comma = ",";
	}
	for (uint32_t i = 0; i < (r->all ? w->torrents : r->id_count); i++) {
		append_str(&w->body, comma);
		comma = ",";
		append_torrent(w, r, r->all ? i : w->ids[i] % w->torrents);
	}
	append_str(&w->body, "]}");
}

static void answer_torrents(struct world *w, const char *body)
{
	struct request r = {.table = strstr(body, "\"table\"") != NULL};
	bool peers = strstr(body, "\"peers\"") != NULL;

	parse_fields(&r, body);
	parse_ids(w, &r, body);
	if (!peers || !w->poll)
		w->poll++;
	if (w->universe && !peers)
		w->rendered = false;
	if (peers && !w->rendered)
		render_world(w);
	append_torrents(w, &r);
}

static void answer_rpc(struct world *w, const char *body)
{
	const char *tag = strstr(body, "\"tag\"");

	if (strstr(body, "\"torrent-get\""))
		answer_torrents(w, body);
	else if (strstr(body, "\"session-get\""))
		append_str(&w->body, SESSION_TEXT);
	else
		append_str(&w->body, "{\"arguments\":{}");
	append_str(&w->body, ",\"result\":\"success\"");
	if (tag && (tag = strchr(tag, ':')))
		append_format(&w->body, ",\"tag\":%ld", strtol(tag + 1, NULL, 10));
	append_str(&w->body, "}\n");
}

static void send_all(int fd, const struct text *t)
{
	for (size_t sent = 0; sent < t->len;) {
		ssize_t n = send(fd, t->bytes + sent, t->len - sent, MSG_NOSIGNAL);

		if (n < 0 && errno != EINTR)
			return;
		sent += n > 0 ? (size_t)n : 0;
	}
}

static void answer(struct world *w, int fd, const char *head, const char *body)
{
	bool known = strcasestr(head, "\r\nX-Transmission-Session-Id: " SESSION_ID) != NULL;

	w->head.len = w->body.len = 0;
	if (known) {
		answer_rpc(w, body);
	} else {
		w->poll = 0; /* a new run begins */
		w->rendered = w->rendered && !w->universe;
		append_str(&w->body, "<h1>409: Conflict</h1>");
	}
	append_format(&w->head, HEAD_FORMAT, known ? "200 OK" : "409 Conflict",
		      known ? "" : "X-Transmission-Session-Id: " SESSION_ID "\r\n", w->body.len,
		      known ? "application/json; charset=UTF-8" : "text/html; charset=ISO-8859-1");
	send_all(fd, &w->head);
	send_all(fd, &w->body);
}

/* Answers every complete request in the buffer. */
static void take_requests(struct world *w, struct client *c)
{
	char *end;

	reserve(&c->in, 1);
	c->in.bytes[c->in.len] = '\0';
	while ((end = strstr(c->in.bytes, "\r\n\r\n"))) {
		char *length = strcasestr(c->in.bytes, "\r\nContent-Length:"), after;
		size_t head = (size_t)(end - c->in.bytes) + 4;
		size_t body = length && length < end ? strtoul(length + 17, NULL, 10) : 0;

		if (c->in.len < head + body)
			return;
		after = c->in.bytes[head + body];
		c->in.bytes[head + body] = '\0';
		end[2] = '\0';
		answer(w, c->fd, c->in.bytes, c->in.bytes + head);
		c->in.bytes[head + body] = after;
		c->in.len -= head + body;
		memmove(c->in.bytes, c->in.bytes + head + body, c->in.len + 1);
	}
}

/* False when the connection is over. */
static bool receive(struct world *w, struct client *c)
{
	ssize_t n;

	reserve(&c->in, 65537);
	n = recv(c->fd, c->in.bytes + c->in.len, 65536, 0);
	if (n <= 0 || c->in.len > REQUEST_SIZE)
		return false;
	c->in.len += (size_t)n;
	take_requests(w, c);
	return true;
}

static int listen_anywhere(void)
{
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t len = sizeof(address);
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	if (fd < 0 || bind(fd, (struct sockaddr *)&address, len) || listen(fd, 16) ||
	    getsockname(fd, (struct sockaddr *)&address, &len))
		die("listen");
	printf("%u\n", ntohs(address.sin_port));
	fflush(stdout);
	return fd;
}

static void add_client(struct client *clients, size_t *count, int listener)
{
	int one = 1, fd = accept(listener, NULL, NULL);

	if (fd < 0)
		return;
	if (*count == MAX_CLIENTS) {
		close(fd);
		return;
	}
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	clients[(*count)++] = (struct client){.fd = fd};
}

static void serve(struct world *w, int listener)
{
	struct client clients[MAX_CLIENTS];
	struct pollfd fds[MAX_CLIENTS + 1];
	size_t count = 0;

	for (;;) {
		fds[0] = (struct pollfd){.fd = listener, .events = POLLIN};
		for (size_t i = 0; i < count; i++)
			fds[i + 1] = (struct pollfd){.fd = clients[i].fd, .events = POLLIN};
		if (poll(fds, count + 1, -1) < 0)
			continue;
		for (size_t i = count; i-- > 0;) {
			if (!fds[i + 1].revents || receive(w, &clients[i]))
				continue;
			close(clients[i].fd);
			free(clients[i].in.bytes);
			clients[i] = clients[--count];
		}
		if (fds[0].revents)
			add_client(clients, &count, listener);
	}
}

int main(int argc, char **argv)
{
	struct world w = {0};

	if (argc < 3) {
		fprintf(stderr, "usage: bench_server PEERS TORRENTS [UNIVERSE]\n");
		return 2;
	}
	w.peers = (uint32_t)strtoul(argv[1], NULL, 10);
	w.torrents = (uint32_t)strtoul(argv[2], NULL, 10);
	w.universe = argc > 3 ? (uint32_t)strtoul(argv[3], NULL, 10) : 0;
	w.ids = calloc(w.torrents, sizeof(*w.ids));
	w.lists = calloc(w.torrents, sizeof(*w.lists));
	if (!w.torrents || !w.ids || !w.lists)
		die("world");
	render_world(&w);
	serve(&w, listen_anywhere());
	return 0;
}
