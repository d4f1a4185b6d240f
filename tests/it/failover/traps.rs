//! The fourteen points that a failover must get right, each with the guard or step that sees to it and the tests that fall into the trap
//! without it. A point whose test is renamed or gone fails here.
//!
//! | point | trap | what sees to it |
//! |---|---|---|
//! | 1 | our own network is taken for an outage | `source.impaired`: two kinds of source, while the target answers |
//! | 2 | a dark source is called fenced | `service.stop` is owed; the split-brain watch |
//! | 3 | the loss is “known” | `database.loss.bounded`: t − L of the last valid lag; −1 is no figure |
//! | 4 | a planned move loses the last writes | pin, hold, fence, `database.prove-caught-up` before `database.promote` |
//! | 5 | a promotion while it is backing up; protection that is gone afterwards | `database.await-backup`, `database.protect` |
//! | 6 | scale-in undoes the scaling; nothing to run | the minimum before the count; `target.image` |
//! | 7 | users before a write | the order: database, secret, redeploy, write, DNS, client's eye |
//! | 8 | health turns users away again | `dns.pin`: both sets in one batch; `dns.unpin`: the originals |
//! | 9 | somebody else fails over too | `automation.hold`, `automation.quiet`, adopt |
//! | 10 | a secret that cannot be written | `secret.promote`, `secret.target.writable` |
//! | 11 | the only copy of lost writes is overwritten | `database.rebuild-replica`: a snapshot first, a new name |
//! | 12 | a restore from what is not there | `restore.point`; a point in time only from backups that are here |
//! | 13 | an undelete that destroys | `bucket.quiet`; conflicts are listed and left alone |
//! | 14 | people who are not told | notices on pause and on failure |

use std::fs;
use std::path::Path;

const CORE: &str = "crates/core/src/runbook/";
const IT: &str = "tests/it/failover/";

/// The point, a file beneath one of the two, and tests in it.
const TRAPS: &[(u8, &str, &str, &[&str])] = &[
    (1, CORE, "guards/tests/source.rs", &["impaired_is_not_our_own_network"]),
    (1, CORE, "actions/tests.rs", &["an_outage_has_two_witnesses"]),
    (2, CORE, "actions/service/tests.rs", &["trap_a_dark_region_is_never_fenced"]),
    (2, CORE, "guards/tests.rs", &["a_fence_is_seen_or_acknowledged_as_owed", "two_writers_are_a_split_unless_one_is_fenced"]),
    (2, IT, "unplanned.rs", &["tier2_in_the_dark"]),
    (3, CORE, "guards/tests.rs", &["loss_is_priced_by_the_age_of_the_last_valid_lag", "what_has_caught_up_loses_nothing"]),
    (4, CORE, "tests.rs", &["a_plan_loses_nothing_and_pins_users_before_it_stops_their_site"]),
    (4, CORE, "actions/database/tests/proving.rs", &["trap_a_lag_proves_something_only_if_it_reaches_past_the_fence"]),
    (4, CORE, "actions/database/tests/handing_over.rs", &["trap_a_switchover_waits_for_what_a_failover_gives_up"]),
    (4, IT, "paths/planned.rs", &["a_writer_that_goes_round_the_services_is_found_before_the_point_of_no_return"]),
    (5, CORE, "actions/database/tests/promoting.rs", &["scenes_of_awaiting_a_backup", "trap_a_promotion_takes_the_protection_away"]),
    (6, CORE, "actions/service/tests.rs", &["trap_the_minimum_comes_before_the_count"]),
    (6, CORE, "guards/tests.rs", &["what_ran_in_a_region_that_went_dark_is_still_what_must_run"]),
    (7, CORE, "tests.rs", &["users_are_sent_only_where_a_write_has_been_proven"]),
    (7, CORE, "actions/dns/tests.rs", &["who_has_landed_already_need_not_be_turned"]),
    (8, CORE, "actions/dns/tests.rs", &["a_pin_answers_its_site_whatever_is_healthy", "unpinning_gives_back_exactly_what_was_there"]),
    (8, CORE, "actions/dns/tests.rs", &["inversion_turns_users_and_never_pins"]),
    (8, CORE, "actions/dns/tests.rs", &["a_control_plane_that_is_down_makes_it_owed_with_the_ways_that_are_left"]),
    (9, CORE, "guards/tests.rs", &["what_is_held_must_stay_held"]),
    (9, CORE, "actions/tests.rs", &["an_execution_that_runs_is_asked_about_adopted_or_stopped"]),
    (10, CORE, "actions/secret/tests.rs", &["trap_a_replica_cannot_be_written"]),
    (10, CORE, "guards/tests.rs", &["secrets_belong_to_their_own_region_before_they_are_written"]),
    (11, CORE, "actions/database/tests/rebuilding.rs", &["trap_the_only_copy_of_lost_writes_is_saved_before_anything_is_made"]),
    (11, IT, "paths/failback.rs", &["tier2_comes_home_after_an_outage", "payments_comes_home_after_an_outage"]),
    (12, CORE, "actions/database/tests/restoring.rs", &["trap_the_newest_snapshot_is_the_newest_in_the_targets_region"]),
    (12, CORE, "actions/database/tests/restoring.rs", &["trap_a_point_in_time_needs_backups_that_are_here"]),
    (12, CORE, "plan/tests.rs", &["what_a_runbook_is_for_cannot_be_left_out"]),
    (13, CORE, "guards/tests.rs", &["a_bucket_is_quiet_or_will_be_made_so"]),
    (13, IT, "paths/objects.rs", &["each_object_has_its_own_fate"]),
    (14, CORE, "actions/tests.rs", &["everybody_hears_of_a_pause"]),
];

#[test]
fn every_point_has_a_test_that_falls_into_its_trap() {
    for point in 1..=14 {
        assert!(TRAPS.iter().any(|(of, ..)| *of == point), "nothing falls into the trap of point {point}");
    }
    for (point, room, file, tests) in TRAPS {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(room).join(file);
        let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        for test in *tests {
            assert!(text.contains(&format!("fn {test}(")), "point {point}: there is no {test} in {room}{file}");
        }
    }
}
