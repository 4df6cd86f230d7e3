/* Makes sources of what is configured. It does not know when they are asked. */
#include "peers/daemons.h"

#include <string.h>

#include "base/buf.h"
#include "base/map.h"
#include "core/login.h"
#include "peers/source_transmission.h"

enum { MADE_FROM_MAX = 1 << 20 };

static void add_text(struct buf *b, const char *text)
{
	buf_add(b, text, strlen(text) + 1);
}

/* Of all that a source is made from. It stays in memory, so no secret seed is needed. */
static uint64_t fingerprint(const struct conf *conf, const struct conf_daemon *daemon, const struct login *login)
{
	static const uint64_t seed[2] = {0, 0};
	struct buf from;
	uint64_t hash;

	buf_init(&from, MADE_FROM_MAX);
	add_text(&from, daemon->name);
	add_text(&from, daemon->url);
	add_text(&from, daemon->cacert);
	add_text(&from, daemon->insecure ? "insecure" : "");
	add_text(&from, login->username);
	add_text(&from, login->password);
	for (size_t i = 0; i < conf->monitor.torrents.count; i++)
		add_text(&from, conf->monitor.torrents.items[i]);
	hash = siphash13(seed, from.data, from.len);
	explicit_bzero(from.data, from.len);
	buf_done(&from);
	return hash;
}

static struct source *make(const struct conf *conf, unsigned i, const struct daemons_share *share,
			   const struct login *login)
{
	const struct conf_daemon *daemon = &conf->daemons[i];
	struct err exposed;
	struct source *made = source_transmission_new(
		&(struct source_transmission_config){
			.name = daemon->name,
			.rpc = {daemon->url, login->username, login->password, daemon->cacert, daemon->insecure},
			.torrents = &conf->monitor.torrents,
			.clients = share->clients,
		},
		i, share->http, share->loop, &share->listener);

	if (*login->warning)
		source_warn(made, "%s", login->warning);
	if (login_exposed(daemon, login, &exposed))
		source_warn(made, "%s", exposed.msg);
	return made;
}

static int take_or_make(const struct conf *conf, unsigned i, const struct daemons_share *share,
			const struct daemons *old, struct source **made, struct err *err)
{
	struct login login;
	uint64_t from;
	int rc = login_find(&conf->daemons[i], &login, err);

	if (rc)
		return rc;
	from = fingerprint(conf, &conf->daemons[i], &login);
	if (i < old->count && old->sources[i]->fingerprint == from) {
		*made = old->sources[i];
	} else {
		*made = make(conf, i, share, &login);
		(*made)->fingerprint = from;
	}
	login_wipe(&login);
	return 0;
}

int daemons_make(const struct conf *conf, const struct daemons_share *share, const struct daemons *old,
		 struct daemons *made, struct err *err)
{
	struct daemons row = {.count = 0};

	for (unsigned i = 0; i < conf->daemon_count; i++) {
		int rc = take_or_make(conf, i, share, old, &row.sources[i], err);

		if (rc) {
			daemons_free_but(&row, old);
			return rc;
		}
		row.count++;
	}
	*made = row;
	return 0;
}

void daemons_free_but(struct daemons *these, const struct daemons *those)
{
	for (unsigned i = 0; i < these->count; i++)
		if (i >= those->count || those->sources[i] != these->sources[i])
			source_free(these->sources[i]);
	these->count = 0;
}
