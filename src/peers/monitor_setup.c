/* What the configuration decides in a running monitor: its daemons, databases, lists and log, at the start and again on
 * SIGHUP. It does not know keys, records or screens. */
#include "peers/monitor_private.h"

#include <errno.h>
#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/map.h"
#include "base/words.h"
#include "peers/log_words.h"
#include "peers/metrics.h"

_Static_assert((int)CONF_LISTS == (int)NETLISTS_MAX, "`config --check` knows how many lists there may be");

enum {
	LISTS_START_MS = 2000, /* that the start waits for lists */
	LISTS_SOON_MS = 500,   /* that the poll after SIGHUP does */
	LISTS_HOLD_MS = 30000, /* that the first poll does, of those that are counted */
	LISTS_PAUSE_MS = 50,   /* until it is looked for the first time whether a list has been read */
};

/* ---- daemons ---- */

int monitor_make_daemons(struct monitor *m, const struct options *o, struct daemons *made, struct err *err)
{
	return daemons_make(&o->conf, &m->share, &m->daemons, made, err);
}

void monitor_change_daemons(struct monitor *m, const struct daemons *made)
{
	for (unsigned i = 0; i < m->daemons.count; i++) {
		if (i < made->count && made->sources[i] == m->daemons.sources[i])
			continue;
		fold_drop(m->fold, i);
		sieve_drop(&m->sieve, i);
		if (m->dashboard)
			dashboard_daemon_changed(m->dashboard, i);
		m->failing[i] = SOURCE_OK;
	}
	daemons_free_but(&m->daemons, made);
	m->daemons = *made;
	m->round.source_count = made->count;
}

/* ---- databases ---- */

void monitor_note(void *monitor, bool problem, const char *line)
{
	monitor_tell(monitor, problem, "", line);
}

void monitor_inform(void *monitor, bool problem, const char *line)
{
	struct monitor *m = monitor;
	char said[EVENT_TEXT];

	if (problem || m->options.polls) {
		monitor_note(m, problem, line);
		return;
	}
	events_add(&m->events, clock_now().wall, "%s", line);
	log_words(line, said, sizeof(said));
	events_say(&m->events, "%s", said);
	log_info("%s", line);
	m->redraw = true;
}

static bool knows_networks(const struct locate *locate)
{
	const struct geo_info *info;

	for (size_t i = 0; (info = locate_file(locate, i)) != NULL; i++)
		if (info->has_asn)
			return true;
	return false;
}

int monitor_open_databases(struct monitor *m, const struct options *o, struct err *err)
{
	int rc = locate_open(m->locate,
			     &(struct locate_ask){
				     .paths = o->conf.geoip.databases.items,
				     .count = o->conf.geoip.databases.count,
				     .named = o->conf.geoip.named,
				     .wall = clock_now().wall,
				     .note = monitor_note,
				     .arg = m,
			     },
			     err);

	netlists_lack_systems(m->lists, !knows_networks(m->locate));
	return rc;
}

/* ---- lists ---- */

static uint32_t system_of(struct monitor *m, const struct ip *ip)
{
	if (!netlists_needs_systems(m->lists))
		return 0;
	return locate_network_get(m->locate, locate_network(m->locate, ip))->asn;
}

static bool is_excluded(void *context, const struct ip *ip)
{
	struct monitor *m = context;
	uint32_t asn = system_of(m, ip);

	return netlists_excludes(m->lists, ip, asn, netlists_tags(m->lists, ip, asn));
}

void monitor_relocate(struct monitor *m)
{
	fold_relocate(m->fold);
	m->recount = m->redraw = true;
	if (m->dashboard)
		dashboard_touch(m->dashboard, true);
}

static void take_lists(struct monitor *m)
{
	bool needed = netlists_needs_systems(m->lists);

	if (!netlists_take(m->lists, 0))
		return;
	monitor_retag(m);
	if (netlists_exclusions_changed(m->lists))
		alerts_relocated(m->alerts);
	if (!needed)
		monitor_miss_networks(m);
}

/* A number of polls waits for all lists, else the first poll for those of what is left out. */
static bool lacks_lists(const struct monitor *m)
{
	return netlists_unread(m->lists) && (m->options.polls || netlists_lacks_exclusions(m->lists));
}

