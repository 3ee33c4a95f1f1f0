//! Handshakes that must fail: wrong answers to a ClientHello, and right ones that end too soon.

use std::sync::Arc;

use ums_transport::TransportErrorKind;

use crate::tls::Refused;
use crate::tls::certificate::Ca;
use crate::tls::server::{End, Flight, Part, Server, TLS12, TLS13, config};

/// Answers to a ClientHello, each after what is wrong with it.
pub(crate) fn answers() -> Vec<Refused> {
    let mut rows = Vec::new();
    for (name, level, code, reason) in ALERTS {
        let bytes = record(ALERT, &[*level, *code]);
        rows.push(answer(&format!("alert {name}"), reason, move |_| {
            bytes.clone()
        }));
    }
    for (name, bytes, reason) in bytes() {
        rows.push(answer(&name, reason, move |_| bytes.clone()));
    }
    for (name, hello, reason) in hellos() {
        rows.push(answer(&name, reason, move |asked| hello.record(asked)));
    }
    rows
}

/// Handshakes that end within a flight.
pub(crate) fn cuts() -> Vec<Refused> {
    flights(&[
        (End::Fin, TransportErrorKind::Tls, "eof"),
        (End::Reset, TransportErrorKind::Tls, "reset"),
    ])
}

/// Handshakes that come to a stand within a flight.
pub(crate) fn stalls() -> Vec<Refused> {
    let kind = TransportErrorKind::ConnectTimeout;
    flights(&[(End::Stall, kind, "took too long")])
}

