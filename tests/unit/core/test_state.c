/* core/state.c: where the state folder is, and who makes it. */
#include "core/state.h"

#include <errno.h>
#include <limits.h>

#include "scratch.h"
#include "tap.h"

static char path[PATH_MAX];
static struct err err;

static int state(const char *configured)
{
	return state_path(configured, "x.db", "[x] path", path, sizeof(path), &err);
}

static void test_path(void)
{
	char want[PATH_MAX];

	snprintf(want, sizeof(want), "%s/.local/state/swarmtop/x.db", scratch);
	is_int(state(""), 0, "from HOME");
	is_str(path, want, "as the XDG folders are");
	setenv("XDG_STATE_HOME", "relative", 1);
	state(NULL);
	is_str(path, want, "XDG_STATE_HOME that is no absolute path is none");
	setenv("XDG_STATE_HOME", "/a/b", 1);
	state(NULL);
	is_str(path, "/a/b/swarmtop/x.db", "XDG_STATE_HOME");
	setenv("STATE_DIRECTORY", "/var/lib/x:/var/lib/y", 1);
	state(NULL);
	is_str(path, "/var/lib/x/x.db", "systemd's, the first of them");
	state("y.db");
	is_str(path, "y.db", "what is configured is taken as it is");
	unsetenv("STATE_DIRECTORY");
	unsetenv("XDG_STATE_HOME");
	unsetenv("HOME");
	is_int(state(""), -ENOENT, "nowhere without a home");
	ok(strstr(err.msg, "name the file, [x] path") != NULL, "and it says what to do: %s", err.msg);
	setenv("HOME", scratch, 1);
	is_int(state_path("", "x.db", "[x] path", path, 20, &err), -ENAMETOOLONG, "a path may be too long");
}

static void test_folders(void)
{
	struct stat st;

	state("");
	is_int(state_make_folders(path, &err), 0, "the state folder is made");
	ok(stat(".local/state/swarmtop", &st) == 0 && (st.st_mode & 0777) == 0700, "for the user alone");
	is_int(state_make_folders(path, &err), 0, "once more changes nothing");
	is_int(state_make_folders("elsewhere/x.db", &err), 0, "of another path");
	ok(stat("elsewhere", &st) < 0, "none is made");
	scratch_file("blocked", "", 0600);
	snprintf(path, sizeof(path), "%s/blocked", scratch);
	setenv("XDG_STATE_HOME", path, 1);
	state("");
	is_int(state_make_folders(path, &err), -ENOTDIR, "a file in its way");
	ok(strstr(err.msg, "cannot make the folder") != NULL, "is told");
}

int main(void)
{
	scratch_init();
	test_path();
	test_folders();
	return tap_done();
}
