"""A socket and the thread that listens there, while a `with` lasts.

Does not know what comes in.
"""

import threading


class Listener:
    """Who is one calls listen() as soon as it is ready, and gets what comes by heard(packet, sender)."""

    def listen(self, socket):
        self.socket = socket
        self.socket.settimeout(0.1)
        self.ending = threading.Event()
        self.thread = threading.Thread(target=self.hear_all, daemon=True)
        self.thread.start()

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.close()

    def close(self):
        self.ending.set()
        self.thread.join()
        self.socket.close()

    def hear_all(self):
        while not self.ending.is_set():
            try:
                packet, sender = self.socket.recvfrom(1 << 17)
            except OSError:  # nothing came, or an answer of ours has found nobody
                continue
            self.heard(packet, sender)
