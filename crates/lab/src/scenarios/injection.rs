//! `FAULT[:site[:component]]`, as it is typed at a running lab.

use drlab_core::config::{Config, Place};
use drlab_core::domain::Region;
use drlab_core::reading::suggestion;

use super::Injection;
use crate::world::Fault;

/// What is wrong with what was typed, and what could have been.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InjectionError {
    #[error("there is no fault “{given}”: {hint}")]
    UnknownFault { given: String, hint: String },
    #[error("there is no site “{given}”: write {known}")]
    UnknownSite { given: String, known: String },
    #[error("“{given}” could be of any workload: write {example}, or the name of a region")]
    WhichWorkload { given: String, example: String },
    #[error("there is no workload “{given}”: {hint}")]
    UnknownWorkload { given: String, hint: String },
    #[error("workload {0} has no control region")]
    NoControl(String),
}

/// Reads `FAULT[:site[:component]]`; without a site the fault is everywhere. A site is `primary`, `standby`, `control` or a region's name, and
/// `workload/primary` where there are several workloads. What follows the second colon is the component, colons and all.
pub fn injection(text: &str, config: &Config) -> Result<Injection, InjectionError> {
    let mut parts = text.splitn(3, ':').map(str::trim);
    let name = parts.next().unwrap_or_default();
    let fault: Fault = name.parse().map_err(|_| InjectionError::UnknownFault {
        given: short(name),
        hint: suggestion(name, Fault::ALL.iter().map(|fault| fault.name())).unwrap_or_default(),
    })?;
    let region = parts.next().filter(|site| !site.is_empty()).map(|site| region(site, config)).transpose()?;
    let component = parts.next().filter(|component| !component.is_empty()).map(str::to_owned);
    Ok(Injection { fault, region, component, level: None, lasting: None })
}

fn region(site: &str, config: &Config) -> Result<Region, InjectionError> {
    let (workload, place) = match site.split_once('/') {
        Some((name, place)) => {
            let found = config.workload(name).ok_or_else(|| InjectionError::UnknownWorkload {
                given: short(name),
                hint: suggestion(name, config.workloads.iter().map(|workload| workload.name.as_str())).unwrap_or_default(),
            })?;
            (Some(found), place)
        }
        None => (None, site),
    };
    let Some(place) = Place::from_word(place) else {
        let regions = config.regions();
        return match regions.iter().find(|region| region.as_str() == site) {
            Some(region) => Ok(region.clone()),
            None => {
                let places = Place::ALL.iter().map(|place| place.word().to_owned());
                let known: Vec<_> = places.chain(regions.iter().map(ToString::to_string)).collect();
                Err(InjectionError::UnknownSite { given: short(site), known: known.join(", ") })
            }
        };
    };
    let workload = match (workload, config.workloads.as_slice()) {
        (Some(found), _) | (None, [found]) => found,
        (None, all) => {
            // Where all of them have it in one region, it does not matter whose it is.
            let mut regions: Vec<_> = all.iter().map(|workload| workload.region_of(place)).collect();
            regions.dedup();
            if let [Some(region)] = regions.as_slice() {
                return Ok((*region).clone());
            }
            let example = all.first().map_or_else(String::new, |first| format!("{}/{place}", first.name));
            return Err(InjectionError::WhichWorkload { given: short(site), example });
        }
    };
    workload.region_of(place).cloned().ok_or_else(|| InjectionError::NoControl(workload.name.clone()))
}

fn short(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(60).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::topologies::Topology;

    fn config(name: &str) -> Config {
        Topology::named(name).unwrap().config().unwrap()
    }

    #[test]
    fn sites_are_told_by_role_or_by_region() {
        let platform = config("platform");
        let read = |text| injection(text, &platform).unwrap();
        assert_eq!(read("region-dark:primary").region, Some(Region::new("us-east-1")));
        assert_eq!(read("region-dark:control").region, Some(Region::new("us-east-2")));
        assert_eq!(read("region-dark:us-west-2").region, Some(Region::new("us-west-2")));
        assert_eq!(read("region-dark").region, None);
        let precise = read("s3-stall:standby:arn:aws:s3:::bucket");
        assert_eq!(precise.component.as_deref(), Some("arn:aws:s3:::bucket"));
    }

    #[test]
    fn several_workloads_must_be_told_apart() {
        let fleet = config("fleet");
        let error = injection("region-dark:primary", &fleet).unwrap_err();
        assert_eq!(error.to_string(), "“primary” could be of any workload: write catalog/primary, or the name of a region");
        assert_eq!(injection("region-dark:shop-jp/primary", &fleet).unwrap().region, Some(Region::new("ap-northeast-1")));
        assert_eq!(injection("region-dark:shop-jp/control", &fleet), Err(InjectionError::NoControl("shop-jp".to_owned())));
    }

    #[test]
    fn unknown_names_say_what_there_is() {
        let tier2 = config("tier2");
        let said = |text| injection(text, &tier2).unwrap_err().to_string();
        assert_eq!(said("region-drak"), "there is no fault “region-drak”: did you mean “region-dark”?");
        assert_eq!(said("region-dark:left"), "there is no site “left”: write primary, standby, control, ap-southeast-2, us-west-2");
        assert_eq!(said("region-dark:tier3/primary"), "there is no workload “tier3”: did you mean “tier2”?");
        assert_eq!(said("region-dark:control"), "workload tier2 has no control region");
    }

    proptest! {
        #[test]
        fn whatever_is_typed_is_answered(text in "\\PC{0,80}") {
            if let Err(error) = injection(&text, &config("tier2")) {
                prop_assert!(error.to_string().len() < 1000);
            }
        }
    }
}
