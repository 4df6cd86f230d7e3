"""A headless Chromium over its debugging pipe: pages, scripts in them, sizes, pictures, and what they ask the network for."""
import base64
import json
import os
import select
import shutil
import subprocess
import time

from swarmtop_test import SLOW, skip, ok

FLAGS = ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run", "--disable-extensions",
         "--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-default-apps",
         "--no-proxy-server", "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1", "--hide-scrollbars", "--remote-debugging-pipe"]


def program():
    return shutil.which("chromium") or shutil.which("chromium-browser")


def missing(name):
    """Whether there is no Chromium; then the test is skipped, and under CI=true that is a failure."""
    if program():
        return False
    if os.environ.get("CI") == "true":
        ok(False, name, "chromium is not installed")
    else:
        skip(name, "chromium is not installed")
    return True


class Chromium:
    """One browser with one page. `requests` are the URLs asked for, `dialogs` the texts of alerts, `errors` what the console
    and the security policy complained of."""

    def __init__(self, folder):
        ours, theirs = os.pipe(), os.pipe()
        self.requests, self.dialogs, self.errors, self.events = [], [], [], []
        self.number, self.rest, self.session = 0, b"", None

        def pipes():
            # High numbers first: 3 and 4 may be the ends themselves.
            reading, writing = os.dup2(ours[0], 40), os.dup2(theirs[1], 41)
            os.dup2(reading, 3)
            os.dup2(writing, 4)

        self.process = subprocess.Popen([program(), *FLAGS, "--user-data-dir=" + os.path.join(folder, "chromium")],
                                        preexec_fn=pipes, close_fds=False, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                        stderr=subprocess.DEVNULL, env={**os.environ, "HOME": folder})
        os.close(ours[0])
        os.close(theirs[1])
        self.writing, self.reading = ours[1], theirs[0]

    def __enter__(self):
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self.session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Network", "Log"):
            self.call(domain + ".enable")
        return self

    def __exit__(self, *error):
        os.close(self.writing)
        os.close(self.reading)
        self.process.kill()
        self.process.wait()

    def message(self, timeout):
        """The next message, None when none comes in time."""
        end = time.monotonic() + timeout
        while b"\0" not in self.rest:
            if not select.select([self.reading], [], [], max(0, end - time.monotonic()))[0]:
                return None
            chunk = os.read(self.reading, 1 << 20)
            if not chunk:
                raise EOFError("chromium has ended")
            self.rest += chunk
        text, self.rest = self.rest.split(b"\0", 1)
        return json.loads(text)

    def hear(self, event):
        name, params = event.get("method"), event.get("params", {})
        self.events.append(name)
        if name == "Network.requestWillBeSent":
            self.requests.append(params["request"]["url"])
        elif name == "Page.javascriptDialogOpening":
            self.dialogs.append(params["message"])
            self.send("Page.handleJavaScriptDialog", accept=True)
        elif name == "Runtime.exceptionThrown":
            self.errors.append(params["exceptionDetails"].get("exception", {}).get("description") or str(params))
        # Who is told to come back does, as a page does while the monitor reads its history; Chromium complains all the same.
        elif name == "Log.entryAdded" and "status of 503" not in params["entry"]["text"]:
            self.errors.append(params["entry"]["text"])

    def send(self, method, **params):
        self.number += 1
        message = {"id": self.number, "method": method, "params": params}
        if self.session:
            message["sessionId"] = self.session
        os.write(self.writing, json.dumps(message).encode() + b"\0")
        return self.number

    def call(self, method, timeout=60, **params):
        number, end = self.send(method, **params), time.monotonic() + timeout * SLOW
        while time.monotonic() < end:
            message = self.message(end - time.monotonic())
            if message is None:
                break
            if message.get("id") == number:
                if "error" in message:
                    raise RuntimeError("%s: %s" % (method, message["error"]))
                return message["result"]
            if "method" in message:
                self.hear(message)
        raise TimeoutError(method)

    def size(self, width, height, phone=False):
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=2 if phone else 1, mobile=phone)

    def scheme(self, name):
        self.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": name}])

    def few_colours(self, active, scheme="light"):
        """The reader's own few colours in the place of the page's, as a high contrast theme has them."""
        self.call("Emulation.setEmulatedMedia", features=[{"name": "forced-colors", "value": "active" if active else "none"},
                                                          {"name": "prefers-color-scheme", "value": scheme}])

    def zone(self, name):
        """Where the reader's clock is: "Asia/Kolkata"."""
        self.call("Emulation.setTimezoneOverride", timezoneId=name)

    def languages(self, names):
        """What the reader prefers: "it-IT,it,en"."""
        self.call("Emulation.setUserAgentOverride", userAgent=self.run("navigator.userAgent"), acceptLanguage=names)

    def scripts(self, allowed):
        self.call("Emulation.setScriptExecutionDisabled", value=not allowed)

    def open(self, url, timeout=60):
        """Loads a page to its end. What was heard before is forgotten."""
        self.requests, self.dialogs, self.errors, self.events = [], [], [], []
        self.call("Page.navigate", url=url)
        end = time.monotonic() + timeout * SLOW
        while "Page.loadEventFired" not in self.events:
            message = self.message(max(0, end - time.monotonic()))
            if message is None:
                raise TimeoutError(url)
            if "method" in message:
                self.hear(message)

    def run(self, script):
        """The value of an expression in the page; a promise is waited for."""
        result = self.call("Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True)
        if "exceptionDetails" in result:
            raise RuntimeError(result["exceptionDetails"].get("exception", {}).get("description", str(result)))
        return result["result"].get("value")

    def key(self, key, code=None, **more):
        for kind in ("keyDown", "keyUp"):
            self.call("Input.dispatchKeyEvent", type=kind, key=key, code=code or key, **more)

    def picture(self, path, **more):
        with open(path, "wb") as file:
            file.write(base64.b64decode(self.call("Page.captureScreenshot", format="png", **more)["data"]))
