/* `swarmtop history`. */
#ifndef PEERS_HISTORY_MAIN_H
#define PEERS_HISTORY_MAIN_H

/* Runs it; returns the exit status of the program. */
int history_main(int argc, char **argv);

#endif
