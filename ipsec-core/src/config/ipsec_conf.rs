//! `ipsec.conf`, the configuration of FreeS/WAN's descendants: `conn` sections
//! of `key=value` lines. libreswan and strongSwan's older interface (its
//! starter) share the form and not the keywords; which of them a file is for
//! is told from those.
//!
//! In both, `left` and `right` are two ends, and a host finds out which one it
//! is. Here `left` is this end, unless `right` says `%defaultroute`.

use super::model::{Dialect, Model};
use super::{ConfigError, ConfigErrorKind, Span, Spanned};
use alloc::borrow::ToOwned as _;
use alloc::string::String;
use alloc::vec::Vec;

mod algorithms;
mod keywords;
mod libreswan;
mod secrets;
mod starter;
mod view;

pub(super) use algorithms::transforms as libreswan_transforms;
pub(super) use libreswan::named as libreswan_identity;
pub use secrets::{NOTES_MAX, read_secrets};
pub(super) use secrets::{is_secret, read_secrets_alone};

/// An `ipsec.conf`, read.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct IpsecConf {
    /// Its sections, in order.
    pub sections: Vec<Section>,
    /// Files it includes, in order; none is opened.
    pub includes: Vec<Spanned<String>>,
    /// What is wrong with its form.
    pub errors: Vec<ConfigError>,
}

/// A section and its lines.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Section {
    /// What it is.
    pub kind: SectionKind,
    /// Its name.
    pub name: Spanned<String>,
    /// Its lines, in order.
    pub parameters: Vec<Parameter>,
}

/// What a section is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SectionKind {
    /// `config setup`: the daemon as a whole.
    Setup,
    /// `conn`: a connection.
    Connection,
    /// `ca`: a certification authority.
    Authority,
}

/// A line `key=value`.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Parameter {
    /// The key, in small letters.
    pub key: Spanned<String>,
    /// The value, quotation marks and braces around it taken off.
    pub value: Spanned<String>,
}

impl Section {
    /// The value of `key`: the last one.
    #[must_use]
    pub fn value(&self, key: &str) -> Option<Spanned<&str>> {
        let mut parameters = self.parameters.iter().rev();
        let found = parameters.find(|parameter| parameter.key.value == key)?;
        Some(Spanned {
            value: &found.value.value,
            span: found.value.span,
        })
    }
}

impl IpsecConf {
    /// Whose keywords it uses: each that only one of the two has counts for
    /// that one. A file without any is taken for libreswan's.
    #[must_use]
    pub fn dialect(&self) -> Dialect {
        let parameters = self.sections.iter().flat_map(|section| &section.parameters);
        let (mut starter, mut libreswan) = (0_usize, 0_usize);
        for Parameter { key, value } in parameters {
            let (key, value) = (key.value.as_str(), value.value.as_str());
            starter = starter.saturating_add(usize::from(keywords::is_starters(key, value)));
            libreswan = libreswan.saturating_add(usize::from(keywords::is_libreswans(key, value)));
        }
        if starter > libreswan {
            Dialect::Starter
        } else {
            Dialect::Libreswan
        }
    }

    /// What it says, in the words that all devices share, read as
    /// [`Self::dialect`] says.
    #[must_use]
    pub fn model(&self) -> Model {
        view::model(self, self.dialect())
    }
}

/// Reads an `ipsec.conf`. `input` is its index among the inputs.
///
/// ```
/// use ipsec_core::config::{ipsec_conf, model::Dialect};
/// let file = b"conn gw\n\tike=aes256-sha2_256;modp2048\n\tikev2=insist\n";
/// let conf = ipsec_conf::read(0, file);
/// assert_eq!(conf.dialect(), Dialect::Libreswan);
/// let gw = &conf.model().connections[0];
/// assert_eq!(gw.proposals[0].value.transforms.len(), 4);
/// ```
#[must_use]
pub fn read(input: usize, file: &[u8]) -> IpsecConf {
    let (text, end) = match core::str::from_utf8(file) {
        Ok(text) => (text, None),
        Err(error) => {
            let valid = file.get(..error.valid_up_to()).unwrap_or_default();
            let text = core::str::from_utf8(valid).unwrap_or_default();
            (text, Some(error.valid_up_to()))
        }
    };
    let mut reader = Reader {
        conf: IpsecConf {
            sections: Vec::new(),
            includes: Vec::new(),
            errors: Vec::new(),
        },
        parameters: 0,
    };
    let (mut line, mut offset) = (1, 0);
    for whole in text.split_inclusive('\n') {
        let start = Start {
            input,
            line,
            offset,
            text: whole,
        };
        if !reader.line(&start) {
            return reader.conf;
        }
        if whole.ends_with('\n') {
            line = line.saturating_add(1);
        }
        offset = offset.saturating_add(whole.len());
    }
    if let Some(offset) = end {
        let span = Span {
            input,
            line,
            column: 1,
            offset,
            len: 1,
        };
        reader.fault(span, ConfigErrorKind::NotText);
    }
    reader.conf
}

