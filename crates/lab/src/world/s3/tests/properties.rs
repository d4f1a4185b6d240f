use std::collections::BTreeSet;

use proptest::prelude::*;

use super::*;

#[derive(Clone, Debug)]
enum Deed {
    Put(u8),
    Mark(u8),
    RemoveOldest(u8),
    Wait(u64),
    Stall(bool),
}

fn deeds() -> impl Strategy<Value = Vec<Deed>> {
    let deed = prop_oneof![
        4 => (0_u8..6).prop_map(Deed::Put),
        2 => (0_u8..6).prop_map(Deed::Mark),
        1 => (0_u8..6).prop_map(Deed::RemoveOldest),
        3 => (0_u64..15).prop_map(Deed::Wait),
        1 => any::<bool>().prop_map(Deed::Stall),
    ];
    proptest::collection::vec(deed, 1..50)
}

fn play(world: &mut World, deeds: &[Deed]) {
    for deed in deeds {
        match deed {
            Deed::Put(key) => {
                put(world, &format!("data/{key}"), "x");
            }
            Deed::Mark(key) => {
                s3(world, &east(), "DeleteObject", object("src", &format!("data/{key}"), None)).unwrap();
            }
            Deed::RemoveOldest(key) => {
                let key = format!("data/{key}");
                let oldest =
                    world.s3.buckets["src"].stack(&key).and_then(|stack| stack.newest_first().last().map(|(version, _)| version.name()));
                if let Some(oldest) = oldest {
                    s3(world, &east(), "DeleteObject", object("src", &key, Some(&oldest))).unwrap();
                }
            }
            Deed::Wait(seconds) => live(world, *seconds),
            Deed::Stall(true) => fault(world, Fault::S3Stall, &east()),
            Deed::Stall(false) => world.faults.clear(),
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn the_queue_drains_and_the_destination_has_all_the_rule_promises(deeds in deeds(), markers in any::<bool>()) {
        let mut world = pair(markers);
        play(&mut world, &deeds);
        let waiting = backlog(&world, "src");
        prop_assert_eq!(waiting.operations == 0, waiting.oldest.is_none());
        prop_assert!(waiting.oldest.is_none_or(|oldest| oldest <= world.now()));
        world.faults.clear();
        live(&mut world, 1);
        settle(&mut world);
        prop_assert_eq!(backlog(&world, "src"), Backlog::default());
        let (source, destination) = (&world.s3.buckets["src"], &world.s3.buckets["dst"]);
        for (key, stack) in &source.objects {
            for (version, _) in stack.newest_first() {
                let there = destination.stack(key).and_then(|stack| stack.find(VersionName::Id(version.id)));
                prop_assert_eq!(there.is_some(), markers || !version.is_marker(), "{} {}", key, version.name());
                if !version.is_marker() {
                    prop_assert_eq!(version.replication, Some(ReplicationStatus::Completed));
                }
            }
        }
        let copied = destination.objects.values().flat_map(Stack::newest_first).filter(|(version, _)| version.is_marker()).count();
        prop_assert!(markers || copied == 0);
    }

    /// Pages hold every version once and in order, also when what was told is deleted between two pages.
    #[test]
    fn pages_of_versions_neither_skip_nor_repeat(
        writes in proptest::collection::vec(("[ab/]{1,4}", any::<bool>()), 0..40),
        most in 1_i64..7,
        prefix in "[ab]{0,1}",
        deletes in any::<bool>(),
    ) {
        let mut world = pair(false);
        for (key, marker) in &writes {
            if *marker {
                s3(&mut world, &east(), "DeleteObject", object("src", key, None)).unwrap();
            } else {
                put(&mut world, key, "x");
            }
        }
        let expected: Vec<(String, String)> = world.s3.buckets["src"].objects.iter().filter(|(key, _)| key.starts_with(&prefix))
            .flat_map(|(key, stack)| stack.newest_first().map(|(version, _)| (key.to_string(), version.name()))).collect();
        let (mut seen, mut marker) = (Vec::new(), (None::<String>, None::<String>));
        loop {
            let page = s3(&mut world, &east(), "ListObjectVersions", doc! {
                "Bucket": "src", "Prefix": prefix.as_str(), "MaxKeys": most,
                "KeyMarker": marker.0.clone(), "VersionIdMarker": marker.1.clone(),
            }).unwrap().body;
            let of = |name: &str| -> Vec<(String, String)> {
                page.items(name, name).into_iter().map(|v| (v.need("Key").unwrap().into(), v.need("VersionId").unwrap().into())).collect()
            };
            let told: Vec<_> = of("Version").into_iter().chain(of("DeleteMarker")).collect();
            prop_assert!(told.len() <= usize::try_from(most).unwrap());
            // The two kinds are told apart, so order holds for each kind and for pages.
            let here: BTreeSet<_> = told.iter().cloned().collect();
            let next: BTreeSet<_> = expected[seen.len()..seen.len() + told.len()].iter().cloned().collect();
            prop_assert_eq!(here, next);
            for (key, version) in &told {
                if deletes {
                    s3(&mut world, &east(), "DeleteObject", object("src", key, Some(version))).unwrap();
                }
            }
            seen.extend(told);
            marker = (page.text("NextKeyMarker").unwrap().map(str::to_owned), page.text("NextVersionIdMarker").unwrap().map(str::to_owned));
            prop_assert_eq!(page.bool("IsTruncated").unwrap(), Some(marker.0.is_some()));
            if marker.0.is_none() {
                break;
            }
        }
        prop_assert_eq!(seen.len(), expected.len());
    }

    #[test]
    fn pages_of_keys_hold_each_key_or_common_prefix_once(
        writes in proptest::collection::vec(("[ab/]{1,4}", any::<bool>()), 0..40),
        most in 1_i64..7,
        rolled in any::<bool>(),
        prefix in "[ab]{0,1}",
    ) {
        let mut world = pair(false);
        for (key, marker) in &writes {
            if *marker {
                s3(&mut world, &east(), "DeleteObject", object("src", key, None)).unwrap();
            } else {
                put(&mut world, key, "x");
            }
        }
        let roll = |key: &str| match key[prefix.len()..].find('/') {
            Some(at) if rolled => key[..=prefix.len() + at].to_owned(),
            _ => key.to_owned(),
        };
        let current = world.s3.buckets["src"].objects.iter().filter(|(key, stack)| key.starts_with(&prefix) && stack.current().is_some());
        let expected: BTreeSet<String> = current.map(|(key, _)| roll(key)).collect();
        let (mut seen, mut token) = (Vec::new(), None::<String>);
        loop {
            let page = s3(&mut world, &east(), "ListObjectsV2", doc! {
                "Bucket": "src", "Prefix": prefix.as_str(), "MaxKeys": most, "ContinuationToken": token.clone(),
                "Delimiter": rolled.then_some("/"),
            }).unwrap().body;
            let keys = page.items("Contents", "Contents").into_iter().map(|o| o.need("Key").unwrap().to_owned());
            let groups = page.items("CommonPrefixes", "CommonPrefixes").into_iter().map(|o| o.need("Prefix").unwrap().to_owned());
            let mut told: Vec<_> = keys.chain(groups).collect();
            told.sort();
            prop_assert_eq!(page.int("KeyCount").unwrap(), i64::try_from(told.len()).ok());
            seen.extend(told);
            token = page.text("NextContinuationToken").unwrap().map(str::to_owned);
            if token.is_none() {
                break;
            }
        }
        prop_assert_eq!(seen, expected.into_iter().collect::<Vec<_>>());
    }
}
