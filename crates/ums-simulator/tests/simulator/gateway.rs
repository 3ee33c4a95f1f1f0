//! The gateway over real sockets and in memory, without faults.

use std::net::SocketAddr;
use std::time::Duration;

use crate::raw::{
    ORDER, authorization, authorization_with, builder, exchange, now, post, read_reply, void,
    void_body,
};
use chrono::{DateTime, Utc};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use ums_simulator::{
    BuildError, ConnectionEnd, ExchangeEnd, Order, OrderState, OrdersError, Running,
    SignatureVerdict, Simulator, StartError, VOID_PATH,
};

const ANY_PORT: SocketAddr =
    SocketAddr::new(std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST), 0);

#[tokio::test]
async fn a_void_is_approved_and_noted() {
    let running = builder().start().await.unwrap();
    let mut stream = TcpStream::connect(running.address()).await.unwrap();
    let request = void(ORDER);
    let reply = exchange(&mut stream, &request).await;
    assert_eq!(reply.status(), 200);
    assert_eq!(reply.json()["orderId"], ORDER);
    assert_eq!(reply.err_code(), "00");
    assert_eq!(
        running.orders().find(ORDER).unwrap().state,
        OrderState::Voided
    );

    let ledger = running.ledger();
    ledger.until(|totals| totals.finished_requests == 1).await;
    let record = ledger.requests().remove(0);
    assert_eq!(record.bytes_received, request.len() as u64);
    assert_eq!(record.head_bytes + record.body_bytes, request.len() as u64);
    assert!(record.head_complete && record.body_complete);
    assert_eq!(record.started, now());
    assert_eq!(record.method, "POST");
    assert_eq!(record.path, VOID_PATH);
    assert_eq!(record.signature, Some(SignatureVerdict::Accepted));
    assert_eq!(record.order.as_deref(), Some(ORDER));
    assert_eq!(record.applied.unwrap().to, OrderState::Voided);
    assert_eq!(record.fault, None);
    assert_eq!(record.reply_status, Some(200));
    assert_eq!(record.reply_code.as_deref(), Some("00"));
    assert_eq!(
        record.reply_bytes_sent,
        (reply.head.len() + reply.body.len()) as u64
    );
    assert_eq!(record.end, ExchangeEnd::Replied);
    assert!(record.started_us <= record.complete_us.unwrap());
    assert!(record.complete_us.unwrap() <= record.finished_us.unwrap());

    let snapshot = running.shutdown().await;
    assert_eq!(snapshot.connections[0].end, ConnectionEnd::ShutDown);
    assert_eq!(snapshot.connections[0].bytes_received, request.len() as u64);
}

/// A signature computed outside this project: the official document's credentials over the void
/// page's own body.
#[tokio::test]
async fn a_void_signed_elsewhere_is_approved() {
    let body = "{\"merchantCode\":\"103290070111417\",\"terminalCode\":\"12340511\",\
        \"systemTraceNum\":\"123456\",\"merchantOrderId\":\"20200227163036011978864947\",\
        \"originalOrderId\":\"20200227163036011978864947\",\"merchantRemark\":\"test\",\
        \"limitCrossDevice\":\"true\",\"bizIdentifier\":\"\"}";
    let header = "OPEN-BODY-SIG AppId=\"12345678901234567890123456789012\",\
        Timestamp=\"20170101120000\",Nonce=\"09876543210987654321098765432109\",\
        Signature=\"Fjfup7sTrH+xMYq56vVPtjxlPqVwbLXM1drRLBG85Eg=\"";
    let simulator = Simulator::builder()
        .credential(
            "12345678901234567890123456789012",
            "67890123456789012345678901234567",
        )
        .clock(|| "2017-01-01T04:00:00Z".parse::<DateTime<Utc>>().unwrap())
        .order(Order::paid("20200227163036011978864947"))
        .build()
        .unwrap();
    let mut stream = simulator.connect().unwrap();
    let reply = exchange(&mut stream, &post(VOID_PATH, header, body)).await;
    assert_eq!(reply.err_code(), "00");
    let again = exchange(&mut stream, &post(VOID_PATH, header, body)).await;
    assert_eq!((again.status(), again.err_code().as_str()), (412, "1000"));
}

