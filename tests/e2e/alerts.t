#!/usr/bin/python3
"""Alerts as people get them: by mail from a real SMTP server, by webhook, command and bell; while whoever is told is
slow, busy, broken or gone; and nothing of it in the way of a poll."""
import json
import os
import re
import signal
import sqlite3
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), os.pardir, "lab"))
from fake_daemon import FakeDaemon, make_certificate, peer, torrent
from lab_test import make_databases
from proxies import HttpProxy, SocksProxy
from receivers import Hook, MailServer
from swarmtop_test import (ASAN, ROOT, SLOW, WRAP, clean, like, main, note, ok, part, plain_text, same, sandbox, scan, scan_text,
                           wait_until)
from web_test import Served

PASSWORD = "s3cr3t-of-mails"
FEW = [torrent("one", [peer("5.9.1.1")])]
MANY = [torrent("one", [peer("5.9.1.%d" % number) for number in range(1, 8)])]

CONFIG = """
[[transmission]]
name = "home"
url = "http://127.0.0.1:%d/transmission/rpc"
[alert.crowd]
when = "connections > 5"
for = 2
cooldown = 0
message = "Too many are here."
notify = ["it"]
[notify.it]
"""


def config(daemon, notify, more=""):
    return CONFIG % daemon.port + notify + "\n" + more


def hook_config(daemon, hook, more=""):
    return config(daemon, 'url = "%s"\ntimeout = 2' % hook.url, more)


def start(box, *args):
    return box.start("-r", 0.2, "--json", *args)


def nothing_leaks(name, program, *more):
    """The password is in no output and on no command line."""
    with open("/proc/%d/cmdline" % program.pid, "rb") as file:
        places = [program.out, program.err, file.read(), *more]
    ok(not any(PASSWORD.encode() in place for place in places), name + ": the password is nowhere to be seen")


# ---- mail ----------------------------------------------------------------------------------------------------------


def mail_config(box, daemon, server, more=""):
    box.write("password", PASSWORD + "\n")
    return config(daemon, 'url = "%s"\nfrom = "pi@example.org"\nto = ["me@example.org", "you@example.net"]\n'
                  'username = "me"\npassword_file = "%s"\ncacert = "%s"\nstarttls = "always"\n%s'
                  % (server.url, box.path("password"), box.path("tls", "cert.pem"), more))


def mails():
    """STARTTLS and TLS at once, with a login; raised and over"""
    for tls in ("starttls", "smtps"):
        with part(tls), sandbox() as box, FakeDaemon(FEW) as daemon:
            folder = make_certificate(box.path("tls"))
            with MailServer(tls, folder, ("me", PASSWORD)) as server:
                box.config(mail_config(box, daemon, server))
                with start(box) as program:
                    program.wait_records(3)
                    same(server.connections, 0, tls + ": no alert, no mail")
                    daemon.world = MANY
                    wait_until(lambda: len(server.mails) >= 1, 20, "a mail")
                    daemon.world = FEW
                    wait_until(lambda: len(server.mails) >= 2, 20, "another")
                    nothing_leaks(tls, program)
                    program.signal(signal.SIGTERM)
                    result = program.finish()
                raised, over = server.mails[:2]
                same((raised.encrypted, raised.authenticated), (tls == "starttls", True), tls + ": encrypted, and logged in")
                same((raised.sender, raised.recipients), ("pi@example.org", ["me@example.org", "you@example.net"]),
                     tls + ": from whom and to whom")
                same((raised.parsed["Subject"], over.parsed["Subject"]), ("swarmtop: crowd", "swarmtop: crowd is over"),
                     tls + ": subjects")
                same(raised.parsed["To"], "me@example.org, you@example.net", tls + ": the head says it too")
                lines = raised.text.splitlines()
                same(lines[:3], ["Too many are here.", "Now: connections = 7", "Condition: connections > 5"],
                     tls + ": what is in it")
                like(over.text, r"Now: connections = 1\n.*\nIt began: .*, and lasted \d+ s\n", tls + ": and of its end")
                ok(all(mail.parsed["Date"].datetime.timestamp() > time.time() - 100 for mail in server.mails), tls + ": dates")
                ok(raised.parsed["Message-ID"] != over.parsed["Message-ID"], tls + ": ids of their own")
                same((raised.parsed.defects, over.parsed.defects), ([], []), tls + ": nothing is wrong with them")
                like(result.message, r"alert crowd: connections = 7\n", tls + ": the log says so")
                like(result.message, r"alert crowd is over: connections = 1\n", tls + ": and when it is over")


def refused_mails():
    """Who is not to be trusted, who refuses the login, who is busy"""
    with part("untrusted"), sandbox() as box, FakeDaemon(MANY) as daemon:
        folder = make_certificate(box.path("tls"))
        make_certificate(box.path("other"), "other")
        with MailServer("starttls", box.path("other"), ("me", PASSWORD)) as server:
            box.config(mail_config(box, daemon, server))
            with start(box) as program:
                program.wait_for(lambda self: b"it: message not sent: " in self.err, 20)
                like(program.err, r"its certificate is not trusted", "another certificate is not trusted")
                same((server.logins, server.mails), ([], []), "and gets no login")
                nothing_leaks("untrusted", program)
    with part("no STARTTLS"), sandbox() as box, FakeDaemon(MANY) as daemon, MailServer() as server:
        make_certificate(box.path("tls"))
        box.config(mail_config(box, daemon, server))
        with start(box) as program:
            program.wait_for(lambda self: b"no encryption could be agreed on" in self.err, 20)
            same((server.logins, server.mails), ([], []), "without STARTTLS nothing is sent")
    with part("login"), sandbox() as box, FakeDaemon(MANY) as daemon:
        folder = make_certificate(box.path("tls"))
        with MailServer("starttls", folder, ("me", "another")) as server:
            box.config(mail_config(box, daemon, server))
            with start(box) as program:
                program.wait_for(lambda self: b"it: message not sent: " in self.err, 20)
                tried = len(server.logins)
                program.wait_records(len(program.records) + 15)
                same(len(server.logins), tried, "a refused login is not tried again for the same message")
                nothing_leaks("login", program)
    with part("busy"), sandbox() as box, FakeDaemon(MANY) as daemon, MailServer(refuse="451 later") as server:
        box.config(config(daemon, 'url = "%s"\nfrom = "pi@example.org"\nto = ["me@example.org"]' % server.url))
        with start(box) as program:
            program.wait_for(lambda self: b"it: message not sent: " in self.err, 20)
            server.refuse = None
            wait_until(lambda: server.mails, 20, "the mail")
            ok(not server.mails[0].encrypted, "to this machine the mail goes as it is")
            program.wait_for(lambda self: b"it: messages are sent again" in self.err, 20)
            ok(True, "and the log says that it works again")
    with part("never"), sandbox() as box, FakeDaemon(MANY) as daemon, MailServer(refuse="554 no") as server:
        box.config(config(daemon, 'url = "%s"\nfrom = "pi@example.org"\nto = ["nobody@x.org", "me@example.org"]' % server.url))
        with start(box) as program:
            program.wait_for(lambda self: b"it: message not sent: it does not work out: the server says 554 no\n" in self.err, 20)
            count = server.connections
            program.wait_records(len(program.records) + 20)
            same(server.connections, count, "what is refused for ever is not tried again")
            server.refuse = None
            daemon.world = FEW
            wait_until(lambda: server.mails, 20, "the next mail")
            same(server.mails[0].recipients, ["me@example.org"], "one of two recipients is better than none")
            like(server.mails[0].text, r"\(1 earlier message could not be delivered\.\)", "and it tells of the lost one")


