"""The same bytes as Scapy's own layers read them."""

from pathlib import Path

import pytest
from scapy.contrib.ikev2 import IKEv2, IKEv2_KE, IKEv2_Notify, IKEv2_SA
from scapy.layers.inet import IP, UDP
from scapy.layers.ipsec import ESP
from scapy.layers.l2 import Ether
from scapy.utils import rdpcap

import ipsec_core
from ipsec_core.scapy import from_scapy, to_scapy


def test_there_and_back(tunnel: Path) -> None:
    for ours, theirs in zip(ipsec_core.open(tunnel), rdpcap(str(tunnel)), strict=True):
        assert bytes(to_scapy(ours)) == bytes(theirs) == bytes(ours)
        assert from_scapy(theirs).to_dict()["ip"] == ours.to_dict()["ip"]
        assert float(to_scapy(ours).time) == pytest.approx(float(theirs.time), abs=1e-6)
        assert from_scapy(to_scapy(ours)).time_ns // 1000 == pytest.approx(ours.time_ns // 1000, abs=1)


def test_both_read_the_same(no_proposal: Path) -> None:
    for packet in ipsec_core.open(no_proposal):
        theirs = to_scapy(packet)
        assert theirs[IP].src == packet.ip.src.value
        assert theirs[UDP].sport == packet.udp.src_port.value
        ike = theirs[IKEv2]
        assert int.from_bytes(ike.init_SPI) == packet.ike.spi_i.value
        assert ike.exch_type == packet.ike.exchange.value
        assert ike.id == packet.ike.message_id.value
        notifies = [layer for layer in theirs.layers() if layer is IKEv2_Notify]
        assert len(notifies) == len(packet.find("ike.notify"))
        if "ike.sa" in packet:
            transforms = packet.ike.sa.proposals[0].transforms
            assert theirs[IKEv2_SA].prop.trans_nb == len(transforms)
            assert theirs[IKEv2_SA].prop.trans.transform_id == transforms[0].value
            assert theirs[IKEv2_KE].group == packet["ike.ke"].value


def test_what_scapy_makes(tunnel: Path, tunnel_keys: Path) -> None:
    decoder = ipsec_core.Decoder(keys=tunnel_keys)
    opened = [from_scapy(one, decoder=decoder) for one in rdpcap(str(tunnel))]
    assert [one.number for one in opened] == list(range(1, 13))
    assert opened[4].unsealed.symbol == "verified"
    made = from_scapy(IP(src="192.0.2.1", dst="192.0.2.2") / ESP(spi=0x1234, seq=7, data=bytes(40)))
    assert (made.esp.spi.value, made.esp.sequence.value, made.link) == (0x1234, 7, 101)
    framed = from_scapy(Ether() / IP() / UDP(sport=500, dport=500) / IKEv2(exch_type="IKE_SA_INIT"))
    assert framed.ike.exchange.symbol == "IKE_SA_INIT"
    with pytest.raises(ValueError, match="UDP"):
        from_scapy(UDP())
