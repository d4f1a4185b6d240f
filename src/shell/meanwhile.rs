use std::sync::Arc;
use drlab_core::app::*;
use drlab_core::config::Config;
use drlab_core::keymap::{Chord, Key, Keymap};
pub(super) trait ModelNew { fn new(config: Arc<Config>, keymap: Arc<Keymap>, look: Look, size: (u16, u16)) -> Model; }
impl ModelNew for Model {
    fn new(config: Arc<Config>, keymap: Arc<Keymap>, look: Look, size: (u16, u16)) -> Model {
        Model { config, keymap, session: Session::default(), clock: Clock::default(), picture: Picture::default(), frozen: None, workload: 0,
            screen: Screen::default(), overlays: vec![], cursors: Cursors::default(), filters: Filters::default(), typing_filter: false,
            events: Timeline::default(), notice: None, meter: Meter::default(), present: false, look, size }
    }
}
pub(super) fn update(model: &mut Model, message: Message) -> Vec<Effect> {
    match message {
        Message::Resize(c, r) => { model.size = (c, r); vec![] }
        Message::Tick(now) => { model.clock.now = now; vec![] }
        Message::Key(c) if c == Chord::plain(Key::Char('q')) => vec![Effect::Quit],
        Message::Key(c) if c == Chord::plain(Key::Char('y')) => vec![Effect::Copy("copied".into())],
        Message::Key(c) if c == Chord::plain(Key::Char('?')) => { model.overlays.push(Overlay::Help { scroll: 0 }); vec![] }
        Message::Key(c) if c == Chord::ctrl(Key::Char('z')) => vec![Effect::Suspend],
        _ => vec![],
    }
}
