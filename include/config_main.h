/* `swarmtop config`: checks, prints, explains the configuration. */
#ifndef CONFIG_MAIN_H
#define CONFIG_MAIN_H

/* Runs the subcommand; argv[0] is "config". Returns the exit status. */
int config_main(int argc, char **argv);

#endif
