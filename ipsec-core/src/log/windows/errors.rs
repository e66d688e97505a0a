//! The numbers under which Windows reports why IKE failed (`winerror.h`, 13800 to
//! 13911), and what they tell.

use crate::evidence::{AuthenticationFault, LogEvent};
use alloc::borrow::ToOwned;

/// The name of an error, without `ERROR_IPSEC_`.
///
/// ```
/// use ipsec_core::log::windows::error_name;
/// assert_eq!(error_name(13_868), Some("IKE_POLICY_MATCH"));
/// assert_eq!(error_name(13_912), None);
/// ```
#[must_use]
pub fn error_name(number: u32) -> Option<&'static str> {
    let index = number.checked_sub(FIRST)?;
    NAMES.get(usize::try_from(index).ok()?).copied()
}

/// The number of an error by its name, without `ERROR_IPSEC_`.
pub(super) fn error_number(name: &str) -> Option<u32> {
    let index = NAMES.iter().position(|known| *known == name)?;
    u32::try_from(index).ok()?.checked_add(FIRST)
}

/// What an error tells when it arose at this end.
pub(super) fn here(number: u32) -> Option<LogEvent> {
    let name = error_name(number)?;
    let refused = || LogEvent::NoProposal {
        differs: None,
        received: None,
        configured: None,
    };
    Some(match number {
        13_802 | 13_865 | 13_868 | 13_873 | 13_874 => refused(),
        13_805 | 13_813 => LogEvent::GaveUp,
        13_807 => LogEvent::Deleted { by_peer: true },
        13_824 | 13_843 => LogEvent::Malformed(name.to_owned()),
        13_886 => LogEvent::PeerDead,
        13_910 => LogEvent::UnknownSpi(None),
        _ => match authentication(number) {
            Some(fault) => LogEvent::AuthenticationFailed(fault),
            None => LogEvent::Failed,
        },
    })
}

fn authentication(number: u32) -> Option<AuthenticationFault> {
    use AuthenticationFault as Fault;
    Some(match number {
        13_801 | 13_827 => Fault::Untold,
        13_806 | 13_820 => Fault::NoCertificate,
        13_817..=13_819 | 13_828 | 13_847 | 13_848 | 13_881 | 13_887 => Fault::Untrusted,
        13_825 | 13_850 => Fault::NoConfiguration,
        13_826 | 13_870 | 13_875 => Fault::KeyMismatch,
        13_867 => Fault::Undecryptable,
        13_905..=13_908 => Fault::User,
        _ => return None,
    })
}

/// What an error tells when the peer reported it.
pub(super) fn there(number: u32) -> Option<LogEvent> {
    let notified = |name: &str| LogEvent::Notified {
        name: name.to_owned(),
        is_error: true,
    };
    here(number).map(|event| match number {
        13_801 => notified("AUTHENTICATION_FAILED"),
        13_868 => notified("NO_PROPOSAL_CHOSEN"),
        _ => event,
    })
}

/// The number of an error by how Windows describes it, in English and small
/// letters.
pub(super) fn described(lower: &str) -> Option<u32> {
    let found = TEXTS.iter().find(|(text, _)| lower.contains(text));
    found.map(|(_, number)| *number)
}

const TEXTS: [(&str, u32); 14] = [
    ("authentication credentials are unacceptable", 13_801),
    ("security attributes are unacceptable", 13_802),
    ("negotiation timed out", 13_805),
    ("failed to find valid machine certificate", 13_806),
    ("ike sa deleted by peer", 13_807),
    ("no response from peer", 13_813),
    ("certificate revocation check failed", 13_817),
    ("no private key associated", 13_820),
    ("no policy configured", 13_825),
    ("authenticate using kerberos", 13_827),
    ("invalid payload received", 13_843),
    ("peer failed to send valid machine certificate", 13_847),
    ("error decrypting payload", 13_867),
    ("policy match error", 13_868),
];

const FIRST: u32 = 13_800;

