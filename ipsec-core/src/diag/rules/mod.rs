//! One finding, one file: the module documentation is its page.
//!
//! Every rule looks at the whole case and returns what it found; order,
//! consequences and verdict are not its business.

/// Declares the rule of a file: `rule!(code, title, check, own file name)`,
/// with what it advises where only a log or a configuration tells of it, and
/// the codes that it brings about.
macro_rules! rule {
    (@advice) => { crate::diag::catalog::plain };
    (@advice $advice:path) => { $advice };
    ($code:literal, $title:literal, $check:path, $file:literal $(, advice: $advice:path)? $(, brings: [$($brought:literal),* $(,)?])?) => {
        pub(in crate::diag) const RULE: crate::diag::catalog::Rule = crate::diag::catalog::Rule {
            code: $code,
            title: $title,
            check: $check,
            advice: rule!(@advice $($advice)?),
            brings: &[$($($brought),*)?],
        };

        /// The head of this file, whose documentation is the page.
        pub(in crate::diag) const PAGE: &str = crate::diag::catalog::head_of!($file);
    };
}

pub(super) mod ah_contents_readable;
pub(super) mod ah_through_nat;
pub(super) mod auth_method_mismatch;
mod bound_address;
pub(super) mod cert_ca_unreachable;
pub(super) mod cert_expired;
pub(super) mod cert_id_mismatch;
pub(super) mod cert_ldap_exchange;
pub(super) mod cert_not_sent;
pub(super) mod cert_not_yet_valid;
pub(super) mod cert_revoked;
pub(super) mod cert_type_unsupported;
pub(super) mod cert_unknown_ca;
mod certificate;
pub(super) mod clear_between_ends;
pub(super) mod cleartext_return_path;
pub(super) mod clock_skew;
pub(super) mod clock_unset;
pub(super) mod crypto_acl_not_mirrored;
pub(super) mod crypto_acl_sa_mismatch;
pub(super) mod crypto_map_not_applied;
pub(super) mod crypto_map_per_site;
pub(super) mod dpd_one_sided;
pub(super) mod dynamic_address_main_mode_psk;
pub(super) mod eap_failure;
pub(super) mod esp_blocked;
pub(super) mod esp_integrity_failure;
pub(super) mod esp_replay;
pub(super) mod esp_return_blocked;
pub(super) mod esp_transport_through_nat;
pub(super) mod esp_unknown_spi;
pub(super) mod esp_without_integrity;
pub(super) mod exchange_failed;
pub(super) mod exchange_mode_mismatch;
pub(super) mod firewall_between;
pub(super) mod gateway_not_routing;
pub(super) mod host_ipid_byteswapped;
pub(super) mod icmp_blocked;
pub(super) mod idle_timeout;
pub(super) mod ike_fragmentation_one_sided;
pub(super) mod ike_release_fault;
pub(super) mod ike_source_port;
pub(super) mod ike_version_mismatch;
pub(super) mod invalid_ke_group;
pub(super) mod ip_fragments_dropped;
pub(super) mod ipsec_mode_mismatch;
pub(super) mod lifetime_by_default;
pub(super) mod lifetime_mismatch;
pub(super) mod lifetime_soft_hard;
mod lines;
pub(super) mod local_sa_install_failed;
pub(super) mod log_lines_missing;
pub(super) mod mtu_blackhole;
pub(super) mod name_resolution;
pub(super) mod nat_mapping_expired;
pub(super) mod nat_present;
pub(super) mod nat_traversal_one_sided;
pub(super) mod nat_without_nat_t;
pub(super) mod netbios_broadcast;
pub(super) mod no_common_esp_proposal;
pub(super) mod no_common_ike_proposal;
mod offered;
pub(super) mod one_way_in_text;
mod outlined;
pub(super) mod packet_loss;
pub(super) mod peer_died;
pub(super) mod peer_id_mismatch;
pub(super) mod peer_incompatible;
pub(super) mod peer_lost_state;
pub(super) mod peer_malformed;
pub(super) mod peer_not_running;
pub(super) mod peer_unreachable;
pub(super) mod pfs_absent;
pub(super) mod pfs_group_mismatch;
pub(super) mod pfs_mismatch;
pub(super) mod phase_label_wrong;
pub(super) mod plaintext_leak;
pub(super) mod pmtu_risk;
pub(super) mod policy_asymmetric;
pub(super) mod policy_defaults_weak;
pub(super) mod policy_order;
pub(super) mod port_protocol_confusion;
pub(super) mod psk_exposed_by_aggressive;
pub(super) mod psk_lookup_by_nat_address;
pub(super) mod psk_mismatch;
pub(super) mod psk_missing;
pub(super) mod psk_one_sided;
pub(super) mod psk_weak;
pub(super) mod rekey_collision;
pub(super) mod rekey_stall;
pub(super) mod responder_only;
pub(super) mod return_path_blocked;
pub(super) mod route_via_vpn;
pub(super) mod sa_table_not_swapped;
pub(super) mod sa_unpaired;
pub(super) mod secret_changed;
pub(super) mod simultaneous_initiation;
pub(super) mod stale_sa_replaced;
pub(super) mod suite_weak;
pub(super) mod traffic_selector_mismatch;
pub(super) mod udp_4500_blocked;
pub(super) mod udp_500_blocked;
pub(super) mod virtual_ip_mismatch;
pub(super) mod windows_l2tp_certificate;
pub(super) mod xauth_failure;
