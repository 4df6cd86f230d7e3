/* The networks view: a table of autonomous systems, and how many connections come from hosting and from homes. */
#include "peers/screen_networks.h"

#include <math.h>
#include <stdio.h>

#include "base/words.h"
#include "peers/screen_table.h"
#include "peers/view_networks.h"

static double percent(uint32_t part, uint32_t whole)
{
	return whole ? floor(100.0 * part / whole + 0.5) : 0;
}

/* Local ones are none of them. */
static void draw_kinds(const struct view *v, struct frame *f, struct frame_area row)
{
	uint32_t hosting = 0, unknown = 0, whole = 0;
	char text[VIEW_CELL], more[64] = "";

	for (uint32_t i = 0; i < v->group_count; i++) {
		const struct view_group *group = &v->groups[i];
		uint32_t asn = view_network_of(v->scene, &v->scene->fold->addresses[group->id]);

		if (asn == VIEW_NONE)
			continue;
		hosting += group->hosting_now;
		unknown += asn == 0 ? group->now.connections - group->hosting_now : 0;
		whole += group->now.connections;
	}
	if (unknown)
		snprintf(more, sizeof(more), _(" · %.0f %% unknown"), percent(unknown, whole));
	snprintf(text, sizeof(text), _("Connections: %.0f %% hosting · %.0f %% residential%s"), percent(hosting, whole),
		 percent(whole - hosting - unknown, whole), more);
	frame_put(f, row.x, row.y, row.w, FRAME_STRONG, text);
}

static void draw(struct screen *s, const struct scene *scene, struct frame *f, struct frame_area area)
{
	struct frame_area last = {area.x, area.y + area.h - 1, area.w, 1};

	if (!screen_empty(scene) && !view_networks_known(scene)) {
		frame_put(f, area.x, area.y, area.w, FRAME_TITLE, _("Networks"));
		screen_draw_nothing(f, area, _("No geo database of networks (ASN) is open: name one with -g."));
		return;
	}
	if (view_hosting_known(scene))
		area.h--;
	screen_draw_pane(s, scene, f, area, _("Networks"));
	if (view_hosting_known(scene))
		draw_kinds(&s->panes[SCREEN_NETWORKS].rows, f, last);
}

static void draw_one(struct screen *s, const struct scene *scene, struct frame *f, struct frame_area area)
{
	const struct view *all = &s->panes[SCREEN_NETWORKS].rows;
	uint32_t asn = s->panes[SCREEN_NETWORK].rows.scope;
	const char *name = "";
	char title[VIEW_CELL * 2];

	for (uint32_t i = 0; i < all->group_count && !*name; i++)
		if (view_network_of(scene, &scene->fold->addresses[all->groups[i].id]) == asn)
			name = all->groups[i].name;
	if (asn == 0 || asn == VIEW_NONE)
		snprintf(title, sizeof(title), _("Networks > %s"), name);
	else
		snprintf(title, sizeof(title), _("Networks > AS%u %s"), (unsigned)asn, name);
	screen_draw_pane(s, scene, f, area, title);
}

enum { TABLE = SCREEN_SCROLLS | SCREEN_HAS_ROWS | SCREEN_OPENS | SCREEN_LEAVES };

const struct screen_view screen_networks = {N_("networks"), TABLE, VIEW_NETWORKS, draw, screen_open_network};
const struct screen_view screen_network = {N_("peers"), TABLE | SCREEN_HAS_ADDRESSES, VIEW_PEERS, draw_one,
					   screen_open_peer};
