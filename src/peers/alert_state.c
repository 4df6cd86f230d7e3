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
	return true;
}

static enum alert_news while_raised(struct alert_state *s, const struct alert_rule *rule, bool ends, struct now now)
{
	bool told = s->told;

	s->polls = ends ? s->polls + 1 : 0;
	if (s->polls < rule->polls)
		return tell_raised(s, rule, now) ? ALERT_RAISED : ALERT_SILENT;
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
	return s->raised ? while_raised(s, rule, ends, now) : while_not(s, rule, holds, now);
}

void alert_again(struct alert_state *s, struct now now)
{
	if (!s->raised || !s->told)
		return;
	s->told = false;
	s->since = now.wall;
}
