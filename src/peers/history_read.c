/* From the store: the totals of all time. It does not know what was seen since. */
#include "peers/history_private.h"

#include <errno.h>
#include <string.h>

#include "base/str.h"
#include "base/text.h"

bool history_address_of(const struct store_value *column, struct ip *ip)
{
	static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};

	if (column->type != STORE_BLOB || (column->len != 4 && column->len != 16))
		return false;
	memcpy(ip->b, mapped, sizeof(mapped));
	memcpy(ip->b + 16 - column->len, column->bytes, column->len);
	return true;
}

uint64_t history_count_of(const struct store_value *column)
{
	return column->type == STORE_INT && column->number > 0 ? (uint64_t)column->number : 0;
}

static country_t country(const struct store_value *column)
{
	const char *code = column->type == STORE_TEXT ? column->bytes : "";

	/* Local has no code of letters. */
	return strcmp(code, country_code(COUNTRY_LOCAL)) == 0 ? COUNTRY_LOCAL : country_by_code(code, strlen(code));
}

static void add(struct history_sums *sum, const struct store_value *columns)
{
	sum->sightings += history_count_of(&columns[1]);
	sum->unique += history_count_of(&columns[2]);
	sum->connected_ms += history_count_of(&columns[3]) * 1000;
	sum->bytes_up += history_count_of(&columns[4]);
	sum->bytes_down += history_count_of(&columns[5]);
}

static int take_total(void *context, const struct store_value *columns, size_t n)
{
	struct history_totals *t = context;

	(void)n;
	add(&t->all, columns);
	add(&t->countries[country(&columns[0])], columns);
	return 0;
}

static int take_state(void *context, const struct store_value *columns, size_t n)
{
	struct history_totals *t = context;

	(void)n;
	t->polls += history_count_of(&columns[0]);
	if (history_count_of(&columns[1]) && (!t->since || columns[1].number < t->since))
		t->since = columns[1].number;
	return 0;
}

static uint64_t know(struct opening *o, const struct ip *ip)
{
	struct ip key = o->anonymize ? ledger_cut(ip) : *ip;

	return known_add(&o->known, &key);
}

/* The totals count it already. */
static int take_address(void *context, const struct store_value *columns, size_t n)
{
	struct opening *o = context;
	struct ip ip;

	(void)n;
	if (history_address_of(&columns[0], &ip))
		know(o, &ip);
	return 0;
}

/* Not yet counted by the totals. */
static int take_fresh(void *context, const struct store_value *columns, size_t n)
{
	struct opening *o = context;
	struct ip ip;
	uint64_t more;

	(void)n;
	if (!history_address_of(&columns[0], &ip))
		return 0;
	more = know(o, &ip);
	o->totals.all.unique += more;
	o->totals.countries[country(&columns[1])].unique += more;
	return 0;
}

/* Hours of UTC become hours of here. */
static int take_hour(void *context, const struct store_value *columns, size_t n)
{
	struct history_totals *t = context;
	int hour = clock_hour((int64_t)history_count_of(&columns[0]) * 3600);

	(void)n;
	t->hours[country(&columns[1])][hour] += history_count_of(&columns[2]);
	return 0;
}

static int take_family(void *context, const struct store_value *columns, size_t n)
{
	struct history_totals *t = context;
	struct history_family *family = &t->families[t->family_count];

	(void)n;
	if (t->family_count == HISTORY_FAMILIES)
		return 0;
	text_clean(family->name, sizeof(family->name), columns[0].type == STORE_TEXT ? columns[0].bytes : "",
		   columns[0].type == STORE_TEXT ? columns[0].len : 0, TEXT_CLIENT_COLS);
	family->sightings = history_count_of(&columns[1]);
	t->family_count++;
	return 0;
}

static int take_alert(void *context, const struct store_value *columns, size_t n)
{
	struct opening *o = context;
	struct history_alert *a = &o->alerts[o->alert_count];
	char name[HISTORY_ALERT_NAME] = "", *untold;

	(void)n;
	if (o->alert_count == HISTORY_ALERTS || columns[0].type != STORE_TEXT || columns[0].len >= sizeof(name))
		return 0;
	memcpy(name, columns[0].bytes, columns[0].len);
	untold = name + strcspn(name, "\n");
	untold += *untold ? 1 : 0;
	if (strcspn(name, "\n") >= sizeof(a->name) || strlen(untold) >= sizeof(a->untold))
		return 0;
	*a = (struct history_alert){
		.condition = columns[1].type == STORE_INT ? (uint64_t)columns[1].number : 0,
		.since = (int64_t)history_count_of(&columns[2]),
		.told = (unsigned)history_count_of(&columns[3]),
		.told_at = (int64_t)history_count_of(&columns[4]),
	};
	memcpy(a->name, name, strcspn(name, "\n"));
	str_copy(a->untold, sizeof(a->untold), untold);
	o->alert_count++;
	return 0;
}

int history_load(struct opening *o, struct store *store, struct err *err)
{
	static const char totals[] = "SELECT country, sightings, uniques, connected, up, down FROM totals";
	static const char state[] = "SELECT (SELECT value FROM state WHERE key = 'polls'), "
				    "(SELECT value FROM state WHERE key = 'since')";
	static const char families[] =
		"SELECT client, sum(sightings) FROM clients GROUP BY client ORDER BY 2 DESC, 1 LIMIT ?1";
	int code = store_snapshot(store, err);

	if (code)
		return code;
	code = store_get(store, totals, NULL, 0, take_total, &o->totals, err);
	if (!code)
		code = store_get(store, state, NULL, 0, take_state, &o->totals, err);
	if (!code)
		code = store_get(store, "SELECT ip, country FROM peers", NULL, 0, take_address, o, err);
	if (!code)
		code = store_get(store, "SELECT ip, country FROM fresh", NULL, 0, take_fresh, o, err);
	if (!code)
		code = store_get(store, "SELECT hour, country, sightings FROM hours", NULL, 0, take_hour, &o->totals,
				 err);
	if (!code)
		code = HISTORY_GET(store, families, take_family, &o->totals, err, STORE_INT_OF(HISTORY_FAMILIES));
	if (!code)
		code = store_get(store, "SELECT name, condition, since, told, told_at FROM alerts ORDER BY name", NULL,
				 0, take_alert, o, err);
	store_snapshot_end(store);
	return code;
}
