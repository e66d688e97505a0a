//! libreswan's `ipsec.conf`; defaults as 4.10 has them.

use super::algorithms;
use super::view::{self, View};
use crate::config::model::{
    Attachment, Authentication, Child, Connection, End, Fragmentation, Host, Identity, Lifetimes,
    Method, Mode, NatTraversal, Phase1, Setting, Versions,
};
use crate::config::values::{self, Faults};
use crate::time::Duration;
use crate::wire::registry::ike::{ProtocolId, TransformType};
use alloc::vec::Vec;

pub(super) fn connection(view: &View<'_>, faults: &mut Faults) -> Connection {
    let versions = faults.setting(view.any(&["ikev2", "keyexchange"]), Versions::V2, versions);
    let [local, remote] = [0, 1].map(|side| end(view, side, faults));
    let found = view.value("ike");
    let mut connection = Connection {
        name: view.name.clone(),
        phase1: faults.setting(
            view.any(&["aggressive", "aggrmode"]),
            Phase1::Main,
            view::phase1,
        ),
        local,
        remote,
        proposals: algorithms::proposals(found, ProtocolId::IKE, versions.value, faults),
        nat_traversal: faults.setting(
            view.any(&["encapsulation", "forceencaps"]),
            NatTraversal::WhereSeen,
            view::nat_traversal,
        ),
        dead_peer_detection: faults.setting(view.value("dpddelay"), None, values::duration),
        fragmentation: faults.setting(
            view.value("fragmentation"),
            Fragmentation::Yes,
            fragmentation,
        ),
        lifetimes: lifetimes(view, &["ikelifetime"], faults),
        reauthentication: Setting::by_default(None),
        children: Vec::new(),
        attachment: Attachment::Everywhere,
        idle_timeout: Setting::by_default(None),
        versions,
    };
    let reauth = view.says("reauth", false, faults);
    if reauth.value {
        let value = connection.lifetimes.rekey.value;
        connection.reauthentication = Setting {
            value,
            ..connection.reauthentication
        };
        connection.reauthentication.origin = reauth.origin;
    }
    let child = child(view, &connection, faults);
    connection.children.push(child);
    if view.says("pfs", true, faults).value {
        view::with_groups_of(&mut connection);
    } else {
        // Groups that are written all the same are not used.
        let children = connection.children.iter_mut();
        for proposal in children.flat_map(|child| &mut child.proposals) {
            let transforms = &mut proposal.value.transforms;
            transforms.retain(|one| one.kind != TransformType::KE);
        }
    }
    connection
}

fn child(view: &View<'_>, connection: &Connection, faults: &mut Faults) -> Child {
    let protocol = faults.setting(view.value("phase2"), None, |text| match text {
        "esp" => Some(Some(ProtocolId::ESP)),
        "ah" => Some(Some(ProtocolId::AH)),
        _ => None,
    });
    let ah = protocol.value == Some(ProtocolId::AH) || view.value("ah").is_some();
    let (protocol, key) = if ah {
        (ProtocolId::AH, "ah")
    } else {
        (ProtocolId::ESP, "esp")
    };
    let found = view.any(&[key, "phase2alg"]);
    Child {
        name: view.name.clone(),
        proposals: algorithms::proposals(found, protocol, connection.versions.value, faults),
        mode: faults.setting(view.value("type"), Mode::Tunnel, view::mode),
        local: view::traffic(view, 0, faults),
        remote: view::traffic(view, 1, faults),
        lifetimes: lifetimes(view, &["salifetime", "keylife", "lifetime"], faults),
        compression: view.says("compress", false, faults),
    }
}

