/* Plays tests/replay/bencode-*.scn: bytes that strangers send go to those who read bencoding from a network, each time
 * on a stack of its own, of which it is seen how much was used: 64 KiB are allowed, whatever is in them.
 *
 *	torrent WORDS       a torrent file                          > its info-hash and what is in it, or what is wrong
 *	datagram WORDS      one of the DHT (KRPC)                   > what it is, or that it is none
 *	scrape WORDS        the answer of an HTTP tracker (BEP 48)  > its rows, or that it is none
 *
 * Words are bencoding as it is; {TEXT N} is that text N times. */
#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <sys/mman.h>

#include "core/hash.h"
#include "unit/swarm/scenario.h"
#include "wire/bep48.h"
#include "wire/info_hash.h"
#include "wire/krpc.h"
#include "wire/metainfo.h"

enum {
	ARENA_MAX = 1 << 20,
	BYTES_MAX = 4 << 20,
	GUARD = 1 << 20,
	STACK = 1 << 20,
	STACK_ALLOWED = 64 << 10,
	PAINT = 0x5a,
	PEERS = 16,
};

struct story {
	struct scenario scenario;
	char *stack; /* STACK bytes */
	size_t idle; /* of it, for a thread that does nothing */
	struct buf bytes;
	char *room;  /* BYTES_MAX bytes, and behind them GUARD that nobody may read */
	char *exact; /* the same at its end */
	void (*read)(struct story *s);
};

/* ---- who reads ---- */

static void read_torrent(struct story *s)
{
	static const struct metainfo_digests digests = {.sha1 = hash_sha1, .sha256 = hash_sha256};
	struct buf *out = &s->scenario.happened;
	char hash[INFO_HASH_TEXT];
	struct err err = {""};
	struct metainfo m;
	struct arena a;
	int rc;

	arena_init(&a, ARENA_MAX);
	rc = metainfo_read(s->exact, s->bytes.len, &digests, &a, &m, &err);
	if (rc) {
		buf_printf(out, "%s: %s\n", rc == -EBADMSG ? "refused" : "no room", err.msg);
	} else {
		info_hash_write(m.hash, hash);
		buf_printf(out, "%s\n\"%s\", %" PRIu64 " bytes, files: %u, trackers: %zu, made at %lld%s\n", hash,
			   m.name, m.size, m.files, m.tracker_count, (long long)m.created,
			   m.private ? ", private" : "");
	}
	arena_done(&a);
}

static void read_datagram(struct story *s)
{
	static const char *const types[] = {"a query", "a reply", "an error"};
	struct compact_peer peers[PEERS];
	struct krpc_message m;

	if (krpc_read((const uint8_t *)s->exact, s->bytes.len, &m))
		buf_puts(&s->scenario.happened, "refused\n");
	else
		buf_printf(&s->scenario.happened, "%s, id: %s, peers: %zu, code: %d\n", types[m.type],
			   m.id ? "yes" : "no", krpc_values(&m, peers, PEERS), m.error);
}

static void take_file(const struct bep48_file *file, void *arg)
{
	struct story *s = arg;

	buf_printf(&s->scenario.happened, "%.20s: %lld seeders, %lld leechers, %lld completed\n",
		   (const char *)file->hash, (long long)file->complete, (long long)file->incomplete,
		   (long long)file->downloaded);
}

static void read_scrape(struct story *s)
{
	struct bep48_answer answer;
	struct arena a;
	int rc;

	arena_init(&a, ARENA_MAX);
	rc = bep48_read(s->exact, s->bytes.len, &a, take_file, s, &answer);
	if (rc)
		buf_printf(&s->scenario.happened, "%s\n", rc == -ENOMEM ? "no room" : "refused");
	else
		buf_printf(&s->scenario.happened, "rows: %zu, odd ones: %zu, failure: \"%s\", wait: %lld s\n",
			   answer.files, answer.odd, answer.failure, (long long)answer.wait_s);
	arena_done(&a);
}

