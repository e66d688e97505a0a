//! The registries against two independent tables of the same numbers: one
//! made from libreswan's enumerations, one from Wireshark's value strings.
//!
//! The tables are not part of the repository. They are looked for in
//! `standards/registries` of the folder that `IPSEC_SHARED` names, or of
//! `../shared` beside the repository.
#![allow(
    clippy::allow_attributes,
    missing_docs,
    reason = "a test; its public item is the program"
)]

use ipsec_core::wire::registry::{ike, isakmp};
use std::collections::BTreeMap;
use std::path::PathBuf;

type NameOf = fn(u64) -> Option<&'static str>;

/// How the words of a table and ours are compared.
#[derive(Clone, Copy)]
enum Words {
    /// They are the same name, once these prefixes and all punctuation are
    /// gone from either.
    Same(&'static [&'static str]),
    /// The table describes in prose what we name: a name is enough.
    Any,
}
use Words::{Any, Same};

/// Tables of libreswan and the registry each belongs to.
#[rustfmt::skip]
const LIBRESWAN: &[(&str, NameOf, Words)] = &[
    ("eap_code", ike::EapCode::name_of, Same(&["EAP_CODE_"])),
    ("eap_type", ike::EapType::name_of, Same(&["EAP_TYPE_", "EAP-"])),
    ("next_payload_types_ikev1", isakmp::PayloadType::name_of, Any),
    ("next_payload_types_ikev2", ike::PayloadType::name_of, Any),
    ("ikev1_attr_xauth", isakmp::ConfigAttribute::name_of, Same(&["IKEv1_ATTR_"])),
    ("ikev1_xauth_type", isakmp::XauthType::name_of, Same(&["IKEv1_XAUTH_TYPE_", "RADIUS-"])),
    ("isakmp_xchg_type", isakmp::ExchangeType::name_of, Any),
    ("ikev2_exchange", ike::ExchangeType::name_of, Same(&["ISAKMP_v2_"])),
    ("ikev2_sec_proto_id", ike::ProtocolId::name_of, Same(&["IKEv2_SEC_PROTO_", "IKEv2_SEC_"])),
    ("ikev2_trans_type", ike::TransformType::name_of, Same(&["IKEv2_TRANS_TYPE_"])),
    ("ikev2_trans_type_encr", ike::Encryption::name_of, Same(&["IKEv2_ENCR_", "ENCR_"])),
    ("ikev2_trans_type_prf", ike::Prf::name_of, Same(&["IKEv2_PRF_", "PRF_"])),
    ("ikev2_trans_type_integ", ike::Integrity::name_of, Same(&["IKEv2_INTEG_", "AUTH_"])),
    ("ikev2_trans_type_ke", ike::KeyExchange::name_of, Same(&["IKEv2_KE_"])),
    ("ikev2_trans_type_sn", ike::SequenceNumbers::name_of, Any),
    ("ikev2_trans_type_kwa", ike::KeyWrap::name_of, Same(&["IKEv2_KWA_"])),
    ("ikev2_trans_type_gcauth", ike::GroupControllerAuth::name_of, Same(&["IKEv2_GCAUTH_"])),
    ("ikev2_trans_attr_type", ike::AttributeType::name_of, Same(&["IKEv2_"])),
    ("ikev2_ts_type", ike::TsType::name_of, Same(&["IKEv2_"])),
    ("ikev1_oakley_attr", isakmp::Phase1Attribute::name_of, Same(&["OAKLEY_"])),
    ("ikev1_ipsec_attr", isakmp::Phase2Attribute::name_of, Any),
    ("ikev1_sa_life_type", isakmp::LifeType::name_of, Any),
    ("encapsulation_mode", isakmp::EncapsulationMode::name_of, Any),
    ("ikev1_auth_attribute", isakmp::AuthAlgorithm::name_of, Same(&["AUTH_ALGORITHM_"])),
    ("ikev1_encr_attribute", isakmp::Encryption::name_of, Same(&["OAKLEY_"])),
    ("ikev1_hash_attribute", isakmp::Hash::name_of, Same(&["OAKLEY_"])),
    ("ikev1_auth_method", isakmp::AuthMethod::name_of, Any),
    ("oakley_group", isakmp::Group::name_of, Same(&["OAKLEY_GROUP_"])),
    ("ikev2_cp_attribute_type", ike::ConfigAttribute::name_of, Same(&["IKEv2_"])),
    ("ikev2_cp_type", ike::ConfigType::name_of, Same(&["IKEv2_CP_"])),
    ("ikev2_auth_method", ike::AuthMethod::name_of, Any),
    ("v1_notification", isakmp::NotifyType::name_of, Same(&["v1N_IPSEC_", "v1N_ISAKMP_N_", "v1N_"])),
    ("v2_notification", ike::NotifyType::name_of, Same(&["v2N_"])),
    ("gw_identity_type", ike::GatewayIdType::name_of, Any),
    ("ikev2_ppk_id_type", ike::PpkIdType::name_of, Same(&[])),
    ("ike_id_type", either_id_type, Same(&[])),
    ("ike_cert_type", ike::CertEncoding::name_of, Any),
    ("ikev1_ah_transform", isakmp::AhTransform::name_of, Same(&["IKEv1_"])),
    ("ikev1_esp_transform", isakmp::EspTransform::name_of, Same(&["IKEv1_"])),
    ("ipsec_ipcomp_algo", ike::IpcompTransform::name_of, Same(&[])),
    ("ikev2_hash_algorithm", ike::HashAlgorithm::name_of, Same(&["IKEv2_HASH_ALGORITHM_"])),
];

