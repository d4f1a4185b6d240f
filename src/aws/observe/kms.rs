//! Whether the key that everything is encrypted with can be used.

use drlab_core::domain::fact::Key;
use drlab_core::domain::{Kind, Region, Subject, Trouble};

use super::Findings;
use super::answers::{existing, serious, text};
use crate::aws::RegionClients;

pub(super) async fn key(region: &RegionClients, at: &Region, id: &str) -> Result<Findings, Trouble> {
    let answer = region.kms.describe_key().key_id(id).send().await.map_err(|error| serious(&error, &["NotFoundException"]));
    let Some(found) = existing(answer)?.and_then(|answer| answer.key_metadata) else { return Ok(Findings::new()) };
    let role = found.multi_region_configuration().and_then(|regions| regions.multi_region_key_type());
    let key = Key {
        id: found.key_id().to_owned(),
        arn: text(found.arn()),
        state: text(found.key_state().map(|state| state.as_str())),
        multi_region: found.multi_region().unwrap_or(false),
        role: role.map(|role| role.as_str().to_owned()),
    };
    Ok(Findings::from([(Subject::new(Kind::Key, at, id), key.into())]))
}
