//! DNS over UDP and TCP, as a name server or a resolver speaks it.

use std::convert::Infallible;
use std::fmt;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use hickory_proto::op::{Edns, Message, MessageType, Metadata, OpCode, ResponseCode};
use hickory_proto::rr::rdata::{A, AAAA, CNAME, MX, NS, PTR, SOA, SRV, TXT};
use hickory_proto::rr::{DNSClass, Name, RData, Record, RecordType};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream, UdpSocket};
use tokio::task::JoinSet;

use crate::world::route53::{DnsAnswer, DnsCode, DnsRecord, RecordKind, canonical, strings};

/// What the responder may send in one datagram, whatever the other side would take.
const LARGEST_DATAGRAM: u16 = 4096;
/// What it says it takes itself: fits every path without fragments.
const ADVERTISED_PAYLOAD: u16 = 1232;
const MOST_CONNECTIONS: usize = 64;
/// How long a TCP connection may be silent.
const IDLE: Duration = Duration::from_secs(10);
/// A pause after an error that may last, such as too many open files.
const BREATH: Duration = Duration::from_millis(50);

/// Which side of DNS a responder plays.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// A name server: answers with authority, looks nothing up for anybody.
    Authoritative,
    /// A resolver: answers for every name, with authority for none.
    Resolver,
}

/// Where the answers come from.
pub type Ask = dyn Fn(&str, RecordKind) -> DnsAnswer + Send + Sync;

/// Answers on both sockets for as long as the future lives; dropping it closes every connection.
pub async fn serve_dns(udp: UdpSocket, tcp: TcpListener, side: Side, ask: Arc<Ask>) -> Infallible {
    let mut connections = JoinSet::new();
    let mut datagram = vec![0; usize::from(u16::MAX)];
    loop {
        tokio::select! {
            got = udp.recv_from(&mut datagram) => match got {
                Ok((length, from)) => {
                    let reply = respond(datagram.get(..length).unwrap_or_default(), side, &*ask, Carrier::Udp);
                    // A client that is gone by now is no concern of the others.
                    if let Some(reply) = reply { drop(udp.send_to(&reply, from).await) }
                }
                Err(error) => rest_after(&error).await,
            },
            accepted = tcp.accept() => match accepted {
                Ok((stream, _)) if connections.len() < MOST_CONNECTIONS => {
                    connections.spawn(converse(stream, side, Arc::clone(&ask)));
                }
                Ok((stream, _)) => drop(stream),
                Err(error) => rest_after(&error).await,
            },
            Some(_) = connections.join_next(), if !connections.is_empty() => {}
        }
    }
}

async fn rest_after(error: &io::Error) {
    if !matches!(error.kind(), io::ErrorKind::ConnectionReset | io::ErrorKind::ConnectionAborted | io::ErrorKind::Interrupted) {
        tokio::time::sleep(BREATH).await;
    }
}

/// One TCP connection: messages with their length before them, one after the other.
async fn converse(mut stream: TcpStream, side: Side, ask: Arc<Ask>) {
    while let Ok(Ok(message)) = tokio::time::timeout(IDLE, read_message(&mut stream)).await {
        let Some(reply) = respond(&message, side, &*ask, Carrier::Tcp) else { return };
        let Ok(length) = u16::try_from(reply.len()) else { return };
        let framed = [&length.to_be_bytes()[..], &reply].concat();
        if !matches!(tokio::time::timeout(IDLE, stream.write_all(&framed)).await, Ok(Ok(()))) {
            return;
        }
    }
}

async fn read_message(stream: &mut TcpStream) -> io::Result<Vec<u8>> {
    let mut message = vec![0; usize::from(stream.read_u16().await?)];
    stream.read_exact(&mut message).await?;
    Ok(message)
}

/// What a message travels by: a datagram has little room.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Carrier {
    Udp,
    Tcp,
}

/// The reply to one message; `None` to what is no question at all.
pub fn respond(message: &[u8], side: Side, ask: &dyn Fn(&str, RecordKind) -> DnsAnswer, carrier: Carrier) -> Option<Vec<u8>> {
    let request = heard(message)?;
    if request.metadata.message_type != MessageType::Query {
        return None;
    }
    let reply = reply_to(&request, side, ask);
    let bytes = reply.to_vec().ok()?;
    let room = match carrier {
        Carrier::Udp => request.max_payload().min(LARGEST_DATAGRAM),
        Carrier::Tcp => u16::MAX,
    };
    if bytes.len() <= usize::from(room) { Some(bytes) } else { reply.truncate().to_vec().ok() }
}

