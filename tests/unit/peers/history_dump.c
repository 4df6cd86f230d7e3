/* Prints what a monitor's history writes in a day: `history_dump PEERS UNIVERSE SAVE_SECONDS DAYS`, a line of bytes for
 * each day, then the size of the file. In the folder that it is started in. */
#include "peers/history.h"

#include <sys/stat.h>

#include "tap.h"
#include "unit/peers/churning.h"

static uint32_t argument(char **argv, int number, uint32_t max)
{
	unsigned long value = strtoul(argv[number], NULL, 10);

	return value < 1 ? 1 : value > max ? max : (uint32_t)value;
}

int main(int argc, char **argv)
{
	uint32_t clients[8];
	struct stat st;
	struct churn c;
	struct world w;

	if (argc != 5) {
		fprintf(stderr, "usage: history_dump PEERS UNIVERSE SAVE_SECONDS DAYS\n");
		return 2;
	}
	c = churn_of(argument(argv, 1, CHURN_ACTIVE), argument(argv, 2, 10000000), 60);
	world_init(&w, "history_dump.db");
	w.setup.save_ms = (int64_t)argument(argv, 3, DAY) * 1000;
	world_open(&w);
	churn_clients(&w, clients);
	for (uint32_t day = 0; day < argument(argv, 4, 3650); day++)
		printf("%lld\n", (long long)churn_day(&c, &w, clients));
	world_done(&w);
	printf("%lld\n", stat("history_dump.db", &st) == 0 ? (long long)st.st_size : -1);
	return 0;
}
