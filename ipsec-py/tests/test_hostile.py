"""Bad input: exceptions and warnings, never the end of the process; and what a
peer says stays text wherever it is shown."""

import random
import warnings
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from pathlib import Path

import pytest

import ipsec_core
from conftest import CAPTURES, SHARED

MARKUP = '</span></strong><script>alert(1)</script><img src=x onerror=alert(1)>"\' \u202e\u2066\x1b[2J'
"""What would run, repaint or turn around what is shown."""

FOLDS = {"div", "style", "p", "details", "summary", "span", "strong", "mark"}
ELEMENTS = FOLDS | {"section", "h2", "h3", "code", "ul", "ol", "li", "pre"}
ATTRIBUTES = {"class", "title", "open"}

SWEEP_SECONDS = 25
LARGEST = 2_000_000


def corpus() -> Iterator[Path]:
    """Captures and texts of all kinds, broken ones among them."""
    yield from sorted(CAPTURES.iterdir())
    for folder in (SHARED / "captures", SHARED / "corpora"):
        if folder.is_dir():
            yield from sorted(path for path in folder.rglob("*") if path.is_file())


def mutated(content: bytes, chance: random.Random) -> bytes:
    """Some bytes changed, some doubled, some cut."""
    changed = bytearray(content)
    for _ in range(chance.randint(1, 8)):
        at = chance.randrange(len(changed)) if changed else 0
        match chance.randrange(4):
            case 0:
                changed[at : at + 1] = bytes([chance.randrange(256)])
            case 1:
                changed[at:at] = changed[at : at + chance.randrange(64)]
            case 2:
                changed[at : at + 4] = chance.choice([b"\xff\xff\xff\xff", b"\0\0\0\0", b"\x7f\xff\xff\xff"])
            case _:
                del changed[at : at + chance.randrange(32)]
    return bytes(changed)


def use(content: bytes) -> None:
    """All that the package can do with a file; it may refuse."""
    keys = CAPTURES / "tunnel.keys.json"
    try:
        for number, packet in zip(range(40), ipsec_core.open(content, keys=keys), strict=False):
            if number % 8 == 0:
                shown = packet._repr_html_(), packet.to_json(), repr(packet), str(packet)
                assert all(shown) and packet.to_dict()
                assert packet.time and packet.fault is None or packet.fault
                assert [repr(field) for field in packet.tree()[:50]] is not None
    except ipsec_core.IpsecError:
        pass
    try:
        report = ipsec_core.diagnose(content)
        assert report.to_json() and report._repr_html_() and repr(report.findings)
    except ipsec_core.UnreadableError:
        pass
    try:
        assert repr(ipsec_core.compare(content, content))
    except ipsec_core.UnreadableError:
        pass
    assert repr(ipsec_core.KeyLog(content).entries)


def test_bad_files_raise_and_never_abort() -> None:
    import time

    chance = random.Random(20261121)
    files = [path for path in corpus() if path.stat().st_size < LARGEST]
    chance.shuffle(files)
    end = time.monotonic() + SWEEP_SECONDS
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ipsec_core.IpsecWarning)
        for number, path in enumerate(files):
            content = path.read_bytes()
            use(content)
            use(mutated(content, chance))
            if time.monotonic() > end:
                assert number > 5
                break


def test_every_capture_cut_at_every_length(no_proposal: Path) -> None:
    content = no_proposal.read_bytes()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ipsec_core.IpsecWarning)
        for length in range(len(content)):
            try:
                assert len(list(ipsec_core.open(content[:length]))) <= 2
            except ipsec_core.DecodeError as error:
                assert error.offset <= length


def ipv4_udp(payload: bytes) -> bytes:
    """An IKE datagram around `payload`."""
    udp = (500).to_bytes(2) * 2 + (8 + len(payload)).to_bytes(2) + bytes(2)
    head = b"\x45\0" + (20 + len(udp) + len(payload)).to_bytes(2) + bytes(4) + b"\x40\x11\0\0"
    return head + bytes([192, 0, 2, 1, 192, 0, 2, 2]) + udp + payload


def identity(text: bytes) -> bytes:
    """An IKEv1 message of aggressive mode that holds a FQDN as identity."""
    payload = b"\0\0" + (8 + len(text)).to_bytes(2) + b"\x02\0\0\0" + text
    return b"12345678" + bytes(8) + b"\x05\x10\x04\0" + bytes(4) + (28 + len(payload)).to_bytes(4) + payload


def assert_harmless(html: str) -> None:
    """It is well-formed, of known elements, and no character misleads."""
    assert not set(html) & set("\u202e\u2066\x1b")
    for element in ET.fromstring(html).iter():
        assert element.tag in ELEMENTS, element.tag
        assert set(element.keys()) <= ATTRIBUTES, element.attrib


def test_what_a_peer_says_never_becomes_markup() -> None:
    hostile = MARKUP.encode()
    packet = ipsec_core.Decoder().decode(ipv4_udp(identity(hostile)), link=101)
    (name,) = (field for field in packet.tree() if field.value == MARKUP)
    assert name.value == MARKUP
    for shown in (packet, packet.isakmp, name):
        assert "script" in shown._repr_html_()
        assert_harmless(shown._repr_html_())
    for text in (str(name), repr(name), str(packet)):
        assert not set(text) & set("\u202e\u2066\x1b")


def test_names_of_files_never_become_markup(psk_mismatch: Path) -> None:
    report = ipsec_core.diagnose((MARKUP, psk_mismatch))
    assert_harmless(report._repr_html_())
    for text in (report._repr_svg_(), report.timeline()):
        assert not set(text) & set("\u202e\u2066\x1b")
        tags = {element.tag.split("}")[1] for element in ET.fromstring(text).iter()}
        assert not tags & {"script", "img", "foreignObject", "a"}
    assert "\u202e" not in report.to_html() and "<script" not in report.to_html()


def test_deep_and_long_paths(no_proposal: Path) -> None:
    packet = next(ipsec_core.open(no_proposal))
    for path in ("", ".", "ike.", "ike[", "ike[-1]", "ike[99999999999999999999]", "a." * 100_000, "\0"):
        assert packet.get(path) is None
        with pytest.raises(KeyError):
            packet[path]
