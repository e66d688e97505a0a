"""libreswan's pluto, unpacked and not installed: its package excludes
strongSwan's. A shim answers for the kernel, so no user data passes.

`LIBRESWAN` names the folder of the unpacked package, `XFRM_SHIM` the shim.
"""

import os
import time
from pathlib import Path

from lab import OUR_NET, OURS, THEIR_NET, THEIRS, Lab, run

CONNECTION = {
    "left": THEIRS,
    "leftid": "@peer.example",
    "leftsubnet": THEIR_NET,
    "leftupdown": "/bin/true",
    "right": OURS,
    "rightid": "@client.example",
    "rightsubnet": OUR_NET,
    "authby": "secret",
    "ikev2": "insist",
    "auto": "add",
}


class Libreswan:
    name = "libreswan 4.10"
    passes_data = False

    def __init__(self, lab: Lab, psk: str):
        self.lab = lab
        self.psk = psk
        self.room = lab.room / "pluto"
        self.programs = Path(os.environ["LIBRESWAN"]) / "usr/libexec/ipsec"

    @staticmethod
    def missing() -> str:
        names = ("LIBRESWAN", "XFRM_SHIM")
        return ", ".join(name for name in names if not Path(os.environ.get(name, "-")).exists())

    def start(self, connection: dict, child: dict, daemon: dict) -> None:
        for folder in ("run", "nss"):
            (self.room / folder).mkdir(parents=True)
        run("certutil", "-N", "-d", f"sql:{self.room}/nss", "--empty-password")
        settings = {**CONNECTION, **connection, **child}
        lines = ["config setup", f" dumpdir={self.room}", *(f" {name}={value}" for name, value in daemon.items())]
        lines += ["conn peer", *(f" {name}={value}" for name, value in settings.items())]
        (self.room / "ipsec.conf").write_text("\n".join(lines) + "\n")
        (self.room / "ipsec.secrets").write_text(f': PSK "{self.psk}"\n')
        self.program = self.lab.start(self.lab.theirs, self.command(), "pluto.out")
        end = time.monotonic() + 15
        while "listening" not in self.whack("--listen"):
            if time.monotonic() > end or self.program.process.poll() is not None:
                raise RuntimeError(f"pluto does not start: {self.program.output()[-300:]}")
            time.sleep(0.1)
        self.within(
            "addconn", "--config", f"{self.room}/ipsec.conf", "--ctlsocket", f"{self.room}/run/pluto.ctl", "peer"
        )

    def command(self) -> list[str]:
        options = {
            "--config": "ipsec.conf",
            "--logfile": "log",
            "--secretsfile": "ipsec.secrets",
            "--nssdir": "nss",
            "--rundir": "run",
            "--ipsecdir": "",
        }
        paths = [part for name, path in options.items() for part in (name, str(self.room / path))]
        # pluto looks for its helpers where it would have been installed.
        place = "/usr/libexec/ipsec"
        mount = f"mkdir -p {place} && mount --bind {self.programs} {place} && exec \"$@\""
        shim = f"LD_PRELOAD={os.environ['XFRM_SHIM']}"
        return ["unshare", "-m", "sh", "-c", mount, "-", "env", shim, f"{place}/pluto", "--nofork", *paths]

    def within(self, program: str, *argv: str) -> str:
        path = str(self.programs / program)
        return self.lab.within(self.lab.theirs, path, *argv, check=False)

    def whack(self, *argv: str) -> str:
        return self.within("whack", "--ctlsocket", f"{self.room}/run/pluto.ctl", *argv)

    def does(self, what: str) -> None:
        self.whack("--name", "peer", *{
            "initiate": ["--initiate", "--asynchronous"],
            "rekey-child": ["--rekey-ipsec"],
            "rekey-ike": ["--rekey-ike"],
            "delete-child": ["--delete-ipsec"],
            "delete-ike": ["--terminate"],
        }[what])

    def says(self, text: str, seconds: float) -> bool:
        """Whether its log holds `text` in time."""
        end = time.monotonic() + seconds
        while text not in self.log() and time.monotonic() < end:
            time.sleep(0.02)
        return text in self.log()

    def log(self) -> str:
        path = self.room / "log"
        return path.read_text(errors="replace") if path.exists() else ""