def strangers():
    """A mail server that takes some recipients only: who is refused is said, with its answer; for now is not for ever"""
    def notifier(server, *to):
        return 'url = "%s"\nfrom = "pi@example.org"\nto = %s\ntimeout = 20' % (server.url, json.dumps(to))
    refused = "sent, but 1 of 2 recipients is refused: nobody@x.org (550: nobody of that name)"
    with part("some"), sandbox() as box, FakeDaemon(MANY) as daemon, MailServer() as server:
        box.config(config(daemon, notifier(server, "nobody@x.org", "me@x.org")))
        result = box.run("config", "--test-notify", "it")
        same((result.code, result.text, result.message), (1, "", "swarmtop: it: %s\n" % refused), "--test-notify says it")
        with start(box) as program:
            program.wait_for(lambda self: self.records and self.records[-1]["notifiers"][0]["sent"] == 1, 20)
            program.wait_for(lambda self: b"it: message %s\n" % refused.encode() in self.err, 20)
            same(program.records[-1]["notifiers"][0]["error"], refused, "a run says it in JSON and log")
            same([mail.recipients for mail in server.mails], [["me@x.org"]] * 2, "and the other one has the mail")
            server.strangers = {}
            daemon.world = FEW
            program.wait_for(lambda self: b"it: messages are sent to all again" in self.err, 20)
            same(server.mails[2].recipients, ["nobody@x.org", "me@x.org"], "until all have it")
    for name, to, final in (("for ever", ["nobody@x.org"], True), ("for now", ["grey@x.org"], False),
                            ("both", ["grey@x.org", "nobody@x.org"], False)):
        with part(name), sandbox() as box, FakeDaemon(MANY) as daemon, MailServer() as server:
            server.strangers["grey"] = "450 not yet"
            box.config(config(daemon, notifier(server, *to)))
            with start(box) as program:
                program.wait_for(lambda self: b"it: message not sent: every recipient is refused: %s@x.org (" % to[0].split("@")[0].encode()
                                 in self.err, 20)
                program.wait_for(lambda self: self.records[-1]["notifiers"][0]["error"], 20)
                counts = program.records[-1]["notifiers"][0]
                same((counts["lost"], counts["waiting"]), (1, 0) if final else (0, 1), name + ": lost or not")
                server.strangers = {}
                if not final:
                    wait_until(lambda: server.mails, 30, "the mail")
                    same(server.mails[0].recipients, to, name + ": the same message comes through")
    with part("secret"), sandbox() as box, FakeDaemon(FEW) as daemon:
        folder = make_certificate(box.path("tls"))
        with MailServer("starttls", folder, ("me", PASSWORD)) as server:
            for pad in (0, 85, 90, 250, 300):  # wherever it is cut
                server.strangers["you"] = "550 no %s%s" % ("x" * pad, PASSWORD)
                box.config(mail_config(box, daemon, server))
                result = box.run("config", "--test-notify", "it")
                same((result.code, PASSWORD[:4] in result.message), (1, False), "an answer that repeats the password")
                like(result.message, r"you@example\.net \(550; what it said holds the password", "is not shown")


def slow_parting():
    """A mail server that is slow to say goodbye, after a mail, after a refused login, and when the program ends"""
    for name, word, patient in (("taken", PASSWORD, False), ("refused", "another", False), ("at the end", PASSWORD, True)):
        with part(name), sandbox() as box, FakeDaemon(MANY) as daemon:
            folder = make_certificate(box.path("tls"))
            with MailServer("starttls", folder, ("me", word), parting=60, slow=60 if patient else 0) as server:
                box.config(mail_config(box, daemon, server))
                with start(box) as program:
                    wait_until(lambda: server.logins, 20, "a login")
                    began = time.monotonic()
                    program.wait_records(len(program.records) + 10, 20)
                    took = time.monotonic() - began
                    ok(took <= 20 * SLOW, name + ": 10 polls at 0.2 s are not held up", took)
                    program.signal(signal.SIGTERM)
                    result = program.finish(15)
                same(result.code, 0, name + ": SIGTERM ends it")
                ok(patient or result.seconds < 50 * SLOW, name + ": at once", result.seconds)


# ---- webhooks ------------------------------------------------------------------------------------------------------


def hooks():
    """429 with Retry-After, 500, a connection that ends: tried again, in order, none twice"""
    with sandbox() as box, FakeDaemon(FEW) as daemon, Hook(["429 3", "500", "close", "200"]) as hook:
        box.config(hook_config(daemon, hook))
        with start(box) as program:
            program.wait_records(2)
            daemon.world = MANY
            wait_until(lambda: len(hook.posts) >= 1, 20, "a post")
            daemon.world = FEW
            wait_until(lambda: len(hook.posts) >= 5, 60, "five posts")
            waited = hook.posts[1].at - hook.posts[0].at
            ok(2.9 <= waited <= 20 * SLOW, "Retry-After: 3 is heeded", waited)
            ok(hook.posts[2].at - hook.posts[1].at >= 0.9, "500: a rest", hook.posts[2].at - hook.posts[1].at)
            same([post.json["state"] for post in hook.posts], ["raised"] * 4 + ["cleared"], "the first is tried until it is taken")
            first = hook.posts[0].json
            same({key: first[key] for key in ("program", "alert", "state", "title")},
                 {"program": "swarmtop", "alert": "crowd", "state": "raised", "title": "swarmtop: crowd"}, "what it says")
            same(hook.posts[0].headers["Content-Type"], "application/json", "as JSON")
            like(program.err, r"it: message not sent: answers 429: so it is\n", "the log says what is wrong")
            program.wait_for(lambda self: b"it: messages are sent again" in self.err, 10)
            program.wait_for(lambda self: self.records[-1]["notifiers"][0]["sent"] == 2, 10)
            findings = [finding for post in hook.posts for finding in scan(post.body)]
            same(findings, [], "nothing but text")
            program.signal(signal.SIGTERM)
            result = program.finish()
        same(result.code, 0, "SIGTERM ends it")
        alerts = [record["alerts"] for record in result.records]
        same(result.records[-1]["notifiers"], [{"name": "it", "waiting": 0, "sent": 2, "lost": 0, "error": None}],
             "JSON counts what was sent")
        ok(any(one[0]["state"] == "raised" for one in alerts) and alerts[-1][0]["state"] == "ok", "JSON shows the alert")
        same(alerts[0][0]["values"], "connections = 1", "and what it looks at")


