//! Everything that a runbook can be made of, in words.

use std::fmt::Write as _;

use drlab_core::domain::change::{Aim, ControlPlane};
use drlab_core::domain::human_duration;
use drlab_core::runbook::{Action, Guard, Undo};

/// How to read what has no figures yet.
const LEGEND: &str = "-> is from what it is to what it becomes; $ is the same by the AWS CLI, with words in capitals where a plan has names\n\
                      (plan RUNBOOK and export RUNBOOK --markdown show every step with the figures, names and commands of your workload)\n";

pub(super) fn told() -> String {
    let mut text = format!("actions\n{LEGEND}");
    for action in Action::ALL {
        let about = action.deed().about();
        let undo = match about.undo {
            Undo::Nothing => "it changes nothing".to_owned(),
            Undo::By(how) => how.to_owned(),
            Undo::Never(why) => format!("cannot be undone: {why}"),
        };
        let (before, after) = about.turns;
        // Writing to a string cannot fail.
        let _ = writeln!(
            text,
            "\n  {action}  at the {}\n    {before} -> {after}\n    makes true  {}\n    proof       {}\n    undo        {undo}",
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
        asks(&mut text, *action);
    }
    text.push_str("\nguards, which can stand before a step and as a proof after it\n\n");
    for guard in Guard::ALL {
        let _ = writeln!(text, "  {:26} {}", guard.word(), guard.says());
    }
    text
}

/// Whose control plane it stands on, and what does the same without the console.
fn asks(text: &mut String, action: Action) {
    let changes = action.specimens();
    let planes = ControlPlane::of(&changes);
    for plane in &planes {
        let _ = writeln!(text, "    needs       the control plane of {plane}");
    }
    if planes.is_empty() {
        text.push_str("    needs       no control plane\n");
    }
    for line in
        changes.iter().map(|change| change.cli(&Aim::default())).flat_map(|command| command.lines().map(str::to_owned).collect::<Vec<_>>())
    {
        let _ = writeln!(text, "    $ {line}");
    }
    if changes.is_empty() {
        text.push_str("    $           nothing is asked for: it looks, or waits for somebody\n");
    }
}
