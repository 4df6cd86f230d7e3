/* What happened, the newest first. */
#ifndef PEERS_SCREEN_LOG_H
#define PEERS_SCREEN_LOG_H

#include "peers/screen.h"

extern const struct screen_view screen_log;

#endif
