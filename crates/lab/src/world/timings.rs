//! How long things take. Defaults are what AWS and operators report (sources beside each); a topology may set any of them.

use super::chance::Span;

macro_rules! timings {
    ($($(#[doc = $says:literal])+ $name:ident = $least:literal ..= $most:literal),* $(,)?) => {
        /// Stretches of time, each drawn anew for each occasion.
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub struct Timings { $($(#[doc = $says])+ pub $name: Span),* }

        impl Default for Timings {
            fn default() -> Self {
                Self { $($name: Span::secs($least, $most)),* }
            }
        }

        impl Timings {
            pub const NAMES: &'static [&'static str] = &[$(stringify!($name)),*];

            /// The stretch called `name`, to be set.
            pub fn named(&mut self, name: &str) -> Option<&mut Span> {
                match name {
                    $(stringify!($name) => Some(&mut self.$name),)*
                    _ => None,
                }
            }
        }
    };
}

timings! {
    /// RDS: `modifying` during a promotion ("several minutes or longer", RDS user guide on promoting a read replica).
    promotion_modifying = 120 ..= 300,
    /// RDS: `rebooting` during a promotion (the instance is rebooted as part of it, same page).
    promotion_rebooting = 20 ..= 60,
    /// RDS: `backing-up` after a promotion that turns backups on (the first backup of an instance).
    promotion_backing_up = 60 ..= 300,
    /// RDS: a daily backup of an instance with backups on.
    daily_backup = 60 ..= 300,
    /// RDS: any other modification applied immediately.
    database_modifying = 60 ..= 300,
    /// RDS: a plain reboot.
    database_rebooting = 20 ..= 60,
    /// RDS: `creating` of a restored instance or a new replica (usable at `available`, loads lazily).
    database_creating = 300 ..= 900,
    /// RDS: a manual snapshot.
    snapshot_creating = 60 ..= 240,
    /// RDS: a snapshot's copy to another region.
    snapshot_copying = 180 ..= 600,
    /// Aurora: `SwitchoverGlobalCluster`, from `pending` to done ("order of minutes").
    aurora_switchover = 45 ..= 180,
    /// Aurora: `FailoverGlobalCluster`.
    aurora_failover = 60 ..= 300,
    /// Aurora: the old primary from `pending-resync` to `connected`.
    aurora_resync = 120 ..= 600,
    /// ECS on Fargate: 53-62 s from created to started for a 413 MB image, in three parts. First PROVISIONING,
    task_provisioning = 8 ..= 20,
    /// then PENDING (the image is pulled),
    task_pending = 15 ..= 45,
    /// then ACTIVATING (targets are registered).
    task_activating = 2 ..= 10,
    /// ECS: from SIGTERM to stopped.
    task_stopping = 5 ..= 30,
    /// ECR: an image's replication to another region ("the majority within 30 minutes"; a few hundred MB take a minute or two).
    image_replication = 30 ..= 180,
    /// ALB: `initial` until the first passed check.
    target_initial = 5 ..= 30,
    /// ALB: deregistration delay.
    target_draining = 300 ..= 300,
    /// Route 53: PENDING until INSYNC (usually within 60 s).
    record_change = 15 ..= 60,
    /// Route 53: the same while `dns-slow` is at work.
    record_change_slow = 180 ..= 600,
    /// Resolvers: for how long beyond its TTL an answer is kept while `dns-slow` is at work.
    resolver_overstay = 300 ..= 900,
    /// CloudWatch: how late a point arrives.
    metric_delay = 60 ..= 180,
    /// S3: one object's replication when nothing is wrong (most objects within seconds, 99.99 % within 15 min under RTC).
    object_replication = 2 ..= 20,
    /// S3: RestoreObject from Glacier Flexible Retrieval, tier Expedited (1-5 min, S3 user guide on archive retrieval options).
    restore_expedited = 60 ..= 300,
    /// S3: the same, tier Standard (3-5 h).
    restore_standard = 10_800 ..= 18_000,
    /// S3: the same, tier Bulk (5-12 h).
    restore_bulk = 18_000 ..= 43_200,
    /// S3: RestoreObject from Deep Archive, tier Standard (within 12 h).
    restore_deep_standard = 32_400 ..= 43_200,
    /// S3: the same, tier Bulk (within 48 h).
    restore_deep_bulk = 129_600 ..= 172_800,
    /// Secrets Manager: from a change of the primary secret until a replica has it (operators report seconds).
    secret_replication = 1 ..= 5,
    /// KMS: keys are `Updating` while their primary Region changes (the KMS guide speaks of a brief, inconsistent state).
    key_updating = 10 ..= 60,
    /// Application Auto Scaling: cooldown between two actions of a policy.
    scaling_cooldown = 60 ..= 60,
    /// Lambda: one run of a named function.
    function_run = 1 ..= 5,
    /// Step Functions: one state of a named machine that waits for nothing.
    machine_state = 1 ..= 3,
}
