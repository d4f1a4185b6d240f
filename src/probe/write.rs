use drlab_core::asking::write_errand;
use drlab_core::config::Workload;
use drlab_core::domain::Receipt;
use drlab_core::domain::change::Way;

use super::fetch::fetch;
use super::wire::Wire;
use crate::clock::WorldClock;

/// Writes a row through the application, the way a client would. The watch never does this: only a run that is armed asks for it.
pub async fn write_through(wire: &Wire, workload: &Workload, way: &Way, clock: &WorldClock) -> Receipt {
    let Some(errand) = write_errand(workload, way) else {
        return Receipt::Refused { code: "NoWay".to_owned(), text: "the configuration names no write_path, or no way there".to_owned() };
    };
    match fetch(wire, &errand, clock).await {
        Ok(sight) => {
            let told = [
                ("status", sight.status.map(|status| status.to_string())),
                ("address", sight.address),
                ("body", Some(sight.body)),
                ("problem", sight.problem),
            ];
            Receipt::Accepted { told: told.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))).collect() }
        }
        Err(trouble) => Receipt::Unknown { text: trouble.text },
    }
}
