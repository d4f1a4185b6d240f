use drlab_core::config::{Site, Workload};
use drlab_core::domain::Timestamp;
use drlab_core::run::{Declared, Run};
use drlab_core::runbook::{Runbook, unfold};

/// What is declared by whoever begins a run.
#[derive(Clone, Debug)]
pub struct Declaration<'a> {
    pub workload: &'a Workload,
    pub runbook: &'a Runbook,
    /// From where it leads.
    pub source: Site,
    pub outage_at: Option<Timestamp>,
    pub reason: String,
    pub who: String,
    pub lab: bool,
    /// The configuration as it was resolved.
    pub config_text: String,
}

impl Declaration<'_> {
    /// A run that has just been declared: its first record, and what follows from it. Its name begins with its date, so that names sort.
    /// An error says why there can be none: its plan is refused.
    pub fn begin(&self, at: Timestamp) -> Result<Run, String> {
        let plan = unfold(self.runbook, self.workload, self.source, &|action| action.deed());
        if let Some(refused) = plan.refused {
            return Err(refused);
        }
        let stamp: String = at.to_string().chars().filter(char::is_ascii_alphanumeric).take(15).collect();
        let declared = Declared {
            run: format!("{}-{}", stamp.to_lowercase(), self.workload.name),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            workload: self.workload.name.clone(),
            account: self.workload.account.clone(),
            runbook: self.runbook.name.clone(),
            runbook_text: self.runbook.text.clone(),
            config_text: self.config_text.clone(),
            source: self.source,
            outage_at: self.outage_at,
            reason: self.reason.clone(),
            who: self.who.clone(),
            lab: self.lab,
        };
        Ok(Run::declared(at, declared, plan))
    }
}
