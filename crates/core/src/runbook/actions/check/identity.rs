use std::time::Duration;

use crate::assess::rules::{clipped, identities};
use crate::config::Workload;
use crate::domain::fact::Identity;
use crate::domain::{Subject, mask_account};
use crate::runbook::action::{About, Deed, Undo};
use crate::runbook::model::{Confirm, RunSite};
use crate::runbook::plan::Part;
use crate::runbook::scene::{Fresh, Scene};
use crate::runbook::standing::Standing;

/// Whose account this is. Any region's word will do: a dark one must not keep the others from saying it.
pub(in crate::runbook) struct Identified;

impl Deed for Identified {
    fn about(&self) -> About {
        About {
            makes_true: "The credentials belong to the workload's account.",
            turns: ("whoever the credentials belong to", "known to be the workload's account"),
            proof: "STS names the account in every region that answers.",
            undo: Undo::Nothing,
            guards: &[],
            site: RunSite::Target,
            confirm: Confirm::None,
            expect: Duration::from_secs(2),
            timeout: Duration::from_secs(60),
            may_fail: false,
            parameters: &[],
        }
    }

    fn parts(&self, _: &Workload) -> Result<Vec<Part>, String> {
        Ok(vec![Part::Whole])
    }

    fn subjects(&self, scene: &Scene<'_>) -> Vec<Subject> {
        identities(scene.workload)
    }

    fn stand(&self, scene: &Scene<'_>) -> Standing {
        let (mut said, mut failing) = (None, None);
        for subject in identities(scene.workload) {
            match scene.see::<Identity>(&subject) {
                Fresh::Is(found, _) if found.account != scene.workload.account => {
                    return Standing::Stuck {
                        why: format!(
                            "these credentials belong to account {}, the workload to {}",
                            clipped(&mask_account(&found.account), 20),
                            mask_account(&scene.workload.account)
                        ),
                        ways: vec!["start again with credentials of the workload's account".to_owned()],
                    };
                }
                Fresh::Is(found, _) => said = Some(found),
                Fresh::Failing(trouble) => failing = Some(trouble),
                Fresh::Missing | Fresh::NotYet => {}
            }
        }
        match (said, failing) {
            (Some(found), _) => Standing::proven(format!("account {}", mask_account(&found.account))),
            (None, Some(failing)) => Standing::Blind { why: failing.told(scene.now) },
            (None, None) => Standing::Looking { what: "who we are".to_owned() },
        }
    }

    fn before_after(&self, scene: &Scene<'_>) -> (String, String) {
        let account = mask_account(&scene.workload.account);
        ("whoever the credentials belong to".to_owned(), format!("known to be account {account}"))
    }
}
