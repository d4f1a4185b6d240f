use std::fmt;

use super::{CheckReport, StatusReport};
use crate::domain::{Timestamp, human_duration};

/// Marks are words of the same width: they survive pipes, mail and screen readers.
const fn mark(ok: Option<bool>) -> &'static str {
    match ok {
        Some(true) => "ok     ",
        Some(false) => "NOT OK ",
        None => "unknown",
    }
}

fn age(at: Timestamp, then: Option<Timestamp>) -> String {
    then.map_or_else(|| "–".to_owned(), |then| human_duration(at.since(then)))
}

impl fmt::Display for StatusReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}: {} at {}", self.workload, self.verdict.word().to_uppercase(), self.at)?;
        if let Some(headline) = &self.headline {
            writeln!(f, "  {headline}")?;
        }
        for reason in &self.reasons {
            writeln!(f, "  - {reason}")?;
        }
        for (name, at, why) in [("active", self.active, &self.active_why), ("landing", self.landing, &self.landing_why)] {
            match why {
                Some(why) => writeln!(f, "  {name:<8} {at}: {why}")?,
                None => writeln!(f, "  {name:<8} {at}")?,
            }
        }
        let width = self.components.iter().map(|component| component.id.chars().count()).max().unwrap_or(0);
        for component in &self.components {
            let age = age(self.at, component.source_at);
            write!(f, "  {:<width$}  {:<8}  {:>6}  {}", component.id, component.verdict, age, component.value)?;
            match &component.reason {
                Some(reason) => writeln!(f, "  ({reason})")?,
                None => writeln!(f)?,
            }
        }
        let told = match self.ready {
            Some(true) => "a failover would succeed now",
            Some(false) => "a failover would NOT succeed now",
            None => "whether a failover would succeed cannot be told now",
        };
        let passed = self.readiness.iter().filter(|check| check.ok == Some(true)).count();
        writeln!(f, "  ready    {told}: {passed} of {} checks pass", self.readiness.len())?;
        for check in self.readiness.iter().filter(|check| check.ok != Some(true)) {
            writeln!(f, "    {}  {}: {}", mark(check.ok), check.id, check.why)?;
        }
        writeln!(f, "  loss     {}", self.loss.told)?;
        let seconds = |seconds: f64| human_duration(std::time::Duration::try_from_secs_f64(seconds).unwrap_or_default());
        write!(
            f,
            "  would take ~{} (p90 {}) of {}",
            seconds(self.forecast.p50_s),
            seconds(self.forecast.p90_s),
            seconds(self.forecast.rto_s)
        )?;
        match &self.forecast.unreachable {
            Some(unreachable) => writeln!(f, "; {unreachable}"),
            None => writeln!(f),
        }
    }
}

impl fmt::Display for CheckReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let told = match self.ready {
            Some(true) => "a failover would succeed now",
            Some(false) => "a failover would NOT succeed now",
            None => "whether a failover would succeed cannot be told now",
        };
        writeln!(f, "{}: {told} ({})", self.workload, self.at)?;
        for check in &self.readiness {
            let advisory = if check.required { "" } else { " (advisory)" };
            writeln!(f, "  {}  {}{advisory}: {}", mark(check.ok), check.id, check.why)?;
        }
        writeln!(f, "  read permissions")?;
        for permission in &self.permissions {
            writeln!(f, "  {}  {} in {}: {}", mark(permission.ok), permission.reads, permission.region, permission.why)?;
        }
        Ok(())
    }
}
