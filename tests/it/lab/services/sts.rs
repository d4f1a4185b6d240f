use super::Rig;

super::tour!("tier2", tell_who_asks);

async fn tell_who_asks(rig: Rig) {
    let caller = rig.standby().sts.get_caller_identity().send().await.unwrap();
    assert_eq!(caller.account(), Some("123456789012"));
    assert!(caller.arn().unwrap().starts_with("arn:aws:"), "{caller:?}");
    assert!(caller.user_id().is_some());
}