/// Tables of Wireshark and the registry each belongs to.
#[rustfmt::skip]
const WIRESHARK: &[(&str, NameOf, Words)] = &[
    ("exchange_v1_type", isakmp::ExchangeType::name_of, Same(&[])),
    ("exchange_v2_type", ike::ExchangeType::name_of, Same(&[])),
    ("protoid_v1_type", isakmp::ProtocolId::name_of, Same(&["PROTO_"])),
    ("protoid_v2_type", ike::ProtocolId::name_of, Same(&[])),
    ("payload_type", either_payload_title, Any),
    ("doi_type", isakmp::Doi::name_of, Same(&[])),
    ("ipsec_attr_type", isakmp::Phase2Attribute::name_of, Same(&[])),
    ("tek_key_attr_type", isakmp::gdoi::TekKeyAttribute::name_of, Same(&[])),
    ("ike_attr_type", isakmp::Phase1Attribute::name_of, Same(&[])),
    ("vs_v1_trans_isakmp", isakmp::KeyTransform::name_of, Same(&[])),
    ("vs_v1_trans_ah", isakmp::AhTransform::name_of, Same(&["AH_"])),
    ("vs_v1_trans_esp", isakmp::EspTransform::name_of, Same(&["ESP_"])),
    ("transform_id_ipcomp", isakmp::IpcompTransform::name_of, Same(&["IPCOMP_"])),
    ("redirect_gateway_identity_type", ike::GatewayIdType::name_of, Same(&[])),
    ("attr_life_type", isakmp::LifeType::name_of, Same(&[])),
    ("ipsec_attr_encap_mode", isakmp::EncapsulationMode::name_of, Same(&[])),
    ("ipsec_attr_auth_algo", isakmp::AuthAlgorithm::name_of, Same(&[])),
    ("ike_attr_enc_algo", isakmp::Encryption::name_of, Same(&[])),
    ("ike_attr_hash_algo", isakmp::Hash::name_of, Same(&[])),
    ("ike_attr_asym_algo", isakmp::AsymmetricAlgorithm::name_of, Same(&[])),
    ("ipsec_attr_ecn_tunnel", isakmp::EcnTunnel::name_of, Same(&[])),
    ("ipsec_attr_ext_seq_nbr", isakmp::EsnFlag::name_of, Same(&[])),
    ("transform_attr_sig_enco_algo_type", isakmp::SignatureEncoding::name_of, Same(&[])),
    ("ipsec_attr_addr_preservation", isakmp::AddressPreservation::name_of, Same(&[])),
    ("ipsec_attr_sa_direction", isakmp::SaDirection::name_of, Same(&[])),
    ("ike_attr_authmeth", isakmp::AuthMethod::name_of, Same(&[])),
    ("dh_group", ike::KeyExchange::name_of, Any),
    ("ike_attr_grp_type", isakmp::GroupType::name_of, Same(&[])),
    ("transform_ike2_type", ike::TransformType::name_of, Any),
    ("transform_ike2_encr_type", ike::Encryption::name_of, Same(&[])),
    ("transform_ike2_prf_type", ike::Prf::name_of, Same(&[])),
    ("transform_ike2_integ_type", ike::Integrity::name_of, Same(&[])),
    ("transform_ike2_esn_type", ike::SequenceNumbers::name_of, Same(&[])),
    ("transform_ike2_attr_type", ike::AttributeType::name_of, Same(&[])),
    ("cert_v1_type", isakmp::CertEncoding::name_of, Same(&[])),
    ("cert_v2_type", ike::CertEncoding::name_of, Same(&[])),
    ("authmeth_v2_type", ike::AuthMethod::name_of, Same(&[])),
    ("notifmsg_v1_type", isakmp::NotifyType::name_of, Same(&[])),
    ("notifmsg_v2_type", ike::NotifyType::name_of, Same(&[])),
    ("notifmsg_v2_3gpp_type", ike::NotifyType::name_of, Same(&["P-"])),
    ("vs_v1_cfgtype", isakmp::ConfigType::name_of, Same(&[])),
    ("vs_v2_cfgtype", ike::ConfigType::name_of, Same(&[])),
    ("vs_v1_cfgattr", isakmp::ConfigAttribute::name_of, Same(&[])),
    ("vs_v2_cfgattr", ike::ConfigAttribute::name_of, Same(&[])),
    ("cfgattr_xauth_type", isakmp::XauthType::name_of, Same(&[])),
    ("cfgattr_xauth_status", isakmp::XauthStatus::name_of, Any),
    ("traffic_selector_type", ike::TsType::name_of, Same(&[])),
    ("vs_v1_id_type", isakmp::IdType::name_of, Same(&["ID_"])),
    ("vs_v2_id_type", ike::IdType::name_of, Same(&["ID_"])),
    ("rohc_attr_type", ike::RohcAttribute::name_of, Any),
    ("signature_hash_algorithms", ike::HashAlgorithm::name_of, Same(&[])),
    ("sat_protocol_ids", isakmp::gdoi::TekProtocol::name_of, Same(&[])),
    ("key_download_types", isakmp::gdoi::KeyDownloadType::name_of, Same(&[])),
    ("device_identity_types", ike::DeviceIdentity::name_of, Same(&[])),
];

