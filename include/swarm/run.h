/* The subcommands that run passes: each alone, or all of them as a daemon. */
#ifndef SWARM_RUN_H
#define SWARM_RUN_H

int sync_main(int argc, char **argv);
int trackers_main(int argc, char **argv);
int dht_main(int argc, char **argv);

#endif
