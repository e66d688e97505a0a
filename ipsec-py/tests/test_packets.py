"""Packets, their fields, and everything that shows them."""

import copy
import json
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

import ipsec_core
from ipsec_core import Packet


def first(capture: Path) -> Packet:
    return next(ipsec_core.open(capture))


def test_fields_are_reached_by_name_and_by_path(no_proposal: Path) -> None:
    packet = first(no_proposal)
    transforms = packet.ike.payloads[0].proposals[0].transforms
    assert [one.name for one in transforms] == ["encr", "integ", "prf", "ke"]
    encr = packet["ike.sa.proposal[0].encr"]
    assert encr.path == transforms[0].path == "ike.sa.proposal.encr"
    assert (encr.value, encr.symbol, int(encr), str(encr)) == (3, "ENCR_3DES", 3, "ENCR_3DES (3)")
    assert packet.ike.sa.proposal.encr.value == packet.ike["sa.proposal.encr"].value
    assert [one.symbol for one in packet.find("ike.notify")][0] == "NAT_DETECTION_SOURCE_IP"
    assert packet.ike.find("notify")[1].path == "ike.notify[1]"
    assert "RFC 7296" in encr.about and encr.title == "Encryption algorithm"


def test_what_is_not_there_says_so(no_proposal: Path) -> None:
    packet = first(no_proposal)
    assert "esp" not in packet and packet.get("esp") is None and packet.find("esp") == []
    assert "sa" in packet.ike and "hash" not in packet.ike
    with pytest.raises(KeyError, match="packet 1 has no field esp"):
        packet["esp"]
    with pytest.raises(AttributeError, match="packet 1 has no field esp"):
        packet.esp  # noqa: B018
    with pytest.raises(AttributeError, match="ike has no field nothing"):
        packet.ike.nothing  # noqa: B018
    with pytest.raises(TypeError, match="ike.sa is no number"):
        int(packet.ike.sa)
    assert packet.ip.payloads == packet.ip.proposals == packet.ip.transforms == []
    assert packet.ip.attributes == packet.ip.selectors == []


def test_bytes_of_fields_are_where_they_say(no_proposal: Path) -> None:
    packet = first(no_proposal)
    whole = bytes(packet)
    assert len(whole) == packet.length == packet.original_length
    for field in packet.tree():
        assert bytes(field) == whole[slice(*field.span)]
        assert (field.origin, field.source) == ("frame", 0)
    assert packet.sources == [("frame", whole)]
    assert int.from_bytes(bytes(packet.ike.spi_i)) == packet.ike.spi_i.value


def test_iteration_and_completion(no_proposal: Path) -> None:
    packet = first(no_proposal)
    assert [one.name for one in packet] == ["eth", "ip", "udp", "ike"]
    assert [one.name for one in packet.udp] == ["src_port", "dst_port", "length", "checksum"]
    assert {"ike", "to_dict"} <= set(dir(packet)) and "sa" in dir(packet.ike)
    assert packet.children[3].children[0].packet is packet


def test_times(no_proposal: Path) -> None:
    packet = first(no_proposal)
    assert packet.time == datetime(2026, 11, 21, 10, 45, 11, 232694, tzinfo=UTC)
    assert packet.time_ns == 1795257911232694000


def test_a_time_that_python_does_not_know() -> None:
    late = ipsec_core.Decoder().decode(b"", time_ns=2**64 - 1)
    assert late.time.year == 2554
    assert late.time_ns == (2**64 - 1) // 1000 * 1000


def test_plain_values(no_proposal: Path) -> None:
    packet = first(no_proposal)
    plain = packet.to_dict()
    assert plain["number"] == 1 and plain["length"] == packet.length
    assert plain["ip"]["src"] == packet.ip.src.value == "192.0.2.10"
    assert plain["ike"]["sa"]["proposal"]["encr"]["id"] == 3
    assert plain["ike"]["flags"] == {"value": 8, "initiator": 1, "version": 0, "response": 0}
    assert len(plain["ike"]["notify"]) == len(packet.ike.find("notify"))
    assert packet.ike.to_dict() == plain["ike"]


