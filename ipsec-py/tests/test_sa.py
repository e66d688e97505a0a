"""ESP and AH there and back, and as Scapy seals and opens them."""

from typing import Any

import pytest
from scapy.layers.inet import IP, UDP
from scapy.layers.inet6 import IPv6
from scapy.layers.ipsec import AH, ESP, SecurityAssociation
from scapy.packet import Raw

import ipsec_core
from ipsec_core import AhReceiver, AhSender, EspReceiver, EspSender, Limit

SPI = 0xC0FFEE

Association: Any = SecurityAssociation

# Our suite, Scapy's names, and how many bytes the keys have.
SUITES: list[tuple[str, dict[str, str], int, int]] = [
    ("aes128-sha1", {"crypt_algo": "AES-CBC", "auth_algo": "HMAC-SHA1-96"}, 16, 20),
    ("aes256-sha256", {"crypt_algo": "AES-CBC", "auth_algo": "SHA2-256-128"}, 32, 32),
    ("aes256-sha512", {"crypt_algo": "AES-CBC", "auth_algo": "SHA2-512-256"}, 32, 64),
    ("3des-sha1", {"crypt_algo": "3DES", "auth_algo": "HMAC-SHA1-96"}, 24, 20),
    ("aes128ctr-sha256", {"crypt_algo": "AES-CTR", "auth_algo": "SHA2-256-128"}, 20, 32),
    ("null-sha256", {"crypt_algo": "NULL", "auth_algo": "SHA2-256-128"}, 0, 32),
    ("aes128gcm16", {"crypt_algo": "AES-GCM"}, 20, 0),
    ("aes256gcm16", {"crypt_algo": "AES-GCM"}, 36, 0),
    ("chacha20poly1305", {"crypt_algo": "CHACHA20-POLY1305"}, 36, 0),
]

INNER = IP(src="10.1.0.1", dst="10.2.0.1") / UDP(sport=1024, dport=53) / Raw(b"a datagram")


def keys(cipher: int, mac: int) -> tuple[bytes, bytes]:
    return bytes(range(1, cipher + 1)), bytes(range(101, 101 + mac))


def peer(names: dict[str, str], key: bytes, mac: bytes, **more: Any) -> Any:
    named = {**names, "crypt_key": key, **({"auth_key": mac} if mac else {})}
    return Association(ESP, spi=SPI, **named, **more)


@pytest.mark.parametrize(("suite", "names", "cipher", "mac"), SUITES)
@pytest.mark.parametrize("esn", [False, True])
def test_scapy_opens_what_we_seal(suite: str, names: dict[str, str], cipher: int, mac: int, esn: bool) -> None:
    key, mac_key = keys(cipher, mac)
    sender = EspSender(SPI, suite + ("-esn" if esn else ""), key, mac_key)
    tunnel = IP(src="192.0.2.1", dst="198.51.100.1")
    theirs = peer(names, key, mac_key, esn_en=esn, tunnel_header=tunnel)
    for number in (1, 2):
        sealed = sender.seal(bytes(INNER), 4)
        packet = IP(bytes(tunnel / ESP(sealed)))
        assert (packet[ESP].spi, packet[ESP].seq) == (SPI, number)
        assert bytes(theirs.decrypt(packet)) == bytes(INNER)
    assert sender.sent == 2


@pytest.mark.parametrize(("suite", "names", "cipher", "mac"), SUITES)
def test_we_open_what_scapy_seals(suite: str, names: dict[str, str], cipher: int, mac: int) -> None:
    key, mac_key = keys(cipher, mac)
    receiver = EspReceiver(SPI, suite, key, mac_key)
    theirs = peer(names, key, mac_key, tunnel_header=IP(src="192.0.2.1", dst="198.51.100.1"))
    sealed = bytes(theirs.encrypt(IP(bytes(INNER)))[ESP])
    opened = receiver.open(memoryview(sealed))
    assert (opened.number, opened.next_header, opened.payload) == (1, 4, bytes(INNER))
    assert receiver.top == 1
    with pytest.raises(ipsec_core.ReplayError):
        receiver.open(sealed)


