/* Logins: where they come from, in which order. */
#include "core/login.h"

#include <errno.h>

#include "scratch.h"
#include "tap.h"

static struct conf_daemon daemon_at(const char *url)
{
	return (struct conf_daemon){
		.name = "nas",
		.url = (char *)url,
		.username = "",
		.password = "",
		.password_file = "",
		.cacert = "",
		.from_argv = true,
	};
}

static void is_login(const struct conf_daemon *d, const char *username, const char *password, enum login_from from)
{
	struct err err = {""};
	struct login login;

	if (!ok(login_find(d, &login, &err) == 0, "a login is looked for %s", err.msg))
		return;
	is_int(login.from, from, "where it is");
	is_str(login.username, username, "the user");
	is_str(login.password, password, "the password");
	login_wipe(&login);
}

/* From the weakest place to the strongest. */
static void order(void)
{
	struct conf_daemon d = daemon_at("http://nas:9091/transmission/rpc");

	is_login(&d, "", "", LOGIN_NONE);
	scratch_file(".netrc", "machine nas login n password np\n", 0600);
	is_login(&d, "n", "np", LOGIN_NETRC);
	setenv("TR_AUTH", "t:t:p", 1);
	is_login(&d, "t", "t:p", LOGIN_TR_AUTH);
	d.from_argv = false;
	is_login(&d, "n", "np", LOGIN_NETRC);
	d.from_argv = true;
	d.username = "c";
	d.password = "cp";
	is_login(&d, "c", "cp", LOGIN_CONFIG);
	d.password_file = "pw";
	scratch_file("pw", "f:p\n", 0600);
	is_login(&d, "c", "f:p", LOGIN_FILE);
	scratch_file("pw", "c:fp\r\n", 0600);
	is_login(&d, "c", "fp", LOGIN_FILE);
	d.username = "";
	scratch_file("pw", "f:p\n", 0600);
	is_login(&d, "f", "p", LOGIN_FILE);
	setenv("CREDENTIALS_DIRECTORY", scratch, 1);
	is_login(&d, "f", "p", LOGIN_FILE);
	scratch_file("rpc-password", "s:sp", 0400);
	is_login(&d, "s", "sp", LOGIN_CREDENTIAL);
	scratch_file("rpc-password-nas", "own:op", 0400);
	is_login(&d, "own", "op", LOGIN_CREDENTIAL);
	clearenv();
	setenv("HOME", scratch, 1);
	unlink(".netrc");
}

static void refused(void)
{
	struct conf_daemon d = daemon_at("http://nas:9091/transmission/rpc");
	struct login login = {.from = LOGIN_NETRC};
	struct err err = {""};

	d.password_file = "none";
	is_int(login_find(&d, &login, &err), -ENOENT, "a password_file must exist");
	is_str(err.msg, "cannot read none: No such file or directory", "and the message says so");
	is_int(login.from, LOGIN_NETRC, "what is handed out is untouched");
	d.password_file = "pw";
	scratch_file("pw", "u:p\n", 0604);
	is_int(login_find(&d, &login, &err), -EPERM, "a password_file must be private");
	scratch_file("pw", "p\n", 0600);
	is_int(login_find(&d, &login, &err), -EINVAL, "a password needs a user");
	scratch_file("pw", "\n", 0600);
	d.username = "u";
	is_int(login_find(&d, &login, &err), -EINVAL, "an empty file is no login");
	d = daemon_at("nas");
	setenv("TR_AUTH", "secret", 1);
	is_int(login_find(&d, &login, &err), -EINVAL, "TR_AUTH without a colon");
	ok(!strstr(err.msg, "secret"), "is not repeated");
	unsetenv("TR_AUTH");
}

