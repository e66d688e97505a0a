//! The attribute payload of mode-config (draft-dukes-ike-mode-cfg-02 §3) and
//! XAUTH (draft-beaulieu-ike-xauth-02 §6), with Cisco's Unity attributes.

use super::super::layout::{Field, Layout, Show};
use super::super::leaf::{Fault, u8, u16};
use super::super::registry::ip::Protocol;
use super::super::registry::isakmp::{ConfigAttribute, ConfigType, XauthStatus, XauthType};
use super::super::unread::{Faults, Unread};
use super::attrs::{Attributes, Form, Meaning, Registry, plain};
use super::fields::RESERVED;
use super::negotiated::UNKNOWN;
use alloc::boxed::Box;
use alloc::string::String;

/// A request, a reply, or an announcement of attributes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config<'a> {
    /// Request, reply, set or acknowledgement.
    pub kind: ConfigType,
    /// The reserved byte after the type.
    pub reserved: u8,
    /// Names the transaction within the exchange.
    pub id: u16,
    /// What is asked for or told, in the registry [`ConfigAttribute`].
    pub attributes: Attributes<'a>,
    /// What follows the last readable attribute and should not.
    pub rest: Option<Box<Unread<'a>>>,
}

impl<'a> Config<'a> {
    /// A transaction message with these attributes.
    #[must_use]
    pub const fn new(kind: ConfigType, id: u16, attributes: Attributes<'a>) -> Self {
        Self {
            kind,
            reserved: 0,
            id,
            attributes,
            rest: None,
        }
    }

    pub(super) fn decode(
        group: &'a [u8],
        i: &'a [u8],
        faults: &mut Faults<'a>,
    ) -> Result<Self, nom::Err<Fault<'a>>> {
        let (i, kind) = u8(i, "type")?;
        let (i, reserved) = u8(i, "reserved")?;
        let (i, id) = u16(i, "identifier")?;
        let (attributes, left, error) = Attributes::split(i);
        let rest = error.map(|error| faults.unread(group, left, &error));
        Ok(Self {
            kind: ConfigType(kind),
            reserved,
            id,
            attributes,
            rest,
        })
    }

    pub(super) fn lay_out(&self, out: &mut impl Layout) {
        out.value(self.kind.0.into());
        out.u8(&TYPE, self.kind.0);
        out.u8(&RESERVED, self.reserved);
        out.u16(&ID, self.id);
        self.attributes.lay_out(&CONFIG, out);
        if let Some(rest) = &self.rest {
            rest.lay_out(out);
        }
    }
}

static TYPE: Field = Field::new(
    "type",
    "Message type",
    "Request, reply, set or acknowledgement, draft-dukes-ike-mode-cfg-02 §3.3",
    Show::Named(ConfigType::name_of),
);
static ID: Field = Field::new(
    "identifier",
    "Identifier",
    "Names the transaction, draft-dukes-ike-mode-cfg-02 §3.2",
    Show::Hex,
);

static CONFIG: Registry = Registry {
    number: &NUMBER,
    meanings: MEANINGS,
    unknown: &UNKNOWN,
};

