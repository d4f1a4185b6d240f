use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use crate::domain::{MetricQuery, Question, Region, Subject, Topic};

/// Indices into the configuration's workloads.
pub(super) type Askers = BTreeSet<usize>;

/// What the workloads want to know, gathered so that things that one call can tell are asked for in one call.
#[derive(Debug, Default)]
pub(super) struct Wants {
    alone: BTreeMap<Question, (Askers, Duration)>,
    batches: BTreeMap<(Region, Batch), BTreeMap<String, Askers>>,
    metrics: BTreeMap<Region, BTreeMap<Subject, (MetricQuery, Askers)>>,
}

/// Things of one sort, many of which fit into a call.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Batch {
    Instances,
    Clusters,
    GlobalClusters,
    RestorePoints,
    /// Of this cluster.
    Services(String),
    Bounds,
    TargetGroups,
    Certificates,
    /// In this zone.
    Records(String),
    HealthChecks,
    Alarms,
}

/// `GetMetricData` takes no more.
const MOST_METRICS: usize = 500;

impl Batch {
    /// How many fit: AWS's limit for calls that name what they want. What is listed by the page has none.
    const fn limit(&self) -> usize {
        match self {
            Self::Services(_) => 10,
            Self::Bounds => 50,
            Self::TargetGroups | Self::Alarms => 100,
            Self::Instances
            | Self::Clusters
            | Self::GlobalClusters
            | Self::RestorePoints
            | Self::Certificates
            | Self::Records(_)
            | Self::HealthChecks => usize::MAX,
        }
    }

    fn topic(&self, names: Vec<String>) -> Topic {
        match self {
            Self::Instances => Topic::Instances(names),
            Self::Clusters => Topic::Clusters(names),
            Self::GlobalClusters => Topic::GlobalClusters(names),
            Self::RestorePoints => Topic::RestorePoints(names),
            Self::Services(cluster) => Topic::Services { cluster: cluster.clone(), services: names },
            Self::Bounds => Topic::Bounds(names),
            Self::TargetGroups => Topic::TargetGroups(names),
            Self::Certificates => Topic::Certificates(names),
            Self::Records(zone) => Topic::Records { zone: zone.clone(), names },
            Self::HealthChecks => Topic::HealthChecks(names),
            Self::Alarms => Topic::Alarms(names),
        }
    }
}

impl Wants {
    /// One thing that takes a call of its own, at its kind's pace.
    pub(super) fn ask(&mut self, asker: usize, region: &Region, topic: Topic) {
        let question = Question::new(region, topic);
        let every = question.kind().every();
        self.ask_every(asker, question, every);
    }

    /// The same at a pace of its own; whoever wants it faster decides.
    pub(super) fn ask_every(&mut self, asker: usize, question: Question, every: Duration) {
        let (askers, pace) = self.alone.entry(question).or_insert_with(|| (Askers::new(), every));
        askers.insert(asker);
        *pace = every.min(*pace);
    }

    pub(super) fn name(&mut self, asker: usize, region: &Region, batch: Batch, name: &str) {
        self.batches.entry((region.clone(), batch)).or_default().entry(name.to_owned()).or_default().insert(asker);
    }

    pub(super) fn measure(&mut self, asker: usize, query: MetricQuery) {
        let here = self.metrics.entry(query.subject.region.clone()).or_default();
        let (_, askers) = here.entry(query.subject.clone()).or_insert_with(|| (query, Askers::new()));
        askers.insert(asker);
    }

    /// What to ask, how often and for whom, in a fixed order.
    pub(super) fn into_questions(self) -> Vec<(Question, Duration, Askers)> {
        let mut questions: Vec<_> = self.alone.into_iter().map(|(question, (askers, every))| (question, every, askers)).collect();
        let mut add = |question: Question, askers: Askers| {
            let every = question.kind().every();
            questions.push((question, every, askers));
        };
        for ((region, batch), names) in self.batches {
            let names: Vec<_> = names.into_iter().collect();
            for chunk in names.chunks(batch.limit().min(names.len().max(1))) {
                let topic = batch.topic(chunk.iter().map(|(name, _)| name.clone()).collect());
                add(Question::new(&region, topic), all(chunk.iter().map(|(_, askers)| askers)));
            }
        }
        for (region, queries) in self.metrics {
            let queries: Vec<_> = queries.into_values().collect();
            for chunk in queries.chunks(MOST_METRICS) {
                let topic = Topic::Metrics(chunk.iter().map(|(query, _)| query.clone()).collect());
                add(Question::new(&region, topic), all(chunk.iter().map(|(_, askers)| askers)));
            }
        }
        questions.sort_by(|(one, ..), (other, ..)| one.cmp(other));
        questions
    }
}

fn all<'a>(askers: impl Iterator<Item = &'a Askers>) -> Askers {
    askers.flatten().copied().collect()
}
