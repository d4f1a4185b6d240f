use std::borrow::Cow;
use std::fmt::{self, Write as _};

use super::{Figure, Report, Waiting, seconds};
use crate::runbook::{code, md};

impl Report {
    #[must_use]
    pub fn markdown(&self) -> String {
        let mut text = String::new();
        // Writing into a String cannot fail.
        let _ = self.write_markdown(&mut text);
        text
    }

    fn write_markdown(&self, text: &mut String) -> fmt::Result {
        writeln!(text, "# {}: {}{}\n", md(&self.workload), md(&self.title), if self.lab { " (lab)" } else { "" })?;
        writeln!(text, "**{}** on {}. {}\n", self.state.to_uppercase(), self.at, md(&self.reason))?;
        writeln!(text, "| | measured | target | met |\n|---|---|---|---|")?;
        row(text, "RTO", &self.rto)?;
        row(text, "RPO, at most", &self.rpo)?;
        writeln!(text, "\n| | |\n|---|---|")?;
        for (name, value) in self.facts() {
            writeln!(text, "| {name} | {} |", md(&value))?;
        }
        self.lists(text)?;
        writeln!(text, "\n## Steps\n\n| step | state | began | took | what was asked | what showed it |\n|---|---|---|---|---|---|")?;
        for step in &self.steps {
            let took = step.begun.zip(step.ended).map(|(begun, ended)| seconds(ended.since(begun).as_secs_f64()));
            writeln!(
                text,
                "| {} {} | {} | {} | {} | {} | {} |",
                code(&step.id),
                md(&step.title),
                step.how(),
                step.begun.map(|at| at.to_string()).unwrap_or_default(),
                took.unwrap_or_default(),
                md(&step.asked.join("; ")),
                md(&step.says)
            )?;
        }
        writeln!(text, "\n## Guards, as they stood when they were last asked\n")?;
        for step in &self.steps {
            for guarded in &step.guards {
                writeln!(text, "- {}: {}", code(&step.id), md(&guarded.says()))?;
            }
        }
        for (title, entries) in [("Decisions", &self.decisions), ("Timeline", &self.timeline)] {
            writeln!(text, "\n## {title}\n\n| | at | event | step | |\n|---|---|---|---|---|")?;
            for entry in entries {
                let step = entry.step.as_deref().map(code).unwrap_or_default();
                writeln!(text, "| {} | {} | {} | {step} | {} |", entry.seq, entry.at, entry.event, md(&entry.says))?;
            }
        }
        Ok(())
    }

    fn lists(&self, text: &mut String) -> fmt::Result {
        for (title, list) in self.sections() {
            if !list.is_empty() {
                writeln!(text, "\n## {title}\n")?;
                for item in list.iter() {
                    writeln!(text, "- {}", md(item))?;
                }
            }
        }
        Ok(())
    }

    /// What is to be known of it, in the order in which it is asked for.
    pub(super) fn facts(&self) -> Vec<(&'static str, String)> {
        let mut facts = vec![
            ("run", self.run.clone()),
            ("runbook", format!("{} ({})", self.runbook, self.kind)),
            ("from", format!("{} in {}", self.source.site, self.source.region)),
            ("to", format!("{} in {}", self.target.site, self.target.region)),
            ("account", self.account.clone()),
            ("declared and armed by", self.who.clone()),
            ("outage since", self.outage_at.map_or("not observed".to_owned(), |at| at.to_string())),
            ("declared at", self.declared_at.to_string()),
        ];
        facts.extend(self.clock_from.map(|at| ("users wait since", at.to_string())));
        facts.extend(self.proven_at.map(|at| ("users proven to be served by the target at", at.to_string())));
        facts.extend(self.behind_at.map(|at| ("behind its objective since", at.to_string())));
        facts.extend(self.aborted_at.map(|at| ("aborted at", at.to_string())));
        facts.extend(self.stated.iter().map(|stated| ("said before the point of no return", stated.clone())));
        facts.push(("time", self.waiting.says()));
        facts.push((
            "journal",
            format!("{} records, SHA-256 {} (shows damage, not a determined editor)", self.journal.records, self.journal.hash),
        ));
        facts.extend(self.journal.broken.iter().map(|broken| ("THE JOURNAL IS DAMAGED", format!("{broken}; what follows it is not told"))));
        facts.push(("console", self.version.clone()));
        facts
    }

    pub(super) fn sections(&self) -> [(&'static str, Cow<'_, [String]>); 5] {
        let renamed = self.renamed.iter().map(ToString::to_string).collect();
        [
            ("Still owed", Cow::Borrowed(&*self.owed)),
            ("Not proven", Cow::Borrowed(&*self.unproven)),
            ("What drlab.toml must say from now on", Cow::Owned(renamed)),
            ("What infrastructure as code would now try to undo", Cow::Borrowed(&*self.drift)),
            ("Left out, with nothing to do here", Cow::Borrowed(&*self.left_out)),
        ]
    }
}

impl Waiting {
    fn says(&self) -> String {
        let (aws, people) = (seconds(self.aws_s), seconds(self.people_s));
        let nobody = if self.nobody_s > 0.0 { format!(", {} with nobody there", seconds(self.nobody_s)) } else { String::new() };
        format!("{} in all: {aws} waiting for AWS alone, {people} waiting for people{nobody}", seconds(self.whole_s))
    }
}

fn row(text: &mut String, name: &str, figure: &Figure) -> fmt::Result {
    let measured = figure.seconds.map_or("not proven".to_owned(), seconds);
    writeln!(text, "| {name} | {measured} | {} | {} |", seconds(figure.target_s), met(figure.met))
}

pub(super) const fn met(met: Option<bool>) -> &'static str {
    match met {
        Some(true) => "yes",
        Some(false) => "**no**",
        None => "not shown",
    }
}