@pytest.mark.parametrize(
    ("suite", "name", "length"),
    [("sha1", "HMAC-SHA1-96", 20), ("sha256", "SHA2-256-128", 32), ("sha512", "SHA2-512-256", 64)],
)
@pytest.mark.parametrize("version", [IP, IPv6])
def test_ah_agrees_with_scapy(suite: str, name: str, length: int, version: Any) -> None:
    _, key = keys(0, length)
    theirs = Association(AH, spi=SPI, auth_algo=name, auth_key=key)
    packet = bytes(version() / UDP(sport=1024, dport=53) / Raw(b"a datagram"))
    signed = AhSender(SPI, suite, key).sign(packet)
    assert bytes(theirs.decrypt(version(signed))) == packet
    theirs = Association(AH, spi=SPI, auth_algo=name, auth_key=key)
    receiver = AhReceiver(SPI, suite, key)
    checked = receiver.check(bytes(theirs.encrypt(version(packet))))
    assert (checked.number, checked.next_header) == (1, 17)
    assert checked.payload == bytes(version(packet)[UDP])
    spoilt = bytearray(bytes(theirs.encrypt(version(packet))))
    spoilt[-1] ^= 1
    with pytest.raises(ipsec_core.IntegrityError):
        receiver.check(spoilt)


def test_batches() -> None:
    key, _ = keys(20, 0)
    sender, receiver = EspSender(1, "aes128gcm16", key), EspReceiver(1, "aes128gcm16", key)
    sealed = sender.seal_batch([b"one", bytearray(b"two"), memoryview(b"three")], 59)
    sealed.insert(1, sealed[0])
    sealed.append(b"short")
    opened = receiver.open_batch(sealed)
    shown = [one.payload if isinstance(one, ipsec_core.Opened) else type(one) for one in opened]
    assert shown == [b"one", ipsec_core.ReplayError, b"two", b"three", ipsec_core.CryptoError]


def test_an_sa_ends() -> None:
    key, _ = keys(20, 0)
    sender = EspSender(1, "aes128gcm16", key, limit=Limit(seconds=10, packets=2))
    assert len(sender.seal(b"", now=1)) == 36
    with pytest.raises(ipsec_core.ExpiredError):
        sender.seal(b"", now=10)
    assert len(sender.seal(b"", now=9.5)) == 36
    with pytest.raises(ipsec_core.ExpiredError, match="end"):
        sender.seal(b"", now=9.5)
    assert repr(Limit(packets=2)) == "Limit(packets=2)"


@pytest.mark.parametrize(
    ("suite", "cipher", "mac", "why"),
    [
        ("aes128gcm17", 20, 0, "none that is known"),
        ("aes128gcm16", 16, 0, "key"),
        ("aes256-sha256", 16, 32, "key"),
        ("aes256-sha256", 32, 20, "key"),
        ("sha256", 0, 32, "no cipher"),
    ],
)
def test_what_makes_no_sa(suite: str, cipher: int, mac: int, why: str) -> None:
    with pytest.raises(ValueError, match=why) as raised:
        EspSender(SPI, suite, *keys(cipher, mac))
    assert "\x01\x02" not in str(raised.value)


def test_garbage_stays_closed() -> None:
    key, _ = keys(20, 0)
    receiver = EspReceiver(SPI, "aes128gcm16", key)
    signer, checker = AhSender(SPI, "sha256", bytes(32)), AhReceiver(SPI, "sha256", bytes(32))
    for length in range(200):
        for packet in (bytes(length), SPI.to_bytes(4) + bytes(range(length))):
            with pytest.raises(ipsec_core.CryptoError):
                receiver.open(packet)
            with pytest.raises(ipsec_core.CryptoError):
                signer.sign(packet)
            with pytest.raises(ipsec_core.CryptoError):
                checker.check(packet)
    assert receiver.top == 0
    with pytest.raises(ValueError, match="seconds"):
        receiver.open(b"", now=-1)
