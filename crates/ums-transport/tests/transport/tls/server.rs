//! Servers that shake hands, rightly or wrongly, and tell what they were given.

use std::io::{self, Cursor};
use std::sync::Arc;
use std::sync::mpsc::Sender;

use rustls::server::WebPkiClientVerifier;
use rustls::sign::SingleCertAndKey;
use rustls::{
    HandshakeKind, RootCertStore, ServerConfig, ServerConnection, SupportedProtocolVersion,
};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;

use crate::tls::certificate::{Ca, Identity};

pub(crate) static BOTH: &[&SupportedProtocolVersion] =
    &[&rustls::version::TLS12, &rustls::version::TLS13];
pub(crate) static TLS12: &[&SupportedProtocolVersion] = &[&rustls::version::TLS12];
pub(crate) static TLS13: &[&SupportedProtocolVersion] = &[&rustls::version::TLS13];

/// How a server treats one connection.
pub(crate) enum Server {
    /// Shakes hands, and answers one request after another.
    Tls(Arc<ServerConfig>),
    /// Answers the ClientHello with bytes, then ends.
    Bytes(Answer, End),
    /// Shakes hands up to a point, then ends.
    Cut(Arc<ServerConfig>, Flight, Part, End),
}

/// Makes the answer to a ClientHello record.
pub(crate) type Answer = Box<dyn Fn(&[u8]) -> Vec<u8> + Send + Sync>;

/// How a broken handshake ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    Fin,
    Reset,
    Stall,
}

/// A run of records that the server sends without hearing from the client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Flight {
    First,
    /// TLS 1.2 only: after the client's Finished.
    Second,
}

/// How much of a flight is sent.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Part {
    Nothing,
    OneByte,
    RecordHeader,
    Half,
    AllButOneByte,
}

impl Part {
    fn of(self, flight: &[u8]) -> &[u8] {
        let length = match self {
            Self::Nothing => 0,
            Self::OneByte => 1,
            Self::RecordHeader => 5,
            Self::Half => flight.len() / 2,
            Self::AllButOneByte => flight.len() - 1,
        };
        &flight[..length]
    }
}

/// What a server was given on one connection.
#[derive(Debug, Default)]
pub(crate) struct Seen {
    /// Everything after the ClientHello, as it came: without TLS in between, a request would be
    /// readable in it.
    pub(crate) raw: Vec<u8>,
    /// What was decrypted.
    pub(crate) plaintext: Vec<u8>,
    pub(crate) handshake: Option<HandshakeKind>,
    pub(crate) early_data: bool,
    pub(crate) alpn: Option<Vec<u8>>,
    stalled: Option<Sender<()>>,
}

