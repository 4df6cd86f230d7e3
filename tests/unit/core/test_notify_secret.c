/* core/notify_secret.c: what of a notifier a text repeats. */
#include "core/notify_secret.h"

#include <stddef.h>

#include "tap.h"

static const char telegram[] = "https://api.telegram.org/bot123456:AAH-xy_z0123456789/sendMessage";
static const char slack[] = "https://hooks.slack.com/services/T00AB/B0CDE/XXyyZZ0123";
static const char express[] = "https://example.org/hookSECRET?x=TOK&user=me";
static const char coded[] = "https://example.org/a%2Fb%20c%2Fgarden/%c3%a9toile-filante";
static const char discord[] = "https://discord.com/api/webhooks/9876543210/qRsTuVwXyZ0123456789?wait=true";
static const char teams[] = "https://example.org/webhookb2/0a1b2c3d@4e5f/IncomingWebhook/6a7b8c9d/e0f1";
static const char joined[] = "https://example.org/all-my-messages.json/their-webhooks";
static const char placed[] = "https://example.org/bot{password}/sendMessage";

static void test_urls(void)
{
	static const struct {
		const char *url, *said;
		bool holds;
	} rows[] = {
		{express, "Cannot POST /hookSECRET?x=TOK", true},
		{express, "Cannot POST /HOOKsecret", true},
		{express, "no hookSECRET here", true},
		{express, "xhookSECRETx", true},
		{express, "a TOK.", true},
		{express, "a TOKEN", false},
		{express, "x of the user is missing", false},
		{express, "who is me", false},
		{express, "example.org does not know it", false},
		{express, "", false},
		{telegram, "Not Found: 123456:AAH-xy_z0123456789", true},
		{telegram, "token AAH-xy_z0123456789 is not known", true},
		{telegram, "%2Fbot123456%3AAAH%2Dxy%5Fz0123456789", true},
		{telegram, "{\"ok\":false,\"error_code\":404,\"description\":\"Not Found\"}", false},
		{telegram, "the bot has no method sendMessage of this api", false},
		{telegram, "token AAH-xy_z0... is not known", true},
		{telegram, "token ...z0123456789", true},
		{telegram, "token AAH-xy_... is not known", false},
		{telegram, "token aah-xy_z", true},
		{telegram, "{\"e\":\"\\u0041\\u0041\\u0048-xy_\\u007A0\"}", true},
		{telegram, "{\"e\":\"%41AH-%78y%5f\\u00257a0\"}", true},
		{telegram, "{\"ok\":false,\"error_code\":400,\"description\":\"Bad Request: chat not found\"}", false},
		{teams, "the incoming webhook is switched off", false},
		{discord, "{\"message\": \"Unknown Webhook\", \"code\": 10015}", false},
		{discord, "{\"webhooks\": [\"no such one\"], \"messages\": []}", false},
		{discord, "{\"webhook_id\": [\"Value \\\"9876543210\\\" is not snowflake.\"]}", true},
		{discord, "{\"e\":\"\\/qRsTuVwX...\"}", true},
		{express, "<pre>Cannot POST /</pre>", false},
		{joined, "no messages, no webhooks", false},
		{joined, "POST /messages.", false},
		{joined, "no /all-my-messages.json", true},
		{joined, "no my-messages", true},
		{slack, "no_service XXyyZZ0123", true},
		{slack, "{\"e\":\"no team \\u0022T00AB\\u0022\"}", true},
		{slack, "\\nT00AB\\u0000", true},
		{slack, "no team T00AB", true},
		{slack, "no_team", false},
		{slack, "services are down", false},
		{coded, "Cannot POST /a%2Fb%20c%2Fgarden/%C3%A9toile-filante", true},
		{coded, "no garden", true},
		{coded, "a/b c/garden", true},
		{coded, "\303\251toile-filante", true},
		{coded, "100 % of it: %zz", false},
		{placed, "wrong password", false},
		{placed, "use the method sendMessage", false},
		{"https://example.org/", "Cannot POST /", false},
		{"https://example.org", "Cannot POST /", false},
		{"https://example.org/q", "Cannot POST /q", true},
		{"https://example.org/a.b.c", "no a.b.c", true},
		{"https://example.org?key=0123abcd", "key=0123abcd", true},
		{"https://example.org?0123abcd", "0123abcd", true},
		{"smtp://mail.example.org:587", "535 5.7.8 bad login", false},
		{"", "cannot run it", false},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct conf_notify conf = {.url = (char *)rows[i].url, .username = (char *)""};
		const char *what = notify_secret(&conf, "", rows[i].said);

		is_str(what, rows[i].holds ? "the path of the url" : NULL, "%s: %s", rows[i].url, rows[i].said);
	}
}

static void test_passwords(void)
{
	static const char slashed[] = "s3cr3t/of", token[] = "123456789:AbCdEfGhIjKlMnOpQrStUvWxYz012345678";
	static const char plain[] = "MyPassword\"1", tiny[] = "x7";
	static const struct {
		const char *password, *said;
		bool holds;
	} rows[] = {
		{slashed, "no s3cr3t/of it", true},
		{slashed, "no s3cr3t%2Fof", true},
		{slashed, "{\"e\":\"no s3cr3t\\/of\"}", true},
		{slashed, "Basic bWU6czNjcjN0L29m", true},          /* me:s3cr3t/of */
		{slashed, "Basic bWU6czNjcjN0...", true},           /* cut */
		{slashed, "AUTH PLAIN AG1lAHMzY3IzdC9vZg==", true}, /* \0me\0s3cr3t/of */
		{slashed, "AUTH PLAIN AG1lAHMzY3IzdC9vZg\\u003d\\u003d", true},
		{slashed, "334 czNjcjN0L29m", true}, /* s3cr3t/of */
		{slashed, "me s3cr3t of", true},
		{slashed, "Basic bWU6... of me", false}, /* the name alone */
		{slashed, "no secret of it", false},
		{token, "bad token AbCdEfGhIjKlMnOpQrStUvWxYz012345678", true},
		{token, "bad bot token 123456789:AbCdEfGhIjKlMnOpQ...", true},
		{token, "{\"e\":\"bot123456789:\\u0041bCdEfGhIjKlMnOpQrStUvWxYz012345678\"}", true},
		{token, "{\"e\":\"\\u0041bCdEf\\u0047h...\"}", true},
		{token, "no bot 123456789", true},
		{token, "...z012345678", true},
		{token, "{\"ok\":false,\"error_code\":400,\"description\":\"Bad Request: chat not found\"}", false},
		{token, "{\"message\": \"Unknown Webhook\", \"code\": 10015}", false},
		{token, "Cannot POST /", false},
		{plain, "wrong password", false},
		{plain, "\"MyPassword\\\"1\"", true},
		{plain, "My Password 1", false},
		{plain, "mypassword", true},
		{tiny, "no x7", true},
		{tiny, "no \\u00787", true},
		{tiny, "no x 7", false},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct conf_notify conf = {.url = (char *)placed, .username = (char *)"me"};

		is_str(notify_secret(&conf, rows[i].password, rows[i].said), rows[i].holds ? "the password" : NULL,
		       "%s: %s", rows[i].password, rows[i].said);
	}
}

int main(void)
{
	test_urls();
	test_passwords();
	return tap_done();
}
