/* The beginning of every subcommand of this wing. It does not know what the subcommand does then. */
#include "swarm/command.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/str.h"
#include "base/text.h"
#include "base/words.h"
#include "base/xmalloc.h"
#include "core/language.h"
#include "swarm/collect.h"

enum { SHOWN = 256, SHOWN_COLS = 100 };

int command_complain(const struct err *err, int status)
{
	log_fatal("%s", err->msg);
	return status;
}

int command_store_status(int rc)
{
	return rc == -EBUSY ? EXIT_BUSY : rc == -EPROTO ? EXIT_CONFIG : EXIT_FAILED;
}

bool command_wants(const char *const *collections, const struct conf_collection *collection)
{
	if (!collections)
		return collection->enabled;
	for (; *collections; collections++) {
		if (strcmp(*collections, collection->name) == 0)
			return true;
	}
	return false;
}

void command_say_lacking(const char *command, const char *name)
{
	char clean[SHOWN];

	text_clean(clean, sizeof(clean), name, strlen(name), SHOWN_COLS);
	fprintf(stderr, _("%s: %s: nothing of it is in the store yet: run `swarmtop sync`\n"), command, clean);
}

const char **command_names(const struct conf *conf, const char *const *collections)
{
	const char **names = xcalloc(conf->collection_count + 1, sizeof(*names));
	size_t count = 0;

	for (size_t i = 0; i < conf->collection_count; i++) {
		if (command_wants(collections, &conf->collections[i]))
			names[count++] = conf->collections[i].name;
	}
	return names;
}

static int load(const struct command *c, struct conf *conf, struct err *err)
{
	struct conf_set sets[OPT_LIST_MAX + 1];
	struct conf_source source = {.file = c->common.config, .sets = sets};

	for (size_t i = 0; i < c->common.sets.count; i++)
		sets[source.set_count++] = (struct conf_set){.option = "--set", .value = c->common.sets.items[i]};
	if (c->common.log_level)
		sets[source.set_count++] = (struct conf_set){
			.option = "--log-level", .key = "log.level", .value = c->common.log_level};
	return conf_load(&source, conf, err);
}

static void open_log(const struct conf *conf)
{
	enum log_level level;

	if (log_level_parse(conf->log.level, &level) == 0)
		log_set_level(level);
	if (log_open(conf->log.file))
		log_error("cannot write the log to %s", conf->log.file);
}

static const struct conf_collection *find(const struct conf *conf, const char *name)
{
	for (size_t i = 0; i < conf->collection_count; i++) {
		if (strcmp(conf->collections[i].name, name) == 0)
			return &conf->collections[i];
	}
	return NULL;
}

static const char *nearest(const struct conf *conf, const char *name)
{
	const char **names = xcalloc(conf->collection_count + 1, sizeof(*names)), *near;

	for (size_t i = 0; i < conf->collection_count; i++)
		names[i] = conf->collections[i].name;
	near = str_nearest(name, names);
	free(names);
	return near;
}

static int check_name(const struct command *c, const char *name, struct err *err)
{
	const struct conf_collection *found = find(&c->conf, name);
	const char *near = found ? NULL : nearest(&c->conf, name);
	char clean[SHOWN];

	text_clean(clean, sizeof(clean), name, strlen(name), SHOWN_COLS);
	if (!found && near)
		return opt_refuse(c->usage, err, "there is no collection \"%s\"; did you mean \"%s\"?", clean, near);
	if (!found)
		return opt_refuse(c->usage, err, "there is no collection \"%s\" in the configuration", clean);
	if (!found->enabled)
		return opt_refuse(c->usage, err, "the collection \"%s\" has enabled = false", clean);
	return 0;
}

bool command_any_enabled(const struct conf *conf)
{
	for (size_t i = 0; i < conf->collection_count; i++) {
		if (conf->collections[i].enabled)
			return true;
	}
	return false;
}

