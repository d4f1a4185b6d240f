use std::time::Duration;

use crate::assess::rules::clipped;
use crate::config::Workload;
use crate::domain::Subject;
use crate::runbook::action::{About, Deed, Undo};
use crate::runbook::model::{Confirm, RunSite};
use crate::runbook::plan::Part;
use crate::runbook::scene::Scene;
use crate::runbook::standing::{Certainty, Standing};

/// Something that a person does, and says so.
pub(in crate::runbook) struct ByHand;

fn task<'a>(scene: &Scene<'a>) -> &'a str {
    scene.with("ask").or(scene.stage.note.as_deref()).unwrap_or(&scene.stage.title)
}

impl Deed for ByHand {
    fn about(&self) -> About {
        About {
            makes_true: "A person has done it.",
            turns: ("not done", "done, and somebody has said so"),
            proof: "They say so.",
            undo: Undo::By("the person who did it"),
            guards: &[],
            site: RunSite::Target,
            confirm: Confirm::None,
            expect: Duration::from_secs(120),
            timeout: Duration::from_secs(86_400),
            may_fail: false,
            parameters: &[("ask", "what is to be done; without it, the step's note")],
        }
    }

    fn parts(&self, _: &Workload) -> Result<Vec<Part>, String> {
        Ok(vec![Part::Whole])
    }

    fn subjects(&self, _: &Scene<'_>) -> Vec<Subject> {
        Vec::new()
    }

    fn stand(&self, scene: &Scene<'_>) -> Standing {
        match scene.said() {
            Some(note) => Standing::Done { shows: format!("done by hand: {}", clipped(note, 160)), certainty: Certainty::Told },
            None => Standing::Asks { whom: task(scene).to_owned() },
        }
    }

    fn before_after(&self, scene: &Scene<'_>) -> (String, String) {
        ("not done".to_owned(), clipped(task(scene), 160).into_owned())
    }
}