def endless():
    """A receiver that says 200 and then leaves its answer open, or cuts it, has the message: none comes twice or late"""
    for name in Hook.PARTS:
        with part(name), sandbox() as box, FakeDaemon(MANY) as daemon, Hook([name]) as hook:
            box.config(config(daemon, 'url = "%s"\ntimeout = 600' % hook.url))
            with start(box) as program:
                wait_until(lambda: hook.posts, 20, "a post")
                daemon.world = FEW
                wait_until(lambda: len(hook.posts) >= 2, 30, "the next one")
                program.wait_for(lambda self: self.records[-1]["notifiers"][0]["sent"] == 2, 30, "both sent")
                same([post.json["state"] for post in hook.posts], ["raised", "cleared"], name + ": each once")
                same(program.records[-1]["notifiers"][0]["error"], None, name + ": and nothing is wrong")


def in_nobodys_way():
    """A receiver that hangs, a mail server that says nothing, a command that sleeps: polls come as ever"""
    with sandbox() as box, FakeDaemon(MANY) as daemon, Hook(["hang"]) as hook, MailServer(silent=True) as server:
        box.config(CONFIG % daemon.port + 'url = "%s"\n' % hook.url + """
[alert.two]
when = "connections > 5"
notify = ["mail", "command"]
[notify.mail]
url = "%s"
from = "a@example.org"
to = ["b@example.org"]
[notify.command]
command = ["sleep", "60"]
""" % server.url)
        with start(box) as program:
            program.wait_records(3)
            wait_until(lambda: hook.posts and server.connections, 20, "those who hang")
            began = time.monotonic()
            program.wait_records(len(program.records) + 20, 20)
            took = time.monotonic() - began
            note("20 polls at 0.2 s took %.2f s" % took)
            ok(took <= 20 * SLOW, "20 polls at 0.2 s are not held up", took)
            same((len(hook.posts), server.connections), (1, 1), "and nobody is asked twice meanwhile")
            program.signal(signal.SIGTERM)
            result = program.finish(15)
        same(result.code, 0, "SIGTERM ends it")
        ok(result.seconds < 50 * SLOW, "within the time that is left to them", result.seconds)
        like(result.message, r"3 messages about alerts wait for the next start\n", "and it says what nobody took")


def many():
    """An alert that comes and goes while nobody takes messages: a hundred wait, the others are counted"""
    with sandbox() as box, FakeDaemon(MANY) as daemon, Hook(["500"]) as hook:
        box.config(hook_config(daemon, hook, "").replace("for = 2", "for = 1"))
        with box.start("-r", 0.1, "--json") as program:
            program.wait_records(2)
            for turn in range(130):
                daemon.world = FEW if turn % 2 == 0 else MANY
                state = "ok" if turn % 2 == 0 else "raised"
                program.wait_for(lambda self: self.records[-1]["alerts"][0]["state"] == state, 20, state)
                if b"the oldest are lost" in program.err:
                    break
            program.wait_for(lambda self: b"it: too many messages wait: the oldest are lost" in self.err, 10, "a full queue")
            same(program.err.count(b"too many messages wait"), 1, "which is said once")
            hook.plan = ["200"]
            # The next try comes after a rest that has grown; a reload asks at once.
            program.signal(signal.SIGHUP)
            wait_until(lambda: len(hook.posts) >= 20, 30, "posts")
            taken = [post.json["text"] for post in hook.posts if "could not be delivered" in post.json["text"]]
            ok(taken, "a message tells how many were lost")
            like(taken[-1], r"\(\d+ earlier messages? could not be delivered\.\)", "in words")


def keys_and_logins():
    """Bearer tokens, logins and keys in the path; what refuses them is not shown if it repeats them"""
    with part("bearer"), sandbox() as box, FakeDaemon(MANY) as daemon, Hook(["reflect", "200"]) as hook:
        box.write("token", PASSWORD)
        box.config(config(daemon, 'url = "%s"\npassword_file = "%s"' % (hook.url, box.path("token"))))
        with start(box) as program:
            program.wait_for(lambda self: b"it: message not sent: " in self.err, 20)
            same(hook.posts[0].headers["Authorization"], "Bearer " + PASSWORD, "the token")
            nothing_leaks("an answer that repeats it", program)
    with part("basic"), sandbox() as box, FakeDaemon(MANY) as daemon, Hook() as hook:
        box.config(config(daemon, 'url = "%s"\nusername = "me"\npassword = "%s"' % (hook.url, PASSWORD)))
        with start(box) as program:
            wait_until(lambda: hook.posts, 20, "a post")
            like(hook.posts[0].headers["Authorization"], "^Basic ", "a login")
            nothing_leaks("basic", program)
            hook.plan = ["reflect"]
            daemon.world = FEW
            program.wait_for(lambda self: b"it: message not sent: " in self.err, 20)
            ok(hook.posts[0].headers["Authorization"].split()[1].encode() not in program.err, "nor as base64", program.err)
        result = box.run("config", "--print")
        ok(PASSWORD not in result.text + result.message and 'password = "***"' in result.text, "--print shows stars")
    with part("path"), sandbox() as box, FakeDaemon(MANY) as daemon, Hook() as hook:
        credentials = box.write("credentials/notify-password-it", "1:" + PASSWORD)
        box.config(config(daemon, 'url = "%sbot{password}/sendMessage"\nform = "telegram"\nto = ["-42"]' % hook.url), 0o644)
        with box.start("-r", 0.2, "--json", env={"CREDENTIALS_DIRECTORY": os.path.dirname(credentials)}) as program:
            wait_until(lambda: hook.posts, 20, "a post")
            same(hook.posts[0].path, "/bot1:%s/sendMessage" % PASSWORD, "a systemd credential in the path")
            same(hook.posts[0].json["chat_id"], "-42", "to a chat")
            nothing_leaks("path", program)
    with part("echo"), sandbox() as box, FakeDaemon(MANY) as daemon, Hook(["echo"]) as hook:
        secrets = [b"hook5eCr3t", b"t0k5ecret"]
        box.config(config(daemon, 'url = "%shook5eCr3t?x=t0k5ecret"' % hook.url, '[web]\nlisten = "127.0.0.1:0"'))
        with start(box) as program:
            program.wait_for(lambda self: b"it: message not sent: answers 404" in self.err, 20)
            program.wait_for(lambda self: self.records[-1]["notifiers"][0]["error"], 20)
            page = Served(box, daemon, program).wait()
            tried = box.run("config", "--test-notify", "it")
            places = [program.out, program.err, tried.err, page.get("api/v1/poll")[2], page.get("api/v1/overview")[2]]
            same([b"answers 404" in place for place in places], [True] * 5, "a server that echoes: its status is shown")
            same([secret for secret in secrets for place in places if secret in place], [], "and nothing of the url")
    with part("redirect"), sandbox() as box, FakeDaemon(MANY) as daemon, Hook(["302", "200"]) as hook:
        box.config(hook_config(daemon, hook))
        with start(box) as program:
            program.wait_for(lambda self: b"answers with a redirect (302)" in self.err, 20)
            program.wait_records(len(program.records) + 5)
            same(len(hook.posts), 1, "nobody is sent on with a message")


