//! A bar for every step, drawn into the page itself.

use std::fmt::{self, Write as _};

use super::html::esc;
use super::{Report, seconds};
use crate::domain::Timestamp;
use crate::runbook::Certainty;

const LABELS: f64 = 240.0;
const BARS: f64 = 700.0;
const ROW: f64 = 20.0;

pub(super) fn gantt(report: &Report, text: &mut String) -> fmt::Result {
    let begin = report.outage_at.unwrap_or(report.declared_at).min(report.declared_at);
    let whole = report.at.since(begin).as_secs_f64().max(1.0);
    let x = |at: Timestamp| LABELS + BARS * at.since(begin).as_secs_f64() / whole;
    let rows = u32::try_from(report.steps.len()).unwrap_or(u32::MAX);
    let height = ROW * (f64::from(rows) + 3.0);
    let width = LABELS + BARS + 80.0;
    writeln!(text, "<svg viewBox=\"0 0 {width} {height}\" role=\"img\" aria-label=\"When each step ran\">")?;
    let foot = height - 6.0;
    let since = report.clock_from.map(|from| from.since(begin).as_secs_f64());
    let deadline = since.map(|since| LABELS + BARS * ((since + report.rto.target_s) / whole));
    let deadline = deadline.filter(|deadline| *deadline <= LABELS + BARS).map(|at| (at, format!("RTO {}", seconds(report.rto.target_s))));
    let proven = report.proven_at.map(|at| (x(at), "proven".to_owned()));
    // Each is named on its own side, however near they are to each other.
    let met = deadline.as_ref().zip(proven.as_ref()).is_none_or(|(deadline, proven)| proven.0 <= deadline.0);
    let (left, right) = ("end", "start");
    let sides = if met { [right, left] } else { [left, right] };
    for ((class, mark), anchor) in [("target", deadline), ("proven", proven)].into_iter().zip(sides) {
        let Some((at, label)) = mark else { continue };
        writeln!(text, "<line class=\"{class}\" x1=\"{at:.1}\" x2=\"{at:.1}\" y1=\"0\" y2=\"{foot:.1}\"/>")?;
        let beside = if anchor == left { at - 4.0 } else { at + 4.0 };
        writeln!(text, "<text class=\"{class}\" x=\"{beside:.1}\" y=\"{foot:.1}\" text-anchor=\"{anchor}\">{label}</text>")?;
    }
    let mut y = 0.0;
    for step in &report.steps {
        let (begun, ended) = (step.begun, step.ended.unwrap_or(report.at));
        writeln!(text, "<text x=\"{}\" y=\"{:.1}\" text-anchor=\"end\">{}</text>", LABELS - 8.0, y + 14.0, esc(&step.id))?;
        if let Some(begun) = begun {
            let (from, wide) = (x(begun), (x(ended) - x(begun)).max(2.0));
            let mut took = seconds(ended.since(begun).as_secs_f64());
            if let Some(certainty) = step.certainty.filter(|certainty| *certainty < Certainty::Proven) {
                write!(took, ", {}", certainty.word())?;
            }
            writeln!(
                text,
                "<rect class=\"{}\" x=\"{from:.1}\" y=\"{:.1}\" width=\"{wide:.1}\" height=\"14\"><title>{}: {took}</title></rect>",
                step.state,
                y + 3.0,
                esc(&step.title)
            )?;
            writeln!(text, "<text class=\"took\" x=\"{:.1}\" y=\"{:.1}\">{took}</text>", from + wide + 4.0, y + 14.0)?;
        }
        y += ROW;
    }
    writeln!(text, "<text x=\"{LABELS}\" y=\"{:.1}\">{begin}</text>", y + 18.0)?;
    writeln!(text, "<text x=\"{}\" y=\"{:.1}\" text-anchor=\"end\">+{}</text>", LABELS + BARS, y + 18.0, seconds(whole))?;
    writeln!(text, "</svg>")
}
