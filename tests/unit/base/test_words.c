/* The door to gettext: what is translated, what never is, and what does not change with the language. */
#include "base/words.h"

#include <errno.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "italian.h"
#include "tap.h"

static void closed(void)
{
	is_str(words("Countries"), "Countries", "before words_open() all is English");
	is_str(words_count("%s peer", "%s peers", 1), "%s peer", "one");
	is_str(words_count("%s peer", "%s peers", 0), "%s peers", "none are many in English");
	ok(words(NULL) == NULL, "nothing stays nothing");
}

static void italian(void)
{
	char text[64];

	is_str(words("Countries"), "Paesi", "a word");
	is_str(words("Germany"), "Germania", "a country");
	is_str(words(""), "", "the empty text, and not the head of the catalogue");
	ok(words(NULL) == NULL, "nothing stays nothing");
	is_str(words("no such word %n"), "no such word %n", "what is not in the catalogue stays as it is");
	is_str(words("Peru"), "Perù", "letters with accents are UTF-8");
	snprintf(text, sizeof(text), _n("%s address", "%s addresses", 1), "1");
	is_str(text, "1 indirizzo", "singular");
	snprintf(text, sizeof(text), _n("%s address", "%s addresses", 7), "7");
	is_str(text, "7 indirizzi", "plural");
}

/* The same address may hold another text later, and two addresses may share a place in the cache. */
static void addresses(void)
{
	static char text[4096];
	bool right = true;

	for (int i = 0; i < 3; i++) {
		str_copy(text, sizeof(text), "Spain");
		right &= strcmp(words(text), "Spagna") == 0;
		str_copy(text, sizeof(text), "Sweden");
		right &= strcmp(words(text), "Svezia") == 0;
		str_copy(text, sizeof(text), "Sweden of old");
		right &= words(text) == text;
	}
	for (size_t at = 0; at + 8 < sizeof(text); at++) {
		memcpy(text + at, at % 2 ? "Spain" : "Japan", 6);
		right &= strcmp(words(text + at), at % 2 ? "Spagna" : "Giappone") == 0;
	}
	ok(right, "what counts is what stands there, not where");
	str_copy(text, sizeof(text), "found through DHT; through peer exchange (PEX)");
	is_str(words(text), "trovato con la DHT; con lo scambio di peer (PEX)", "long ones too");
}

static void rest_of_the_program(void)
{
	char text[64];

	snprintf(text, sizeof(text), "%.1f", 1.5);
	is_str(text, "1.5", "a number has its point");
	is_str(setlocale(LC_ALL, NULL), "C", "the program's locale is what it was");
	is_str(strerror(ENOENT), "No such file or directory", "the C library speaks English in logs");
}

static void other_languages(void)
{
	setenv("LANGUAGE", "en", 1);
	words_open("build/locale");
	is_str(words("Countries"), "Countries", "who asks for English gets it");
	setenv("LANGUAGE", "it", 1);
	setenv("LC_ALL", "C", 1);
	words_open("build/locale");
	is_str(words("Countries"), "Countries", "the C locale is English");
	setenv("LC_ALL", "xx_YY.UTF-8", 1);
	words_open("build/locale");
	is_str(words("Countries"), "Countries", "so is one that this machine does not have");
}

int main(void)
{
	closed();
	if (italian_words()) {
		italian();
		addresses();
		rest_of_the_program();
		words_open("/nonexistent");
		is_str(words("Spain"), "Spain", "no catalogue, no translation");
		words_open("build/locale");
		is_str(words("Spain"), "Spagna", "another folder at another time");
		words_close();
		is_str(words("Countries"), "Countries", "after words_close() all is English again");
		other_languages();
	} else {
		printf("ok %d # skip neither a catalogue nor a locale for it\n", ++tap_count);
	}
	words_close();
	return tap_done();
}
