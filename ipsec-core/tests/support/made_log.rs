//! Logs of any size, made of one connection each that is logged over and over.

use std::io::{self, Write};

/// Who writes, and what is repeated.
pub(crate) const LOGS: [(&str, &str); 3] = [
    ("charon", include_str!("../data/logs/charon.log")),
    ("pluto", include_str!("../data/logs/pluto.log")),
    ("ios", include_str!("../data/logs/ios.log")),
];

/// Writes whole connections until `bytes` bytes are reached, four a second.
pub(crate) fn write(log: &str, bytes: u64, mut out: impl Write) -> io::Result<()> {
    let mut written = 0;
    for n in 1_u64.. {
        if written >= bytes {
            break;
        }
        let second = n / 4;
        let (hours, minutes) = (second / 3600 % 24, second / 60 % 60);
        let time = format!("{hours:02}:{minutes:02}:{:02}", second % 60);
        let connection = log.replace("{time}", &time).replace("{n}", &n.to_string());
        out.write_all(connection.as_bytes())?;
        written += connection.len() as u64;
    }
    out.flush()
}
