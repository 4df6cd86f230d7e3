/* libcurl's multi interface on our loop: its sockets and its one timer. It does not know what is transferred. */
#include "core/http_private.h"

static void socket_ready(void *context, int fd, unsigned events)
{
	struct http_engine *e = context;
	int running, mask = 0;

	if (events & LOOP_IN)
		mask |= CURL_CSELECT_IN;
	if (events & LOOP_OUT)
		mask |= CURL_CSELECT_OUT;
	curl_multi_socket_action(e->multi, fd, mask, &running);
	e->after(e->context);
}

static void timer_fired(void *context)
{
	struct http_engine *e = context;
	int running;

	curl_multi_socket_action(e->multi, CURL_SOCKET_TIMEOUT, 0, &running);
	e->after(e->context);
}

static int socket_wanted(CURL *easy, curl_socket_t fd, int what, void *context, void *unused)
{
	static const unsigned events[] = {
		[CURL_POLL_IN] = LOOP_IN,
		[CURL_POLL_OUT] = LOOP_OUT,
		[CURL_POLL_INOUT] = LOOP_IN | LOOP_OUT,
	};
	struct http_engine *e = context;

	(void)easy;
	(void)unused;
	if (what == CURL_POLL_REMOVE)
		loop_unwatch(e->loop, fd);
	else
		loop_watch(e->loop, fd, events[what], socket_ready, e);
	return 0;
}

static int timer_wanted(CURLM *multi, long delay_ms, void *context)
{
	struct http_engine *e = context;

	(void)multi;
	if (delay_ms < 0)
		loop_timer_stop(e->loop, &e->timer);
	else
		loop_timer_in(e->loop, &e->timer, delay_ms);
	return 0;
}

void http_engine_init(struct http_engine *e, struct loop *loop, void (*after)(void *context), void *context)
{
	*e = (struct http_engine){.loop = loop, .after = after, .context = context};
	e->timer = (struct loop_timer){.fire = timer_fired, .context = e};
	e->multi = curl_multi_init();
	curl_multi_setopt(e->multi, CURLMOPT_SOCKETFUNCTION, socket_wanted);
	curl_multi_setopt(e->multi, CURLMOPT_SOCKETDATA, e);
	curl_multi_setopt(e->multi, CURLMOPT_TIMERFUNCTION, timer_wanted);
	curl_multi_setopt(e->multi, CURLMOPT_TIMERDATA, e);
}

void http_engine_done(struct http_engine *e)
{
	curl_multi_cleanup(e->multi);
	loop_timer_stop(e->loop, &e->timer);
}
