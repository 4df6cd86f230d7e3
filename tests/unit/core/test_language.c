/* Which folder of translations belongs to a program. */
#include "core/language.h"

#include "tap.h"

static void at(const char *program, const char *want)
{
	char folder[PATH_MAX] = "";

	if (!language_folder(program, folder))
		folder[0] = '\0';
	is_str(folder, want, "%s", program);
}

int main(void)
{
	at("/usr/bin/swarmtop", "/usr/share/locale");
	at("/usr/local/bin/swarmtop", "/usr/local/share/locale");
	at("/home/ada/swarmtop/build/swarmtop", "/home/ada/swarmtop/build/locale");
	at("/home/ada/swarmtop/build/asan/swarmtop", "/home/ada/swarmtop/build/locale");
	at("/home/ada/build/bin/swarmtop", "/home/ada/build/share/locale");
	at("/build/swarmtop", "/build/locale");
	/* Others could have put words there. */
	at("/tmp/swarmtop", "");
	at("/tmp/x/swarmtop", "");
	at("/swarmtop", "");
	at("swarmtop", "");
	at("", "");
	return tap_done();
}
