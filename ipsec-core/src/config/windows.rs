//! Windows: PowerShell's `New-NetIPsec…` and VPN cmdlets, `netsh ipsec static`
//! and `netsh advfirewall consec`, as scripts say them, and what
//! `netsh advfirewall consec show rule name=all verbose` prints.
//!
//! A rule is a connection with one child, and two policies: what leaves and
//! what comes in. Defaults are those that Windows has had since Vista; the
//! older `netsh ipsec static` proposes 3DES instead of AES.

use super::lines::{self, Line, Lines};
use super::model::{Dialect, Model};
use super::values::Faults;
use super::words::{Form, Kind, Word, Words};
use super::{ConfigErrorKind, Span};
use crate::sorted::Map;
use alloc::string::String;
use alloc::vec::Vec;

pub(super) mod algorithms;
mod rules;

/// Reads a script or a listing. `input` is its index among the inputs.
///
/// ```
/// use ipsec_core::config::windows;
/// let file = b"netsh ipsec static add filteraction name=a soft=yes action=negotiate\n\
///     netsh ipsec static add filter filterlist=l srcaddr=me dstaddr=192.0.2.1\n\
///     netsh ipsec static add rule name=r policy=p filterlist=l filteraction=a psk=hunter2\n";
/// let model = windows::read(0, file);
/// assert!(model.policies[0].optional);
/// ```
#[must_use]
pub fn read(input: usize, file: &[u8]) -> Model {
    let mut reader = Reader {
        faults: Faults(Vec::new()),
        commands: Vec::new(),
        variables: Map::new(),
        listing: false,
        lines: Lines::new(),
    };
    let mut words = Words::new(&FORM, input, file);
    let mut line = Vec::new();
    let mut open = Vec::new();
    while let Some(word) = words.next(&mut reader.faults) {
        match (word.kind, word.text) {
            (Kind::LineEnd, _) if open.is_empty() => {
                reader.line(&core::mem::take(&mut line));
                continue;
            }
            (Kind::LineEnd, _) => continue,
            (Kind::Mark, ";") if open.is_empty() => {
                reader.line(&core::mem::take(&mut line));
                continue;
            }
            (Kind::Mark, "(") => open.push(word.span),
            (Kind::Mark, ")") if open.pop().is_none() => {
                reader.faults.note(word.span, ConfigErrorKind::Unopened);
            }
            _ => {}
        }
        line.push(word);
    }
    reader.line(&line);
    for span in open {
        reader.faults.note(span, ConfigErrorKind::Unclosed);
    }
    let mut model = Model::new(Dialect::Windows);
    model.lines = reader.lines;
    rules::fill(&reader.commands, &mut model, &mut reader.faults);
    model.errors = reader.faults.0;
    model
}

/// Whether a line shows a configuration of this form.
pub(super) fn shows(line: &str) -> bool {
    let mut words = line.split_whitespace().map(str::to_ascii_lowercase);
    let cmdlet = |word: &str| CMDLETS.contains(&word.trim_start_matches(['(', '@']));
    match words.next().as_deref() {
        Some("netsh") => matches!(words.next().as_deref(), Some("ipsec" | "advfirewall")),
        Some(first) if first.starts_with('$') => words.take(3).any(|word| cmdlet(&word)),
        Some("localtunnelendpoint:" | "quickmodesecmethods:") => true,
        Some(first) => cmdlet(first),
        None => false,
    }
}

/// What is given to a parameter: words, or the results of other commands.
#[derive(Clone, Debug, Default)]
struct Given<'a> {
    words: Vec<Word<'a>>,
    results: Vec<usize>,
}

/// A command with its parameters, their names in small letters.
#[derive(Debug)]
struct Command<'a> {
    /// `new-netipsecrule`, `filteraction`, `consec`.
    name: String,
    span: Span,
    parameters: Map<String, Given<'a>>,
}

impl<'a> Command<'a> {
    const fn new(name: String, span: Span) -> Self {
        Self {
            name,
            span,
            parameters: Map::new(),
        }
    }

    fn words(&self, key: &str) -> &[Word<'a>] {
        self.parameters
            .get(key)
            .map_or(&[][..], |given| &given.words)
    }

    fn word(&self, key: &str) -> Option<Word<'a>> {
        self.words(key).first().copied()
    }
}

struct Reader<'a> {
    faults: Faults,
    commands: Vec<Command<'a>>,
    /// The commands whose results a variable holds.
    variables: Map<String, Vec<usize>>,
    /// Whether the lines of a listed rule may follow.
    listing: bool,
    lines: Lines,
}

