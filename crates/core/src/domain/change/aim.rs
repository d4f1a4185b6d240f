use std::collections::BTreeMap;

use crate::domain::{Region, quote};

/// Whose AWS a command is meant for. A command that was read in a rehearsal must not, in another terminal, reach the real one.
#[derive(Clone, Copy, Debug, Default)]
pub struct Aim<'a> {
    pub profile: Option<&'a str>,
    /// A URL per region, where AWS is not where its CLI looks by itself.
    pub regions: Option<&'a BTreeMap<Region, String>>,
    pub route53: Option<&'a str>,
}

/// A call of the AWS CLI, word by word.
#[derive(Debug)]
pub(super) struct Call(Vec<String>);

impl Call {
    /// `rds promote-read-replica`.
    pub(super) fn new(service_and_operation: &str) -> Self {
        Self(std::iter::once("aws").chain(service_and_operation.split(' ')).map(str::to_owned).collect())
    }

    pub(super) fn flag(mut self, flag: &str) -> Self {
        self.0.push(flag.to_owned());
        self
    }

    pub(super) fn with(mut self, option: &str, value: impl ToString) -> Self {
        let value = value.to_string();
        // What begins with a dash would be taken for an option.
        if value.starts_with('-') {
            self.0.push(format!("{option}={value}"));
        } else {
            self.0.extend([option.to_owned(), value]);
        }
        self
    }

    pub(super) fn maybe(self, option: &str, value: Option<impl ToString>) -> Self {
        match value {
            Some(value) => self.with(option, value),
            None => self,
        }
    }

    pub(super) fn list(mut self, option: &str, values: &[String]) -> Self {
        if !values.is_empty() {
            self.0.push(option.to_owned());
            self.0.extend(values.iter().cloned());
        }
        self
    }

    /// `--multi-az` or `--no-multi-az`.
    pub(super) fn switch(self, name: &str, on: Option<bool>) -> Self {
        match on {
            Some(true) => self.flag(&format!("--{name}")),
            Some(false) => self.flag(&format!("--no-{name}")),
            None => self,
        }
    }

    /// The line, for a region of somebody's AWS.
    pub(super) fn line(mut self, region: &Region, aim: &Aim<'_>) -> String {
        let global = region.is_global();
        let endpoint = if global { aim.route53 } else { aim.regions.and_then(|regions| regions.get(region)).map(String::as_str) };
        if !global {
            self.0.extend(["--region".to_owned(), region.to_string()]);
        }
        self.0.extend(aim.profile.iter().flat_map(|profile| ["--profile".to_owned(), (*profile).to_owned()]));
        self.0.extend(endpoint.iter().flat_map(|endpoint| ["--endpoint-url".to_owned(), (*endpoint).to_owned()]));
        words(self.0.iter().map(String::as_str))
    }
}

pub(super) fn words<'w>(words: impl IntoIterator<Item = &'w str>) -> String {
    words.into_iter().map(quote).collect::<Vec<_>>().join(" ")
}
