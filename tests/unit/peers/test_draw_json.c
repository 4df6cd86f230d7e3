/* A poll as a line of JSON, to the letter, and read back. */
#include "peers/draw.h"

#include "core/json.h"
#include "scratch.h"
#include "tap.h"
#include "unit/peers/drawn.h"

/* Single quotes stand for double ones, to spare the eyes. */
#define DAEMONS                                                                                                        \
	"{'name':'home','url':'http://127.0.0.1:9091/transmission/rpc','state':'ok','error':null,"                     \
	"'version':'3.00 (bb6b5a062e)','torrents':2,'peers':4,'poll_ms':3.1},"                                         \
	"{'name':'nas','url':'http://nas:9091/','state':'refused','error':'login \\'refused\\', \\\\o/',"              \
	"'version':null,'torrents':9,'peers':0,'poll_ms':12},"                                                         \
	"{'name':'attic','url':'unix:/run/t','state':'connecting','error':null,"                                       \
	"'version':null,'torrents':null,'peers':null,'poll_ms':null}"
#define COUNTRIES                                                                                                      \
	"{'code':'DE','name':'Germany','sightings':3,'unique':1,'connections':2,'addresses':1,"                        \
	"'rate_up':1600,'rate_down':0},"                                                                               \
	"{'code':'--','name':'Local','sightings':1,'unique':1,'connections':1,'addresses':1,"                          \
	"'rate_up':0,'rate_down':0},"                                                                                  \
	"{'code':'?\?','name':'Unknown','sightings':1,'unique':1,'connections':1,'addresses':1,"                       \
	"'rate_up':0,'rate_down':0},"                                                                                  \
	"{'code':'IT','name':'Italy','sightings':1,'unique':1,'connections':0,'addresses':0,"                          \
	"'rate_up':0,'rate_down':0}"
#define NO_TAGS "'tags':[],'excluded':{'sightings':0,'connections':0,'addresses':0,'rate_up':0,'rate_down':0}"
static char vpn_list[] = "vpn=list";

#define LINE                                                                                                           \
	"{'schema':1,'time':'2026-11-21T07:30:00Z','poll':2,'sources':[" DAEMONS "],"                                  \
	"'sightings':6,'unique':4,'unique_exact':true,'connections':4,'addresses':3,'rate_up':1600,'rate_down':0,"     \
	"'countries':[" COUNTRIES "],'hours':[0,0,0,0,0,0,0,6,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0]," NO_TAGS
#define PEERS                                                                                                          \
	"{'address':'5.9.1.1','country':'DE','city':null,'latitude':null,'longitude':null,'sightings':3,"              \
	"'first_seen':'2026-11-21T07:29:30Z','last_seen':'2026-11-21T07:30:00Z','connected':true,'torrents':2,"        \
	"'client':'qBittorrent 4.5.2','rate_up':1600,'rate_down':0,'estimated_bytes_up':48000,"                        \
	"'estimated_bytes_down':0,'progress':0.25,'flags':'EI','asn':null,'network':null,'tags':null},"                \
	"{'address':'10.0.0.9','country':'--','city':null,'latitude':null,'longitude':null,'sightings':1,"             \
	"'first_seen':'2026-11-21T07:30:00Z','last_seen':'2026-11-21T07:30:00Z','connected':true,'torrents':1,"        \
	"'client':null,'rate_up':0,'rate_down':0,'estimated_bytes_up':0,"                                              \
	"'estimated_bytes_down':0,'progress':0,'flags':'K?','asn':null,'network':null,'tags':null},"                   \
	"{'address':'200.1.2.3','country':'?\?','city':null,'latitude':null,'longitude':null,'sightings':1,"           \
	"'first_seen':'2026-11-21T07:30:00Z','last_seen':'2026-11-21T07:30:00Z','connected':true,'torrents':1,"        \
	"'client':'\u00b5Torrent 3.5','rate_up':0,'rate_down':0,'estimated_bytes_up':0,"                               \
	"'estimated_bytes_down':0,'progress':1,'flags':'K?','asn':null,'network':null,'tags':null},"                   \
	"{'address':'93.40.0.7','country':'IT','city':null,'latitude':null,'longitude':null,'sightings':1,"            \
	"'first_seen':'2026-11-21T07:29:30Z','last_seen':'2026-11-21T07:29:30Z','connected':false,'torrents':1,"       \
	"'client':'=1+1, \\'so\\'','rate_up':0,'rate_down':0,'estimated_bytes_up':0,"                                  \
	"'estimated_bytes_down':0,'progress':0,'flags':'K?','asn':null,'network':null,'tags':null}"

