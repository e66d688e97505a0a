"""strongSwan's charon, with its userland ESP: user data passes."""

import shutil
import time
from pathlib import Path

from lab import OUR_NET, OURS, THEIR_HOST, THEIR_NET, Lab

PLUGINS = (
    "random nonce openssl pem pkcs1 pkcs8 x509 pubkey constraints revocation aes sha1 sha2 md5 hmac kdf "
    "gmp curve25519 chapoly ctr ccm gcm xcbc cmac drbg mgf1 vici kernel-libipsec kernel-netlink "
    "socket-default updown attr eap-identity eap-mschapv2 eap-md5"
)


def section(settings: dict, depth: int = 0) -> str:
    """A dictionary as strongSwan's configuration has it."""
    margin = "  " * depth
    lines = []
    for name, value in settings.items():
        if isinstance(value, dict):
            lines.append(f"{margin}{name} {{\n{section(value, depth + 1)}{margin}}}\n")
        else:
            lines.append(f"{margin}{name} = {value}\n")
    return "".join(lines)


class StrongSwan:
    name = "strongSwan 5.9.8"
    passes_data = True

    def __init__(self, lab: Lab, psk: str):
        self.lab = lab
        self.room = lab.room / "charon"
        self.vici = f"unix://{self.room}/vici"
        self.proof: dict = {}
        self.secrets: dict = {"ike-1": {"secret": f'"{psk}"'}}

    def trusts(self, pki: Path, user: tuple[str, str] | None) -> None:
        """Takes certificates from a folder; `user` comes with a password instead."""
        for folder, file in (("x509", "peer.example.pem"), ("x509ca", "ca.pem"), ("private", "peer.example.key")):
            place = self.room / "swanctl" / folder
            place.mkdir(parents=True)
            shutil.copy(pki / file, place)
        local = {"auth": "pubkey", "id": "peer.example", "certs": "peer.example.pem"}
        remote = {"auth": "pubkey", "id": "client.example", "cacerts": "ca.pem"}
        if user:
            name, password = user
            remote = {"auth": "eap-mschapv2", "id": "client.example", "eap_id": "%any"}
            self.secrets = {"eap-1": {"id": name, "secret": f'"{password}"'}}
        self.proof = {"local": local, "remote": remote, "send_cert": "always"}

    def start(self, connection: dict, child: dict, charon: dict) -> None:
        (self.room / "swanctl").mkdir(parents=True, exist_ok=True)
        (self.room / "strongswan.conf").write_text(section({"charon": self.daemon(charon)}))
        swanctl = section(self.settings(connection, child))
        (self.room / "swanctl" / "swanctl.conf").write_text(swanctl)
        self.env = {
            "STRONGSWAN_CONF": f"{self.room}/strongswan.conf",
            "SWANCTL_DIR": f"{self.room}/swanctl",
        }
        self.program = self.lab.start(
            self.lab.theirs, ["/usr/sbin/charon-systemd"], "charon.out", self.env
        )
        end = time.monotonic() + 10
        while not (self.room / "vici").exists():
            if time.monotonic() > end or self.program.process.poll() is not None:
                raise RuntimeError(f"charon does not start: {self.program.output()}")
            time.sleep(0.02)
        self.swanctl("--load-all", "--noprompt")

    def daemon(self, more: dict) -> dict:
        log = {"path": f"{self.room}/log", "default": 1, "ike": 2, "cfg": 2, "flush_line": "yes"}
        return {
            "load": PLUGINS,
            "retransmit_tries": 3,
            "retransmit_timeout": 1.0,
            "plugins": {
                "vici": {"socket": self.vici},
                "kernel-libipsec": {"allow_peer_ts": "yes"},
            },
            "filelog": {"all": log},
            **more,
        }

    def settings(self, connection: dict, child: dict) -> dict:
        net = {"local_ts": THEIR_NET, "remote_ts": OUR_NET, **child}
        peer = {
            "version": 2,
            "local_addrs": "%any",
            "remote_addrs": f"{OURS}, %any",
            "local": {"auth": "psk", "id": "peer.example"},
            "remote": {"auth": "psk", "id": "client.example"},
            "rand_time": "0s",
            **self.proof,
            **connection,
            "children": {"net": net},
        }
        return {"connections": {"peer": peer}, "secrets": self.secrets}

    def swanctl(self, *argv: str) -> str:
        env = [f"{name}={value}" for name, value in self.env.items()]
        command = ["env", *env, "/usr/sbin/swanctl", *argv, "--uri", self.vici]
        return self.lab.within(self.lab.theirs, *command, check=False)

    def does(self, what: str) -> None:
        """One of: initiate, rekey-child, rekey-ike, delete-child, delete-ike, liveness."""
        self.swanctl(*{
            "initiate": ["--initiate", "--child", "net", "--timeout", "10"],
            "rekey-child": ["--rekey", "--child", "net"],
            "rekey-ike": ["--rekey", "--ike", "peer"],
            "reauthenticate": ["--rekey", "--ike", "peer", "--reauth"],
            "delete-child": ["--terminate", "--child", "net", "--timeout", "5"],
            "delete-ike": ["--terminate", "--ike", "peer", "--timeout", "5"],
        }[what])

    def ping(self, host: str) -> bool:
        argv = ["ping", "-c", "3", "-i", "0.3", "-W", "2", "-I", THEIR_HOST, host]
        return " 0% packet loss" in self.lab.within(self.lab.theirs, *argv, check=False)

    def says(self, text: str, seconds: float) -> bool:
        """Whether its log holds `text` in time."""
        end = time.monotonic() + seconds
        while text not in self.log() and time.monotonic() < end:
            time.sleep(0.02)
        return text in self.log()

    def log(self) -> str:
        path = self.room / "log"
        return path.read_text(errors="replace") if path.exists() else ""
