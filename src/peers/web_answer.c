/* Who may ask, and which path leads where. A page of somebody else that has its name point to us (DNS rebinding) still
 * says its own name in Host, and is turned away. It does not know what the resources hold. */
#include "peers/web_answer.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

#include "base/ip.h"
#include "base/jsonw.h"
#include "base/words.h"
#include "peers/draw_json.h"
#include "peers/metrics.h"

static void web_metrics(const struct web_asked *asked, struct httpd_answer *answer);
static void web_index(const struct web_asked *asked, struct httpd_answer *answer);

static const struct {
	const char *path, *what;
	void (*answer)(const struct web_asked *asked, struct httpd_answer *answer);
} resources[] = {
	{"/", "the page", web_page},
	{"/metrics", "for Prometheus", web_metrics},
	{"/api/v1", "what there is", web_index},
	{"/api/v1/poll", "the latest poll, as --json prints it", web_poll},
	{"/api/v1/overview", "the same and what the page shows beside it", web_overview},
	{"/api/v1/countries", "?filter= &sort= &reverse &limit= &offset=", web_countries},
	{"/api/v1/peers", "likewise", web_peers},
	{"/api/v1/clients", "likewise", web_clients},
	{"/api/v1/torrents", "likewise", web_torrents},
	{"/api/v1/networks", "likewise, with a geo database of networks", web_networks},
	{"/api/v1/history", "?range=1d, 7d, 30d or 365d", web_history},
};

void web_refuse(struct httpd_answer *answer, unsigned status, unsigned column, const char *text)
{
	struct jsonw w;

	buf_reset(&answer->text);
	answer->status = status;
	answer->type = WEB_JSON;
	jsonw_init(&w, &answer->text);
	jsonw_object(&w);
	jsonw_member_text(&w, "error", text);
	if (column)
		draw_json_int(&w, "column", column);
	jsonw_object_end(&w);
	buf_putc(&answer->text, '\n');
}

/* ---- who may ask ------------------------------------------------------------------------------------------------ */

static bool is_our_name(const struct web_rules *rules, const char *host)
{
	struct ip ip;

	if (strcmp(host, "localhost") == 0 || ip_parse(host, strlen(host), &ip) == 0)
		return true;
	for (size_t i = 0; i < rules->host_count; i++)
		if (strcasecmp(rules->hosts[i], host) == 0)
			return true;
	return false;
}

/* Takes the same time wherever they differ. */
static bool same_secret(const char *shown, const char *secret)
{
	size_t len = strlen(shown), want = strlen(secret);
	unsigned differ = len != want;

	for (size_t i = 0; i < len && want; i++)
		differ |= (unsigned char)shown[i] ^ (unsigned char)secret[i % want];
	return !differ;
}

static bool shows_token(const struct web_rules *rules, const char *authorization)
{
	char token[WEBREQ_TOKEN];

	if (!*rules->token)
		return true;
	return webreq_token(authorization, token) == 0 && same_secret(token, rules->token);
}

static bool may_ask(const struct web_rules *rules, const struct httpd_request *request, struct httpd_answer *answer)
{
	char host[WEBREQ_HOST];

	if (webreq_host(request->host, host)) {
		web_refuse(answer, 400, 0, "the request names no host, or several");
		return false;
	}
	if (!is_our_name(rules, host)) {
		web_refuse(answer, 421, 0, "this host is not served: web.hosts in the configuration lists other names");
		return false;
	}
	if (!shows_token(rules, request->authorization)) {
		web_refuse(answer, 401, 0, "the token is needed, as a password (of any user) or as a bearer token");
		answer->name = "WWW-Authenticate";
		answer->value = "Basic realm=\"swarmtop: any user, the token as password\", charset=\"UTF-8\"";
		return false;
	}
	return true;
}

/* ---- what there is ---------------------------------------------------------------------------------------------- */

static void web_metrics(const struct web_asked *asked, struct httpd_answer *answer)
{
	answer->type = METRICS_TYPE;
	metrics_write(asked->scene, &answer->text);
}

static void web_index(const struct web_asked *asked, struct httpd_answer *answer)
{
	struct jsonw w;

	(void)asked;
	answer->type = WEB_JSON;
	jsonw_init(&w, &answer->text);
	jsonw_object(&w);
	jsonw_member_text(&w, "version", SWARMTOP_VERSION);
	jsonw_key(&w, "resources");
	jsonw_object(&w);
	for (size_t i = 0; i < sizeof(resources) / sizeof(resources[0]); i++)
		jsonw_member_text(&w, resources[i].path, resources[i].what);
	jsonw_object_end(&w);
	jsonw_object_end(&w);
	buf_putc(&answer->text, '\n');
}

_Static_assert(WEBREQ_PARAMS == 8 && WEBREQ_VALUE == 512, "as the texts below say");

/* What is wrong with an address that webreq_parse() refused. */
static void refuse_address(struct httpd_answer *answer, int rc)
{
	static const struct {
		int rc;
		const char *text;
	} reasons[] = {
		{-E2BIG, "more than 8 parameters"},
		{-EMSGSIZE, N_("the value of a parameter is too long: 511 bytes, in a filter too")},
		{-ENAMETOOLONG, "the path, or the name of a parameter, is too long: there is nothing there"},
		{-EILSEQ, "the address holds what is no text: control characters like %00, or what is no UTF-8"},
	};
	const char *text = "the address is malformed: it begins with / and has two hex digits behind each %";

	for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++)
		if (reasons[i].rc == rc)
			text = reasons[i].text;
	web_refuse(answer, 400, 0, text);
}

/* "/api/v1/" is "/api/v1". */
static bool is_path(const char *path, const char *asked)
{
	size_t len = strlen(path);

	return strncmp(path, asked, len) == 0 && (!asked[len] || (len > 1 && strcmp(asked + len, "/") == 0));
}

void web_answer(const struct web_rules *rules, struct web_tables *tables, const struct scene *scene,
		const struct httpd_request *request, struct httpd_answer *answer)
{
	struct webreq parsed;
	struct web_asked asked = {&parsed, scene, tables};
	int rc;

	if (!may_ask(rules, request, answer))
		return;
	rc = webreq_parse(request->target, &parsed);
	if (rc) {
		refuse_address(answer, rc);
		return;
	}
	for (size_t i = 0; i < sizeof(resources) / sizeof(resources[0]); i++) {
		if (is_path(resources[i].path, parsed.path)) {
			resources[i].answer(&asked, answer);
			return;
		}
	}
	web_refuse(answer, 404, 0, "there is nothing here; /api/v1 lists what there is");
}

void web_tables_done(struct web_tables *tables)
{
	for (int i = 0; i < VIEW_KINDS; i++)
		if (tables->made[i])
			view_done(&tables->views[i]);
	web_forget_history(tables);
	memset(tables, 0, sizeof(*tables));
}
