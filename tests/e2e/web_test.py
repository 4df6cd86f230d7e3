"""What the tests of the web server share: a monitor that serves, requests by urllib and by raw sockets."""
import contextlib
import json
import re
import socket
import urllib.error
import urllib.request

from fake_daemon import FakeDaemon
from swarmtop_test import SLOW, sandbox

NO_PROXY = urllib.request.build_opener(urllib.request.ProxyHandler({}))


class Served:
    """A monitor and where its page is."""

    def __init__(self, box, daemon, program):
        self.box, self.daemon, self.program = box, daemon, program
        self.url = self.port = None

    def wait(self):
        found = self.program.wait_for(lambda self: re.findall(r"the page is at (http://\S+:(\d+)/)", self.err.decode()), 10, "its page")
        self.url, self.port = found[-1][0], int(found[-1][1])
        return self

    def wait_poll(self, count=1):
        self.program.wait_for(lambda _: self.json("api/v1/poll")["poll"] >= count, 20, "poll %d" % count)
        return self

    def wait_history(self, span="7d"):
        """From then on it is answered at once, with what was read before."""
        self.program.wait_for(lambda _: self.get("api/v1/history?range=" + span)[0] == 200, 20, "its history")
        return self

    def get(self, path="", headers=None, method="GET"):
        """(status, headers, body)"""
        request = urllib.request.Request(self.url + path, headers=headers or {}, method=method)
        try:
            with NO_PROXY.open(request, timeout=10 * SLOW) as answer:
                return answer.status, answer.headers, answer.read()
        except urllib.error.HTTPError as error:
            return error.code, error.headers, error.read()

    def json(self, path):
        return json.loads(self.get(path)[2])

    def dial(self, timeout=10):
        return socket.create_connection(("127.0.0.1", self.port), timeout * SLOW)

    def say(self, data, timeout=10):
        """Sends bytes and returns all that comes back until the server closes."""
        answer = b""
        with self.dial(timeout) as sock:
            with contextlib.suppress(ConnectionError):
                sock.sendall(data)
            with contextlib.suppress(ConnectionError):
                while chunk := sock.recv(65536):
                    answer += chunk
        return answer


@contextlib.contextmanager
def served(world, *args, config="", refresh=1, dialect="3.00"):
    """A sandbox, a daemon with this world, a monitor of it that serves at a port of its own."""
    with sandbox() as box, FakeDaemon(world, dialect) as daemon:
        box.config('[web]\nlisten = "127.0.0.1:0"\n%s\n[history]\npath = "none"\n' % config)
        with box.start("-u", "127.0.0.1:%d" % daemon.port, "-r", refresh, "--json", *args) as program:
            yield Served(box, daemon, program).wait()
