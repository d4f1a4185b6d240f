use drlab_core::domain::{Cause, Region, Trouble};

use super::Findings;
use crate::aws::RegionClients;

pub(super) async fn instances(_: &RegionClients, _: &Region) -> Result<Findings, Trouble> {
    Err(Trouble::new(Cause::NotYet, "not built"))
}

pub(super) async fn clusters(_: &RegionClients, _: &Region) -> Result<Findings, Trouble> {
    Err(Trouble::new(Cause::NotYet, "not built"))
}

pub(super) async fn global_clusters(_: &RegionClients, _: &Region) -> Result<Findings, Trouble> {
    Err(Trouble::new(Cause::NotYet, "not built"))
}

pub(super) async fn restore_points(_: &RegionClients, _: &Region, _: &[String]) -> Result<Findings, Trouble> {
    Err(Trouble::new(Cause::NotYet, "not built"))
}
