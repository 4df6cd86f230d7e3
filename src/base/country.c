/* The countries: ISO 3166-1 alpha-2, and XK, which databases use for Kosovo. It does not know how a place is found.
 * Names are ASCII, so that they look the same on every terminal. */
#include "base/country.h"

#include "base/words.h"

struct country_row {
	char code[3];
	const char *name;
	float latitude, longitude;
};

/* From COUNTRY_FIRST on sorted by code. */
static const struct country_row rows[] = {
	{"??", N_("Unknown"), 0, 0},
	{"--", N_("Local"), 0, 0},
	{"AD", N_("Andorra"), 42.55f, 1.58f},
	{"AE", N_("United Arab Emirates"), 23.91f, 54.33f},
	{"AF", N_("Afghanistan"), 33.84f, 66.03f},
	{"AG", N_("Antigua and Barbuda"), 17.28f, -61.79f},
	{"AI", N_("Anguilla"), 18.22f, -63.06f},
	{"AL", N_("Albania"), 41.14f, 20.05f},
	{"AM", N_("Armenia"), 40.29f, 44.95f},
	{"AO", N_("Angola"), -12.30f, 17.54f},
	{"AQ", N_("Antarctica"), -80.51f, 19.92f},
	{"AR", N_("Argentina"), -35.38f, -65.18f},
	{"AS", N_("American Samoa"), -14.30f, -170.72f},
	{"AT", N_("Austria"), 47.59f, 14.13f},
	{"AU", N_("Australia"), -25.73f, 134.49f},
	{"AW", N_("Aruba"), 12.52f, -69.98f},
	{"AX", N_("Aland Islands"), 60.21f, 19.95f},
	{"AZ", N_("Azerbaijan"), 40.29f, 47.55f},
	{"BA", N_("Bosnia and Herzegovina"), 44.17f, 17.77f},
	{"BB", N_("Barbados"), 13.18f, -59.56f},
	{"BD", N_("Bangladesh"), 23.87f, 90.24f},
	{"BE", N_("Belgium"), 50.64f, 4.64f},
	{"BF", N_("Burkina Faso"), 12.27f, -1.75f},
	{"BG", N_("Bulgaria"), 42.77f, 25.22f},
	{"BH", N_("Bahrain"), 26.04f, 50.54f},
	{"BI", N_("Burundi"), -3.36f, 29.88f},
	{"BJ", N_("Benin"), 9.64f, 2.33f},
	{"BL", N_("Saint Barthelemy"), 17.90f, -62.84f},
	{"BM", N_("Bermuda"), 32.31f, -64.75f},
	{"BN", N_("Brunei"), 4.52f, 114.72f},
	{"BO", N_("Bolivia"), -16.71f, -64.69f},
	{"BQ", N_("Caribbean Netherlands"), 12.18f, -68.24f},
	{"BR", N_("Brazil"), -10.79f, -53.10f},
	{"BS", N_("Bahamas"), 24.29f, -76.63f},
	{"BT", N_("Bhutan"), 27.41f, 90.40f},
	{"BV", N_("Bouvet Island"), -54.42f, 3.41f},
	{"BW", N_("Botswana"), -22.18f, 23.80f},
	{"BY", N_("Belarus"), 53.53f, 28.03f},
	{"BZ", N_("Belize"), 17.20f, -88.71f},
	{"CA", N_("Canada"), 61.36f, -98.31f},
	{"CC", N_("Cocos Islands"), -12.17f, 96.84f},
	{"CD", N_("DR Congo"), -2.88f, 23.64f},
	{"CF", N_("Central African Republic"), 6.57f, 20.47f},
	{"CG", N_("Congo"), -0.84f, 15.22f},
	{"CH", N_("Switzerland"), 46.80f, 8.21f},
	{"CI", N_("Ivory Coast"), 7.63f, -5.57f},
	{"CK", N_("Cook Islands"), -21.22f, -159.79f},
	{"CL", N_("Chile"), -37.73f, -71.38f},
	{"CM", N_("Cameroon"), 5.69f, 12.74f},
	{"CN", N_("China"), 36.56f, 103.82f},
	{"CO", N_("Colombia"), 3.91f, -73.08f},
	{"CR", N_("Costa Rica"), 9.98f, -84.19f},
	{"CU", N_("Cuba"), 21.62f, -79.02f},
	{"CV", N_("Cape Verde"), 15.96f, -23.96f},
	{"CW", N_("Curacao"), 12.20f, -68.97f},
	{"CX", N_("Christmas Island"), -10.49f, 105.63f},
	{"CY", N_("Cyprus"), 34.92f, 33.01f},
	{"CZ", N_("Czechia"), 49.73f, 15.31f},
	{"DE", N_("Germany"), 51.11f, 10.39f},
	{"DJ", N_("Djibouti"), 11.75f, 42.56f},
	{"DK", N_("Denmark"), 55.98f, 10.03f},
	{"DM", N_("Dominica"), 15.44f, -61.36f},
	{"DO", N_("Dominican Republic"), 18.89f, -70.51f},
	{"DZ", N_("Algeria"), 28.16f, 2.62f},
	{"EC", N_("Ecuador"), -1.42f, -78.75f},
	{"EE", N_("Estonia"), 58.67f, 25.54f},
	{"EG", N_("Egypt"), 26.50f, 29.86f},
	{"EH", N_("Western Sahara"), 24.23f, -12.22f},
	{"ER", N_("Eritrea"), 15.36f, 38.85f},
	{"ES", N_("Spain"), 40.24f, -3.65f},
	{"ET", N_("Ethiopia"), 8.62f, 39.60f},
	{"FI", N_("Finland"), 64.50f, 26.27f},
	{"FJ", N_("Fiji"), -17.43f, 178.00f},
	{"FK", N_("Falkland Islands"), -51.74f, -59.35f},
	{"FM", N_("Micronesia"), 6.89f, 158.22f},
	{"FO", N_("Faroe Islands"), 62.05f, -6.88f},
	{"FR", N_("France"), 46.56f, 2.55f},
	{"GA", N_("Gabon"), -0.59f, 11.79f},
	{"GB", N_("United Kingdom"), 54.12f, -2.87f},
	{"GD", N_("Grenada"), 12.12f, -61.68f},
	{"GE", N_("Georgia"), 42.17f, 43.51f},
	{"GF", N_("French Guiana"), 3.92f, -53.24f},
	{"GG", N_("Guernsey"), 49.47f, -2.57f},
	{"GH", N_("Ghana"), 7.95f, -1.22f},
	{"GI", N_("Gibraltar"), 36.14f, -5.35f},
	{"GL", N_("Greenland"), 74.71f, -41.34f},
	{"GM", N_("Gambia"), 13.45f, -15.40f},
	{"GN", N_("Guinea"), 10.44f, -10.94f},
	{"GP", N_("Guadeloupe"), 16.20f, -61.53f},
	{"GQ", N_("Equatorial Guinea"), 1.71f, 10.34f},
	{"GR", N_("Greece"), 39.07f, 22.96f},
	{"GS", N_("South Georgia"), -54.46f, -36.43f},
	{"GT", N_("Guatemala"), 15.69f, -90.36f},
	{"GU", N_("Guam"), 13.44f, 144.77f},
	{"GW", N_("Guinea-Bissau"), 12.05f, -14.95f},
	{"GY", N_("Guyana"), 4.79f, -58.98f},
	{"HK", N_("Hong Kong"), 22.40f, 114.11f},
	{"HM", N_("Heard and McDonald Islands"), -53.08f, 73.52f},
	{"HN", N_("Honduras"), 14.83f, -86.62f},
	{"HR", N_("Croatia"), 45.08f, 16.40f},
	{"HT", N_("Haiti"), 18.94f, -72.69f},
	{"HU", N_("Hungary"), 47.16f, 19.40f},
	{"ID", N_("Indonesia"), -2.22f, 117.24f},
	{"IE", N_("Ireland"), 53.18f, -8.14f},
	{"IL", N_("Israel"), 31.46f, 35.00f},
	{"IM", N_("Isle of Man"), 54.22f, -4.54f},
	{"IN", N_("India"), 22.89f, 79.61f},
	{"IO", N_("British Indian Ocean Territory"), -7.33f, 72.45f},
	{"IQ", N_("Iraq"), 33.04f, 43.74f},
	{"IR", N_("Iran"), 32.58f, 54.27f},
	{"IS", N_("Iceland"), 64.99f, -18.57f},
	{"IT", N_("Italy"), 42.80f, 12.07f},
	{"JE", N_("Jersey"), 49.22f, -2.13f},
	{"JM", N_("Jamaica"), 18.16f, -77.31f},
	{"JO", N_("Jordan"), 31.25f, 36.77f},
	{"JP", N_("Japan"), 37.59f, 138.03f},
	{"KE", N_("Kenya"), 0.60f, 37.80f},
	{"KG", N_("Kyrgyzstan"), 41.46f, 74.54f},
	{"KH", N_("Cambodia"), 12.72f, 104.91f},
	{"KI", N_("Kiribati"), 1.87f, -157.36f},
	{"KM", N_("Comoros"), -11.88f, 43.68f},
	{"KN", N_("Saint Kitts and Nevis"), 17.26f, -62.69f},
	{"KP", N_("North Korea"), 40.15f, 127.19f},
	{"KR", N_("South Korea"), 36.39f, 127.84f},
	{"KW", N_("Kuwait"), 29.33f, 47.59f},
	{"KY", N_("Cayman Islands"), 19.43f, -80.91f},
	{"KZ", N_("Kazakhstan"), 48.16f, 67.29f},
	{"LA", N_("Laos"), 18.50f, 103.74f},
	{"LB", N_("Lebanon"), 33.92f, 35.88f},
	{"LC", N_("Saint Lucia"), 13.89f, -60.97f},
	{"LI", N_("Liechtenstein"), 47.14f, 9.54f},
	{"LK", N_("Sri Lanka"), 7.61f, 80.70f},
	{"LR", N_("Liberia"), 6.45f, -9.32f},
	{"LS", N_("Lesotho"), -29.58f, 28.23f},
	{"LT", N_("Lithuania"), 55.33f, 23.89f},
	{"LU", N_("Luxembourg"), 49.77f, 6.07f},
	{"LV", N_("Latvia"), 56.85f, 24.91f},
	{"LY", N_("Libya"), 27.03f, 18.01f},
	{"MA", N_("Morocco"), 31.84f, -6.32f},
	{"MC", N_("Monaco"), 43.74f, 7.41f},
	{"MD", N_("Moldova"), 47.19f, 28.46f},
	{"ME", N_("Montenegro"), 42.79f, 19.24f},
	{"MF", N_("Saint Martin"), 18.09f, -63.06f},
	{"MG", N_("Madagascar"), -19.37f, 46.70f},
	{"MH", N_("Marshall Islands"), 7.00f, 170.34f},
	{"MK", N_("North Macedonia"), 41.60f, 21.68f},
	{"ML", N_("Mali"), 17.35f, -3.54f},
	{"MM", N_("Myanmar"), 21.19f, 96.49f},
	{"MN", N_("Mongolia"), 46.83f, 103.05f},
	{"MO", N_("Macao"), 22.17f, 113.55f},
	{"MP", N_("Northern Mariana Islands"), 15.83f, 145.62f},
	{"MQ", N_("Martinique"), 14.65f, -61.01f},
	{"MR", N_("Mauritania"), 20.26f, -10.35f},
	{"MS", N_("Montserrat"), 16.74f, -62.19f},
	{"MT", N_("Malta"), 35.92f, 14.41f},
	{"MU", N_("Mauritius"), -20.28f, 57.57f},
	{"MV", N_("Maldives"), 3.73f, 73.46f},
	{"MW", N_("Malawi"), -13.22f, 34.29f},
	{"MX", N_("Mexico"), 23.95f, -102.52f},
	{"MY", N_("Malaysia"), 3.79f, 109.70f},
	{"MZ", N_("Mozambique"), -17.27f, 35.53f},
	{"NA", N_("Namibia"), -22.13f, 17.21f},
	{"NC", N_("New Caledonia"), -21.30f, 165.68f},
	{"NE", N_("Niger"), 17.42f, 9.39f},
	{"NF", N_("Norfolk Island"), -29.05f, 167.95f},
	{"NG", N_("Nigeria"), 9.59f, 8.09f},
	{"NI", N_("Nicaragua"), 12.85f, -85.03f},
	{"NL", N_("Netherlands"), 52.10f, 5.28f},
	{"NO", N_("Norway"), 64.56f, 12.67f},
	{"NP", N_("Nepal"), 28.25f, 83.92f},
	{"NR", N_("Nauru"), -0.52f, 166.93f},
	{"NU", N_("Niue"), -19.05f, -169.87f},
	{"NZ", N_("New Zealand"), -41.81f, 171.48f},
	{"OM", N_("Oman"), 20.61f, 56.09f},
	{"PA", N_("Panama"), 8.52f, -80.12f},
	{"PE", N_("Peru"), -9.15f, -74.38f},
	{"PF", N_("French Polynesia"), -17.68f, -149.41f},
	{"PG", N_("Papua New Guinea"), -6.46f, 145.21f},
	{"PH", N_("Philippines"), 11.78f, 122.88f},
	{"PK", N_("Pakistan"), 29.95f, 69.34f},
	{"PL", N_("Poland"), 52.13f, 19.39f},
	{"PM", N_("Saint Pierre and Miquelon"), 46.92f, -56.30f},
	{"PN", N_("Pitcairn"), -24.37f, -128.32f},
	{"PR", N_("Puerto Rico"), 18.23f, -66.47f},
	{"PS", N_("Palestine"), 31.92f, 35.20f},
	{"PT", N_("Portugal"), 39.60f, -8.50f},
	{"PW", N_("Palau"), 7.29f, 134.41f},
	{"PY", N_("Paraguay"), -23.23f, -58.40f},
	{"QA", N_("Qatar"), 25.31f, 51.18f},
	{"RE", N_("Reunion"), -21.13f, 55.54f},
	{"RO", N_("Romania"), 45.85f, 24.97f},
	{"RS", N_("Serbia"), 44.22f, 20.79f},
	{"RU", N_("Russia"), 61.98f, 96.69f},
	{"RW", N_("Rwanda"), -1.99f, 29.92f},
	{"SA", N_("Saudi Arabia"), 24.12f, 44.54f},
	{"SB", N_("Solomon Islands"), -8.92f, 159.63f},
	{"SC", N_("Seychelles"), -4.66f, 55.48f},
	{"SD", N_("Sudan"), 15.99f, 29.94f},
	{"SE", N_("Sweden"), 62.78f, 16.75f},
	{"SG", N_("Singapore"), 1.36f, 103.82f},
	{"SH", N_("Saint Helena"), -15.97f, -5.70f},
	{"SI", N_("Slovenia"), 46.12f, 14.80f},
	{"SJ", N_("Svalbard and Jan Mayen"), 78.83f, 18.37f},
	{"SK", N_("Slovakia"), 48.71f, 19.48f},
	{"SL", N_("Sierra Leone"), 8.56f, -11.79f},
	{"SM", N_("San Marino"), 43.94f, 12.46f},
	{"SN", N_("Senegal"), 14.37f, -14.47f},
	{"SO", N_("Somalia"), 4.75f, 45.71f},
	{"SR", N_("Suriname"), 4.13f, -55.91f},
	{"SS", N_("South Sudan"), 7.31f, 30.25f},
	{"ST", N_("Sao Tome and Principe"), 0.44f, 6.72f},
	{"SV", N_("El Salvador"), 13.74f, -88.87f},
	{"SX", N_("Sint Maarten"), 18.05f, -63.06f},
	{"SY", N_("Syria"), 35.03f, 38.51f},
	{"SZ", N_("Eswatini"), -26.56f, 31.48f},
	{"TC", N_("Turks and Caicos Islands"), 21.83f, -71.97f},
	{"TD", N_("Chad"), 15.33f, 18.64f},
	{"TF", N_("French Southern Territories"), -49.25f, 69.23f},
	{"TG", N_("Togo"), 8.53f, 0.96f},
	{"TH", N_("Thailand"), 15.12f, 101.00f},
	{"TJ", N_("Tajikistan"), 38.53f, 71.01f},
	{"TK", N_("Tokelau"), -9.17f, -171.82f},
	{"TL", N_("Timor-Leste"), -8.83f, 125.84f},
	{"TM", N_("Turkmenistan"), 39.12f, 59.37f},
	{"TN", N_("Tunisia"), 34.12f, 9.55f},
	{"TO", N_("Tonga"), -20.43f, -174.81f},
	{"TR", N_("Turkey"), 39.06f, 35.17f},
	{"TT", N_("Trinidad and Tobago"), 10.46f, -61.27f},
	{"TV", N_("Tuvalu"), -8.52f, 179.20f},
	{"TW", N_("Taiwan"), 23.75f, 120.95f},
	{"TZ", N_("Tanzania"), -6.28f, 34.81f},
	{"UA", N_("Ukraine"), 49.00f, 31.38f},
	{"UG", N_("Uganda"), 1.27f, 32.37f},
	{"UM", N_("US Outlying Islands"), 19.29f, 166.62f},
	{"US", N_("United States"), 39.78f, -98.58f},
	{"UY", N_("Uruguay"), -32.80f, -56.02f},
	{"UZ", N_("Uzbekistan"), 41.76f, 63.14f},
	{"VA", N_("Vatican City"), 41.90f, 12.45f},
	{"VC", N_("Saint Vincent"), 13.22f, -61.20f},
	{"VE", N_("Venezuela"), 7.12f, -66.18f},
	{"VG", N_("British Virgin Islands"), 18.53f, -64.47f},
	{"VI", N_("US Virgin Islands"), 17.96f, -64.80f},
	{"VN", N_("Vietnam"), 16.65f, 106.30f},
	{"VU", N_("Vanuatu"), -16.23f, 167.69f},
	{"WF", N_("Wallis and Futuna"), -13.89f, -177.35f},
	{"WS", N_("Samoa"), -13.75f, -172.16f},
	{"XK", N_("Kosovo"), 42.57f, 20.87f},
	{"YE", N_("Yemen"), 15.91f, 47.59f},
	{"YT", N_("Mayotte"), -12.82f, 45.14f},
	{"ZA", N_("South Africa"), -29.00f, 25.08f},
	{"ZM", N_("Zambia"), -13.46f, 27.77f},
	{"ZW", N_("Zimbabwe"), -19.00f, 29.85f},
};

