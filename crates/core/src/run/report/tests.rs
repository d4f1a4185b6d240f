use std::collections::BTreeMap;
use std::time::Duration;

use super::Report;
use crate::config::{Config, EXAMPLE, Site};
use crate::domain::{Change, Receipt, Region, Timestamp, What};
use crate::run::{Declared, Ending, Finished, Guarded, Record, replay};
use crate::runbook::{Certainty, shelf};

const HOSTILE: &str = "<script>alert(1)</script> | `x` [a](https://evil.example/p) & \"q\" \u{1b}[2J 123456789012";
const WEBHOOK: &str = "https://hooks.example.com/T000/SECRET";

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_secs(1_795_000_000 + seconds)
}

fn config() -> Config {
    let mut config = Config::parse("example", EXAMPLE, &[]).unwrap();
    config.workloads.truncate(1);
    config
}

fn journal(hostile: &str) -> Vec<(Timestamp, Record)> {
    let config = config();
    let (books, _) = shelf(&[], &|action| action.deed());
    let book = books.iter().find(|book| book.name == "unplanned_failover").unwrap();
    let region = Region::new("us-west-2");
    let stage = |id: &str| id.to_owned();
    let intent = |nth, id: &str, what| Record::Intent { stage: stage(id), nth, change: Change::new(&region, what), keep: BTreeMap::new() };
    let accepted = |nth| Record::Answered { nth, receipt: Receipt::Accepted { told: BTreeMap::new() } };
    let declared = Declared {
        run: "20261118t000000-x".to_owned(),
        version: "0.1.0".to_owned(),
        workload: config.workloads[0].name.clone(),
        account: config.workloads[0].account.clone(),
        runbook: book.name.clone(),
        runbook_text: book.text.clone(),
        config_text: config.to_toml().unwrap(),
        source: Site::Primary,
        outage_at: Some(at(-60)),
        reason: hostile.to_owned(),
        who: hostile.to_owned(),
        lab: true,
    };
    let guards = vec![Guarded { guard: "source.impaired".to_owned(), holds: Some(false), why: hostile.to_owned() }];
    vec![
        (at(0), Record::Declared(Box::new(declared))),
        (at(1), Record::Ready { stage: stage("promote") }),
        (at(10), Record::Guarded { stage: stage("promote"), guards }),
        (
            at(40),
            Record::Overridden {
                stage: stage("promote"),
                guard: "source.impaired".to_owned(),
                reason: hostile.to_owned(),
                who: "ann".to_owned(),
            },
        ),
        (at(41), Record::Stated { loss_seconds: Some(3.0), objects: None, told: "at most 3s".to_owned() }),
        (at(41), intent(0, "promote", What::PromoteReplica { instance: hostile.to_owned() })),
        (at(42), accepted(0)),
        (at(141), Record::Done { stage: stage("promote"), shows: hostile.to_owned(), certainty: Certainty::Proven }),
        (at(150), intent(1, "scale", What::SuspendScaling { cluster: "c".to_owned(), service: "s".to_owned(), suspended: true })),
        (at(151), Record::Answered { nth: 1, receipt: Receipt::Refused { code: "X".to_owned(), text: format!("posted to {WEBHOOK}") } }),
        (at(160), intent(2, "hold", What::SetRule { rule: "r".to_owned(), enabled: false })),
        (at(161), accepted(2)),
        (at(170), Record::Owed { stage: stage("pin"), why: format!("dark; see {WEBHOOK}") }),
        (at(200), Record::Acknowledged { stage: stage("pin"), note: "seen".to_owned(), who: "bob".to_owned() }),
        (
            at(300),
            Record::Finished(Box::new(Finished {
                verdict: Ending::Proven,
                rto: Some(Duration::from_secs(360)),
                rpo: Some(Duration::from_secs(3)),
                met: Some(true),
                owed: vec!["pin".to_owned()],
                unproven: Vec::new(),
            })),
        ),
    ]
}

