//! What the terminal is asked and told.

use crate::report::harmless;
use clap::ValueEnum;
use std::io::{IsTerminal as _, Write as _};

/// When to use colours.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(super) enum Colour {
    /// On a terminal, unless NO_COLOR is set.
    #[default]
    Auto,
    /// Even into a file.
    Always,
    /// Not at all.
    Never,
}

impl Colour {
    /// Whether standard output gets colours. See <https://no-color.org>.
    pub(super) fn on_stdout(self) -> bool {
        match self {
            Self::Always => true,
            Self::Never => false,
            Self::Auto => {
                let refused = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
                let dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
                !refused && !dumb && std::io::stdout().is_terminal()
            }
        }
    }
}

/// Says on standard error what is wrong; there is nobody to tell if that fails.
pub(super) fn complain(what: &str, text: &str) {
    let _ = writeln!(std::io::stderr(), "ipsec: {what}: {}", harmless(text));
}
