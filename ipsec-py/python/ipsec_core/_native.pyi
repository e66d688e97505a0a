"""
The native half of ipsec_core.
"""

from _typeshed import ReadableBuffer, SupportsGetItem, SupportsRead
from collections.abc import Iterator, Sequence
from datetime import datetime
from ipaddress import IPv4Address, IPv6Address
from ipsec_core._errors import CryptoError, DecodeError
from os import PathLike
from typing import Any, Final, SupportsFloat, SupportsIndex, final
from typing_extensions import CapsuleType

__all__ = ["__version__", "Agreement", "AhReceiver", "AhSender", "Capture", "Child", "Comparison", "Counts", "DataPlane", "Decision", "Decoder", "EspReceiver", "EspSender", "Field", "Finding", "Fix", "Inbound", "Input", "KeyEntry", "KeyLog", "Keyring", "Limit", "Opened", "Outbound", "Packet", "Patch", "Place", "Policy", "Report", "Sighting", "Spd", "Table", "Unknown", "Verdict", "command", "compare", "diagnose", "findings", "merge", "messages", "open", "packets", "read_partition"]

__version__: Final[str]

@final
class Agreement:
    """
    Something that configurations agree on, or do not.
    """
    def __repr__(self, /) -> str: ...
    @property
    def connection(self, /) -> str | None:
        """
        The connection it is about, or None.
        """
    @property
    def detail(self, /) -> str:
        """
        What is the case, in one sentence with the values.
        """
    @property
    def effect(self, /) -> str:
        """
        What comes of it: "fails", "fails-later", "narrows", "differs",
        "weakens" or "harmless".
        """
    @property
    def places(self, /) -> list[Place]:
        """
        Where it is written, side by side.
        """
    @property
    def repairs(self, /) -> list[Patch]:
        """
        What would put it right, best first.
        """
    @property
    def topic(self, /) -> str:
        """
        What it is about.
        """

@final
class AhReceiver:
    """
    The receiving half of an AH SA.
    """
    def __new__(cls, /, spi: SupportsIndex, suite: str, key: ReadableBuffer, *, window: SupportsIndex = 64, limit: Limit | None = None, now: float = ...) -> AhReceiver:
        """
        A new SA, with an anti-replay window of `window` packets; the rest is
        as for `AhSender`.
        """
    def __repr__(self, /) -> str: ...
    def check(self, /, packet: ReadableBuffer, *, now: float = ...) -> Opened:
        """
        Check a whole IP packet: what follows its AH header. It raises what
        `EspReceiver.open` does.
        """
    @property
    def spi(self, /) -> int:
        """
        Its SPI, which it chose.
        """
    @property
    def top(self, /) -> int:
        """
        The latest number it received; 0 before the first packet.
        """

@final
class AhSender:
    """
    The sending half of an AH SA: it signs whole IP packets.
    """
    def __new__(cls, /, spi: SupportsIndex, suite: str, key: ReadableBuffer, *, limit: Limit | None = None, now: float = ...) -> AhSender:
        """
        A new SA; `suite` is one integrity algorithm, as "sha256".
        """
    def __repr__(self, /) -> str: ...
    @property
    def sent(self, /) -> int:
        """
        The number of the last packet; 0 before the first.
        """
    def sign(self, /, packet: ReadableBuffer, *, now: float = ...) -> bytes:
        """
        Put AH into a whole IP packet, behind its head.

        Raises ExpiredError when the SA is at its end, and CryptoError where
        this is no packet that AH goes into.
        """
    @property
    def spi(self, /) -> int:
        """
        Its SPI, which the receiver chose.
        """

@final
class Capture:
    """
    A capture that is being read: an iterator of packets, and a context
    manager.
    """
    def __enter__(self, /) -> Capture: ...
    def __exit__(self, /, *_why: "object") -> None: ...
    def __iter__(self, /) -> Capture: ...
    def __length_hint__(self, /) -> int:
        """
        About how many packets are still to come; 0 if nothing tells.
        """
    def __next__(self, /) -> Packet: ...
    def __repr__(self, /) -> str: ...
    @property
    def bytes_read(self, /) -> int:
        """
        Bytes of the file that were read so far; of a gzipped file, packed ones.
        """
    @property
    def bytes_total(self, /) -> int | None:
        """
        Bytes of the file; None for a stream.
        """
    def close(self, /) -> None:
        """
        Close the file. What was read stays.
        """
    @property
    def faults(self, /) -> list[DecodeError]:
        """
        What was wrong with the file so far: exceptions that were not raised,
        the first thousand of them.
        """
    @property
    def name(self, /) -> str | None:
        """
        Its name, where it has one.
        """

@final
class Child:
    """
    Names a pair of SAs of one data plane for as long as it is there.
    """
    def __eq__(self, value: object, /) -> bool: ...
    def __hash__(self, /) -> int: ...
    def __ne__(self, value: object, /) -> bool: ...

@final
class Comparison:
    """
    What comes of some configurations.

    `str(comparison)` is the text that `ipsec compare` prints.
    """
    def __repr__(self, /) -> str: ...
    def __str__(self, /) -> str: ...
    @property
    def facts(self, /) -> list[Agreement]:
        """
        What is the case, the worst first.
        """
    @property
    def fits(self, /) -> bool:
        """
        Nothing speaks against a tunnel that comes up and stays up.
        """
    def to_json(self, /) -> str:
        """
        The comparison as JSON of ipsec-core/schema/comparison.schema.json.
        """
    def to_text(self, /) -> str:
        """
        The comparison as text.
        """