/// Tables that are no registry of numbers on the wire.
#[rustfmt::skip]
const NOT_REGISTRIES: &[(&str, &str)] = &[
    ("anon EAPTLS_FLAGS", "bit positions of EAP-TLS flags"),
    ("anon ISAKMP_PAYLOAD", "bit positions of a payload header"),
    ("isakmp_header_flags", "bit positions of the header flags"),
    ("sit_bits", "bit positions of the situation"),
    ("ikev2_last_proposal", "the more/last octet of a proposal"),
    ("ikev2_last_transform", "the more/last octet of a transform"),
    ("frag_last_vals", "the last-fragment octet of a fragment"),
    ("ipseckey_algorithm_type", "a DNS record (RFC 4025)"),
    ("digital_signature_blob", "indexes of a table in libreswan"),
    ("vs_v2_sttr", "IKEv1's SA attributes under another name"),
    ("ike_attr_authmeth_china", "takes 10, which is ECDSA-384's"),
    ("cp_product", "the tail of a vendor ID: wire::vendor"),
    ("cp_version", "the tail of a vendor ID: wire::vendor"),
    ("ms_nt5_isakmpoakley_type", "the tail of a vendor ID: wire::vendor"),
    ("vs_ikev2_encr_algs", "choices of a preferences dialogue"),
    ("vs_ikev2_auth_algs", "choices of a preferences dialogue"),
];

