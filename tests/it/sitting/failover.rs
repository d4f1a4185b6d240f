//! A failover, carried out by nothing but keys.

use std::sync::Arc;
use std::time::Duration;

use drlab_core::app::{Awaits, Handover, decision, handover, split_watch, stakes};
use drlab_core::config::Site;
use drlab_core::domain::Verdict;
use drlab_core::run::{Ending, Mode};

use super::hands::{arm, begin, decide};
use super::seat::Seat;

const MOMENT: Duration = Duration::from_secs(2);

/// Goes through with it.
async fn carry_through(seat: &mut Seat) {
    carry_through_while(seat, |_| ()).await;
}

/// The same, looking at every decision before it is taken.
async fn carry_through_while(seat: &mut Seat, mut look: impl FnMut(&Seat)) {
    for _ in 0..700 {
        seat.wait(Duration::from_secs(5)).await;
        look(seat);
        decide(seat).await;
        let running = seat.model.running.as_ref().unwrap();
        assert_eq!(running.stopped, None, "{}", seat.text());
        if running.run.mode == Mode::Finished {
            break;
        }
    }
}

#[test]
fn an_outage_is_failed_over_by_keys() {
    Seat::at("tier2", Some("primary-outage"), async |seat| {
        seat.wait(Duration::from_secs(180)).await;
        arm(seat).await;
        begin(seat).await;
        let mut said = None;
        carry_through_while(seat, |seat| {
            if matches!(decision(&seat.model).map(|decision| decision.awaits), Some(Awaits::Consent { typed: true })) {
                let stakes = stakes(&seat.model).unwrap();
                assert!(stakes.grows, "nobody has seen yet that nobody is connected to the source's database any more");
                said = stakes.loss;
            }
        })
        .await;
        let running = seat.model.running.as_ref().unwrap();
        let finished = running.run.finished.as_ref().unwrap_or_else(|| panic!("{}", seat.text()));
        assert_eq!((finished.verdict, finished.met), (Ending::Proven, Some(true)), "{}", seat.text());
        // What the card said would be lost, and what somebody took to read it and to write a name.
        let more = finished.rpo.unwrap().checked_sub(said.unwrap());
        assert!(more.is_some_and(|more| more <= Duration::from_secs(10)), "{said:?} said, {:?} reported", finished.rpo);
        // The old database still takes writes, and nobody writes.
        assert_eq!(split_watch(&seat.model).unwrap().verdict, Verdict::Healthy, "{}", seat.text());
        assert!(seat.text().contains("no split"), "{}", seat.text());
        assert!(seat.text().contains("PROVEN"), "{}", seat.text());
        // What it took is what the next one is expected to take; and what happened can be read.
        seat.wait(MOMENT).await;
        assert!(!seat.model.history_of("tier2").is_empty());
        seat.press("5");
        let text = seat.text();
        assert!(text.contains("unplanned_failover") && text.contains("proven"), "{text}");
        seat.press("enter");
        seat.wait(MOMENT).await;
        assert!(seat.text().contains("drill"), "{}", seat.text());
        // Both databases take writes: the way back leads from where the last run left it, unless somebody says otherwise.
        seat.press("esc r");
        seat.wait(MOMENT).await;
        let text = seat.text();
        assert!(text.contains("us-west-2 ▶ ap-southeast-2  as the last run left it") && text.contains("Failback"), "{text}");
        seat.press("right");
        seat.wait(MOMENT).await;
        let text = seat.text();
        assert!(text.contains("ap-southeast-2 ▶ us-west-2") && text.contains("SAID") && !text.contains("Failback"), "{text}");
        seat.press("left");
        seat.wait(MOMENT).await;
        let text = seat.text();
        assert!(text.contains("as measured in earlier runs"), "{text}");
    });
}

/// Every system, however many services and databases it has, is failed over by the same few keys.
fn failed_over_by_keys(topology: &str) {
    Seat::at(topology, Some("primary-outage"), async |seat| {
        seat.wait(Duration::from_secs(180)).await;
        arm(seat).await;
        begin(seat).await;
        carry_through(seat).await;
        let running = seat.model.running.as_ref().unwrap();
        let finished = running.run.finished.as_ref().unwrap_or_else(|| panic!("{}", seat.text()));
        let objective = seat.model.config.workloads[0].objectives.rto;
        assert!(finished.verdict == Ending::Proven && finished.rto.unwrap() <= objective, "{}", seat.text());
        assert_eq!(seat.rig.workload()["landing"], "standby", "{}", seat.text());
        assert_eq!(split_watch(&seat.model).unwrap().verdict, Verdict::Healthy, "{}", seat.text());
        assert!(seat.text().contains("PROVEN"), "{}", seat.text());
    });
}

