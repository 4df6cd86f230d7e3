/* Scrapes over HTTP: the rule of BEP 48 with its own examples, limits of requests, answers of several trackers. */
#include "wire/bep48.h"

#include <errno.h>

#include "tap.h"

static struct buf url;
static uint8_t hashes[BEP48_HASHES + 10][20];

static void test_rule(void)
{
	static const struct {
		const char *from, *want; /* NULL: not supported */
	} rows[] = {
		{"http://example.com/announce", "http://example.com/scrape"},
		{"http://example.com/x/announce", "http://example.com/x/scrape"},
		{"http://example.com/announce.php", "http://example.com/scrape.php"},
		{"http://example.com/a", NULL},
		{"http://example.com/announce?x2%0644", "http://example.com/scrape?x2%0644"},
		{"http://example.com/announce?x=2/4", NULL},
		{"http://example.com/x%064announce", NULL},
		{"https://example.com:8443/k3y/announce.php?passkey=x",
		 "https://example.com:8443/k3y/scrape.php?passkey=x"},
		{"HTTP://example.com/announce/announce", "HTTP://example.com/announce/scrape"},
		{"http://announce", NULL},
		{"http://example.com?x=/announce", NULL},
		{"http://example.com/?x=/announce", NULL},
		{"http://example.com/Announce", NULL},
		{"http://example.com/announce/", NULL},
		{"http://example.com/", NULL},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		is_int(bep48_scrape_url(rows[i].from, &url), rows[i].want ? 0 : -ENOTSUP, "%s", rows[i].from);
		if (rows[i].want)
			is_str(buf_str(&url), rows[i].want, "becomes that");
	}
}

static void test_refused(void)
{
	static const char *const rows[] = {
		"", "udp://a:1/announce", "ws://a/announce", "http:/a/announce", "http://a/announce b",
		"http://a/announce#x", "http://a/announce\r\nX: y", "http://\303\244/announce",
	};
	struct buf small;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		is_int(bep48_scrape_url(rows[i], &url), -EINVAL, "refused %zu", i + 1);
	buf_init(&small, 16);
	is_int(bep48_scrape_url("http://a/announce.php", &small), -ENOBUFS, "no room");
	buf_done(&small);
}

static void test_request(void)
{
	static const uint8_t hash[1][20] = {"aZ09-._~\0\1 %&=+/?#\177\377"};
	static const char text[] = "info_hash=aZ09-._~%00%01%20%25%26%3D%2B%2F%3F%23%7F%FF";
	static const struct {
		const char *announce, *head;
	} rows[] = {
		{"http://a/announce", "http://a/scrape?"},
		{"http://a/announce?", "http://a/scrape?"},
		{"http://a/announce?k=1", "http://a/scrape?k=1&"},
		{"http://a/announce?k=1&", "http://a/scrape?k=1&"},
	};
	size_t asked = 7;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		size_t head = strlen(rows[i].head);

		is_int(bep48_request(rows[i].announce, hash, 1, &url, &asked), 0, "a request to %s", rows[i].announce);
		ok(url.len >= head && memcmp(url.data, rows[i].head, head) == 0, "begins with %s", rows[i].head);
		is_str(buf_str(&url) + head, text, "and the hash is encoded");
	}
	is_int(bep48_request("http://a/announce", hash, 0, &url, &asked), -EINVAL, "a scrape of everything is refused");
	is_int(bep48_request("http://a/x", hash, 1, &url, &asked), -ENOTSUP, "no scrape");
	is_int(asked, 1, "a failure writes nothing");
}

static void test_request_limits(void)
{
	char announce[4200] = "http://a/announce?k=";
	size_t asked = 0;

	memset(hashes, 'a', sizeof(hashes));
	is_int(bep48_request(announce, hashes, BEP48_HASHES + 10, &url, &asked), 0, "short hashes");
	is_int(asked, BEP48_HASHES, "60 at most");
	memset(hashes, 0xff, sizeof(hashes));
	is_int(bep48_request(announce, hashes, BEP48_HASHES, &url, &asked), 0, "long hashes");
	ok(asked == (4096 - strlen("http://a/scrape?k=")) / 71 && url.len <= BEP48_URL_MAX,
	   "as many as 4096 bytes hold");
	is_str(buf_str(&url) + url.len - 6, "%FF%FF", "the last one is whole");
	memset(announce + 20, 'x', 4000);
	announce[4020] = '\0';
	is_int(bep48_request(announce, hashes, BEP48_HASHES, &url, &asked), 0, "a long URL");
	is_int(asked, 1, "has room for one");
	memset(announce + 20, 'x', 4060);
	announce[4080] = '\0';
	is_int(bep48_request(announce, hashes, BEP48_HASHES, &url, &asked), -ENOBUFS, "a longer one for none");
}

struct seen {
	struct bep48_file files[4];
	size_t count;
};

static void see(const struct bep48_file *file, void *arg)
{
	struct seen *seen = arg;

	if (seen->count < 4)
		seen->files[seen->count] = *file;
	seen->count++;
}

static int read_body(const char *body, size_t len, struct seen *seen, struct bep48_answer *answer)
{
	struct arena arena;
	int rc;

	*seen = (struct seen){.count = 0};
	arena_init(&arena, 1 << 20);
	rc = bep48_read(body, len, &arena, see, seen, answer);
	arena_done(&arena);
	return rc;
}

