/* Before the first answer: in plain words what was tried, what came of it, what to check. */
#include "peers/screen_waiting.h"

#include <stdio.h>

#include "peers/screen_bars.h"

static const char *const what_to_check[] = {
	"Is Transmission running there? systemctl status transmission-daemon",
	"Is this its address and port? --url HOST:PORT, or url in config.toml",
	"Does it let you in? Its settings rpc-enabled and rpc-whitelist",
};

static void draw_tried(const struct scene *scene, struct frame *f, struct frame_area *area,
		       const struct source_status *source)
{
	int64_t retry = screen_retry_wall(scene, source);
	struct frame_area text = {area->x + 7, area->y, area->w - 7, 3};
	char line[VIEW_CELL], time[CLOCK_TEXT];

	frame_put(f, area->x, area->y, 6, FRAME_DIM, "tried");
	frame_put(f, text.x, text.y++, text.w, FRAME_STRONG, source->url);
	if (source->error[0]) {
		frame_put(f, area->x, text.y, 6, FRAME_DIM, "result");
		text.y += frame_wrap(f, text, FRAME_ERROR, source->error);
	}
	clock_local(retry, "%H:%M:%S", time);
	if (source->state == SOURCE_REFUSED)
		snprintf(line, sizeof(line), "not before there is another login: press l");
	else if (retry)
		snprintf(line, sizeof(line), "%s, or press space", time);
	else
		snprintf(line, sizeof(line), "waiting for an answer");
	frame_put(f, area->x, text.y, 6, FRAME_DIM, "next");
	frame_put(f, text.x, text.y++, text.w, FRAME_NORMAL, line);
	area->h -= text.y - area->y;
	area->y = text.y;
}

static bool all_connecting(const struct scene *scene)
{
	for (unsigned i = 0; i < scene->source_count; i++) {
		if (scene->sources[i].state != SOURCE_CONNECTING)
			return false;
	}
	return true;
}

static void draw_checks(struct frame *f, struct frame_area area)
{
	struct frame_area text = {area.x + 2, area.y + 1, area.w - 2, 2};

	if (area.h < 4)
		return;
	frame_put(f, area.x, text.y++, area.w, FRAME_TITLE, "What to check");
	for (size_t i = 0; i < sizeof(what_to_check) / sizeof(what_to_check[0]) && text.y < area.y + area.h; i++) {
		frame_put(f, area.x, text.y, 2, FRAME_DIM, "·");
		text.h = area.y + area.h - text.y < 2 ? 1 : 2;
		text.y += frame_wrap(f, text, FRAME_NORMAL, what_to_check[i]);
	}
	if (text.y + 1 < area.y + area.h)
		frame_put(f, area.x, text.y + 1, area.w, FRAME_NORMAL,
			  "No Transmission at hand? `make demo` shows swarmtop on one of its own.");
}

void screen_draw_waiting(const struct scene *scene, struct frame *f, struct frame_area area)
{
	int w = area.w > 88 ? 88 : area.w, end = area.y + area.h;
	struct frame_area text = {area.x + (area.w - w) / 2, area.y + (area.h > 18 ? area.h / 8 : 0), w, 0};

	text.h = end - text.y;
	frame_put(f, text.x, text.y, w, FRAME_TITLE,
		  all_connecting(scene) ? "Connecting to Transmission" : "No answer from Transmission yet");
	text.y += 1 + (area.h > 12);
	for (unsigned i = 0; i < scene->source_count && i < 4 && text.y < end; i++) {
		text.h = end - text.y;
		draw_tried(scene, f, &text, &scene->sources[i]);
		text.y += i + 1 < scene->source_count;
	}
	text.h = end - text.y;
	if (!all_connecting(scene))
		draw_checks(f, text);
}
