//! What the fields of the link layers are called and mean.

use crate::wire::layout::{Field, Show};
use crate::wire::registry::ip::EtherType;

macro_rules! fields {
    ($($name:ident: $segment:literal, $title:literal, $about:literal, $show:expr;)*) => {$(
        pub(super) static $name: Field = Field::new($segment, $title, $about, $show);
    )*};
}

fields! {
    ETH: "eth", "Ethernet", "Ethernet frame, IEEE 802.3", Show::Group;
    DST: "dst", "Destination", "Destination address", Show::Mac;
    SRC: "src", "Source", "Source address", Show::Mac;
    TYPE: "type", "Type", "What follows", Show::Named(EtherType::name_of);
    LENGTH: "length", "Length", "Bytes that follow", Show::Dec;

    VLAN: "vlan", "VLAN tag", "Virtual LAN tag, IEEE 802.1Q", Show::Group;
    TCI: "tci", "Tag control", "Priority, drop eligibility and VLAN ID, IEEE 802.1Q §9.6", Show::Hex;
    PCP: "pcp", "Priority", "Priority code point, IEEE 802.1Q §6.9.3", Show::Dec;
    DEI: "dei", "Drop eligible", "May be dropped first, IEEE 802.1Q §6.9.3", Show::Dec;
    ID: "id", "VLAN ID", "The virtual LAN, IEEE 802.1Q §9.6", Show::Dec;

    LLC: "llc", "LLC", "Logical link control, IEEE 802.2", Show::Group;
    DSAP: "dsap", "DSAP", "Destination service access point", Show::Hex;
    SSAP: "ssap", "SSAP", "Source service access point", Show::Hex;
    CONTROL: "control", "Control", "Control octet", Show::Hex;
    SNAP: "snap", "SNAP", "Subnetwork access protocol, RFC 1042", Show::Group;
    OUI: "oui", "OUI", "Who assigned the type, RFC 1042", Show::Bytes;

    SLL: "sll", "Linux cooked capture", "Head of a Linux cooked capture, version 1", Show::Group;
    SLL2: "sll2", "Linux cooked capture", "Head of a Linux cooked capture, version 2", Show::Group;
    PACKET_TYPE: "packet_type", "Packet type", "To or from whom the frame went", Show::Named(packet_type);
    HARDWARE: "hardware", "Hardware type", "Kind of interface, Linux ARPHRD number", Show::Dec;
    ADDRESS_LENGTH: "address_length", "Address length", "Bytes of the sender's link-layer address", Show::Dec;
    ADDRESS: "address", "Address", "The sender's link-layer address", Show::Mac;
    UNUSED: "unused", "Unused", "The rest of the address field", Show::Bytes;
    PROTOCOL: "protocol", "Protocol", "What follows", Show::Named(EtherType::name_of);
    RESERVED: "reserved", "Reserved", "Zero", Show::Hex;
    INTERFACE: "interface", "Interface index", "Number of the interface on the capturing machine", Show::Dec;

    NULL: "null", "Loopback", "Head of a BSD loopback capture", Show::Group;
    ENC: "enc", "Encapsulating interface", "Head of a BSD enc interface: a packet before or after IPsec", Show::Group;
    FAMILY_WORD: "family_word", "Address family", "The family, in the byte order of the capturing machine", Show::Hex;
    FAMILY: "family", "Family", "Address family of the packet", Show::Named(family);
    ENC_SPI: "spi", "SPI", "Security association that the packet belongs to", Show::Hex;
    ENC_FLAGS: "flags", "Flags", "What IPsec does to the packet, in the byte order of the capturing machine", Show::Hex;

    PPPOE: "pppoe", "PPPoE", "PPP over Ethernet, RFC 2516", Show::Group;
    VERSION_TYPE: "version_type", "Version and type", "Four bits each, both 1, RFC 2516 §4", Show::Hex;
    CODE: "code", "Code", "0 in a session, RFC 2516 §4", Show::Hex;
    SESSION: "session", "Session ID", "The session, RFC 2516 §4", Show::Hex;

    PPP: "ppp", "PPP", "Point-to-Point Protocol, RFC 1661", Show::Group;
    FRAMING: "framing", "Address and control", "Always ff 03, RFC 1662 §3.1", Show::Hex;
    PPP_PROTOCOL: "protocol", "Protocol", "What follows, RFC 1661 §2", Show::Named(ppp_protocol);
    CHDLC: "chdlc", "Cisco HDLC", "Cisco's framing on serial lines", Show::Group;
    HDLC_ADDRESS: "address", "Address", "0x0f unicast, 0x8f broadcast", Show::Hex;

    PAYLOAD: "payload", "Payload", "What the frame carries", Show::Bytes;
    TRAILING: "trailing", "Trailing bytes", "Bytes after the end that the lengths give", Show::Bytes;
}

fn packet_type(value: u64) -> Option<&'static str> {
    Some(match value {
        0 => "to us",
        1 => "broadcast",
        2 => "multicast",
        3 => "between others",
        4 => "from us",
        _ => return None,
    })
}

/// The systems do not agree on the number of IPv6.
fn family(value: u64) -> Option<&'static str> {
    Some(match value {
        2 => "IPv4",
        10 => "IPv6 (Linux)",
        23 => "IPv6 (Windows)",
        24 => "IPv6 (NetBSD, OpenBSD)",
        26 => "IPv6 (Solaris)",
        28 => "IPv6 (FreeBSD)",
        30 => "IPv6 (Darwin)",
        _ => return None,
    })
}

fn ppp_protocol(value: u64) -> Option<&'static str> {
    Some(match value {
        0x0021 => "IPv4",
        0x002d => "Van Jacobson compressed TCP/IP",
        0x002f => "Van Jacobson uncompressed TCP/IP",
        0x003d => "Multilink",
        0x0053 => "Encryption",
        0x0057 => "IPv6",
        0x00fd => "Compressed datagram",
        0x8021 => "IPCP",
        0x8053 => "ECP",
        0x8057 => "IPv6CP",
        0x80fd => "CCP",
        0xc021 => "LCP",
        0xc023 => "PAP",
        0xc025 => "LQR",
        0xc223 => "CHAP",
        0xc227 => "EAP",
        _ => return None,
    })
}
