/* core/http_mail.c against servers that are not there, say nothing, or hang at the worst moment. What mails look like
 * to a real server is in tests/e2e/alerts.t. */
#include "core/http_mail.h"

#include <stdlib.h>

#include "canned.h"
#include "tap.h"

enum { TIME_MS = 4000 };

struct outcome {
	struct loop *loop;
	struct http_result result;
	unsigned done;
};

static void done(void *context, const struct http_result *result)
{
	struct outcome *o = context;

	o->result = *result;
	o->done++;
	loop_stop(o->loop);
}

static struct http_mail_request mail_to(const char *url, struct outcome *o)
{
	static const char *const to[] = {"you@example.org", NULL};
	static const char text[] = "Subject: x\r\n\r\n.\r\nx\r\n";

	return (struct http_mail_request){
		.base =
			{
				.url = url,
				.post = text,
				.post_len = sizeof(text) - 1,
				.connect_ms = TIME_MS,
				.total_ms = TIME_MS,
				.done = done,
				.context = o,
			},
		.from = "me@example.org",
		.to = to,
	};
}

static void stop(void *context)
{
	loop_stop(context);
}

static void run_for(struct loop *loop, int64_t ms)
{
	struct loop_timer timer = {.fire = stop, .context = loop};

	loop_timer_at(loop, &timer, clock_now().mono_ms + ms);
	loop_run(loop);
	loop_timer_stop(loop, &timer);
}

/* What a client says, line by line; it answers all but those that begin with `silent`. */
static void serve(int listener, const char *silent)
{
	static const char *const answers[][2] = {
		{"EHLO", "250 hello\r\n"}, {"MAIL", "250 ok\r\n"}, {"RCPT", "250 ok\r\n"},
		{"DATA", "354 go on\r\n"}, {".\r", "250 ok\r\n"},  {"QUIT", "221 bye\r\n"},
	};
	FILE *in, *out;
	char line[1024];
	int fd;

	alarm(30);
	fd = accept(listener, NULL, NULL);
	in = fdopen(fd, "r");
	out = fdopen(dup(fd), "w");
	fputs("220 hi\r\n", out);
	fflush(out);
	while (fgets(line, sizeof(line), in)) {
		for (size_t i = 0; i < sizeof(answers) / sizeof(answers[0]); i++)
			if (strncmp(line, answers[i][0], strlen(answers[i][0])) == 0 &&
			    strcmp(answers[i][0], silent) != 0)
				fputs(answers[i][1], out);
		fflush(out);
	}
	_exit(0);
}

static pid_t start(const char *silent, char url[64])
{
	uint16_t port;
	int listener = listener_open(&port);
	pid_t pid;

	snprintf(url, 64, "smtp://127.0.0.1:%u", port);
	fflush(stdout);
	pid = fork();
	if (pid == 0)
		serve(listener, silent);
	close(listener);
	return pid;
}

/* Long before a call would end by its time, on a busy machine too. */
static bool soon(int64_t began_ms)
{
	return clock_now().mono_ms - began_ms < TIME_MS - 1000;
}

static void test_sent(struct loop *loop, struct http *http, const char *silent)
{
	struct outcome o = {.loop = loop};
	char url[64];
	pid_t server = start(silent, url);
	struct http_mail_request request = mail_to(url, &o);
	int64_t began = clock_now().mono_ms;

	http_mail_start(http, &request);
	loop_run(loop);
	is_int(o.done, 1, "a mail");
	is_int(o.result.failure, HTTP_FINE, "is taken%s", o.result.error);
	is_int(o.result.status, 250, "with 250");
	ok(soon(began), "at once%s", *silent ? ", whatever the server says to QUIT" : "");
	server_stop(server);
}

/* An answer does not come: the loop goes on, and the mail ends by its time or is called back. */
static void test_silent(struct loop *loop, struct http *http, const char *silent)
{
	struct outcome o = {.loop = loop};
	char url[64];
	pid_t server = start(silent, url);
	struct http_mail_request request = mail_to(url, &o);
	struct http_mail *mail;
	int64_t began;

	http_mail_start(http, &request);
	run_for(loop, 500);
	is_int(o.done, 0, "silence after %s: the loop runs", silent);
	loop_run(loop);
	is_int(o.result.failure, HTTP_SILENT, "it ends in time: %s", o.result.error);
	server_stop(server);
	server = start(silent, url);
	mail = http_mail_start(http, &request);
	run_for(loop, 200);
	began = clock_now().mono_ms;
	http_mail_cancel(mail);
	ok(soon(began), "and it can be called back");
	is_int(o.done, 1, "then nothing is told");
	server_stop(server);
}

static void test_failures(struct loop *loop, struct http *http)
{
	struct outcome o = {.loop = loop};
	struct http_mail_request request = mail_to("smtp://127.0.0.1:9", &o);

	http_mail_start(http, &request);
	loop_run(loop);
	is_int(o.result.failure, HTTP_UNREACHABLE, "nobody listens: %s", o.result.error);
	request.base.proxy = "socks4://127.0.0.1:9";
	http_mail_start(http, &request);
	loop_run(loop);
	is_int(o.result.failure, HTTP_DENIED, "no such proxy: %s", o.result.error);
	request.base.proxy = NULL;
	request.base.url = "http://127.0.0.1:9/";
	http_mail_start(http, &request);
	loop_run(loop);
	ok(o.result.failure != HTTP_FINE && o.done == 3, "another protocol: %s", o.result.error);
	http_mail_cancel(NULL);
}

int main(void)
{
	struct loop *loop = loop_new();
	struct http *http = http_new(loop);

	signal(SIGPIPE, SIG_IGN);
	test_sent(loop, http, "");
	test_sent(loop, http, "QUIT");
	test_silent(loop, http, ".\r");
	test_silent(loop, http, "EHLO");
	test_failures(loop, http);
	http_free(http);
	loop_free(loop);
	return tap_done();
}
