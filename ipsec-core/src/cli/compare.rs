//! `ipsec compare`: what configurations state, each by itself and as the two
//! ends of a tunnel, before any packet; with the lines that would put it right.

use super::args::{Compare, CompareFormat, CompareProfile};
use super::terminal::complain;
use super::{Failure, Status, input};
use crate::config;
use crate::config::model::Model;
use crate::config::profile::Profile;
use crate::explain::Comparison;
use crate::wire::tree::escaped;
use std::io::{Read as _, Write};
use std::path::Path;

pub(super) fn run(args: &Compare, out: &mut dyn Write) -> Result<Status, Failure> {
    let names: Vec<String> = args.files.iter().map(|path| input::name(path)).collect();
    let mut models = Vec::new();
    for (index, path) in args.files.iter().enumerate() {
        models.push((index, read(index, path)?));
    }
    if models.iter().all(|(_, model)| model.connections.is_empty()) {
        complain("error", "no connection in these files");
        return Err(Failure::Unreadable);
    }
    let comparison = Comparison::of(&names, &models, args.profile.into());
    let text = match args.format {
        CompareFormat::Text => comparison.to_text(),
        CompareFormat::Json => comparison.to_json(),
    };
    out.write_all(text.as_bytes())?;
    Ok(if comparison.fits {
        Status::Healthy
    } else {
        Status::Errors
    })
}

impl From<CompareProfile> for Profile {
    fn from(profile: CompareProfile) -> Self {
        match profile {
            CompareProfile::Ietf => Self::Ietf,
            CompareProfile::Rfc8247 => Self::Rfc8247,
            CompareProfile::Rfc8221 => Self::Rfc8221,
            CompareProfile::Cnsa => Self::Cnsa,
            CompareProfile::LegacyOk => Self::LegacyOk,
        }
    }
}

/// Reads a configuration, and says what in it is not understood.
pub(super) fn read(index: usize, path: &Path) -> Result<Model, Failure> {
    let failed = |text: &str| {
        complain("error", &format!("{}: {text}", input::name(path)));
        Failure::Unreadable
    };
    let mut file = zeroize::Zeroizing::new(Vec::new());
    let source = input::open(path).map_err(|error| failed(&error.to_string()))?;
    let read = source.take(FILE_MAX).read_to_end(&mut file);
    read.map_err(|error| failed(&error.to_string()))?;
    let Some(model) = config::read(index, &file) else {
        return Err(failed("not a configuration of a device that is known"));
    };
    if model.connections.is_empty() && model.secrets.is_empty() && model.associations.is_empty() {
        return Err(failed("no connection in it"));
    }
    for error in &model.errors {
        complain("warning", &format!("{}: {error}", input::name(path)));
    }
    for word in &model.unknown {
        let (line, shown) = (word.span.line, escaped(word.value.as_bytes()));
        let text = format!(
            "{}: line {line}: unknown keyword {shown}",
            input::name(path)
        );
        complain("warning", &text);
    }
    Ok(model)
}

/// Bytes of a file that are read.
const FILE_MAX: u64 = 64 << 20;
