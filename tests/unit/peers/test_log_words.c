/* peers/log_words.c: what the log has in English, in Italian; and what it leaves alone. */
#include "peers/log_words.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "italian.h"
#include "tap.h"

enum { SAID = 256 };

static void is_said(const char *english, const char *want)
{
	char said[SAID];

	log_words(english, said, sizeof(said));
	is_str(said, want, "%s", english);
}

static void test_english(void)
{
	is_said("vpn: 2 networks from /v, 1 line rejected", "vpn: 2 networks from /v, 1 line rejected");
	is_said("", "");
}

static void test_italian(void)
{
	is_said("the configuration was read again", "la configurazione è stata riletta");
	is_said("alert peers: connections = 9", "allarme peers: connections = 9");
	is_said("alert share is over: connections = 3", "allarme share finito: connections = 3");
	is_said("history: /h.db: the disk is full; what is seen is kept in memory, and it is tried again",
		"storico: /h.db: the disk is full; ciò che si vede resta in memoria, e si riprova");
	is_said("the history of before: the history is written again; 1,204 sightings and polls were lost",
		"lo storico di prima: lo storico viene scritto di nuovo; 1,204 avvistamenti e letture sono andati "
		"persi");
	is_said("no page, no metrics: cannot listen at [::1]:80: Permission denied; trying again",
		"niente pagina né metriche: impossibile ascoltare a [::1]:80: Permission denied; si riprova");
	is_said("alert Countries: connections = 1", "allarme Countries: connections = 1");
	is_said("nobody wrote this", "nobody wrote this");
	is_said("", "");
	is_said("alert %s: %s", "allarme %s: %s");
}

/* A line that nearly fits in very many ways takes no time to speak of, and what is too long is cut. */
static void test_hostile(void)
{
	char line[4096], said[16];

	for (size_t i = 0; i + 2 < sizeof(line); i += 2)
		memcpy(line + i, ": ", 3);
	log_words(line, said, sizeof(said));
	is_int((long)strlen(said), sizeof(said) - 1, "as much as there is room for");
	snprintf(line, sizeof(line), "alert %4000s: x", "y");
	log_words(line, said, sizeof(said));
	ok(strncmp(said, "allarme ", 8) == 0 && strlen(said) == sizeof(said) - 1, "also of a translation");
}

int main(void)
{
	test_english();
	if (italian_words()) {
		test_italian();
		test_hostile();
		words_close();
	}
	return tap_done();
}