static void netrc(void)
{
	static const struct {
		const char *text, *user, *username, *password; /* username NULL = nothing found */
	} cases[] = {
		{"machine nas login a password b", "", "a", "b"},
		{"machine NAS\n\tpassword b\n\tlogin a\n", "", "a", "b"},
		{"machine other login x password y machine nas login a password b", "", "a", "b"},
		{"machine other login x password y\ndefault login a password b", "", "a", "b"},
		{"machine nas login a password b\ndefault login x password y", "", "a", "b"},
		{"# machine nas login x password y\nmachine nas account z login a password b", "", "a", "b"},
		{"macdef m\nmachine nas login x password y\n\nmachine nas login a password b", "", "a", "b"},
		{"machine nas login a password \"b \\\"c\"", "", "a", "b \"c"},
		{"machine nas login x password y machine nas login a password b", "a", "a", "b"},
		{"machine nas login a", "", NULL, NULL},
		{"machine other login a password b", "", NULL, NULL},
		{"machine", "", NULL, NULL},
		{"machine nas login a password", "", NULL, NULL},
		{"", "", NULL, NULL},
	};
	struct conf_daemon d = daemon_at("https://nas:443/transmission/rpc");
	struct login login;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		scratch_file(".netrc", cases[i].text, 0600);
		d.username = (char *)cases[i].user;
		if (cases[i].username)
			is_login(&d, cases[i].username, cases[i].password, LOGIN_NETRC);
		else
			is_login(&d, "", "", LOGIN_NONE);
	}
	d.username = "";
	scratch_file(".netrc", "default login a password b\n", 0644);
	ok(login_find(&d, &login, NULL) == 0 && strstr(login.warning, "chmod 600"),
	   "one that others may read is warned of");
	setenv("NETRC", scratch_file("elsewhere", "default login e password f\n", 0600), 1);
	is_login(&d, "e", "f", LOGIN_NETRC);
	unsetenv("NETRC");
	d.url = "unix:/run/x";
	is_login(&d, "", "", LOGIN_NONE);
}

static void exposed(void)
{
	struct conf_daemon d = daemon_at("http://nas:9091/transmission/rpc");
	struct login login = {.from = LOGIN_CONFIG, .username = "u", .password = "hunter2"};
	struct err warning = {""};

	ok(login_exposed(&d, &login, &warning), "plain http to another host is warned of");
	ok(strstr(warning.msg, "https") && !strstr(warning.msg, "hunter2"), "with advice: %s", warning.msg);
	d.url = "https://nas:443/transmission/rpc";
	ok(!login_exposed(&d, &login, &warning), "https is not");
	d.url = "http://127.0.0.1:9091/transmission/rpc";
	ok(!login_exposed(&d, &login, &warning), "nor this machine");
	d.url = "http://nas:9091/transmission/rpc";
	login.from = LOGIN_NONE;
	ok(!login_exposed(&d, &login, &warning), "nor no login");
}

static void is_password(const char *file, const char *configured, const char *password)
{
	char got[LOGIN_TEXT] = "as before";
	struct err err = {""};

	is_int(login_password("notify-password-it", file, configured, got, &err), password ? 0 : -1, "%s", err.msg);
	is_str(got, password ? password : "as before", "the password");
}

/* A lone password, from the weakest place to the strongest. */
static void password(void)
{
	char got[LOGIN_TEXT] = "as before";
	struct err err = {""};

	clearenv();
	setenv("HOME", scratch, 1);
	is_password("", "", "");
	is_password("", "c:p", "c:p");
	scratch_file("pw", "f:p \r\nmore", 0600);
	is_password("pw", "c", "f:p ");
	setenv("CREDENTIALS_DIRECTORY", scratch, 1);
	is_password("pw", "c", "f:p ");
	scratch_file("notify-password-it", "word\n", 0600);
	is_password("pw", "c", "word");
	unsetenv("CREDENTIALS_DIRECTORY");
	scratch_file("pw", "\n", 0600);
	is_int(login_password("x", "pw", "c", got, &err), -EINVAL, "an empty file: %s", err.msg);
	scratch_file("pw", "p", 0640);
	is_int(login_password("x", "pw", "c", got, &err), -EPERM, "one that others may read: %s", err.msg);
	is_int(login_password("x", "none", "c", got, &err), -ENOENT, "none at all: %s", err.msg);
	is_str(got, "as before", "each leaves the password as it was");
	is_int(login_password("a/../x", "", "c", got, &err), 0, "a name with a slash is no credential");
}

int main(void)
{
	scratch_init();
	order();
	refused();
	netrc();
	exposed();
	password();
	return tap_done();
}