/// Rows that are named otherwise for a reason, or are mistaken.
#[rustfmt::skip]
const EXCEPTIONS: &[(&str, &[u64], &str)] = &[
    // libreswan
    ("ikev2_trans_type", &[5], "SN since RFC 9827; the field, RFC 7296 and we say ESN"),
    ("ikev2_trans_type_ke", &[3, 4, 6, 7, 8, 9, 10, 11, 12, 13, 22, 23, 24], "running numbers where we name field and size"),
    ("oakley_group", &[3, 4, 6, 7, 8, 9, 10, 11, 12, 13, 22, 23, 24], "running numbers where we name field and size"),
    ("ikev1_oakley_attr", &[6], "RFC 2409 says Group Prime/Irreducible Polynomial"),
    ("ikev1_auth_attribute", &[2], "RFC 2407 says HMAC-SHA"),
    ("ikev1_auth_attribute", &[9], "the registry says AES-XCBC-MAC"),
    ("ikev1_auth_attribute", &[252], "named by what it is, not by how it came about"),
    ("ikev1_encr_attribute", &[65003], "a number without a meaning"),
    ("ikev1_hash_attribute", &[2], "RFC 2409 says SHA"),
    ("v1_notification", &[32768, 32769, 40501, 40502, 40503], "Cisco's, named as Wireshark does"),
    ("ike_id_type", &[0], "zero is reserved"),
    ("ike_id_type", &[3], "has two names: one for each version of IKE"),
    ("ike_cert_type", &[0], "zero is reserved in IKEv2"),
    ("ikev1_ah_transform", &[0], "zero is reserved"),
    ("ipsec_ipcomp_algo", &[0], "zero is reserved"),
    ("ikev1_esp_transform", &[12], "the registry says ESP_AES-CBC"),
    // Wireshark
    ("exchange_v1_type", &[6], "draft-dukes-ike-mode-cfg says Transaction"),
    ("ike_attr_type", &[6], "RFC 2409 says Group Prime/Irreducible Polynomial"),
    ("vs_v1_trans_esp", &[12], "the registry says ESP_AES-CBC"),
    ("ipsec_attr_encap_mode", &[61440, 61443, 61444], "shorter"),
    ("transform_ike2_encr_type", &[18, 19, 20, 25, 26, 27], "in prose"),
    ("transform_ike2_prf_type", &[4], "of RFC 4307; RFC 4434 says PRF_AES128_XCBC"),
    ("transform_ike2_prf_type", &[8], "a footnote mark in the name"),
    ("cert_v2_type", &[6], "RFC 7296 says Kerberos Token"),
    ("notifmsg_v2_type", &[46], "repeats the name of 44; the registry says AUTHORIZATION_FAILED"),
    ("notifmsg_v2_type", &[16429], "an earlier name of GROUP_SENDER"),
    ("notifmsg_v2_type", &[16440], "repeats the name of 16439; RFC 8983 says IP6_ALLOWED"),
    ("vs_v1_id_type", &[12], "RFC 3554 says ID_LIST"),
    ("vs_v2_id_type", &[12], "RFC 4595 says ID_FC_NAME"),
];

/// libreswan keeps both versions' identification types in one enumeration.
fn either_id_type(value: u64) -> Option<&'static str> {
    ike::IdType::name_of(value).or_else(|| isakmp::IdType::name_of(value))
}

fn either_payload_title(value: u64) -> Option<&'static str> {
    let value = u8::try_from(value).ok()?;
    isakmp::PayloadType(value)
        .title()
        .or_else(|| ike::PayloadType(value).title())
}

/// A row of a table: (table, value, words).
type Row = (String, u64, String);

fn table(name: &str) -> Option<String> {
    let shared = std::env::var_os("IPSEC_SHARED").map_or_else(
        || PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared")),
        PathBuf::from,
    );
    let path = shared.join("standards/registries").join(name);
    match std::fs::read_to_string(&path) {
        Ok(text) => Some(text),
        Err(error) => {
            eprintln!("SKIPPED: {}: {error}", path.display());
            None
        }
    }
}

