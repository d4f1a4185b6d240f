//! What AWS, or whoever speaks in its place, answers us: each question of every topology, with every answer that makes no sense.

use std::collections::BTreeSet;
use std::sync::Arc;

use drlab_core::domain::{Question, Snapshot, Topic};
use drlab_core::{asking, assess};
use drlab_lab::topologies::TOPOLOGIES;
use drlab_tui::aws::observe;
use drlab_tui::clock::WorldClock;

use super::ear::{self, Spoken, listening, speaking};
use super::judge::{Bounds, Came, Target, anywhere, judge};
use super::monsters::{self, Monster};
use crate::lab::rig::{Rig, START, paused};

/// One question, and what an honest AWS says to it.
struct Told {
    rig: Rig,
    question: Question,
    answers: Vec<Spoken>,
}

/// A question of each kind for each topology: what is asked of a kind twice is answered alike.
fn told() -> Vec<Told> {
    let mut all = Vec::new();
    for topology in TOPOLOGIES.iter().filter(|topology| topology.name != "fleet") {
        paused(async {
            let rig = Rig::open(topology.name);
            let (clients, heard) = listening(&rig);
            let mut known = BTreeSet::new();
            for question in asking::questions(&rig.stage.config, &Snapshot::default()) {
                let kind = format!("{:?}", question.topic).chars().take_while(char::is_ascii_alphanumeric).collect::<String>();
                if matches!(question.topic, Topic::Resolve { .. } | Topic::Look(_)) || !known.insert(kind) {
                    continue;
                }
                observe(&clients, &question, &WorldClock::new(START, 1.0)).await;
                let answers = heard.lock().unwrap().drain(..).map(|exchange| exchange.answered).collect::<Vec<_>>();
                assert!(!answers.is_empty(), "{question:?}");
                all.push(Told { rig: rig.clone(), question, answers });
            }
        });
    }
    all
}

/// The number of the question and of the answer that is changed, then the answer.
fn written(nth: usize, which: usize, spoken: &Spoken) -> Vec<u8> {
    ear::written(&format!("{nth} {which} {}", spoken.status), &spoken.headers, &spoken.body)
}

fn read(bytes: &[u8]) -> (usize, usize, Spoken) {
    let (first, headers, body) = ear::read(bytes);
    let mut numbers = first.split(' ').map(|word| word.parse::<usize>().unwrap_or(200));
    let mut number = || numbers.next().unwrap_or(200);
    let (nth, which, status) = (number(), number(), number());
    (nth, which, Spoken { status: 100 + u16::try_from(status.wrapping_sub(100) % 500).unwrap(), headers, body })
}

fn monsters(told: &[Told]) -> Vec<Monster> {
    let of = |kind: &str, bodies: Vec<Monster>, fits: fn(&[u8]) -> bool| {
        let (nth, honest) = told.iter().enumerate().find(|(_, told)| fits(&told.answers[0].body)).unwrap();
        let spoken = |body| Spoken { body, ..honest.answers[0].clone() };
        bodies.into_iter().map(|(called, body)| (format!("{kind}-{called}"), written(nth, 0, &spoken(body)))).collect::<Vec<_>>()
    };
    let mut all = of("xml", monsters::of_xml(), |body| body.starts_with(b"<"));
    all.extend(of("json", monsters::of_json(), |body| body.starts_with(b"{")));
    all.extend(of("cbor", monsters::of_cbor(), |body| body.first().is_some_and(|first| *first >= 0xa0)));
    all
}

#[test]
fn whatever_aws_answers_it_is_an_observation_or_a_trouble() {
    let told = told();
    let seeds = told
        .iter()
        .enumerate()
        .flat_map(|(nth, told)| told.answers.iter().enumerate().map(move |(which, spoken)| written(nth, which, spoken)));
    let seeds = seeds.collect();
    let bounds = Bounds { held: (24 << 20, 200), asked: (256 << 20, 4_000) };
    judge(Target { name: "answers", seeds, monsters: monsters(&told), cases: 500, bounds, longest: 4_200, places: anywhere }, |bytes| {
        let (nth, which, spoken) = read(bytes);
        let Told { rig, question, answers } = &told[nth % told.len()];
        let (answers, which) = (answers.clone(), which % answers.len());
        // Whoever asks for the next page is told the same again: a list without an end.
        let clients =
            speaking(rig, move |asked| if asked == which || asked >= answers.len() { spoken.clone() } else { answers[asked].clone() });
        let readings = paused(observe(&clients, question, &WorldClock::new(START, 1.0)));
        let subjects: Vec<_> = readings.iter().map(|reading| reading.subject.clone()).collect();
        assert_eq!(subjects, question.subjects(), "a reading for each subject");
        let mut snapshot = Snapshot::default();
        let mut came = Came::Taken;
        for reading in readings {
            if let Err(trouble) = &reading.outcome {
                came = Came::Refused(trouble.text.clone());
            }
            snapshot.take(reading);
        }
        // What was believed is thought about.
        for workload in &rig.stage.config.workloads {
            drop(assess::assess(workload, &snapshot, START));
        }
        drop(Arc::new(asking::questions(&rig.stage.config, &snapshot)));
        came
    });
}