static MEANINGS: &[(u16, Meaning)] = &[
    (
        1,
        Meaning::long(
            "internal_ip4_address",
            "Internal IPv4 address",
            "Address the client is given inside the network, draft-dukes-ike-mode-cfg-02 §3.4",
            address,
        ),
    ),
    (
        2,
        Meaning::long(
            "internal_ip4_netmask",
            "Internal IPv4 netmask",
            "Mask of the internal network, draft-dukes-ike-mode-cfg-02 §3.4",
            address,
        ),
    ),
    (
        3,
        Meaning::long(
            "internal_ip4_dns",
            "Internal IPv4 DNS",
            "Name server inside the network, draft-dukes-ike-mode-cfg-02 §3.4",
            address,
        ),
    ),
    (
        4,
        Meaning::long(
            "internal_ip4_nbns",
            "Internal IPv4 NBNS",
            "NetBIOS name server inside the network, draft-dukes-ike-mode-cfg-02 §3.4",
            address,
        ),
    ),
    (
        5,
        Meaning::number(
            "internal_address_expiry",
            "Internal address expiry",
            "Seconds the internal address may be used, draft-dukes-ike-mode-cfg-02 §3.4",
            Show::Dec,
        ),
    ),
    (
        6,
        Meaning::long(
            "internal_ip4_dhcp",
            "Internal IPv4 DHCP",
            "DHCP server inside the network, draft-dukes-ike-mode-cfg-02 §3.4",
            address,
        ),
    ),
    (
        7,
        Meaning::long(
            "application_version",
            "Application version",
            "Name and version of the implementation, draft-dukes-ike-mode-cfg-02 §3.4",
            text,
        ),
    ),
    (
        8,
        Meaning::long(
            "internal_ip6_address",
            "Internal IPv6 address",
            "Address the client is given inside the network, draft-dukes-ike-mode-cfg-02 §3.4",
            address,
        ),
    ),
    (
        9,
        Meaning::long(
            "internal_ip6_netmask",
            "Internal IPv6 netmask",
            "Mask of the internal network, draft-dukes-ike-mode-cfg-02 §3.4",
            address,
        ),
    ),
    (
        10,
        Meaning::long(
            "internal_ip6_dns",
            "Internal IPv6 DNS",
            "Name server inside the network, draft-dukes-ike-mode-cfg-02 §3.4",
            address,
        ),
    ),
    (
        11,
        Meaning::long(
            "internal_ip6_nbns",
            "Internal IPv6 NBNS",
            "NetBIOS name server inside the network, draft-dukes-ike-mode-cfg-02 §3.4",
            address,
        ),
    ),
    (
        12,
        Meaning::long(
            "internal_ip6_dhcp",
            "Internal IPv6 DHCP",
            "DHCP server inside the network, draft-dukes-ike-mode-cfg-02 §3.4",
            address,
        ),
    ),
    (
        13,
        Meaning::long(
            "internal_ip4_subnet",
            "Internal IPv4 subnet",
            "Network behind the gateway, draft-dukes-ike-mode-cfg-02 §3.4",
            subnet4,
        ),
    ),
    (
        14,
        Meaning::long(
            "supported_attributes",
            "Supported attributes",
            "Numbers of the attributes the peer knows, draft-dukes-ike-mode-cfg-02 §3.4",
            numbers,
        ),
    ),
    (
        15,
        Meaning::long(
            "internal_ip6_subnet",
            "Internal IPv6 subnet",
            "Network behind the gateway, draft-dukes-ike-mode-cfg-02 §3.4",
            subnet6,
        ),
    ),
    (
        16_387,
        Meaning::long(
            "chkpt_def_domain",
            "Default domain",
            "Domain of names without one, Check Point",
            text,
        ),
    ),
    (
        16_388,
        Meaning::long(
            "chkpt_mac_address",
            "MAC address",
            "Ethernet address of the client, Check Point",
            plain,
        ),
    ),
    (
        16_389,
        Meaning::number(
            "chkpt_marcipan_reason_code",
            "Reason code",
            "Why no address was given, Check Point",
            Show::Dec,
        ),
    ),
    (
        16_400,
        Meaning::long(
            "chkpt_unknown1",
            "Check Point 16400",
            "Attribute without a published meaning, Check Point",
            plain,
        ),
    ),
    (
        16_401,
        Meaning::long(
            "chkpt_unknown2",
            "Check Point 16401",
            "Attribute without a published meaning, Check Point",
            plain,
        ),
    ),
    (
        16_402,
        Meaning::long(
            "chkpt_unknown3",
            "Check Point 16402",
            "Attribute without a published meaning, Check Point",
            plain,
        ),
    ),
    (
        16_520,
        Meaning::number(
            "xauth_type",
            "XAUTH type",
            "How the user is asked, draft-beaulieu-ike-xauth-02 §6.2",
            Show::Named(XauthType::name_of),
        ),
    ),
    (
        16_521,
        Meaning::long(
            "xauth_user_name",
            "XAUTH user name",
            "Who the user says to be, draft-beaulieu-ike-xauth-02 §6.2",
            text,
        ),
    ),
    (
        16_522,
        Meaning::long(
            "xauth_user_password",
            "XAUTH password",
            "The user's password; not shown, draft-beaulieu-ike-xauth-02 §6.2",
            secret,
        ),
    ),
    (
        16_523,
        Meaning::long(
            "xauth_passcode",
            "XAUTH passcode",
            "Code of the user's token; not shown, draft-beaulieu-ike-xauth-02 §6.2",
            secret,
        ),
    ),
    (
        16_524,
        Meaning::long(
            "xauth_message",
            "XAUTH message",
            "Text for the user, draft-beaulieu-ike-xauth-02 §6.2",
            text,
        ),
    ),
    (
        16_525,
        Meaning::long(
            "xauth_challenge",
            "XAUTH challenge",
            "What the answer is computed from, draft-beaulieu-ike-xauth-02 §6.2",
            plain,
        ),
    ),
    (
        16_526,
        Meaning::long(
            "xauth_domain",
            "XAUTH domain",
            "Domain the user belongs to, draft-beaulieu-ike-xauth-02 §6.2",
            text,
        ),
    ),
    (
        16_527,
        Meaning::number(
            "xauth_status",
            "XAUTH status",
            "Whether the user was let in, draft-beaulieu-ike-xauth-02 §6.2",
            Show::Named(XauthStatus::name_of),
        ),
    ),
    (
        16_528,
        Meaning::long(
            "xauth_next_pin",
            "XAUTH next PIN",
            "New PIN of the user; not shown, draft-beaulieu-ike-xauth-02 §6.2",
            secret,
        ),
    ),
    (
        16_529,
        Meaning::long(
            "xauth_answer",
            "XAUTH answer",
            "The user's answer to a message; not shown, draft-beaulieu-ike-xauth-02 §6.2",
            secret,
        ),
    ),
    (
        28_672,
        Meaning::long(
            "unity_banner",
            "Banner",
            "Text shown to the user after login, Cisco Unity",
            text,
        ),
    ),
    (
        28_673,
        Meaning::number(
            "unity_save_passwd",
            "Save password",
            "Whether the client may store the password, Cisco Unity",
            Show::Dec,
        ),
    ),
    (
        28_674,
        Meaning::long(
            "unity_def_domain",
            "Default domain",
            "Domain of names without one, Cisco Unity",
            text,
        ),
    ),
    (
        28_675,
        Meaning::long(
            "unity_split_domain",
            "Split DNS domains",
            "Domains to be asked inside the tunnel, Cisco Unity",
            text,
        ),
    ),
    (
        28_676,
        Meaning::long(
            "unity_split_include",
            "Split tunnel networks",
            "Networks to be reached through the tunnel, Cisco Unity",
            split,
        ),
    ),
    (
        28_677,
        Meaning::number(
            "unity_natt_port",
            "NAT traversal port",
            "UDP port for encapsulated packets, Cisco Unity",
            Show::Dec,
        ),
    ),
    (
        28_678,
        Meaning::long(
            "unity_split_exclude",
            "Local networks",
            "Networks to be reached past the tunnel, Cisco Unity",
            split,
        ),
    ),
    (
        28_679,
        Meaning::number(
            "unity_pfs",
            "PFS",
            "Whether Quick Mode shall have its own key exchange, Cisco Unity",
            Show::Dec,
        ),
    ),
    (
        28_680,
        Meaning::long(
            "unity_fw_type",
            "Firewall type",
            "Firewall the client must run, Cisco Unity",
            plain,
        ),
    ),
    (
        28_681,
        Meaning::long(
            "unity_backup_servers",
            "Backup servers",
            "Gateways to turn to when this one is down, Cisco Unity",
            text,
        ),
    ),
    (
        28_682,
        Meaning::long(
            "unity_ddns_hostname",
            "Dynamic DNS name",
            "Name the client's address is to be registered under, Cisco Unity",
            text,
        ),
    ),
];

