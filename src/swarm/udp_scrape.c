/* A scrape of one UDP tracker. It does not know sockets, addresses or clocks.
 *
 * A piece of the hashes comes back when it is lost, or cut by a tracker that answers fewer rows than it was asked for.
 * What is lost twice is asked again in halves, for some paths carry no large datagrams; and when nothing of a size was
 * ever answered, nothing of that size is asked any more. At most 8 x 6 pieces are on their way or back at once. */
#include "swarm/udp_scrape.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "base/str.h"
#include "base/text.h"
#include "base/xmalloc.h"
#include "swarm/pieces.h"

enum {
	WINDOW_FIRST = 2,
	SILENT = 7,        /* silences since the latest answer: nobody is there */
	RENEW_AFTER = 3,   /* requests lost since then: perhaps the tracker has forgotten our connection id */
	PIECE_LOSSES = 10, /* of one piece, while others are answered */
	RENEWALS = 3,      /* connection ids in a row that were refused */
	REFUSALS = 3,      /* error answers in a row */
	EMPTY = 4,         /* answers without a row */
	RENEW_TRIES = 5,   /* connect packets to a tracker that has answered before */
	LATENCIES = 64,
	BUDGET_FACTOR = 8, /* packets, of the least possible: a tracker that cuts everything short is no use */
	BUDGET = 64,
};

struct request {
	uint32_t transaction;
	uint64_t connection; /* of a scrape: the id it was sent with */
	int64_t sent_ms, until_ms;
	struct piece piece; /* of a scrape; count 0: nothing is asked */
};

struct udp_scrape {
	const uint8_t (*hashes)[INFO_HASH];
	struct pieces left;
	void (*row)(void *context, size_t index, const struct probe_row *row);
	void *context;

	enum udp_scrape_state state;
	int rc;
	char error[UDP_SCRAPE_ERROR];
	bool refused; /* some pieces were, in the words of `error` */

	bool connected, connecting, known; /* known: it has answered */
	uint64_t connection;
	int64_t connected_ms;
	struct request connect;
	unsigned connect_losses, tries;

	struct request slots[UDP_SCRAPE_WINDOW];
	unsigned window, credit, in_flight;
	unsigned size, proven; /* hashes in a request; most that were ever answered in one */
	unsigned silences, lost; /* since the latest rows */
	unsigned renewals, refusals, empty;
	int64_t answered_ms; /* the latest rows */
	int64_t silent_ms;   /* when the latest silence was noticed */

	bool polite;
	double tokens;
	int64_t tokens_ms;

	double srtt, rttvar; /* RFC 6298, milliseconds; srtt < 0 = no sample */
	uint32_t latencies[LATENCIES];
	uint64_t latency_count, sent, ignored, budget;
};

struct udp_scrape *udp_scrape_new(const uint8_t (*hashes)[INFO_HASH], size_t count,
				  void (*row)(void *context, size_t index, const struct probe_row *row), void *context)
{
	struct udp_scrape *s = xcalloc(1, sizeof(*s));

	*s = (struct udp_scrape){.hashes = hashes, .row = row, .context = context};
	pieces_init(&s->left, (uint32_t)count);
	s->budget = BUDGET + BUDGET_FACTOR * (count / BEP15_HASHES + 1);
	udp_scrape_begin(s, 1, false);
	return s;
}

void udp_scrape_free(struct udp_scrape *s)
{
	free(s);
}

static void fail(struct udp_scrape *s, int rc, const char *error)
{
	s->state = UDP_SCRAPE_FAILED;
	s->rc = rc;
	if (error != s->error)
		str_copy(s->error, sizeof(s->error), error);
}

/* Puts a piece back, to be asked again before anything new. */
static void put_back(struct udp_scrape *s, struct piece piece)
{
	if (!pieces_put_back(&s->left, piece))
		fail(s, -EBADMSG, "its answers are too short");
}

/* ---- beginning ---- */

void udp_scrape_begin(struct udp_scrape *s, unsigned tries, bool polite)
{
	for (unsigned i = 0; i < UDP_SCRAPE_WINDOW; i++) {
		put_back(s, s->slots[i].piece);
		s->slots[i].piece.count = 0;
	}
	pieces_forgive(&s->left);
	s->state = UDP_SCRAPE_GOING;
	s->rc = 0;
	s->connected = s->connecting = s->known = false;
	s->connect_losses = s->in_flight = s->credit = s->proven = 0;
	s->silences = s->lost = s->renewals = s->refusals = s->empty = 0;
	s->tries = tries;
	s->window = WINDOW_FIRST;
	s->size = BEP15_HASHES;
	s->polite = polite;
	s->tokens = UDP_SCRAPE_RATE;
	s->tokens_ms = s->answered_ms = s->silent_ms = INT64_MIN;
	s->srtt = -1;
}

