use aws_sdk_kms::types::{KeyState, MultiRegionKeyType};

use super::Rig;
use crate::lab::rig::{refused, until};

super::tour!("tier2", follow_a_multi_region_key);

async fn follow_a_multi_region_key(rig: Rig) {
    let (here, there) = (&rig.primary().kms, &rig.standby().kms);
    let config = &rig.stage.config.workloads[0];
    let keys = here.list_keys().send().await.unwrap();
    let aliases = here.list_aliases().send().await.unwrap();
    let alias = aliases.aliases().iter().find(|alias| alias.target_key_id().is_some()).unwrap();
    let id = alias.target_key_id().unwrap();
    assert!(keys.keys().iter().any(|key| key.key_id() == Some(id)));

    let described = here.describe_key().key_id(id).send().await.unwrap();
    let key = described.key_metadata().unwrap();
    assert_eq!((key.multi_region(), key.key_state(), key.enabled()), (Some(true), Some(&KeyState::Enabled), true));
    let family = key.multi_region_configuration().unwrap();
    assert_eq!(family.primary_key().unwrap().region(), Some(config.primary.as_str()));
    assert_eq!(family.replica_keys()[0].region(), Some(config.standby.as_str()));
    // By its alias it is the same key.
    let by_alias = here.describe_key().key_id(alias.alias_name().unwrap()).send().await.unwrap();
    assert_eq!(by_alias.key_metadata().unwrap().key_id(), id);

    here.disable_key().key_id(id).send().await.unwrap();
    let state = async || here.describe_key().key_id(id).send().await.unwrap().key_metadata.unwrap().key_state;
    assert_eq!(state().await, Some(KeyState::Disabled));
    assert!(refused(here.update_primary_region().key_id(id).primary_region(config.standby.as_str()).send().await).is_disabled_exception());
    here.enable_key().key_id(id).send().await.unwrap();
    assert_eq!(state().await, Some(KeyState::Enabled));

    // The primary moves, and is `Updating` for a while.
    here.update_primary_region().key_id(id).primary_region(config.standby.as_str()).send().await.unwrap();
    assert_eq!(state().await, Some(KeyState::Updating));
    let kind = async || {
        let described = there.describe_key().key_id(id).send().await.unwrap();
        described.key_metadata.unwrap().multi_region_configuration.unwrap().multi_region_key_type
    };
    until(120, kind, |kind| *kind == Some(MultiRegionKeyType::Primary)).await;
    assert_eq!(state().await, Some(KeyState::Enabled));

    assert!(refused(here.describe_key().key_id("12345678-1234-1234-1234-123456789012").send().await).is_not_found_exception());
    assert!(refused(here.enable_key().key_id("mrk-00000000000000000000000000000000").send().await).is_not_found_exception());
}
