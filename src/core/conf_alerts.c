/* The alerts of a configuration, the tags that it leaves out, and those who tell alerts: whom they name, and what they
 * need. It sends nothing. */
#include "core/conf_private.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/str.h"
#include "core/alert_words.h"
#include "core/login.h"
#include "core/notify_form.h"
#include "wire/netlist.h"

/* ---- alerts ---- */

static const char *nearest_notifier(const struct conf *c, const char *name)
{
	const char *names[CONF_NOTIFIERS + 1] = {NULL};

	for (size_t i = 0; i < c->notifier_count && i < CONF_NOTIFIERS; i++)
		names[i] = c->notifiers[i].name;
	return str_nearest(name, names);
}

static bool has_notifier(const struct conf *c, const char *name)
{
	for (size_t i = 0; i < c->notifier_count; i++)
		if (strcmp(c->notifiers[i].name, name) == 0)
			return true;
	return false;
}

/* Another daemon on the command line is no mistake of the file. */
static void check_condition(struct load *l, const struct conf_alert *a, const char *key, const char *text)
{
	struct expr_schema schema = l->source->url_count ? alert_schema_elsewhere(l->conf) : alert_schema(l->conf);
	struct expr *expr;
	struct arena arena;
	struct err why;

	arena_init(&arena, ALERT_ARENA);
	if (expr_parse(text, &schema, &arena, &expr, &why, NULL))
		conf_complain_of(l, (struct conf_spot){"alert", a->name, key}, "[alert.%s] %s: %s", a->name, key,
				 why.msg);
	arena_done(&arena);
}

static bool is_earlier(const struct conf_list *list, size_t i)
{
	for (size_t k = 0; k < i; k++)
		if (strcmp(list->items[k], list->items[i]) == 0)
			return true;
	return false;
}

static void settle_told(struct load *l, const struct conf_alert *a, size_t i)
{
	const char *name = a->notify.items[i], *near = nearest_notifier(l->conf, name);
	struct conf_spot spot = {"alert", a->name, "notify"};
	char clean[CONF_SHOWN];

	conf_shown(name, strlen(name), clean);
	if (!has_notifier(l->conf, name))
		conf_complain_of(l, spot, "[alert.%s] notify: there is no [notify.%s]%s%s%s", a->name, clean,
				 near ? "; did you mean \"" : "", near ? near : "", near ? "\"?" : "");
	else if (is_earlier(&a->notify, i))
		conf_complain_of(l, spot, "[alert.%s] notify: \"%s\" stands there twice", a->name, clean);
}

static void settle_alert(struct load *l, const struct conf_alert *a)
{
	struct conf_spot spot = {"alert", a->name, "when"};

	if (!*a->when && !(l->status && conf_was_given(l, spot))) /* one that cannot be read has been said */
		conf_complain_of(l, spot, "[alert.%s] has no condition: say when = \"...\"", a->name);
	if (*a->when)
		check_condition(l, a, "when", a->when);
	if (*a->clear)
		check_condition(l, a, "clear", a->clear);
	for (size_t i = 0; i < a->notify.count; i++)
		settle_told(l, a, i);
}

/* ---- tags ---- */

static void settle_exclusion(struct load *l, const char *item)
{
	struct netlist_entry entry;
	char clean[CONF_SHOWN];

	if (!netlist_is_tag(item, strlen(item)) || alert_has_tag(l->conf, item) ||
	    netlist_is_network(item, strlen(item), &entry))
		return;
	conf_complain_of(l, (struct conf_spot){"filter", "", "exclude"}, "[filter] exclude: no list has the tag \"%s\"",
			 conf_shown(item, strlen(item), clean));
}

/* ---- notifiers ---- */

/* One that cannot be read has been said. */
static bool was_tried(const struct load *l, const struct conf_notify *n, const char *key)
{
	return l->status && conf_was_given(l, (struct conf_spot){"notify", n->name, key});
}

static bool has_credential(const struct conf_notify *n)
{
	char credential[256];

	snprintf(credential, sizeof(credential), "notify-password-%s", n->name);
	return login_has_credential(credential);
}

static bool has_password(const struct conf_notify *n)
{
	return *n->password || *n->password_file || has_credential(n);
}