fn report(records: &[(Timestamp, Record)]) -> Report {
    let (run, config) = replay(records.iter().map(|(at, record)| (*at, record)), &|action| action.deed()).unwrap();
    Report::of(&run, &config.workloads[0], records, "abc", None)
}

#[test]
fn what_is_hostile_stays_text_in_every_form() {
    let report = report(&journal(HOSTILE));
    let html = report.html();
    assert!(!html.contains("<script") && html.contains("&lt;script&gt;"), "{html}");
    assert!(!html.contains("src=") && !html.contains("href=") && !html.contains("@import") && !html.contains("url("), "nothing is fetched");
    let markdown = report.markdown();
    assert!(!markdown.replace("\\<", "").contains("<script") && markdown.contains("\\<script\\>"), "{markdown}");
    for line in markdown.lines().filter(|line| line.contains("script") && line.starts_with("| ")) {
        let bare = line.replace("\\|", "");
        assert!([2, 4, 5, 6].contains(&(bare.matches('|').count() - 1)), "a hostile name made a cell of its own: {line}");
    }
    let json = serde_json::to_string(&report).unwrap();
    for (form, text) in [("html", html), ("markdown", markdown), ("json", json), ("badge", report.badge())] {
        assert!(!text.contains("123456789012"), "{form}: an account");
        assert!(!text.contains("SECRET") && !text.contains("hooks.example.com") && !text.contains("evil.example"), "{form}: a URL");
        assert!(!text.contains('\u{1b}') && !text.contains("\\u001b"), "{form}: an escape");
    }
}

#[test]
fn it_says_what_happened_who_decided_and_what_is_left() {
    let report = report(&journal("because"));
    assert_eq!((report.state, report.met, report.rto.seconds), ("proven", Some(true), Some(360.0)));
    assert_eq!((report.account.as_str(), report.journal.hash.as_str(), report.journal.records), ("…9012", "abc", 15));
    let decided: Vec<_> = report.decisions.iter().map(|entry| entry.event).collect();
    assert_eq!(decided, ["declared", "overridden", "acknowledged"]);
    assert_eq!(report.owed.len(), 1, "{:?}", report.owed);
    let promote = report.steps.iter().find(|step| step.id == "promote").unwrap();
    assert_eq!((promote.state, promote.begun, promote.ended, promote.guards[0].holds), ("done", Some(at(1)), Some(at(141)), Some(false)));
    let markdown = report.markdown();
    for words in ["RTO | 6m00s", "Still owed", "source.impaired DOES NOT HOLD: because", "at most 3s", "ann goes past", "SHA-256 abc"] {
        assert!(markdown.contains(words), "{words}: {markdown}");
    }
    assert!(report.badge().contains("proven · RTO 6m00s of "), "{}", report.badge());
    assert!(report.html().contains("<svg") && report.html().contains("class=\"done\""));
}

/// Nobody reads off a colour how sure something is, or guesses what a line means.
#[test]
fn the_chart_names_its_lines_and_says_what_was_not_seen() {
    let done = |stage: &str, certainty| Record::Done { stage: stage.to_owned(), shows: "so".to_owned(), certainty };
    let ready = |stage: &str| Record::Ready { stage: stage.to_owned() };
    let more = [
        (at(210), ready("hold")),
        (at(220), done("hold", Certainty::Told)),
        (at(230), ready("client-eye")),
        (at(240), done("client-eye", Certainty::Proven)),
    ];
    let mut records = journal("because");
    let end = records.len() - 1;
    records.splice(end..end, more);
    let html = report(&records).html();
    let took: Vec<_> = html.lines().filter(|line| line.starts_with("<text class=\"took\"")).collect();
    assert!(
        took.iter().any(|line| line.ends_with(">10s, told</text>")) && took.iter().any(|line| line.ends_with(">10s</text>")),
        "{took:?}"
    );
    assert!(html.contains("text-anchor=\"end\">proven</text>") && !html.contains(">RTO 30m00s</text>"), "{html}");
}

