use aws_sdk_ecr::types::{ImageIdentifier, ReplicationStatus};

use super::Rig;
use crate::lab::rig::refused;

super::tour!("tier2", find_the_image_in_the_target_region);

async fn find_the_image_in_the_target_region(rig: Rig) {
    let (here, there) = (&rig.primary().ecr, &rig.standby().ecr);
    let repositories = here.describe_repositories().send().await.unwrap();
    let repository = &repositories.repositories()[0];
    assert_eq!(repository.repository_name(), Some("tier2/app"));
    assert!(repository.repository_uri().unwrap().contains(".dkr.ecr.ap-southeast-2."));

    let images = here.describe_images().repository_name("tier2/app").send().await.unwrap();
    let image = images.image_details().iter().find(|image| image.image_tags().contains(&"1.8.3".to_owned())).unwrap();
    let digest = image.image_digest().unwrap();
    let id = ImageIdentifier::builder().image_digest(digest).build();
    let copies = there.describe_images().repository_name("tier2/app").image_ids(id.clone()).send().await.unwrap();
    assert_eq!(copies.image_details()[0].image_digest(), Some(digest));
    let replicated = here.describe_image_replication_status().repository_name("tier2/app").image_id(id).send().await.unwrap();
    let status = &replicated.replication_statuses()[0];
    assert_eq!((status.region(), status.status()), (Some("us-west-2"), Some(&ReplicationStatus::Complete)));
    let registry = here.describe_registry().send().await.unwrap();
    let rules = registry.replication_configuration().unwrap().rules();
    assert_eq!(rules[0].destinations()[0].region(), "us-west-2");

    assert!(refused(here.describe_images().repository_name("nobody").send().await).is_repository_not_found_exception());
    assert!(refused(here.describe_repositories().repository_names("nobody").send().await).is_repository_not_found_exception());
    let absent = ImageIdentifier::builder().image_tag("0.0.0").build();
    let refusal = refused(here.describe_images().repository_name("tier2/app").image_ids(absent.clone()).send().await);
    assert!(refusal.is_image_not_found_exception());
    let refusal = refused(here.describe_image_replication_status().repository_name("tier2/app").image_id(absent).send().await);
    assert!(refusal.is_image_not_found_exception());
}
