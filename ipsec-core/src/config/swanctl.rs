//! `swanctl.conf`: connections, secrets, pools and authorities of strongSwan's
//! charon, configured by `swanctl`.

mod model;

use super::model::Model;
use super::strongswan::{self, Entry, Section};
use super::{ConfigError, Spanned};
use crate::sorted;
use alloc::string::String;
use alloc::vec::Vec;

/// A `swanctl.conf`, read.
#[derive(Debug)]
#[non_exhaustive]
pub struct Swanctl {
    /// All of it.
    pub root: Section,
    /// Keywords that no known version has, as paths from the top, in order.
    pub unknown: Vec<Spanned<String>>,
    /// Files it includes, in order.
    pub includes: Vec<Spanned<String>>,
    /// What is wrong with its form.
    pub errors: Vec<ConfigError>,
}

impl Swanctl {
    /// Its connections, in order.
    pub fn connections(&self) -> impl Iterator<Item = &Section> {
        self.root.named("connections").flat_map(Section::sections)
    }

    /// What it says, in the words that all devices share. Values that are not
    /// understood join the errors, at their places.
    ///
    /// ```
    /// use ipsec_core::config::swanctl;
    /// let file = b"connections {\n  gw {\n    proposals = aes256-sha256-modp2048\n  }\n}\n";
    /// let model = swanctl::read(0, file).model();
    /// let gw = &model.connections[0];
    /// assert_eq!(gw.proposals[0].span().unwrap().line, 3);
    /// assert_eq!(gw.lifetimes.rekey.span(), None, "four hours, by default");
    /// ```
    #[must_use]
    pub fn model(&self) -> Model {
        model::of(self)
    }
}

/// Reads a `swanctl.conf`. `input` is its index among the inputs.
///
/// ```
/// use ipsec_core::config::swanctl;
/// let file = b"connections {\n  gw {\n    version = 2\n    local_addrs = 192.0.2.1, ::1\n  }\n}\n";
/// let conf = swanctl::read(0, file);
/// let gw = conf.connections().next().unwrap();
/// assert_eq!(gw.name.value, "gw");
/// let second = gw.list("local_addrs").nth(1).unwrap();
/// assert_eq!((second.value, second.span.line, second.span.column), ("::1", 4, 30));
/// ```
#[must_use]
pub fn read(input: usize, file: &[u8]) -> Swanctl {
    let (root, errors) = strongswan::parse(input, file, is_secret);
    let mut conf = Swanctl {
        root,
        unknown: Vec::new(),
        includes: Vec::new(),
        errors,
    };
    let (mut unknown, mut includes) = (Vec::new(), Vec::new());
    // Sections still to be looked at, with the path and the kind of each.
    let mut left = alloc::vec![(String::new(), Kind::Root, &conf.root)];
    while let Some((path, kind, section)) = left.pop() {
        for entry in &section.entries {
            match entry {
                Entry::Include(file) => includes.push(file.clone()),
                Entry::Value { key, .. } if kind.has_key(&key.value) => {}
                Entry::Value { key, .. } => unknown.push(Spanned {
                    value: joined(&path, &key.value),
                    span: key.span,
                }),
                Entry::Section(inner) => {
                    let path = joined(&path, &inner.name.value);
                    match kind.inner(&inner.name.value) {
                        Some(kind) => left.push((path, kind, inner)),
                        None => unknown.push(Spanned {
                            value: path,
                            span: inner.name.span,
                        }),
                    }
                }
            }
        }
    }
    sorted::by_key(&mut unknown, |one| one.span);
    sorted::by_key(&mut includes, |one: &Spanned<String>| one.span);
    conf.unknown = unknown;
    conf.includes = includes;
    conf
}

fn joined(path: &str, name: &str) -> String {
    if path.is_empty() {
        name.into()
    } else {
        [path, name].join(".")
    }
}

/// Everything under `secrets` but what says whose secret it is or where the
/// key lies; and what is called a secret anywhere.
fn is_secret(sections: &[&str], key: &str) -> bool {
    let harmless = key.starts_with("id") || matches!(key, "file" | "handle" | "slot" | "module");
    matches!(key, "secret" | "pin" | "password")
        || (sections.first() == Some(&"secrets") && !harmless)
}

