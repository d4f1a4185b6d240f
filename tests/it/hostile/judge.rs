//! How a reader is judged: whatever it is given, it does not panic, does not ask for more memory or work than the size of what it was given
//! allows, and what it says of its mistakes is short, harmless, and names a place.
//!
//! Work is counted in bytes that were allocated, never in time: the same figures on every machine.

use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

use allocation_counter::measure;

use super::mutant::Mutator;
use crate::luck::{Luck, told};

/// What came of some bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Came {
    Taken,
    /// In these words.
    Refused(String),
}

impl Came {
    pub(super) fn of<T, E: ToString>(read: Result<T, E>) -> Self {
        read.map_or_else(|error| Self::Refused(error.to_string()), |_| Self::Taken)
    }
}

/// What a reader may use: so much in any case, and so much for every byte it was given.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bounds {
    /// Memory held at one time.
    pub(super) held: (u64, u64),
    /// Memory asked for in all: the measure of its work.
    pub(super) asked: (u64, u64),
}

/// A reader before the judge.
pub(super) struct Target {
    /// The name of the folder of its corpus, too.
    pub(super) name: &'static str,
    /// What it takes.
    pub(super) seeds: Vec<Vec<u8>>,
    /// What is bad on purpose.
    pub(super) monsters: Vec<(String, Vec<u8>)>,
    /// How many mutants are tried unless `DRLAB_FUZZ` says otherwise.
    pub(super) cases: u64,
    pub(super) bounds: Bounds,
    /// The longest refusal, in bytes.
    pub(super) longest: usize,
    /// Whether a refusal says where.
    pub(super) places: fn(&str) -> bool,
}

/// What was seen of a reader.
#[derive(Debug, Default)]
struct Seen {
    cases: u64,
    taken: u64,
    /// The most that any case used, in hundredths of its bounds.
    held: u64,
    asked: u64,
    longest: usize,
}

/// Refusals of which nobody expects a place: there is nothing but one line, or no text at all.
pub(super) fn anywhere(_: &str) -> bool {
    true
}

/// `file:line:column`.
pub(super) fn in_a_file(refusal: &str) -> bool {
    let mut parts = refusal.split(':').skip(1);
    let number = |part: Option<&str>| part.is_some_and(|part| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit()));
    number(parts.next()) && number(parts.next())
}

/// Gives a reader its seeds, the corpus, the monsters and as many mutants as are asked for. `DRLAB_FUZZ_CASE` gives it that file alone.
pub(super) fn judge(target: Target, mut read: impl FnMut(&[u8]) -> Came) {
    let mut seen = Seen::default();
    if let Ok(file) = std::env::var("DRLAB_FUZZ_CASE") {
        seen.look(&target, &file, &fs::read(&file).unwrap(), &mut read);
        println!("{}: {seen:?}", target.name);
        return;
    }
    for (nth, seed) in target.seeds.iter().enumerate() {
        seen.look(&target, &format!("seed-{nth}"), seed, &mut read);
    }
    // Some are honest and refused all the same: what they name is gone by now, or is missing on purpose.
    assert!(seen.taken * 3 >= seen.cases * 2, "{}: the seeds are refused: {seen:?}", target.name);
    for path in corpus(target.name) {
        seen.look(&target, &path.file_name().unwrap().to_string_lossy(), &fs::read(&path).unwrap(), &mut read);
    }
    for (called, bytes) in &target.monsters {
        seen.look(&target, called, bytes, &mut read);
    }
    // Every reader has luck of its own.
    let own = target.name.bytes().fold(0, |sum: u64, byte| sum * 31 + u64::from(byte));
    let mut mutator = Mutator::new(Luck::new(own + told("DRLAB_SEED", 0)), target.seeds.clone());
    for nth in 0..told("DRLAB_FUZZ", target.cases) {
        let mutant = mutator.next();
        seen.look(&target, &format!("mutant-{nth}"), &mutant, &mut read);
    }
    println!("{}: {seen:?}", target.name);
}

impl Seen {
    fn look(&mut self, target: &Target, called: &str, bytes: &[u8], read: &mut impl FnMut(&[u8]) -> Came) -> Came {
        // Written down first: what ends the process, or does not end, is there to be looked at.
        let kept = kept(target.name);
        fs::write(&kept, bytes).unwrap();
        let mut came = None;
        let used = measure(|| came = catch_unwind(AssertUnwindSafe(|| read(bytes))).ok());
        let wrong = |what: &str| -> ! {
            let failed = kept.with_file_name(format!("{}-{called}", target.name));
            fs::write(&failed, bytes).unwrap();
            panic!(
                "{} {what}, given {called} ({} bytes)\nthe same again: DRLAB_FUZZ_CASE={} cargo test --test it hostile::\n{}",
                target.name,
                bytes.len(),
                failed.display(),
                String::from_utf8_lossy(bytes).chars().take(2_000).collect::<String>().escape_debug(),
            )
        };
        let Some(came) = came else { wrong("panics") };
        let allowed = |(fixed, each): (u64, u64)| fixed + each * bytes.len() as u64;
        let (held, asked) = (allowed(target.bounds.held), allowed(target.bounds.asked));
        if used.bytes_max > held {
            wrong(&format!("holds {} bytes at once, and may hold {held}", used.bytes_max));
        }
        if used.bytes_total > asked {
            wrong(&format!("asks for {} bytes in all, and may ask for {asked}", used.bytes_total));
        }
        if let Came::Refused(refusal) = &came {
            self.longest = self.longest.max(refusal.len());
            match refusal {
                refusal if refusal.trim().is_empty() => wrong("refuses without a word"),
                refusal if refusal.len() > target.longest => wrong(&format!("refuses in {} bytes", refusal.len())),
                refusal if refusal.chars().any(|c| c.is_control() && c != '\n') => {
                    wrong(&format!("refuses with a control character: {refusal:?}"))
                }
                refusal if !(target.places)(refusal) => wrong(&format!("does not say where: {refusal}")),
                _ => {}
            }
        }
        self.cases += 1;
        self.taken += u64::from(came == Came::Taken);
        self.held = self.held.max(used.bytes_max * 100 / held);
        self.asked = self.asked.max(used.bytes_total * 100 / asked);
        came
    }
}

/// Where the case is kept that is being tried.
fn kept(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("hostile");
    fs::create_dir_all(&folder).unwrap();
    folder.join(format!("{name}-now"))
}

/// What was found once, and what is worth being tried always.
fn corpus(name: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus/hostile").join(name);
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let mut files: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files
}
