/* Client names: numbers for names, families and versions; what peers call themselves is foreign. */
#include "peers/clients.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/text.h"
#include "tap.h"

static uint32_t number_of(struct clients *c, const char *name)
{
	return clients_number(c, (struct rpcslice){name, strlen(name)});
}

static const struct client *client_of(struct clients *c, const char *name)
{
	return clients_get(c, number_of(c, name));
}

/* Nothing that text_clean() would change. */
static bool is_clean(const char *text)
{
	char clean[4 * CLIENT_NAME];

	text_clean(clean, sizeof(clean), text, strlen(text), CLIENT_NAME);
	return strcmp(clean, text) == 0;
}

static void test_split(void)
{
	static const struct {
		const char *name, *family, *version;
	} names[] = {
		{"Deluge 2.1.1.0", "Deluge", "2.1.1.0"},
		{"Deluge/2.1.1.0", "Deluge", "2.1.1.0"},
		{"qBittorrent 4.5.2", "qBittorrent", "4.5.2"},
		{"qBittorrent/4.5.2", "qBittorrent", "4.5.2"},
		{"qBittorrent v4.6.0", "qBittorrent", "4.6.0"},
		{"Transmission 3.00 (bb6b5a062e)", "Transmission", "3.00"},
		{"libTorrent (Rakshasa) 0.13.8", "rTorrent", "0.13.8"},
		{"uTorrent 3.5.5 (build 45852)", "\302\265Torrent", "3.5.5"},
		{"\302\265Torrent 3.5.5", "\302\265Torrent", "3.5.5"},
		{"\316\274Torrent 3.5.5", "\302\265Torrent", "3.5.5"},
		{"\302\265Torrent Mac 1.8.7", "\302\265Torrent Mac", "1.8.7"},
		{"Xunlei 0.0.1.2", "Xunlei", "0.0.1.2"},
		{"Unknown", "Unknown", ""},
		{"x", "x", ""},
		{"", "", ""},
		{"Free Download Manager 6.19", "Free Download Manager", "6.19"},
		{"libtorrent (Rasterbar) 2.0.8", "libtorrent (Rasterbar)", "2.0.8"},
		{"-BI3500-", "BiglyBT", "3.5.0.0"},
		{"-ZZ1234-", "ZZ", "1.2.3.4"},
		{"-UT355W-", "UT", "3.5.5.W"},
		{"-BI350", "-BI350", ""},
		{"-BIx500-", "-BIx500-", ""},
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		char family[CLIENT_NAME], version[CLIENT_NAME];

		client_split(names[i].name, family, version);
		is_str(family, names[i].family, "family of \"%s\"", names[i].name);
		is_str(version, names[i].version, "version of \"%s\"", names[i].name);
	}
}

static void test_numbers(void)
{
	struct clients *c = clients_new();
	uint32_t deluge = number_of(c, "Deluge 2.1.1.0"), older = number_of(c, "Deluge 1.3.15");

	is_int(clients_count(c), 4, "two, and the two that are always there");
	is_str(clients_get(c, CLIENT_NONE)->name, "Unknown", "number 0 has no name");
	is_int(number_of(c, ""), CLIENT_NONE, "no name");
	is_int(number_of(c, "  "), CLIENT_NONE, "only blanks");
	is_int(number_of(c, "Deluge 2.1.1.0"), deluge, "the same name again");
	is_int(number_of(c, " Deluge 2.1.1.0  "), deluge, "with blanks around it");
	is_int(number_of(c, "Del\\u0075ge 2.1.1.0"), deluge, "written with an escape");
	is_int(client_of(c, "Deluge 1.3.15")->family, deluge, "a family is named by its first member");
	is_int(clients_get(c, deluge)->family, deluge, "which is its own");
	is_str(clients_get(c, older)->family_name, "Deluge", "and has a name");
	is_int(client_of(c, "deluge 1.3.15")->family, number_of(c, "deluge 1.3.15"), "names differ by case");
	is_int(clients_count(c), 5, "one more");
	is_str(client_of(c, "Deluge 1.3.15")->name, "Deluge 1.3.15", "the name as reported");
	clients_free(c);
	clients_free(NULL);
}

