"""Our IKEv2 endpoint against those of others, in network namespaces.

    interop [--programs FOLDER] [--quick] [NAME …]

Runs the cases whose names hold one of the words and prints a Markdown table.
Needs root and the peer's packages. Status 77: they are not there.
"""

import argparse
import json
import os
import shutil
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pki
from cases import INITIATOR, QUICK, SEEN, Case, all_cases
from lab import OUR_HOST, OUR_NET, OURS, THEIR_HOST, THEIR_NET, THEIRS, Lab, Program, run
from libreswan import Libreswan
from openiked import OpenIked
from strongswan import StrongSwan

DAEMONS = {"strongSwan": StrongSwan, "libreswan": Libreswan, "OpenIKED": OpenIked}
PSK = "mice eat cheese"
USER = ("carol", "Ar3etTnp")
SKIPPED = 77


class Failed(Exception):
    """What was not seen."""


def must(seen: bool, what: str) -> None:
    if not seen:
        raise Failed(what)


class Trial:
    """One case in its lab."""

    def __init__(self, case: Case, lab: Lab, programs: Path):
        self.case, self.lab, self.programs = case, lab, programs
        self.peer = DAEMONS[case.daemon](lab, PSK)

    def run(self) -> None:
        if self.case.nat:
            self.lab.translate()
        self.capture = self.lab.capture()
        if self.case.certificates:
            pki.make(self.lab.room / "pki", self.case.certificates)
            self.peer.trusts(self.lab.room / "pki", USER if self.case.eap else None)
        self.peer.start(self.case.connection, self.case.child, self.case.charon)
        if self.case.half_open:
            self.leave_half_open()
        if self.case.role == INITIATOR:
            self.ours = self.initiate()
        else:
            self.ours = self.start("ike_responder", [])
            time.sleep(0.3)
            self.peer.does("initiate")
        if self.case.up:
            self.live()
        else:
            self.fail()
        self.expected()
        for text in self.case.peer_says:
            must(self.peer.says(text, 2), f"the peer does not say: {text}")

    def initiate(self) -> Program:
        pings = ["--ping", f"{OUR_HOST},{THEIR_HOST}"] if self.peer.passes_data else []
        return self.start("ike_initiator", ["--remote", THEIRS, *pings])

    def leave_half_open(self) -> None:
        self.lab.blocks(4500)
        gone = self.initiate()
        must(self.peer.says("sending packet", 5), "the peer does not answer")
        gone.end()
        self.lab.opens()

    def start(self, program: str, more: list[str]) -> Program:
        options = {
            "--local": OURS,
            "--id": "client.example",
            "--peer-id": "peer.example",
            "--psk": PSK,
            "--local-net": OUR_NET,
            "--remote-net": THEIR_NET,
            "--seconds": "25",
            "--keys": str(self.lab.room / "keys.json"),
            "--do": self.case.we or "4:close",
        }
        if self.case.certificates:
            options |= self.identity(self.lab.room / "pki")
        given = iter([*more, *self.case.ours])
        options.update(zip(given, given))
        argv = [part for option in options.items() for part in option]
        return self.lab.start(self.lab.ours, [str(self.programs / program), *argv], "ours.log")

    def identity(self, folder: Path) -> dict[str, str]:
        if self.case.eap:
            return {"--ca": f"{folder}/ca.pem", "--eap": ":".join(USER)}
        files = {"--ca": "ca.pem", "--cert": "client.example.pem", "--key": "client.example.key"}
        return {option: f"{folder}/{file}" for option, file in files.items()}

    def live(self) -> None:
        must(self.ours.says("child up", 10), "no child comes up")
        self.data()
        for what in self.case.peer:
            self.peer.does(what)
            if what in SEEN:
                text, times = SEEN[what]
                must(self.ours.says(text, 5, times), "nothing is rekeyed")
                self.data()
        self.expected()
        must(self.ours.says("closed: ", 15), "our program is not told of the end")
        must(self.ours.wait(5) is not None, "our program does not end")

    def expected(self) -> None:
        for text, times in self.case.expect:
            must(self.ours.says(text, 4, times), f"we do not say {times} times: {text}")

    def data(self) -> None:
        if not self.peer.passes_data:
            return
        if self.case.role == INITIATOR:
            before = self.ours.output().count("ping answered")
            again = f"ping answered {before + 1}"
            must(self.ours.says(again, 5), "no ping is answered")
        else:
            must(self.peer.ping(OUR_HOST), "the peer's pings are lost")

    def fail(self) -> None:
        if self.case.role == INITIATOR:
            told = self.ours.says("closed: ", 3) or "failed: " in self.ours.output()
            must(told or "NO_PROPOSAL_CHOSEN" in self.ours.output(), "nothing says why")
        else:
            time.sleep(1)
        must("child up" not in self.ours.output(), "a child comes up")

    def explained(self) -> str:
        """What `ipsec why` makes of the packets and the keys."""
        ipsec, keys = self.programs / "ipsec", self.lab.room / "keys.json"
        if not ipsec.exists() or not keys.exists():
            return ""
        argv = [str(ipsec), "why", "--format", "json", str(self.capture), "--keys", str(keys)]
        verdict = json.loads(run(*argv, check=False))["verdict"]
        return " ".join(str(verdict[key]) for key in ("state", "cause") if verdict.get(key))


