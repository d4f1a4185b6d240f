//! Everything that a runbook can be made of, in words.

use std::fmt::Write as _;

use drlab_core::domain::human_duration;
use drlab_core::runbook::{Action, Guard, Undo};

pub(super) fn told() -> String {
    let mut text = String::from("actions\n");
    for action in Action::ALL {
        let about = action.deed().about();
        let undo = match about.undo {
            Undo::Nothing => "it changes nothing".to_owned(),
            Undo::By(how) => how.to_owned(),
            Undo::Never(why) => format!("cannot be undone: {why}"),
        };
        // Writing to a string cannot fail.
        let _ = writeln!(
            text,
            "\n  {action}  at the {}\n    makes true  {}\n    proof       {}\n    undo        {undo}",
            about.site, about.makes_true, about.proof
        );
        let _ = writeln!(
            text,
            "    confirm     {}; expected {}, given up after {}{}",
            about.confirm,
            human_duration(about.expect),
            human_duration(about.timeout),
            if about.may_fail { "; a failure of it never stops a run" } else { "" }
        );
        for guard in about.guards {
            let _ = writeln!(text, "    guard       {guard}");
        }
        for (name, means) in about.parameters {
            let _ = writeln!(text, "    {name:11} {means}");
        }
    }
    text.push_str("\nguards, which can stand before a step and as a proof after it\n\n");
    for guard in Guard::ALL {
        let _ = writeln!(text, "  {:26} {}", guard.word(), guard.says());
    }
    text
}
