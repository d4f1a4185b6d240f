//! What has to be asked so that a configuration can be assessed: batched as AWS's limits allow, shared by all workloads of a fleet, and grown by
//! what has been learnt (a metric of a load balancer needs the load balancer's name).

mod placeholder;

pub use placeholder::questions;