/* A long run tells of each list as it is read, a short one of all of them. */
static void sum_up_lists(const struct monitor *m)
{
	uint64_t networks;
	size_t lists = netlists_read_so_far(m->lists, &networks);

	if (m->options.polls && netlists_any(m->lists))
		log_info("lists: %llu network%s, %zu file%s read", (unsigned long long)networks,
			 networks == 1 ? "" : "s", lists, lists == 1 ? "" : "s");
}

static void begin_late(struct monitor *m, int64_t now)
{
	bool lacks = lacks_lists(m);

	if (!m->held || (lacks && now < m->held_until))
		return;
	if (lacks)
		monitor_tell(m, true, "", N_("lists are still being read: it goes on without them"));
	m->held = false;
	m->redraw = true;
	sum_up_lists(m);
	round_start(&m->round);
}

/* After SIGHUP. */
static void hurry_late(struct monitor *m, int64_t now)
{
	if (!m->hurry_until || (netlists_busy(m->lists) && now < m->hurry_until))
		return;
	m->hurry_until = 0;
	if (!m->round.paused)
		round_hurry(&m->round);
}

/* What is being read is looked for again soon, then less often: it may never come. */
static void look_at_lists(void *context)
{
	struct monitor *m = context;
	int64_t now = clock_now().mono_ms, next;

	take_lists(m);
	begin_late(m, now);
	hurry_late(m, now);
	if (now >= m->check_ms) {
		netlists_check(m->lists);
		m->check_ms = now + NETLISTS_CHECK_MS;
		m->pause_ms = LISTS_PAUSE_MS;
	}
	next = m->check_ms;
	if (netlists_busy(m->lists) && now + m->pause_ms < next)
		next = now + m->pause_ms;
	m->pause_ms *= m->held || m->hurry_until ? 1 : 2;
	if (netlists_any(m->lists) || m->held)
		loop_timer_at(m->loop, &m->looking, next);
}

void monitor_miss_networks(struct monitor *m)
{
	if (netlists_needs_systems(m->lists) && !knows_networks(m->locate))
		monitor_tell(m, true, "",
			     N_("AS numbers of lists need a geo database of networks (ASN); none is open"));
}

static void start_looking(struct monitor *m)
{
	m->looking.fire = look_at_lists;
	m->looking.context = m;
	m->check_ms = clock_now().mono_ms + NETLISTS_CHECK_MS;
	m->pause_ms = LISTS_PAUSE_MS;
	if (netlists_any(m->lists) || m->held)
		loop_timer_in(m->loop, &m->looking, LISTS_PAUSE_MS);
	else
		loop_timer_stop(m->loop, &m->looking);
}

static struct netlists_ask asked_lists(const struct options *o)
{
	return (struct netlists_ask){
		.lists = o->conf.filter.lists.items,
		.list_count = o->conf.filter.lists.count,
		.excluded = o->conf.filter.exclude.items,
		.excluded_count = o->conf.filter.exclude.count,
	};
}

int monitor_open_lists(struct monitor *m, const struct options *o, struct err *err)
{
	const struct netlists_ask ask = asked_lists(o);
	int rc = netlists_open(m->lists, &ask, err);

	if (rc)
		return rc;
	m->sieve.excludes = netlists_excludes_any(m->lists) ? is_excluded : NULL;
	m->sieve.context = m;
	start_looking(m);
	return 0;
}

void monitor_await_lists(struct monitor *m)
{
	netlists_take(m->lists, LISTS_START_MS);
	netlists_tell_late(m->lists);
}

bool monitor_holds(struct monitor *m)
{
	m->held = lacks_lists(m);
	m->held_until = clock_now().mono_ms + LISTS_HOLD_MS;
	if (!m->held)
		sum_up_lists(m);
	return m->held;
}

/* ---- web page and metrics ---- */

static struct scene web_scene(void *context)
{
	monitor_recount(context);
	return monitor_scene(context);
}

void monitor_open_web(struct monitor *m)
{
	if (!m->web)
		m->web = web_new(&(struct web_ask){m->loop, web_scene, monitor_inform, m});
	if (!m->options.polls)
		web_configure(m->web, &m->options.conf);
	else if (m->options.polls > 1 && *m->options.conf.web.listen)
		log_info("with -n no page is served at %s", m->options.conf.web.listen);
}

/* Trouble is told once, not at every poll. */
void monitor_save_metrics(struct monitor *m, const struct scene *scene)
{
	struct err err;
	bool failed = metrics_save(scene, m->options.textfile, &err) != 0;

	if (failed && !m->textfile_failed)
		monitor_tell(m, true, "--textfile", err.msg);
	m->textfile_failed = failed;
}

