//! Calls that are listed, read, asked about and closed.

use serde_json::json;
use ums_server::{NewGrant, Role};

use crate::ground::{BRANCH, Ground, ORDER, OTHER_ORDER, SHOP};

/// The id of a call on the order that is unknown, and was not carried out.
async fn unknown(ground: &Ground, key: &str, order: &str) -> String {
    ground.gateway.fault("fin-after-request").unwrap();
    let told = ground.void(key, order).send().await;
    let record = told.record(202, "unknown");
    record["id"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn calls_are_listed_with_the_newest_first() {
    let ground = Ground::new().await;
    let first = ground
        .void("k1", ORDER)
        .send()
        .await
        .record(200, "approved");
    let second = unknown(&ground, "k2", OTHER_ORDER).await;
    let list = async |query: &str| {
        let told = ground.get(&format!("/v1/calls{query}")).send().await;
        assert_eq!(told.status, 200);
        let body = told.json();
        let calls = body["calls"].as_array().unwrap().iter();
        let ids: Vec<_> = calls.map(|call| call["id"].clone()).collect();
        (ids, body["next_cursor"].clone())
    };
    let (first, second) = (first["id"].clone(), json!(second));
    assert_eq!(
        list("").await,
        (vec![second.clone(), first.clone()], json!(null))
    );
    assert_eq!(list("?open=true").await.0, std::slice::from_ref(&second));
    assert_eq!(list("?open=false").await.0, std::slice::from_ref(&first));
    assert_eq!(list("?key=k1").await.0, std::slice::from_ref(&first));
    assert_eq!(list("?key=%22k1%22").await.0, [json!(null); 0]);
    assert_eq!(list("?key=none").await.0, [json!(null); 0]);
    let on_order = list(&format!("?order={OTHER_ORDER}")).await.0;
    assert_eq!(on_order, std::slice::from_ref(&second));
    assert_eq!(list("?operation=refund").await.0, [json!(null); 0]);
    assert_eq!(list("?since=2023-07-18T15:00:00%2B08:00").await.0.len(), 2);
    assert_eq!(list("?since=2030-01-01T00:00:00Z").await.0.len(), 0);
    let (page, cursor) = list("?limit=1").await;
    assert_eq!(page, std::slice::from_ref(&second));
    let next = format!("?limit=1&cursor={}", cursor.as_str().unwrap());
    assert_eq!(list(&next).await.0, [first]);
    let told = ground.get("/v1/calls?colour=red").send().await;
    assert_eq!(told.problem(422, "no")["field"], "colour");
}

#[tokio::test]
async fn a_call_of_another_profile_is_none() {
    let ground = Ground::new().await;
    let grant = |name: &str, profile: &str| {
        let roles = Role::ALL.iter().copied();
        ground.token(NewGrant::new(name, roles).profiles([profile.to_owned()]))
    };
    let (shop, branch) = (grant("shop", SHOP), grant("branch", BRANCH));
    let record = ground
        .void("k1", ORDER)
        .token(&shop)
        .send()
        .await
        .record(200, "approved");
    let path = format!("/v1/calls/{}", record["id"].as_str().unwrap());

    ground
        .get(&path)
        .token(&shop)
        .send()
        .await
        .record(200, "approved");
    ground
        .get(&path)
        .token(&branch)
        .send()
        .await
        .problem(404, "no");
    for below in ["resolve", "close"] {
        let body = json!({"as": "approved", "reason": "r", "evidence": "e"});
        let ask = ground.post(&format!("{path}/{below}")).json(&body);
        ask.token(&branch).send().await.problem(404, "no");
    }
    for query in ["", "?key=k1", "?open=false", "?profile=shop"] {
        let told = ground
            .get(&format!("/v1/calls{query}"))
            .token(&branch)
            .send()
            .await;
        assert_eq!(told.json()["calls"], json!([]), "{query}");
    }
    // The keys are those of the merchant, whatever the profile: the right is asked for again.
    let told = ground.void("k1", ORDER).token(&branch).send().await;
    let problem = told.problem(403, "no");
    assert!(!problem.to_string().contains(record["id"].as_str().unwrap()));
    let told = ground.void("k2", ORDER).token(&branch).send().await;
    assert_eq!(told.problem(409, "no")["call"], json!(null));
    let told = ground.void("k1", OTHER_ORDER).token(&branch).send().await;
    assert_eq!(told.problem(422, "new_key")["call"], json!(null));
    assert_eq!(ground.voids_sent(), 1);
}

#[tokio::test]
async fn a_call_that_is_unknown_is_asked_about() {
    let ground = Ground::new().await;
    ground.gateway.fault("fin-after-request-applied").unwrap();
    let record = ground.void("k1", ORDER).send().await.record(202, "unknown");
    let path = format!("/v1/calls/{}", record["id"].as_str().unwrap());
    let told = ground.post(&format!("{path}/resolve")).send().await;
    told.record(200, "approved");
    ground
        .get("/v1/calls/nothing")
        .send()
        .await
        .problem(404, "no");
    ground
        .post("/v1/calls/nothing/resolve")
        .send()
        .await
        .problem(404, "no");
}

#[tokio::test]
async fn a_person_closes_a_call_that_another_one_submitted() {
    let ground = Ground::new().await;
    let id = unknown(&ground, "k1", ORDER).await;
    let path = format!("/v1/calls/{id}/close");
    let clerk = ground.token(NewGrant::new("clerk", [Role::Close]));
    let body =
        |closed_as: &str| json!({"as": closed_as, "reason": "hotline", "evidence": "ticket 7"});

    // Whoever submitted it does not.
    let told = ground.post(&path).json(&body("approved")).send().await;
    told.problem(403, "no");
    for (wrong, field) in [
        (json!({"reason": "r", "evidence": "e"}), "as"),
        (
            json!({"as": "unknown", "reason": "r", "evidence": "e"}),
            "as",
        ),
        (json!({"as": "approved", "evidence": "e"}), "reason"),
        (json!({"as": "approved", "reason": "r"}), "evidence"),
        (
            json!({"as": "approved", "reason": "", "evidence": "e"}),
            "reason",
        ),
        (
            json!({"as": "approved", "reason": "r", "evidence": "e", "by": "me"}),
            "by",
        ),
    ] {
        let told = ground.post(&path).json(&wrong).token(&clerk).send().await;
        assert_eq!(told.problem(422, "no")["field"], field);
    }
    // That it was not carried out cannot be said yet.
    let told = ground
        .post(&path)
        .json(&body("declined"))
        .token(&clerk)
        .send()
        .await;
    told.problem(409, "same_key");
    assert!(told.header("retry-after").unwrap().parse::<u64>().unwrap() > 60);

    let told = ground
        .post(&path)
        .json(&body("approved"))
        .token(&clerk)
        .send()
        .await;
    let record = told.record(200, "approved");
    assert_eq!(record["state"], "closed");
    let history = record["history"].as_array().unwrap();
    let closed = history
        .iter()
        .find(|fact| fact["fact"] == "closed")
        .unwrap();
    assert_eq!(
        (&closed["by"], &closed["reason"]),
        (&json!("clerk"), &json!("hotline"))
    );
    let told = ground
        .post(&path)
        .json(&body("approved"))
        .token(&clerk)
        .send()
        .await;
    assert!(told.status == 200 || told.status == 409, "{told:?}");
    // The key tells it from then on.
    ground
        .void("k1", ORDER)
        .send()
        .await
        .record(200, "approved");
    assert_eq!(ground.voids_sent(), 1);
}

#[tokio::test]
async fn in_a_shop_of_one_person_that_one_closes() {
    let ground = Ground::with(|server| server.one_person()).await;
    let id = unknown(&ground, "k1", ORDER).await;
    let body = json!({"as": "approved", "reason": "r", "evidence": "e"});
    let told = ground
        .post(&format!("/v1/calls/{id}/close"))
        .json(&body)
        .send()
        .await;
    told.record(200, "approved");
}
