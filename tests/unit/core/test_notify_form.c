/* core/notify_form.c: which form a webhook has, what is posted and where to. */
#include "core/notify_form.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "tap.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

static char *chat[] = {"-100123"};

static struct conf_notify hook(const char *url, const char *form)
{
	return (struct conf_notify){
		.name = "x", .url = (char *)url, .form = (char *)form, .username = "", .to = {chat, 1}};
}

static void test_which(void)
{
	static const struct {
		const char *url, *form, *is;
	} rows[] = {
		{"https://ntfy.sh/topic", "", "ntfy"},
		{"https://NTFY.SH:443/topic", "", "ntfy"},
		{"https://ntfy.sh.example.org/topic", "", "json"},
		{"https://ntfy.example.org/topic", "ntfy", "ntfy"},
		{"https://api.telegram.org/bot1:2/sendMessage", "", "telegram"},
		{"https://discord.com/api/webhooks/1/2", "", "discord"},
		{"https://hooks.slack.com/services/a/b/c", "", "slack"},
		{"https://hooks.slack.com/services/a/b/c", "json", "json"},
		{"http://[::1]:80/", "", "json"},
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct conf_notify n = hook(rows[i].url, rows[i].form);

		is_str(notify_form_of(&n)->name, rows[i].is, "%s", rows[i].url);
	}
}

static void test_bodies(void)
{
	static const struct {
		const char *url, *body;
	} rows[] = {
		{"https://ntfy.sh/a-topic",
		 "{\"topic\":\"a-topic\",\"title\":\"T <b>\",\"message\":\"one & two\\n<@x>\","
		 "\"priority\":4,\"tags\":[\"warning\"]}"},
		{"https://ntfy.sh/a-topic?auth=p&x=priority&top=5#?p=5",
		 "{\"topic\":\"a-topic\",\"title\":\"T <b>\",\"message\":\"one & two\\n<@x>\","
		 "\"priority\":4,\"tags\":[\"warning\"]}"},
		{"https://ntfy.sh/a-topic?auth=x&prio=5",
		 "{\"topic\":\"a-topic\",\"title\":\"T <b>\",\"message\":\"one & two\\n<@x>\",\"tags\":[\"warning\"]}"},
		{"https://ntfy.sh/a-topic?p=5&tags=pi",
		 "{\"topic\":\"a-topic\",\"title\":\"T <b>\",\"message\":\"one & two\\n<@x>\"}"},
		{"https://api.telegram.org/bot1/sendMessage",
		 "{\"chat_id\":\"-100123\",\"text\":\"T <b>\\none & two\\n<@x>\","
		 "\"disable_web_page_preview\":true}"},
		{"https://discord.com/x",
		 "{\"content\":\"T <b>\\none & two\\n<@x>\",\"allowed_mentions\":{\"parse\":[]}}"},
		{"https://hooks.slack.com/x", "{\"text\":\"T &lt;b&gt;\\none &amp; two\\n&lt;@x&gt;\"}"},
	};
	const struct notify_message m = {
		.wall = 1795266030, .state = NOTIFY_RAISED, .alert = "a", .title = "T <b>", .text = "one & two\n<@x>"};
	struct conf_notify n = hook("http://h/", "");
	struct buf out;

	for (size_t i = 0; i < COUNT(rows); i++) {
		n = hook(rows[i].url, "");
		buf_init(&out, 65536);
		is_int(notify_form_write(&m, &n, "secret-topic", &out), 0, "%s", rows[i].url);
		is_str(buf_str(&out), rows[i].body, "its body");
		buf_done(&out);
	}
	n = hook("http://h/", "");
	buf_init(&out, 65536);
	notify_form_write(&m, &n, "secret-topic", &out);
	ok(strstr(buf_str(&out), "\"time\":\"2026-11-21T13:00:30Z\",\"alert\":\"a\",\"state\":\"raised\",") != NULL,
	   "for everybody else: %s", buf_str(&out));
	buf_done(&out);
	n = hook("https://ntfy.sh/{password}", "");
	buf_init(&out, 65536);
	notify_form_write(&m, &n, "secret-topic", &out);
	ok(strstr(buf_str(&out), "{\"topic\":\"secret-topic\",") != NULL, "a topic that is the password");
	buf_done(&out);
	buf_init(&out, 20);
	is_int(notify_form_write(&m, &n, "secret-topic", &out), -ENOBUFS, "no room");
	buf_done(&out);
}

static void test_urls(void)
{
	static const struct {
		const char *url, *password, *posted; /* NULL: refused */
	} rows[] = {
		{"https://ntfy.sh/topic", "", "https://ntfy.sh/"},
		{"https://ntfy.sh/{password}", "x", "https://ntfy.sh/"},
		{"https://ntfy.sh/topic?auth=QmVhcmVyIHg&p=5#x", "", "https://ntfy.sh/?auth=QmVhcmVyIHg&p=5"},
		{"https://ntfy.sh/sub/topic?a=/b", "", "https://ntfy.sh/sub/?a=/b"},
		{"https://ntfy.sh/topic?auth={password}", "x", "https://ntfy.sh/?auth=x"},
		{"https://ntfy.sh/topic#?a", "", "https://ntfy.sh/"},
		{"https://api.telegram.org/bot{password}/sendMessage", "12:ab-C_d",
		 "https://api.telegram.org/bot12:ab-C_d/sendMessage"},
		{"https://hooks.slack.com/services/{password}", "T/B/x", "https://hooks.slack.com/services/T/B/x"},
		{"https://h.example/{password}", "a b", NULL},
		{"https://h.example/{password}", "a\r\nb", NULL},
		{"https://h.example/{password}", "a?b", NULL},
		{"https://h.example/a?b=c", "unused", "https://h.example/a?b=c"},
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct conf_notify n = hook(rows[i].url, "");
		struct buf url;

		buf_init(&url, 1024);
		is_int(notify_form_url(&n, rows[i].password, &url), rows[i].posted ? 0 : -EINVAL, "%s", rows[i].url);
		if (rows[i].posted)
			is_str(buf_str(&url), rows[i].posted, "where it goes");
		buf_done(&url);
	}
}

static void test_hosts(void)
{
	static const struct {
		const char *url, *host;
		bool loopback;
	} rows[] = {
		{"http://localhost:80/x", "localhost", true},
		{"smtp://127.1.2.3", "127.1.2.3", true},
		{"smtps://[::1]:465", "::1", true},
		{"https://Mail.Example.org?x", "mail.example.org", false},
		{"http://127.0.0.1.example.org/", "127.0.0.1.example.org", false},
		{"http://192.168.1.2/", "192.168.1.2", false},
	};
	char text[16];

	for (size_t i = 0; i < COUNT(rows); i++) {
		char host[64];

		notify_host(rows[i].url, host, sizeof(host));
		is_str(host, rows[i].host, "%s", rows[i].url);
		is_int(notify_loopback(rows[i].url), rows[i].loopback, "on this machine or not");
	}
	ok(notify_topic("https://ntfy.sh/a/b?x=/c", text, sizeof(text)), "a topic");
	is_str(text, "b", "is the last part");
	ok(!notify_topic("https://ntfy.sh/a/", NULL, 0) && !notify_topic("https://ntfy.sh", NULL, 0), "or is missing");
}

int main(void)
{
	test_which();
	test_bodies();
	test_urls();
	test_hosts();
	return tap_done();
}
