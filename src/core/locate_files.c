/* Finds geo databases, chooses among them and says what they are. It knows files and folders, not addresses. */
#include "core/locate_files.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/str.h"
#include "base/words.h"

enum {
	FOLDER_FILES = 64, /* databases looked at in one folder */
	FAMILIES = 2,      /* IPv4, IPv6 */
	LINE = 640,
};

static const char *const family_names[FAMILIES] = {"IPv4", "IPv6"};

/* --- Notes --- */

static void note(const struct locate_ask *ask, bool problem, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

static void note(const struct locate_ask *ask, bool problem, const char *format, ...)
{
	char line[LINE];
	va_list args;

	if (!ask->note)
		return;
	va_start(args, format);
	vsnprintf(line, sizeof(line), format, args);
	va_end(args);
	ask->note(ask->arg, problem, line);
}

bool locate_answers(const struct geo_info *info, int family)
{
	return family ? info->has_v6 : info->has_v4;
}

static void note_file(const struct locate_ask *ask, const struct geo_info *info)
{
	static const char *const holds[][2] = {
		{"", N_("networks")},
		{N_("countries"), N_("countries and networks")},
		{N_("cities"), N_("cities and networks")},
	};
	int places = info->has_city ? 2 : info->has_country ? 1 : 0;
	const char *families = !info->has_v6 ? N_("IPv4 only") : !info->has_v4 ? N_("IPv6 only") : N_("IPv4 and IPv6");
	char built[CLOCK_TEXT];

	clock_rfc3339(info->built, built);
	note(ask, false, N_("geo database %s (%s), built %.10s: %s, %s"), info->path,
	     info->type[0] ? info->type : "no type", built, holds[places][info->has_asn], families);
	if (ask->wall - info->built > (int64_t)LOCATE_OLD_DAYS * 86400)
		note(ask, true,
		     N_("older than %d days: %s was built %.10s; `make geoip` or geoipupdate gets newer data"),
		     LOCATE_OLD_DAYS, info->path, built);
}

/* Says which families have no countries; needs at least one file. */
static void note_gaps(const struct locate_ask *ask, const struct locate_files *files)
{
	for (int family = 0; family < FAMILIES; family++) {
		bool covered = false;

		for (size_t i = 0; i < files->count; i++) {
			const struct geo_info *info = geo_info(files->geo[i]);

			covered |= info->has_country && locate_answers(info, family);
		}
		if (!covered)
			note(ask, true, "no open geo database has countries of %s: %s addresses are ??",
			     family_names[family], family_names[family]);
	}
}

void locate_files_note(const struct locate_files *files, const struct locate_ask *ask)
{
	for (size_t i = 0; i < files->count; i++)
		note_file(ask, geo_info(files->geo[i]));
	if (files->count > 0)
		note_gaps(ask, files);
	else
		note(ask, true,
		     "no geo database found: countries are ??; put an .mmdb into /var/lib/GeoIP, or run `make geoip`");
}

/* --- Choosing files --- */

void locate_files_close(struct locate_files *files)
{
	while (files->count > 0)
		geo_close(files->geo[--files->count]);
}

/* City before Country before networks only, then the newer one. */
static int compare_geo(const void *a, const void *b)
{
	const struct geo_info *x = geo_info(*(struct geo *const *)a);
	const struct geo_info *y = geo_info(*(struct geo *const *)b);
	int x_rank = x->has_city * 2 + x->has_country;
	int y_rank = y->has_city * 2 + y->has_country;

	if (x_rank != y_rank)
		return y_rank - x_rank;
	if (x->built != y->built)
		return x->built < y->built ? 1 : -1;
	return strcmp(x->path, y->path);
}

/* Whether a file knows something that the chosen ones do not. */
static bool adds(const struct locate_files *files, const struct geo_info *info)
{
	for (int family = 0; family < FAMILIES; family++) {
		bool country = false, asn = false;

		if (!locate_answers(info, family))
			continue;
		for (size_t i = 0; i < files->count; i++) {
			const struct geo_info *other = geo_info(files->geo[i]);

			country |= locate_answers(other, family) && other->has_country;
			asn |= locate_answers(other, family) && other->has_asn;
		}
		if ((info->has_country && !country) || (info->has_asn && !asn))
			return true;
	}
	return false;
}

/* Opens what is in a folder; a folder that is not there is no problem. */
static size_t open_folder(const char *folder, const struct locate_ask *ask, struct geo *found[FOLDER_FILES])
{
	DIR *dir = opendir(folder);
	struct dirent *entry;
	size_t count = 0;

	if (!dir) {
		if (errno == EACCES)
			note(ask, true, "%s: no permission to look for geo databases there", folder);
		return 0;
	}
	while (count < FOLDER_FILES && (entry = readdir(dir)) != NULL) {
		char path[PATH_MAX];
		struct err err;
		int rc;

		if (!str_ends(entry->d_name, ".mmdb"))
			continue;
		if (snprintf(path, sizeof(path), "%s/%s", folder, entry->d_name) >= (int)sizeof(path))
			continue;
		rc = geo_open(path, &found[count], &err);
		if (rc == 0)
			count++;
		else if (rc != -EMEDIUMTYPE) /* databases of other kinds may well live there */
			note(ask, true, "%s", err.msg);
	}
	closedir(dir);
	return count;
}

static void search_folder(const char *folder, const struct locate_ask *ask, struct locate_files *files)
{
	struct geo *found[FOLDER_FILES];
	size_t count = open_folder(folder, ask, found);

	qsort(found, count, sizeof(found[0]), compare_geo);
	for (size_t i = 0; i < count; i++) {
		if (files->count < LOCATE_FILES && adds(files, geo_info(found[i])))
			files->geo[files->count++] = found[i];
		else
			geo_close(found[i]);
	}
}

/* Cuts the last part off a path; false if nothing is left. */
static bool cut_last(char *path)
{
	char *slash = strrchr(path, '/');

	if (slash)
		*slash = '\0';
	return slash && path[0];
}

/* The folder of the running program. */
static bool program_folder(char folder[PATH_MAX])
{
	ssize_t len = readlink("/proc/self/exe", folder, PATH_MAX - 1);

	folder[len > 0 ? len : 0] = '\0';
	return cut_last(folder);
}

/* ~/.local/share or what XDG_DATA_HOME says (XDG Base Directory Specification: relative paths are ignored). */
static bool data_folder(char folder[PATH_MAX])
{
	const char *xdg = getenv("XDG_DATA_HOME");
	const char *home = getenv("HOME");

	if (xdg && xdg[0] == '/')
		return snprintf(folder, PATH_MAX, "%s", xdg) < PATH_MAX;
	return home && home[0] == '/' && snprintf(folder, PATH_MAX, "%s/.local/share", home) < PATH_MAX;
}

static void search_below(const char *base, const char *below, const struct locate_ask *ask, struct locate_files *files)
{
	char folder[PATH_MAX];

	if (snprintf(folder, sizeof(folder), "%s/%s", base, below) < (int)sizeof(folder))
		search_folder(folder, ask, files);
}

/* The places of geoipupdate and of distributions, the user's, and what `make geoip` made: beside build/swarmtop, above
 * build/<variant>/swarmtop, or installed. */
static void search_usual(const struct locate_ask *ask, struct locate_files *files)
{
	char base[PATH_MAX];

	search_folder("/var/lib/GeoIP", ask, files);
	search_folder("/usr/share/GeoIP", ask, files);
	search_folder("/usr/local/share/GeoIP", ask, files);
	if (data_folder(base)) {
		search_below(base, "swarmtop", ask, files);
		search_below(base, "GeoIP", ask, files);
	}
	if (!program_folder(base))
		return;
	search_below(base, "geoip", ask, files);
	if (!cut_last(base))
		return;
	search_below(base, "geoip", ask, files);
	search_below(base, "share/swarmtop", ask, files);
}

/* A database that only tells who hides is no geo database. */
static int open_path(const char *path, struct geo **geo, struct err *err)
{
	const struct geo_info *info;
	struct geo *opened;
	int rc = geo_open(path, &opened, err);

	if (rc)
		return rc;
	info = geo_info(opened);
	if (info->has_country || info->has_asn) {
		*geo = opened;
		return 0;
	}
	rc = err_set(err, -EMEDIUMTYPE, "%s has no countries and no networks: it is one for lists of [filter]",
		     info->path);
	geo_close(opened);
	return rc;
}

static int open_paths(const struct locate_ask *ask, struct locate_files *files, struct err *err)
{
	for (size_t i = 0; i < ask->count; i++) {
		struct err why;
		int rc;

		if (files->count == LOCATE_FILES)
			return err_set(err, -E2BIG, "more than %d geo databases", (int)LOCATE_FILES);
		rc = open_path(ask->paths[i], &files->geo[files->count], &why);
		if (rc == 0)
			files->count++;
		else if (ask->named)
			return err_set(err, rc, "%s", why.msg);
		else
			note(ask, true, "%s", why.msg);
	}
	return 0;
}

int locate_files_find(const struct locate_ask *ask, struct locate_files *files, struct err *err)
{
	int rc = 0;

	if (ask->count > 0)
		rc = open_paths(ask, files, err);
	else if (!ask->folders)
		search_usual(ask, files);
	else
		for (size_t i = 0; ask->folders[i]; i++)
			search_folder(ask->folders[i], ask, files);
	qsort(files->geo, files->count, sizeof(files->geo[0]), compare_geo);
	return rc;
}

/* --- Credits --- */

static const struct {
	const char *mark; /* in the type, the description or the file's name */
	const char *credit;
} credits[] = {
	{"dbip", "IP Geolocation by DB-IP (https://db-ip.com)"},
	{"db-ip", "IP Geolocation by DB-IP (https://db-ip.com)"},
	{"geolite2", "This product includes GeoLite2 Data created by MaxMind, available from https://www.maxmind.com"},
	{"ipinfo", "IP address data powered by IPinfo (https://ipinfo.io)"},
};

static bool has_mark(const struct geo_info *info, const char *mark)
{
	const char *slash = strrchr(info->path, '/');

	return strcasestr(info->type, mark) || strcasestr(info->description, mark) ||
	       strcasestr(slash ? slash + 1 : info->path, mark);
}

void locate_files_credit(const struct locate_files *files, char credit[LOCATE_CREDIT])
{
	size_t len = 0;

	credit[0] = '\0';
	for (size_t c = 0; c < sizeof(credits) / sizeof(credits[0]); c++)
		for (size_t i = 0; i < files->count; i++) {
			if (!has_mark(geo_info(files->geo[i]), credits[c].mark) || strstr(credit, credits[c].credit))
				continue;
			len += (size_t)snprintf(credit + len, LOCATE_CREDIT - len, "%s%s", len ? "; " : "",
						credits[c].credit);
		}
}
