/* Any bytes as an announce URL: what is read keeps the promises of its header, is read again as the same, and is shown
 * without what may be a passkey. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/ip.h"
#include "wire/tracker_url.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

static void must(bool kept)
{
	if (!kept)
		abort();
}

static void host_is_good(const struct tracker_url *url)
{
	size_t len = strlen(url->host);
	struct ip ip;

	must(len && len < TRACKER_HOST_MAX && url->host[len - 1] != '.' && url->port);
	must((ip_parse(url->host, len, &ip) == 0) == url->literal);
	must(url->literal || strspn(url->host, "abcdefghijklmnopqrstuvwxyz0123456789-_.") == len);
}

static void there_and_back(const struct tracker_url *url)
{
	struct tracker_url again;

	must(tracker_url_parse(url->text, strlen(url->text), &again) == 0);
	must(memcmp(url, &again, sizeof(again)) == 0);
}

static void is_shown(const struct tracker_url *url)
{
	char shown[TRACKER_SHOWN_MAX], key[TRACKER_KEY_MAX];
	size_t scheme = strlen(tracker_scheme_name(url->scheme));

	tracker_url_show(url, shown);
	tracker_url_key(url, key);
	must(strncmp(url->text, shown, strlen(shown)) == 0 && strstr(key, url->host));
	must(strcspn(shown + scheme + 3, "/?#@\\") == strlen(shown + scheme + 3));
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	struct tracker_url url = {.port = 7};

	if (tracker_url_parse((const char *)bytes, len, &url)) {
		must(url.port == 7 && !*url.text);
		return 0;
	}
	must(strlen(url.text) < TRACKER_URL_MAX && url.path <= strlen(url.text));
	for (const char *at = url.text; *at; at++)
		must(*at > ' ' && *at < 0x7f && *at != '#' && *at != '\\');
	host_is_good(&url);
	there_and_back(&url);
	is_shown(&url);
	return 0;
}
