//! ureq, which blocks: one thread for each caller, with signing and JSON by hand.

use std::sync::Arc;

use anyhow::Result;
use ureq::Agent;
use ureq::tls::{Certificate, RootCerts, TlsConfig};

use super::Task;
use crate::by_hand::ByHand;
use crate::load::{self, Sample};
use crate::payload;

pub(super) fn run(task: &Task) -> Result<Sample> {
    let certificate = Certificate::from_pem(&std::fs::read(&task.ca_file)?)?;
    let tls = TlsConfig::builder()
        .root_certs(RootCerts::new_with_certs(&[certificate]))
        .build();
    // Its pool keeps 3 idle connections of a host unless told otherwise.
    let agent: Agent = Agent::config_builder()
        .tls_config(tls)
        .proxy(None)
        .max_idle_connections(task.plan.concurrency)
        .max_idle_connections_per_host(task.plan.concurrency)
        .build()
        .into();
    let url = format!("{}{}", task.base, payload::PATH);
    let by_hand = Arc::new(ByHand::new());
    load::run_blocking(task.plan, move || {
        let body = by_hand.body();
        let sent = agent
            .post(&url)
            .header("Content-Type", "application/json")
            .header("Accept", "application/json")
            .header("Authorization", by_hand.authorization(&body))
            .send(&body[..]);
        match sent {
            Ok(mut reply) if reply.status() == 200 => reply
                .body_mut()
                .read_to_vec()
                .is_ok_and(|body| by_hand.approves(&body)),
            _ => false,
        }
    })
}
