//! Files with the lines of a patch in them.

use std::collections::BTreeMap;

/// The file with the lines of a patch, each hunk at the line or in the section
/// that it names. All line numbers are those of the file before.
#[expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test may stop at a patch that does not fit"
)]
pub(crate) fn applied(file: &str, patch: &str) -> String {
    let mut lines: Vec<String> = file.lines().map(String::from).collect();
    let mut added: BTreeMap<usize, Vec<String>> = BTreeMap::new();
    let mut gone = Vec::new();
    for hunk in patch.split("@@ ").filter(|hunk| !hunk.is_empty()) {
        let (place, change) = hunk.split_once(" @@\n").unwrap();
        let of = |sign: char| {
            change
                .lines()
                .filter_map(move |line| line.strip_prefix(sign))
        };
        let (old, new): (Vec<_>, Vec<_>) = (of('-').collect(), of('+').collect());
        let number = place.strip_prefix("line ");
        let number = number.map(|number| number.parse::<usize>().unwrap() - 1);
        let stands = |text: &str| lines.iter().position(|line| line.trim() == text);
        let known = number.or_else(|| stands(old.first()?));
        let Some(at) = known.filter(|_| !old.is_empty()) else {
            let head = known.or_else(|| stands(place)).unwrap();
            let new = new.into_iter().map(|new| format!(" {new}"));
            added.entry(head).or_default().extend(new);
            continue;
        };
        for (step, old) in old.iter().enumerate() {
            let line = &mut lines[at + step];
            assert!(line.contains(old), "{line:?} lacks {old:?}");
            let text = if step == 0 {
                new.join("\n")
            } else {
                String::new()
            };
            *line = line.replacen(old, &text, 1);
            if line.trim().is_empty() {
                gone.push(at + step);
            }
        }
    }
    let mut out = String::new();
    for (at, line) in lines.iter().enumerate() {
        let kept = (!gone.contains(&at)).then_some(line);
        for line in kept.into_iter().chain(added.get(&at).into_iter().flatten()) {
            out.push_str(line);
            out.push('\n');
        }
    }
    out
}
