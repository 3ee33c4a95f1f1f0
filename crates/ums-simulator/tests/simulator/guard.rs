//! What a stranger can do to a simulator that listens: not much, and not for ever.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use crate::raw::{ORDER, builder, exchange, read_reply, void};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use ums_simulator::{
    BuildError, ConnectionEnd, ExchangeEnd, OrderState, Running, SignatureVerdict,
};

/// What comes within ten seconds. A test must fail, not hang, where a limit is gone.
async fn soon<T>(future: impl Future<Output = T>) -> T {
    let waited = tokio::time::timeout(Duration::from_secs(10), future).await;
    waited.expect("nothing came")
}

fn any_port() -> SocketAddr {
    "127.0.0.1:0".parse().unwrap()
}

async fn with_control() -> Running {
    builder().control(any_port()).start().await.unwrap()
}

/// A control call with exactly these fields.
async fn call(running: &Running, line: &str, fields: &str, body: &str) -> u16 {
    let url = running.control_url().unwrap();
    let address = url.strip_prefix("http://").unwrap();
    let fields = fields.replace("OWN", address);
    let mut stream = TcpStream::connect(address).await.unwrap();
    let request = format!(
        "{line} HTTP/1.1\r\n{fields}\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    read_reply(&mut stream).await.status()
}

/// A page can send a form or plain text to any port without asking.
#[tokio::test]
async fn a_web_page_can_neither_arm_nor_read() {
    let running = with_control().await;
    let rule = r#"{"fault":"silence","always":true}"#;
    let post = "POST /simulator/faults";
    let json = "Content-Type: application/json";
    for (line, fields, body, status) in [
        (
            post,
            "Host: OWN\r\nContent-Type: text/plain".to_owned(),
            rule,
            415,
        ),
        (post, "Host: OWN".to_owned(), rule, 415),
        (
            post,
            format!("Host: OWN\r\n{json}\r\nOrigin: https://evil.example"),
            rule,
            403,
        ),
        (
            post,
            format!("Host: OWN\r\n{json}\r\nOrigin: null"),
            rule,
            403,
        ),
        (post, format!("Host: evil.example\r\n{json}"), rule, 421),
        (post, json.to_owned(), rule, 400),
        // By a name of its own that it lets lead here, a page could read.
        (
            "GET /simulator/ledger",
            "Host: evil.example".to_owned(),
            "",
            421,
        ),
        (
            "GET /simulator/orders",
            "Host: evil.example:80".to_owned(),
            "",
            421,
        ),
        (
            "GET /simulator/faults",
            "Host: OWN\r\nOrigin: https://evil.example".to_owned(),
            "",
            403,
        ),
        (
            "DELETE /simulator/faults",
            "Host: evil.example".to_owned(),
            "",
            421,
        ),
        (
            "POST /simulator/trading-day",
            "Host: OWN".to_owned(),
            "",
            415,
        ),
        (
            "POST /simulator/orders",
            "Host: evil.example\r\nContent-Type: text/plain".to_owned(),
            "{}",
            421,
        ),
        // Who means to, may.
        ("GET /simulator/ledger", "Host: OWN".to_owned(), "", 200),
        (
            "GET /simulator/orders",
            "Host: OWN\r\nOrigin: http://OWN".to_owned(),
            "",
            200,
        ),
    ] {
        assert_eq!(
            call(&running, line, &fields, body).await,
            status,
            "{line} {fields}"
        );
    }
    assert!(running.simulator().armed_faults().is_empty());
    let own = format!("Host: OWN\r\n{json}");
    assert_eq!(call(&running, post, &own, rule).await, 200);
    assert_eq!(running.simulator().armed_faults().len(), 1);
    let named = "Host: LOCALHOST".replace("LOCALHOST", &{
        let url = running.control_url().unwrap();
        url.replace("http://127.0.0.1", "localhost")
    });
    assert_eq!(
        call(&running, "DELETE /simulator/faults", &named, "").await,
        200
    );
    assert!(running.simulator().armed_faults().is_empty());
}

#[tokio::test]
async fn one_connection_too_many_is_closed_at_once() {
    let running = builder().connection_limit(2).start().await.unwrap();
    let mut held = Vec::new();
    for _ in 0..2 {
        held.push(TcpStream::connect(running.address()).await.unwrap());
    }
    running
        .ledger()
        .until(|totals| totals.open_connections == 2)
        .await;
    let mut third = TcpStream::connect(running.address()).await.unwrap();
    assert!(matches!(soon(third.read(&mut [0])).await, Ok(0) | Err(_)));
    running
        .ledger()
        .until(|totals| totals.turned_away == 1)
        .await;
    assert_eq!(running.ledger().totals().connections, 2);
    // Those that are held are served, and one that goes makes room.
    assert_eq!(exchange(&mut held[0], &void(ORDER)).await.err_code(), "00");
    held.pop();
    running
        .ledger()
        .until(|totals| totals.open_connections == 1)
        .await;
    let mut fourth = TcpStream::connect(running.address()).await.unwrap();
    assert_eq!(exchange(&mut fourth, &void(ORDER)).await.err_code(), "22");
}

#[tokio::test]
async fn half_a_request_is_not_waited_for_without_end() {
    let request = void(ORDER);
    let head = request.find("\r\n\r\n").unwrap() + 4;
    for length in [1, 30, head, request.len() - 1] {
        let running = builder()
            .request_timeout(Duration::from_millis(50))
            .start()
            .await
            .unwrap();
        let mut stream = TcpStream::connect(running.address()).await.unwrap();
        stream
            .write_all(&request.as_bytes()[..length])
            .await
            .unwrap();
        assert_eq!(
            soon(read_reply(&mut stream)).await.status(),
            408,
            "{length}"
        );
        assert_eq!(soon(stream.read(&mut [0])).await.unwrap(), 0);
        drop(stream);
        let ledger = running.ledger();
        let totals = ledger.until(|totals| totals.open_connections == 0).await;
        assert_eq!((totals.complete_requests, totals.finished_requests), (0, 1));
        let record = running.ledger().requests().remove(0);
        assert_eq!(
            (record.end, record.reply_status),
            (ExchangeEnd::Closed, Some(408))
        );
        assert_eq!(record.bytes_received, length as u64);
        assert_eq!(
            running.orders().find(ORDER).unwrap().state,
            OrderState::Paid
        );
    }
}

#[tokio::test]
async fn a_connection_that_rests_too_long_is_closed() {
    let running = builder()
        .idle_timeout(Duration::from_millis(50))
        .start()
        .await
        .unwrap();
    let mut stream = TcpStream::connect(running.address()).await.unwrap();
    assert_eq!(exchange(&mut stream, &void(ORDER)).await.err_code(), "00");
    assert_eq!(soon(stream.read(&mut [0])).await.unwrap(), 0);
    drop(stream);
    running
        .ledger()
        .until(|totals| totals.open_connections == 0)
        .await;
    let record = running.ledger().connections().remove(0);
    assert_eq!((record.end, record.requests), (ConnectionEnd::Closed, 1));
}

/// What the simulator itself delays is no fault of the caller.
#[tokio::test]
async fn the_simulators_own_pauses_do_not_count_as_the_callers() {
    for fault in [
        "slow-read-applied@1",
        "late-reply-applied@200",
        "idle-fin-applied@200",
    ] {
        let running = builder()
            .request_timeout(Duration::from_millis(100))
            .start()
            .await
            .unwrap();
        running.fault(fault).unwrap();
        let mut stream = TcpStream::connect(running.address()).await.unwrap();
        // A client can be no faster than it is read.
        let request = void(ORDER);
        let (first, rest) = request.as_bytes().split_at(request.len() - 1);
        let slow = fault.starts_with("slow-read");
        stream.write_all(first).await.unwrap();
        let read = || {
            running
                .ledger()
                .requests()
                .first()
                .map_or(0, |record| record.bytes_received)
        };
        while slow && read() < first.len() as u64 {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        if slow {
            // Read so slowly, what came took longer than any caller may.
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        stream.write_all(rest).await.unwrap();
        let reply = soon(read_reply(&mut stream)).await;
        assert_eq!(reply.status(), 200, "{fault}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_connection_in_memory_has_no_limits() {
    let simulator = builder()
        .connection_limit(0)
        .request_timeout(Duration::ZERO)
        .idle_timeout(Duration::ZERO)
        .build()
        .unwrap();
    let mut stream = simulator.connect().unwrap();
    let request = void(ORDER);
    let (first, rest) = request.as_bytes().split_at(9);
    stream.write_all(first).await.unwrap();
    tokio::time::sleep(Duration::from_secs(86_400)).await;
    stream.write_all(rest).await.unwrap();
    assert_eq!(read_reply(&mut stream).await.err_code(), "00");
}

#[tokio::test]
async fn the_ledger_is_bounded_by_itself_and_says_what_it_forgot() {
    const CALLS: u64 = 10_050;
    for whole in [false, true] {
        let simulator = builder();
        let simulator = if whole {
            simulator.whole_ledger()
        } else {
            simulator
        };
        let simulator = simulator.build().unwrap();
        let mut stream = simulator.connect().unwrap();
        let get = "GET / HTTP/1.1\r\nHost: h\r\n\r\n";
        for _ in 0..CALLS {
            assert_eq!(exchange(&mut stream, get).await.status(), 404);
        }
        let totals = simulator.ledger().totals();
        let kept = simulator.ledger().requests();
        assert_eq!(totals.requests, CALLS);
        assert_eq!(kept.len() as u64 + totals.forgotten_requests, CALLS);
        assert_eq!(totals.forgotten_requests, if whole { 0 } else { 50 });
        // The oldest are forgotten, never the newest.
        assert_eq!(kept.last().unwrap().id, CALLS - 1);
    }
}

#[tokio::test]
async fn the_ledger_keeps_no_more_of_a_text_than_it_needs() {
    let simulator = builder().build().unwrap();
    let mut stream = simulator.connect().unwrap();
    let long = "路".repeat(2000);
    let get = format!(
        "GET /{} HTTP/1.1\r\nAuthorization: {long}\r\n\r\n",
        "x".repeat(5000)
    );
    assert_eq!(exchange(&mut stream, &get).await.status(), 404);
    let record = simulator.ledger().requests().remove(0);
    assert_eq!(record.path.len(), 1024);
    assert!(record.authorization.unwrap().len() <= 1024);
}

#[tokio::test]
async fn who_watches_sees_each_request_once() {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let watched = Arc::clone(&seen);
    let simulator = builder()
        .on_request(move |record| watched.lock().unwrap().push(record.clone()))
        .build()
        .unwrap();
    let mut stream = simulator.connect().unwrap();
    exchange(&mut stream, &void(ORDER)).await;
    // One without an answer is seen when it is decided, not when its peer gives up.
    simulator.fault("silence").unwrap();
    stream.write_all(void(ORDER).as_bytes()).await.unwrap();
    simulator
        .ledger()
        .until(|totals| totals.complete_requests == 2)
        .await;
    assert_eq!(seen.lock().unwrap().len(), 2);
    // And one that never comes whole, when its peer is gone.
    let mut half = simulator.connect().unwrap();
    half.write_all(b"POST /x HTTP/1.1\r\n").await.unwrap();
    drop((stream, half));
    simulator
        .ledger()
        .until(|totals| totals.open_connections == 0)
        .await;
    let seen = seen.lock().unwrap();
    let lines: Vec<_> = seen
        .iter()
        .map(|record| {
            (
                record.body_complete,
                record.signature,
                record.reply_code.as_deref(),
            )
        })
        .collect();
    let accepted = Some(SignatureVerdict::Accepted);
    assert_eq!(
        lines,
        [
            (true, accepted, Some("00")),
            (true, accepted, None),
            (false, None, None)
        ]
    );
}

#[tokio::test]
async fn a_simulator_for_all_addresses_prints_one_that_can_be_used() {
    for (listen, url) in [
        ("0.0.0.0:0", "http://127.0.0.1:"),
        ("[::]:0", "http://[::1]:"),
        ("127.0.0.1:0", "http://127.0.0.1:"),
    ] {
        // A machine may be without version 6.
        let Ok(running) = builder().listen(listen.parse().unwrap()).start().await else {
            assert!(listen.starts_with('['), "{listen}");
            continue;
        };
        assert!(running.url().starts_with(url), "{listen} {}", running.url());
        assert_eq!(
            running.is_beyond_loopback(),
            !listen.starts_with("127"),
            "{listen}"
        );
        let address = running.url();
        let address = address.strip_prefix("http://").unwrap();
        let mut stream = TcpStream::connect(address).await.unwrap();
        assert_eq!(exchange(&mut stream, &void(ORDER)).await.err_code(), "00");
    }
}

#[cfg(unix)]
#[tokio::test]
async fn a_state_file_is_never_reached_through_a_link() {
    use std::os::unix::fs::{PermissionsExt as _, symlink};
    let dir = tempfile::tempdir().unwrap();
    let victim = dir.path().join("victim");
    let link = dir.path().join("state.json");
    std::fs::write(&victim, "precious").unwrap();
    symlink(&victim, &link).unwrap();
    let BuildError::StateFile(error) = builder().state_file(&link).build().unwrap_err() else {
        panic!("another error");
    };
    let mut text = String::new();
    let mut next: Option<&dyn std::error::Error> = Some(&error);
    while let Some(error) = next {
        text += &format!("{error}: ");
        next = error.source();
    }
    assert!(text.contains("symbolic link"), "{text}");

    // A link that comes while the simulator runs is not followed either.
    std::fs::remove_file(&link).unwrap();
    let simulator = builder().state_file(&link).build().unwrap();
    let mode = std::fs::metadata(&link).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    std::fs::remove_file(&link).unwrap();
    symlink(&victim, &link).unwrap();
    let mut stream = simulator.connect().unwrap();
    assert_eq!(exchange(&mut stream, &void(ORDER)).await.err_code(), "9999");
    assert_eq!(
        simulator.orders().find(ORDER).unwrap().state,
        OrderState::Paid
    );
    assert_eq!(std::fs::read_to_string(&victim).unwrap(), "precious");
}
