"""Three network namespaces in a row: ours, a router, the peer's.

    ours 192.0.2.10 -- router -- 198.51.100.20 peer
         10.1.0.1                    10.2.0.1

Names carry a tag, so that several labs stand beside each other. Everything that
was started is ended by its process number.
"""

import os
import shutil
import signal
import subprocess
import time
from pathlib import Path

OURS, THEIRS = "192.0.2.10", "198.51.100.20"
OUR_HOST, THEIR_HOST = "10.1.0.1", "10.2.0.1"
OUR_NET, THEIR_NET = "10.1.0.0/24", "10.2.0.0/24"

# One address for everybody who leaves towards the peer, and other ports.
NAT = """table ip nat {
    chain out {
        type nat hook postrouting priority 100
        oifname "theirs" masquerade random
    }
}
"""

WALL = """table ip wall {{
    chain forward {{
        type filter hook forward priority 0
        udp dport {port} drop
    }}
}}
"""


def run(*argv: str, timeout: float = 30, check: bool = True, text: str | None = None) -> str:
    """Runs a program to its end and gives what it printed."""
    done = subprocess.run(
        argv, input=text, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=timeout
    )
    if check and done.returncode:
        raise RuntimeError(f"{' '.join(argv)}: {done.stdout.strip()}")
    return done.stdout


class Program:
    """A program that runs beside the test, and what it prints."""

    def __init__(self, argv: list[str], log: Path, env: dict[str, str] | None = None):
        self.log = log
        with log.open("w") as out:
            self.process = subprocess.Popen(
                argv, stdout=out, stderr=subprocess.STDOUT, env={**os.environ, **(env or {})}
            )

    def output(self) -> str:
        return self.log.read_text(errors="replace")

    def wait(self, seconds: float) -> int | None:
        """Its status; None when it still runs after so many seconds."""
        try:
            return self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            return None

    def says(self, text: str, seconds: float, times: int = 1) -> bool:
        """Whether it prints `text` so often in time."""
        end = time.monotonic() + seconds
        while self.output().count(text) < times:
            if time.monotonic() > end or self.process.poll() is not None:
                return self.output().count(text) >= times
            time.sleep(0.02)
        return True

    def end(self) -> None:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            if self.wait(5) is None:
                self.process.kill()
                self.process.wait()


class Lab:
    """The namespaces, and the programs in them."""

    def __init__(self, tag: str, room: Path):
        self.ours, self.router, self.theirs = f"{tag}o", f"{tag}r", f"{tag}t"
        self.room = room
        self.programs: list[Program] = []
        shutil.rmtree(room, ignore_errors=True)
        room.mkdir(parents=True)

    def __enter__(self) -> "Lab":
        self.remove()
        for name in (self.ours, self.router, self.theirs):
            run("ip", "netns", "add", name)
            run("ip", "-n", name, "link", "set", "lo", "up")
        self.wire(self.ours, "ours", OURS, "192.0.2.1", OUR_HOST)
        self.wire(self.theirs, "theirs", THEIRS, "198.51.100.1", THEIR_HOST)
        self.within(self.router, "sysctl", "-qw", "net.ipv4.ip_forward=1")
        return self

    def wire(self, name: str, link: str, address: str, gateway: str, host: str) -> None:
        run("ip", "link", "add", "eth0", "netns", name, "type", "veth",
            "peer", "name", link, "netns", self.router)
        for where, device, at in ((name, "eth0", address), (self.router, link, gateway)):
            run("ip", "-n", where, "addr", "add", f"{at}/24", "dev", device)
            run("ip", "-n", where, "link", "set", device, "up")
        run("ip", "-n", name, "addr", "add", f"{host}/32", "dev", "lo")
        run("ip", "-n", name, "route", "add", "default", "via", gateway)

    def __exit__(self, *_: object) -> None:
        for program in reversed(self.programs):
            program.end()
        self.remove()

    def remove(self) -> None:
        for name in (self.ours, self.router, self.theirs):
            run("ip", "netns", "del", name, check=False)

    def within(self, name: str, *argv: str, **options) -> str:
        return run("ip", "netns", "exec", name, *argv, **options)

    def start(self, name: str, argv: list[str], log: str, env: dict[str, str] | None = None) -> Program:
        program = Program(["ip", "netns", "exec", name, *argv], self.room / log, env)
        self.programs.append(program)
        return program

    def translate(self) -> None:
        """Puts a NAT between the two."""
        self.within(self.router, "nft", "-f", "-", text=NAT)

    def blocks(self, port: int) -> None:
        """Lets nothing through to this UDP port, until `opens`."""
        rules = WALL.format(port=port)
        self.within(self.router, "nft", "-f", "-", text=rules)

    def opens(self) -> None:
        self.within(self.router, "nft", "delete", "table", "ip", "wall")

    def capture(self) -> Path:
        """Records what passes on our side of the router."""
        path = self.room / "wire.pcap"
        argv = ["tcpdump", "-i", "ours", "-s0", "-U", "--immediate-mode", "-w", str(path), "ip"]
        self.start(self.router, argv, "tcpdump.log").says("listening", 5)
        return path
