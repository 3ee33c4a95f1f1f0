//! `POST /v1/operations/{name}`, row by row of the table of answers.

use serde_json::json;
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;
use ums_server::{NewGrant, Role, ServerLimits};

use crate::ground::{BRANCH, Ground, ORDER, OTHER_ORDER, SHOP};

#[tokio::test]
async fn an_operation_that_ends_is_told_with_its_record() {
    let ground = Ground::new().await;
    let told = ground.void("k1", ORDER).send().await;
    let record = told.record(200, "approved");
    assert_eq!(record["operation"], "void_payment");
    assert_eq!(
        (&record["key"], &record["profile"]),
        (&json!("k1"), &json!(SHOP))
    );
    assert_eq!(record["order"]["ums"], ORDER);
    assert_eq!(
        record["merchant"],
        ums_simulator::Simulator::DEMO_MERCHANT_CODE
    );
    assert_eq!(
        (&record["recorded"], &record["live"]),
        (&json!(true), &json!(false))
    );
    assert_eq!(record["may_repeat"], "no");
    assert_eq!(told.header("idempotent-replayed"), None);
    assert_eq!(told.header("cache-control"), Some("no-store"));

    // The same key again, in quotes and by its short name: known, and nothing is sent.
    let body =
        json!({"profile": SHOP, "request": {"originalOrderId": ORDER, "merchantOrderId": null}});
    let again = ground.post("/v1/operations/void").json(&body);
    let again = again.header("Idempotency-Key", "\"k1\"").send().await;
    let known = again.record(200, "approved");
    assert_eq!(again.header("idempotent-replayed"), Some("true"));
    assert_eq!(
        (&known["id"], &known["replayed"]),
        (&record["id"], &json!(true))
    );
    assert_eq!(ground.voids_sent(), 1);
}

#[tokio::test]
async fn a_refusal_of_the_gateway_is_an_answer_too() {
    let ground = Ground::new().await;
    let told = ground.void("k1", "20990101000000000000000000").send().await;
    let record = told.record(200, "declined");
    assert_eq!(record["may_repeat"], "new_key");
    assert!(record["err_code"].is_string());
}

#[tokio::test]
async fn what_is_unknown_is_accepted_with_where_to_ask() {
    let ground = Ground::new().await;
    ground.gateway.fault("fin-after-request-applied").unwrap();
    let told = ground.void("k1", ORDER).send().await;
    let record = told.record(202, "unknown");
    let path = format!("/v1/calls/{}", record["id"].as_str().unwrap());
    assert_eq!(told.header("location"), Some(path.as_str()));
    assert!(told.header("retry-after").unwrap().parse::<u64>().unwrap() > 0);
    assert_eq!(record["may_repeat"], "no");

    // Asked once more it is known, and the key tells it: nothing is sent again.
    let found = ground.get(&format!("{path}?fresh=true")).send().await;
    let found = found.record(200, "approved");
    assert!(!found["history"].as_array().unwrap().is_empty());
    let again = ground.void("k1", ORDER).send().await;
    again.record(200, "approved");
    assert_eq!(again.header("idempotent-replayed"), Some("true"));
    assert_eq!(ground.voids_sent(), 1);
}

#[tokio::test]
async fn a_call_that_is_not_sent_may_be_repeated_with_its_key() {
    let ground = Ground::new().await;
    for _ in 0..9 {
        ground.gateway.fault("fin-on-accept").unwrap();
    }
    let told = ground.void("k1", ORDER).send().await;
    // The first bytes may have been taken by the kernel: then nothing is certain.
    let outcome = told.json()["outcome"].as_str().unwrap().to_owned();
    ground.gateway.clear_faults();
    if outcome == "not_sent" {
        assert_eq!(told.json()["may_repeat"], "same_key");
        assert_eq!(told.status, 200);
        let again = ground.void("k1", ORDER).send().await;
        let record = again.record(200, "approved");
        assert_eq!(record["id"], told.json()["id"]);
    } else {
        told.record(202, "unknown");
    }
    assert!(ground.voids_sent() <= 1);
}

