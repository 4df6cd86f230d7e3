"""The near end of the lab's programs that speak the language of lines.mjs, and where their npm packages are.

Does not know trackers or DHTs.
"""

import json
import os
import select
import shutil
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
PACKAGES = os.path.join(os.path.dirname(os.path.dirname(HERE)), "build", "npm", "node_modules")


def lacking():
    """What is missing for Node programs, as a text; "" = nothing."""
    if not shutil.which("node"):
        return "there is no node: install the Debian package nodejs"
    return "" if os.path.isdir(PACKAGES) else "there is no build/npm: run `make test-deps`"


def give_up(why):
    """A test that cannot run: skipped, which is a failure where CI=true."""
    failed = os.environ.get("CI") == "true"
    print(f"not ok 1 - {why}\n1..1" if failed else f"1..0 # SKIP {why}", flush=True)
    sys.exit(failed)


class NodeError(Exception):
    pass


def words(script):
    """Debian's own Python is the one that has libtorrent."""
    path = os.path.join(HERE, script)
    return ["/usr/bin/python3", "-B", path] if script.endswith(".py") else ["node", path]


class NodeProgram:
    """One running program. `pid` is for those who measure it."""

    def __init__(self, script, folder):
        os.makedirs(folder, exist_ok=True)
        self.log = os.path.join(folder, script + ".log")
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(words(script), stdin=subprocess.PIPE,
                                            stdout=subprocess.PIPE, stderr=log, start_new_session=True)
        self.pid = self.process.pid

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.close()

    def ask(self, do, seconds=60, **members):
        """Sends one command and returns its answer; NodeError where it failed or did not come in time."""
        try:
            self.process.stdin.write(json.dumps({"do": do, **members}).encode() + b"\n")
            self.process.stdin.flush()
        except BrokenPipeError:
            raise NodeError(self.obituary()) from None
        if not select.select([self.process.stdout], [], [], seconds)[0]:
            raise NodeError(f"no answer to {do}")
        line = self.process.stdout.readline()
        if not line:
            raise NodeError(self.obituary())
        answer = json.loads(line)
        if not answer.pop("ok"):
            raise NodeError(answer["error"])
        return answer

    def obituary(self):
        with open(self.log, errors="replace") as log:
            return f"the program has ended: {log.read()[-500:]}"

    def close(self):
        self.process.kill()
        self.process.wait()
        self.process.stdin.close()
        self.process.stdout.close()
