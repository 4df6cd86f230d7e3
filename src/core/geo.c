/* The only door to libmaxminddb. It does not know what places are for, nor which file is the better one; that a file
 * and a record may be shown to the library is geo_check's word. */
#include "core/geo.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include <maxminddb.h>

#include "base/str.h"
#include "base/text.h"
#include "base/xmalloc.h"
#include "core/geo_check.h"
#include "core/geo_copy.h"

enum {
	SEPARATOR = 16,     /* zero bytes between search tree and data */
	PROBES = 32,        /* records looked at per family to learn what a file holds */
	PROBE_NODES = 2048, /* steps to find one of them */
};

struct geo {
	MMDB_s db;
	struct geo_info info;
};

/* --- What the file holds --- */

struct probe {
	const struct geo *geo;
	uint32_t dice;
	unsigned left;  /* steps before one search is given up */
	uint64_t avoid; /* node that is not entered: the IPv4 part of an IPv6 tree */
};

static unsigned throw_dice(struct probe *p)
{
	p->dice ^= p->dice << 13;
	p->dice ^= p->dice >> 17;
	p->dice ^= p->dice << 5;
	return p->dice >> 16 & 1;
}

/* The key of a search tree's value that is a data record, else 0. */
static uint32_t record_of(const MMDB_s *db, uint64_t value)
{
	uint64_t at = value - db->metadata.node_count - SEPARATOR;

	if (value < (uint64_t)db->metadata.node_count + SEPARATOR || at >= db->data_section_size)
		return 0;
	return (uint32_t)at + 1;
}

/* Some record below a value of the search tree, on a way that the dice choose; 0 if none was found. */
static uint32_t some_record(struct probe *p, uint64_t value, unsigned depth)
{
	const MMDB_s *db = &p->geo->db;
	MMDB_search_node_s node;
	uint32_t record;
	unsigned side;

	if (value >= db->metadata.node_count)
		return record_of(db, value);
	if (depth > db->depth || p->left == 0 || value == p->avoid)
		return 0;
	p->left--;
	if (MMDB_read_node(db, (uint32_t)value, &node) != MMDB_SUCCESS)
		return 0;
	side = throw_dice(p);
	record = some_record(p, side ? node.right_record : node.left_record, depth + 1);
	return record ? record : some_record(p, side ? node.left_record : node.right_record, depth + 1);
}

/* Looks at records below `root`. Returns how many there were; those that could be read count in *good. */
static unsigned probe_family(struct geo *geo, uint64_t root, uint64_t avoid, unsigned *good)
{
	struct probe p = {.geo = geo, .dice = 0x5eed1e55, .avoid = avoid};
	struct geo_info *info = &geo->info;
	struct geo_record r;
	unsigned found = 0;

	for (; found < PROBES; found++) {
		uint32_t record;

		p.left = PROBE_NODES;
		record = some_record(&p, root, 0);
		if (!record)
			break;
		if (geo_read(geo, record, &r) < 0)
			continue;
		++*good;
		info->has_country |= r.country[0] != '\0';
		info->has_city |= r.city[0] != '\0';
		info->has_asn |= r.asn != 0;
		info->has_anonymity |= r.anonymity != 0;
	}
	return found;
}

static int probe_content(struct geo *geo, struct err *err)
{
	const MMDB_s *db = &geo->db;
	struct geo_info *info = &geo->info;
	uint64_t v4_root = info->ip_version == 6 ? db->ipv4_start_node.node_value : 0;
	unsigned v4, v6 = 0;
	unsigned good = 0;

	v4 = probe_family(geo, v4_root, UINT64_MAX, &good);
	if (info->ip_version == 6)
		v6 = probe_family(geo, 0, v4_root, &good);
	if (v4 + v6 == 0)
		return err_set(err, -EMEDIUMTYPE, "%s has no address in it", info->path);
	if (good == 0)
		return err_set(err, -EIO, "%s is damaged: its records cannot be read; fetch it again", info->path);
	if (!info->has_country && !info->has_asn && !info->has_anonymity)
		return err_set(err, -EMEDIUMTYPE,
			       "%s is a database of another kind (%s): no countries and no networks in it", info->path,
			       info->type[0] ? info->type : "no type");
	info->has_v4 = v4 > 0;
	info->has_v6 = v6 > 0;
	return 0;
}

