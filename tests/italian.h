/* Puts a test's words into Italian, from the catalogue that the build made: run in the top folder, as tests are. */
#ifndef ITALIAN_H
#define ITALIAN_H

#include "base/words.h"
#include "comma_locale.h"

static inline bool italian_now(void)
{
	words_open("build/locale");
	return strcmp(words("Countries"), "Paesi") == 0;
}

/* False where there is no catalogue (no msgfmt), or no locale and no way to make one. */
static inline bool italian_words(void)
{
	char folder[] = "/tmp/swarmtop-locale-XXXXXX";
	bool done;

	/* C libraries from 2.39 on speak no language under C.UTF-8, others do. */
	setenv("LANGUAGE", "it", 1);
	if (italian_now())
		return true;
	unsetenv("LANGUAGE");
	setenv("LC_ALL", "it_IT.UTF-8", 1);
	if (italian_now() || !mkdtemp(folder))
		return italian_now();
	comma_compile(folder);
	setenv("LOCPATH", folder, 1);
	done = italian_now();
	comma_remove(folder);
	return done;
}

#endif
