/* What Prometheus is told: of a small world to the letter, of hostile names, of a thousand clients. */
#include "peers/metrics.h"

#include <dirent.h>
#include <errno.h>

#include "scratch.h"
#include "tap.h"
#include "unit/peers/drawn.h"

static struct buf written(const struct scene *scene)
{
	struct buf out;

	buf_init(&out, METRICS_MAX);
	metrics_write(scene, &out);
	return out;
}

static unsigned count(const char *text, const char *what)
{
	unsigned n = 0;

	for (; (text = strstr(text, what)) != NULL; text += strlen(what))
		n++;
	return n;
}

static void small_world(void)
{
	static const char *const lines[] = {
		"HELP swarmtop_connections Peer connections now, by country.\n# TYPE swarmtop_connections gauge\n",
		"\nswarmtop_connections{country=\"DE\"} 2\n",
		"\nswarmtop_connections{country=\"--\"} 1\n",
		"\nswarmtop_connections{country=\"IT\"} 0\n",
		"TYPE swarmtop_sightings_total counter\n",
		"\nswarmtop_sightings_total{country=\"DE\"} 3\n",
		"\nswarmtop_unique_addresses{country=\"IT\"} 1\n",
		"\nswarmtop_upload_bytes_per_second{country=\"DE\"} 1600\n",
		"\nswarmtop_client_connections{client=\"qBittorrent\"} 2\n",
		"\nswarmtop_client_connections{client=\"Unknown\"} 1\n",
		"\nswarmtop_source_up{source=\"home\"} 1\n",
		"\nswarmtop_source_up{source=\"nas\"} 0\n",
		"\nswarmtop_source_up{source=\"attic\"} 0\n",
		"\nswarmtop_source_torrents{source=\"nas\"} 9\n",
		"\nswarmtop_source_poll_duration_seconds{source=\"home\"} 0.00314\n",
		"\nswarmtop_source_last_answer_timestamp_seconds{source=\"home\"} 1795246200\n",
		"\nswarmtop_trait_connections{trait=\"encrypted\"} 1\n",
		"\nswarmtop_polls_total 2\n",
		"\nswarmtop_torrents_with_peers 2\n",
		"\nswarmtop_unique_peer_addresses 4\n",
		"\nswarmtop_build_info{version=\"" SWARMTOP_VERSION "\"} 1\n",
	};
	struct drawn d;
	struct buf out;

	drawn_begin(&d);
	out = written(&d.scene);
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		const char *line = lines[i] + (lines[i][0] == '\n');

		ok(strstr(buf_str(&out), lines[i]), "there is %.*s", (int)strcspn(line, "\n"), line);
	}
	ok(!strstr(buf_str(&out), "source_torrents{source=\"attic\"}"), "who never answered has no torrents");
	ok(!strstr(buf_str(&out), "5.9.1.1") && !strstr(buf_str(&out), "93.40."), "no address is in it");
	ok(strstr(buf_str(&out), "client=\"=1+1, \\\"so\\\"\""), "quotes in a name are escaped");
	ok(out.data[out.len - 1] == '\n', "the last line is whole");
	buf_done(&out);
	drawn_end(&d);
}

static void empty_world(void)
{
	struct drawn d;
	struct buf out;

	drawn_empty(&d);
	out = written(&d.scene);
	ok(strstr(buf_str(&out), "# TYPE swarmtop_connections gauge\n# HELP"), "no country yet");
	buf_done(&out);
	drawn_end(&d);
}

/* Peers choose their clients' names. */
static void many_clients(void)
{
	struct drawn d;
	struct answer a;
	struct buf out;
	char name[64];

	drawn_begin(&d);
	answer_init(&a);
	add_torrent(&a, 3, "three");
	add_peer(&a, IP4(5, 9, 9, 9), drawn_client(&d, "other 1.0"));
	for (unsigned i = 0; i < 1000; i++) {
		snprintf(name, sizeof(name), "c%c%c%c 1.0", 'a' + i / 100, 'a' + i / 10 % 10, 'a' + i % 10);
		add_peer(&a, IP4(5, 9, 2 + i / 200, i % 200), drawn_client(&d, name));
	}
	for (int poll = 0; poll < 3; poll++)
		drawn_poll(&d, &a, 30 + poll);
	answer_done(&a);
	out = written(&d.scene);
	is_int(count(buf_str(&out), "swarmtop_client_connections{"), METRICS_FAMILIES + 1, "fifty have names");
	is_int(count(buf_str(&out), "swarmtop_client_connections{client=\"other\"}"), 1, "the others are one");
	buf_done(&out);
	drawn_end(&d);
}

