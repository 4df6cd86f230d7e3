/* Messages as JSON, for webhooks in general and for services that have a form of their own. It does not know how they
 * are sent. */
#include "core/notify_form.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "base/ip.h"
#include "base/str.h"
#include "base/text.h"

enum { BOTH = NOTIFY_TITLE + NOTIFY_TEXT, HOST = 256, HOST_COLS = 64 };

const char *notify_state_name(enum notify_state state)
{
	static const char *const names[] = {
		[NOTIFY_RAISED] = "raised", [NOTIFY_CLEARED] = "cleared", [NOTIFY_TEST] = "test"};

	return names[state];
}

/* ---- URLs ---- */

static const char *authority(const char *url)
{
	const char *colon = strstr(url, "://");

	return colon ? colon + 3 : url;
}

bool notify_topic(const char *url, char *topic, size_t size)
{
	const char *path = authority(url), *slash;
	size_t len;

	path += strcspn(path, "/?#");
	len = strcspn(path, "?#");
	slash = memrchr(path, '/', len);
	if (!slash || slash + 1 == path + len)
		return false;
	len = (size_t)(path + len - slash - 1);
	if (topic && len >= size)
		return false;
	if (topic)
		snprintf(topic, size, "%.*s", (int)len, slash + 1);
	return true;
}

void notify_host(const char *url, char *host, size_t size)
{
	const char *at = authority(url);
	bool bracket = *at == '[';
	size_t len;

	at += bracket;
	len = strcspn(at, bracket ? "]" : ":/?#");
	snprintf(host, size, "%.*s", (int)len, at);
	for (char *c = host; *c; c++)
		if (*c >= 'A' && *c <= 'Z')
			*c = (char)(*c - 'A' + 'a');
}

bool notify_loopback(const char *url)
{
	char host[HOST];
	struct ip ip;

	notify_host(url, host, sizeof(host));
	if (strcmp(host, "localhost") == 0 || str_ends(host, ".localhost"))
		return true;
	return ip_parse(host, strlen(host), &ip) == 0 && ip_kind(&ip) == IP_LOOPBACK;
}

/* ---- forms ---- */

static void member(struct jsonw *w, const char *key, const char *text)
{
	jsonw_key(w, key);
	jsonw_text(w, text);
}

/* Title and text as one. */
static void both(const struct notify_message *m, char text[BOTH])
{
	snprintf(text, BOTH, "%s\n%s", m->title, m->text);
}

static void this_host(char clean[HOST])
{
	char name[HOST] = "";

	gethostname(name, sizeof(name) - 1);
	text_clean(clean, HOST, name, strlen(name), HOST_COLS);
}

static void write_json(struct jsonw *w, const struct notify_message *m, const struct conf_notify *n, const char *topic)
{
	char host[HOST];

	(void)n;
	(void)topic;
	this_host(host);
	member(w, "program", "swarmtop");
	member(w, "version", SWARMTOP_VERSION);
	member(w, "host", host);
	jsonw_key(w, "time");
	jsonw_time(w, m->wall);
	member(w, "alert", m->alert);
	member(w, "state", notify_state_name(m->state));
	member(w, "title", m->title);
	member(w, "text", m->text);
}

/* Does a URL's query have a value for one of these names? */
static bool asks(const char *url, const char *const *names)
{
	const char *at = url + strcspn(url, "?#");

	while (*at == '?' || *at == '&') {
		size_t len = strcspn(++at, "=&#");

		for (const char *const *name = names; *name; name++)
			if (at[len] == '=' && strlen(*name) == len && memcmp(at, *name, len) == 0)
				return true;
		at += strcspn(at, "&#");
	}
	return false;
}

/* docs.ntfy.sh, "Publish as JSON". What the URL asks for (its "List of all parameters") the body would take back. */
static void write_ntfy(struct jsonw *w, const struct notify_message *m, const struct conf_notify *n, const char *topic)
{
	static const char *const priorities[] = {"x-priority", "priority", "prio", "p", NULL};
	static const char *const tags[] = {"x-tags", "tags", "tag", "ta", NULL};
	static const struct {
		const char *tag;
		int priority;
	} looks[] = {[NOTIFY_RAISED] = {"warning", 4},
		     [NOTIFY_CLEARED] = {"white_check_mark", 3},
		     [NOTIFY_TEST] = {"bell", 3}};

	member(w, "topic", topic);
	member(w, "title", m->title);
	member(w, "message", m->text);
	if (!asks(n->url, priorities)) {
		jsonw_key(w, "priority");
		jsonw_int(w, looks[m->state].priority);
	}
	if (asks(n->url, tags))
		return;
	jsonw_key(w, "tags");
	jsonw_array(w);
	jsonw_text(w, looks[m->state].tag);
	jsonw_array_end(w);
}

