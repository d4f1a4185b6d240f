use super::super::fixture::*;
use crate::config::Site;
use crate::domain::What;
use crate::domain::fact::Instance;
use crate::runbook::{Action, RunSite, Undo};

#[test]
fn only_a_replicated_secret_is_promoted_and_the_card_says_for_good() {
    let promote = Action::SecretPromote.deed();
    assert!(promote.parts(&workload("tier2")).is_err() && promote.parts(&workload("payments")).is_err());
    assert!(promote.parts(&workload("pilot")).is_ok());
    assert!(matches!(promote.about().undo, Undo::Never(_)));
    assert_eq!(promote.about().site, RunSite::Target);
}

#[test]
fn scenes_of_a_promotion() {
    for (what, written_in, expected) in [
        ("a replica of the lost region's", Some(Site::Primary), "needs"),
        ("promoted, perhaps by somebody else", Some(Site::Standby), "proven"),
        ("one of its own, and never replicated", None, "proven"),
    ] {
        let mut play = Play::of("pilot", Action::SecretPromote);
        let secret = play.secret(written_in, 4000);
        play.found(play.secret_subject(), secret);
        assert_eq!(kind_of(&play.stand()), expected, "{what}");
    }
    let mut play = Play::of("pilot", Action::SecretPromote);
    let mut secret = play.secret(Some(Site::Primary), 4000);
    secret.deleted_at = Some(NOW);
    play.found(play.secret_subject(), secret);
    assert_eq!(kind_of(&play.stand()), "stuck");
}

fn update(topology: &str, written_in: Option<Site>) -> Play {
    let mut play = Play::of(topology, Action::SecretUpdateEndpoint);
    let (secret, writable) = (play.secret(written_in, 10), play.writable(Site::Standby));
    play.found(play.secret_subject(), secret);
    play.found(play.database(Site::Standby), writable);
    play
}

#[test]
fn trap_a_secret_is_not_written_before_the_database_takes_writes() {
    let mut play = update("tier2", None);
    for (status, replica) in [("available", true), ("modifying", true), ("rebooting", false)] {
        let mut instance = if replica { play.instance(Site::Standby) } else { play.writable(Site::Standby) };
        instance.status = status.to_owned();
        play.later(1);
        play.found(play.database(Site::Standby), instance);
        assert_eq!(kind_of(&play.stand()), "working", "{status}");
    }
}

/// On the way home the old database still takes writes, and the secret still names it.
#[test]
fn trap_what_starts_before_the_promotion_must_not_find_the_old_database() {
    let ahead = |instance: fn(&Play) -> Instance| {
        let mut play = update("tier2", None).with("ahead", "yes");
        let found = instance(&play);
        play.later(1);
        play.found(play.database(Site::Standby), found);
        play.stand()
    };
    let standing = ahead(|play| play.instance(Site::Standby));
    let [What::PointSecret { host, .. }] = changes(&standing)[..] else { panic!("{standing:?}") };
    assert_eq!(host.as_str(), "tier2-db-replica.example.rds.amazonaws.com");
    assert_eq!(kind_of(&ahead(|play| play.writable(Site::Standby))), "stuck");
}

#[test]
fn trap_a_replica_cannot_be_written() {
    assert_eq!(kind_of(&update("pilot", Some(Site::Primary)).stand()), "stuck");
    assert_eq!(kind_of(&update("pilot", Some(Site::Standby)).stand()), "needs");
}

#[test]
fn trap_a_secret_that_somebody_else_wrote_may_say_anything() {
    // Written ten seconds ago, after the promotion, and not by us.
    let play = update("tier2", None);
    let standing = play.stand();
    let [What::PointSecret { secret, host, port, token }] = changes(&standing)[..] else { panic!() };
    assert_eq!((secret.as_str(), host.as_str(), *port), ("tier2/db", "tier2-db-replica.example.rds.amazonaws.com", 5432));
    assert!(token.len() == 32 && token.chars().all(|c| c.is_ascii_hexdigit()));
    assert_eq!(standing, play.stand(), "the same wish is the same request");
}

#[test]
fn trap_an_answer_is_no_proof() {
    let mut play = update("tier2", None);
    let point = change(&play.stand());
    play.asked(&point, accepted());
    let see = |play: &mut Play, changed_ago: u64| {
        let (secret, writable) = (play.secret(None, changed_ago), play.writable(Site::Standby));
        play.found(play.secret_subject(), secret);
        play.found(play.database(Site::Standby), writable);
    };
    see(&mut play, 3600);
    assert_eq!(kind_of(&play.stand()), "working", "200, and nothing has changed");
    play.later(60);
    see(&mut play, 3600);
    assert_eq!(kind_of(&play.stand()), "needs");
    see(&mut play, 60);
    assert_eq!(kind_of(&play.stand()), "proven");
    let mut play = update("tier2", None);
    play.asked(&point, telling("status", "unchanged"));
    see(&mut play, 3600);
    assert_eq!(kind_of(&play.stand()), "proven", "it said so already");
    let mut play = update("tier2", None);
    play.asked(&point, unknown());
    see(&mut play, 1);
    assert_eq!(kind_of(&play.stand()), "needs", "asking again does no harm, and believing does");
}

#[test]
fn the_endpoint_of_an_aurora_cluster_is_the_writers() {
    let mut play = Play::of("payments", Action::SecretUpdateEndpoint);
    let (secret, cluster) = (play.secret(None, 10), play.cluster(Site::Standby));
    play.found(play.secret_subject(), secret);
    play.found(play.database(Site::Standby), cluster);
    let (before, after) = (play.global(Site::Primary), play.global(Site::Standby));
    play.found(play.global_subject(), before);
    assert_eq!(kind_of(&play.stand()), "working");
    play.later(1);
    play.found(play.global_subject(), after);
    assert_eq!(kind_of(&play.stand()), "needs");
}
