//! Options that several subcommands share.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Args;
use clap::builder::PossibleValuesParser;
use color_eyre::eyre::Result;
use drlab_core::app::{Look, Theme};
use drlab_core::config::{Config, Endpoints};
use drlab_core::keymap::{Keymap, KeymapFile};
use drlab_lab::topologies;

use super::Failure;
use crate::shell::Access;
use crate::term::Manners;

/// Which workloads, on whose behalf, and where.
#[derive(Debug, Args)]
pub(super) struct Target {
    /// The configuration; without it ./drlab.toml, then drlab-tui/drlab.toml where configurations are kept
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// The workload that is meant, by its name in the configuration
    #[arg(long, value_name = "NAME")]
    workload: Option<String>,
    /// The profile of ~/.aws/config to ask as
    #[arg(long, value_name = "NAME")]
    profile: Option<String>,
    /// One endpoint for everything that is asked of AWS
    #[arg(long, value_name = "URL")]
    endpoint_url: Option<String>,
    /// Send real credentials even to endpoints that are not AWS's
    #[arg(long)]
    send_credentials: bool,
}

impl Target {
    pub(super) fn config(&self) -> Result<Config> {
        let path = self.config.clone().map_or_else(found, Ok)?;
        let name = path.display().to_string();
        let text = std::fs::read(&path).map_err(|error| Failure::config(format!("{name}: {error}")))?;
        let mut config = topologies::parse(&name, text).map_err(Failure::config)?;
        if let Some(url) = &self.endpoint_url {
            config.endpoints = at_one_place(&config, url)?;
        }
        Ok(config)
    }

    pub(super) fn access(&self) -> Access {
        Access { profile: self.profile.clone(), send_credentials: self.send_credentials, state_dir: None }
    }

    /// Only what was named, where something was: nobody else's AWS is asked.
    pub(super) fn narrowed(&self) -> Result<Config> {
        let mut config = self.config()?;
        if let Some(at) = self.workload(&config)? {
            config.workloads = config.workloads.split_off(at);
            config.workloads.truncate(1);
        }
        Ok(config)
    }

    /// The index of the workload that was named.
    pub(super) fn workload(&self, config: &Config) -> Result<Option<usize>> {
        let Some(name) = &self.workload else { return Ok(None) };
        let at = config.workloads.iter().position(|workload| workload.name == *name);
        Ok(Some(at.ok_or_else(|| {
            let known: Vec<_> = config.workloads.iter().map(|workload| workload.name.as_str()).collect();
            Failure::usage(format!("--workload {name}: there is no such workload; there are {}", known.join(", ")))
        })?))
    }
}

fn at_one_place(config: &Config, url: &str) -> Result<Endpoints> {
    let rest = url.strip_prefix("http://").or_else(|| url.strip_prefix("https://"));
    if rest.is_none_or(|rest| rest.is_empty() || rest.contains(|c: char| c.is_whitespace() || c.is_control())) {
        return Err(Failure::usage(format!("--endpoint-url {url}: give a URL such as http://127.0.0.1:4566")).into());
    }
    let regions = config.regions().into_iter().map(|region| (region, url.to_owned()));
    Ok(Endpoints { regions: regions.collect(), route53: Some(url.to_owned()), proxy: config.endpoints.proxy.clone() })
}

/// The configuration that nobody named.
fn found() -> Result<PathBuf> {
    let here = PathBuf::from("drlab.toml");
    let kept = kept("drlab.toml");
    if let Some(path) = [Some(&here), kept.as_ref()].into_iter().flatten().find(|path| path.is_file()) {
        return Ok(path.clone());
    }
    let nor = kept.map_or_else(String::new, |path| format!(", nor {}", path.display()));
    Err(Failure::config(format!(
        "there is no drlab.toml in this folder{nor}, and nothing can be watched that is not written there\n\
         to look around first, without an account:   drlab-tui demo\n\
         to have one that works, from a lab:         drlab-tui lab serve --config-out drlab.toml\n\
         to use one that is somewhere else:          drlab-tui --config FILE"
    ))
    .into())
}

/// Where configurations are kept: what the system says, or what is usual.
fn kept(name: &str) -> Option<PathBuf> {
    let absolute = |variable| std::env::var_os(variable).map(PathBuf::from).filter(|path| path.is_absolute());
    let base = absolute("XDG_CONFIG_HOME").or_else(|| absolute("HOME").map(|home| home.join(".config")))?;
    Some(base.join("drlab-tui").join(name))
}

const THEMES: [(&str, Theme); 5] =
    [("terminal", Theme::Terminal), ("dark", Theme::Dark), ("light", Theme::Light), ("contrast", Theme::Contrast), ("mono", Theme::Mono)];

/// How the console looks and listens.
#[derive(Debug, Args)]
pub(super) struct Manner {
    /// No character beyond ASCII
    #[arg(long)]
    ascii: bool,
    /// Colours; without it the terminal's own, or none where NO_COLOR is set
    #[arg(long, value_name = "NAME", value_parser = PossibleValuesParser::new(THEMES.map(|(name, _)| name)))]
    theme: Option<String>,
    #[command(flatten)]
    keys: Keys,
    /// Let the wheel scroll; the terminal then no longer selects text by itself
    #[arg(long)]
    mouse: bool,
}

impl Manner {
    pub(super) fn look(&self) -> Look {
        let named = self.theme.as_deref().and_then(|name| THEMES.iter().find(|(known, _)| *known == name));
        let unnamed = if no_color() { Theme::Mono } else { Theme::Terminal };
        Look { theme: named.map_or(unnamed, |(_, theme)| *theme), ascii: self.ascii }
    }

    /// A theme that is asked for by name is more particular than `NO_COLOR`.
    pub(super) fn terminal(&self) -> Manners {
        Manners { mouse: self.mouse, colour: self.look().theme != Theme::Mono }
    }

    pub(super) fn keymap(&self) -> Result<Arc<Keymap>> {
        self.keys.effective().map(Arc::new)
    }
}

/// Which keys do what.
#[derive(Debug, Args)]
pub(super) struct Keys {
    /// Keys of your own, merged over the built-in ones; without it drlab-tui/keymap.toml where configurations are kept
    #[arg(long, value_name = "FILE")]
    keymap: Option<PathBuf>,
}

impl Keys {
    /// The built-in ones, with the user's own over them.
    pub(super) fn effective(&self) -> Result<Keymap> {
        let path = self.keymap.clone().or_else(|| kept("keymap.toml").filter(|path| path.is_file()));
        let Some(path) = path else { return Ok(Keymap::default()) };
        merged(&path)
    }
}

fn merged(path: &Path) -> Result<Keymap> {
    let name = path.display().to_string();
    let text = std::fs::read(path).map_err(|error| Failure::config(format!("{name}: {error}")))?;
    let own = KeymapFile::parse(&name, text).map_err(Failure::config)?;
    Ok(Keymap::merged(&Keymap::default(), &own).map_err(Failure::config)?)
}

/// As <https://no-color.org> has it: set to anything at all.
fn no_color() -> bool {
    std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty())
}