/// The smallest that a question and a record can be.
const QUESTION: usize = 5;
const RECORD: usize = 11;

/// Reads a message; `None` where it is none. One that counts more than it can hold is none: room would be made for all of that.
#[must_use]
pub fn heard(message: &[u8]) -> Option<Message> {
    let counted = |at: usize| message.get(at..at + 2).map(|count| usize::from(u16::from_be_bytes([count[0], count[1]])));
    let least = counted(4)? * QUESTION + (counted(6)? + counted(8)? + counted(10)?) * RECORD;
    (least <= message.len().saturating_sub(12)).then(|| Message::from_vec(message).ok())?
}

fn reply_to(request: &Message, side: Side, ask: &dyn Fn(&str, RecordKind) -> DnsAnswer) -> Message {
    let mut reply = Message::new(request.metadata.id, MessageType::Response, request.metadata.op_code);
    reply.metadata = Metadata::response_from_request(&request.metadata);
    reply.metadata.recursion_available = side == Side::Resolver;
    reply.add_queries(request.queries.iter().cloned());
    if request.edns.is_some() {
        let mut edns = Edns::new();
        edns.set_max_payload(ADVERTISED_PAYLOAD);
        reply.set_edns(edns);
    }
    reply.metadata.response_code = match fill(&mut reply, request, side, ask) {
        Ok(code) | Err(code) => code,
    };
    reply
}

/// Puts the answer in; `Err` where there is none to give.
fn fill(
    reply: &mut Message,
    request: &Message,
    side: Side,
    ask: &dyn Fn(&str, RecordKind) -> DnsAnswer,
) -> Result<ResponseCode, ResponseCode> {
    if request.metadata.op_code != OpCode::Query {
        return Err(ResponseCode::NotImp);
    }
    if request.version() > 0 {
        return Err(ResponseCode::BADVERS);
    }
    let [question] = request.queries.as_slice() else { return Err(ResponseCode::FormErr) };
    if question.query_class != DNSClass::IN || matches!(question.query_type, RecordType::ANY | RecordType::AXFR | RecordType::IXFR) {
        return Err(ResponseCode::Refused);
    }
    let kind: RecordKind = question.query_type.to_string().parse().map_err(|_| ResponseCode::NotImp)?;
    let asked = question.name.to_ascii();
    let answer = ask(&asked, kind);
    let asked = canonical(&asked);
    // The owner's name keeps the spelling of the question: some resolvers mix upper and lower case and look for it.
    let told = |record: &DnsRecord| {
        let owner = if record.name == asked { question.name.clone() } else { Name::from_ascii(&record.name).ok()? };
        Some(Record::from_rdata(owner, record.ttl, data(record)?))
    };
    let answers: Option<Vec<Record>> = answer.answers.iter().map(told).collect();
    let authorities: Option<Vec<Record>> = answer.authority.iter().map(told).collect();
    reply.add_answers(answers.ok_or(ResponseCode::NotImp)?);
    reply.add_authorities(authorities.ok_or(ResponseCode::NotImp)?);
    reply.metadata.authoritative = side == Side::Authoritative && matches!(answer.code, DnsCode::NoError | DnsCode::NxDomain);
    Ok(match answer.code {
        DnsCode::NoError => ResponseCode::NoError,
        DnsCode::NxDomain => ResponseCode::NXDomain,
        DnsCode::ServFail => ResponseCode::ServFail,
        DnsCode::Refused => ResponseCode::Refused,
    })
}

/// The record's value on the wire; `None` for the types whose values this responder cannot write.
fn data(record: &DnsRecord) -> Option<RData> {
    let words: Vec<&str> = record.value.split_whitespace().collect();
    let name = |nth: usize| Name::from_ascii(words.get(nth)?).ok().map(absolute);
    Some(match record.kind {
        RecordKind::A => RData::A(A(record.value.parse().ok()?)),
        RecordKind::Aaaa => RData::AAAA(AAAA(record.value.parse().ok()?)),
        RecordKind::Cname => RData::CNAME(CNAME(name(0)?)),
        RecordKind::Ns => RData::NS(NS(name(0)?)),
        RecordKind::Ptr => RData::PTR(PTR(name(0)?)),
        RecordKind::Txt => RData::TXT(TXT::new(strings(&record.value)?)),
        RecordKind::Mx => RData::MX(MX::new(number(&words, 0)?, name(1)?)),
        RecordKind::Srv => RData::SRV(SRV::new(number(&words, 0)?, number(&words, 1)?, number(&words, 2)?, name(3)?)),
        RecordKind::Soa => {
            let serial = number(&words, 2)?;
            let (refresh, retry) = (number(&words, 3)?, number(&words, 4)?);
            RData::SOA(SOA::new(name(0)?, name(1)?, serial, refresh, retry, number(&words, 5)?, number(&words, 6)?))
        }
        _ => return None,
    })
}