#[test]
fn what_code_would_undo_is_what_was_changed_and_not_put_back() {
    let records = journal("tier2-db-replica");
    let drift = report(&records).drift;
    assert!(drift.iter().any(|told| told.starts_with("tier2-db-replica in us-west-2 stands by itself")), "{drift:?}");
    assert!(drift.iter().any(|told| told.contains("rule r in us-west-2 is disabled")), "{drift:?}");
    assert!(!drift.iter().any(|told| told.contains("scaling of c/s")), "it was refused: {drift:?}");
    let mut released = records.clone();
    let back = Change::new(&Region::new("us-west-2"), What::SetRule { rule: "r".to_owned(), enabled: true });
    released.insert(14, (at(250), Record::Intent { stage: "release".to_owned(), nth: 3, change: back, keep: BTreeMap::new() }));
    assert!(!report(&released).drift.iter().any(|told| told.contains("rule r")), "it was put back");
}

#[test]
fn time_for_people_is_not_time_for_aws() {
    let waiting = report(&journal("x")).waiting;
    // Asked at 10, past the guard at 40 and begun at 41; owed at 170, acknowledged at 200: that AWS had other things to show meanwhile kept
    // nobody waiting who was asked.
    assert_eq!((waiting.whole_s, waiting.people_s), (300.0, 31.0 + 30.0));
    assert_eq!(waiting.aws_s, 100.0 + 150.0 - 30.0);
    // What the runbook itself goes on without nobody waits for.
    let stage = "call-done".to_owned();
    let mut records = journal("x");
    let gone_on_without = [
        Record::Failed { stage: stage.clone(), why: "no".to_owned(), ways: Vec::new() },
        Record::Acknowledged { stage: stage.clone(), note: "no".to_owned(), who: "the runbook".to_owned() },
        Record::Owed { stage, why: "no".to_owned() },
    ];
    let end = records.len() - 1;
    records.splice(end..end, gone_on_without.map(|record| (at(205), record)));
    assert_eq!(report(&records).waiting.people_s, 61.0);
}

/// A rehearsal leaves a service as it found it: there is nothing to undo.
#[test]
fn a_service_that_is_as_it_was_found_is_no_drift() {
    let config = config();
    let known = &config.workloads[0].services[0];
    let (at_standby, region) = (known.sites.get(Site::Standby).clone(), config.workloads[0].region(Site::Standby).clone());
    let (cluster, service) = (at_standby.cluster, at_standby.service);
    let scaled = |nth: u32, (min, max): (i32, i32), desired: i32, keep: &[(&str, &str)]| {
        let keep: BTreeMap<_, _> =
            keep.iter().map(|(what, found)| (format!("standby.{}.{what}", known.name), (*found).to_owned())).collect();
        let bounds = What::SetBounds { cluster: cluster.clone(), service: service.clone(), min, max };
        let count = What::ScaleService { cluster: cluster.clone(), service: service.clone(), desired };
        [bounds, count].into_iter().zip(nth..).map(move |(what, nth)| {
            let change = Change::new(&region.clone(), what);
            (at(310 + i64::from(nth)), Record::Intent { stage: "scale".to_owned(), nth, change, keep: keep.clone() })
        })
    };
    let found = [("min", "1"), ("max", "4"), ("desired", "1")];
    let mut records = journal("x");
    records.extend(scaled.clone()(3, (4, 8), 4, &found));
    let of_it = |records: &[(Timestamp, Record)]| {
        let told = report(records).drift;
        told.into_iter().filter(|told| told.contains("scales from") || told.contains("wants")).count()
    };
    assert_eq!(of_it(&records), 2, "{:?}", report(&records).drift);
    records.extend(scaled(5, (1, 4), 1, &[]));
    assert_eq!(of_it(&records), 0, "{:?}", report(&records).drift);
}

#[test]
fn a_damaged_journal_is_said_to_be_one() {
    let records = journal("x");
    let (run, config) = replay(records.iter().map(|(at, record)| (*at, record)), &|action| action.deed()).unwrap();
    let report = Report::of(&run, &config.workloads[0], &records, "abc", Some("line 7: it does not follow"));
    assert!(report.markdown().contains("THE JOURNAL IS DAMAGED") && report.html().contains("line 7"));
}
