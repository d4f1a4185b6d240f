use super::{Verdict, since};
use crate::drills::carry::{End, Told};

/// Nobody has armed anything: nothing is changed, neither by AWS's API nor by a page of the application that writes.
pub(in crate::drills) fn watching_changes_nothing(told: &Told) -> Verdict {
    if told.end != End::Watched {
        return Ok(());
    }
    if let Some(asked) = told.witness.asked.first() {
        return Err(format!("{} in {} at {:.1}", asked.operation, asked.region, since(asked.at)));
    }
    let writes = told.rig.stage.config.workloads[0].dns.as_ref().and_then(|dns| dns.probe.write_path.clone());
    let visit = told.rig.way.lab().log(|log| log.visits().find(|visit| visit.path.split('?').next() == writes.as_deref()).cloned());
    match visit {
        Some(visit) => Err(format!("http://{}{} at {:.1}", visit.host, visit.path, since(visit.at))),
        None if told.witness.moments.is_empty() => Err("nobody has looked".to_owned()),
        None => Ok(()),
    }
}