/* ---- on a stack that is looked at ---- */

static void *run(void *context)
{
	struct story *s = context;

	if (s->read)
		s->read(s);
	return NULL;
}

/* Bytes of the stack that were written to. */
static size_t run_apart(struct story *s)
{
	pthread_attr_t attr;
	pthread_t thread;
	size_t left = 0;

	memset(s->stack, PAINT, STACK);
	if (pthread_attr_init(&attr) || pthread_attr_setstack(&attr, s->stack, STACK) ||
	    pthread_create(&thread, &attr, run, s) || pthread_join(thread, NULL))
		scenario_bail(&s->scenario, "no thread");
	pthread_attr_destroy(&attr);
	while (left < STACK && s->stack[left] == PAINT)
		left++;
	return STACK - left;
}

static bool read_bytes(struct story *s, void (*read)(struct story *s))
{
	size_t used;

	scenario_runs(&s->scenario);
	s->exact = s->room + BYTES_MAX - s->bytes.len;
	memcpy(s->exact, buf_str(&s->bytes), s->bytes.len);
	s->read = read;
	used = run_apart(s);
	if (used > s->idle + STACK_ALLOWED)
		buf_printf(&s->scenario.happened, "on a stack of %zu KiB\n", (used - s->idle) >> 10);
	return true;
}

/* ---- reading a story ---- */

/* "{TEXT N}" */
static bool put_repeated(struct story *s, const char *text, size_t len)
{
	const char *space = memrchr(text, ' ', len);
	unsigned long times = space ? strtoul(space + 1, NULL, 10) : 0;

	for (unsigned long i = 0; i < times; i++)
		buf_add(&s->bytes, text, (size_t)(space - text));
	return times > 0;
}

static bool put_words(struct story *s, const char *words)
{
	buf_reset(&s->bytes);
	while (*words) {
		size_t plain = strcspn(words, "{"), inside;

		buf_add(&s->bytes, words, plain);
		words += plain;
		if (!*words)
			break;
		inside = strcspn(++words, "}");
		if (!words[inside] || !put_repeated(s, words, inside))
			return false;
		words += inside + 1;
	}
	return !s->bytes.full;
}

static bool read_line(void *story, char *line)
{
	static const struct {
		const char *name;
		void (*read)(struct story *s);
	} kinds[] = {{"torrent ", read_torrent}, {"datagram ", read_datagram}, {"scrape ", read_scrape}};
	struct story *s = story;

	line[strcspn(line, "\n")] = '\0';
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (strncmp(line, kinds[i].name, strlen(kinds[i].name)) == 0)
			return put_words(s, line + strlen(kinds[i].name)) && read_bytes(s, kinds[i].read);
	return false;
}

static char *take(struct story *s, size_t size)
{
	char *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (memory == MAP_FAILED)
		scenario_bail(&s->scenario, "no memory");
	return memory;
}

static void begin(void *story)
{
	struct story *s = story;
	uint8_t digest[32];

	hash_sha1("", 0, digest); /* what the library makes once is not the readers' */
	buf_init(&s->bytes, BYTES_MAX);
	s->stack = take(s, STACK);
	s->room = take(s, BYTES_MAX + GUARD);
	if (mprotect(s->room + BYTES_MAX, GUARD, PROT_NONE))
		scenario_bail(&s->scenario, "no guard");
	run_apart(s); /* the first thread takes more, for what a process does once */
	s->idle = run_apart(s);
}

static void end(void *story)
{
	struct story *s = story;

	munmap(s->stack, STACK);
	munmap(s->room, BYTES_MAX + GUARD);
	buf_done(&s->bytes);
}

int main(void)
{
	static const struct scenario_kind kind = {"tests/replay/bencode-*.scn", sizeof(struct story), begin,
						  read_line, end};

	return scenario_main(&kind);
}
