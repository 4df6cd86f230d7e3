/* Rows that are sums of others: the columns that they all have. It does not know what was added up. */
#include "peers/view_columns.h"

struct view_group *view_group_new(struct view *v, const char *name, uint32_t id)
{
	struct view_group *group = &v->groups[v->group_count];

	*group = (struct view_group){.name = name, .id = id};
	view_row_add(v, v->group_count++);
	return group;
}

const char *view_group_name(const struct view *v, uint32_t row, char scratch[VIEW_CELL])
{
	(void)scratch;
	return v->groups[row].name;
}

uint64_t view_group_members(const struct view *v, uint32_t row)
{
	return v->groups[row].members;
}

uint64_t view_group_now(const struct view *v, uint32_t row)
{
	return v->groups[row].now.connections;
}

uint64_t view_group_addresses(const struct view *v, uint32_t row)
{
	return v->groups[row].now.addresses;
}

uint64_t view_group_up(const struct view *v, uint32_t row)
{
	return v->groups[row].now.rate_up;
}

uint64_t view_group_down(const struct view *v, uint32_t row)
{
	return v->groups[row].now.rate_down;
}

uint64_t view_group_seen(const struct view *v, uint32_t row)
{
	return v->groups[row].sightings;
}

uint64_t view_group_all_seen(const struct view *v, uint32_t row)
{
	return v->groups[row].all_sightings;
}

uint64_t view_group_share(const struct view *v, uint32_t row)
{
	return view_thousandths(v->groups[row].now.connections, view_fold(v)->now.connections);
}

bool view_group_live(const struct view *v, uint32_t row)
{
	return view_group_now(v, row) > 0;
}
