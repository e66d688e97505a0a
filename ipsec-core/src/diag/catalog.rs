//! The table of all rules and their documentation pages.

use super::inquiry::Inquiry;
use super::{Finding, rules};
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

/// One rule: a code, its page, and the check that finds it.
#[derive(Debug)]
#[non_exhaustive]
pub struct Rule {
    /// Stable code.
    pub code: &'static str,
    /// What it is about, in a few words.
    pub title: &'static str,
    /// Looks at the case.
    pub(super) check: fn(&Inquiry<'_, '_>) -> Vec<Finding>,
    /// Gives a finding of this code title, fixes and references where no
    /// packet shows more. Without a title what is testified is the title.
    pub(super) advice: fn(Finding, &Scene) -> Finding,
    /// Codes of the findings that follow from this one when both are found
    /// between the same peers.
    pub(super) brings: &'static [&'static str],
}

impl Rule {
    /// The documentation page, in Markdown: what happened, how it is
    /// recognised, what to do, what would prove it.
    #[must_use]
    pub fn page(&self) -> String {
        let same = RULES
            .iter()
            .zip(PAGES)
            .find(|(rule, _)| rule.code == self.code);
        let source = same.map_or("", |(_, page)| page);
        let mut page = String::new();
        for line in source.lines() {
            let Some(text) = line.strip_prefix("//!") else {
                break;
            };
            page.push_str(text.strip_prefix(' ').unwrap_or(text));
            page.push('\n');
        }
        page
    }
}

/// The documentation at the head of a source file, without the code behind
/// it, which would be in every program.
macro_rules! head_of {
    ($file:literal) => {{
        const SOURCE: &str = include_str!($file);
        const LEN: usize = $crate::diag::catalog::head_len(SOURCE);
        const HEAD: [u8; LEN] = match SOURCE.as_bytes().first_chunk() {
            Some(head) => *head,
            None => [0; LEN],
        };
        match core::str::from_utf8(&HEAD) {
            Ok(head) => head,
            Err(_) => "",
        }
    }};
}
pub(super) use head_of;

/// Bytes of the lines at the head of `source` that are its documentation.
pub(super) const fn head_len(source: &str) -> usize {
    let mut rest = source.as_bytes();
    while let [b'/', b'/', b'!', line @ ..] = rest {
        rest = line;
        while let [byte, behind @ ..] = rest {
            rest = behind;
            if *byte == b'\n' {
                break;
            }
        }
    }
    source.len().saturating_sub(rest.len())
}

/// The two ends of a tunnel in words: addresses, or what stands for them.
#[derive(Clone, Debug)]
pub(super) struct Scene {
    /// The end that opened the IKE SA.
    pub(super) initiator: String,
    /// The end that answered.
    pub(super) responder: String,
    /// The end that refused opened the IKE SA; `None` when nothing tells.
    pub(super) initiator_refuses: Option<bool>,
}

impl Scene {
    /// Where to act at the end that opened the IKE SA.
    pub(super) fn at_initiator(&self) -> String {
        with_role(&self.initiator, "initiator")
    }

    /// Where to act at the end that answered.
    pub(super) fn at_responder(&self) -> String {
        with_role(&self.responder, "responder")
    }

    /// The end that refused: the one that answered, unless something tells
    /// otherwise.
    pub(super) fn refusing(&self) -> &str {
        match self.initiator_refuses {
            Some(true) => &self.initiator,
            Some(false) | None => &self.responder,
        }
    }

    /// The end that was refused.
    pub(super) fn refused(&self) -> &str {
        match self.initiator_refuses {
            Some(true) => &self.responder,
            Some(false) | None => &self.initiator,
        }
    }

    /// Where to act at the end that refused.
    pub(super) fn at_refusing(&self) -> String {
        match self.initiator_refuses {
            Some(true) => self.at_initiator(),
            Some(false) | None => self.at_responder(),
        }
    }

    /// Where to act at the end that was refused.
    pub(super) fn at_refused(&self) -> String {
        match self.initiator_refuses {
            Some(true) => self.at_responder(),
            Some(false) | None => self.at_initiator(),
        }
    }
}

/// `192.0.2.10 (initiator)`; words that name the role already stay as they are.
fn with_role(end: &str, role: &str) -> String {
    match end.ends_with(role) {
        true => end.into(),
        false => format!("{end} ({role})"),
    }
}

/// `finding` with title and advice by its rule.
pub(super) fn dressed(finding: Finding, scene: &Scene) -> Finding {
    match rule(finding.code) {
        Some(rule) if finding.title.is_empty() => (rule.advice)(finding, scene),
        _ => finding,
    }
}

/// The check of a rule that only configurations tell of.
pub(super) const fn only_written(_: &Inquiry<'_, '_>) -> Vec<Finding> {
    Vec::new()
}

/// What is said of any rule: its title, between whom.
pub(super) fn plain(finding: Finding, scene: &Scene) -> Finding {
    let what = rule(finding.code).map_or("", |rule| rule.title);
    let title = format!(
        "Between {} and {}: {what}",
        scene.initiator, scene.responder
    );
    finding.title(title)
}

