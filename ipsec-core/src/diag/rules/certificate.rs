//! Which end refused, which was refused, and the certificate that it had shown,
//! in words for titles and fixes.

use crate::diag::Finding;
use crate::diag::case::Message;
use crate::diag::catalog::Scene;
use crate::diag::finding::{self, initiator, responder};
use crate::diag::refusal::{Refusal, Stage};
use crate::evidence::{Certificate, X509};
use alloc::format;
use alloc::string::String;
use core::net::IpAddr;

/// The certificate that was refused, where it was opened and read.
pub(super) struct Shown<'c, 'a> {
    /// The end that it belongs to.
    pub(super) end: IpAddr,
    message: &'c Message<'a>,
    certificate: &'a Certificate,
    pub(super) x509: &'a X509,
}

impl<'c, 'a> Shown<'c, 'a> {
    /// The certificate of the refused end itself, which comes first.
    pub(super) fn of(refusal: &Refusal<'c, 'a>) -> Option<Self> {
        let by_initiator = !refused_is_responder(refusal);
        let sa = refusal.sa;
        let own = sa.messages.iter();
        let mut own = own.filter(|message| message.ike.by_initiator == by_initiator);
        own.find_map(|message| {
            let mut contents = message.ike.contents();
            let certificate = contents.find_map(|content| content.certificates.first())?;
            let end = match by_initiator {
                true => sa.initiator,
                false => sa.responder,
            };
            Some(Self {
                end,
                message,
                certificate,
                x509: certificate.x509.as_ref()?,
            })
        })
    }

    /// The identity that its owner claims.
    pub(super) fn claimed(&self) -> Option<&'a str> {
        let of_initiator = self.message.ike.by_initiator;
        let mut contents = self.message.ike.contents();
        contents.find_map(|content| {
            let mut own = content.identities.iter();
            let own = own.find(|identity| identity.of_initiator == of_initiator)?;
            Some(own.value.as_str())
        })
    }

    /// The finding with a title about this certificate, which it cites.
    pub(super) fn dress(&self, finding: Finding, is: &str, shows: impl Into<String>) -> Finding {
        let (end, subject) = (self.end, &self.x509.subject);
        let title = format!("The certificate of {end} ({subject}) {is}");
        let place = &self.certificate.place;
        finding
            .title(title)
            .cite_closer(finding::at_place(self.message, place, shows))
    }
}

/// The end that checked a certificate and refused it.
pub(super) fn refusing(refusal: &Refusal<'_, '_>) -> String {
    if initiator_refuses(refusal) {
        initiator(refusal.sa)
    } else {
        responder(refusal.sa)
    }
}

/// The end whose certificate was refused.
pub(super) fn refused(refusal: &Refusal<'_, '_>) -> String {
    if refused_is_responder(refusal) {
        responder(refusal.sa)
    } else {
        initiator(refusal.sa)
    }
}

/// The end that refused a Child SA after both had agreed.
pub(super) fn refusing_child(refusal: &Refusal<'_, '_>) -> String {
    let by_initiator = refusal.answer.is_some_and(|answer| answer.ike.by_initiator);
    if by_initiator {
        initiator(refusal.sa)
    } else {
        responder(refusal.sa)
    }
}

fn refused_is_responder(refusal: &Refusal<'_, '_>) -> bool {
    initiator_refuses(refusal) || refusal.stage == Stage::Offer
}

fn initiator_refuses(refusal: &Refusal<'_, '_>) -> bool {
    refusal.stage == Stage::Initiator
}

/// The end whose certificate was refused, where a log tells.
pub(super) fn holder(ends: &Scene) -> String {
    match ends.initiator_refuses {
        Some(_) => ends.at_refused(),
        None => "the end whose certificate was refused".into(),
    }
}

/// The end that checked it, where a log tells.
pub(super) fn checker(ends: &Scene) -> String {
    match ends.initiator_refuses {
        Some(_) => ends.at_refusing(),
        None => "the end that refuses the certificate".into(),
    }
}
