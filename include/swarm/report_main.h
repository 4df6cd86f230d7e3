/* `swarmtop report`: writes the JSON and HTML reports from what the store knows. */
#ifndef SWARM_REPORT_MAIN_H
#define SWARM_REPORT_MAIN_H

/* Returns the exit status. */
int report_main(int argc, char **argv);

#endif