/* core.telegram.org/bots/api#sendmessage; without parse_mode the text is plain. */
static void write_telegram(struct jsonw *w, const struct notify_message *m, const struct conf_notify *n,
			   const char *topic)
{
	char text[BOTH];

	(void)topic;
	both(m, text);
	member(w, "chat_id", n->to.count ? n->to.items[0] : "");
	member(w, "text", text);
	jsonw_key(w, "disable_web_page_preview");
	jsonw_bool(w, true);
}

/* Discord's "Execute Webhook"; nobody is called by an @ in a name. */
static void write_discord(struct jsonw *w, const struct notify_message *m, const struct conf_notify *n,
			  const char *topic)
{
	char text[BOTH];

	(void)n;
	(void)topic;
	both(m, text);
	member(w, "content", text);
	jsonw_key(w, "allowed_mentions");
	jsonw_object(w);
	jsonw_key(w, "parse");
	jsonw_array(w);
	jsonw_array_end(w);
	jsonw_object_end(w);
}

/* Slack's "Formatting text": these three characters are its own. */
static void write_slack(struct jsonw *w, const struct notify_message *m, const struct conf_notify *n, const char *topic)
{
	static const char *const escapes[] = {['&'] = "&amp;", ['<'] = "&lt;", ['>'] = "&gt;"};
	char text[BOTH];
	struct buf escaped;

	(void)n;
	(void)topic;
	both(m, text);
	buf_init(&escaped, 5 * BOTH);
	for (const char *c = text; *c; c++) {
		if ((unsigned char)*c < sizeof(escapes) / sizeof(escapes[0]) && escapes[(unsigned char)*c])
			buf_puts(&escaped, escapes[(unsigned char)*c]);
		else
			buf_putc(&escaped, *c);
	}
	member(w, "text", buf_str(&escaped));
	buf_done(&escaped);
}

/* The first one is for everybody else. */
static const struct notify_form forms[] = {
	{"json", NULL, false, false, write_json},
	{"ntfy", "ntfy.sh", false, true, write_ntfy},
	{"telegram", "api.telegram.org", true, false, write_telegram},
	{"discord", "discord.com", false, false, write_discord},
	{"slack", "hooks.slack.com", false, false, write_slack},
};

const struct notify_form *notify_form_of(const struct conf_notify *n)
{
	char host[HOST];

	notify_host(n->url, host, sizeof(host));
	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		bool is = *n->form ? strcmp(n->form, forms[i].name) == 0
				   : forms[i].host && strcmp(host, forms[i].host) == 0;

		if (is)
			return &forms[i];
	}
	return &forms[0];
}

static int add_password(const char *password, struct buf *url)
{
	for (const char *c = password; *c; c++)
		if (*c <= ' ' || *c > '~' || strchr("\"<>\\^`{|}#?", *c))
			return -EINVAL;
	return buf_puts(url, password);
}

/* The URL with the password in its place. */
static int expand(const char *at, const char *password, struct buf *url)
{
	const char *place;
	int r = 0;

	while (!r && (place = strstr(at, CONF_PASSWORD))) {
		r = buf_add(url, at, (size_t)(place - at));
		r = r ? r : add_password(password, url);
		at = place + strlen(CONF_PASSWORD);
	}
	return r ? r : buf_puts(url, at);
}

int notify_form_write(const struct notify_message *m, const struct conf_notify *n, const char *password,
		      struct buf *out)
{
	char topic[CONF_TEXT_MAX] = "";
	struct buf url;
	struct jsonw w;
	int r;

	buf_init(&url, 2 * CONF_TEXT_MAX);
	r = expand(n->url, password, &url);
	notify_topic(buf_str(&url), topic, sizeof(topic));
	buf_done(&url);
	if (r)
		return r;
	jsonw_init(&w, out);
	jsonw_object(&w);
	notify_form_of(n)->write(&w, m, n, topic);
	jsonw_object_end(&w);
	return out->full ? -ENOBUFS : 0;
}

/* Leaves out the last part of the path, and what stands behind a '#'. */
static void drop_topic(struct buf *url)
{
	const char *path = authority(url->data);
	size_t end = (size_t)(path - url->data) + strcspn(path, "?#"), topic = end;

	url->len = end + strcspn(url->data + end, "#");
	while (url->data[topic - 1] != '/')
		topic--;
	memmove(url->data + topic, url->data + end, url->len - end);
	url->len -= end - topic;
	url->data[url->len] = '\0';
}

int notify_form_url(const struct conf_notify *n, const char *password, struct buf *url)
{
	int r = expand(n->url, password, url);

	if (r || !notify_form_of(n)->topic || !notify_topic(buf_str(url), NULL, 0))
		return r;
	drop_topic(url);
	return 0;
}
