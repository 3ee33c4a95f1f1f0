//! Tokens: who may do what, and from when to when.

use chrono::TimeDelta;
use serde_json::json;
use ums_server::{NewGrant, Role};

use crate::ground::{Ground, ORDER, OTHER_ORDER, SHOP};

#[tokio::test]
async fn nothing_is_done_without_a_token() {
    let ground = Ground::new().await;
    let asks = || {
        [
            ground.void("k1", ORDER),
            ground.get("/v1/calls"),
            ground.get("/v1/calls/any"),
            ground.post("/v1/calls/any/resolve"),
            ground.post("/v1/calls/any/close"),
        ]
    };
    let other = Ground::new().await.all;
    for ask in asks() {
        let told = ask.clone().without("Authorization").send().await;
        told.problem(401, "same_key");
        assert_eq!(told.header("www-authenticate"), Some("Bearer"));
        ask.token(&other).send().await.problem(401, "same_key");
    }
    let basic = ground.get("/v1/calls").without("Authorization");
    let basic = basic.header("Authorization", &format!("Basic {}", ground.all));
    basic.send().await.problem(401, "same_key");
    let twice = ground.get("/v1/calls").header("Authorization", "Bearer x");
    twice.send().await.problem(400, "same_key");
    // In an address or a cookie it is none.
    let ask = ground.get(&format!("/v1/calls?token={}", ground.all));
    let ask = ask.without("Authorization");
    let ask = ask.header("Cookie", &format!("token={}", ground.all));
    ask.send().await.problem(401, "same_key");
    assert_eq!(ground.gateway.ledger().requests().len(), 0);
    // Whether it lives is no secret.
    for (path, word) in [("/healthz", "ok"), ("/readyz", "ready")] {
        let told = ground.get(path).without("Authorization").send().await;
        assert_eq!(
            (told.status.as_u16(), &told.body[..]),
            (200, word.as_bytes())
        );
    }
}

#[tokio::test]
async fn a_role_does_not_bring_another() {
    let ground = Ground::new().await;
    let record = ground
        .void("k0", OTHER_ORDER)
        .send()
        .await
        .record(200, "approved");
    let path = format!("/v1/calls/{}", record["id"].as_str().unwrap());
    let body = json!({"as": "approved", "reason": "r", "evidence": "e"});
    let spite = json!({"request": {"originalOrderId": ORDER}, "despite": ["c1"]});
    for role in Role::ALL {
        let token = ground.token(NewGrant::new(role.as_str(), [*role]));
        let may = async |ask: crate::ground::Ask| ask.token(&token).send().await.status != 403;
        let void = ground.void("k1", ORDER);
        assert_eq!(may(void).await, *role == Role::Submit, "{role}");
        assert_eq!(
            may(ground.get("/v1/calls")).await,
            *role == Role::Read,
            "{role}"
        );
        assert_eq!(may(ground.get(&path)).await, *role == Role::Read, "{role}");
        let fresh = ground.get(&format!("{path}?fresh=true"));
        assert!(!may(fresh).await, "{role}");
        let resolve = ground.post(&format!("{path}/resolve"));
        assert_eq!(may(resolve).await, *role == Role::Resolve, "{role}");
        let close = ground.post(&format!("{path}/close")).json(&body);
        assert_eq!(may(close).await, *role == Role::Close, "{role}");
        let despite = ground.post("/v1/operations/void_payment").json(&spite);
        let despite = despite.header("Idempotency-Key", "k2");
        assert!(!may(despite).await, "{role}");
    }
}

#[tokio::test]
async fn a_token_is_limited_to_profiles_operations_and_amounts() {
    let ground = Ground::new().await;
    let grant = NewGrant::new("queries", [Role::Submit]).operations(["query".to_owned()]);
    let queries = ground.token(grant);
    let told = ground.void("k1", ORDER).token(&queries).send().await;
    told.problem(403, "no");
    let body = json!({"request": {"originalOrderId": ORDER}});
    let ask = ground.post("/v1/operations/query").json(&body);
    ask.token(&queries).send().await.record(200, "answered");

    let grant = NewGrant::new("shop", [Role::Submit]).profiles([SHOP.to_owned()]);
    let shop = ground.token(grant);
    let other = json!({"profile": "branch", "request": {"originalOrderId": ORDER}});
    let ask = ground.post("/v1/operations/void_payment").json(&other);
    let told = ask
        .token(&shop)
        .header("Idempotency-Key", "k1")
        .send()
        .await;
    assert_eq!(told.problem(422, "no")["field"], "profile");

    let small = ground.token(NewGrant::new("small", [Role::Submit]).most_fen(10));
    let refund = |fen: u64| {
        let body = json!({
            "request": {
                "originalOrderId": ORDER,
                "refundRequestId": format!("r{fen}"),
                "transactionAmount": fen,
            },
        });
        let ask = ground
            .post("/v1/operations/refund")
            .json(&body)
            .token(&small);
        ask.header("Idempotency-Key", &format!("k{fen}"))
    };
    refund(11).send().await.problem(403, "no");
    assert_eq!(ground.sent("/refund"), 0);
    assert_eq!(refund(10).send().await.status, 200);
}

#[tokio::test]
async fn a_token_that_is_revoked_or_over_ends_at_once() {
    let ground = Ground::new().await;
    let token = ground.token(NewGrant::new("till", [Role::Read]));
    let ask = || ground.get("/v1/calls").token(&token);
    assert_eq!(ask().send().await.status, 200);
    ground.tokens.revoke("till").unwrap();
    ask().send().await.problem(401, "same_key");

    let ended = NewGrant::new("ended", [Role::Read]).expires(ground.now());
    let ended = ground.token(ended);
    ground
        .get("/v1/calls")
        .token(&ended)
        .send()
        .await
        .problem(401, "same_key");
    let tomorrow = ground.now() + TimeDelta::days(1);
    let lasting = ground.token(NewGrant::new("lasting", [Role::Read]).expires(tomorrow));
    assert_eq!(
        ground.get("/v1/calls").token(&lasting).send().await.status,
        200
    );
}

#[tokio::test]
async fn a_file_of_tokens_that_cannot_be_used_lets_nobody_in() {
    let ground = Ground::new().await;
    std::fs::write(ground.tokens.path(), "{}").unwrap();
    let told = ground.void("k1", ORDER).send().await;
    told.problem(503, "same_key");
    assert!(!told.json().to_string().contains("tokens.json"));
    std::fs::remove_file(ground.tokens.path()).unwrap();
    ground
        .void("k1", ORDER)
        .send()
        .await
        .problem(401, "same_key");
    assert_eq!(ground.voids_sent(), 0);
}

#[tokio::test]
async fn who_guesses_is_sent_away_and_who_knows_is_not() {
    let ground = Ground::new().await;
    let wrong = Ground::new().await.all;
    let asks = (0..60).map(|_| tokio::spawn(ground.get("/v1/calls").token(&wrong).send()));
    let asks: Vec<_> = asks.collect();
    for ask in asks {
        let told = ask.await.unwrap();
        assert!([401, 429].contains(&told.status.as_u16()), "{told:?}");
        assert_eq!(ground.get("/v1/calls").send().await.status, 200);
    }
}
