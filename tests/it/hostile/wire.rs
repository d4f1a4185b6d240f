//! What is asked of the lab: every operation it claims, in every protocol, as the SDK asks it and as nobody should.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, OnceLock};

use allocation_counter::opt_out;
use drlab_lab::wire::{HttpRequest, Log, handle};
use drlab_lab::world::World;

use super::ear::{self, listening};
use super::judge::{Bounds, Came, Target, anywhere, judge};
use super::monsters::{self, Monster};
use crate::lab::rig::{Rig, paused};
use crate::lab::services::TOURS;

/// What the tours of the services have asked for, each operation once, and the world each of them has left.
struct Asked {
    /// The number of the tour, then the request.
    requests: Vec<(usize, HttpRequest)>,
    worlds: Vec<World>,
}

fn asked() -> &'static Asked {
    static ASKED: OnceLock<Asked> = OnceLock::new();
    ASKED.get_or_init(|| {
        let (mut requests, mut worlds, mut known) = (Vec::new(), Vec::new(), BTreeSet::new());
        for (tour, taken) in TOURS.iter().enumerate() {
            let (world, exchanges) = paused(async {
                let mut rig = Rig::open(taken.topology());
                let (clients, heard) = listening(&rig);
                rig.aws = clients;
                taken.take(rig.clone()).await;
                let exchanges = std::mem::take(&mut *heard.lock().unwrap());
                (rig.truth(|world| world.clone()), exchanges)
            });
            worlds.push(world);
            for exchange in exchanges.into_iter().filter(|exchange| exchange.answered.status < 300) {
                if known.insert((tour, what(&exchange.asked))) {
                    requests.push((tour, exchange.asked));
                }
            }
        }
        Asked { requests, worlds }
    })
}

/// What tells one operation from another, near enough.
fn what(request: &HttpRequest) -> String {
    let form = String::from_utf8_lossy(&request.body);
    let action = form.strip_prefix("Action=").map(|rest| rest.split('&').next().unwrap_or_default().to_owned());
    let target = request.header("x-amz-target").map(str::to_owned);
    let sub = request.query.split('=').next().unwrap_or_default();
    action
        .or(target)
        .unwrap_or_else(|| format!("{} {}?{sub}", request.method, request.path.chars().filter(|c| !c.is_ascii_digit()).collect::<String>()))
}

fn written(tour: usize, request: &HttpRequest) -> Vec<u8> {
    let mark = if request.query.is_empty() { "" } else { "?" };
    ear::written(&format!("{tour} {} {}{mark}{}", request.method, request.path, request.query), &request.headers, &request.body)
}

fn read(bytes: &[u8]) -> (usize, HttpRequest) {
    let (first, headers, body) = ear::read(bytes);
    let mut words = first.splitn(3, ' ');
    let tour = words.next().and_then(|word| word.parse::<usize>().ok()).unwrap_or_default();
    let method = words.next().unwrap_or_default().to_owned();
    let (path, query) = words.next().map(|rest| rest.split_once('?').unwrap_or((rest, ""))).unwrap_or_default();
    (tour, HttpRequest { method, path: path.to_owned(), query: query.to_owned(), headers, body: body.into() })
}

/// A request of each protocol with a monster for a body.
fn monsters(asked: &Asked) -> Vec<Monster> {
    let of = |kind: &str, bodies: Vec<Monster>, fits: fn(&HttpRequest) -> bool| {
        let (tour, request) = asked.requests.iter().find(|(_, request)| fits(request)).unwrap().clone();
        let named = |called: String| format!("{kind}-{called}");
        bodies
            .into_iter()
            .map(|(called, body)| (named(called), written(tour, &HttpRequest { body: body.into(), ..request.clone() })))
            .collect::<Vec<_>>()
    };
    let json = |request: &HttpRequest| request.header("x-amz-target").is_some();
    let cbor = |request: &HttpRequest| request.header("smithy-protocol").is_some();
    let form = |request: &HttpRequest| request.body.starts_with(b"Action=");
    let xml = |request: &HttpRequest| request.method != "GET" && request.body.starts_with(b"<");
    let stored = |request: &HttpRequest| request.method == "PUT" && request.query.starts_with("x-id=PutObject");
    let mut forms = monsters::of_text();
    forms.extend([
        ("deep".to_owned(), format!("Action=DescribeDBInstances&{}a=1", "A.".repeat(100_000)).into_bytes()),
        (
            "numbers".to_owned(),
            b"Action=DescribeDBInstances&Filters.Filter.18446744073709551615.Name=a&Filters.Filter.99999999999999999999.Name=b".to_vec(),
        ),
        ("pairs".to_owned(), format!("Action=DescribeDBInstances{}", "&a=b".repeat(300_000)).into_bytes()),
        ("escapes".to_owned(), format!("Action={}", "%41".repeat(300_000)).into_bytes()),
    ]);
    let mut all = of("json", monsters::of_json(), json);
    all.extend(of("cbor", monsters::of_cbor(), cbor));
    all.extend(of("form", forms, form));
    all.extend(of("xml", monsters::of_xml(), xml));
    all.extend(of("object", monsters::of_text(), stored));
    all.extend(heads(asked));
    all
}

