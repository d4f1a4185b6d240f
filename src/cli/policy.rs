//! `drlab-tui policy`: what the console must be allowed to do in AWS, as IAM takes it, and what for.

use clap::Args;
use color_eyre::eyre::Result;
use drlab_core::policy::Policy;

use super::options::Target;
use super::{aside, print};

/// What IAM takes in one managed policy, white space not counted.
const MOST: usize = 6_144;

#[derive(Debug, Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    target: Target,
    /// Also what carrying out a runbook takes
    #[arg(long)]
    operate: bool,
    /// What every permission is for, as a table, and not the policy itself
    #[arg(long)]
    why: bool,
}

impl Arguments {
    pub(super) fn run(&self) -> Result<()> {
        let policy = Policy::of(&self.target.narrowed()?, self.operate);
        if self.why {
            return print(&policy.markdown());
        }
        let json = policy.json();
        let length = json.to_string().len();
        if length > MOST {
            aside(&format!(
                "drlab-tui: {length} characters, and a managed policy takes {MOST}: make one for each workload, --workload NAME"
            ));
        }
        print(&format!("{json:#}\n"))
    }
}