/* ---- time ---- */

static void sample(struct udp_scrape *s, const struct request *request, int64_t now_ms)
{
	double rtt = (double)(now_ms - request->sent_ms), error = s->srtt - rtt;

	if (s->srtt < 0) {
		s->srtt = rtt;
		s->rttvar = rtt / 2;
	} else {
		s->rttvar = 0.75 * s->rttvar + 0.25 * (error < 0 ? -error : error);
		s->srtt = 0.875 * s->srtt + 0.125 * rtt;
	}
	s->latencies[s->latency_count++ % LATENCIES] = (uint32_t)(now_ms - request->sent_ms);
}

static unsigned least(unsigned a, unsigned b)
{
	return a < b ? a : b;
}

/* A quarter above the round trip at least, however even it is: else a millisecond's rounding is a loss. */
static int64_t timeout_ms(const struct udp_scrape *s, unsigned losses)
{
	double ms = UDP_SCRAPE_PATIENCE_MS;

	if (s->tries == 1 && !s->known)
		ms = UDP_SCRAPE_SUSPECT_MS;
	else if (s->srtt >= 0)
		ms = s->srtt + (16 * s->rttvar > s->srtt ? 4 * s->rttvar : s->srtt / 4);
	if (ms < UDP_SCRAPE_TIMEOUT_MIN_MS)
		ms = UDP_SCRAPE_TIMEOUT_MIN_MS;
	ms *= 1 << least(losses, 2);
	return ms > UDP_SCRAPE_TIMEOUT_MAX_MS ? UDP_SCRAPE_TIMEOUT_MAX_MS : (int64_t)ms;
}

static void send_now(struct udp_scrape *s, struct request *request, int64_t now_ms, unsigned losses)
{
	if (getrandom(&request->transaction, sizeof(request->transaction), 0) != sizeof(request->transaction))
		fail(s, -EIO, "the system has no random numbers");
	request->sent_ms = now_ms;
	request->until_ms = now_ms + timeout_ms(s, losses);
	if (++s->sent > s->budget)
		fail(s, -EBADMSG, "it answers too little");
}

/* A token a request, so that a tracker of others is not flooded. */
static void fill_tokens(struct udp_scrape *s, int64_t now_ms)
{
	if (s->tokens_ms != INT64_MIN && now_ms > s->tokens_ms)
		s->tokens += (double)(now_ms - s->tokens_ms) * UDP_SCRAPE_RATE / 1000;
	if (s->tokens > UDP_SCRAPE_RATE)
		s->tokens = UDP_SCRAPE_RATE;
	s->tokens_ms = now_ms;
}

static bool may_ask(const struct udp_scrape *s)
{
	return s->in_flight < s->window && pieces_any(&s->left);
}

int64_t udp_scrape_wake(const struct udp_scrape *s)
{
	int64_t wake = s->connecting ? s->connect.until_ms : INT64_MAX;

	if (s->state != UDP_SCRAPE_GOING)
		return INT64_MAX;
	for (unsigned i = 0; i < UDP_SCRAPE_WINDOW; i++)
		if (s->slots[i].piece.count && s->slots[i].until_ms < wake)
			wake = s->slots[i].until_ms;
	if (s->connected && may_ask(s) && s->polite && s->tokens < 1) {
		int64_t token = s->tokens_ms + 1 + (int64_t)((1 - s->tokens) * 1000 / UDP_SCRAPE_RATE);

		if (token < wake)
			wake = token;
	}
	return wake;
}

/* ---- losses ---- */

static void lose_connect(struct udp_scrape *s)
{
	s->connecting = false;
	if (++s->connect_losses >= (s->known ? RENEW_TRIES : s->tries))
		fail(s, -ETIMEDOUT, "no answer");
}

static void lose(struct udp_scrape *s, struct request *request, int64_t now_ms)
{
	struct piece piece = request->piece;
	/* What was sent before an answer came was lost alone. And a window full of requests that are lost together is
	 * one silence. */
	bool lost = request->sent_ms >= s->answered_ms, silence = lost && request->sent_ms >= s->silent_ms;

	request->piece.count = 0;
	s->in_flight--;
	piece.losses++;
	put_back(s, piece);
	s->window = s->window > 1 ? s->window / 2 : 1;
	s->credit = 0;
	if (piece.losses % 2 == 0 && s->size > s->proven && s->size / 2 >= UDP_SCRAPE_HASHES_LEAST)
		s->size /= 2;
	s->lost += lost;
	s->silences += silence;
	s->silent_ms = silence ? now_ms : s->silent_ms;
	if (s->silences >= SILENT || piece.losses >= PIECE_LOSSES)
		fail(s, -ETIMEDOUT, "no answer");
	else if (lost && s->lost == RENEW_AFTER)
		s->connected = false;
}

