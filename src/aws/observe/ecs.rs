use drlab_core::domain::{Cause, Region, Trouble};

use super::Findings;
use crate::aws::RegionClients;

pub(super) async fn services(_: &RegionClients, _: &Region, _: &str, _: &[String]) -> Result<Findings, Trouble> {
    Err(Trouble::new(Cause::NotYet, "not built"))
}

pub(super) async fn tasks(_: &RegionClients, _: &Region, _: &str, _: &str) -> Result<Findings, Trouble> {
    Err(Trouble::new(Cause::NotYet, "not built"))
}
