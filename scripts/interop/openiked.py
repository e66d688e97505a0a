"""OpenIKED. A shim answers for the kernel, so no user data passes.

`PFKEY_SHIM` names the shim; the package must be installed, for its user.
"""

import os
import shutil
import time
from pathlib import Path

from lab import OUR_NET, OURS, THEIR_NET, THEIRS, Lab, run


class OpenIked:
    name = "OpenIKED 7.2"
    passes_data = False

    def __init__(self, lab: Lab, psk: str):
        self.lab = lab
        self.psk = psk
        self.room = lab.room / "iked"

    @staticmethod
    def missing() -> str:
        shim = Path(os.environ.get("PFKEY_SHIM", "-")).exists()
        return ", ".join(
            what for what, there in (("PFKEY_SHIM", shim), ("iked", shutil.which("iked"))) if not there
        )

    def start(self, connection: dict, child: dict, daemon: dict) -> None:
        for folder in ("run", "etc/ca", "etc/certs", "etc/crls", "etc/private", "etc/pubkeys"):
            (self.room / folder).mkdir(parents=True)
        key = str(self.room / "etc/private/local.key")
        run("openssl", "ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", key)
        policy = [
            f'ikev2 "peer" {connection.get("mode", "passive")} esp',
            f"from {THEIR_NET} to {OUR_NET} local {THEIRS} peer {OURS}",
            connection.get("ikesa", ""),
            connection.get("childsa", ""),
            f'srcid peer.example dstid client.example psk "{self.psk}"',
        ]
        path = self.room / "etc/iked.conf"
        path.write_text(" ".join(policy) + "\n")
        path.chmod(0o600)
        # Its files have fixed places, its control socket too.
        mount = f"mount --bind {self.room}/run /run && mount --bind {self.room}/etc /etc/iked && exec \"$@\""
        daemon_argv = ["env", f"LD_PRELOAD={os.environ['PFKEY_SHIM']}", "iked", "-d", "-vv"]
        argv = ["unshare", "-m", "sh", "-c", mount, "-", *daemon_argv]
        argv += ["-f", "/etc/iked/iked.conf", "-s", "/run/iked.sock"]
        self.program = self.lab.start(self.lab.theirs, argv, "iked.out")
        end = time.monotonic() + 10
        while not (self.room / "run/iked.sock").exists():
            if time.monotonic() > end or self.program.process.poll() is not None:
                raise RuntimeError(f"iked does not start: {self.program.output()[-300:]}")
            time.sleep(0.02)

    def does(self, what: str) -> None:
        """It begins by itself where its policy is active."""
        if what == "delete-ike":
            self.ikectl("reset", "sa")

    def ikectl(self, *argv: str) -> str:
        inside = ["nsenter", "-t", str(self.program.process.pid), "-n", "-m", "ikectl", "-s", "/run/iked.sock"]
        return run(*inside, *argv, check=False)

    def says(self, text: str, seconds: float) -> bool:
        return self.program.says(text, seconds)
