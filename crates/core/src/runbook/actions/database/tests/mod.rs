mod handing_over;
mod promoting;
mod proving;
mod rebuilding;
mod restoring;

use super::super::fixture::*;
use crate::config::Site;
use crate::domain::fact::Instance;
use crate::runbook::Action;

/// The standby's instance as it is given, seen a second ago.
fn target(action: Action, change: impl Fn(&mut Instance)) -> Play {
    let mut play = Play::of("tier2", action);
    let mut found = play.instance(Site::Standby);
    change(&mut found);
    play.found(play.database(Site::Standby), found);
    play
}