static void notice_losses(struct udp_scrape *s, int64_t now_ms)
{
	if (s->connecting && now_ms >= s->connect.until_ms)
		lose_connect(s);
	for (unsigned i = 0; i < UDP_SCRAPE_WINDOW && s->state == UDP_SCRAPE_GOING; i++)
		if (s->slots[i].piece.count && now_ms >= s->slots[i].until_ms)
			lose(s, &s->slots[i], now_ms);
}

/* ---- packets ---- */

static size_t make_connect(struct udp_scrape *s, int64_t now_ms, uint8_t *packet)
{
	if (s->connecting || !pieces_any(&s->left))
		return 0;
	s->connecting = true;
	s->connected = false;
	send_now(s, &s->connect, now_ms, s->connect_losses);
	return bep15_write_connect(s->connect.transaction, packet);
}

static struct request *free_slot(struct udp_scrape *s)
{
	for (unsigned i = 0; i < UDP_SCRAPE_WINDOW; i++)
		if (!s->slots[i].piece.count)
			return &s->slots[i];
	return NULL;
}

static size_t make_scrape(struct udp_scrape *s, int64_t now_ms, uint8_t *packet)
{
	struct request *slot = free_slot(s);

	fill_tokens(s, now_ms);
	if (!slot || !may_ask(s) || (s->polite && s->tokens < 1))
		return 0;
	s->tokens -= 1;
	s->in_flight++;
	slot->piece = pieces_take(&s->left, s->size, BEP15_HASHES);
	slot->connection = s->connection;
	send_now(s, slot, now_ms, s->silences);
	return bep15_write_scrape(s->connection, slot->transaction, s->hashes + slot->piece.first, slot->piece.count,
				  packet);
}

size_t udp_scrape_packet(struct udp_scrape *s, int64_t now_ms, uint8_t packet[BEP15_SCRAPE_SIZE])
{
	size_t len;

	if (s->state == UDP_SCRAPE_GOING)
		notice_losses(s, now_ms);
	if (s->state != UDP_SCRAPE_GOING)
		return 0;
	if (!s->connected || now_ms - s->connected_ms >= BEP15_CONNECTION_S * 1000)
		len = make_connect(s, now_ms, packet);
	else
		len = make_scrape(s, now_ms, packet);
	return s->state == UDP_SCRAPE_GOING ? len : 0;
}

/* ---- answers ---- */

static void answer_connect(struct udp_scrape *s, int64_t now_ms, const void *bytes, size_t len)
{
	char words[UDP_SCRAPE_ERROR - 24], error[UDP_SCRAPE_ERROR];

	if (bep15_read_connect(bytes, len, &s->connection) == 0) {
		s->connecting = false;
		s->connected = s->known = true;
		s->connected_ms = now_ms;
		s->connect_losses = 0;
		sample(s, &s->connect, now_ms);
	} else if (bep15_read_error(bytes, len, words, sizeof(words)) == 0) {
		snprintf(error, sizeof(error), "the tracker says: %s", *words ? words : "error");
		fail(s, -EREMOTE, error);
	} else {
		s->ignored++;
	}
}

static void answer_rows(struct udp_scrape *s, const struct piece *piece, const struct bep15_row *rows, size_t count)
{
	struct piece tail = {.first = piece->first + (uint32_t)count, .count = (uint16_t)(piece->count - count)};

	for (size_t i = 0; i < count; i++)
		s->row(s->context, piece->first + i,
		       &(struct probe_row){.seeders = probe_count(rows[i].seeders),
					   .leechers = probe_count(rows[i].leechers),
					   .completed = probe_count(rows[i].completed)});
	/* It cuts: ask for no more than it gives. */
	if (tail.count && count < s->size)
		s->size = count > UDP_SCRAPE_HASHES_LEAST ? (unsigned)count : UDP_SCRAPE_HASHES_LEAST;
	put_back(s, tail);
	if (s->proven < piece->count)
		s->proven = piece->count;
}

static void answer_empty(struct udp_scrape *s, struct piece piece)
{
	piece.losses++;
	put_back(s, piece);
	if (++s->empty >= EMPTY)
		fail(s, -EBADMSG, "its answers hold nothing");
}