static void is_line(const struct buf *got, const char *want, const char *name)
{
	struct buf quoted;

	buf_init(&quoted, DRAWN_MAX);
	for (; *want; want++)
		buf_putc(&quoted, *want == '\'' ? '"' : *want == '\1' ? '\'' : *want); /* and \1 for a single one */
	is_str(buf_str(got), buf_str(&quoted), "%s", name);
	buf_done(&quoted);
}

static struct json *parsed(const struct buf *line)
{
	struct err err = {""};
	struct json *root = json_parse(buf_str(line), line->len, &err);

	ok(root != NULL, "it is JSON%s", err.msg);
	return root;
}

static void nobody_told(void *context, const struct alert_told *told)
{
	(void)context;
	(void)told;
}

static void test_alerts(void)
{
	struct conf_alert list[] = {
		{.name = "german\"y", .when = "share('DE') > 40%", .clear = "", .polls = 1, .message = ""},
		{.name = "nas", .when = "source('nas').state = ok", .clear = "", .polls = 1}};
	struct conf conf = {.alerts = list, .alert_count = 2};
	struct alerts *alerts = alerts_new();
	struct drawn d;
	struct buf out;

	drawn_begin(&d);
	alerts_configure(alerts, &conf);
	alerts_check(alerts, &d.scene, nobody_told, NULL);
	d.scene.alerts = alerts;
	out = drawn_record(&d, &draw_json, false, false);
	is_line(&out,
		LINE ",'alerts':[{'name':'german\\'y','when':'share(\1DE\1) > 40%','state':'raised',"
		     "'since':'2026-11-21T07:30:00Z','values':'share(\1DE\1) = 50 %'},"
		     "{'name':'nas','when':'source(\1nas\1).state = ok','state':'ok','since':null,"
		     "'values':'source(\1nas\1).state = refused'}]}\n",
		"and alerts");
	json_free(parsed(&out));
	buf_done(&out);
	out = drawn_record(&d, &draw_plain, false, false);
	ok(strstr(buf_str(&out), "\nAlert german\"y since 2026-11-21 07:30:00: share('DE') = 50 %\n\nConnect") != NULL,
	   "a plain block says what is raised");
	ok(!strstr(buf_str(&out), "Alert nas"), "and only that");
	buf_done(&out);
	alerts_free(alerts);
	drawn_end(&d);
}

static void test_line(void)
{
	struct drawn d;
	struct buf out;

	drawn_begin(&d);
	out = drawn_record(&d, &draw_json, false, true);
	is_line(&out, LINE "}\n", "a poll is a line, without escape codes");
	json_free(parsed(&out));
	buf_done(&out);
	d.scene.credit = "by \"DB-IP\"";
	out = drawn_record(&d, &draw_json, true, false);
	is_line(&out, LINE ",'peers':[" PEERS "],'credit':'by \\'DB-IP\\''}\n", "with peers and a credit");
	json_free(parsed(&out));
	buf_done(&out);
	ok(!draw_json.summary && !draw_json.head, "there is neither head nor summary");
	drawn_end(&d);
}

static void test_before_the_first(void)
{
	struct drawn d;
	struct buf out;

	drawn_empty(&d);
	d.scene.source_count = 0;
	d.scene.wall = 0;
	d.scene.poll = 0;
	out = drawn_record(&d, &draw_json, true, false);
	is_line(&out,
		"{'schema':1,'time':'2026-11-21T07:30:00Z','poll':0,'sources':[],'sightings':0,'unique':0,"
		"'unique_exact':true,'connections':0,'addresses':0,'rate_up':0,'rate_down':0,'countries':[],"
		"'hours':[0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0]," NO_TAGS ",'peers':[]}\n",
		"nothing was seen: lists are empty, not missing");
	json_free(parsed(&out));
	buf_done(&out);
	drawn_end(&d);
}

