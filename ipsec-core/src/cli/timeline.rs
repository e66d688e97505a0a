//! `ipsec timeline`: what happened, in all inputs together.

use super::args::{Timeline as Arguments, TimelineFormat};
use super::why::gather;
use super::{Failure, Status};
use crate::explain::Explanation;
use std::io::Write;

pub(super) fn run(args: &Arguments, out: &mut dyn Write) -> Result<Status, Failure> {
    let timeline = Explanation::of(gather(&args.files, &args.keys)?).timeline();
    let text = match args.format {
        TimelineFormat::Text => timeline.to_text(),
        TimelineFormat::Json => timeline.to_json(),
        TimelineFormat::Svg => timeline.to_svg(),
    };
    out.write_all(text.as_bytes())?;
    Ok(Status::Healthy)
}