/// Of an SA that ends after the time under one of these keys, and is rekeyed
/// so much before, unless it is never.
fn lifetimes(view: &View<'_>, keys: &[&str], faults: &mut Faults) -> Lifetimes {
    let end = faults.setting(view.any(keys), Some(LIFETIME), values::duration);
    let margin = faults.setting(view.value("rekeymargin"), Some(MARGIN), values::duration);
    let wanted = view.says("rekey", true, faults).value;
    let rekey = end
        .value
        .filter(|_| wanted)
        .map(|end| end.saturating_sub(margin.value.unwrap_or_default()));
    Lifetimes {
        rekey: Setting {
            value: rekey,
            origin: end.origin,
        },
        end,
        bytes: Setting::by_default(None),
    }
}

fn end(view: &View<'_>, side: usize, faults: &mut Faults) -> End {
    let addresses = view::hosts(view, side, faults);
    let found = view.side(side, "auth").or_else(|| view.value("authby"));
    let methods = faults.setting(found, [Method::Signature].into(), methods);
    let identity = identity(view, side, &addresses, faults);
    let mut authentication = Vec::from([Authentication { methods, identity }]);
    if let Some(client) = view.side(side, "xauthclient") {
        let says = faults.setting(Some(client), false, values::boolean);
        if says.value {
            authentication.push(Authentication {
                methods: Setting::written([Method::Xauth].into(), client.span),
                identity: faults.setting(view.side(side, "username"), Identity::Any, |text| {
                    Some(Identity::UserFqdn(text.into()))
                }),
            });
        }
    }
    End {
        addresses,
        authentication,
    }
}

/// Who an end is: what `leftid` says; else its certificate if it has one, or
/// its address.
fn identity(
    view: &View<'_>,
    side: usize,
    addresses: &[Setting<Host>],
    faults: &mut Faults,
) -> Setting<Identity> {
    if let Some(id) = view.side(side, "id") {
        return faults.setting(Some(id), Identity::Any, |text| Some(named(text)));
    }
    if let Some(cert) = view.side(side, "cert") {
        return Setting {
            value: Identity::FromCertificate,
            ..Setting::written(Identity::Any, cert.span)
        };
    }
    Setting::by_default(match view::single(addresses) {
        Some((address, _)) => Identity::Address(address),
        None => Identity::Any,
    })
}

/// An identity as libreswan reads it: a name without `@` stands for the
/// address that it leads to.
pub(in crate::config) fn named(text: &str) -> Identity {
    let key_id = text
        .strip_prefix("@[")
        .and_then(|text| text.strip_suffix(']'));
    match values::identity(text) {
        _ if text == "%fromcert" => Identity::FromCertificate,
        _ if key_id.is_some() => Identity::KeyId(key_id.unwrap_or_default().into()),
        Some(Identity::Fqdn(name)) if !text.starts_with('@') => Identity::AddressOf(name),
        Some(identity) => identity,
        None => Identity::Any,
    }
}

/// `secret`, `rsasig`, `rsa-sha2,ecdsa`, `secret|rsasig`, `null`.
fn methods(text: &str) -> Option<Vec<Method>> {
    let mut methods = Vec::new();
    for word in text
        .split([',', '|', '+', ' '])
        .filter(|word| !word.is_empty())
    {
        let method = match word.split('-').next()? {
            "secret" | "psk" => Method::Psk,
            "rsasig" | "rsa" | "ecdsa" => Method::Signature,
            "null" => Method::Null,
            "eaponly" => Method::Eap,
            "never" => continue,
            _ => return None,
        };
        if !methods.contains(&method) {
            methods.push(method);
        }
    }
    Some(methods)
}

fn versions(text: &str) -> Option<Versions> {
    Some(match text {
        "insist" | "propose" | "yes" | "ikev2" => Versions::V2,
        "no" | "never" | "permit" | "ikev1" => Versions::V1,
        _ => return None,
    })
}

fn fragmentation(text: &str) -> Option<Fragmentation> {
    Some(match text {
        "force" => Fragmentation::Force,
        _ if values::boolean(text)? => Fragmentation::Yes,
        _ => Fragmentation::No,
    })
}

const LIFETIME: Duration = Duration::from_secs(8 * 3600);

const MARGIN: Duration = Duration::from_secs(9 * 60);
