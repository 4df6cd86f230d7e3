/* The views that there are. Each is a file of its own: its columns, where each value comes from, which rows it has. */
#include "peers/view_table.h"

#include "peers/view_columns.h"

const struct view_table *view_table(enum view_kind kind)
{
	static const struct view_table *const tables[VIEW_KINDS] = {
		[VIEW_COUNTRIES] = &view_of_countries,
		[VIEW_PEERS] = &view_of_peers,
		[VIEW_CLIENTS] = &view_of_clients,
		[VIEW_VERSIONS] = &view_of_versions,
		[VIEW_TORRENTS] = &view_of_torrents,
		[VIEW_CITIES] = &view_of_cities,
		[VIEW_NETWORKS] = &view_of_networks,
	};

	return tables[kind];
}
