"""Diagnoses and comparisons."""

import json
import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

import ipsec_core
from conftest import REPOSITORY


def test_a_diagnosis(psk_mismatch: Path) -> None:
    report = ipsec_core.diagnose(psk_mismatch)
    assert (report.verdict.state, report.verdict.cause) == ("failed", "psk-mismatch")
    assert str(report.verdict) == "failed: psk-mismatch" and report.has_errors
    finding = report.findings[0]
    assert (finding.code, finding.severity, finding.confidence) == ("psk-mismatch", "error", "likely")
    assert finding.who == "credentials" and finding.fixes[0].text and not finding.fixes[0].weakens_security
    sighting = finding.evidence[0]
    assert sighting.input == 0 and sighting.packet and sighting.field == "isakmp.encrypted"
    packet = list(ipsec_core.open(psk_mismatch))[sighting.packet - 1]
    assert packet[sighting.field].span[0] == sighting.offset
    assert report.unknowns[0].decided_by
    assert report.inputs[0].kind == "capture" and report.inputs[0].packets == 12
    assert "psk-mismatch" in repr(report) and "psk-mismatch" in repr(finding)
    for one in (sighting, finding.fixes[0], report.unknowns[0], report.inputs[0], report.verdict):
        assert repr(one).startswith(f"<{type(one).__name__} ")


def test_every_form_is_what_the_command_writes(psk_mismatch: Path) -> None:
    report = ipsec_core.diagnose(str(psk_mismatch))
    written = {
        "json": report.to_json(),
        "sarif": report.to_sarif(),
        "markdown": report.to_markdown(),
        "html": report.to_html(),
        "text": report.to_text(),
    }
    for form, text in written.items():
        command = [sys.executable, "-m", "ipsec_core", "why", "--format", form, str(psk_mismatch)]
        done = subprocess.run(command, text=True, capture_output=True, check=False)
        assert done.returncode == 1 and done.stdout == text, form
    loaded = json.loads(report.to_json())
    assert [one["code"] for one in loaded["findings"]] == [one.code for one in report.findings]
    assert str(report) == report.to_text() and len(report.to_text(verbose=True)) >= len(str(report))


def test_pictures(tunnel: Path) -> None:
    report = ipsec_core.diagnose(tunnel)
    for picture in (report._repr_svg_(), report.ladder(), report.timeline()):
        assert ET.fromstring(picture).tag == "{http://www.w3.org/2000/svg}svg"
    element = ET.fromstring(report._repr_html_())
    assert element.tag == "div" and element.get("class") == "ipsec-core"


def test_keys_change_the_answer(psk_mismatch: Path) -> None:
    keys = psk_mismatch.with_name("psk-mismatch.keys.json")
    plain, opened = ipsec_core.diagnose(psk_mismatch), ipsec_core.diagnose(psk_mismatch, keys=keys)
    assert opened.to_json() != plain.to_json()
    mixed = ipsec_core.diagnose(psk_mismatch, keys)
    assert [one.kind for one in mixed.inputs] == ["capture", "keys"]


def test_names_of_files(psk_mismatch: Path) -> None:
    content = psk_mismatch.read_bytes()
    report = ipsec_core.diagnose(("left.pcap", content), content)
    assert [one.name for one in report.inputs] == ["left.pcap", "input 2"]


def test_nothing_that_is_known(tmp_path: Path) -> None:
    with pytest.raises(ipsec_core.UnreadableError, match="no file was given"):
        ipsec_core.diagnose()
    with pytest.raises(ipsec_core.UnreadableError, match="hello.txt: neither a capture"):
        ipsec_core.diagnose(("hello.txt", b"hello\n"))
    report = ipsec_core.diagnose(
        ("gw.log", b"10:41:06 15[IKE] <tun|1> giving up after 5 retransmits\n"), ("x", b"hello\n")
    )
    assert report.inputs[1].broken is not None and report.inputs[0].lines == 1


LEFT = b"""connections {
 tun {
  local_addrs = 192.0.2.1
  remote_addrs = 192.0.2.2
  proposals = aes128-sha256-modp2048
  local { auth = psk }
  remote { auth = psk }
  children { net { local_ts = 10.1.0.0/16
 remote_ts = 10.2.0.0/16 } }
 }
}
"""


def test_a_comparison() -> None:
    right = LEFT.replace(b"192.0.2.1", b"X").replace(b"192.0.2.2", b"192.0.2.1").replace(b"X", b"192.0.2.2")
    right = right.replace(b"10.1.0.0", b"Y").replace(b"10.2.0.0", b"10.1.0.0").replace(b"Y", b"10.2.0.0")
    same = ipsec_core.compare(("left.conf", LEFT), ("right.conf", right))
    assert same.fits and "fit" in repr(same)
    other = right.replace(b"aes128", b"aes256")
    different = ipsec_core.compare(("left.conf", LEFT), ("right.conf", other))
    assert not different.fits
    worst = different.facts[0]
    assert worst.effect == "fails" and worst.places[0].file in ("left.conf", "right.conf")
    assert worst.places[0].line and worst.repairs[0].text
    assert json.loads(different.to_json())["fits"] is False
    assert str(different) == different.to_text()
    for one in (worst, worst.places[0], worst.repairs[0]):
        assert repr(one).startswith(f"<{type(one).__name__} ")


def test_a_comparison_of_nothing() -> None:
    with pytest.raises(ipsec_core.UnreadableError):
        ipsec_core.compare(b"hello\n")
    with pytest.raises(ValueError, match="profile: expected ietf"):
        ipsec_core.compare(b"", profile="mine")
    for profile in ("ietf", "rfc8247", "rfc8221", "cnsa", "legacy-ok"):
        assert ipsec_core.compare(LEFT, LEFT, profile=profile).facts


def test_the_command(psk_mismatch: Path) -> None:
    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "ipsec_core", *arguments]
        return subprocess.run(command, text=True, capture_output=True, check=False, cwd=REPOSITORY)

    assert run("--version").stdout.strip() == f"ipsec {ipsec_core.__version__}"
    assert run("why", str(psk_mismatch)).returncode == 1
    wrong = run("wy")
    assert wrong.returncode == 2 and "unrecognized subcommand" in wrong.stderr
    assert run("why", "missing.pcap").returncode == 3
