use drlab_core::domain::{Cause, Question, Trouble};

use super::Findings;
use crate::aws::RegionClients;

pub(super) async fn identity(_: &RegionClients, _: &Question) -> Result<Findings, Trouble> {
    Err(Trouble::new(Cause::NotYet, "not built"))
}
