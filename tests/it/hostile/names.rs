//! DNS: what a resolver may send us, and what anybody may send the lab's name server.

use drlab_lab::serve::dns::{Carrier, Side, respond};
use drlab_lab::world::route53;
use drlab_tui::probe::message::{Asked, Heard};
use hickory_proto::op::{Message, MessageType, Query};
use hickory_proto::rr::rdata::{A, AAAA, CNAME, TXT};
use hickory_proto::rr::{Name, RData, Record, RecordType};

use super::judge::{Bounds, Came, Target, anywhere, judge};
use super::monsters::Monster;
use crate::lab::rig::Rig;

fn name(text: &str) -> Name {
    Name::from_ascii(text).unwrap()
}

/// Honest answers to a question, each of a kind.
fn answers(asked: &Asked) -> Vec<Vec<u8>> {
    let question = Message::from_vec(asked.bytes()).unwrap();
    let answer = |records: Vec<Record>| {
        let mut message = question.clone();
        message.metadata.id = 0;
        message.metadata.message_type = MessageType::Response;
        message.answers = records;
        message.to_vec().unwrap()
    };
    let record = |owner: &str, data| Record::from_rdata(name(owner), 60, data);
    let address = |last| RData::A(A::new(198, 51, 100, last));
    let alias = |from: &str, to: &str| record(from, RData::CNAME(CNAME(name(to))));
    vec![
        answer(vec![record("app.example.com.", address(10)), record("app.example.com.", address(11))]),
        answer(vec![alias("app.example.com.", "lb.example.net."), record("lb.example.net.", address(12))]),
        answer(vec![alias("app.example.com.", "b.example."), alias("b.example.", "app.example.com.")]),
        answer((0..40).map(|last| record("app.example.com.", address(last))).collect()),
        answer(vec![
            record("app.example.com.", RData::AAAA(AAAA::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 1))),
            record("app.example.com.", RData::TXT(TXT::new(vec!["x".repeat(255)]))),
        ]),
        answer(Vec::new()),
    ]
}

/// Names that point at themselves, counts of what is not there, and questions without an end.
fn monsters(honest: &[u8]) -> Vec<Monster> {
    let head = &honest[..12];
    let with = |called: &str, rest: &[u8]| (called.to_owned(), [head, rest].concat());
    let mut counted = honest.to_vec();
    counted[4..12].fill(0xff);
    vec![
        with("points-at-itself", &[0xc0, 0x0c, 0, 1, 0, 1]),
        with("points-forward", &[0xc0, 0x10, 0, 1, 0, 1, 0xc0, 0x0c]),
        with("points-nowhere", &[0xff, 0xff, 0, 1, 0, 1]),
        with("labels", &[1, b'a'].repeat(4000)),
        with("long-label", &[63; 300]),
        with("jumps", &[0xc0, 0x0c].repeat(20_000)),
        with("nothing-more", &[]),
        ("counts".to_owned(), counted),
        ("too-short".to_owned(), honest[..5].to_vec()),
        ("nothing".to_owned(), Vec::new()),
        ("zeroes".to_owned(), vec![0; 65_535]),
        ("ones".to_owned(), vec![0xff; 65_535]),
    ]
}

#[test]
fn whatever_a_resolver_sends_it_is_an_answer_or_nothing() {
    let asked = Asked::new("app.example.com", RecordType::A).unwrap();
    let seeds = answers(&asked);
    let bounds = Bounds { held: (64 << 10, 200), asked: (256 << 10, 2_000) };
    let monsters = monsters(&seeds[0]);
    judge(Target { name: "dns-answer", seeds, monsters, cases: 3_000, bounds, longest: 100, places: anywhere }, |bytes| {
        // Its own id is of today's luck: a case holds none, so that it is the same tomorrow.
        let mut bytes = bytes.to_vec();
        if let Some(id) = bytes.get_mut(..2).filter(|id| *id == [0, 0]) {
            id.copy_from_slice(&asked.bytes()[..2]);
        }
        match asked.heard(&bytes) {
            Some(Heard::Told(told)) => {
                assert!(told.addresses.len() <= 32 && told.aliases.len() <= 16, "{told:?}");
                assert!(told.aliases.iter().all(|alias| alias.len() <= 1_100), "{told:?}");
                Came::Taken
            }
            Some(Heard::Cut) => Came::Taken,
            None => Came::Refused("no answer to the question".to_owned()),
        }
    });
}

#[test]
fn whatever_a_name_server_is_asked_it_answers_or_is_silent() {
    let rig = Rig::open("tier2");
    let world = rig.truth(|world| world.clone());
    let question = |owner: &str, kind| {
        let mut message = Message::query();
        message.metadata.id = 7;
        message.add_query(Query::query(name(owner), kind));
        message.to_vec().unwrap()
    };
    let seeds: Vec<_> = [RecordType::A, RecordType::AAAA, RecordType::CNAME, RecordType::NS, RecordType::TXT, RecordType::ANY]
        .into_iter()
        .flat_map(|kind| ["app.example.com.", "nobody.example.com.", "example.com.", "."].map(|owner| question(owner, kind)))
        .collect();
    let bounds = Bounds { held: (256 << 10, 200), asked: (1 << 20, 4_000) };
    let monsters = monsters(&seeds[0]);
    judge(Target { name: "dns-question", seeds, monsters, cases: 2_000, bounds, longest: 100, places: anywhere }, |bytes| {
        let ask = |name: &str, kind| route53::authoritative(&world, name, kind);
        for (carrier, most) in [(Carrier::Udp, 4_096), (Carrier::Tcp, 65_535)] {
            let reply = respond(bytes, Side::Authoritative, &ask, carrier);
            let Some(reply) = reply else { return Came::Refused("silent".to_owned()) };
            assert!(reply.len() <= most && reply[..2] == bytes[..2], "{} bytes", reply.len());
        }
        Came::Taken
    });
}
