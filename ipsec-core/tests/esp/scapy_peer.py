"""Scapy as the peer of an ESP or AH SA.

Reads a list of cases as JSON from standard input: an SA, a packet, and the
same packet as we protected it. Writes for each what Scapy opened, and the
packet as Scapy protects it.
"""

import json
import sys

from scapy.config import conf
from scapy.layers.inet import IP, UDP
from scapy.layers.inet6 import IPv6
from scapy.layers.ipsec import AH, ESP, SecurityAssociation


def read(packet):
    return (IP if packet[0] >> 4 == 4 else IPv6)(packet)


def association(case):
    head = case["tunnel"]
    tunnel = head and (IPv6 if ":" in head[0] else IP)(src=head[0], dst=head[1])
    return SecurityAssociation(
        {"esp": ESP, "ah": AH}[case["protocol"]],
        spi=case["spi"],
        crypt_algo=case["crypt"],
        crypt_key=bytes.fromhex(case["crypt_key"]),
        crypt_icv_size=case["icv"],
        auth_algo=case["auth"],
        auth_key=bytes.fromhex(case["auth_key"]),
        tunnel_header=tunnel,
        nat_t_header=UDP(sport=4500, dport=4500) if case["udp"] else None,
        esn_en=case["high"] is not None,
        esn=case["high"] or 0,
    )


def answer(case):
    sa = association(case)
    opened = sa.decrypt(read(bytes.fromhex(case["ours"])))
    theirs = sa.encrypt(read(bytes.fromhex(case["inner"])), seq_num=case["sequence"])
    return {"opened": bytes(opened).hex(), "theirs": bytes(theirs).hex()}


conf.verb = 0
json.dump([answer(case) for case in json.load(sys.stdin)], sys.stdout)
