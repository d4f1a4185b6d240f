use drlab_core::domain::{Cause, Trouble};

use super::Findings;
use crate::aws::Clients;

pub(super) async fn zone(_: &Clients, _: &str) -> Result<Findings, Trouble> {
    Err(Trouble::new(Cause::NotYet, "not built"))
}

pub(super) async fn records(_: &Clients, _: &str, _: &[String]) -> Result<Findings, Trouble> {
    Err(Trouble::new(Cause::NotYet, "not built"))
}

pub(super) async fn health_checks(_: &Clients, _: &[String]) -> Result<Findings, Trouble> {
    Err(Trouble::new(Cause::NotYet, "not built"))
}

pub(super) async fn checkers(_: &Clients, _: &str) -> Result<Findings, Trouble> {
    Err(Trouble::new(Cause::NotYet, "not built"))
}
