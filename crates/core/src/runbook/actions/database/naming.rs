//! What a run makes is called after it: it can be found, it cannot be mistaken for anything else, and it takes nobody's name.

/// RDS's limit for an instance; snapshots may be longer.
const LONGEST: usize = 63;

/// `tier2-db-replica-20261121-0302`.
pub(super) fn named(id: &str, what: &str, run: &str) -> String {
    let end = format!("{what}-{}", short(&plain(run)));
    let base = plain(id.rsplit(':').next().unwrap_or(id));
    let room = LONGEST.saturating_sub(end.len() + 1);
    let base: String = base.chars().take(room).collect();
    let base = base.trim_matches('-');
    if base.starts_with(|c: char| c.is_ascii_alphabetic()) { format!("{base}-{end}") } else { end }
}

/// Letters, digits and single hyphens.
fn plain(text: &str) -> String {
    let mut plain = String::new();
    for c in text.chars() {
        if c.is_ascii_alphanumeric() {
            plain.push(c.to_ascii_lowercase());
        } else if !plain.ends_with('-') && !plain.is_empty() {
            plain.push('-');
        }
    }
    plain.trim_matches('-').to_owned()
}

/// Cut to what leaves room for the rest, and still different for different runs.
fn short(run: &str) -> String {
    const MOST: usize = 32;
    if run.len() <= MOST {
        return if run.is_empty() { "run".to_owned() } else { run.to_owned() };
    }
    let hash = run.bytes().fold(0x811c_9dc5_u32, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193));
    let start: String = run.chars().take(MOST - 9).collect();
    format!("{}-{hash:08x}", start.trim_end_matches('-'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn every_name_is_one_that_rds_takes(id in "\\PC{0,80}", run in "\\PC{0,80}") {
            let name = named(&id, "replica", &run);
            prop_assert!(name.len() <= LONGEST && name.starts_with(|c: char| c.is_ascii_lowercase()), "{name}");
            prop_assert!(!name.contains("--") && !name.ends_with('-'), "{name}");
            prop_assert!(name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-'), "{name}");
        }

        #[test]
        fn two_runs_never_make_the_same(id in "[a-z]{1,60}", one in "[a-z0-9]{1,80}", other in "[a-z0-9]{1,80}") {
            prop_assume!(one != other);
            prop_assert_ne!(named(&id, "copy", &one), named(&id, "copy", &other));
        }
    }

    #[test]
    fn a_name_says_of_what_and_when() {
        assert_eq!(named("arn:aws:rds:us-west-2:1:db:tier2-db", "replica", "20261121T0302_x"), "tier2-db-replica-20261121t0302-x");
    }
}
