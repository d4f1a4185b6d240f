use std::time::Duration;

use crate::config::{DatabaseKind, Workload};
use crate::domain::fact::Instance;
use crate::domain::{Change, Kind as Thing, Receipt, Region, Subject, What, excerpt};
use crate::runbook::{About, Confirm, Deed, Fresh, Kind, Part, RunSite, Scene, Standing, Undo};

/// What a rehearsal has restored is deleted again: it costs money, and it looks like a database. Nothing but that: it is found in what this run
/// has written down, and only a rehearsal may do it, because nobody was ever pointed at what it makes.
#[derive(Debug)]
pub(in crate::runbook) struct Discard;

impl Deed for Discard {
    fn about(&self) -> About {
        About {
            makes_true: "No database that this rehearsal has restored is left.",
            turns: ("what the rehearsal has restored", "deleted"),
            proof: "RDS no longer knows it.",
            undo: Undo::By("the same backup can be restored again"),
            guards: &[],
            site: RunSite::Target,
            confirm: Confirm::Key,
            expect: Duration::from_secs(300),
            timeout: Duration::from_secs(3600),
            may_fail: false,
            parameters: &[],
        }
    }

    fn parts(&self, workload: &Workload) -> Result<Vec<Part>, String> {
        match workload.database.as_ref().map(|database| database.kind) {
            Some(DatabaseKind::RdsReplica) => Ok(vec![Part::Whole]),
            Some(DatabaseKind::AuroraGlobal) => Err("a cluster of an Aurora Global Database is not restored by the console".to_owned()),
            None => Err("the workload has no database".to_owned()),
        }
    }

    fn subjects(&self, scene: &Scene<'_>) -> Vec<Subject> {
        made(scene).into_iter().map(|(region, instance)| Subject::new(Thing::Instance, region, instance)).collect()
    }

    fn stand(&self, scene: &Scene<'_>) -> Standing {
        if scene.kind != Kind::Test {
            return Standing::stuck("only a rehearsal deletes what it has made: elsewhere it may be in use");
        }
        let (mut left, mut going) = (Vec::new(), None);
        for (region, instance) in made(scene) {
            let subject = Subject::new(Thing::Instance, region, instance);
            match scene.see::<Instance>(&subject) {
                Fresh::Missing => {}
                Fresh::Is(found, _) if found.status == "deleting" => {
                    going = going.or(Some(format!("{} is deleting", excerpt(instance, 80))))
                }
                // RDS deletes nothing that it is still making.
                Fresh::Is(found, _) if found.status == "creating" => {
                    going = going.or(Some(format!("{} is creating", excerpt(instance, 80))));
                }
                Fresh::Is(..) => left.push(change(region, instance)),
                unknown => match unknown.or_wait(&subject) {
                    Ok(_) => {}
                    Err(standing) => return standing,
                },
            }
        }
        match going {
            _ if !left.is_empty() => Standing::needs(left),
            Some(says) => Standing::working(says),
            None => Standing::proven("nothing that this rehearsal restored is left"),
        }
    }

    fn foreseen(&self, scene: &Scene<'_>) -> Vec<Change> {
        made(scene).into_iter().map(|(region, instance)| change(region, instance)).collect()
    }

    fn before_after(&self, scene: &Scene<'_>) -> (String, String) {
        let made: Vec<_> = made(scene).into_iter().map(|(_, instance)| excerpt(instance, 80)).collect();
        (if made.is_empty() { "nothing restored yet".to_owned() } else { made.join(", ") }, "deleted".to_owned())
    }
}

fn change(region: &Region, instance: &str) -> Change {
    Change::new(region, What::DiscardInstance { instance: instance.to_owned() })
}

