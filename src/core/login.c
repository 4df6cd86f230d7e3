/* Finds logins in files and the environment. It does not know what they open. */
#include "core/login.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/str.h"
#include "base/text.h"
#include "core/daemon_url.h"

enum { PATH_TEXT = 4096, SECRET_MAX = 2048, NETRC_MAX = 64 * 1024 };

static const char *shown(const char *path, char clean[256])
{
	text_clean(clean, 256, path, strlen(path), 120);
	return clean;
}

/* --- files --- */

int login_check_private(int fd, const char *path, struct err *err)
{
	char clean[256];
	struct stat st;

	if (fstat(fd, &st))
		return err_set(err, -errno, "cannot examine %s: %s", shown(path, clean), strerror(errno));
	if (st.st_uid != geteuid() && st.st_uid != 0)
		return err_set(err, -EPERM, "%s holds a password but belongs to another user: chown it",
			       shown(path, clean));
	if (st.st_mode & 066)
		return err_set(err, -EPERM, "%s holds a password and others may read it: chmod 600 it",
			       shown(path, clean));
	return 0;
}

static int open_file(const char *path, struct err *err)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	char clean[256];

	if (fd < 0)
		return err_set(err, -errno, "cannot read %s: %s", shown(path, clean), strerror(errno));
	return fd;
}

int login_check_file(const char *path, struct err *err)
{
	int fd = open_file(path, err), r;

	if (fd < 0)
		return fd;
	r = login_check_private(fd, path, err);
	close(fd);
	return r;
}

