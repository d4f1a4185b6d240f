//! What the console computes: a frame of 200×60 at most a millisecond, an update at most 50 µs.
//!
//! The messages are real: a lab is watched for two minutes, and what came of it is told to a model again. Beside criterion's medians, every
//! message of the second minute is timed once, by what it was.

#![expect(clippy::unwrap_used, reason = "a bench that cannot go on says so by panicking")]

use std::collections::BTreeMap;
use std::hint::black_box;
use std::sync::Arc;
use std::time::{Duration, Instant};

use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use drlab_core::app::{Message, Model, Press, Screen, update};
use drlab_core::assess::assess;
use drlab_core::config::Config;
use drlab_core::domain::Timestamp;
use drlab_core::keymap::Chord;
use ratatui::Terminal;
use ratatui::backend::TestBackend;

#[path = "../tests/it/screens/fixture.rs"]
#[expect(dead_code, reason = "the screens' tests use all of it")]
mod fixture;
#[path = "shared/fleet.rs"]
mod fleet;
#[path = "shared/post.rs"]
#[expect(dead_code, reason = "the watch's bench uses all of it")]
mod post;
#[path = "shared/told.rs"]
#[expect(dead_code, reason = "the other benches use all of it")]
mod told;

use post::{Post, START};

/// What the watch tells meanwhile makes a model warm; what it tells afterwards is measured.
const WARM: Duration = Duration::from_secs(60);
const MEASURED: Duration = Duration::from_secs(60);

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

/// Two minutes of a watch, as the console is told of them: what came of each moment, and the ticks between.
struct Told {
    config: Arc<Config>,
    messages: Vec<(Timestamp, Message)>,
}

fn watched(workloads: usize) -> Told {
    let mut told = None;
    Post::at(fleet::config(workloads), async |post| {
        let mut messages = Vec::new();
        let (end, mut tick) = (START + WARM + MEASURED, START);
        while post.clock.now() < end {
            tick += Duration::from_secs(1);
            while post.clock.now() < tick {
                let left = tick.since(post.clock.now());
                let Ok(news) = tokio::time::timeout(left, post.news.next()).await else { break };
                messages.push((post.clock.now(), Message::Observed(news)));
            }
            messages.push((tick, Message::Tick(tick)));
        }
        told = Some(Told { config: Arc::clone(&post.config), messages });
    });
    told.unwrap()
}

/// A model that has been told the first part, and the messages of the second.
fn warm(told: &Told) -> (Model, Vec<(Timestamp, Message)>) {
    let mut model = post::opened(&told.config);
    let (before, after): (Vec<_>, Vec<_>) = told.messages.iter().cloned().partition(|(at, _)| *at <= START + WARM);
    for (at, message) in before {
        update(&mut model, message);
        while model.is_behind() {
            update(&mut model, Message::Settle(at));
        }
    }
    (model, after)
}

fn change(criterion: &mut Criterion) {
    let measured = !told::only_built();
    let sizes: &[usize] = if measured { &[1, 20, 200] } else { &[1] };
    for &workloads in sizes {
        let told = watched(workloads);
        let (model, messages) = warm(&told);
        if measured {
            replayed(workloads, model.clone(), &messages);
        }
        let bench = |criterion: &mut Criterion, name: &str, message: &Message| {
            criterion.bench_function(&format!("update: {name}, {workloads} workloads"), |bencher| {
                let fresh = || (model.clone(), message.clone());
                bencher.iter_batched(
                    fresh,
                    |(mut model, message)| {
                        black_box(update(&mut model, message));
                        // Its end is not what is measured.
                        model
                    },
                    BatchSize::PerIteration,
                );
            });
        };
        bench(criterion, "tick", &Message::Tick(START + WARM + Duration::from_secs(1)));
        bench(criterion, "key", &Message::Key(Press { chord: Chord::parse("down").unwrap(), at: Duration::ZERO, repeat: false }));
        let (_, largest) = messages.iter().max_by_key(|(_, message)| size(message)).unwrap();
        bench(criterion, &format!("a burst of {} observations", size(largest)), largest);
        let (workload, snapshot, now) = (&told.config.workloads[0], &model.picture.snapshot, START + WARM);
        if workloads == 1 {
            criterion.bench_function("assess: 1 workload", |bencher| bencher.iter(|| black_box(assess(workload, snapshot, now))));
        } else {
            criterion.bench_function(&format!("assess: {workloads} workloads"), |bencher| {
                bencher.iter(|| told.config.workloads.iter().map(|workload| assess(workload, snapshot, now)).collect::<Vec<_>>());
            });
        }
    }
}

fn size(message: &Message) -> usize {
    match message {
        Message::Observed(news) => news.len(),
        _ => 0,
    }
}

/// Every message once, in its order: what an operator would have had.
fn replayed(workloads: usize, mut model: Model, messages: &[(Timestamp, Message)]) {
    let mut times = BTreeMap::<&str, Vec<Duration>>::new();
    let mut observations = 0;
    let mut tell = |model: &mut Model, name, message| {
        let begun = Instant::now();
        black_box(update(model, message));
        times.entry(name).or_default().push(begun.elapsed());
    };
    for (at, message) in messages.iter().cloned() {
        observations += size(&message);
        tell(&mut model, if matches!(message, Message::Tick(_)) { "tick" } else { "news" }, message);
        while model.is_behind() {
            tell(&mut model, "settling", Message::Settle(at));
        }
    }
    println!("\n{workloads} workloads, a minute told again: {} messages, {observations} observations", messages.len());
    for (name, mut times) in times {
        times.sort();
        let at = |percent: usize| times[(times.len() * percent / 100).min(times.len() - 1)].as_secs_f64() * 1e6;
        told::told(&format!("update, {name}, p50 of {}", times.len()), at(50), 50.0, "µs");
        told::told(&format!("update, {name}, p99"), at(99), 50.0, "µs");
        told::told(&format!("update, {name}, the longest"), at(100), 50.0, "µs");
    }
}

criterion_group!(benches, draw, change);
criterion_main!(benches);
