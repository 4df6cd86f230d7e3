/* The daemons of a configuration: whom -u names, who lends a login, what each is called. It asks none of them. */
#include "core/conf_private.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/text.h"
#include "base/xmalloc.h"
#include "core/daemon_url.h"
#include "core/login.h"

static struct conf_daemon *add_daemon(struct load *l)
{
	return conf_add(l, conf_section_find("transmission"));
}

static void replace_text(char **field, const char *text)
{
	char *copy = xstrdup(text);

	free(*field);
	*field = copy;
}

/* What one daemon of the config lends to a -u of the same host and port. A login that was meant for https is not lent
 * to plain http; a -u without a scheme takes the whole address. */
static void lend(struct conf_daemon *to, const struct daemon_url *url, const struct conf_daemon *from)
{
	struct daemon_url lender;

	if (daemon_url_parse(from->url, &lender, NULL) || !daemon_url_same(url, &lender))
		return;
	if (lender.tls && !url->tls && !url->bare)
		return;
	if (url->bare)
		replace_text(&to->url, from->url);
	replace_text(&to->name, from->name);
	replace_text(&to->username, from->username);
	replace_text(&to->password, from->password);
	replace_text(&to->password_file, from->password_file);
	replace_text(&to->cacert, from->cacert);
	to->insecure = from->insecure;
	to->place = from->place;
}

static void apply_urls(struct load *l)
{
	struct conf_daemon *lenders = l->conf->daemons;
	size_t lender_count = l->conf->daemon_count;

	if (!l->source->url_count)
		return;
	l->conf->daemons = NULL;
	l->conf->daemon_count = 0;
	if (l->source->url_count > CONF_DAEMONS)
		conf_complain(l, EXIT_USAGE, "--url: at most %d daemons", CONF_DAEMONS);
	for (size_t i = 0; i < l->source->url_count && i < CONF_DAEMONS; i++) {
		struct daemon_url url;
		struct conf_daemon *d;
		struct err why;

		if (daemon_url_parse(l->source->urls[i], &url, &why)) {
			conf_complain(l, EXIT_USAGE, "--url: %s", why.msg);
			continue;
		}
		d = add_daemon(l);
		d->from_argv = true;
		replace_text(&d->url, l->source->urls[i]);
		for (size_t j = lender_count; j-- > 0;)
			lend(d, &url, &lenders[j]);
	}
	conf_elements_done(conf_section_find("transmission"), lenders, lender_count);
}

enum { NAME_BASE = CONF_NAME - 8 }; /* leaves room for a number */

bool conf_is_daemon(const char *name, const char *text)
{
	char base[NAME_BASE];

	text_clean(base, sizeof(base), text, strlen(text), sizeof(base));
	return strcasecmp(name, text) == 0 || strcmp(name, base) == 0;
}

static bool name_taken(const struct conf *c, size_t before, const char *name)
{
	for (size_t i = 0; i < before; i++) {
		if (strcmp(c->daemons[i].name, name) == 0)
			return true;
	}
	return false;
}

/* "nas", "nas-2", "nas-3" */
static void name_daemon(struct conf *c, size_t which, const struct daemon_url *url)
{
	struct conf_daemon *d = &c->daemons[which];
	const char *wanted = *d->name ? d->name : daemon_url_name(url);
	char base[NAME_BASE], name[CONF_NAME];
	unsigned number = 1;

	text_clean(base, sizeof(base), wanted, strlen(wanted), sizeof(base));
	snprintf(name, sizeof(name), "%s", base);
	while (name_taken(c, which, name))
		snprintf(name, sizeof(name), "%s-%u", base, ++number);
	replace_text(&d->name, name);
}

/* Then a password_file is not read, and a service need not be able to. */
static bool has_credential(const struct conf_daemon *d)
{
	char own[256];

	return login_has_credential("rpc-password") ||
	       (snprintf(own, sizeof(own), "rpc-password-%s", d->name) < (int)sizeof(own) && login_has_credential(own));
}

/* Two of the command line are no fault of the file. */
static void settle_twice(struct load *l, const struct conf_daemon *d, struct conf_spot url)
{
	if (l->source->url_count)
		conf_complain(l, EXIT_USAGE, "the daemon %s is named twice", d->url);
	else
		conf_complain_of(l, url, "the daemon %s is named twice", d->url);
}

static void settle(struct load *l, const struct conf_daemon *d)
{
	char place[CONF_PLACE];
	struct err why;

	snprintf(place, sizeof(place), "%u", d->place);
	for (const struct conf_daemon *other = l->conf->daemons; other < d; other++)
		if (strcmp(other->url, d->url) == 0)
			settle_twice(l, d, (struct conf_spot){"transmission", place, "url"});
	if (*d->password_file && !has_credential(d) && login_check_file(d->password_file, &why))
		conf_complain_of(l, (struct conf_spot){"transmission", place, "password_file"}, "%s", why.msg);
}

void conf_daemons_settle(struct load *l)
{
	struct conf *c = l->conf;

	for (unsigned i = 0; i < c->daemon_count; i++)
		c->daemons[i].place = i + 1;
	apply_urls(l);
	if (!c->daemon_count && !l->status)
		add_daemon(l)->from_argv = true;
	for (size_t i = 0; i < c->daemon_count; i++) {
		struct conf_daemon *d = &c->daemons[i];
		char text[DAEMON_URL_MAX];
		struct daemon_url url;

		if (daemon_url_parse(d->url, &url, NULL))
			continue; /* said before */
		daemon_url_format(&url, text);
		replace_text(&d->url, text);
		name_daemon(c, i, &url);
		settle(l, d);
	}
}
