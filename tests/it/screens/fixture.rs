//! Models made by hand: what the console shows on good days and bad ones. Nothing here asks anybody anything.

use std::sync::Arc;
use std::time::Duration;

use drlab_core::app::{Class, Event, Frozen, Look, Meter, Model, Picture, Screen, SessionKind, Theme, Timeline, Trails};
use drlab_core::assess::{
    Assessment, Check, Component, Evidence, Forecast, Gauge, Headline, Impairment, Leg, Loss, Readiness, SiteView, Whereabouts,
};
use drlab_core::config::{Config, Place, Site, Sites};
use drlab_core::domain::fact::{Fact, Instance, Point, RestorePoint, Series, Snapshotted};
use drlab_core::domain::{Cause, Kind, Reading, Region, Snapshot, Subject, Timestamp, Trouble, Value, Verdict};
use drlab_core::keymap::Keymap;
use drlab_lab::topologies::Topology;

const TERMINAL: Look = Look { theme: Theme::Terminal, ascii: false };

pub(super) fn now() -> Timestamp {
    Timestamp::parse("2026-11-20T11:02:31Z").unwrap()
}

fn ago(seconds: u64) -> Timestamp {
    now() - Duration::from_secs(seconds)
}

fn topology(name: &str) -> Config {
    Topology::named(name).unwrap().config().unwrap()
}

fn lag() -> Subject {
    Subject::metric(&Region::new("us-west-2"), "tier2-db-replica", "ReplicaLag")
}

fn replica() -> Subject {
    Subject::new(Kind::Instance, &Region::new("us-west-2"), "tier2-db-replica")
}

/// A model of `config` in which `assess` says how each workload is.
fn model(config: Config, assess: impl Fn(usize) -> Assessment) -> Model {
    let assessments = (0..config.workloads.len()).map(assess).collect();
    let mut model = Model::new(Arc::new(config), Arc::new(Keymap::default()), TERMINAL, (120, 40), now());
    model.session.kind = SessionKind::Lab { speed: 20.0 };
    (model.clock.utc_offset_seconds, model.clock.zone) = (39_600, "AEDT".to_owned());
    model.picture = Picture { snapshot: snapshot(), assessments, trails: vec![trails()], ..Picture::default() };
    model.screen = Screen::Dashboard;
    model.events = timeline();
    model.meter = Meter { calls: 5_120, calls_per_minute: 41.3, dollars_per_hour: 0.05, failed: 0 };
    model
}

/// Forty minutes of watching the replica: a while behind, and a minute in which it did not answer.
fn trails() -> Trails {
    let mut trails = Trails::default();
    for minutes in 0..40 {
        let verdict = match minutes {
            22..30 => Verdict::Degraded,
            12 => Verdict::Unknown,
            _ => Verdict::Healthy,
        };
        trails.mark("replication/database", ago(minutes * 60), verdict);
    }
    trails
}

fn snapshot() -> Snapshot {
    let mut snapshot = Snapshot::default();
    let points = (0..60u32).map(|minute| {
        let wave = f64::from(minute * 7 % 11) / 10.0;
        let hump = if (30..38).contains(&minute) { 4.0 } else { 0.0 };
        Point { at: ago(u64::from(60 - minute) * 60 + 31), value: 0.4 + wave + hump }
    });
    let series = Series { unit: "s".to_owned(), points: points.collect() };
    found(&mut snapshot, lag(), Fact::Series(series));
    let instance = Instance {
        id: "tier2-db-replica".to_owned(),
        arn: "arn:aws:rds:us-west-2:123456789012:db:tier2-db-replica".to_owned(),
        status: "available".to_owned(),
        replica_of: Some("arn:aws:rds:ap-southeast-2:123456789012:db:tier2-db".to_owned()),
        replication: Some("replicating".to_owned()),
        engine: "postgres".to_owned(),
        version: "16.4".to_owned(),
        class: "db.r6g.large".to_owned(),
        endpoint: Some("tier2-db-replica.c1.us-west-2.rds.amazonaws.com".to_owned()),
        port: Some(5432),
        storage_gb: 200,
        encrypted: true,
        ..Instance::default()
    };
    found(&mut snapshot, replica(), Fact::Instance(instance));
    snapshot
}

fn found(snapshot: &mut Snapshot, subject: Subject, fact: Fact) {
    let outcome = Ok(Value::Found { fact: Arc::new(fact), at: None });
    snapshot.take(Reading { subject, begun: ago(6), read: ago(6), outcome });
}

