//! Other ends for the eye, each as bad as it is told to be.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex};

use hickory_proto::op::{Message, MessageType, OpCode, Query};
use hickory_proto::rr::rdata::A;
use hickory_proto::rr::{RData, Record};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, UdpSocket};
use tokio::task::JoinSet;

/// Something that listens for as long as it is held.
pub(super) struct Server {
    pub(super) address: SocketAddr,
    heard: Arc<Mutex<Vec<Vec<u8>>>>,
    _tasks: JoinSet<()>,
}

impl Server {
    /// Requests as they came, one a connection.
    pub(super) fn heard(&self) -> Vec<String> {
        self.heard.lock().unwrap().iter().map(|bytes| String::from_utf8_lossy(bytes).into_owned()).collect()
    }

    /// An HTTP server that says `reply` to whatever it is asked; `open` ones never close.
    pub(super) async fn http(reply: impl Into<Vec<u8>>, open: bool) -> Self {
        let (reply, heard) = (reply.into(), Arc::new(Mutex::new(Vec::new())));
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let mut tasks = JoinSet::new();
        let told = Arc::clone(&heard);
        tasks.spawn(async move {
            let mut kept = Vec::new();
            while let Ok((mut stream, _)) = listener.accept().await {
                let mut request = vec![0; 4096];
                let length = stream.read(&mut request).await.unwrap_or(0);
                request.truncate(length);
                told.lock().unwrap().push(request);
                // Whoever has heard enough hangs up.
                let _ = stream.write_all(&reply).await;
                if open {
                    kept.push(stream);
                }
            }
        });
        Self { address, heard, _tasks: tasks }
    }

    /// A DNS server over UDP that sends what `replies` makes of a question, and over TCP the true answer.
    pub(super) async fn dns(replies: impl Fn(&Message) -> Vec<Vec<u8>> + Send + 'static) -> Self {
        let (udp, tcp) = loop {
            let udp = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
            if let Ok(tcp) = TcpListener::bind(udp.local_addr().unwrap()).await {
                break (udp, tcp);
            }
        };
        let address = udp.local_addr().unwrap();
        let mut tasks = JoinSet::new();
        tasks.spawn(async move {
            let mut datagram = vec![0; 4096];
            while let Ok((length, from)) = udp.recv_from(&mut datagram).await {
                for reply in replies(&Message::from_vec(&datagram[..length]).unwrap()) {
                    udp.send_to(&reply, from).await.unwrap();
                }
            }
        });
        tasks.spawn(async move {
            while let Ok((mut stream, _)) = tcp.accept().await {
                let mut question = vec![0; usize::from(stream.read_u16().await.unwrap())];
                stream.read_exact(&mut question).await.unwrap();
                let reply = answer(&Message::from_vec(&question).unwrap()).to_vec().unwrap();
                stream.write_u16(u16::try_from(reply.len()).unwrap()).await.unwrap();
                stream.write_all(&reply).await.unwrap();
            }
        });
        Self { address, heard: Arc::default(), _tasks: tasks }
    }

    /// One that knows every name to be on this machine.
    pub(super) async fn honest_dns() -> Self {
        Self::dns(|question| vec![answer(question).to_vec().unwrap()]).await
    }
}

/// The true answer: the name is on this machine.
pub(super) fn answer(question: &Message) -> Message {
    let mut reply = Message::new(question.metadata.id, MessageType::Response, OpCode::Query);
    let query: Query = question.queries[0].clone();
    reply.add_answer(Record::from_rdata(query.name.clone(), 7, RData::A(A(Ipv4Addr::LOCALHOST))));
    reply.add_query(query);
    reply
}

/// An address where nobody listens.
pub(super) async fn nobody() -> SocketAddr {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap().local_addr().unwrap()
}
