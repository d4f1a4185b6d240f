//! Marks that must not be taken for one another, and lists that say that they go on.

use std::sync::Arc;

use drlab_core::app::{Model, Overlay, Theme};
use drlab_core::run::Record;

use super::fixture::in_theme;
use super::running::{aborted, finished, working};
use super::styled::{drawn, lines};

/// The line that begins, inside its frame and after its mark, with this step's name; without the frame.
fn step(model: &Model, size: (u16, u16), name: &str) -> String {
    let all = lines(&drawn(model, size));
    let found = all.iter().find_map(|line| {
        let inside = line.strip_prefix(['│', '|'])?.trim_start();
        inside.split_whitespace().nth(1).filter(|word| *word == name).map(|_| inside.to_owned())
    });
    found.unwrap_or_else(|| panic!("{name} is nowhere:\n{}", all.join("\n")))
}

#[test]
fn what_was_seen_inferred_and_told_differ_in_mark_and_word_without_a_colour() {
    for ascii in [false, true] {
        let model = in_theme(finished(), Theme::Mono, ascii);
        let lines = ["promote", "scale", "tell-begun"].map(|name| step(&model, (120, 40), name));
        let mut marks = lines.clone().map(|line| line.chars().next().unwrap());
        marks.sort_unstable();
        assert!(marks.windows(2).all(|two| two[0] != two[1]), "{lines:#?}");
        assert!(!marks.iter().any(|mark| "+|-".contains(*mark)), "a mark is no part of a frame: {marks:?}");
        assert!(lines[1].contains("inferred: ") && lines[2].contains("told, not seen: "), "{lines:#?}");
        assert!(!lines[0].contains("inferred") && !lines[0].contains("told"), "{lines:#?}");
        let help = Model { overlays: vec![Overlay::Help { scroll: 0 }], ..model };
        let told = self::lines(&drawn(&help, (200, 60))).join("\n");
        for says in ["done, and seen to be so", "done, as figures let infer", "done, as somebody says"] {
            assert!(told.contains(says), "{told}");
        }
    }
}

/// How many more steps there are above or below, as the list says.
fn more(model: &Model, word: &str) -> Option<usize> {
    lines(&drawn(model, (80, 24))).into_iter().find_map(|line| {
        let (before, _) = line.split_once(word)?;
        before.trim_end().strip_suffix("more")?.trim_end().rsplit([' ', '│', '|']).next()?.parse().ok()
    })
}

#[test]
fn a_list_that_goes_on_below_says_how_far() {
    for (ascii, above, below) in [(false, "↑", "↓"), (true, "above", "below")] {
        let mut model = in_theme(working(), Theme::Mono, ascii);
        let stages: Vec<_> = model.running.as_ref().unwrap().run.plan.stages.iter().map(|stage| stage.id.clone()).collect();
        model.cursors.run = stages.first().cloned();
        let seen = |model: &Model| {
            stages.iter().filter(|id| lines(&drawn(model, (80, 24))).iter().any(|line| line.split_whitespace().nth(2) == Some(id))).count()
        };
        let left = more(&model, below).unwrap_or_else(|| panic!("{}", lines(&drawn(&model, (80, 24))).join("\n")));
        assert_eq!((more(&model, above), seen(&model) + left), (None, stages.len()), "{}", lines(&drawn(&model, (80, 24))).join("\n"));
        model.cursors.run = stages.last().cloned();
        assert_eq!(more(&model, below), None, "nothing is below the last");
        assert_eq!(more(&model, above).map(|above| above + seen(&model)), Some(stages.len()));
    }
}

/// What somebody had it go without was not done, and is not among what was.
#[test]
fn what_was_left_out_is_not_told_as_done() {
    let mut model = finished();
    let left = Record::Skipped { stage: "scale".to_owned(), reason: "it runs".to_owned(), who: "ada".to_owned() };
    Arc::make_mut(&mut model.running.as_mut().unwrap().run).take(model.clock.now, left, None);
    let text = lines(&drawn(&model, (120, 40))).join("\n");
    assert!(text.contains("Left out, so nobody knows: scale.") && text.contains("Done, but not seen to be so: tell-begun."), "{text}");
}

#[test]
fn an_aborted_run_says_when_it_was_and_whether_users_were_served_by_then() {
    let text = |proven| lines(&drawn(&aborted(proven), (80, 24))).join("\n");
    let (before, after) = (text(false), text(true));
    assert!(before.contains("users were not proven to be served by the standby"), "{before}");
    assert!(after.contains("users were proven to be served by the standby at 11:01:31Z"), "{after}");
    for text in [before, after] {
        assert!(text.contains("ABORTED") && text.contains("aborted at 11:02:01Z"), "{text}");
        assert!(!text.contains("nine times of ten"), "a run that is over expects nothing: {text}");
        assert!(text.contains("NOT PUT BACK: rule dr-schedule in us-west-2 is disabled."), "{text}");
    }
}