#[tokio::test]
async fn each_refusal_of_a_signature_is_412_and_1000() {
    let body = void_body(ORDER);
    let good = authorization(&body);
    let other_key = good.replace("Signature=\"", "Signature=\"AAAA");
    let at = |timestamp| authorization_with(Simulator::DEMO_APP_ID, timestamp, "n1", &body);
    let cases = [
        (
            good.replace("OPEN-BODY-SIG", "OPEN-ACCESS-TOKEN"),
            SignatureVerdict::Malformed,
        ),
        (
            authorization_with("someone-else", "20230718111340", "n2", &body),
            SignatureVerdict::UnknownAppId,
        ),
        (at("20230718111899"), SignatureVerdict::BadTimestamp),
        (at("20230718110839"), SignatureVerdict::OutsideWindow),
        (at("20230718111841"), SignatureVerdict::OutsideWindow),
        (
            authorization_with(Simulator::DEMO_APP_ID, "20230718111340", "", &body),
            SignatureVerdict::BadNonce,
        ),
        (other_key, SignatureVerdict::BadSignature),
        (
            authorization(&body.replace("12340511", "12340512")),
            SignatureVerdict::BadSignature,
        ),
    ];
    let running = builder().start().await.unwrap();
    let mut stream = TcpStream::connect(running.address()).await.unwrap();
    for (index, (header, verdict)) in cases.iter().enumerate() {
        let reply = exchange(&mut stream, &post(VOID_PATH, header, &body)).await;
        assert_eq!(reply.status(), 412, "{verdict:?}");
        assert_eq!(reply.err_code(), "1000", "{verdict:?}");
        let record = running.ledger().requests().remove(index);
        assert_eq!(record.signature, Some(*verdict));
        assert_eq!(record.applied, None);
    }
    let unsigned = void(ORDER).replace("Authorization", "X-Authorization");
    assert_eq!(exchange(&mut stream, &unsigned).await.err_code(), "1000");
    let verdict = running.ledger().requests().pop().unwrap().signature;
    assert_eq!(verdict, Some(SignatureVerdict::Missing));

    assert_eq!(
        exchange(&mut stream, &post(VOID_PATH, &good, &body))
            .await
            .err_code(),
        "00"
    );
    assert_eq!(
        exchange(&mut stream, &post(VOID_PATH, &good, &body))
            .await
            .err_code(),
        "1000"
    );
    let verdict = running.ledger().requests().pop().unwrap().signature;
    assert_eq!(verdict, Some(SignatureVerdict::ReplayedNonce));
}

#[tokio::test]
async fn the_window_can_be_set() {
    let simulator = builder()
        .timestamp_window(Duration::from_secs(3600))
        .build()
        .unwrap();
    let body = void_body(ORDER);
    let header = authorization_with(Simulator::DEMO_APP_ID, "20230718101340", "n", &body);
    let mut stream = simulator.connect().unwrap();
    assert_eq!(
        exchange(&mut stream, &post(VOID_PATH, &header, &body))
            .await
            .err_code(),
        "00"
    );
}

#[tokio::test]
async fn bad_fields_are_9001_and_wrong_paths_404() {
    let simulator = builder().build().unwrap();
    let mut stream = simulator.connect().unwrap();
    let body = r#"{"merchantCode":"103290070111417"}"#;
    let reply = exchange(&mut stream, &post(VOID_PATH, &authorization(body), body)).await;
    assert_eq!((reply.status(), reply.err_code().as_str()), (412, "9001"));
    assert!(
        reply.json()["errInfo"]
            .as_str()
            .unwrap()
            .contains("terminalCode")
    );
    let reply = exchange(
        &mut stream,
        &post("/v2/elsewhere", &authorization(body), body),
    )
    .await;
    assert_eq!(reply.status(), 404);
    let get = format!("GET {VOID_PATH} HTTP/1.1\r\nHost: h\r\n\r\n");
    let reply = exchange(&mut stream, &get).await;
    assert_eq!(reply.status(), 405);
    assert!(reply.head.contains("Allow: POST\r\n"));
}

#[tokio::test]
async fn a_chunked_request_is_read() {
    let simulator = builder().keep_bodies().build().unwrap();
    let body = void_body(ORDER);
    let (a, b) = body.split_at(10);
    let chunked = post(VOID_PATH, &authorization(&body), "")
        .replace("Content-Length: 0", "Transfer-Encoding: chunked");
    let chunks = format!("{:x}\r\n{a}\r\n{:x}\r\n{b}\r\n0\r\n\r\n", a.len(), b.len());
    let mut stream = simulator.connect().unwrap();
    assert_eq!(
        exchange(&mut stream, &(chunked.clone() + &chunks))
            .await
            .err_code(),
        "00"
    );
    let record = simulator.ledger().requests().remove(0);
    assert_eq!(record.body_bytes, body.len() as u64);
    assert_eq!(record.bytes_received, (chunked.len() + chunks.len()) as u64);
    assert_eq!(record.body.as_deref(), Some(body.as_str()));
}

