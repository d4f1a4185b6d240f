//! Configurations of any size: one warm standby, or the fleet topology as often as it takes.

use std::fmt::Write as _;

use drlab_core::config::Config;
use drlab_lab::topologies::{Topology, parse};

/// One workload is `tier2`; more are the fleet's, and copies of them with names of their own.
pub(crate) fn config(workloads: usize) -> Config {
    parse("bench.toml", text(workloads)).unwrap()
}

/// The same as a file.
pub(crate) fn text(workloads: usize) -> String {
    if workloads == 1 {
        return Topology::named("tier2").unwrap().text.to_owned();
    }
    let fleet = Topology::named("fleet").unwrap().text;
    let (console, lab) = fleet.split_once("\n[lab]").unwrap();
    let told: Vec<_> = console.split("[[workload]]\n").skip(1).map(|told| (name_of(told), told)).collect();
    let behind: Vec<_> = lab.split("[lab.workload.").skip(1).collect();
    let (mut all, mut labs) = (String::new(), "\n[lab]\n".to_owned());
    for nth in 0..workloads {
        let (name, said) = told[nth % told.len()];
        let copy = nth / told.len();
        let own = if copy == 0 { name.to_owned() } else { format!("{name}-{copy:02}") };
        write!(all, "[[workload]]\n{}", renamed(said, name, &own, copy)).unwrap();
        if let Some(told) = behind.iter().find(|told| told.starts_with(&format!("{name}]"))) {
            let (_, told) = told.split_once(']').unwrap();
            write!(labs, "[lab.workload.{own}]{}", renamed(told, name, &own, copy)).unwrap();
        }
    }
    all + &labs
}

fn name_of(workload: &str) -> &str {
    workload.split('"').nth(1).unwrap()
}

/// What is between quotes has the copy's name in place of the original's; health checks are told apart by their last digits.
fn renamed(text: &str, name: &str, own: &str, copy: usize) -> String {
    let mut before = "";
    let mut written = String::new();
    for (nth, part) in text.split('"').enumerate() {
        if nth > 0 {
            written.push('"');
        }
        if nth % 2 == 0 {
            written.push_str(part);
        } else if before.trim_end().ends_with("health_check =") && copy > 0 {
            write!(written, "{}{copy:03x}", &part[..part.len() - 3]).unwrap();
        } else {
            written.push_str(&part.replace(name, own));
        }
        before = part;
    }
    written
}
