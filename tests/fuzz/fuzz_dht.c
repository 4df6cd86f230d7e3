/* The DHT engine behind its parser: whatever nodes answer to the queries that were really sent, nothing breaks, no
 * limit is passed, and every lookup ends. The input is a list of datagrams, a byte of length before each (times four);
 * a first byte that is even makes it a reply to the latest query. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "swarm/dht.h"

enum { QUERIES = 64, LOOKUPS = 4, STEP_MS = 50 };

struct world {
	struct dht *dht;
	struct ip to;
	uint16_t port;
	uint8_t tid[4];
	unsigned sent, ended;
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int take_query(void *context, const struct ip *to, uint16_t port, const void *bytes, size_t len)
{
	struct world *w = context;
	const uint8_t *tid = memmem(bytes, len, "1:t4:", 5);

	if (!tid || !port)
		abort();
	w->to = *to;
	w->port = port;
	memcpy(w->tid, tid + 5, sizeof(w->tid));
	return w->sent++ % 50 == 49 ? -11 : 0; /* EAGAIN now and then */
}

static void take_end(void *context, const struct dht_result *r)
{
	struct world *w = context;

	if (r->address_count > DHT_ADDRESSES || r->near_len > DHT_NEAR_BYTES || r->answered > r->asked)
		abort();
	w->ended++;
}

static void begin(struct world *w, int64_t now)
{
	struct dht_ask ask = {.family = DHT_V4};

	for (unsigned i = 0; i < LOOKUPS; i++) {
		memset(ask.target, (int)(i * 64), sizeof(ask.target));
		ask.user = i;
		dht_look_up(w->dht, &ask, now);
	}
}

/* A reply has its own transaction, not one that the input would have to guess. */
static void deliver(struct world *w, const uint8_t *data, size_t len, int64_t now)
{
	uint8_t datagram[1024 + 32];
	size_t head = 0;

	if (len && *data % 2 == 0) {
		memcpy(datagram, "d1:t4:", 6);
		memcpy(datagram + 6, w->tid, 4);
		memcpy(datagram + 10, "1:y1:r1:r", 9);
		head = 19;
		data++;
		len--;
	}
	if (len)
		memcpy(datagram + head, data, len);
	dht_packet(w->dht, &w->to, w->port, datagram, head + len, now);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct dht_config config = {.rate_per_address = 2, .allow_private = true, .seed = {1, 2}};
	struct world w = {0};
	struct dht_events events = {take_query, take_end, &w};
	int64_t now = 0, next;
	bool begun = false;

	w.dht = dht_new(&config, &events, now);
	w.to = ip_from_v4(5 << 24 | 1);
	dht_router(w.dht, &w.to, 6881);
	dht_warm_up(w.dht, DHT_V4, now);
	dht_tick(w.dht, now);
	while (size > 1) {
		size_t len = (size_t)data[0] * 4;

		len = len < size - 1 ? len : size - 1;
		deliver(&w, data + 1, len, now);
		data += 1 + len;
		size -= 1 + len;
		now += STEP_MS;
		dht_tick(w.dht, now);
		if (!begun && dht_warm(w.dht, DHT_V4)) {
			begin(&w, now);
			begun = true;
		}
	}
	while ((next = dht_tick(w.dht, now)) < INT64_MAX)
		now = next > now ? next : now + 1;
	if (begun && w.ended != LOOKUPS)
		abort();
	dht_free(w.dht);
	return 0;
}
