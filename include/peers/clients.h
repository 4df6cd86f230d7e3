/* Client software: names as daemons report them, interned as numbers and split into family and version. */
#ifndef PEERS_CLIENTS_H
#define PEERS_CLIENTS_H

#include <stddef.h>
#include <stdint.h>

#include "wire/rpcpeers.h"

enum {
	CLIENTS_MAX = 8192, /* distinct names; peers choose theirs, so the next ones are all CLIENT_OTHER */
	CLIENT_NONE = 0,    /* the peer gave no name; shown as "Unknown" */
	CLIENT_OTHER = 1,   /* these two have names of ours, which the screen translates */
	CLIENT_NAME = 256, /* bytes of a name, NUL included */
};

struct client {
	char *name;        /* clean, as reported: "qBittorrent 4.5.2"; owned */
	uint32_t family; /* number of the first client of the same family, which stands for it */
	char *family_name; /* "qBittorrent"; owned */
	char *version;     /* "4.5.2", "" if there is none; owned */
};

struct clients;

struct clients *clients_new(void);
void clients_free(struct clients *clients);
uint32_t clients_count(const struct clients *clients);
/* `number` < clients_count(); the pointer is valid until the next clients_number(). */
const struct client *clients_get(const struct clients *clients, uint32_t number);
/* The number of the client whose name stands in this JSON string (escaped, foreign); makes it if it is new. */
uint32_t clients_number(struct clients *clients, struct rpcslice name);

/* Splits a clean name: "Deluge 2.1.1.0", "Deluge/2.1.1.0" -> "Deluge", "2.1.1.0"; "-BI3500-" -> "BI" (peer id),
 * "3.5.0.0". */
void client_split(const char *name, char family[CLIENT_NAME], char version[CLIENT_NAME]);

#endif
