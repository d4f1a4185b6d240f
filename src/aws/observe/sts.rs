//! Whose credentials these are, as the region itself says: the global endpoint is one region's affair.

use drlab_core::domain::fact::Identity;
use drlab_core::domain::{Question, Trouble};

use super::Findings;
use super::answers::text;
use crate::aws::RegionClients;
use crate::aws::trouble::trouble;

pub(super) async fn identity(region: &RegionClients, question: &Question) -> Result<Findings, Trouble> {
    let caller = region.sts.get_caller_identity().send().await.map_err(|error| trouble(&error))?;
    let identity = Identity { account: text(caller.account()), arn: text(caller.arn()) };
    Ok(question.subjects().into_iter().map(|subject| (subject, identity.clone().into())).collect())
}
