//! Options that several subcommands share. Whatever the console takes too is `global`: it may stand before the subcommand or after it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Args;
use clap::builder::PossibleValuesParser;
use color_eyre::eyre::Result;
use drlab_core::app::{Look, Theme, quote};
use drlab_core::config::{Config, Endpoints};
use drlab_core::keymap::{Keymap, KeymapFile};
use drlab_lab::topologies;

use drlab_core::config::Site;
use drlab_core::reading::FileError;
use drlab_core::runbook::{Action, Plan, Runbook, shelf};

use super::{Failure, files};
use crate::shell::{Access, Consent};
use crate::store::Place;
use crate::term::Manners;

/// Which workloads, on whose behalf, and where.
#[derive(Debug, Args)]
pub(super) struct Target {
    /// The configuration; without it ./drlab.toml, then drlab-tui/drlab.toml where configurations are kept
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    #[command(flatten)]
    whose: Whose,
    /// The profile of ~/.aws/config to ask as
    #[arg(long, global = true, value_name = "NAME")]
    profile: Option<String>,
    /// One endpoint for everything that is asked of AWS
    #[arg(long, global = true, value_name = "URL")]
    endpoint_url: Option<String>,
    /// Send real credentials even to endpoints that are not AWS's
    #[arg(long, global = true)]
    send_credentials: bool,
}

impl Target {
    pub(super) fn config(&self) -> Result<Config> {
        let path = self.config.clone().map_or_else(found, Ok)?;
        let name = path.display().to_string();
        let text = files::read(&path, "a configuration")?;
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
        if let Some(at) = self.whose.workload(&config)? {
            config.workloads = config.workloads.split_off(at);
            config.workloads.truncate(1);
        }
        Ok(config)
    }

    /// The one workload that is meant: what changes something, or speaks of one, does it for one.
    pub(super) fn one(&self) -> Result<Config> {
        let config = self.narrowed()?;
        if config.workloads.len() > 1 {
            let known: Vec<_> = config.workloads.iter().map(|workload| workload.name.as_str()).collect();
            return Err(Failure::usage(format!("say which workload is meant, --workload NAME: there are {}", known.join(", "))).into());
        }
        Ok(config)
    }

    /// The configuration that is at hand, if there is one that can be read.
    pub(super) fn at_hand(&self) -> Option<Config> {
        self.config().ok()
    }

    pub(super) fn profile(&self) -> Option<&str> {
        self.profile.as_deref()
    }

    pub(super) const fn whose(&self) -> &Whose {
        &self.whose
    }
}

/// Which workload.
#[derive(Debug, Args)]
pub(super) struct Whose {
    /// The workload that is meant, by its name in the configuration
    #[arg(long, global = true, value_name = "NAME")]
    workload: Option<String>,
}

impl Whose {
    /// The name that was given, whatever configuration there is.
    pub(super) fn named(&self) -> Option<&str> {
        self.workload.as_deref()
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
    #[arg(long, global = true)]
    ascii: bool,
    /// Colours; without it the terminal's own, or none where NO_COLOR is set
    #[arg(long, global = true, value_name = "NAME", value_parser = PossibleValuesParser::new(THEMES.map(|(name, _)| name)))]
    theme: Option<String>,
    #[command(flatten)]
    keys: Keys,
    /// Let the wheel scroll; the terminal then no longer selects text by itself
    #[arg(long, global = true)]
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
    #[arg(long, global = true, value_name = "FILE")]
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
    let text = files::read(path, "a keymap")?;
    let own = KeymapFile::parse(&name, text).map_err(Failure::config)?;
    Ok(Keymap::merged(&Keymap::default(), &own).map_err(Failure::config)?)
}

/// As <https://no-color.org> has it: set to anything at all.
fn no_color() -> bool {
    std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty())
}

/// Where runs are written down.
#[derive(Debug, Args)]
pub(super) struct State {
    /// Where runs are kept; without it drlab-tui where the system keeps what programs remember
    #[arg(long, global = true, value_name = "DIR")]
    state_dir: Option<PathBuf>,
}