fn row(id: &str, place: Option<Place>, label: &str, value: &str, age: u64) -> Component {
    Component {
        id: id.to_owned(),
        place,
        label: label.to_owned(),
        verdict: Verdict::Healthy,
        value: value.to_owned(),
        number: None,
        unit: None,
        reason: None,
        source_at: Some(ago(age)),
        read_at: Some(ago(age)),
        stale: false,
        minor: false,
        gauge: None,
        series: None,
        subjects: Vec::new(),
    }
}

fn ailing(row: Component, verdict: Verdict, reason: &str) -> Component {
    Component { verdict, reason: Some(reason.to_owned()), ..row }
}

fn gauged(row: Component, have: u32, want: u32) -> Component {
    Component { gauge: Some(Gauge { have, want }), ..row }
}

fn at_primary() -> Vec<Component> {
    let place = Some(Place::Primary);
    vec![
        row("primary/edge/app", place, "edge", "2/2 healthy · p95 84ms · 5xx 0.0%", 4),
        gauged(row("primary/service/app", place, "app", "2/2 running", 2), 2, 2),
        row("primary/database", place, "db", "writable · cpu 23% · 41 conn", 6),
        row("primary/alarms", place, "alarms", "0 of 8", 12),
        row("primary/secret", place, "secret", "changed 12d4h ago", 41),
        row("primary/key", place, "key", "enabled, multi-Region", 130),
    ]
}

fn at_standby() -> Vec<Component> {
    let place = Some(Place::Standby);
    vec![
        row("standby/edge/app", place, "edge", "1/1 healthy", 4),
        gauged(row("standby/service/app", place, "app", "1/1 running (2 on failover)", 2), 1, 1),
        Component { subjects: vec![replica()], series: Some(lag()), ..row("standby/database", place, "db", "replica, promotable", 6) },
        row("standby/alarms", place, "alarms", "0 of 3", 12),
        row("standby/secret", place, "secret", "changed 12d4h ago", 38),
        row("standby/certificate", place, "cert", "valid for 212d", 610),
        row("standby/image", place, "images", "1/1 present", 95),
    ]
}

fn between() -> Vec<Component> {
    vec![
        Component { series: Some(lag()), subjects: vec![lag(), replica()], ..row("replication/database", None, "db lag", "1.2s", 62) },
        row("replication/bucket/tier2-app-data", None, "s3", "0 B · 0 ops", 41),
        row("record", None, "dns", "primary · 16/16 checkers up", 9),
    ]
}

fn around() -> Vec<Component> {
    vec![
        row("identity", None, "account", "123456789012 as role/dr-watch", 33),
        row("credentials", None, "credentials", "valid for 5h51m", 3),
        row("automation/tier2-failover", None, "automation", "tier2-failover idle", 11),
    ]
}

fn check(id: &str, title: &str, ok: Option<bool>, required: bool, why: &str) -> Check {
    Check { id: id.to_owned().into(), title: title.to_owned().into(), ok, why: why.to_owned(), required }
}

fn checks() -> Vec<Check> {
    let yes = Some(true);
    vec![
        check("target.answers", "the target region answers", yes, true, "us-west-2 answered 2 s ago"),
        check("database.target.promotable", "the replica can be promoted", yes, true, "available, replicating from tier2-db"),
        check("database.loss.bounded", "the loss is bounded", yes, true, "lag 1.2 s, 62 s ago"),
        check("service.target.images", "the images are in the target region", yes, true, "1 of 1 by digest"),
        check("service.target.capacity", "the target can run what is needed", yes, true, "2 of 2 tasks within bounds"),
        check("secret.target.writable", "the secret can be written at the target", yes, true, "independent of the primary's"),
        check("key.target.enabled", "the target's key is enabled", yes, true, "multi-Region replica, Enabled"),
        check("certificate.target", "the target serves the record's name", yes, true, "tier2.example.com, 212 days left"),
        check("dns.flippable", "the record can be flipped", yes, true, "Route 53 answers; failover pair in Z04TIER2LAB0123456789"),
        check("automation.quiet", "nothing else is failing over", yes, true, "tier2-failover is idle"),
        check("notify.target.topic", "somebody would be told", yes, false, "2 confirmed subscriptions at the standby"),
        check(
            "database.target.backups",
            "the new primary would have backups",
            Some(false),
            false,
            "the replica keeps none: for its first day after a promotion there is nothing to restore from",
        ),
    ]
}