#[tokio::test]
async fn requests_sent_at_once_are_answered_one_after_the_other() {
    let simulator = builder().order(Order::paid("SECOND")).build().unwrap();
    let mut stream = simulator.connect().unwrap();
    let (first, second) = (void(ORDER), void("SECOND"));
    stream
        .write_all(format!("{first}{second}").as_bytes())
        .await
        .unwrap();
    let mut text = String::new();
    while text.matches("\"cardAttr\":\"91\"}").count() < 2 {
        let mut bytes = [0; 4096];
        let count = stream.read(&mut bytes).await.unwrap();
        text.push_str(std::str::from_utf8(&bytes[..count]).unwrap());
    }
    let sizes: Vec<_> = simulator
        .ledger()
        .requests()
        .iter()
        .map(|r| r.bytes_received)
        .collect();
    assert_eq!(sizes, [first.len() as u64, second.len() as u64]);
}

#[tokio::test]
async fn what_is_no_http_is_refused_and_noted() {
    let simulator = builder().build().unwrap();
    let cases = [
        ("\x16\x03\x01\x02\x00\x01\x00", 400),
        (
            "POST / HTTP/1.1\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n",
            400,
        ),
        ("POST / HTTP/1.1\r\nContent-Length: 9999999\r\n\r\n", 413),
        (
            "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
            400,
        ),
    ];
    for (bytes, status) in cases {
        let mut stream = simulator.connect().unwrap();
        let reply = exchange(&mut stream, bytes).await;
        assert_eq!(reply.status(), status, "{bytes:?}");
        assert_eq!(stream.read(&mut [0; 8]).await.unwrap(), 0);
        drop(stream);
        simulator
            .ledger()
            .until(|totals| totals.open_connections == 0)
            .await;
        let record = simulator.ledger().requests().pop().unwrap();
        assert_eq!(record.reply_status, Some(status));
        assert!(!record.body_complete);
    }
    let long = format!("POST / HTTP/1.1\r\nX: {}", "x".repeat(20_000));
    let mut stream = simulator.connect().unwrap();
    assert_eq!(exchange(&mut stream, &long).await.status(), 431);
}

#[tokio::test]
async fn an_unfinished_request_is_noted_with_its_bytes() {
    let simulator = builder().build().unwrap();
    let request = void(ORDER);
    for (count, length) in (1..).zip([1, 30, request.len() - 1]) {
        let mut stream = simulator.connect().unwrap();
        stream
            .write_all(&request.as_bytes()[..length])
            .await
            .unwrap();
        drop(stream);
        simulator
            .ledger()
            .until(|totals| totals.connections == count && totals.open_connections == 0)
            .await;
        let record = simulator.ledger().requests().pop().unwrap();
        assert_eq!(record.bytes_received, length as u64);
        assert_eq!(record.end, ExchangeEnd::PeerGone);
        assert!(!record.body_complete);
    }
    assert_eq!(simulator.ledger().totals().complete_requests, 0);
}

#[tokio::test]
async fn connection_close_is_honoured() {
    let running = builder().start().await.unwrap();
    let mut stream = TcpStream::connect(running.address()).await.unwrap();
    let request = void(ORDER).replace("Host:", "Connection: close\r\nHost:");
    let reply = exchange(&mut stream, &request).await;
    assert!(reply.head.contains("Connection: close\r\n"));
    assert_eq!(stream.read(&mut [0; 8]).await.unwrap(), 0);
}

#[tokio::test]
async fn one_order_is_voided_once_however_many_ask() {
    let running = builder().start().await.unwrap();
    let calls: Vec<_> = (0..20)
        .map(|_| {
            let address = running.address();
            tokio::spawn(async move {
                let mut stream = TcpStream::connect(address).await.unwrap();
                exchange(&mut stream, &void(ORDER)).await.err_code()
            })
        })
        .collect();
    let mut approved = 0;
    for call in calls {
        approved += usize::from(call.await.unwrap() == "00");
    }
    assert_eq!(approved, 1);
    assert_eq!(running.ledger().totals().applied, 1);
}