/* What a name or a message may hold comes back as it was. */
static void test_read_back(void)
{
	static const char strange[] = "\"\\/\b\f\n\r\t\001\177 \u00e9\u20ac\U0001f600 '";
	const struct json *source;
	struct json *root;
	struct drawn d;
	struct buf out;
	size_t len = 0;

	drawn_begin(&d);
	snprintf(d.sources[0].name, sizeof(d.sources[0].name), "%s", strange);
	snprintf(d.sources[0].error, sizeof(d.sources[0].error), "%s", strange);
	d.fold->forgot = true;
	d.fold->sightings = 9007199254740993u;
	d.fold->now.rate_up = 1ull << 62;
	out = drawn_record(&d, &draw_json, true, false);
	is_int(strcspn(buf_str(&out), "\n"), out.len - 1, "it stays one line");
	root = parsed(&out);
	source = json_item(json_member(root, "sources"), 0);
	is_str(json_text(json_member(source, "name"), &len), strange, "a strange name");
	is_str(json_text(json_member(source, "error"), &len), strange, "a strange message");
	is_int(json_int(json_member(root, "unique_exact"), -1), 0, "an estimate says so");
	is_int(json_int(json_member(root, "sightings"), -1), 9007199254740993, "large numbers are exact");
	is_int(json_int(json_member(root, "rate_up"), -1), 1ll << 62, "and not negative");
	is_int(json_count(json_member(root, "peers")), 4, "all peers");
	json_free(root);
	buf_done(&out);
	drawn_end(&d);
}

/* A list of Germany's address, and one peer that is left out. */
static void test_tags(void)
{
	char *lists[] = {vpn_list};
	struct netlists *n = netlists_new((struct netlists_ear){NULL, NULL});
	struct json *root;
	struct err err = {""};
	struct drawn d;
	struct buf out;

	is_int(netlists_open(n, &(struct netlists_ask){.lists = lists, .list_count = 1}, &err), 0, "a list");
	netlists_take(n, 60000);
	drawn_empty(&d);
	d.tags = n;
	d.scene.lists = n;
	d.scene.excluded = (struct sieve_count){.sightings = 7, .connections = 2, .addresses = 1};
	drawn_polls(&d);
	out = drawn_record(&d, &draw_json, true, false);
	root = parsed(&out);
	ok(strstr(buf_str(&out), ",\"tags\":[{\"tag\":\"vpn\",\"state\":\"ok\",\"sightings\":3,"
				 "\"connections\":2,\"addresses\":1,\"rate_up\":1600,\"rate_down\":0}]"),
	   "what is known of a tag");
	ok(strstr(buf_str(&out), "\"excluded\":{\"sightings\":7,\"connections\":2,\"addresses\":1,"),
	   "what is left out");
	ok(strstr(buf_str(&out), "\"network\":null,\"tags\":\"vpn\"}"), "the tags of a peer");
	json_free(root);
	buf_done(&out);
	out = drawn_record(&d, &draw_plain, false, false);
	ok(strstr(buf_str(&out), "\nTagged vpn: 2 now, 3 sightings\n"), "a tag in plain text");
	ok(strstr(buf_str(&out), "\nExcluded from all this: 2 now, from 1 address; 7 sightings\n"), "and the rest");
	buf_done(&out);
	d.scene.excluded.addresses = 2;
	out = drawn_record(&d, &draw_plain, false, false);
	ok(strstr(buf_str(&out), "\nExcluded from all this: 2 now, from 2 addresses; 7 sightings\n"), "two addresses");
	buf_done(&out);
	drawn_end(&d);
	netlists_free(n);
}

int main(void)
{
	scratch_init();
	scratch_file("list", "5.9.0.0/16\n", 0600);
	test_line();
	test_alerts();
	test_before_the_first();
	test_read_back();
	test_tags();
	return tap_done();
}
