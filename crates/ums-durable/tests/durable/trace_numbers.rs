//! System trace numbers, which nobody gets twice.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use ums_durable::TraceNumberError;
use ums_journal::{
    FactId, Store, StoreCommand, StoreFault, StoreStep, TakeTraceNumbers, TraceLine,
};
use ums_model::{MerchantCode, TerminalCode};

use crate::ground::{Faults, Ground};

fn merchant() -> MerchantCode {
    MerchantCode::new("103290070111417").unwrap()
}

fn terminal(number: &str) -> TerminalCode {
    TerminalCode::new(number).unwrap()
}

#[tokio::test(start_paused = true)]
async fn no_number_is_given_out_twice_whatever_fails() {
    let (ground, faults) = (Ground::new(), Arc::new(Faults::default()));
    let mut seen = BTreeSet::new();
    for round in 0..4 {
        let durable = match round % 2 {
            0 => ground.durable().await,
            _ => ground.with_faults(&faults).await,
        };
        faults.at(StoreStep::Commit, 1, StoreFault::CarriedOutLater);
        faults.at(StoreStep::Commit, 2, StoreFault::AnswerLost);
        for _ in 0..40 {
            let number = durable
                .trace_number(&merchant(), &terminal("12340511"))
                .await;
            if let Ok(number) = number {
                assert!(seen.insert(number.as_str().to_owned()), "{number}");
            }
        }
        ground.store.carry_out_late();
        faults.clear();
        durable.crash();
    }
    assert!(seen.len() >= 120 && seen.contains("000001"));
    let other = ground.durable().await;
    let number = other
        .trace_number(&merchant(), &terminal("12340512"))
        .await
        .unwrap();
    assert_eq!(number.as_str(), "000001");
}

#[tokio::test(start_paused = true)]
async fn about_midnight_a_number_is_new_on_both_days() {
    let ground = Ground::at("2023-07-18T23:58:00+08:00");
    let (one, other) = (ground.durable().await, ground.durable().await);
    let mut seen = BTreeSet::new();
    // On the next day begins another count; what was given out in the minutes about midnight is in
    // both.
    let mut near = BTreeSet::new();
    for second in 0..300_u32 {
        let durable = if second % 2 == 0 { &one } else { &other };
        let number = durable
            .trace_number(&merchant(), &terminal("12340511"))
            .await
            .unwrap();
        let number = number.as_str().to_owned();
        let is_near = (60..180).contains(&second);
        if is_near {
            assert!(seen.insert(number.clone()), "{second}: {number}");
            near.insert(number);
        } else if second < 60 {
            assert!(seen.insert(number), "{second}");
        } else {
            assert!(!near.contains(&number), "{second}: {number}");
        }
        tokio::time::advance(Duration::from_secs(1)).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_terminal_whose_numbers_are_used_up_is_an_error() {
    let ground = Ground::new();
    let durable = ground.durable().await;
    let line = TraceLine::new(
        durable.client().base_url().to_string(),
        merchant().as_str(),
        "12340511",
        "2023-07-18".parse().unwrap(),
    );
    let take = TakeTraceNumbers::new(FactId::new("t").unwrap(), line, 999_998);
    let taken = ground
        .store
        .commit(vec![StoreCommand::TakeTraceNumbers(take)])
        .await
        .unwrap();
    assert!(taken[0].is_ok());
    let last = durable
        .trace_number(&merchant(), &terminal("12340511"))
        .await
        .unwrap();
    assert_eq!(last.as_str(), "999999");
    let error = durable
        .trace_number(&merchant(), &terminal("12340511"))
        .await
        .unwrap_err();
    assert!(matches!(error, TraceNumberError::Exhausted));
}
