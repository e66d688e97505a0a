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
    /// The head of its own source file, whose documentation is the page.
    pub(super) source: &'static str,
}

impl Rule {
    /// The documentation page, in Markdown: what happened, how it is
    /// recognised, what to do, what would prove it.
    #[must_use]
    pub fn page(&self) -> String {
        let mut page = String::new();
        for line in self.source.lines() {
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

/// All rules, by code.
pub static RULES: &[Rule] = &[
    rules::ah_contents_readable::RULE,
    rules::ah_through_nat::RULE,
    rules::auth_method_mismatch::RULE,
    rules::cert_ca_unreachable::RULE,
    rules::cert_expired::RULE,
    rules::cert_id_mismatch::RULE,
    rules::cert_ldap_exchange::RULE,
    rules::cert_not_sent::RULE,
    rules::cert_not_yet_valid::RULE,
    rules::cert_revoked::RULE,
    rules::cert_type_unsupported::RULE,
    rules::cert_unknown_ca::RULE,
    rules::clear_between_ends::RULE,
    rules::cleartext_return_path::RULE,
    rules::clock_skew::RULE,
    rules::clock_unset::RULE,
    rules::crypto_acl_not_mirrored::RULE,
    rules::crypto_acl_sa_mismatch::RULE,
    rules::crypto_map_not_applied::RULE,
    rules::crypto_map_per_site::RULE,
    rules::dpd_one_sided::RULE,
    rules::dynamic_address_main_mode_psk::RULE,
    rules::eap_failure::RULE,
    rules::esp_blocked::RULE,
    rules::esp_integrity_failure::RULE,
    rules::esp_replay::RULE,
    rules::esp_return_blocked::RULE,
    rules::esp_transport_through_nat::RULE,
    rules::esp_unknown_spi::RULE,
    rules::esp_without_integrity::RULE,
    rules::exchange_failed::RULE,
    rules::exchange_mode_mismatch::RULE,
    rules::firewall_between::RULE,
    rules::gateway_not_routing::RULE,
    rules::host_ipid_byteswapped::RULE,
    rules::icmp_blocked::RULE,
    rules::idle_timeout::RULE,
    rules::ike_fragmentation_one_sided::RULE,
    rules::ike_release_fault::RULE,
    rules::ike_source_port::RULE,
    rules::ike_version_mismatch::RULE,
    rules::invalid_ke_group::RULE,
    rules::ip_fragments_dropped::RULE,
    rules::ipsec_mode_mismatch::RULE,
    rules::lifetime_by_default::RULE,
    rules::lifetime_mismatch::RULE,
    rules::lifetime_soft_hard::RULE,
    rules::local_sa_install_failed::RULE,
    rules::log_lines_missing::RULE,
    rules::mtu_blackhole::RULE,
    rules::name_resolution::RULE,
    rules::nat_mapping_expired::RULE,
    rules::nat_present::RULE,
    rules::nat_traversal_one_sided::RULE,
    rules::nat_without_nat_t::RULE,
    rules::netbios_broadcast::RULE,
    rules::no_common_esp_proposal::RULE,
    rules::no_common_ike_proposal::RULE,
    rules::one_way_in_text::RULE,
    rules::packet_loss::RULE,
    rules::peer_died::RULE,
    rules::peer_id_mismatch::RULE,
    rules::peer_incompatible::RULE,
    rules::peer_lost_state::RULE,
    rules::peer_malformed::RULE,
    rules::peer_not_running::RULE,
    rules::peer_unreachable::RULE,
    rules::pfs_absent::RULE,
    rules::pfs_group_mismatch::RULE,
    rules::pfs_mismatch::RULE,
    rules::phase_label_wrong::RULE,
    rules::plaintext_leak::RULE,
    rules::pmtu_risk::RULE,
    rules::policy_asymmetric::RULE,
    rules::policy_defaults_weak::RULE,
    rules::policy_order::RULE,
    rules::port_protocol_confusion::RULE,
    rules::psk_exposed_by_aggressive::RULE,
    rules::psk_lookup_by_nat_address::RULE,
    rules::psk_mismatch::RULE,
    rules::psk_missing::RULE,
    rules::psk_one_sided::RULE,
    rules::psk_weak::RULE,
    rules::rekey_collision::RULE,
    rules::rekey_stall::RULE,
    rules::responder_only::RULE,
    rules::return_path_blocked::RULE,
    rules::route_via_vpn::RULE,
    rules::sa_table_not_swapped::RULE,
    rules::sa_unpaired::RULE,
    rules::secret_changed::RULE,
    rules::simultaneous_initiation::RULE,
    rules::stale_sa_replaced::RULE,
    rules::suite_weak::RULE,
    rules::traffic_selector_mismatch::RULE,
    rules::udp_4500_blocked::RULE,
    rules::udp_500_blocked::RULE,
    rules::virtual_ip_mismatch::RULE,
    rules::windows_l2tp_certificate::RULE,
    rules::xauth_failure::RULE,
];

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
        for rule in RULES {
            let mut lines = rule.source.lines();
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
