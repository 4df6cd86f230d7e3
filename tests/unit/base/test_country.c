/* base/country.c: the whole of ISO 3166-1, found by code, with names and places. */
#include "base/country.h"

#include "base/text.h"
#include "tap.h"

/* The 249 codes as ISO lists them, and XK; written down apart from the table. */
static const char codes[] =
	"AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW "
	"BY BZ CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI "
	"FJ FK FM FO FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN "
	"IO IQ IR IS IT JE JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME "
	"MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF "
	"PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV "
	"SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS XK "
	"YE YT ZA ZM ZW";

static void test_codes(void)
{
	unsigned found = 0, wrong = 0;

	for (const char *code = codes; *code; code += 3, found++) {
		country_t country = country_by_code(code, 2);

		wrong += country < COUNTRY_FIRST || country >= country_count() ||
			 strncmp(country_code(country), code, 2) != 0;
		if (code[2] == '\0')
			code--;
	}
	is_int(found, 250, "249 codes of ISO 3166-1 and XK");
	is_int(wrong, 0, "each is found");
	is_int(country_count(), COUNTRY_FIRST + 250, "there are no others");
	ok(country_count() <= COUNTRY_MAX, "and room for all");
}

static void test_special(void)
{
	is_str(country_code(COUNTRY_UNKNOWN), "??", "unknown: code");
	is_str(country_name(COUNTRY_UNKNOWN), "Unknown", "unknown: name");
	is_str(country_code(COUNTRY_LOCAL), "--", "local: code");
	is_str(country_name(COUNTRY_LOCAL), "Local", "local: name");
	is_str(country_code(COUNTRY_FIRST), "AD", "the first country");
	is_str(country_code((country_t)(country_count() - 1)), "ZW", "the last country");
	is_str(country_code(country_count()), "??", "a number beyond the table is unknown");
	is_str(country_name(UINT16_MAX), "Unknown", "so is the greatest");
}

static void test_no_codes(void)
{
	static const char *const rows[] = {"", "I", "ITA", "ZZ", "UK", "AA", "??", "--", "!!", "1T", "I ", "\xc9\xd4"};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		is_int(country_by_code(rows[i], strlen(rows[i])), COUNTRY_UNKNOWN, "'%s' is no code", rows[i]);
	is_int(country_by_code("IT\0", 3), COUNTRY_UNKNOWN, "a NUL byte is no part of a code");
	is_int(country_by_code(NULL, 0), COUNTRY_UNKNOWN, "nor is nothing a code");
}

static void test_case(void)
{
	country_t italy = country_by_code("IT", 2);

	is_str(country_name(italy), "Italy", "IT is Italy");
	is_int(country_by_code("it", 2), italy, "it");
	is_int(country_by_code("iT", 2), italy, "iT");
	is_int(country_by_code("ITALY", 2), italy, "only `len` bytes are read");
}

static void test_names(void)
{
	static const struct {
		const char *code, *name;
	} rows[] = {
		{"US", "United States"}, {"GB", "United Kingdom"}, {"RU", "Russia"},      {"KR", "South Korea"},
		{"KP", "North Korea"},   {"CZ", "Czechia"},        {"TW", "Taiwan"},      {"IR", "Iran"},
		{"DE", "Germany"},       {"VN", "Vietnam"},        {"CI", "Ivory Coast"}, {"XK", "Kosovo"},
		{"MD", "Moldova"},       {"BO", "Bolivia"},        {"SY", "Syria"},       {"LA", "Laos"},
	};
	unsigned wrong = 0;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		is_str(country_name(country_by_code(rows[i].code, 2)), rows[i].name, "%s", rows[i].code);
	for (country_t c = 0; c < country_count(); c++) {
		const char *name = country_name(c);
		char clean[64];

		text_clean(clean, sizeof(clean), name, strlen(name), 30);
		wrong += strcmp(clean, name) != 0 || strlen(name) < 4;
		for (country_t other = 0; other < c; other++)
			wrong += strcmp(name, country_name(other)) == 0;
	}
	is_int(wrong, 0, "every name is clean, short, and only one country's");
}

static void test_centroids(void)
{
	static const struct {
		const char *code;
		float north, south, west, east; /* a box around the country */
	} rows[] = {
		{"IT", 47, 36, 6, 19},      {"DE", 55, 47, 5, 16},      {"US", 50, 24, -125, -66},
		{"BR", 6, -34, -74, -34},   {"AU", -10, -44, 112, 154}, {"JP", 46, 30, 129, 146},
		{"ZA", -22, -35, 16, 33},   {"IN", 36, 8, 68, 98},      {"CA", 84, 41, -141, -52},
		{"NZ", -34, -48, 166, 179}, {"GB", 61, 49, -9, 2},      {"AR", -21, -56, -74, -53},
	};
	float latitude = 1, longitude = 1;
	unsigned wrong = 0;

	for (country_t c = COUNTRY_FIRST; c < country_count(); c++) {
		country_centroid(c, &latitude, &longitude);
		wrong += latitude < -90 || latitude > 90 || longitude < -180 || longitude > 180;
		wrong += latitude == 0 && longitude == 0;
	}
	is_int(wrong, 0, "every country has a place on Earth");
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		country_centroid(country_by_code(rows[i].code, 2), &latitude, &longitude);
		ok(latitude < rows[i].north && latitude > rows[i].south && longitude > rows[i].west &&
			   longitude < rows[i].east,
		   "%s: the centroid is inside", rows[i].code);
	}
	country_centroid(COUNTRY_UNKNOWN, &latitude, &longitude);
	ok(latitude == 0 && longitude == 0, "unknown: no place");
	country_centroid(COUNTRY_LOCAL, &latitude, &longitude);
	ok(latitude == 0 && longitude == 0, "local: no place");
}

int main(void)
{
	test_codes();
	test_special();
	test_no_codes();
	test_case();
	test_names();
	test_centroids();
	return tap_done();
}
