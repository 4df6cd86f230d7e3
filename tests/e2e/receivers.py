"""Who alerts are told to: an HTTP receiver that answers as it is told, and a real SMTP server (aiosmtpd), on loopback.

    with Hook(["429 2", "500", "hang", "200"]) as hook: ... hook.url ... hook.posts
    with MailServer(tls="starttls", certificate=folder, login=("me", "word")) as server: ... server.mails

They know nothing of the program under test.
"""
import asyncio
import email
import email.policy
import json
import logging
import os
import ssl
import threading
import time
import warnings
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from aiosmtpd.smtp import SMTP, AuthResult

logging.getLogger("mail.log").disabled = True  # it tells every failed handshake
warnings.filterwarnings("ignore", module="aiosmtpd")


class Post:
    def __init__(self, path, headers, body):
        self.path, self.headers, self.body, self.at = path, headers, body, time.monotonic()

    @property
    def json(self):
        return json.loads(self.body)


class Hook:
    """`plan`: an answer for each post, the last one for ever: "STATUS [RETRY-AFTER]", "hang", "close", "reflect" the
    login, "echo" the path; a name of PARTS: a good answer without its end."""

    # Nobody knows where it ends, and then: the connection stays, it ends too soon, it stays as in 1996.
    PARTS = {"open": (b"HTTP/1.1 200 OK\r\n\r\nok", True),
             "cut": (b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nok", False),
             "old": (b"HTTP/1.0 200 OK\r\n\r\n", True)}

    def __init__(self, plan=("200",)):
        self.plan, self.posts, self.stopping = list(plan), [], threading.Event()
        hook = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                hook.posts.append(Post(self.path, self.headers, body))
                hook.answer(self)

            def log_message(self, *arguments):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.server.handle_error = lambda *arguments: None  # who asks may go
        self.port = self.server.server_address[1]
        self.url = "http://127.0.0.1:%d/" % self.port

    def answer(self, handler):
        word = self.plan.pop(0) if len(self.plan) > 1 else self.plan[0]
        if word == "hang":
            self.stopping.wait(60)
        if word in self.PARTS:
            handler.wfile.write(self.PARTS[word][0])
            if self.PARTS[word][1]:
                self.stopping.wait(600)
        if word in ("hang", "close", *self.PARTS):
            handler.close_connection = True
            return
        status, _, after = word.partition(" ")
        mirrors = {"reflect": (400, "no: %s" % handler.headers.get("Authorization", "")),
                   "echo": (404, "<pre>Cannot POST %s</pre>" % handler.path)}
        code, text = mirrors[status] if status in mirrors else (int(status), "so it is")
        text = text.encode()
        handler.send_response(code)
        if after:
            handler.send_header("Retry-After", after)
        if status.startswith("3"):
            handler.send_header("Location", self.url + "elsewhere")
        handler.send_header("Content-Length", str(len(text)))
        handler.end_headers()
        handler.wfile.write(text)

    def __enter__(self):
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, *error):
        self.stopping.set()
        self.server.shutdown()
        self.server.server_close()


class Mail:
    def __init__(self, session, envelope):
        self.sender, self.recipients, self.raw = envelope.mail_from, envelope.rcpt_tos, envelope.content
        self.encrypted, self.authenticated = session.ssl is not None, session.authenticated  # by STARTTLS
        self.parsed = email.message_from_bytes(self.raw, policy=email.policy.default)

    @property
    def text(self):
        return self.parsed.get_content().replace("\r\n", "\n")


class MailServer:
    """`tls`: None, "starttls" (required) or "smtps"; `certificate`: a folder with cert.pem and key.pem. `refuse`: reply to a
    mail instead of taking it; `strangers`: replies to recipients by what stands before their '@'; `slow`, `parting`: seconds that the answer to a mail and to QUIT take. Reads: mails, logins (as they were tried), connections."""

    def __init__(self, tls=None, certificate=None, login=None, refuse=None, silent=False, slow=0,
                 parting=0):
        self.mails, self.logins, self.connections = [], [], 0
        self.tls, self.login, self.refuse, self.silent = tls, login, refuse, silent
        self.slow, self.parting = slow, parting
        self.strangers = {"nobody": "550 nobody of that name"}
        self.context = None
        if tls:
            self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self.context.load_cert_chain(os.path.join(certificate, "cert.pem"), os.path.join(certificate, "key.pem"))

    async def handle_QUIT(self, server, session, envelope):
        await asyncio.sleep(self.parting)
        return "221 goodbye"

    async def handle_DATA(self, server, session, envelope):
        await asyncio.sleep(self.slow)
        if self.refuse:
            return self.refuse
        self.mails.append(Mail(session, envelope))
        return "250 taken"

    async def handle_RCPT(self, server, session, envelope, address, options):
        if address.split("@")[0] in self.strangers:
            return self.strangers[address.split("@")[0]]
        envelope.rcpt_tos.append(address)
        return "250 known"

    def authenticate(self, server, session, envelope, mechanism, data):
        self.logins.append((mechanism, data.login, data.password))
        good = self.login and (data.login.decode(), data.password.decode()) == self.login
        return AuthResult(success=bool(good), handled=not good and False)

    def protocol(self):
        self.connections += 1
        if self.silent:
            return asyncio.Protocol()
        return SMTP(self, hostname="mail.test", tls_context=self.context if self.tls == "starttls" else None,
                    require_starttls=self.tls == "starttls", authenticator=self.authenticate,
                    auth_required=self.login is not None, auth_require_tls=self.tls == "starttls", loop=self.loop)

    def serve(self):
        asyncio.set_event_loop(self.loop)
        server = self.loop.run_until_complete(self.loop.create_server(
            self.protocol, "127.0.0.1", 0, ssl=self.context if self.tls == "smtps" else None))
        self.port = server.sockets[0].getsockname()[1]
        self.ready.set()
        self.loop.run_forever()

    def __enter__(self):
        self.loop, self.ready = asyncio.new_event_loop(), threading.Event()
        self.loop.set_exception_handler(lambda loop, context: None)
        threading.Thread(target=self.serve, daemon=True).start()
        self.ready.wait(10)
        return self

    def __exit__(self, *error):
        self.loop.call_soon_threadsafe(self.loop.stop)

    @property
    def url(self):
        return "%s://127.0.0.1:%d" % ("smtps" if self.tls == "smtps" else "smtp", self.port)
