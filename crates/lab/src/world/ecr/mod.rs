//! Images: which region can start which task, and how images get from one region to another.
//!
//! Replication copies what is pushed after its rules were made, repository by repository; the copy lands when its time has come and both
//! regions can be reached.

mod calls;
mod registry;

pub use registry::{Ecr, Image, PullError, Replica, ReplicationRule, Repository, Status};
pub use registry::{add_image, add_repository, digest_of, pulse, push_image, replicate};

use super::{Gauges, Operation, Service, World};

pub const SERVICE: Service = Service {
    name: "ecr",
    operations: &[
        Operation::read("DescribeRepositories", calls::describe_repositories),
        Operation::read("DescribeImages", calls::describe_images),
        Operation::read("DescribeImageReplicationStatus", calls::describe_image_replication_status),
        Operation::read("DescribeRegistry", calls::describe_registry),
    ],
};

/// ECR's own metrics count pulls by API, of which the lab has none.
pub fn measure(_world: &mut World, _gauges: &mut Gauges) {}
