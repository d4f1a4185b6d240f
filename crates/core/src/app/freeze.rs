use super::model::{Frozen, Model};
use super::observe;
use super::timeline::Timeline;

/// The picture stands still so that it can be read or talked about; the watch goes on behind it.
pub(super) fn toggle(model: &mut Model) {
    match model.frozen.take() {
        None => {
            model.frozen = Some(Frozen { since: model.clock.now, behind: model.picture.clone(), missed: 0, held: Timeline::default() });
        }
        Some(frozen) => {
            model.picture = frozen.behind;
            observe::release(model, frozen.held);
        }
    }
}