@final
class Counts:
    """
    What went through, and what did not.
    """
    @property
    def acquires(self, /) -> int:
        """
        Packets that asked for an SA.
        """
    @property
    def answered(self, /) -> int:
        """
        Packets answered with an ICMP error.
        """
    @property
    def bypassed(self, /) -> int:
        """
        Packets let through as they are, both ways.
        """
    @property
    def control(self, /) -> int:
        """
        IKE messages and keepalives passed on.
        """
    @property
    def cut(self, /) -> int:
        """
        Packets handed back to be cut.
        """
    @property
    def dropped(self, /) -> int:
        """
        Packets dropped, both ways, answered or not.
        """
    @property
    def opened(self, /) -> int:
        """
        Packets opened.
        """
    @property
    def protected(self, /) -> int:
        """
        Packets protected.
        """

@final
class DataPlane:
    """
    A gateway's data plane: packets of the protected side go out through it, and
    those of the other side come in. It opens no socket and asks no clock.
    """
    def __new__(cls, /, policies: Spd, *, children: SupportsIndex = ...) -> DataPlane:
        """
        A data plane with these policies, for up to `children` pairs of SAs.
        """
    @property
    def children(self, /) -> list[Child]:
        """
        The pairs of SAs that are there.
        """
    @property
    def counts(self, /) -> Counts:
        """
        What went through so far, and what did not.
        """
    def inbound(self, /, packet: ReadableBuffer, *, now: float = ...) -> Inbound:
        """
        Process a whole IP packet of the other side that is for this host.
        """
    def inbound_batch(self, /, packets: SupportsGetItem[int, ReadableBuffer], *, now: float = ...) -> list[Inbound]:
        """
        Process many packets in turn, without holding up other threads of
        Python.
        """
    def install(self, /, sender: EspSender | AhSender, receiver: EspReceiver | AhReceiver, *, policy: SupportsIndex, local: str | SupportsGetItem[int, str], remote: str | SupportsGetItem[int, str], tunnel: tuple[str | IPv4Address | IPv6Address, str | IPv4Address | IPv6Address] | None = None, udp: tuple[SupportsIndex, SupportsIndex] | None = None, mtu: SupportsIndex = 1500, now: float = ...) -> Child:
        """
        Put in a pair of SAs for the policy at place `policy`. It takes over
        both halves, which are of no more use elsewhere.

        `local` and `remote` are the addresses that it is for. `tunnel` has the
        addresses of this gateway and of the other; without it the packets keep
        their own heads (transport mode). `udp` has our port and the peer's,
        where ESP goes in UDP. `mtu` is that of the link.

        Raises ValueError where another SA has its SPI, or there is no room.
        """
    @property
    def next_timeout(self, /) -> float | None:
        """
        When to ask `poll` again at the latest, in seconds.
        """
    def outbound(self, /, packet: ReadableBuffer, *, now: float = ...) -> Outbound:
        """
        Process a whole IP packet of the protected side.
        """
    def outbound_batch(self, /, packets: SupportsGetItem[int, ReadableBuffer], *, now: float = ...) -> list[Outbound]:
        """
        Process many packets in turn, without holding up other threads of
        Python.
        """
    @property
    def policies(self, /) -> Spd:
        """
        The policies.
        """
    def poll(self, /, *, now: float = ...) -> tuple[Child, str] | None:
        """
        A pair of SAs that has aged, and how: "stale" (to be replaced), "idle" or
        "over". Ask until there is none.
        """
    def remove(self, /, child: Child) -> None:
        """
        Take a pair of SAs out.

        Raises KeyError where it is not there.
        """
    def told_too_big(self, /, quoted: ReadableBuffer, mtu: SupportsIndex, *, now: float = ...) -> Child | None:
        """
        Take in that a router says a packet of ours was too long: `quoted` is
        its beginning, `mtu` what the router lets through, or 0. Gives the pair
        of SAs whose path is narrower than was known.
        """

@final
class Decision:
    """
    Which policy decides, and which would have if it were not there.
    """
    @property
    def shadowed(self, /) -> list[Policy]:
        """
        Policies behind it that fit as well, in order.
        """
    @property
    def winner(self, /) -> Policy | None:
        """
        The policy that decides; without one the packet is discarded.
        """

