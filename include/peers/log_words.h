/* What was written in English, in the user's language: for who reads the log on the screen, which is English for
 * programs. */
#ifndef PEERS_LOG_WORDS_H
#define PEERS_LOG_WORDS_H

#include <stddef.h>

/* The same as far as its sentences are ours: what the system, a library or another program said stays. */
void log_words(const char *english, char *said, size_t size);

#endif
