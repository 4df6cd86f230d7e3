"""A date that a test sets, for one program: tests/lab/clock.c, preloaded."""
import os
import subprocess

SOURCE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "clock.c")


class Clock:
    """`env` is for the programs that shall see it. Begins with the right date, which the system vouches for."""

    def __init__(self, box):
        library, self.path = box.path("clock.so"), box.path("clock")
        subprocess.run(["cc", "-D_GNU_SOURCE", "-shared", "-fPIC", "-O1", "-o", library, SOURCE], check=True)
        self.env = {"LD_PRELOAD": library, "CLOCK_FILE": self.path}
        # The sanitiser wants to be the first library else.
        options = [os.environ["ASAN_OPTIONS"]] if os.environ.get("ASAN_OPTIONS") else []
        self.env["ASAN_OPTIONS"] = ":".join(options + ["verify_asan_link_order=0"])
        self.set(0)

    def set(self, offset, right=True):
        """`offset` in seconds from the true date."""
        with open(self.path + ".new", "w") as file:
            file.write("%d %d\n" % (offset, right))
        os.rename(self.path + ".new", self.path)