#[test]
fn pilot_light_is_failed_over_by_keys_from_no_task_at_all() {
    failed_over_by_keys("pilot");
}

#[test]
fn two_services_are_failed_over_by_keys() {
    failed_over_by_keys("platform");
}

#[test]
fn an_aurora_global_database_is_failed_over_by_keys() {
    failed_over_by_keys("payments");
}

#[test]
fn a_well_workload_is_handed_over_by_keys_and_nothing_is_said_to_be_lost() {
    Seat::at("tier2", None, async |seat| {
        seat.rig.inject("direct-off", None, None);
        seat.wait(Duration::from_secs(180)).await;
        arm(seat).await;
        seat.press("r");
        seat.wait(MOMENT).await;
        let text = seat.text();
        assert!(text.contains("as the runbook expects"), "nothing has been run before: {text}");
        seat.press("enter d r i l l ctrl-y");
        seat.wait(MOMENT).await;
        assert_eq!(seat.model.running.as_ref().unwrap().run.plan.runbook, "planned_failover", "all is well: {}", seat.text());
        for _ in 0..400 {
            seat.wait(Duration::from_secs(5)).await;
            let running = seat.model.running.as_ref().unwrap();
            assert_eq!(running.stopped, None, "{}", seat.text());
            if split_watch(&seat.model).is_some() {
                break;
            }
            if let Some(decision) = decision(&seat.model) {
                assert!(!matches!(decision.awaits, Awaits::Failed { .. } | Awaits::Held(_)), "{}", seat.text());
                assert!(seat.text().contains("loses nothing"), "{}", seat.text());
            }
            decide(seat).await;
        }
        // Past the card: the target takes writes, the source would, and nobody is left to write there.
        let running = seat.model.running.as_ref().unwrap();
        assert!(running.is_past_return(), "{}", seat.text());
        assert_eq!(split_watch(&seat.model).unwrap().verdict, Verdict::Healthy, "{}", seat.text());
        assert_eq!(stakes(&seat.model), None, "there is nothing left to wait for");
    });
}

/// The primary answers again an hour after the end. Nobody has to remember that it was not fenced, as long as the console is there.
#[test]
fn what_is_owed_at_the_end_is_done_while_the_console_stays_open() {
    Seat::at("tier2", Some("dark-region"), async |seat| {
        seat.wait(Duration::from_secs(180)).await;
        arm(seat).await;
        begin(seat).await;
        carry_through(seat).await;
        let owed = |seat: &Seat| seat.model.running.as_ref().unwrap().run.owed().map(|(stage, _)| stage.id.clone()).collect::<Vec<_>>();
        assert_eq!(owed(seat), ["fence"], "{}", seat.text());
        seat.wait(Duration::from_secs(600)).await;
        assert_eq!(owed(seat), ["fence"], "it is dark, and nothing else is said");
        seat.rig.truth(|world| world.faults.clear());
        seat.wait(Duration::from_secs(300)).await;
        assert_eq!(owed(seat), [""; 0], "{}", seat.text());
        let running = seat.rig.site("primary")["services"][0]["running"].clone();
        assert_eq!(running, 0, "the application at the primary is stopped");
        // And it is over: another run may begin.
        let running = seat.model.running.as_ref().unwrap();
        assert!(running.run.finished.as_ref().unwrap().owed.is_empty() && running.stopped.is_none());
    });
}

