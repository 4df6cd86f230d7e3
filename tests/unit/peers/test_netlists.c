/* Lists with tags: files of every kind, what is told about them, what is left out, and files that change. */
#include "peers/netlists.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>

#include "base/buf.h"
#include "base/xmalloc.h"
#include "mmdb.h"
#include "scratch.h"
#include "tap.h"

#define BUILT "1764547200"

enum { NOTES = 65536 };

static struct {
	char text[NOTES];
	size_t len;
	unsigned problems;
} notes;

static void take_note(void *arg, bool problem, const char *line)
{
	(void)arg;
	notes.problems += problem;
	notes.len += (size_t)snprintf(notes.text + notes.len, NOTES - notes.len, "%s\n", line);
}

static void forget_notes(void)
{
	notes.text[0] = '\0';
	notes.len = notes.problems = 0;
}

static bool told(const char *text)
{
	bool found = strstr(notes.text, text) != NULL;

	if (!found)
		printf("# told was: %s\n", notes.text);
	return found;
}

/* Up to four lists and four exclusions. */
struct wish {
	const char *lists[4], *excluded[4];
};

enum { PATIENCE_MS = 60000 };

static int open_wish(struct netlists *n, struct wish wish, struct err *err)
{
	struct netlists_ask ask = {.lists = (char **)wish.lists, .excluded = (char **)wish.excluded};
	int rc;

	while (ask.list_count < 4 && wish.lists[ask.list_count])
		ask.list_count++;
	while (ask.excluded_count < 4 && wish.excluded[ask.excluded_count])
		ask.excluded_count++;
	rc = netlists_open(n, &ask, err);
	netlists_take(n, PATIENCE_MS);
	return rc;
}

/* A look to its end. */
static bool look(struct netlists *n)
{
	netlists_check(n);
	return netlists_take(n, PATIENCE_MS);
}

static struct netlists *opened(struct wish wish)
{
	struct netlists *n = netlists_new((struct netlists_ear){take_note, NULL});
	struct err err = {""};

	forget_notes();
	if (!ok(open_wish(n, wish, &err) == 0, "opened"))
		printf("# %s\n", err.msg);
	return n;
}

static struct ip address(const char *text)
{
	struct ip ip = {{0}};

	if (ip_parse(text, strlen(text), &ip))
		ok(false, "%s is an address", text);
	return ip;
}

/* The names of the tags, in the order of their bits. */
static const char *tags(const struct netlists *n, const char *text, uint32_t asn)
{
	static char names[NETLISTS_TAGS * NETLIST_TAG];
	struct ip ip = address(text);

	netlists_tags_text(n, netlists_tags(n, &ip, asn), names, sizeof(names));
	return names;
}

static bool excludes(const struct netlists *n, const char *text, uint32_t asn)
{
	struct ip ip = address(text);

	return netlists_excludes(n, &ip, asn, netlists_tags(n, &ip, asn));
}

static void test_tags(void)
{
	struct netlists *n;
	char cut[6];

	scratch_file("vpn.txt", "# VPNs\n5.9.0.0/16\n2a01:4f8::/32\nAS9009\n", 0600);
	scratch_file("tor.txt", "ExitNode 00\nExitAddress 5.9.1.1 2026-11-20 11:03:45\n", 0600);
	scratch_file("more.txt", "7.7.7.7\n", 0600);
	n = opened((struct wish){.lists = {"vpn=vpn.txt", "tor=tor.txt", "vpn=more.txt", "my-own2=more.txt"}});
	is_int(netlists_tag_count(n), 3, "two lists of one tag");
	is_str(tags(n, "5.9.1.1", 0), "vpn tor", "in two lists");
	is_str(tags(n, "5.9.1.2", 0), "vpn", "in one");
	is_str(tags(n, "7.7.7.7", 0), "vpn my-own2", "in another file of the tag");
	is_str(tags(n, "1.1.1.1", 0), "", "in none");
	is_str(tags(n, "1.1.1.1", 9009), "vpn", "by its AS number");
	is_str(tags(n, "2a01:4f8::1", 1), "vpn", "IPv6");
	is_str(tags(n, "2002:509:101::1", 0), "vpn tor", "6to4 by the address inside");
	is_str(tags(n, "::ffff:5.9.1.1", 0), "vpn tor", "a mapped address is IPv4");
	ok(netlists_needs_systems(n), "AS numbers need a database");
	is_int(netlists_tag_find(n, "tor"), 1, "a tag by name");
	netlists_tags_text(n, 3, cut, sizeof(cut));
	is_str(cut, "vpn", "names stay whole where there is no room");
	netlists_tags_text(NULL, 3, cut, sizeof(cut));
	is_str(cut, "", "no lists, no names");
	is_int(netlists_tag_find(n, "none"), -1, "no such tag");
	is_int((long long)netlists_tags_in_use(n), 7, "all are in use");
	is_int(notes.problems, 0, "no problems");
	ok(told("vpn: 3 networks from vpn.txt"), "what was loaded is told");
	netlists_free(n);
}

