//! The console as a process at a terminal, against the budgets of a person who waits: first frame, full picture, key to frame with a region
//! dark, memory, idle processor time, bytes to the terminal. The lab is a process of its own, so that its work does not count.
//!
//! `cargo bench --bench console`; `DRLAB_BENCH_SECONDS` says how long the quiet stretches are (60 unless given). The machine must have a
//! `/proc`.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a bench that cannot go on says so by panicking")]

use std::io::{Read, Write};
use std::num::NonZeroU16;
use std::path::Path;
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use portable_pty::{CommandBuilder, MasterPty, PtySize, native_pty_system};

#[path = "shared/fleet.rs"]
#[expect(dead_code, reason = "the other benches use all of it")]
mod fleet;
#[path = "shared/serve.rs"]
#[expect(dead_code, reason = "the other benches use all of it")]
mod serve;
#[path = "shared/told.rs"]
mod told;

use serve::{BINARY, Lab};
use told::{figure, told};

const SIZE: (u16, u16) = (120, 40);

/// How long a console takes until nothing is new in it.
const SETTLED: Duration = Duration::from_secs(20);
const KEYS: usize = 200;

fn main() {
    if told::only_built() {
        return;
    }
    let quiet = std::env::var("DRLAB_BENCH_SECONDS").ok().and_then(|text| text.parse().ok()).unwrap_or(60);
    let quiet = Duration::from_secs(quiet);
    told::head();
    opening();
    for speed in [1, 20] {
        sitting(speed, quiet);
    }
    for workloads in [20, 200] {
        fleet(workloads, quiet);
    }
}

/// From exec until there is something to be seen.
fn opening() {
    let lab = Lab::serve(1, &["--topology", "tier2"]);
    let firsts: Vec<_> = (0..20).map(|_| Console::open(&lab.config).until("secret", Duration::from_secs(5))).collect();
    told("first frame with every component named, p50 of 20", millis(percentile(&firsts, 50)), 20.0, "ms");
    told("first frame with every component named, p95", millis(percentile(&firsts, 95)), 20.0, "ms");
    let fulls = || -> Vec<_> { (0..5).map(|_| Console::open(&lab.config).until_no_unknown(Duration::from_secs(20))).collect() };
    let near = percentile(&fulls(), 50);
    figure("nothing unknown any more, lab next door, p50 of 5", millis(near), "ms");
    for site in ["primary", "standby"] {
        lab.inject(&format!("api-slow:{site}"), Some(150.0));
    }
    let far = percentile(&fulls(), 50);
    figure("nothing unknown any more, 150 ms a call, p50 of 5", millis(far), "ms");
    told("of which on account of the calls", millis(far.saturating_sub(near)), 375.0, "ms");
}

/// What it costs to have it open, and how quick it is.
fn sitting(speed: u32, quiet: Duration) {
    let lab = Lab::serve(speed, &["--topology", "tier2"]);
    let at = |what: &str| format!("speed {speed}: {what}");
    let mut console = Console::open(&lab.config);
    console.until_no_unknown(Duration::from_secs(20));
    console.drain(SETTLED);
    let (began, busy) = (Instant::now(), console.processor_time());
    let bytes = console.drain(quiet);
    let share = (console.processor_time() - busy).as_secs_f64() / began.elapsed().as_secs_f64() * 100.0;
    if speed == 1 {
        told(&at("bytes to the terminal in a quiet minute"), a_minutes(bytes, quiet), 15.0, "KiB");
        told(&at("idle processor time, of a core"), share, 0.5, "%");
    } else {
        // Twenty minutes of news in one: busy, not idle.
        figure(&at("bytes to the terminal in a minute"), a_minutes(bytes, quiet), "KiB");
        figure(&at("processor time, of a core"), share, "%");
    }
    told(&at("resident memory"), console.resident_mib(), 30.0, "MiB");

    lab.inject("region-dark:primary", None);
    console.drain(Duration::from_secs(5));
    let mut keys: Vec<_> = (0..KEYS).map(|nth| console.key_to_frame(if nth % 2 == 0 { b"j" } else { b"k" })).collect();
    keys.sort();
    figure(&at("key to frame with a region dark, p50"), millis(percentile(&keys, 50)), "ms");
    told(&at(&format!("key to frame with a region dark, p99 of {KEYS}")), millis(percentile(&keys, 99)), 16.0, "ms");
}

/// What a fleet costs the machine it is watched from.
fn fleet(workloads: usize, quiet: Duration) {
    let config = std::env::temp_dir().join(format!("drlab-bench-{workloads}-{}.toml", std::process::id()));
    std::fs::write(&config, fleet::text(workloads)).unwrap();
    let lab = Lab::serve(1, &["--config", config.to_str().unwrap()]);
    let mut console = Console::open(&lab.config);
    console.drain(SETTLED);
    let (began, busy) = (Instant::now(), console.processor_time());
    let bytes = console.drain(quiet);
    let share = (console.processor_time() - busy).as_secs_f64() / began.elapsed().as_secs_f64() * 100.0;
    figure(&format!("{workloads} workloads: processor time, of a core"), share, "%");
    figure(&format!("{workloads} workloads: resident memory"), console.resident_mib(), "MiB");
    figure(&format!("{workloads} workloads: bytes in a minute"), a_minutes(bytes, quiet), "KiB");
    let mut keys: Vec<_> = (0..KEYS).map(|nth| console.key_to_frame(if nth % 2 == 0 { b"j" } else { b"k" })).collect();
    keys.sort();
    figure(&format!("{workloads} workloads: key to frame, p50"), millis(percentile(&keys, 50)), "ms");
    told(&format!("{workloads} workloads: key to frame, p99 of {KEYS}"), millis(percentile(&keys, 99)), 16.0, "ms");
    std::fs::remove_file(config).unwrap();
}