fn readiness() -> Readiness {
    let leg = |name: &str, p50: u64, p90: u64| Leg { name: name.to_owned(), p50: Duration::from_secs(p50), p90: Duration::from_secs(p90) };
    Readiness {
        target: Some(Site::Standby),
        checks: checks(),
        loss: Loss {
            about: Some(Duration::from_millis(1_200)),
            database: Some(Duration::from_millis(61_200)),
            objects: Some(0),
            bytes: Some(0),
            grows: false,
            measured: Some(ago(60)),
            verdict: Verdict::Healthy,
            told: "~1.2s of writes, at most 1m01s · 0 objects".to_owned(),
        },
        forecast: Forecast {
            p50: Duration::from_secs(580),
            p90: Duration::from_secs(665),
            legs: vec![
                leg("detection", 40, 45),
                leg("promotion", 395, 440),
                leg("secret", 2, 5),
                leg("redeploy", 65, 85),
                leg("dns", 60, 70),
                leg("proof", 18, 20),
            ],
            latest_safe_start: Some(now() + Duration::from_secs(1_135)),
            unreachable: None,
        },
        rto: Duration::from_secs(1_800),
        rpo: Duration::from_secs(300),
    }
}

fn evidence(failures: u32) -> Vec<Evidence> {
    let says = |ok: &str, bad: &str| if failures == 0 { ok.to_owned() } else { bad.to_owned() };
    vec![
        Evidence { source: "client", failures, needed: 3, says: says("200 in 84 ms", "no answer within 3 s") },
        Evidence { source: "checkers", failures, needed: 3, says: says("16 of 16 up", "0 of 16 up") },
        Evidence { source: "targets", failures: 0, needed: 3, says: says("2 of 2 healthy", "cannot be asked: the region is dark") },
        Evidence { source: "database", failures: 0, needed: 3, says: says("available", "cannot be asked: the region is dark") },
    ]
}

/// All is well.
pub(super) fn healthy() -> Assessment {
    let site = |components| SiteView { verdict: Verdict::Healthy, components, dark_since: None, silent_since: None };
    Assessment {
        slowest: None,
        at: now(),
        verdict: Verdict::Healthy,
        reasons: Vec::new(),
        active: Whereabouts::Primary,
        landing: Whereabouts::Primary,
        headline: None,
        sites: Sites::new(site(at_primary()), site(at_standby())),
        between: between(),
        around: around(),
        impairment: Impairment {
            site: Some(Site::Primary),
            impaired: Some(false),
            why: "no source has failed".to_owned(),
            evidence: evidence(0),
            since: None,
        },
        readiness: readiness(),
    }
}

/// Sydney has not answered for 38 seconds.
fn dark() -> Assessment {
    let mut assessment = healthy();
    let why = "no answer from ap-southeast-2 for 38s";
    let stale = |row: Component| Component { stale: true, source_at: Some(ago(44)), ..ailing(row, Verdict::Unknown, why) };
    let primary = &mut assessment.sites.primary;
    primary.verdict = Verdict::Critical;
    primary.dark_since = Some(ago(38));
    primary.components = at_primary().into_iter().map(stale).collect();
    let refused = "HTTP 503 from 16 of 16 checkers, three times in a row";
    assessment.between[2] = ailing(row("record", None, "dns", "standby · 0/16 checkers up", 9), Verdict::Critical, refused);
    assessment.between[0] =
        ailing(Component { value: "39.8s".to_owned(), ..between().remove(0) }, Verdict::Degraded, "lag climbs: the source is dark");
    assessment.verdict = Verdict::Critical;
    assessment.reasons = vec![why.to_owned(), "3 of 3 client probes failed".to_owned(), "0 of 16 Route 53 checkers reach it".to_owned()];
    assessment.headline =
        Some(Headline { verdict: Verdict::Critical, text: "PRIMARY DARK 38s · USERS ON STANDBY · DATABASE READ-ONLY".to_owned() });
    assessment.landing = Whereabouts::Standby;
    assessment.impairment = Impairment {
        site: Some(Site::Primary),
        impaired: Some(true),
        why: "client and checkers each failed 3 times in a row, and us-west-2 answers".to_owned(),
        evidence: evidence(3),
        since: Some(ago(38)),
    };
    assessment.readiness.loss = Loss {
        about: Some(Duration::from_secs(1)),
        database: Some(Duration::from_secs(101)),
        verdict: Verdict::Healthy,
        told: "~1s of writes, at most 1m41s · objects unknown".to_owned(),
        ..Loss::default()
    };
    let checks = &mut assessment.readiness.checks;
    checks[5] =
        check("secret.target.writable", "the secret can be written at the target", None, true, "not read since the region went dark");
    assessment
}