static void test_rejected(void)
{
	struct netlists *n;

	scratch_file("odd.txt", "1.2.3.4\nbad \x1b[2Jline\nx\n5.6.7.8\n1\n2\n3\n4\n", 0600);
	scratch_file("page.html", "<html>\n<body>\n", 0600);
	n = opened((struct wish){.lists = {"vpn=odd.txt", "tor=page.html", "proxy=missing", "own=/"}});
	is_str(tags(n, "5.6.7.8", 0), "vpn", "good lines count");
	ok(told("vpn: 2 networks from odd.txt, 6 lines rejected"), "counts");
	ok(told("odd.txt, line 2: \"bad \xef\xbf\xbd[2Jline\": no address, range or AS number"), "the first are named");
	ok(told("odd.txt, line 7: "), "five of them");
	ok(!strstr(notes.text, "odd.txt, line 8"), "and no more");
	ok(told("tor: page.html is no list of networks: line 1 is \"<html>\""), "a web page");
	ok(told("proxy: missing cannot be read: No such file or directory"), "no file");
	ok(told("own: / is no file"), "a folder");
	is_int(netlists_tag_count(n), 4, "their tags are known");
	netlists_free(n);
}

static void is_refused(struct netlists *n, struct wish wish, const char *message)
{
	struct err err = {""};

	is_int(open_wish(n, wish, &err), -EINVAL, "refused");
	if (!ok(strstr(err.msg, message), "%s", message))
		printf("# %s\n", err.msg);
}

static void test_refused(void)
{
	struct netlists *n = opened((struct wish){.lists = {"vpn=vpn.txt"}, .excluded = {"9.9.9.9"}});

	is_refused(n, (struct wish){.lists = {"list.txt"}}, "\"list.txt\" is neither \"tag=path\"");
	is_refused(n, (struct wish){.lists = {"VPN=list.txt"}}, "\"VPN=list.txt\" is neither");
	is_refused(n, (struct wish){.lists = {"vpn="}}, "\"vpn=\" is neither");
	is_refused(n, (struct wish){.lists = {"a-tag-of-many-letters=x"}}, "is neither \"tag=path\"");
	is_refused(n, (struct wish){.lists = {"\x1b=x"}}, "\"\xef\xbf\xbd=x\" is neither");
	is_refused(n, (struct wish){.lists = {"tor=tor.txt"}, .excluded = {"vpn"}}, "no list has the tag \"vpn\"");
	is_refused(n, (struct wish){.excluded = {"10/8"}}, "\"10/8\" is neither a tag nor an address");
	is_str(tags(n, "5.9.1.1", 0), "vpn", "what was open stays");
	ok(excludes(n, "9.9.9.9", 0), "and what was left out");
	is_int(netlists_tag_count(n), 1, "and no tag was made");
	netlists_free(n);
}

