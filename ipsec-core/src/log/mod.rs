//! Vendor logs as evidence.
//!
//! One file a vendor: [`charon`] (strongSwan), [`pluto`] (libreswan),
//! [`openiked`], [`racoon`] (ipsec-tools, MikroTik), [`cisco_ios`],
//! [`cisco_asa`], [`fortios`], [`palo_alto`], [`junos`], [`huawei`], [`firebox`]
//! (WatchGuard), [`safenet`] (also SonicWall), [`windows`], and the clouds
//! [`aws`], [`azure`], [`oracle`].
//! [`LogReader`] takes a log in bytes as they come, whatever its line ends,
//! encoding, terminal colours and escapes, in memory that has a limit; it keeps
//! what it understands as [`Evidence`](crate::evidence::Evidence) with line
//! numbers and counts the rest. Which vendor wrote a log is told from its lines,
//! never asked. [`read`] does the same with a whole log.
#![cfg_attr(not(test), deny(clippy::arithmetic_side_effects))]

pub mod aws;
pub mod azure;
pub mod charon;
pub mod cisco_asa;
pub mod cisco_ios;
mod ends;
pub mod firebox;
pub mod fortios;
pub mod huawei;
mod json;
pub mod junos;
mod lines;
mod offers;
pub mod openiked;
pub mod oracle;
mod packet;
pub mod palo_alto;
mod plain;
pub mod pluto;
pub mod racoon;
mod reader;
mod reading;
mod reasons;
pub mod safenet;
mod stamp;
pub mod windows;

pub use lines::LINE_MAX;
pub use packet::{LoggedPacket, PACKET_MAX, PACKETS_BYTES_MAX, PACKETS_MAX};
#[cfg(feature = "std")]
pub use reader::read_from;
pub use reader::{LogReader, SNIFF_BYTES, SNIFF_LINES};
pub use reading::{EVIDENCE_MAX, Reading, UNTOLD_MAX};

use crate::wire::registry::{ike, isakmp};
use alloc::boxed::Box;
use lines::Lines;
use reading::{Gathering, Told};

/// Programs whose logs are understood.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Vendor {
    /// strongSwan's IKE daemon charon, and what is built on it.
    Charon,
    /// The IKE daemon pluto, of libreswan and its forebears.
    Pluto,
    /// OpenBSD's iked.
    OpenIked,
    /// racoon of ipsec-tools, and what MikroTik and Alibaba Cloud made of it.
    Racoon,
    /// Cisco IOS and IOS-XE.
    CiscoIos,
    /// Cisco ASA, and PIX before it.
    CiscoAsa,
    /// FortiOS, of Fortinet's FortiGate.
    FortiOs,
    /// WatchGuard's Firebox, of 2001 and of today.
    Firebox,
    /// SafeNet's client and its relatives, SonicWall among them.
    SafeNet,
    /// Palo Alto's PAN-OS.
    PaloAlto,
    /// Juniper's Junos.
    Junos,
    /// Huawei's firewalls and cloud gateways.
    Huawei,
    /// Amazon's Site-to-Site VPN.
    Aws,
    /// Microsoft Azure's VPN gateway.
    Azure,
    /// Oracle's Site-to-Site VPN.
    Oracle,
    /// Windows, of 2000 and of today.
    Windows,
}

impl Vendor {
    /// What people call it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Charon => "strongSwan",
            Self::Pluto => "libreswan",
            Self::OpenIked => "OpenIKED",
            Self::Racoon => "racoon",
            Self::CiscoIos => "Cisco IOS",
            Self::CiscoAsa => "Cisco ASA",
            Self::FortiOs => "FortiOS",
            Self::Firebox => "Firebox",
            Self::SafeNet => "SafeNet",
            Self::PaloAlto => "PAN-OS",
            Self::Junos => "Junos",
            Self::Huawei => "Huawei",
            Self::Aws => "AWS",
            Self::Azure => "Azure",
            Self::Oracle => "Oracle",
            Self::Windows => "Windows",
        }
    }
}

