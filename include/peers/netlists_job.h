/* A look at one file of networks, on a thread of its own: a disk that does not answer stops nobody, and what is read
 * waits here until it is taken. */
#ifndef PEERS_NETLISTS_JOB_H
#define PEERS_NETLISTS_JOB_H

#include <stdbool.h>

#include "core/geo.h"
#include "peers/netlists_file.h"

struct netlists_job {
	char *path;
	bool database;                    /* else a list */
	bool anyway;                      /* read it whether it has changed or not */
	struct netlists_stamp read, seen; /* the file as it was read, and as it was at the last look */
	/* The result. */
	struct netlists_stamp now;
	bool done;            /* it was to be read ... */
	int code;             /* ... and cannot be, with the message */
	struct err err;
	struct netset set;    /* of a list */
	struct netlist list;  /* likewise: its counts, and rejected lines */
	struct geo *geo;      /* of a database */
};

struct netlists_job *netlists_job_new(const char *path, bool database);
/* For core/aside.h. A file is read if it is another one than the one that was read, and no longer changing. */
void netlists_job_run(void *job);
/* Frees what nobody has taken, too. */
void netlists_job_free(void *job);

#endif
