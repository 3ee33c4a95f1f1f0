//! What is kept for how long, and what is written down again.

use std::time::Duration;

use crate::call::identity::OrderIdKind;
use crate::call::ids::CallId;
use crate::fact::entry::{AlarmKind, TraceLine};
use crate::fact::state::State;
use crate::outcome_kind::OutcomeKind;
use crate::record::RecordedOutcome;
use crate::store::command::{Bury, Link, StoreCommand, StoreReceipt, TakeTraceNumbers};
use crate::store::lines::ChainCheck;
use crate::store::refused::StoreRefusal;
use crate::store_kit::ask::Ask;
use crate::store_kit::case::cases;
use crate::store_kit::fault::{CaseResult, Fault, equal, must};
use crate::store_kit::ground::{Ground, Process, ended, fresh_fact};

async fn bury(process: &Process) -> CaseResult<Vec<CallId>> {
    let bury = Bury::new(fresh_fact()?, Bury::KEPT_AT_LEAST, 100);
    match process.done(StoreCommand::Bury(bury)).await? {
        StoreReceipt::Buried(calls) => Ok(calls),
        other => Err(Fault(format!("a burial comes to {other:?}"))),
    }
}

async fn years_pass(ground: &Ground) {
    ground
        .advance(Bury::KEPT_AT_LEAST + Duration::from_secs(60))
        .await;
}

async fn restored(process: &Process, command: StoreCommand) -> CaseResult<usize> {
    match process.done(command).await? {
        StoreReceipt::Restored(facts) => Ok(facts),
        other => Err(Fault(format!("a restore comes to {other:?}"))),
    }
}