static void test_excluded(void)
{
	struct netlists *n = opened((struct wish){
		.lists = {"vpn=vpn.txt", "tor=tor.txt"},
		.excluded = {"tor", "7.0.0.0/8", "AS64500", "2001:db8::1-2001:db8::9"},
	});

	ok(netlists_excludes_any(n), "something is left out");
	ok(excludes(n, "5.9.1.1", 0), "by tag");
	ok(!excludes(n, "5.9.1.2", 0), "not by another tag");
	ok(excludes(n, "7.1.2.3", 0) && !excludes(n, "8.1.2.3", 0), "by prefix");
	ok(excludes(n, "1.1.1.1", 64500) && !excludes(n, "1.1.1.1", 64501), "by AS number");
	ok(excludes(n, "2001:db8::5", 0) && !excludes(n, "2001:db8::a", 0), "by range");
	ok(excludes(n, "2002:701:101::1", 0), "6to4 by the address inside");
	netlists_free(n);
	n = opened((struct wish){.lists = {"vpn=vpn.txt"}});
	ok(!netlists_excludes_any(n) && !excludes(n, "5.9.1.1", 0), "a tag alone leaves nothing out");
	netlists_free(n);
}

/* ---- files that change ---- */

static void replace(const char *name, const char *text)
{
	char path[512];

	snprintf(path, sizeof(path), "%s", scratch_file("new", text, 0600));
	ok(rename(path, name) == 0, "%s is replaced", name);
}

static void test_half_unreadable(void)
{
	struct netlists *n;

	scratch_file("half", "1.1.1.1\n", 0600);
	n = opened((struct wish){.lists = {"vpn=half", "vpn=nowhere"}});
	is_int((long long)netlists_unknown(n), 0, "a tag is known by those of its lists that are there");
	is_int((long long)netlists_doubtful(n), 1, "who is in none of them may be in the other");
	is_str(tags(n, "1.1.1.1", 0), "vpn", "as far as they go");
	netlists_free(n);
}

static void test_changed(void)
{
	struct netlists *n;

	scratch_file("list", "1.1.1.1\n", 0600);
	n = opened((struct wish){.lists = {"vpn=list", "tor=later"}});
	is_int((long long)netlists_unknown(n), 2, "what a file that is not there says is unknown");
	is_int((long long)netlists_unread(n), 0, "though nobody is reading it");
	ok(!look(n) && !look(n), "nothing has changed");
	replace("list", "2.2.2.2\n");
	ok(!look(n), "a file that has just changed is left alone");
	ok(look(n), "and read when it is still the same");
	is_str(tags(n, "1.1.1.1", 0), "", "what it said is gone");
	is_str(tags(n, "2.2.2.2", 0), "vpn", "what it says is in");
	ok(!look(n), "once");
	scratch_file("later", "3.3.3.3\n", 0600);
	look(n);
	ok(look(n), "a file that comes later");
	is_str(tags(n, "3.3.3.3", 0), "tor", "is read");
	is_int((long long)netlists_unknown(n), 0, "and known");
	replace("list", "<html>\n");
	forget_notes();
	look(n);
	ok(!look(n) && told("vpn: list is no list"), "a file that became a web page");
	is_str(tags(n, "2.2.2.2", 0), "vpn", "leaves what was");
	ok(!look(n), "and is not read again");
	is_int(notes.problems, 1, "nor told again");
	ok(remove("later") == 0, "a file goes away");
	forget_notes();
	for (int i = 0; i < 4; i++)
		ok(!look(n), "nothing to read");
	ok(told("later is gone; what it said stays"), "told");
	is_int(notes.problems, 1, "once");
	is_str(tags(n, "3.3.3.3", 0), "tor", "and true");
	is_int((long long)netlists_unknown(n), 0, "and still known");
	netlists_free(n);
}

/* With the date that its contents had, at a time that the file system tells from the one before. */
static void permit(const char *name, mode_t mode, const struct stat *before)
{
	const struct timespec times[2] = {{.tv_nsec = UTIME_OMIT}, before->st_mtim};
	struct stat st;

	do {
		utimensat(AT_FDCWD, name, times, 0);
		chmod(name, mode);
		stat(name, &st);
	} while (st.st_ctim.tv_sec == before->st_ctim.tv_sec && st.st_ctim.tv_nsec == before->st_ctim.tv_nsec);
}

