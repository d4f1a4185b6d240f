//! Whose answer it is, by what it says of itself. An application may say nothing; what it does say must not speak for the other site.

use serde_json::Value;

use crate::assess::rules::clipped;
use crate::config::{Site, Workload};

/// What an answer says, as far as it tells sites apart.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Names {
    database: bool,
    place: bool,
}

/// Which site's application wrote, by its answer: the database where it names one, `None` where it names nothing. Anything that speaks for the
/// other site, or says that nothing was written, is no proof.
pub(in crate::runbook::actions) fn wrote(workload: &Workload, site: Site, body: &str) -> Result<Option<String>, String> {
    if denies(body) {
        return Err("the answer says itself that nothing was written".to_owned());
    }
    stranger(workload, site, body)?;
    let database = workload.database.as_ref().map(|database| database.sites.get(site));
    Ok(names(workload, site, body).database.then(|| database.cloned()).flatten())
}

/// An error where an answer speaks for the other site.
pub(in crate::runbook) fn stranger(workload: &Workload, site: Site, body: &str) -> Result<(), String> {
    let (ours, theirs) = (names(workload, site, body), names(workload, site.other(), body));
    if theirs.database {
        let id = workload.database.as_ref().map(|database| database.sites.get(site.other()).as_str()).unwrap_or_default();
        return Err(format!("the answer names {}, the {}'s database", clipped(id, 80), site.other()));
    }
    if theirs.place && !(ours.database || ours.place) {
        return Err(format!("the answer comes from the {}'s application", site.other()));
    }
    Ok(())
}

fn names(workload: &Workload, site: Site, body: &str) -> Names {
    let mut names = Names::default();
    let database = workload.database.as_ref().filter(|database| database.sites.primary != database.sites.standby);
    let database = database.map(|database| database.sites.get(site).as_str());
    let region = workload.region(site).as_str();
    let mut hear = |key: &str, word: &str| {
        let word = word.to_ascii_lowercase();
        // An endpoint begins with the name of what it leads to.
        names.database |= database.is_some_and(|id| {
            let id = id.to_ascii_lowercase();
            word == id || word.strip_prefix(&id).is_some_and(|rest| rest.starts_with('.'))
        });
        names.place |= word == region || (key == "site" && word == site.word());
    };
    match serde_json::from_str::<Value>(body) {
        Ok(value) => walk("", &value, &mut hear),
        // Pages of other kinds, and the beginnings of long ones.
        Err(_) => words(body).for_each(|word| hear("", word)),
    }
    names
}

fn walk(key: &str, value: &Value, hear: &mut impl FnMut(&str, &str)) {
    match value {
        Value::String(text) => words(text).for_each(|word| hear(key, word)),
        Value::Array(items) => items.iter().for_each(|item| walk(key, item, hear)),
        Value::Object(entries) => entries.iter().for_each(|(key, value)| walk(key, value, hear)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.')))
        .map(|word| word.trim_matches('.'))
        .filter(|word| !word.is_empty())
}

/// `"wrote": false`, `"ok": false`.
fn denies(body: &str) -> bool {
    let Ok(Value::Object(entries)) = serde_json::from_str::<Value>(body) else { return false };
    ["wrote", "written", "ok"].iter().any(|key| entries.get(*key) == Some(&Value::Bool(false)))
}
