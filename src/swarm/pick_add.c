/* stub */
#include "swarm/pick_add.h"
int pick_add(const struct conf_daemon *daemon, const struct picked *picked, bool start, struct pick_added *done,
	     struct err *err)
{
	(void)daemon, (void)picked, (void)start, (void)done;
	return err_set(err, EXIT_FAILED, "not yet");
}