static void has(const struct scene *scene, const char *sample, const char *name)
{
	struct buf out = written(scene);
	char line[256];

	snprintf(line, sizeof(line), "\nswarmtop_%s\n", sample);
	ok(strstr(buf_str(&out), line), "%s: %s", name, sample);
	buf_done(&out);
}

/* Other databases, and lists: what was counted stays where it was. */
static void moved(void)
{
	char vpn[] = "vpn=german", tor[] = "tor=german";
	char *lists[][2] = {{vpn}, {tor}, {vpn, tor}};
	struct netlists *n = netlists_new((struct netlists_ear){NULL, NULL});
	struct answer a;
	struct drawn d;
	struct err err;

	netlists_open(n, &(struct netlists_ask){.lists = lists[0], .list_count = 1}, &err);
	netlists_take(n, 60000);
	drawn_empty(&d);
	d.scene.lists = d.tags = n;
	drawn_polls(&d);
	has(&d.scene, "sightings_total{country=\"DE\"} 3", "before");
	has(&d.scene, "tag_sightings_total{tag=\"vpn\"} 3", "before");
	d.germans = "FR";
	netlists_open(n, &(struct netlists_ask){.lists = lists[1], .list_count = 1}, &err);
	netlists_take(n, 60000);
	fold_relocate(d.fold);
	fold_retag(d.fold, 0, UINT32_MAX);
	fold_recount(d.fold, DRAWN_WALL);
	has(&d.scene, "sightings_total{country=\"DE\"} 3", "another database: no counter falls");
	has(&d.scene, "sightings_total{country=\"FR\"} 0", "... nor jumps");
	has(&d.scene, "connections{country=\"FR\"} 2", "... though they are there now");
	has(&d.scene, "tag_sightings_total{tag=\"tor\"} 0", "another list: a tag begins");
	has(&d.scene, "tag_connections{tag=\"tor\"} 2", "... with those of now");
	answer_init(&a);
	add_torrent(&a, 1, "one");
	add_peer(&a, DRAWN_GERMAN, CLIENT_NONE);
	drawn_poll(&d, &a, 30);
	answer_done(&a);
	netlists_open(n, &(struct netlists_ask){.lists = lists[2], .list_count = 2}, &err);
	netlists_take(n, 60000);
	fold_relocate(d.fold);
	fold_retag(d.fold, 0, UINT32_MAX);
	has(&d.scene, "sightings_total{country=\"FR\"} 1", "the next one is counted there");
	has(&d.scene, "tag_sightings_total{tag=\"tor\"} 1", "... and so");
	has(&d.scene, "tag_sightings_total{tag=\"vpn\"} 3", "a tag that comes back goes on");
	drawn_end(&d);
	netlists_free(n);
}

/* What is left out now may be nothing, and have been something. */
static void left_out(void)
{
	struct drawn d;

	drawn_begin(&d);
	d.scene.excluded = (struct sieve_count){.sightings = 7};
	has(&d.scene, "excluded_connections 0", "nobody of it is there");
	has(&d.scene, "excluded_sightings_total 7", "but was");
	drawn_end(&d);
}

static void same_names(void)
{
	struct drawn d;
	struct buf out;

	drawn_begin(&d);
	memset(d.sources[0].name, 'x', sizeof(d.sources[0].name) - 1);
	memset(d.sources[1].name, 'x', sizeof(d.sources[1].name) - 1);
	out = written(&d.scene);
	is_int(count(buf_str(&out), "swarmtop_source_up{"), 2, "two of one name are one series");
	buf_done(&out);
	drawn_end(&d);
}

static unsigned files_here(void)
{
	DIR *folder = opendir(scratch);
	unsigned n = 0;

	while (folder && readdir(folder))
		n++;
	if (folder)
		closedir(folder);
	return n;
}

static void files(void)
{
	unsigned before = files_here();
	char first[8] = "";
	struct drawn d;
	struct err err;
	FILE *file;

	drawn_begin(&d);
	is_int(metrics_save(&d.scene, "x.prom", &err), 0, "a file");
	file = fopen("x.prom", "r");
	ok(file && fgets(first, sizeof(first), file) && strcmp(first, "# HELP ") == 0, "... has them");
	if (file)
		fclose(file);
	is_int(metrics_save(&d.scene, "x.prom", &err), 0, "... again");
	is_int(files_here(), before + 1, "... and nothing is beside it");
	is_int(metrics_save(&d.scene, "no/x.prom", &err), -ENOENT, "a folder that is not there");
	ok(strstr(err.msg, "cannot write"), "... is told: %s", err.msg);
	drawn_end(&d);
}

int main(void)
{
	scratch_init();
	scratch_file("german", "5.9.0.0/16\n", 0600);
	small_world();
	empty_world();
	many_clients();
	moved();
	left_out();
	same_names();
	files();
	return tap_done();
}