/// Health-checked DNS has moved the users, and nobody has moved the database.
fn read_only() -> Assessment {
    let mut assessment = healthy();
    assessment.verdict = Verdict::Critical;
    assessment.landing = Whereabouts::Standby;
    assessment.reasons = vec!["users reach us-west-2, whose database is a replica".to_owned()];
    assessment.headline = Some(Headline { verdict: Verdict::Critical, text: "USERS ON STANDBY · DATABASE READ-ONLY".to_owned() });
    let edge = row("primary/edge/app", Some(Place::Primary), "edge", "0/2 healthy · 5xx 100%", 4);
    assessment.sites.primary.components[0] = ailing(edge, Verdict::Critical, "no healthy target: Target.ResponseCodeMismatch [503]");
    let app = gauged(row("primary/service/app", Some(Place::Primary), "app", "0/2 running", 2), 0, 2);
    assessment.sites.primary.components[1] = ailing(app, Verdict::Critical, "none of 2 tasks runs: unable to place a task");
    assessment.sites.primary.verdict = Verdict::Critical;
    assessment
}

/// Just started: nothing has answered.
fn unknown() -> Assessment {
    let mut assessment = healthy();
    let blank = |row: Component| Component {
        verdict: Verdict::Unknown,
        value: "unknown".to_owned(),
        source_at: None,
        read_at: None,
        gauge: None,
        series: None,
        ..row
    };
    for site in [Site::Primary, Site::Standby] {
        let view = assessment.sites.get_mut(site);
        view.verdict = Verdict::Unknown;
        view.components = view.components.drain(..).map(blank).collect();
    }
    assessment.between = between().into_iter().map(blank).collect();
    assessment.around = around().into_iter().map(blank).collect();
    assessment.verdict = Verdict::Unknown;
    assessment.reasons = vec!["nothing has answered yet".to_owned()];
    assessment.active = Whereabouts::Unknown("not asked yet".to_owned());
    assessment.landing = Whereabouts::Unknown("not asked yet".to_owned());
    assessment.impairment =
        Impairment { site: None, impaired: None, why: "no site has been seen to be active".to_owned(), evidence: evidence(0), since: None };
    let checks = checks().into_iter().map(|check| Check { ok: None, why: "not asked yet".to_owned(), ..check });
    assessment.readiness = Readiness {
        target: None,
        checks: checks.collect(),
        loss: Loss { told: "unknown: no lag has been seen".to_owned(), ..Loss::default() },
        forecast: Forecast::default(),
        ..readiness()
    };
    assessment
}

fn event(seconds: u64, class: Class, verdict: Verdict, what: &str, text: &str) -> Event {
    let place = Some(Place::Primary);
    let (what, text, also) = (what.to_owned(), text.to_owned(), Vec::new());
    Event { at: ago(seconds), workload: Some(0), also, place, class, verdict, what, text, subject: None, kin: None }
}

fn timeline() -> Timeline {
    use Verdict::{Critical, Degraded, Healthy};
    let events = [
        event(17, Class::Figure, Healthy, "db lag", "0.9s → 1.2s"),
        event(33, Class::Alarm, Healthy, "tier2-alb-5xx", "ALARM → OK"),
        event(95, Class::Change, Healthy, "app", "deployment COMPLETED, 2 of 2 running"),
        event(140, Class::Error, Degraded, "targets", "throttled for 12s: Rate exceeded"),
        event(188, Class::Change, Degraded, "app", "1 of 2 running → pending 1"),
        event(191, Class::Alarm, Critical, "tier2-alb-5xx", "OK → ALARM: Threshold Crossed, 1 datapoint [14.0] was greater than 5.0"),
        event(300, Class::Figure, Healthy, "db lag", "1.4s → 0.9s"),
        event(1_840, Class::Change, Healthy, "tier2-failover", "SUCCEEDED in account 123456789012"),
        event(3_600, Class::Change, Healthy, "db", "backing-up → available"),
    ];
    Timeline { events: events.into(), ..Timeline::default() }
}

pub(super) fn steady() -> Model {
    model(topology("tier2"), |_| healthy())
}

pub(super) fn region_dark() -> Model {
    let mut model = model(topology("tier2"), |_| dark());
    model.events.events.push_front(event(38, Class::Error, Verdict::Critical, "ap-southeast-2", "no answer within 3s"));
    model
}

pub(super) fn users_on_standby() -> Model {
    model(topology("tier2"), |_| read_only())
}

pub(super) fn just_started() -> Model {
    let mut model = model(topology("tier2"), |_| unknown());
    model.session.kind = SessionKind::Asking;
    model.picture.snapshot = Snapshot::default();
    model.events = Timeline::default();
    model
}

