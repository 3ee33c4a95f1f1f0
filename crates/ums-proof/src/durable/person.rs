//! A person who closes a call that is open, by what the order book shows, and what else may close
//! calls where a rule was taken out.

use std::time::Duration;

use tokio::time::{sleep, sleep_until};
use ums_durable::journal::{
    CallId, CallerText, Close, Closed, ClosedAs, EndedFact, Fact, FactId, FactKind, Filter,
    ListOrder, OutcomeKind, State, Stated, Store as _, StoreCommand, StoreReceipt, StoredCall,
};

use super::ground::Ground;
use super::judge::Truth;
use super::store::act_of;
use crate::history::in_words;

/// Closes one call that is open at that time, if the journal lets it.
pub(crate) async fn close_one(ground: Ground, at: Duration) -> Result<(), String> {
    sleep_until(ground.start + at).await;
    for number in 0..3 {
        for call in open(&ground).await {
            if !call.view.is_running() && close(&ground, &call, number).await? {
                return Ok(());
            }
        }
        sleep(Duration::from_secs(20)).await;
    }
    Ok(())
}

async fn close(ground: &Ground, call: &StoredCall, number: usize) -> Result<bool, String> {
    let ledger = ground.simulator.ledger().snapshot();
    let orders = ground.simulator.orders();
    let truth = Truth::new(&ground.plan, &ledger, &orders);
    let Some(act) = act_of(call) else {
        return Ok(false);
    };
    let is_done = truth.is_done(act, ground.witness.elapsed());
    // A person who is wrong keeps others from it: what was said not to be carried out may be done
    // again.
    let errs = ground.plan.person_errs && !is_done;
    let closed_as = match is_done || errs {
        true => ClosedAs::Approved,
        false => ClosedAs::Declined,
    };
    let accepted = write_close(ground, call, closed_as, false, number).await?;
    if accepted {
        let now = ground.witness.elapsed();
        let mut seen = ground.book.lock();
        seen.add("closed by a person", 1);
        let as_declined = closed_as == ClosedAs::Declined;
        seen.closed.insert(call.id.clone(), (now, as_declined));
        if errs {
            seen.add("closed wrongly by a person", 1);
            seen.erred.insert(call.id.clone());
        }
    }
    Ok(accepted)
}

/// The statement comes, and says of each call that is open, or that a person has closed, whether it
/// was carried out.
pub(crate) async fn state(ground: &Ground) -> Result<(), String> {
    let mut calls = open(ground).await;
    let closed: Vec<CallId> = ground.book.lock().closed.keys().cloned().collect();
    for call in closed {
        calls.extend(ground.store.call(&call).await.map_err(in_words)?);
    }
    let ledger = ground.simulator.ledger().snapshot();
    let orders = ground.simulator.orders();
    let truth = Truth::new(&ground.plan, &ledger, &orders);
    for (number, call) in calls.iter().enumerate() {
        let Some(act) = act_of(call) else { continue };
        let is_executed = truth.is_done(act, Duration::MAX);
        let id = FactId::new(format!("stated-{number}")).map_err(in_words)?;
        let what = FactKind::Stated(Stated::new(is_executed));
        let fact = Fact::new(id, call.id.clone(), call.view.attempt(), what);
        let group = vec![StoreCommand::Record(Box::new(fact))];
        ground.store.commit(group).await.map_err(in_words)?;
        ground.book.count(match is_executed {
            true => "stated: carried out",
            false => "stated: not carried out",
        });
    }
    Ok(())
}

/// Closes as declined whatever has been unknown for some seconds: nobody may do so.
pub(crate) async fn close_by_time(ground: Ground) -> Result<(), String> {
    let mut number = 100;
    loop {
        sleep(Duration::from_secs(5)).await;
        for call in open(&ground).await {
            if !call.view.is_running() {
                number += 1;
                write_close(&ground, &call, ClosedAs::Declined, true, number).await?;
            }
        }
    }
}

/// Takes what was sending when its process died for not sent: nobody may do so.
pub(crate) async fn take_for_unsent(ground: Ground) -> Result<(), String> {
    let mut number = 0;
    loop {
        sleep(Duration::from_secs(1)).await;
        for call in open(&ground).await {
            if call.view.state != State::Sending || call.is_held() {
                continue;
            }
            number += 1;
            let id = FactId::new(format!("unsent-{number}")).map_err(in_words)?;
            let sending = call.view.attempts.last();
            let Some((_, plan)) = sending.and_then(|attempt| attempt.sending.as_ref()) else {
                continue;
            };
            let ended = EndedFact::new(OutcomeKind::NotSent).with_nonce(plan.nonce.clone());
            let what = FactKind::Ended(ended);
            let fact = Fact::new(id, call.id.clone(), call.view.attempt(), what);
            let group = vec![StoreCommand::Record(Box::new(fact))];
            ground.store.commit(group).await.map_err(in_words)?;
        }
    }
}

async fn write_close(
    ground: &Ground,
    call: &StoredCall,
    closed_as: ClosedAs,
    with_statement: bool,
    number: usize,
) -> Result<bool, String> {
    let text = |text: &str| CallerText::new(text).map_err(in_words);
    let closed = Closed::new(
        closed_as,
        text("somebody")?,
        text("seen")?,
        text("order book")?,
    );
    let fact = FactId::new(format!("person-{number}-{}", call.id)).map_err(in_words)?;
    let mut close = Close::new(fact, call.id.clone(), closed);
    close.with_statement = with_statement;
    let answer = ground
        .store
        .commit(vec![StoreCommand::Close(Box::new(close))]);
    let answer = answer.await.map_err(in_words)?;
    ground
        .witness
        .note(|| format!("a person closes {} as {closed_as:?}: {answer:?}", call.id));
    Ok(matches!(answer.first(), Some(Ok(StoreReceipt::Closed))))
}

async fn open(ground: &Ground) -> Vec<StoredCall> {
    let open = Filter::open();
    let found = ground
        .store
        .search(&open, ListOrder::OldestFirst, None, 100);
    found.await.map_or_else(|_| Vec::new(), |page| page.calls)
}