/// libreswan writes several enumerations without a name, and one where the
/// extraction took the name of the enumeration for that of a value.
fn libreswan_rows(text: &str) -> Vec<Row> {
    let fields = |line: &str| {
        let mut parts = line.split('\t').map(str::to_owned);
        Some((parts.next()?, parts.next()?.parse().ok()?, parts.next()?))
    };
    text.lines()
        .filter_map(fields)
        .filter(|(_, _, name): &Row| !name.contains('}'))
        .map(|(table, value, name)| {
            let table = match table.as_str() {
                "anon" if name.starts_with("v1N_") => "v1_notification",
                "anon" if name.starts_with("v2N_") => "v2_notification",
                "anon" if name.starts_with("PPK_ID") => "ikev2_ppk_id_type",
                "anon" if name.starts_with("EAPTLS_FLAGS") => "anon EAPTLS_FLAGS",
                "anon" if name.starts_with("ISAKMP_PAYLOAD") => "anon ISAKMP_PAYLOAD",
                other => other,
            };
            (table.to_owned(), value, name)
        })
        .collect()
}

/// Wireshark's rows may be ranges, which name what is not assigned.
fn wireshark_rows(text: &str) -> Vec<Row> {
    text.lines()
        .filter_map(|line| {
            let parts: Vec<&str> = line.split('\t').collect();
            let (table, low, high, name) =
                (parts.first()?, parts.get(2)?, parts.get(3)?, parts.get(4)?);
            (low == high).then_some(((*table).to_owned(), low.parse().ok()?, (*name).to_owned()))
        })
        .collect()
}

fn names_nothing(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    [
        "reserved",
        "unassigned",
        "private use",
        "<unknown>",
        "undefined",
        "unspecified",
        "roof",
        "floor",
        "invalid",
        "nothing_wrong",
    ]
    .iter()
    .any(|word| match *word {
        "invalid" => name.ends_with("_invalid"),
        word => name.contains(word),
    })
}

fn plain(name: &str, prefixes: &[&str]) -> String {
    let name = prefixes
        .iter()
        .find_map(|prefix| name.strip_prefix(prefix))
        .unwrap_or(name);
    name.chars()
        .filter(char::is_ascii_alphanumeric)
        .map(|c| c.to_ascii_uppercase())
        .collect()
}

fn fault(value: u64, theirs: &str, (name_of, words): (NameOf, Words)) -> Option<String> {
    match (name_of(value), words) {
        (None, _) => Some(format!("{theirs} has no name")),
        (Some(ours), Same(prefixes)) if plain(ours, prefixes) != plain(theirs, prefixes) => {
            Some(format!("{theirs} is {ours}"))
        }
        (Some(_), Same(_) | Any) => None,
    }
}

fn disagreements(rows: &[Row], registries: &[(&str, NameOf, Words)]) -> Vec<String> {
    let registries: BTreeMap<_, _> = registries.iter().map(|r| (r.0, (r.1, r.2))).collect();
    let mut out = Vec::new();
    for (table, value, theirs) in rows {
        if NOT_REGISTRIES.iter().any(|(name, _)| name == table) || names_nothing(theirs) {
            continue;
        }
        let Some(registry) = registries.get(table.as_str()) else {
            out.push(format!("{table}: no registry"));
            continue;
        };
        let excepted = EXCEPTIONS
            .iter()
            .any(|(name, numbers, _)| name == table && numbers.contains(value));
        match (fault(*value, theirs, *registry), excepted) {
            (Some(fault), false) => out.push(format!("{table} {value}: {fault}")),
            (None, true) if !DOUBLE.contains(&theirs.as_str()) => {
                out.push(format!("{table} {value}: needs no exception"));
            }
            (Some(_), true) | (None, _) => {}
        }
    }
    out
}

/// The other name of a number with two.
const DOUBLE: &[&str] = &["ID_RFC822_ADDR"];

fn check(
    file: &str,
    read: fn(&str) -> Vec<Row>,
    registries: &[(&str, NameOf, Words)],
    at_least: usize,
) {
    let Some(text) = table(file) else { return };
    let rows = read(&text);
    assert!(rows.len() >= at_least, "{} rows of {file}", rows.len());
    let wrong = disagreements(&rows, registries);
    assert!(wrong.is_empty(), "{}:\n{}", wrong.len(), wrong.join("\n"));
    eprintln!("{file}: {} rows agree", rows.len());
}

#[test]
fn agrees_with_libreswan() {
    check("from-libreswan-2026-08.tsv", libreswan_rows, LIBRESWAN, 600);
}

#[test]
fn agrees_with_wireshark() {
    check("from-wireshark-4.4.18.tsv", wireshark_rows, WIRESHARK, 700);
}