/* One that could not be read may be allowed now; and what is copied into it can keep its size and its date. */
static void test_allowed(void)
{
	struct netlists *n;
	struct stat before;

	scratch_file("list", "1.1.1.1\n", 0600);
	n = opened((struct wish){.lists = {"vpn=list"}});
	stat("list", &before);
	permit("list", 0640, &before);
	look(n);
	ok(look(n), "a file with other permissions is read again");
	stat("list", &before);
	scratch_file("list", "2.2.2.2\n", 0600);
	permit("list", 0640, &before);
	look(n);
	ok(look(n), "one with other contents, too");
	is_str(tags(n, "2.2.2.2", 0), "vpn", "whatever its date");
	netlists_free(n);
}

/* As a download leaves it that failed. */
static void test_emptied(void)
{
	struct netlists *n;
	struct err err;

	scratch_file("list", "", 0600);
	n = opened((struct wish){.lists = {"vpn=list"}, .excluded = {"vpn"}});
	ok(told("vpn: 0 networks from list") && notes.problems == 0, "an empty file at the start is a note");
	replace("list", "1.1.1.1\n");
	look(n);
	ok(look(n) && excludes(n, "1.1.1.1", 0), "then it has a network");
	replace("list", "# nothing\n");
	forget_notes();
	look(n);
	ok(!look(n) && told("vpn: list has no network any more; what it said stays"), "and then none");
	ok(excludes(n, "1.1.1.1", 0), "what it said stays");
	ok(!look(n) && notes.problems == 1, "told once");
	ok(open_wish(n, (struct wish){.lists = {"vpn=list"}, .excluded = {"vpn"}}, &err) == 0 &&
		   excludes(n, "1.1.1.1", 0),
	   "over a reload, too");
	replace("list", "2.2.2.2\n");
	look(n);
	ok(look(n), "until it has networks again");
	ok(excludes(n, "2.2.2.2", 0) && !excludes(n, "1.1.1.1", 0), "others, this time");
	netlists_free(n);
}

static void test_reopened(void)
{
	struct netlists *n;
	struct err err;

	scratch_file("a", "1.1.1.1\n", 0600);
	scratch_file("b", "2.2.2.2\n", 0600);
	n = opened((struct wish){.lists = {"vpn=a", "tor=b"}});
	ok(open_wish(n, (struct wish){.lists = {"new=a", "tor=b"}}, &err) == 0, "another configuration");
	is_int(netlists_tag_find(n, "tor"), 1, "a tag keeps its bit");
	is_int(netlists_tag_find(n, "new"), 2, "a new one has a new bit");
	is_int((long long)netlists_tags_in_use(n), 6, "the old one is not in use");
	is_str(tags(n, "1.1.1.1", 0), "new", "its tag now");
	ok(remove("b") == 0 && open_wish(n, (struct wish){.lists = {"tor=b"}}, &err) == 0,
	   "a file is gone at a reload");
	is_str(tags(n, "2.2.2.2", 0), "tor", "what it said stays");
	is_str(tags(n, "1.1.1.1", 0), "", "a list that is not wanted any more is gone");
	netlists_free(n);
}

/* ---- a disk that does not answer ---- */

/* In place of the C library's: who asks for the state of a file that is called so waits. */
static atomic_bool hangs;
static atomic_int asked;

int stat(const char *restrict path, struct stat *restrict st)
{
	if (strcmp(path, "hanging") == 0)
		asked++;
	while (hangs && strcmp(path, "hanging") == 0)
		nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
	return fstatat(AT_FDCWD, path, st, 0);
}

static void begin_wish(struct netlists *n, char **lists, size_t count)
{
	struct err err = {""};

	ok(netlists_open(n, &(struct netlists_ask){.lists = lists, .list_count = count}, &err) == 0, "opened %s",
	   err.msg);
}

