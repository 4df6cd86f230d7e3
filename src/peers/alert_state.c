/* The state of one alert. It does not know what its condition is, nor who is told. */
#include "peers/alert_state.h"

bool alert_is_quiet(const struct alert_state *s, struct now now)
{
	return s->quiet && now.mono_ms < s->quiet_ms;
}

/* Whether it is to be told. */
static bool tell_raised(struct alert_state *s, const struct alert_rule *rule, struct now now)
{
	if (s->told == ALERT_TOLD || alert_is_quiet(s, now))
		return false;
	s->told = ALERT_TOLD;
	s->quiet = true;
	s->quiet_ms = now.mono_ms + rule->cooldown_ms;
	s->told_at = now.wall;
	return true;
}

static void count(struct alert_state *s, enum expr_truth truth)
{
	if (truth != EXPR_OPEN)
		s->polls = truth == EXPR_YES ? s->polls + 1 : 0;
}

/* A message that comes late is only worth sending while it is true. */
static enum alert_news while_raised(struct alert_state *s, const struct alert_rule *rule, enum expr_truth holds,
				    enum expr_truth ends, struct now now)
{
	bool known = s->told != ALERT_UNTOLD;

	if (s->told == ALERT_ENDED && holds == EXPR_YES) {
		s->told = ALERT_OWED;
		s->since = now.wall;
	}
	count(s, ends);
	if (s->polls < rule->polls)
		return holds == EXPR_YES && tell_raised(s, rule, now) ? ALERT_RAISED : ALERT_SILENT;
	s->raised = false;
	s->told = ALERT_UNTOLD;
	s->polls = 0;
	return known ? ALERT_CLEARED : ALERT_SILENT;
}

static enum alert_news while_not(struct alert_state *s, const struct alert_rule *rule, enum expr_truth holds,
				 struct now now)
{
	count(s, holds);
	if (holds == EXPR_YES && s->polls == 1)
		s->since = now.wall;
	if (holds != EXPR_YES || s->polls < rule->polls)
		return ALERT_SILENT;
	s->raised = true;
	s->polls = 0;
	return tell_raised(s, rule, now) ? ALERT_RAISED : ALERT_SILENT;
}

enum alert_news alert_step(struct alert_state *s, const struct alert_rule *rule, enum expr_truth holds,
			   enum expr_truth ends, struct now now)
{
	return s->raised ? while_raised(s, rule, holds, ends, now) : while_not(s, rule, holds, now);
}

void alert_go_on(struct alert_state *s, const struct alert_rule *rule, int64_t since, enum alert_known told,
		 int64_t told_at, struct now now)
{
	int64_t age_ms = told_at < now.wall ? (now.wall - told_at) * 1000 : 0;

	*s = (struct alert_state){.raised = since != 0, .since = since, .told_at = told_at};
	s->told = since ? told : ALERT_UNTOLD;
	s->quiet = told_at && age_ms < rule->cooldown_ms;
	if (s->quiet)
		s->quiet_ms = now.mono_ms + rule->cooldown_ms - age_ms;
}

void alert_again(struct alert_state *s, bool lasts, struct now now)
{
	if (!s->raised || s->told != ALERT_TOLD)
		return;
	s->told = ALERT_OWED;
	if (!lasts)
		s->since = now.wall;
}

void alert_unheard(struct alert_state *s)
{
	s->quiet = false;
	s->told_at = 0;
	if (s->told == ALERT_TOLD)
		s->told = ALERT_OWED;
}
