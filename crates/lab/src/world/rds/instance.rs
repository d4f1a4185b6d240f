//! One database instance: what it is, what it is doing, and until when.

use std::collections::BTreeMap;
use std::time::Duration;

use drlab_core::domain::{Region, Timestamp};

use super::super::{ApiError, Fault, Span, TimelineId, World};
use super::arn::{name_of, no_instance};
use super::backup::Restorable;
use super::events::Source;
use super::window::DailyWindow;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Engine {
    #[default]
    Postgres,
    Mysql,
    MariaDb,
    AuroraPostgres,
    AuroraMysql,
}

impl Engine {
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        [Self::Postgres, Self::Mysql, Self::MariaDb, Self::AuroraPostgres, Self::AuroraMysql].into_iter().find(|e| e.name() == name)
    }

    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Postgres => "postgres",
            Self::Mysql => "mysql",
            Self::MariaDb => "mariadb",
            Self::AuroraPostgres => "aurora-postgresql",
            Self::AuroraMysql => "aurora-mysql",
        }
    }

    #[must_use]
    pub const fn default_version(self) -> &'static str {
        match self {
            Self::Postgres => "17.6",
            Self::Mysql => "8.4.6",
            Self::MariaDb => "11.8.3",
            Self::AuroraPostgres => "16.9",
            Self::AuroraMysql => "8.0.mysql_aurora.3.10.0",
        }
    }

    /// The parameter group family of a version, such as `postgres17` or `mysql8.4`.
    #[must_use]
    pub fn family(self, version: &str) -> String {
        let parts = if self.is_postgres() { 1 } else { 2 };
        format!("{}{}", self.name(), version.split('.').take(parts).collect::<Vec<_>>().join("."))
    }

    #[must_use]
    pub const fn port(self) -> u16 {
        if self.is_postgres() { 5432 } else { 3306 }
    }

    #[must_use]
    pub const fn is_postgres(self) -> bool {
        matches!(self, Self::Postgres | Self::AuroraPostgres)
    }

    #[must_use]
    pub const fn is_aurora(self) -> bool {
        matches!(self, Self::AuroraPostgres | Self::AuroraMysql)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    Available,
    BackingUp,
    Creating,
    Deleting,
    Modifying,
    Rebooting,
    Starting,
    Stopped,
    Stopping,
}

impl Status {
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Available => "available",
            Self::BackingUp => "backing-up",
            Self::Creating => "creating",
            Self::Deleting => "deleting",
            Self::Modifying => "modifying",
            Self::Rebooting => "rebooting",
            Self::Starting => "starting",
            Self::Stopped => "stopped",
            Self::Stopping => "stopping",
        }
    }

    /// Whether the database process runs in this state.
    #[must_use]
    pub const fn runs(self) -> bool {
        matches!(self, Self::Available | Self::BackingUp | Self::Modifying)
    }
}

/// What a modification changes, waiting (`PendingModifiedValues`) or on its way.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Changes {
    pub class: Option<String>,
    pub storage_gib: Option<u32>,
    pub multi_az: Option<bool>,
    pub retention_days: Option<u32>,
    pub version: Option<String>,
}

/// How a replica stands with its source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ReplicationState {
    Replicating,
    Error(String),
    /// The source was deleted. PostgreSQL's cross-region replicas stay as they are, waiting for a promotion.
    Terminated,
}

#[derive(Clone, Debug)]
pub struct Replication {
    pub source_region: Region,
    pub source: String,
    /// The very instance, should another one take its name.
    pub source_resource: String,
    /// Rows of the timeline up to here are in this database.
    pub applied_to: Timestamp,
    pub state: ReplicationState,
    /// Has fallen behind and drains at a limited pace.
    pub(super) catching_up: bool,
}

/// A promotion under way.
#[derive(Clone, Copy, Debug)]
pub struct Promotion {
    pub retention_days: u32,
    pub backup_window: DailyWindow,
}