static void test_hanging(void)
{
	char hanging[] = "vpn=hanging", other[] = "tor=other", renamed[] = "mine=hanging";
	char *lists[] = {hanging, other};
	struct err err = {""};
	struct netlists *n = netlists_new((struct netlists_ear){take_note, NULL});

	forget_notes();
	scratch_file("hanging", "1.1.1.1\n", 0600);
	scratch_file("other", "2.2.2.2\n", 0600);
	hangs = true;
	begin_wish(n, lists, 2);
	while (!(netlists_unread(n) == 1))
		netlists_take(n, 0);
	is_str(tags(n, "2.2.2.2", 0), "tor", "a list on another disk is read");
	is_str(tags(n, "1.1.1.1", 0), "", "one that hangs says nothing");
	ok(netlists_busy(n), "it is being read");
	is_int(notes.problems, 0, "that may be");
	ok(!netlists_take(n, 20) && notes.problems == 0, "also when somebody has waited for it");
	netlists_tell_late(n);
	ok(told("vpn: hanging is still being read\n"), "until that is to be told");
	netlists_check(n);
	is_int(notes.problems, 1, "which is told once");
	while (!asked)
		nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
	forget_notes();
	begin_wish(n, lists, 2);
	while (!strstr(notes.text, "tor: 1 network"))
		netlists_take(n, 0);
	netlists_check(n);
	is_int(asked, 1, "another start does not wait in a second thread");
	is_int(notes.problems, 0, "nor tells again");
	is_str(tags(n, "2.2.2.2", 0), "tor", "others stay");
	hangs = false;
	while (netlists_busy(n))
		netlists_take(n, PATIENCE_MS);
	is_int(asked, 2, "it is read as it is now");
	is_str(tags(n, "1.1.1.1", 0), "vpn", "when the disk answers it is there");
	is_int((long long)(netlists_unread(n) | netlists_unknown(n)), 0, "all are read");
	scratch_file("new", "3.3.3.3\n", 0600);
	ok(rename("new", "hanging") == 0 && !look(n), "it changes");
	hangs = true;
	netlists_check(n);
	netlists_check(n);
	ok(told("vpn: hanging is still being read; what it said stays until then"), "and hangs again");
	is_str(tags(n, "1.1.1.1", 0), "vpn", "what it said stays");
	lists[0] = renamed;
	is_int(netlists_try(n, &(struct netlists_ask){.lists = lists, .list_count = 2}, &err), 0, "it may be renamed");
	is_str(tags(n, "1.1.1.1", 0), "vpn", "which was not done yet");
	begin_wish(n, lists, 2);
	is_str(tags(n, "1.1.1.1", 0), "mine", "under another tag it says the same until it is read");
	is_int((long long)netlists_unread(n), 0, "and does not count as unread");
	lists[1] = hanging;
	begin_wish(n, lists, 2);
	is_str(tags(n, "1.1.1.1", 0), "mine", "who has the tag keeps it, not another of the same file");
	is_int((long long)netlists_unread(n), 1, "which is read");
	hangs = false;
	while (netlists_busy(n))
		netlists_take(n, PATIENCE_MS);
	netlists_free(n);
}

static void test_turns(void)
{
	enum { LISTS = 40, AT_A_TIME = 16 };
	char items[LISTS][32];
	char *lists[LISTS];
	struct netlists *n = netlists_new((struct netlists_ear){NULL, NULL});

	for (int i = 0; i < LISTS; i++) {
		snprintf(items[i], sizeof(items[i]), "t%d=hanging", i);
		lists[i] = items[i];
	}
	scratch_file("hanging", "1.1.1.1\n", 0600);
	asked = 0;
	hangs = true;
	begin_wish(n, lists, LISTS);
	while (asked < AT_A_TIME)
		nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
	begin_wish(n, lists, LISTS - 1);
	netlists_take(n, 50);
	is_int(asked, AT_A_TIME, "no more than so many are read at a time");
	ok(netlists_unread(n) == ((uint64_t)1 << (LISTS - 1)) - 1, "the others wait");
	hangs = false;
	while (netlists_busy(n))
		netlists_take(n, PATIENCE_MS);
	is_int((long long)netlists_unread(n), 0, "all have their turn");
	netlists_free(n);
	hangs = true;
	n = netlists_new((struct netlists_ear){NULL, NULL});
	begin_wish(n, lists, LISTS);
	netlists_free(n);
	hangs = false;
}

