/* `swarmtop health`: every pass at its interval, until it is stopped; or each of them once. */
#ifndef SWARM_DAEMON_H
#define SWARM_DAEMON_H

int health_main(int argc, char **argv);

#endif