def by_proxy():
    """[proxy] is for notifiers too: names are looked up there"""
    with part("socks"), sandbox() as box, FakeDaemon(MANY) as daemon, Hook() as hook:
        with SocksProxy({"hook.test": "127.0.0.1"}) as proxy:
            box.config(config(daemon, 'url = "http://hook.test:%d/"' % hook.port,
                              '[proxy]\nurl = "socks5h://%s"\nenforce = true' % proxy.address))
            with start(box):
                wait_until(lambda: hook.posts, 20, "a post")
            same(proxy.used, [("hook.test", hook.port)], "a webhook by way of SOCKS; the daemon is asked without it")
    with part("connect"), sandbox() as box, FakeDaemon(MANY) as daemon:
        folder = make_certificate(box.path("tls"), "mail.test")
        with MailServer("starttls", folder, ("me", PASSWORD)) as server, HttpProxy({"mail.test": "127.0.0.1"}) as proxy:
            text = mail_config(box, daemon, server).replace("127.0.0.1:%d\"\nfrom" % server.port, "mail.test:%d\"\nfrom" % server.port)
            box.config(text + '[proxy]\nurl = "http://%s"\n' % proxy.address)
            with start(box):
                wait_until(lambda: server.mails, 20, "a mail")
            same(proxy.used, [("mail.test", server.port)], "a mail through a tunnel of an HTTP proxy")
            ok(server.mails[0].encrypted, "and encrypted inside")


# ---- command and bell ----------------------------------------------------------------------------------------------

SCRIPT = """import json, os, sys
with open(sys.argv[1], "a") as file:
    file.write(json.dumps([sys.argv[2:], {k: v for k, v in os.environ.items()}, sorted(os.listdir("/proc/self/fd"))]) + "\\n")
"""