/// What a section is, and so what may stand in it.
#[derive(Clone, Copy)]
enum Kind {
    Root,
    Connections,
    Connection,
    Local,
    Remote,
    Certificate,
    Children,
    Child,
    Secrets,
    Secret,
    Pools,
    Pool,
    Authorities,
    Authority,
}

impl Kind {
    /// What a section by this name is here; `None` where there is none.
    fn inner(self, name: &str) -> Option<Self> {
        match (self, name) {
            (Self::Root, "connections") => Some(Self::Connections),
            (Self::Root, "secrets") => Some(Self::Secrets),
            (Self::Root, "pools") => Some(Self::Pools),
            (Self::Root, "authorities") => Some(Self::Authorities),
            (Self::Connections, _) => Some(Self::Connection),
            (Self::Connection, "children") => Some(Self::Children),
            (Self::Connection, name) if name.starts_with("local") => Some(Self::Local),
            (Self::Connection, name) if name.starts_with("remote") => Some(Self::Remote),
            (Self::Local, name) if name.starts_with("cert") => Some(Self::Certificate),
            (Self::Remote, name) if name.starts_with("cert") || name.starts_with("cacert") => {
                Some(Self::Certificate)
            }
            (Self::Children, _) => Some(Self::Child),
            (Self::Secrets, name) if SECRETS.iter().any(|kind| name.starts_with(kind)) => {
                Some(Self::Secret)
            }
            (Self::Pools, _) => Some(Self::Pool),
            (Self::Authorities, _) => Some(Self::Authority),
            _ => None,
        }
    }

    fn has_key(self, key: &str) -> bool {
        match self {
            Self::Root | Self::Connections | Self::Children => false,
            Self::Secrets | Self::Pools | Self::Authorities => false,
            Self::Connection => CONNECTION.contains(&key),
            Self::Local => LOCAL.contains(&key),
            Self::Remote => REMOTE.contains(&key),
            Self::Certificate => CERTIFICATE.contains(&key),
            Self::Child => CHILD.contains(&key),
            Self::Secret => SECRET.contains(&key) || key.starts_with("id"),
            Self::Pool => POOL.contains(&key),
            Self::Authority => AUTHORITY.contains(&key) || CERTIFICATE.contains(&key),
        }
    }
}

const SECRETS: &[&str] = &[
    "eap", "xauth", "ntlm", "ike", "ppk", "private", "rsa", "ecdsa", "pkcs8", "pkcs12", "token",
];

const CONNECTION: &[&str] = &[
    "version",
    "local_addrs",
    "remote_addrs",
    "local_port",
    "remote_port",
    "proposals",
    "vips",
    "aggressive",
    "pull",
    "dscp",
    "encap",
    "mobike",
    "dpd_delay",
    "dpd_timeout",
    "fragmentation",
    "childless",
    "send_certreq",
    "send_cert",
    "ocsp",
    "ppk_id",
    "ppk_required",
    "keyingtries",
    "unique",
    "reauth_time",
    "rekey_time",
    "over_time",
    "rand_time",
    "pools",
    "if_id_in",
    "if_id_out",
    "mediation",
    "mediated_by",
    "mediation_peer",
];

const LOCAL: &[&str] = &[
    "round", "certs", "pubkeys", "auth", "id", "eap_id", "aaa_id", "xauth_id",
];

const REMOTE: &[&str] = &[
    "round",
    "id",
    "eap_id",
    "groups",
    "cert_policy",
    "certs",
    "cacerts",
    "ca_id",
    "pubkeys",
    "revocation",
    "auth",
];

const CERTIFICATE: &[&str] = &["file", "handle", "slot", "module"];