#[tokio::test]
async fn a_caller_that_waits_no_longer_is_told_where_to_ask() {
    let ground = Ground::impatient().await;
    ground.gateway.fault("silence-applied").unwrap();
    let body = json!({"request": {"originalOrderId": ORDER}, "timeout_s": 0.2});
    let ask = ground.post("/v1/operations/void_payment").json(&body);
    let told = ask.header("Idempotency-Key", "k1").send().await;
    let record = told.record(202, "unknown");
    let is_running = |record: &serde_json::Value| {
        ["intended", "sending"].contains(&record["state"].as_str().unwrap())
    };
    assert!(is_running(&record), "{record}");
    assert_eq!(told.header("retry-after"), Some("1"));
    assert_eq!(told.header("idempotent-replayed"), None);
    // The call has its whole time, and goes on: whoever waits for it is told.
    let path = told.header("location").unwrap().to_owned();
    let mut record = record;
    while is_running(&record) {
        let told = ground.get(&format!("{path}?wait=30")).send().await;
        assert_eq!(told.status, 200);
        record = told.json();
    }
    assert_eq!(ground.voids_sent(), 1);
}

#[tokio::test]
async fn a_hundred_with_one_key_are_one_request_and_one_answer() {
    let ground = Ground::new().await;
    let asks = (0..100).map(|_| tokio::spawn(ground.void("k1", ORDER).send()));
    let asks: Vec<_> = asks.collect();
    let mut ids = Vec::new();
    for ask in asks {
        let record = ask.await.unwrap().record(200, "approved");
        ids.push(record["id"].as_str().unwrap().to_owned());
    }
    ids.dedup();
    assert_eq!((ids.len(), ground.voids_sent()), (1, 1));
}

#[tokio::test]
async fn a_caller_that_hangs_up_cancels_nothing() {
    let ground = Ground::impatient().await;
    ground.gateway.fault("silence-applied").unwrap();
    let body = json!({"request": {"originalOrderId": ORDER}}).to_string();
    let request = format!(
        "POST /v1/operations/void_payment HTTP/1.1\r\nHost: {}\r\nAuthorization: Bearer {}\r\n\
         Content-Type: application/json\r\nIdempotency-Key: k1\r\nContent-Length: {}\r\n\r\n{body}",
        ground.address(),
        ground.all,
        body.len(),
    );
    let mut stream = TcpStream::connect(ground.address()).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    while ground.voids_sent() == 0 {
        tokio::task::yield_now().await;
    }
    drop(stream);
    // Whoever asks again joins it, or is told what became of it.
    let told = ground.void("k1", ORDER).send().await;
    let record = told.json();
    assert!(["unknown", "approved"].contains(&record["outcome"].as_str().unwrap()));
    let path = format!("/v1/calls/{}/resolve", record["id"].as_str().unwrap());
    ground.post(&path).send().await.record(200, "approved");
    assert_eq!(ground.voids_sent(), 1);
}

#[tokio::test]
async fn another_request_under_the_key_is_refused() {
    let ground = Ground::new().await;
    let first = ground
        .void("k1", ORDER)
        .send()
        .await
        .record(200, "approved");
    let other = ground.void("k1", OTHER_ORDER).send().await;
    let problem = other.problem(422, "new_key");
    assert_eq!(problem["call"], first["id"]);
    assert_eq!(ground.voids_sent(), 1);
}

