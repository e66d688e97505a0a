//! Every `swanctl.conf` beside the shared captures is read whole: strongSwan
//! itself loaded each of them.
#![cfg(feature = "config")]

use ipsec_core::config::strongswan::Section;
use ipsec_core::config::swanctl;
use std::fs;
use std::path::{Path, PathBuf};

fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            files(&path, found);
        } else if entry
            .file_name()
            .to_string_lossy()
            .ends_with("swanctl.conf")
        {
            found.push(path);
        }
    }
}

#[test]
fn real_files_have_no_faults_and_no_unknown_keywords() {
    let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared");
    let root = std::env::var_os("IPSEC_SHARED").map_or_else(beside, PathBuf::from);
    let mut paths = Vec::new();
    files(&root.join("captures"), &mut paths);
    if paths.is_empty() {
        eprintln!("SKIPPED: no captures in ../shared (IPSEC_SHARED names another place)");
        return;
    }
    for path in &paths {
        let file = fs::read(path).unwrap_or_default();
        let conf = swanctl::read(0, &file);
        assert!(conf.errors.is_empty(), "{path:?}: {:?}", conf.errors);
        assert!(conf.unknown.is_empty(), "{path:?}: {:?}", conf.unknown);
        let children = conf
            .connections()
            .flat_map(|connection| connection.named("children"))
            .flat_map(Section::sections);
        for child in children {
            for item in child.list("local_ts").chain(child.list("remote_ts")) {
                let place = item.span.offset..item.span.offset + item.span.len;
                assert_eq!(file.get(place), Some(item.value.as_bytes()), "{path:?}");
            }
        }
    }
    println!("{} files", paths.len());
}