/// Two dozen workloads, most of them well.
pub(super) fn fleet() -> Model {
    let mut config = topology("fleet");
    config.workloads.truncate(24);
    let mut model = model(config, |index| match index {
        3 => dark(),
        7 => read_only(),
        11 | 12 => unknown(),
        _ => healthy(),
    });
    model.screen = Screen::Workloads;
    model
}

/// What an unfriendly source could send.
pub(super) fn hostile() -> Model {
    let mut config = topology("tier2");
    config.workloads[0].name = "\u{1b}]0;owned\u{7}東京リージョン本番決済システム\u{202e}gnorw".to_owned();
    let mut model = model(config, |_| {
        let mut assessment = healthy();
        let endless = "very-long-name-".repeat(300);
        let escape = "\u{1b}[2J\u{1b}[31mred\u{9b}0m\r\nnext";
        assessment.sites.primary.components[0].label = "データベース東京".to_owned();
        assessment.sites.primary.components[1].value = escape.to_owned();
        let named = ailing(assessment.sites.primary.components[2].clone(), Verdict::Degraded, &endless);
        assessment.sites.primary.components[2] = named;
        assessment.sites.standby.components[0].value =
            "e\u{301}\u{301}\u{301}\u{301} ｆｕｌｌｗｉｄｔｈ 全角文字の値がここにあります".to_owned();
        assessment.around[0].value.clone_from(&endless);
        assessment.reasons = vec![escape.to_owned(), endless.clone()];
        assessment.verdict = Verdict::Degraded;
        assessment.readiness.checks[0].why = endless;
        assessment
    });
    model.events.events.push_front(event(
        1,
        Class::Change,
        Verdict::Critical,
        "警報\u{200b}\u{1b}[0m",
        "状態が変わりました → \u{85}\u{2028}x",
    ));
    model
}

pub(super) fn frozen() -> Model {
    let mut model = steady();
    model.frozen = Some(Frozen { since: ago(38), behind: Picture::default(), missed: 12, held: Timeline::default() });
    model
}

/// 150 alarms at once, and the events that go with them.
pub(super) fn ringing() -> Model {
    let mut model = model(topology("tier2"), |_| {
        let mut assessment = healthy();
        let alarms = row("primary/alarms", Some(Place::Primary), "alarms", "150 of 150 ringing", 12);
        let names: Vec<_> = (1..=150).map(|number| format!("tier2-alarm-{number:03}")).collect();
        assessment.sites.primary.components[3] = ailing(alarms, Verdict::Critical, &format!("ringing: {}", names.join(", ")));
        assessment.sites.primary.verdict = Verdict::Critical;
        assessment.verdict = Verdict::Critical;
        assessment.reasons = vec!["150 alarms ring in ap-southeast-2".to_owned()];
        assessment
    });
    for number in 1..=150 {
        let name = format!("tier2-alarm-{number:03}");
        model.events.events.push_front(event(10, Class::Alarm, Verdict::Critical, &name, "OK → ALARM"));
    }
    model.events.dropped = 512;
    model
}

/// Where somebody is looking at something in particular.
pub(super) fn looking_at(mut model: Model, component: &str) -> Model {
    model.cursors.dashboard = Some(component.to_owned());
    model
}

pub(super) fn on(mut model: Model, screen: Screen) -> Model {
    model.screen = screen;
    model
}

pub(super) fn in_theme(mut model: Model, theme: Theme, ascii: bool) -> Model {
    model.look = Look { theme, ascii };
    model
}

/// The replica could not be asked, as the detail view tells it.
pub(super) fn replica_fails(mut model: Model) -> Model {
    let outcome = || Err(Trouble::new(Cause::Throttled, "throttled: Rate exceeded"));
    for seconds in [4, 2] {
        model.picture.snapshot.take(Reading { subject: replica(), begun: ago(seconds), read: ago(seconds), outcome: outcome() });
    }
    model
}

/// The source's snapshots are copied to the standby's region every night; the replica has none of its own.
pub(super) fn with_a_backup(mut model: Model) -> Model {
    let snapshot = Snapshotted { id: "tier2-db-nightly".to_owned(), at: ago(8 * 3_600), kind: "automated".to_owned() };
    let copied = RestorePoint { snapshot: Some(snapshot), ..RestorePoint::default() };
    for (of, point) in [("tier2-db", copied), ("tier2-db-replica", RestorePoint::default())] {
        found(&mut model.picture.snapshot, Subject::new(Kind::RestorePoint, &Region::new("us-west-2"), of), Fact::RestorePoint(point));
    }
    model
}