/* More names than the cache of raw names has places. */
static void test_many(void)
{
	struct clients *c = clients_new();
	unsigned wrong = 0;
	char name[64];

	for (int pass = 0; pass < 2; pass++)
		for (uint32_t i = 0; i < CLIENTS_MAX + 100; i++) {
			uint32_t want = i + 2 < CLIENTS_MAX ? i + 2 : CLIENT_OTHER;

			snprintf(name, sizeof(name), "Client%u %u.%u", i % 500, i / 500, i);
			wrong += number_of(c, name) != want;
		}
	is_int(wrong, 0, "every name keeps its number; those over the cap are all one");
	is_int(clients_count(c), CLIENTS_MAX, "and that is the cap");
	is_int(number_of(c, "yet another"), CLIENT_OTHER, "a new name has no place");
	is_int(number_of(c, ""), CLIENT_NONE, "no name is still no name");
	is_str(clients_get(c, CLIENT_OTHER)->name, "(other clients)", "the one that stands for all others");
	clients_free(c);
}

static void test_hostile(void)
{
	static const char *const names[] = {
		"\\u001b]52;c;aGk=\\u0007",
		"\033[31mred",
		"\302\2331m",		     /* C1 */
		"a\\nb\\r\\nc\\td",
		"\\u202egnp.exe",
		"zero\\u200bwidth\\u2060",
		"\377\376 1.0",
		"\\ud800 2.0",
		"nul\\u0000behind 1.0",
		"-BI3\\u26db-",		     /* its bytes would be split between the points of a version */
		"-\\u00e93456-7",
		"-\\u00e93abc-",
		"-B\\u00e93ab-",
		"-BI3\\u00e9a-",
		"-BI3a\\u00e9-",
		"-BI3  \\u001b-",
		"/1.2.3",
		"\\\"quoted\\\" 1.0",
		"Deluge 2.1.1.0\\u0000\\u0000",
		"=cmd|'/c calc'!A1",
		"\\", "\\u", "\\u12", "\\x",
	};
	struct clients *c = clients_new();

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		const struct client *client = client_of(c, names[i]);

		ok(is_clean(client->name) && is_clean(client->family_name) && is_clean(client->version),
		   "name, family and version number %zu are clean", i);
	}
	clients_free(c);
}

static void test_long(void)
{
	struct clients *c = clients_new();
	size_t len = 256 << 10;
	char *name = malloc(len);
	const struct client *client;

	memset(name, 'a', len);
	memcpy(name + 30, " 1.2.3", 6);
	client = clients_get(c, clients_number(c, (struct rpcslice){name, len}));
	is_int(strlen(client->name), TEXT_CLIENT_COLS, "a name of 256 KiB is cut");
	is_int(strlen(client->family_name), 30, "its family is not");
	ok(strncmp(client->version, "1.2.3aaa", 8) == 0, "nor is the beginning of its version");
	memset(name, '\377', len);
	client = clients_get(c, clients_number(c, (struct rpcslice){name, len}));
	ok(is_clean(client->name) && strlen(client->name) < CLIENT_NAME, "256 KiB of no UTF-8");
	for (size_t i = 0; i + 6 <= len; i += 6)
		memcpy(name + i, "\\u4e2d", 6);
	client = clients_get(c, clients_number(c, (struct rpcslice){name, len / 6 * 6}));
	is_int(text_cols(client->name), TEXT_CLIENT_COLS, "256 KiB of wide characters");
	for (size_t i = 0; i + 6 <= len; i += 6)
		memcpy(name + i, "\\u0301", 6);
	memcpy(name, "e12345", 6);
	client = clients_get(c, clients_number(c, (struct rpcslice){name, len / 6 * 6}));
	ok(is_clean(client->name) && strlen(client->name) < CLIENT_NAME, "256 KiB of marks");
	free(name);
	clients_free(c);
}

int main(void)
{
	test_split();
	test_numbers();
	test_many();
	test_hostile();
	test_long();
	return tap_done();
}