@final
class Decoder:
    """
    Takes frames apart that come from no file: from a socket, or out of another
    program's hands. It remembers fragments, and which SAs exchanges created.
    """
    def __new__(cls, /, *, keys: str | PathLike[str] | ReadableBuffer | SupportsRead[bytes] | KeyLog | Keyring | Sequence[str | PathLike[str] | ReadableBuffer | SupportsRead[bytes] | KeyLog | Keyring] | None = None, psk: str | bytes | Sequence[str | bytes] | None = None, ca: str | PathLike[str] | ReadableBuffer | SupportsRead[bytes] | Sequence[str | PathLike[str] | ReadableBuffer | SupportsRead[bytes]] | None = None, crl: str | PathLike[str] | ReadableBuffer | SupportsRead[bytes] | Sequence[str | PathLike[str] | ReadableBuffer | SupportsRead[bytes]] | None = None) -> Decoder:
        """
        What the arguments can be, `Keyring` says.
        """
    def decode(self, /, frame: str | PathLike[str] | ReadableBuffer | SupportsRead[bytes], *, link: SupportsIndex = 1, time_ns: SupportsIndex = 0) -> Packet:
        """
        The packet that the bytes of one frame are.

        `link` is the number of the link layer that they begin with
        (LINKTYPE_*: 1 is Ethernet, 101 an IP packet), `time_ns` the time in
        nanoseconds since 1970.
        """

@final
class EspReceiver:
    """
    The receiving half of an ESP SA: it takes each number once.
    """
    def __new__(cls, /, spi: SupportsIndex, suite: str, key: ReadableBuffer, integrity_key: ReadableBuffer | None = None, *, window: SupportsIndex = 64, limit: Limit | None = None, now: float = ...) -> EspReceiver:
        """
        A new SA, with an anti-replay window of `window` packets; the rest is
        as for `EspSender`.
        """
    def __repr__(self, /) -> str: ...
    def open(self, /, packet: ReadableBuffer, *, now: float = ...) -> Opened:
        """
        Check and open a packet, which begins with the SPI.

        Raises IntegrityError where it is not authentic, ReplayError where its
        number was there before or is too old, ExpiredError when the SA is at
        its end, and CryptoError where it cannot be of this SA.
        """
    def open_batch(self, /, packets: SupportsGetItem[int, ReadableBuffer], *, now: float = ...) -> list[Opened | CryptoError]:
        """
        Check and open many packets, without holding up other threads of
        Python: for each what it holds, or the exception that says why not.
        """
    @property
    def spi(self, /) -> int:
        """
        Its SPI, which it chose.
        """
    @property
    def top(self, /) -> int:
        """
        The latest number it received; 0 before the first packet.
        """

@final
class EspSender:
    """
    The sending half of an ESP SA: it seals each packet under a number of its
    own.
    """
    def __new__(cls, /, spi: SupportsIndex, suite: str, key: ReadableBuffer, integrity_key: ReadableBuffer | None = None, *, limit: Limit | None = None, now: float = ...) -> EspSender:
        """
        A new SA.

        `suite` spells the algorithms as strongSwan does: "aes128gcm16",
        "aes256-sha256", with "-esn" for extended sequence numbers. `key` is the
        cipher's, with its salt behind it; `integrity_key` that of an integrity
        algorithm beside it. `now` is in seconds, of any origin that is kept to.

        Raises ValueError where an algorithm is unknown, or a key has another
        length.
        """
    def __repr__(self, /) -> str: ...
    def seal(self, /, payload: ReadableBuffer, next_header: SupportsIndex = 4, *, now: float = ...) -> bytes:
        """
        Seal `payload`: the ESP packet from its SPI on. `next_header` is the
        number of its protocol: 4 of an IPv4 packet, 41 of an IPv6 packet.

        Raises ExpiredError when the SA is at its end.
        """
    def seal_batch(self, /, payloads: SupportsGetItem[int, ReadableBuffer], next_header: SupportsIndex = 4, *, now: float = ...) -> list[bytes]:
        """
        Seal many payloads, without holding up other threads of Python.

        Raises ExpiredError when the SA comes to its end before the last.
        """
    @property
    def sent(self, /) -> int:
        """
        The number of the last packet; 0 before the first.
        """
    @property
    def spi(self, /) -> int:
        """
        Its SPI, which the receiver chose.
        """

