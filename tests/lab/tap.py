"""A Python test's voice: TAP lines on stdout, as tests/tap.h has them for C.

Knows counting and printing; does not know what is tested.
"""

import sys

count = 0
failed = 0


def ok(what, name):
    """Prints one result and returns it as a bool."""
    global count, failed
    count += 1
    print(f"{'ok' if what else 'not ok'} {count} - {name}", flush=True)
    if not what:
        failed += 1
        caller = sys._getframe(1)
        if caller.f_code.co_filename == __file__:
            caller = caller.f_back
        print(f"# at {caller.f_code.co_filename}:{caller.f_lineno}", flush=True)
    return bool(what)


def equal(got, want, name):
    if not ok(got == want, name):
        note(f"  got {got!r}")
        note(f" want {want!r}")
    return got == want


def note(text):
    for line in str(text).splitlines():
        print(f"# {line}", flush=True)


def skip_all(reason):
    print(f"1..0 # SKIP {reason}", flush=True)
    sys.exit(0)


def done():
    """The last line of a test: `sys.exit(tap.done())`."""
    print(f"1..{count}", flush=True)
    return 1 if failed else 0
