"""What is tried, with which peer, and what must be seen."""

from dataclasses import dataclass, field

INITIATOR, RESPONDER = "initiator", "responder"

# What our program says when an SA has been replaced.
SEEN = {"rekey-child": "child down", "rekey-ike": "rekeyed"}


@dataclass
class Case:
    name: str
    # Our end.
    role: str
    # Options of our program, beside those that every case has.
    ours: list[str] = field(default_factory=list)
    # What our end does so many seconds after the connection stands.
    we: str = ""
    # The peer's: settings of its connection, its child, its daemon.
    connection: dict = field(default_factory=dict)
    child: dict = field(default_factory=dict)
    charon: dict = field(default_factory=dict)
    # What the peer does once user data has passed.
    peer: list[str] = field(default_factory=list)
    nat: bool = False
    # Whether somebody has left a half-open SA at the peer.
    half_open: bool = False
    # What our program, and the peer's log, must say.
    expect: list[str] = field(default_factory=list)
    peer_says: list[str] = field(default_factory=list)
    # Whether the connection comes up, and then passes user data.
    up: bool = True


def both(name: str, **rest) -> list[Case]:
    """The same case in both roles."""
    return [Case(name, role, **rest) for role in (INITIATOR, RESPONDER)]


def suites() -> list[Case]:
    cases = []
    for group in ("x25519", "ecp256", "ecp384", "modp2048", "modp3072", "modp4096"):
        cases += both(f"group {group}", connection={"proposals": f"aes256-sha256-{group}"})
    for suite in (
        "aes128gcm16-prfsha256", "aes256gcm16-prfsha384", "chacha20poly1305-prfsha512",
        "aes128-sha256", "aes256-sha384", "aes256-sha512",
    ):
        cases += both(f"IKE {suite}", connection={"proposals": f"{suite}-x25519"})
    for suite in (
        "aes128gcm16", "aes256gcm16", "chacha20poly1305",
        "aes128-sha256", "aes256-sha384", "aes256-sha512",
    ):
        cases += both(f"ESP {suite}", child={"esp_proposals": suite})
    return cases


def lives() -> list[Case]:
    pfs = {"esp_proposals": "aes256gcm16-x25519"}
    cases = []
    for name, what, child in (
        ("child rekey", "rekey-child", {}),
        ("child rekey with PFS", "rekey-child", pfs),
        ("IKE rekey", "rekey-ike", {}),
    ):
        cases += both(f"{name} by us", child=child, we=f"2:{what},5:close", expect=[SEEN[what]])
        cases += both(f"{name} by the peer", child=child, peer=[what], we="6:close", expect=[SEEN[what]])
    cases.append(Case("delete of the child by us", INITIATOR, we="2:delete-child,4:close", expect=["child down"]))
    cases += both("delete of the child by the peer", peer=["delete-child"], expect=["child down"])
    cases += both("delete of the IKE SA by the peer", peer=["delete-ike"], expect=["closed: deleted by the peer"])
    cases.append(Case("liveness by us", INITIATOR, we="2:liveness,4:close", peer_says=["parsed INFORMATIONAL request"]))
    cases.append(Case(
        "liveness by the peer", RESPONDER, connection={"dpd_delay": "1s"},
        peer_says=["sending DPD request", "parsed INFORMATIONAL response"],
    ))
    return cases


def paths() -> list[Case]:
    return [
        Case("NAT before us", INITIATOR, nat=True, expect=["established"]),
        *both("forced UDP encapsulation", connection={"encap": "yes"}),
        Case("cookie to us", INITIATOR, charon={"cookie_threshold": "1"}, half_open=True, peer_says=["COOKIE"]),
        Case("forced UDP encapsulation by us", INITIATOR, ours=["--encapsulate", "yes"]),
        Case(
            "INVALID_KE_PAYLOAD to us", INITIATOR, ours=["--group", "14"],
            connection={"proposals": "aes256gcm16-prfsha256-ecp256"}, peer_says=["requesting ECP_256"],
        ),
        Case(
            "INVALID_KE_PAYLOAD by us", RESPONDER, connection={"proposals": "aes256-sha256-curve448-ecp384"},
            peer_says=["it requested ECP_384"],
        ),
        *both("fragments", connection={"fragmentation": "force"}, charon={"fragment_size": "300"}),
        Case("narrowing by the peer", INITIATOR, ours=["--remote-net", "10.0.0.0/8"], expect=["10.2.0.0"]),
        Case("narrowing by us", RESPONDER, child={"remote_ts": "10.0.0.0/8"}, expect=["10.1.0.0"]),
        *both("wrong pre-shared key", ours=["--psk", "another"], up=False),
        *both("no proposal in common", connection={"proposals": "3des-sha1-modp1024"}, up=False),
        *both("no selector in common", child={"local_ts": "10.9.0.0/24", "remote_ts": "10.8.0.0/24"}, up=False),
    ]


def all_cases() -> list[Case]:
    return [*both("PSK"), *suites(), *lives(), *paths()]


# What CI runs.
QUICK = ["PSK", "child rekey by the peer", "IKE rekey by us", "delete of the IKE SA by the peer"]