@final
class Field:
    """
    A field of a packet: a value, a structure, or both.

    The fields in it are reached by name (`field.proposal`), by path
    (`field["proposal[0].encr"]`) or by iterating. A name that is also an
    attribute of Field, such as `value`, is reached by its path alone.
    """
    def __bytes__(self, /) -> bytes: ...
    def __contains__(self, path: str, /) -> bool: ...
    def __dir__(self, /) -> list[str]: ...
    def __getattribute__(self, name: str, /) -> Field: ...
    def __getitem__(self, path: str, /) -> Field: ...
    def __int__(self, /) -> int: ...
    def __iter__(self, /) -> Iterator[Field]: ...
    def __repr__(self, /) -> str: ...
    def __str__(self, /) -> str:
        """
        Its value as people read it; of a structure without one, its heading.
        """
    def _repr_html_(self, /) -> str: ...
    @property
    def about(self, /) -> str:
        """
        What it means, in one line.
        """
    @property
    def attributes(self, /) -> list[Field]:
        """
        The attributes of a transform or of a configuration payload; of another
        field none.
        """
    @property
    def children(self, /) -> list[Field]:
        """
        The fields directly in it.
        """
    @property
    def fault(self, /) -> DecodeError | None:
        """
        Why its structure could not be read on: an exception that was not
        raised; None for every field but `malformed`.
        """
    def find(self, /, path: str) -> list[Field]:
        """
        All fields of this path, which begins below this field.
        """
    def get(self, /, path: str) -> Field | None:
        """
        The first field of this path below this field, or None.
        """
    @property
    def name(self, /) -> str:
        """
        Its name: the last segment of its path.
        """
    @property
    def origin(self, /) -> str:
        """
        Where its bytes come from: "frame", "reassembled" or "decrypted".
        """
    @property
    def packet(self, /) -> Packet:
        """
        The packet that it is of.
        """
    @property
    def path(self, /) -> str:
        """
        Its path in the packet, as filters write it:
        `ike.sa.proposal[1].encr`. An index is given where the name repeats.
        """
    @property
    def payloads(self, /) -> list[Field]:
        """
        The payloads of an IKE message, behind those on the wire the ones that
        were decrypted; of another field none.
        """
    @property
    def proposals(self, /) -> list[Field]:
        """
        The proposals of an SA payload; of another field none.
        """
    @property
    def selectors(self, /) -> list[Field]:
        """
        The selectors of a traffic selector payload; of another field none.
        """
    @property
    def source(self, /) -> int:
        """
        Index of its source among `Packet.sources`.
        """
    @property
    def span(self, /) -> tuple[int, int]:
        """
        Where its bytes begin and end in its source.
        """
    @property
    def symbol(self, /) -> str | None:
        """
        The name of its value in its registry, such as "ENCR_AES_CBC"; None
        where there is none.
        """
    @property
    def title(self, /) -> str:
        """
        Its heading for people.
        """
    def to_dict(self, /) -> dict[str, Any]:
        """
        All fields in it by name as plain values: a structure becomes a dict,
        with its own value, if it has one, as `value`; fields that repeat
        become a list.
        """
    @property
    def transforms(self, /) -> list[Field]:
        """
        The transforms of a proposal; of another field none.
        """
    @property
    def value(self, /) -> int | bytes | str | None:
        """
        Its value: a number, bytes, or text; None for a structure that has
        none. What a peer chose is text as it was sent; `str(field)` escapes it.
        """

@final
class Finding:
    """
    One finding: what is wrong, how sure that is, who must act, what to do.
    """
    def __repr__(self, /) -> str: ...
    @property
    def code(self, /) -> str:
        """
        Stable code, such as "psk-mismatch".
        """
    @property
    def confidence(self, /) -> str:
        """
        "proven", "likely" or "possible".
        """
    @property
    def counter_evidence(self, /) -> list[Sighting]:
        """
        What speaks against it.
        """
    @property
    def evidence(self, /) -> list[Sighting]:
        """
        What speaks for it.
        """
    @property
    def fixes(self, /) -> list[Fix]:
        """
        What to do, best first.
        """
    @property
    def refs(self, /) -> list[str]:
        """
        Standards, such as "RFC 7296 §2.21".
        """
    @property
    def root_of(self, /) -> list[str]:
        """
        Codes of the findings that follow from it.
        """
    @property
    def severity(self, /) -> str:
        """
        "error", "warning" or "info".
        """
    @property
    def title(self, /) -> str:
        """
        What is wrong, in one sentence about this case.
        """
    @property
    def who(self, /) -> str:
        """
        Who must act: "local", "peer", "path", "credentials", "clock",
        "software".
        """
    @property
    def why(self, /) -> str:
        """
        Why it is that sure and not surer.
        """

@final
class Fix:
    """
    One way to put it right.
    """
    def __repr__(self, /) -> str: ...
    @property
    def patch(self, /) -> str | None:
        """
        The lines to change, in the dialect of that side, or None.
        """
    @property
    def side(self, /) -> str:
        """
        Where to act: an address with its role, or a place in the network.
        """
    @property
    def text(self, /) -> str:
        """
        What to do.
        """
    @property
    def weakens_security(self, /) -> bool:
        """
        It makes the tunnel weaker; better ways stand before it.
        """

@final
class Inbound:
    """
    What is to be done with a packet of the other side.
    """
    def __repr__(self, /) -> str: ...
    @property
    def child(self, /) -> Child | None:
        """
        The pair of SAs that it came by.
        """
    @property
    def kind(self, /) -> str:
        """
        "opened": `packet` was inside; "bypassed": it is to be taken as it is;
        "control": it is of IKE, or keeps a NAT open; "dropped": nothing.
        """
    @property
    def packet(self, /) -> bytes | None:
        """
        The packet inside.
        """
    @property
    def reason(self, /) -> str | None:
        """
        Why it was dropped.
        """
    @property
    def source(self, /) -> tuple[IPv4Address | IPv6Address, int] | None:
        """
        Address and port that it came from.
        """

@final
class Input:
    """
    One file that was looked at.
    """
    def __repr__(self, /) -> str: ...
    @property
    def broken(self, /) -> str | None:
        """
        Why the rest of it could not be read, or None.
        """
    @property
    def kind(self, /) -> str:
        """
        "capture", "log", "config" or "keys".
        """
    @property
    def lines(self, /) -> int | None:
        """
        Number of lines of a log, else None.
        """
    @property
    def name(self, /) -> str:
        """
        Its name.
        """
    @property
    def packets(self, /) -> int | None:
        """
        Number of packets in a capture, else None.
        """

