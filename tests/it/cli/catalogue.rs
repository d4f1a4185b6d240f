//! `check --catalogue`: whoever writes a runbook reads of every action all that there is to know before it is used.

use std::collections::BTreeMap;

use drlab_core::domain::change::Aim;
use drlab_core::runbook::{Action, Guard};

use super::drlab;

/// What is said of each action, by its word.
fn told() -> (String, BTreeMap<String, String>) {
    let output = drlab(&["check", "--catalogue"]);
    assert_eq!(output.status.code(), Some(0));
    let text = String::from_utf8(output.stdout).unwrap();
    let (actions, guards) = text.split_once("\nguards, ").unwrap();
    let each = actions.split("\n\n").skip(1).map(|block| (block.split_whitespace().next().unwrap().to_owned(), block.to_owned()));
    (guards.to_owned(), each.collect())
}

#[test]
fn every_action_says_what_it_stands_on_what_it_turns_into_what_and_how_to_do_it_without_the_console() {
    let (guards, actions) = told();
    for action in Action::ALL {
        let block = actions.get(action.word()).unwrap_or_else(|| panic!("{action} is missing"));
        for word in [" -> ", "\n    makes true ", "\n    proof ", "\n    undo ", "\n    confirm ", "\n    needs ", "\n    $ "] {
            assert!(block.contains(word), "{action} does not say {word:?}: {block}");
        }
        for change in action.specimens() {
            for line in change.cli(&Aim::default()).lines() {
                assert!(block.contains(&format!("\n    $ {line}")), "{line}: {block}");
            }
            let plane = change.control_plane().map(|plane| format!("the control plane of {plane}"));
            assert!(plane.is_none_or(|plane| block.contains(&plane)), "{block}");
        }
    }
    for guard in Guard::ALL {
        assert!(guards.contains(guard.word()), "{guard}");
    }
    let of = |action: Action| &actions[action.word()];
    let promote = of(Action::DatabasePromote);
    for word in ["-> takes writes", "control plane of RDS in TARGET", "$ aws rds promote-read-replica --db-instance-identifier INSTANCE"] {
        assert!(promote.contains(word), "{promote}");
    }
    assert!(of(Action::DnsPin).contains("control plane of Route 53 in us-east-1"), "{}", of(Action::DnsPin));
    assert!(of(Action::Soak).contains("needs       no control plane"), "{}", of(Action::Soak));
}
