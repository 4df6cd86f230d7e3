/* Rings the bell. Where it hangs is the owner's business. */
#include "core/notify_private.h"

static void bell_start(struct notifier *r, const struct notify_message *m)
{
	bool heard = r->world->ring(r->world->context, m->state != NOTIFY_CLEARED);
	struct notify_outcome outcome = {.verdict = heard ? NOTIFY_SENT : NOTIFY_NEVER};

	if (!heard)
		notify_say(&outcome, "there is no terminal here whose bell could ring");
	notify_ended(r, &outcome);
}

static void bell_cancel(struct notifier *r)
{
	(void)r;
}

const struct notify_ops notify_bell = {bell_start, bell_cancel};