impl State {
    /// The same access, with runs kept where it was said.
    pub(super) fn of(&self, access: Access) -> Access {
        Access { state_dir: self.state_dir.clone(), ..access }
    }

    /// A lab that nobody can come back to keeps its runs apart from those of real systems: in a folder of its own beside them.
    pub(super) fn of_demo(&self) -> Option<PathBuf> {
        let apart = || Some(Place::find(None)?.root().join("demo").join(std::process::id().to_string()));
        self.state_dir.clone().or_else(apart)
    }

    /// How a command says it that is to find the same runs.
    pub(super) fn argument(&self) -> String {
        self.state_dir.as_ref().map_or_else(String::new, |dir| format!(" --state-dir {}", quote(&dir.display().to_string())))
    }

    pub(super) fn place(&self) -> Result<Place> {
        let place = Place::find(self.state_dir.clone());
        Ok(place.ok_or_else(|| Failure::usage("there is no usual place for what programs remember here: say --state-dir DIR"))?)
    }
}

/// How an instant is written.
const AN_INSTANT: &str = "2026-11-20T11:02:31Z";

/// Which runbooks there are.
#[derive(Debug, Args)]
pub(super) struct Books {
    /// A folder with runbooks of your own, which take the place of the built-in ones of the same name
    #[arg(long, global = true, value_name = "DIR")]
    runbooks: Option<PathBuf>,
}

impl Books {
    /// All that can be read, and what is wrong with the others.
    pub(super) fn all(&self) -> Result<(Vec<Runbook>, Vec<FileError>)> {
        let own = self.runbooks.as_deref().map(folder).transpose()?.unwrap_or_default();
        Ok(shelf(&own, &|action| action.deed()))
    }

    /// All of them, or what is wrong with any: whoever has written a runbook of their own does not want the built-in one in its place.
    pub(super) fn whole(&self) -> Result<Arc<Vec<Runbook>>> {
        let (books, errors) = self.all()?;
        if errors.is_empty() {
            return Ok(Arc::new(books));
        }
        Err(Failure::config(errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")).into())
    }

    /// The same, with everything said that must be before it is begun: nobody is asked anything before that.
    pub(super) fn complete(&self, name: &str, set: &Set) -> Result<Runbook> {
        let book = self.find(name, set)?;
        let catalogue = &|action: Action| action.deed();
        let Some(lacking) = book.lacking(catalogue) else { return Ok(book) };
        let options: Vec<_> =
            book.lacks(catalogue).iter().map(|wanted| format!("--set {}.{}={AN_INSTANT}", wanted.step, wanted.instant.parameter)).collect();
        Err(Failure::usage(format!("{name} cannot be begun like this: {lacking}\nadd {}", options.join(" "))).into())
    }

    /// The one of this name, with what was set for this run.
    pub(super) fn find(&self, name: &str, set: &Set) -> Result<Runbook> {
        let (books, errors) = self.all()?;
        let Some(found) = books.iter().find(|book| book.name == name) else {
            let file = format!("{name}.toml");
            let broken = errors.iter().find(|error| error.file == file || error.file.ends_with(&format!("/{file}")));
            let known: Vec<_> = books.iter().map(|book| book.name.as_str()).collect();
            return Err(match broken {
                Some(error) => Failure::config(error),
                None => Failure::usage(format!("there is no runbook “{}”; there are {}", name.escape_debug(), known.join(", "))),
            }
            .into());
        };
        Ok(found.with_set(&set.set.iter().cloned().collect(), &|action| action.deed()).map_err(Failure::usage)?)
    }
}

/// The TOML files of a folder, by name. What is not one of them is nobody's runbook.
fn folder(path: &Path) -> Result<Vec<(String, Vec<u8>)>> {
    let failed = |error: std::io::Error| Failure::config(format!("{}: {error}", path.display()));
    let mut own = Vec::new();
    for entry in std::fs::read_dir(path).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        if let Some(name) = path.file_name().and_then(|name| name.to_str()).filter(|name| name.ends_with(".toml")) {
            own.push((name.to_owned(), files::read(&path, "a runbook")?));
        }
    }
    own.sort();
    Ok(own)
}

/// What is set for one run.
#[derive(Debug, Default, Args)]
pub(super) struct Set {
    /// A parameter of a step (`step.parameter=value`), or which of several ways is taken (`choice=step`)
    #[arg(long, value_name = "KEY=VALUE", value_parser = pair)]
    set: Vec<(String, String)>,
}

/// From where it leads.
#[derive(Debug, Args)]
pub(super) struct Source {
    /// From which site the runbook leads; needed only where it cannot be seen which one is active
    #[arg(long, value_name = "SITE", value_parser = PossibleValuesParser::new(["primary", "standby"]))]
    source: Option<String>,
}

impl Source {
    pub(super) fn site(&self) -> Option<Site> {
        Some(if self.source.as_deref()? == "primary" { Site::Primary } else { Site::Standby })
    }
}

/// `name=text`, neither of them empty.
pub(super) fn pair(text: &str) -> Result<(String, String), String> {
    match text.split_once('=').map(|(name, text)| (name.trim(), text.trim())) {
        Some((name, text)) if !name.is_empty() && !text.is_empty() => Ok((name.to_owned(), text.to_owned())),
        _ => Err(format!("“{}” is not NAME=TEXT", text.escape_debug())),
    }
}

/// What answers, without a screen, whatever a run asks of people.
#[derive(Debug, Args)]
pub(super) struct Answers {
    /// The workload's name, once more: without it nothing is changed
    #[arg(long, value_name = "WORKLOAD")]
    pub(super) confirm: String,
    /// A step that may go ahead although it asks for a person; `all` for every one of them, and for going on where the objective will be missed
    #[arg(long, value_name = "STEP|all")]
    approve: Vec<String>,
    /// A guard to go past although it does not hold, and why
    #[arg(long = "override", value_name = "GUARD=REASON", value_parser = pair)]
    overrides: Vec<(String, String)>,
    /// A step that somebody has seen to, or that may stay owed
    #[arg(long, value_name = "STEP")]
    acknowledge: Vec<String>,
    /// One JSON object for everything that happens, as docs/RUNS.md describes it
    #[arg(long)]
    pub(super) json: bool,
}

impl Answers {
    pub(super) fn approves(&self, name: &str) -> bool {
        self.approve.iter().any(|approved| approved == name || approved == "all")
    }

