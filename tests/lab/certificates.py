"""Certificates of an authority that the lab alone trusts; needs openssl, and namespace.enter() for trusted().

Does not know who shows them, or to whom.
"""

import contextlib
import os
import subprocess
import tempfile

from namespace import MS_NOSUID, libc
from names import MS_BIND

SYSTEM = "/etc/ssl/certs"                       # where Debian's libcurl looks: ca-certificates.crt, and hashed names
KEY = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes")


def openssl(*args):
    subprocess.run(["openssl", *args], check=True, capture_output=True)


class Authority:
    """Files in a folder of its own: ca-certificates.crt is the authority's own certificate."""

    def __init__(self, name="Lab"):
        self.folder = tempfile.mkdtemp(suffix=".ca")
        self.certificate, self.key = self.path("ca-certificates.crt"), self.path("ca.key")
        openssl("req", "-x509", *KEY, "-keyout", self.key, "-out", self.certificate, "-subj", f"/CN={name}",
                "-days", "9")
        os.chmod(self.folder, 0o755)

    def path(self, name):
        return os.path.join(self.folder, name)

    def certify(self, *names, days=9):
        """{"cert": path, "key": path} for DNS names and addresses; with days=-1 it ended yesterday."""
        base = self.path(names[0].replace(":", "_") + f".{days}")
        subject = ",".join(f"{'IP' if name[-1].isdigit() else 'DNS'}:{name}" for name in names)
        with open(base + ".ext", "w") as stream:
            stream.write(f"subjectAltName={subject}\n")
        openssl("req", *KEY, "-keyout", base + ".key", "-out", base + ".csr", "-subj", "/CN=lab")
        openssl("x509", "-req", "-in", base + ".csr", "-CA", self.certificate, "-CAkey", self.key, "-CAcreateserial",
                "-days", str(days), "-extfile", base + ".ext", "-out", base + ".pem")
        return {"cert": base + ".pem", "key": base + ".key"}

    @contextlib.contextmanager
    def trusted(self):
        """Lays its folder over the system's: every program started meanwhile trusts this authority, and no other."""
        if libc.mount(self.folder.encode(), SYSTEM.encode(), None, MS_BIND | MS_NOSUID, None) != 0:
            raise OSError("cannot lay certificates over the system's")
        try:
            yield self
        finally:
            libc.umount2(SYSTEM.encode(), 2)
