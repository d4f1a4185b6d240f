//! A Step Functions machine, and whether it is at work.

use aws_sdk_sfn::types::ExecutionListItem;
use drlab_core::domain::fact::{Execution, Machine};
use drlab_core::domain::{Kind, Region, Subject, Trouble};

use super::Findings;
use super::answers::{Page, endless, existing, instant, pages, serious, token, when};
use crate::aws::RegionClients;
use crate::aws::trouble::trouble;

const NEWEST: i32 = 10;
const MACHINES_A_PAGE: i32 = 1000;
const ABSENT: &[&str] = &["StateMachineDoesNotExist"];

pub(super) async fn machine(region: &RegionClients, at: &Region, name: &str) -> Result<Findings, Trouble> {
    let arn = if name.starts_with("arn:") { Some(name.to_owned()) } else { arn_of(region, name).await? };
    let Some(arn) = arn else { return Ok(Findings::new()) };
    let (described, executions) = tokio::join!(
        region.states.describe_state_machine().state_machine_arn(&arn).send(),
        region.states.list_executions().state_machine_arn(&arn).max_results(NEWEST).send(),
    );
    let described = existing(described.map_err(|error| serious(&error, ABSENT)))?;
    let executions = existing(executions.map_err(|error| serious(&error, ABSENT)))?;
    let (Some(described), Some(executions)) = (described, executions) else { return Ok(Findings::new()) };
    let mut executions: Vec<Execution> = executions.executions().iter().map(execution).collect();
    executions.sort_by_key(|execution| std::cmp::Reverse(execution.started_at));
    let status = described.status().map(|status| status.as_str().to_owned());
    let machine = Machine { arn, name: described.name().to_owned(), status, executions };
    Ok(Findings::from([(Subject::new(Kind::Machine, at, name), machine.into())]))
}

/// An ARN holds the account, which the configuration need not be right about: the list is asked.
async fn arn_of(region: &RegionClients, name: &str) -> Result<Option<String>, Trouble> {
    let listed = pages(|next| {
        let request = region.states.list_state_machines().max_results(MACHINES_A_PAGE).set_next_token(next);
        async move {
            let page = request.send().await.map_err(|error| trouble(&error))?;
            Ok::<_, Trouble>(Page { items: page.state_machines, next: token(page.next_token) })
        }
    });
    let listed = listed.await?;
    let found = listed.items.iter().find(|machine| machine.name() == name).map(|machine| machine.state_machine_arn().to_owned());
    if found.is_none() && !listed.whole { Err(endless("state machines")) } else { Ok(found) }
}

fn execution(from: &ExecutionListItem) -> Execution {
    Execution {
        name: from.name().to_owned(),
        arn: from.execution_arn().to_owned(),
        status: from.status().as_str().to_owned(),
        started_at: instant(from.start_date()),
        stopped_at: when(from.stop_date()),
    }
}
