//! The layers between the head of a frame and its network packet.

use super::Network;
use super::fields as f;
use crate::wire::layout::{Field, Layout};
use crate::wire::leaf::{self, Parsed};
use crate::wire::registry::ip::EtherType;

/// A layer between the head of a frame and its network packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Layer {
    /// A VLAN tag (IEEE 802.1Q).
    Vlan {
        /// Priority, drop eligibility and VLAN ID.
        tci: u16,
        /// What follows.
        ether_type: EtherType,
    },
    /// Logical link control (IEEE 802.2).
    Llc {
        /// Destination service access point.
        dsap: u8,
        /// Source service access point.
        ssap: u8,
        /// Control.
        control: u8,
    },
    /// Subnetwork access protocol (RFC 1042).
    Snap {
        /// Who assigned the type.
        oui: [u8; 3],
        /// What follows.
        ether_type: EtherType,
    },
    /// A PPPoE session (RFC 2516).
    Pppoe {
        /// Version and type, four bits each.
        version_type: u8,
        /// 0 in a session.
        code: u8,
        /// The session.
        session: u16,
        /// Bytes that follow.
        length: u16,
    },
    /// PPP (RFC 1661, RFC 1662).
    Ppp {
        /// Address and control, unless they were left out.
        framing: Option<u16>,
        /// What follows.
        protocol: u16,
        /// Whether the protocol is written in one byte.
        compressed: bool,
    },
    /// Cisco HDLC.
    Hdlc {
        /// Address: unicast or broadcast.
        address: u8,
        /// Control, always 0.
        control: u8,
        /// What follows.
        ether_type: EtherType,
    },
}

impl Layer {
    pub(super) fn lay_out(&self, out: &mut impl Layout) {
        match *self {
            Self::Vlan { tci, ether_type } => out.group(&f::VLAN, |out| {
                out.u16(&f::TCI, tci);
                out.part(&f::PCP, (tci >> 13).into());
                out.part(&f::DEI, (tci >> 12 & 1).into());
                out.part(&f::ID, (tci & VLAN_ID).into());
                out.u16(type_or_length(ether_type), ether_type.0);
            }),
            Self::Llc {
                dsap,
                ssap,
                control,
            } => out.group(&f::LLC, |out| {
                out.u8(&f::DSAP, dsap);
                out.u8(&f::SSAP, ssap);
                out.u8(&f::CONTROL, control);
            }),
            Self::Snap { oui, ether_type } => out.group(&f::SNAP, |out| {
                out.bytes(&f::OUI, &oui);
                out.u16(&f::TYPE, ether_type.0);
            }),
            Self::Pppoe {
                version_type,
                code,
                session,
                length,
            } => out.group(&f::PPPOE, |out| {
                out.u8(&f::VERSION_TYPE, version_type);
                out.u8(&f::CODE, code);
                out.u16(&f::SESSION, session);
                out.u16(&f::LENGTH, length);
            }),
            Self::Ppp {
                framing,
                protocol,
                compressed,
            } => out.group(&f::PPP, |out| {
                if let Some(framing) = framing {
                    out.u16(&f::FRAMING, framing);
                }
                match u8::try_from(protocol) {
                    Ok(protocol) if compressed => out.u8(&f::PPP_PROTOCOL, protocol),
                    Ok(_) | Err(_) => out.u16(&f::PPP_PROTOCOL, protocol),
                }
            }),
            Self::Hdlc {
                address,
                control,
                ether_type,
            } => out.group(&f::CHDLC, |out| {
                out.u8(&f::HDLC_ADDRESS, address);
                out.u8(&f::CONTROL, control);
                out.u16(&f::TYPE, ether_type.0);
            }),
        }
    }
}

/// What comes next in a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Next {
    Ip,
    /// An EtherType, or the length of an 802.3 frame.
    Type(EtherType),
    Snap,
    /// PPP, of the length that PPPoE gave.
    PppOfLength(u16),
    Ppp,
    /// PPP or Cisco HDLC.
    Hdlc,
    CiscoHdlc,
    Known(Network),
}

impl Next {
    #[inline]
    pub(super) fn is_ip(self) -> bool {
        matches!(
            self,
            Self::Ip | Self::Type(EtherType::IPV4 | EtherType::IPV6)
        )
    }

    /// What the payload is when no layer follows.
    pub(super) fn network(self) -> Network {
        match self {
            Self::Type(ether_type) if !self.is_ip() => Network::EtherType(ether_type),
            Self::Ip | Self::Type(_) => Network::Ip,
            Self::Known(network) => network,
            Self::Snap | Self::PppOfLength(_) | Self::Ppp | Self::Hdlc | Self::CiscoHdlc => {
                Network::Unread
            }
        }
    }

    /// The number of bytes that follow.
    pub(super) fn limit(self) -> Option<usize> {
        match self {
            Self::Type(EtherType(length)) if length <= MAX_802_3 => Some(length.into()),
            Self::PppOfLength(length) => Some(length.into()),
            Self::Type(_)
            | Self::Ip
            | Self::Snap
            | Self::Ppp
            | Self::Hdlc
            | Self::CiscoHdlc
            | Self::Known(_) => None,
        }
    }
}

