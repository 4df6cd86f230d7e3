/* What must not be repeated of a notifier: its password, and what stands behind the host of its URL. */
#ifndef CORE_NOTIFY_SECRET_H
#define CORE_NOTIFY_SECRET_H

#include "core/conf.h"

/* What a text of somebody else holds of it, in words ("the password"), whether percent-encoded, escaped as in JSON or
 * neither; NULL: nothing. Of the password, the path and the query that is any eight characters or more in a row, a
 * shorter part where it stands for itself; not the names of parameters, nor what is in the URL of everybody, as
 * "webhooks". Takes the time of the text's length by the secret's. */
const char *notify_secret(const struct conf_notify *conf, const char *password, const char *text);

#endif