@final
class KeyEntry:
    """
    The keys of one SA, or what they can be computed from.
    """
    def __repr__(self, /) -> str: ...
    @property
    def format(self, /) -> str:
        """
        In what form they were written.
        """
    @property
    def line(self, /) -> int:
        """
        Number of the line on which they begin, from 1.
        """
    @property
    def shows(self, /) -> str:
        """
        Kind, SPIs or addresses, algorithms and the names of the keys that are
        there; never a key.
        """

@final
class KeyLog:
    """
    What a file of keys holds, whatever its form: Wireshark's tables, daemons'
    logs, `ip xfrm state`, secrets files, JSON.

    Nothing of it shows a key but `dangerous_json` and `dangerous_wireshark`.
    """
    def __len__(self, /) -> int: ...
    def __new__(cls, /, file: str | PathLike[str] | ReadableBuffer | SupportsRead[bytes]) -> KeyLog:
        """
        Read a file of keys: a path, anything that is a buffer, or a binary
        file object.
        """
    def __repr__(self, /) -> str: ...
    def dangerous_json(self, /) -> str:
        """
        The keys themselves, in clear text, as JSON of
        ipsec-core/schema/keylog.schema.json.
        """
    def dangerous_wireshark(self, /) -> dict[str, str]:
        """
        The keys themselves, in clear text, as Wireshark's tables by their file
        names. What Wireshark has no table for is left out.
        """
    @property
    def entries(self, /) -> list[KeyEntry]:
        """
        The keys, in the order of their lines.
        """
    @property
    def errors(self, /) -> list[str]:
        """
        What is wrong with the lines that give no key.
        """
    @property
    def formats(self, /) -> list[str]:
        """
        The forms that were met.
        """

@final
class Keyring:
    """
    All keys at hand, to open any number of captures with.
    """
    def __bool__(self, /) -> bool: ...
    def __new__(cls, /, keys: str | PathLike[str] | ReadableBuffer | SupportsRead[bytes] | KeyLog | Keyring | Sequence[str | PathLike[str] | ReadableBuffer | SupportsRead[bytes] | KeyLog | Keyring] | None = None, *, psk: str | bytes | Sequence[str | bytes] | None = None, ca: str | PathLike[str] | ReadableBuffer | SupportsRead[bytes] | Sequence[str | PathLike[str] | ReadableBuffer | SupportsRead[bytes]] | None = None, crl: str | PathLike[str] | ReadableBuffer | SupportsRead[bytes] | Sequence[str | PathLike[str] | ReadableBuffer | SupportsRead[bytes]] | None = None) -> Keyring:
        """
        Gather keys.

        `keys` is a `KeyLog`, a `Keyring`, or what a `KeyLog` is read from: a
        path, a buffer or a binary file object; or a list or tuple of these.
        `psk` is a candidate for the pre-shared key, or a list or tuple of them:
        bytes as they are, or text, in which 0x begins hexadecimal and 0s base64
        digits. `ca` and `crl` are files of authorities' certificates and of
        revocation lists, PEM or DER.
        """
    def __repr__(self, /) -> str: ...

@final
class Limit:
    """
    When a half of an SA ends; without limits never.
    """
    def __new__(cls, /, *, seconds: SupportsFloat | SupportsIndex | None = None, bytes: SupportsIndex | None = None, packets: SupportsIndex | None = None) -> Limit:
        """
        A limit of any of these.
        """
    def __repr__(self, /) -> str: ...
    @property
    def bytes(self, /) -> int | None:
        """
        Bytes of the payloads it protected or opened.
        """
    @property
    def packets(self, /) -> int | None:
        """
        Packets it protected or opened.
        """
    @property
    def seconds(self, /) -> float | None:
        """
        Seconds since it was made.
        """

@final
class Opened:
    """
    What an authentic packet holds.
    """
    def __repr__(self, /) -> str: ...
    @property
    def next_header(self, /) -> int:
        """
        The number of the payload's protocol; 59 of a dummy packet.
        """
    @property
    def number(self, /) -> int:
        """
        Its number.
        """
    @property
    def payload(self, /) -> bytes:
        """
        What was protected.
        """

@final
class Outbound:
    """
    What is to be done with a packet of the protected side.
    """
    def __repr__(self, /) -> str: ...
    @property
    def kind(self, /) -> str:
        """
        "protected": `packet` is to be sent; "bypassed": the packet itself is;
        "acquire": an SA is needed first; "cut": it is to be handed over in
        pieces of at most `mtu` bytes; "answered": nothing, but `packet`, an ICMP
        message, goes to its sender; "dropped": nothing.
        """
    @property
    def mtu(self, /) -> int | None:
        """
        Bytes of the largest piece.
        """
    @property
    def packet(self, /) -> bytes | None:
        """
        The packet to be sent instead.
        """
    @property
    def policy(self, /) -> int | None:
        """
        Place of the policy that wants an SA.
        """
    @property
    def reason(self, /) -> str | None:
        """
        Why it was dropped.
        """
    @property
    def traffic(self, /) -> str | None:
        """
        The traffic that the SA is for.
        """

