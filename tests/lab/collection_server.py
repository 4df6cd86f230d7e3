"""A web server of torrent collections, well behaved and otherwise, and listeners that nobody must connect to.

Knows HTTP as far as tests need it wrong; does not know who asks. Everything runs in threads of the test.
"""

import contextlib
import http.server
import socket
import socketserver
import ssl
import threading
import time
import zlib
from collections import namedtuple
from html import escape
from urllib.parse import quote, unquote

ENDLESS = 1 << 31                               # bytes after which even the endless body ends
Request = namedtuple("Request", "path status headers time")


class Page:
    """An answer. `send`, one of the behaviours below, replaces the body; `delay` in seconds; `modified` an HTTP date.

    fails: so many times it answers `failure` (a status) first, with these `failure_headers`."""

    def __init__(self, body=b"", kind="text/html; charset=utf-8", status=200, headers=(), etag=None, modified=None,
                 delay=0.0, fails=0, failure=500, failure_headers=(), send=None):
        self.body = body.encode() if isinstance(body, str) else body
        self.kind, self.status, self.headers, self.etag, self.modified = kind, status, dict(headers), etag, modified
        self.delay, self.fails, self.failure, self.failure_headers = delay, fails, failure, dict(failure_headers)
        self.send = send

    def unchanged(self, asked):
        if self.etag and "If-None-Match" in asked:
            return asked["If-None-Match"] == self.etag
        return self.modified and asked.get("If-Modified-Since") == self.modified


def torrent_page(body, **options):
    return Page(body, "application/x-bittorrent", **options)


def redirect(target, status=302):
    return Page("moved", status=status, headers={"Location": target})


def apache_index(names, title="Index of /torrents"):
    """A folder as Apache shows it: columns to sort by, a way up, percent-encoded names."""
    rows = "".join(f'<tr><td valign="top"><img src="/icons/unknown.gif" alt="[   ]"></td><td><a href="{quote(name)}">'
                   f'{escape(name[:23])}..&gt;</a></td><td align="right">2023-11-14 22:13  </td></tr>\n' for name in names)
    return Page(f"""<!DOCTYPE HTML PUBLIC "-//W3C//DTD HTML 3.2 Final//EN">
<html><head><title>{title}</title></head><body><h1>{title}</h1><table>
<tr><th><a href="?C=N;O=D">Name</a></th><th><a href="?C=M;O=A">Last modified</a></th></tr>
<tr><td><a href="/">Parent Directory</a></td></tr>
{rows}</table></body></html>""")


# ---- behaviours: functions of (handler, page) that write the whole answer ------------------------------------------