#define READ(body) read_body((body), sizeof(body) - 1, &seen, &answer)
#define A20 "\377\376\0\1AAAAAAAAAAAAAAAA"
#define A20_UTF8 "\303\277\303\276\0\1AAAAAAAAAAAAAAAA"

static bool is_file(const struct bep48_file *f, const char *hash, int complete, int incomplete, int downloaded)
{
	return memcmp(f->hash, hash, 20) == 0 && f->complete == complete && f->incomplete == incomplete &&
	       f->downloaded == downloaded;
}

static void test_files(void)
{
	struct bep48_answer answer;
	struct seen seen;

	is_int(READ("d5:filesd20:" A20 "d8:completei5e10:downloadedi50e10:incompletei10eeee"), 0, "an answer");
	ok(seen.count == 1 && answer.files == 1 && is_file(&seen.files[0], A20, 5, 10, 50), "a file");
	ok(!*answer.failure && answer.odd == 0, "and nothing more");
	is_int(READ("d5:filesd20:BBBBBBBBBBBBBBBBBBBBde20:" A20 "d10:incompletei0e8:completei-1eee"
		    "5:flagsd20:min_request_intervali600eee\r\n"),
	       0, "an answer with little in it");
	ok(seen.count == 2 && is_file(&seen.files[0], "BBBBBBBBBBBBBBBBBBBB", -1, -1, -1), "nothing said");
	is_int(answer.wait_s, 600, "but when it may be asked again");
	ok(is_file(&seen.files[1], A20, -1, 0, -1), "a negative number is nothing said");
	is_int(READ("d5:filesde5:flagsd20:min_request_intervali99999999eee"), 0, "no files");
	ok(seen.count == 0 && answer.files == 0, "are an answer");
	is_int(READ("d5:filesd20:" A20 "d8:completei4294967295e10:incompletei4294967296e10:downloaded1:5eee"), 0,
	       "large");
	ok(seen.files[0].complete == UINT32_MAX, "2^32 - 1 is read");
	ok(seen.files[0].incomplete == -1 && seen.files[0].downloaded == -1, "more is not, nor is text");
}

static void test_wait(void)
{
	struct bep48_answer answer;
	struct seen seen;

#define WAIT(flags, want, name)                                                                                        \
	is_int(READ("d5:filesde5:flags" flags "e"), 0, name);                                                          \
	is_int(answer.wait_s, want, "%s: when it may be asked again", name)
	WAIT("d20:min_request_intervali1ee", 1, "a second");
	WAIT("d20:min_request_intervali9223372036854775807ee", INT64_MAX, "longer than anything lasts");
	WAIT("d20:min_request_intervali-600ee", 0, "a negative number");
	WAIT("d20:min_request_interval3:600e", 0, "text");
	WAIT("de", 0, "flags without it");
	WAIT("i600e", 0, "flags that are none");
	WAIT("l20:min_request_intervali600ee", 0, "a list");
}

static void test_keys(void)
{
	struct bep48_answer answer;
	struct seen seen;

	is_int(READ("d5:filesd22:" A20_UTF8 "d8:completei1eeee"), 0, "a key in UTF-8");
	ok(seen.count == 1 && is_file(&seen.files[0], A20, 1, -1, -1), "is the hash it was");
	is_int(READ("d5:filesd19:AAAAAAAAAAAAAAAAAAAde21:AAAAAAAAAAAAAAAAAAAAAde0:de"
		    "22:\304\200\304\200AAAAAAAAAAAAAAAAAAde21:\377\377AAAAAAAAAAAAAAAAAAAde"
		    "20:BBBBBBBBBBBBBBBBBBBBi1e20:" A20 "deee"),
	       0, "odd keys");
	ok(seen.count == 1 && answer.files == 1 && answer.odd == 6, "are passed over, and counted");
}

static void test_failure(void)
{
	struct bep48_answer answer = {.files = 3};
	struct seen seen;

	is_int(READ("d14:failure reason13:\033[1mforbidden5:flagsd20:min_request_intervali60eee"), 0, "a failure");
	is_str(answer.failure, "\357\277\275[1mforbidden", "in clean words");
	is_int(answer.wait_s, 60, "and when it may be asked again");
	is_int(READ("d14:failure reason0:e"), 0, "a failure without words");
	is_str(answer.failure, "no reason given", "is one still");
	answer.files = 3;
	is_int(READ("d14:failure reasoni1ee"), -EBADMSG, "a failure that is no text");
	is_int(READ("de"), -EBADMSG, "neither files nor failure");
	is_int(READ("d5:filesl1:xee"), -EBADMSG, "files that are a list");
	is_int(READ("le"), -EBADMSG, "a list");
	is_int(READ(""), -EBADMSG, "nothing");
	is_int(READ("<html>"), -EBADMSG, "a web page");
	is_int(READ("d5:filesd20:" A20 "d8:completei5ee"), -EBADMSG, "half an answer");
	ok(answer.files == 3 && seen.count == 0, "a failure writes nothing");
}

int main(void)
{
	buf_init(&url, 8192);
	test_rule();
	test_refused();
	test_request();
	test_request_limits();
	test_files();
	test_wait();
	test_keys();
	test_failure();
	buf_done(&url);
	return tap_done();
}