pub(crate) fn config(
    identity: &Identity,
    versions: &[&'static SupportedProtocolVersion],
) -> ServerConfig {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    ServerConfig::builder_with_provider(provider)
        .with_protocol_versions(versions)
        .unwrap()
        .with_no_client_auth()
        .with_cert_resolver(Arc::new(SingleCertAndKey::from(identity.certified())))
}

/// A server that wants a certificate from the client, which has none.
pub(crate) fn config_for_clients_of(
    ca: &Ca,
    identity: &Identity,
    versions: &[&'static SupportedProtocolVersion],
) -> ServerConfig {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut roots = RootCertStore::empty();
    roots.add(ca.own.clone()).unwrap();
    let verifier =
        WebPkiClientVerifier::builder_with_provider(Arc::new(roots), Arc::clone(&provider))
            .build()
            .unwrap();
    ServerConfig::builder_with_provider(provider)
        .with_protocol_versions(versions)
        .unwrap()
        .with_client_cert_verifier(verifier)
        .with_cert_resolver(Arc::new(SingleCertAndKey::from(identity.certified())))
}

impl Server {
    pub(crate) fn tls(identity: &Identity, versions: &[&'static SupportedProtocolVersion]) -> Self {
        Self::Tls(Arc::new(config(identity, versions)))
    }

    /// Serves one connection to its end. Says so to `stalled` when it does nothing more but wait
    /// for the client.
    pub(crate) async fn serve(&self, stream: TcpStream, stalled: Sender<()>) -> Seen {
        let mut seen = Seen {
            stalled: Some(stalled),
            ..Seen::default()
        };
        // A client that refuses may do so by reset; what counts is what came.
        let _ = match self {
            Self::Tls(config) => serve_tls(Arc::clone(config), stream, &mut seen).await,
            Self::Bytes(answer, end) => serve_bytes(stream, answer, *end, &mut seen).await,
            Self::Cut(config, flight, part, end) => {
                serve_cut(
                    stream,
                    Arc::clone(config),
                    (*flight, *part),
                    *end,
                    &mut seen,
                )
                .await
            }
        };
        seen.stalled = None;
        seen
    }
}

async fn serve_tls(
    config: Arc<ServerConfig>,
    stream: TcpStream,
    seen: &mut Seen,
) -> io::Result<()> {
    let early_data = config.max_early_data_size > 0;
    let mut stream = TlsAcceptor::from(config).accept(stream).await?;
    seen.handshake = stream.get_ref().1.handshake_kind();
    seen.alpn = stream.get_ref().1.alpn_protocol().map(<[u8]>::to_vec);
    seen.early_data = early_data && stream.get_mut().1.early_data().is_some();
    loop {
        let mut block = [0; 4096];
        let length = stream.read(&mut block).await?;
        if length == 0 {
            return Ok(());
        }
        seen.plaintext.extend_from_slice(&block[..length]);
        if seen.plaintext.ends_with(crate::tls::BODY) {
            let reply = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";
            stream.write_all(reply).await?;
            stream.flush().await?;
        }
    }
}

async fn serve_bytes(
    mut stream: TcpStream,
    answer: &Answer,
    end: End,
    seen: &mut Seen,
) -> io::Result<()> {
    let hello = client_hello(&mut stream).await?;
    stream.write_all(&answer(&hello)).await?;
    finish(stream, end, seen).await
}

async fn serve_cut(
    mut stream: TcpStream,
    config: Arc<ServerConfig>,
    (flight, part): (Flight, Part),
    end: End,
    seen: &mut Seen,
) -> io::Result<()> {
    let mut server = ServerConnection::new(config).map_err(io::Error::other)?;
    let hello = client_hello(&mut stream).await?;
    let mut bytes = turn(&mut server, &hello)?;
    if flight == Flight::Second {
        stream.write_all(&bytes).await?;
        bytes.clear();
        while bytes.is_empty() {
            let mut block = [0; 4096];
            let length = stream.read(&mut block).await?;
            if length == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            bytes = turn(&mut server, &block[..length])?;
        }
    }
    stream.write_all(part.of(&bytes)).await?;
    finish(stream, end, seen).await
}

/// What the server says to this.
fn turn(server: &mut ServerConnection, given: &[u8]) -> io::Result<Vec<u8>> {
    let mut given = Cursor::new(given);
    while server.read_tls(&mut given)? > 0 {
        server.process_new_packets().map_err(io::Error::other)?;
    }
    let mut said = Vec::new();
    while server.wants_write() {
        server.write_tls(&mut said)?;
    }
    Ok(said)
}

async fn finish(mut stream: TcpStream, end: End, seen: &mut Seen) -> io::Result<()> {
    match end {
        End::Fin => stream.shutdown().await?,
        End::Reset => {
            // What is on the way would be lost with the reset.
            stream.flush().await?;
            stream.set_zero_linger()?;
            return Ok(());
        }
        End::Stall => {
            let told = seen.stalled.take().map(|stalled| stalled.send(()));
            told.transpose().map_err(io::Error::other)?;
        }
    }
    stream.read_to_end(&mut seen.raw).await?;
    Ok(())
}

/// The first record, which with rustls is the whole ClientHello.
pub(crate) async fn client_hello(stream: &mut TcpStream) -> io::Result<Vec<u8>> {
    let mut record = vec![0; 5];
    stream.read_exact(&mut record).await?;
    let length = usize::from(u16::from_be_bytes([record[3], record[4]]));
    record.resize(5 + length, 0);
    stream.read_exact(&mut record[5..]).await?;
    Ok(record)
}
