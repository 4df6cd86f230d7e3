/* Files that are replaced as a whole: the old one stays until the new one is there, and nothing is left beside. */
#include "core/newfile.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>

#include "scratch.h"
#include "tap.h"

static const char *content(const char *path)
{
	static char text[256];
	FILE *file = fopen(path, "r");
	size_t n = file ? fread(text, 1, sizeof(text) - 1, file) : 0;

	text[n] = '\0';
	if (file)
		fclose(file);
	return file ? text : NULL;
}

static int files_here(void)
{
	DIR *folder = opendir(".");
	struct dirent *entry;
	int n = 0;

	while (folder && (entry = readdir(folder)))
		n += strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
	closedir(folder);
	return n;
}

static void replaces(void)
{
	struct newfile f;
	struct stat st;
	struct err err;

	scratch_file("a.html", "old", 0600);
	is_int(newfile_open(&f, "a.html", &err), 0, "opens");
	buf_puts(&f.text, "new, ");
	newfile_pass(&f);
	newfile_write(&f, "and whole", 9);
	is_str(content("a.html"), "old", "the old one stays meanwhile");
	is_int(newfile_commit(&f, &err), 0, "commits");
	is_str(content("a.html"), "new, and whole", "then the new one is there");
	ok(stat("a.html", &st) == 0 && (st.st_mode & 07777) == 0644, "for all to read");
	is_int(files_here(), 1, "nothing is left beside");
	newfile_open(&f, "a.html", &err);
	buf_puts(&f.text, "half");
	newfile_abort(&f);
	is_str(content("a.html"), "new, and whole", "given up: the old one stays");
	is_int(files_here(), 1, "... and nothing else");
}

/* Killed in the middle, it leaves nothing; where a name is in its way, that goes. */
static void leftovers(void)
{
	struct newfile f;
	struct err err;
	char name[64];

	newfile_open(&f, "b.html", &err);
	buf_puts(&f.text, "half");
	newfile_write(&f, "", 0);
	ok(files_here() <= 2, "at most one name beside");
	snprintf(name, sizeof(name), ".b.html.%ld", (long)getpid());
	scratch_file(name, "of one that was killed", 0600);
	is_int(newfile_commit(&f, &err), 0, "another's leftovers are in nobody's way");
	is_str(content("b.html"), "half", "... the file is there");
	unlink("b.html");
	unlink(name);
}

static void much(void)
{
	static char block[1000];
	struct newfile f;
	struct stat st;
	struct err err;

	memset(block, 'x', sizeof(block));
	newfile_open(&f, "much", &err);
	for (int i = 0; i < 1000; i++) {
		buf_add(&f.text, block, sizeof(block));
		newfile_pass(&f);
	}
	ok(f.text.len < NEWFILE_PASS, "memory stays small");
	is_int(newfile_commit(&f, &err), 0, "a megabyte");
	ok(stat("much", &st) == 0 && st.st_size == 1000000, "all of it arrives");
	unlink("much");
}

static void links_and_devices(void)
{
	struct newfile f;
	struct stat st;
	struct err err;

	if (symlink("a.html", "link.html"))
		return;
	newfile_open(&f, "link.html", &err);
	buf_puts(&f.text, "by the link");
	is_int(newfile_commit(&f, &err), 0, "a link");
	is_str(content("a.html"), "by the link", "what it leads to is replaced");
	ok(lstat("link.html", &st) == 0 && S_ISLNK(st.st_mode), "the link stays");
	newfile_open(&f, "/dev/null", &err);
	is_int(newfile_commit(&f, &err), 0, "a device is written in place");
	ok(stat("/dev/null", &st) == 0 && S_ISCHR(st.st_mode), "... and stays one");
}

/* Nobody reads it, somebody does, somebody does not any more: it is never waited for in vain. */
static void pipes(void)
{
	static char block[256 << 10];
	struct newfile f;
	struct err err;
	char got[8] = "";
	int reader;

	if (mkfifo("pipe", 0600))
		return;
	is_int(newfile_open(&f, "pipe", &err), -ENXIO, "a pipe that nobody reads");
	is_str(err.msg, "cannot write pipe: No such device or address", "... it says so");
	reader = open("pipe", O_RDONLY | O_NONBLOCK);
	is_int(newfile_open(&f, "pipe", &err), 0, "one that is read");
	newfile_write(&f, "words", 5);
	is_int(newfile_commit(&f, &err), 0, "... is written");
	ok(read(reader, got, sizeof(got) - 1) == 5 && strcmp(got, "words") == 0, "... in place");
	newfile_open(&f, "pipe", &err);
	newfile_write(&f, block, sizeof(block));
	is_int(newfile_commit(&f, &err), -EAGAIN, "one whose reader sleeps is given up");
	close(reader);
	unlink("pipe");
}

static void failures(void)
{
	struct err err = {{0}};
	struct newfile f;

	is_int(newfile_open(&f, "none/a.html", &err), -ENOENT, "no folder");
	is_str(err.msg, "cannot write none/a.html: No such file or directory", "... it says so");
	is_int(newfile_open(&f, ".", &err), -EISDIR, "a folder");
	if (newfile_open(&f, "/dev/full", &err) == 0) {
		buf_puts(&f.text, "x");
		is_int(newfile_commit(&f, &err), -ENOSPC, "a full disk");
		is_str(err.msg, "cannot write /dev/full: No space left on device", "... it says so");
	}
}

int main(void)
{
	scratch_init();
	replaces();
	leftovers();
	much();
	links_and_devices();
	pipes();
	failures();
	return tap_done();
}
