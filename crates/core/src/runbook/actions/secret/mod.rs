//! What is done to the secret that tells the application where its database is.

pub(super) mod promote;
pub(super) mod update_endpoint;

#[cfg(test)]
mod tests;

use super::judging::database;
use crate::domain::fact::Secret;
use crate::domain::{Region, Subject};
use crate::runbook::{Scene, Standing};

fn subject(scene: &Scene<'_>) -> Option<Subject> {
    scene.workload.database.as_ref().and_then(|database| scene.workload.secret_subject(database, scene.site()))
}

/// The secret at the stage's site, by the name it is asked for.
fn here<'a>(scene: &Scene<'a>) -> Result<(&'a str, &'a Secret), Standing> {
    let secret = database(scene)?.secret.as_ref().ok_or_else(|| Standing::stuck("no secret is configured"))?;
    let subject = subject(scene).ok_or_else(|| Standing::stuck("no secret is configured"))?;
    let found: &Secret = scene.see(&subject).or_wait(&subject)?;
    if let Some(at) = found.deleted_at {
        return Err(Standing::stuck(format!("{subject} was deleted at {at}")));
    }
    Ok((secret.at(scene.site()), found))
}

/// Where else it is written, if it is a replica here.
fn written_in<'a>(found: &'a Secret, here: &Region) -> Option<&'a Region> {
    found.primary_region.as_ref().filter(|region| *region != here)
}
