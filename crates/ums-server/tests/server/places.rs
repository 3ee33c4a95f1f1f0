//! Where a server listens.

use std::os::unix::fs::{FileTypeExt as _, PermissionsExt as _};
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use ums_server::{ListenAt, ListenError, TlsFiles};

use crate::ground::{Ground, LONG, any_port, own_directory, raw};

async fn over_unix(path: &std::path::Path, host: &str) -> String {
    let mut stream = tokio::net::UnixStream::connect(path).await.unwrap();
    let request = format!("GET /readyz HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    answer
}

#[tokio::test]
async fn a_unix_socket_is_closed_to_others_and_goes_away() {
    let socket = |directory: &tempfile::TempDir| directory.path().join("ums.sock");
    let ground = Ground::at(|it| ListenAt::unix(socket(it)), LONG, |server| server).await;
    let path = socket(&ground.directory);
    let metadata = std::fs::symlink_metadata(&path).unwrap();
    assert!(metadata.file_type().is_socket());
    assert_eq!(metadata.permissions().mode() & 0o777, 0o660);
    assert!(
        over_unix(&path, "localhost")
            .await
            .starts_with("HTTP/1.1 200")
    );
    assert!(
        over_unix(&path, "evil.example")
            .await
            .starts_with("HTTP/1.1 400")
    );
    // A second one does not take its place.
    let listened = listen(ListenAt::unix(&path)).await;
    assert!(matches!(listened, Err(ListenError::Taken { .. })));
    ground.serving.stop(Duration::ZERO).await;
    assert!(!path.exists());
}

/// A server with a profile of its own, only to see whether it may listen there.
async fn listen(at: ListenAt) -> Result<(), ListenError> {
    let place = own_directory();
    let gateway = ums_simulator::Simulator::builder().start().await.unwrap();
    let server = crate::ground::server(&gateway, &place).await;
    server.start(at).await.map(drop)
}

#[tokio::test]
async fn a_directory_that_others_can_write_to_is_refused() {
    let directory = own_directory();
    let open = std::fs::Permissions::from_mode(0o755);
    std::fs::set_permissions(directory.path(), open).unwrap();
    let at = ListenAt::unix(directory.path().join("ums.sock"));
    let listened = listen(at).await;
    assert!(matches!(listened, Err(ListenError::OpenDirectory { .. })));
}

#[tokio::test]
async fn a_socket_of_a_dead_server_makes_way_and_a_file_does_not() {
    let directory = own_directory();
    let path = directory.path().join("ums.sock");
    drop(std::os::unix::net::UnixListener::bind(&path).unwrap());
    assert!(path.exists());
    listen(ListenAt::unix(&path)).await.unwrap();
    let path = directory.path().join("file");
    std::fs::write(&path, "").unwrap();
    let listened = listen(ListenAt::unix(&path)).await;
    assert!(matches!(listened, Err(ListenError::Taken { .. })));
}

#[tokio::test]
async fn other_machines_are_served_with_tls_only() {
    let listened = listen(ListenAt::tcp("0.0.0.0:0".parse().unwrap())).await;
    assert!(matches!(listened, Err(ListenError::NeedsTls(_))));
}

#[tokio::test]
async fn with_tls_it_answers_by_its_certificate_until_the_files_are_read_again() {
    let directory = own_directory();
    let (chain, key) = (
        directory.path().join("chain.pem"),
        directory.path().join("key.pem"),
    );
    let write = || {
        let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        std::fs::write(&chain, made.cert.pem()).unwrap();
        std::fs::write(&key, made.signing_key.serialize_pem()).unwrap();
        let closed = std::fs::Permissions::from_mode(0o600);
        std::fs::set_permissions(&key, closed).unwrap();
        made.cert.der().clone()
    };
    let first = write();
    let files = TlsFiles::new(&chain, &key);
    let at = |_: &_| ListenAt::tcp(any_port()).tls(files.clone());
    let ground = Ground::at(at, LONG, |server| server).await;
    let address = ground
        .serving
        .url()
        .strip_prefix("https://")
        .unwrap()
        .to_owned();
    let ready = async |trusted| {
        let mut roots = rustls::RootCertStore::empty();
        roots.add(trusted).unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = rustls::ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();
        let stream = tokio::net::TcpStream::connect(&address).await.unwrap();
        let name = "localhost".try_into().unwrap();
        let connector = tokio_rustls::TlsConnector::from(Arc::new(config));
        let mut stream = connector.connect(name, stream).await.ok()?;
        let request =
            format!("GET /readyz HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer).await;
        Some(answer.starts_with(b"HTTP/1.1 200"))
    };
    assert_eq!(ready(first.clone()).await, Some(true));
    let second = write();
    assert_eq!(ready(second.clone()).await, None);
    ground.serving.reload_tls().unwrap();
    assert_eq!(ready(second.clone()).await, Some(true));
    assert_eq!(ready(first).await, None);

    // Files that cannot be used change nothing.
    std::fs::set_permissions(&key, std::fs::Permissions::from_mode(0o644)).unwrap();
    assert!(ground.serving.reload_tls().is_err());
    std::fs::write(&chain, "nonsense").unwrap();
    assert!(ground.serving.reload_tls().is_err());
    assert_eq!(ready(second).await, Some(true));
}

#[tokio::test]
async fn a_server_goes_by_its_names_only() {
    let at = |_: &_| ListenAt::tcp(any_port()).host("ums.shop.example:8443");
    let ground = Ground::at(at, LONG, |server| server).await;
    let url = ground.serving.url().to_owned();
    assert_eq!(url, "http://ums.shop.example:8443");
}

#[tokio::test]
async fn the_port_belongs_to_the_name() {
    let ground = Ground::new().await;
    let address = ground.address();
    let ready = async |host: &str| {
        let request = format!("GET /readyz HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
        raw(address, request.as_bytes())
            .await
            .starts_with("HTTP/1.1 200")
    };
    let port = address.port();
    for name in ["127.0.0.1", "localhost", "LocalHost", "[::1]"] {
        assert!(ready(&format!("{name}:{port}")).await, "{name}");
    }
    for name in [
        "127.0.0.1",
        "localhost",
        "evil.example",
        "localhost:1",
        "127.0.0.1.evil.example",
    ] {
        assert!(!ready(name).await, "{name}");
        assert!(!ready(&format!("evil.{name}:{port}")).await, "{name}");
    }
}
