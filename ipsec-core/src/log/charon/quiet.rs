//! Messages of charon that tell nothing of why a negotiation failed, or
//! nothing that another line does not tell.

/// Whether a message is one that is known to tell nothing.
pub(super) fn is_quiet(message: &str) -> bool {
    let first = message.as_bytes().first().copied().unwrap_or_default();
    begins_with_any(message, &QUIET)
        || match first {
            b'I' | b'C' => is_of_an_sa(message),
            b'r' | b's' => message.ends_with("vendor ID"),
            b'E' => message.starts_with("EAP method ") && message.contains(" succeeded"),
            b'X' => message.ends_with(" (myself) successful"),
            _ => message.contains(" is initiating ") || is_dump(message),
        }
}

/// `IKE_SA tun[1] state change: CREATED => CONNECTING`, `CHILD_SA net{1}
/// closed`, and the half of a rekeyed pair that the other half repeats.
fn is_of_an_sa(message: &str) -> bool {
    (message.starts_with("IKE_SA ") || message.starts_with("CHILD_SA "))
        && (message.contains(" state change: ") || message.ends_with(" closed"))
}

/// `Sk_d secret => 20 bytes @ 0x7f53fc0132f0`, `0: 60 64 42 …`
fn is_dump(message: &str) -> bool {
    let bytes = message.contains(" bytes @ 0x");
    bytes || {
        let digits = message.trim_start_matches(|c: char| c.is_ascii_digit());
        digits.len() < message.len() && digits.starts_with(": ")
    }
}

/// Whether a message of a subsystem that keeps house tells of no failure.
pub(super) fn is_of_the_house(group: &str, message: &str) -> bool {
    match group {
        "KNL" | "LIB" | "DMN" => true,
        "MGR" | "JOB" | "ASN" | "TNC" | "IMC" | "IMV" | "PTS" | "TLS" | "APP" | "AUD" | "ESP" => {
            !FAILURES.iter().any(|word| message.contains(word))
        }
        _ => false,
    }
}

/// Whether a text begins with one of a sorted list, none of which begins with
/// another: then only the last that is not behind the text can be it.
pub(in super::super) fn begins_with_any(text: &str, sorted: &[&str]) -> bool {
    let behind = sorted.partition_point(|one| *one <= text);
    let last = behind.checked_sub(1).and_then(|at| sorted.get(at));
    last.is_some_and(|one| text.starts_with(one))
}

/// Words of a failure.
const FAILURES: [&str; 6] = ["fail", "unable", "error", "invalid", "unaccept", "alert"];

/// How messages begin that tell nothing.
const QUIET: [&str; 167] = [
    "CHILD_SA config ",
    "CHILD_SA rekey collision",
    "DH public value is malformed",
    "EAP-MS-CHAPv2 succeeded",
    "IKE_SA deleted",
    "SIGHUP ",
    "SIGINT",
    "SIGTERM ",
    "Starting IKE ",
    "Starting strongSwan",
    "activating ",
    "added configuration ",
    "added vici ",
    "adding SAD entry",
    "adding policy",
    "allocated SPI",
    "assigning new lease",
    "authentication of '",
    "building INTERNAL_",
    "certificate status is ",
    "changing received traffic selectors",
    "checking certificate status",
    "closing expired CHILD_SA",
    "created TUN device",
    "created signature with",
    "creating acquire job",
    "creating delete job",
    "creating rekey job",
    "critical unknown payloads found",
    "crl ",
    "delay closing",
    "delaying task initiation",
    "deleted ",
    "deleting IKE_SA ",
    "deleting SAD entry",
    "deleting duplicate IKE_SA",
    "deleting policy",
    "deleting virtual IP",
    "destroying IKE_SA",
    "detected changes in routing",
    "detected reauth of existing",
    "detected redundant CHILD_SA",
    "detected rekeying of",
    "dropped capabilities",
    "establishing CHILD_SA",
    "establishing IKE_SA failed, peer not responding",
    "failed to create XFRM interface",
    "faking NAT situation",
    "fetched ",
    "fetching ",
    "flushing ",
    "found child config",
    "found matching ",
    "getting a local address",
    "getting iface",
    "got SPI",
    "handling INTERNAL_",
    "handling UNITY_",
    "ignore malformed",
    "ignoring request with ID",
    "initiating ",
    "installing '",
    "installing DNS",
    "installing new virtual IP",
    "installing route",
    "key exchange method in received payload",
    "known interfaces",
    "lease ",
    "let rekeyed inbound",
    "loaded ",
    "loading ",
    "local endpoint changed",
    "local host is not behind NAT",
    "looking for ",
    "maximum IKE_SA lifetime",
    "message parsing failed",
    "message verification failed",
    "negotiated TLS",
    "network configuration",
    "no alternative config found",
    "no local address found",
    "none of ",
    "not requesting",
    "nothing to initiate",
    "ocsp ",
    "opening directory",
    "opening secrets file",
    "outbound CHILD_SA ",
    "parsed ESP header",
    "path is ",
    "peer certificate successfully verified",
    "peer not responding",
    "peer requested virtual IP",
    "peer supports MOBIKE",
    "plugin '",
    "policy ",
    "processing INTERNAL_",
    "processing UNITY_",
    "proposing traffic selectors",
    "providers loaded by",
    "querying ",
    "queue CHILD_SA recreate",
    "queueing ",
    "reached ",
    "reassigning ",
    "reauthenticating ",
    "received 1 cert requests",
    "received AUTH_LIFETIME",
    "received DPD",
    "received EAP identity",
    "received ESP_TFC",
    "received TLS ",
    "received cert request",
    "received cross",
    "received end entity cert",
    "received fragment",
    "received invalid IKE header",
    "received issuer cert",
    "received netlink error",
    "received packet => ",
    "received packet from ",
    "received retransmit of response",
    "received stroke",
    "received supported signature",
    "received unknown vendor ID",
    "received unsupported ",
    "received vendor",
    "reinitiating ",
    "rekeyed CHILD_SA",
    "remote endpoint changed",
    "remote host is not behind NAT",
    "removed vici",
    "replacing ",
    "reqid ",
    "rereading ",
    "resolving ",
    "scheduling ",
    "selected peer config",
    "selected proposal",
    "selecting traffic",
    "sending DPD",
    "sending TLS ",
    "sending XAuth",
    "sending cert request",
    "sending end entity cert",
    "sending issuer cert",
    "sending keep alive",
    "sending packet => ",
    "sending supported signature",
    "server requested EAP_",
    "signature validation failed, looking for another key",
    "spawning ",
    "splitting IKE message",
    "successfully created shared key MAC",
    "switching to peer config",
    "terminating ",
    "triggering ",
    "unable to allocate a CPI",
    "unbinding",
    "uninstalling ",
    "updated vici",
    "updating SAD",
    "using ",
    "verifying ",
    "vici ",
    "virtual IP ",
    "waiting for ",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_is_sorted_and_none_begins_another() {
        for pair in QUIET.windows(2) {
            assert!(pair[0] < pair[1], "{pair:?}");
            assert!(!pair[1].starts_with(pair[0]), "{pair:?}");
        }
        for one in QUIET {
            assert!(
                is_quiet(one) && is_quiet(&alloc::format!("{one}\u{10ffff}")),
                "{one}"
            );
        }
        let list = ["b", "da", "db"];
        for (text, begins) in [
            ("", false),
            ("a", false),
            ("b", true),
            ("bz", true),
            ("c", false),
            ("d", false),
            ("dazz", true),
            ("dc", false),
        ] {
            assert_eq!(begins_with_any(text, &list), begins, "{text}");
        }
    }
}