/* --- Opening --- */

/* The tree must end where the separator is: catches files with a piece missing in the middle. */
static bool tree_sound(const MMDB_s *db)
{
	static const uint8_t zeros[SEPARATOR];
	uint64_t tree = (uint64_t)db->metadata.node_count * db->full_record_byte_size;

	return tree + SEPARATOR < (uint64_t)db->file_size && memcmp(db->file_content + tree, zeros, SEPARATOR) == 0;
}

static void clean(char *to, size_t size, const char *from)
{
	text_clean(to, size, from, strlen(from), TEXT_TORRENT_COLS);
}

static void note_metadata(struct geo *geo)
{
	const MMDB_metadata_s *m = &geo->db.metadata;
	const char *description = "";

	for (size_t i = m->description.count; i-- > 0;)
		if (i == 0 || strcmp(m->description.descriptions[i]->language, "en") == 0) {
			description = m->description.descriptions[i]->description;
			break;
		}
	clean(geo->info.description, sizeof(geo->info.description), description);
	clean(geo->info.type, sizeof(geo->info.type), m->database_type ? m->database_type : "");
	geo->info.built = m->build_epoch > UINT32_MAX ? UINT32_MAX : (int64_t)m->build_epoch;
	geo->info.ip_version = m->ip_version;
}

static int open_failed(int status, const char *path, struct err *err)
{
	int error = errno;

	if (status == MMDB_OUT_OF_MEMORY_ERROR)
		return err_set(err, -ENOMEM, "%s is too large for this machine's memory", path);
	if (status == MMDB_FILE_OPEN_ERROR || status == MMDB_IO_ERROR)
		return err_set(err, -EIO, "%s cannot be opened: %s", path, strerror(error));
	if (status == MMDB_UNKNOWN_DATABASE_FORMAT_ERROR)
		return err_set(err, -EIO, "%s has a format version that is not known here", path);
	return err_set(err, -EIO, "%s is damaged or was cut short; fetch it again", path);
}

/* What the library maps must be what was looked at. */
static int open_checked(struct geo *g, const char *path, struct err *err)
{
	int rc = geo_check_file(path, g->info.path, err);
	int status;

	if (rc)
		return rc;
	status = MMDB_open(path, MMDB_MODE_MMAP, &g->db);
	return status == MMDB_SUCCESS ? 0 : open_failed(status, g->info.path, err);
}

static int copy_failed(int code, const char *path, off_t most, struct err *err)
{
	if (code == -EFBIG)
		return err_set(err, code, "%s is larger than %d MiB", path, (int)(most >> 20));
	if (code == -ENODATA)
		return err_set(err, -EIO, "%s is damaged or was cut short; fetch it again", path);
	return err_set(err, code, "%s cannot be read: %s", path, strerror(-code));
}

/* The first look spares a copy of what is no database. */
static int open_copy(struct geo *g, const char *path, enum geo_size most, struct err *err)
{
	char copy[GEO_COPY_PATH];
	int rc = geo_check_file(path, g->info.path, err);
	int fd;

	if (rc)
		return rc;
	rc = geo_copy(path, most, copy, &fd);
	if (rc == -ENOSYS || (rc == -EFBIG && most == GEO_COPIED))
		return open_checked(g, path, err);
	if (rc)
		return copy_failed(rc, g->info.path, most, err);
	rc = open_checked(g, copy, err);
	close(fd);
	return rc;
}

static int open_any(const char *path, enum geo_size most, struct geo **geo, struct err *err)
{
	struct geo *g = xcalloc(1, sizeof(*g));
	int rc;

	clean(g->info.path, sizeof(g->info.path), path);
	rc = open_copy(g, path, most, err);
	if (rc) {
		free(g);
		return rc;
	}
	note_metadata(g);
	if (tree_sound(&g->db))
		rc = probe_content(g, err);
	else
		rc = open_failed(MMDB_CORRUPT_SEARCH_TREE_ERROR, g->info.path, err);
	if (rc) {
		geo_close(g);
		return rc;
	}
	*geo = g;
	return 0;
}

