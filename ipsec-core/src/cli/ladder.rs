//! `ipsec ladder`: who said what to whom, and when.

use super::args::{Ladder, LadderFormat};
use super::why::gather;
use super::{Failure, Status};
use crate::explain::Explanation;
use std::io::Write;

pub(super) fn run(args: &Ladder, out: &mut dyn Write) -> Result<Status, Failure> {
    let ladders = Explanation::of(gather(&args.files, &args.keys)?).ladders();
    let text = match args.format {
        LadderFormat::Text => ladders.to_text(),
        LadderFormat::Mermaid => ladders.to_mermaid(),
        LadderFormat::Svg => ladders.to_svg(),
    };
    out.write_all(text.as_bytes())?;
    Ok(Status::Healthy)
}
