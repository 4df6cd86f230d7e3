/* Puts a drawer, a style and an output together. It does not know when a record is due. */
#include "peers/recorder.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/xmalloc.h"
#include "peers/draw.h"
#include "peers/output.h"

enum { RECORD_MAX = 1 << 30 };

struct recorder {
	const struct draw_ops *drawer;
	struct draw_style style;
	struct output *output;
};

bool recorder_wants_color(const struct options *o)
{
	const char *no = getenv("NO_COLOR"), *force = getenv("CLICOLOR_FORCE"), *term = getenv("TERM");

	if (o->color != OPTIONS_COLOR_AUTO)
		return o->color == OPTIONS_COLOR_ALWAYS;
	if (no && *no)
		return false;
	if (force && *force && strcmp(force, "0") != 0)
		return true;
	return !o->output && isatty(STDOUT_FILENO) && term && *term && strcmp(term, "dumb") != 0;
}

struct recorder *recorder_new(const struct options *options, struct loop *loop, void (*broken)(void *context),
			      void *context, struct err *err)
{
	static const struct draw_ops *const drawers[] = {
		[OPTIONS_SCREEN] = &draw_plain,
		[OPTIONS_PLAIN] = &draw_plain,
		[OPTIONS_JSON] = &draw_json,
		[OPTIONS_CSV] = &draw_csv,
	};
	struct output *output = output_new(loop, options->output, broken, context, err);
	struct recorder *r;

	if (!output)
		return NULL;
	r = xcalloc(1, sizeof(*r));
	r->drawer = drawers[options->format];
	r->style = (struct draw_style){.peers = options->peers, .color = recorder_wants_color(options)};
	r->output = output;
	/* The other formats say how much it is. */
	if (options->format == OPTIONS_CSV && options->conf.filter.exclude.count)
		log_warn("excluded peers are not in these rows");
	return r;
}

void recorder_free(struct recorder *r)
{
	if (!r)
		return;
	output_free(r->output);
	free(r);
}

static int write_text(struct recorder *r, const struct scene *scene,
		      void (*draw)(const struct draw_style *, const struct scene *, struct buf *))
{
	struct buf text;
	int rc;

	buf_init(&text, RECORD_MAX);
	if (r->drawer->head && output_is_empty(r->output))
		r->drawer->head(&r->style, &text);
	draw(&r->style, scene, &text);
	rc = text.full ? -ENOBUFS : output_write(r->output, &text);
	buf_done(&text);
	return rc;
}

int recorder_poll(struct recorder *r, const struct scene *scene)
{
	return write_text(r, scene, r->drawer->record);
}

void recorder_summary(struct recorder *r, const struct scene *scene)
{
	if (r->drawer->summary)
		write_text(r, scene, r->drawer->summary);
}

bool recorder_has_summary(const struct recorder *r)
{
	return r->drawer->summary != NULL;
}

int recorder_reopen(struct recorder *r, struct err *err)
{
	return output_reopen(r->output, err);
}

int recorder_flush(struct recorder *r, int wait_ms)
{
	return output_flush(r->output, wait_ms);
}
