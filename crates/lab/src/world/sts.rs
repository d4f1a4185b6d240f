//! Who is asking. Every signed request is the lab's operator.

use super::{Answer, Call, Operation, Service, World};
use crate::doc;

pub const SERVICE: Service = Service { name: "sts", operations: &[Operation::read("GetCallerIdentity", get_caller_identity)] };

fn get_caller_identity(world: &mut World, _call: &Call) -> Answer {
    Ok(doc! {
        "UserId": "AROALABOPERATOR:drlab",
        "Account": world.account.clone(),
        "Arn": format!("arn:aws:sts::{}:assumed-role/lab-operator/drlab", world.account),
    }
    .into())
}
