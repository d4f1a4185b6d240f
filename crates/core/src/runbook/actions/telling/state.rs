use std::collections::BTreeMap;
use std::time::Duration;

use super::filled;
use crate::assess::rules::clipped;
use crate::config::{Named, Workload};
use crate::domain::fact::Table;
use crate::domain::{Change, Kind, Subject, What};
use crate::runbook::action::{About, Deed, Undo};
use crate::runbook::actions::asked::{Fate, either, fate, needs};
use crate::runbook::model::{Confirm, RunSite};
use crate::runbook::plan::Part;
use crate::runbook::scene::Scene;
use crate::runbook::standing::{Certainty, Standing};

/// An item in a table of the workload's, such as who is active now.
pub(in crate::runbook) struct Recorded;

const NOBODY: &str = "the stage names no table of this workload";
const USUAL: &str = "workload={workload}; active_region={target}; run={run}; kind={kind}; declared_at={declared}";
/// As many items as are ever read of a table.
const READ: usize = 20;

fn table<'a>(scene: &Scene<'a>) -> Option<(&'a Named, Subject)> {
    let Part::Table(index) = scene.stage.part else { return None };
    let found = scene.workload.tables.get(index)?;
    Some((found, Subject::new(Kind::Table, &found.region, &found.name)))
}

/// `name=value; name=value`.
fn item(scene: &Scene<'_>) -> BTreeMap<String, String> {
    let text = filled(scene, scene.with("item").unwrap_or(USUAL));
    let pairs = text.split(';').filter_map(|pair| pair.split_once('='));
    pairs.map(|(name, value)| (name.trim().to_owned(), value.trim().to_owned())).filter(|(name, _)| !name.is_empty()).collect()
}

impl Deed for Recorded {
    fn about(&self) -> About {
        About {
            makes_true: "The table holds the item.",
            turns: ("not recorded", "the item is in the table"),
            proof: "It is read back; of a table with more items than are read, DynamoDB's word is taken.",
            undo: Undo::By("the same step with the item as it was"),
            guards: &[],
            site: RunSite::Target,
            confirm: Confirm::None,
            expect: Duration::from_secs(3),
            timeout: Duration::from_secs(60),
            may_fail: true,
            parameters: &[(
                "item",
                "name=value; name=value …, the key among them; {workload}, {run}, {kind}, {source}, {target} and {declared} stand for the \
                 run's own words",
            )],
        }
    }

    fn parts(&self, workload: &Workload) -> Result<Vec<Part>, String> {
        if workload.tables.is_empty() {
            return Err("no table is configured".to_owned());
        }
        Ok((0..workload.tables.len()).map(Part::Table).collect())
    }

    fn subjects(&self, scene: &Scene<'_>) -> Vec<Subject> {
        table(scene).into_iter().map(|(_, subject)| subject).collect()
    }

    fn stand(&self, scene: &Scene<'_>) -> Standing {
        let Some((named, subject)) = table(scene) else { return Standing::stuck(NOBODY) };
        let item = item(scene);
        either(scene.see::<Table>(&subject).or_wait(&subject).map(|found| {
            let holds = |stored: &BTreeMap<String, String>| item.iter().all(|(name, value)| stored.get(name) == Some(value));
            if found.items.iter().any(holds) {
                return Standing::proven(format!("{} holds {} attributes of the run", clipped(&named.name, 60), item.len()));
            }
            let change = Change::new(&named.region, What::PutItem { table: named.name.clone(), item });
            let last = scene.past().rev().find(|past| past.change == change).map(|past| fate(scene, past));
            match last {
                Some(Fate::Accepted(..)) if found.items.len() >= READ => Standing::Done {
                    shows: format!("{} took the item; it holds more than is read back", clipped(&named.name, 60)),
                    certainty: Certainty::Told,
                },
                _ => needs(scene, vec![change], BTreeMap::new()),
            }
        }))
    }

    fn before_after(&self, scene: &Scene<'_>) -> (String, String) {
        let told: Vec<String> = item(scene).iter().map(|(name, value)| format!("{name}={value}")).collect();
        ("not recorded".to_owned(), clipped(&told.join(", "), 160).into_owned())
    }
}