fn flights(ends: &[(End, TransportErrorKind, &'static str)]) -> Vec<Refused> {
    let root = Ca::root("a root");
    let identity = root.server(&["localhost"]);
    let mut rows = Vec::new();
    for (version, versions, flight) in [
        ("TLS 1.2", TLS12, Flight::First),
        ("TLS 1.2", TLS12, Flight::Second),
        ("TLS 1.3", TLS13, Flight::First),
    ] {
        let config = Arc::new(config(&identity, versions));
        for part in [
            Part::Nothing,
            Part::OneByte,
            Part::RecordHeader,
            Part::Half,
            Part::AllButOneByte,
        ] {
            for &(end, kind, reason) in ends {
                rows.push(Refused {
                    name: format!("{version}: {end:?} after {part:?} of the {flight:?} flight"),
                    host: "localhost",
                    trust: Some(root.pem.clone()),
                    server: Server::Cut(Arc::clone(&config), flight, part, end),
                    kind,
                    reason,
                });
            }
        }
    }
    rows
}

fn answer(
    name: &str,
    reason: &'static str,
    bytes: impl Fn(&[u8]) -> Vec<u8> + Send + Sync + 'static,
) -> Refused {
    Refused {
        name: name.to_owned(),
        host: "127.0.0.1",
        trust: Some(Ca::root("a root").pem),
        server: Server::Bytes(Box::new(bytes), End::Fin),
        kind: TransportErrorKind::Tls,
        reason,
    }
}

const CHANGE_CIPHER_SPEC: u8 = 20;
const ALERT: u8 = 21;
const HANDSHAKE: u8 = 22;
const APPLICATION_DATA: u8 = 23;

const WARNING: u8 = 1;
const FATAL: u8 = 2;

/// Level, code, and the reason given. A warning is no refusal by itself, but the connection then
/// ends.
const ALERTS: &[(&str, u8, u8, &str)] = &[
    ("close_notify", WARNING, 0, "eof"),
    ("unexpected_message", FATAL, 10, "UnexpectedMessage"),
    ("bad_record_mac", FATAL, 20, "BadRecordMac"),
    ("handshake_failure", FATAL, 40, "HandshakeFailure"),
    ("bad_certificate", FATAL, 42, "BadCertificate"),
    ("unknown_ca", FATAL, 48, "UnknownCA"),
    ("access_denied", FATAL, 49, "AccessDenied"),
    ("decode_error", FATAL, 50, "DecodeError"),
    ("protocol_version", FATAL, 70, "ProtocolVersion"),
    ("insufficient_security", FATAL, 71, "InsufficientSecurity"),
    ("internal_error", FATAL, 80, "InternalError"),
    ("inappropriate_fallback", FATAL, 86, "InappropriateFallback"),
    ("user_canceled", WARNING, 90, "eof"),
    ("missing_extension", FATAL, 109, "MissingExtension"),
    ("unrecognized_name", FATAL, 112, "UnrecognisedName"),
    ("unrecognized_name as a warning", WARNING, 112, "eof"),
    ("certificate_required", FATAL, 116, "CertificateRequired"),
    (
        "no_application_protocol",
        FATAL,
        120,
        "NoApplicationProtocol",
    ),
    ("of no known kind", FATAL, 255, "AlertDescription(0xff)"),
    ("of no known level", 9, 40, "HandshakeFailure"),
];

fn bytes() -> Vec<(String, Vec<u8>, &'static str)> {
    const CORRUPT: &str = "corrupt";
    let http = b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n";
    let mut oversize = record(HANDSHAKE, &[]);
    oversize[3..5].copy_from_slice(&[0xff, 0xff]);
    oversize.extend([0; 0xffff]);
    let huge_message = record(HANDSHAKE, &[2, 0xff, 0xff, 0xff, 3, 3]);
    let mut endless_messages = Vec::new();
    for _ in 0..64 {
        endless_messages.extend(record(HANDSHAKE, &[0, 0, 0, 0]));
    }
    let row = |name: &str, bytes: Vec<u8>, reason| (name.to_owned(), bytes, reason);
    vec![
        row("a plain HTTP reply", http.to_vec(), CORRUPT),
        row(
            "an HTTP/2 preface",
            b"\0\0\x12\x04\0\0\0\0\0".to_vec(),
            CORRUPT,
        ),
        row(
            "an SSH banner",
            b"SSH-2.0-OpenSSH_9.9\r\n".to_vec(),
            CORRUPT,
        ),
        row(
            "an SMTP banner",
            b"220 mail.invalid ESMTP\r\n".to_vec(),
            CORRUPT,
        ),
        row("zeros", vec![0; 64], CORRUPT),
        row("ones", vec![0xff; 64], CORRUPT),
        row("an SSLv2 ServerHello", vec![0x80, 0x03, 4, 0, 1], CORRUPT),
        row("a record of 64 KiB", oversize, "MessageTooLarge"),
        row(
            "a message of 16 MiB",
            huge_message,
            "HandshakePayloadTooLarge",
        ),
        row("an empty handshake record", record(HANDSHAKE, &[]), CORRUPT),
        row(
            "a message of no known kind",
            record(HANDSHAKE, &[99, 0, 0, 0]),
            "unexpected",
        ),
        row(
            "requests to begin, again and again",
            endless_messages,
            "HelloRequest",
        ),
        row(
            "data before the handshake",
            record(APPLICATION_DATA, b"HTTP/1.1 200 OK\r\n\r\n"),
            "unexpected",
        ),
        row(
            "a change of keys before there are keys",
            record(CHANGE_CIPHER_SPEC, &[1]).repeat(40),
            "unexpected",
        ),
        row(
            "the server's Finished first",
            record(
                HANDSHAKE,
                &[20, 0, 0, 12, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0],
            ),
            "unexpected",
        ),
        row(
            "a certificate before a ServerHello",
            record(HANDSHAKE, &[11, 0, 0, 3, 0, 0, 0]),
            "unexpected",
        ),
        row(
            "a ServerHello that is cut",
            record(HANDSHAKE, &[2, 0, 0, 70, 3, 3]),
            "eof",
        ),
        row(
            "a ServerHello too short",
            record(HANDSHAKE, &[2, 0, 0, 2, 3, 3]),
            CORRUPT,
        ),
        row(
            "the client's own hello",
            record(
                HANDSHAKE,
                &[
                    &[1, 0, 0, 41, 3, 3][..],
                    &[7; 32],
                    &[0, 0, 2, 0x13, 1, 1, 0],
                ]
                .concat(),
            ),
            "unexpected",
        ),
    ]
}

/// A ServerHello, right but for what a row changes.
#[derive(Clone)]
struct Hello {
    version: [u8; 2],
    random: [u8; 32],
    echoes_session: bool,
    cipher: [u8; 2],
    compression: u8,
    extensions: Vec<(u16, Vec<u8>)>,
}

impl Hello {
    fn tls12() -> Self {
        Self {
            version: [3, 3],
            random: [7; 32],
            echoes_session: false,
            // ECDHE-ECDSA with AES-128-GCM
            cipher: [0xc0, 0x2b],
            compression: 0,
            extensions: vec![(EXTENDED_MASTER_SECRET, vec![])],
        }
    }

    fn tls13() -> Self {
        let mut share = X25519.to_vec();
        share.extend([0, 32]);
        share.extend([9; 32]);
        Self {
            echoes_session: true,
            // AES-128-GCM
            cipher: [0x13, 0x01],
            extensions: vec![(SUPPORTED_VERSIONS, vec![3, 4]), (KEY_SHARE, share)],
            ..Self::tls12()
        }
    }

    /// The hello that asks for another.
    fn retry(group: [u8; 2]) -> Self {
        Self {
            random: RETRY,
            extensions: vec![
                (SUPPORTED_VERSIONS, vec![3, 4]),
                (KEY_SHARE, group.to_vec()),
            ],
            ..Self::tls13()
        }
    }

    fn with(mut self, change: impl FnOnce(&mut Self)) -> Self {
        change(&mut self);
        self
    }

    fn record(&self, asked: &[u8]) -> Vec<u8> {
        // Record header, message header, version, random; then the session.
        let length = usize::from(asked[43]);
        let session = &asked[44..44 + length];
        let mut body = self.version.to_vec();
        body.extend(self.random);
        if self.echoes_session {
            body.push(asked[43]);
            body.extend(session);
        } else {
            body.push(0);
        }
        body.extend(self.cipher);
        body.push(self.compression);
        let mut extensions = Vec::new();
        for (kind, content) in &self.extensions {
            extensions.extend(kind.to_be_bytes());
            extensions.extend((content.len() as u16).to_be_bytes());
            extensions.extend(content);
        }
        body.extend((extensions.len() as u16).to_be_bytes());
        body.extend(extensions);
        let mut message = vec![2, 0];
        message.extend((body.len() as u16).to_be_bytes());
        message.extend(body);
        record(HANDSHAKE, &message)
    }
}

const ALPN: u16 = 16;
const EXTENDED_MASTER_SECRET: u16 = 23;
const SUPPORTED_VERSIONS: u16 = 43;
const KEY_SHARE: u16 = 51;
const X25519: [u8; 2] = [0, 29];
const FFDHE2048: [u8; 2] = [1, 0];

/// The random of a HelloRetryRequest (RFC 8446, 4.1.3).
const RETRY: [u8; 32] = [
    0xcf, 0x21, 0xad, 0x74, 0xe5, 0x9a, 0x61, 0x11, 0xbe, 0x1d, 0x8c, 0x02, 0x1e, 0x65, 0xb8, 0x91,
    0xc2, 0xa2, 0x11, 0x16, 0x7a, 0xbb, 0x8c, 0x5e, 0x07, 0x9e, 0x09, 0xe2, 0xc8, 0xa8, 0x33, 0x9c,
];

fn hellos() -> Vec<(String, Hello, &'static str)> {
    let mut rows = Vec::new();
    let mut row = |name: &str, hello, reason| rows.push((name.to_owned(), hello, reason));
    for (name, version) in [("SSLv3", [3, 0]), ("TLS 1.0", [3, 1]), ("TLS 1.1", [3, 2])] {
        let old = Hello::tls12().with(|hello| {
            hello.version = version;
            // RSA with AES-128-CBC and SHA-1, which all of them have
            hello.cipher = [0x00, 0x2f];
            hello.extensions.clear();
        });
        row(name, old, "ServerDoesNotSupportTls12Or13");
    }
    for (name, version) in [("TLS 1.1 as an extension", [3, 2]), ("TLS 1.4", [3, 5])] {
        let other = Hello::tls13().with(|hello| hello.extensions[0].1 = version.to_vec());
        row(name, other, "ServerDoesNotSupportTls12Or13");
    }
    for (name, cipher) in [
        ("no encryption", [0x00, 0x3b]),
        ("export RC4", [0x00, 0x03]),
        ("RC4", [0x00, 0x05]),
        ("3DES", [0x00, 0x0a]),
        ("RSA key exchange", [0x00, 0x9c]),
        ("CBC", [0xc0, 0x09]),
        ("anonymous Diffie-Hellman", [0x00, 0xa6]),
        ("SM4, of TLS 1.3", [0x00, 0xc6]),
        ("a cipher of TLS 1.3 under 1.2", [0x13, 0x01]),
    ] {
        let chosen = Hello::tls12().with(|hello| hello.cipher = cipher);
        row(&format!("chooses {name}"), chosen, "ipher");
    }
    row(
        "a cipher of TLS 1.2 under 1.3",
        Hello::tls13().with(|hello| hello.cipher = [0xc0, 0x2b]),
        "ipher",
    );
    row(
        "chooses compression",
        Hello::tls12().with(|hello| hello.compression = 1),
        "ompression",
    );
    row(
        "marked as a downgrade to TLS 1.2",
        Hello::tls12().with(|hello| hello.random[24..].copy_from_slice(b"DOWNGRD\x01")),
        "AttemptedDowngradeToTls12",
    );
    row(
        "TLS 1.3 without a key",
        Hello::tls13().with(|hello| drop(hello.extensions.pop())),
        "KeyShare",
    );
    row(
        "a key of a group not offered",
        Hello::tls13().with(|hello| hello.extensions[1].1[..2].copy_from_slice(&FFDHE2048)),
        "KeyShare",
    );
    row(
        "a key of zeros",
        Hello::tls13().with(|hello| hello.extensions[1].1[4..].fill(0)),
        "InvalidKeyShare",
    );
    row(
        "an extension twice",
        Hello::tls13().with(|hello| hello.extensions.push((SUPPORTED_VERSIONS, vec![3, 4]))),
        "uplicate",
    );
    row(
        "an extension not asked for",
        Hello::tls12().with(|hello| hello.extensions.push((0x1234, vec![]))),
        "UnsolicitedServerHelloExtension",
    );
    row(
        "HTTP/2, which was not offered",
        Hello::tls12().with(|hello| hello.extensions.push((ALPN, b"\0\x03\x02h2".to_vec()))),
        "UnsolicitedServerHelloExtension",
    );
    row(
        "HTTP/1.1 by ALPN, which was not offered",
        Hello::tls12().with(|hello| {
            hello
                .extensions
                .push((ALPN, b"\0\x09\x08http/1.1".to_vec()))
        }),
        "UnsolicitedServerHelloExtension",
    );
    row(
        "asks to try again with nothing new",
        Hello::retry(X25519),
        "etry",
    );
    row(
        "asks for a group not offered",
        Hello::retry(FFDHE2048),
        "etry",
    );
    row("TLS 1.3, then nothing", Hello::tls13(), "eof");
    row("TLS 1.2, then nothing", Hello::tls12(), "eof");
    rows
}

fn record(kind: u8, content: &[u8]) -> Vec<u8> {
    let mut record = vec![kind, 3, 3];
    record.extend((content.len() as u16).to_be_bytes());
    record.extend(content);
    record
}
