//! Numbers of the layers beneath IPsec: IP protocols, EtherTypes, ICMP, IP
//! options, and the link types of capture files.

use super::registry;

mod protocol;

pub use protocol::Protocol;

registry! {
    /// EtherTypes (IANA "IEEE 802 Numbers").
    EtherType(u16) {
        IPV4 = 0x0800 => "IPv4";
        ARP = 0x0806;
        WAKE_ON_LAN = 0x0842 => "Wake-on-LAN";
        TRANS_ETHER_BRIDGING = 0x6558 => "Transparent Ethernet Bridging";
        RARP = 0x8035;
        VLAN = 0x8100 => "802.1Q";
        IPX = 0x8137;
        IPV6 = 0x86dd => "IPv6";
        FLOW_CONTROL = 0x8808 => "Ethernet flow control";
        SLOW_PROTOCOLS = 0x8809 => "Slow protocols";
        PPP = 0x880b;
        MPLS = 0x8847;
        MPLS_UPSTREAM = 0x8848 => "MPLS (upstream label)";
        PPPOE_DISCOVERY = 0x8863 => "PPPoE Discovery";
        PPPOE_SESSION = 0x8864 => "PPPoE Session";
        EAPOL = 0x888e;
        PROVIDER_BRIDGING = 0x88a8 => "802.1ad (QinQ)";
        LLDP = 0x88cc;
        MACSEC = 0x88e5 => "MACsec";
        PTP = 0x88f7;
        CFM = 0x8902;
        QINQ_9100 = 0x9100 => "802.1Q (QinQ, 0x9100)";
        QINQ_9200 = 0x9200 => "802.1Q (QinQ, 0x9200)";
    }

    /// ICMP types (RFC 792 and the IANA ICMP registry).
    IcmpType(u8) {
        ECHO_REPLY = 0 => "Echo Reply";
        DESTINATION_UNREACHABLE = 3 => "Destination Unreachable";
        SOURCE_QUENCH = 4 => "Source Quench";
        REDIRECT = 5 => "Redirect";
        ECHO = 8 => "Echo";
        ROUTER_ADVERTISEMENT = 9 => "Router Advertisement";
        ROUTER_SOLICITATION = 10 => "Router Solicitation";
        TIME_EXCEEDED = 11 => "Time Exceeded";
        PARAMETER_PROBLEM = 12 => "Parameter Problem";
        TIMESTAMP = 13 => "Timestamp";
        TIMESTAMP_REPLY = 14 => "Timestamp Reply";
        INFORMATION_REQUEST = 15 => "Information Request";
        INFORMATION_REPLY = 16 => "Information Reply";
        ADDRESS_MASK_REQUEST = 17 => "Address Mask Request";
        ADDRESS_MASK_REPLY = 18 => "Address Mask Reply";
        PHOTURIS = 40 => "Photuris";
        EXTENDED_ECHO_REQUEST = 42 => "Extended Echo Request";
        EXTENDED_ECHO_REPLY = 43 => "Extended Echo Reply";
    }

    /// Codes of ICMP Destination Unreachable (RFC 792, RFC 1191, RFC 1812).
    UnreachableCode(u8) {
        NET = 0 => "Net Unreachable";
        HOST = 1 => "Host Unreachable";
        PROTOCOL = 2 => "Protocol Unreachable";
        PORT = 3 => "Port Unreachable";
        FRAGMENTATION_NEEDED = 4 => "Fragmentation Needed";
        SOURCE_ROUTE_FAILED = 5 => "Source Route Failed";
        NET_UNKNOWN = 6 => "Destination Network Unknown";
        HOST_UNKNOWN = 7 => "Destination Host Unknown";
        SOURCE_HOST_ISOLATED = 8 => "Source Host Isolated";
        NET_PROHIBITED = 9 => "Network Administratively Prohibited";
        HOST_PROHIBITED = 10 => "Host Administratively Prohibited";
        NET_TOS = 11 => "Network Unreachable for Type of Service";
        HOST_TOS = 12 => "Host Unreachable for Type of Service";
        ADMIN_PROHIBITED = 13 => "Communication Administratively Prohibited";
        HOST_PRECEDENCE_VIOLATION = 14 => "Host Precedence Violation";
        PRECEDENCE_CUTOFF = 15 => "Precedence Cutoff in Effect";
    }

    /// ICMPv6 types (RFC 4443 and the IANA ICMPv6 registry).
    Icmpv6Type(u8) {
        DESTINATION_UNREACHABLE = 1 => "Destination Unreachable";
        PACKET_TOO_BIG = 2 => "Packet Too Big";
        TIME_EXCEEDED = 3 => "Time Exceeded";
        PARAMETER_PROBLEM = 4 => "Parameter Problem";
        ECHO_REQUEST = 128 => "Echo Request";
        ECHO_REPLY = 129 => "Echo Reply";
        MLD_QUERY = 130 => "Multicast Listener Query";
        MLD_REPORT = 131 => "Multicast Listener Report";
        MLD_DONE = 132 => "Multicast Listener Done";
        ROUTER_SOLICITATION = 133 => "Router Solicitation";
        ROUTER_ADVERTISEMENT = 134 => "Router Advertisement";
        NEIGHBOR_SOLICITATION = 135 => "Neighbor Solicitation";
        NEIGHBOR_ADVERTISEMENT = 136 => "Neighbor Advertisement";
        REDIRECT = 137 => "Redirect";
        ROUTER_RENUMBERING = 138 => "Router Renumbering";
        NODE_INFORMATION_QUERY = 139 => "Node Information Query";
        NODE_INFORMATION_RESPONSE = 140 => "Node Information Response";
        INVERSE_ND_SOLICITATION = 141 => "Inverse Neighbor Discovery Solicitation";
        INVERSE_ND_ADVERTISEMENT = 142 => "Inverse Neighbor Discovery Advertisement";
        MLDV2_REPORT = 143 => "Version 2 Multicast Listener Report";
        HOME_AGENT_REQUEST = 144 => "Home Agent Address Discovery Request";
        HOME_AGENT_REPLY = 145 => "Home Agent Address Discovery Reply";
        MOBILE_PREFIX_SOLICITATION = 146 => "Mobile Prefix Solicitation";
        MOBILE_PREFIX_ADVERTISEMENT = 147 => "Mobile Prefix Advertisement";
        CERTIFICATION_PATH_SOLICITATION = 148 => "Certification Path Solicitation";
        CERTIFICATION_PATH_ADVERTISEMENT = 149 => "Certification Path Advertisement";
        MULTICAST_ROUTER_ADVERTISEMENT = 151 => "Multicast Router Advertisement";
        MULTICAST_ROUTER_SOLICITATION = 152 => "Multicast Router Solicitation";
        MULTICAST_ROUTER_TERMINATION = 153 => "Multicast Router Termination";
        FMIPV6 = 154 => "FMIPv6";
        RPL_CONTROL = 155 => "RPL Control";
        DUPLICATE_ADDRESS_REQUEST = 157 => "Duplicate Address Request";
        DUPLICATE_ADDRESS_CONFIRMATION = 158 => "Duplicate Address Confirmation";
        EXTENDED_ECHO_REQUEST = 160 => "Extended Echo Request";
        EXTENDED_ECHO_REPLY = 161 => "Extended Echo Reply";
    }

    /// Codes of ICMPv6 Destination Unreachable (RFC 4443 §3.1).
    Unreachable6Code(u8) {
        NO_ROUTE = 0 => "No Route to Destination";
        ADMIN_PROHIBITED = 1 => "Communication Administratively Prohibited";
        BEYOND_SCOPE = 2 => "Beyond Scope of Source Address";
        ADDRESS = 3 => "Address Unreachable";
        PORT = 4 => "Port Unreachable";
        SOURCE_POLICY = 5 => "Source Address Failed Ingress/Egress Policy";
        REJECT_ROUTE = 6 => "Reject Route to Destination";
        SOURCE_ROUTING_HEADER = 7 => "Error in Source Routing Header";
        HEADERS_TOO_LONG = 8 => "Headers Too Long";
    }

    /// IPv4 option types, whole octet: copied flag, class and number
    /// (RFC 791 §3.1 and the IANA registry).
    Ipv4Option(u8) {
        END = 0 => "End of Options List";
        NOP = 1 => "No Operation";
        RECORD_ROUTE = 7 => "Record Route";
        EXPERIMENTAL_MEASUREMENT = 10 => "Experimental Measurement";
        MTU_PROBE = 11 => "MTU Probe";
        MTU_REPLY = 12 => "MTU Reply";
        ENCODE = 15;
        QUICK_START = 25 => "Quick-Start";
        EXPERIMENT_30 = 30 => "Experiment 30";
        TIMESTAMP = 68 => "Time Stamp";
        TRACEROUTE = 82 => "Traceroute";
        EXPERIMENT_94 = 94 => "Experiment 94";
        SECURITY = 130 => "Security";
        LOOSE_SOURCE_ROUTE = 131 => "Loose Source Route";
        EXTENDED_SECURITY = 133 => "Extended Security";
        COMMERCIAL_SECURITY = 134 => "Commercial Security";
        STREAM_ID = 136 => "Stream ID";
        STRICT_SOURCE_ROUTE = 137 => "Strict Source Route";
        EXPERIMENTAL_ACCESS_CONTROL = 142 => "Experimental Access Control";
        IMI_TRAFFIC_DESCRIPTOR = 144 => "IMI Traffic Descriptor";
        EXTENDED_IP = 145 => "Extended Internet Protocol";
        ADDRESS_EXTENSION = 147 => "Address Extension";
        ROUTER_ALERT = 148 => "Router Alert";
        SELECTIVE_BROADCAST = 149 => "Selective Directed Broadcast";
        DYNAMIC_PACKET_STATE = 151 => "Dynamic Packet State";
        UPSTREAM_MULTICAST = 152 => "Upstream Multicast Packet";
        EXPERIMENT_158 = 158 => "Experiment 158";
        EXPERIMENTAL_FLOW_CONTROL = 205 => "Experimental Flow Control";
        EXPERIMENT_222 = 222 => "Experiment 222";
    }

    /// IPv6 hop-by-hop and destination option types, whole octet
    /// (RFC 8200 §4.2 and the IANA registry).
    Ipv6Option(u8) {
        PAD1 = 0x00 => "Pad1";
        PADN = 0x01 => "PadN";
        TUNNEL_ENCAPSULATION_LIMIT = 0x04 => "Tunnel Encapsulation Limit";
        ROUTER_ALERT = 0x05 => "Router Alert";
        CALIPSO = 0x07;
        SMF_DPD = 0x08;
        PDM = 0x0f => "Performance and Diagnostic Metrics";
        RPL_HOP_BY_HOP = 0x23 => "RPL Option";
        QUICK_START = 0x26 => "Quick-Start";
        MINIMUM_PATH_MTU = 0x30 => "Minimum Path MTU Hop-by-Hop Option";
        RPL = 0x63 => "RPL Option (deprecated)";
        MPL = 0x6d => "MPL Option";
        ILNP_NONCE = 0x8b => "ILNP Nonce";
        LINE_IDENTIFICATION = 0x8c => "Line-Identification Option";
        JUMBO_PAYLOAD = 0xc2 => "Jumbo Payload";
        HOME_ADDRESS = 0xc9 => "Home Address";
        IP_DFF = 0xee => "IP_DFF";
    }

    /// AGGFRAG_PAYLOAD sub-types, the first octet of an IP-TFS payload
    /// (RFC 9347 §6.1).
    AggfragSubtype(u8) {
        NON_CONGESTION_CONTROL = 0 => "Non-Congestion-Control Format";
        CONGESTION_CONTROL = 1 => "Congestion Control Format";
    }

    /// Link types of pcap and pcapng files (the tcpdump group's list).
    LinkType(u32) {
        NULL = 0 => "BSD loopback";
        ETHERNET = 1 => "Ethernet";
        IEEE802_5 = 6 => "Token Ring";
        SLIP = 8;
        PPP = 9;
        FDDI = 10;
        RAW_DLT_12 = 12 => "Raw IP (DLT 12)";
        RAW_DLT_14 = 14 => "Raw IP (DLT 14)";
        PPP_HDLC = 50 => "PPP in HDLC-like framing";
        PPP_ETHER = 51 => "PPPoE";
        RAW = 101 => "Raw IP";
        C_HDLC = 104 => "Cisco HDLC";
        IEEE802_11 = 105 => "IEEE 802.11";
        FRELAY = 107 => "Frame Relay";
        LOOP = 108 => "OpenBSD loopback";
        ENC = 109 => "OpenBSD encapsulated IP (enc)";
        LINUX_SLL = 113 => "Linux cooked capture v1";
        PFLOG = 117 => "OpenBSD pflog";
        IEEE802_11_RADIOTAP = 127 => "IEEE 802.11 with radiotap";
        JUNIPER_SERVICES = 136 => "Juniper services";
        USER0 = 147 => "User 0";
        PPP_PPPD = 166 => "PPP (pppd)";
        PPI = 192 => "Per-Packet Information";
        PPP_WITH_DIR = 204 => "PPP with direction";
        IPNET = 226 => "Solaris ipnet";
        IPV4 = 228 => "Raw IPv4";
        IPV6 = 229 => "Raw IPv6";
        NFLOG = 239 => "Linux NFLOG";
        NETLINK = 253 => "Linux Netlink";
        LINUX_SLL2 = 276 => "Linux cooked capture v2";
    }
}
