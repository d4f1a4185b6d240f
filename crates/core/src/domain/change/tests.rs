use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;
use crate::domain::fact::Alias;
use crate::domain::split;

fn at(what: What) -> Change {
    Change::new(&Region::new("us-west-2"), what)
}

fn cli(change: &Change) -> String {
    change.cli(&Aim::default())
}

/// One of each kind, with `name` wherever something from outside stands.
fn every(name: &str) -> Vec<Change> {
    let s = || name.to_owned();
    let shape = || Shape {
        class: s(),
        subnet_group: Some(s()),
        parameter_group: Some(s()),
        security_groups: vec![s(), s()],
        kms_key: Some(s()),
        multi_az: Some(true),
    };
    let since = Timestamp::from_secs(1_795_172_551);
    let set = RecordSet {
        kind: "A".to_owned(),
        set_identifier: Some(s()),
        failover: Some("PRIMARY".to_owned()),
        alias: Some(Alias { name: s(), zone: s(), evaluate_target_health: true }),
        ..RecordSet::default()
    };
    let home = [
        What::PromoteReplica { instance: s() },
        What::ProtectInstance {
            instance: s(),
            multi_az: Some(true),
            backup_retention_days: Some(7),
            backup_window: Some(s()),
            maintenance_window: None,
        },
        What::SnapshotInstance { instance: s(), snapshot: s() },
        What::SnapshotCluster { cluster: s(), snapshot: s() },
        What::CreateReplica { instance: s(), source_arn: s(), source_region: Region::new("eu-west-1"), shape: shape() },
        What::RestoreSnapshot { instance: s(), snapshot: s(), shape: shape() },
        What::RestorePointInTime { instance: s(), from: BackupOf::Replicated(s()), at: Some(since), shape: shape() },
        What::DiscardInstance { instance: s() },
        What::SwitchoverGlobal { global_cluster: s(), target_arn: s() },
        What::FailoverGlobal { global_cluster: s(), target_arn: s() },
        What::ScaleService { cluster: s(), service: s(), desired: 2 },
        What::Redeploy { cluster: s(), service: s() },
        What::SetBounds { cluster: s(), service: s(), min: 2, max: 10 },
        What::SuspendScaling { cluster: s(), service: s(), suspended: true },
        What::PromoteSecret { secret: s() },
        What::PointSecret { secret: s(), host: s(), port: 5432, token: s() },
        What::SetReplication { bucket: s(), rule: s(), enabled: false },
        What::ReverseReplication { bucket: s(), from_region: Region::new("eu-west-1"), of: s(), rule: s() },
        What::SetLifecycle { bucket: s(), rule: s(), enabled: false },
        What::Undelete { bucket: s(), prefix: s(), since, after: Some(s()) },
        What::RestoreVersions { bucket: s(), prefix: s(), since, after: None, replica: None, until: Some(since) },
        What::CopyMissing {
            bucket: s(),
            from: Replica { bucket: s(), region: Region::new("r") },
            prefix: s(),
            pending: true,
            pass: 1,
            after: None,
        },
        What::SetRule { rule: s(), enabled: false },
        What::SetConcurrency { function: s(), reserved: Some(0) },
        What::SetConcurrency { function: s(), reserved: None },
        What::InvokeFunction { function: s(), payload: s() },
        What::StartExecution { machine: s(), name: s(), input: s() },
        What::StopExecution { execution: s(), cause: s() },
        What::Publish { topic: s(), subject: s(), message: s() },
        What::Post { workload: s(), message: s() },
        What::PutItem { table: s(), item: BTreeMap::from([(s(), s())]) },
        What::WriteThrough { workload: s(), way: Way::Record { resolver: s() } },
        What::WriteThrough { workload: s(), way: Way::Site(s()) },
    ];
    let nowhere = [
        What::ChangeRecords { zone: s(), comment: s(), sets: vec![NamedSet { name: s(), set }] },
        What::InvertHealthCheck { health_check: s(), inverted: true },
    ];
    home.into_iter().map(at).chain(nowhere.into_iter().map(Change::global)).collect()
}

