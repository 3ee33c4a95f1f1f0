//! A gateway that executes, or answers, after its client has given up.

use std::time::Duration;

use crate::raw::{
    ORDER, Reply, authorization, builder, exchange, post, read_reply, void, void_body,
};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::{Instant, sleep};
use ums_simulator::{
    ExchangeEnd, FAULTS, FaultRule, Order, OrderState, QUERY_PATH, SimulatedOperation, Simulator,
};

const OTHER: &str = "20230718110248029165880002";

fn simulator() -> Simulator {
    builder().order(Order::paid(OTHER)).build().unwrap()
}

fn state(simulator: &Simulator, order: &str) -> OrderState {
    simulator.orders().find(order).unwrap().state
}

/// What a query on a connection of its own says.
async fn queried(simulator: &Simulator, order: &str) -> String {
    let body = void_body(order);
    let request = post(QUERY_PATH, &authorization(&body), &body);
    let reply = exchange(&mut simulator.connect().unwrap(), &request).await;
    reply.json()["queryResCode"].as_str().unwrap().to_owned()
}

/// Two replies that may have come at once, each cut at its length.
async fn two_replies(stream: &mut (impl AsyncRead + Unpin)) -> [Reply; 2] {
    let mut bytes = Vec::new();
    let start = b"HTTP/1.1 ";
    loop {
        let starts: Vec<_> = (0..bytes.len())
            .filter(|at| bytes[*at..].starts_with(start))
            .collect();
        if let [_, second] = starts[..]
            && bytes.ends_with(b"}")
        {
            let rest = bytes.split_off(second);
            return [
                read_reply(&mut bytes.as_slice()).await,
                read_reply(&mut rest.as_slice()).await,
            ];
        }
        assert_ne!(stream.read_buf(&mut bytes).await.unwrap(), 0);
    }
}

