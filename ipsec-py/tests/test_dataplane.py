"""Two gateways in one process."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from scapy.layers.inet import ICMP, IP, TCP, UDP
from scapy.layers.ipsec import ESP
from scapy.packet import Raw

from ipsec_core import AhReceiver, AhSender, DataPlane, EspReceiver, EspSender, Limit, Policy, Spd

LEFT, RIGHT = ("192.0.2.1", "10.1.0.0/16"), ("198.51.100.1", "10.2.0.0/16")
KEY = bytes(range(20))
ANY = "0.0.0.0/0"


def policies(here: tuple[str, str], there: tuple[str, str]) -> Spd:
    return Spd(
        [
            Policy("lans", "protect", here[1], there[1]),
            Policy("no dns", "discard", ANY, ANY, protocol=17, remote_ports=(53, 53)),
            Policy("rest", "bypass", ANY, ANY, direction="out"),
        ]
    )


def gateway(here: tuple[str, str], there: tuple[str, str], mtu: int = 1500) -> DataPlane:
    plane = DataPlane(policies(here, there), children=10)
    ours, theirs = (1, 2) if here is LEFT else (2, 1)
    plane.install(
        EspSender(theirs, "aes128gcm16", KEY),
        EspReceiver(ours, "aes128gcm16", KEY),
        policy=0,
        local=here[1],
        remote=there[1],
        tunnel=(here[0], there[0]),
        mtu=mtu,
    )
    return plane


def lan(data: int = 100) -> bytes:
    return bytes(IP(src="10.1.0.1", dst="10.2.0.1", flags="DF") / TCP() / Raw(bytes(data)))


def test_from_lan_to_lan() -> None:
    left, right = gateway(LEFT, RIGHT), gateway(RIGHT, LEFT)
    sent = left.outbound(lan())
    assert sent.kind == "protected"
    assert sent.packet is not None
    outer = IP(sent.packet)
    assert (outer.src, outer.dst, outer[ESP].spi) == (LEFT[0], RIGHT[0], 2)
    came = right.inbound(sent.packet)
    assert (came.kind, came.packet, came.source) == ("opened", lan(), (came.source[0], 0) if came.source else None)
    assert str(came.source[0] if came.source else "") == LEFT[0]
    assert came.child in right.children
    again = right.inbound(sent.packet)
    assert (again.kind, again.packet) == ("dropped", None)
    assert repr(again) == f"<Inbound dropped: {again.reason}>"
    assert (left.counts.protected, right.counts.opened, right.counts.dropped) == (1, 1, 1)


def test_policies_decide() -> None:
    left = gateway(LEFT, RIGHT)
    dns = bytes(IP(src="10.1.0.1", dst="192.0.2.53") / UDP(sport=1024, dport=53))
    web = bytes(IP(src="10.1.0.1", dst="192.0.2.80") / TCP())
    assert [left.outbound(one).kind for one in (dns, web, b"none")] == ["answered", "bypassed", "dropped"]
    assert left.inbound(bytes(IP(src="10.2.0.1", dst="10.1.0.1") / TCP())).reason == "it came in the clear, and must not"
    decision = left.policies.explain("out", "10.1.0.1", "10.2.0.1", 17, (1024, 53))
    assert decision.winner is not None
    assert decision.winner.name == "lans"
    assert [policy.name for policy in decision.shadowed] == ["no dns", "rest"]
    assert left.policies.explain("in", "10.1.0.1", "192.0.2.80", 6).winner is None
    assert repr(decision.shadowed[1]) == "<Policy 'rest': bypass 0.0.0.0/0 === 0.0.0.0/0>".replace("'", '"')


def test_an_sa_is_asked_for() -> None:
    plane = DataPlane(policies(LEFT, RIGHT))
    asked = plane.outbound(lan())
    assert (asked.kind, asked.policy, asked.traffic) == ("acquire", 0, "10.1.0.0/16 === 10.2.0.0/16")


def test_too_long_is_told() -> None:
    told = gateway(LEFT, RIGHT, mtu=1000).outbound(lan(1000))
    assert told.kind == "answered"
    assert told.packet is not None
    reply = IP(told.packet)
    assert (reply.dst, reply[ICMP].type, reply[ICMP].code) == ("10.1.0.1", 3, 4)
    assert reply[ICMP].nexthopmtu == 946
    left = gateway(LEFT, RIGHT)
    sent = left.outbound(lan(1000)).packet
    assert sent is not None
    assert left.told_too_big(sent[:28], 1000) == left.children[0]
    assert left.told_too_big(sent[:28], 1400) is None
    assert left.outbound(lan(1000)).kind == "answered"


def test_batches_and_threads() -> None:
    left, right = gateway(LEFT, RIGHT), gateway(RIGHT, LEFT)
    with ThreadPoolExecutor(2) as pool:
        parts = list(pool.map(left.outbound_batch, [[lan()] * 20] * 4))
    sealed = [one.packet for part in parts for one in part if one.packet is not None]
    assert len({ESP(bytes(IP(packet).payload)).seq for packet in sealed}) == 80
    opened = right.inbound_batch(sealed)
    assert sum(one.kind == "opened" for one in opened) >= 64


def test_halves_are_taken_over() -> None:
    plane = DataPlane(policies(LEFT, RIGHT), children=1)
    ours, theirs = EspSender(1, "aes128gcm16", KEY), EspReceiver(2, "aes128gcm16", KEY)
    child = plane.install(ours, theirs, policy=0, local=LEFT[1], remote=RIGHT[1])
    with pytest.raises(ValueError, match="taken over"):
        ours.seal(b"")
    with pytest.raises(ValueError, match="1 SAs"):
        ah = AhSender(3, "sha256", bytes(32)), AhReceiver(4, "sha256", bytes(32))
        plane.install(*ah, policy=0, local=LEFT[1], remote=RIGHT[1])
    plane.remove(child)
    with pytest.raises(KeyError):
        plane.remove(child)
    assert plane.children == []


def test_sas_age() -> None:
    plane = DataPlane(policies(LEFT, RIGHT))
    limit = Limit(seconds=60)
    ours = EspSender(1, "aes128gcm16", KEY, limit=limit)
    theirs = EspReceiver(2, "aes128gcm16", KEY, limit=limit)
    child = plane.install(ours, theirs, policy=0, local=LEFT[1], remote=RIGHT[1])
    assert (plane.poll(now=59), plane.next_timeout) == (None, 60)
    assert plane.poll(now=60) == (child, "over")
    assert plane.poll(now=60) is None
    assert plane.outbound(lan(), now=60).kind == "acquire"


def test_what_is_no_policy() -> None:
    with pytest.raises(ValueError, match="action"):
        Policy("x", "encrypt", ANY, ANY)
    with pytest.raises(ValueError, match="10.1.0.0/40"):
        Policy("x", "bypass", ["10.0.0.0/8", "10.1.0.0/40"], ANY)
    with pytest.raises(ValueError, match="ports"):
        Policy("x", "bypass", ANY, ANY, local_ports=(10, 1))
    with pytest.raises(ValueError, match="direction"):
        Policy("x", "bypass", ANY, ANY, direction="up")
    with pytest.raises(TypeError, match="AH"):
        plane = DataPlane(policies(LEFT, RIGHT))
        sender, receiver = EspSender(1, "aes128gcm16", KEY), AhReceiver(4, "sha256", bytes(32))
        plane.install(sender, receiver, policy=0, local=LEFT[1], remote=RIGHT[1])