#[tokio::test]
async fn errors_of_the_orders_file_name_file_and_key() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("orders.json");
    let build = || builder().orders_file(&path).build();
    std::fs::write(&path, r#"{"orders": [{"orderId": "A"}, {"orderID": "B"}]}"#).unwrap();
    let BuildError::OrdersFile(error) = build().unwrap_err() else {
        panic!("another error");
    };
    assert!(error.to_string().contains(path.to_str().unwrap()));
    let OrdersError::Key { key, .. } = error.source else {
        panic!("another error");
    };
    assert_eq!(key, "orders[1].orderID");

    std::fs::write(
        &path,
        format!(r#"{{"orders": [{{"orderId": "{ORDER}"}}]}}"#),
    )
    .unwrap();
    assert!(matches!(build().unwrap_err(), BuildError::Orders(_)));

    std::fs::write(
        &path,
        r#"{"orders": [{"orderId": "A", "state": "voided"}]}"#,
    )
    .unwrap();
    assert_eq!(
        build().unwrap().orders().find("A").unwrap().state,
        OrderState::Voided
    );
}

async fn control(running: &Running, method: &str, path: &str, body: &str) -> crate::raw::Reply {
    let url = running.control_url().unwrap();
    let address = url.strip_prefix("http://").unwrap();
    let mut stream = TcpStream::connect(address).await.unwrap();
    let request = format!(
        "{method} {path} HTTP/1.1\r\nHost: {address}\r\nContent-Type: application/json\r\n\
         Content-Length: {}\r\n\r\n{body}",
        body.len()
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    read_reply(&mut stream).await
}

#[tokio::test]
async fn control_calls_arm_faults_add_orders_and_read_the_ledger() {
    let running = builder().control(ANY_PORT).start().await.unwrap();
    let added = control(
        &running,
        "POST",
        "/simulator/orders",
        r#"{"orders":[{"orderId":"B"}]}"#,
    );
    assert_eq!(added.await.json()["added"], 1);
    let rule = r#"{"fault":"fin-in-reply@9","order":"B","connection":"fresh","always":true}"#;
    let armed = control(&running, "POST", "/simulator/faults", rule).await;
    assert_eq!(armed.status(), 200);
    let listed = control(&running, "GET", "/simulator/faults", "")
        .await
        .json();
    assert_eq!(listed["armed"][0]["rule"]["fault"], "fin-in-reply@9");
    assert_eq!(listed["faults"].as_array().unwrap().len(), 292);

    let mut stream = TcpStream::connect(running.address()).await.unwrap();
    assert_eq!(exchange(&mut stream, &void(ORDER)).await.err_code(), "00");
    let mut stream = TcpStream::connect(running.address()).await.unwrap();
    stream.write_all(void("B").as_bytes()).await.unwrap();
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes).await.unwrap();
    assert_eq!(bytes, b"HTTP/1.1 ");

    let ledger = control(&running, "GET", "/simulator/ledger", "")
        .await
        .json();
    assert_eq!(ledger["totals"]["complete_requests"], 2);
    assert_eq!(ledger["totals"]["applied"], 1);
    assert_eq!(ledger["requests"][1]["fault"], "fin-in-reply@9");
    assert_eq!(ledger["requests"][0]["signature"], "accepted");
    let orders = control(&running, "GET", "/simulator/orders", "")
        .await
        .json();
    assert_eq!(orders["orders"][0]["state"], "voided");
    assert_eq!(orders["orders"][0]["tradingDay"], "20230718");

    control(
        &running,
        "POST",
        "/simulator/faults",
        r#"{"fault":"refuse"}"#,
    )
    .await;
    assert!(TcpStream::connect(running.address()).await.is_err());
    control(&running, "DELETE", "/simulator/faults", "").await;
    assert!(running.simulator().armed_faults().is_empty());
    assert!(TcpStream::connect(running.address()).await.is_ok());
}

#[tokio::test]
async fn a_wrong_control_call_says_what_is_wrong() {
    let running = builder().control(ANY_PORT).start().await.unwrap();
    let cases = [
        ("GET", "/", ""),
        ("POST", "/simulator/faults", "{}"),
        ("POST", "/simulator/faults", r#"{"fault":"no-such"}"#),
        (
            "POST",
            "/simulator/faults",
            r#"{"fault":"silence","evry":2}"#,
        ),
        (
            "POST",
            "/simulator/faults",
            r#"{"fault":"refuse","order":"A"}"#,
        ),
        ("POST", "/simulator/orders", r#"{"orders":[{"orderId":7}]}"#),
        ("POST", "/simulator/orders", "{"),
        ("PUT", "/simulator/ledger", "\x01"),
    ];
    let mut lines = Vec::new();
    for (method, path, body) in cases {
        let reply = control(&running, method, path, body).await;
        lines.push(format!(
            "{} {}",
            reply.status(),
            reply.json()["error"].as_str().unwrap()
        ));
    }
    insta::assert_snapshot!(lines.join("\n"), @r#"
    404 control calls are GET /simulator/ledger, GET and POST /simulator/orders, GET, POST and DELETE /simulator/faults, GET and POST /simulator/trading-day
    400 this is no rule: missing field `fault` at line 1 column 2
    400 there is no fault "no-such": list the faults for their names
    400 this is no rule: unknown field `evry`, expected one of `fault`, `operation`, `order`, `connection`, `every`, `probability`, `seed`, `times`, `always` at line 1 column 25
    400 fault refuse strikes before the order is known: select it by next call, count or probability
    400 key orders[0].orderId must be text of 1 to 50 characters; given: 7
    400 it is not JSON: EOF while parsing an object at line 1 column 1
    404 control calls are GET /simulator/ledger, GET and POST /simulator/orders, GET, POST and DELETE /simulator/faults, GET and POST /simulator/trading-day
    "#);
    assert_eq!(running.ledger().totals().connections, 0);
}

#[tokio::test]
async fn control_calls_are_taken_on_loopback_only() {
    let error = builder()
        .control("0.0.0.0:0".parse().unwrap())
        .start()
        .await
        .unwrap_err();
    assert!(
        matches!(error, StartError::ControlNotLoopback { .. }),
        "{error}"
    );
    assert!(builder().start().await.unwrap().control_url().is_none());
}

#[tokio::test]
async fn an_address_in_use_is_said() {
    let running = builder().start().await.unwrap();
    let error = builder()
        .listen(running.address())
        .start()
        .await
        .unwrap_err();
    assert!(
        error.to_string().contains(&running.address().to_string()),
        "{error}"
    );
    let address = running.address();
    // Neither an idle connection nor one in memory holds the end up.
    let mut idle = TcpStream::connect(address).await.unwrap();
    let in_memory = running.simulator().connect().unwrap();
    running
        .ledger()
        .until(|totals| totals.open_connections == 2)
        .await;
    let snapshot = running.shutdown().await;
    assert_eq!(snapshot.totals.open_connections, 1);
    assert!(TcpStream::connect(address).await.is_err());
    assert_eq!(idle.read(&mut [0; 8]).await.unwrap(), 0);
    drop(in_memory);
}

#[tokio::test]
async fn the_key_shows_nowhere() {
    let running = Simulator::builder()
        .credential("app", "CANARY-0123456789")
        .clock(now)
        .order(Order::paid(ORDER))
        .keep_bodies()
        .start()
        .await
        .unwrap();
    let mut stream = TcpStream::connect(running.address()).await.unwrap();
    exchange(&mut stream, &void(ORDER)).await;
    let ledger = serde_json::to_string(&running.ledger().snapshot()).unwrap();
    let builder = Simulator::builder().credential("app", "CANARY-0123456789");
    let shown = format!("{running:?} {builder:?} {ledger}");
    assert!(shown.contains("\"app\""));
    assert!(!shown.contains("CANARY"), "{shown}");
}

mod hostile {
    use proptest::prelude::*;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

    use super::{ORDER, builder, void};

    proptest! {
        /// Whatever comes, the ledger closes and no order changes.
        #[test]
        fn any_bytes_are_survived(
            bytes in proptest::collection::vec(any::<u8>(), 0..400),
            prefix in 0_usize..400,
        ) {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_time()
                .build()
                .unwrap();
            runtime.block_on(async {
                let simulator = builder().build().unwrap();
                let mut stream = simulator.connect().unwrap();
                let request = void(ORDER);
                let prefix = prefix.min(request.len() - 1);
                let mut sent = request.as_bytes()[..prefix].to_vec();
                sent.extend_from_slice(&bytes);
                if sent.starts_with(request.as_bytes()) {
                    return;
                }
                let _ = stream.write_all(&sent).await;
                stream.shutdown().await.unwrap();
                let mut reply = Vec::new();
                stream.read_to_end(&mut reply).await.unwrap();
                drop(stream);
                let ledger = simulator.ledger();
                let totals = ledger
                    .until(|totals| totals.connections == 1 && totals.open_connections == 0)
                    .await;
                assert_eq!(totals.finished_requests, totals.requests);
                assert_eq!(totals.applied, 0);
            });
        }
    }
}
