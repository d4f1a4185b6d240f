use serde::Serialize;

use crate::domain::Timestamp;

/// A metric over the last hour, oldest first, a point a minute where there is one.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Series {
    pub unit: String,
    pub points: Vec<Point>,
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Point {
    /// When the minute began that it measures.
    pub at: Timestamp,
    pub value: f64,
}

impl Series {
    #[must_use]
    pub fn last(&self) -> Option<Point> {
        self.points.last().copied()
    }
}

/// A CloudWatch alarm, metric or composite.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Alarm {
    pub name: String,
    /// `OK`, `ALARM`, `INSUFFICIENT_DATA`.
    pub state: String,
    pub reason: String,
    pub since: Option<Timestamp>,
    pub composite: bool,
    /// What it watches, as a person would say it: `HTTPCode_Target_5XX_Count > 5 for 3 of 3 periods of 60 s`, or a composite's rule.
    pub condition: String,
    pub actions_enabled: bool,
}
