/* The state of one alert. It does not know what its condition is, nor who is told. */
#include "peers/alert_state.h"

static bool is_quiet(const struct alert_state *s, struct now now)
{
	return s->quiet && now.mono_ms < s->quiet_ms;
}

/* Whether it is to be told. */
static bool tell_raised(struct alert_state *s, const struct alert_rule *rule, struct now now)
{
	if (s->told || is_quiet(s, now))
		return false;
	s->told = true;
	s->quiet = true;
	s->quiet_ms = now.mono_ms + rule->cooldown_ms;
	s->told_at = now.wall;
	return true;
}

/* A message that comes late is only worth sending while it is true. */
static enum alert_news while_raised(struct alert_state *s, const struct alert_rule *rule, bool holds, bool ends,
				    struct now now)
{
	bool told = s->told;

	s->polls = ends ? s->polls + 1 : 0;
	if (s->polls < rule->polls)
		return holds && tell_raised(s, rule, now) ? ALERT_RAISED : ALERT_SILENT;
	s->raised = s->told = false;
	s->polls = 0;
	return told ? ALERT_CLEARED : ALERT_SILENT;
}

static enum alert_news while_not(struct alert_state *s, const struct alert_rule *rule, bool holds, struct now now)
{
	s->polls = holds ? s->polls + 1 : 0;
	if (s->polls == 1)
		s->since = now.wall;
	if (!holds || s->polls < rule->polls)
		return ALERT_SILENT;
	s->raised = true;
	s->polls = 0;
	return tell_raised(s, rule, now) ? ALERT_RAISED : ALERT_SILENT;
}

enum alert_news alert_step(struct alert_state *s, const struct alert_rule *rule, bool holds, bool ends, struct now now)
{
	return s->raised ? while_raised(s, rule, holds, ends, now) : while_not(s, rule, holds, now);
}

bool alert_lasts(const struct alert_state *s, struct now now)
{
	return s->raised || is_quiet(s, now);
}

void alert_go_on(struct alert_state *s, const struct alert_rule *rule, int64_t since, bool told, int64_t told_at,
		 struct now now)
{
	int64_t age_ms = told_at < now.wall ? (now.wall - told_at) * 1000 : 0;

	*s = (struct alert_state){.raised = since != 0, .told = since && told, .since = since, .told_at = told_at};
	s->quiet = told_at && age_ms < rule->cooldown_ms;
	if (s->quiet)
		s->quiet_ms = now.mono_ms + rule->cooldown_ms - age_ms;
}

void alert_again(struct alert_state *s, struct now now)
{
	if (!s->raised || !s->told)
		return;
	s->told = false;
	s->since = now.wall;
}