@final
class Packet:
    """
    A packet of a capture: its bytes, and every field in them.

    A field is reached by its name (`packet.ike`), or by its path
    (`packet["ike.sa.proposal[0].encr"]`); `"esp" in packet` asks whether it is
    there, `packet.get(path)` gives it or None, `packet.find(path)` gives all of
    that path. Iterating gives the fields of the top level.
    """
    def __bytes__(self, /) -> bytes: ...
    def __contains__(self, path: str, /) -> bool: ...
    def __dir__(self, /) -> list[str]: ...
    def __getattribute__(self, name: str, /) -> Field: ...
    def __getitem__(self, path: str, /) -> Field: ...
    def __iter__(self, /) -> Iterator[Field]: ...
    def __repr__(self, /) -> str: ...
    def __str__(self, /) -> str: ...
    def _repr_html_(self, /) -> str: ...
    @property
    def children(self, /) -> list[Field]:
        """
        The fields of the top level.
        """
    @property
    def fault(self, /) -> DecodeError | None:
        """
        What is wrong with it first: an exception that was not raised, with the
        offset and the name of the field; None if all can be read.
        """
    def find(self, /, path: str) -> list[Field]:
        """
        All fields of this path. A segment without an index stands for each
        field of that name.
        """
    def get(self, /, path: str) -> Field | None:
        """
        The first field of this path, or None.
        """
    @property
    def length(self, /) -> int:
        """
        Number of bytes that were captured.
        """
    @property
    def link(self, /) -> int:
        """
        Number of the link layer that its bytes begin with (LINKTYPE_*).
        """
    @property
    def number(self, /) -> int:
        """
        Number in its capture, from 1.
        """
    @property
    def original_length(self, /) -> int:
        """
        Number of bytes that were on the wire.
        """
    def plaintext(self, /) -> bytes:
        """
        What was decrypted in it.

        Raises NoKeyError, WrongKeyError, IntegrityError or PaddingError where
        the keys do not open it, and CryptoError where nothing is encrypted.
        """
    @property
    def sources(self, /) -> list[tuple[str, bytes]]:
        """
        The buffers that ranges refer to, each with its origin: "frame",
        "reassembled" or "decrypted".
        """
    @property
    def time(self, /) -> datetime:
        """
        When it was captured, in UTC, to the microsecond.

        Raises OverflowError or ValueError where the file names a time that
        datetime does not know.
        """
    @property
    def time_ns(self, /) -> int:
        """
        When it was captured, in nanoseconds since 1970.
        """
    def to_dict(self, /) -> dict[str, Any]:
        """
        Number, time, lengths, and all fields by name as plain values: a
        structure becomes a dict, fields that repeat become a list.
        """
    def to_json(self, /) -> str:
        """
        The packet as one line of JSON, as `ipsec decode --format json` writes
        it.
        """
    def to_text(self, /, *, about: bool = False) -> str:
        """
        The packet as indented text, as `ipsec decode` writes it; with `about`
        each field says what it means.
        """
    def tree(self, /) -> list[Field]:
        """
        Every field, a structure before what is in it.
        """

@final
class Patch:
    """
    A change of one configuration.
    """
    def __repr__(self, /) -> str: ...
    @property
    def file(self, /) -> str:
        """
        Name of the file.
        """
    @property
    def patch(self, /) -> str | None:
        """
        The lines to write, in the form of that file, or None.
        """
    @property
    def text(self, /) -> str:
        """
        What to do.
        """
    @property
    def weakens(self, /) -> bool:
        """
        It makes the tunnel weaker.
        """

@final
class Place:
    """
    A place of a configuration and what stands there.
    """
    def __repr__(self, /) -> str: ...
    @property
    def column(self, /) -> int:
        """
        Character of the line, from 1.
        """
    @property
    def file(self, /) -> str:
        """
        Name of the file.
        """
    @property
    def line(self, /) -> int | None:
        """
        Line, from 1; None for what the device fills in by itself.
        """
    @property
    def shows(self, /) -> str:
        """
        What stands there; never a secret.
        """

@final
class Policy:
    """
    What happens to which packets.
    """
    def __eq__(self, value: object, /) -> bool: ...
    def __ne__(self, value: object, /) -> bool: ...
    def __new__(cls, /, name: str, action: str, local: str | SupportsGetItem[int, str], remote: str | SupportsGetItem[int, str], *, protocol: SupportsIndex = 0, local_ports: tuple[SupportsIndex, SupportsIndex] = ..., remote_ports: tuple[SupportsIndex, SupportsIndex] = ..., direction: str | None = None) -> Policy:
        """
        A policy for packets between `local` and `remote` addresses: a prefix,
        a range "FIRST-LAST" or one address, of either a list or tuple too, each
        with each.

        `action` is "protect", "bypass" or "discard"; `protocol` a number, 0 for
        any; the ports are the first and the last; `direction` is "out", "in" or
        None for both.
        """
    def __repr__(self, /) -> str: ...
    @property
    def action(self, /) -> str:
        """
        "protect", "bypass" or "discard".
        """
    @property
    def name(self, /) -> str:
        """
        What people call it.
        """

