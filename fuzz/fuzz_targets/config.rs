//! Any bytes as a configuration of any device: places lie within the file, and
//! no secret that was told is shown.
#![no_main]

use ipsec_core::config::{self, Span};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let Some(model) = config::read(0, data) else {
        return;
    };
    let lines = data.split(|byte| *byte == b'\n').count();
    let within = |span: Span| {
        assert!(
            (1..=lines).contains(&span.line) && span.column > 0,
            "{span:?}"
        );
        assert!(
            span.offset.saturating_add(span.len) <= data.len(),
            "{span:?}"
        );
    };
    for error in &model.errors {
        within(error.span);
        assert!(!error.to_string().is_empty());
    }
    for word in model.unknown.iter().chain(&model.includes) {
        within(word.span);
    }
    for connection in &model.connections {
        within(connection.name.span);
        for child in &connection.children {
            within(child.name.span);
        }
    }
    for rule in model.filters.iter().flat_map(|filter| &filter.rules) {
        within(rule.span);
    }
    for association in &model.associations {
        within(association.spi.span);
    }
    for note in &model.secrets {
        within(note.span);
        assert!(note.value.is_none() || note.len.is_some());
    }
});
