/* Texts through gettext(3), under a locale of its own: the program's stays "C", so that neither a number nor a message
 * of the C library changes with the language. It does not know where catalogues are installed. */
#include "base/words.h"

#include <langinfo.h>
#include <libintl.h>
#include <locale.h>
#include <stddef.h>
#include <string.h>

static const char domain[] = "swarmtop";

/* One for the process, as gettext's binding is. */
static locale_t language;

void words_open(const char *folder)
{
	locale_t wanted = newlocale(LC_MESSAGES_MASK | LC_CTYPE_MASK, "", (locale_t)0);

	words_close();
	if (!wanted)
		return;
	if (strcmp(nl_langinfo_l(CODESET, wanted), "UTF-8") != 0 || !bindtextdomain(domain, folder)) {
		freelocale(wanted);
		return;
	}
	bind_textdomain_codeset(domain, "UTF-8");
	language = wanted;
}

void words_close(void)
{
	if (language)
		freelocale(language);
	language = (locale_t)0;
}

const char *words(const char *english)
{
	locale_t before;

	/* gettext("") is the head of the catalogue. */
	if (!language || !english || !*english)
		return english;
	before = uselocale(language);
	english = dgettext(domain, english);
	uselocale(before);
	return english;
}

const char *words_count(const char *one, const char *many, unsigned long n)
{
	const char *text;
	locale_t before;

	if (!language)
		return n == 1 ? one : many;
	before = uselocale(language);
	text = dngettext(domain, one, many, n);
	uselocale(before);
	return text;
}
