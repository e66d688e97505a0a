//! The schema out of which the TypeScript types are made is the one of the
//! Rust types.

use schemars::generate::SchemaSettings;
use std::path::Path;

/// `UPDATE_SCHEMA=1 cargo test -p ipsec-wasm --test schema` writes it.
#[test]
fn the_schema_file_is_the_one_generated() {
    let settings = SchemaSettings::draft2020_12().for_serialize();
    let schema = settings.into_generator().into_root_schema_for::<ipsec_wasm::Shapes<'_>>();
    let now = serde_json::to_string_pretty(&schema).unwrap() + "\n";
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("schema/workbench.schema.json");
    if std::env::var_os("UPDATE_SCHEMA").is_some() {
        std::fs::write(&path, &now).unwrap();
    }
    let file = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(file == now, "run `make schema`");
}