def endless(handler, page):
    """A body that never ends."""
    handler.begin(200, page.kind, None)
    block = b"<p>and so on</p>\n" * 4096
    for _ in range(ENDLESS // len(block)):
        handler.wfile.write(block)


def truncated(handler, page):
    """Half of what Content-Length promised."""
    handler.begin(200, page.kind, len(page.body))
    handler.wfile.write(page.body[:len(page.body) // 2])


def unframed(size):
    """As HTTP/1.0 does it: no length, the end of the connection is the end. Only `size` bytes of the body come."""
    def send(handler, page):
        handler.begin(200, page.kind, None, page.etag and {"ETag": page.etag} or {})
        handler.wfile.write(page.body[:size])
    return send


def slow(handler, page):
    """Byte by byte, a few a second."""
    handler.begin(200, page.kind, len(page.body))
    for byte in page.body:
        handler.wfile.write(bytes([byte]))
        if handler.server.ending.wait(0.3):
            return


def mute(handler, page):
    """Takes the request and says nothing."""
    handler.server.ending.wait(600)


def bomb(handler, page):
    """10 GB of zeros in some MB: one stream, as what is behind its end is none of it for libcurl."""
    stream, zeros = zlib.compressobj(1, wbits=31), bytes(10 << 20)
    handler.begin(200, page.kind, None, {"Content-Encoding": "gzip"})
    for _ in range(1000):
        handler.wfile.write(stream.compress(zeros))


def endless_headers(handler, page):
    handler.wfile.write(b"HTTP/1.1 200 OK\r\n")
    for number in range(1 << 20):
        handler.wfile.write(b"X-Number-%d: %s\r\n" % (number, b"x" * 1000))


def no_http(handler, page):
    handler.wfile.write(b"220 mail.example.org ESMTP\r\n" * 10)


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        with self.server.owner.counted():
            self.serve_page()

    def serve_page(self):
        owner = self.server.owner
        page = owner.page(self.path)
        if page is None:
            return self.answer(404, "text/plain", b"there is none\n")
        if page.delay and self.server.ending.wait(page.delay):
            return None
        if owner.take_failure(page):
            return self.answer(page.failure, "text/plain", b"not now\n", page.failure_headers)
        if page.send:
            self.note(page.status)
            self.close_connection = True
            return page.send(self, page)
        marks = {name: value for name, value in (("ETag", page.etag), ("Last-Modified", page.modified)) if value}
        if page.unchanged(self.headers):
            return self.answer(304, page.kind, b"", marks)
        return self.answer(page.status, page.kind, page.body, {**marks, **page.headers})

    def answer(self, status, kind, body, headers=()):
        self.note(status)
        self.begin(status, kind, None if status == 304 else len(body), headers)
        if status != 304:
            self.wfile.write(body)

    def begin(self, status, kind, length, headers=()):
        self.send_response(status)
        self.send_header("Content-Type", kind)
        if length is not None:
            self.send_header("Content-Length", str(length))
        for name, value in dict(headers).items():
            self.send_header(name, value)
        self.end_headers()
        self.close_connection = self.close_connection or length is None and status != 304

    def note(self, status):
        self.server.owner.note(Request(self.path, status, dict(self.headers.items()), time.monotonic()))

    def log_message(self, *args):
        pass

    def handle_one_request(self):
        try:
            super().handle_one_request()
        except OSError:                         # the other side has had enough
            self.close_connection = True


class Server(socketserver.ThreadingMixIn, http.server.HTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def server_bind(self):                      # without asking for the host's name
        socketserver.TCPServer.server_bind(self)
        self.server_name, self.server_port = self.server_address[:2]

    def handle_error(self, request, address):
        pass


class Server6(Server):
    address_family = socket.AF_INET6


class Collection:
    """`pages`: {path with query: Page}. `requests`: what was asked and answered, in order. `files` (cert, key): TLS."""

    def __init__(self, address="127.0.0.1", port=0, pages=(), files=None):
        self.pages, self.requests, self.lock = dict(pages), [], threading.Lock()
        self.busy = self.most_busy = 0
        self.server = (Server6 if ":" in address else Server)((address, port), Handler)
        self.server.owner, self.server.ending = self, threading.Event()
        self.port = self.server.server_address[1]
        self.host = f"[{address}]" if ":" in address else address
        self.url = f"http{'s' if files else ''}://{self.host}:{self.port}"
        if files:
            context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
            context.load_cert_chain(files["cert"], files["key"])
            # Each thread shakes hands itself, with its first read.
            self.server.socket = context.wrap_socket(self.server.socket, True, do_handshake_on_connect=False)
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True)
        self.thread.start()

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.close()

    def close(self):
        self.server.ending.set()
        self.server.shutdown()
        self.server.server_close()

    def page(self, path):
        """Percent-encoding is the client's choice, and so is the query of a page without one."""
        found = self.pages.get(path) or self.pages.get(unquote(path)) or self.pages.get(path.partition("?")[0])
        return found() if callable(found) else found

    @contextlib.contextmanager
    def counted(self):
        """How many requests are being answered at once: `most_busy` is the most."""
        with self.lock:
            self.busy += 1
            self.most_busy = max(self.busy, self.most_busy)
        try:
            yield
        finally:
            with self.lock:
                self.busy -= 1

    def take_failure(self, page):
        with self.lock:
            page.fails -= 1
            return page.fails >= 0

    def note(self, request):
        with self.lock:
            self.requests.append(request)

    def asked(self, status=None):
        """The paths that were asked for, in order; those that were answered so."""
        with self.lock:
            return [request.path for request in self.requests if status in (None, request.status)]

    def forget(self):
        with self.lock:
            self.requests.clear()


class Forbidden:
    """Listens where nobody must connect to: on every address of lo at one port, or on one of them.

    `visited`: the addresses that were connected to."""

    def __init__(self, port=0, address="::"):
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        self.socket = socket.create_server((address, port), family=family, backlog=64,
                                           dualstack_ipv6=address == "::")
        self.port = self.socket.getsockname()[1]
        self.visited = []
        threading.Thread(target=self.serve, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.socket.shutdown(socket.SHUT_RDWR)  # close() alone would leave it to the thread that waits there
        self.socket.close()

    def serve(self):
        while True:
            try:
                link, _ = self.socket.accept()
            except OSError:
                return
            with link:
                self.visited.append(link.getsockname()[0])
                try:
                    link.recv(4096)
                    link.sendall(b"HTTP/1.0 200 OK\r\nContent-Type: text/plain\r\n\r\na secret of the inner network")
                except OSError:
                    pass
