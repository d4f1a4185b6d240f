//! What is said of a run before it is begun, by keys: since when, and which of several ways.

use drlab_core::app::{Choice, Model, Overlay, applicable};
use drlab_core::runbook::DryRun;

use super::running::{armed, press};
use super::styled::{drawn, lines};

fn text(model: &Model) -> String {
    lines(&drawn(model, (120, 40))).join("\n")
}

/// With the cursor on this runbook.
fn choosing(name: &str) -> Model {
    let mut model = armed();
    press(&mut model, "r g");
    let at = applicable(&model).iter().position(|choice| matches!(choice, Choice::Begin(book) if book.name == name)).unwrap();
    for _ in 0..at {
        press(&mut model, "j");
    }
    model
}

fn dry(model: &Model) -> &DryRun {
    let dry = model.overlays.iter().find_map(|overlay| match overlay {
        Overlay::Chooser(chooser) => chooser.dry.as_deref(),
        _ => None,
    });
    dry.unwrap_or_else(|| panic!("{}", text(model)))
}

fn typed(model: &mut Model, words: &str) {
    press(model, &words.chars().map(|letter| letter.to_string()).collect::<Vec<_>>().join(" "));
}

#[test]
fn an_instant_is_asked_for_before_anything_is_begun() {
    let mut model = choosing("s3_undelete");
    assert!(text(&model).contains("REFUSED: undelete, versions: “since” is not said"), "{}", text(&model));
    assert!(text(&model).contains("i say the instant"), "{}", text(&model));
    // Also where nobody is armed: what is to be done is known before somebody decides to do it.
    model.arming = drlab_core::app::Arming::default();
    press(&mut model, "enter");
    assert!(text(&model).contains("WHICH INSTANT?"), "{}", text(&model));
    typed(&mut model, "noon");
    press(&mut model, "enter");
    assert!(text(&model).contains("“noon” is no instant"), "{}", text(&model));
    press(&mut model, "ctrl-u");
    typed(&mut model, "2099-01-01T00:00:00Z");
    press(&mut model, "enter");
    assert!(text(&model).contains("still to come"), "{}", text(&model));
    press(&mut model, "ctrl-u");
    typed(&mut model, "2026-11-20T10:30:00Z");
    press(&mut model, "enter");
    assert_eq!(dry(&model).refused, None, "{}", text(&model));
    let told: Vec<_> =
        ["undelete", "versions"].map(|id| dry(&model).steps.iter().find(|step| step.step == id).unwrap().after.clone()).into();
    assert!(told.iter().all(|after| after.contains("2026-11-20T10:30:00")), "{told:?}");
    press(&mut model, "enter");
    assert!(model.notice.as_ref().unwrap().text.contains("arm it first"), "{}", text(&model));
    // What was said is there to be changed, and belongs to this runbook alone.
    press(&mut model, "i");
    assert!(text(&model).contains("> 2026-11-20T10:30:00Z"), "{}", text(&model));
    press(&mut model, "esc k j");
    assert!(dry(&model).refused.is_some(), "{}", text(&model));
}

#[test]
fn the_other_way_is_chosen_by_a_key_and_asks_for_its_instant() {
    let mut model = choosing("db_restore");
    assert!(dry(&model).refused.is_none() && dry(&model).steps.iter().any(|step| step.id == "snapshot"), "{}", text(&model));
    press(&mut model, "i");
    assert!(model.notice.as_ref().unwrap().text.contains("takes no instant"), "{}", text(&model));
    press(&mut model, "c");
    assert!(dry(&model).refused.as_ref().unwrap().starts_with("instant: “at” is not said"), "{}", text(&model));
    press(&mut model, "enter");
    typed(&mut model, "latest");
    press(&mut model, "enter");
    assert_eq!(dry(&model).refused, None);
    assert!(dry(&model).steps.iter().any(|step| step.id == "instant"), "{}", text(&model));
    press(&mut model, "enter");
    typed(&mut model, "drill");
    press(&mut model, "ctrl-y");
    assert!(model.notice.as_ref().unwrap().text.contains("declared"), "{}", text(&model));
    let mut model = choosing("db_restore");
    press(&mut model, "c c");
    assert!(dry(&model).steps.iter().any(|step| step.id == "snapshot"), "round once more: {}", text(&model));
}
