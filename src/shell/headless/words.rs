use drlab_core::config::Config;

/// What stands for a webhook's URL in a journal: nobody's address.
const WITHHELD: &str = "https://webhook.invalid/withheld";

/// A configuration as a journal keeps it: whoever reads the journal can take the run up, and cannot post to the team's webhook.
#[must_use]
pub fn withheld(config: &Config) -> Config {
    let mut config = config.for_console(config.endpoints.clone());
    for workload in &mut config.workloads {
        if workload.notify.webhook.is_some() {
            workload.notify.webhook = Some(WITHHELD.to_owned());
        }
    }
    config
}

/// Puts back what was withheld, where the configuration at hand has it.
pub(in super::super) fn restored(mut config: Config, at_hand: Option<&Config>) -> Config {
    for workload in &mut config.workloads {
        let known = at_hand.and_then(|config| config.workload(&workload.name)).and_then(|workload| workload.notify.webhook.clone());
        if workload.notify.webhook.as_deref() == Some(WITHHELD) {
            workload.notify.webhook = known.or_else(|| workload.notify.webhook.take());
        }
    }
    config
}

#[cfg(test)]
mod tests {
    use drlab_core::config::EXAMPLE;

    use super::*;

    #[test]
    fn a_webhook_is_kept_out_of_the_journal_and_put_back_from_the_file() {
        let mut config = Config::parse("example", EXAMPLE, &[]).unwrap();
        for workload in &mut config.workloads {
            workload.notify.webhook = Some("https://hooks.example.com/T000/secret".to_owned());
        }
        let text = withheld(&config).to_toml().unwrap();
        assert!(!text.contains("hooks.example.com"), "{text}");
        let read = Config::parse("journal", &text, &[]).unwrap();
        assert_eq!(restored(read.clone(), Some(&config)).workloads, config.workloads);
        assert_eq!(restored(read.clone(), None), read, "without the file it is nobody's address");
    }
}