def test_the_command_and_the_module_say_the_same(no_proposal: Path) -> None:
    def decoded(form: str) -> str:
        command = [sys.executable, "-m", "ipsec_core", "decode", "--count", "1", "--format", form]
        return subprocess.run([*command, str(no_proposal)], check=True, text=True, capture_output=True).stdout

    packet = first(no_proposal)
    assert json.loads(packet.to_json()) == json.loads(decoded("json"))
    assert str(packet).strip() == decoded("tree").strip()
    assert len(packet.to_text(about=True)) > len(packet.to_text())


def test_what_shows_a_packet(no_proposal: Path) -> None:
    packet = first(no_proposal)
    assert repr(packet) == "<Packet 1: eth/ip/udp/ike, 374 bytes>"
    assert repr(packet.ike.sa.proposal.encr) == (
        "<Field ike.sa.proposal.encr = ENCR_3DES (3), bytes 82..90>"
    )
    assert repr(packet["ike.flags.response"]) == "<Field ike.flags.response = 0>"
    assert str(packet.ike.sa) == "Security Association"
    assert "<summary>" in packet._repr_html_() and "ENCR_3DES (3)" in packet.ike._repr_html_()


def test_classes_are_frozen(no_proposal: Path) -> None:
    packet = first(no_proposal)
    for frozen in (packet, packet.ike, ipsec_core.diagnose(no_proposal)):
        with pytest.raises(AttributeError):
            setattr(frozen, "number", 2)
    with pytest.raises(TypeError):
        copy.copy(packet)


def test_decryption(tunnel: Path, tunnel_keys: Path) -> None:
    packets = list(ipsec_core.open(tunnel, keys=tunnel_keys))
    auth, esp = packets[2], packets[4]
    assert auth.unsealed.symbol == "verified"
    assert {"id_i", "auth", "ts_i"} <= {one.name for one in auth.ike.payloads}
    selector = next(one for one in auth.ike.payloads if one.name == "ts_i").selectors[0]
    assert selector.origin == "decrypted" and selector.source == 1
    origin, plaintext = auth.sources[1]
    assert origin == "decrypted" and plaintext == auth.plaintext()
    assert bytes(selector) == plaintext[slice(*selector.span)]
    assert esp["ip[1].src"].value == "10.1.0.1" and "icmp" in esp
    assert esp.plaintext()[0] == 0x45


def test_what_stays_closed(tunnel: Path, tunnel_keys: Path) -> None:
    packets = list(ipsec_core.open(tunnel))
    with pytest.raises(ipsec_core.CryptoError, match="nothing in this packet is encrypted"):
        packets[0].plaintext()
    with pytest.raises(ipsec_core.NoKeyError):
        packets[4].plaintext()
    changed = bytearray(tunnel.read_bytes())
    at = changed.rindex(bytes(packets[7])[-40:])
    changed[at + 39] ^= 1
    opened = list(ipsec_core.open(changed, keys=tunnel_keys))
    with pytest.raises(ipsec_core.IntegrityError):
        opened[7].plaintext()
    assert opened[8].plaintext()


def test_a_malformed_message_says_where(no_proposal: Path) -> None:
    packet = first(no_proposal)
    assert packet.fault is None
    spoilt = bytearray(bytes(packet))
    spoilt[70 + 2 : 70 + 4] = b"\xff\xff"
    broken = ipsec_core.Decoder().decode(spoilt)
    fault = broken.fault
    assert isinstance(fault, ipsec_core.DecodeError)
    assert fault.field and str(fault.offset) in str(fault)
    malformed = next(one for one in broken.tree() if one.name == "malformed")
    assert malformed.fault is not None and malformed.value is None
    assert fault.offset == malformed.fault.offset == malformed.span[0]
    assert broken.ike.fault is None


def test_frames_from_no_file(no_proposal: Path) -> None:
    packet = first(no_proposal)
    decoder = ipsec_core.Decoder()
    again = decoder.decode(bytes(packet), time_ns=packet.time_ns)
    assert again.to_json() == packet.to_json()
    raw = decoder.decode(memoryview(bytes(packet))[14:], link=101)
    assert raw.number == 2 and raw.ike.to_dict()["sa"] == packet.ike.to_dict()["sa"]
