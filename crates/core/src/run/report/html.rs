//! One file, readable for years: no script, nothing that is fetched from elsewhere.

use std::fmt::{self, Write as _};

use super::chart::gantt;
use super::markdown::met;
use super::{Entry, Report, seconds};

const STYLE: &str = "body{font:15px/1.45 system-ui,sans-serif;max-width:1060px;margin:2rem auto;padding:0 1rem;color:#1b1f24;background:#fff}\
h1{font-size:1.5rem}h2{font-size:1.1rem;margin-top:2rem}table{border-collapse:collapse;width:100%}td,th{border-bottom:1px solid #d8dee4;padding:.3rem \
.5rem;text-align:left;vertical-align:top}code{font:13px ui-monospace,monospace}.big{font-size:1.3rem}svg{width:100%;font:11px ui-monospace,monospace}\
svg .took{fill:#57606a}.done{fill:#2da44e}.failed{fill:#cf222e}.skipped{fill:#8c959f}.owed{fill:#bf8700}.ready,.waiting{fill:#0969da}\
line.target{stroke:#cf222e;stroke-dasharray:4 3}text.target{fill:#cf222e}line.proven{stroke:#2da44e}text.proven{fill:#2da44e}";

impl Report {
    #[must_use]
    pub fn html(&self) -> String {
        let mut text = String::new();
        // Writing into a String cannot fail.
        let _ = self.write_html(&mut text);
        text
    }

    fn write_html(&self, text: &mut String) -> fmt::Result {
        let title = format!("{}: {}", esc(&self.workload), esc(&self.title));
        writeln!(text, "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>{title}</title>")?;
        writeln!(text, "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">")?;
        writeln!(text, "<style>{STYLE}</style></head><body>")?;
        writeln!(text, "<h1>{title}{}</h1>", if self.lab { " (lab)" } else { "" })?;
        writeln!(text, "<p class=\"big\"><strong>{}</strong> on {}</p><p>{}</p>", self.state.to_uppercase(), self.at, esc(&self.reason))?;
        writeln!(text, "<table><tr><th></th><th>measured</th><th>target</th><th>met</th></tr>")?;
        for (name, figure) in [("RTO", &self.rto), ("RPO, at most", &self.rpo)] {
            let measured = figure.seconds.map_or("not proven".to_owned(), seconds);
            let met = met(figure.met).replace('*', "");
            writeln!(text, "<tr><th>{name}</th><td>{measured}</td><td>{}</td><td>{met}</td></tr>", seconds(figure.target_s))?;
        }
        writeln!(text, "</table>\n<h2>Steps</h2>")?;
        gantt(self, text)?;
        writeln!(text, "<table>")?;
        for (name, value) in self.facts() {
            writeln!(text, "<tr><th>{name}</th><td>{}</td></tr>", esc(&value))?;
        }
        writeln!(text, "</table>")?;
        for (title, list) in self.sections() {
            if !list.is_empty() {
                writeln!(text, "<h2>{title}</h2><ul>")?;
                for item in list.iter() {
                    writeln!(text, "<li>{}</li>", esc(item))?;
                }
                writeln!(text, "</ul>")?;
            }
        }
        writeln!(text, "<h2>What was asked, and what showed it</h2><table>")?;
        for step in &self.steps {
            let guards: String = step.guards.iter().map(|guarded| format!("<br>{}", esc(&guarded.says()))).collect();
            writeln!(
                text,
                "<tr><td><code>{}</code></td><td>{}</td><td>{}</td><td>{}{guards}</td></tr>",
                esc(&step.id),
                step.how(),
                esc(&step.asked.join("; ")),
                esc(&step.says)
            )?;
        }
        writeln!(text, "</table>")?;
        entries(text, "Decisions", &self.decisions)?;
        entries(text, "Timeline", &self.timeline)?;
        writeln!(text, "</body></html>")
    }
}

fn entries(text: &mut String, title: &str, entries: &[Entry]) -> fmt::Result {
    writeln!(text, "<h2>{title}</h2><table>")?;
    for entry in entries {
        let step = entry.step.as_deref().map(esc).unwrap_or_default();
        writeln!(
            text,
            "<tr><td>{}</td><td>{}</td><td>{}</td><td><code>{step}</code></td><td>{}</td></tr>",
            entry.seq,
            entry.at,
            entry.event,
            esc(&entry.says)
        )?;
    }
    writeln!(text, "</table>")
}

/// Text stays text, in an element as in an attribute.
pub(super) fn esc(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => plain.push_str("&amp;"),
            '<' => plain.push_str("&lt;"),
            '>' => plain.push_str("&gt;"),
            '"' => plain.push_str("&quot;"),
            '\'' => plain.push_str("&#39;"),
            c => plain.push(c),
        }
    }
    plain
}
