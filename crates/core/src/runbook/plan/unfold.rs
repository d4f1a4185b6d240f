use std::collections::BTreeMap;

use super::{Omitted, Part, Plan, Stage};
use crate::config::{Site, Workload};
use crate::runbook::action::{Action, Deed};
use crate::runbook::guard::Guard;
use crate::runbook::model::{Kind, Runbook, Step};
use crate::runbook::read::Catalogue;

/// What a runbook means for a workload whose `source` is given: a stage for every part that a step is done to, in an order in which they could
/// be done one after the other. A step with nothing to do is left out, and what needs it needs what it needed.
///
/// Where a step and one that it needs are done to the same part (the bounds and the count of one service), only those two wait for each
/// other: a service does not wait for its neighbour.
#[must_use]
pub fn unfold(runbook: &Runbook, workload: &Workload, source: Site, catalogue: Catalogue<'_>) -> Plan {
    let mut plan = Plan {
        runbook: runbook.name.clone(),
        title: runbook.title.clone(),
        workload: workload.name.clone(),
        kind: runbook.kind,
        source,
        stages: Vec::new(),
        omitted: Vec::new(),
        refused: None,
    };
    let mut wanting: Vec<String> = Vec::new();
    let mut reach: BTreeMap<&str, Vec<Group<'_>>> = BTreeMap::new();
    for step in &runbook.steps {
        let needed: Vec<Group<'_>> =
            step.needs.iter().filter_map(|need| reach.get(need.as_str())).flatten().cloned().fold(Vec::new(), |mut all, group| {
                if !all.contains(&group) {
                    all.push(group);
                }
                all
            });
        let deed = catalogue(step.action);
        let parts = match &step.passed_over {
            Some(why) => Err(why.clone()),
            None => deed.parts(workload).and_then(|parts| chosen(step, parts, workload)),
        };
        match parts {
            Err(why) => {
                if step.passed_over.is_none() && purpose(runbook.kind).contains(&step.action) {
                    wanting.push(format!("{}: {why}", step.id));
                }
                plan.omitted.push(Omitted { step: step.id.clone(), why });
                reach.insert(&step.id, needed);
            }
            Ok(parts) => {
                let stages = stages(step, deed, &parts, &needed, workload, source);
                let made = parts.iter().zip(&stages).map(|(part, stage)| (*part, stage.id.clone())).collect();
                reach.insert(&step.id, vec![Group { stages: made, proof: &step.proof }]);
                plan.stages.extend(stages);
            }
        }
    }
    let served = purpose(runbook.kind).is_empty() || plan.stages.iter().any(|stage| purpose(runbook.kind).contains(&stage.action));
    plan.refused = (!served).then(|| match wanting.is_empty() {
        true => format!("{} does nothing of what it is for", runbook.name),
        false => wanting.join("; "),
    });
    let at_home = runbook.kind == Kind::Failback && source == Site::Primary;
    plan.refused = plan.refused.or_else(|| at_home.then(|| "users are at home: there is a way back only from the standby".to_owned()));
    plan.refused = plan.refused.or_else(|| runbook.lacking(catalogue));
    plan
}

/// What a runbook of this kind is for, where nothing else will do. A failover of a workload without a database is one all the same.
const fn purpose(kind: Kind) -> &'static [Action] {
    match kind {
        Kind::Restore => &[Action::DatabaseRestoreSnapshot, Action::DatabaseRestorePointInTime],
        Kind::Undelete => &[Action::StorageUndelete, Action::StorageRestoreVersions],
        Kind::Planned | Kind::Unplanned | Kind::Failback | Kind::Test | Kind::Isolation => &[],
    }
}

/// The stages of one step, and what must hold once they are done.
#[derive(Clone, PartialEq)]
struct Group<'r> {
    stages: Vec<(Part, String)>,
    proof: &'r [Guard],
}

fn chosen(step: &Step, parts: Vec<Part>, workload: &Workload) -> Result<Vec<Part>, String> {
    let parts = match &step.on {
        None => parts,
        Some(on) => {
            let nth = on.strip_prefix('#').and_then(|nth| nth.parse::<usize>().ok()?.checked_sub(1));
            let named: Vec<_> = match nth {
                Some(nth) => parts.get(nth).copied().into_iter().collect(),
                None => parts.into_iter().filter(|part| part.name(workload) == Some(on)).collect(),
            };
            if named.is_empty() {
                return Err(format!("there is no “{on}” to do it to"));
            }
            named
        }
    };
    if parts.is_empty() { Err("there is nothing to do it to".to_owned()) } else { Ok(parts) }
}

fn stages(step: &Step, deed: &dyn Deed, parts: &[Part], needed: &[Group<'_>], workload: &Workload, source: Site) -> Vec<Stage> {
    let names = names(parts, workload);
    let lasts = deed.lasts(&step.with);
    let guards = deed.about().guards.iter().chain(&step.guards).chain(needed.iter().flat_map(|group| group.proof));
    let mut all = Vec::new();
    for guard in guards {
        if !all.contains(guard) {
            all.push(*guard);
        }
    }
    let stage = |(part, name): (&Part, &Option<String>)| Stage {
        id: name.as_ref().map_or_else(|| step.id.clone(), |name| format!("{}:{name}", step.id)),
        step: step.id.clone(),
        title: name.as_ref().map_or_else(|| step.title.clone(), |name| format!("{}: {name}", step.title)),
        action: step.action,
        site: step.site.of(source),
        part: *part,
        needs: needs(*part, needed),
        guards: all.clone(),
        confirm: step.confirm,
        expect: lasts.unwrap_or(step.expect),
        // What is to last for an hour is not late after half of one, and may have to begin anew.
        timeout: lasts.map_or(step.timeout, |lasts| step.timeout.max(lasts * 2)),
        on_fail: step.on_fail,
        note: step.note.clone(),
        with: step.with.clone(),
    };
    parts.iter().zip(&names).map(stage).collect()
}

fn needs(part: Part, needed: &[Group<'_>]) -> Vec<String> {
    let mut needs: Vec<String> = Vec::new();
    for group in needed {
        let same = group.stages.iter().any(|(other, _)| *other == part);
        for (_, id) in group.stages.iter().filter(|(other, _)| !same || *other == part) {
            if !needs.contains(id) {
                needs.push(id.clone());
            }
        }
    }
    needs
}

/// What tells the parts of one step apart; nothing where there is only one.
fn names(parts: &[Part], workload: &Workload) -> Vec<Option<String>> {
    if parts.len() < 2 {
        return vec![None; parts.len()];
    }
    let plain: Vec<_> = parts.iter().map(|part| part.name(workload).unwrap_or("all").to_owned()).collect();
    let with_region: Vec<_> = (parts.iter().zip(&plain))
        .map(|(part, name)| match part.region(workload) {
            Some(region) if plain.iter().filter(|other| *other == name).count() > 1 => format!("{name}@{region}"),
            _ => name.clone(),
        })
        .collect();
    let name = |(n, name): (usize, &String)| {
        let before = with_region[..n].iter().filter(|other| *other == name).count();
        Some(if before == 0 { name.clone() } else { format!("{name}#{}", before + 1) })
    };
    with_region.iter().enumerate().map(name).collect()
}