/// Tells who wrote a log, by the first lines that show it.
///
/// ```
/// use ipsec_core::log::{Vendor, sniff};
/// let log = b"Nov 21 12:00:01 gw charon: 14[NET] waiting for data on sockets\n";
/// assert_eq!(sniff(log), Some(Vendor::Charon));
/// assert_eq!(sniff(b"hello\n"), None);
/// ```
#[must_use]
pub fn sniff(log: &[u8]) -> Option<Vendor> {
    let mut reader = LogReader::new(0);
    for chunk in log.chunks(SNIFF_CHUNK) {
        reader.push(chunk);
        if reader.vendor().is_some() || reader.is_of_nobody() {
            return reader.vendor();
        }
    }
    reader.end();
    reader.vendor()
}

/// Who writes lines such as this one.
fn writer(line: &str) -> Option<Vendor> {
    let found = WRITERS.iter().find(|(_, is_line)| is_line(line));
    found.map(|(vendor, _)| *vendor)
}

/// Whether a line is one that nobody but a certain vendor writes.
type IsLine = fn(&str) -> bool;

const WRITERS: [(Vendor, IsLine); 16] = [
    (Vendor::Charon, charon::is_line),
    (Vendor::Pluto, pluto::is_line),
    (Vendor::OpenIked, openiked::is_line),
    (Vendor::Racoon, racoon::is_line),
    (Vendor::CiscoIos, cisco_ios::is_line),
    (Vendor::CiscoAsa, cisco_asa::is_line),
    (Vendor::FortiOs, fortios::is_line),
    (Vendor::Firebox, firebox::is_line),
    (Vendor::SafeNet, safenet::is_line),
    (Vendor::PaloAlto, palo_alto::is_line),
    (Vendor::Junos, junos::is_line),
    (Vendor::Huawei, huawei::is_line),
    (Vendor::Aws, aws::is_line),
    (Vendor::Azure, azure::is_line),
    (Vendor::Oracle, oracle::is_line),
    (Vendor::Windows, windows::is_line),
];

/// Reads a log of any vendor that is known; `None` when it is none of them.
/// `input` is its index among the inputs.
#[must_use]
pub fn read(input: usize, log: &[u8]) -> Option<Reading> {
    let mut reader = LogReader::new(input);
    reader.push(log);
    reader.finish()
}

/// What tells, line by line, what a log of `vendor` says.
fn teller(vendor: Vendor) -> Box<dyn FnMut(&str) -> Told + Send> {
    match vendor {
        Vendor::Charon => Box::new(charon::teller()),
        Vendor::Pluto => Box::new(pluto::teller()),
        Vendor::OpenIked => Box::new(openiked::teller()),
        Vendor::Racoon => Box::new(racoon::teller()),
        Vendor::CiscoIos => Box::new(cisco_ios::teller()),
        Vendor::CiscoAsa => Box::new(cisco_asa::teller()),
        Vendor::FortiOs => Box::new(fortios::teller()),
        Vendor::Firebox => Box::new(firebox::teller()),
        Vendor::SafeNet => Box::new(safenet::teller()),
        Vendor::PaloAlto => Box::new(palo_alto::teller()),
        Vendor::Junos => Box::new(junos::teller()),
        Vendor::Huawei => Box::new(huawei::teller()),
        Vendor::Aws => Box::new(aws::teller()),
        Vendor::Azure => Box::new(azure::teller()),
        Vendor::Oracle => Box::new(oracle::teller()),
        Vendor::Windows => Box::new(windows::teller()),
    }
}

/// Puts together what `tell` makes of each line.
fn gather(input: usize, log: &[u8], mut tell: impl FnMut(&str) -> Told) -> Reading {
    let mut gathering = Gathering::of(input);
    let mut hear = |line: &str| gathering.hear(tell(line));
    let mut lines = Lines::default();
    lines.push(log, &mut hear);
    lines.finish(&mut hear);
    gathering.finish()
}

/// Whether a notification of this name, spelt with underscores, is an error in
/// either version of IKE.
fn is_error_name(name: &str) -> bool {
    (1..=NOTIFY_ERROR_MAX).any(|number| {
        let v1 = isakmp::NotifyType(number).name().unwrap_or_default();
        let v2 = ike::NotifyType(number).name().unwrap_or_default();
        v1.replace('-', "_") == name || v2 == name
    })
}