#[tokio::test]
async fn another_key_for_the_same_is_refused_with_the_call() {
    let ground = Ground::new().await;
    ground.gateway.fault("silence-applied").unwrap();
    let body = json!({"request": {"originalOrderId": ORDER}, "timeout_s": 0.1});
    let ask = ground.post("/v1/operations/void_payment").json(&body);
    let first = ask.header("Idempotency-Key", "k1").send().await;
    let first = first.record(202, "unknown");
    // Open, under another key.
    let told = ground.void("k2", ORDER).send().await;
    assert_eq!(told.problem(409, "no")["call"], first["id"]);
    // Another movement of money on the order.
    let refund = json!({
        "request": {
            "originalOrderId": ORDER,
            "refundRequestId": "r1",
            "transactionAmount": "10",
        },
    });
    let ask = ground.post("/v1/operations/refund").json(&refund);
    let told = ask.header("Idempotency-Key", "k3").send().await;
    let problem = told.problem(409, "no");
    assert_eq!(problem["call"], first["id"]);
    assert_eq!(problem["type"], "urn:ums:problem:order_busy");
    assert_eq!((ground.voids_sent(), ground.sent("/refund")), (1, 0));
}

#[tokio::test]
async fn a_profile_is_for_its_own_merchant_and_amounts_are_those_of_the_platform() {
    let ground = Ground::new().await;
    let void = json!({"request": {"originalOrderId": ORDER, "merchantCode": "900000000000001"}});
    let ask = ground.post("/v1/operations/void_payment").json(&void);
    let told = ask.header("Idempotency-Key", "k1").send().await;
    assert_eq!(told.problem(422, "no")["field"], "merchantCode");
    for (number, fen) in [
        json!(0),
        json!("0"),
        json!(1_000_000_000_000_u64),
        json!(u64::MAX),
    ]
    .into_iter()
    .enumerate()
    {
        let refund = json!({
            "request": {
                "originalOrderId": ORDER,
                "refundRequestId": "r1",
                "transactionAmount": fen,
            },
        });
        let ask = ground.post("/v1/operations/refund").json(&refund);
        let told = ask.header("Idempotency-Key", &format!("a{number}")).send();
        assert_eq!(told.await.problem(422, "no")["field"], "transactionAmount");
    }
    assert_eq!((ground.voids_sent(), ground.sent("/refund")), (0, 0));
}

#[tokio::test]
async fn what_is_malformed_is_refused_and_nothing_is_sent() {
    let ground = Ground::new().await;
    let operations = "/v1/operations/void_payment";
    let good = json!({"request": {"originalOrderId": ORDER}});
    let ask = || ground.post(operations).json(&good);
    let key = |ask: crate::ground::Ask| ask.header("Idempotency-Key", "k1");

    ask().send().await.problem(400, "same_key");
    let two = key(key(ask()));
    two.send().await.problem(400, "same_key");
    let spaced = ask().header("Idempotency-Key", "a b");
    spaced.send().await.problem(400, "same_key");
    for body in ["", "{", "{\"request\":{}} x", "\u{0}", "nonsense"] {
        key(ask()).body(body).send().await.problem(400, "same_key");
    }
    key(ask())
        .body(&b"{\"request\":{\"originalOrderId\":\"\xff\"}}"[..])
        .send()
        .await
        .problem(400, "same_key");
    let kinds = [
        "text/plain",
        "application/json; charset=gbk",
        "application/jsonp",
        "",
    ];
    for kind in kinds {
        let told = key(ask())
            .without("Content-Type")
            .header("Content-Type", kind);
        told.send().await.problem(415, "same_key");
    }
    let none = key(ask()).without("Content-Type");
    none.send().await.problem(415, "same_key");
    let long = format!(
        "{{\"request\":{{}},\"profile\":\"{}\"}}",
        "p".repeat(70_000)
    );
    assert!(long.len() > 65_536);
    let head = format!(
        "POST {operations} HTTP/1.1\r\nHost: {}\r\nAuthorization: Bearer {}\r\n\
         Content-Type: application/json\r\nIdempotency-Key: k1\r\nContent-Length: {}\r\n\r\n",
        ground.address(),
        ground.all,
        long.len()
    );
    let told = ground.raw(head.as_bytes()).await;
    assert!(
        told.starts_with("HTTP/1.1 413") && told.contains("\"may_repeat\":\"no\""),
        "{told}"
    );

    let told = key(ground.post("/v1/operations/no_such").json(&good));
    told.send().await.problem(404, "no");
    ground.get(operations).send().await.problem(405, "no");
    ground.get("/v1/nothing").send().await.problem(404, "no");
    let told = key(ground.post("/v1/operations/void_payment?a=b").json(&good));
    assert_eq!(told.send().await.problem(422, "no")["field"], "a");
    assert_eq!(ground.gateway.ledger().requests().len(), 0);
}

