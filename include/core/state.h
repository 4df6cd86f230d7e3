/* Where swarmtop keeps what it remembers: the state folder. */
#ifndef CORE_STATE_H
#define CORE_STATE_H

#include <stddef.h>

#include "base/err.h"

/* `configured`, or where that is NULL or "" `file` in the state folder: $STATE_DIRECTORY (systemd.exec(5)), else
 * $XDG_STATE_HOME/swarmtop (XDG Base Directory Specification), else ~/.local/state/swarmtop. Makes nothing. `key` is
 * the one that the message names. 0; -ENOENT: there is no home; -ENAMETOOLONG. */
int state_path(const char *configured, const char *file, const char *key, char *path, size_t size, struct err *err);
/* Makes the folders above the file, if it is in the state folder: a path that was configured wrong is to be seen. 0 or
 * -errno with a message. */
int state_make_folders(const char *path, struct err *err);

#endif