/// The way home leaves databases of other names than the configuration's, and from then on those are what is looked at, judged and handed over:
/// in this sitting, and in the next, though it begins in the dark.
#[test]
fn after_the_way_home_the_next_failover_leads_from_what_was_left() {
    Seat::at("tier2", None, async |seat| {
        seat.rig.inject("direct-off", None, None);
        seat.wait(Duration::from_secs(180)).await;
        let named = |seat: &Seat| seat.model.config.workloads[0].database.clone().unwrap().sites;
        let split = |seat: &Seat| seat.assessment().headline.as_ref().is_some_and(|headline| headline.text.contains("SPLIT"));
        let configured = named(seat);
        for (runbook, landing) in [("planned_failover", "standby"), ("failback", "primary")] {
            arm(seat).await;
            begin(seat).await;
            assert_eq!(seat.model.running.as_ref().unwrap().run.plan.runbook, runbook, "{}", seat.text());
            carry_through(seat).await;
            let finished = seat.model.running.as_ref().unwrap().run.finished.as_ref();
            assert_eq!(finished.map(|finished| finished.verdict), Some(Ending::Proven), "{}", seat.text());
            // Long enough for whatever the run had looked at for itself to be forgotten.
            seat.wait(Duration::from_secs(120)).await;
            assert_eq!(seat.rig.workload()["landing"], landing, "{}", seat.text());
            assert!(!split(seat), "{}", seat.text());
            assert_eq!(seat.rig.workload()["writes"]["served"]["missing"], 0, "{}", seat.text());
            assert_eq!(split_watch(&seat.model).unwrap().verdict, Verdict::Healthy, "{}", seat.text());
        }
        let now = named(seat);
        assert!(now.primary != configured.primary && now.standby != configured.standby, "{now:?}");
        let row = seat.assessment().component("configuration/standby").unwrap();
        assert!(row.reason.as_ref().unwrap().contains(&format!("standby = \"{}\"", now.standby)), "{row:?}");
        // Nobody has written them down, and whoever sits down in the night sees nothing of the primary any more.
        seat.rig.inject("region-dark:primary", None, None);
        seat.sit_down_again();
        assert_eq!(named(seat), configured);
        arm(seat).await;
        seat.wait(Duration::from_secs(180)).await;
        assert_eq!(named(seat), now, "{}", seat.text());
        assert!(!split(seat), "{}", seat.text());
        begin(seat).await;
        assert_eq!(seat.model.running.as_ref().unwrap().run.plan.runbook, "unplanned_failover", "{}", seat.text());
        carry_through(seat).await;
        let finished = seat.model.running.as_ref().unwrap().run.finished.as_ref();
        assert_eq!(finished.map(|finished| finished.verdict), Some(Ending::Proven), "{}", seat.text());
        assert_eq!(seat.rig.workload()["landing"], "standby", "{}", seat.text());
    });
}

/// Somebody has written other names into drlab.toml since. A run that was left is carried on with those it was declared with, and whoever consents
/// is told of those.
#[test]
fn a_run_is_taken_up_with_the_names_that_it_was_declared_with() {
    Seat::at("tier2", None, async |seat| {
        seat.rig.inject("direct-off", None, None);
        seat.wait(Duration::from_secs(180)).await;
        arm(seat).await;
        begin(seat).await;
        let declared = seat.model.config.workloads[0].database.clone().unwrap().sites;
        seat.wait(Duration::from_secs(20)).await;
        seat.press("x l a t e r ctrl-y");
        seat.wait(Duration::from_secs(30)).await;
        assert!(matches!(seat.model.running.as_ref().unwrap().run.mode, Mode::Aborted { .. }), "{}", seat.text());
        let mut config = (*seat.model.config).clone();
        for site in [Site::Primary, Site::Standby] {
            *config.workloads[0].database.as_mut().unwrap().sites.get_mut(site) = format!("tier2-db-of-the-{site}");
        }
        // It is offered where it was aborted, and to whoever sits down afterwards; nobody is led to it.
        seat.press("r");
        seat.wait(MOMENT).await;
        assert!(seat.text().contains("go on: ") && seat.text().contains("WHAT IT WOULD DO NOW"), "{}", seat.text());
        seat.press("esc");
        seat.sit_down_with(Arc::new(config));
        arm(seat).await;
        seat.press("r G");
        seat.wait(MOMENT).await;
        assert!(seat.text().contains("LEFT UNFINISHED") && seat.text().contains("BUT it was aborted (later)"), "{}", seat.text());
        seat.press("enter");
        seat.wait(MOMENT).await;
        let mut told = 0;
        carry_through_while(seat, |seat| {
            if matches!(decision(&seat.model).map(|decision| decision.awaits), Some(Awaits::Consent { typed: true })) {
                let Handover { workload, assessment, .. } = handover(&seat.model).unwrap();
                assert_eq!(workload.database.as_ref().unwrap().sites, declared);
                let check = |id: &str| assessment.readiness.checks.iter().find(|check| check.id == id).unwrap();
                assert_eq!(check("database.target.replica").ok, Some(true), "{}", check("database.target.replica").why);
                told += 1;
            }
        })
        .await;
        assert!(told > 0, "somebody was asked");
        let finished = seat.model.running.as_ref().unwrap().run.finished.as_ref();
        assert_eq!(finished.map(|finished| finished.verdict), Some(Ending::Proven), "{}", seat.text());
        assert_eq!(seat.rig.workload()["landing"], "standby", "{}", seat.text());
        assert_eq!(split_watch(&seat.model).unwrap().verdict, Verdict::Healthy, "{}", seat.text());
    });
}
