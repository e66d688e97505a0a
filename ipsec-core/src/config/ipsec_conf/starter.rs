//! strongSwan's `ipsec.conf`, read by its starter; defaults as 5.9 has them.

use super::view::{self, View};
use crate::config::algorithms;
use crate::config::model::{
    Attachment, Authentication, Child, Connection, End, Fragmentation, Host, Identity, Lifetimes,
    Method, Mode, NatTraversal, Phase1, Setting, Versions,
};
use crate::config::values::{self, Faults};
use crate::sa::proposal::Proposal;
use crate::time::Duration;
use crate::wire::registry::ike::ProtocolId;
use alloc::vec::Vec;

pub(super) fn connection(view: &View<'_>, faults: &mut Faults) -> Connection {
    let reauth = view.says("reauth", true, faults);
    let lifetimes = lifetimes(view, &["ikelifetime"], IKE_LIFETIME, faults);
    let [local, remote] = [0, 1].map(|side| end(view, side, faults));
    Connection {
        name: view.name.clone(),
        versions: faults.setting(view.value("keyexchange"), Versions::Both, versions),
        phase1: faults.setting(view.value("aggressive"), Phase1::Main, view::phase1),
        local,
        remote,
        proposals: proposals(view, "ike", ProtocolId::IKE, faults),
        nat_traversal: faults.setting(
            view.value("forceencaps"),
            NatTraversal::WhereSeen,
            nat_traversal,
        ),
        dead_peer_detection: dead_peer_detection(view, faults),
        fragmentation: faults.setting(
            view.value("fragmentation"),
            Fragmentation::Yes,
            fragmentation,
        ),
        reauthentication: Setting {
            value: lifetimes.rekey.value.filter(|_| reauth.value),
            origin: reauth.origin,
        },
        lifetimes,
        children: Vec::from([child(view, faults)]),
        attachment: Attachment::Everywhere,
        idle_timeout: Setting::by_default(None),
    }
}

fn child(view: &View<'_>, faults: &mut Faults) -> Child {
    let ah = view.value("ah").is_some();
    let (key, protocol) = if ah {
        ("ah", ProtocolId::AH)
    } else {
        ("esp", ProtocolId::ESP)
    };
    Child {
        name: view.name.clone(),
        proposals: proposals(view, key, protocol, faults),
        mode: faults.setting(view.value("type"), Mode::Tunnel, view::mode),
        local: view::traffic(view, 0, faults),
        remote: view::traffic(view, 1, faults),
        lifetimes: Lifetimes {
            bytes: faults.setting(view.value("lifebytes"), None, values::count),
            ..lifetimes(view, &["lifetime", "keylife"], LIFETIME, faults)
        },
        compression: view.says("compress", false, faults),
    }
}

/// A list that does not end in `!` goes on with the defaults.
fn proposals(
    view: &View<'_>,
    key: &str,
    protocol: ProtocolId,
    faults: &mut Faults,
) -> Vec<Setting<Proposal>> {
    let mut found = view.value(key);
    let strict = found.and_then(|found| found.value.strip_suffix('!'));
    if let (Some(found), Some(strict)) = (&mut found, strict) {
        found.value = strict;
        found.span.len = found.span.len.saturating_sub(1);
    }
    let mut proposals = algorithms::proposals(found, protocol, faults);
    if found.is_some() && strict.is_none() {
        algorithms::add_defaults(protocol, &mut proposals);
    }
    proposals
}

/// Rekeyed the margin before the end; by chance earlier, as `rekeyfuzz` says.
fn lifetimes(view: &View<'_>, keys: &[&str], default: Duration, faults: &mut Faults) -> Lifetimes {
    let end = faults.setting(view.any(keys), Some(default), values::duration);
    let margin = view.any(&["margintime", "rekeymargin"]);
    let margin = faults.setting(margin, Some(MARGIN), values::duration);
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

/// Asked for by an action; the delay alone does nothing.
fn dead_peer_detection(view: &View<'_>, faults: &mut Faults) -> Setting<Option<Duration>> {
    let acts = faults.setting(view.value("dpdaction"), false, |text| match text {
        "none" => Some(false),
        "clear" | "hold" | "restart" => Some(true),
        _ => None,
    });
    let delay = faults.setting(view.value("dpddelay"), Some(DPD_DELAY), values::duration);
    Setting {
        value: delay.value.filter(|_| acts.value),
        origin: acts.origin,
    }
}

fn end(view: &View<'_>, side: usize, faults: &mut Faults) -> End {
    let addresses = view::hosts(view, side, faults);
    let mut authentication = Vec::new();
    let first = view.side(side, "auth").or_else(|| view.value("authby"));
    authentication.push(Authentication {
        methods: faults.setting(first, [Method::Signature].into(), methods),
        identity: identity(view, side, &addresses, faults),
    });
    let second = view.side(side, "auth2");
    if second.is_some() {
        authentication.push(Authentication {
            methods: faults.setting(second, Vec::new(), methods),
            identity: faults.setting(view.side(side, "id2"), Identity::Any, values::identity),
        });
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
    let id = view.side(side, "id");
    match (id, view.side(side, "cert"), view::single(addresses)) {
        (Some(_), _, _) => faults.setting(id, Identity::Any, |text| {
            // `%name` is an identity that the peer need not have sent.
            values::identity(
                text.strip_prefix('%')
                    .filter(|rest| *rest != "any")
                    .unwrap_or(text),
            )
        }),
        (None, Some(cert), _) => Setting::written(Identity::FromCertificate, cert.span),
        (None, None, Some((address, _))) => Setting::by_default(Identity::Address(address)),
        (None, None, None) => Setting::by_default(Identity::Any),
    }
}

fn methods(text: &str) -> Option<Vec<Method>> {
    let text = text.strip_prefix("ike:").unwrap_or(text);
    Some(Vec::from(match text {
        "psk" | "secret" => [Method::Psk].as_slice(),
        "xauthpsk" => &[Method::Psk, Method::Xauth],
        "xauthrsasig" => &[Method::Signature, Method::Xauth],
        "never" => &[],
        _ => match text.split(['-', ':']).next()? {
            "pubkey" | "rsa" | "rsasig" | "ecdsa" | "ecdsasig" | "ed25519" | "ed448" => {
                &[Method::Signature]
            }
            "eap" => &[Method::Eap],
            "xauth" => &[Method::Xauth],
            _ => return None,
        },
    }))
}

fn versions(text: &str) -> Option<Versions> {
    Some(match text {
        "ike" => Versions::Both,
        "ikev1" => Versions::V1,
        "ikev2" => Versions::V2,
        _ => return None,
    })
}

fn nat_traversal(text: &str) -> Option<NatTraversal> {
    values::boolean(text).map(|always| match always {
        true => NatTraversal::Always,
        false => NatTraversal::WhereSeen,
    })
}

fn fragmentation(text: &str) -> Option<Fragmentation> {
    Some(match text {
        "force" => Fragmentation::Force,
        "accept" => Fragmentation::Accept,
        _ if values::boolean(text)? => Fragmentation::Yes,
        _ => Fragmentation::No,
    })
}

const IKE_LIFETIME: Duration = Duration::from_secs(3 * 3600);

const LIFETIME: Duration = Duration::from_secs(3600);

const MARGIN: Duration = Duration::from_secs(9 * 60);

const DPD_DELAY: Duration = Duration::from_secs(30);