/* What is missing or too much, NULL when nothing is. */
static const char *mail_lacks(const struct load *l, const struct conf_notify *n)
{
	const char *path = strstr(n->url, "://") + 3;

	path += strcspn(path, "/?#");
	if (*path && strcmp(path, "/") != 0)
		return "url: smtp://host:port has nothing behind it";
	if ((!*n->from && !was_tried(l, n, "from")) || (!n->to.count && !was_tried(l, n, "to")))
		return "a mail needs from and to";
	if (*n->from && !strchr(n->from, '@'))
		return "from is no address";
	for (size_t i = 0; i < n->to.count; i++)
		if (!strchr(n->to.items[i], '@'))
			return "to: this is no address of a mail";
	if (!*n->username && has_password(n) && !was_tried(l, n, "username"))
		return "password: the login of a mail needs a username";
	return *n->form ? "form is for webhooks, not for mail" : NULL;
}

static const char *web_lacks(const struct conf_notify *n)
{
	const struct notify_form *form = notify_form_of(n);

	if (form->one_chat && n->to.count != 1)
		return "to: the id of one chat is needed";
	if (form->topic && !notify_topic(n->url, NULL, 0))
		return "url: the topic is missing, as in https://ntfy.sh/topic";
	if (strstr(n->url, CONF_PASSWORD) && *n->username)
		return "url: either " CONF_PASSWORD " or a username";
	return NULL;
}

static unsigned ways(const struct conf_notify *n)
{
	return (*n->url != '\0') + (n->command.count > 0) + n->bell;
}

static const char *lacks(const struct load *l, const struct conf_notify *n)
{
	if (ways(n) != 1)
		return "one of url, command and bell is needed";
	if (n->command.count && !*n->command.items[0])
		return "command: the program has no name";
	if (!*n->url)
		return NULL;
	return strncasecmp(n->url, "smtp", 4) == 0 ? mail_lacks(l, n) : web_lacks(n);
}

static bool tried_a_way(const struct load *l, const struct conf_notify *n)
{
	return was_tried(l, n, "url") || was_tried(l, n, "command") || was_tried(l, n, "bell");
}

static void settle_notifier(struct load *l, const struct conf_notify *n)
{
	const char *why = lacks(l, n);
	struct err err;

	if (why && (ways(n) || !tried_a_way(l, n)))
		conf_complain_of(l, (struct conf_spot){"notify", n->name, ""}, "[notify.%s] %s", n->name, why);
	if (*n->password_file && !has_credential(n) && login_check_file(n->password_file, &err))
		conf_complain_of(l, (struct conf_spot){"notify", n->name, "password_file"}, "%s", err.msg);
}

void conf_alerts_settle(struct load *l)
{
	const struct conf *c = l->conf;

	if (c->filter.lists.count > CONF_LISTS)
		conf_complain_of(l, (struct conf_spot){"filter", "", "lists"}, "[filter] lists: more than %d",
				 (int)CONF_LISTS);
	for (size_t i = 0; i < c->filter.exclude.count; i++)
		settle_exclusion(l, c->filter.exclude.items[i]);
	for (size_t i = 0; i < c->notifier_count; i++)
		settle_notifier(l, &c->notifiers[i]);
	for (size_t i = 0; i < c->alert_count; i++)
		settle_alert(l, &c->alerts[i]);
}

/* ---- doubts ---- */

bool conf_notify_exposed(const struct conf_notify *n, struct err *doubt)
{
	bool readable = strncasecmp(n->url, "http:", 5) == 0 ||
			(strncasecmp(n->url, "smtp:", 5) == 0 && strcmp(n->starttls, "never") == 0);

	if (!readable || notify_loopback(n->url) || !has_password(n))
		return false;
	err_set(doubt, 0, "[notify.%s] its password goes over the network readably: use https or smtps", n->name);
	return true;
}

/* There are two texts to each alert. */
static bool alert_doubt(const struct conf *conf, size_t text, struct err *doubt)
{
	const struct conf_alert *a = &conf->alerts[text / 2];
	bool clear = text % 2;
	struct err why;

	if (!alert_asks_excluded(clear ? a->clear : a->when, conf, &why))
		return false;
	err_set(doubt, 0, "[alert.%s] %s: %s", a->name, clear ? "clear" : "when", why.msg);
	return true;
}

/* First the alerts, then the notifiers. */
bool conf_doubt(const struct conf *conf, size_t *at, struct err *doubt)
{
	size_t texts = 2 * conf->alert_count;

	while (*at < texts + conf->notifier_count) {
		size_t i = (*at)++;

		if (i < texts ? alert_doubt(conf, i, doubt) : conf_notify_exposed(&conf->notifiers[i - texts], doubt))
			return true;
	}
	return false;
}