#[test]
fn a_command_is_whole() {
    let said = |what| cli(&at(what));
    let s = str::to_owned;
    assert_eq!(
        said(What::PromoteReplica { instance: s("tier2-db-replica") }),
        "aws rds promote-read-replica --db-instance-identifier tier2-db-replica --region us-west-2"
    );
    assert_eq!(
        said(What::SuspendScaling { cluster: s("c"), service: s("web"), suspended: true }),
        "aws application-autoscaling register-scalable-target --service-namespace ecs --scalable-dimension ecs:service:DesiredCount \
         --resource-id service/c/web --suspended-state DynamicScalingInSuspended=true,DynamicScalingOutSuspended=true,\
         ScheduledScalingSuspended=true --region us-west-2"
    );
    assert_eq!(
        said(What::ProtectInstance {
            instance: s("db"),
            multi_az: Some(true),
            backup_retention_days: Some(7),
            backup_window: None,
            maintenance_window: None
        }),
        "aws rds modify-db-instance --db-instance-identifier db --multi-az --backup-retention-period 7 --apply-immediately --region us-west-2"
    );
    assert_eq!(
        said(What::Undelete { bucket: s("b"), prefix: s("app-data/"), since: Timestamp::from_secs(1_795_172_551), after: None }),
        "aws s3api list-object-versions --bucket b --prefix app-data/ --query '{Objects: DeleteMarkers[?IsLatest && \
         LastModified>='\\''2026-11-20T11:02:31'\\''] | [:1000].{Key: Key, VersionId: VersionId}}' --output json --region us-west-2 > \
         markers.json\naws s3api delete-objects --bucket b --delete file://markers.json --region us-west-2 \
         # again, both lines, until there are none left"
    );
}

/// Read in a rehearsal, typed elsewhere: it still goes to the rehearsal.
#[test]
fn a_command_of_the_lab_stays_in_the_lab() {
    let regions = BTreeMap::from(["us-west-2", "eu-west-1"].map(|region| (Region::new(region), format!("http://127.0.0.1/{region}"))));
    let aim = Aim { profile: Some("on call"), regions: Some(&regions), route53: Some("http://127.0.0.1/53") };
    for change in every("name") {
        let said = change.cli(&aim);
        let calls = said.matches("aws ").count();
        let aimed = said.matches("--profile 'on call' --endpoint-url http://127.0.0.1/").count();
        let quoted_again = said.matches("--profile '\\''on call'\\'' --endpoint-url http://127.0.0.1/").count();
        assert_eq!(calls, aimed + quoted_again, "{said}");
    }
}