#[tokio::test]
async fn a_field_that_is_invalid_is_named() {
    let ground = Ground::new().await;
    let order = json!({"originalOrderId": ORDER});
    for (body, field) in [
        (json!({"request": {}}), "originalOrderId"),
        (json!({"request": []}), "request"),
        (json!({"profile": SHOP}), "request"),
        (
            json!({"request": {"originalOrderId": 7}}),
            "originalOrderId",
        ),
        (
            json!({"request": {"originalOrderId": ORDER, "colour": "red"}}),
            "colour",
        ),
        (json!({"request": order, "colour": "red"}), "colour"),
        (json!({"request": order, "profile": "nobody"}), "profile"),
        (json!({"request": order, "profile": 7}), "profile"),
        (json!({"request": order, "timeout_s": 0}), "timeout_s"),
        (json!({"request": order, "timeout_s": 121}), "timeout_s"),
        (json!({"request": order, "timeout_s": -1}), "timeout_s"),
        (json!({"request": order, "timeout_s": "1"}), "timeout_s"),
        (json!({"request": order, "not_after": "soon"}), "not_after"),
        (
            json!({"request": order, "not_after": "2023-07-18T06:00:00Z"}),
            "not_after",
        ),
        (json!({"request": order, "ask_first": "yes"}), "ask_first"),
        (json!({"request": order, "despite": ["a b"]}), "despite"),
        (
            json!({"request": order, "on_unknown": "reverse"}),
            "on_unknown",
        ),
        (
            json!({"request": order, "labels": {"a": "b\nc"}}),
            "labels.a",
        ),
        (json!({"request": order, "labels": {"": "b"}}), "labels"),
        (json!({"request": order, "labels": {"a": 1}}), "labels.a"),
    ] {
        let ask = ground.post("/v1/operations/void_payment").json(&body);
        let told = ask.header("Idempotency-Key", "k1").send().await;
        let problem = told.problem(422, "no");
        let named = problem["field"].as_str().unwrap_or_default();
        let detail = problem["detail"].as_str().unwrap_or_default();
        assert!(
            named == field || detail.contains(field),
            "{body}: {problem}"
        );
    }
    // A name that is there twice may be read as either.
    let twice = format!(
        "{{\"request\":{{\"originalOrderId\":\"{OTHER_ORDER}\",\"originalOrderId\":\"{ORDER}\"}}}}"
    );
    let ask = ground
        .post("/v1/operations/void_payment")
        .json(&json!({}))
        .body(twice);
    let told = ask.header("Idempotency-Key", "k1").send().await;
    assert_eq!(told.problem(422, "no")["field"], "request");
    assert_eq!(ground.gateway.ledger().requests().len(), 0);
    // None of it has used up the key.
    ground
        .void("k1", ORDER)
        .send()
        .await
        .record(200, "approved");
}

