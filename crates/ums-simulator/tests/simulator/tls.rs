//! Over TLS: the simulator's own CA is enough, and each TLS fault is what its name says.

use std::io::{self, ErrorKind};
use std::sync::Arc;

use crate::raw::{ORDER, builder, exchange, read_reply, void};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{AlertDescription, CertificateError, ClientConfig, Error, RootCertStore};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use ums_simulator::{ConnectionEnd, FAULTS, FaultPhase, Running, Tls};

async fn start() -> Running {
    builder()
        .tls(Tls::generate().unwrap())
        .start()
        .await
        .unwrap()
}

async fn connect(running: &Running, name: &str) -> io::Result<TlsStream<TcpStream>> {
    let mut roots = RootCertStore::empty();
    let ca = CertificateDer::from_pem_slice(running.ca_pem().unwrap().as_bytes()).unwrap();
    roots.add(ca).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let stream = TcpStream::connect(running.address()).await?;
    let name = ServerName::try_from(name.to_owned()).unwrap();
    TlsConnector::from(Arc::new(config))
        .connect(name, stream)
        .await
}

fn tls_error(error: io::Error) -> Error {
    error
        .into_inner()
        .unwrap()
        .downcast::<Error>()
        .map(|error| *error)
        .unwrap()
}

#[tokio::test]
async fn the_ca_vouches_for_this_machine_by_each_name() {
    let running = start().await;
    assert!(running.url().starts_with("https://127.0.0.1:"));
    for (index, name) in ["localhost", "127.0.0.1", "::1"].into_iter().enumerate() {
        let mut stream = connect(&running, name).await.unwrap();
        let reply = exchange(&mut stream, &void(ORDER)).await;
        assert_eq!(reply.err_code(), if index == 0 { "00" } else { "22" });
    }
    assert!(
        running
            .ledger()
            .connections()
            .iter()
            .all(|record| record.tls)
    );
}

#[test]
fn the_ca_certificate_is_written_where_asked() {
    let tls = Tls::generate().unwrap();
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("ca.pem");
    tls.write_ca(&path).unwrap();
    assert_eq!(std::fs::read_to_string(&path).unwrap(), tls.ca_pem());
    assert!(!tls.ca_pem().contains("PRIVATE"));
    let error = tls.write_ca(&dir.path().join("none/ca.pem")).unwrap_err();
    assert!(error.to_string().contains("none/ca.pem"), "{error}");
}

#[cfg(unix)]
#[test]
fn the_ca_certificate_is_not_written_through_a_link() {
    use std::os::unix::fs::{PermissionsExt as _, symlink};
    let tls = Tls::generate().unwrap();
    let dir = tempfile::tempdir().unwrap();
    let victim = dir.path().join("victim");
    std::fs::write(&victim, "precious").unwrap();
    let link = dir.path().join("link.pem");
    symlink(&victim, &link).unwrap();
    tls.write_ca(&link).unwrap_err();
    assert_eq!(std::fs::read_to_string(&victim).unwrap(), "precious");
    let path = dir.path().join("ca.pem");
    tls.write_ca(&path).unwrap();
    let mode = std::fs::metadata(&path).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
}

#[tokio::test]
async fn the_certificate_is_for_other_names_too_where_asked() {
    let tls = Tls::generate_for(["ums.team.test", "192.0.2.7"]).unwrap();
    let running = builder().tls(tls).start().await.unwrap();
    for name in ["ums.team.test", "192.0.2.7", "localhost"] {
        connect(&running, name).await.unwrap();
    }
    let error = connect(&running, "other.team.test").await.unwrap_err();
    let error = tls_error(error);
    assert!(
        matches!(
            error,
            Error::InvalidCertificate(CertificateError::NotValidForNameContext { .. })
        ),
        "{error}"
    );
    // A fault in one thing is right in the others.
    running.fault("cert-expired").unwrap();
    let error = tls_error(connect(&running, "ums.team.test").await.unwrap_err());
    assert!(
        matches!(
            error,
            Error::InvalidCertificate(CertificateError::ExpiredContext { .. })
        ),
        "{error}"
    );
}

#[tokio::test]
async fn a_handshake_that_never_comes_is_not_waited_for_without_end() {
    let running = builder()
        .tls(Tls::generate().unwrap())
        .request_timeout(std::time::Duration::from_millis(50))
        .start()
        .await
        .unwrap();
    let mut stream = TcpStream::connect(running.address()).await.unwrap();
    let mut byte = [0];
    let reading = stream.read(&mut byte);
    let read = tokio::time::timeout(std::time::Duration::from_secs(10), reading).await;
    assert!(matches!(read.expect("it was not ended"), Ok(0) | Err(_)));
    running
        .ledger()
        .until(|totals| totals.connections == 1 && totals.open_connections == 0)
        .await;
    let record = running.ledger().connections().remove(0);
    assert_eq!(record.end, ConnectionEnd::HandshakeFailed);
    assert_eq!(record.handshake_error.as_deref(), Some("it took too long"));
}

