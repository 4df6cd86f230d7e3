/* What a call that failed means, and what to do about it: tables of advice. It does not know what was asked. */
#include "core/rpc_advice.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "base/text.h"
#include "base/words.h"

/* Says it in English for logs and programs, and in the user's language for a screen. */
__attribute__((format(printf, 2, 3))) static void explain(struct rpc_result *result, const char *format, ...)
{
	va_list args, again;

	va_start(args, format);
	va_copy(again, args);
	vsnprintf(result->error.msg, sizeof(result->error.msg), format, args);
	vsnprintf(result->said, sizeof(result->said), words(format), again);
	va_end(again);
	va_end(args);
}

static void explain_text(struct rpc_result *result, const char *text)
{
	str_copy(result->error.msg, sizeof(result->error.msg), text);
	str_copy(result->said, sizeof(result->said), words(text));
}

/* What a status means, and what to do about it; the first row that fits counts. */
static const struct {
	long status;
	const char *sign; /* stands in the body, NULL = any */
	enum rpc_outcome outcome;
	const char *advice;
} statuses[] = {
	{401, NULL, RPC_REFUSED,
	 N_("login refused (401): check user name and password; Debian's transmission-daemon comes with "
	 "transmission/transmission. Set TR_AUTH=USER:PASSWORD, or username and password in config.toml, or press l "
	 "on the dashboard; not asked again before")},
	{403, "nsuccessful", RPC_FORBIDDEN,
	 N_("locked after too many failed logins (403): restart transmission-daemon, then give the right login")},
	{403, "nauthorized IP", RPC_FORBIDDEN,
	 N_("this machine's address is not allowed (403): add it to rpc-whitelist in the daemon's settings.json")},
	{403, NULL, RPC_FORBIDDEN,
	 N_("forbidden (403): add this machine's address to rpc-whitelist in the daemon's settings.json; if many "
	 "logins have failed, restart transmission-daemon")},
	{421, NULL, RPC_FORBIDDEN,
	 N_("host name not accepted (421): use the IP address, set a password in the daemon, or add the name to "
	 "rpc-host-whitelist in its settings.json")},
	{404, NULL, RPC_ERROR, N_("nothing at this path (404): check the path of the url, usually /transmission/rpc")},
	{409, NULL, RPC_ERROR,
	 N_("the daemon refuses the session id that it gave (409 twice): restart transmission-daemon, or check the "
	 "proxy in front of it")},
};

void rpc_advise_status(long status, const char *page, struct rpc_result *result)
{
	result->outcome = RPC_ERROR;
	for (size_t i = 0; i < sizeof(statuses) / sizeof(statuses[0]); i++) {
		if (statuses[i].status != status)
			continue;
		if (statuses[i].sign && !strstr(page, statuses[i].sign))
			continue;
		result->outcome = statuses[i].outcome;
		explain_text(result, statuses[i].advice);
		return;
	}
	if (status >= 300 && status < 400)
		explain(result,
			N_("redirected (%ld), which is not followed: check the path of the url against the daemon's "
			   "rpc-url, usually /transmission/rpc"),
			status);
	else
		explain(result,
			N_("HTTP status %ld: that is no answer of Transmission's; check the url and what stands "
			   "between"),
			status);
}

static const struct {
	enum http_failure failure;
	enum rpc_outcome outcome;
	const char *advice; /* with one %s: libcurl's words */
} failures[] = {
	{HTTP_UNREACHABLE, RPC_UNREACHABLE,
	 N_("no connection: %s. Is transmission-daemon running, and is RPC enabled there?")},
	{HTTP_NO_HOST, RPC_UNREACHABLE, N_("unknown host: %s. Is the name right, and does DNS work here?")},
	{HTTP_NO_TLS, RPC_UNREACHABLE, N_("no TLS: %s. If the daemon speaks plain HTTP, its url begins with http://")},
	{HTTP_UNTRUSTED, RPC_UNREACHABLE,
	 N_("its certificate is not trusted: %s. Name its CA with cacert, or set insecure = true")},
	{HTTP_SILENT, RPC_UNREACHABLE, N_("no answer in time: %s. The daemon may be busy with its disk")},
	{HTTP_BROKEN, RPC_ERROR, N_("the answer broke off: %s. If that port wants TLS, the url begins with https://")},
	{HTTP_TOO_BIG, RPC_ERROR,
	 N_("the answer is bigger than 64 MiB, or its headers than 64 KiB: not Transmission's%s")},
	{HTTP_STOPPED, RPC_ERROR, N_("the answer makes no sense: it is not what Transmission sends%s")},
};

void rpc_advise_failure(const struct http_result *http, char first, const char *unix_socket, struct rpc_result *result)
{
	char clean[256];

	text_clean(clean, sizeof(clean), http->error, strlen(http->error), 160);
	if (http->failure == HTTP_TOO_BIG || http->failure == HTTP_STOPPED)
		clean[0] = '\0';
	if (http->failure == HTTP_STOPPED && first && first != '{') {
		result->outcome = RPC_ERROR;
		explain_text(result,
			     first == '<'
				     ? N_("the answer is a web page, not Transmission's: is another server at this "
					  "url?")
				     : N_("the answer is no JSON, not Transmission's: is another server at this "
					  "url?"));
		return;
	}
	if (http->failure == HTTP_UNREACHABLE && unix_socket) {
		result->outcome = RPC_UNREACHABLE;
		explain(result,
			N_("no connection to the socket %s. Is transmission-daemon running with rpc-bind-address "
			   "unix:PATH, and may this user write to the socket?"),
			unix_socket);
		return;
	}
	for (size_t i = 0; i < sizeof(failures) / sizeof(failures[0]); i++) {
		if (failures[i].failure != http->failure)
			continue;
		result->outcome = failures[i].outcome;
		explain(result, failures[i].advice, clean);
	}
}
