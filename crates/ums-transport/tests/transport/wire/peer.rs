//! Peers that do what a test says, byte by byte.

use std::io::{self, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

use bytes::Bytes;
use http::Request;
use rustls::{ClientConfig, ServerConfig, ServerConnection, StreamOwned};
use tokio::io::{AsyncReadExt, DuplexStream, Join};
use tokio::sync::mpsc;
use tokio::time::Instant;
use ums_transport::{
    Connect, ConnectFuture, Connection, Reply, Transport, TransportBuilder, TransportError, Trust,
};

pub(crate) const BODY: &[u8] = br#"{"errCode":"00"}"#;

/// The size of the requests that most tests send.
pub(crate) const SIZE: usize = 439;

/// A request that has so many bytes on the wire, to `host`.
pub(crate) fn request_to(host: &str, size: usize) -> Request<Bytes> {
    let head = |length: usize| {
        format!("POST /v6/x HTTP/1.1\r\nhost: {host}\r\ncontent-length: {length}\r\n\r\n").len()
    };
    let length = (0..size)
        .rev()
        .find(|length| head(*length) + length == size);
    Request::post("/v6/x")
        .body(vec![b'b'; length.unwrap()].into())
        .unwrap()
}

pub(crate) fn request() -> Request<Bytes> {
    request_to("localhost", SIZE)
}

pub(crate) fn reply(body: &[u8]) -> Vec<u8> {
    let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", body.len());
    [head.as_bytes(), body].concat()
}

pub(crate) fn soon() -> Instant {
    Instant::now() + Duration::from_secs(5)
}

/// Long enough for a busy machine. No test waits for it to pass.
pub(crate) fn later() -> Instant {
    Instant::now() + Duration::from_secs(60)
}

/// A call whose reply is believed.
pub(crate) async fn believed(
    connection: Connection,
    request: Request<Bytes>,
    deadline: Instant,
) -> Result<Reply, TransportError> {
    let mut reply = connection.exchange(request, deadline).await?;
    reply.take_connection().keep();
    Ok(reply)
}

/// One end of a connection over memory.
pub(crate) type End = Join<DuplexStream, DuplexStream>;

/// Room for any reply.
const ROOM: usize = 1024 * 1024;

/// Both ends. So many bytes from the first to the second fit in between; the other way, all do.
pub(crate) fn pipe(room: usize) -> (End, End) {
    let (their_read, our_write) = tokio::io::duplex(room);
    let (our_read, their_write) = tokio::io::duplex(ROOM);
    (
        tokio::io::join(our_read, our_write),
        tokio::io::join(their_read, their_write),
    )
}

/// Each dial hands the other end to the test.
struct Memory {
    room: usize,
    peers: mpsc::UnboundedSender<End>,
}

impl Connect for Memory {
    fn connect(&self) -> ConnectFuture {
        let (ours, theirs) = pipe(self.room);
        let sent = self.peers.send(theirs);
        Box::pin(async move {
            sent.map_err(|_| io::Error::from(io::ErrorKind::ConnectionRefused))?;
            Ok(Box::new(ours) as _)
        })
    }

    fn fails_whole(&self) -> bool {
        true
    }
}

pub(crate) fn memory(room: usize) -> (TransportBuilder, mpsc::UnboundedReceiver<End>) {
    let (peers, incoming) = mpsc::unbounded_channel();
    (through(Memory { room, peers }), incoming)
}

pub(crate) fn through(connector: impl Connect) -> TransportBuilder {
    Transport::builder("http://localhost".parse().unwrap()).connector(Arc::new(connector))
}

/// So many bytes of requests.
pub(crate) async fn read(peer: &mut End, size: usize) -> Vec<u8> {
    let mut seen = vec![0; size];
    peer.read_exact(&mut seen).await.unwrap();
    seen
}

/// How many bytes come before the end.
pub(crate) async fn rest(peer: &mut End) -> usize {
    let mut rest = Vec::new();
    let _ = peer.read_to_end(&mut rest).await;
    rest.len()
}

/// A certificate for `localhost` and 127.0.0.1, for both sides.
pub(crate) struct Tls {
    pub(crate) server: Arc<ServerConfig>,
    pub(crate) client: Arc<ClientConfig>,
    pub(crate) trust: Trust,
}

impl Tls {
    pub(crate) fn new() -> Self {
        let names = ["localhost".to_owned(), "127.0.0.1".to_owned()];
        let made = rcgen::generate_simple_self_signed(names).unwrap();
        let key = rustls_pki_types::PrivateKeyDer::try_from(made.signing_key.serialize_der());
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let server = ServerConfig::builder_with_provider(Arc::clone(&provider))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![made.cert.der().clone()], key.unwrap())
            .unwrap();
        let mut roots = rustls::RootCertStore::empty();
        roots.add(made.cert.der().clone()).unwrap();
        let client = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();
        Self {
            server: Arc::new(server),
            client: Arc::new(client),
            trust: Trust::ca_pem(made.cert.pem().as_bytes()).unwrap(),
        }
    }
}