#[tokio::test]
async fn labels_and_who_asked_are_kept() {
    let ground = Ground::new().await;
    let body = json!({
        "request": {"originalOrderId": ORDER},
        "profile": BRANCH,
        "labels": {"shift": "早班"},
        "not_after": "2030-01-01T00:00:00+08:00",
        "ask_first": true,
    });
    let till = ground.token(NewGrant::new("till 3", [Role::Submit]));
    let ask = ground.post("/v1/operations/void_payment").json(&body);
    let told = ask
        .token(&till)
        .header("Idempotency-Key", "k1")
        .send()
        .await;
    let record = told.record(200, "approved");
    assert_eq!(
        (&record["labels"]["shift"], &record["profile"]),
        (&json!("早班"), &json!(BRANCH))
    );
    let path = format!("/v1/calls/{}", record["id"].as_str().unwrap());
    let call = ground.get(&path).send().await.record(200, "approved");
    assert_eq!(call["history"][0]["by"], "till 3");
    assert_eq!(ground.sent("/query"), 1);
}

#[tokio::test]
async fn what_only_reads_needs_no_key_and_leaves_no_call() {
    let ground = Ground::new().await;
    let body = json!({"request": {"originalOrderId": ORDER}});
    let told = ground.post("/v1/operations/query").json(&body).send().await;
    let record = told.record(200, "answered");
    assert_eq!(
        (&record["state"], &record["id"]),
        (&json!("paid"), &json!(null))
    );
    ground.gateway.fault("fin-after-request").unwrap();
    let told = ground.post("/v1/operations/query").json(&body).send().await;
    told.record(202, "unknown");
    let calls = ground.get("/v1/calls").send().await.json();
    assert_eq!(calls["calls"], json!([]));
}

#[tokio::test]
async fn over_a_limit_nothing_is_sent() {
    let ground = Ground::with(|server| server.limits(ServerLimits::new().calls(1))).await;
    ground.gateway.fault("silence-applied").unwrap();
    let body = json!({"request": {"originalOrderId": ORDER}, "timeout_s": 0.1});
    let ask = ground.post("/v1/operations/void_payment").json(&body);
    ask.header("Idempotency-Key", "k1")
        .send()
        .await
        .record(202, "unknown");
    let told = ground.void("k2", OTHER_ORDER).send().await;
    told.problem(429, "same_key");
    assert_eq!(told.header("retry-after"), Some("1"));
    assert_eq!(ground.voids_sent(), 1);

    let ground = Ground::with(|server| server.limits(ServerLimits::new().requests(0))).await;
    ground
        .void("k1", ORDER)
        .send()
        .await
        .problem(429, "same_key");
    assert_eq!(ground.voids_sent(), 0);
}

#[tokio::test]
async fn stopping_lets_calls_end_and_names_those_that_do_not() {
    use std::time::Duration;
    let ground = Ground::new().await;
    ground
        .void("k1", ORDER)
        .send()
        .await
        .record(200, "approved");
    ground.gateway.fault("silence-applied").unwrap();
    let body = json!({"request": {"originalOrderId": OTHER_ORDER}, "timeout_s": 0.1});
    let ask = ground.post("/v1/operations/void_payment").json(&body);
    let told = ask.header("Idempotency-Key", "k2").send().await;
    let record = told.record(202, "unknown");
    let left = ground.serving.stop(Duration::ZERO).await;
    let left: Vec<_> = left.iter().map(|call| call.as_str().to_owned()).collect();
    assert_eq!(json!(left), json!([record["id"]]));
}

#[tokio::test]
async fn a_journal_that_is_another_one_moves_no_money() {
    let other = ums_durable::journal::JournalId::new("journal-2").unwrap();
    let ground = Ground::with(|server| server.journal(other)).await;
    let told = ground.get("/readyz").send().await;
    assert_eq!(
        (told.status.as_u16(), &told.body[..]),
        (503, &b"journal"[..])
    );
    let told = ground.void("k1", ORDER).send().await;
    let problem = told.problem(503, "same_key");
    assert_eq!(problem["type"], "urn:ums:problem:journal_not_accepted");
    assert_eq!(ground.gateway.ledger().requests().len(), 0);
    // What only reads moves none.
    let body = json!({"request": {"originalOrderId": ORDER}});
    let told = ground.post("/v1/operations/query").json(&body).send().await;
    told.record(200, "answered");
}
