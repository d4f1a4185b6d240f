//! What services report to CloudWatch at the end of each minute.

use drlab_core::domain::Region;

/// A metric's name in full.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MetricName {
    pub namespace: String,
    pub metric: String,
    /// Sorted by name.
    pub dimensions: Vec<(String, String)>,
}

/// One minute of one metric.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Reading {
    pub sum: f64,
    pub samples: f64,
    pub min: f64,
    pub max: f64,
    /// Every percentile asked for answers this, or the maximum where a service knows none.
    pub p95: Option<f64>,
}

impl Reading {
    /// A level, sampled once.
    #[must_use]
    pub const fn level(value: f64) -> Self {
        Self { sum: value, samples: 1.0, min: value, max: value, p95: None }
    }

    /// A count of events, each worth 1.
    #[must_use]
    pub const fn count(events: f64) -> Self {
        Self { sum: events, samples: events, min: 1.0, max: 1.0, p95: None }
    }

    /// `samples` durations around `mean` with a known 95th percentile.
    #[must_use]
    pub fn durations(samples: f64, mean: f64, p95: f64) -> Self {
        Self { sum: mean * samples, samples, min: mean * 0.3, max: p95 * 1.6, p95: Some(p95) }
    }
}

/// Collects a minute's readings of all services.
#[derive(Clone, Debug, Default)]
pub struct Gauges {
    readings: Vec<(Region, MetricName, Reading)>,
}

impl Gauges {
    pub fn put(&mut self, region: &Region, namespace: &str, metric: &str, dimensions: &[(&str, &str)], reading: Reading) {
        let mut dimensions: Vec<_> = dimensions.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        dimensions.sort();
        let name = MetricName { namespace: namespace.to_owned(), metric: metric.to_owned(), dimensions };
        self.readings.push((region.clone(), name, reading));
    }

    pub fn into_readings(self) -> Vec<(Region, MetricName, Reading)> {
        self.readings
    }
}
