//! What is known of a secret without reading it.

use aws_sdk_secretsmanager::types::ReplicationStatusType;
use drlab_core::domain::fact::{Secret, SecretReplica};
use drlab_core::domain::{Kind, Region, Subject, Trouble};

use super::Findings;
use super::answers::{existing, said, serious, text, when};
use crate::aws::RegionClients;

pub(super) async fn secret(region: &RegionClients, at: &Region, id: &str) -> Result<Findings, Trouble> {
    let answer = region.secrets.describe_secret().secret_id(id).send().await;
    let Some(found) = existing(answer.map_err(|error| serious(&error, &["ResourceNotFoundException"])))? else {
        return Ok(Findings::new());
    };
    let secret = Secret {
        name: text(found.name()),
        arn: text(found.arn()),
        primary_region: said(found.primary_region()).map(Region::from),
        replicas: found.replication_status().iter().filter_map(replica).collect(),
        last_changed: when(found.last_changed_date()),
        rotation: found.rotation_enabled().unwrap_or(false),
        deleted_at: when(found.deleted_date()),
    };
    Ok(Findings::from([(Subject::new(Kind::Secret, at, id), secret.into())]))
}

fn replica(from: &ReplicationStatusType) -> Option<SecretReplica> {
    Some(SecretReplica {
        region: Region::from(said(from.region())?),
        status: text(from.status().map(|status| status.as_str())),
        message: said(from.status_message()),
    })
}