/// A line and where it begins.
struct Start<'a> {
    input: usize,
    line: usize,
    offset: usize,
    text: &'a str,
}

impl Start<'_> {
    /// The place of `part`, cut from the line.
    fn span(&self, part: &str) -> Span {
        let at = part
            .as_ptr()
            .addr()
            .saturating_sub(self.text.as_ptr().addr());
        let before = self.text.get(..at).unwrap_or_default();
        Span {
            input: self.input,
            line: self.line,
            column: before.chars().count().saturating_add(1),
            offset: self.offset.saturating_add(at),
            len: part.len(),
        }
    }

    fn spanned(&self, part: &str) -> Spanned<String> {
        Spanned {
            value: part.to_owned(),
            span: self.span(part),
        }
    }
}

struct Reader {
    conf: IpsecConf,
    parameters: usize,
}

impl Reader {
    fn fault(&mut self, span: Span, kind: ConfigErrorKind) {
        if self.conf.errors.len() < ERRORS_MAX {
            self.conf.errors.push(ConfigError { span, kind });
        }
    }

    /// Reads a line; false when there were too many.
    fn line(&mut self, start: &Start<'_>) -> bool {
        let text = without_comment(start.text.trim_start_matches('\u{feff}'));
        if text.trim().is_empty() {
            return true;
        }
        self.parameters = self.parameters.saturating_add(1);
        if self.parameters > LINES_MAX {
            let kind = ConfigErrorKind::TooMany { limit: LINES_MAX };
            self.fault(start.span(text.trim()), kind);
            return false;
        }
        match text.split_once('=') {
            Some((key, value)) => self.parameter(start, key.trim(), value.trim()),
            None => self.heading(start, text.trim()),
        }
        true
    }

    fn heading(&mut self, start: &Start<'_>, text: &str) {
        let (word, name) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
        let name = name.trim();
        let kind = match word {
            "config" => SectionKind::Setup,
            "conn" => SectionKind::Connection,
            "ca" => SectionKind::Authority,
            "include" => return self.conf.includes.push(start.spanned(name)),
            "version" => return,
            _ => return self.fault(start.span(word), ConfigErrorKind::Alone),
        };
        if name.is_empty() {
            self.fault(start.span(word), ConfigErrorKind::Alone);
        }
        self.conf.sections.push(Section {
            kind,
            name: start.spanned(name),
            parameters: Vec::new(),
        });
    }

    fn parameter(&mut self, start: &Start<'_>, key: &str, value: &str) {
        if value.starts_with('"') && !(value.len() > 1 && value.ends_with('"')) {
            self.fault(start.span(value), ConfigErrorKind::UnclosedQuote);
        }
        if value.starts_with('{') && !value.ends_with('}') {
            self.fault(start.span(value), ConfigErrorKind::Unclosed);
        }
        let value = within(value, '"', '"')
            .or_else(|| within(value, '{', '}'))
            .unwrap_or(value);
        let key = start.spanned(key);
        let parameter = Parameter {
            key: Spanned {
                value: key.value.to_ascii_lowercase(),
                ..key
            },
            value: start.spanned(value.trim()),
        };
        match self.conf.sections.last_mut() {
            Some(section) => section.parameters.push(parameter),
            None => self.fault(parameter.key.span, ConfigErrorKind::Unexpected),
        }
    }
}

fn within(text: &str, open: char, close: char) -> Option<&str> {
    text.strip_prefix(open)?.strip_suffix(close)
}

/// The line up to a `#` that begins a word outside of quotation marks:
/// `leftid=@#6162` has no comment.
fn without_comment(line: &str) -> &str {
    let (mut quoted, mut blank) = (false, true);
    for (at, c) in line.char_indices() {
        match c {
            '"' => quoted = !quoted,
            '#' if blank && !quoted => return line.get(..at).unwrap_or_default(),
            _ => {}
        }
        blank = c.is_whitespace();
    }
    line
}

/// Lines of one file that say something.
pub const LINES_MAX: usize = 100_000;