#[tokio::test(start_paused = true)]
async fn a_request_is_applied_late_though_its_client_is_gone() {
    let late: Vec<_> = FAULTS.iter().filter(|spec| spec.late).collect();
    assert_eq!(late.len(), 5, "a fault was added or taken away");
    for spec in late {
        let simulator = simulator();
        simulator
            .fault(format!("{}@90", spec.name).as_str())
            .unwrap();
        let mut stream = simulator.connect().unwrap();
        stream.write_all(void(ORDER).as_bytes()).await.unwrap();
        let ledger = simulator.ledger();
        ledger.until(|totals| totals.waiting == 1).await;
        let started = Instant::now();
        let record = ledger.requests().remove(0);
        assert!(record.waiting && record.body_complete, "{}", spec.name);
        assert_eq!((record.applied, record.decided_code), (None, None));
        drop(stream);
        ledger.until(|totals| totals.open_connections == 0).await;

        sleep(Duration::from_secs(89)).await;
        assert_eq!(queried(&simulator, ORDER).await, "0", "{}", spec.name);
        assert_eq!(state(&simulator, ORDER), OrderState::Paid);
        ledger.until(|totals| totals.waiting == 0).await;
        assert_eq!(started.elapsed(), Duration::from_secs(90), "{}", spec.name);
        assert_eq!(queried(&simulator, ORDER).await, "2", "{}", spec.name);

        let record = ledger.requests().remove(0);
        assert!(!record.waiting);
        assert_eq!(record.decided_code.as_deref(), Some("00"));
        assert_eq!(record.applied.unwrap().to, OrderState::Voided);
        let after = record.applied_us.unwrap() - record.complete_us.unwrap();
        assert_eq!(after, 90_000_000, "{}", spec.name);
        assert_eq!(ledger.totals().applied, 1);
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_applied_late_meets_the_order_as_it_is_then() {
    let simulator = simulator();
    simulator.fault("status-504-applied-late@60").unwrap();
    let mut stream = simulator.connect().unwrap();
    assert_eq!(exchange(&mut stream, &void(ORDER)).await.status(), 504);
    // The connection is kept, and the order is as it was: the second void does it.
    assert_eq!(exchange(&mut stream, &void(ORDER)).await.err_code(), "00");
    let totals = simulator.ledger().until(|totals| totals.waiting == 0).await;
    assert_eq!(totals.applied, 1);
    let first = simulator.ledger().requests().remove(0);
    assert_eq!((first.applied, first.applied_us), (None, None));
    assert_ne!(first.decided_code.as_deref(), Some("00"));
    assert_eq!(first.reply_status, Some(504));
}

#[tokio::test(start_paused = true)]
async fn a_request_that_is_refused_is_not_executed_later() {
    let simulator = simulator();
    simulator.fault("silence-applied-late@1").unwrap();
    let mut stream = simulator.connect().unwrap();
    let forged = void(ORDER).replace("12340511", "12340512");
    stream.write_all(forged.as_bytes()).await.unwrap();
    sleep(Duration::from_secs(5)).await;
    let record = simulator.ledger().requests().remove(0);
    assert_eq!((record.waiting, record.applied), (false, None));
    assert_eq!(state(&simulator, ORDER), OrderState::Paid);
}

#[tokio::test(start_paused = true)]
async fn several_requests_wait_each_for_its_own_time() {
    let simulator = simulator();
    for (order, seconds) in [(ORDER, 60), (OTHER, 30)] {
        let fault = format!("silence-applied-late@{seconds}");
        let rule = FaultRule::named(&fault).unwrap().for_order(order);
        simulator.fault(rule).unwrap();
    }
    let mut streams = Vec::new();
    for order in [ORDER, OTHER] {
        let mut stream = simulator.connect().unwrap();
        stream.write_all(void(order).as_bytes()).await.unwrap();
        streams.push(stream);
    }
    simulator.ledger().until(|totals| totals.waiting == 2).await;
    simulator.ledger().until(|totals| totals.waiting == 1).await;
    assert_eq!(state(&simulator, ORDER), OrderState::Paid);
    assert_eq!(state(&simulator, OTHER), OrderState::Voided);
    simulator.ledger().until(|totals| totals.waiting == 0).await;
    assert_eq!(state(&simulator, ORDER), OrderState::Voided);
}

/// Real time, as a paused clock would run the minute while it waits for the sockets.
#[tokio::test]
async fn shutting_down_drops_what_was_to_be_executed() {
    let running = builder().start().await.unwrap();
    let simulator = running.simulator().clone();
    running.fault("silence-applied-late@1").unwrap();
    let mut stream = TcpStream::connect(running.address()).await.unwrap();
    stream.write_all(void(ORDER).as_bytes()).await.unwrap();
    running.ledger().until(|totals| totals.waiting == 1).await;
    let snapshot = running.shutdown().await;
    assert_eq!(snapshot.totals.applied, 0);
    sleep(Duration::from_millis(1200)).await;
    assert_eq!(state(&simulator, ORDER), OrderState::Paid);
}

#[tokio::test(start_paused = true)]
async fn the_true_reply_comes_late_and_looks_like_the_answer_to_the_next_call() {
    for (name, status) in [("status-504-then-reply", 504), ("code-96-then-reply", 200)] {
        for (suffix, code) in [("", "57"), ("-applied", "00")] {
            let simulator = simulator();
            let fault = format!("{name}{suffix}@7000");
            simulator.fault(fault.as_str()).unwrap();
            let mut stream = simulator.connect().unwrap();
            let first = exchange(&mut stream, &void(ORDER)).await;
            assert_eq!(first.status(), status, "{fault}");
            let sent = Instant::now();
            stream.write_all(void(OTHER).as_bytes()).await.unwrap();
            let [late, own] = two_replies(&mut stream).await;
            assert_eq!(sent.elapsed(), Duration::from_secs(7), "{fault}");
            assert_eq!(late.err_code(), code, "{fault}");
            if code == "00" {
                assert_eq!(late.json()["orderId"], ORDER);
            }
            assert_eq!(own.json()["orderId"], OTHER, "{fault}");
            let moved = state(&simulator, ORDER) == OrderState::Voided;
            assert_eq!(moved, code == "00", "{fault}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_stray_reply_comes_only_to_a_connection_that_rests() {
    for rests in [true, false] {
        let simulator = simulator();
        simulator.fault("stray-reply-applied@1000").unwrap();
        let mut stream = simulator.connect().unwrap();
        assert_eq!(exchange(&mut stream, &void(ORDER)).await.err_code(), "00");
        if rests {
            sleep(Duration::from_millis(1001)).await;
        }
        let next = exchange(&mut stream, &void(OTHER)).await;
        // The stray one was there first, and names no order.
        let named = next.json().get("orderId").cloned();
        assert_eq!(named, (!rests).then(|| OTHER.into()));
        assert_eq!(state(&simulator, OTHER) == OrderState::Voided, !rests);
        if rests {
            assert_eq!(read_reply(&mut stream).await.json()["orderId"], OTHER);
        }
        assert_eq!(simulator.ledger().requests()[0].end, ExchangeEnd::Replied);
    }
}

#[tokio::test(start_paused = true)]
async fn an_early_reply_comes_before_the_body_and_proves_nothing() {
    for (name, code) in [("early-reply", "57"), ("early-reply-applied", "00")] {
        let request = void(ORDER);
        let body = request.find("\r\n\r\n").unwrap() + 4;
        // Nothing beyond the byte it waits for is needed, and nothing before it is enough.
        let simulator = simulator();
        simulator.fault(format!("{name}@30").as_str()).unwrap();
        let mut stream = simulator.connect().unwrap();
        let (first, rest) = request.as_bytes().split_at(body + 30);
        stream.write_all(&first[..body + 29]).await.unwrap();
        let mut byte = [0];
        let early = tokio::time::timeout(Duration::from_secs(9), stream.read(&mut byte)).await;
        assert!(early.is_err(), "{name}");
        stream.write_all(&first[body + 29..]).await.unwrap();
        assert_eq!(read_reply(&mut stream).await.err_code(), code, "{name}");
        assert_eq!(state(&simulator, ORDER), OrderState::Paid, "{name}");
        assert_eq!(simulator.ledger().totals().complete_requests, 0);

        stream.write_all(rest).await.unwrap();
        let ledger = simulator.ledger();
        let totals = ledger.until(|totals| totals.finished_requests == 1).await;
        assert_eq!(totals.applied, u64::from(code == "00"), "{name}");
        let record = simulator.ledger().requests().remove(0);
        assert_eq!(record.reply_code.as_deref(), Some(code));
        assert_eq!(record.bytes_received, request.len() as u64);
        assert!(record.reply_bytes_sent > 0);
    }
}

#[tokio::test]
async fn it_is_armed_over_http_as_in_process() {
    let running = builder()
        .control("127.0.0.1:0".parse().unwrap())
        .start()
        .await
        .unwrap();
    let control = running.control_url().unwrap();
    let address = control.trim_start_matches("http://").to_owned();
    let rule = r#"{"fault": "status-504-applied-late@90", "operation": "void"}"#;
    let call = format!(
        "POST /simulator/faults HTTP/1.1\r\nHost: {address}\r\nContent-Type: application/json\r\n\
         Content-Length: {}\r\n\r\n{rule}",
        rule.len()
    );
    let mut stream = TcpStream::connect(&address).await.unwrap();
    assert_eq!(exchange(&mut stream, &call).await.status(), 200);
    let armed = running.simulator().armed_faults().remove(0).rule;
    assert_eq!(armed.fault().to_string(), "status-504-applied-late@90");
    running.clear_faults();
    let rule = FaultRule::named("status-504-applied-late@90").unwrap();
    running
        .fault(rule.for_operation(SimulatedOperation::Void))
        .unwrap();
    let again = running.simulator().armed_faults().remove(0).rule;
    assert_eq!(format!("{armed:?}"), format!("{again:?}"));
}
