use drlab_core::domain::{Cause, Region, Trouble};

use super::Findings;
use crate::aws::RegionClients;

pub(super) async fn rule(_: &RegionClients, _: &Region, _: &str) -> Result<Findings, Trouble> {
    Err(Trouble::new(Cause::NotYet, "not built"))
}
