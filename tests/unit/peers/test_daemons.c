/* Sources of a configuration, and what a reload takes over of them. */
#include "peers/daemons.h"

#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/buf.h"
#include "core/conf.h"
#include "scratch.h"
#include "tap.h"

static struct daemons_share share;
static struct buf notes;
static unsigned freed;
static const struct source_ops *real;

static void on_nothing(void *context, struct source *s)
{
	(void)context, (void)s;
}

static void on_noted(void *context, struct source *s, bool problem, const char *text)
{
	(void)context;
	buf_printf(&notes, "%s%s: %s\n", problem ? "!" : "", s->status.name, text);
}

/* ---- sources that tell when they are freed ---- */

static void no_poll(struct source *s)
{
	(void)s;
}

static void no_login(struct source *s, const char *username, const char *password)
{
	(void)s, (void)username, (void)password;
}

static void counted_free(struct source *s)
{
	freed++;
	real->free(s);
}

static const struct source_ops counted = {no_poll, no_login, counted_free};

static void count_frees(const struct daemons *d)
{
	for (unsigned i = 0; i < d->count; i++) {
		if (d->sources[i]->ops != &counted)
			real = d->sources[i]->ops;
		d->sources[i]->ops = &counted;
	}
	freed = 0;
}

/* ---- configurations ---- */

static void load(struct conf *conf, const char *toml)
{
	struct conf_source source = {.file = scratch_file("config.toml", toml, 0600)};
	struct err err = {""};

	if (conf_load(&source, conf, &err)) {
		printf("Bail out! %s\n", err.msg);
		exit(1);
	}
}

/* What SIGHUP does. Returns daemons_make()'s verdict; the old ones are replaced when it is good. */
static int reload(struct daemons *d, const char *toml, struct err *err)
{
	struct daemons made = {.count = 77};
	struct conf conf;
	int rc;

	load(&conf, toml);
	rc = daemons_make(&conf, &share, d, &made, err);
	conf_done(&conf);
	if (rc) {
		is_int(made.count, 77, "what is not made is not handed out");
		return rc;
	}
	count_frees(d);
	daemons_free_but(d, &made);
	*d = made;
	return 0;
}

#define HOME "[[transmission]]\nname = \"home\"\nurl = \"http://127.0.0.1:9091/transmission/rpc\"\n"
#define NAS "[[transmission]]\nname = \"nas\"\nurl = \"http://127.0.0.1:9092/transmission/rpc\"\n"
#define ATTIC "[[transmission]]\nname = \"attic\"\nurl = \"unix:/run/t\"\n"

static void begin(struct daemons *d, const char *toml)
{
	struct err err = {""};

	*d = (struct daemons){.count = 0};
	buf_reset(&notes);
	is_int(reload(d, toml, &err), 0, "daemons are made%s", err.msg);
}

static void end(struct daemons *d)
{
	unsigned count = d->count;

	count_frees(d);
	daemons_free_but(d, &(struct daemons){.count = 0});
	is_int(freed, count, "all are freed at the end");
	is_int(d->count, 0, "and none is left");
}

static void test_made(void)
{
	struct daemons d;

	begin(&d, HOME NAS ATTIC);
	is_int(d.count, 3, "one for each");
	is_str(d.sources[0]->status.name, "home", "in the order of the configuration");
	is_str(d.sources[1]->status.url, "http://127.0.0.1:9092/transmission/rpc", "with their address");
	is_str(d.sources[2]->status.name, "attic", "the last one");
	for (unsigned i = 0; i < 3; i++)
		is_int(d.sources[i]->number, i, "numbers are places");
	is_int(d.sources[0]->status.state, SOURCE_CONNECTING, "nobody has been asked");
	is_str(buf_str(&notes), "", "and nothing is to be said");
	end(&d);
}

static void test_same(void)
{
	struct daemons d;
	struct source *home, *nas;
	struct err err;

	begin(&d, "[monitor]\nrefresh = 30\n" HOME "username = \"me\"\npassword = \"x\"\n" NAS);
	home = d.sources[0];
	nas = d.sources[1];
	home->status.state = SOURCE_REFUSED;
	is_int(reload(&d, "# other words\n[monitor]\nrefresh = 7\n" HOME "password = \"x\"\nusername = \"me\"\n" NAS,
		      &err),
	       0, "a reload that changes nothing about daemons");
	ok(d.sources[0] == home && d.sources[1] == nas, "takes them over");
	is_int(home->status.state, SOURCE_REFUSED, "as they are");
	is_int(freed, 0, "and frees none");
	end(&d);
}

/* Each change makes the first daemon anew, and leaves the second alone. */
static void test_changes(void)
{
	static const struct {
		const char *from, *to;
	} changes[] = {
		{HOME, "[[transmission]]\nname = \"house\"\nurl = \"http://127.0.0.1:9091/transmission/rpc\"\n"},
		{HOME, "[[transmission]]\nname = \"home\"\nurl = \"http://127.0.0.1:9099/transmission/rpc\"\n"},
		{HOME, HOME "insecure = true\n"},
		{HOME, HOME "cacert = \"/etc/ca.pem\"\n"},
		{HOME, HOME "username = \"me\"\n"},
		{HOME "username = \"me\"\n", HOME "username = \"me\"\npassword = \"x\"\n"},
		{HOME "username = \"me\"\npassword = \"x\"\n", HOME "username = \"me\"\npassword = \"y\"\n"},
		{HOME "username = \"mex\"\npassword = \"y\"\n", HOME "username = \"me\"\npassword = \"xy\"\n"},
	};
	char from[1024], to[1024];
	struct daemons d;
	struct source *nas;
	struct err err;

	for (size_t i = 0; i < sizeof(changes) / sizeof(changes[0]); i++) {
		snprintf(from, sizeof(from), "%s%s", changes[i].from, NAS);
		snprintf(to, sizeof(to), "%s%s", changes[i].to, NAS);
		begin(&d, from);
		nas = d.sources[1];
		is_int(reload(&d, to, &err), 0, "change %zu", i);
		is_int(freed, 1, "makes the source anew");
		ok(d.sources[1] == nas, "and keeps its neighbour");
		end(&d);
	}
}

