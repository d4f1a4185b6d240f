//! Bad days and bad input, each with what somebody who sits before it reads.

mod access;
mod clocks;
mod crowds;
mod fleets;
mod missing;
mod names;
mod poison;
mod quiet;
mod rehearsal;
mod secrets;

use std::sync::Arc;
use std::time::Duration;

use drlab_core::app::{Detail, Overlay};
use drlab_core::assess::{Check, Component};
use drlab_core::config::{Config, Workload};
use ratatui::style::Modifier;

use super::laws;
use super::seat::Seat;
use crate::lab::rig::{self, Rig, paused};
use crate::screens::styled::lines;

const MINUTE: Duration = Duration::from_secs(60);
const SIZES: [(u16, u16); 3] = [(80, 24), (120, 40), (200, 60)];

/// Before a lab as it comes, with a console that was told something else.
fn misled(topology: &str, mislead: impl FnOnce(&mut Workload), story: impl AsyncFnOnce(&mut Seat)) {
    let mut config = rig::config(topology);
    mislead(&mut config.workloads[0]);
    let config = Arc::new(config);
    paused(Seat::watching(Rig::open(topology), config, story));
}

/// Before a lab that was built otherwise.
fn built(config: Config, story: impl AsyncFnOnce(&mut Seat)) {
    paused(Seat::before(Rig::of(config), story));
}

impl Seat {
    fn row(&self, id: &str) -> &Component {
        let named = || self.assessment().components().map(|row| row.id.as_str()).collect::<Vec<_>>();
        self.assessment().component(id).unwrap_or_else(|| panic!("no {id} among {:?}", named()))
    }

    fn check(&self, id: &str) -> &Check {
        let checks = &self.assessment().readiness.checks;
        checks.iter().find(|check| check.id == id).unwrap_or_else(|| panic!("no {id} among {checks:#?}"))
    }

    /// Whether every word stands on one line of the screen, in this order.
    fn reads(&self, words: &[&str]) -> bool {
        self.screen().iter().any(|line| {
            let mut rest = line.as_str();
            words.iter().all(|word| rest.find(word).map(|at| rest = &rest[at + word.len()..]).is_some())
        })
    }

    /// The laws of pictures and panels hold on every screen at every usual size, and under every component's details at one of them each.
    fn stands_everywhere(&mut self) {
        for screen in ["1", "3", "4"] {
            self.press(screen);
            for size in SIZES {
                self.resize(size);
                let picture = self.drawn();
                laws::of_model(&self.model);
                laws::of_picture(&self.model, &picture);
                laws::of_panels(&picture);
            }
        }
        self.press("1");
        let rows: Vec<String> = self.assessment().components().map(|row| row.id.clone()).collect();
        for (component, size) in rows.into_iter().zip(SIZES.into_iter().cycle()) {
            self.model.overlays = vec![Overlay::Detail(Detail { component, scroll: 0 })];
            self.resize(size);
            laws::of_picture(&self.model, &self.drawn());
            self.press("pagedown");
            laws::of_picture(&self.model, &self.drawn());
        }
        self.press("esc");
        self.resize(super::seat::SIZE);
    }

    /// The lines that the cursor is drawn on.
    fn selected(&self) -> Vec<String> {
        let picture = self.drawn();
        let chosen = |y: u16| {
            let marked = (0..picture.area.width).filter(|x| picture[(*x, y)].modifier.contains(Modifier::REVERSED)).count();
            marked > usize::from(picture.area.width) / 2
        };
        lines(&picture).into_iter().zip(0..).filter(|(_, y)| chosen(*y)).map(|(line, _)| line).collect()
    }
}
