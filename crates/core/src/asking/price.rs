use crate::domain::{Question, Topic};

/// What one asking costs, in dollars. Most of AWS's reads are free; what is not is listed here, at the price of a call of us-east-1.
#[must_use]
fn dollars(question: &Question) -> f64 {
    match &question.topic {
        // $0.01 per 1,000 metrics, however many fit into a call.
        Topic::Metrics(queries) => queries.iter().map(|_| 0.01 / 1_000.0).sum(),
        // CloudWatch's other calls: $0.01 per 1,000.
        Topic::Alarms(_) => 0.01 / 1_000.0,
        // $0.05 per 10,000 calls.
        Topic::Secret(_) => 0.05 / 10_000.0,
        // $0.03 per 10,000 calls.
        Topic::Key(_) => 0.03 / 10_000.0,
        // Versioning, replication and lifecycle: three calls at $0.0055 per 1,000 at most.
        Topic::Replication(_) => 3.0 * 0.005_5 / 1_000.0,
        // A few items of a small table: well below $1 per million.
        Topic::Table(_) => 1.0 / 1_000_000.0,
        // Attributes and subscriptions: $0.50 per million.
        Topic::Topic(_) => 2.0 * 0.5 / 1_000_000.0,
        _ => 0.0,
    }
}

/// What asking all of this costs an hour, at each kind's own pace.
#[must_use]
pub fn dollars_per_hour(questions: &[Question]) -> f64 {
    questions.iter().map(|question| dollars(question) * 3_600.0 / question.kind().every().as_secs_f64()).sum()
}
