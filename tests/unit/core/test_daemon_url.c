/* The address of a daemon: what is read, what it becomes, what is refused. */
#include "core/daemon_url.h"

#include <errno.h>

#include "tap.h"

static void read_as(void)
{
	static const struct {
		const char *text, *formatted, *name;
		bool loopback;
	} cases[] = {
		{"nas", "http://nas:9091/transmission/rpc", "nas", false},
		{"NAS.Local", "http://nas.local:9091/transmission/rpc", "nas.local", false},
		{"8080", "http://localhost:8080/transmission/rpc", "localhost", true},
		{"nas:80", "http://nas:80/transmission/rpc", "nas", false},
		{"10.0.0.2", "http://10.0.0.2:9091/transmission/rpc", "10.0.0.2", false},
		{"127.0.0.1", "http://127.0.0.1:9091/transmission/rpc", "localhost", true},
		{"127.1.2.3:1", "http://127.1.2.3:1/transmission/rpc", "127.1.2.3", true},
		{"[::1]", "http://[::1]:9091/transmission/rpc", "localhost", true},
		{"[2001:DB8:0::1]:443", "http://[2001:db8::1]:443/transmission/rpc", "2001:db8::1", false},
		{"2001:db8::1", "http://[2001:db8::1]:9091/transmission/rpc", "2001:db8::1", false},
		{"http://nas", "http://nas:80/transmission/rpc", "nas", false},
		{"http://nas/", "http://nas:80/transmission/rpc", "nas", false},
		{"https://nas", "https://nas:443/transmission/rpc", "nas", false},
		{"http://nas:9091/transmission", "http://nas:9091/transmission/rpc", "nas", false},
		{"http://nas:9091/transmission/", "http://nas:9091/transmission/rpc", "nas", false},
		{"http://nas:9091/transmission/rpc", "http://nas:9091/transmission/rpc", "nas", false},
		{"http://nas:9091/transmission/rpc/", "http://nas:9091/transmission/rpc/", "nas", false},
		{"https://nas/bt/", "https://nas:443/bt/rpc", "nas", false},
		{"https://nas/bt/rpc2", "https://nas:443/bt/rpc2", "nas", false},
		{"https://[::1]:9091/", "https://[::1]:9091/transmission/rpc", "localhost", true},
		{"unix:/run/transmission/rpc.sock", "unix:/run/transmission/rpc.sock", "rpc.sock", true},
	};
	char formatted[DAEMON_URL_MAX];

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct err err = {""};
		struct daemon_url url, again;

		if (!ok(daemon_url_parse(cases[i].text, &url, &err) == 0, "%s is read %s", cases[i].text, err.msg))
			continue;
		daemon_url_format(&url, formatted);
		is_str(formatted, cases[i].formatted, "it becomes");
		is_str(daemon_url_name(&url), cases[i].name, "its name");
		is_int(daemon_url_loopback(&url), cases[i].loopback, "whether it is on this machine");
		ok(daemon_url_parse(formatted, &again, &err) == 0 && daemon_url_same(&url, &again), "and reads back");
	}
}

static void refused(void)
{
	static const struct {
		const char *text, *msg;
	} cases[] = {
		{"",
		 "\"\" is no address of a daemon: expected a host name of letters, digits, '.' and '-', or an address"},
		{"ftp://nas", "\"ftp://nas\" is no address of a daemon: expected http://, https:// or unix:/path"},
		{"nas:0", "\"nas:0\" is no address of a daemon: expected a port from 1 to 65535"},
		{"nas:", "\"nas:\" is no address of a daemon: expected a port from 1 to 65535"},
		{"65536", "\"65536\" is no address of a daemon: expected a port from 1 to 65535"},
		{"nas:9091/x", "\"nas:9091/x\" is no address of a daemon: expected a port from 1 to 65535"},
		{"[::1",
		 "\"[::1\" is no address of a daemon: expected a host name of letters, digits, '.' and '-', or an "
		 "address"},
		{"[1.2.3.4]", "\"[1.2.3.4]\" is no address of a daemon: expected an IPv6 address in the brackets"},
		{"[::1]x", "\"[::1]x\" is no address of a daemon: expected a port behind the brackets"},
		{"unix:rpc.sock", "\"unix:rpc.sock\" is no address of a daemon: expected unix:/path/of/the/socket"},
		{"http://nas/a b", "\"http://nas/a b\" is no address of a daemon: expected a path of printable ASCII "
				   "characters, others written as %XX"},
	};
	struct daemon_url url;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct err err = {""};

		is_int(daemon_url_parse(cases[i].text, &url, &err), -EINVAL, "'%s' is refused", cases[i].text);
		is_str(err.msg, cases[i].msg, "and it says why");
	}
}

static void logins(void)
{
	static const char *const cases[] = {"http://user:secret@nas/", "user:secret@nas", "https://secret@nas:1/x"};
	struct daemon_url url;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct err err = {""};

		is_int(daemon_url_parse(cases[i], &url, &err), -EINVAL, "a login in it is refused");
		ok(strstr(err.msg, "TR_AUTH") && !strstr(err.msg, "secret"), "with advice, without the secret");
	}
	ok(daemon_url_parse("unix:/run/a@b", &url, NULL) == 0, "a socket may be called a@b");
	ok(daemon_url_parse("http://nas/a@b", &url, NULL) == 0, "and so may a path");
}

static void sameness(void)
{
	struct daemon_url a, b;

	daemon_url_parse("nas", &a, NULL);
	daemon_url_parse("https://NAS:9091/x", &b, NULL);
	ok(daemon_url_same(&a, &b), "host and port count, scheme and path do not");
	daemon_url_parse("nas:9092", &b, NULL);
	ok(!daemon_url_same(&a, &b), "another port is another daemon");
	daemon_url_parse("unix:/a", &a, NULL);
	ok(!daemon_url_same(&a, &b), "a socket is no host");
	daemon_url_parse("unix:/a", &b, NULL);
	ok(daemon_url_same(&a, &b), "a socket is known by its path");
}

int main(void)
{
	read_as();
	refused();
	logins();
	sameness();
	return tap_done();
}
