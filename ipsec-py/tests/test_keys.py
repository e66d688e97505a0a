"""Keys in every shape, and none of them in anything that is shown."""

import re
import traceback
from pathlib import Path

import pytest

import ipsec_core
from ipsec_core import KeyLog, Keyring

TABLE = b'"IPv4","192.0.2.10","198.51.100.20","0xb1ed8cbd","AES-CBC [RFC3602]","0x%s","NULL",""\n'
SECRET = "00112233445566778899aabbccddeeff"


def secrets(keys: Path) -> set[str]:
    """Whatever in a file of keys is long enough to be one."""
    return set(re.findall(r'"([0-9a-f]{32,})"', keys.read_text()))


def opened(capture: Path, **options: object) -> int:
    packets = ipsec_core.open(capture, **options)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    return sum("unsealed" in one and one.unsealed.symbol == "verified" for one in packets)


def test_keys_of_every_shape(tunnel: Path, tunnel_keys: Path) -> None:
    log = KeyLog(tunnel_keys)
    ring = Keyring(log)
    assert opened(tunnel) == 0
    every = opened(tunnel, keys=tunnel_keys)
    assert every == 10
    shapes = [
        str(tunnel_keys),
        tunnel_keys.read_bytes(),
        log,
        ring,
        [log],
        (tunnel_keys.read_bytes(), log),
        [ring, log],
        Keyring([ring, log], psk=["one", b"two"]),
    ]
    for keys in shapes:
        assert opened(tunnel, keys=keys) == every, keys
    # A log is read as often as it is used.
    assert opened(tunnel, keys=log) == every
    with pytest.raises(TypeError, match="at most one Keyring"):
        Keyring([ring, ring])


def test_a_log_of_keys(tunnel_keys: Path) -> None:
    log = KeyLog(tunnel_keys)
    assert len(log) == len(log.entries) > 0 and log.errors == [] and log.formats == ["JSON"]
    assert log.entries[0].line > 0 and log.entries[0].format == "JSON"
    again = KeyLog(log.dangerous_json().encode())
    assert [one.shows for one in again.entries] == [one.shows for one in log.entries]
    assert set(log.dangerous_wireshark()) == {"ikev1_decryption_table", "ikev2_decryption_table", "esp_sa"}
    assert bool(Keyring(log)) and not Keyring() and not Keyring(psk=[])


def test_nothing_shows_a_key(tunnel: Path, tunnel_keys: Path) -> None:
    known = secrets(tunnel_keys)
    assert known
    log = KeyLog(tunnel_keys)
    ring = Keyring(log, psk="hunter2-hunter2")
    report = ipsec_core.diagnose(tunnel, tunnel_keys, psk="hunter2-hunter2")
    shown = [log, ring, *log.entries, report, ipsec_core.open(tunnel, keys=ring)]
    texts = [repr(one) + str(one) for one in shown]
    texts += [one.shows for one in log.entries] + log.errors
    texts += [report.to_json(), report.to_html(), report._repr_html_(), report.to_sarif()]
    assert any(secret in log.dangerous_json() for secret in known)
    for text in texts:
        assert "hunter2" not in text
        assert not [secret for secret in known if secret in text]


def test_no_exception_shows_a_key() -> None:
    with pytest.raises(ValueError, match="psk: what follows 0x must be hexadecimal") as wrong:
        Keyring(psk="0xhunter2")
    assert "hunter2" not in "".join(traceback.format_exception_only(wrong.value))
    with pytest.raises(TypeError, match="psk: expected text or bytes"):
        Keyring(psk=7)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    log = KeyLog(TABLE % SECRET.encode() + b'"IPv4","*","*","*","AES-CBC [RFC3602]","0xzz%s"\n' % SECRET.encode())
    assert len(log) == 1 and log.errors
    assert SECRET not in "".join(log.errors)


def test_files_without_keys_warn() -> None:
    with pytest.warns(ipsec_core.IpsecWarning, match="no keys in it"):
        Keyring(b"hello\n")
    with pytest.raises(FileNotFoundError):
        Keyring("missing.keys")


def test_authorities(tunnel: Path) -> None:
    with pytest.warns(ipsec_core.IpsecWarning, match="certificates"):
        Keyring(ca=b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")
    assert not Keyring(ca=[], crl=())
    assert opened(tunnel, ca=[]) == 0