/// Errors listed of one file.
pub const ERRORS_MAX: usize = 1_000;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::model::{
        Fragmentation, Host, Identity, Method, NatTraversal, Phase1, Setting, Versions,
    };
    use crate::sa::proposal::{Preference, Proposal, choose};
    use crate::time::Duration;
    use crate::wire::registry::ike::TransformType;
    use alloc::format;
    use alloc::string::ToString as _;
    use proptest::prelude::*;

    fn model(file: &str) -> Model {
        read(0, file.as_bytes()).model()
    }

    const PLUTO: &str = "\
# our gateway
config setup
    ikev1-policy=accept
conn %default
    ikelifetime=1h
conn base
    left=192.0.2.1   # outside
    leftid=@a.example
conn gw
    also=base
    right=vpn.example
    rightid=\"C=CH, CN=gw\"
    leftsubnets={10.1.0.0/24 10.1.1.0/24}
    rightsubnet=10.2.0.0/16
    ike=aes_gcm256-sha2_512;dh19,aes256-sha2_256-modp2048
    esp=aes128-sha1
    authby=secret
    encapsulation=no
";

    const STARTER: &str = "\
config setup
\tcharondebug=\"ike 2\"
conn home
\tkeyexchange=ikev2
\tleft=%defaultroute
\tleftauth=eap-mschapv2
\tright=192.0.2.9
\trightauth=pubkey
\trightid=%gw.example
\trightsubnet=10.0.0.0/8[tcp/443]
\tike=aes256-sha256-modp2048!
\tesp=aes128-sha1
\tdpdaction=restart
\treauth=no
";

    fn values<T: Clone>(settings: &[Setting<T>]) -> Vec<T> {
        settings.iter().map(|one| one.value.clone()).collect()
    }

    #[test]
    fn libreswans() {
        let conf = read(0, PLUTO.as_bytes());
        assert_eq!(conf.dialect(), Dialect::Libreswan);
        let model = conf.model();
        assert_eq!((&model.errors[..], &model.unknown[..]), (&[][..], &[][..]));
        assert_eq!(model.connections.len(), 2);
        let gw = &model.connections[1];
        assert_eq!(gw.versions, Setting::by_default(Versions::V2));
        let local = &gw.local.authentication[0];
        assert_eq!(local.identity.value, Identity::Fqdn("a.example".into()));
        assert_eq!(local.methods.value, [Method::Psk]);
        let span = local.identity.span().unwrap();
        assert_eq!((span.line, span.column, span.len), (8, 12, 10));
        let dn = Identity::DistinguishedName("C=CH, CN=gw".into());
        assert_eq!(gw.remote.authentication[0].identity.value, dn);
        assert_eq!(
            values(&gw.remote.addresses),
            [Host::Named("vpn.example".into())]
        );
        assert_eq!(gw.nat_traversal.value, NatTraversal::Never);
        assert_eq!(gw.lifetimes.end.value, Some(Duration::from_secs(3600)));
        let second = gw.children[0].local[1].span().unwrap();
        assert_eq!((second.line, second.column), (13, 30));
        let ids = |proposal: &Proposal, kind| -> Vec<_> {
            let transforms = proposal.transforms.iter();
            transforms
                .filter(|one| one.kind == kind)
                .map(|one| one.id)
                .collect()
        };
        let aead = &gw.proposals[0].value;
        assert!(ids(aead, TransformType::INTEG).is_empty());
        assert_eq!(ids(aead, TransformType::PRF), [7]);
        let esp = &gw.children[0].proposals[0].value;
        assert_eq!(
            ids(esp, TransformType::KE),
            [14, 19],
            "pfs=yes: the groups of ike="
        );
    }

    #[test]
    fn strongswans() {
        let conf = read(0, STARTER.as_bytes());
        assert_eq!(conf.dialect(), Dialect::Starter);
        let model = conf.model();
        assert_eq!((&model.errors[..], &model.unknown[..]), (&[][..], &[][..]));
        let home = &model.connections[0];
        assert_eq!(home.versions.value, Versions::V2);
        assert_eq!(home.phase1, Setting::by_default(Phase1::Main));
        assert_eq!(home.fragmentation, Setting::by_default(Fragmentation::Yes));
        assert_eq!(home.local.authentication[0].methods.value, [Method::Eap]);
        let gateway = Identity::Fqdn("gw.example".into());
        assert_eq!(home.remote.authentication[0].identity.value, gateway);
        assert_eq!(home.proposals.len(), 1, "strict");
        let written: Vec<_> = home.children[0]
            .proposals
            .iter()
            .map(|one| one.span().is_some())
            .collect();
        assert_eq!(written, [true, false, false], "not strict");
        assert_eq!(
            home.dead_peer_detection.value,
            Some(Duration::from_secs(30))
        );
        assert_eq!(home.reauthentication.value, None);
        let remote = home.children[0].remote[0].value.selector(None).unwrap();
        assert_eq!(remote.to_string(), "10.0.0.0/8[TCP/443]");
    }

    #[test]
    fn this_end_is_the_one_on_the_default_route() {
        let file = "conn a\n left=192.0.2.9\n right=%defaultroute\n rightid=@me\n ikev2=no\n";
        let a = &model(file).connections[0];
        assert_eq!(
            values(&a.local.addresses),
            [Host::Named("%defaultroute".into())]
        );
        assert_eq!(
            a.local.authentication[0].identity.value,
            Identity::Fqdn("me".into())
        );
        let remote = &a.remote.authentication[0].identity;
        let address = Identity::Address("192.0.2.9".parse().unwrap());
        assert_eq!(*remote, Setting::by_default(address));
    }

    /// What is proposed when nothing is written meets itself.
    #[test]
    fn defaults_meet() {
        for file in [
            "conn a\n ikev2=no\n",
            "conn a\n ikev2=yes\n",
            "conn a\n keyexchange=ike\n leftauth=psk\n",
        ] {
            let a = &model(file).connections[0];
            let child = &a.children[0].proposals;
            for proposals in [values(&a.proposals), values(child)] {
                assert!(
                    choose(&proposals, &proposals, Preference::Offered).is_ok(),
                    "{file}"
                );
            }
        }
    }

    #[test]
    fn faults_are_placed() {
        use ConfigErrorKind as K;
        let file = "x=1\nconn\nconn a\n  also=none\n  ikev2=maybe\n  leftid=\"x\n  nonsense\n  ike=aes256-sha3-modp2048\n  leftsubnet=10.0.0.0/99\n  frobnicate=1\nconn b\n  also=b\n";
        let model = model(file);
        let mut faults: Vec<_> = model
            .errors
            .iter()
            .map(|error| (error.span.line, error.span.column, error.kind))
            .collect();
        faults.sort_by_key(|(line, column, _)| (*line, *column));
        let expected = [
            (1, 1, K::Unexpected),
            (2, 1, K::Alone),
            (4, 8, K::NoSuchSection),
            (5, 9, K::Value),
            (6, 10, K::UnclosedQuote),
            (7, 3, K::Alone),
            (8, 14, K::Algorithm),
            (9, 14, K::Value),
        ];
        assert_eq!(faults, expected);
        assert_eq!(model.unknown[0].value, "frobnicate");
    }

    #[test]
    fn bad_input() {
        let crlf = PLUTO.replace('\n', "\r\n");
        assert_eq!(model(&crlf).connections.len(), 2);
        assert_eq!(model(&crlf).errors, []);
        let wide: Vec<u8> = PLUTO.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let wide = [&[0xff, 0xfe][..], &wide].concat();
        assert_eq!(read(0, &wide).errors[0].kind, ConfigErrorKind::NotText);
        let long = format!(
            "conn a\n  leftsubnets={{{}}}\n",
            "10.0.0.0/8 ".repeat(500_000)
        );
        assert_eq!(model(&long).connections[0].children[0].local.len(), 500_000);
        let many = "conn a\n".repeat(LINES_MAX + 1);
        let kind = ConfigErrorKind::TooMany { limit: LINES_MAX };
        assert_eq!(read(0, many.as_bytes()).errors[0].kind, kind);
        let ring = "conn a\n also=b\nconn b\n also=a\n also=b\ninclude /etc/*.conf\n";
        assert_eq!(model(ring).connections.len(), 2);
        assert_eq!(model(ring).includes[0].value, "/etc/*.conf");
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(256))]
        #[test]
        fn no_file_panics(bytes in prop::collection::vec(any::<u8>(), 0..100), words in prop::collection::vec(
            prop::sample::select(&[
                "conn ", "config setup", "a", "\n", "\r\n", "  ", "=", "also", "left", "right", "subnet", "subnets",
                "id", "{", "}", "\"", "#", "10.0.0.0/8", ",", "ike", "esp", "aes256", "-", "+", ";", "!", "é", "%",
                "default", "protoport", "17/1701", "rekey", "lifetime", "keyexchange", "ikev2", "99999999999999h",
            ][..]), 0..60)) {
            let file = words.concat();
            for file in [&bytes[..], file.as_bytes()] {
                for error in read(0, file).model().errors {
                    prop_assert!(error.span.offset + error.span.len <= file.len());
                }
            }
        }
    }
}
