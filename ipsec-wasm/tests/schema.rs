//! The schema out of which the TypeScript types are made is the one of the
//! Rust types, and the packets that the core writes are of it.

use ipsec_core::capture::{Archive, Keyring};
use ipsec_core::crypto::rustcrypto;
use ipsec_core::keylog;
use ipsec_core::report::tree;
use schemars::generate::SchemaSettings;
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};

fn crate_path(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(name)
}

fn schema() -> Value {
    let settings = SchemaSettings::draft2020_12().for_serialize();
    let schema = settings.into_generator();
    let schema = schema.into_root_schema_for::<ipsec_wasm::Shapes<'_>>();
    schema.to_value()
}

/// `make schema` writes it.
#[test]
fn the_schema_file_is_the_one_generated() {
    let now = serde_json::to_string_pretty(&schema()).unwrap() + "\n";
    let path = crate_path("schema/workbench.schema.json");
    if std::env::var_os("UPDATE_SCHEMA").is_some() {
        fs::write(&path, &now).unwrap();
    }
    assert!(
        fs::read_to_string(&path).unwrap() == now,
        "run `make schema`"
    );
}

#[test]
fn packets_are_of_the_schema() {
    let mut of_packet = schema();
    of_packet["$ref"] = "#/$defs/Packet".into();
    for word in ["properties", "required", "additionalProperties", "type"] {
        of_packet.as_object_mut().unwrap().remove(word);
    }
    let validator = jsonschema::validator_for(&of_packet).unwrap();
    let example = |name: &str| fs::read(crate_path("../examples/captures").join(name)).unwrap();
    let mut keyring = Keyring::new(rustcrypto::provider());
    keyring.add(keylog::read(&example("tunnel.keys.json")));
    let mut archive = Archive::open(example("tunnel.pcap"), keyring.into()).unwrap();
    while archive.advance(usize::MAX) {}
    let mut opened = 0;
    for n in 0..archive.len() {
        let packet = archive.packet(n).unwrap();
        opened += packet.tree.sources().skip(1).count();
        let mut text = String::new();
        let shown = tree::Packet {
            number: packet.frame.number,
            at: packet.frame.at,
            original_len: packet.frame.original_len,
            frame: packet.frame.data,
            tree: packet.tree,
        };
        shown.write_json(&mut text);
        let value: Value = serde_json::from_str(&text).unwrap();
        if let Err(error) = validator.validate(&value) {
            panic!("packet {n}: {error} at {}", error.instance_path());
        }
    }
    assert!(opened > 0);
}
