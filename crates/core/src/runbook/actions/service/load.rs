use super::super::judging::aside;
use crate::config::{Service, Site};
use crate::domain::fact::Bounds;
use crate::runbook::{Memory, Scene, Standing};

/// For how much a service is to be made ready: the parameter `tasks`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::runbook::actions) enum Load {
    /// What the configuration says must run once the site carries the load. More is no fault.
    Failover,
    /// What the configuration says runs when nothing is wrong.
    Usual,
    /// What ran before this run changed it; what is usual, where it did not.
    Before,
    Just(i32),
}

/// What a parameter of this name means; for the catalogue.
pub(in crate::runbook::actions) const TASKS: (&str, &str) =
    ("tasks", "failover (the default), usual, before (what this run found), or a number");

impl Load {
    pub(in crate::runbook::actions) fn of(scene: &Scene<'_>) -> Result<Self, Standing> {
        scene.stage.with.get("tasks").map_or(Ok(Self::Failover), |said| Self::said(said)).map_err(Standing::stuck)
    }

    fn said(text: &str) -> Result<Self, &'static str> {
        match text {
            "failover" => Ok(Self::Failover),
            "usual" => Ok(Self::Usual),
            "before" => Ok(Self::Before),
            number => {
                number.parse::<u16>().map(|number| Self::Just(number.into())).map_err(|_| "“tasks” is failover, usual, before or a number")
            }
        }
    }

    /// Why a parameter cannot be this.
    pub(in crate::runbook::actions) fn refuses(parameter: &str, value: &str) -> Option<String> {
        if parameter == TASKS.0 { Self::said(value).err().map(ToOwned::to_owned) } else { None }
    }

    pub(in crate::runbook::actions) fn tasks(self, scene: &Scene<'_>, service: &Service) -> i32 {
        let at = service.sites.get(scene.site());
        match self {
            Self::Failover => whole(at.failover_tasks),
            Self::Usual => whole(at.tasks),
            Self::Before => found_before(scene.memory, scene.site(), service, "desired").unwrap_or(whole(at.tasks)),
            Self::Just(number) => number,
        }
    }

    /// The bounds that let so many run and stay: a minimum below the count would be scaled in to.
    pub(in crate::runbook::actions) fn bounds(self, scene: &Scene<'_>, service: &Service, now: Option<&Bounds>) -> (i32, i32) {
        let configured = service.sites.get(scene.site()).bounds.map(|bounds| (whole(bounds.min), whole(bounds.max)));
        let (min, max) = now.map(|now| (now.min, now.max)).or(configured).unwrap_or_default();
        let tasks = self.tasks(scene, service);
        match self {
            Self::Failover => (min.max(tasks), max.max(tasks).max(configured.unwrap_or_default().1)),
            Self::Usual => configured.unwrap_or((min, max)),
            Self::Before => {
                let before = |what, or| found_before(scene.memory, scene.site(), service, what).unwrap_or(or);
                (before("min", min), before("max", max))
            }
            Self::Just(_) => (tasks, max.max(tasks)),
        }
    }
}

/// What the run found, where it put it aside before it changed it: `desired`, `min`, `max`.
#[must_use]
pub fn found_before(memory: &Memory, site: Site, service: &Service, what: &str) -> Option<i32> {
    memory.put_aside(&name(site, service, what))?.parse().ok()
}

/// Under which name a figure of a service is put aside.
pub(in crate::runbook::actions) fn name(site: Site, service: &Service, what: &str) -> String {
    aside(site, &service.name, what)
}

fn whole(count: u32) -> i32 {
    i32::try_from(count).unwrap_or(i32::MAX)
}
