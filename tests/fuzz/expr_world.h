/* A small world to ask expressions about: the schema of a filter and that of an alert, and a source with settable
 * values. Unit test and fuzz target share it. */
#ifndef EXPR_WORLD_H
#define EXPR_WORLD_H

#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "base/text.h"
#include "wire/expr.h"

enum {
	ID_ADDRESS,
	ID_COUNTRY,
	ID_COUNTRY_NAME,
	ID_CLIENT,
	ID_RATE_UP,
	ID_PROGRESS,
	ID_SEEN,
	ID_SEEDING,
	ID_UTP,
	ID_COUNT
};

static const struct expr_field filter_fields[] = {
	{.name = "address", .type = EXPR_TEXT, .id = ID_ADDRESS},
	{.name = "country", .type = EXPR_TEXT, .id = ID_COUNTRY, .other_id = ID_COUNTRY_NAME},
	{.name = "client", .type = EXPR_TEXT, .id = ID_CLIENT},
	{.name = "rate-up", .type = EXPR_NUMBER, .id = ID_RATE_UP},
	{.name = "progress", .type = EXPR_FRACTION, .id = ID_PROGRESS},
	{.name = "seen", .type = EXPR_TIME, .id = ID_SEEN},
	{.name = "seeding", .type = EXPR_FLAG, .id = ID_SEEDING},
	{.name = "utp", .type = EXPR_FLAG, .id = ID_UTP},
};

static const struct expr_schema filter_schema = {
	.fields = filter_fields,
	.count = sizeof(filter_fields) / sizeof(filter_fields[0]),
	.bare_text = true,
};

/* One peer, as a row of a table. NULL and NAN: unknown. */
struct peer {
	const char *texts[ID_CLIENT + 1];
	double rate_up, progress, seen;
	bool seeding, utp;
};

static inline const char *peer_text(void *context, int id, const char *argument)
{
	const struct peer *peer = context;

	return argument ? "a filter has no arguments" : peer->texts[id];
}

static inline double peer_number(void *context, int id, const char *argument)
{
	const struct peer *peer = context;
	const double numbers[ID_COUNT] = {
		[ID_RATE_UP] = peer->rate_up, [ID_PROGRESS] = peer->progress, [ID_SEEN] = peer->seen};

	return argument ? NAN : numbers[id];
}

static inline bool peer_flag(void *context, int id, const char *argument)
{
	const struct peer *peer = context;

	return !argument && (id == ID_SEEDING ? peer->seeding : peer->utp);
}

static inline bool peer_any_text(void *context, const char *needle)
{
	const struct peer *peer = context;

	for (int id = 0; id <= ID_CLIENT; id++)
		if (peer->texts[id] && text_has(peer->texts[id], needle))
			return true;
	return false;
}

static inline struct expr_source peer_source(struct peer *peer)
{
	return (struct expr_source){peer, peer_text, peer_number, peer_flag, peer_any_text, NULL};
}

enum {
	ID_CONNECTIONS = 100,
	ID_UNIQUE,
	ID_OF_COUNTRY,
	ID_SHARE,
	ID_OF_TAG,
	ID_STATE,
	ID_SOURCE_PEERS,
	ID_NEW,
	ID_PAUSED
};

static const struct expr_field alert_fields[] = {
	{"connections", NULL, EXPR_NUMBER, false, ID_CONNECTIONS, 0},
	{"unique", NULL, EXPR_NUMBER, false, ID_UNIQUE, 0},
	{"country", "connections", EXPR_NUMBER, true, ID_OF_COUNTRY, 0},
	{"share", NULL, EXPR_FRACTION, true, ID_SHARE, 0},
	{"tag", "connections", EXPR_NUMBER, true, ID_OF_TAG, 0},
	{"source", "state", EXPR_TEXT, true, ID_STATE, 0},
	{"source", "peers", EXPR_NUMBER, true, ID_SOURCE_PEERS, 0},
	{"new-country", NULL, EXPR_FLAG, false, ID_NEW, 0},
	{"paused", NULL, EXPR_FLAG, false, ID_PAUSED, 0},
};

static inline const char *refuse_source(const void *context, const struct expr_field *field, const char *argument)
{
	(void)context;
	return strcmp(field->name, "source") == 0 && strcmp(argument, "home") != 0 ? "no daemon has this name" : NULL;
}

static const struct expr_schema alert_schema = {
	.fields = alert_fields,
	.count = sizeof(alert_fields) / sizeof(alert_fields[0]),
	.refuse = refuse_source,
};

/* What is on the screen: 60 connections, 40 of them from CN, `unique` unknown, the daemon `home` unreachable. */
static inline double screen_number(void *context, int id, const char *argument)
{
	bool china = argument && strcmp(argument, "CN") == 0;

	(void)context;
	switch (id) {
	case ID_CONNECTIONS:
		return 60;
	case ID_OF_COUNTRY:
		return china ? 40 : 0;
	case ID_SHARE:
		return china ? 40.0 / 60 : 0;
	case ID_OF_TAG:
		return argument && strcmp(argument, "vpn") == 0 ? 3 : 0;
	case ID_SOURCE_PEERS:
		return 60;
	}
	return NAN;
}

static inline const char *screen_text(void *context, int id, const char *argument)
{
	(void)context;
	return id == ID_STATE && argument && strcmp(argument, "home") == 0 ? "unreachable" : NULL;
}

static inline bool screen_flag(void *context, int id, const char *argument)
{
	(void)context;
	return id == ID_NEW && !argument;
}

static const struct expr_source screen_source = {NULL, screen_text, screen_number, screen_flag, NULL, NULL};

#endif
