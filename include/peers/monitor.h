/* The monitor: `swarmtop [monitor]`. */
#ifndef PEERS_MONITOR_H
#define PEERS_MONITOR_H

/* Runs it; returns the exit status of the program. */
int monitor_main(int argc, char **argv);

#endif
