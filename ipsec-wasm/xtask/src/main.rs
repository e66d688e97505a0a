//! `xtask MODULE.wasm KIND FOLDER`: writes the JavaScript around a module that
//! cargo built, for the web, for bundlers or for Node.

use anyhow::{Context as _, bail};
use std::env;
use wasm_bindgen_cli_support::Bindgen;

fn main() -> anyhow::Result<()> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [module, kind, folder] = arguments.as_slice() else {
        bail!("usage: xtask MODULE.wasm web|bundler|node FOLDER");
    };
    let mut bindgen = Bindgen::new();
    match kind.as_str() {
        "web" => bindgen.web(true)?.omit_default_module_path(false),
        "bundler" => bindgen.bundler(true)?,
        "node" => bindgen.nodejs_module(true)?,
        other => bail!("no such kind: {other}"),
    };
    bindgen
        .remove_name_section(true)
        .remove_producers_section(true);
    let made = bindgen.input_path(module).typescript(true).generate(folder);
    made.with_context(|| format!("{module} for {kind}"))
}
