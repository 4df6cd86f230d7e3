/* `swarmtop pick`: the torrents that need seeders most, within a disk budget. */
#ifndef SWARM_PICK_H
#define SWARM_PICK_H

/* Returns the exit status. */
int pick_main(int argc, char **argv);

#endif
