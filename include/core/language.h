/* Where the program's translations are. */
#ifndef CORE_LANGUAGE_H
#define CORE_LANGUAGE_H

#include <limits.h>
#include <stdbool.h>

/* What follows is for a person: opens the words of base/words.h, from beside build/swarmtop or where the program was
 * installed. Called where a screen, a help or a summary begins, never for what programs read. */
void language_start(void);

/* The folder that belongs to a program at this path (build/swarmtop, build/asan/swarmtop: build/locale; PREFIX/bin/
 * swarmtop: PREFIX/share/locale). False where there is none: nobody else's folder shall give us words. */
bool language_folder(const char *program, char folder[PATH_MAX]);

#endif
