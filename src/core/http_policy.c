/* What a stranger's URL may lead to: no special address (RFC 6890), whatever it is called and however it is written,
 * and no host that was not agreed on. It judges addresses where they are connected to, because a name may mean another
 * one from one moment to the next. It does not know what is asked there. */
#include "core/http_private.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>

#include "base/ip.h"
#include "base/str.h"
#include "base/text.h"

enum { HOST_MAX = 1024 };

/* Others would have names looked up here, which an enforced proxy must not have, or are no proxies for this. */
static bool is_proxy(const char *proxy)
{
	static const char *const schemes[] = {"http://", "https://", "socks5h://"};

	for (size_t i = 0; i < sizeof(schemes) / sizeof(schemes[0]); i++)
		if (strncasecmp(proxy, schemes[i], strlen(schemes[i])) == 0)
			return true;
	return false;
}

void http_policy_init(struct http_policy *policy, const struct http_request *request)
{
	bool via_proxy = request->proxy && *request->proxy;

	*policy = (struct http_policy){
		.public_only = request->public_only,
		.via_proxy = via_proxy,
		.bad_proxy = via_proxy && !is_proxy(request->proxy),
	};
}

static int deny(struct http_policy *policy, const char *format, const char *foreign)
{
	char clean[100];

	text_clean(clean, sizeof(clean), foreign, strlen(foreign), 80);
	policy->denied = true;
	policy->no_public = policy->off_hosts = false;
	snprintf(policy->why, sizeof(policy->why), format, clean);
	return -EACCES;
}

/* ---- addresses ---- */

static bool is_public(const struct ip *ip)
{
	return ip_kind(ip) == IP_GLOBAL;
}

static int deny_place(struct http_policy *policy, const char *format, const char *foreign)
{
	deny(policy, format, foreign);
	policy->no_public = true;
	return -EACCES;
}

static int deny_address(struct http_policy *policy, const struct ip *ip)
{
	char text[IP_TEXT];

	ip_format(ip, text);
	return deny_place(policy, "%s is no public address", text);
}

static bool read_sockaddr(const struct sockaddr *address, struct ip *ip)
{
	if (address->sa_family == AF_INET) {
		struct sockaddr_in in;

		memcpy(&in, address, sizeof(in));
		*ip = ip_from_v4(ntohl(in.sin_addr.s_addr));
		return true;
	}
	if (address->sa_family == AF_INET6) {
		struct sockaddr_in6 in6;

		memcpy(&in6, address, sizeof(in6));
		memcpy(ip->b, &in6.sin6_addr, sizeof(ip->b));
		return true;
	}
	return false;
}

/* Special addresses beside public ones are passed over, in whatever order: what becomes of the public ones counts. */
static curl_socket_t open_socket(void *context, curlsocktype purpose, struct curl_sockaddr *address)
{
	struct http_policy *policy = context;
	struct ip ip;

	(void)purpose;
	if (!read_sockaddr(&address->addr, &ip)) {
		deny(policy, "%s", "no address of the internet");
		return CURL_SOCKET_BAD;
	}
	if (!is_public(&ip)) {
		if (!policy->opened)
			deny_address(policy, &ip);
		return CURL_SOCKET_BAD;
	}
	policy->opened = true;
	policy->denied = policy->no_public = false;
	return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

/* A connection that is kept was opened for somebody who trusted its host, perhaps. */
static int before_request(void *context, char *remote, char *local, int remote_port, int local_port)
{
	struct http_policy *policy = context;
	struct ip ip;

	(void)local;
	(void)remote_port;
	(void)local_port;
	if (ip_parse(remote, strlen(remote), &ip) == 0 && is_public(&ip))
		return CURL_PREREQFUNC_OK;
	deny_place(policy, "%s is no public address", remote);
	return CURL_PREREQFUNC_ABORT;
}

void http_policy_watch(struct http_policy *policy, CURL *easy)
{
	policy->opened = false;
	if (!policy->public_only || policy->via_proxy)
		return;
	curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, open_socket);
	curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, policy);
	curl_easy_setopt(easy, CURLOPT_PREREQFUNCTION, before_request);
	curl_easy_setopt(easy, CURLOPT_PREREQDATA, policy);
}

