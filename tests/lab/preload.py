"""A small library of a test, compiled, and preloaded into one program."""
import os
import subprocess

HERE = os.path.dirname(os.path.abspath(__file__))


def preload(box, name, **env):
    """tests/lab/NAME.c: the environment for the programs that shall have it."""
    library = box.path(name + ".so")
    subprocess.run(["cc", "-D_GNU_SOURCE", "-shared", "-fPIC", "-O1", "-o", library, os.path.join(HERE, name + ".c")], check=True)
    # The sanitiser wants to be the first library else.
    options = [os.environ["ASAN_OPTIONS"]] if os.environ.get("ASAN_OPTIONS") else []
    return {"LD_PRELOAD": library, "ASAN_OPTIONS": ":".join(options + ["verify_asan_link_order=0"]), **env}
