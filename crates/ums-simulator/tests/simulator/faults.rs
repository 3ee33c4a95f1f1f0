//! Every fault does on the wire what the table says, seen with a raw socket.
//!
//! The expectations are written here once more, by another route than the simulator's; a fault
//! without one fails.

use std::io::ErrorKind;

use crate::raw::{ORDER, Reply, builder, exchange, read_reply, void};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use ums_simulator::{
    ConnectionEnd, ConnectionUse, ExchangeEnd, FAULTS, Fault, FaultPhase, FaultRule, FaultSpec,
    Order, OrderState, Running,
};

/// What a raw client must see.
enum Expect {
    /// Exactly these bytes, then this end.
    Bytes(Vec<u8>, End),
    /// Nothing; the simulator notices that the client has closed.
    Nothing,
    /// These bytes, then this block again and again until the client closes.
    Flood(Vec<u8>, Vec<u8>),
    /// One well-framed reply with this status; the connection stays open.
    Reply(u16, fn(&Truth, &Reply)),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    Fin,
    Open,
    Reset,
}

/// The reply that the fault bends, as the wire has it without a fault.
struct Truth {
    name: &'static str,
    applied: bool,
    wire: Vec<u8>,
    head: String,
    body: Vec<u8>,
}

impl Truth {
    fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    /// The head with this in place of its length.
    fn head_with(&self, framing: &str) -> Vec<u8> {
        let length = format!("Content-Length: {}\r\n", self.body.len());
        assert!(self.head.contains(&length));
        self.head.replace(&length, framing).into_bytes()
    }

    /// The wire up to so many bytes.
    fn cut(&self, at: usize, end: End) -> Expect {
        Expect::Bytes(self.wire[..at].to_vec(), end)
    }

    fn framed(&self, framing: &str, end: End) -> Expect {
        Expect::Bytes([self.head_with(framing), self.body.clone()].concat(), end)
    }

    fn chunked(&self, chunks: &[u8], end: End) -> Expect {
        let head = self.head_with("Transfer-Encoding: chunked\r\n");
        Expect::Bytes([head.as_slice(), chunks].concat(), end)
    }

    /// Where the status line ends.
    fn status_line(&self) -> usize {
        "HTTP/1.1 200 OK\r\n".len()
    }
}

/// The parameters with which the faults are run, where the default is too long for a test.
fn shortened(name: &str) -> String {
    match name.trim_end_matches("-applied") {
        "drip" | "slow-read" => format!("{name}@0"),
        "huge-body"
        | "idle-fin"
        | "idle-reset"
        | "late-reply"
        | "status-504-then-reply"
        | "code-96-then-reply"
        | "stray-reply" => format!("{name}@1"),
        late if late.ends_with("-late") => format!("{name}@0"),
        _ => name.to_owned(),
    }
}

