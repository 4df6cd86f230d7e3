/* Texts through gettext(3), under a locale of its own: the program's stays "C", so that neither a number nor a message
 * of the C library changes with the language. It does not know where catalogues are installed. */
#include "base/words.h"

#include <langinfo.h>
#include <libintl.h>
#include <locale.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/str.h"

static const char domain[] = "swarmtop";

enum { KEPT = 1024, SHORT = 32 };

/* One for the process, as gettext's binding is. */
static locale_t language;

static bool hush;

/* Short texts by their address: rows are sorted by the names of countries, and gettext is slow for that. What stands at
 * an address is compared all the same. */
static struct kept {
	char english[SHORT]; /* "" = free */
	const char *said;
} kept[KEPT];

static const char *look_up(const char *english)
{
	locale_t before = uselocale(language);
	const char *said = dgettext(domain, english);

	uselocale(before);
	return said;
}

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
	/* The head of a catalogue. Without one every look-up would go the long way round, in vain. */
	if (!*look_up(""))
		words_close();
}

void words_close(void)
{
	if (language)
		freelocale(language);
	language = (locale_t)0;
	memset(kept, 0, sizeof(kept));
}

void words_hush(bool hushed)
{
	hush = hushed;
}

const char *words(const char *english)
{
	struct kept *k = &kept[(uintptr_t)english / 4 % KEPT];
	const char *said;

	if (hush || !language || !english || !*english)
		return english;
	if (strcmp(k->english, english) == 0)
		return k->said;
	said = look_up(english);
	/* What has no translation is the caller's own memory: that is not kept. */
	if (said != english && str_copy(k->english, SHORT, english))
		k->said = said;
	else
		k->english[0] = '\0';
	return said;
}

const char *words_count(const char *one, const char *many, unsigned long n)
{
	const char *text;
	locale_t before;

	if (hush || !language)
		return n == 1 ? one : many;
	before = uselocale(language);
	text = dngettext(domain, one, many, n);
	uselocale(before);
	return text;
}
