//! What other processes and the shell want of this one.

use std::io;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signal {
    /// Asked to end, and by what.
    End { name: &'static str, code: u8 },
    /// Stopped and started again; the terminal has belonged to somebody else meanwhile.
    Continued,
}

/// Listens from its making on.
#[cfg(unix)]
#[derive(Debug)]
pub struct Signals {
    hung_up: tokio::signal::unix::Signal,
    interrupted: tokio::signal::unix::Signal,
    terminated: tokio::signal::unix::Signal,
    /// Whoever sends it wants an end as well: by itself it would leave the terminal as it is.
    quit: tokio::signal::unix::Signal,
    continued: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Signals {
    /// How long a stop may take to arrive. Where there is nobody to say `fg`, the kernel does not stop us at all.
    const STOPS_WITHIN: std::time::Duration = std::time::Duration::from_millis(100);

    pub fn listen() -> io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self {
            hung_up: signal(SignalKind::hangup())?,
            interrupted: signal(SignalKind::interrupt())?,
            terminated: signal(SignalKind::terminate())?,
            quit: signal(SignalKind::quit())?,
            continued: signal(SignalKind::from_raw(libc::SIGCONT))?,
        })
    }

    pub async fn next(&mut self) -> Signal {
        tokio::select! {
            biased;
            _ = self.terminated.recv() => Signal::End { name: "SIGTERM", code: 143 },
            _ = self.hung_up.recv() => Signal::End { name: "SIGHUP", code: 129 },
            _ = self.quit.recv() => Signal::End { name: "SIGQUIT", code: 131 },
            _ = self.interrupted.recv() => Signal::End { name: "SIGINT", code: 130 },
            _ = self.continued.recv() => Signal::Continued,
        }
    }

    /// Stops the whole job, as the terminal itself would have; comes back when it goes on.
    pub async fn stop(&mut self) -> io::Result<()> {
        rustix::process::kill_current_process_group(rustix::process::Signal::TSTP)?;
        // Not stopped and gone on look alike from here, and are answered alike.
        drop(tokio::time::timeout(Self::STOPS_WITHIN, self.continued.recv()).await);
        Ok(())
    }
}

/// Where there are no signals there is still Ctrl-C from outside.
#[cfg(not(unix))]
#[derive(Debug)]
pub struct Signals;

#[cfg(not(unix))]
impl Signals {
    pub fn listen() -> io::Result<Self> {
        Ok(Self)
    }

    pub async fn next(&mut self) -> Signal {
        match tokio::signal::ctrl_c().await {
            Ok(()) => Signal::End { name: "Ctrl-C", code: 130 },
            Err(_) => std::future::pending().await,
        }
    }

    /// Nothing here can be stopped and started again.
    pub async fn stop(&mut self) -> io::Result<()> {
        Ok(())
    }
}