#[tokio::test]
async fn every_tls_fault_does_what_its_name_says() {
    let mut count = 0;
    for spec in FAULTS.iter().filter(|spec| spec.needs_tls) {
        assert_eq!(spec.phase, FaultPhase::Connect);
        count += 1;
        let running = start().await;
        running.fault(spec.name).unwrap();
        if spec.name == "tls-stall" {
            stalls(&running).await;
            continue;
        }
        let error = connect(&running, "localhost").await.unwrap_err();
        match spec.name {
            "tls-alert" => {
                let alert = Error::AlertReceived(AlertDescription::HandshakeFailure);
                assert_eq!(tls_error(error), alert);
            }
            "tls-reset" => assert_eq!(error.kind(), ErrorKind::ConnectionReset),
            "tls-garbage" => {
                assert!(matches!(tls_error(error), Error::InvalidMessage(_)));
            }
            "tls-cut-handshake" => {
                assert_eq!(error.kind(), ErrorKind::UnexpectedEof);
                assert_eq!(server_bytes(&running).await, 100);
            }
            name => refuses(name, &tls_error(error)),
        }
        let ledger = running.ledger();
        ledger.until(|totals| totals.open_connections == 0).await;
        let record = ledger.connections().remove(0);
        assert!(record.fault.unwrap().starts_with(spec.name));
        assert_eq!(ledger.totals().requests, 0, "{}", spec.name);
        if spec.name.starts_with("cert-") {
            assert_eq!(record.end, ConnectionEnd::HandshakeFailed, "{}", spec.name);
            assert!(record.handshake_error.is_some());
        }
        let mut next = connect(&running, "localhost").await.unwrap();
        assert_eq!(exchange(&mut next, &void(ORDER)).await.err_code(), "00");
    }
    assert_eq!(count, 12, "a fault was added or taken away");
}

fn refuses(name: &str, error: &Error) {
    let Error::InvalidCertificate(error) = error else {
        panic!("{name}: {error}");
    };
    let right = match name {
        "cert-expired" => matches!(error, CertificateError::ExpiredContext { .. }),
        "cert-not-yet-valid" => matches!(error, CertificateError::NotValidYetContext { .. }),
        "cert-self-signed" | "cert-unknown-ca" => {
            matches!(error, CertificateError::UnknownIssuer)
        }
        "cert-wrong-host" | "cert-no-name" => {
            matches!(error, CertificateError::NotValidForNameContext { .. })
        }
        "cert-client-usage" => matches!(error, CertificateError::InvalidPurposeContext { .. }),
        other => panic!("fault {other} has no expectation: add one"),
    };
    assert!(right, "{name}: {error:?}");
}

/// How many bytes the cut handshake lets through: seen by resending a ClientHello by hand.
async fn server_bytes(running: &Running) -> usize {
    running.fault("tls-cut-handshake").unwrap();
    let mut stream = TcpStream::connect(running.address()).await.unwrap();
    stream.write_all(&client_hello()).await.unwrap();
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes).await.unwrap();
    bytes.len()
}

fn client_hello() -> Vec<u8> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(RootCertStore::empty())
        .with_no_client_auth();
    let name = ServerName::try_from("localhost").unwrap();
    let mut connection = rustls::ClientConnection::new(Arc::new(config), name).unwrap();
    let mut hello = Vec::new();
    connection.write_tls(&mut hello).unwrap();
    hello
}

async fn stalls(running: &Running) {
    let mut stream = TcpStream::connect(running.address()).await.unwrap();
    stream.write_all(&client_hello()).await.unwrap();
    stream.shutdown().await.unwrap();
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes).await.unwrap();
    assert!(bytes.is_empty());
    let ledger = running.ledger();
    ledger.until(|totals| totals.open_connections == 0).await;
    assert_eq!(
        ledger.connections().remove(0).end,
        ConnectionEnd::PeerClosed
    );
}

/// The three ways to end a connection differ under TLS.
#[tokio::test]
async fn ends_with_and_without_close_notify() {
    let cases = [
        ("fin-in-reply-body", None),
        ("truncate-in-reply", Some(ErrorKind::UnexpectedEof)),
        ("reset-in-reply-body", Some(ErrorKind::ConnectionReset)),
        ("fin-after-request", None),
        ("truncate-after-request", Some(ErrorKind::UnexpectedEof)),
        ("reset-after-request", Some(ErrorKind::ConnectionReset)),
        ("fin-in-body", None),
        ("reset-in-body", Some(ErrorKind::ConnectionReset)),
        ("reset-before-reading", Some(ErrorKind::ConnectionReset)),
    ];
    let running = start().await;
    for (name, expected) in cases {
        running.fault(name).unwrap();
        let mut stream = connect(&running, "localhost").await.unwrap();
        let _ = stream.write_all(void(ORDER).as_bytes()).await;
        let mut bytes = Vec::new();
        let error = stream
            .read_to_end(&mut bytes)
            .await
            .err()
            .map(|error| error.kind());
        assert_eq!(error, expected, "{name}");
        let record = running.ledger().requests().pop().unwrap();
        assert_eq!(record.reply_bytes_sent, bytes.len() as u64, "{name}");
        let in_body = if name.ends_with("-in-body") { 17 } else { 0 };
        if in_body > 0 {
            assert_eq!(record.bytes_received, record.head_bytes + in_body, "{name}");
        }
    }
}

#[tokio::test]
async fn tls_is_spoken_in_memory_too() {
    let simulator = builder().tls(Tls::generate().unwrap()).build().unwrap();
    let mut roots = RootCertStore::empty();
    let ca = CertificateDer::from_pem_slice(simulator.ca_pem().unwrap().as_bytes()).unwrap();
    roots.add(ca).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let stream = simulator.connect().unwrap();
    let name = ServerName::try_from("localhost").unwrap();
    let mut stream = TlsConnector::from(Arc::new(config))
        .connect(name, stream)
        .await
        .unwrap();
    stream.write_all(void(ORDER).as_bytes()).await.unwrap();
    assert_eq!(read_reply(&mut stream).await.err_code(), "00");
}