/* As many as there are readers, and more, on a disk that does not answer. */
static void test_places(void)
{
	enum { LISTS = 61, ALL = 48 };
	char items[LISTS][32];
	char *lists[LISTS];
	struct netlists *n = netlists_new((struct netlists_ear){NULL, NULL});

	for (int i = 0; i < LISTS; i++) {
		snprintf(items[i], sizeof(items[i]), "t%d=%s", i, i == 40 ? "other" : "hanging");
		lists[i] = items[i];
	}
	scratch_file("other", "2.2.2.2\n", 0600);
	asked = 0;
	hangs = true;
	begin_wish(n, lists, LISTS);
	while (netlists_unknown(n) >> 40 & 1) {
		netlists_take(n, 1);
		netlists_check(n);
	}
	is_str(tags(n, "2.2.2.2", 0), "t40", "a list behind them has its turn");
	for (int i = 0; i < 5; i++)
		netlists_check(n);
	while (asked < ALL)
		nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
	netlists_take(n, 50);
	is_int(asked, ALL, "but threads have an end");
	hangs = false;
	while (netlists_busy(n))
		netlists_take(n, PATIENCE_MS);
	is_int((long long)netlists_unknown(n), 0, "all are read when it answers");
	netlists_free(n);
}

static void test_too_many(void)
{
	char items[NETLISTS_MAX + 1][32];
	char *lists[NETLISTS_MAX + 1];
	struct netlists *n = netlists_new((struct netlists_ear){NULL, NULL});
	struct err err = {""};

	for (int i = 0; i <= NETLISTS_MAX; i++) {
		snprintf(items[i], sizeof(items[i]), "t%d=a", i);
		lists[i] = items[i];
	}
	is_int(netlists_open(n, &(struct netlists_ask){.lists = lists, .list_count = NETLISTS_MAX + 1}, &err), -EINVAL,
	       "too many lists");
	is_int(netlists_open(n, &(struct netlists_ask){.lists = lists, .list_count = NETLISTS_MAX}, &err), 0,
	       "as many");
	netlists_take(n, PATIENCE_MS);
	is_int(netlists_tag_count(n), 64, "as there are bits");
	is_int((long long)(netlists_tags(n, &(struct ip){{[10] = 0xff, 0xff, 1, 1, 1, 1}}, 0) + 1), 0, "all are set");
	is_refused(n, (struct wish){.lists = {"another=a"}}, "more than 64 tags");
	netlists_free(n);
}

static void test_database(const char *root)
{
	char folder[MMDB_PATH], path[MMDB_PATH + 32], tagged[MMDB_PATH + 64];
	struct netlists *n;

	mmdb_new_folder(folder);
	if (!ok(chdir(root) == 0 && mmdb_make(folder, BUILT) && chdir(scratch) == 0, "databases are made"))
		return;
	snprintf(path, sizeof(path), "%s/anonymity.mmdb", folder);
	snprintf(tagged, sizeof(tagged), "own=%s/anonymity.mmdb", folder);
	n = opened((struct wish){.lists = {"tor=tor.txt", path, tagged}, .excluded = {"proxy"}});
	is_str(tags(n, "8.8.8.8", 0), "vpn hosting", "VPN and hosting");
	is_str(tags(n, "5.9.1.1", 0), "tor", "a Tor exit node, in a list too");
	is_str(tags(n, "5.9.1.2", 0), "tor", "one that only the database knows");
	is_str(tags(n, "1.1.1.1", 0), "", "nobody special");
	ok(excludes(n, "81.2.69.1", 0), "a proxy is left out");
	ok(told("own: ") && told("is no list of networks"), "a database takes no tag of its own");
	netlists_free(n);
	snprintf(path, sizeof(path), "%s/city.mmdb", folder);
	n = opened((struct wish){.lists = {path}});
	ok(told("does not say which addresses are anonymous"), "a database of cities");
	netlists_free(n);
	mmdb_remove(folder);
}

int main(void)
{
	char root[512];

	if (!getcwd(root, sizeof(root)))
		return 1;
	setenv("PATH", "/usr/bin:/bin", 1);
	scratch_init();
	setenv("PATH", "/usr/bin:/bin", 1);
	test_tags();
	test_rejected();
	test_refused();
	test_excluded();
	test_half_unreadable();
	test_changed();
	test_allowed();
	test_emptied();
	test_reopened();
	test_hanging();
	test_places();
	test_turns();
	test_too_many();
	test_database(root);
	return tap_done();
}