fn address(bytes: &[u8]) -> Form<'_> {
    Form::One(&ADDRESS_VALUE, bytes)
}

fn text(bytes: &[u8]) -> Form<'_> {
    Form::One(&TEXT, bytes)
}

fn secret(bytes: &[u8]) -> Form<'_> {
    Form::One(&SECRET, bytes)
}

fn numbers(bytes: &[u8]) -> Form<'_> {
    Form::Numbers(&SUPPORTED, bytes)
}

fn subnet4(bytes: &[u8]) -> Form<'_> {
    Form::Each {
        group: &SUBNET,
        fields: SUBNET4,
        bytes,
    }
}

fn subnet6(bytes: &[u8]) -> Form<'_> {
    Form::Each {
        group: &SUBNET,
        fields: SUBNET6,
        bytes,
    }
}

fn split(bytes: &[u8]) -> Form<'_> {
    Form::Each {
        group: &SUBNET,
        fields: SPLIT,
        bytes,
    }
}

static SUBNET4: &[(&Field, usize)] = &[(&ADDRESS, 4), (&MASK, 4)];
static SUBNET6: &[(&Field, usize)] = &[(&ADDRESS, 16), (&PREFIX, 1)];
static SPLIT: &[(&Field, usize)] = &[
    (&ADDRESS, 4),
    (&MASK, 4),
    (&PROTOCOL, 2),
    (&SOURCE_PORT, 2),
    (&DESTINATION_PORT, 2),
];

