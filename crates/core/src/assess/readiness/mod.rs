//! Would a failover succeed now? Each check answers yes, no or “cannot be told”, with the figures it rests on.

mod access;
mod checks;
mod compute;
mod data;
mod database;
mod dns;

use super::assessment::{Check, Forecast, Whereabouts};
use super::look::Look;
use super::roles::Roles;
use crate::domain::Timestamp;
use checks::Checks;

pub(crate) fn checks(look: Look<'_>, roles: &Roles, forecast: &Forecast, outage: Option<Timestamp>) -> Vec<Check> {
    let (Some(source), Some(target)) = (roles.source, roles.target()) else { return Vec::new() };
    let mut checks = Checks { look, source, target, list: Vec::new() };
    access::check(&mut checks, forecast);
    database::check(&mut checks, roles.active == Whereabouts::Both, outage);
    compute::check(&mut checks);
    data::check(&mut checks);
    dns::check(&mut checks, roles);
    access::quiet(&mut checks);
    checks.list
}
