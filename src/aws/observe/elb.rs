use drlab_core::domain::{Cause, Region, Trouble};

use super::Findings;
use crate::aws::RegionClients;

pub(super) async fn target_groups(_: &RegionClients, _: &Region, _: &[String]) -> Result<Findings, Trouble> {
    Err(Trouble::new(Cause::NotYet, "not built"))
}

pub(super) async fn targets(_: &RegionClients, _: &Region, _: &str) -> Result<Findings, Trouble> {
    Err(Trouble::new(Cause::NotYet, "not built"))
}
