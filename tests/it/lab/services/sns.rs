use drlab_lab::world::sns;

use super::Rig;
use crate::lab::rig::refused;

super::tour!("tier2", tell_people_who_agreed_to_be_told);

async fn tell_people_who_agreed_to_be_told(rig: Rig) {
    let sns = &rig.standby().sns;
    let topics = sns.list_topics().send().await.unwrap();
    let arn = topics.topics()[0].topic_arn().unwrap().to_owned();
    assert_eq!(arn, "arn:aws:sns:us-west-2:123456789012:tier2-dr");
    let attributes = sns.get_topic_attributes().topic_arn(&arn).send().await.unwrap();
    let attribute = |name: &str| attributes.attributes().unwrap()[name].clone();
    // The webhook is in; the mail to the people on call was never answered.
    assert_eq!((attribute("SubscriptionsConfirmed").as_str(), attribute("SubscriptionsPending").as_str()), ("1", "1"));
    let message = sns.publish().topic_arn(&arn).subject("drill").message("hello").send().await.unwrap();
    assert!(message.message_id().is_some());
    let reached = delivered(&rig, "hello");
    assert_eq!(reached, ["https://hooks.example.com/tier2"]);

    let mine = sns.create_topic().name("drill").send().await.unwrap().topic_arn.unwrap();
    let answer = sns.subscribe().topic_arn(&mine).protocol("email").endpoint("ops@example.com").send().await.unwrap();
    assert_eq!(answer.subscription_arn(), Some("pending confirmation"));
    let listed = sns.list_subscriptions_by_topic().topic_arn(&mine).send().await.unwrap();
    assert_eq!(listed.subscriptions()[0].subscription_arn(), Some("PendingConfirmation"));
    assert!(refused(sns.confirm_subscription().topic_arn(&mine).token("guessed").send().await).is_invalid_parameter_exception());
    let confirmed = sns.confirm_subscription().topic_arn(&mine).token(mailed_token(&rig, &mine)).send().await.unwrap();
    sns.publish().topic_arn(&mine).message("to the confirmed").send().await.unwrap();
    assert_eq!(delivered(&rig, "to the confirmed"), ["ops@example.com"]);

    let all = sns.list_subscriptions().send().await.unwrap();
    let confirmed = confirmed.subscription_arn().unwrap();
    assert!(all.subscriptions().iter().any(|one| one.subscription_arn() == Some(confirmed)));
    sns.unsubscribe().subscription_arn(confirmed).send().await.unwrap();
    assert!(sns.list_subscriptions_by_topic().topic_arn(&mine).send().await.unwrap().subscriptions().is_empty());
    sns.delete_topic().topic_arn(&mine).send().await.unwrap();
    assert!(refused(sns.publish().topic_arn(&mine).message("anybody?").send().await).is_not_found_exception());
    assert!(refused(sns.get_topic_attributes().topic_arn(&mine).send().await).is_not_found_exception());
    assert!(refused(sns.publish().topic_arn("tier2-dr").message("hello").send().await).is_invalid_parameter_exception());
}

/// Who got a message: only the world knows.
fn delivered(rig: &Rig, message: &str) -> Vec<String> {
    rig.truth(|world| {
        let deliveries = sns::deliveries(world);
        deliveries.filter(|delivery| delivery.message.contains(message)).map(|delivery| delivery.endpoint.clone()).collect()
    })
}

/// What stands in the mail that asks for confirmation.
fn mailed_token(rig: &Rig, topic: &str) -> String {
    let asked = rig.truth(|world| sns::confirmations(world));
    asked.into_iter().find(|mail| mail.topic == topic).unwrap().token
}