impl<'a> Reader<'a> {
    fn line(&mut self, words: &[Word<'a>]) {
        let Some(first) = words.first() else {
            return;
        };
        let text = first.text.to_ascii_lowercase();
        if first.text.starts_with('$')
            && words
                .get(1)
                .is_some_and(|word| word.kind == Kind::Key && word.text.is_empty())
        {
            let results = self.powershell(words.get(2..).unwrap_or_default());
            self.variables.insert(text, results);
        } else if words.iter().any(is_cmdlet) {
            self.powershell(words);
        } else if text == "netsh" || text == "add" {
            self.netsh(words);
        } else {
            self.listed(words);
        }
    }

    /// Reads what stands in one statement, commands in parentheses included;
    /// returns the outermost of them.
    fn powershell(&mut self, words: &[Word<'a>]) -> Vec<usize> {
        self.keep(words);
        let mut outermost = Vec::new();
        // The commands around, each with the parameter that is being given.
        let mut around: Vec<Option<(usize, String)>> = Vec::new();
        let mut current: Option<(usize, String)> = None;
        for word in words {
            match (word.kind, word.text) {
                (Kind::Mark, "(") if around.len() < DEPTH_MAX => around.push(current.take()),
                (Kind::Mark, "(") => {
                    let kind = ConfigErrorKind::TooDeep { limit: DEPTH_MAX };
                    self.faults.note(word.span, kind);
                    return outermost;
                }
                (Kind::Mark, ")") => current = around.pop().flatten(),
                (Kind::Mark, _) => {}
                _ if is_cmdlet(word) => {
                    let at = self.commands.len();
                    let name = word.text.to_ascii_lowercase();
                    self.commands.push(Command::new(name, word.span));
                    match around.iter().rev().flatten().next().cloned() {
                        Some((outer, key)) => {
                            if let Some(given) = self.given(outer, &key) {
                                given.results.push(at);
                            }
                        }
                        None => outermost.push(at),
                    }
                    current = Some((at, String::new()));
                }
                (Kind::Bare, text) if text.starts_with('-') && text.len() > 1 => {
                    if let Some((at, key)) = &mut current {
                        *key = text.trim_start_matches('-').to_ascii_lowercase();
                        let (at, key) = (*at, key.clone());
                        self.given(at, &key);
                    }
                }
                (Kind::Bare, text) if text.starts_with('$') => {
                    let held = self.held(text);
                    let to = current
                        .clone()
                        .or_else(|| around.iter().rev().flatten().next().cloned());
                    match to {
                        Some((at, key)) => {
                            if let Some(given) = self.given(at, &key) {
                                let room = RESULTS_MAX.saturating_sub(given.results.len());
                                given.results.extend(held.into_iter().take(room));
                            }
                        }
                        None => outermost.extend(held),
                    }
                }
                _ => {
                    let to = current
                        .clone()
                        .or_else(|| around.iter().rev().flatten().next().cloned());
                    if let Some((at, key)) = to
                        && let Some(given) = self.given(at, &key)
                    {
                        given.words.push(*word);
                    }
                }
            }
        }
        outermost
    }

    /// Keeps what a change may have to write anew: commands that make a
    /// proposal as a whole, of others single parameters.
    fn keep(&mut self, words: &[Word<'a>]) {
        let mut command = None;
        for (at, word) in words.iter().enumerate() {
            let rest = words.get(at.saturating_add(1)..).unwrap_or_default();
            let name = word.text.to_ascii_lowercase();
            if is_cmdlet(word) {
                let whole = name.ends_with("cryptoproposal");
                command = (!whole).then_some(word.span);
                let ends = |word: &Word<'_>| word.kind == Kind::Mark;
                let end = rest.iter().position(ends).unwrap_or(rest.len());
                let own = rest.get(..end).unwrap_or_default();
                if whole && own.iter().all(|word| is_plain(word)) {
                    self.lines.push(word.span, line("parameters", word, own));
                }
            } else if let (Some(command), Some(key)) = (command, parameter(word))
                && CHANGED.contains(&key.as_str())
            {
                let ends = |word: &Word<'_>| word.kind == Kind::Mark || parameter(word).is_some();
                let end = rest.iter().position(ends).unwrap_or(rest.len());
                let own = rest.get(..end).unwrap_or_default();
                self.lines.push(command, line(&key, word, own));
            }
        }
    }

    /// What the variables hold that are written so: `$a.Name,$b`.
    fn held(&self, text: &str) -> Vec<usize> {
        let names = text.split(',').take(RESULTS_MAX).map(|name| {
            let name = name.split('.').next().unwrap_or(name);
            name.to_ascii_lowercase()
        });
        let results = names.filter_map(|name| self.variables.get(&name));
        results.flatten().copied().take(RESULTS_MAX).collect()
    }

    fn given(&mut self, at: usize, key: &str) -> Option<&mut Given<'a>> {
        let command = self.commands.get_mut(at)?;
        Some(command.parameters.entry(key.into()).or_default())
    }

    /// `netsh ipsec static add rule name=… …`, and the same without the first
    /// words, as a script for netsh has it.
    fn netsh(&mut self, words: &[Word<'a>]) {
        let mut plain = words.iter().filter(|word| word.kind == Kind::Bare);
        let mut consec = false;
        let kind = plain.find(|word| {
            let text = word.text.to_ascii_lowercase();
            consec |= ["consec", "advfirewall"].contains(&text.as_str());
            ![
                "netsh",
                "ipsec",
                "static",
                "dynamic",
                "advfirewall",
                "consec",
                "add",
                "set",
                "mainmode",
            ]
            .contains(&text.as_str())
        });
        let Some(kind) = kind else {
            return;
        };
        let name = match (consec, kind.text.to_ascii_lowercase()) {
            (true, name) if name == "rule" => "consec".into(),
            (true, name) if name != "global" => return,
            (_, name) => name,
        };
        let mut command = Command::new(name, kind.span);
        let mut words = words.iter();
        while let Some(word) = words.next() {
            if word.kind == Kind::Key
                && let Some(value) = words.next()
            {
                let given = command.parameters.entry(word.text.to_ascii_lowercase());
                given.or_default().words.push(*value);
            }
        }
        self.commands.push(command);
    }

    /// `LocalTunnelEndpoint:   192.0.2.1` of a rule that is listed.
    fn listed(&mut self, words: &[Word<'a>]) {
        let end = words.iter().position(|word| word.text.ends_with(':'));
        let Some((head, rest)) = end.and_then(|at| words.split_at_checked(at.saturating_add(1)))
        else {
            return;
        };
        let key: String = head.iter().map(|word| word.text).collect();
        let key = key.trim_end_matches(':').to_ascii_lowercase();
        if key == "rulename"
            && let Some(first) = rest.first()
        {
            self.listing = true;
            let mut command = Command::new("consec".into(), first.span);
            let given = command.parameters.entry("name".into()).or_default();
            given.words.extend(rest);
            self.commands.push(command);
            return;
        }
        let key = match key.as_str() {
            "quickmodesecmethods" => "qmsecmethods",
            "mainmodesecmethods" => "mmsecmethods",
            other => other,
        };
        let open = self.commands.last_mut().filter(|_| self.listing);
        if let Some(command) = open {
            let given = command.parameters.entry(key.into()).or_default();
            given.words.extend(rest);
        }
    }
}

/// The name of a parameter.
fn parameter(word: &Word<'_>) -> Option<String> {
    let name = word.text.strip_prefix('-').filter(|name| !name.is_empty());
    let name = name.filter(|_| word.kind == Kind::Bare)?;
    Some(name.to_ascii_lowercase())
}

/// Whether a word may be kept: one of a proposal, never a secret.
fn is_plain(word: &Word<'_>) -> bool {
    match parameter(word) {
        Some(name) => PROPOSAL.contains(&name.as_str()),
        None => word.kind == Kind::Bare && word.text.len() <= WORD_MAX,
    }
}

fn line(key: &str, head: &Word<'_>, own: &[Word<'_>]) -> Line {
    Line {
        key: key.into(),
        head: lines::joined(&[*head], own),
        value: lines::value(own, head.span),
        end: "",
    }
}

fn is_cmdlet(word: &Word<'_>) -> bool {
    word.kind == Kind::Bare && CMDLETS.contains(&word.text.to_ascii_lowercase().as_str())
}

const FORM: Form = Form {
    marks: "();@{}|",
    quotes: "\"'",
    escape: '`',
    lines: true,
    pairs: true,
    long_comments: false,
};

/// The parameters of a proposal.
const PROPOSAL: &[&str] = &[
    "ahhash",
    "encapsulation",
    "encryption",
    "esphash",
    "hash",
    "keyexchange",
    "maxkilobytes",
    "maxminutes",
];

/// The parameters of rules and sets that a change may write, and the name.
const CHANGED: &[&str] = &[
    "displayname",
    "keymodule",
    "localaddress",
    "mode",
    "perfectforwardsecrecygroup",
    "remoteaddress",
];

const CMDLETS: &[&str] = &[
    "add-vpnconnection",
    "new-netipsecauthproposal",
    "new-netipsecmainmodecryptoproposal",
    "new-netipsecmainmodecryptoset",
    "new-netipsecmainmoderule",
    "new-netipsecphase1authset",
    "new-netipsecquickmodecryptoproposal",
    "new-netipsecquickmodecryptoset",
    "new-netipsecrule",
    "set-vpnconnectionipsecconfiguration",
];

/// Commands in parentheses within each other.
pub const DEPTH_MAX: usize = 16;

/// Bytes of a value in a proposal that is kept.
const WORD_MAX: usize = 32;

/// Results given to one parameter.
const RESULTS_MAX: usize = 64;

#[cfg(test)]
mod tests;
