/* The sync pass: collections side by side, some at a time, and what has come of them. It does not know what a
 * collection is made of. */
#include "swarm/collect.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/str.h"
#include "base/text.h"
#include "base/words.h"
#include "base/xmalloc.h"
#include "swarm/command.h"

enum { AT_ONCE = 8, NAME = 64, NAME_COLS = 24 };

struct pass {
	const struct pass_world *world;
	void (*ended)(void *context);
	void *context;
	struct collection *collections;
	size_t count, next, running;
	struct loop_timer end;
	int64_t began_ms, took_ms;
	bool stopped, told, unsaved;
};

static bool storeless(const struct pass *pass)
{
	for (size_t i = 0; i < pass->count; i++)
		if (pass->collections[i].storeless)
			return true;
	return false;
}

/* ---- what is left for soon ---- */

static void note_left(const struct pass *pass)
{
	struct buf *left = pass->world->left;

	if (!left)
		return;
	buf_reset(left);
	for (size_t i = 0; i < pass->count && !pass->unsaved; i++) {
		const char *name = pass->collections[i].conf->name;

		if (collection_again(&pass->collections[i]) >= 0)
			buf_add(left, name, strlen(name) + 1);
	}
}

static bool is_left(const struct pass_world *world, const char *name)
{
	const char *at = buf_str(world->left), *end = at + world->left->len;

	while (at < end && strcmp(at, name) != 0)
		at += strlen(at) + 1;
	return at < end || !world->left->len;
}

/* ---- start and end ---- */

static void tell_end(void *context)
{
	struct pass *pass = context;
	struct err err;

	pass->took_ms = loop_now(pass->world->loop).mono_ms - pass->began_ms;
	pass->told = true;
	/* What is counted is what is on disk. Who stopped it does not wait. */
	if (!pass->stopped && !storeless(pass) && catalog_flush(pass->world->catalog, &err)) {
		log_error("%s", err.msg);
		pass->unsaved = true;
	}
	note_left(pass);
	pass->ended(pass->context);
}

static void collection_ended(void *context, struct collection *c);

static void start_more(struct pass *pass)
{
	while (pass->running < AT_ONCE && pass->next < pass->count) {
		pass->running++;
		collection_start(&pass->collections[pass->next++], collection_ended, pass);
	}
	if (!pass->running)
		loop_timer_in(pass->world->loop, &pass->end, 0);
}

static void collection_ended(void *context, struct collection *c)
{
	struct pass *pass = context;

	(void)c;
	pass->running--;
	start_more(pass);
}

static bool is_wanted(const struct pass_world *world, const struct conf_collection *conf)
{
	return conf->enabled && command_wants(world->collections, conf);
}

static struct pass *start(const struct pass_world *world, void (*ended)(void *context), void *context, struct err *err)
{
	struct pass *pass = xcalloc(1, sizeof(*pass));

	(void)err;
	*pass = (struct pass){.world = world, .ended = ended, .context = context};
	pass->collections = xcalloc(world->conf->collection_count + 1, sizeof(*pass->collections));
	for (size_t i = 0; i < world->conf->collection_count; i++) {
		const struct conf_collection *conf = &world->conf->collections[i];

		if (is_wanted(world, conf) && (!world->again || is_left(world, conf->name)))
			collection_init(&pass->collections[pass->count++], world, conf);
	}
	pass->began_ms = loop_now(world->loop).mono_ms;
	pass->end = (struct loop_timer){.fire = tell_end, .context = pass};
	start_more(pass);
	return pass;
}

bool pass_sync_lacks(const struct pass_world *world)
{
	for (size_t i = 0; i < world->conf->collection_count; i++) {
		const struct conf_collection *conf = &world->conf->collections[i];

		if (is_wanted(world, conf) &&
		    !catalog_has_collection(world->catalog, conf->name, conf->type, conf->torrent_url))
			return true;
	}
	return false;
}

/* ---- how far, and what has come of it ---- */

static void progress(const struct pass *pass, struct pass_progress *now)
{
	bool counted = true;

	*now = (struct pass_progress){.done = 0};
	for (size_t i = 0; i < pass->count; i++) {
		const struct collection *c = &pass->collections[i];

		now->done += c->handled;
		now->passed += c->passed;
		now->total += c->total;
		counted = counted && (c->counted || c->ended);
		if (c->started && !c->ended)
			text_clean(now->note, sizeof(now->note), c->conf->name, strlen(c->conf->name), NAME_COLS);
	}
	if (!counted)
		now->total = 0;
}

