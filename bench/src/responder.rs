//! The other end of the round trips: reads requests as fast as it can and gives each the same reply.
//!
//! It does not verify: what is measured is the caller.

use std::io::Write as _;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use anyhow::{Context as _, Result};
use rustls::ServerConfig;
use rustls_pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio_rustls::TlsAcceptor;

use crate::payload;

#[derive(Default)]
struct Counts {
    connections: AtomicU64,
    handshakes: AtomicU64,
    requests: AtomicU64,
}

pub(crate) struct Responder {
    counts: Counts,
    reply: Vec<u8>,
    /// Requests wait for their reply while this is true.
    holding: watch::Sender<bool>,
}

impl Responder {
    pub(crate) fn new() -> Self {
        Self {
            counts: Counts::default(),
            reply: reply(payload::REPLY.as_bytes()),
            holding: watch::Sender::new(false),
        }
    }
}

/// Serves until its standard input ends. Prints the ports, plain then TLS, on one line.
pub(crate) fn serve(ca_file: &Path) -> Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async {
        let responder = Arc::new(Responder::new());
        let tls = TlsAcceptor::from(Arc::new(tls(ca_file)?));
        let plain_port = listen(Arc::clone(&responder), None).await?;
        let tls_port = listen(responder, Some(tls)).await?;
        println!("{plain_port} {tls_port}");
        std::io::stdout().flush()?;
        let (gone, parent) = tokio::sync::oneshot::channel();
        std::thread::spawn(move || {
            let _ = std::io::copy(&mut std::io::stdin(), &mut std::io::sink());
            let _ = gone.send(());
        });
        let _ = parent.await;
        Ok(())
    })
}

fn reply(body: &[u8]) -> Vec<u8> {
    let date = chrono::Utc::now().format("%a, %d %b %Y %H:%M:%S GMT");
    let mut reply = format!(
        "HTTP/1.1 200 OK\r\nDate: {date}\r\nContent-Type: application/json;charset=UTF-8\r\nContent-Length: {}\r\n\r\n",
        body.len()
    )
    .into_bytes();
    reply.extend_from_slice(body);
    reply
}

fn tls(ca_file: &Path) -> Result<ServerConfig> {
    let ca_key = rcgen::KeyPair::generate()?;
    let mut ca = rcgen::CertificateParams::new(Vec::new())?;
    ca.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    ca.distinguished_name
        .push(rcgen::DnType::CommonName, "ums-bench");
    ca.key_usages = vec![
        rcgen::KeyUsagePurpose::KeyCertSign,
        rcgen::KeyUsagePurpose::CrlSign,
    ];
    let certificate = ca.self_signed(&ca_key)?;
    std::fs::write(ca_file, certificate.pem())
        .with_context(|| format!("{} cannot be written", ca_file.display()))?;
    let issuer = rcgen::Issuer::new(ca, ca_key);
    let key = rcgen::KeyPair::generate()?;
    let mut leaf = rcgen::CertificateParams::new(vec!["127.0.0.1".into(), "localhost".into()])?;
    leaf.use_authority_key_identifier_extension = true;
    let leaf = leaf.signed_by(&key, &issuer)?;
    let chain = vec![CertificateDer::from(leaf)];
    let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(key.serialize_der()));
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    Ok(ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(chain, key)?)
}

async fn listen(responder: Arc<Responder>, tls: Option<TlsAcceptor>) -> Result<u16> {
    let socket = tokio::net::TcpSocket::new_v4()?;
    socket.bind("127.0.0.1:0".parse()?)?;
    let listener = socket.listen(4096)?;
    let port = listener.local_addr()?.port();
    tokio::spawn(accept(responder, listener, tls));
    Ok(port)
}

async fn accept(responder: Arc<Responder>, listener: TcpListener, tls: Option<TlsAcceptor>) {
    while let Ok((stream, _)) = listener.accept().await {
        let _ = stream.set_nodelay(true);
        let responder = Arc::clone(&responder);
        let tls = tls.clone();
        tokio::spawn(async move {
            match tls {
                None => responder.converse(stream).await,
                Some(tls) => {
                    let Ok(stream) = tls.accept(stream).await else {
                        return;
                    };
                    responder.counts.handshakes.fetch_add(1, Ordering::Relaxed);
                    responder.converse(stream).await;
                }
            }
        });
    }
}

impl Responder {
    /// Requests have a `Content-Length` and no chunks: every caller here writes them so.
    pub(crate) async fn converse(&self, mut stream: impl AsyncRead + AsyncWrite + Unpin) {
        let mut buffer = vec![0; 4096];
        let mut filled = 0;
        let mut counted = false;
        loop {
            while let Some(request) = Request::find(&buffer[..filled]) {
                let answer = match &request.target {
                    Target::Call => {
                        if !counted {
                            counted = true;
                            self.counts.connections.fetch_add(1, Ordering::Relaxed);
                        }
                        self.counts.requests.fetch_add(1, Ordering::Relaxed);
                        if *self.holding.borrow() {
                            let mut holding = self.holding.subscribe();
                            let _ = holding.wait_for(|holding| !holding).await;
                        }
                        None
                    }
                    Target::Hold(hold) => {
                        self.holding.send_replace(*hold);
                        Some(reply(b"{}"))
                    }
                    Target::Counts => {
                        let counts = serde_json::json!({
                            "connections": self.counts.connections.load(Ordering::Relaxed),
                            "handshakes": self.counts.handshakes.load(Ordering::Relaxed),
                            "requests": self.counts.requests.load(Ordering::Relaxed),
                        });
                        Some(reply(counts.to_string().as_bytes()))
                    }
                };
                buffer.copy_within(request.length..filled, 0);
                filled -= request.length;
                let bytes = answer.as_deref().unwrap_or(&self.reply);
                if stream.write_all(bytes).await.is_err() || stream.flush().await.is_err() {
                    return;
                }
            }
            if filled == buffer.len() {
                buffer.resize(buffer.len() * 2, 0);
            }
            match stream.read(&mut buffer[filled..]).await {
                Ok(count @ 1..) => filled += count,
                _ => return,
            }
        }
    }
}

enum Target {
    Call,
    Counts,
    Hold(bool),
}

/// One whole request at the beginning of the buffer.
struct Request {
    target: Target,
    length: usize,
}

impl Request {
    fn find(buffer: &[u8]) -> Option<Self> {
        let head = buffer.windows(4).position(|four| four == b"\r\n\r\n")? + 4;
        let text = &buffer[..head];
        let target = match text {
            _ if text.starts_with(b"POST") => Target::Call,
            _ if text.starts_with(b"GET /counts") => Target::Counts,
            _ => Target::Hold(text.starts_with(b"GET /hold")),
        };
        let length = head + content_length(text);
        (buffer.len() >= length).then_some(Self { target, length })
    }
}

fn content_length(head: &[u8]) -> usize {
    const NAME: &[u8] = b"content-length:";
    head.split(|&byte| byte == b'\n')
        .find(|line| line.len() > NAME.len() && line[..NAME.len()].eq_ignore_ascii_case(NAME))
        .and_then(|line| std::str::from_utf8(&line[NAME.len()..]).ok())
        .and_then(|number| number.trim().parse().ok())
        .unwrap_or(0)
}
