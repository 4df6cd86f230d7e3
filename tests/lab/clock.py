"""A date that a test sets, for one program: tests/lab/clock.c, preloaded."""
import os

from preload import preload


class Clock:
    """`env` is for the programs that shall see it. Begins with the right date, which the system vouches for."""

    def __init__(self, box):
        self.path = box.path("clock")
        self.env = preload(box, "clock", CLOCK_FILE=self.path)
        self.set(0)

    def set(self, offset, right=True):
        """`offset` in seconds from the true date."""
        with open(self.path + ".new", "w") as file:
            file.write("%d %d\n" % (offset, right))
        os.rename(self.path + ".new", self.path)
