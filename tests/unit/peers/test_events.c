/* The ring of the latest events. */
#include "peers/events.h"

#include "base/text.h"
#include "tap.h"

static void test_ring(void)
{
	static struct events e;

	ok(events_get(&e, 0) == NULL, "no events");
	events_add(&e, 7, "%s: %d %%", "home", 1);
	is_str(events_get(&e, 0)->text, "home: 1 %", "one");
	is_int(events_get(&e, 0)->wall, 7, "and when it was");
	is_str(events_said(events_get(&e, 0)), "home: 1 %", "... said as it is");
	events_say(&e, "%s: %d %%", "casa", 1);
	is_str(events_said(events_get(&e, 0)), "casa: 1 %", "... and in another language");
	is_str(events_get(&e, 0)->text, "home: 1 %", "... beside the first");
	ok(events_get(&e, 1) == NULL, "and nothing before it");
	for (int i = 0; i < EVENTS_KEPT + 50; i++) {
		events_add(&e, i, "event %d", i);
		if (i < EVENTS_KEPT)
			events_say(&e, "evento %d", i);
	}
	is_str(events_said(events_get(&e, 0)), "event 249", "nothing said of an older one in its place");
	is_str(events_get(&e, 0)->text, "event 249", "the newest");
	is_str(events_get(&e, 1)->text, "event 248", "the one before");
	is_int(events_get(&e, EVENTS_KEPT - 1)->wall, 50, "the oldest that is kept");
	ok(events_get(&e, EVENTS_KEPT) == NULL, "and nothing before it");
}

static void test_long(void)
{
	static struct events e;
	char text[1200] = "";

	for (int i = 0; i < 190; i++)
		memcpy(text + 3 * i, "\342\202\254", 4);
	for (int i = 0; i < 3; i++) {
		char clean[EVENT_TEXT * 2];
		const char *kept;

		events_add(&e, 0, "%.*s%s", i, "xx", text);
		kept = events_get(&e, 0)->text;
		text_clean(clean, sizeof(clean), kept, strlen(kept), EVENT_TEXT);
		is_str(kept, clean, "a long text is never cut inside a character");
		ok(strlen(kept) > EVENT_TEXT - 4, "nor shorter than it must");
	}
}

int main(void)
{
	test_ring();
	test_long();
	return tap_done();
}
