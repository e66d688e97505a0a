//! OpenIKED's `iked.conf`: an `ikev2` rule a line, macros, `set` and `user`
//! lines; defaults as 7.2 has them.

use super::model::{Dialect, Fragmentation, Identity, Model, SecretKind, SecretNote, Setting};
use super::values::Faults;
use super::{ConfigError, ConfigErrorKind};
use alloc::vec::Vec;

mod algorithms;
mod rule;
mod tokens;

use tokens::Token;

/// Reads an `iked.conf`. `input` is its index among the inputs.
///
/// ```
/// let file = b"ikev2 \"gw\" esp from 10.1.0.0/24 to 10.2.0.0/24 peer 192.0.2.1 psk \"hunter2\"\n";
/// let model = ipsec_core::config::iked::read(0, file);
/// let gw = &model.connections[0];
/// assert_eq!((gw.name.value.as_str(), model.secrets[0].len), ("gw", Some(7)));
/// ```
#[must_use]
pub fn read(input: usize, file: &[u8]) -> Model {
    let mut faults = Faults(Vec::new());
    let mut model = Model::new(Dialect::Iked);
    let mut fragmentation = Setting::by_default(Fragmentation::No);
    let statements = tokens::statements(input, file, &mut faults);
    // Behind a quotation mark that is never closed a word may be of a secret.
    let unclosed = |error: &&ConfigError| error.kind == ConfigErrorKind::UnclosedQuote;
    let unclosed = faults.0.iter().find(unclosed);
    let in_doubt = unclosed.map_or(usize::MAX, |error| error.span.line);
    for statement in statements {
        let Some((first, rest)) = statement.split_first() else {
            continue;
        };
        match first.text {
            "ikev2" => rule::read(*first, rest, &mut model, &mut faults),
            "set" => {
                for option in rest {
                    fragmentation = match option.text {
                        "fragmentation" => Setting::written(Fragmentation::Yes, option.span),
                        "nofragmentation" => Setting::written(Fragmentation::No, option.span),
                        _ => fragmentation,
                    };
                }
            }
            "include" => model.includes.extend(rest.first().map(Token::owned)),
            "user" => model.secrets.extend(user(rest)),
            _ if rest.first().is_some_and(|second| second.text == "=") => {}
            _ if first.quoted || first.span.line > in_doubt => {
                faults.note(first.span, ConfigErrorKind::Unexpected)
            }
            _ => model.unknown.push(first.owned()),
        }
    }
    for connection in &mut model.connections {
        connection.fragmentation = fragmentation.clone();
    }
    model.errors = faults.0;
    model
}

