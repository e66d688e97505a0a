//! Names of protocols and ports as access lists write them.

use crate::wire::registry::ip::Protocol;

/// The number of an IP protocol; 0 for any.
pub(super) fn protocol(name: &str) -> Option<u8> {
    Some(match name {
        "ip" | "ipv4" | "ipv6" => 0,
        "icmp" => Protocol::ICMP.0,
        "igmp" => Protocol::IGMP.0,
        "ipinip" => Protocol::IPV4.0,
        "tcp" => Protocol::TCP.0,
        "udp" => Protocol::UDP.0,
        "gre" => Protocol::GRE.0,
        "esp" | "esp50" => Protocol::ESP.0,
        "ah" | "ahp" => Protocol::AH.0,
        "icmp6" | "icmpv6" => Protocol::ICMPV6.0,
        "eigrp" => 88,
        "ospf" => 89,
        "nos" => 94,
        "pim" => 103,
        "pcp" => 108,
        "sctp" => Protocol::SCTP.0,
        _ => number(name).and_then(|number| u8::try_from(number).ok())?,
    })
}

/// The number of a TCP or UDP port.
pub(super) fn port(name: &str) -> Option<u16> {
    let found = PORTS.iter().find(|(known, _)| *known == name);
    match found {
        Some((_, port)) => Some(*port),
        None => number(name),
    }
}

/// A decimal number without a sign.
fn number(text: &str) -> Option<u16> {
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    digits.then(|| text.parse().ok())?
}

/// Ports by the names that IOS and ASA print for them.
const PORTS: [(&str, u16); 68] = [
    ("echo", 7),
    ("discard", 9),
    ("daytime", 13),
    ("chargen", 19),
    ("ftp-data", 20),
    ("ftp", 21),
    ("ssh", 22),
    ("telnet", 23),
    ("smtp", 25),
    ("time", 37),
    ("nameserver", 42),
    ("whois", 43),
    ("tacacs", 49),
    ("domain", 53),
    ("bootps", 67),
    ("bootpc", 68),
    ("tftp", 69),
    ("gopher", 70),
    ("finger", 79),
    ("www", 80),
    ("http", 80),
    ("hostname", 101),
    ("pop2", 109),
    ("pop3", 110),
    ("sunrpc", 111),
    ("ident", 113),
    ("nntp", 119),
    ("ntp", 123),
    ("msrpc", 135),
    ("netbios-ns", 137),
    ("netbios-dgm", 138),
    ("netbios-ssn", 139),
    ("netbios-ss", 139),
    ("imap4", 143),
    ("snmp", 161),
    ("snmptrap", 162),
    ("xdmcp", 177),
    ("bgp", 179),
    ("irc", 194),
    ("dnsix", 195),
    ("ldap", 389),
    ("mobile-ip", 434),
    ("https", 443),
    ("pim-auto-rp", 496),
    ("isakmp", 500),
    ("exec", 512),
    ("biff", 512),
    ("login", 513),
    ("who", 513),
    ("cmd", 514),
    ("rsh", 514),
    ("syslog", 514),
    ("lpd", 515),
    ("talk", 517),
    ("rip", 520),
    ("uucp", 540),
    ("klogin", 543),
    ("kshell", 544),
    ("rtsp", 554),
    ("ldaps", 636),
    ("kerberos", 750),
    ("lotusnotes", 1352),
    ("citrix-ica", 1494),
    ("sqlnet", 1521),
    ("h323", 1720),
    ("pptp", 1723),
    ("nfs", 2049),
    ("non500-isakmp", 4500),
];