enum { ROWS = sizeof(rows) / sizeof(rows[0]) };

_Static_assert(ROWS <= (int)COUNTRY_MAX, "arrays by country are too short");

country_t country_count(void)
{
	return ROWS;
}

/* Two letters as a number that sorts like them. */
static unsigned key_of(const char *code)
{
	return (unsigned)(unsigned char)code[0] << 8 | (unsigned char)code[1];
}

country_t country_by_code(const char *code, size_t len)
{
	unsigned low = COUNTRY_FIRST, high = ROWS, key;

	if (len != 2)
		return COUNTRY_UNKNOWN;
	key = key_of(code) & 0xdfdf; /* to capitals; what is no letter becomes no letter */
	while (low < high) {
		unsigned middle = (low + high) / 2;
		unsigned here = key_of(rows[middle].code);

		if (here == key)
			return (country_t)middle;
		if (here < key)
			low = middle + 1;
		else
			high = middle;
	}
	return COUNTRY_UNKNOWN;
}

static const struct country_row *row_of(country_t country)
{
	return &rows[country < ROWS ? country : COUNTRY_UNKNOWN];
}

const char *country_code(country_t country)
{
	return row_of(country)->code;
}

const char *country_name(country_t country)
{
	return row_of(country)->name;
}

void country_centroid(country_t country, float *latitude, float *longitude)
{
	*latitude = row_of(country)->latitude;
	*longitude = row_of(country)->longitude;
}