const CHILD: &[&str] = &[
    "ah_proposals",
    "esp_proposals",
    "sha256_96",
    "local_ts",
    "remote_ts",
    "rekey_time",
    "life_time",
    "rand_time",
    "rekey_bytes",
    "life_bytes",
    "rand_bytes",
    "rekey_packets",
    "life_packets",
    "rand_packets",
    "updown",
    "hostaccess",
    "mode",
    "policies",
    "policies_fwd_out",
    "dpd_action",
    "ipcomp",
    "inactivity",
    "reqid",
    "priority",
    "interface",
    "mark_in",
    "mark_in_sa",
    "mark_out",
    "set_mark_in",
    "set_mark_out",
    "if_id_in",
    "if_id_out",
    "label",
    "label_mode",
    "tfc_padding",
    "replay_window",
    "hw_offload",
    "per_cpu_sas",
    "copy_df",
    "copy_ecn",
    "copy_dscp",
    "start_action",
    "close_action",
];

const SECRET: &[&str] = &["secret", "pin", "file", "handle", "slot", "module"];

const POOL: &[&str] = &[
    "addrs",
    "dns",
    "nbns",
    "dhcp",
    "netmask",
    "server",
    "subnet",
    "split_include",
    "split_exclude",
];

const AUTHORITY: &[&str] = &["cacert", "crl_uris", "ocsp_uris", "cert_uri_base"];

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::format;

    /// The initiator of our capture v2-psk.
    const FILE: &str = "\
connections {
  tun {
    version = 2
    local_addrs = 192.0.2.10
    remote_addrs = 198.51.100.20
    proposals = aes256-sha256-modp2048
    local {
      auth = psk
      id = a.example
    }
    children {
      net {
        local_ts = 10.1.0.0/24
        esp_proposals = aes256-sha256
      }
    }
  }
}
secrets {
  ike-1 {
    secret = \"correct horse battery\"
    id-a = a.example
  }
}
";

    #[test]
    fn a_whole_file() {
        let conf = read(0, FILE.as_bytes());
        assert_eq!((conf.errors.len(), conf.unknown.len()), (0, 0));
        let tun = conf.connections().next().unwrap();
        let net = tun
            .named("children")
            .flat_map(Section::sections)
            .next()
            .unwrap();
        let local_ts = net.value("local_ts").unwrap();
        assert_eq!(local_ts.value.as_str(), Some("10.1.0.0/24"));
        assert_eq!((local_ts.span.line, local_ts.span.column), (13, 20));
        let shown = format!("{conf:?}");
        assert!(shown.contains("Secret(21 bytes)") && !shown.contains("horse"));
        assert!(shown.contains("a.example"), "identities are no secrets");
    }

    #[test]
    fn unknown_keywords_and_includes_are_listed() {
        let file = FILE
            .replace("version = 2", "verison = 2\n    include extra.conf")
            .replace("auth = psk", "auht = psk")
            .replace("esp_proposals", "ah_proposal")
            + "plugins { a = 1 }\ninclude conf.d/*.conf\n";
        let conf = read(0, file.as_bytes());
        let unknown: Vec<_> = conf.unknown.iter().map(|one| one.value.as_str()).collect();
        assert_eq!(
            unknown,
            [
                "connections.tun.verison",
                "connections.tun.local.auht",
                "connections.tun.children.net.ah_proposal",
                "plugins",
            ]
        );
        let includes: Vec<_> = conf.includes.iter().map(|one| one.value.as_str()).collect();
        assert_eq!(includes, ["extra.conf", "conf.d/*.conf"]);
    }

    #[test]
    fn every_kind_of_section() {
        let file = "connections { c { local-1 { cert1 { file = a } } remote { cacert-x { slot = 1 } } } }\n\
            secrets { token { pin = 1 handle = 2 } private-a { file = k } ppk { id1 = x } x { y = 1 } }\n\
            pools { p { addrs = 10.3.0.0/24 dns = 10.3.0.1 } }\n\
            authorities { lab { cacert = ca.pem } }\n";
        let conf = read(0, file.as_bytes());
        let unknown: Vec<_> = conf.unknown.iter().map(|one| one.value.as_str()).collect();
        assert_eq!(unknown, ["secrets.x"]);
    }
}
