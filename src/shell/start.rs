use std::path::PathBuf;
use std::sync::Arc;

use drlab_core::app::Look;
use drlab_core::config::Config;
use drlab_core::keymap::Keymap;
use drlab_core::runbook::Runbook;
use tokio::sync::oneshot;

use crate::term::Manners;

/// What a console begins with.
#[derive(Debug)]
pub struct Start {
    pub config: Arc<Config>,
    pub keymap: Arc<Keymap>,
    pub look: Look,
    pub manners: Manners,
    /// Index of the workload to look at first, where one was named.
    pub workload: Option<usize>,
    pub hint: Option<String>,
    pub access: Access,
    /// What can be run.
    pub runbooks: Arc<Vec<Runbook>>,
    /// A lab that is still opening; the console shows what it will hold meanwhile.
    pub opening: Option<oneshot::Receiver<Result<Opened, String>>>,
}

/// On whose behalf AWS is asked.
#[derive(Clone, Debug, Default)]
pub struct Access {
    pub profile: Option<String>,
    /// Real credentials may go to endpoints that are not AWS's.
    pub send_credentials: bool,
    /// Where runs are kept; `None`: in the usual place.
    pub state_dir: Option<PathBuf>,
}

/// A lab that stands.
#[derive(Debug)]
pub struct Opened {
    /// The same workloads, with the lab as their AWS.
    pub config: Config,
    /// What to try.
    pub hint: String,
}

/// Why a console ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ended {
    Quit,
    /// Somebody sent a signal.
    Asked {
        name: &'static str,
        code: u8,
    },
    /// The terminal has hung up.
    Gone,
    /// The lab that was to be shown did not open.
    NoLab(String),
}
