use proptest::prelude::*;

use super::*;
use crate::doc;
use crate::document::Document;
use crate::world::testing::{ask, east, live, west, world};
use crate::world::{ActiveFault, Fault};

fn call(world: &mut World, region: &Region, operation: &str, input: Document) -> Result<Document, String> {
    ask(world, region, "secretsmanager", operation, input).map(|reply| reply.body).map_err(|error| error.code.into_owned())
}

fn read(world: &World, region: &Region, name: &str) -> Option<String> {
    value(world, region, name).map(|(value, _)| value.to_owned())
}

fn put(world: &mut World, region: &Region, value: &str) -> Result<Document, String> {
    call(world, region, "PutSecretValue", doc! { "SecretId": "db", "SecretString": value })
}

fn status(world: &mut World, region: &Region) -> Option<String> {
    let told = call(world, region, "DescribeSecret", doc! { "SecretId": "db" }).unwrap();
    told.items("ReplicationStatus", "member").first().map(|one| one.need("Status").unwrap().to_owned())
}

fn replicated() -> World {
    let mut world = world();
    add_secret(&mut world, &east(), "db", "old", &[west()]);
    world
}

fn settle(world: &mut World) {
    let most = world.timings.secret_replication.most.as_secs();
    live(world, most + 1);
}

fn darken(world: &mut World, region: &Region) {
    let now = world.now();
    world.faults.inject(ActiveFault::on(Fault::RegionDark, region, now, None));
}

#[test]
fn a_change_reaches_the_replica_some_seconds_later() {
    let mut world = replicated();
    assert_eq!(status(&mut world, &east()).as_deref(), Some("InSync"));
    put(&mut world, &east(), "new").unwrap();
    assert_eq!(status(&mut world, &east()).as_deref(), Some("InProgress"));
    assert_eq!(read(&world, &west(), "db").as_deref(), Some("old"));
    settle(&mut world);
    assert_eq!(status(&mut world, &east()).as_deref(), Some("InSync"));
    assert_eq!(read(&world, &west(), "db").as_deref(), Some("new"));
    let replica = call(&mut world, &west(), "DescribeSecret", doc! { "SecretId": "db" }).unwrap();
    assert_eq!(replica.need("PrimaryRegion").unwrap(), "us-east-1");
    assert!(replica.get("ReplicationStatus").is_none());
}

#[test]
fn a_replica_is_read_only_until_it_is_promoted() {
    let mut world = replicated();
    for operation in ["PutSecretValue", "UpdateSecret"] {
        let refused = call(&mut world, &west(), operation, doc! { "SecretId": "db", "SecretString": "x" });
        assert_eq!(refused.unwrap_err(), "InvalidParameterException", "{operation}");
    }
    let wrong = call(&mut world, &east(), "StopReplicationToReplica", doc! { "SecretId": "db" });
    assert_eq!(wrong.unwrap_err(), "InvalidRequestException");
    call(&mut world, &west(), "StopReplicationToReplica", doc! { "SecretId": "db" }).unwrap();
    put(&mut world, &west(), "west").unwrap();
    put(&mut world, &east(), "east").unwrap();
    settle(&mut world);
    assert_eq!(read(&world, &west(), "db").as_deref(), Some("west"), "the old primary no longer reaches it");
    assert_eq!(status(&mut world, &east()), None, "and knows it");
}

#[test]
fn a_promotion_during_darkness_holds_when_the_old_primary_comes_back() {
    let mut world = replicated();
    put(&mut world, &east(), "late").unwrap();
    darken(&mut world, &east());
    live(&mut world, 600);
    assert_eq!(read(&world, &west(), "db").as_deref(), Some("old"), "nothing leaves a dark region");
    call(&mut world, &west(), "StopReplicationToReplica", doc! { "SecretId": "db" }).unwrap();
    put(&mut world, &west(), "west").unwrap();
    world.faults.clear();
    settle(&mut world);
    assert_eq!(read(&world, &west(), "db").as_deref(), Some("west"));
    assert_eq!(status(&mut world, &east()), None);
    // Failing back: the old primary's own secret is in the way unless told to give way.
    let back = |force: bool| {
        doc! {
            "SecretId": "db", "AddReplicaRegions": Document::list([doc! { "Region": "us-east-1" }]), "ForceOverwriteReplicaSecret": force
        }
    };
    call(&mut world, &west(), "ReplicateSecretToRegions", back(false)).unwrap();
    settle(&mut world);
    assert_eq!(status(&mut world, &west()).as_deref(), Some("Failed"));
    assert_eq!(read(&world, &east(), "db").as_deref(), Some("late"));
    call(&mut world, &west(), "ReplicateSecretToRegions", back(true)).unwrap();
    settle(&mut world);
    assert_eq!((status(&mut world, &west()).as_deref(), read(&world, &east(), "db").as_deref()), (Some("InSync"), Some("west")));
}

#[test]
fn a_secret_is_found_by_name_and_whole_or_partial_arn() {
    let mut world = world();
    let arn = add_secret(&mut world, &east(), "app/db", "v", &[]);
    let (partial, suffix) = arn.rsplit_once('-').unwrap();
    assert_eq!(suffix.len(), 6);
    for id in ["app/db", &arn, partial] {
        assert_eq!(read(&world, &east(), id).as_deref(), Some("v"), "{id}");
    }
    for id in ["app", &arn[..arn.len() - 1], "arn:aws:secretsmanager:us-east-1:123456789012:secret:app"] {
        assert_eq!(read(&world, &east(), id), None, "{id}");
    }
    let answer = call(&mut world, &west(), "GetSecretValue", doc! { "SecretId": arn });
    assert_eq!(answer.unwrap_err(), "ResourceNotFoundException");
}