fn number<T: std::str::FromStr>(words: &[&str], nth: usize) -> Option<T> {
    words.get(nth)?.parse().ok()
}

/// Values may leave out the last dot; on the wire every name is whole.
fn absolute(mut name: Name) -> Name {
    name.set_fqdn(true);
    name
}

impl fmt::Display for Side {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Authoritative => "authoritative",
            Self::Resolver => "resolver",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use hickory_proto::op::Query;
    use proptest::prelude::*;
    use std::sync::Mutex;

    use crate::world::World;
    use crate::world::route53::{RecordSet, ResolverId, add_record, add_zone, authoritative, resolve};
    use crate::world::testing::world;

    fn zone() -> World {
        let mut world = world();
        add_zone(&mut world, "Z1", "example.com");
        let long = format!("\"{}\" \"{}\"", "x".repeat(255), "y".repeat(255));
        for record in [
            RecordSet::simple("app.example.com", RecordKind::A, 60, &["198.51.100.1"]),
            RecordSet::simple("www.example.com", RecordKind::Cname, 60, &["app.example.com"]),
            RecordSet::simple("example.com", RecordKind::Mx, 60, &["10 mail.example.com"]),
            RecordSet::simple("example.com", RecordKind::Caa, 60, &["0 issue \"ca.example\""]),
            RecordSet::simple("big.example.com", RecordKind::Txt, 60, &[&long, &long]),
        ] {
            add_record(&mut world, "Z1", record).unwrap();
        }
        world
    }

    fn question(name: &str, kind: RecordType) -> Message {
        let mut message = Message::new(4711, MessageType::Query, OpCode::Query);
        message.metadata.recursion_desired = true;
        message.add_query(Query::query(Name::from_ascii(name).unwrap(), kind));
        message
    }

    fn told(world: &World, message: &Message) -> Message {
        let world = world.clone();
        let request = Message::from_vec(&message.to_vec().unwrap()).unwrap();
        reply_to(&request, Side::Authoritative, &move |name, kind| authoritative(&world, name, kind))
    }

    #[test]
    fn bits_and_codes_are_right() {
        let world = zone();
        let found = told(&world, &question("APP.example.com.", RecordType::A));
        assert_eq!(found.metadata.id, 4711);
        assert!(found.metadata.authoritative && found.metadata.recursion_desired && !found.metadata.recursion_available);
        assert_eq!(found.answers[0].data.to_string(), "198.51.100.1");
        assert_eq!(found.answers[0].name.to_ascii(), "APP.example.com.");
        for (name, kind, code, answers, authorities) in [
            ("app.example.com.", RecordType::AAAA, ResponseCode::NoError, 0, 1),
            ("none.example.com.", RecordType::A, ResponseCode::NXDomain, 0, 1),
            ("www.example.com.", RecordType::A, ResponseCode::NoError, 2, 0),
            ("www.example.com.", RecordType::CNAME, ResponseCode::NoError, 1, 0),
            ("example.com.", RecordType::NS, ResponseCode::NoError, 4, 0),
            ("example.com.", RecordType::SOA, ResponseCode::NoError, 1, 0),
            ("example.com.", RecordType::MX, ResponseCode::NoError, 1, 0),
            ("example.com.", RecordType::CAA, ResponseCode::NotImp, 0, 0),
            ("big.example.com.", RecordType::TXT, ResponseCode::NoError, 2, 0),
            ("example.com.", RecordType::ANY, ResponseCode::Refused, 0, 0),
            ("example.com.", RecordType::NULL, ResponseCode::NotImp, 0, 0),
            ("elsewhere.test.", RecordType::A, ResponseCode::Refused, 0, 0),
        ] {
            let reply = told(&world, &question(name, kind));
            let seen = (reply.metadata.response_code, reply.answers.len(), reply.authorities.len());
            assert_eq!(seen, (code, answers, authorities), "{name} {kind}");
        }
    }

