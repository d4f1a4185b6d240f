use super::super::super::fixture::*;
use crate::config::Site;
use crate::domain::What;
use crate::domain::fact::*;
use crate::runbook::Action;

/// The target's view of the global cluster, and its own cluster.
fn handover(action: Action, change: impl Fn(&Play, &mut GlobalCluster, &mut Cluster)) -> Play {
    let mut play = Play::of("payments", action);
    let (mut global, mut cluster) = (play.global(Site::Primary), play.cluster(Site::Standby));
    cluster.members[0].writer = false;
    change(&play, &mut global, &mut cluster);
    play.found(play.global_subject(), global);
    play.found(play.database(Site::Standby), cluster);
    play
}

fn moving(to: String, lossy: bool) -> Option<GlobalFailover> {
    Some(GlobalFailover { status: "switching-over".to_owned(), from: None, to: Some(to), data_loss_allowed: lossy })
}

#[test]
fn scenes_of_a_handover() {
    for action in [Action::DatabaseSwitchover, Action::DatabaseFailover] {
        let stand = |change: &dyn Fn(&Play, &mut GlobalCluster, &mut Cluster)| kind_of(&handover(action, change).stand());
        assert_eq!(stand(&|_, _, _| {}), "needs");
        assert_eq!(stand(&|play, global, _| global.failover = moving(play.arn(Site::Standby), false)), "working", "whoever began it");
        assert_eq!(stand(&|play, global, _| global.failover = moving(play.arn(Site::Primary), true)), "stuck", "the other way");
        assert_eq!(stand(&|_, _, cluster| cluster.status = "upgrading".to_owned()), "working");
        assert_eq!(stand(&|_, _, cluster| cluster.members.clear()), "stuck", "headless");
        assert_eq!(stand(&|_, global, _| drop(global.members.pop())), "stuck", "no member");
        let arrived = |play: &Play, global: &mut GlobalCluster, cluster: &mut Cluster| {
            *global = play.global(Site::Standby);
            cluster.members[0].writer = true;
        };
        assert_eq!(stand(&arrived), "proven");
        assert_eq!(
            stand(&|play, global, cluster| {
                arrived(play, global, cluster);
                cluster.members[0].writer = false;
            }),
            "working",
            "no instance writes"
        );
        assert_eq!(
            stand(&|play, global, cluster| {
                arrived(play, global, cluster);
                global.failover = moving(play.arn(Site::Standby), false);
            }),
            "working",
            "called the writer while it is still under way"
        );
        assert_eq!(
            stand(&|play, global, cluster| {
                arrived(play, global, cluster);
                global.members[0].writer = true;
            }),
            "stuck",
            "two writers"
        );
    }
}

#[test]
fn trap_a_switchover_waits_for_what_a_failover_gives_up() {
    let resync = |_: &Play, global: &mut GlobalCluster, _: &mut Cluster| {
        global.members[1].synchronization = Some("pending-resync".to_owned());
    };
    assert_eq!(kind_of(&handover(Action::DatabaseSwitchover, resync).stand()), "working");
    assert!(matches!(changes(&handover(Action::DatabaseFailover, resync).stand())[..], [What::FailoverGlobal { .. }]));
    let play = handover(Action::DatabaseSwitchover, |_, _, _| {});
    let standing = play.stand();
    let [What::SwitchoverGlobal { target_arn, .. }] = changes(&standing)[..] else { panic!("{standing:?}") };
    assert_eq!(*target_arn, play.arn(Site::Standby));
}

#[test]
fn trap_a_switchover_that_was_called_off_is_not_waited_for() {
    let mut play = handover(Action::DatabaseSwitchover, |_, _, _| {});
    let asked = change(&play.stand());
    play.asked(&asked, accepted());
    let see = |play: &mut Play| {
        let (global, cluster) = (play.global(Site::Primary), play.cluster(Site::Standby));
        play.found(play.global_subject(), global);
        play.found(play.database(Site::Standby), cluster);
    };
    see(&mut play);
    assert_eq!(kind_of(&play.stand()), "needs", "it may not be seen yet");
    play.later(70);
    see(&mut play);
    assert_eq!(kind_of(&play.stand()), "stuck");
    play.retried();
    see(&mut play);
    assert_eq!(kind_of(&play.stand()), "needs");
}