/* The whole file as text, cut at `size` - 1 bytes. */
static int read_text(int fd, char *text, size_t size)
{
	size_t len = 0;
	ssize_t n;

	while (len < size - 1) {
		n = read(fd, text + len, size - 1 - len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (n == 0)
			break;
		len += (size_t)n;
	}
	text[len] = '\0';
	return 0;
}

/* "user:password", or only the password of a configured user. */
static int split(const char *text, const char *username, struct login *login)
{
	const char *colon = strchr(text, ':');
	size_t len = strlen(username);

	if (*username && strncmp(text, username, len) == 0 && text[len] == ':')
		colon = text + len;
	else if (*username)
		colon = NULL;
	else if (!colon)
		return -EINVAL;
	if (colon ? (size_t)(colon - text) >= LOGIN_TEXT : len >= LOGIN_TEXT)
		return -EINVAL;
	snprintf(login->username, LOGIN_TEXT, "%.*s", (int)(colon ? (size_t)(colon - text) : len),
		 colon ? text : username);
	return str_copy(login->password, LOGIN_TEXT, colon ? colon + 1 : text) ? 0 : -EINVAL;
}

/* The first line of a file as a login. */
static int read_secret(int fd, const char *path, const struct conf_daemon *daemon, struct login *login, struct err *err)
{
	char text[SECRET_MAX], clean[256];
	int r = read_text(fd, text, sizeof(text));

	if (r)
		return err_set(err, r, "cannot read %s: %s", shown(path, clean), strerror(-r));
	text[strcspn(text, "\r\n")] = '\0';
	r = *text ? split(text, daemon->username, login) : -EINVAL;
	explicit_bzero(text, sizeof(text));
	if (r)
		return err_set(err, r,
			       "%s holds no login: expected user:password, or the password of the configured username",
			       shown(path, clean));
	return 0;
}

bool login_has_credential(const char *name)
{
	const char *folder = getenv("CREDENTIALS_DIRECTORY");
	char path[PATH_TEXT];

	if (!folder || !*folder || strchr(name, '/'))
		return false;
	return snprintf(path, sizeof(path), "%s/%s", folder, name) < (int)sizeof(path) && access(path, R_OK) == 0;
}

int login_credential(const char *name, char *text, size_t size, struct err *err)
{
	const char *folder = getenv("CREDENTIALS_DIRECTORY");
	char path[PATH_TEXT], clean[256];
	int fd, r;

	if (!folder || !*folder)
		return 0;
	snprintf(path, sizeof(path), "%s/%s", folder, name);
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	if (fd < 0)
		return 0;
	r = read_text(fd, text, size);
	close(fd);
	if (r)
		return err_set(err, r, "cannot read %s: %s", shown(path, clean), strerror(-r));
	text[strcspn(text, "\r\n")] = '\0';
	return 1;
}

/* --- the places, in their order. 1 = found, 0 = not here, -errno --- */

static int from_credential(const struct conf_daemon *daemon, struct login *login, struct err *err)
{
	const char *folder = getenv("CREDENTIALS_DIRECTORY");
	const char *const names[] = {daemon->name, ""};
	char path[PATH_TEXT];

	for (size_t i = 0; folder && *folder && i < 2; i++) {
		int fd, r;

		if (strchr(names[i], '/'))
			continue;
		snprintf(path, sizeof(path), "%s/rpc-password%s%s", folder, *names[i] ? "-" : "", names[i]);
		fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
		if (fd < 0)
			continue;
		r = read_secret(fd, path, daemon, login, err);
		close(fd);
		return r ? r : 1;
	}
	return 0;
}

static int from_file(const struct conf_daemon *daemon, struct login *login, struct err *err)
{
	int fd, r;

	if (!*daemon->password_file)
		return 0;
	fd = open_file(daemon->password_file, err);
	if (fd < 0)
		return fd;
	r = login_check_private(fd, daemon->password_file, err);
	if (!r)
		r = read_secret(fd, daemon->password_file, daemon, login, err);
	close(fd);
	return r ? r : 1;
}

static int from_config(const struct conf_daemon *daemon, struct login *login, struct err *err)
{
	if (!*daemon->password)
		return 0;
	if (!str_copy(login->username, LOGIN_TEXT, daemon->username) ||
	    !str_copy(login->password, LOGIN_TEXT, daemon->password))
		return err_set(err, -EINVAL, "the login of %s is too long", daemon->name);
	return 1;
}

static int from_tr_auth(const struct conf_daemon *daemon, struct login *login, struct err *err)
{
	const char *auth = getenv("TR_AUTH");

	if (!daemon->from_argv || !auth || !*auth)
		return 0;
	if (split(auth, "", login))
		return err_set(err, -EINVAL, "TR_AUTH holds no login: expected user:password");
	return 1;
}

/* --- ~/.netrc, as curl reads it --- */

struct netrc {
	char *at;
	char word[LOGIN_TEXT];
};

/* The next word, quotes and backslashes understood; false at the end. Words that are too long are cut. */
static bool next_word(struct netrc *n)
{
	bool quoted;
	size_t len = 0;

	for (;;) {
		n->at += strspn(n->at, " \t\r\n");
		if (*n->at != '#')
			break;
		n->at += strcspn(n->at, "\n");
	}
	if (!*n->at)
		return false;
	quoted = *n->at == '"';
	n->at += quoted;
	while (*n->at && (quoted ? *n->at != '"' : !strchr(" \t\r\n", *n->at))) {
		if (quoted && *n->at == '\\' && n->at[1])
			n->at++;
		if (len < sizeof(n->word) - 1)
			n->word[len++] = *n->at;
		n->at++;
	}
	n->at += *n->at == '"' && quoted;
	n->word[len] = '\0';
	return true;
}

/* A macro ends with an empty line. */
static void skip_macro(struct netrc *n)
{
	char *end = strstr(n->at, "\n\n");

	n->at = end ? end + 2 : n->at + strlen(n->at);
}

/* The first entry for the host, or the default one, that has a password and the user who was asked for ("" = any). */
static bool search_netrc(char *text, const char *host, const char *username, struct login *login)
{
	struct netrc n = {.at = text};
	bool here = false, password = false;

	*login->username = *login->password = '\0';
	while (next_word(&n)) {
		bool machine = strcmp(n.word, "machine") == 0;

		if (machine || strcmp(n.word, "default") == 0) {
			if (here && password && (!*username || strcmp(username, login->username) == 0))
				break;
			here = !machine || (next_word(&n) && strcasecmp(n.word, host) == 0);
			password = false;
			*login->username = *login->password = '\0';
		} else if (strcmp(n.word, "macdef") == 0) {
			skip_macro(&n);
		} else if (strcmp(n.word, "login") == 0) {
			if (next_word(&n) && here)
				str_copy(login->username, LOGIN_TEXT, n.word);
		} else if (strcmp(n.word, "password") == 0) {
			if (next_word(&n) && here)
				password = str_copy(login->password, LOGIN_TEXT, n.word);
		} else if (strcmp(n.word, "account") == 0) {
			next_word(&n);
		}
	}
	explicit_bzero(n.word, sizeof(n.word));
	return here && password && (!*username || strcmp(username, login->username) == 0);
}

static bool netrc_path(char path[PATH_TEXT])
{
	const char *named = getenv("NETRC"), *home = getenv("HOME");

	if (named && *named)
		return str_copy(path, PATH_TEXT, named);
	return home && *home && snprintf(path, PATH_TEXT, "%s/.netrc", home) < PATH_TEXT;
}

static int from_netrc(const struct conf_daemon *daemon, struct login *login, struct err *err)
{
	char path[PATH_TEXT], *text, clean[256];
	struct daemon_url url;
	int fd, found = 0;

	(void)err; /* nobody named this file: what is wrong with it is no failure */
	if (daemon_url_parse(daemon->url, &url, NULL) || url.local || !netrc_path(path))
		return 0;
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	if (fd < 0)
		return 0;
	text = malloc(NETRC_MAX);
	if (text && read_text(fd, text, NETRC_MAX) == 0)
		found = search_netrc(text, url.host, daemon->username, login);
	if (found && login_check_private(fd, path, NULL))
		snprintf(login->warning, sizeof(login->warning),
			 "%s holds a password and others may read it: chmod 600 it", shown(path, clean));
	if (text)
		explicit_bzero(text, NETRC_MAX);
	free(text);
	close(fd);
	return found;
}

/* --- all of them --- */

static int (*const places[])(const struct conf_daemon *, struct login *, struct err *) = {
	[LOGIN_CREDENTIAL] = from_credential, [LOGIN_FILE] = from_file,   [LOGIN_CONFIG] = from_config,
	[LOGIN_TR_AUTH] = from_tr_auth,       [LOGIN_NETRC] = from_netrc,
};

int login_find(const struct conf_daemon *daemon, struct login *login, struct err *err)
{
	struct login found = {.from = LOGIN_NONE};
	int r = 0;

	for (enum login_from from = LOGIN_CREDENTIAL; from <= LOGIN_NETRC && r == 0; from++) {
		r = places[from](daemon, &found, err);
		if (r > 0)
			found.from = from;
	}
	/* A user without a password anywhere: some daemons take that. */
	if (r == 0) {
		str_copy(found.username, LOGIN_TEXT, daemon->username);
		found.password[0] = '\0';
		found.from = *found.username ? LOGIN_CONFIG : LOGIN_NONE;
	}
	if (r >= 0)
		*login = found;
	login_wipe(&found);
	return r < 0 ? r : 0;
}

/* The first line of a file that is a password and nothing else. */
static int read_password(int fd, const char *path, char password[LOGIN_TEXT], struct err *err)
{
	char text[SECRET_MAX], clean[256];
	int r = read_text(fd, text, sizeof(text));

	text[strcspn(text, "\r\n")] = '\0';
	if (!r && (!*text || strlen(text) >= LOGIN_TEXT))
		r = -EINVAL;
	if (!r)
		str_copy(password, LOGIN_TEXT, text);
	explicit_bzero(text, sizeof(text));
	return r ? err_set(err, r, "%s holds no password: its first line is empty, too long or cannot be read",
			   shown(path, clean))
		 : 0;
}

int login_password(const char *credential, const char *file, const char *configured, char password[LOGIN_TEXT],
		   struct err *err)
{
	const char *folder = getenv("CREDENTIALS_DIRECTORY");
	char path[PATH_TEXT] = "";
	int fd = -1, r = 0;

	if (folder && *folder && !strchr(credential, '/')) {
		snprintf(path, sizeof(path), "%s/%s", folder, credential);
		fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	}
	if (fd < 0 && *file) {
		str_copy(path, sizeof(path), file);
		fd = open_file(path, err);
		r = fd < 0 ? fd : login_check_private(fd, path, err);
	}
	if (fd >= 0 && !r)
		r = read_password(fd, path, password, err);
	if (fd >= 0)
		close(fd);
	if (fd < 0 && !r && !str_copy(password, LOGIN_TEXT, configured))
		r = err_set(err, -EINVAL, "the password is too long");
	return r;
}

void login_wipe(struct login *login)
{
	explicit_bzero(login, sizeof(*login));
}

bool login_exposed(const struct conf_daemon *daemon, const struct login *login, struct err *warning)
{
	struct daemon_url url;
	char clean[256];

	if (login->from == LOGIN_NONE || daemon_url_parse(daemon->url, &url, NULL))
		return false;
	if (url.tls || daemon_url_loopback(&url))
		return false;
	err_set(warning, 0, "the login for %s goes over the network readably; use https, or a tunnel such as ssh -L",
		shown(daemon->name, clean));
	return true;
}