@final
class Report:
    """
    What some files come to: the verdict, the findings, and what stays open.

    `str(report)` is the text that `ipsec why` prints.
    """
    def __repr__(self, /) -> str: ...
    def __str__(self, /) -> str: ...
    def _repr_html_(self, /) -> str: ...
    def _repr_svg_(self, /) -> str: ...
    @property
    def findings(self, /) -> list[Finding]:
        """
        The findings: root causes first, the most probable first.
        """
    @property
    def has_errors(self, /) -> bool:
        """
        Whether a finding says that traffic does not flow as meant.
        """
    @property
    def inputs(self, /) -> list[Input]:
        """
        The files that were looked at.
        """
    def ladder(self, /) -> str:
        """
        Who said what to whom, as an SVG picture.
        """
    def timeline(self, /) -> str:
        """
        What happened in all files together, as an SVG picture.
        """
    def to_html(self, /) -> str:
        """
        The report as one page with pictures, without scripts.
        """
    def to_json(self, /) -> str:
        """
        The report as JSON of ipsec-core/schema/report.schema.json.
        """
    def to_markdown(self, /) -> str:
        """
        The report as Markdown, for tickets.
        """
    def to_sarif(self, /) -> str:
        """
        The report as SARIF 2.1.0, for code scanners.
        """
    def to_text(self, /, *, verbose: bool = False) -> str:
        """
        The report as text; with `verbose` every finding in full.
        """
    @property
    def unknowns(self, /) -> list[Unknown]:
        """
        What could not be decided, and what would decide it.
        """
    @property
    def verdict(self, /) -> Verdict:
        """
        How the tunnel stands, and the code of the finding that is the cause.
        """

@final
class Sighting:
    """
    A place in a file, and what it shows.
    """
    def __repr__(self, /) -> str: ...
    @property
    def column(self, /) -> int | None:
        """
        Character of that line, from 1.
        """
    @property
    def field(self, /) -> str | None:
        """
        Path of the field in the packet.
        """
    @property
    def input(self, /) -> int | None:
        """
        Index of the file in `Report.inputs`.
        """
    @property
    def length(self, /) -> int | None:
        """
        Number of bytes.
        """
    @property
    def line(self, /) -> int | None:
        """
        Number of the line in its file, from 1.
        """
    @property
    def offset(self, /) -> int | None:
        """
        First byte, counted in the frame or in the reassembled datagram.
        """
    @property
    def packet(self, /) -> int | None:
        """
        Number of the packet in its capture, from 1.
        """
    @property
    def quote(self, /) -> str | None:
        """
        The words that stand there.
        """
    @property
    def shows(self, /) -> str:
        """
        What it shows, in a short sentence.
        """
    @property
    def time(self, /) -> str | None:
        """
        When, by the clock of that file (RFC 3339).
        """

@final
class Spd:
    """
    All policies in their order: the first that fits a packet decides, and what
    none fits is discarded.
    """
    def __len__(self, /) -> int: ...
    def __new__(cls, /, policies: SupportsGetItem[int, Policy]) -> Spd:
        """
        A database of these policies.
        """
    def explain(self, /, direction: str, local: str | IPv4Address | IPv6Address, remote: str | IPv4Address | IPv6Address, protocol: SupportsIndex, ports: tuple[SupportsIndex, SupportsIndex] | None = None) -> Decision:
        """
        Say what happens to a packet that goes "out" or "in". `local` is its
        source on the way out, and its destination on the way in; `ports` are
        the local and the remote one, None for a packet that shows none.
        """
    @property
    def policies(self, /) -> list[Policy]:
        """
        The policies in order.
        """

@final
class Table:
    """
    Rows that are read as they are asked for, by anything that knows Arrow:
    `pyarrow.table(t)`, `polars.DataFrame(t)`, `pandas.DataFrame.from_arrow(t)`,
    `duckdb.sql("from t")`.

    Every reader begins anew. Nothing of it is held in memory.
    """
    def __arrow_c_stream__(self, /, requested_schema: Any | None = None) -> CapsuleType:
        """
        The rows as an Arrow C stream. A schema that is asked for is not heeded,
        as the interface allows.
        """
    def __repr__(self, /) -> str: ...
    @property
    def faults(self, /) -> list[str]:
        """
        What was wrong with the file, as far as it was read. The rows before a
        fault come all the same, and those behind it where the format allows
        that.
        """

@final
class Unknown:
    """
    A question that the files leave open.
    """
    def __repr__(self, /) -> str: ...
    @property
    def decided_by(self, /) -> list[str]:
        """
        What would decide it: a key, a log, a capture, and from where.
        """
    @property
    def question(self, /) -> str:
        """
        The question.
        """

@final
class Verdict:
    """
    The answer in one line.
    """
    def __repr__(self, /) -> str: ...
    def __str__(self, /) -> str: ...
    @property
    def cause(self, /) -> str | None:
        """
        Code of the finding that is the cause, or None.
        """
    @property
    def state(self, /) -> str:
        """
        "established", "failed", "degraded" or "inconclusive".
        """

def command(arguments: "list[str]") -> int:
    """
    Run the command `ipsec` with these arguments, its own name the first of
    them, and return its exit status. It writes to the standard output of the
    process, not to `sys.stdout`.
    """

def compare(*files: "str | PathLike[str] | ReadableBuffer | SupportsRead[bytes] | tuple[str, str | PathLike[str] | ReadableBuffer | SupportsRead[bytes]]", profile: str = "ietf") -> Comparison:
    """
    Say whether the configurations of a tunnel's ends fit, which lines do not,
    and what to write.

    `files` are what `diagnose` takes. `profile` says whose rules decide which
    algorithms are weak: "ietf", "rfc8247", "rfc8221", "cnsa" or "legacy-ok".

    Raises UnreadableError where no file holds a connection.
    """

