/* A scrape of one UDP tracker (BEP 15), sans I/O: bytes and time in, packets and rows out. Splits hashes in packets,
 * keeps a few of them on their way, asks again what was lost or cut, and renews the connection id. Times are of the
 * monotonic clock, in milliseconds. */
#ifndef SWARM_UDP_SCRAPE_H
#define SWARM_UDP_SCRAPE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "swarm/probe.h"
#include "wire/bep15.h"

enum {
	UDP_SCRAPE_WINDOW = 8,         /* requests on their way at once, at most; it starts with 2 */
	UDP_SCRAPE_RATE = 20,          /* requests a second to a polite scrape's tracker, behind a burst of as many */
	UDP_SCRAPE_HASHES_LEAST = 17,  /* a request that is lost again and again is halved down to this: 70, 35, 17 */
	UDP_SCRAPE_PATIENCE_MS = 3000, /* of the first packet, doubled for the second; then by round trip times */
	UDP_SCRAPE_TIMEOUT_MIN_MS = 1500,
	UDP_SCRAPE_TIMEOUT_MAX_MS = 12000,
	UDP_SCRAPE_SUSPECT_MS = 5000, /* patience where a single packet decides */
	UDP_SCRAPE_ERROR = 96,
};

enum udp_scrape_state { UDP_SCRAPE_GOING, UDP_SCRAPE_DONE, UDP_SCRAPE_FAILED };

struct udp_scrape;

/* `hashes` lives as long as the scrape. row() is called from within udp_scrape_answer() only. */
struct udp_scrape *udp_scrape_new(const uint8_t (*hashes)[INFO_HASH], size_t count,
				  void (*row)(void *context, size_t index, const struct probe_row *row), void *context);
/* NULL is accepted. */
void udp_scrape_free(struct udp_scrape *s);
/* Begins, or begins again at another address of the tracker, which is asked only for what was not told yet. `tries`:
 * connect packets that may be lost before it has failed. `polite`: not faster than UDP_SCRAPE_RATE. */
void udp_scrape_begin(struct udp_scrape *s, unsigned tries, bool polite);
/* The packet to send now, or 0: nothing until udp_scrape_wake(). Also notices what is lost. */
size_t udp_scrape_packet(struct udp_scrape *s, int64_t now_ms, uint8_t packet[BEP15_SCRAPE_SIZE]);
/* When udp_scrape_packet() is to be called again at the latest; INT64_MAX: not before an answer. */
int64_t udp_scrape_wake(const struct udp_scrape *s);
/* A datagram from the tracker's address and port. One that answers nothing that was asked is passed over. */
void udp_scrape_answer(struct udp_scrape *s, int64_t now_ms, const void *bytes, size_t len);
/* The address does not answer or cannot be reached: fails at once. */
void udp_scrape_give_up(struct udp_scrape *s, int rc, const char *error);

enum udp_scrape_state udp_scrape_state(const struct udp_scrape *s);
/* Of a scrape that has failed: -ETIMEDOUT: no answer; -EREMOTE: it says no, in the words of `error`; -EBADMSG: its
 * answers are no use; or what udp_scrape_give_up() was given. */
int udp_scrape_error(const struct udp_scrape *s, const char **error);
/* Packets made; answers that were passed over; the median round trip of the latest answers (0 = none). */
uint64_t udp_scrape_sent(const struct udp_scrape *s);
uint64_t udp_scrape_ignored(const struct udp_scrape *s);
double udp_scrape_latency(const struct udp_scrape *s);

#endif
