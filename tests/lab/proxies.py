"""An HTTP proxy and a SOCKS5 proxy, small, that note where they were sent to.

They know names of their own ({name: address}), so that a test sees whether somebody asked the DNS as well. No logins.
"""

import re
import socket
import socketserver
import struct
import threading

HTTP_GET = re.compile(rb"[A-Z]+ http://([^/:\s]+|\[[^\]]+\])(?::(\d+))?(\S*)")
CONNECT = re.compile(rb"CONNECT ([^:\s]+|\[[^\]]+\]):(\d+) ")


class Proxy(socketserver.ThreadingTCPServer):
    """`used`: [(host, port)], as they were asked for. Subclasses say how they are asked."""

    allow_reuse_address = daemon_threads = True

    def __init__(self, names, address="127.0.0.1"):
        super().__init__((address, 0), Link)
        self.names, self.used = names, []
        self.address = f"{address}:{self.server_address[1]}"
        threading.Thread(target=self.serve_forever, args=(0.02,), daemon=True).start()

    def __exit__(self, *error):
        self.shutdown()
        self.server_close()

    def dial(self, host, port):
        self.used.append((host, port))
        return socket.create_connection((self.names.get(host, host), port), 5)

    def handle_error(self, request, address):
        pass


class Link(socketserver.BaseRequestHandler):
    def handle(self):
        self.request.settimeout(30)
        far = self.server.greet(self.request)
        if far:
            with far:
                back = threading.Thread(target=pump, args=(far, self.request), daemon=True)
                back.start()
                pump(self.request, far)
                back.join(5)


def pump(source, target):
    try:
        while chunk := source.recv(65536):
            target.sendall(chunk)
        target.shutdown(socket.SHUT_WR)
    except OSError:
        pass


def plain(host):
    return host.decode().strip("[]")


class HttpProxy(Proxy):
    def greet(self, link):
        """Returns the far end, to which the request has been sent on; one request per connection."""
        head = b""
        while b"\r\n\r\n" not in head:
            chunk = link.recv(65536)
            if not chunk:
                return None
            head += chunk
        if match := CONNECT.match(head):
            far = self.dial(plain(match[1]), int(match[2]))
            link.sendall(b"HTTP/1.1 200 Connected\r\n\r\n")
            return far
        match = HTTP_GET.match(head)
        far = self.dial(plain(match[1]), int(match[2] or 80))
        rest = head[match.end():].split(b"\r\n")
        lines = [line for line in rest[1:] if not line.lower().startswith((b"connection:", b"proxy-connection:"))]
        far.sendall(b"\r\n".join([b"GET " + (match[3] or b"/") + b" HTTP/1.1", b"Connection: close", *lines]))
        return far


class SocksProxy(Proxy):
    def greet(self, link):
        """RFC 1928 without a login, CONNECT only."""
        _, methods = link.recv(2)
        link.recv(methods)
        link.sendall(b"\x05\x00")
        _, command, _, kind = link.recv(4)
        if kind == 3:
            host = link.recv(link.recv(1)[0]).decode()
        else:
            host = socket.inet_ntop(socket.AF_INET if kind == 1 else socket.AF_INET6, link.recv(4 if kind == 1 else 16))
        port = struct.unpack(">H", link.recv(2))[0]
        if command != 1:
            link.sendall(b"\x05\x07\x00\x01" + bytes(6))
            return None
        try:
            far = self.dial(host, port)
        except OSError:
            link.sendall(b"\x05\x04\x00\x01" + bytes(6))
            return None
        link.sendall(b"\x05\x00\x00\x01" + bytes(6))
        return far
