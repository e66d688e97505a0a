"""Packets to and from Scapy (`pip install ipsec-core[scapy]`)."""

from scapy.config import conf
from scapy.packet import Packet as ScapyPacket
from scapy.packet import Raw

from . import Decoder, Packet

__all__ = ["from_scapy", "to_scapy"]

_RAW_IP = 101
"""LINKTYPE_RAW: an IP packet without a link layer."""

_SAME = {12: _RAW_IP, 14: _RAW_IP, 228: _RAW_IP, 229: _RAW_IP}
"""Numbers that programs use for it, too."""


def to_scapy(packet: Packet) -> ScapyPacket:
    """The same bytes as a packet of Scapy, with the same time."""
    layer = conf.l2types.num2layer.get(packet.link, Raw)
    made: ScapyPacket = layer(bytes(packet))
    made.time = packet.time_ns / 1e9
    made.wirelen = packet.original_length
    return made


def from_scapy(packet: ScapyPacket, *, decoder: Decoder | None = None) -> Packet:
    """The packet with all its fields; `decoder` remembers keys and fragments.

    Raises ValueError where Scapy has no number for its first layer.
    """
    link = conf.l2types.layer2num.get(type(packet))
    if link is None:
        raise ValueError(f"no link layer is known that begins with {packet.name}")
    decoder = Decoder() if decoder is None else decoder
    time_ns = int(packet.time * 1_000_000) * 1000
    return decoder.decode(bytes(packet), link=_SAME.get(link, link), time_ns=time_ns)