#[expect(
    clippy::too_many_lines,
    reason = "it is a table: one arm for each fault"
)]
fn expected(truth: &Truth) -> Expect {
    use End::{Fin, Open, Reset};

    let wire = || truth.wire.clone();
    let body_start = truth.head.len();
    let silent = |end| Expect::Bytes(Vec::new(), end);
    let prepend = |line: &str| {
        let first = format!("HTTP/1.1 {line}\r\n\r\n").into_bytes();
        Expect::Bytes([first, wire()].concat(), Open)
    };
    let whole_chunk = [
        format!("{:x}\r\n", truth.body.len()).as_bytes(),
        &truth.body,
        b"\r\n",
    ]
    .concat();
    let bad_chunk = |size: &str| {
        let chunk = [size.as_bytes(), b"\r\n", &truth.body, b"\r\n0\r\n\r\n"].concat();
        truth.chunked(&chunk, Open)
    };

    let whole = |start: &str, body: &str| {
        format!("{start}Content-Length: {}\r\n\r\n{body}", body.len()).into_bytes()
    };
    let date = "Server: ums-simulator\r\nDate: Tue, 18 Jul 2023 03:13:40 GMT\r\n";
    let json = |body: &str| {
        let start =
            format!("HTTP/1.1 200 OK\r\n{date}Content-Type: application/json;charset=UTF-8\r\n");
        whole(&start, body)
    };
    let page_504 = whole(
        &format!("HTTP/1.1 504 Gateway Timeout\r\n{date}Content-Type: text/html\r\n"),
        "<html><head><title>504</title></head><body>504</body></html>",
    );
    let code_96 = json(r#"{"errCode":"96","errInfo":"交换中心异常"}"#);
    let approval = json(r#"{"errCode":"00","errInfo":"10000成功响应码"}"#);
    let refusal = json(r#"{"errCode":"57","errInfo":"不允许此交易"}"#);

    match truth
        .name
        .trim_end_matches("-late")
        .trim_end_matches("-applied")
    {
        // While the request is read.
        "reset-before-reading" | "reset-in-head" | "reset-after-head" | "reset-in-body" => {
            silent(Reset)
        }
        "fin-before-reading" | "fin-in-head" | "fin-after-head" | "fin-in-body" => silent(Fin),
        "stall-before-reading" | "stall-after-head" => Expect::Nothing,
        "slow-read" => Expect::Bytes(wire(), Open),
        "early-500" => {
            let status_and_date = "HTTP/1.1 500 Internal Server Error\r\nServer: ums-simulator\r\n\
                Date: Tue, 18 Jul 2023 03:13:40 GMT\r\nContent-Type: text/plain\r\n\
                Content-Length: 0\r\n\r\n";
            Expect::Bytes(status_and_date.into(), Fin)
        }
        "early-head" => truth.chunked(&[whole_chunk, b"0\r\n\r\n".to_vec()].concat(), Open),

        "early-reply" if truth.applied => Expect::Bytes(approval, Open),
        "early-reply" => Expect::Bytes(refusal, Open),

        // Two replies.
        "status-504-then-reply" => Expect::Bytes([page_504, wire()].concat(), Open),
        "code-96-then-reply" => Expect::Bytes([code_96, wire()].concat(), Open),
        "stray-reply" => Expect::Bytes([wire(), approval].concat(), Open),

        // No reply.
        "fin-after-request" | "truncate-after-request" => silent(Fin),
        "reset-after-request" => silent(Reset),
        "silence" => Expect::Nothing,
        "continue-flood" => Expect::Flood(Vec::new(), b"HTTP/1.1 100 Continue\r\n\r\n".to_vec()),
        "switching-protocols" => Expect::Bytes(
            b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n"
                .to_vec(),
            Fin,
        ),

        // The truth, in an unusual way.
        "late-reply" | "drip" => Expect::Bytes(wire(), Open),
        "continue-once" => prepend("100 Continue"),
        "early-hints" => prepend("103 Early Hints"),
        "chunked" => {
            let (a, b) = truth.body.split_at(truth.body.len() / 2);
            let sizes = (
                format!("{:x}\r\n", a.len()),
                format!("\r\n{:x}\r\n", b.len()),
            );
            let chunks = [
                sizes.0.as_bytes(),
                a,
                sizes.1.as_bytes(),
                b,
                b"\r\n0\r\n\r\n",
            ];
            truth.chunked(&chunks.concat(), Open)
        }
        "no-length" => truth.framed("Connection: close\r\n", Fin),
        "fin-after-reply" | "idle-fin" => Expect::Bytes(wire(), Fin),
        "reset-after-reply" | "idle-reset" => Expect::Bytes(wire(), Reset),
        "two-replies" => {
            let body = r#"{"errCode":"00","errInfo":"10000成功响应码","orderId":"19700101000000000000000000"}"#;
            let head = truth.head_with(&format!("Content-Length: {}\r\n", body.len()));
            Expect::Bytes([wire(), head, body.into()].concat(), Open)
        }
        "trailing-garbage" => Expect::Bytes([wire(), b"\0garbage\xff".to_vec()].concat(), Open),
        "date-ahead" => Expect::Reply(200, |truth, reply| {
            assert_eq!(reply.head, truth.head.replace("03:13:40", "04:13:40"));
            assert_eq!(reply.body, truth.body);
        }),
        "date-behind" => Expect::Reply(200, |truth, reply| {
            assert_eq!(reply.head, truth.head.replace("03:13:40", "02:13:40"));
            assert_eq!(reply.body, truth.body);
        }),

        // Cuts.
        "fin-in-reply" | "truncate-in-reply" => truth.cut(100.min(truth.wire.len() - 1), Fin),
        "reset-in-reply" => truth.cut(100.min(truth.wire.len() - 1), Reset),
        "fin-in-status-line" => truth.cut(5, Fin),
        "reset-in-status-line" => truth.cut(5, Reset),
        "fin-in-reply-head" => truth.cut(truth.status_line() + 20, Fin),
        "reset-in-reply-head" => truth.cut(truth.status_line() + 20, Reset),
        "fin-in-reply-body" => truth.cut(body_start + 17, Fin),
        "reset-in-reply-body" => truth.cut(body_start + 17, Reset),
        "fin-in-chunk" => truth.chunked(&whole_chunk[..10], Fin),
        "reset-in-chunk" => truth.chunked(&whole_chunk[..10], Reset),
        "no-last-chunk" => truth.chunked(&whole_chunk, Fin),

        // Framing and heads.
        "length-too-small" => {
            let framing = format!("Content-Length: {}\r\n", truth.body.len() - 1);
            truth.framed(&framing, Open)
        }
        "length-too-large" => {
            let framing = format!("Content-Length: {}\r\n", truth.body.len() + 1);
            truth.framed(&framing, Fin)
        }
        "two-lengths" => {
            let length = truth.body.len();
            let framing = format!(
                "Content-Length: {length}\r\nContent-Length: {}\r\n",
                length - 1
            );
            truth.framed(&framing, Open)
        }
        "length-not-a-number" => truth.framed("Content-Length: all\r\n", Open),
        "length-negative" => truth.framed("Content-Length: -1\r\n", Open),
        "length-overflow" => truth.framed("Content-Length: 18446744073709551616\r\n", Open),
        "chunk-size-not-hex" => bad_chunk("xyz"),
        "chunk-size-overflow" => bad_chunk("10000000000000000"),
        "chunk-size-too-small" => bad_chunk("3"),
        "garbage" => Expect::Bytes(
            b"\x16\x03\x01\x00\xa5\x01 not a reply\r\n\r\n".to_vec(),
            Fin,
        ),
        "bad-status-line" => {
            let rest = &truth.wire[truth.status_line()..];
            Expect::Bytes([b"HTTP/1.1 2oo OK\r\n", rest].concat(), Open)
        }
        "bad-header" => {
            let framing = format!("Bad Name\0: x\r\nContent-Length: {}\r\n", truth.body.len());
            truth.framed(&framing, Open)
        }
        "endless-head" => Expect::Flood(
            b"HTTP/1.1 200 OK\r\n".to_vec(),
            b"X-Filler: 0123456789abcdef\r\n".to_vec(),
        ),

        // Replies of something else.
        "empty-200" => Expect::Reply(200, |_, reply| assert!(reply.body.is_empty())),
        "html-200" => Expect::Reply(200, is_html),
        "no-content" => Expect::Reply(204, |_, reply| {
            assert!(!reply.head.contains("Content-"), "{}", reply.head);
        }),
        "redirect-301-elsewhere" => Expect::Reply(301, to_elsewhere),
        "redirect-302-elsewhere" => Expect::Reply(302, to_elsewhere),
        "redirect-307-elsewhere" => Expect::Reply(307, to_elsewhere),
        "redirect-308-elsewhere" => Expect::Reply(308, to_elsewhere),
        "redirect-301-itself" => Expect::Reply(301, to_itself),
        "redirect-302-itself" => Expect::Reply(302, to_itself),
        "redirect-307-itself" => Expect::Reply(307, to_itself),
        "redirect-308-itself" => Expect::Reply(308, to_itself),
        "status-401" => Expect::Reply(401, is_not_json),
        "status-403" => Expect::Reply(403, is_html),
        "status-404" => Expect::Reply(404, is_html),
        "status-408" => Expect::Reply(408, is_not_json),
        "status-409" => Expect::Reply(409, is_not_json),
        "status-412" => Expect::Reply(412, is_not_json),
        "status-425" => Expect::Reply(425, is_not_json),
        "status-429" => Expect::Reply(429, says_retry),
        "status-500" => Expect::Reply(500, is_not_json),
        "status-408-json" => Expect::Reply(408, has_the_true_body),
        "status-409-json" => Expect::Reply(409, has_the_true_body),
        "status-412-json" => Expect::Reply(412, has_the_true_body),
        "status-429-json" => Expect::Reply(429, has_the_true_body),
        "status-500-json" => Expect::Reply(500, has_the_true_body),
        "status-502-html" => Expect::Reply(502, is_html),
        "status-503" => Expect::Reply(503, says_retry),
        "status-504" => Expect::Reply(504, is_html),

        // Bodies.
        "gzip" => Expect::Reply(200, |truth, reply| {
            assert!(reply.head.contains("Content-Encoding: gzip\r\n"));
            let (start, rest) = reply.body.split_at(15);
            assert_eq!(start[..4], [0x1f, 0x8b, 8, 0]);
            assert!(rest.starts_with(&truth.body));
            let length = u32::try_from(truth.body.len()).unwrap();
            assert!(rest.ends_with(&length.to_le_bytes()));
        }),
        "bom" => Expect::Reply(200, |truth, reply| {
            assert_eq!(reply.body.strip_prefix(b"\xef\xbb\xbf"), Some(&*truth.body));
        }),
        "utf16" => Expect::Reply(200, |truth, reply| {
            let units = reply
                .body
                .chunks(2)
                .map(|two| u16::from_le_bytes([two[0], two[1]]));
            let text: String = char::decode_utf16(units).map(Result::unwrap).collect();
            assert_eq!(text.as_bytes(), truth.body);
        }),
        "gbk" => Expect::Reply(200, |_, reply| {
            let needle = b"\"errInfo\":\"\xb3\xc9\xb9\xa6\"";
            assert!(reply.body.windows(needle.len()).any(|part| part == needle));
        }),
        "lone-surrogate" => Expect::Reply(200, |_, reply| {
            assert!(reply.text().contains(r#""errInfo":"\ud800""#));
            is_broken(reply);
        }),
        "raw-newline" => Expect::Reply(200, |_, reply| {
            assert!(reply.text().contains("\"errInfo\":\"a\nb\""));
            is_broken(reply);
        }),
        "duplicate-key" => Expect::Reply(200, |truth, reply| {
            let codes: Vec<_> = reply
                .text()
                .match_indices("errCode")
                .map(|(at, _)| at)
                .collect();
            assert_eq!(codes.len(), 2);
            let first = if truth.applied {
                r#"{"errCode":"57""#
            } else {
                r#"{"errCode":"00""#
            };
            assert!(reply.text().starts_with(first));
            // The last of the two is the truth.
            assert_eq!(reply.err_code(), truth.json()["errCode"]);
        }),
        "deep-nesting" => Expect::Reply(200, |_, reply| {
            assert_eq!(reply.text().matches('[').count(), 10_000);
            assert_eq!(reply.text().matches(']').count(), 10_000);
        }),
        "half-json" => Expect::Reply(200, |truth, reply| {
            assert_eq!(reply.body, truth.body[..truth.body.len() / 2]);
        }),
        "two-json" => Expect::Reply(200, |truth, reply| {
            assert_eq!(reply.body.strip_suffix(b"{}"), Some(&*truth.body));
        }),
        "not-json" => Expect::Reply(200, |_, reply| assert_eq!(reply.text(), "SUCCESS")),
        "json-array" => Expect::Reply(200, |_, reply| assert_eq!(reply.text(), r#"["00"]"#)),
        "json-string" => Expect::Reply(200, |_, reply| assert_eq!(reply.text(), r#""00""#)),
        "json-null" => Expect::Reply(200, |_, reply| assert_eq!(reply.text(), "null")),
        "nan" => Expect::Reply(200, |_, reply| {
            assert!(reply.text().contains(r#""transactionAmount":NaN,"#));
            is_broken(reply);
        }),
        "huge-number" => Expect::Reply(200, |_, reply| {
            assert!(reply.text().contains(r#""transactionAmount":1e999,"#));
        }),
        "huge-body" => Expect::Reply(200, |truth, reply| {
            assert!(reply.body.len() > 1 << 20);
            assert_eq!(reply.err_code(), truth.json()["errCode"]);
        }),
        "endless-body" => Expect::Flood(
            [
                truth.head_with("Transfer-Encoding: chunked\r\n").as_slice(),
                b"c\r\n{\"errInfo\":\"\r\n",
            ]
            .concat(),
            [b"4000\r\n".as_slice(), &[b'x'; 0x4000], b"\r\n"].concat(),
        ),
        "err-code-number" => Expect::Reply(200, |_, reply| assert_eq!(reply.json()["errCode"], 0)),
        "err-code-missing" => Expect::Reply(200, |_, reply| {
            assert!(reply.json().get("errCode").is_none());
        }),
        "err-code-null" => Expect::Reply(200, |_, reply| {
            assert!(reply.text().contains(r#""errCode":null"#));
        }),
        "err-code-empty" => Expect::Reply(200, |_, reply| assert_eq!(reply.err_code(), "")),
        "other-order" => Expect::Reply(200, |truth, reply| {
            assert_eq!(reply.err_code(), truth.json()["errCode"]);
            assert_eq!(reply.json()["orderId"], "19700101000000000000000000");
        }),
        "other-merchant-order" => Expect::Reply(200, |truth, reply| {
            assert_eq!(reply.err_code(), truth.json()["errCode"]);
            assert_eq!(
                reply.json()["merchantOrderId"],
                "19700101000000000000000001"
            );
        }),
        "other-refund" => Expect::Reply(200, |truth, reply| {
            assert_eq!(reply.err_code(), truth.json()["errCode"]);
            assert_eq!(reply.json()["refundRequestId"], "another-refund");
        }),
        // A void's reply has none of what they change.
        "other-original-amount"
        | "unreadable-original-amount"
        | "no-original-time"
        | "query-res-57"
        | "query-res-5131016"
        | "query-res-5-words" => {
            Expect::Reply(200, |truth, reply| assert_eq!(reply.json(), truth.json()))
        }
        "other-amount" => Expect::Reply(200, |truth, reply| {
            assert_eq!(reply.err_code(), truth.json()["errCode"]);
            assert_eq!(reply.json()["transactionAmount"], "999999");
        }),
        "other-operation" => Expect::Reply(200, |_, reply| {
            assert_eq!(reply.err_code(), "00");
            assert_eq!(reply.json()["queryResCode"], "0");
        }),

        // Codes.
        "code-1000" | "code-1001" | "code-9001" | "code-9200" | "code-9999" | "code-5131016" => {
            Expect::Reply(412, has_code_of_name)
        }
        "ip-not-allowed" => Expect::Reply(412, |_, reply| assert_eq!(reply.err_code(), "1001")),
        "code-03" | "code-13" | "code-22" | "code-25" | "code-30" | "code-57" | "code-61"
        | "code-64" | "code-97" | "code-A7" | "code-0000" | "code-92" | "code-94" | "code-96"
        | "code-ER" | "code-FF" => Expect::Reply(200, has_code_of_name),
        "code-unlisted" => Expect::Reply(200, |_, reply| assert_eq!(reply.err_code(), "X9")),
        other => panic!("fault {other} has no expectation: add one"),
    }
}

fn has_the_true_body(truth: &Truth, reply: &Reply) {
    assert_eq!(reply.body, truth.body, "{}", truth.name);
}

fn is_html(truth: &Truth, reply: &Reply) {
    assert!(reply.text().starts_with("<html>"), "{}", truth.name);
    assert!(
        reply.head.contains("Content-Type: text/html\r\n"),
        "{}",
        truth.name
    );
}

fn is_not_json(truth: &Truth, reply: &Reply) {
    let parsed = serde_json::from_slice::<serde_json::Value>(&reply.body);
    assert!(parsed.is_err(), "{}", truth.name);
}

fn says_retry(truth: &Truth, reply: &Reply) {
    assert!(reply.head.contains("Retry-After: 1\r\n"), "{}", truth.name);
}

fn to_elsewhere(truth: &Truth, reply: &Reply) {
    let location = "Location: http://elsewhere.invalid/\r\n";
    assert!(reply.head.contains(location), "{}", truth.name);
}

fn to_itself(truth: &Truth, reply: &Reply) {
    let location = "Location: /v6/poslink/transaction/voidpayment\r\n";
    assert!(reply.head.contains(location), "{}", truth.name);
}

fn has_code_of_name(truth: &Truth, reply: &Reply) {
    let code = truth
        .name
        .trim_end_matches("-late")
        .trim_end_matches("-applied")
        .strip_prefix("code-");
    assert_eq!(Some(reply.err_code().as_str()), code);
}

fn is_broken(reply: &Reply) {
    assert!(serde_json::from_slice::<serde_json::Value>(&reply.body).is_err());
}

const FIRST: &str = "FIRST";
const AFTER: &str = "AFTER";

async fn start() -> Running {
    let orders = [Order::paid(FIRST), Order::paid(AFTER)];
    builder().orders(orders).start().await.unwrap()
}

/// The reply without a fault: an approval if the fault applies, else code 57.
async fn truth(spec: &'static FaultSpec, reused: bool) -> Truth {
    let running = start().await;
    let mut stream = TcpStream::connect(running.address()).await.unwrap();
    if reused {
        exchange(&mut stream, &void(FIRST)).await;
    }
    if !spec.applied {
        running.fault("code-57").unwrap();
    }
    let reply = exchange(&mut stream, &void(ORDER)).await;
    Truth {
        name: spec.name,
        applied: spec.applied,
        wire: [reply.head.as_bytes(), &reply.body].concat(),
        head: reply.head,
        body: reply.body,
    }
}

/// Reads to the end of the stream.
async fn read_all(stream: &mut TcpStream) -> (Vec<u8>, End) {
    let mut bytes = Vec::new();
    loop {
        match stream.read_buf(&mut bytes).await {
            Ok(0) => return (bytes, End::Fin),
            Ok(_) => {}
            Err(error) if error.kind() == ErrorKind::ConnectionReset => return (bytes, End::Reset),
            Err(error) => panic!("{error}"),
        }
    }
}

/// Runs one fault, and gives the number of bytes that the client saw, if it saw all that was sent.
async fn see(mut stream: TcpStream, truth: &Truth, request: &str) -> Option<u64> {
    // A reset may come while the request is written: that is seen when reading.
    let _ = stream.write_all(request.as_bytes()).await;
    match expected(truth) {
        Expect::Bytes(expected, End::Open) => {
            let mut bytes = vec![0; expected.len()];
            stream.read_exact(&mut bytes).await.unwrap();
            assert_same(truth, &bytes, &expected);
            // Open, and nothing else was under way.
            assert_eq!(exchange(&mut stream, &void(AFTER)).await.err_code(), "00");
            Some(expected.len() as u64)
        }
        Expect::Bytes(expected, end) => {
            let (bytes, seen) = read_all(&mut stream).await;
            assert_same(truth, &bytes, &expected);
            assert_eq!(seen, end, "{}", truth.name);
            Some(expected.len() as u64)
        }
        Expect::Nothing => {
            stream.shutdown().await.unwrap();
            let (bytes, _) = read_all(&mut stream).await;
            assert_same(truth, &bytes, b"");
            Some(0)
        }
        Expect::Flood(start, block) => {
            let blocks = (100_000 / block.len()).max(2);
            let expected = [start, block.repeat(blocks)].concat();
            let mut bytes = vec![0; expected.len()];
            stream.read_exact(&mut bytes).await.unwrap();
            assert_same(truth, &bytes, &expected);
            None
        }
        Expect::Reply(status, check) => {
            let reply = read_reply(&mut stream).await;
            assert_eq!(reply.status(), status, "{}", truth.name);
            check(truth, &reply);
            assert_eq!(exchange(&mut stream, &void(AFTER)).await.err_code(), "00");
            Some((reply.head.len() + reply.body.len()) as u64)
        }
    }
}

fn assert_same(truth: &Truth, bytes: &[u8], expected: &[u8]) {
    assert!(
        bytes == expected,
        "{}: saw {:?}, not {:?}",
        truth.name,
        String::from_utf8_lossy(bytes),
        String::from_utf8_lossy(expected)
    );
}

/// Runs one fault on a fresh or on a reused connection, and holds the ledger and the order book to
/// it.
async fn run(spec: &'static FaultSpec, reused: bool) {
    let truth = truth(spec, reused).await;
    let running = start().await;
    let mut stream = TcpStream::connect(running.address()).await.unwrap();
    let connection_use = if reused {
        exchange(&mut stream, &void(FIRST)).await;
        ConnectionUse::Reused
    } else {
        ConnectionUse::Fresh
    };
    let rule = FaultRule::named(&shortened(spec.name)).unwrap();
    let name = rule.fault().to_string();
    running.fault(rule.on(connection_use)).unwrap();
    let request = void(ORDER);
    let seen = see(stream, &truth, &request).await;

    let ledger = running.ledger();
    ledger
        .until(|totals| totals.open_connections == 0 && totals.waiting == 0)
        .await;
    let record = ledger.requests().remove(usize::from(reused));
    assert_eq!(record.index_on_connection, u64::from(reused), "{name}");
    assert_eq!(record.fault.as_deref(), Some(name.as_str()));
    assert_eq!(record.applied.is_some(), spec.applied, "{name}");
    let state = running.orders().find(ORDER).unwrap().state;
    assert_eq!(state == OrderState::Voided, spec.applied, "{name}");
    if let Some(seen) = seen {
        assert_eq!(record.reply_bytes_sent, seen, "{name}");
    } else {
        assert_eq!(record.end, ExchangeEnd::PeerGone, "{name}");
    }
    assert_ne!(record.end, ExchangeEnd::Pending, "{name}");
    assert_ne!(record.end, ExchangeEnd::ShutDown, "{name}");
    let head_length = request.find("\r\n\r\n").unwrap() as u64 + 4;
    let (received, head_complete) = match spec.name {
        "reset-before-reading" | "fin-before-reading" | "stall-before-reading" => (1, false),
        "reset-in-head" | "fin-in-head" => (20, false),
        "reset-after-head" | "fin-after-head" | "stall-after-head" | "early-500" => {
            (head_length, true)
        }
        "reset-in-body" | "fin-in-body" => (head_length + 17, true),
        _ => (request.len() as u64, true),
    };
    assert_eq!(record.bytes_received, received, "{name}");
    assert_eq!(record.head_complete, head_complete, "{name}");
    let complete = received == request.len() as u64;
    assert_eq!(record.body_complete, complete, "{name}");
    assert!(running.simulator().armed_faults().is_empty(), "{name}");
}

#[tokio::test]
async fn every_fault_in_a_request_does_what_its_name_says() {
    let faults: Vec<_> = FAULTS
        .iter()
        .filter(|spec| spec.phase != FaultPhase::Connect)
        .collect();
    assert_eq!(faults.len(), 276, "a fault was added or taken away");
    // Some faults take their time on purpose, so some are run beside each other.
    for together in faults.chunks(16) {
        let mut runs = JoinSet::new();
        for spec in together {
            for reused in [false, true] {
                runs.spawn(run(spec, reused));
            }
        }
        while let Some(ended) = runs.join_next().await {
            ended.unwrap();
        }
    }
}

#[tokio::test]
async fn every_fault_of_a_plain_connection_does_what_its_name_says() {
    let mut count = 0;
    for spec in FAULTS
        .iter()
        .filter(|spec| spec.phase == FaultPhase::Connect && !spec.needs_tls)
    {
        count += 1;
        let running = start().await;
        running.fault(spec.name).unwrap();
        if spec.name == "refuse" {
            refuses_until_cleared(&running).await;
            continue;
        }
        let mut stream = TcpStream::connect(running.address()).await.unwrap();
        let (bytes, end) = match spec.name {
            "reset-on-accept" | "fin-on-accept" => read_all(&mut stream).await,
            "silence-on-accept" => {
                stream.write_all(void(ORDER).as_bytes()).await.unwrap();
                stream.shutdown().await.unwrap();
                read_all(&mut stream).await
            }
            other => panic!("fault {other} has no expectation: add one"),
        };
        drop(stream);
        assert!(bytes.is_empty(), "{}", spec.name);
        let ledger = running.ledger();
        ledger.until(|totals| totals.open_connections == 0).await;
        let record = ledger.connections().remove(0);
        assert_eq!(record.fault.as_deref(), Some(spec.name));
        assert_eq!(ledger.totals().requests, 0);
        assert_eq!(record.bytes_received, 0);
        match spec.name {
            "reset-on-accept" => {
                assert_eq!((end, record.end), (End::Reset, ConnectionEnd::Reset));
            }
            "fin-on-accept" => assert_eq!((end, record.end), (End::Fin, ConnectionEnd::Closed)),
            // Its bytes were never read, so the end is a reset, whatever it was meant to be.
            _ => assert_eq!((end, record.end), (End::Reset, ConnectionEnd::PeerClosed)),
        }
        let mut next = TcpStream::connect(running.address()).await.unwrap();
        assert_eq!(exchange(&mut next, &void(ORDER)).await.err_code(), "00");
    }
    assert_eq!(count, 4, "a fault was added or taken away");
}

async fn refuses_until_cleared(running: &Running) {
    for _ in 0..2 {
        let refused = TcpStream::connect(running.address()).await.unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::ConnectionRefused);
    }
    running.clear_faults();
    let mut stream = TcpStream::connect(running.address()).await.unwrap();
    assert_eq!(exchange(&mut stream, &void(ORDER)).await.err_code(), "00");
    // A connection that is there stays.
    running.fault("refuse").unwrap();
    assert_eq!(exchange(&mut stream, &void(AFTER)).await.err_code(), "00");
    assert_eq!(running.ledger().totals().connections, 1);
}

#[tokio::test]
async fn a_reply_is_cut_at_every_byte() {
    let spec = FaultSpec::named("fin-in-reply").unwrap();
    let truth = truth(spec, false).await;
    let running = start().await;
    for at in 0..truth.wire.len() + 2 {
        for (name, end) in [("fin", End::Fin), ("reset", End::Reset)] {
            running
                .fault(format!("{name}-in-reply@{at}").as_str())
                .unwrap();
            let mut stream = TcpStream::connect(running.address()).await.unwrap();
            stream.write_all(void(ORDER).as_bytes()).await.unwrap();
            let (bytes, seen) = read_all(&mut stream).await;
            assert_eq!(seen, end);
            assert_same(&truth, &bytes, &truth.wire[..at.min(truth.wire.len() - 1)]);
        }
    }
    assert_eq!(running.ledger().totals().applied, 0);
}

#[tokio::test]
async fn a_request_is_cut_at_every_byte() {
    let running = start().await;
    let request = void(ORDER);
    let head = request.find("\r\n\r\n").unwrap() + 4;
    let mut cuts = 0;
    for (point, length) in [("head", head), ("body", request.len() - head)] {
        for at in 1..length {
            for (how, end) in [("fin", End::Fin), ("reset", End::Reset)] {
                running
                    .fault(format!("{how}-in-{point}@{at}").as_str())
                    .unwrap();
                let mut stream = TcpStream::connect(running.address()).await.unwrap();
                let _ = stream.write_all(void(ORDER).as_bytes()).await;
                let (bytes, seen) = read_all(&mut stream).await;
                assert!(bytes.is_empty());
                assert_eq!(seen, end);
                let record = running.ledger().requests().pop().unwrap();
                let expected = if point == "head" { at } else { head + at };
                assert_eq!(record.bytes_received, expected as u64, "{how} {point} {at}");
                assert!(!record.body_complete);
                cuts += 1;
            }
        }
    }
    assert_eq!(cuts, 2 * (request.len() - 2));
    assert_eq!(running.ledger().totals().complete_requests, 0);
}

#[tokio::test(start_paused = true)]
async fn slow_faults_wait_on_tokios_clock() {
    let simulator = builder().build().unwrap();
    for name in ["late-reply-applied", "drip-applied", "slow-read-applied"] {
        let fault: Fault = name.parse().unwrap();
        simulator.fault(fault).unwrap();
        let mut stream = simulator.connect().unwrap();
        stream.write_all(void(ORDER).as_bytes()).await.unwrap();
        // With its clock paused, tokio moves on only when all wait for a timer, so that these days
        // take no time.
        let reply = read_reply(&mut stream).await;
        assert_eq!(reply.status(), 200, "{name}");
        let record = simulator.ledger().requests().pop().unwrap();
        let least = match name {
            "late-reply-applied" => 60_000_000,
            "drip-applied" => (reply.head.len() + reply.body.len() - 1) as u64 * 1_000_000,
            _ => (record.bytes_received - 1) * 1_000_000,
        };
        simulator
            .ledger()
            .until(|totals| totals.finished_requests == totals.requests)
            .await;
        let record = simulator.ledger().requests().pop().unwrap();
        let took = record.finished_us.unwrap() - record.started_us;
        assert!(took >= least, "{name}: {took} < {least}");
    }
}

#[tokio::test]
async fn slow_faults_end_when_the_peer_closes() {
    let running = start().await;
    for name in [
        "late-reply",
        "drip",
        "slow-read",
        "idle-fin@600000",
        "silence",
    ] {
        running.fault(name).unwrap();
        let mut stream = TcpStream::connect(running.address()).await.unwrap();
        stream.write_all(void(ORDER).as_bytes()).await.unwrap();
        running
            .ledger()
            .until(|totals| totals.open_connections == 1)
            .await;
        drop(stream);
        running
            .ledger()
            .until(|totals| totals.open_connections == 0)
            .await;
        let record = running.ledger().requests().pop().unwrap();
        assert_eq!(record.end, ExchangeEnd::PeerGone, "{name}");
    }
}

#[tokio::test]
async fn faults_are_chosen_by_order() {
    let running = start().await;
    let rule = FaultRule::named("code-96")
        .unwrap()
        .for_order(ORDER)
        .always();
    running.fault(rule).unwrap();
    let mut stream = TcpStream::connect(running.address()).await.unwrap();
    assert_eq!(exchange(&mut stream, &void(ORDER)).await.err_code(), "96");
    assert_eq!(exchange(&mut stream, &void(FIRST)).await.err_code(), "00");
    assert_eq!(exchange(&mut stream, &void(ORDER)).await.err_code(), "96");
    running.clear_faults();
    assert_eq!(exchange(&mut stream, &void(ORDER)).await.err_code(), "00");
}

#[tokio::test(start_paused = true)]
async fn every_fault_in_memory_keeps_ledger_and_order_book_in_step() {
    for spec in FAULTS.iter().filter(|spec| !spec.needs_tls) {
        let simulator = builder().build().unwrap();
        simulator.fault(shortened(spec.name).as_str()).unwrap();
        let Ok(mut stream) = simulator.connect() else {
            assert_eq!(spec.name, "refuse");
            continue;
        };
        let _ = stream.write_all(void(ORDER).as_bytes()).await;
        // Enough to get past every reply that ends, and into those that do not.
        let mut bytes = vec![0; 64 * 1024];
        let reading = stream.read(&mut bytes);
        let _ = tokio::time::timeout(std::time::Duration::from_secs(60), reading).await;
        drop(stream);
        let totals = simulator
            .ledger()
            .until(|totals| {
                totals.connections == 1 && totals.open_connections == 0 && totals.waiting == 0
            })
            .await;
        assert_eq!(totals.applied, u64::from(spec.applied), "{}", spec.name);
        let state = simulator.orders().find(ORDER).unwrap().state;
        assert_eq!(state == OrderState::Voided, spec.applied, "{}", spec.name);
        assert_eq!(totals.finished_requests, totals.requests, "{}", spec.name);
    }
}
