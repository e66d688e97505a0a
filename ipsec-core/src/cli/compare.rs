//! `ipsec compare`: what configurations state, each by itself and as the two
//! ends of a tunnel, before any packet; with the lines that would put it right.

use super::args::{Compare, CompareFormat, CompareProfile};
use super::terminal::complain;
use super::{Failure, Status, input};
use crate::config;
use crate::config::facts::{Side, evidence_under};
use crate::config::model::Model;
use crate::config::profile::Profile;
use crate::evidence::{Configured, Effect, Fact, Written};
use crate::wire::tree::escaped;
use serde_json::{Value, json};
use std::io::{Read as _, Write};
use std::path::{Path, PathBuf};

pub(super) fn run(args: &Compare, out: &mut dyn Write) -> Result<Status, Failure> {
    let files: Vec<&Path> = args.files.iter().map(PathBuf::as_path).collect();
    let mut models = Vec::new();
    for (index, path) in files.iter().enumerate() {
        models.push(read(index, path)?);
    }
    if models.iter().all(|model| model.connections.is_empty()) {
        complain("error", "no connection in these files");
        return Err(Failure::Unreadable);
    }
    let evidence = evidence_under(args.profile.into(), &sides(&files, &models));
    let mut facts: Vec<Configured> = Vec::new();
    for one in evidence {
        if let Fact::Configured(fact) = one.fact {
            facts.push(*fact);
        }
    }
    facts.sort_by_key(|fact| fact.effect);
    let fails = facts
        .iter()
        .any(|fact| matches!(fact.effect, Effect::Fails | Effect::FailsLater));
    match args.format {
        CompareFormat::Text => text(out, &files, &facts, fails)?,
        CompareFormat::Json => {
            let facts: Vec<Value> = facts.iter().map(|fact| object(&files, fact)).collect();
            let whole = json!({ "fits": !fails, "facts": facts });
            writeln!(out, "{whole:#}")?;
        }
    }
    Ok(if fails {
        Status::Errors
    } else {
        Status::Healthy
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

/// The files of each device: one of secrets alone belongs to the configuration
/// of its folder whose name begins alike, or to the only one there.
fn sides<'m>(files: &[&Path], models: &'m [Model]) -> Vec<Side<'m>> {
    let mut groups: Vec<(&Path, Vec<&'m Model>)> = Vec::new();
    let all = || files.iter().copied().zip(models);
    for (path, model) in all().filter(|(_, model)| !is_secrets(model)) {
        groups.push((path, Vec::from([model])));
    }
    for (path, model) in all().filter(|(_, model)| is_secrets(model)) {
        let inside = |other: &Path| other.parent() == path.parent();
        let alike: Vec<usize> = (0..groups.len())
            .filter(|at| groups.get(*at).is_some_and(|(other, _)| inside(other)))
            .collect();
        let named: Vec<usize> = alike
            .iter()
            .copied()
            .filter(|at| {
                groups
                    .get(*at)
                    .is_some_and(|(other, _)| stem(other) == stem(path))
            })
            .collect();
        let at = match (named.as_slice(), alike.as_slice()) {
            ([only], _) | (_, [only]) => Some(*only),
            _ if groups.len() == 1 => Some(0),
            _ => None,
        };
        match at.and_then(|at| groups.get_mut(at)) {
            Some((_, group)) => group.push(model),
            None => groups.push((path, Vec::from([model]))),
        }
    }
    groups
        .into_iter()
        .map(|(_, group)| Side::new(group))
        .collect()
}

fn is_secrets(model: &Model) -> bool {
    model.connections.is_empty() && !model.secrets.is_empty()
}

/// What stands before the first dot of a name.
fn stem(path: &Path) -> Option<&str> {
    path.file_name()?.to_str()?.split('.').next()
}

fn text(
    out: &mut dyn Write,
    files: &[&Path],
    facts: &[Configured],
    fails: bool,
) -> std::io::Result<()> {
    let verdict = if fails { "do not fit" } else { "fit" };
    writeln!(out, "The configurations {verdict}.")?;
    for fact in facts {
        writeln!(out, "\n{:<11} {}", effect(fact.effect), fact.detail)?;
        for place in &fact.places {
            writeln!(out, "    {}  {}", at(files, place), place.shows)?;
        }
        for repair in &fact.repairs {
            let weaker = if repair.weakens { " (weaker)" } else { "" };
            writeln!(out, "  fix: {}{weaker}", repair.text)?;
            for line in repair.patch.iter().flat_map(|patch| patch.lines()) {
                writeln!(out, "    {line}")?;
            }
        }
    }
    Ok(())
}

fn name(files: &[&Path], input: usize) -> String {
    files
        .get(input)
        .map_or_else(String::new, |path| input::name(path).to_string())
}

fn at(files: &[&Path], place: &Written) -> String {
    let name = name(files, place.input);
    match place.line {
        Some(line) => format!("{name}:{line}:{}", place.column),
        None => name,
    }
}

const fn effect(effect: Effect) -> &'static str {
    match effect {
        Effect::Fails => "fails",
        Effect::FailsLater => "fails later",
        Effect::Narrows => "narrows",
        Effect::Differs => "differs",
        Effect::Weakens => "weakens",
        Effect::Harmless => "info",
    }
}

fn object(files: &[&Path], fact: &Configured) -> Value {
    let places = fact.places.iter().map(|place| {
        json!({
            "file": name(files, place.input),
            "line": place.line,
            "column": place.column,
            "shows": place.shows,
        })
    });
    let repairs = fact.repairs.iter().map(|repair| {
        json!({
            "file": name(files, repair.input),
            "text": repair.text,
            "patch": repair.patch,
            "weakens": repair.weakens,
        })
    });
    json!({
        "topic": kebab(&format!("{:?}", fact.topic)),
        "effect": effect(fact.effect).replace(' ', "-"),
        "connection": fact.connection,
        "detail": fact.detail,
        "places": places.collect::<Vec<Value>>(),
        "repairs": repairs.collect::<Vec<Value>>(),
    })
}

/// `ike-proposal` of `IkeProposal`.
fn kebab(name: &str) -> String {
    let mut text = String::new();
    for c in name.chars() {
        if c.is_ascii_uppercase() && !text.is_empty() {
            text.push('-');
        }
        text.push(c.to_ascii_lowercase());
    }
    text
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