def commands():
    """argv as it stands and the environment, no shell; a time limit for it and its children"""
    with part("argv"), sandbox() as box, FakeDaemon(MANY) as daemon:
        script, out = box.write("script.py", SCRIPT), box.path("out")
        trap = box.path("trap")
        box.config(config(daemon, 'command = ["/usr/bin/python3", "%s", "%s", "$(touch %s)", "a b; touch %s", ""]'
                          % (script, out, trap, trap)))
        with box.start("-r", 0.2, "--json", env={"TR_AUTH": "me:" + PASSWORD, "SWARMTOP_TEXT": "old"}):
            wait_until(lambda: os.path.exists(out) and open(out).read().endswith("\n"), 20, "the command")
        argv, environment, files = json.loads(open(out).readline())
        same(argv, ["$(touch %s)" % trap, "a b; touch %s" % trap, ""], "its arguments as they stand")
        ok(not os.path.exists(trap), "and no shell")
        same({key: environment[key] for key in ("SWARMTOP_ALERT", "SWARMTOP_STATE", "SWARMTOP_TITLE")},
             {"SWARMTOP_ALERT": "crowd", "SWARMTOP_STATE": "raised", "SWARMTOP_TITLE": "swarmtop: crowd"}, "its environment")
        like(environment["SWARMTOP_TEXT"], r"^Too many are here\.\nNow: connections = 7\n", "with the text")
        like(environment["SWARMTOP_TIME"], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$", "and the time")
        ok("TR_AUTH" not in environment and "PATH" in environment, "but not our password")
        same(files, ["0", "1", "2", "3", "4"], "and no file of ours (3 and 4 are its own)")
    deaf, child = "trap \'\' TERM; ", "sleep 100 & echo $! >>%s; "
    for name, script in (("command", deaf + child + "wait; wait"), ("child", "(" + deaf + child + "wait; wait) & wait")):
        with part("deaf " + name), sandbox() as box, FakeDaemon(MANY) as daemon:
            pids = box.path("pids")
            box.config(config(daemon, 'command = ["sh", "-c", "echo $$ >%s; %s"]\ntimeout = 1' % (pids, script % pids)))
            with start(box) as program:
                program.wait_for(lambda self: b"it: message not sent: the command took longer than 1 s" in self.err, 30)
                numbers = [int(word) for word in open(pids).read().split()[:2]]
                wait_until(lambda: not any(alive(number) for number in numbers), 10, "their end")
                same(len(numbers), 2, "a %s that does not heed SIGTERM: all are ended" % name)
    with part("none"), sandbox() as box, FakeDaemon(MANY) as daemon:
        box.config(config(daemon, 'command = ["/nowhere/at/all"]'))
        with start(box) as program:
            program.wait_for(lambda self: b"it: message not sent: cannot run /nowhere/at/all: No such file" in self.err, 20)
            ok(True, "a command that is not there")


def alive(pid):
    try:
        with open("/proc/%d/stat" % pid) as file:
            return file.read().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


def screens():
    """The dashboard names what is raised, and the bell rings once"""
    with sandbox() as box, FakeDaemon(FEW) as daemon:
        box.config(config(daemon, "bell = true"))
        with box.screen("-r", 0.2, cols=80, rows=24) as screen:
            screen.wait_text("1 now")
            ok(b"\x07" not in screen.output, "silence")
            daemon.world = MANY
            screen.wait_text(r"! crowd since \d\d:\d\d:\d\d: connections = 7", 20)
            ok(True, "a calm line below the header")
            wait_until(lambda: (screen.pump(0.05), b"\x07" in screen.output)[1], 10, "the bell")
            screen.send("7")
            screen.wait_text("alert crowd: connections = 7")
            screen.settle()
            same(screen.output.count(b"\x07"), 1, "and the bell, once; and a line in the log")
            screen.send("q")
            same(screen.finish(), 0, "q ends it")
    with sandbox() as box, FakeDaemon(MANY) as daemon:
        box.config(config(daemon, "bell = true"))
        with box.screen("-r", 0.2, cols=80, rows=16) as screen:
            screen.wait_text("! 1 alert", 20)
            ok(True, "in a low window the header counts them")
            screen.send("q")
            screen.finish()


# ---- the rest ------------------------------------------------------------------------------------------------------


def daemons():
    """A daemon that is lost is an alert, and none when it is back"""
    with sandbox() as box, FakeDaemon(FEW) as daemon, Hook() as hook:
        box.config("""[[transmission]]
name = "h\u202eo\u0301\u0301\u0301me"
url = "http://127.0.0.1:%d/transmission/rpc"
[alert."los\u00e9 'x'"]
when = "sources_down > 0"
cooldown = 0
notify = ["it"]
[notify.it]
url = "%s"
""" % (daemon.port, hook.url))
        with start(box) as program:
            program.wait_records(2)
            daemon.fail("500")
            wait_until(lambda: len(hook.posts) >= 1, 20, "a post")
            daemon.heal()
            wait_until(lambda: len(hook.posts) >= 2, 20, "another")
            same([post.json["state"] for post in hook.posts], ["raised", "cleared"], "lost and back")
            same(hook.posts[0].json["alert"], "los\u00e9 'x'", "by its name")
            same([scan_text(value.replace("\n", "")) for post in hook.posts for value in map(str, post.json.values())],
                 [[]] * 2 * len(hook.posts[0].json), "nothing but text")


def odd_names():
    """Daemons with long names and with odd characters in them are known to conditions"""
    names = ("transmission.living-room.my-subdomain.example.org", "h\\u202eo\\u0301\\u0301\\u0301me", "x" * 100)
    with sandbox() as box, FakeDaemon(FEW) as daemon:
        box.config("".join('[[transmission]]\nname = "%s"\nurl = "http://127.0.0.1:%d/%d"\n[alert.a%d]\nwhen = "source(\'%s\').state != connecting"\n'
                           % (name, daemon.port, i, i, name) for i, name in enumerate(names)))
        result = box.run("config", "--check")
        same((result.code, result.message), (0, ""), "a configuration")
        with start(box) as program:
            program.wait_records(6)
            same([one["state"] for one in program.records[-1]["alerts"]], ["raised"] * 3, "they are found")
            same(program.records[-1]["sources"][0]["name"], names[0], "and shown with their whole name")


def unanswered():
    """A daemon that has yet to answer makes no false alarm; nor is there one when it comes"""
    with sandbox() as box, FakeDaemon(FEW) as first, FakeDaemon(MANY) as second:
        second.fail("500")
        box.config("".join('[[transmission]]\nurl = "http://127.0.0.1:%d/transmission/rpc"\n' % daemon.port for daemon in (first, second))
                   + "".join('[alert.a%d]\nwhen = "%s"\nfor = 1\n' % pair
                             for pair in enumerate(("connections < 4", "share('DE') > 0.7", "not connections > 2"))))
        with start(box) as program:
            program.wait_for(lambda self: any(one["connections"] == 1 for one in self.records), 20)
            program.wait_records(len(program.records) + 3)
            same({alert["values"] for alert in program.records[-1]["alerts"]}, {"connections = unknown", "share('DE') = unknown"},
                 "nobody knows the sums")
            second.heal()
            program.wait_for(lambda self: self.records[-1]["connections"] == 8, 70)
            program.wait_records(len(program.records) + 2)
            states = {(alert["name"], alert["state"]) for record in program.records for alert in record["alerts"][::2]}
            same(states, {("a0", "ok"), ("a2", "ok")}, "no alarm")
            ok(b"alert a0" not in program.err and b"alert a2" not in program.err, "not a word", program.err)


def tags():
    """A tag of a list"""
    with sandbox() as box, FakeDaemon(FEW) as daemon, Hook() as hook:
        box.write("lists/vpn", "5.9.1.4-5.9.1.90\n")
        box.config(config(daemon, 'url = "%s"' % hook.url, '[filter]\nlists = ["vpn=%s"]' % box.path("lists/vpn"))
                   .replace("connections > 5", "tag('vpn').connections > 3 and tag('vpn').share > 50%"))
        with start(box) as program:
            program.wait_records(2)
            daemon.world = MANY
            wait_until(lambda: hook.posts, 20, "a post")
            like(hook.posts[0].json["text"], r"Now: tag\('vpn'\)\.connections = 4, tag\('vpn'\)\.share = 57\.1 %\n", "its share")
        doubt = "[alert.crowd] when: column 5: always 0, for [filter] exclude leaves out what has this tag\n"
        box.config(config(daemon, "bell = true", '[filter]\nexclude = ["vpn"]\nlists = ["vpn=%s"]' % box.path("lists/vpn"))
                   .replace("connections > 5", "tag('vpn').connections > 3"))
        result = box.run("config", "--check")
        same((result.code, result.message), (0, "swarmtop: warning: " + doubt), "a tag that is left out is doubtful")
        result = box.run("--once")
        ok(result.code == 0 and doubt in result.message, "at the start too", result.message)
        box.config(config(daemon, "bell = true", '[filter]\nexclude = ["tor"]\nlists = ["vpn=%s", "tor=%s"]'
                          % (box.path("lists/vpn"), box.path("lists/vpn"))).replace("connections > 5", "tag('vpn').connections > 3"))
        result = box.run("config", "--check")
        same((result.code, result.message), (0, ""), "another one is not")
        box.config(config(daemon, "bell = true").replace("connections > 5", "tag('vpn').connections > 3"))
        result = box.run("--once")
        same(result.code, 78, "a tag that no list has")
        like(result.message, r"\[alert\.crowd\] when: column 5: no list of \[filter\] has this tag", "is a mistake")


def looks():
    """--once and -n show alerts and tell nobody"""
    with sandbox() as box, FakeDaemon(MANY) as daemon, Hook() as hook:
        box.config(hook_config(daemon, hook))
        result = box.run("-n", 3, "-r", 0.1, "--json")
        same([record["alerts"][0]["state"] for record in result.records], ["ok", "raised", "raised"], "-n 3 shows it")
        result = box.run("-n", 3, "-r", 0.1, "--plain")
        like(result.text, r"\nAlert crowd since .*: connections = 7\n", "and plain text too")
        same(hook.posts, [], "nobody is told")
        box.config(hook_config(daemon, hook).replace("connections > 5", "conections > 5"))
        result = box.run("--once")
        same(result.code, 78, "a mistake in a condition exits 78")
        like(result.message, r"config\.toml:\d+:8: when is no condition, column 1: no field 'conections' here; did you mean "
             r"'connections'\?", "with line and column")


def reloads():
    """SIGHUP: other notifiers, the same alert is not told twice; a password that cannot be read changes nothing"""
    with sandbox() as box, FakeDaemon(MANY) as daemon, Hook() as hook, Hook() as other:
        box.config(hook_config(daemon, hook))
        with start(box) as program:
            wait_until(lambda: hook.posts, 20, "a post")
            program.wait_records(len(program.records) + 5)
            box.config(hook_config(daemon, other))
            program.signal(signal.SIGHUP)
            program.wait_records(len(program.records) + 5)
            same((len(hook.posts), len(other.posts)), (1, 0), "who was told is not told again")
            box.config(hook_config(daemon, other) + 'password_file = "%s"\n' % box.path("none"))
            program.signal(signal.SIGHUP)
            program.wait_for(lambda self: b"the old configuration stays" in self.err, 10)
            daemon.world = FEW
            wait_until(lambda: other.posts, 20, "the end")
            same((len(hook.posts), other.posts[0].json["state"]), (1, "cleared"), "the end goes to the new one")


def kept(box):
    with sqlite3.connect(box.path("state", "swarmtop", "peers.db")) as db:
        return db.execute("SELECT name, since > 0, told FROM alerts").fetchall()


def restarts():
    """A restart tells nobody anew; what is over since is told; a cooldown runs on"""
    with sandbox() as box, FakeDaemon(MANY) as daemon, Hook() as hook:
        box.config(hook_config(daemon, hook).replace("cooldown = 0", "cooldown = 3600"))

        def run(until=lambda program: len(program.records) >= 6):
            with start(box) as program:
                program.wait_for(until, 20)
                program.signal(signal.SIGTERM)
                same(program.finish(20).code, 0, "it ends")
                return program.records[-1]["alerts"][0]
        run(lambda program: hook.posts)
        first = hook.posts[0].json
        same((first["state"], kept(box)), ("raised", [("crowd", 1, 1)]), "raised, and kept")
        shown = run()
        same((len(hook.posts), shown["state"]), (1, "raised"), "after a restart it is raised still, and nobody is told")
        daemon.world = FEW
        box.run("-n", "3", "-r", "0.1", "--record")
        same((len(hook.posts), kept(box)), (1, [("crowd", 1, 1)]), "a few polls leave it alone")
        run(lambda program: len(hook.posts) >= 2)
        same(hook.posts[1].json["state"], "cleared", "what is over at the next start is told")
        like(hook.posts[1].json["text"], r"It began: .*, and lasted", "with its beginning")
        same(kept(box), [("crowd", 0, 0)], "its cooldown is kept")
        daemon.world = MANY
        shown = run()
        same((len(hook.posts), shown["state"]), (2, "raised"), "and holds")
        same(kept(box), [("crowd", 1, 0)], "raised, and nobody knows")
        box.run("history", "--forget")
        run(lambda program: len(hook.posts) >= 3)
        same(hook.posts[2].json["state"], "raised", "who forgets the history begins anew")


def first_poll():
    """What the first poll raises is told as soon as the history has been read, not after the second poll"""
    with sandbox() as box, FakeDaemon(MANY) as daemon, Hook() as hook:
        box.config(hook_config(daemon, hook).replace("for = 2", "for = 1"))
        box.run("-n", "3", "-r", "0.1", "--record")
        with start(box, "-r", "3600") as program:
            wait_until(lambda: hook.posts, 20, "a post")
            program.wait_records(1)
            same((len(program.records), hook.posts[0].json["state"]), (1, "raised"), "told after one poll")
            program.signal(signal.SIGTERM)
            same(program.finish(20).code, 0, "it ends")
        same(kept(box), [("crowd", 1, 1)], "and that is kept")


def unheard():
    """An alert whose message nobody took before the end is told by the next start, and then no more"""
    with sandbox() as box, FakeDaemon(MANY) as daemon, Hook(["500"]) as hook:
        box.config(hook_config(daemon, hook).replace("cooldown = 0", "cooldown = 3600"))

        def run(until):
            with start(box) as program:
                program.wait_for(until, 20)
                program.signal(signal.SIGTERM)
                return program.finish(20)
        result = run(lambda program: b"it: message not sent: answers 500" in program.err)
        like(result.message, r"1 message about alerts waits for the next start\n", "nobody took it")
        ok("lost" not in result.message, "and it is not lost", result.message)
        same(kept(box), [("crowd", 1, 2)], "raised, and somebody waits to hear")
        hook.plan = ["200"]
        tried = len(hook.posts)
        run(lambda program: program.records and program.records[-1]["notifiers"][0]["sent"] == 1)
        same([post.json["state"] for post in hook.posts[tried:]], ["raised"], "the next start tells it, whatever its cooldown")
        same(kept(box), [("crowd", 1, 1)], "now somebody knows")
        run(lambda program: len(program.records) >= 6)
        same(len(hook.posts), tried + 1, "and nobody is told anew")


def unheard_and_over():
    """One that is over by the next start is told in one message that says both"""
    with sandbox() as box, FakeDaemon(MANY) as daemon, Hook(["500"]) as hook:
        box.config(hook_config(daemon, hook).replace("cooldown = 0", "cooldown = 3600"))
        with start(box) as program:
            program.wait_for(lambda self: b"it: message not sent: answers 500" in self.err, 20)
            program.signal(signal.SIGTERM)
            program.finish(20)
        hook.plan = ["200"]
        tried = len(hook.posts)
        daemon.world = FEW
        with start(box) as program:
            wait_until(lambda: len(hook.posts) > tried, 20, "a post")
            program.wait_records(len(program.records) + 3)
        same([post.json["state"] for post in hook.posts[tried:]], ["cleared"], "its end")
        like(hook.posts[-1].json["text"], r"It began: ", "and when it began")


def new_countries():
    """A second new country within the cooldown outlives a restart, and so does what nobody took"""
    def countries(*addresses):
        return [torrent("one", [peer(address) for address in addresses])]
    with sandbox() as box, FakeDaemon(countries("5.9.1.1")) as daemon, Hook() as hook:
        text = hook_config(daemon, hook, '[geoip]\ndatabases = ["%s"]' % make_databases(box.path())["country"])
        box.config(text.replace("connections > 5", "new_country").replace("for = 2\ncooldown = 0", "for = 1\ncooldown = 12"))

        def finish(program):
            program.signal(signal.SIGTERM)
            return program.finish(20)
        with start(box) as program:
            program.wait_records(3)
            daemon.world = countries("5.9.1.1", "8.8.8.8")
            wait_until(lambda: hook.posts, 20, "a post")
            daemon.world = countries("5.9.1.1", "8.8.8.8", "114.114.114.1")
            program.wait_for(lambda self: "CN China" in self.records[-1]["alerts"][0]["values"], 20)
            finish(program)
        same(len(hook.posts), 1, "the second is too soon")
        hook.plan = ["500"]
        with start(box) as program:
            program.wait_for(lambda self: b"it: message not sent: answers 500" in self.err, 40)
            like(hook.posts[1].json["text"], r"new-country = CN China\n", "it is told after the restart")
            result = finish(program)
        like(result.message, r"1 message about alerts waits for the next start\n", "nobody took it")
        ok("lost" not in result.message, "and it is not lost", result.message)
        hook.plan = ["200"]
        tried = len(hook.posts)
        with start(box) as program:
            wait_until(lambda: len(hook.posts) > tried, 20, "another post")
            like(hook.posts[-1].json["text"], r"new-country = CN China\n", "the next start tells it again")
            program.wait_records(len(program.records) + 3)
        same(len(hook.posts), tried + 1, "once")


def unkept():
    """Where there is no history to keep it, a message that nobody took is lost; of two about an alert only the last is kept"""
    with part("no history"), sandbox() as box, FakeDaemon(MANY) as daemon, Hook(["500"]) as hook:
        box.config(hook_config(daemon, hook, '[history]\npath = "none"'))
        with start(box) as program:
            program.wait_for(lambda self: b"it: message not sent: answers 500" in self.err, 20)
            program.signal(signal.SIGTERM)
            result = program.finish(20)
        like(result.message, r"1 message about alerts is lost with the end of the program\n", "it is lost")
        ok("next start" not in result.message, "for ever", result.message)
    with part("two"), sandbox() as box, FakeDaemon(MANY) as daemon, Hook(["500"]) as hook:
        box.config(hook_config(daemon, hook))
        with start(box) as program:
            program.wait_for(lambda self: b"it: message not sent: answers 500" in self.err, 20)
            daemon.world = FEW
            program.wait_for(lambda self: b"alert crowd is over" in self.err, 20)
            program.signal(signal.SIGTERM)
            result = program.finish(20)
        like(result.message, r"1 message about alerts waits for the next start\n", "its end")
        like(result.message, r"1 message about alerts is lost with the end of the program\n", "and its beginning")


def unheard_end():
    """An end whose message nobody took before the end of the program is told by the next start, and then no more"""
    with sandbox() as box, FakeDaemon(MANY) as daemon, Hook(["200", "500"]) as hook:
        box.config(hook_config(daemon, hook))
        with start(box) as program:
            wait_until(lambda: hook.posts, 20, "a post")
            daemon.world = FEW
            program.wait_for(lambda self: b"it: message not sent: answers 500" in self.err, 20)
            program.signal(signal.SIGTERM)
            result = program.finish(20)
        like(result.message, r"1 message about alerts waits for the next start\n", "nobody took it")
        same(kept(box), [("crowd", 1, 3)], "over, and somebody waits to hear")
        hook.plan = ["200"]
        tried = len(hook.posts)
        for turn in range(2):
            with start(box) as program:
                program.wait_for(lambda self: turn or len(hook.posts) > tried, 20)
                program.wait_records(6)
                program.signal(signal.SIGTERM)
                program.finish(20)
        same([post.json["state"] for post in hook.posts[tried:]], ["cleared"], "the next start tells that it is over, once")
        same(kept(box), [], "then nothing is kept")


def unheard_end_anew():
    """One of two has heard that it is over when it begins anew over a restart: both hear of that"""
    with sandbox() as box, FakeDaemon(MANY) as daemon, Hook() as hook, Hook(["200", "500"]) as other:
        box.config(hook_config(daemon, hook).replace('["it"]', '["it", "other"]') + '[notify.other]\nurl = "%s"\n' % other.url)
        with start(box) as program:
            wait_until(lambda: hook.posts and other.posts, 20, "two posts")
            daemon.world = FEW
            program.wait_for(lambda self: len(hook.posts) == 2 and b"other: message not sent: answers 500" in self.err, 20)
            program.signal(signal.SIGTERM)
            program.finish(20)
        daemon.world = MANY
        other.plan = ["200"]
        tried = len(other.posts)
        with start(box) as program:
            wait_until(lambda: len(hook.posts) == 3 and len(other.posts) > tried, 20, "two more")
            program.wait_records(len(program.records) + 3)
        same([post.json["state"] for post in hook.posts], ["raised", "cleared", "raised"], "the one who has")
        same([post.json["state"] for post in other.posts[tried:]], ["raised"], "and the one who has not")


def gone():
    """A notifier that is renamed while a message waits for it: said, and the new one tells"""
    with sandbox() as box, FakeDaemon(MANY) as daemon, Hook(["500"]) as hook:
        box.config(hook_config(daemon, hook).replace("cooldown = 0", "cooldown = 3600"))
        with start(box) as program:
            program.wait_for(lambda self: b"it: message not sent: answers 500" in self.err, 20)
            hook.plan = ["200"]
            tried = len(hook.posts)
            box.config(hook_config(daemon, hook).replace("cooldown = 0", "cooldown = 3600").replace('["it"]', '["at"]').replace("notify.it", "notify.at"))
            program.signal(signal.SIGHUP)
            wait_until(lambda: len(hook.posts) > tried, 20, "a post")
            like(program.err, r"it: it is gone, and 1 message for it is lost\n", "the log says that one is lost")
            same([post.json["state"] for post in hook.posts[tried:]], ["raised"], "but it is told, though it was a moment ago")
            program.wait_for(lambda self: self.records[-1]["notifiers"][0]["sent"] == 1, 20)
            program.wait_records(len(program.records) + 3)
            box.config(hook_config(daemon, hook).replace("cooldown = 0", "cooldown = 3600"))
            program.signal(signal.SIGHUP)
            program.wait_records(len(program.records) + 5)
            same(len(hook.posts), tried + 1, "who was told by one that is gone is not told again")


def killed():
    """Killed between two saves: what was told is on disk, and nobody is told anew"""
    with sandbox() as box, FakeDaemon(MANY) as daemon, Hook() as hook:
        box.config(hook_config(daemon, hook).replace("cooldown = 0", "cooldown = 3600"))
        with start(box) as program:
            wait_until(lambda: hook.posts, 20, "a post")
            wait_until(lambda: kept(box) == [("crowd", 1, 1)], 20, "that it is on disk")
            program.signal(signal.SIGKILL)
            program.finish(20)
        with start(box) as program:
            program.wait_records(6)
            same(program.records[-1]["alerts"][0]["state"], "raised", "it is raised still")
            program.signal(signal.SIGTERM)
            program.finish(20)
        same(len(hook.posts), 1, "and nobody is told anew")


def last_moment():
    """An alert in the last poll before Ctrl+C is still told"""
    with sandbox() as box, FakeDaemon(FEW) as daemon, Hook() as hook:
        box.config(hook_config(daemon, hook).replace("for = 2", "for = 1"))
        with start(box) as program:
            program.wait_records(2)
            daemon.world = MANY
            program.wait_for(lambda self: self.records[-1]["connections"] == 7, 10)
            program.signal(signal.SIGINT)
            result = program.finish()
        same((result.code, len(hook.posts)), (0, 1), "it was told")


def tried():
    """config --test-notify"""
    with sandbox() as box, FakeDaemon(FEW) as daemon, Hook(["200", "reflect"]) as hook:
        box.config(config(daemon, 'url = "%s"\npassword = "%s"' % (hook.url, PASSWORD)))
        result = box.run("config", "--test-notify", "it")
        same((result.code, result.text, result.message), (0, "it: the test message was sent\n", ""), "sent")
        same(hook.posts[0].json["state"], "test", "as a test")
        result = box.run("config", "--test-notify", "it")
        same((result.code, result.text), (1, ""), "refused")
        ok(PASSWORD not in result.message and result.message.startswith("swarmtop: it: "), "and why", result.message)
        same(len(hook.posts), 2, "one try each")
        result = box.run("config", "--test-notify", "at")
        same(result.code, 2, "a name that is not there")
        like(result.message, r"there is no \[notify\.at\]", "and why")
        result = box.run("config", "--set", "notify.it.password=x", "--test-notify", "it")
        same(result.code, 2, "no password on the command line")
        hook.plan = ["hang"]
        box.config(hook_config(daemon, hook))
        result = box.run("config", "--test-notify", "it")
        same(result.code, 1, "a receiver that hangs")
        like(result.message, r"no answer in time", "in words")


def doubted():
    """A password that goes over the network readably is said by a run, --check and --test-notify; a bell nobody hears"""
    warning = "[notify.it] its password goes over the network readably: use https or smtps\n"
    nowhere = 'url = "http://hook.test/"\ntimeout = 1\n'
    proxy = '[proxy]\nurl = "http://127.0.0.1:9"\n'  # nothing goes out
    with sandbox() as box, FakeDaemon(FEW) as daemon:
        box.write("password", PASSWORD + "\n")
        for secret in ('password = "%s"' % PASSWORD, 'password_file = "%s"' % box.path("password")):
            box.config(config(daemon, nowhere + secret, proxy))
            for args in (["--once"], ["config", "--check"], ["config", "--test-notify", "it"]):
                result = box.run(*args)
                same((result.message.count(warning), PASSWORD in result.message), (1, False), " ".join(args) + ": is said, once")
        credentials = box.write("credentials/notify-password-it", PASSWORD)
        box.config(config(daemon, nowhere))
        result = box.run("config", "--check", env={"CREDENTIALS_DIRECTORY": os.path.dirname(credentials)})
        same(result.message, "swarmtop: warning: " + warning, "a credential is one too")
        for safe in (nowhere, nowhere.replace("http:", "https:") + 'password = "x"', 'url = "http://127.0.0.1/"\npassword = "x"'):
            box.config(config(daemon, safe))
            result = box.run("config", "--check")
            same((result.code, result.message), (0, ""), "nothing to say of " + safe.split("\n")[0])
        box.config(config(daemon, "bell = true"))
        result = box.run("config", "--test-notify", "it")
        same((result.code, result.text), (1, ""), "a bell without a terminal")
        like(result.message, r"it: there is no terminal here whose bell could ring\n", "does not ring")
        with box.screen("config", "--test-notify", "it", cols=80, rows=24) as screen:
            screen.wait_text("it: the test message was sent")
            same((screen.finish(), screen.output.count(b"\x07")), (0, 1), "one with a terminal does")


def readme():
    """Each configuration that the README shows is one"""
    with open(os.path.join(ROOT, "README.md"), encoding="utf-8") as file:
        blocks = re.findall(r"^```toml\n(.*?)^```", file.read(), re.M | re.S)
    ok(any("[alert." in block for block in blocks), "%d of them, one with alerts" % len(blocks))
    with sandbox() as box:
        path = box.write("mail-password", "secret\n")
        os.chmod(path, 0o600)
        for block in blocks:
            box.config(re.sub(r'password_file = "[^"]*"', 'password_file = "%s"' % path, block))
            result = box.run("config", "--check")
            same((result.code, result.message), (0, ""), block.split("\n")[0])


if __name__ == "__main__":
    main(mails, refused_mails, strangers, slow_parting, hooks, endless, in_nobodys_way, many, keys_and_logins, by_proxy, commands, screens, daemons,
         odd_names, unanswered, tags, looks, reloads, restarts, first_poll, unheard, unheard_and_over, new_countries, unkept, unheard_end,
         unheard_end_anew, gone, killed, last_moment, tried, doubted, readme)