/// Reads the layer that `next` announces; `None` when it announces none.
pub(super) fn layer(next: Next, i: &[u8]) -> Parsed<'_, Option<(Layer, Next)>> {
    let (rest, read) = match next {
        Next::Type(EtherType(length)) if length <= MAX_802_3 => llc(i)?,
        Next::Type(
            EtherType::VLAN
            | EtherType::PROVIDER_BRIDGING
            | EtherType::QINQ_9100
            | EtherType::QINQ_9200,
        ) => vlan(i)?,
        Next::Type(EtherType::PPPOE_SESSION) => pppoe(i)?,
        Next::Snap => snap(i)?,
        Next::Ppp | Next::PppOfLength(_) => ppp(i)?,
        Next::Hdlc if matches!(i, [0x0f | 0x8f, 0, ..]) => hdlc(i)?,
        Next::Hdlc => ppp(i)?,
        Next::CiscoHdlc => hdlc(i)?,
        Next::Ip | Next::Type(_) | Next::Known(_) => return Ok((i, None)),
    };
    Ok((rest, Some(read)))
}

fn vlan(i: &[u8]) -> Parsed<'_, (Layer, Next)> {
    let (i, tci) = leaf::u16(i, "tci")?;
    let (i, ether_type) = leaf::u16(i, "type")?;
    let ether_type = EtherType(ether_type);
    Ok((i, (Layer::Vlan { tci, ether_type }, Next::Type(ether_type))))
}

fn llc(i: &[u8]) -> Parsed<'_, (Layer, Next)> {
    let (i, dsap) = leaf::u8(i, "dsap")?;
    let (i, ssap) = leaf::u8(i, "ssap")?;
    let (i, control) = leaf::u8(i, "control")?;
    let next = match (dsap, ssap, control) {
        (0xaa, 0xaa, 3) => Next::Snap,
        (0x06, 0x06, 3) => Next::Ip,
        _ => Next::Known(Network::Llc(dsap)),
    };
    let llc = Layer::Llc {
        dsap,
        ssap,
        control,
    };
    Ok((i, (llc, next)))
}

fn snap(i: &[u8]) -> Parsed<'_, (Layer, Next)> {
    let (i, oui) = leaf::array(i, "oui")?;
    let (i, ether_type) = leaf::u16(i, "type")?;
    let ether_type = EtherType(ether_type);
    let next = match oui {
        // RFC 1042; an 802.3 length cannot follow here.
        [0, 0, 0] if ether_type.0 > MAX_802_3 => Next::Type(ether_type),
        _ => Next::Known(Network::Llc(0xaa)),
    };
    Ok((i, (Layer::Snap { oui, ether_type }, next)))
}

fn pppoe(i: &[u8]) -> Parsed<'_, (Layer, Next)> {
    let (i, version_type) = leaf::u8(i, "version_type")?;
    let (i, code) = leaf::u8(i, "code")?;
    let (i, session) = leaf::u16(i, "session")?;
    let (i, length) = leaf::u16(i, "length")?;
    let pppoe = Layer::Pppoe {
        version_type,
        code,
        session,
        length,
    };
    Ok((i, (pppoe, Next::PppOfLength(length))))
}

fn ppp(i: &[u8]) -> Parsed<'_, (Layer, Next)> {
    let (i, framing) = match *i {
        [0xff, 0x03, ref rest @ ..] => (rest, Some(0xff03)),
        _ => (i, None),
    };
    // The low bit ends the protocol number (RFC 1661 §2).
    let compressed = i.first().is_some_and(|first| first & 1 == 1);
    let (i, protocol) = match compressed {
        true => leaf::u8(i, "protocol").map(|(i, byte)| (i, byte.into()))?,
        false => leaf::u16(i, "protocol")?,
    };
    let next = match protocol {
        0x0021 | 0x0057 => Next::Ip,
        _ => Next::Known(Network::PppProtocol(protocol)),
    };
    let ppp = Layer::Ppp {
        framing,
        protocol,
        compressed,
    };
    Ok((i, (ppp, next)))
}

fn hdlc(i: &[u8]) -> Parsed<'_, (Layer, Next)> {
    let (i, address) = leaf::u8(i, "address")?;
    let (i, control) = leaf::u8(i, "control")?;
    let (i, ether_type) = leaf::u16(i, "type")?;
    let ether_type = EtherType(ether_type);
    let hdlc = Layer::Hdlc {
        address,
        control,
        ether_type,
    };
    Ok((i, (hdlc, after_cooked(ether_type))))
}

/// Small numbers in a cooked capture are Linux's own, not lengths.
pub(super) fn after_cooked(protocol: EtherType) -> Next {
    if protocol.0 <= MAX_802_3 {
        Next::Known(Network::EtherType(protocol))
    } else {
        Next::Type(protocol)
    }
}

/// The last field of an Ethernet head or VLAN tag.
pub(super) fn type_or_length(ether_type: EtherType) -> &'static Field {
    if ether_type.0 <= MAX_802_3 {
        &f::LENGTH
    } else {
        &f::TYPE
    }
}

/// The VLAN ID in a tag.
pub(super) const VLAN_ID: u16 = 0x0fff;

/// Up to here an EtherType is the length of an IEEE 802.3 frame.
const MAX_802_3: u16 = 1500;
