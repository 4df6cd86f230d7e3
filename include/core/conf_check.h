/* Checks of single texts, for the rows of core/conf_table.c: 0, or -EINVAL and why ("takes ..."). */
#ifndef CORE_CONF_CHECK_H
#define CORE_CONF_CHECK_H

#include "base/err.h"

int conf_check_torrent(const char *text, struct err *why);
int conf_check_url(const char *text, struct err *why);
int conf_check_username(const char *text, struct err *why);
int conf_check_level(const char *text, struct err *why);
int conf_check_collection_url(const char *text, struct err *why);
int conf_check_host(const char *text, struct err *why);
int conf_check_proxy(const char *text, struct err *why);
int conf_check_tracker(const char *text, struct err *why);
int conf_check_listen(const char *text, struct err *why);
int conf_check_web(const char *text, struct err *why);
int conf_check_token(const char *text, struct err *why);
int conf_check_node(const char *text, struct err *why);
int conf_check_list(const char *text, struct err *why);
int conf_check_exclusion(const char *text, struct err *why);
int conf_check_notify_url(const char *text, struct err *why);
int conf_check_form(const char *text, struct err *why);
int conf_check_starttls(const char *text, struct err *why);
int conf_check_recipient(const char *text, struct err *why);
int conf_check_some_recipient(const char *text, struct err *why);

#endif