/// Those of several lines are a shell's own language. A real one reads them all, with stand-ins for the programs, and runs nothing that a name
/// says.
#[cfg(unix)]
#[test]
fn a_shell_does_what_is_meant_and_nothing_that_a_name_says() {
    let name = "it's $(stranger) \"and\" `stranger` ;stranger\nstranger\u{1b}[2J";
    let folder = std::env::temp_dir().join(format!("drlab-cli-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let mut script =
        "set -f\nstranger() { echo STRANGER; }\nfor program in aws jq curl sh rm; do eval \"$program() { echo $program; }\"; done\n"
            .to_owned();
    for change in every(name) {
        script.push_str(&cli(&change));
        script.push('\n');
    }
    script.push_str("echo whole\n");
    let said = std::process::Command::new("bash").args(["-c", &script]).current_dir(&folder).env_remove("BASH_ENV").output();
    let files: String = std::fs::read_dir(&folder).unwrap().map(|file| std::fs::read_to_string(file.unwrap().path()).unwrap()).collect();
    std::fs::remove_dir_all(&folder).unwrap();
    // Without bash there is nobody to ask.
    if let Ok(said) = said {
        let (out, err) = (String::from_utf8_lossy(&said.stdout), String::from_utf8_lossy(&said.stderr));
        assert!(out.ends_with("whole\n") && err.is_empty(), "{out}\n{err}");
        assert!(!out.contains("STRANGER") && !files.contains("STRANGER"), "{out}\n{files}");
    }
}

/// The words of the first call, without the option's region.
fn words_of(change: &Change) -> Vec<String> {
    split(&cli(change))
}

#[test]
fn the_value_of_a_secret_is_not_among_the_words() {
    let point = at(What::PointSecret { secret: "s".to_owned(), host: "db.example".to_owned(), port: 5432, token: "t".to_owned() });
    let said = cli(&point);
    assert!(
        said.contains("--secret-string file://secret.json") && said.contains("umask 077") && said.ends_with("rm secret.json"),
        "{said}"
    );
}

#[test]
fn a_change_in_a_few_words() {
    for change in every("name") {
        let told = change.to_string();
        assert!(told.contains("name") && told.len() < 120, "{told}");
        assert_eq!(told.ends_with(" in us-west-2"), change.region.as_str() != "global", "{told}");
    }
    let cluster = "arn:aws:rds:us-east-2:123456789012:cluster:payments-use2".to_owned();
    let failover = at(What::FailoverGlobal { global_cluster: "payments".to_owned(), target_arn: cluster });
    assert_eq!(failover.to_string(), "fail payments over to payments-use2, data loss allowed in us-west-2");
}

#[test]
fn every_record_hangs_on_virginia() {
    let planes: Vec<_> = every("x").iter().filter_map(Change::control_plane).map(|plane| plane.to_string()).collect();
    assert_eq!(planes.iter().filter(|plane| *plane == "Route 53 in us-east-1").count(), 2);
    assert!(planes.contains(&"RDS in us-west-2".to_owned()) && planes.contains(&"S3 in us-east-1".to_owned()), "{planes:?}");
}

#[test]
fn undoing_needs_what_was_put_aside() {
    let scale = at(What::ScaleService { cluster: "c".to_owned(), service: "s".to_owned(), desired: 0 });
    assert_eq!(scale.undo(&BTreeMap::new()), None);
    let kept = BTreeMap::from([("desired".to_owned(), "4".to_owned())]);
    let back = scale.undo(&kept).unwrap();
    assert!(matches!(back.what, What::ScaleService { desired: 4, .. }));
    let NamedSet { name, set } =
        NamedSet { name: "app.example.com".to_owned(), set: RecordSet { kind: "A".to_owned(), ..RecordSet::default() } };
    let before = vec![NamedSet { name, set }];
    let kept = BTreeMap::from([("records".to_owned(), serde_json::to_string(&before).unwrap())]);
    let flip = Change::global(What::ChangeRecords { zone: "Z".to_owned(), comment: "flip".to_owned(), sets: Vec::new() });
    assert!(matches!(flip.undo(&kept).unwrap().what, What::ChangeRecords { sets, .. } if sets == before));
}

#[test]
fn what_cannot_be_undone_offers_no_way_back() {
    let kept: BTreeMap<_, _> = ["desired", "min", "max", "port", "reserved"].map(|name| (name.to_owned(), "1".to_owned())).into();
    for change in every("x") {
        if change.is_irreversible() {
            assert_eq!(change.undo(&kept), None, "{change}");
        }
    }
}

proptest! {
    /// Whatever a name is, it stays one word (or part of one) of its command, and nothing of it is acted upon.
    #[test]
    fn no_name_escapes_its_command(name in "(\\PC|\\p{Cc}|\\p{Cf}|[\n'\"$`\\\\; #-]){1,16}") {
        for change in every(&name) {
            let said = cli(&change);
            prop_assert!(!said.chars().any(|c| c.is_control() && c != '\n'), "{said:?}");
            let multiple = matches!(change.what, What::PointSecret { .. } | What::SetReplication { .. } | What::ReverseReplication { .. }
                | What::SetLifecycle { .. } | What::Undelete { .. } | What::RestoreVersions { .. } | What::Post { .. } | What::WriteThrough { .. });
            if !multiple {
                let words = words_of(&change);
                prop_assert!(words.iter().any(|word| word.contains(&name) || word.contains(&json_inner(&name))), "{words:?}");
                prop_assert!(words.len() < 40);
            }
            let told = change.to_string();
            prop_assert!(!told.chars().any(char::is_control) && told.chars().count() < 280, "{told:?}");
        }
    }

    #[test]
    fn what_the_journal_keeps_is_what_was_meant(name in "\\PC{1,12}") {
        for change in every(&name) {
            let written = serde_json::to_string(&change).unwrap();
            prop_assert_eq!(serde_json::from_str::<Change>(&written).unwrap(), change);
        }
    }

    /// As it was, then changed, then changed back.
    #[test]
    fn undoing_twice_is_doing(enabled: bool, suspended: bool) {
        let s = || "x".to_owned();
        for what in [
            What::SetReplication { bucket: s(), rule: s(), enabled },
            What::SetLifecycle { bucket: s(), rule: s(), enabled },
            What::SetRule { rule: s(), enabled },
            What::SuspendScaling { cluster: s(), service: s(), suspended },
            What::InvertHealthCheck { health_check: s(), inverted: enabled },
        ] {
            let change = at(what);
            let back = change.undo(&BTreeMap::new()).unwrap();
            prop_assert!(back != change);
            prop_assert_eq!(back.undo(&BTreeMap::new()).unwrap(), change);
        }
    }
}

/// As it stands inside JSON.
fn json_inner(name: &str) -> String {
    let quoted = serde_json::to_string(name).unwrap();
    quoted[1..quoted.len() - 1].to_owned()
}
