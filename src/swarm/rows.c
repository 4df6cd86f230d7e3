/* From a command line to the rows of the store. It does not know what is done with them. */
#include "swarm/rows.h"

#include <limits.h>
#include <stdlib.h>

int rows_walk(void *command, int (*take)(void *context, const struct catalog_row *row), void *context, struct err *err)
{
	const struct command *c = command;
	struct catalog *catalog = NULL;
	const char **names = NULL;
	char path[PATH_MAX];
	int rc = catalog_path(c->conf.store.path, path, sizeof(path), err);

	if (rc)
		return EXIT_FAILED;
	rc = catalog_open(path, CATALOG_READ, &catalog, err);
	if (rc)
		return command_store_status(rc);
	names = command_names(&c->conf, c->collections);
	rc = catalog_rows(catalog, names, take, context, err);
	free(names);
	catalog_free(catalog);
	return rc;
}
