//! reqwest, with signing and JSON by hand.

use std::sync::Arc;

use anyhow::Result;
use reqwest::Client;
use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE};

use super::{Task, tls_config};
use crate::by_hand::ByHand;
use crate::load::{self, Sample};
use crate::payload;

pub(super) fn run(task: &Task) -> Result<Sample> {
    let client = Client::builder()
        .tls_backend_preconfigured(tls_config(task)?)
        .no_proxy()
        .build()?;
    let url: reqwest::Url = format!("{}{}", task.base, payload::PATH).parse()?;
    let by_hand = Arc::new(ByHand::new());
    load::run(task.plan, move || {
        let client = client.clone();
        let url = url.clone();
        let by_hand = Arc::clone(&by_hand);
        async move {
            let body = by_hand.body();
            let sent = client
                .post(url)
                .header(CONTENT_TYPE, "application/json")
                .header(ACCEPT, "application/json")
                .header(AUTHORIZATION, by_hand.authorization(&body))
                .body(body)
                .send()
                .await;
            match sent {
                Ok(reply) if reply.status() == 200 => match reply.bytes().await {
                    Ok(body) => by_hand.approves(&body),
                    Err(_) => false,
                },
                _ => false,
            }
        }
    })
}
