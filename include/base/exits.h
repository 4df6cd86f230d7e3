/* Exit statuses of the program, as the README lists them. */
#ifndef BASE_EXITS_H
#define BASE_EXITS_H

enum {
	EXIT_FINE = 0,
	EXIT_FAILED = 1,
	EXIT_USAGE = 2,
	EXIT_UNREACHABLE = 69, /* sysexits(3) EX_UNAVAILABLE */
	EXIT_BUSY = 75,        /* EX_TEMPFAIL: another writer has the store */
	EXIT_REFUSED = 77,     /* EX_NOPERM */
	EXIT_CONFIG = 78,      /* EX_CONFIG */
	EXIT_INTERRUPTED = 130,
};

#endif