/* The loss of one is a reason to slow down, a window full of answers one to speed up. */
static void answered(struct udp_scrape *s)
{
	s->silences = s->lost = s->renewals = s->refusals = 0;
	if (++s->credit >= s->window && s->window < UDP_SCRAPE_WINDOW) {
		s->window++;
		s->credit = 0;
	}
}

/* Trackers say it in many ways; some call the id a cookie. */
static bool is_about_id(const char *words)
{
	return text_has(words, "connection id") || text_has(words, "connection_id") || text_has(words, "cookie");
}

/* An id that the tracker does not know is refused once for every request that is on its way with it. False: it refuses
 * every id. */
static bool renew(struct udp_scrape *s, const struct request *request)
{
	if (s->connected && request->connection == s->connection) {
		s->connected = false;
		s->renewals++;
	}
	return s->renewals <= RENEWALS;
}

/* A tracker refuses a hash, a request, or all scrapes: what it refuses after it has answered others is left out. */
static void answer_error(struct udp_scrape *s, const struct request *request, struct piece piece, const char *words)
{
	snprintf(s->error, sizeof(s->error), "the tracker says: %s", *words ? words : "error");
	if (is_about_id(words) && renew(s, request)) {
		put_back(s, piece);
		return;
	}
	s->refused = true;
	if (!s->proven || ++s->refusals >= REFUSALS)
		fail(s, -EREMOTE, s->error);
}

static void answer_scrape(struct udp_scrape *s, struct request *request, int64_t now_ms, const void *bytes, size_t len)
{
	struct piece piece = request->piece;
	struct bep15_row rows[BEP15_HASHES];
	char words[UDP_SCRAPE_ERROR - 24];
	size_t count;
	bool error = bep15_read_error(bytes, len, words, sizeof(words)) == 0;

	if (!error && bep15_read_scrape(bytes, len, rows, piece.count, &count)) {
		s->ignored++;
		return;
	}
	request->piece.count = 0;
	s->in_flight--;
	sample(s, request, now_ms);
	if (error) {
		answer_error(s, request, piece, words);
	} else if (!count) {
		answer_empty(s, piece);
	} else {
		answer_rows(s, &piece, rows, count);
		s->answered_ms = now_ms;
		answered(s);
	}
}

static struct request *find_request(struct udp_scrape *s, uint32_t transaction)
{
	for (unsigned i = 0; i < UDP_SCRAPE_WINDOW; i++)
		if (s->slots[i].piece.count && s->slots[i].transaction == transaction)
			return &s->slots[i];
	return NULL;
}

static void finish_if_all_is_told(struct udp_scrape *s)
{
	if (s->state != UDP_SCRAPE_GOING || s->in_flight || pieces_any(&s->left))
		return;
	if (s->refused)
		fail(s, -EREMOTE, s->error);
	else
		s->state = UDP_SCRAPE_DONE;
}

void udp_scrape_answer(struct udp_scrape *s, int64_t now_ms, const void *bytes, size_t len)
{
	struct bep15_header header;
	struct request *request;

	if (s->state != UDP_SCRAPE_GOING || bep15_read_header(bytes, len, &header)) {
		s->ignored++;
		return;
	}
	request = find_request(s, header.transaction);
	if (request)
		answer_scrape(s, request, now_ms, bytes, len);
	else if (s->connecting && s->connect.transaction == header.transaction)
		answer_connect(s, now_ms, bytes, len);
	else
		s->ignored++;
	finish_if_all_is_told(s);
}

/* ---- what has become of it ---- */

void udp_scrape_give_up(struct udp_scrape *s, int rc, const char *error)
{
	fail(s, rc, error);
}

enum udp_scrape_state udp_scrape_state(const struct udp_scrape *s)
{
	return s->state;
}

int udp_scrape_error(const struct udp_scrape *s, const char **error)
{
	*error = s->error;
	return s->rc;
}

uint64_t udp_scrape_sent(const struct udp_scrape *s)
{
	return s->sent;
}

uint64_t udp_scrape_ignored(const struct udp_scrape *s)
{
	return s->ignored;
}

static int compare_latencies(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

double udp_scrape_latency(const struct udp_scrape *s)
{
	size_t count = s->latency_count < LATENCIES ? (size_t)s->latency_count : LATENCIES;
	uint32_t sorted[LATENCIES];

	if (!count)
		return 0;
	memcpy(sorted, s->latencies, count * sizeof(sorted[0]));
	qsort(sorted, count, sizeof(sorted[0]), compare_latencies);
	return sorted[count / 2] ? sorted[count / 2] : 0.5; /* under a millisecond */
}
