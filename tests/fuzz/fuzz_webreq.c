/* Any bytes as what stands in a request: a line each for the target, the host and the token. What is read keeps the
 * promises of its header, and whatever is asked for, the answer is one. */
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "peers/web_answer.h"
#include "wire/webreq.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

enum { LINES = 3 };

static void must(bool kept)
{
	if (!kept)
		abort();
}

static bool is_clean(const char *text)
{
	for (size_t len = strlen(text), n; len; text += n, len -= n) {
		uint32_t character;

		n = text_decode(text, len, &character);
		if (character < 0x20 || (character >= 0x7f && character < 0xa0) || (character == 0xfffd && n == 1))
			return false;
	}
	return true;
}

static void is_request(const char *target)
{
	struct webreq r = {.count = 99};

	if (webreq_parse(target, &r)) {
		must(r.count == 99);
		return;
	}
	must(r.path[0] == '/' && is_clean(r.path) && r.count <= WEBREQ_PARAMS);
	for (size_t i = 0; i < r.count; i++)
		must(is_clean(r.params[i].name) && is_clean(r.params[i].value) && webreq_param(&r, r.params[i].name));
}

static void is_host(const char *header)
{
	char host[WEBREQ_HOST], again[WEBREQ_HOST], bracket[WEBREQ_HOST + 2] = "[";

	if (webreq_host(header, host))
		return;
	must(*host && host[strspn(host, "abcdefghijklmnopqrstuvwxyz0123456789.-_:")] == '\0');
	memcpy(bracket + 1, host, strlen(host) + 1);
	bracket[strlen(bracket)] = ']';
	must(webreq_host(strchr(host, ':') ? bracket : host, again) == 0 || host[strlen(host) - 1] == '.');
}

static void is_token(const char *header)
{
	char token[WEBREQ_TOKEN];

	if (webreq_token(header, token) == 0)
		must(*token && is_clean(token));
}

static void is_answered(const struct web_rules *rules, const struct scene *scene, char *const lines[LINES])
{
	const struct httpd_request request = {lines[0], lines[1], lines[2]};
	struct httpd_answer answer = {.status = 200};
	struct web_tables tables = {.made = {false}};

	buf_init(&answer.text, HTTPD_TEXT_MAX);
	web_answer(rules, &tables, scene, &request, &answer);
	must(answer.type && answer.text.len && !answer.text.full && answer.status >= 200 && answer.status < 500);
	must(answer.status != 200 || !*rules->token || strstr(lines[2], rules->token) ||
	     strncasecmp(lines[2], "basic", 5) == 0);
	web_tables_done(&tables);
	buf_done(&answer.text);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	static char *names[] = {"nas.example"};
	char *text = malloc(len + 1), *lines[LINES] = {"", "", ""}, *at = text;
	struct fold *fold = fold_new(1000, (struct fold_locator){NULL, NULL, NULL});
	struct clients *clients = clients_new();
	const struct scene scene = {.fold = fold, .clients = clients, .credit = ""};

	memcpy(text, bytes, len);
	text[len] = '\0';
	for (int i = 0; i < LINES && at; i++)
		lines[i] = strsep(&at, "\n");
	is_request(lines[0]);
	is_host(lines[1]);
	is_token(lines[2]);
	is_answered(&(struct web_rules){"", names, 1}, &scene, lines);
	is_answered(&(struct web_rules){"0123456789abcdef", names, 1}, &scene, lines);
	clients_free(clients);
	fold_free(fold);
	free(text);
	return 0;
}