const NAMES: [&str; 112] = [
    "IKE_NEG_STATUS_BEGIN",
    "IKE_AUTH_FAIL",
    "IKE_ATTRIB_FAIL",
    "IKE_NEGOTIATION_PENDING",
    "IKE_GENERAL_PROCESSING_ERROR",
    "IKE_TIMED_OUT",
    "IKE_NO_CERT",
    "IKE_SA_DELETED",
    "IKE_SA_REAPED",
    "IKE_MM_ACQUIRE_DROP",
    "IKE_QM_ACQUIRE_DROP",
    "IKE_QUEUE_DROP_MM",
    "IKE_QUEUE_DROP_NO_MM",
    "IKE_DROP_NO_RESPONSE",
    "IKE_MM_DELAY_DROP",
    "IKE_QM_DELAY_DROP",
    "IKE_ERROR",
    "IKE_CRL_FAILED",
    "IKE_INVALID_KEY_USAGE",
    "IKE_INVALID_CERT_TYPE",
    "IKE_NO_PRIVATE_KEY",
    "IKE_SIMULTANEOUS_REKEY",
    "IKE_DH_FAIL",
    "IKE_CRITICAL_PAYLOAD_NOT_RECOGNIZED",
    "IKE_INVALID_HEADER",
    "IKE_NO_POLICY",
    "IKE_INVALID_SIGNATURE",
    "IKE_KERBEROS_ERROR",
    "IKE_NO_PUBLIC_KEY",
    "IKE_PROCESS_ERR",
    "IKE_PROCESS_ERR_SA",
    "IKE_PROCESS_ERR_PROP",
    "IKE_PROCESS_ERR_TRANS",
    "IKE_PROCESS_ERR_KE",
    "IKE_PROCESS_ERR_ID",
    "IKE_PROCESS_ERR_CERT",
    "IKE_PROCESS_ERR_CERT_REQ",
    "IKE_PROCESS_ERR_HASH",
    "IKE_PROCESS_ERR_SIG",
    "IKE_PROCESS_ERR_NONCE",
    "IKE_PROCESS_ERR_NOTIFY",
    "IKE_PROCESS_ERR_DELETE",
    "IKE_PROCESS_ERR_VENDOR",
    "IKE_INVALID_PAYLOAD",
    "IKE_LOAD_SOFT_SA",
    "IKE_SOFT_SA_TORN_DOWN",
    "IKE_INVALID_COOKIE",
    "IKE_NO_PEER_CERT",
    "IKE_PEER_CRL_FAILED",
    "IKE_POLICY_CHANGE",
    "IKE_NO_MM_POLICY",
    "IKE_NOTCBPRIV",
    "IKE_SECLOADFAIL",
    "IKE_FAILSSPINIT",
    "IKE_FAILQUERYSSP",
    "IKE_SRVACQFAIL",
    "IKE_SRVQUERYCRED",
    "IKE_GETSPIFAIL",
    "IKE_INVALID_FILTER",
    "IKE_OUT_OF_MEMORY",
    "IKE_ADD_UPDATE_KEY_FAILED",
    "IKE_INVALID_POLICY",
    "IKE_UNKNOWN_DOI",
    "IKE_INVALID_SITUATION",
    "IKE_DH_FAILURE",
    "IKE_INVALID_GROUP",
    "IKE_ENCRYPT",
    "IKE_DECRYPT",
    "IKE_POLICY_MATCH",
    "IKE_UNSUPPORTED_ID",
    "IKE_INVALID_HASH",
    "IKE_INVALID_HASH_ALG",
    "IKE_INVALID_HASH_SIZE",
    "IKE_INVALID_ENCRYPT_ALG",
    "IKE_INVALID_AUTH_ALG",
    "IKE_INVALID_SIG",
    "IKE_LOAD_FAILED",
    "IKE_RPC_DELETE",
    "IKE_BENIGN_REINIT",
    "IKE_INVALID_RESPONDER_LIFETIME_NOTIFY",
    "IKE_INVALID_MAJOR_VERSION",
    "IKE_INVALID_CERT_KEYLEN",
    "IKE_MM_LIMIT",
    "IKE_NEGOTIATION_DISABLED",
    "IKE_QM_LIMIT",
    "IKE_MM_EXPIRED",
    "IKE_PEER_MM_ASSUMED_INVALID",
    "IKE_CERT_CHAIN_POLICY_MISMATCH",
    "IKE_UNEXPECTED_MESSAGE_ID",
    "IKE_INVALID_AUTH_PAYLOAD",
    "IKE_DOS_COOKIE_SENT",
    "IKE_SHUTTING_DOWN",
    "IKE_CGA_AUTH_FAILED",
    "IKE_PROCESS_ERR_NATOA",
    "IKE_INVALID_MM_FOR_QM",
    "IKE_QM_EXPIRED",
    "IKE_TOO_MANY_FILTERS",
    "IKE_NEG_STATUS_END",
    "IKE_KILL_DUMMY_NAP_TUNNEL",
    "IKE_INNER_IP_ASSIGNMENT_FAILURE",
    "IKE_REQUIRE_CP_PAYLOAD_MISSING",
    "KEY_MODULE_IMPERSONATION_NEGOTIATION_PENDING",
    "IKE_COEXISTENCE_SUPPRESS",
    "IKE_RATELIMIT_DROP",
    "IKE_PEER_DOESNT_SUPPORT_MOBIKE",
    "IKE_AUTHORIZATION_FAILURE",
    "IKE_STRONG_CRED_AUTHORIZATION_FAILURE",
    "IKE_AUTHORIZATION_FAILURE_WITH_OPTIONAL_RETRY",
    "IKE_STRONG_CRED_AUTHORIZATION_AND_CERTMAP_FAILURE",
    "IKE_NEG_STATUS_EXTENDED_END",
    "BAD_SPI",
    "SA_LIFETIME_EXPIRED",
];