/* ---- log, and all of it again ---- */

void monitor_open_log(const struct options *o)
{
	enum log_level level;

	if (log_level_parse(o->conf.log.level, &level) == 0)
		log_set_level(level);
	if (log_open(o->conf.log.file))
		log_error("cannot write the log to %s", o->conf.log.file);
}

/* Stands for the databases that are open. */
static uint64_t databases_open(const struct monitor *m)
{
	const struct geo_info *info;
	uint64_t sum[2] = {0};

	for (size_t i = 0; (info = locate_file(m->locate, i)) != NULL; i++) {
		sum[0] = siphash13(sum, info->path, strlen(info->path));
		sum[1] = siphash13(sum, &info->built, sizeof(info->built));
	}
	return sum[0] ^ sum[1];
}

static bool same_texts(const struct conf_list *a, const struct conf_list *b)
{
	bool same = a->count == b->count;

	for (size_t i = 0; i < a->count && same; i++)
		same = strcmp(a->items[i], b->items[i]) == 0;
	return same;
}

static bool same_exclusions(const struct conf *a, const struct conf *b)
{
	return same_texts(&a->filter.exclude, &b->filter.exclude) &&
	       (a->filter.exclude.count == 0 || same_texts(&a->filter.lists, &b->filter.lists));
}

/* Takes over what the options say, or nothing. Lists come last: what was read of them is not to be had again at
 * once. */
static int renew(struct monitor *m, struct options *fresh, struct err *err)
{
	const struct netlists_ask lists = asked_lists(fresh);
	struct daemons made;
	uint64_t databases = databases_open(m);
	struct err none;
	int rc = monitor_make_daemons(m, fresh, &made, err);

	if (rc)
		return rc;
	rc = netlists_try(m->lists, &lists, err);
	if (rc)
		goto fail;
	rc = monitor_open_databases(m, fresh, err);
	if (rc && fresh->conf.geoip.named)
		goto fail;
	if (rc)
		monitor_tell(m, true, "", err->msg);
	rc = monitor_set_alerts(m, fresh, err);
	if (rc) {
		(void)monitor_open_databases(m, &m->options, &none);
		monitor_relocate(m);
		monitor_retag(m);
		goto fail;
	}
	(void)monitor_open_lists(m, fresh, err);
	monitor_relocate(m);
	monitor_retag(m);
	/* Countries that this makes others are none that have come. */
	if (databases != databases_open(m) || !same_exclusions(&m->options.conf, &fresh->conf))
		alerts_relocated(m->alerts);
	monitor_miss_networks(m);
	monitor_change_daemons(m, &made);
	return 0;
fail:
	daemons_free_but(&made, &m->daemons);
	return rc;
}

static void tell_kept(struct monitor *m, const struct err *why)
{
	struct err told;

	err_set(&told, 0, N_("the old configuration stays: %.470s"), why->msg);
	monitor_tell(m, true, "", told.msg);
}

void monitor_reload(struct monitor *m)
{
	double refresh = m->options.conf.monitor.refresh;
	struct options fresh;
	struct err err;

	if (options_reload(&m->options, &fresh, &err)) {
		tell_kept(m, &err);
		return;
	}
	if (renew(m, &fresh, &err)) {
		tell_kept(m, &err);
		options_done(&fresh);
		return;
	}
	if (monitor_keep_history(m, &fresh, &err))
		monitor_tell(m, true, "history", err.msg);
	options_done(&m->options);
	m->options = fresh;
	fold_remember(m->fold, fresh.conf.monitor.remember);
	monitor_open_web(m);
	/* An interval that was chosen with a key stays, unless the configured one is another now. */
	if (fresh.conf.monitor.refresh != m->configured_refresh)
		round_refresh(&m->round, llround(fresh.conf.monitor.refresh * 1000));
	else
		m->options.conf.monitor.refresh = refresh;
	m->configured_refresh = fresh.conf.monitor.refresh;
	if (m->round.paused)
		round_settle(&m->round);
	else if (!m->held)
		m->hurry_until = clock_now().mono_ms + LISTS_SOON_MS;
	hurry_late(m, clock_now().mono_ms);
	monitor_tell(m, false, "", N_("the configuration was read again"));
}
