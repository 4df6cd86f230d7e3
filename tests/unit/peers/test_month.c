/* A month without an end of the program, by a fake clock: polls every 30 s, peers that come, go and come back, a file
 * that is saved every quarter of an hour. Memory and descriptors stay what they were when everything had been seen
 * once. */
#include "peers/history.h"

#include <dirent.h>
#include <malloc.h>
#include <stdlib.h>

#include "scratch.h"
#include "tap.h"
#include "unit/peers/churning.h"

enum { WARM_DAYS = 3, DAYS = 30, DRIFT = 1 << 20 };

/* Bytes in use, of all arenas and mappings. */
static int64_t in_use(void)
{
	struct mallinfo2 info = mallinfo2();

	return (int64_t)(info.uordblks + info.hblkhd);
}

static bool emulated;

/* KiB of private memory that is really there, proc(5); -1 where a sanitiser keeps what was freed, or it is that of an
 * emulator: qemu-user 7.2 keeps 173 kB of each thread that was. */
static int64_t resident(void)
{
#ifdef __SANITIZE_ADDRESS__
	return -1;
#else
	FILE *status = emulated ? NULL : fopen("/proc/self/status", "r");
	char line[128];
	long kib = -1;

	while (status && kib < 0 && fgets(line, sizeof(line), status))
		if (strncmp(line, "RssAnon:", 8) == 0)
			kib = strtol(line + 8, NULL, 10);
	if (status)
		fclose(status);
	return kib;
#endif
}

static int descriptors(void)
{
	DIR *folder = opendir("/proc/self/fd");
	int count = 0;

	while (folder && readdir(folder))
		count++;
	if (folder)
		closedir(folder);
	return count;
}

int main(void)
{
	struct churn c = churn_of(20, 500, 40);
	int64_t used, kib, sightings = 0;
	uint32_t clients[8];
	struct world w;
	int open;

	emulated = getenv("EMULATED") != NULL;
	scratch_init();
	setenv("TZ", "UTC", 1);
	world_init(&w, "month.db");
	world_open(&w);
	churn_clients(&w, clients);
	for (int day = 0; day < WARM_DAYS; day++)
		churn_day(&c, &w, clients);
	used = in_use();
	kib = resident();
	open = descriptors();
	for (int day = WARM_DAYS; day < DAYS; day++)
		churn_day(&c, &w, clients);
	sightings = (int64_t)DAYS * DAY * 1000 / STEP_MS * 20;
	is_int(history_totals(w.history)->all.sightings, sightings, "every sighting of a month is known");
	/* What grows is the cache of SQLite, up to its 2 MB. */
	ok(in_use() - used < DRIFT, "memory in use has grown by %lld bytes since the third day",
	   (long long)(in_use() - used));
	ok(kib < 0 || resident() - kib < DRIFT / 1024, "resident memory by %lld KiB", (long long)(resident() - kib));
	is_int(descriptors(), open, "as many descriptors are open as before");
	is_int(w.fold->address_count, 500, "the addresses are those that there are");
	world_done(&w);
	return tap_done();
}
