//! Any bytes as a key file, and as candidates for a pre-shared key: what is
//! written of it is read again as the same, and nothing that is shown holds a
//! key.
#![no_main]

use ipsec_core::crypto::Secret;
use ipsec_core::keylog::{self, KeyLog, Keys, LineErrorKind, PskLines};
use libfuzzer_sys::fuzz_target;
use std::collections::BTreeSet;

fuzz_target!(|data: &[u8]| {
    let log = keylog::read(data);
    let lines = data.split(|byte| *byte == b'\n').count();
    for error in &log.errors {
        assert!((1..=lines).contains(&error.line), "{error}");
    }
    hides_its_keys(&log);
    json(&log);
    tables(&log);
    let mut psks = PskLines::default();
    for line in data.split_inclusive(|byte| *byte == b'\n') {
        psks.line(line, &mut |_| {});
    }
});

fn json(log: &KeyLog) {
    let text = keylog::dangerous_json(log);
    let again = keylog::read(text.as_bytes());
    assert_eq!(again.entries.len(), log.entries.len());
    assert!(*keylog::dangerous_json(&again) == *text, "JSON changed");
}

/// A line may stand twice in the tables: they hold less than the entries do.
fn tables(log: &KeyLog) {
    let all = |log: &KeyLog| {
        let tables = keylog::dangerous_wireshark(log);
        let text = [&**tables.ikev1, &**tables.ikev2, &**tables.esp_sa].concat();
        (text, tables.left_out.len())
    };
    let (text, left_out) = all(log);
    assert_eq!(text.lines().count(), log.entries.len() - left_out);
    let again = keylog::read(text.as_bytes());
    for error in &again.errors {
        let kind = error.kind;
        assert!(matches!(kind, LineErrorKind::Contradicts { .. }), "{error}");
    }
    let (text_again, left_out) = all(&again);
    assert_eq!(left_out, 0);
    let lines = |text: &str| text.lines().map(String::from).collect::<BTreeSet<_>>();
    assert!(lines(&text) == lines(&text_again), "tables changed");
}

fn hides_its_keys(log: &KeyLog) {
    let mut shown = format!("{log:?}");
    for error in &log.errors {
        shown += &error.to_string();
    }
    for entry in &log.entries {
        // Whom a PSK is for is text of the file's writer.
        if !matches!(entry.keys, Keys::Psk(_)) {
            shown += &entry.keys.to_string();
        }
    }
    for entry in &log.entries {
        for secret in secrets(&entry.keys).into_iter().flatten() {
            // Shorter ones may be an SPI as well.
            if secret.len() >= 16 {
                let hex: String = secret
                    .dangerous_bytes()
                    .iter()
                    .map(|byte| format!("{byte:02x}"))
                    .collect();
                assert!(!shown.contains(&hex) && !shown.contains(&hex.to_uppercase()));
            }
        }
    }
}

fn secrets(keys: &Keys) -> Vec<Option<&Secret>> {
    match keys {
        Keys::Ikev1(it) => vec![
            it.key.as_ref(),
            it.skeyid.as_ref(),
            it.skeyid_d.as_ref(),
            it.skeyid_a.as_ref(),
            it.skeyid_e.as_ref(),
        ],
        Keys::Ikev2(it) => vec![
            it.skeyseed.as_ref(),
            it.sk_d.as_ref(),
            it.sk_ai.as_ref(),
            it.sk_ar.as_ref(),
            it.sk_ei.as_ref(),
            it.sk_er.as_ref(),
            it.sk_pi.as_ref(),
            it.sk_pr.as_ref(),
        ],
        Keys::Sa(it) => vec![Some(&it.encryption_key), Some(&it.authentication_key)],
        Keys::KeyExchange(it) => vec![it.private.as_ref(), it.shared.as_ref()],
        _ => Vec::new(),
    }
}