def attempt(case: Case, number: int, rooms: Path, programs: Path) -> tuple[Case, str, str]:
    room = rooms / f"{number:03}"
    try:
        with Lab(f"i{os.getpid() % 10000}x{number}", room) as lab:
            trial = Trial(case, lab, programs)
            try:
                trial.run()
                return case, "", trial.explained()
            except Failed as what:
                return case, f"{what} ({last_words(room)})", ""
    except (RuntimeError, OSError) as error:
        return case, str(error).splitlines()[0], ""


def last_words(room: Path) -> str:
    path = room / "ours.log"
    lines = path.read_text(errors="replace").strip().splitlines() if path.exists() else []
    return lines[-1] if lines else "our program is silent"


def table(results: list[tuple[Case, str, str]]) -> str:
    rows = ["| peer | case | we are | result | `ipsec why` says |", "|---|---|---|---|---|"]
    for case, failure, why in results:
        result = f"**fails**: {failure}" if failure else "works"
        cells = [DAEMONS[case.daemon].name, case.name, case.role, result.replace("|", "/"), why.replace("|", "/")]
        rows.append("| " + " | ".join(cells) + " |")
    good = sum(not failure for _, failure, _ in results)
    return "\n".join([*rows, "", f"{good} of {len(results)} work."])


def missing(ours: Path) -> str:
    if os.geteuid() != 0:
        return "root"
    programs = (
        *(str(ours / name) for name in ("ike_initiator", "ike_responder")),
        "/usr/sbin/charon-systemd", "/usr/sbin/swanctl", "ip", "tcpdump", "nft", "ping",
    )
    return ", ".join(program for program in programs if not shutil.which(program))


def main() -> int:
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--programs", type=Path, default=Path("target/debug"))
    arguments.add_argument("--quick", action="store_true")
    arguments.add_argument("--keep", type=Path, help="where logs and captures stay")
    arguments.add_argument("words", nargs="*", help="parts of the daemon's or the case's name")
    given = arguments.parse_args()
    if lacks := missing(given.programs):
        print(f"interop: needs {lacks}", file=sys.stderr)
        return SKIPPED
    cases = all_cases()
    for name in ("libreswan", "OpenIKED"):
        if lacks := DAEMONS[name].missing():
            print(f"interop: {name} is left out: it needs {lacks}", file=sys.stderr)
            cases = [case for case in cases if case.daemon != name]
    if given.quick:
        cases = [case for case in cases if case.name in QUICK and case.daemon == "strongSwan"]
    if given.words:
        cases = [case for case in cases if any(word in f"{case.daemon} {case.name}" for word in given.words)]
    rooms = given.keep or Path(tempfile.mkdtemp(prefix="interop-"))
    with ThreadPoolExecutor(4) as pool:
        numbers = range(len(cases))
        results = list(pool.map(lambda n: attempt(cases[n], n, rooms, given.programs.absolute()), numbers))
    print(table(results))
    if not given.keep:
        shutil.rmtree(rooms)
    return int(any(failure for _, failure, _ in results))


sys.exit(main())
