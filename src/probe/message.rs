//! DNS messages, both ways. Public for the sake of those who mean it harm, in the tests.

use std::net::IpAddr;

use drlab_lab::serve::dns::heard;
use hickory_proto::op::{Edns, Message, MessageType, OpCode, Query, ResponseCode};
use hickory_proto::rr::{DNSClass, Name, RData, RecordType};

/// What a resolver may send in one datagram: fits every path without fragments.
const PAYLOAD: u16 = 1232;
/// CNAMEs followed inside one answer.
const LONGEST_CHAIN: usize = 16;
/// Addresses kept of one answer.
const MOST_ADDRESSES: usize = 32;

/// One question to a resolver, as it goes over the wire.
#[derive(Clone, Debug)]
pub struct Asked {
    id: u16,
    query: Query,
    bytes: Vec<u8>,
}

/// What came back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Heard {
    /// The answer did not fit; there is more over TCP.
    Cut,
    Told(Told),
}

/// What an answer says of a name's addresses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    /// Sorted.
    pub addresses: Vec<IpAddr>,
    /// The names that the CNAMEs led to, in order, without the last dot.
    pub aliases: Vec<String>,
    /// The shortest of all records that led there.
    pub ttl: Option<u32>,
    pub code: String,
    pub authoritative: bool,
}

impl Asked {
    /// A question under a random id; `None` where the name is none.
    pub fn new(name: &str, kind: RecordType) -> Option<Self> {
        let mut name = Name::from_ascii(name).ok().filter(|name| name.iter().next().is_some())?;
        name.set_fqdn(true);
        let query = Query::query(name, kind);
        let mut message = Message::query();
        message.metadata.recursion_desired = true;
        message.add_query(query.clone());
        let mut edns = Edns::new();
        edns.set_max_payload(PAYLOAD);
        message.set_edns(edns);
        Some(Self { id: message.metadata.id, query, bytes: message.to_vec().ok()? })
    }

    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Reads what somebody sent; `None` where it is no answer to this question.
    pub fn heard(&self, bytes: &[u8]) -> Option<Heard> {
        let Some(message) = heard(bytes) else { return self.is_cut(bytes).then_some(Heard::Cut) };
        let head = &message.metadata;
        // Who cannot read a question cannot repeat it.
        let repeated = match message.queries.as_slice() {
            [query] => *query == self.query,
            [] => head.response_code != ResponseCode::NoError,
            _ => false,
        };
        if head.id != self.id || head.message_type != MessageType::Response || head.op_code != OpCode::Query || !repeated {
            return None;
        }
        if head.truncation {
            return Some(Heard::Cut);
        }
        let (addresses, aliases, ttl) = self.followed(&message);
        Some(Heard::Told(Told { addresses, aliases, ttl, code: code(head.response_code), authoritative: head.authoritative }))
    }

    /// Whether this is our answer, cut off in the middle of a record: only its head can be read then.
    fn is_cut(&self, bytes: &[u8]) -> bool {
        let id = self.id.to_be_bytes();
        // In the third byte: the highest bit says “response”, the second lowest “truncated”.
        matches!(bytes, [first, second, flags, ..] if [*first, *second] == id && flags & 0x82 == 0x82)
    }

    fn followed(&self, message: &Message) -> (Vec<IpAddr>, Vec<String>, Option<u32>) {
        let mut owner = &self.query.name;
        let mut aliases = Vec::new();
        let mut ttl: Option<u32> = None;
        for _ in 0..LONGEST_CHAIN {
            let here = message.answers.iter().filter(|record| record.name == *owner && record.dns_class == DNSClass::IN);
            let mut addresses = Vec::new();
            let mut next = None;
            for record in here {
                match &record.data {
                    RData::A(address) if self.query.query_type == RecordType::A => addresses.push(IpAddr::V4(address.0)),
                    RData::AAAA(address) if self.query.query_type == RecordType::AAAA => addresses.push(IpAddr::V6(address.0)),
                    RData::CNAME(target) => next = Some(&target.0),
                    _ => continue,
                }
                ttl = Some(ttl.map_or(record.ttl, |shortest| shortest.min(record.ttl)));
            }
            match next {
                Some(next) if addresses.is_empty() => {
                    aliases.push(next.to_ascii().trim_end_matches('.').to_owned());
                    owner = next;
                }
                _ => {
                    addresses.sort_unstable();
                    addresses.dedup();
                    addresses.truncate(MOST_ADDRESSES);
                    return (addresses, aliases, ttl);
                }
            }
        }
        (Vec::new(), Vec::new(), None)
    }
}

/// A code by the name that `dig` gives it.
fn code(code: ResponseCode) -> String {
    match code {
        ResponseCode::NoError => "NOERROR".to_owned(),
        ResponseCode::FormErr => "FORMERR".to_owned(),
        ResponseCode::ServFail => "SERVFAIL".to_owned(),
        ResponseCode::NXDomain => "NXDOMAIN".to_owned(),
        ResponseCode::NotImp => "NOTIMP".to_owned(),
        ResponseCode::Refused => "REFUSED".to_owned(),
        other => format!("RCODE{}", u16::from(other)),
    }
}

