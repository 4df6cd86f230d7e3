/* The countries: ISO 3166-1 alpha-2, and XK, which databases use for Kosovo. It does not know how a place is found.
 * Names are ASCII, so that they look the same on every terminal. */
#include "base/country.h"

struct country_row {
	char code[3];
	const char *name;
	float latitude, longitude;
};

/* From COUNTRY_FIRST on sorted by code. */
static const struct country_row rows[] = {
	{"??", "Unknown", 0, 0},
	{"--", "Local", 0, 0},
	{"AD", "Andorra", 42.55f, 1.58f},
	{"AE", "United Arab Emirates", 23.91f, 54.33f},
	{"AF", "Afghanistan", 33.84f, 66.03f},
	{"AG", "Antigua and Barbuda", 17.28f, -61.79f},
	{"AI", "Anguilla", 18.22f, -63.06f},
	{"AL", "Albania", 41.14f, 20.05f},
	{"AM", "Armenia", 40.29f, 44.95f},
	{"AO", "Angola", -12.30f, 17.54f},
	{"AQ", "Antarctica", -80.51f, 19.92f},
	{"AR", "Argentina", -35.38f, -65.18f},
	{"AS", "American Samoa", -14.30f, -170.72f},
	{"AT", "Austria", 47.59f, 14.13f},
	{"AU", "Australia", -25.73f, 134.49f},
	{"AW", "Aruba", 12.52f, -69.98f},
	{"AX", "Aland Islands", 60.21f, 19.95f},
	{"AZ", "Azerbaijan", 40.29f, 47.55f},
	{"BA", "Bosnia and Herzegovina", 44.17f, 17.77f},
	{"BB", "Barbados", 13.18f, -59.56f},
	{"BD", "Bangladesh", 23.87f, 90.24f},
	{"BE", "Belgium", 50.64f, 4.64f},
	{"BF", "Burkina Faso", 12.27f, -1.75f},
	{"BG", "Bulgaria", 42.77f, 25.22f},
	{"BH", "Bahrain", 26.04f, 50.54f},
	{"BI", "Burundi", -3.36f, 29.88f},
	{"BJ", "Benin", 9.64f, 2.33f},
	{"BL", "Saint Barthelemy", 17.90f, -62.84f},
	{"BM", "Bermuda", 32.31f, -64.75f},
	{"BN", "Brunei", 4.52f, 114.72f},
	{"BO", "Bolivia", -16.71f, -64.69f},
	{"BQ", "Caribbean Netherlands", 12.18f, -68.24f},
	{"BR", "Brazil", -10.79f, -53.10f},
	{"BS", "Bahamas", 24.29f, -76.63f},
	{"BT", "Bhutan", 27.41f, 90.40f},
	{"BV", "Bouvet Island", -54.42f, 3.41f},
	{"BW", "Botswana", -22.18f, 23.80f},
	{"BY", "Belarus", 53.53f, 28.03f},
	{"BZ", "Belize", 17.20f, -88.71f},
	{"CA", "Canada", 61.36f, -98.31f},
	{"CC", "Cocos Islands", -12.17f, 96.84f},
	{"CD", "DR Congo", -2.88f, 23.64f},
	{"CF", "Central African Republic", 6.57f, 20.47f},
	{"CG", "Congo", -0.84f, 15.22f},
	{"CH", "Switzerland", 46.80f, 8.21f},
	{"CI", "Ivory Coast", 7.63f, -5.57f},
	{"CK", "Cook Islands", -21.22f, -159.79f},
	{"CL", "Chile", -37.73f, -71.38f},
	{"CM", "Cameroon", 5.69f, 12.74f},
	{"CN", "China", 36.56f, 103.82f},
	{"CO", "Colombia", 3.91f, -73.08f},
	{"CR", "Costa Rica", 9.98f, -84.19f},
	{"CU", "Cuba", 21.62f, -79.02f},
	{"CV", "Cape Verde", 15.96f, -23.96f},
	{"CW", "Curacao", 12.20f, -68.97f},
	{"CX", "Christmas Island", -10.49f, 105.63f},
	{"CY", "Cyprus", 34.92f, 33.01f},
	{"CZ", "Czechia", 49.73f, 15.31f},
	{"DE", "Germany", 51.11f, 10.39f},
	{"DJ", "Djibouti", 11.75f, 42.56f},
	{"DK", "Denmark", 55.98f, 10.03f},
	{"DM", "Dominica", 15.44f, -61.36f},
	{"DO", "Dominican Republic", 18.89f, -70.51f},
	{"DZ", "Algeria", 28.16f, 2.62f},
	{"EC", "Ecuador", -1.42f, -78.75f},
	{"EE", "Estonia", 58.67f, 25.54f},
	{"EG", "Egypt", 26.50f, 29.86f},
	{"EH", "Western Sahara", 24.23f, -12.22f},
	{"ER", "Eritrea", 15.36f, 38.85f},
	{"ES", "Spain", 40.24f, -3.65f},
	{"ET", "Ethiopia", 8.62f, 39.60f},
	{"FI", "Finland", 64.50f, 26.27f},
	{"FJ", "Fiji", -17.43f, 178.00f},
	{"FK", "Falkland Islands", -51.74f, -59.35f},
	{"FM", "Micronesia", 6.89f, 158.22f},
	{"FO", "Faroe Islands", 62.05f, -6.88f},
	{"FR", "France", 46.56f, 2.55f},
	{"GA", "Gabon", -0.59f, 11.79f},
	{"GB", "United Kingdom", 54.12f, -2.87f},
	{"GD", "Grenada", 12.12f, -61.68f},
	{"GE", "Georgia", 42.17f, 43.51f},
	{"GF", "French Guiana", 3.92f, -53.24f},
	{"GG", "Guernsey", 49.47f, -2.57f},
	{"GH", "Ghana", 7.95f, -1.22f},
	{"GI", "Gibraltar", 36.14f, -5.35f},
	{"GL", "Greenland", 74.71f, -41.34f},
	{"GM", "Gambia", 13.45f, -15.40f},
	{"GN", "Guinea", 10.44f, -10.94f},
	{"GP", "Guadeloupe", 16.20f, -61.53f},
	{"GQ", "Equatorial Guinea", 1.71f, 10.34f},
	{"GR", "Greece", 39.07f, 22.96f},
	{"GS", "South Georgia", -54.46f, -36.43f},
	{"GT", "Guatemala", 15.69f, -90.36f},
	{"GU", "Guam", 13.44f, 144.77f},
	{"GW", "Guinea-Bissau", 12.05f, -14.95f},
	{"GY", "Guyana", 4.79f, -58.98f},
	{"HK", "Hong Kong", 22.40f, 114.11f},
	{"HM", "Heard and McDonald Islands", -53.08f, 73.52f},
	{"HN", "Honduras", 14.83f, -86.62f},
	{"HR", "Croatia", 45.08f, 16.40f},
	{"HT", "Haiti", 18.94f, -72.69f},
	{"HU", "Hungary", 47.16f, 19.40f},
	{"ID", "Indonesia", -2.22f, 117.24f},
	{"IE", "Ireland", 53.18f, -8.14f},
	{"IL", "Israel", 31.46f, 35.00f},
	{"IM", "Isle of Man", 54.22f, -4.54f},
	{"IN", "India", 22.89f, 79.61f},
	{"IO", "British Indian Ocean Territory", -7.33f, 72.45f},
	{"IQ", "Iraq", 33.04f, 43.74f},
	{"IR", "Iran", 32.58f, 54.27f},
	{"IS", "Iceland", 64.99f, -18.57f},
	{"IT", "Italy", 42.80f, 12.07f},
	{"JE", "Jersey", 49.22f, -2.13f},
	{"JM", "Jamaica", 18.16f, -77.31f},
	{"JO", "Jordan", 31.25f, 36.77f},
	{"JP", "Japan", 37.59f, 138.03f},
	{"KE", "Kenya", 0.60f, 37.80f},
	{"KG", "Kyrgyzstan", 41.46f, 74.54f},
	{"KH", "Cambodia", 12.72f, 104.91f},
	{"KI", "Kiribati", 1.87f, -157.36f},
	{"KM", "Comoros", -11.88f, 43.68f},
	{"KN", "Saint Kitts and Nevis", 17.26f, -62.69f},
	{"KP", "North Korea", 40.15f, 127.19f},
	{"KR", "South Korea", 36.39f, 127.84f},
	{"KW", "Kuwait", 29.33f, 47.59f},
	{"KY", "Cayman Islands", 19.43f, -80.91f},
	{"KZ", "Kazakhstan", 48.16f, 67.29f},
	{"LA", "Laos", 18.50f, 103.74f},
	{"LB", "Lebanon", 33.92f, 35.88f},
	{"LC", "Saint Lucia", 13.89f, -60.97f},
	{"LI", "Liechtenstein", 47.14f, 9.54f},
	{"LK", "Sri Lanka", 7.61f, 80.70f},
	{"LR", "Liberia", 6.45f, -9.32f},
	{"LS", "Lesotho", -29.58f, 28.23f},
	{"LT", "Lithuania", 55.33f, 23.89f},
	{"LU", "Luxembourg", 49.77f, 6.07f},
	{"LV", "Latvia", 56.85f, 24.91f},
	{"LY", "Libya", 27.03f, 18.01f},
	{"MA", "Morocco", 31.84f, -6.32f},
	{"MC", "Monaco", 43.74f, 7.41f},
	{"MD", "Moldova", 47.19f, 28.46f},
	{"ME", "Montenegro", 42.79f, 19.24f},
	{"MF", "Saint Martin", 18.09f, -63.06f},
	{"MG", "Madagascar", -19.37f, 46.70f},
	{"MH", "Marshall Islands", 7.00f, 170.34f},
	{"MK", "North Macedonia", 41.60f, 21.68f},
	{"ML", "Mali", 17.35f, -3.54f},
	{"MM", "Myanmar", 21.19f, 96.49f},
	{"MN", "Mongolia", 46.83f, 103.05f},
	{"MO", "Macao", 22.17f, 113.55f},
	{"MP", "Northern Mariana Islands", 15.83f, 145.62f},
	{"MQ", "Martinique", 14.65f, -61.01f},
	{"MR", "Mauritania", 20.26f, -10.35f},
	{"MS", "Montserrat", 16.74f, -62.19f},
	{"MT", "Malta", 35.92f, 14.41f},
	{"MU", "Mauritius", -20.28f, 57.57f},
	{"MV", "Maldives", 3.73f, 73.46f},
	{"MW", "Malawi", -13.22f, 34.29f},
	{"MX", "Mexico", 23.95f, -102.52f},
	{"MY", "Malaysia", 3.79f, 109.70f},
	{"MZ", "Mozambique", -17.27f, 35.53f},
	{"NA", "Namibia", -22.13f, 17.21f},
	{"NC", "New Caledonia", -21.30f, 165.68f},
	{"NE", "Niger", 17.42f, 9.39f},
	{"NF", "Norfolk Island", -29.05f, 167.95f},
	{"NG", "Nigeria", 9.59f, 8.09f},
	{"NI", "Nicaragua", 12.85f, -85.03f},
	{"NL", "Netherlands", 52.10f, 5.28f},
	{"NO", "Norway", 64.56f, 12.67f},
	{"NP", "Nepal", 28.25f, 83.92f},
	{"NR", "Nauru", -0.52f, 166.93f},
	{"NU", "Niue", -19.05f, -169.87f},
	{"NZ", "New Zealand", -41.81f, 171.48f},
	{"OM", "Oman", 20.61f, 56.09f},
	{"PA", "Panama", 8.52f, -80.12f},
	{"PE", "Peru", -9.15f, -74.38f},
	{"PF", "French Polynesia", -17.68f, -149.41f},
	{"PG", "Papua New Guinea", -6.46f, 145.21f},
	{"PH", "Philippines", 11.78f, 122.88f},
	{"PK", "Pakistan", 29.95f, 69.34f},
	{"PL", "Poland", 52.13f, 19.39f},
	{"PM", "Saint Pierre and Miquelon", 46.92f, -56.30f},
	{"PN", "Pitcairn", -24.37f, -128.32f},
	{"PR", "Puerto Rico", 18.23f, -66.47f},
	{"PS", "Palestine", 31.92f, 35.20f},
	{"PT", "Portugal", 39.60f, -8.50f},
	{"PW", "Palau", 7.29f, 134.41f},
	{"PY", "Paraguay", -23.23f, -58.40f},
	{"QA", "Qatar", 25.31f, 51.18f},
	{"RE", "Reunion", -21.13f, 55.54f},
	{"RO", "Romania", 45.85f, 24.97f},
	{"RS", "Serbia", 44.22f, 20.79f},
	{"RU", "Russia", 61.98f, 96.69f},
	{"RW", "Rwanda", -1.99f, 29.92f},
	{"SA", "Saudi Arabia", 24.12f, 44.54f},
	{"SB", "Solomon Islands", -8.92f, 159.63f},
	{"SC", "Seychelles", -4.66f, 55.48f},
	{"SD", "Sudan", 15.99f, 29.94f},
	{"SE", "Sweden", 62.78f, 16.75f},
	{"SG", "Singapore", 1.36f, 103.82f},
	{"SH", "Saint Helena", -15.97f, -5.70f},
	{"SI", "Slovenia", 46.12f, 14.80f},
	{"SJ", "Svalbard and Jan Mayen", 78.83f, 18.37f},
	{"SK", "Slovakia", 48.71f, 19.48f},
	{"SL", "Sierra Leone", 8.56f, -11.79f},
	{"SM", "San Marino", 43.94f, 12.46f},
	{"SN", "Senegal", 14.37f, -14.47f},
	{"SO", "Somalia", 4.75f, 45.71f},
	{"SR", "Suriname", 4.13f, -55.91f},
	{"SS", "South Sudan", 7.31f, 30.25f},
	{"ST", "Sao Tome and Principe", 0.44f, 6.72f},
	{"SV", "El Salvador", 13.74f, -88.87f},
	{"SX", "Sint Maarten", 18.05f, -63.06f},
	{"SY", "Syria", 35.03f, 38.51f},
	{"SZ", "Eswatini", -26.56f, 31.48f},
	{"TC", "Turks and Caicos Islands", 21.83f, -71.97f},
	{"TD", "Chad", 15.33f, 18.64f},
	{"TF", "French Southern Territories", -49.25f, 69.23f},
	{"TG", "Togo", 8.53f, 0.96f},
	{"TH", "Thailand", 15.12f, 101.00f},
	{"TJ", "Tajikistan", 38.53f, 71.01f},
	{"TK", "Tokelau", -9.17f, -171.82f},
	{"TL", "Timor-Leste", -8.83f, 125.84f},
	{"TM", "Turkmenistan", 39.12f, 59.37f},
	{"TN", "Tunisia", 34.12f, 9.55f},
	{"TO", "Tonga", -20.43f, -174.81f},
	{"TR", "Turkey", 39.06f, 35.17f},
	{"TT", "Trinidad and Tobago", 10.46f, -61.27f},
	{"TV", "Tuvalu", -8.52f, 179.20f},
	{"TW", "Taiwan", 23.75f, 120.95f},
	{"TZ", "Tanzania", -6.28f, 34.81f},
	{"UA", "Ukraine", 49.00f, 31.38f},
	{"UG", "Uganda", 1.27f, 32.37f},
	{"UM", "US Outlying Islands", 19.29f, 166.62f},
	{"US", "United States", 39.78f, -98.58f},
	{"UY", "Uruguay", -32.80f, -56.02f},
	{"UZ", "Uzbekistan", 41.76f, 63.14f},
	{"VA", "Vatican City", 41.90f, 12.45f},
	{"VC", "Saint Vincent", 13.22f, -61.20f},
	{"VE", "Venezuela", 7.12f, -66.18f},
	{"VG", "British Virgin Islands", 18.53f, -64.47f},
	{"VI", "US Virgin Islands", 17.96f, -64.80f},
	{"VN", "Vietnam", 16.65f, 106.30f},
	{"VU", "Vanuatu", -16.23f, 167.69f},
	{"WF", "Wallis and Futuna", -13.89f, -177.35f},
	{"WS", "Samoa", -13.75f, -172.16f},
	{"XK", "Kosovo", 42.57f, 20.87f},
	{"YE", "Yemen", 15.91f, 47.59f},
	{"YT", "Mayotte", -12.82f, 45.14f},
	{"ZA", "South Africa", -29.00f, 25.08f},
	{"ZM", "Zambia", -13.46f, 27.77f},
	{"ZW", "Zimbabwe", -19.00f, 29.85f},
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
