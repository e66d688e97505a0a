//! The native half of the Python package `ipsec_core`: it converts and calls,
//! and holds no logic of its own.

mod arrow;
mod command;
mod compare;
mod dataplane;
mod errors;
mod field;
mod keys;
mod open;
mod packet;
mod plain;
mod report;
mod sa;
mod source;

use pyo3::prelude::*;

/// The native half of ipsec_core.
#[pymodule(name = "_native")]
mod native {
    #[pymodule_export]
    #[expect(non_upper_case_globals, reason = "Python's name for it")]
    const __version__: &str = env!("CARGO_PKG_VERSION");

    #[pymodule_export]
    use crate::arrow::{Table, findings, merge, messages, packets, read_partition};
    #[pymodule_export]
    use crate::command::command;
    #[pymodule_export]
    use crate::compare::{Agreement, Comparison, Patch, Place, compare};
    #[pymodule_export]
    use crate::dataplane::{Child, Counts, DataPlane, Decision, Inbound, Outbound, Policy, Spd};
    #[pymodule_export]
    use crate::field::Field;
    #[pymodule_export]
    use crate::keys::{KeyEntry, KeyLog, Keyring};
    #[pymodule_export]
    use crate::open::{Capture, Decoder, open};
    #[pymodule_export]
    use crate::packet::Packet;
    #[pymodule_export]
    use crate::report::{Finding, Fix, Input, Report, Sighting, Unknown, Verdict, diagnose};
    #[pymodule_export]
    use crate::sa::{AhReceiver, AhSender, EspReceiver, EspSender, Limit, Opened};
}
