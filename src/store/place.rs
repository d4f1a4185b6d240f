use std::io;
use std::path::{Path, PathBuf};

use drlab_core::domain::excerpt;

use super::own;

/// The state directory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    root: PathBuf,
}

/// Where one run keeps its things.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunFolder {
    path: PathBuf,
}

impl Place {
    /// The one that was named, or the usual one; `None` where the system has no usual one.
    #[must_use]
    pub fn find(named: Option<PathBuf>) -> Option<Self> {
        let absolute = |variable| std::env::var_os(variable).map(PathBuf::from).filter(|path| path.is_absolute());
        let usual = || {
            let base = absolute("XDG_STATE_HOME").or_else(|| absolute("HOME").map(|home| home.join(".local").join("state")))?;
            Some(base.join("drlab-tui"))
        };
        named.or_else(usual).map(|root| Self { root })
    }

    #[must_use]
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Makes a folder for a run of this name; an error if there is one.
    pub fn make(&self, run: &str) -> io::Result<RunFolder> {
        let folder = self.folder(run)?;
        if let Some(parent) = folder.path.parent() {
            own::folder(parent)?;
        }
        std::fs::create_dir(&folder.path)?;
        own::folder(&folder.path)?;
        Ok(folder)
    }

    /// Where a run of this name is kept, if it is.
    pub fn folder(&self, run: &str) -> io::Result<RunFolder> {
        // A run's name becomes a path: nothing that could lead elsewhere.
        let plain = !run.is_empty() && run.len() <= 120 && run.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'));
        if !plain || run.starts_with('.') {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, format!("“{}” is no run's name", excerpt(run, 120))));
        }
        Ok(RunFolder { path: self.root.join("runs").join(run) })
    }

    /// The names of all runs, the oldest first: names begin with their dates.
    pub fn runs(&self) -> io::Result<Vec<String>> {
        let folder = self.root.join("runs");
        let entries = match std::fs::read_dir(&folder) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(own::at(&folder, &error)),
        };
        let mut names = Vec::new();
        for entry in entries {
            let entry = entry?;
            if let Some(name) = entry.file_name().to_str()
                && self.folder(name).is_ok_and(|folder| folder.journal().is_file())
            {
                names.push(name.to_owned());
            }
        }
        names.sort();
        Ok(names)
    }
}

impl RunFolder {
    #[must_use]
    pub fn journal(&self) -> PathBuf {
        self.path.join("journal.jsonl")
    }

    #[must_use]
    pub fn lease(&self) -> PathBuf {
        self.path.join("lease.json")
    }

    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }
}
