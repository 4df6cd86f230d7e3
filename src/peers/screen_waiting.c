/* Before the first answer: in plain words what was tried, what came of it, what to check. It tries nothing itself. */
#include "peers/screen_waiting.h"

#include <stdio.h>

#include "base/words.h"
#include "peers/screen_bars.h"

enum { CHECKS = 3 };

/* What to say while the first daemon that is in trouble is in some state. */
struct advice {
	const char *title, *heading;
	const char *checks[CHECKS];
	const char *end;
};

static const struct advice unreachable = {
	N_("No answer from Transmission yet"),
	N_("What to check"),
	{
		N_("Is Transmission running there? systemctl status transmission-daemon"),
		N_("Is this its address and port? --url HOST:PORT, or url in config.toml"),
		N_("Does it let you in? Its settings rpc-enabled and rpc-whitelist"),
	},
	N_("No Transmission at hand? `make demo` shows swarmtop on one of its own."),
};

static const struct advice refused = {
	N_("Transmission refuses the login"),
	N_("What to do"),
	{
		N_("Press l to log in now."),
		N_("Or set username and password in config.toml, or TR_AUTH=USER:PASSWORD."),
		N_("Debian's transmission-daemon ships with transmission / transmission."),
	},
	N_("Too many wrong logins make Transmission refuse everybody until it is restarted."),
};

static const struct advice forbidden = {
	N_("Transmission forbids it"),
	N_("What to do"),
	{
		N_("Add this machine's address to rpc-whitelist in the daemon's settings.json,"),
		N_("or the name in the url to rpc-host-whitelist there."),
		N_("Stop the daemon before you edit: it writes the file when it ends."),
	},
	N_("Too many wrong logins make it forbid everybody until it is restarted."),
};

static const struct advice strange = {
	N_("Something answers, but not as Transmission does"),
	N_("What to check"),
	{
		N_("Is this its address and port? --url HOST:PORT, or url in config.toml"),
		N_("Is the path right? Usually /transmission/rpc; rpc-url in its settings.json"),
		N_("Is a proxy or another server in between?"),
	},
	N_("No Transmission at hand? `make demo` shows swarmtop on one of its own."),
};

static const struct advice connecting = {.title = N_("Connecting to Transmission")};

static const struct advice held = {.title = N_("Reading the lists of what is left out")};

static const struct advice *const advices[] = {
	[SOURCE_CONNECTING] = &connecting,
	[SOURCE_OK] = &connecting,
	[SOURCE_REFUSED] = &refused,
	[SOURCE_FORBIDDEN] = &forbidden,
	[SOURCE_UNREACHABLE] = &unreachable,
	[SOURCE_ERROR] = &strange,
};

static const struct advice *find_advice(const struct scene *scene)
{
	const struct advice *found = scene->held ? &held : &connecting;

	for (unsigned i = 0; i < scene->source_count && found == &connecting; i++)
		found = advices[scene->sources[i].state];
	return found;
}

static void draw_tried(const struct scene *scene, struct frame *f, struct frame_area *area,
		       const struct source_status *source)
{
	int64_t retry = screen_retry_wall(scene, source);
	struct frame_area text = {area->x + 7, area->y, area->w - 7, 3};
	char line[VIEW_CELL], time[CLOCK_TEXT];

	frame_put(f, area->x, area->y, 6, FRAME_DIM, _("tried"));
	frame_put(f, text.x, text.y++, text.w, FRAME_STRONG, source->url);
	if (source->error[0]) {
		frame_put(f, area->x, text.y, 6, FRAME_DIM, _("result"));
		text.y += frame_wrap(f, text, FRAME_ERROR, source_said(source));
	}
	clock_local(retry, "%H:%M:%S", time);
	if (source->state == SOURCE_REFUSED)
		snprintf(line, sizeof(line), _("not before there is another login: press l"));
	else if (retry)
		snprintf(line, sizeof(line), _("%s, or press space"), time);
	else if (scene->held)
		snprintf(line, sizeof(line), _("as soon as they are read, in half a minute at most"));
	else
		snprintf(line, sizeof(line), _("waiting for an answer"));
	frame_put(f, area->x, text.y, 6, FRAME_DIM, _("next"));
	frame_put(f, text.x, text.y++, text.w, FRAME_NORMAL, line);
	area->h -= text.y - area->y;
	area->y = text.y;
}

static void draw_checks(struct frame *f, struct frame_area area, const struct advice *advice)
{
	struct frame_area text = {area.x + 2, area.y + 1, area.w - 2, 2};
	int end = area.y + area.h;

	if (area.h < 4 || !advice->heading)
		return;
	frame_put(f, area.x, text.y++, area.w, FRAME_TITLE, _(advice->heading));
	for (int i = 0; i < CHECKS && text.y < end; i++) {
		frame_put(f, area.x, text.y, 2, FRAME_DIM, "·");
		text.h = end - text.y < 2 ? 1 : 2;
		text.y += frame_wrap(f, text, FRAME_NORMAL, _(advice->checks[i]));
	}
	area.y = text.y + 1;
	area.h = end - area.y;
	if (area.h > 0)
		frame_wrap(f, area, FRAME_NORMAL, _(advice->end));
}

void screen_draw_waiting(const struct scene *scene, struct frame *f, struct frame_area area)
{
	const struct advice *advice = find_advice(scene);
	int w = area.w > 88 ? 88 : area.w, end = area.y + area.h;
	struct frame_area text = {area.x + (area.w - w) / 2, area.y + (area.h > 18 ? area.h / 8 : 0), w, 0};

	text.h = end - text.y;
	frame_put(f, text.x, text.y, w, FRAME_TITLE, _(advice->title));
	text.y += 1 + (area.h > 12);
	for (unsigned i = 0; i < scene->source_count && i < 4 && text.y < end; i++) {
		text.h = end - text.y;
		draw_tried(scene, f, &text, &scene->sources[i]);
		text.y += i + 1 < scene->source_count;
	}
	text.h = end - text.y;
	draw_checks(f, text, advice);
}
