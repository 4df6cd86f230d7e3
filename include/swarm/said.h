/* What a daemon finds at each of its passes, day and night, and says once: again only when it was not so in between. */
#ifndef SWARM_SAID_H
#define SWARM_SAID_H

struct said;

struct said *said_new(void);
/* NULL is accepted. */
void said_free(struct said *s);
/* A pass begins. */
void said_begin(struct said *s);
/* Writes a line with `log` (log_warn() and the like), unless the last pass told it too. NULL: always. */
void said_tell(struct said *s, void (*log)(const char *format, ...), const char *format, ...)
	__attribute__((format(printf, 3, 4)));

#endif