    /// Only words that mean something in this plan, or beside it: what is misspelt would be missed at the worst of moments.
    pub(super) fn consent(&self, plan: &Plan, note: &str, beside: Option<&str>) -> Result<Consent> {
        let step = |name: &String| plan.stages.iter().any(|stage| stage.id == *name || stage.step == *name);
        let left_out = |name: &String| plan.omitted.iter().any(|omitted| omitted.step == *name);
        let steps = || plan.stages.iter().map(|stage| stage.id.as_str()).collect::<Vec<_>>().join(", ");
        for (option, names) in [("--approve", &self.approve), ("--acknowledge", &self.acknowledge)] {
            let all = |name: &str| option == "--approve" && (name == "all" || beside == Some(name));
            let unknown = names.iter().find(|name| !(step(name) || left_out(name) || all(name)));
            if let Some(name) = unknown {
                return Err(
                    Failure::usage(format!("{option} {}: there is no such step; there are {}", name.escape_debug(), steps())).into()
                );
            }
        }
        let guards: BTreeSet<_> = plan.stages.iter().flat_map(|stage| stage.guards.iter().map(|guard| guard.word())).collect();
        if let Some((name, _)) = self.overrides.iter().find(|(name, _)| !guards.contains(name.as_str())) {
            let known: Vec<_> = guards.into_iter().collect();
            return Err(Failure::usage(format!(
                "--override {}: there is no such guard; there are {}",
                name.escape_debug(),
                known.join(", ")
            ))
            .into());
        }
        Ok(Consent {
            all: self.approve.iter().any(|name| name == "all"),
            approved: self.approve.iter().cloned().collect(),
            overrides: self.overrides.iter().cloned().collect::<BTreeMap<_, _>>(),
            acknowledged: self.acknowledge.iter().cloned().collect(),
            note: note.to_owned(),
        })
    }
}