int geo_open(const char *path, struct geo **geo, struct err *err)
{
	return open_any(path, GEO_COPIED, geo, err);
}

int geo_open_copy(const char *path, struct geo **geo, struct err *err)
{
	return open_any(path, GEO_COPY_MAX, geo, err);
}

void geo_close(struct geo *geo)
{
	if (!geo)
		return;
	MMDB_close(&geo->db);
	free(geo);
}

const struct geo_info *geo_info(const struct geo *geo)
{
	return &geo->info;
}

/* --- Looking up --- */

int geo_find(const struct geo *geo, const struct ip *ip, uint32_t *record)
{
	union {
		struct sockaddr any;
		struct sockaddr_in in;
		struct sockaddr_in6 in6;
	} to = {0};
	MMDB_lookup_result_s found;
	int status;

	if (ip_is4(ip)) {
		to.in.sin_family = AF_INET;
		to.in.sin_addr.s_addr = htonl(ip_v4(ip));
	} else {
		to.in6.sin6_family = AF_INET6;
		memcpy(&to.in6.sin6_addr, ip->b, sizeof(ip->b));
	}
	found = MMDB_lookup_sockaddr(&geo->db, &to.any, &status);
	if (status == MMDB_IPV6_LOOKUP_IN_IPV4_DATABASE_ERROR)
		return -EAFNOSUPPORT;
	/* A tree that loops ends at a node, with an offset that means nothing. */
	if (status != MMDB_SUCCESS || (found.found_entry && found.entry.offset >= geo->db.data_section_size))
		return -EIO;
	if (!found.found_entry)
		return -ENOENT;
	*record = found.entry.offset + 1;
	return 0;
}

/* --- Reading a record --- */

struct path {
	const char *step[4];
};

/* Where each fact may be, the better place first. */
static const struct path country_paths[] = {
	{{"country", "iso_code"}}, {{"registered_country", "iso_code"}}, {{"country_code"}}, {{"country"}}, {{NULL}},
};
static const struct path city_paths[] = {{{"city", "names", "en"}}, {{"city"}}, {{"city_name"}}, {{NULL}}};
static const struct path latitude_paths[] = {{{"location", "latitude"}}, {{"latitude"}}, {{"lat"}}, {{NULL}}};
static const struct path longitude_paths[] = {
	{{"location", "longitude"}}, {{"longitude"}}, {{"lng"}}, {{"lon"}}, {{NULL}},
};
static const struct path asn_paths[] = {{{"autonomous_system_number"}}, {{"asn"}}, {{NULL}}};
static const struct {
	struct path path;
	unsigned bit;
} anonymity_paths[] = {
	{{{"is_anonymous_vpn"}}, GEO_VPN},
	{{{"is_public_proxy"}}, GEO_PROXY},
	{{{"is_residential_proxy"}}, GEO_PROXY},
	{{{"is_tor_exit_node"}}, GEO_TOR},
	{{{"is_hosting_provider"}}, GEO_HOSTING},
	{{{"traits", "is_anonymous_vpn"}}, GEO_VPN},
	{{{"traits", "is_public_proxy"}}, GEO_PROXY},
	{{{"traits", "is_residential_proxy"}}, GEO_PROXY},
	{{{"traits", "is_tor_exit_node"}}, GEO_TOR},
	{{{"traits", "is_hosting_provider"}}, GEO_HOSTING},
};
static const struct path as_name_paths[] = {{{"autonomous_system_organization"}}, {{"as_name"}}, {{NULL}}};

static bool get(const MMDB_entry_s *entry, const struct path *path, MMDB_entry_data_s *value)
{
	MMDB_entry_s start = *entry;

	return MMDB_aget_value(&start, value, path->step) == MMDB_SUCCESS && value->has_data;
}

static bool is_string(const MMDB_entry_data_s *value)
{
	return value->type == MMDB_DATA_TYPE_UTF8_STRING && value->data_size > 0;
}

