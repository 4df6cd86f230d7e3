/* Makes sources of what is configured. It does not know when they are asked. */
#include "peers/daemons.h"

#include "core/login.h"
#include "peers/source_transmission.h"

static int make_one(const struct conf *conf, unsigned i, const struct daemons_share *share, struct source **made,
		    struct err *err)
{
	const struct conf_daemon *daemon = &conf->daemons[i];
	struct err exposed;
	struct login login;
	int rc = login_find(daemon, &login, err);

	if (rc)
		return rc;
	*made = source_transmission_new(
		&(struct source_transmission_config){
			.name = daemon->name,
			.rpc = {daemon->url, login.username, login.password, daemon->cacert, daemon->insecure},
			.torrents = &conf->monitor.torrents,
			.clients = share->clients,
		},
		i, share->http, share->loop, &share->listener);
	if (*login.warning)
		source_warn(*made, "%s", login.warning);
	if (login_exposed(daemon, &login, &exposed))
		source_warn(*made, "%s", exposed.msg);
	login_wipe(&login);
	return 0;
}

int daemons_make(const struct conf *conf, const struct daemons_share *share, struct source **sources, struct err *err)
{
	for (unsigned i = 0; i < conf->daemon_count; i++) {
		int rc = make_one(conf, i, share, &sources[i], err);

		if (rc) {
			daemons_free(sources, i);
			return rc;
		}
	}
	return 0;
}

void daemons_free(struct source **sources, unsigned count)
{
	for (unsigned i = 0; i < count; i++)
		source_free(sources[i]);
}
