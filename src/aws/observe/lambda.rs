//! A function, and whether it may run.

use drlab_core::domain::fact::Function;
use drlab_core::domain::{Kind, Region, Subject, Trouble};

use super::Findings;
use super::answers::{existing, serious, text};
use crate::aws::RegionClients;

const ABSENT: &[&str] = &["ResourceNotFoundException"];

pub(super) async fn function(region: &RegionClients, at: &Region, name: &str) -> Result<Findings, Trouble> {
    let (set, reserved) = tokio::join!(
        region.lambda.get_function_configuration().function_name(name).send(),
        region.lambda.get_function_concurrency().function_name(name).send(),
    );
    let set = existing(set.map_err(|error| serious(&error, ABSENT)))?;
    let reserved = existing(reserved.map_err(|error| serious(&error, ABSENT)))?;
    let (Some(set), Some(reserved)) = (set, reserved) else { return Ok(Findings::new()) };
    let function = Function {
        name: text(set.function_name()),
        arn: text(set.function_arn()),
        state: set.state().map(|state| state.as_str().to_owned()),
        last_update: set.last_update_status().map(|status| status.as_str().to_owned()),
        reserved_concurrency: reserved.reserved_concurrent_executions(),
        runtime: set.runtime().map(|runtime| runtime.as_str().to_owned()),
        timeout_seconds: set.timeout(),
    };
    Ok(Findings::from([(Subject::new(Kind::Function, at, name), function.into())]))
}