/// What this run has asked to be restored, as far as it may have arrived.
fn made<'a>(scene: &Scene<'a>) -> Vec<(&'a Region, &'a str)> {
    let asked = scene.memory.past.iter().filter(|past| !matches!(past.answer, Some((_, Receipt::Refused { .. }))));
    let mut made: Vec<_> = asked
        .filter_map(|past| match &past.change.what {
            What::RestoreSnapshot { instance, .. } | What::RestorePointInTime { instance, .. } => {
                Some((&past.change.region, instance.as_str()))
            }
            _ => None,
        })
        .collect();
    made.dedup();
    made
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::config::Site;
    use crate::domain::change::Shape;
    use crate::domain::{Reading, Snapshot, Timestamp, Value};
    use crate::runbook::fake::{planned, workload};
    use crate::runbook::{Memory, Past};

    const NOW: Timestamp = Timestamp::from_secs(1_795_172_551);

    fn restored(instance: &str, answer: Option<Receipt>) -> Past {
        let what = What::RestoreSnapshot { instance: instance.to_owned(), snapshot: "s".to_owned(), shape: Shape::default() };
        Past {
            stage: "restore".to_owned(),
            change: Change::new(&Region::new("us-west-2"), what),
            asked_at: NOW,
            answer: answer.map(|answer| (NOW, answer)),
        }
    }

    fn stands(kind: Kind, past: Vec<Past>, there: &[(&str, &str)], gone: &[&str]) -> Standing {
        let (workload, plan) = (workload("tier2"), planned("dr_test", "tier2"));
        let stage = plan.stages.iter().find(|stage| stage.id == "discard").unwrap();
        let mut snapshot = Snapshot::default();
        let subject = |name: &str| Subject::new(Thing::Instance, &Region::new("us-west-2"), name);
        for (name, status) in there {
            let found = Instance { id: (*name).to_owned(), status: (*status).to_owned(), ..Instance::default() };
            let outcome = Ok(Value::Found { fact: Arc::new(found.into()), at: None });
            snapshot.take(Reading { subject: subject(name), begun: NOW, read: NOW, outcome });
        }
        for name in gone {
            snapshot.take(Reading { subject: subject(name), begun: NOW, read: NOW, outcome: Ok(Value::Missing("not found".to_owned())) });
        }
        let memory = Memory { past, ..Memory::default() };
        let scene = Scene {
            workload: &workload,
            configured: &workload,
            kind,
            source: Site::Primary,
            stage,
            snapshot: &snapshot,
            now: NOW,
            since: NOW,
            memory: &memory,
        };
        Discard.stand(&scene)
    }

    fn accepted() -> Option<Receipt> {
        Some(Receipt::Accepted { told: std::collections::BTreeMap::new() })
    }

    #[test]
    fn only_what_this_run_has_made_is_deleted() {
        let there = [("rehearsal", "available"), ("tier2-db-replica", "available")];
        let Standing::Needs { changes, .. } = stands(Kind::Test, vec![restored("rehearsal", accepted())], &there, &[]) else { panic!() };
        assert_eq!(changes.len(), 1);
        assert_eq!(changes[0].what, What::DiscardInstance { instance: "rehearsal".to_owned() });
        let refused = Receipt::Refused { code: "DBInstanceAlreadyExists".to_owned(), text: String::new() };
        assert!(matches!(stands(Kind::Test, vec![restored("rehearsal", Some(refused))], &there, &[]), Standing::Done { .. }));
        assert!(matches!(stands(Kind::Restore, vec![restored("rehearsal", accepted())], &there, &[]), Standing::Stuck { .. }));
    }

    #[test]
    fn it_is_over_when_rds_no_longer_knows_it() {
        let past = || vec![restored("rehearsal", None)];
        assert!(matches!(stands(Kind::Test, past(), &[], &[]), Standing::Looking { .. }), "unknown is not gone");
        assert!(matches!(stands(Kind::Test, past(), &[("rehearsal", "deleting")], &[]), Standing::Working { .. }));
        assert!(matches!(stands(Kind::Test, past(), &[("rehearsal", "creating")], &[]), Standing::Working { .. }));
        assert!(matches!(stands(Kind::Test, past(), &[], &["rehearsal"]), Standing::Done { .. }));
    }
}
