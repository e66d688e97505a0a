//! The heads that frames begin with, each of one link type.

use super::Network;
use super::fields as f;
use super::layer::{Next, after_cooked, type_or_length};
use crate::wire::layout::Layout;
use crate::wire::leaf::{self, Parsed};
use crate::wire::registry::ip::EtherType;

/// The first head of a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Head {
    /// The frame begins with a layer, or with IP itself.
    None,
    Ethernet {
        destination: [u8; 6],
        source: [u8; 6],
        ether_type: EtherType,
    },
    LinuxSll {
        packet_type: u16,
        hardware: u16,
        address_length: u16,
        address: [u8; 8],
        protocol: EtherType,
    },
    LinuxSll2 {
        protocol: EtherType,
        reserved: u16,
        interface: u32,
        hardware: u16,
        packet_type: u8,
        address_length: u8,
        address: [u8; 8],
    },
    Family {
        header: u32,
    },
    Enc {
        family: u32,
        spi: u32,
        flags: u32,
    },
}

impl Head {
    /// Its bytes.
    pub(super) const fn len(&self) -> usize {
        match self {
            Self::None => 0,
            Self::Ethernet { .. } => 14,
            Self::LinuxSll { .. } => 16,
            Self::LinuxSll2 { .. } => 20,
            Self::Family { .. } => 4,
            Self::Enc { .. } => 12,
        }
    }

    #[inline]
    pub(super) fn lay_out(&self, out: &mut impl Layout) {
        match *self {
            Self::None => {}
            Self::Ethernet {
                destination,
                source,
                ether_type,
            } => out.group(&f::ETH, |out| {
                out.bytes(&f::DST, &destination);
                out.bytes(&f::SRC, &source);
                out.u16(type_or_length(ether_type), ether_type.0);
            }),
            Self::LinuxSll {
                packet_type,
                hardware,
                address_length,
                address,
                protocol,
            } => out.group(&f::SLL, |out| {
                out.u16(&f::PACKET_TYPE, packet_type);
                out.u16(&f::HARDWARE, hardware);
                out.u16(&f::ADDRESS_LENGTH, address_length);
                lay_out_address(address_length.into(), &address, out);
                out.u16(&f::PROTOCOL, protocol.0);
            }),
            Self::LinuxSll2 {
                protocol,
                reserved,
                interface,
                hardware,
                packet_type,
                address_length,
                address,
            } => out.group(&f::SLL2, |out| {
                out.u16(&f::PROTOCOL, protocol.0);
                out.u16(&f::RESERVED, reserved);
                out.u32(&f::INTERFACE, interface);
                out.u16(&f::HARDWARE, hardware);
                out.u8(&f::PACKET_TYPE, packet_type);
                out.u8(&f::ADDRESS_LENGTH, address_length);
                lay_out_address(address_length.into(), &address, out);
            }),
            Self::Family { header } => out.group(&f::NULL, |out| lay_out_family(header, out)),
            Self::Enc { family, spi, flags } => out.group(&f::ENC, |out| {
                lay_out_family(family, out);
                out.u32(&f::ENC_SPI, spi);
                out.u32(&f::ENC_FLAGS, flags);
            }),
        }
    }
}

/// The address of a cooked capture in its field of eight bytes.
fn lay_out_address(length: usize, field: &[u8; 8], out: &mut impl Layout) {
    let (address, unused) = field.split_at_checked(length).unwrap_or((field, &[]));
    out.bytes(&f::ADDRESS, address);
    out.bytes(&f::UNUSED, unused);
}

fn lay_out_family(header: u32, out: &mut impl Layout) {
    out.u32(&f::FAMILY_WORD, header);
    out.part(&f::FAMILY, host_order(header).into());
}

pub(super) fn ethernet(i: &[u8]) -> Parsed<'_, (Head, Next)> {
    let Some((head, rest)) = i.split_first_chunk::<14>() else {
        return Err(leaf::truncated(i, "eth", 14));
    };
    let [d0, d1, d2, d3, d4, d5, s0, s1, s2, s3, s4, s5, t0, t1] = *head;
    let ether_type = EtherType(u16::from_be_bytes([t0, t1]));
    let head = Head::Ethernet {
        destination: [d0, d1, d2, d3, d4, d5],
        source: [s0, s1, s2, s3, s4, s5],
        ether_type,
    };
    Ok((rest, (head, Next::Type(ether_type))))
}

pub(super) fn linux_sll(i: &[u8]) -> Parsed<'_, (Head, Next)> {
    let (i, packet_type) = leaf::u16(i, "packet_type")?;
    let (i, hardware) = leaf::u16(i, "hardware")?;
    let (i, address_length) = leaf::u16(i, "address_length")?;
    let (i, address) = leaf::array(i, "address")?;
    let (i, protocol) = leaf::u16(i, "protocol")?;
    let head = Head::LinuxSll {
        packet_type,
        hardware,
        address_length,
        address,
        protocol: EtherType(protocol),
    };
    Ok((i, (head, after_cooked(EtherType(protocol)))))
}

pub(super) fn linux_sll2(i: &[u8]) -> Parsed<'_, (Head, Next)> {
    let (i, protocol) = leaf::u16(i, "protocol")?;
    let (i, reserved) = leaf::u16(i, "reserved")?;
    let (i, interface) = leaf::u32(i, "interface")?;
    let (i, hardware) = leaf::u16(i, "hardware")?;
    let (i, packet_type) = leaf::u8(i, "packet_type")?;
    let (i, address_length) = leaf::u8(i, "address_length")?;
    let (i, address) = leaf::array(i, "address")?;
    let head = Head::LinuxSll2 {
        protocol: EtherType(protocol),
        reserved,
        interface,
        hardware,
        packet_type,
        address_length,
        address,
    };
    Ok((i, (head, after_cooked(EtherType(protocol)))))
}

pub(super) fn family(i: &[u8]) -> Parsed<'_, (Head, Next)> {
    let (i, header) = leaf::u32(i, "family")?;
    Ok((i, (Head::Family { header }, after_family(header))))
}

pub(super) fn enc(i: &[u8]) -> Parsed<'_, (Head, Next)> {
    let (i, family) = leaf::u32(i, "family")?;
    let (i, spi) = leaf::u32(i, "spi")?;
    let (i, flags) = leaf::u32(i, "flags")?;
    Ok((i, (Head::Enc { family, spi, flags }, after_family(family))))
}

fn after_family(header: u32) -> Next {
    match host_order(header) {
        2 | 10 | 23 | 24 | 26 | 28 | 30 => Next::Ip,
        family => Next::Known(Network::Family(family)),
    }
}

/// Address families are small: a large one was written in the other order.
const fn host_order(family: u32) -> u32 {
    if family > 0xffff {
        family.swap_bytes()
    } else {
        family
    }
}