/// `user "name" "password"`.
fn user(rest: &[Token<'_>]) -> Option<SecretNote> {
    let [name, password] = rest else {
        return None;
    };
    let owner = Identity::UserFqdn(name.text.into());
    Some(SecretNote {
        owners: Vec::from([Setting::written(owner, name.span)]),
        ..SecretNote::new(SecretKind::Password, Some(password.text.len()), name.span)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::model::{Host, Method, Mode, NatTraversal};
    use crate::sa::proposal::{Preference, choose};
    use crate::time::Duration;
    use crate::wire::registry::ike::{ProtocolId, TransformType};
    use alloc::format;
    use alloc::string::{String, ToString as _};
    use proptest::prelude::*;

    const FILE: &str = "\
# a gateway
lan = \"10.1.0.0/24\"
set fragmentation
ikev2 \"gw\" active esp proto tcp \\
    from $lan port 80 to 10.2.0.0/24, from 10.1.9.0/24 to any \\
    local 192.0.2.1 peer gw.example \\
    ikesa enc aes-256 enc aes-128 auth hmac-sha2-256 prf hmac-sha2-256 group modp2048 \\
    ikesa enc aes-256-gcm prf hmac-sha2-384 group ecp384 \\
    childsa enc aes-128 auth hmac-sha1 \\
    srcid a.example dstid \"/C=CH/CN=gw\" ikelifetime 4h lifetime 20m bytes 1G psk \"hunter2\"
ikev2 transport ah from 192.0.2.1 to 192.0.2.2
user \"alice\" \"hunter22\"
";

    fn model(file: &str) -> Model {
        read(0, file.as_bytes())
    }

    #[test]
    fn a_whole_rule() {
        let model = model(FILE);
        assert_eq!((&model.errors[..], &model.unknown[..]), (&[][..], &[][..]));
        let gw = &model.connections[0];
        assert_eq!(gw.name.value, "gw");
        assert_eq!(gw.fragmentation.value, Fragmentation::Yes);
        assert_eq!(gw.nat_traversal.value, NatTraversal::WhereSeen);
        assert_eq!(
            gw.remote.addresses[0].value,
            Host::Named("gw.example".into())
        );
        assert_eq!(gw.local.authentication[0].methods.value, [Method::Psk]);
        let peer = &gw.remote.authentication[0].identity;
        assert_eq!(
            peer.value,
            Identity::DistinguishedName("/C=CH/CN=gw".into())
        );
        let span = gw.local.authentication[0].identity.span().unwrap();
        assert_eq!((span.line, span.column, span.len), (10, 11, 9));
        let ids = |at: usize| -> Vec<(u8, u16)> {
            let transforms = gw.proposals[at].value.transforms.iter();
            transforms.map(|one| (one.kind.0, one.id)).collect()
        };
        assert_eq!(ids(0), [(1, 12), (1, 12), (3, 12), (2, 5), (4, 14)]);
        assert_eq!(ids(1), [(1, 20), (2, 6), (4, 20)]);
        let child = &gw.children[0];
        let shown = |side: &[Setting<crate::config::model::Traffic>]| -> Vec<String> {
            let selectors = side.iter().map(|one| one.value.selector(None).unwrap());
            selectors.map(|one| one.to_string()).collect()
        };
        assert_eq!(
            shown(&child.local),
            ["10.1.0.0/24[TCP/80]", "10.1.9.0/24[TCP]"]
        );
        assert_eq!(shown(&child.remote), ["10.2.0.0/24[TCP]", "0.0.0.0/0[TCP]"]);
        assert_eq!(child.lifetimes.end.value, Some(Duration::from_secs(1200)));
        assert_eq!(child.lifetimes.bytes.value, Some(1 << 30));
        assert_eq!(gw.lifetimes.rekey.value, Some(Duration::from_secs(14_400)));
        let second = &model.connections[1].children[0];
        assert_eq!(second.mode.value, Mode::Transport);
        assert_eq!(second.proposals[0].value.protocol, ProtocolId::AH);
    }

    #[test]
    fn secrets_are_known_by_kind_and_length() {
        let keys = model(FILE).secrets;
        let told: Vec<_> = keys.iter().map(|one| (one.kind, one.len)).collect();
        assert_eq!(
            told,
            [(SecretKind::Psk, Some(7)), (SecretKind::Password, Some(8))]
        );
        for file in [
            FILE,
            "key = \"hunter2\"\nikev2 esp from any to any psk $key hunter3\n",
            "ikev2 esp from any to any psk hunter2 hunter3 hunter4\n",
            "key = \"open\nhunter2\"\nikev2 esp from any to any psk \"open\nhunter2\"\nhunter2\n",
            "\"hunter2\"\nuser x hunter2 hunter3\nikev2 psk hunter2 hunter2=3\n",
        ] {
            let shown = format!("{:?}", model(file));
            assert!(!shown.contains("hunter"), "{shown}");
        }
    }

    #[test]
    fn defaults_meet_what_is_written() {
        let written = model(FILE);
        let plain = model("ikev2 esp from any to any\n");
        let [written, plain] = [&written, &plain].map(|model| &model.connections[0]);
        assert_eq!(
            plain.local.authentication[0].methods.value,
            [Method::Signature]
        );
        let values = |list: &[Setting<crate::sa::proposal::Proposal>]| -> Vec<_> {
            list.iter().map(|one| one.value.clone()).collect()
        };
        for (a, b) in [
            (&written.proposals, &plain.proposals),
            (&written.children[0].proposals, &plain.children[0].proposals),
        ] {
            assert!(choose(&values(a), &values(b), Preference::Offered).is_ok());
        }
        assert!(plain.proposals.iter().all(|one| one.span().is_none()));
        let half = model("ikev2 esp from any to any ikesa enc aes-256\n");
        let transforms = &half.connections[0].proposals[0].value.transforms;
        let groups = transforms
            .iter()
            .filter(|one| one.kind == TransformType::KE);
        assert_eq!(groups.count(), 9, "what is not written is filled in");
    }

    #[test]
    fn faults_are_placed() {
        use ConfigErrorKind as K;
        let file = "ikev2 esp from 10.0.0.0/99 to any ikesa enc aes-100\nikev2 esp from $x to any\nx = \"a\nfrob 1\n";
        let model = model(file);
        let faults: Vec<_> = model
            .errors
            .iter()
            .map(|error| (error.span.line, error.span.column, error.kind))
            .collect();
        for expected in [
            (1, 16, K::Value),
            (1, 45, K::Algorithm),
            (2, 16, K::Value),
            (3, 5, K::UnclosedQuote),
            (4, 1, K::Unexpected),
        ] {
            assert!(faults.contains(&expected), "{expected:?} in {faults:?}");
        }
        assert_eq!((faults.len(), model.unknown.len()), (5, 0));
        let unknown = |file: &str| self::model(file).unknown[0].value.clone();
        assert_eq!(unknown("frob 1\n"), "frob");
        assert_eq!(unknown("ikev2 esp from any frob to any\n"), "frob");
        let many = "x\n".repeat(tokens::TOKENS_MAX);
        let kind = K::TooMany {
            limit: tokens::TOKENS_MAX,
        };
        assert_eq!(self::model(&many).errors[0].kind, kind);
        assert_eq!(read(0, b"\xff\xfei\0").errors[0].kind, K::NotText);
        let crlf = FILE.replace('\n', "\r\n");
        assert_eq!(self::model(&crlf).errors, []);
        assert_eq!(self::model(&crlf).connections.len(), 2);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(256))]
        #[test]
        fn no_file_panics(words in prop::collection::vec(
            prop::sample::select(&[
                "ikev2", "\"", "esp", "from", "to", "10.0.0.0/8", "port", "proto", "{", "}", ",", "\\\n", "\n",
                "ikesa", "childsa", "enc", "aes-256", "group", "psk", "x", "=", "$x", "#", "é", "srcid", "lifetime", "9d",
            ][..]), 0..60)) {
            let file = words.join(" ");
            for error in model(&file).errors {
                prop_assert!(error.span.offset + error.span.len <= file.len());
            }
        }
    }
}