#[cfg(test)]
mod tests {
    use hickory_proto::rr::Record;
    use hickory_proto::rr::rdata::{A, CNAME};
    use proptest::prelude::*;

    use super::*;

    fn asked() -> Asked {
        Asked::new("App.example.com", RecordType::A).unwrap()
    }

    fn name(text: &str) -> Name {
        Name::from_ascii(text).unwrap()
    }

    fn reply(asked: &Asked, records: Vec<Record>) -> Message {
        let mut message = Message::new(asked.id, MessageType::Response, OpCode::Query);
        message.add_query(asked.query.clone());
        message.add_answers(records);
        message
    }

    fn a(owner: &str, ttl: u32, address: [u8; 4]) -> Record {
        Record::from_rdata(name(owner), ttl, RData::A(A(address.into())))
    }

    fn cname(owner: &str, ttl: u32, target: &str) -> Record {
        Record::from_rdata(name(owner), ttl, RData::CNAME(CNAME(name(target))))
    }

    fn told(asked: &Asked, message: &Message) -> Told {
        match asked.heard(&message.to_vec().unwrap()) {
            Some(Heard::Told(told)) => told,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn aliases_are_followed_inside_the_answer_and_strangers_are_not() {
        let asked = asked();
        let records = vec![
            a("lb.example.net.", 60, [198, 51, 100, 2]),
            cname("app.example.com.", 30, "lb.example.net."),
            a("lb.example.net.", 60, [198, 51, 100, 1]),
            a("evil.example.org.", 1, [192, 0, 2, 66]),
        ];
        let told = told(&asked, &reply(&asked, records));
        let addresses: Vec<_> = told.addresses.iter().map(ToString::to_string).collect();
        assert_eq!(addresses, ["198.51.100.1", "198.51.100.2"]);
        assert_eq!((told.ttl, told.code.as_str(), told.authoritative), (Some(30), "NOERROR", false));
    }

    #[test]
    fn aliases_that_go_in_a_circle_lead_nowhere() {
        let asked = asked();
        let records = vec![cname("app.example.com.", 30, "b.example.com."), cname("b.example.com.", 30, "app.example.com.")];
        assert_eq!(told(&asked, &reply(&asked, records)).addresses, Vec::<IpAddr>::new());
    }

    #[test]
    fn only_an_answer_to_this_very_question_is_heard() {
        let asked = asked();
        let right = reply(&asked, vec![a("app.example.com.", 60, [198, 51, 100, 1])]);
        let heard = |message: &Message| asked.heard(&message.to_vec().unwrap());
        assert!(matches!(heard(&right), Some(Heard::Told(_))));
        let mut other = right.clone();
        other.metadata.id = asked.id.wrapping_add(1);
        assert_eq!(heard(&other), None);
        let mut question = right.clone();
        question.metadata.message_type = MessageType::Query;
        assert_eq!(heard(&question), None);
        let mut elsewhere = right.clone();
        elsewhere.queries = vec![Query::query(name("other.example.com."), RecordType::A)];
        assert_eq!(heard(&elsewhere), None);
        let mut mute = right;
        mute.queries.clear();
        assert_eq!(heard(&mute), None);
        mute.answers.clear();
        mute.metadata.response_code = ResponseCode::FormErr;
        assert_eq!(told(&asked, &mute).code, "FORMERR");
    }

    #[test]
    fn a_cut_answer_is_known_even_where_it_ends_in_the_middle_of_a_record() {
        let asked = asked();
        let mut cut = reply(&asked, vec![a("app.example.com.", 60, [198, 51, 100, 1])]);
        cut.metadata.truncation = true;
        let bytes = cut.to_vec().unwrap();
        assert_eq!(asked.heard(&bytes), Some(Heard::Cut));
        assert_eq!(asked.heard(&bytes[..bytes.len() - 2]), Some(Heard::Cut));
    }

    #[test]
    fn what_is_no_name_is_not_asked_for() {
        for text in ["", ".", "a..b", &"x".repeat(300)] {
            assert!(Asked::new(text, RecordType::A).is_none(), "{text}");
        }
    }

    #[test]
    fn addresses_are_bounded() {
        let asked = asked();
        let records = (0..=255).map(|last| a("app.example.com.", 60, [198, 51, 100, last])).collect();
        assert_eq!(told(&asked, &reply(&asked, records)).addresses.len(), MOST_ADDRESSES);
    }

    proptest! {
        #[test]
        fn no_bytes_whatever_make_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..700)) {
            drop(asked().heard(&bytes));
        }

        /// The same behind a head that is right, so that the records are looked into.
        #[test]
        fn nor_do_damaged_answers(at in 2usize..90, damage in proptest::collection::vec(any::<u8>(), 1..8), length in 0usize..100) {
            let asked = asked();
            let records = vec![cname("app.example.com.", 30, "lb.example.net."), a("lb.example.net.", 60, [198, 51, 100, 1])];
            let mut bytes = reply(&asked, records).to_vec().unwrap();
            for (slot, byte) in bytes.iter_mut().skip(at).zip(damage) { *slot = byte }
            bytes.truncate(length.max(2));
            drop(asked.heard(&bytes));
        }
    }
}
