//! A long work done page by page. Where it stands is what the receipts say: the next page begins after the last one that was answered, after a
//! crash as well.

use crate::assess::rules::clipped;
use crate::domain::What;
use crate::runbook::actions::asked::{Fate, PAUSE, Told, fate, refused};
use crate::runbook::scene::Scene;
use crate::runbook::standing::Standing;

/// More passes than this find what somebody goes on destroying.
const PASSES: u32 = 3;
/// Names of conflicts that are worth telling; the rest are counted.
const NAMES: usize = 5;

/// What is done to objects, in words.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Work {
    pub(super) done: &'static str,
    pub(super) todo: &'static str,
    /// Why there would be more after every pass, and what to do then.
    pub(super) endless: &'static str,
    pub(super) way: &'static str,
}

/// What came of the pages so far.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Tally {
    work: Work,
    pub(super) pages: u32,
    /// Over all passes.
    pub(super) restored: u64,
    /// Of the pass that goes on, or was the last.
    pub(super) pass: u32,
    pub(super) of_pass: u32,
    fresh: u64,
    pub(super) failed: u64,
    pub(super) conflicts: u64,
    names: Vec<String>,
    lost: u64,
    archived: u64,
    /// S3 has them on their way.
    pub(super) pending: u64,
    eta: Option<String>,
}

/// What is to be done next.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Next {
    /// The page after this.
    Page(Option<String>),
    /// A whole pass found nothing more to do.
    Through,
    Say(Standing),
}

/// `after` tells a page's beginning from the change that asked for it.
pub(super) fn tally(scene: &Scene<'_>, work: Work, after: impl Fn(&What) -> Option<&Option<String>>) -> (Tally, Next) {
    let mut tally = Tally { work, pass: 1, ..Tally::default() };
    let mut cursor: Option<String> = None;
    let mut last = Fate::Open;
    let mut last_change = None;
    for past in scene.past() {
        // A page that was asked for twice, because nobody knew of the first time, is told once.
        if after(&past.change.what).is_none_or(|after| *after != cursor) {
            continue;
        }
        last = fate(scene, past);
        last_change = Some(&past.change);
        let Fate::Accepted(told, at) = last else { continue };
        tally.add(told);
        last = Fate::Open;
        let next = told.get("after").filter(|next| !next.is_empty() && told.get("done").map(String::as_str) != Some("true"));
        match next {
            Some(next) if Some(next) == cursor.as_ref() => {
                let why = format!("S3 repeats the page after {}: it would never end", clipped(next, 80));
                return (tally, Next::Say(Standing::stuck(why)));
            }
            Some(next) => cursor = Some(next.clone()),
            None if tally.fresh == 0 && tally.failed == 0 => return (tally, Next::Through),
            None if tally.pass >= PASSES && at >= scene.since => {
                let why = format!("after {PASSES} passes there is still something to {} ({}): {}", work.todo, tally.told(), work.endless);
                return (tally, Next::Say(Standing::Stuck { why, ways: vec![work.way.to_owned()] }));
            }
            // What was restored is looked for once more: an answer is no proof.
            None => {
                cursor = None;
                tally.begin_again();
            }
        }
    }
    let next = match (last, last_change) {
        (Fate::Waiting, _) => Next::Say(tally.working()),
        (Fate::Lost(_, at), _) if scene.now.since(at) < PAUSE => Next::Say(tally.working()),
        (Fate::Refused { code, text }, Some(change)) => Next::Say(refused(change, code, text)),
        _ => Next::Page(cursor),
    };
    (tally, next)
}

impl Tally {
    fn add(&mut self, told: &Told) {
        let count = |name: &str| told.get(name).and_then(|count| count.parse::<u64>().ok()).unwrap_or(0);
        self.pages = self.pages.saturating_add(1);
        self.of_pass = self.of_pass.saturating_add(1);
        let restored = count("restored");
        self.restored = self.restored.saturating_add(restored);
        self.fresh = self.fresh.saturating_add(restored);
        self.failed = self.failed.saturating_add(count("failed"));
        self.conflicts = self.conflicts.saturating_add(count("conflicts"));
        self.lost = self.lost.saturating_add(count("lost"));
        self.archived = self.archived.saturating_add(count("archived"));
        self.pending = self.pending.saturating_add(count("pending"));
        if let Some(eta) = told.get("eta") {
            self.eta = Some(clipped(eta, 40).into_owned());
        }
        let names = told.get("conflicting").map(String::as_str).unwrap_or_default();
        let room = NAMES.saturating_sub(self.names.len());
        self.names.extend(names.lines().filter(|name| !name.is_empty()).take(room).map(|name| clipped(name, 60).into_owned()));
    }

    fn begin_again(&mut self) {
        *self = Self { work: self.work, pages: self.pages, restored: self.restored, pass: self.pass + 1, ..Self::default() };
    }

    pub(super) fn working(&self) -> Standing {
        let looking = if self.pass > 1 { "; looking once more whether all of it is there" } else { "" };
        Standing::working(format!("{} in {} pages so far{looking}", self.told(), self.pages))
    }

    /// For a person: what was restored, and what was not.
    pub(super) fn told(&self) -> String {
        let mut told = vec![format!("{} {}", self.restored, self.work.done)];
        let mut add = |count: u64, what: &str| {
            if count > 0 {
                told.push(format!("{count} {what}"));
            }
        };
        add(self.failed, "failed");
        add(self.conflicts, "left alone, since something was written there later");
        add(self.lost, "lost: no version of them is anywhere");
        add(self.archived, "in the archive, on their way back");
        add(self.pending, "on their way by S3's own word");
        if !self.names.is_empty() {
            let rest = self.conflicts.saturating_sub(self.names.len() as u64);
            let more = if rest > 0 { format!(" and {rest} more") } else { String::new() };
            told.push(format!("conflicts: {}{more}", self.names.join(", ")));
        }
        if let Some(eta) = &self.eta {
            told.push(format!("the last of the archive by {eta}"));
        }
        told.join(" · ")
    }
}
