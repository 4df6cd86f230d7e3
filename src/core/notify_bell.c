/* Rings the bell. Where it hangs is the owner's business. */
#include "core/notify_private.h"

static void bell_start(struct notifier *r, const struct notify_message *m)
{
	struct notify_outcome outcome = {.verdict = NOTIFY_SENT};

	if (r->world->ring && m->state != NOTIFY_CLEARED)
		r->world->ring(r->world->context);
	notify_ended(r, &outcome);
}

static void bell_cancel(struct notifier *r)
{
	(void)r;
}

const struct notify_ops notify_bell = {bell_start, bell_cancel};