def diagnose(*files: "str | PathLike[str] | ReadableBuffer | SupportsRead[bytes] | tuple[str, str | PathLike[str] | ReadableBuffer | SupportsRead[bytes]]", keys: str | PathLike[str] | ReadableBuffer | SupportsRead[bytes] | KeyLog | Keyring | Sequence[str | PathLike[str] | ReadableBuffer | SupportsRead[bytes] | KeyLog | Keyring] | None = None, psk: str | bytes | Sequence[str | bytes] | None = None, ca: str | PathLike[str] | ReadableBuffer | SupportsRead[bytes] | Sequence[str | PathLike[str] | ReadableBuffer | SupportsRead[bytes]] | None = None, crl: str | PathLike[str] | ReadableBuffer | SupportsRead[bytes] | Sequence[str | PathLike[str] | ReadableBuffer | SupportsRead[bytes]] | None = None) -> Report:
    """
    Say why a tunnel fails, or that it does not.

    `files` are captures, logs, configurations and keys of one or both ends, in
    any order and mixture: paths, anything that is a buffer, binary file
    objects, or pairs of a name and one of these. What `keys`, `psk`, `ca` and
    `crl` can be, `Keyring` says.

    Raises OSError where a file cannot be opened, and UnreadableError where
    none of them holds anything that is known; what is wrong with one of
    several says `Report.inputs`.
    """

def findings(*files: "str | PathLike[str] | ReadableBuffer | SupportsRead[bytes] | tuple[str, str | PathLike[str] | ReadableBuffer | SupportsRead[bytes]]", keys: str | PathLike[str] | ReadableBuffer | SupportsRead[bytes] | KeyLog | Keyring | Sequence[str | PathLike[str] | ReadableBuffer | SupportsRead[bytes] | KeyLog | Keyring] | None = None) -> Table:
    """
    What files come to, a row for each finding: the table of what `diagnose`
    says of them.
    """

def merge(names: SupportsGetItem[int, str], parts: SupportsGetItem[int, bytes | bytearray]) -> Report:
    """
    Put the partitions of captures of these names together, in whatever order
    they come: the report is that of one process.

    Raises ValueError when a partition is missing, or came twice.
    """

def messages(file: str | PathLike[str] | ReadableBuffer, *, keys: str | PathLike[str] | ReadableBuffer | SupportsRead[bytes] | KeyLog | Keyring | Sequence[str | PathLike[str] | ReadableBuffer | SupportsRead[bytes] | KeyLog | Keyring] | None = None) -> Table:
    """
    The IKE messages of a capture (a path or a buffer), a row for each, opened
    with the keys that fit. What `keys` can be, `Keyring` says.

    Raises OSError where a file cannot be opened, DecodeError where `file` is no
    capture.
    """

def open(file: str | PathLike[str] | ReadableBuffer | SupportsRead[bytes], *, keys: str | PathLike[str] | ReadableBuffer | SupportsRead[bytes] | KeyLog | Keyring | Sequence[str | PathLike[str] | ReadableBuffer | SupportsRead[bytes] | KeyLog | Keyring] | None = None, psk: str | bytes | Sequence[str | bytes] | None = None, ca: str | PathLike[str] | ReadableBuffer | SupportsRead[bytes] | Sequence[str | PathLike[str] | ReadableBuffer | SupportsRead[bytes]] | None = None, crl: str | PathLike[str] | ReadableBuffer | SupportsRead[bytes] | Sequence[str | PathLike[str] | ReadableBuffer | SupportsRead[bytes]] | None = None, filter: str | None = None, strict: bool = False) -> Capture:
    """
    Open a capture (pcap or pcapng, gzipped or not) to iterate over its
    packets.

    `file` is a path, anything that is a buffer, or a binary file object. What
    `keys`, `psk`, `ca` and `crl` can be, `Keyring` says; with them encrypted
    parts are opened and checked. Only packets for which `filter` holds are
    given, such as "ike.exchange == IKE_AUTH and ip.src == 192.0.2.0/24".

    A fault in the middle of the file becomes an `IpsecWarning` and an entry of
    `Capture.faults`, and reading goes on behind it where the format allows
    that; with `strict` it is raised. Raises OSError where the file cannot be
    opened, DecodeError where it is no capture, FilterError for a wrong filter.
    """

def packets(file: str | PathLike[str] | ReadableBuffer) -> Table:
    """
    The packets of a capture (a path or a buffer), a row for each, from their
    heads alone.

    Raises OSError where the file cannot be opened, DecodeError where it is no
    capture.
    """

def read_partition(file: str | PathLike[str] | ReadableBuffer, partition: SupportsIndex, of: SupportsIndex, *, input: SupportsIndex = 0, keys: str | PathLike[str] | ReadableBuffer | SupportsRead[bytes] | KeyLog | Keyring | Sequence[str | PathLike[str] | ReadableBuffer | SupportsRead[bytes] | KeyLog | Keyring] | None = None) -> bytes:
    """
    Read the facts of one of several partitions of a capture, for `merge`: of
    number `partition`, from 0, of `of`. `input` is the place of the capture
    among all.
    """