static void stop(struct pass *pass)
{
	if (pass->told)
		return;
	for (size_t i = 0; i < pass->count; i++) {
		struct collection *c = &pass->collections[i];

		if (!c->started)
			continue;
		if (!c->ended)
			c->counts.left += c->total - c->handled;
		collection_stop(c);
	}
	pass->stopped = true;
	pass->next = pass->count;
	loop_timer_in(pass->world->loop, &pass->end, 0);
}

static struct collect_counts sum(const struct pass *pass)
{
	struct collect_counts all = {0};

	for (size_t i = 0; i < pass->count; i++) {
		const struct collect_counts *c = &pass->collections[i].counts;

		all.fresh += c->fresh;
		all.same += c->same;
		all.gone += c->gone;
		all.bad += c->bad;
		all.failed += c->failed;
		all.left += c->left;
		all.elsewhere += c->elsewhere;
		all.left_out += c->left_out;
		all.bytes += c->bytes;
	}
	return all;
}

static size_t unread(const struct pass *pass)
{
	size_t n = 0;

	for (size_t i = 0; i < pass->count; i++)
		n += pass->collections[i].unread;
	return n;
}

static void add_count(struct buf *out, const char *format, uint64_t count)
{
	char number[STR_NUMBER];

	str_count(count, number);
	buf_printf(out, format, number);
}

/* A torrent may be in two collections, or at two links of one: they are counted in the store. */
static uint64_t distinct(const struct pass *pass, uint64_t unless)
{
	const char **names = xcalloc(pass->count + 1, sizeof(*names));
	struct catalog_target *targets = NULL;
	int64_t count;

	for (size_t i = 0; i < pass->count; i++)
		names[i] = pass->collections[i].conf->name;
	count = catalog_targets(pass->world->catalog, names, CATALOG_TRACKER, &targets, NULL);
	if (count >= 0)
		free(targets);
	free(names);
	return count < 0 ? unless : (uint64_t)count;
}

static void summary(const struct pass *pass, struct buf *out)
{
	struct collect_counts all = sum(pass);
	uint64_t places = all.fresh + all.same, torrents = distinct(pass, places);
	char text[STR_NUMBER], age[CLOCK_TEXT];

	add_count(out, _n("sync: %s collection", "sync: %s collections", pass->count), pass->count);
	if (unread(pass))
		add_count(out, _(" (%s not read)"), unread(pass));
	add_count(out, _n(", %s torrent", ", %s torrents", torrents), torrents);
	if (torrents < places)
		add_count(out, _(" in %s places"), places);
	add_count(out, _(": %s new"), all.fresh);
	add_count(out, _(", %s gone"), all.gone);
	add_count(out, _(", %s as before"), all.same);
	add_count(out, _(", %s bad"), all.bad);
	add_count(out, _(", %s failed"), all.failed);
	if (all.left)
		add_count(out, _(", %s left"), all.left);
	if (all.elsewhere)
		add_count(out, _(", %s elsewhere"), all.elsewhere);
	if (all.left_out)
		add_count(out, _(", %s left out"), all.left_out);
	str_bytes((double)all.bytes, text);
	clock_age((pass->took_ms + 999) / 1000, age);
	buf_printf(out, _("; %s in %s%s"), text, age, pass->stopped ? _(", stopped") : "");
}

static bool good(const struct pass *pass)
{
	return !unread(pass) && !pass->unsaved;
}

/* The first server that may be asked again counts; the disk is no server. */
static int64_t again(const struct pass *pass)
{
	int64_t least = pass->unsaved ? 0 : -1;

	for (size_t i = 0; i < pass->count; i++) {
		int64_t wait = collection_again(&pass->collections[i]);

		if (wait >= 0 && (least < 0 || wait < least))
			least = wait;
	}
	return least;
}

static void pass_free(struct pass *pass)
{
	if (!pass)
		return;
	loop_timer_stop(pass->world->loop, &pass->end);
	for (size_t i = 0; i < pass->count; i++)
		collection_done(&pass->collections[i]);
	free(pass->collections);
	free(pass);
}

const struct pass_ops pass_sync = {
	.name = "sync",
	.http = true,
	.unit = N_("torrents"),
	.start = start,
	.progress = progress,
	.stop = stop,
	.summary = summary,
	.good = good,
	.again = again,
	.free = pass_free,
};
