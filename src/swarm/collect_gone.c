/* What a page says of torrents that it does not name. It does not know how it was read.
 *
 * Torrents are marked gone only by a page that was read to its end and named at least one: a page that was full and is
 * empty now is more likely a mistake of its server's than the end of a collection.
 *
 * What is its end? An answer with a length, in chunks, or of HTTP/2 is known to be whole. One that ends with its
 * connection (HTTP/1.0) looks the same when the server, or something in between, has died within it. And in an answer
 * that is whole, the program that wrote the page may have died. So the page is asked too:
 * - It opened <html>, <body>, <table> or a tag, and did not close it: it was cut, and nothing is gone. HTML allows to
 *   leave </html> away, so a page that always does so never takes a torrent away: those that are dead stay in reports,
 *   which is the lesser evil, and is said when there are some.
 * - It did close them, or it is a list that is closed: it is whole, however it came.
 * - It tells nothing (a piece of HTML, a text), and ended with its connection or is a file: it is believed unless more
 *   than half of what was known is missing. Then nothing is gone until the page names half of it again.
 * Lists on this machine are asked in the same way: the length of a file is that of what was written. One without a
 * byte was cut, too; one that names nothing, and never did, is none: a README in a folder. Of each is known how many
 * torrents it named, so that what more than half is missing of is one list; while one may be cut, nothing is gone. A
 * file that is no more in a folder that was read whole, a list or a .torrent, takes its torrents away, however many
 * there were.
 * The ETag of an answer that may have been cut is forgotten, for with it the rest would never be asked for; but that of
 * one that came whole is kept. */
#include "swarm/collect.h"

#include <string.h>

#include "base/log.h"
#include "base/str.h"
#include "base/text.h"

enum { TEXT_COLS = 40 };

bool collection_may_be_cut(const struct collection *c)
{
	if (c->ending == COLLECT_CUT)
		return true;
	if (c->ending != COLLECT_UNTOLD || c->framed || !c->url.len)
		return false;
	return collection_lost(c) > c->known_then / 2;
}

static void warn_cut(const struct collection *c)
{
	char name[COLLECT_SHOWN], lost[STR_NUMBER], known[STR_NUMBER];
	const char *what = *c->cut ? c->cut : "the page", *why = "came without a length";

	if (!collection_lost(c))
		return;
	if (c->ending == COLLECT_CUT)
		why = c->cut_why ? c->cut_why : "does not close what it opens (<html>, <body>, <table>)";
	str_count(collection_lost(c), lost);
	str_count(c->known_then, known);
	log_warn("%s: %s %s, and may be cut off: %s of %s torrent%s %s not named any more, and none is marked as gone",
		 collection_name(c, name), what, why, lost, known, c->known_then == 1 ? "" : "s",
		 collection_lost(c) == 1 ? "is" : "are");
}

static void warn_filtered(const struct collection *c)
{
	char name[COLLECT_SHOWN], needle[COLLECT_SHOWN], left_out[STR_NUMBER], elsewhere[STR_NUMBER];

	text_clean(needle, sizeof(needle), c->conf->required_substring, strlen(c->conf->required_substring), TEXT_COLS);
	str_count(c->counts.left_out, left_out);
	str_count(c->counts.elsewhere, elsewhere);
	if (c->counts.elsewhere)
		log_warn("%s: no torrent was found: required_substring = \"%s\" left %s link%s out, and %s more %s on "
			 "other hosts, which hosts = [...] would allow",
			 collection_name(c, name), needle, left_out, c->counts.left_out == 1 ? "" : "s", elsewhere,
			 c->counts.elsewhere == 1 ? "is" : "are");
	else
		log_warn("%s: no torrent was found: required_substring = \"%s\" is in none of %s link%s. Is it right?",
			 collection_name(c, name), needle, left_out, c->counts.left_out == 1 ? "" : "s");
}

/* Nothing was found. */
static void warn_empty(const struct collection *c)
{
	char name[COLLECT_SHOWN], count[STR_NUMBER];

	str_count(c->known_then, count);
	if (c->known_then)
		log_warn("%s: the page names no torrent any more, but named %s: none of them is marked as gone. Is "
			 "torrent_url still right?",
			 collection_name(c, name), count);
	if (c->counts.left_out)
		warn_filtered(c);
	else if (c->counts.elsewhere && !c->known_then)
		log_warn("%s: all torrents are on other hosts: allow them with hosts = [...] of the collection",
			 collection_name(c, name));
	else if (!c->known_then)
		log_warn("%s: no torrent was found: is torrent_url right?", collection_name(c, name));
}

void collection_judge_gone(struct collection *c)
{
	char name[COLLECT_SHOWN];

	if (!c->whole || c->same)
		return;
	if (c->counts.skipped)
		log_warn("%s: more than a million torrents: the others are left out, and none is marked as gone",
			 collection_name(c, name));
	else if (!c->found)
		warn_empty(c);
	else if (collection_may_be_cut(c))
		warn_cut(c);
	else
		collection_mark_gone(c);
}