/// The first `most` bytes of `text`, or a few less so as to cut no character.
fn start(text: &str, most: usize) -> &str {
    let fits = |end: &usize| text.is_char_boundary(*end);
    let end = (0..=most.min(text.len())).rev().find(fits);
    end.and_then(|end| text.get(..end)).unwrap_or_default()
}

/// Bytes that [`sniff`] looks at between two questions.
const SNIFF_CHUNK: usize = 4_096;

/// The last number that either registry of errors has given out.
const NOTIFY_ERROR_MAX: u16 = 64;

#[cfg(test)]
mod tests {
    use super::*;

    /// A line of each vendor is a line of no other.
    #[test]
    fn vendors_are_told_apart() {
        let lines = [
            (
                Vendor::Charon,
                "Nov 21 12:00:01 gw charon: 07[IKE] <a|1> giving up after 5 retransmits",
            ),
            (
                Vendor::Pluto,
                "Nov 21 11:06:46.1: \"tun\" #5: discarding packet",
            ),
            (
                Vendor::OpenIked,
                "Nov 21 12:00:01 gw iked[77]: ikev2_recv: IKE_SA_INIT request",
            ),
            (
                Vendor::Racoon,
                "2026-11-21 12:00:01: ERROR: no suitable proposal found.",
            ),
            (
                Vendor::Racoon,
                "2026-11-21 12:00:01 vco-x [PROTO_ERR]: ikev1.c:1433:isakmp_ph1resend(): no suitable proposal found.",
            ),
            (
                Vendor::CiscoIos,
                "*Nov 21 12:00:01: ISAKMP:(0): no offers accepted!",
            ),
            (
                Vendor::CiscoAsa,
                "%ASA-5-713119: Group = b, IP = 192.0.2.2, PHASE 1 COMPLETED",
            ),
            (Vendor::FortiOs, "ike 0:to-b:14: no SA proposal chosen"),
            (
                Vendor::FortiOs,
                "date=2026-11-21 time=12:00:01 logid=\"0101037124\" type=\"event\" subtype=\"vpn\"",
            ),
            (
                Vendor::PaloAlto,
                "2026-11-21 12:00:01 [PROTO_ERR]: ikev1.c:1433:f(): no suitable proposal found.",
            ),
            (
                Vendor::PaloAlto,
                "1,2026/11/21 12:00:01,0011,SYSTEM,vpn,0,,,ike-nego-p1-fail,to-b,0",
            ),
            (
                Vendor::Junos,
                "Nov 21 12:00:01 srx kmd[379]: KMD_DPD_PEER_DOWN: DPD detected peer 192.0.2.2 is dead",
            ),
            (
                Vendor::Junos,
                "Nov 21 12:00:01 srx iked[379]: IKE negotiation failed with error: Timed out.",
            ),
            (
                Vendor::Huawei,
                "IPSec tunnel negotiation fails. (Reason=flow mismatch, ReasonCode=4)",
            ),
            (
                Vendor::Aws,
                "{\"ike_phase1_state\":\"down\",\"details\":\"AWS tunnel DPD timed out\"}",
            ),
            (
                Vendor::Azure,
                "SESSION_ID :{a} Remote 192.0.2.2:500: Local 192.0.2.1:500: [SEND]",
            ),
            (
                Vendor::Oracle,
                "{\"data\":{\"message\":\"\\\"9123456789\\\" #2: sent IKE_SA_INIT request\"}}",
            ),
        ];
        for (vendor, line) in lines {
            for (other, is_line) in WRITERS {
                assert_eq!(is_line(line), other == vendor, "{other:?}: {line}");
            }
        }
    }

    #[test]
    fn a_start_cuts_no_character() {
        assert_eq!(start("aäb", 2), "a");
        assert_eq!(
            (start("aäb", 3), start("a", 9), start("ä", 1)),
            ("aä", "a", "")
        );
    }
}
