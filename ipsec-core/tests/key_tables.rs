//! Every Wireshark decryption table beside the shared captures is read whole.

use ipsec_core::keylog::{Keys, wireshark};
use std::fs;
use std::path::{Path, PathBuf};

fn tables(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        let name = entry.file_name();
        if path.is_dir() {
            tables(&path, found);
        } else if name == "esp_sa" || name.to_string_lossy().ends_with("_decryption_table") {
            found.push(path);
        }
    }
}

#[test]
fn every_line_of_every_table_gives_keys() {
    let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared");
    let root = std::env::var_os("IPSEC_SHARED").map_or_else(beside, PathBuf::from);
    let mut paths = Vec::new();
    tables(&root.join("captures"), &mut paths);
    if paths.is_empty() {
        eprintln!("SKIPPED: no captures in ../shared (IPSEC_SHARED names another place)");
        return;
    }
    let (mut ikev1, mut ikev2, mut esp) = (0, 0, 0);
    for path in &paths {
        let file = fs::read(path).unwrap_or_default();
        let keys = wireshark::read(&file);
        assert!(keys.errors.is_empty(), "{path:?}: {:?}", keys.errors);
        let text = String::from_utf8_lossy(&file);
        let lines = text
            .lines()
            .filter(|line| !line.trim().is_empty() && !line.starts_with('#'))
            .count();
        assert_eq!(keys.entries.len(), lines, "{path:?}");
        for entry in &keys.entries {
            ikev1 += usize::from(matches!(entry.keys, Keys::Ikev1(_)));
            ikev2 += usize::from(matches!(entry.keys, Keys::Ikev2(_)));
            esp += usize::from(matches!(entry.keys, Keys::Sa(_)));
        }
    }
    println!("{ikev1} IKEv1, {ikev2} IKEv2 and {esp} ESP entries");
    assert!(ikev1 > 0 && ikev2 > 0 && esp > 0);
}
