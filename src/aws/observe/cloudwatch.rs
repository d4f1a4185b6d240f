use drlab_core::domain::{Cause, MetricQuery, Region, Timestamp, Trouble};

use super::Findings;
use crate::aws::RegionClients;

pub(super) async fn metrics(_: &RegionClients, _: &[MetricQuery], _: Timestamp) -> Result<Findings, Trouble> {
    Err(Trouble::new(Cause::NotYet, "not built"))
}

pub(super) async fn alarms(_: &RegionClients, _: &Region, _: &[String]) -> Result<Findings, Trouble> {
    Err(Trouble::new(Cause::NotYet, "not built"))
}
