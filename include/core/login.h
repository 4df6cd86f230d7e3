/* The login for a daemon: where it comes from, in which order. Never logged. */
#ifndef CORE_LOGIN_H
#define CORE_LOGIN_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "core/conf.h"

enum login_from {
	LOGIN_NONE,
	LOGIN_CREDENTIAL, /* systemd: $CREDENTIALS_DIRECTORY/rpc-password-NAME, else rpc-password */
	LOGIN_FILE,       /* password_file */
	LOGIN_CONFIG,
	LOGIN_TR_AUTH,
	LOGIN_NETRC, /* $NETRC, else ~/.netrc */
};

enum { LOGIN_TEXT = 512 };

struct login {
	enum login_from from;
	char username[LOGIN_TEXT];
	char password[LOGIN_TEXT];
	char warning[512]; /* something a user should know, "" = nothing; without secrets */
};

/* Finds the login for a daemon, in the order of enum login_from. 0, also when there is none; -errno with a message when
 * a file that was named cannot be used. Wipe it after use. */
int login_find(const struct conf_daemon *daemon, struct login *login, struct err *err);
void login_wipe(struct login *login);
/* A lone password: from the systemd credential of that name, else the first line of `file` ("" = none), which must be
 * private, else the configured one. 0, also when there is none ("" then); -errno with a message. Wipe it after use. */
int login_password(const char *credential, const char *file, const char *configured, char password[LOGIN_TEXT],
		   struct err *err);
/* Would send a login readably over a network: plain http to another host. Writes the warning. */
bool login_exposed(const struct conf_daemon *daemon, const struct login *login, struct err *warning);

/* The first line of a credential that systemd hands over, $CREDENTIALS_DIRECTORY/NAME: 1 found, 0 there is none, -errno
 * with a message. */
int login_credential(const char *name, char *text, size_t size, struct err *err);
bool login_has_credential(const char *name);

/* A file that holds a secret, by its open descriptor: 0; -EPERM with a message if others may read or change it, or if
 * it belongs to neither us nor root. `path` is for the message. */
int login_check_private(int fd, const char *path, struct err *err);
/* Opens, checks and closes a password_file. 0 or -errno with a message. */
int login_check_file(const char *path, struct err *err);

#endif