fn hidden(bytes: &[u8]) -> Option<String> {
    Some(alloc::format!("{} bytes, not shown", bytes.len()))
}

static NUMBER: Field = Field::new(
    "number",
    "Attribute",
    "Number of the attribute, draft-dukes-ike-mode-cfg-02 §3.4",
    Show::Named(ConfigAttribute::name_of),
);
static ADDRESS_VALUE: Field = Field::new(
    "value",
    "Value",
    "An address; empty in a request, draft-dukes-ike-mode-cfg-02 §3.4",
    Show::Address,
);
static TEXT: Field = Field::new(
    "value",
    "Value",
    "Text of the peer, draft-dukes-ike-mode-cfg-02 §3.4",
    Show::Text,
);
static SECRET: Field = Field::new(
    "value",
    "Value",
    "A secret of the user, draft-beaulieu-ike-xauth-02 §6.2",
    Show::Words(hidden),
);
static SUPPORTED: Field = Field::new(
    "supported",
    "Supported attribute",
    "An attribute the peer knows, draft-dukes-ike-mode-cfg-02 §3.4",
    Show::Named(ConfigAttribute::name_of),
);
static SUBNET: Field = Field::new("subnet", "Network", "A network of the list", Show::Group);
static ADDRESS: Field = Field::new(
    "address",
    "Address",
    "Address of the network, draft-dukes-ike-mode-cfg-02 §3.4",
    Show::Address,
);
static MASK: Field = Field::new(
    "mask",
    "Mask",
    "Ones where an address must match, draft-dukes-ike-mode-cfg-02 §3.4",
    Show::Address,
);
static PREFIX: Field = Field::new(
    "prefix",
    "Prefix length",
    "Bits that an address must match, draft-dukes-ike-mode-cfg-02 §3.4",
    Show::Dec,
);
static PROTOCOL: Field = Field::new(
    "ip_protocol",
    "IP protocol",
    "Protocol the entry is limited to; 0 for any, Cisco Unity",
    Show::Named(Protocol::name_of),
);
static SOURCE_PORT: Field = Field::new(
    "source_port",
    "Source port",
    "Port the entry is limited to; 0 for any, Cisco Unity",
    Show::Dec,
);
static DESTINATION_PORT: Field = Field::new(
    "destination_port",
    "Destination port",
    "Port the entry is limited to; 0 for any, Cisco Unity",
    Show::Dec,
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_number_of_the_registry_has_a_meaning() {
        for number in ConfigAttribute::ALL {
            let field = &CONFIG.meaning(number.0).field;
            assert_ne!(field.name, "attribute", "{number}");
        }
    }
}
