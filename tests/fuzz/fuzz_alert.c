/* Fuzz target of alerts from the condition to what is sent: four lines are condition, condition of the end, name and
 * message. Whatever they are, the messages are clean, the JSON of each form is JSON, and nobody adds a line to the head
 * of a mail. */
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "core/alert_words.h"
#include "core/json.h"
#include "core/mail_text.h"
#include "core/notify_form.h"
#include "fuzz/text_properties.h"
#include "unit/peers/drawn.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { INPUT = 4096, LINES = 4, HEAD_FIELDS = 9 };

static void must(bool holds, const char *what, const char *text)
{
	if (holds)
		return;
	fprintf(stderr, "broken: %s: %s\n", what, text);
	abort();
}

/* ---- what is sent ---- */

static void check_forms(const struct notify_message *m)
{
	static const char *const names[] = {"json", "ntfy", "telegram", "discord", "slack"};
	char url[] = "https://hook.example/topic", empty[] = "";

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		struct conf_notify n = {.url = url, .form = (char *)names[i], .username = empty};
		struct json *json;
		struct buf body;

		buf_init(&body, 1 << 16);
		must(notify_form_write(m, &n, "", &body) == 0, "there is no room", names[i]);
		json = json_parse(buf_str(&body), body.len, NULL);
		must(json != NULL, "no JSON", buf_str(&body));
		json_free(json);
		buf_done(&body);
	}
}

static void check_mail(const struct notify_message *m)
{
	static const char *const to[] = {"you@example.org", NULL};
	const struct mail mail = {"me@example.org", to, m->title, m->text, m->wall, {1, 2}};
	unsigned fields = 0;
	const char *line;
	struct buf out;

	buf_init(&out, 1 << 16);
	must(mail_write(&mail, &out) == 0, "there is no room for the mail", m->title);
	for (line = buf_str(&out); strncmp(line, "\r\n", 2) != 0; line = strstr(line, "\r\n") + 2) {
		must(strcspn(line, "\r\n") <= 78 && line[strcspn(line, "\r\n")] == '\r', "a line of the head", line);
		fields += *line != ' ';
	}
	must(fields == HEAD_FIELDS, "fields of the head", buf_str(&out));
	buf_done(&out);
}

static void check_text(const char *text)
{
	char line[NOTIFY_TEXT];

	for (; *text; text += strcspn(text, "\n"), text += *text == '\n') {
		snprintf(line, sizeof(line), "%.*s", (int)strcspn(text, "\n"), text);
		must(!unclean(line), "a line of the text", line);
	}
}

static void check_told(void *context, const struct alert_told *told)
{
	unsigned *count = context;

	must(!unclean(told->line), "the line of the log", told->line);
	must(!unclean(told->message->title), "the title", told->message->title);
	check_text(told->message->text);
	check_forms(told->message);
	check_mail(told->message);
	++*count;
}

/* ---- a condition ---- */

static bool is_condition(const char *text)
{
	struct err err = {""};
	int r = alert_check(text, &err);

	must(r == 0 || (r == -EINVAL && strncmp(err.msg, "is no condition, column ", 24) == 0), "the mistake", err.msg);
	must(r == 0 || !unclean(err.msg), "the message of a mistake", err.msg);
	return *text && r == 0;
}

/* Two polls: told at most once for each, and once at least if it holds in the first. */
static void run(struct conf_alert *alert)
{
	struct conf conf = {.alerts = alert, .alert_count = 1};
	struct alerts *alerts = alerts_new();
	struct alert_status status;
	unsigned count = 0;
	struct drawn d;

	drawn_begin(&d);
	alerts_configure(alerts, &conf);
	alerts_check(alerts, &d.scene, check_told, &count);
	status = alerts_status(alerts, 0);
	must(count == status.raised, "who is raised is told", status.name);
	must(!unclean(status.name) && !unclean(status.when) && !unclean(status.values), "what is shown", status.values);
	d.scene.now.mono_ms += 30000;
	d.scene.wall = 0;
	alerts_check(alerts, &d.scene, check_told, &count);
	must(count <= 2, "it is told too often", status.name);
	alerts_free(alerts);
	drawn_end(&d);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char text[INPUT + 1], *rest = text, *lines[LINES], nothing[] = "";
	struct conf_alert alert = {.polls = 1};

	if (size > INPUT)
		return 0;
	memcpy(text, data, size);
	text[size] = '\0';
	for (int i = 0; i < LINES; i++)
		lines[i] = rest ? strsep(&rest, "\n") : nothing;
	if (!is_condition(lines[0]))
		return 0;
	alert.when = lines[0];
	alert.clear = is_condition(lines[1]) ? lines[1] : nothing;
	alert.name = lines[2];
	alert.message = lines[3];
	run(&alert);
	return 0;
}