#[test]
fn labels_move_and_a_repeated_token_changes_nothing() {
    let mut world = replicated();
    let token = "00000000-0000-0000-0000-000000000001";
    let write = |value: &str| doc! { "SecretId": "db", "SecretString": value, "ClientRequestToken": token };
    let told = call(&mut world, &east(), "PutSecretValue", write("new")).unwrap();
    assert_eq!(told.need("VersionId").unwrap(), token);
    call(&mut world, &east(), "PutSecretValue", write("new")).unwrap();
    assert_eq!(call(&mut world, &east(), "PutSecretValue", write("other")).unwrap_err(), "ResourceExistsException");
    let get = |world: &mut World, stage: &str| {
        call(world, &east(), "GetSecretValue", doc! { "SecretId": "db", "VersionStage": stage })
            .map(|s| s.need("SecretString").unwrap().to_owned())
    };
    assert_eq!(get(&mut world, "AWSCURRENT").as_deref(), Ok("new"));
    assert_eq!(get(&mut world, "AWSPREVIOUS").as_deref(), Ok("old"));
    assert_eq!(get(&mut world, "AWSPENDING").unwrap_err(), "ResourceNotFoundException");
    call(
        &mut world,
        &east(),
        "PutSecretValue",
        doc! {
            "SecretId": "db", "SecretString": "next", "VersionStages": Document::list(["AWSPENDING"])
        },
    )
    .unwrap();
    assert_eq!(get(&mut world, "AWSCURRENT").as_deref(), Ok("new"));
    assert_eq!(get(&mut world, "AWSPENDING").as_deref(), Ok("next"));
}

#[test]
fn bytes_come_as_base64_or_not_at_all() {
    let mut world = world();
    let mut create = |name: &str, binary: &str| call(&mut world, &east(), "CreateSecret", doc! { "Name": name, "SecretBinary": binary });
    create("bytes", "TWFuTQ==").unwrap();
    assert_eq!(create("wrong", "TW!u").unwrap_err(), "ValidationError");
    let told = call(&mut world, &east(), "GetSecretValue", doc! { "SecretId": "bytes" }).unwrap();
    assert_eq!(told.get("SecretBinary"), Some(&Document::Blob(b"ManM".to_vec())));
}

#[test]
fn created_secrets_are_listed_page_by_page() {
    let mut world = world();
    for nth in 0..5 {
        call(&mut world, &east(), "CreateSecret", doc! { "Name": format!("app/{nth}"), "SecretString": "v" }).unwrap();
        live(&mut world, 1);
    }
    let twice = call(&mut world, &east(), "CreateSecret", doc! { "Name": "app/1", "SecretString": "v" });
    assert_eq!(twice.unwrap_err(), "ResourceExistsException");
    let (mut seen, mut token) = (Vec::new(), None::<String>);
    loop {
        let page = call(&mut world, &east(), "ListSecrets", doc! { "MaxResults": 2, "NextToken": token }).unwrap();
        seen.extend(page.items("SecretList", "member").iter().map(|secret| secret.need("Name").unwrap().to_owned()));
        token = page.text("NextToken").unwrap().map(str::to_owned);
        if token.is_none() {
            break;
        }
    }
    assert_eq!(seen, ["app/0", "app/1", "app/2", "app/3", "app/4"]);
    let filter = doc! { "Filters": Document::list([doc! { "Key": "name", "Values": Document::list(["app/3", "x"]) }]) };
    assert_eq!(call(&mut world, &east(), "ListSecrets", filter).unwrap().items("SecretList", "member").len(), 1);
    assert_eq!(call(&mut world, &east(), "ListSecrets", doc! { "NextToken": "forged" }).unwrap_err(), "InvalidNextTokenException");
}

proptest! {
    /// Whatever is written and whichever region goes dark when: a primary that says InSync has told its replica everything.
    #[test]
    fn replicas_in_sync_equal_their_primary(steps in proptest::collection::vec((0_u8..4, 0_u64..8), 1..40)) {
        let mut world = replicated();
        for (nth, (deed, pause)) in steps.into_iter().enumerate() {
            match deed {
                0 => { put(&mut world, &east(), &format!("v{nth}")).unwrap(); }
                1 => { call(&mut world, &east(), "UpdateSecret", doc! { "SecretId": "db", "Description": format!("d{nth}") }).unwrap(); }
                2 => darken(&mut world, &if nth % 2 == 0 { east() } else { west() }),
                _ => world.faults.clear(),
            }
            live(&mut world, pause);
            let [primary, replica] = [east(), west()].map(|region| world.regional[&region].secrets.find("db").unwrap());
            if primary.replicas[&west()].status == ReplicaStatus::InSync {
                prop_assert_eq!(&primary.replica(&east(), &west(), None), replica);
            }
        }
        world.faults.clear();
        settle(&mut world);
        prop_assert_eq!(world.regional[&east()].secrets.find("db").unwrap().replicas[&west()].status, ReplicaStatus::InSync);
    }
}
