/* `swarmtop inspect`: what a torrent file, a magnet link or an info-hash says of itself. */
#ifndef SWARM_INSPECT_H
#define SWARM_INSPECT_H

/* Returns the exit status. */
int inspect_main(int argc, char **argv);

#endif