/// The rule of `code`.
#[must_use]
pub fn rule(code: &str) -> Option<&'static Rule> {
    RULES.iter().find(|rule| rule.code == code)
}

/// Declares [`RULES`], and their pages apart from them: a program that prints no
/// page has none in it.
macro_rules! rules {
    ($($name:ident),* $(,)?) => {
        /// All rules, by code.
        pub static RULES: &[Rule] = &[$(rules::$name::RULE),*];

        /// In the same order.
        static PAGES: &[&str] = &[$(rules::$name::PAGE),*];
    };
}

rules! {
    ah_contents_readable,
    ah_through_nat,
    auth_method_mismatch,
    cert_ca_unreachable,
    cert_expired,
    cert_id_mismatch,
    cert_ldap_exchange,
    cert_not_sent,
    cert_not_yet_valid,
    cert_revoked,
    cert_type_unsupported,
    cert_unknown_ca,
    clear_between_ends,
    cleartext_return_path,
    clock_skew,
    clock_unset,
    crypto_acl_not_mirrored,
    crypto_acl_sa_mismatch,
    crypto_map_not_applied,
    crypto_map_per_site,
    dpd_one_sided,
    dynamic_address_main_mode_psk,
    eap_failure,
    esp_blocked,
    esp_integrity_failure,
    esp_replay,
    esp_return_blocked,
    esp_transport_through_nat,
    esp_unknown_spi,
    esp_without_integrity,
    exchange_failed,
    exchange_mode_mismatch,
    firewall_between,
    gateway_not_routing,
    host_ipid_byteswapped,
    icmp_blocked,
    idle_timeout,
    ike_fragmentation_one_sided,
    ike_release_fault,
    ike_source_port,
    ike_version_mismatch,
    invalid_ke_group,
    ip_fragments_dropped,
    ipsec_mode_mismatch,
    lifetime_by_default,
    lifetime_mismatch,
    lifetime_soft_hard,
    local_sa_install_failed,
    log_lines_missing,
    mtu_blackhole,
    name_resolution,
    nat_mapping_expired,
    nat_present,
    nat_traversal_one_sided,
    nat_without_nat_t,
    netbios_broadcast,
    no_common_esp_proposal,
    no_common_ike_proposal,
    one_way_in_text,
    packet_loss,
    peer_died,
    peer_id_mismatch,
    peer_incompatible,
    peer_lost_state,
    peer_malformed,
    peer_not_running,
    peer_unreachable,
    pfs_absent,
    pfs_group_mismatch,
    pfs_mismatch,
    phase_label_wrong,
    plaintext_leak,
    pmtu_risk,
    policy_asymmetric,
    policy_defaults_weak,
    policy_order,
    port_protocol_confusion,
    psk_exposed_by_aggressive,
    psk_lookup_by_nat_address,
    psk_mismatch,
    psk_missing,
    psk_one_sided,
    psk_weak,
    rekey_collision,
    rekey_stall,
    responder_only,
    return_path_blocked,
    route_via_vpn,
    sa_table_not_swapped,
    sa_unpaired,
    secret_changed,
    simultaneous_initiation,
    stale_sa_replaced,
    suite_weak,
    traffic_selector_mismatch,
    udp_4500_blocked,
    udp_500_blocked,
    virtual_ip_mismatch,
    windows_l2tp_certificate,
    xauth_failure,
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn codes_are_unique_and_in_order() {
        let codes: Vec<&str> = RULES.iter().map(|rule| rule.code).collect();
        let mut sorted = codes.clone();
        sorted.sort_unstable();
        sorted.dedup();
        assert_eq!(codes, sorted);
    }

    #[test]
    fn pages_bring_no_code_with_them() {
        assert_eq!(head_len("//! a\n//!\nuse b;\n//! c\n"), 10);
        assert_eq!((head_len("//! a"), head_len("")), (5, 0));
        for (rule, page) in RULES.iter().zip(PAGES) {
            let mut lines = page.lines();
            assert!(lines.all(|line| line.starts_with("//!")), "{}", rule.code);
        }
    }

    #[test]
    fn every_page_has_its_sections() {
        for rule in RULES {
            let page = rule.page();
            assert!(
                page.starts_with(&std::format!("# {}\n", rule.code)),
                "{}",
                rule.code
            );
            for section in [
                "## What happened",
                "## How it is recognised",
                "## What to do",
                "## What would prove it",
                "## References",
            ] {
                assert!(page.contains(section), "{}: {section}", rule.code);
            }
        }
    }

    #[test]
    fn consequences_are_known_and_never_come_back_to_their_cause() {
        for rule in RULES {
            let mut reached: BTreeSet<&str> = BTreeSet::new();
            let mut next: Vec<&str> = rule.brings.to_vec();
            while let Some(code) = next.pop() {
                if reached.insert(code) {
                    let brought = super::rule(code).unwrap_or_else(|| panic!("{code} is no code"));
                    next.extend(brought.brings);
                }
            }
            assert!(
                !reached.contains(rule.code),
                "{} brings itself about",
                rule.code
            );
        }
    }
}