/// The peer's end of a socket, in a thread: it goes on whatever the test's runtime does.
pub(crate) enum Line {
    Plain(TcpStream),
    Tls(Box<StreamOwned<ServerConnection, TcpStream>>),
}

impl Line {
    pub(crate) fn tcp(&self) -> &TcpStream {
        match self {
            Self::Plain(tcp) => tcp,
            Self::Tls(tls) => tls.get_ref(),
        }
    }

    pub(crate) fn say(&mut self, bytes: &[u8]) {
        match self {
            Self::Plain(tcp) => tcp.write_all(bytes),
            Self::Tls(tls) => tls.write_all(bytes).and_then(|()| tls.flush()),
        }
        .unwrap();
    }

    pub(crate) fn hear(&mut self, size: usize) {
        assert!(self.try_hear(size), "it ended before {size} bytes");
    }

    pub(crate) fn try_hear(&mut self, size: usize) -> bool {
        let mut seen = vec![0; size];
        match self {
            Self::Plain(tcp) => tcp.read_exact(&mut seen),
            Self::Tls(tls) => tls.read_exact(&mut seen),
        }
        .is_ok()
    }

    /// How many bytes come before the end.
    pub(crate) fn rest(&mut self) -> usize {
        let mut rest = Vec::new();
        let _ = match self {
            Self::Plain(tcp) => tcp.read_to_end(&mut rest),
            Self::Tls(tls) => tls.read_to_end(&mut rest),
        };
        rest.len()
    }

    /// Ends it by a reset, with nothing said before.
    pub(crate) fn reset(self) {
        socket2::SockRef::from(self.tcp())
            .set_linger(Some(Duration::ZERO))
            .unwrap();
        match self {
            Self::Plain(tcp) => drop(tcp),
            // Without close_notify.
            Self::Tls(tls) => drop(tls.into_parts()),
        }
    }
}

/// To the end, session tickets included.
fn shake_hands(tls: &Tls, tcp: TcpStream) -> StreamOwned<ServerConnection, TcpStream> {
    let server = ServerConnection::new(Arc::clone(&tls.server)).unwrap();
    let mut stream = StreamOwned::new(server, tcp);
    while stream.conn.is_handshaking() || stream.conn.wants_write() {
        stream.conn.complete_io(&mut stream.sock).unwrap();
    }
    stream
}

/// How test and peer take turns.
pub(crate) struct Turns {
    go: Mutex<Receiver<()>>,
    done: Sender<()>,
}

impl Turns {
    /// Waits until the test lets the peer go on.
    pub(crate) fn wait(&self) {
        self.go.lock().unwrap().recv().unwrap();
    }

    /// Says that what the peer had to do is done.
    pub(crate) fn done(&self) {
        self.done.send(()).unwrap();
    }
}

/// A gateway in threads, one for each connection.
pub(crate) struct Gateway<T> {
    pub(crate) transport: Transport,
    pub(crate) host: String,
    go: Sender<()>,
    done: Receiver<()>,
    serving: JoinHandle<Vec<T>>,
}

impl<T: Send + 'static> Gateway<T> {
    /// Serves so many connections, each by `serve` in a thread of its own.
    pub(crate) fn new(
        tls: bool,
        connections: usize,
        serve: impl Fn(Line, usize, &Turns) -> T + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let host = listener.local_addr().unwrap().to_string();
        let scheme = if tls { "https" } else { "http" };
        let certificate = Tls::new();
        let transport = Transport::builder(format!("{scheme}://{host}").parse().unwrap())
            .trust(certificate.trust.clone());
        let ((go, waiting), (done, told)) = (channel(), channel());
        let turns = Turns {
            go: Mutex::new(waiting),
            done,
        };
        let serving = std::thread::spawn(move || {
            std::thread::scope(|scope| {
                let accepted = (0..connections).map(|number| {
                    let (tcp, _) = listener.accept().unwrap();
                    tcp.set_nodelay(true).unwrap();
                    let (certificate, serve, turns) = (&certificate, &serve, &turns);
                    scope.spawn(move || {
                        let line = if tls {
                            Line::Tls(Box::new(shake_hands(certificate, tcp)))
                        } else {
                            Line::Plain(tcp)
                        };
                        serve(line, number, turns)
                    })
                });
                let each: Vec<_> = accepted.collect();
                each.into_iter().map(|each| each.join().unwrap()).collect()
            })
        });
        Self {
            transport: transport.build().unwrap(),
            host,
            go,
            done: told,
            serving,
        }
    }

    /// Lets the peer go on, and stands still until it has done its part: the runtime learns nothing
    /// of it meanwhile.
    pub(crate) fn let_it(&self) {
        self.go.send(()).unwrap();
        self.done.recv().unwrap();
    }

    pub(crate) fn request(&self) -> Request<Bytes> {
        request_to(&self.host, SIZE)
    }

    /// What was served on each connection.
    pub(crate) fn end(self) -> Vec<T> {
        drop(self.transport);
        self.serving.join().unwrap()
    }
}