static void get_text(const MMDB_entry_s *entry, const struct path *paths, char text[GEO_TEXT])
{
	MMDB_entry_data_s value;

	text[0] = '\0';
	for (; paths->step[0] && !text[0]; paths++)
		if (get(entry, paths, &value) && is_string(&value))
			text_clean(text, GEO_TEXT, value.utf8_string, value.data_size, TEXT_CLIENT_COLS);
}

static void get_country(const MMDB_entry_s *entry, char country[3])
{
	MMDB_entry_data_s value;

	for (const struct path *path = country_paths; path->step[0]; path++) {
		if (!get(entry, path, &value) || !is_string(&value) || value.data_size != 2)
			continue;
		if (!isalpha((unsigned char)value.utf8_string[0]) || !isalpha((unsigned char)value.utf8_string[1]))
			continue;
		country[0] = (char)toupper((unsigned char)value.utf8_string[0]);
		country[1] = (char)toupper((unsigned char)value.utf8_string[1]);
		country[2] = '\0';
		return;
	}
	country[0] = '\0';
}

/* A number, or a text that is one. */
static bool to_number(const MMDB_entry_data_s *value, double *number)
{
	char text[32];

	switch (value->type) {
	case MMDB_DATA_TYPE_DOUBLE:
		*number = value->double_value;
		return true;
	case MMDB_DATA_TYPE_FLOAT:
		*number = (double)value->float_value;
		return true;
	case MMDB_DATA_TYPE_UINT16:
		*number = value->uint16;
		return true;
	case MMDB_DATA_TYPE_UINT32:
		*number = value->uint32;
		return true;
	case MMDB_DATA_TYPE_INT32:
		*number = value->int32;
		return true;
	case MMDB_DATA_TYPE_UINT64:
		*number = (double)value->uint64;
		return true;
	case MMDB_DATA_TYPE_UTF8_STRING:
		if (value->data_size >= sizeof(text))
			return false;
		memcpy(text, value->utf8_string, value->data_size);
		text[value->data_size] = '\0';
		return str_double(strncasecmp(text, "AS", 2) == 0 ? text + 2 : text, number) == 0;
	default:
		return false;
	}
}

static bool get_number(const MMDB_entry_s *entry, const struct path *paths, double limit, double *number)
{
	MMDB_entry_data_s value;
	double n;

	for (; paths->step[0]; paths++)
		if (get(entry, paths, &value) && to_number(&value, &n) && isfinite(n) && fabs(n) <= limit) {
			*number = n;
			return true;
		}
	return false;
}

static unsigned get_anonymity(const MMDB_entry_s *entry)
{
	MMDB_entry_data_s value;
	unsigned bits = 0;

	for (size_t i = 0; i < sizeof(anonymity_paths) / sizeof(anonymity_paths[0]); i++)
		if (get(entry, &anonymity_paths[i].path, &value) && value.type == MMDB_DATA_TYPE_BOOLEAN &&
		    value.boolean)
			bits |= anonymity_paths[i].bit;
	return bits;
}

int geo_read(const struct geo *geo, uint32_t record, struct geo_record *out)
{
	MMDB_entry_s entry = {.mmdb = &geo->db, .offset = record - 1};
	double latitude = 0, longitude = 0, asn = 0;
	struct geo_record r = {0};

	if (record == 0 || !geo_check_record(geo->db.data_section, geo->db.data_section_size, entry.offset))
		return -EIO;
	get_country(&entry, r.country);
	get_text(&entry, city_paths, r.city);
	get_text(&entry, as_name_paths, r.as_name);
	/* Flat files write 0, 0 for what they do not know; nobody lives there. */
	r.located = get_number(&entry, latitude_paths, 90, &latitude) &&
		    get_number(&entry, longitude_paths, 180, &longitude) && (latitude != 0 || longitude != 0);
	if (r.located) {
		r.latitude = (float)latitude;
		r.longitude = (float)longitude;
	}
	r.anonymity = get_anonymity(&entry);
	if (get_number(&entry, asn_paths, UINT32_MAX, &asn) && asn > 0)
		r.asn = (uint32_t)asn;
	*out = r;
	return 0;
}