static void test_torrents(void)
{
	struct daemons d;
	struct err err;

	begin(&d, "[monitor]\ntorrents = [\"1\", \"2\"]\n" HOME NAS);
	is_int(reload(&d, "[monitor]\ntorrents = [\"12\"]\n" HOME NAS, &err), 0, "other torrents");
	is_int(freed, 2, "make all of them anew");
	is_int(reload(&d, "[monitor]\ntorrents = [\"12\"]\n" HOME NAS, &err), 0, "the same torrents");
	is_int(freed, 0, "make none");
	end(&d);
}

static void test_rows(void)
{
	struct daemons d;
	struct source *home;
	struct err err;

	begin(&d, HOME NAS);
	home = d.sources[0];
	is_int(reload(&d, HOME NAS ATTIC, &err), 0, "one more");
	is_int(d.count, 3, "is there");
	is_int(freed, 0, "beside the others");
	is_int(reload(&d, HOME, &err), 0, "two less");
	is_int(freed, 2, "are freed");
	ok(d.count == 1 && d.sources[0] == home, "and one stays");
	is_int(reload(&d, NAS HOME, &err), 0, "in another place");
	is_int(freed, 1, "it is made anew");
	ok(d.sources[0]->number == 0 && d.sources[1]->number == 1, "because numbers are places");
	is_str(d.sources[1]->status.name, "home", "under its name");
	end(&d);
}

/* ---- logins ---- */

static void test_password_file(void)
{
	char toml[1024], file[256];
	struct daemons d;
	struct source *home, *nas;
	struct err err;

	snprintf(file, sizeof(file), "%s/secret", scratch);
	snprintf(toml, sizeof(toml), HOME NAS "password_file = \"%s\"\n", file);
	scratch_file("secret", "me:x\n", 0600);
	begin(&d, toml);
	home = d.sources[0];
	nas = d.sources[1];
	scratch_file("secret", "me:x\nwhatever follows\n", 0600);
	is_int(reload(&d, toml, &err), 0, "the same login in another file");
	ok(d.sources[1] == nas, "changes nothing");
	scratch_file("secret", "me:z\n", 0600);
	is_int(reload(&d, toml, &err), 0, "another password in the same file");
	is_int(freed, 1, "makes the daemon anew");
	ok(d.sources[0] == home, "and only that one");
	end(&d);
}

/* Whether the daemons before the one without a login are new, or taken over. */
static void test_no_login(const char *before, const char *without)
{
	char toml[1024];
	struct daemons d;
	struct source *home, *nas;
	struct err err = {""};

	snprintf(toml, sizeof(toml), "%s%spassword_file = \"%s\"\n", before, without,
		 scratch_file("secret", "only-a-password\n", 0600));
	begin(&d, HOME NAS);
	home = d.sources[0];
	nas = d.sources[1];
	count_frees(&d);
	ok(reload(&d, toml, &err) < 0, "a file that holds no login is refused");
	ok(strstr(err.msg, "secret holds no login"), "by name: %s", err.msg);
	ok(d.count == 2 && d.sources[0] == home && d.sources[1] == nas, "the old daemons live");
	is_int(freed, 0, "untouched");
	end(&d);
}

static void test_exposed(void)
{
	struct daemons d;
	struct err err;

	scratch_file(".netrc", "machine 127.0.0.1 login me password x\n", 0644);
	begin(&d, HOME "username = \"you\"\npassword = \"y\"\n" NAS
		       "[[transmission]]\nname = \"far\"\nurl = \"http://192.0.2.1:9091/transmission/rpc\"\n"
		       "username = \"you\"\npassword = \"y\"\n");
	ok(strstr(buf_str(&notes), "!nas: ") && strstr(buf_str(&notes), ".netrc holds a password and others"),
	   "others may read a password: %s", buf_str(&notes));
	ok(strstr(buf_str(&notes), "!far: "), "a login goes readably over the network");
	ok(!strstr(buf_str(&notes), "home: "), "on this machine it may");
	ok(!strstr(buf_str(&notes), "\"y\"") && !strstr(buf_str(&notes), " y"), "no secret is said");
	buf_reset(&notes);
	reload(&d,
	       HOME "username = \"you\"\npassword = \"z\"\n" NAS
		    "[[transmission]]\nname = \"far\"\nurl = \"http://192.0.2.1:9091/transmission/rpc\"\n"
		    "username = \"you\"\npassword = \"y\"\n",
	       &err);
	is_int(freed, 1, "one has changed");
	is_str(buf_str(&notes), "", "of those that are taken over nothing is said again");
	end(&d);
	unlink(".netrc");
}

int main(void)
{
	scratch_init();
	alarm(60);
	signal(SIGPIPE, SIG_IGN);
	buf_init(&notes, 1 << 16);
	share.loop = loop_new();
	share.http = http_new(share.loop);
	share.clients = clients_new();
	share.listener = (struct source_listener){on_nothing, on_nothing, on_noted, NULL};
	test_made();
	test_same();
	test_changes();
	test_torrents();
	test_rows();
	test_password_file();
	test_no_login(HOME, NAS);
	test_no_login(NAS, HOME);
	test_exposed();
	clients_free(share.clients);
	http_free(share.http);
	loop_free(share.loop);
	buf_done(&notes);
	return tap_done();
}
