/* The geo databases that core/locate uses: which files, in which order. */
#ifndef CORE_LOCATE_FILES_H
#define CORE_LOCATE_FILES_H

#include "core/locate.h"

enum { LOCATE_CREDIT = 256 };

/* Open databases: City before Country before networks alone, then the newer first. */
struct locate_files {
	struct geo *geo[LOCATE_FILES];
	size_t count;
};

/* Opens what is asked for and adds it to `files` (also on failure: close them). 0, or -errno of a named file. */
int locate_files_find(const struct locate_ask *ask, struct locate_files *files, struct err *err);
void locate_files_close(struct locate_files *files);
/* Tells what is open, what of it is old, and what none of them knows. */
void locate_files_note(const struct locate_files *files, const struct locate_ask *ask);
/* The credits that the licences of these files ask for, joined with "; ". */
void locate_files_credit(const struct locate_files *files, char credit[LOCATE_CREDIT]);
/* Whether a file has addresses of a family: 0 = IPv4, 1 = IPv6. */
bool locate_answers(const struct geo_info *info, int family);

#endif
