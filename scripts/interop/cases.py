"""What is tried, with which peer, and what must be seen."""

from dataclasses import dataclass, field

from pki import KINDS

INITIATOR, RESPONDER = "initiator", "responder"

# What our program says, and how often, when an SA has been replaced.
SEEN = {"rekey-child": ("child up", 2), "rekey-ike": ("rekeyed", 1)}


@dataclass
class Case:
    name: str
    # Our end.
    role: str
    # The daemon at the other end.
    daemon: str = "strongSwan"
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
    # The kind of both ends' certificates (`pki.KINDS`); none: pre-shared keys.
    certificates: str = ""
    # Whether our end, the initiator, has a name and a password instead.
    eap: bool = False
    nat: bool = False
    # Whether somebody has left a half-open SA at the peer.
    half_open: bool = False
    # What our program must say, and how often; what the peer's log must say.
    expect: list[tuple[str, int]] = field(default_factory=list)
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
        cases += both(f"{name} by us", child=child, we=f"2:{what},7:close", expect=[SEEN[what]])
        cases += both(f"{name} by the peer", child=child, peer=[what], we="8:close", expect=[SEEN[what]])
    cases.append(Case("delete of the child by us", INITIATOR, we="2:delete-child,7:close", expect=[("child down", 1)]))
    cases += both("delete of the child by the peer", peer=["delete-child"], we="8:close", expect=[("child down", 1)])
    cases += both("delete of the IKE SA by the peer", peer=["delete-ike"], expect=[("closed: deleted by the peer", 1)])
    cases.append(Case("liveness by us", INITIATOR, we="2:liveness,4:close", peer_says=["parsed INFORMATIONAL request"]))
    cases.append(Case(
        "liveness by the peer", RESPONDER, connection={"dpd_delay": "1s"},
        peer_says=["sending DPD request", "parsed INFORMATIONAL response"],
    ))
    return cases


def paths() -> list[Case]:
    return [
        Case("NAT before us", INITIATOR, nat=True, expect=[("established", 1)]),
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
        Case("narrowing by the peer", INITIATOR, ours=["--remote-net", "10.0.0.0/8"], expect=[("10.2.0.0", 1)]),
        Case("narrowing by us", RESPONDER, child={"remote_ts": "10.0.0.0/8"}, expect=[("10.1.0.0", 1)]),
        *both("wrong pre-shared key", ours=["--psk", "another"], up=False),
        *both("no proposal in common", connection={"proposals": "3des-sha1-modp1024"}, up=False),
        *both("no selector in common", child={"local_ts": "10.9.0.0/24", "remote_ts": "10.8.0.0/24"}, up=False),
    ]


def identities() -> list[Case]:
    cases = []
    for kind in KINDS:
        cases += both(f"certificates {kind}", certificates=kind)
    cases += both("certificates RSA-4096, fragments", certificates="RSA-4096", charon={"fragment_size": "500"})
    cases.append(Case("EAP-MSCHAPv2", INITIATOR, certificates="ECDSA P-256", eap=True))
    return cases


def libreswan() -> list[Case]:
    def case(name: str, **rest) -> list[Case]:
        return both(name, daemon="libreswan", **rest)

    cases = case("PSK")
    for suite in (
        "aes_gcm256-sha2_256-dh31", "aes_gcm128-sha2_512-dh19", "aes128-sha2_256-dh20",
        "aes256-sha2_512-dh14", "aes256-sha2_384-dh15", "chacha20_poly1305-sha2_256-dh16",
    ):
        cases += case(f"IKE {suite}", connection={"ike": suite})
    for suite in ("aes_gcm256", "aes_gcm128", "aes128-sha2_256", "aes256-sha2_512", "chacha20_poly1305"):
        cases += case(f"ESP {suite}", connection={"esp": suite, "pfs": "no"})
    for name, what in (("child rekey", "rekey-child"), ("IKE rekey", "rekey-ike")):
        cases += case(f"{name} by us", we=f"2:{what},7:close", expect=[SEEN[what]])
        cases += case(f"{name} by the peer", peer=[what], we="8:close", expect=[SEEN[what]])
    cases += case("delete of the IKE SA by the peer", peer=["delete-ike"], expect=[("closed: deleted by the peer", 1)])
    cases += case("forced UDP encapsulation", connection={"encapsulation": "yes"})
    cases += case("wrong pre-shared key", ours=["--psk", "another"], up=False)
    return cases


def openiked() -> list[Case]:
    def case(name: str, **connection) -> list[Case]:
        active = {"mode": "active", **connection}
        return [
            Case(name, INITIATOR, daemon="OpenIKED", connection=connection),
            Case(name, RESPONDER, daemon="OpenIKED", connection=active),
        ]

    cases = case("PSK")
    for suite in (
        "enc aes-128-gcm prf hmac-sha2-256 group curve25519", "enc aes-256-gcm prf hmac-sha2-384 group ecp256",
        "enc aes-256 prf hmac-sha2-512 auth hmac-sha2-512 group ecp384",
        "enc aes-128 prf hmac-sha2-256 auth hmac-sha2-256 group modp2048",
        "enc aes-256 prf hmac-sha2-256 auth hmac-sha2-256 group modp3072",
    ):
        cases += case(f"IKE {suite}", ikesa=f"ikesa {suite}")
    for suite in ("enc aes-128-gcm", "enc aes-256-gcm", "enc chacha20-poly1305", "enc aes-256 auth hmac-sha2-512"):
        cases += case(f"ESP {suite}", childsa=f"childsa {suite} noesn")
    return cases


def all_cases() -> list[Case]:
    return [*both("PSK"), *suites(), *lives(), *paths(), *identities(), *libreswan(), *openiked()]


# What CI runs.
QUICK = ["PSK", "child rekey by the peer", "IKE rekey by us", "delete of the IKE SA by the peer"]
