//! What configurations state, each by itself and as the two ends of a tunnel,
//! before any packet; with the lines that would put it right.

use crate::config::facts::evidence_under;
use crate::config::model::Model;
use crate::config::profile::Profile;
use crate::evidence::{Configured, Effect, Fact, Topic};
use crate::inputs::sides;
use crate::report::json;
use crate::sorted;
use core::fmt::Write as _;
use schemars::JsonSchema;
use serde::Serialize;

/// Name and version of the shape of a [`Comparison`].
pub const SCHEMA: &str = "ipsec-core/comparison/1";

/// What comes of some configurations.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Comparison {
    /// Name and version of this shape: `ipsec-core/comparison/1`.
    pub schema: &'static str,
    /// Nothing speaks against a tunnel that comes up and stays up.
    pub fits: bool,
    /// What is the case, the worst first.
    pub facts: Vec<Agreement>,
}

/// Something that configurations agree on, or do not.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Agreement {
    /// What it is about.
    pub topic: Topic,
    /// What comes of it.
    pub effect: Effect,
    /// The connection it is about.
    pub connection: Option<String>,
    /// What is the case, in one sentence with the values.
    pub detail: String,
    /// Where it is written, side by side.
    pub places: Vec<Place>,
    /// What would put it right, best first.
    pub repairs: Vec<Patch>,
}

/// A place of a configuration and what stands there.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Place {
    /// Name of the file.
    pub file: String,
    /// Line, from 1; null for what the device fills in by itself.
    pub line: Option<u64>,
    /// Character of the line, from 1.
    pub column: u64,
    /// What stands there; never a secret.
    pub shows: String,
}

/// A change of one configuration.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Patch {
    /// Name of the file.
    pub file: String,
    /// What to do.
    pub text: String,
    /// The lines to write, in the form of that file.
    pub patch: Option<String>,
    /// It makes the tunnel weaker.
    pub weakens: bool,
}

impl Comparison {
    /// What comes of `models`, each with the index of its file among `names`,
    /// by the rules of `profile` on which algorithms are weak.
    #[must_use]
    pub fn of(names: &[String], models: &[(usize, Model)], profile: Profile) -> Self {
        let name = |input: usize| names.get(input).map_or("", String::as_str);
        let evidence = evidence_under(profile, &sides(models, name));
        let mut facts = Vec::new();
        for one in evidence {
            if let Fact::Configured(fact) = one.fact {
                facts.push(Agreement::new(*fact, name));
            }
        }
        sorted::by_key(&mut facts, |fact| fact.effect);
        let fails = |fact: &Agreement| matches!(fact.effect, Effect::Fails | Effect::FailsLater);
        Self {
            schema: SCHEMA,
            fits: !facts.iter().any(fails),
            facts,
        }
    }

    /// The comparison as JSON, indented, with a newline at its end.
    #[must_use]
    pub fn to_json(&self) -> String {
        json::written(self)
    }

    /// The JSON Schema of [`Comparison::to_json`], indented.
    #[must_use]
    pub fn json_schema() -> String {
        json::schema::<Self>()
    }

    /// The comparison for people, a line for each fact, place and repair.
    #[must_use]
    pub fn to_text(&self) -> String {
        let verdict = if self.fits { "fit" } else { "do not fit" };
        let mut out = format!("The configurations {verdict}.\n");
        for fact in &self.facts {
            // Writing to memory cannot fail.
            let _ = fact.write(&mut out);
        }
        out
    }
}

impl Agreement {
    fn new<'n>(fact: Configured, name: impl Fn(usize) -> &'n str) -> Self {
        let places = fact.places.into_iter().map(|place| Place {
            file: name(place.input).to_owned(),
            line: place.line,
            column: place.column,
            shows: place.shows,
        });
        let repairs = fact.repairs.into_iter().map(|repair| Patch {
            file: name(repair.input).to_owned(),
            text: repair.text,
            patch: repair.patch,
            weakens: repair.weakens,
        });
        Self {
            topic: fact.topic,
            effect: fact.effect,
            connection: fact.connection,
            detail: fact.detail,
            places: places.collect(),
            repairs: repairs.collect(),
        }
    }

    fn write(&self, out: &mut String) -> core::fmt::Result {
        writeln!(out, "\n{:<11} {}", effect(self.effect), self.detail)?;
        for Place {
            file,
            line,
            column,
            shows,
        } in &self.places
        {
            match line {
                Some(line) => writeln!(out, "    {file}:{line}:{column}  {shows}")?,
                None => writeln!(out, "    {file}  {shows}")?,
            }
        }
        for repair in &self.repairs {
            let weaker = if repair.weakens { " (weaker)" } else { "" };
            writeln!(out, "  fix: {}{weaker}", repair.text)?;
            for line in repair.patch.iter().flat_map(|patch| patch.lines()) {
                writeln!(out, "    {line}")?;
            }
        }
        Ok(())
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
