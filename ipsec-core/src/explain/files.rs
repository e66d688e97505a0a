//! What files of any kind come to.

use super::Explanation;
use crate::inputs::{File, Gathered, Kind};
use crate::report::{InputKind, InputName, Lines};

impl Explanation {
    /// The answer to what was gathered.
    #[must_use]
    pub fn of(read: Gathered) -> Self {
        let names = read.files.into_iter().map(described).collect();
        Self::new(names, read.evidence)
    }
}

fn described(file: File) -> InputName {
    InputName {
        kind: match file.kind {
            Kind::Capture | Kind::Unknown => InputKind::Capture,
            Kind::Log(_) => InputKind::Log,
            Kind::Config(_) => InputKind::Config,
            Kind::Keys => InputKind::Keys,
        },
        name: file.name,
        unread: file.unread,
        lines: file.lines.map(|all| Lines {
            all,
            untold: file.untold,
            first_untold: file.untold_lines,
        }),
    }
}