static int take_names(struct command *c, int count, char **names, struct err *err)
{
	int status = 0;

	if (!command_any_enabled(&c->conf)) {
		err_set(err, 0,
			"there is no collection: add [collection.NAME] with a torrent_url to the config, or "
			"--set collection.NAME.torrent_url=URL");
		return EXIT_CONFIG;
	}
	if (!count)
		return 0;
	c->collections = xcalloc((size_t)count + 1, sizeof(*c->collections));
	for (int i = 0; i < count && !status; i++) {
		status = check_name(c, names[i], err);
		c->collections[i] = names[i];
	}
	return status;
}

static int take_operand(struct command *c, int count, char **operands, const char **operand, struct err *err)
{
	if (count != 1)
		return opt_refuse(c->usage, err, "one file, magnet link or info-hash is needed");
	*operand = operands[0];
	return 0;
}

bool command_begin(struct command *c, int argc, char **argv, const char **operand, int *status)
{
	struct opt_group groups[2];
	size_t count = 0;
	struct err err;
	int first;

	if (c->own)
		groups[count++] = *c->own;
	groups[count++] = opt_common_group(&c->common);
	*status = opt_parse(argc, argv, c->usage, groups, count, &first, &err);
	if (!*status && c->common.help) {
		opt_help(stdout, c->usage, groups, count);
		return false;
	}
	if (!*status && c->common.version) {
		printf("swarmtop %s\n", SWARMTOP_VERSION);
		return false;
	}
	if (!*status)
		*status = load(c, &c->conf, &err);
	c->loaded = *status == 0;
	if (!*status)
		*status = operand ? take_operand(c, argc - first, argv + first, operand, &err)
				  : take_names(c, argc - first, argv + first, &err);
	if (*status) {
		command_complain(&err, *status);
		return false;
	}
	open_log(&c->conf);
	/* Who reads stderr later, in a file, has a log before him. */
	if (isatty(STDERR_FILENO))
		language_start();
	return true;
}

void command_reopen_log(const struct command *c)
{
	open_log(&c->conf);
}

static bool same_list(const struct conf_list *a, const struct conf_list *b)
{
	for (size_t i = 0; a->count == b->count && i < a->count; i++)
		if (strcmp(a->items[i], b->items[i]) != 0)
			return false;
	return a->count == b->count;
}

/* Also what hangs on them: what may be fetched. */
static bool same_collection(const struct conf_collection *a, const struct conf_collection *b)
{
	return strcmp(a->name, b->name) == 0 && strcmp(a->torrent_url, b->torrent_url) == 0 &&
	       strcmp(a->required_substring, b->required_substring) == 0 && same_list(&a->hosts, &b->hosts) &&
	       a->enabled == b->enabled && a->allow_private == b->allow_private;
}

static bool same_collections(const struct conf *a, const struct conf *b)
{
	for (size_t i = 0; a->collection_count == b->collection_count && i < a->collection_count; i++)
		if (!same_collection(&a->collections[i], &b->collections[i]))
			return false;
	return a->collection_count == b->collection_count;
}

int command_reload(struct command *c, bool *others, struct err *err)
{
	struct command fresh = *c;

	if (load(c, &fresh.conf, err))
		return -EINVAL;
	for (size_t i = 0; c->collections && c->collections[i]; i++) {
		if (check_name(&fresh, c->collections[i], err)) {
			conf_done(&fresh.conf);
			return -EINVAL;
		}
	}
	*others |= !same_collections(&c->conf, &fresh.conf);
	conf_done(&c->conf);
	c->conf = fresh.conf;
	open_log(&c->conf);
	if (!command_any_enabled(&c->conf))
		log_warn("no collection is enabled: until one is, nothing is measured and reports stay as they are");
	return 0;
}

void command_done(struct command *c)
{
	free(c->collections);
	if (c->loaded)
		conf_done(&c->conf);
}
