//! # cert-ca-unreachable
//!
//! An end cannot reach the authority to check a certificate.
//!
//! ## What happened
//!
//! To check a certificate an end wants the revocation list or an OCSP answer,
//! and cannot get it: the server does not answer, or is only reachable through
//! the tunnel that is being set up.
//!
//! ## How it is recognised
//!
//! One end opens TCP connections to a server (HTTP, LDAP) that are not
//! answered, while certificates are exchanged and refused. Without such traffic
//! in the capture it is one of several candidates.
//!
//! ## What to do
//!
//! Make the server reachable from outside the tunnel, cache revocation lists,
//! or relax the check from "must" to "should".
//!
//! ## What would prove it
//!
//! The log of the end that checks ("fetching … failed"); a capture of its other
//! traffic.
//!
//! ## References
//!
//! RFC 5280 §6.3; RFC 6960; RFC 4806.

use crate::diag::case::Filed;
use crate::diag::finding;
use crate::diag::inquiry::Inquiry;
use crate::diag::refusal::candidates;
use crate::diag::{Confidence, Finding, Severity, Who};
use crate::evidence::{ClearFlow, PacketOutline, Place};
use alloc::format;
use alloc::string::ToString as _;
use alloc::vec::Vec;

rule!(
    "cert-ca-unreachable",
    "an end cannot reach the authority to check a certificate",
    check,
    "cert_ca_unreachable.rs"
);

fn check(case: &Inquiry<'_, '_>) -> Vec<Finding> {
    let mut found = refused(case);
    if found.is_empty() {
        found.extend(case.outlines.iter().find_map(|syn| unasked(case, syn)));
    }
    found
}

/// In printed text, where the negotiation itself cannot be read: an end asks
/// a directory or a revocation server in vain.
fn unasked(case: &Inquiry<'_, '_>, syn: &Filed<'_, PacketOutline>) -> Option<Finding> {
    let route = syn.fact.route;
    let (from, to) = (route.from.ip(), route.to.ip());
    let opens = syn.fact.tcp.is_some_and(|tcp| tcp.syn && tcp.ack.is_none());
    let mut all = case.peers.iter();
    let peers = all.position(|peers| peers.is_end(from) && !peers.is_end(to))?;
    let answered = case
        .outlines
        .iter()
        .any(|other| other.fact.route == route.reversed());
    let attempts = case
        .outlines
        .iter()
        .filter(|other| other.fact.route == route)
        .count();
    let known = SERVERS.contains(&route.to.port());
    if !opens
        || !known
        || answered
        || attempts < 2
        || case.came_up(peers)
        || case.sas_of(peers).next().is_some()
    {
        return None;
    }
    let attempts = finding::count(
        u64::try_from(attempts).unwrap_or(u64::MAX),
        "connection attempt",
    );
    Some(
        Finding::new(RULE.code, peers, Severity::Error, Confidence::Possible)
            .title(format!("{from} cannot reach {to}, perhaps the authority to check a certificate"))
            .why("Beside IKE, one end opens connections to a port of LDAP or HTTP that nobody answers.")
            .weight(40)
            .who(Who::Credentials)
            .cite(finding::filed(syn, &Place::default(), format!("{attempts} to {}, unanswered", route.to)))
            .fix(from.to_string(), "Test the connection from there; make the server reachable outside the tunnel.")
            .refs(&["RFC 5280 §6.3", "RFC 6960"]),
    )
}

fn refused(case: &Inquiry<'_, '_>) -> Vec<Finding> {
    candidates(case, RULE.code, |finding, refusal| {
        let sa = refusal.sa;
        let finding = finding
            .title(format!("{} or {} cannot reach the authority to check a certificate", sa.initiator, sa.responder))
            .who(Who::Credentials)
            .fix("the end that checks", "Make the server of the revocation list (CRL, OCSP) reachable outside the tunnel, or cache the list.")
            .refs(&["RFC 5280 §6.3", "RFC 6960"]);
        let asked = case
            .clear
            .iter()
            .find(|flow| is_unanswered(case, flow, &[sa.initiator, sa.responder]));
        match asked {
            Some(flow) => {
                let to = flow.fact.tally.route.to;
                let mut finding = finding
                    .weight(72)
                    .why("While certificates are checked, one end opens connections that nobody answers.")
                    .cite(finding::filed(flow, &flow.fact.place, format!("{} to {to}, unanswered", finding::count(flow.fact.syn, "connection attempt"))));
                finding.confidence = Confidence::Likely;
                finding
            }
            None => finding,
        }
    })
}

/// Connection attempts of one of the ends to which nothing comes back.
fn is_unanswered(
    case: &Inquiry<'_, '_>,
    flow: &Filed<'_, ClearFlow>,
    ends: &[core::net::IpAddr],
) -> bool {
    let route = flow.fact.tally.route;
    let (from, to) = (route.from.ip(), route.to.ip());
    if flow.fact.syn == 0 || !ends.contains(&from) || ends.contains(&to) {
        return false;
    }
    !case.clear.iter().any(|other| {
        let back = other.fact.tally.route;
        (back.from.ip(), back.to.ip()) == (to, from) && other.fact.protocol == flow.fact.protocol
    })
}

/// Ports of LDAP, HTTP and their protected forms.
const SERVERS: [u16; 5] = [80, 389, 443, 636, 3268];

#[cfg(test)]
mod tests {
    use crate::diag::ladder::{cause, codes};

    #[test]
    fn connection_attempts_to_a_silent_server() {
        let text = "0.0 a>b INIT q0
                 0.1 b>a INIT r0 certreq
                 0.2 a>b AUTH q1 in=35:1300
                 0.3 b>a AUTH r1 in=36:1200
                 0.305 a>s CLEAR tcp syn x3
                 0.31 a>b INFO q2 in=41:8
                 0.32 b>a INFO r2 in=0:0";
        assert_eq!(cause(text), Some("cert-ca-unreachable"));
    }
    #[test]
    fn in_text_a_directory_does_not_answer() {
        let text = "0.0 a>b OUT len=838
                 0.1 b>a OUT len=100
                 0.2 a:1038>s:389 OUT proto=6 len=0 syn seq=700
                 3.2 a:1038>s:389 OUT proto=6 len=0 syn seq=700";
        assert_eq!(cause(text), Some("cert-ca-unreachable"));
        let answered = format!("{text}\n3.3 s:389>a:1038 OUT proto=6 len=0 syn seq=9 ack=701");
        assert!(!codes(&answered).contains(&"cert-ca-unreachable"));
    }
    #[test]
    fn near_miss_certificates_accepted() {
        assert!(
            codes(
                "0.0 a>b INIT q0
                 0.1 b>a INIT r0 certreq
                 0.2 a>b AUTH q1 in=35:1300
                 0.3 b>a AUTH r1 in=36:1200"
            )
            .is_empty()
        );
    }
}