    #[test]
    fn what_is_no_plain_question_is_refused_in_its_own_way() {
        let world = zone();
        let mut two = question("app.example.com.", RecordType::A);
        two.add_query(Query::query(Name::from_ascii("example.com.").unwrap(), RecordType::A));
        assert_eq!(told(&world, &two).metadata.response_code, ResponseCode::FormErr);
        let mut chaos = question("version.bind.", RecordType::TXT);
        chaos.queries[0].query_class = DNSClass::CH;
        assert_eq!(told(&world, &chaos).metadata.response_code, ResponseCode::Refused);
        let mut status = question("app.example.com.", RecordType::A);
        status.metadata.op_code = OpCode::Status;
        assert_eq!(told(&world, &status).metadata.response_code, ResponseCode::NotImp);
        let mut response = question("app.example.com.", RecordType::A);
        response.metadata.message_type = MessageType::Response;
        assert_eq!(respond(&response.to_vec().unwrap(), Side::Resolver, &|_, _| unreachable!(), Carrier::Udp), None);
    }

    #[test]
    fn what_does_not_fit_a_datagram_is_cut_and_whole_over_tcp() {
        let world = Arc::new(zone());
        let ask = move |name: &str, kind| authoritative(&world, name, kind);
        let mut request = question("big.example.com.", RecordType::TXT);
        let reply = |request: &Message, carrier| {
            Message::from_vec(&respond(&request.to_vec().unwrap(), Side::Authoritative, &ask, carrier).unwrap()).unwrap()
        };
        let cut = reply(&request, Carrier::Udp);
        assert!(cut.metadata.truncation && cut.answers.is_empty() && cut.queries.len() == 1);
        let whole = reply(&request, Carrier::Tcp);
        assert!(!whole.metadata.truncation && whole.answers.len() == 2 && whole.edns.is_none());
        let mut edns = Edns::new();
        edns.set_max_payload(1400);
        request.set_edns(edns);
        let fits = reply(&request, Carrier::Udp);
        assert!(!fits.metadata.truncation && fits.answers.len() == 2 && fits.edns.is_some());
    }

    #[tokio::test]
    async fn both_sockets_answer_until_the_future_is_dropped() {
        let shared = Arc::new(Mutex::new(zone()));
        let udp = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        let tcp = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let (udp_at, tcp_at) = (udp.local_addr().unwrap(), tcp.local_addr().unwrap());
        let ask: Arc<Ask> = Arc::new(move |name, kind| resolve(&mut shared.lock().unwrap(), ResolverId::A, name, kind));
        let server = tokio::spawn(serve_dns(udp, tcp, Side::Resolver, ask));
        let asked = question("www.example.com.", RecordType::A).to_vec().unwrap();

        let client = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        client.send_to(b"nonsense", udp_at).await.unwrap();
        client.send_to(&asked, udp_at).await.unwrap();
        let mut buffer = [0; 512];
        let length = client.recv(&mut buffer).await.unwrap();
        let reply = Message::from_vec(&buffer[..length]).unwrap();
        assert!(!reply.metadata.authoritative && reply.metadata.recursion_available);
        assert_eq!(reply.answers.len(), 2);

        let mut stream = TcpStream::connect(tcp_at).await.unwrap();
        for _ in 0..2 {
            stream.write_u16(u16::try_from(asked.len()).unwrap()).await.unwrap();
            stream.write_all(&asked).await.unwrap();
            let reply = read_message(&mut stream).await.unwrap();
            assert_eq!(Message::from_vec(&reply).unwrap().answers.len(), 2);
        }
        server.abort();
        assert!(server.await.unwrap_err().is_cancelled());
        assert_eq!(stream.read(&mut buffer).await.unwrap_or(0), 0, "dropping the server closes its connections");
    }

    proptest! {
        #[test]
        fn random_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..600)) {
            let world = Arc::new(zone());
            let ask = move |name: &str, kind| authoritative(&world, name, kind);
            drop(respond(&bytes, Side::Authoritative, &ask, Carrier::Udp));
        }

        #[test]
        fn a_damaged_question_is_answered_with_its_own_id_or_not_at_all(at in 0usize..34, byte in any::<u8>()) {
            let world = Arc::new(zone());
            let ask = move |name: &str, kind| authoritative(&world, name, kind);
            let mut bytes = question("app.example.com.", RecordType::A).to_vec().unwrap();
            if let Some(slot) = bytes.get_mut(at) { *slot = byte }
            if let Some(reply) = respond(&bytes, Side::Authoritative, &ask, Carrier::Udp) {
                prop_assert_eq!(reply.get(..2), bytes.get(..2));
                prop_assert!(reply.len() <= 512 && Message::from_vec(&reply).is_ok());
            }
        }
    }
}