/// Heads that are too much.
fn heads(asked: &Asked) -> Vec<Monster> {
    let (tour, request) = asked.requests.iter().find(|(_, request)| request.query.starts_with("x-id=GetObject")).unwrap().clone();
    let with = |called: &str, change: &dyn Fn(&mut HttpRequest)| {
        let mut changed = request.clone();
        change(&mut changed);
        (format!("head-{called}"), written(tour, &changed))
    };
    let header = |request: &mut HttpRequest, name: &str, value: String| {
        request.headers.retain(|(known, _)| known != name);
        request.headers.push((name.to_owned(), value));
    };
    vec![
        with("path", &|request| request.path = format!("/{}", "a/".repeat(200_000))),
        with("escapes", &|request| request.path = format!("/{}", "%2f".repeat(200_000))),
        with("nul", &|request| request.path = "/tier2-app-data/%00%ff%2e%2e/../..".to_owned()),
        with("query", &|request| request.query = "max-keys=99999999999999999999&".repeat(20_000)),
        with("scope", &|request| header(request, "authorization", "AWS4-HMAC-SHA256 Credential=a/b/c/d/aws4_request,".repeat(20_000))),
        with("range", &|request| header(request, "range", "bytes=0-18446744073709551615".to_owned())),
        with("range-back", &|request| header(request, "range", "bytes=18446744073709551615-0".to_owned())),
        with("length", &|request| header(request, "x-amz-decoded-content-length", "18446744073709551615".to_owned())),
        with("headers", &|request| request.headers.extend((0..50_000).map(|nth| (format!("x-amz-meta-{nth}"), "v".to_owned())))),
    ]
}

#[test]
fn whatever_the_lab_is_asked_it_answers() {
    let asked = asked();
    let seeds = asked.requests.iter().map(|(tour, request)| written(*tour, request)).collect();
    let held = worlds_at_once(asked);
    let bounds = Bounds { held: (held, 300), asked: (1 << 30, 2_000) };
    let statuses = Mutex::new(BTreeMap::<u16, u32>::new());
    judge(Target { name: "wire", seeds, monsters: monsters(asked), cases: 500, bounds, longest: 64_000, places: anywhere }, |bytes| {
        let (tour, request) = read(bytes);
        let mut world = None;
        opt_out(|| world = Some(asked.worlds[tour % asked.worlds.len()].clone()));
        let (mut world, mut log) = (world.unwrap(), Log::default());
        let answer = handle(&mut world, &mut log, None, &request);
        *statuses.lock().unwrap().entry(answer.status).or_default() += 1;
        assert!((100..600).contains(&answer.status), "answers {}", answer.status);
        assert!(answer.headers.iter().all(|(name, value)| name.len() + value.len() < 64 * 1024), "a header without end");
        let entry = log.entries().next().unwrap();
        assert!(entry.operation.chars().count() <= 80 && entry.access_key.chars().count() <= 80, "the log keeps {entry:?}");
        // What was changed goes on living.
        let until = world.now() + std::time::Duration::from_secs(5);
        world.advance(until);
        if answer.status < 400 {
            return Came::Taken;
        }
        // An error of a HEAD has no words.
        let words: String = String::from_utf8_lossy(&answer.body).chars().filter(|c| !c.is_control()).collect();
        Came::Refused(format!("{} {words}", answer.status))
    });
    println!("{:?}", statuses.lock().unwrap());
}

/// A world changes in many places as it lives; what it holds on top of what it held is small.
fn worlds_at_once(asked: &Asked) -> u64 {
    let largest = asked.worlds.iter().map(|world| allocation_counter::measure(|| drop(world.clone())).bytes_max).max().unwrap();
    largest + (64 << 20)
}