#[derive(Clone, Debug)]
pub struct Instance {
    pub id: String,
    pub arn: String,
    pub resource_id: String,
    pub host: String,
    pub port: u16,
    pub engine: Engine,
    pub version: String,
    pub class: String,
    pub storage_gib: u32,
    pub multi_az: bool,
    pub zone: char,
    pub retention_days: u32,
    pub backup_window: DailyWindow,
    pub maintenance_window: String,
    pub parameter_group: String,
    /// The parameters in force, which may be older than the group's.
    pub parameters: BTreeMap<String, String>,
    pub parameters_await_reboot: bool,
    pub security_groups: Vec<String>,
    pub subnet_group: String,
    pub kms_key: Option<String>,
    pub username: String,
    pub database: Option<String>,
    pub created: Timestamp,
    pub tags: Vec<(String, String)>,
    pub deletion_protection: bool,
    pub status: Status,
    /// When the present status ends.
    pub until: Option<Timestamp>,
    /// Waiting for the maintenance window.
    pub pending: Changes,
    /// Being made now.
    pub changing: Changes,
    pub replication: Option<Replication>,
    pub replicas: Vec<(Region, String)>,
    pub promotion: Option<Promotion>,
    pub cluster: Option<String>,
    pub promotion_tier: u32,
    pub timeline: TimelineId,
    /// Says available after its promotion and still refuses writes.
    pub liar: bool,
    /// Backups were switched on and the first one is yet to be taken.
    pub owes_backup: bool,
    pub restorable: Option<Restorable>,
    /// When the newest daily backup's window opened.
    pub backed_up: Timestamp,
    /// Clients' connections, as the application last noted them.
    pub connections: f64,
    /// Rows written a second, by clients or by replication.
    pub load: f64,
    pub(super) noted: Timestamp,
    /// The newest instant about which this database wrote anything to its log.
    pub(super) wal: Timestamp,
    pub(super) stored_bytes: f64,
    /// How many things have befallen it: names its luck.
    pub(super) occasions: u64,
}

impl Instance {
    /// Whether its parameters make it refuse writes.
    pub fn is_fenced_by_parameter(&self) -> bool {
        ["default_transaction_read_only", "read_only"]
            .into_iter()
            .filter_map(|name| self.parameters.get(name))
            .any(|value| matches!(value.as_str(), "1" | "on" | "true" | "ON"))
    }

    /// How far a backup taken now would reach.
    pub(super) fn holds_to(&self, now: Timestamp) -> Timestamp {
        match &self.replication {
            Some(replication) if self.promotion.is_none() => replication.applied_to,
            _ => now,
        }
    }
}

pub(super) fn instance<'w>(world: &'w World, region: &Region, id: &str) -> Option<&'w Instance> {
    world.regional.get(region)?.rds.instances.get(id)
}

pub(super) fn instance_mut<'w>(world: &'w mut World, region: &Region, id: &str) -> Option<&'w mut Instance> {
    world.regional.get_mut(region)?.rds.instances.get_mut(id)
}

/// The instance a request names, by identifier or ARN.
pub(super) fn named<'w>(world: &'w World, region: &Region, text: &str) -> Result<&'w Instance, ApiError> {
    let id = name_of(text);
    world.here(region)?.rds.instances.get(&id).ok_or_else(|| no_instance(&id))
}

/// Whether the database's process answers, whatever the API says of it.
pub(super) fn is_up(world: &World, region: &Region, instance: &Instance) -> bool {
    let down = |component: &str| world.faults.hits(Fault::DatabaseDown, region, component);
    instance.status.runs() && !down(&instance.id) && !instance.cluster.as_deref().is_some_and(down)
}

/// Draws how long the next thing that befalls this instance takes.
pub(super) fn draw(world: &mut World, region: &Region, id: &str, what: &'static str, span: Span) -> Duration {
    let nth = instance_mut(world, region, id).map_or(0, |instance| {
        instance.occasions += 1;
        instance.occasions
    });
    world.chance.between((what, region.as_str(), id, nth), span)
}

/// Brings an instance into a status, and the truth with it.
pub(super) fn turn(world: &mut World, region: &Region, id: &str, status: Status, lasting: Option<Duration>) {
    let now = world.now();
    let Some(instance) = instance_mut(world, region, id) else { return };
    instance.status = status;
    instance.until = lasting.map(|lasting| now + lasting);
    world.truth.note(now, Some(region), "rds", id, status.name());
}

/// Tells an event of an instance.
pub(super) fn tell(world: &mut World, region: &Region, id: &str, category: &'static str, message: impl Into<String>) {
    let Some(arn) = instance(world, region, id).map(|instance| instance.arn.clone()) else { return };
    super::events::tell(world, region, Source::Instance, id, arn, category, message.into());
}