fn a_minutes(bytes: usize, time: Duration) -> f64 {
    bytes as f64 / 1024.0 * 60.0 / time.as_secs_f64()
}

fn millis(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}

fn percentile(times: &[Duration], percent: usize) -> Duration {
    let mut sorted = times.to_vec();
    sorted.sort();
    sorted[(sorted.len() * percent / 100).min(sorted.len() - 1)]
}

/// The console at a terminal of its own.
struct Console {
    child: Box<dyn portable_pty::Child + Send + Sync>,
    // Held: a terminal whose master is closed hangs up.
    _master: Box<dyn MasterPty + Send>,
    keyboard: Box<dyn Write + Send>,
    output: Receiver<Vec<u8>>,
    screen: vt100::Parser,
    born: Instant,
}

impl Console {
    fn open(config: &Path) -> Self {
        let pair = native_pty_system().openpty(PtySize { rows: SIZE.1, cols: SIZE.0, pixel_width: 0, pixel_height: 0 }).unwrap();
        let mut command = CommandBuilder::new(BINARY);
        command.arg("--config");
        command.arg(config);
        command.env("TERM", "xterm-256color");
        command.env("AWS_ACCESS_KEY_ID", "AKIALAB");
        command.env("AWS_SECRET_ACCESS_KEY", "lab");
        let born = Instant::now();
        let child = pair.slave.spawn_command(command).unwrap();
        let mut reader = pair.master.try_clone_reader().unwrap();
        let (told, output) = channel();
        std::thread::spawn(move || {
            let mut buffer = [0; 65_536];
            while let Ok(length @ 1..) = reader.read(&mut buffer) {
                if told.send(buffer[..length].to_vec()).is_err() {
                    break;
                }
            }
        });
        let keyboard = pair.master.take_writer().unwrap();
        Self { child, _master: pair.master, keyboard, output, screen: screen(), born }
    }

    fn shown(&self) -> String {
        self.screen.screen().contents()
    }

    /// How long after exec the screen holds what is looked for.
    fn wait(&mut self, within: Duration, holds: impl Fn(&str) -> bool) -> Duration {
        loop {
            let Ok(bytes) = self.output.recv_timeout(within) else { panic!("not within {within:?}:\n{}", self.shown()) };
            let at = self.born.elapsed();
            self.screen.process(&bytes);
            if holds(&self.shown()) {
                return at;
            }
            assert!(at < within, "not within {within:?}:\n{}", self.shown());
        }
    }

    fn until(&mut self, text: &str, within: Duration) -> Duration {
        self.wait(within, |shown| shown.contains(text))
    }

    fn until_no_unknown(&mut self, within: Duration) -> Duration {
        self.wait(within, |shown| shown.contains("primary active") && !shown.contains("unknown"))
    }

    /// Reads for a while; how many bytes that brought.
    fn drain(&mut self, time: Duration) -> usize {
        let (until, mut count) = (Instant::now() + time, 0);
        while let Some(left) = until.checked_duration_since(Instant::now()) {
            if let Ok(bytes) = self.output.recv_timeout(left) {
                count += bytes.len();
                self.screen.process(&bytes);
            }
        }
        count
    }

    fn key_to_frame(&mut self, key: &[u8]) -> Duration {
        self.drain(Duration::from_millis(60));
        let pressed = Instant::now();
        self.keyboard.write_all(key).unwrap();
        self.keyboard.flush().unwrap();
        let bytes = self.output.recv_timeout(Duration::from_secs(2)).unwrap();
        let took = pressed.elapsed();
        self.screen.process(&bytes);
        took
    }

    fn proc(&self, file: &str) -> String {
        std::fs::read_to_string(format!("/proc/{}/{file}", self.child.process_id().unwrap())).unwrap()
    }

    fn resident_mib(&self) -> f64 {
        let status = self.proc("status");
        let line = status.lines().find(|line| line.starts_with("VmRSS")).unwrap();
        line.split_whitespace().nth(1).unwrap().parse::<f64>().unwrap() / 1024.0
    }

    /// Time on a processor so far, at a hundredth of a second.
    fn processor_time(&self) -> Duration {
        let stat = self.proc("stat");
        let after_name = stat.rsplit(')').next().unwrap();
        let fields: Vec<_> = after_name.split_whitespace().collect();
        let ticks: u64 = fields[11].parse::<u64>().unwrap() + fields[12].parse::<u64>().unwrap();
        Duration::from_millis(ticks * 10)
    }
}

fn screen() -> vt100::Parser {
    let [columns, rows] = [SIZE.0, SIZE.1].map(|length| NonZeroU16::new(length).unwrap());
    vt100::Parser::new(rows, columns, 0)
}

impl Drop for Console {
    fn drop(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}