cases! {
    the_whole_of_a_call_is_kept_for_400_days(ground) {
        let one = ground.process().await?;
        let ticket = one.ended(&Ask::void("M1"), OutcomeKind::Approved).await?;
        let early = Bury::new(fresh_fact()?, Duration::from_secs(399 * 24 * 3600), 100);
        equal(one.refusal(StoreCommand::Bury(early)).await?, StoreRefusal::KeptLonger, "the refusal")?;
        ground.advance(Duration::from_secs(399 * 24 * 3600)).await;
        equal(bury(&one).await?, Vec::new(), "what is buried after 399 days")?;
        ground.advance(Duration::from_secs(2 * 24 * 3600)).await;
        equal(bury(&one).await?, vec![ticket.call], "what is buried after 401 days")?;
    }

    an_open_call_is_never_buried(ground) {
        let one = ground.process().await?;
        let unknown = one.ended(&Ask::void("M1"), OutcomeKind::Unknown).await?;
        let sending = one.begun(&Ask::void("M2")).await?;
        years_pass(ground).await;
        equal(bury(&one).await?, Vec::new(), "what is buried")?;
        for ticket in [unknown, sending] {
            let body = one.view(&ticket.call).await?.request.body;
            must(body.is_some(), "the details of an open call are gone")?;
        }
    }

    a_contradicted_call_is_never_buried(ground) {
        let one = ground.process().await?;
        let ticket = one.ended(&Ask::void("M1"), OutcomeKind::Declined).await?;
        one.end(&ticket, OutcomeKind::Approved).await?;
        years_pass(ground).await;
        equal(bury(&one).await?, Vec::new(), "what is buried")?;
    }

    a_burial_takes_no_more_than_it_is_asked_to(ground) {
        let one = ground.process().await?;
        let first = one.ended(&Ask::void("M1"), OutcomeKind::Approved).await?;
        let second = one.ended(&Ask::void("M2"), OutcomeKind::Approved).await?;
        years_pass(ground).await;
        for ticket in [first, second] {
            let bury = Bury::new(fresh_fact()?, Bury::KEPT_AT_LEAST, 1);
            let buried = one.done(StoreCommand::Bury(bury)).await?;
            equal(buried, StoreReceipt::Buried(vec![ticket.call]), "what is buried")?;
        }
    }

    a_key_is_known_after_its_call_was_buried(ground) {
        let one = ground.process().await?;
        let ask = Ask::pay("M1");
        let ticket = one.ended(&ask, OutcomeKind::Approved).await?;
        years_pass(ground).await;
        bury(&one).await?;
        let after = ground.after_crash().await?;
        let replayed = after.replayed(&ask).await?;
        equal(&replayed.id, &ticket.call, "the call that is replayed")?;
        equal(replayed.view.outcome, Some(RecordedOutcome::Approved), "its outcome")?;
        must(replayed.view.request.body.is_none(), "its body is still there")?;
        let expected = StoreRefusal::KeyOfAnotherRequest { call: ticket.call };
        equal(after.refused(&ask.amount(1)).await?, expected, "another request")?;
    }

    an_identity_is_held_after_its_call_was_buried(ground) {
        let one = ground.process().await?;
        let ask = Ask::pay("M1");
        let ticket = one.ended(&ask, OutcomeKind::Approved).await?;
        years_pass(ground).await;
        bury(&one).await?;
        let expected = StoreRefusal::SameIdentity { call: ticket.call };
        equal(one.refused(&ask.other_key()).await?, expected, "the refusal")?;
    }

    the_chain_holds_after_a_burial(ground) {
        let one = ground.process().await?;
        one.ended(&Ask::pay("M1"), OutcomeKind::Approved).await?;
        years_pass(ground).await;
        bury(&one).await?;
        one.begun(&Ask::pay("M2")).await?;
        let after = ground.after_crash().await?;
        let mut check = ChainCheck::new();
        for fact in after.facts().await? {
            check.take(&fact).map_err(|broken| Fault(broken.to_string()))?;
        }
        let head = after.store.head().await?;
        equal(check.head(), (head.facts, &head.chain), "the head of all facts")?;
        must(check.without_details() > 0, "no details are gone")?;
    }

    a_late_fact_of_a_buried_call_is_taken(ground) {
        let one = ground.process().await?;
        let ticket = one.ended(&Ask::pay("M1"), OutcomeKind::Declined).await?;
        years_pass(ground).await;
        bury(&one).await?;
        one.end(&ticket, OutcomeKind::Approved).await?;
        equal(one.view(&ticket.call).await?.state, State::Contradicted, "its state")?;
    }

    an_export_makes_the_same_journal(ground) {
        let one = ground.process().await?;
        for outcome in OutcomeKind::ALL {
            one.ended(&Ask::void(outcome.as_str()), *outcome).await?;
        }
        one.begun(&Ask::pay("M1").and_ums("U1")).await?;
        let facts = one.facts().await?;
        // The same facts again, word for word: an import into the journal itself adds none.
        let before = one.store.head().await?;
        let added = restored(&one, StoreCommand::Restore(facts)).await?;
        let after = one.store.head().await?;
        equal(added, 0, "the number of facts that are new")?;
        equal((after.facts, after.chain), (before.facts, before.chain), "the head")?;
    }

    a_call_that_is_lost_is_written_down_again(ground) {
        let other = ground.elsewhere().await?;
        let one = ground.process().await?;
        let ask = Ask::void("M1");
        let ticket = other.ended(&ask, OutcomeKind::Unknown).await?;
        let facts = other.call(&ticket.call).await?.facts;
        let command = StoreCommand::Restore(facts.clone());
        equal(restored(&one, command.clone()).await?, facts.len(), "the number of facts")?;
        equal(restored(&one, command).await?, 0, "the number of facts the second time")?;
        let after = ground.after_crash().await?;
        equal(after.open().await?, vec![ticket.call.clone()], "the open calls")?;
        let kept = after.call(&ticket.call).await?.facts;
        for (kept, written) in kept.iter().zip(&facts) {
            equal((kept.at(), kept.fact()), (written.at(), written.fact()), "a fact")?;
        }
        let expected = StoreRefusal::SameIdentity { call: ticket.call.clone() };
        equal(after.refused(&ask.other_key()).await?, expected, "the same operation")?;
        after.end(&ticket, OutcomeKind::Approved).await?;
        equal(after.view(&ticket.call).await?.executed, Some(true), "whether money moved")?;
    }

    a_key_that_is_written_down_again_is_taken(ground) {
        let other = ground.elsewhere().await?;
        let one = ground.process().await?;
        let ask = Ask::void("M1");
        let ticket = other.ended(&ask, OutcomeKind::Approved).await?;
        let facts = other.call(&ticket.call).await?.facts;
        restored(&one, StoreCommand::Restore(facts)).await?;
        // The journals' keys differ, and so do the fingerprints: refused is what is safe.
        match one.begin(&ask).await? {
            Ok(StoreReceipt::Replayed(call)) => equal(call.id, ticket.call, "the call")?,
            Err(refused) => equal(refused.call(), Some(&ticket.call), "the call")?,
            Ok(other) => return Err(Fault(format!("a key is used twice: {other:?}"))),
        }
    }

    whoever_is_written_down_again_beside_another_is_an_alarm(ground) {
        let other = ground.elsewhere().await?;
        let one = ground.process().await?;
        one.begun(&Ask::void("M1")).await?;
        let lost = other.begun(&Ask::void("M1")).await?;
        let facts = other.call(&lost.call).await?.facts;
        restored(&one, StoreCommand::Restore(facts)).await?;
        let view = one.view(&lost.call).await?;
        must(view.is_open(), "it is closed")?;
        let alarm = view.alarms.iter().any(|alarm| alarm.alarm == AlarmKind::RestoredTwice);
        must(alarm, "there is no alarm")?;
        equal(one.open().await?.len(), 2, "the number of open calls")?;
    }

    a_call_that_comes_without_its_beginning_is_refused(ground) {
        let other = ground.elsewhere().await?;
        let one = ground.process().await?;
        let lost = other.begun(&Ask::void("M1")).await?;
        let mut facts = other.call(&lost.call).await?.facts;
        facts.remove(0);
        let refused = one.refusal(StoreCommand::Restore(facts)).await?;
        equal(refused, StoreRefusal::NoSuchCall { call: lost.call }, "the refusal")?;
        equal(one.count().await?, 0, "the number of facts")?;
    }

    a_whole_journal_moves(ground) {
        let other = ground.elsewhere().await?;
        let one = ground.process().await?;
        let void = other.ended(&Ask::void("M1"), OutcomeKind::Unknown).await?;
        let ids = [
            Ask::void("-").order_id(OrderIdKind::Merchant, "M1"),
            Ask::void("-").order_id(OrderIdKind::Ums, "U1"),
        ];
        let [merchant, ums] = ids;
        let link = Link::new(fresh_fact()?, void.call.clone(), void.attempt, merchant, ums);
        other.done(StoreCommand::Link(Box::new(link))).await?;
        let day = chrono::NaiveDate::from_ymd_opt(2023, 7, 18).unwrap_or_default();
        let line = TraceLine::new("gateway", "merchant", "terminal", day);
        let take = |fact| TakeTraceNumbers::new(fact, line.clone(), 16);
        other.done(StoreCommand::TakeTraceNumbers(take(fresh_fact()?))).await?;
        let facts = other.facts().await?;
        let count = restored(&one, StoreCommand::Restore(facts.clone())).await?;
        equal(count, facts.len(), "the number of facts")?;
        let (from, to) = (other.store.head().await?, one.store.head().await?);
        equal((to.facts, to.chain), (from.facts, from.chain), "the head")?;
        let after = ground.after_crash().await?;
        let numbers = after.done(StoreCommand::TakeTraceNumbers(take(fresh_fact()?))).await?;
        equal(numbers, StoreReceipt::TraceNumbers(17, 16), "the next trace numbers")?;
        let expected = StoreRefusal::SameIdentity { call: void.call.clone() };
        equal(after.refused(&Ask::void("-").by_ums("U1")).await?, expected, "by a linked id")?;
        let late = ended(&void, OutcomeKind::Approved)?;
        after.record(late).await?;
    }
}
