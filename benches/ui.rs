//! Drawing 200×60: at most a millisecond.

#![expect(clippy::unwrap_used, reason = "a bench that cannot go on says so by panicking")]

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use drlab_core::app::Screen;
use ratatui::Terminal;
use ratatui::backend::TestBackend;

#[path = "../tests/it/screens/fixture.rs"]
#[expect(dead_code, reason = "the screens' tests use all of it")]
mod fixture;

fn draw(criterion: &mut Criterion) {
    let models = [
        ("dashboard", fixture::region_dark()),
        ("dashboard of a fleet", fixture::on(fixture::fleet(), Screen::Dashboard)),
        ("workloads", fixture::fleet()),
        ("events", fixture::on(fixture::ringing(), Screen::Events)),
        ("readiness", fixture::on(fixture::steady(), Screen::Readiness)),
    ];
    for (name, model) in models {
        let mut terminal = Terminal::new(TestBackend::new(200, 60)).unwrap();
        criterion.bench_function(&format!("draw 200x60: {name}"), |bencher| {
            bencher.iter(|| {
                terminal.draw(|frame| drlab_tui::ui::view(black_box(&model), frame)).unwrap();
            });
        });
    }
}

criterion_group!(benches, draw);
criterion_main!(benches);
