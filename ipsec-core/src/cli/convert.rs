//! `ipsec convert`: a configuration in the form of another device, and what
//! that form does not say of it.

use super::args::{Convert, ConvertTo};
use super::terminal::complain;
use super::{Failure, Status, compare};
use crate::config::write;
use std::io::Write;

pub(super) fn run(args: &Convert, out: &mut dyn Write) -> Result<Status, Failure> {
    let model = compare::read(0, &args.file)?;
    let written = match args.to {
        ConvertTo::Swanctl => write::swanctl(&model),
        ConvertTo::Libreswan => write::libreswan(&model),
        ConvertTo::CiscoIos => write::cisco_ios(&model),
    };
    out.write_all(written.text.as_bytes())?;
    for line in &written.unsaid {
        complain("not said", line);
    }
    Ok(if written.unsaid.is_empty() {
        Status::Healthy
    } else {
        Status::Errors
    })
}
