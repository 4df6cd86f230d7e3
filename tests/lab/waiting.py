"""Waiting by polling, with a deadline; never by a fixed sleep.

Knows clocks only; does not know what is waited for.
"""

import time


PATIENCE = 3  # on a busy machine everything takes its time


class TimedOut(Exception):
    pass


def wait_for(what, check, seconds=20.0, every=0.05):
    """Calls check() until it returns something true, and returns that; TimedOut names `what` after `seconds`."""
    seconds *= PATIENCE
    deadline = time.monotonic() + seconds
    while True:
        answer = check()
        if answer:
            return answer
        if time.monotonic() >= deadline:
            raise TimedOut(f"waited {seconds:g} s in vain: {what}")
        time.sleep(every)


def end_process(process, seconds=10.0):
    """SIGTERM, and SIGKILL to a process that has not ended after `seconds`; returns its exit status."""
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(seconds)
        except Exception:
            process.kill()
    return process.wait()
