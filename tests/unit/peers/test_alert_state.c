/* Plays tests/replay/alert-*.scn with a fake clock: polls in which a condition holds or not, and who is told when.
 *
 *	rule for 3 cooldown 3600 every 30     polls it takes, seconds between messages, seconds between polls; anew
 *	polls - + + +R ~ ~ - - -C             one word a poll
 *	pass 3600                             so many seconds without a poll
 *	wall -86400                           somebody sets the clock of dates
 *	restart 600                           the program ends, and is there again so many seconds later
 *	restart 600 owed                      so, and somebody waits to hear that it is raised
 *	restart 600 ended                     likewise that it is over
 *	raised since 60 / not raised    what is shown now; seconds of the first poll that led to it
 *
 * A poll is + (the condition holds), - (that of the end does), ~ (neither) or ? (nobody knows); behind it R: the alert
 * is told, C: its end is. No letter: nobody is told anything. */
#include "peers/alert_state.h"

#include <glob.h>
#include <stdlib.h>

#include "tap.h"

enum { START = 1795266000 };

struct story {
	struct alert_rule rule;
	struct alert_state state;
	struct now now;
	int64_t every_ms, begin_wall;
	const char *file;
	unsigned line;
};

static void bail(const struct story *s, const char *what)
{
	printf("Bail out! %s:%u: %s\n", s->file, s->line, what);
	exit(1);
}

static const char *news_name(enum alert_news news)
{
	static const char *const names[] = {[ALERT_SILENT] = "", [ALERT_RAISED] = "R", [ALERT_CLEARED] = "C"};

	return names[news];
}

static void pass(struct story *s, int64_t ms)
{
	s->now.mono_ms += ms;
	s->now.wall += ms / 1000;
}

static void play_poll(struct story *s, const char *word, unsigned number)
{
	enum expr_truth holds = *word == '?' ? EXPR_OPEN : *word == '+' ? EXPR_YES : EXPR_NO;
	enum expr_truth ends = *word == '?' ? EXPR_OPEN : *word == '-' ? EXPR_YES : EXPR_NO;
	enum alert_news news;

	if (!strchr("+-~?", *word))
		bail(s, "a poll is +, -, ~ or ?");
	news = alert_step(&s->state, &s->rule, holds, ends, s->now);
	is_str(news_name(news), word + 1, "%s:%u, poll %u: %s", s->file, s->line, number, word);
	pass(s, s->every_ms);
}

static void play_polls(struct story *s, char *words)
{
	unsigned number = 0;

	for (char *word = strsep(&words, " "); word; word = strsep(&words, " "))
		if (*word)
			play_poll(s, word, ++number);
}

/* The monotonic clock may be any, as after a reboot; what lasts is what a history keeps. */
static void restart(struct story *s, const char *line, long seconds)
{
	struct alert_state before = s->state;
	bool owed = strstr(line, " owed") != NULL, ended = strstr(line, " ended") != NULL;
	enum alert_known told = owed ? ALERT_OWED : ended ? ALERT_ENDED : before.told;

	s->now = (struct now){700, s->now.wall + seconds};
	s->state = (struct alert_state){.raised = false};
	alert_go_on(&s->state, &s->rule, before.raised || ended ? before.since : 0, told, owed ? 0 : before.told_at,
		    s->now);
}

/* The number behind a word of the line. */
static long number_behind(const struct story *s, const char *line, const char *word)
{
	const char *at = strstr(line, word);

	if (!at)
		bail(s, word);
	return strtol(at + strlen(word), NULL, 10);
}

static void play_rule(struct story *s, const char *text)
{
	s->rule = (struct alert_rule){(uint32_t)number_behind(s, text, "for "),
				      number_behind(s, text, "cooldown ") * 1000LL};
	s->state = (struct alert_state){.raised = false};
	s->now = (struct now){5000, START};
	s->every_ms = number_behind(s, text, "every ") * 1000LL;
}

static void play_shown(struct story *s, const char *text)
{
	bool raised = strcmp(text, "not raised") != 0;

	is_int(s->state.raised, raised, "%s:%u: %s", s->file, s->line, text);
	if (raised)
		is_int(s->state.since - START, number_behind(s, text, "since "), "%s:%u: since then", s->file, s->line);
}

static void play_line(struct story *s, char *line)
{
	line[strcspn(line, "\n#")] = '\0';
	if (!*line)
		return;
	if (strncmp(line, "rule ", 5) == 0)
		play_rule(s, line + 5);
	else if (strncmp(line, "polls ", 6) == 0)
		play_polls(s, line + 6);
	else if (strncmp(line, "pass ", 5) == 0)
		pass(s, number_behind(s, line, "pass ") * 1000);
	else if (strncmp(line, "wall ", 5) == 0)
		s->now.wall += number_behind(s, line, "wall ");
	else if (strncmp(line, "restart ", 8) == 0)
		restart(s, line, number_behind(s, line, "restart "));
	else if (strncmp(line, "raised", 6) == 0 || strncmp(line, "not raised", 10) == 0)
		play_shown(s, line);
	else
		bail(s, "what is this?");
}

static void play(const char *path)
{
	struct story s = {.file = path};
	FILE *file = fopen(path, "r");
	char line[1024];

	if (!file)
		bail(&s, "cannot be read");
	while (fgets(line, sizeof(line), file)) {
		s.line++;
		play_line(&s, line);
	}
	fclose(file);
}

int main(void)
{
	glob_t files;

	if (glob("tests/replay/alert-*.scn", 0, NULL, &files) == 0)
		for (size_t i = 0; i < files.gl_pathc; i++)
			play(files.gl_pathv[i]);
	ok(tap_count > 0, "there are stories");
	globfree(&files);
	return tap_done();
}