/* ---- hosts ---- */

/* "localhost" and all below it mean this machine, or the proxy's (RFC 6761, section 6.3), and so do the other names
 * that it has in /etc/hosts. */
static bool is_localhost(const char *host)
{
	static const char *const names[] = {
		"localhost",  "ip6-localhost",         "ip6-loopback",           "localhost6",
		"localhost4", "localhost.localdomain", "localhost6.localdomain6"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strcasecmp(host, names[i]) == 0)
			return true;
	return str_ends(host, ".localhost");
}

/* "0x7f.1", "017700000001": who ends in a number is no name, but for resolvers an address (WHATWG URL, 3.5); nor is a
 * name that ends in nothing. Plain addresses have been looked at before. */
static bool ends_in_number(const char *host)
{
	const char *dot = strrchr(host, '.'), *label = dot ? dot + 1 : host;
	size_t len = strlen(label);

	if (strspn(label, "0123456789") == len)
		return true;
	return strncasecmp(label, "0x", 2) == 0 && strspn(label + 2, "0123456789abcdefABCDEF") == len - 2;
}

static int check_host(struct http_policy *policy, const char *host)
{
	struct ip ip;

	if (is_localhost(host))
		return deny_place(policy, "%s is this machine", host);
	if (ip_parse(host, strlen(host), &ip) != 0 && ends_in_number(host))
		return deny_place(policy, "%s is no name", host);
	if (ip_parse(host, strlen(host), &ip) == 0 && !is_public(&ip))
		return deny_address(policy, &ip);
	return 0;
}

int http_policy_url(struct http_policy *policy, const char *url, struct buf *allowed)
{
	struct buf host;
	int rc;

	if (policy->bad_proxy)
		return deny(policy, "%s", "the proxy's URL begins with none of http://, https:// and socks5h://");
	if (!policy->public_only) {
		buf_reset(allowed);
		return buf_puts(allowed, url);
	}
	buf_init(&host, HOST_MAX);
	rc = http_url_join(NULL, url, allowed);
	if (rc == 0)
		rc = http_url_host(buf_str(allowed), &host);
	if (rc)
		rc = deny(policy, "%s", "only http and https URLs without a login are fetched");
	else
		rc = check_host(policy, buf_str(&host));
	buf_done(&host);
	return rc;
}

static int deny_host(struct http_policy *policy, const char *host)
{
	deny(policy, "redirected to another host, %s", host);
	policy->off_hosts = true;
	return -EACCES;
}

static bool is_listed(const char *host, const char *const *hosts)
{
	for (size_t i = 0; hosts[i]; i++)
		if (strcasecmp(hosts[i], host) == 0)
			return true;
	return false;
}

int http_policy_redirect(struct http_policy *policy, const char *first, const char *from, const char *to,
			 const char *const *hosts)
{
	struct buf home, host;
	int rc = 0;

	buf_init(&home, HOST_MAX);
	buf_init(&host, HOST_MAX);
	if (http_url_host(to, &host))
		rc = deny(policy, "%s", "redirected to what is no http or https URL");
	else if (strncasecmp(from, "https:", 6) == 0 && strncasecmp(to, "https:", 6) != 0)
		rc = deny(policy, "redirected from https to http on %s", buf_str(&host));
	else if (http_url_host(first, &home) ||
		 (strcmp(buf_str(&home), buf_str(&host)) != 0 && !is_listed(buf_str(&host), hosts)))
		rc = deny_host(policy, buf_str(&host));
	buf_done(&home);
	buf_done(&host);
	return rc;
}
