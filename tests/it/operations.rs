//! What the lab claims is driven, and docs/OPERATIONS.md says so: the lab's own logs are asked, so nobody has to be believed.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use drlab_lab::world::{Access, SERVICES};

use crate::lab::services::TOURS;

/// Claimed, and not asked for by the SDK for Rust; and why not.
const NOT_DRIVEN: &[(&str, &str, &str)] =
    &[("apigateway", "GetRestApis", NO_CLIENT), ("apigateway", "GetStages", NO_CLIENT), ("apigateway", "GetResources", NO_CLIENT)];
const NO_CLIENT: &str = "not among the console's services: a topology has an API so that other clients find one";

const HEAD: &str = "# What the lab can do

Every AWS operation that the embedded lab claims, and whose client was seen to get an answer from it that was no refusal. `cargo test
operations` fails when this table and the lab's own logs part; `DRLAB_UPDATE=1 cargo test operations` writes it anew. The columns of boto3
and the AWS CLI are held by `tests/interop`, which fails unless both of them drive every operation.

Services are named as requests are signed for them.

| Service | Operation | Changes anything | SDK for Rust | boto3 | AWS CLI |
|---|---|---|---|---|---|
";

#[test]
fn what_is_claimed_is_driven_and_written_down() {
    let driven: BTreeSet<_> = TOURS.iter().flat_map(|tour| tour.asked()).cloned().collect();
    let is_driven = |service: &str, operation: &str| driven.contains(&(service.to_owned(), operation.to_owned()));
    let reason = |service: &str, operation: &str| NOT_DRIVEN.iter().find(|row| (row.0, row.1) == (service, operation)).map(|row| row.2);
    let claimed = || SERVICES.iter().flat_map(|service| service.operations.iter().map(move |operation| (service.name, operation)));

    let missing: Vec<_> =
        claimed().filter(|(service, claim)| is_driven(service, claim.name) == reason(service, claim.name).is_some()).collect();
    assert!(missing.is_empty(), "neither driven nor excused, or both: {missing:#?}");
    let claims = |service: &str, operation: &str| claimed().any(|(known, claim)| (known, claim.name) == (service, operation));
    let stale: Vec<_> = NOT_DRIVEN.iter().filter(|row| !claims(row.0, row.1)).collect();
    assert!(stale.is_empty(), "excused, and no longer claimed: {stale:?}");
    let strange: Vec<_> = driven.iter().filter(|(service, operation)| !claims(service, operation)).collect();
    assert!(strange.is_empty(), "answered, and not claimed: {strange:?}");

    let mut table = HEAD.to_owned();
    for (service, claim) in claimed() {
        let changes = if claim.access == Access::Write { "yes" } else { "no" };
        let rust = if is_driven(service, claim.name) { "✓" } else { "–" };
        writeln!(table, "| {service} | {} | {changes} | {rust} | ✓ | ✓ |", claim.name).unwrap();
    }
    table.push_str("\nNot driven by the SDK for Rust:\n\n");
    for (service, operation, why) in NOT_DRIVEN {
        writeln!(table, "- {service} {operation}: {why}.").unwrap();
    }
    compare(&Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/OPERATIONS.md"), &table);
}

/// A generated document is as it was generated; with `DRLAB_UPDATE` set it becomes so.
pub(crate) fn compare(path: &Path, wanted: &str) {
    if std::env::var_os("DRLAB_UPDATE").is_some() {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, wanted).unwrap();
    }
    let committed = fs::read_to_string(path).unwrap_or_default();
    let differs = committed.lines().zip(wanted.lines()).find(|(is, should)| is != should);
    assert!(committed == wanted, "{} has drifted: {differs:?}; `DRLAB_UPDATE=1 cargo test` writes it anew", path.display());
}
