//! What S3 has no single call for, in as few lines of shell as it takes.

use super::aim::{Aim, Call, words};
use crate::domain::{Region, Timestamp, quote};

pub(super) fn replication(bucket: &str, rule: &str, enabled: bool, region: &Region, aim: &Aim<'_>) -> String {
    let edit = jq(&[("rule", rule)], &format!("(.Rules[] | select(.ID == $rule)).Status = {}", status(enabled)));
    replace_replication((region, bucket), (region, bucket), &edit, aim)
}

/// Puts the opposite rule in place of whatever the bucket has: whoever has other rules adds them to the file first.
pub(super) fn reverse(bucket: &str, opposite: (&Region, &str), rule: &str, region: &Region, aim: &Aim<'_>) -> String {
    let to = format!("arn:aws:s3:::{}", opposite.1);
    let edit = jq(&[("rule", rule), ("to", &to)], ".Rules = [.Rules[0] | .ID = $rule | .Status = \"Enabled\" | .Destination.Bucket = $to]");
    replace_replication(opposite, (region, bucket), &edit, aim)
}

fn replace_replication(from: (&Region, &str), to: (&Region, &str), edit: &str, aim: &Aim<'_>) -> String {
    let read = Call::new("s3api get-bucket-replication").with("--bucket", from.1).with("--query", "ReplicationConfiguration");
    let read = read.with("--output", "json").line(from.0, aim);
    let write = Call::new("s3api put-bucket-replication").with("--bucket", to.1);
    let write = write.with("--replication-configuration", "file://replication.json").line(to.0, aim);
    format!("{read} | {edit} > replication.json\n{write}")
}

pub(super) fn lifecycle(bucket: &str, rule: &str, enabled: bool, region: &Region, aim: &Aim<'_>) -> String {
    let read = Call::new("s3api get-bucket-lifecycle-configuration").with("--bucket", bucket).with("--output", "json").line(region, aim);
    let edit = jq(&[("rule", rule)], &format!("{{Rules}} | (.Rules[] | select(.ID == $rule)).Status = {}", status(enabled)));
    let write = Call::new("s3api put-bucket-lifecycle-configuration").with("--bucket", bucket);
    let write = write.with("--lifecycle-configuration", "file://lifecycle.json").line(region, aim);
    format!("{read} | {edit} > lifecycle.json\n{write}")
}

const fn status(enabled: bool) -> &'static str {
    if enabled { "\"Enabled\"" } else { "\"Disabled\"" }
}

/// A call removes a thousand at most.
pub(super) fn undelete(bucket: &str, prefix: &str, since: Timestamp, region: &Region, aim: &Aim<'_>) -> String {
    let query = format!(
        "{{Objects: DeleteMarkers[?IsLatest && LastModified>='{}'] | [:1000].{{Key: Key, VersionId: VersionId}}}}",
        to_the_second(since)
    );
    let list = versions(bucket, prefix).with("--query", query).with("--output", "json").line(region, aim);
    let remove = Call::new("s3api delete-objects").with("--bucket", bucket).with("--delete", "file://markers.json").line(region, aim);
    format!("{list} > markers.json\n{remove} # again, both lines, until there are none left")
}

/// The copies are written into a script, to be read before it is run.
pub(super) fn restore_versions(
    (bucket, prefix): (&str, &str),
    since: Timestamp,
    until: Option<Timestamp>,
    region: &Region,
    aim: &Aim<'_>,
) -> String {
    const EDIT: &str = ".Versions // [] | group_by(.Key)[] | select(any(.IsLatest and .LastModified >= $since and .LastModified < $until)) \
                        | map(select(.LastModified < $since)) | max_by(.LastModified) | select(. != null) \
                        | \"\\($copy) --key=\\(.Key | @sh) --copy-source=\\(\"\\($bucket)/\\(.Key | split(\"/\") | map(@uri) | join(\"/\"))\
                        ?versionId=\\(.VersionId)\" | @sh)\"";
    let list = versions(bucket, prefix).with("--output", "json").line(region, aim);
    let copy = Call::new("s3api copy-object").with("--bucket", bucket).line(region, aim);
    // Anything that has been written by now, where no end is given.
    let until = until.map_or_else(|| "9999".to_owned(), to_the_second);
    let edit = words([
        "jq",
        "-r",
        "--arg",
        "since",
        &to_the_second(since),
        "--arg",
        "until",
        &until,
        "--arg",
        "bucket",
        bucket,
        "--arg",
        "copy",
        &copy,
        EDIT,
    ]);
    format!("{list} | {edit} > restore.sh\nsh restore.sh # read it first")
}

fn versions(bucket: &str, prefix: &str) -> Call {
    Call::new("s3api list-object-versions").with("--bucket", bucket).with("--prefix", prefix)
}

fn jq(values: &[(&str, &str)], program: &str) -> String {
    let mut line = String::from("jq");
    for (name, value) in values {
        line.push_str(&format!(" --arg {name} {}", quote(value)));
    }
    format!("{line} {}", quote(program))
}

/// The CLI writes `2026-11-20T11:02:31+00:00`: without an end of its own the text sorts before every instant of its second.
fn to_the_second(at: Timestamp) -> String {
    at.to_string().chars().take("2026-11-20T11:02:31".len()).collect()
}
