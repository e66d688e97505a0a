//! The sizes of encrypted messages of four real implementations, held against
//! the arithmetic of `keymat::protected`.

use ipsec_core::crypto::suite;
use ipsec_core::keymat::protected::Protection;
use ipsec_core::wire::registry::{ike, isakmp};

const ROWS: &str = include_str!("data/sealed_sizes.tsv");

struct Row<'a> {
    version: usize,
    encryption: u16,
    integrity: u16,
    body: usize,
    inner: usize,
    capture: &'a str,
}

fn row(line: &str) -> Option<Row<'_>> {
    let mut columns = line.split('\t');
    let mut number = || columns.next()?.parse::<usize>().ok();
    let (version, encryption, integrity) = (number()?, number()?, number()?);
    let (body, inner) = (number()?, number()?);
    Some(Row {
        version,
        encryption: u16::try_from(encryption).ok()?,
        integrity: u16::try_from(integrity).ok()?,
        body,
        inner,
        capture: columns.next()?,
    })
}

fn protection(row: &Row<'_>) -> Option<Protection> {
    if row.version == 1 {
        return Protection::ikev1(suite::phase1_encryption(isakmp::Encryption(
            row.encryption,
        ))?);
    }
    Protection::ikev2(
        suite::encryption(ike::Encryption(row.encryption))?,
        suite::integrity(ike::Integrity(row.integrity)),
    )
}

#[test]
fn real_senders_pad_no_more_than_the_block_needs() {
    let rows: Vec<_> = ROWS
        .lines()
        .filter(|line| !line.starts_with('#'))
        .map(|line| row(line).expect("six columns"))
        .collect();
    for row in &rows {
        let shape = protection(row).expect("a known suite");
        let inside = shape.plaintext(row.body).expect("a possible length");
        assert!(
            inside.likely.contains(&row.inner),
            "{}: {} in {} gave {inside:?}",
            row.capture,
            row.inner,
            row.body
        );
        assert!(shape.body(row.inner) <= row.body, "{}", row.capture);
    }
    assert!(rows.len() > 100, "{} rows", rows.len());
}
