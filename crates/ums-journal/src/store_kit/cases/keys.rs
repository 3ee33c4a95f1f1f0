//! One key is one operation.

use crate::call::key::KeyScope;
use crate::fact::entry::{ClosedAs, StoredFinding};
use crate::fact::state::State;
use crate::outcome_kind::OutcomeKind;
use crate::record::RecordedOutcome;
use crate::store::command::{StoreCommand, StoreReceipt};
use crate::store::refused::StoreRefusal;
use crate::store_kit::ask::Ask;
use crate::store_kit::case::cases;
use crate::store_kit::fault::{Fault, equal, must};
use crate::store_kit::ground::{SETTLES_AFTER, side_by_side};

cases! {
    the_same_key_joins_a_call_that_runs(ground) {
        let (one, two) = ground.two().await?;
        let ask = Ask::void("M1");
        let ticket = one.begun(&ask).await?;
        for process in [&one, &two] {
            let joined = process.joined(&ask).await?;
            equal(&joined.id, &ticket.call, "the call that is joined")?;
            equal(joined.view.state, State::Sending, "its state")?;
            must(joined.is_held(), "a call that runs is not held")?;
        }
    }

    the_same_key_joins_a_call_that_is_not_sent_yet(ground) {
        let (one, two) = ground.two().await?;
        let ask = Ask::void("M1").intended();
        let ticket = one.begun(&ask).await?;
        equal(two.joined(&ask).await?.id, ticket.call, "the call that is joined")?;
    }

    the_same_key_is_answered_with_the_end_of_its_call(ground) {
        let (one, two) = ground.two().await?;
        for (outcome, recorded) in [
            (OutcomeKind::Approved, RecordedOutcome::Approved),
            (OutcomeKind::Declined, RecordedOutcome::Declined),
            (OutcomeKind::Unknown, RecordedOutcome::Unknown),
        ] {
            let ask = Ask::void(outcome.as_str());
            let ticket = one.ended(&ask, outcome).await?;
            let before = one.count().await?;
            let replayed = two.replayed(&ask).await?;
            equal(&replayed.id, &ticket.call, "the call that is replayed")?;
            equal(replayed.view.outcome, Some(recorded), "its outcome")?;
            equal(one.count().await?, before, "the number of facts after a replay")?;
        }
    }

    the_same_key_is_answered_with_what_was_found_out_later(ground) {
        let (one, two) = ground.two().await?;
        let ask = Ask::void("M1");
        let ticket = one.ended(&ask, OutcomeKind::Unknown).await?;
        ground.advance(SETTLES_AFTER).await;
        one.resolve(&ticket, StoredFinding::Absent).await?.map_err(|error| error.to_string())?;
        let replayed = two.replayed(&ask).await?;
        equal(replayed.view.outcome, Some(RecordedOutcome::NotExecuted), "its outcome")?;
        equal(replayed.view.state, State::Resolved, "its state")?;
    }

    the_same_key_is_answered_with_how_a_person_closed_its_call(ground) {
        let one = ground.process().await?;
        let ask = Ask::void("M1");
        let ticket = one.ended(&ask, OutcomeKind::Unknown).await?;
        one.close(&ticket.call, ClosedAs::Approved).await?.map_err(|error| error.to_string())?;
        let replayed = one.replayed(&ask).await?;
        equal(replayed.view.outcome, Some(RecordedOutcome::Approved), "its outcome")?;
        equal(replayed.view.state, State::Closed, "its state")?;
    }

    the_same_key_survives_a_crash(ground) {
        let one = ground.process().await?;
        let (open, ended) = (Ask::void("M1"), Ask::void("M2"));
        let running = one.begun(&open).await?;
        let approved = one.ended(&ended, OutcomeKind::Approved).await?;
        let after = ground.after_crash().await?;
        equal(after.joined(&open).await?.id, running.call, "the call that runs")?;
        equal(after.replayed(&ended).await?.id, approved.call, "the call that has ended")?;
    }

    a_key_of_another_request_is_refused(ground) {
        let (one, two) = ground.two().await?;
        let ask = Ask::refund("M1", "R1").key("one-key");
        let ticket = one.begun(&ask).await?;
        let others = [
            ask.clone().amount(1),
            Ask::refund("M2", "R1").key("one-key"),
            Ask::void("M1").key("one-key"),
        ];
        for ends in [None, Some(OutcomeKind::Unknown), Some(OutcomeKind::Approved)] {
            if let Some(outcome) = ends {
                one.end(&ticket, outcome).await?;
            }
            for other in &others {
                let before = two.count().await?;
                let expected = StoreRefusal::KeyOfAnotherRequest { call: ticket.call.clone() };
                equal(two.refused(other).await?, expected, "the refusal")?;
                equal(two.count().await?, before, "the number of facts after a refusal")?;
            }
        }
    }

    a_key_of_another_request_is_refused_after_not_sent(ground) {
        let one = ground.process().await?;
        let ask = Ask::refund("M1", "R1");
        let ticket = one.ended(&ask, OutcomeKind::NotSent).await?;
        let expected = StoreRefusal::KeyOfAnotherRequest { call: ticket.call };
        equal(one.refused(&ask.amount(1)).await?, expected, "the refusal")?;
    }

    one_request_in_other_words_is_the_same(ground) {
        let one = ground.process().await?;
        let ask = Ask::pay("M1").written(r#"{"merchantOrderId":"M1","transactionAmount":1}"#);
        let ticket = one.begun(&ask).await?;
        let again = ask.written(r#"{"transactionAmount":"1", "storeId":"", "merchantOrderId":"M1"}"#);
        equal(one.joined(&again).await?.id, ticket.call, "the call that is joined")?;
    }

    a_key_belongs_to_gateway_app_and_merchant(ground) {
        let one = ground.process().await?;
        let ask = Ask::void("M1").key("one-key");
        let mut calls = vec![one.begun(&ask).await?.call];
        for scope in [
            KeyScope::new("https://other.example", "made-up-app", "103290070111417"),
            KeyScope::new("https://gateway.example", "made-up-app", "other-merchant"),
        ] {
            calls.push(one.begun(&ask.clone().scope(scope)).await?.call);
        }
        // The order is one and the same under another AppId, so another order.
        let other_app =
            KeyScope::new("https://gateway.example", "other-app", "103290070111417");
        calls.push(one.begun(&Ask::void("M2").key("one-key").scope(other_app)).await?.call);
        calls.sort();
        calls.dedup();
        equal(calls.len(), 4, "the number of calls")?;
    }

    a_key_does_not_belong_to_a_profile(ground) {
        let one = ground.process().await?;
        let ask = Ask::void("M1");
        let ticket = one.begun(&ask).await?;
        let joined = one.joined(&ask.profile("other")).await?;
        equal(joined.id, ticket.call, "the call that is joined")?;
    }

    a_key_of_255_characters_is_kept_whole(ground) {
        let one = ground.process().await?;
        let long = "k".repeat(254);
        let first = one.begun(&Ask::void("M1").key(&format!("{long}a"))).await?;
        let second = one.begun(&Ask::void("M2").key(&format!("{long}b"))).await?;
        must(first.call != second.call, "two keys are one call")?;
    }

    keys_differ_in_the_case_of_their_letters(ground) {
        let one = ground.process().await?;
        let first = one.begun(&Ask::void("M1").key("Key")).await?;
        let second = one.begun(&Ask::void("M2").key("key")).await?;
        must(first.call != second.call, "two keys are one call")?;
    }

    what_begins_at_once_under_one_key_begins_once(ground) {
        let mut processes = Vec::new();
        for _ in 0..4 {
            processes.push(ground.process().await?);
        }
        for round in 0..8 {
            let ask = Ask::void(&format!("M{round}"));
            let begins = processes.iter().map(|process| process.begin(&ask));
            let mut begun = 0;
            for result in side_by_side(begins).await {
                match result? {
                    Ok(StoreReceipt::Begun(_)) => begun += 1,
                    Ok(StoreReceipt::Joined(_)) => {}
                    other => return Err(Fault(format!("a begin comes to {other:?}"))),
                }
            }
            equal(begun, 1, "the number of calls that begin under one key")?;
        }
    }

    a_refused_call_uses_up_no_key(ground) {
        let one = ground.process().await?;
        let open = one.begun(&Ask::void("M1")).await?;
        let ask = Ask::refund("M1", "R1");
        one.refused(&ask).await?;
        one.end(&open, OutcomeKind::Declined).await?;
        one.begun(&ask.amount(1)).await?;
    }

    after_not_sent_the_same_key_makes_a_further_attempt(ground) {
        let (one, two) = ground.two().await?;
        let ask = Ask::void("M1");
        let first = one.ended(&ask, OutcomeKind::NotSent).await?;
        let second = two.begun(&ask).await?;
        equal(&second.call, &first.call, "the call")?;
        equal(second.attempt, first.attempt.next(), "the attempt")?;
        must(second.epoch > first.epoch, "a further attempt has no later epoch")?;
        let view = one.view(&first.call).await?;
        equal(view.state, State::Sending, "its state")?;
        equal(view.attempts.len(), 2, "the number of attempts")?;
        equal(one.joined(&ask).await?.id, first.call, "the call that is joined")?;
    }

    a_further_attempt_passes_the_identity_again(ground) {
        let one = ground.process().await?;
        let ask = Ask::void("M1");
        one.ended(&ask, OutcomeKind::NotSent).await?;
        let other = one.begun(&ask.other_key()).await?;
        let expected = StoreRefusal::SameIdentity { call: other.call.clone() };
        equal(one.refused(&ask).await?, expected.clone(), "the refusal while the other is open")?;
        one.end(&other, OutcomeKind::Approved).await?;
        equal(one.refused(&ask).await?, expected, "the refusal after the other")?;
    }

    a_further_attempt_passes_the_order_again(ground) {
        let one = ground.process().await?;
        let ask = Ask::refund("M1", "R1");
        one.ended(&ask, OutcomeKind::NotSent).await?;
        let other = one.begun(&Ask::refund("M1", "R2")).await?;
        let calls = vec![other.call.clone()];
        equal(one.refused(&ask).await?, StoreRefusal::OrderBusy { calls }, "the refusal")?;
        one.end(&other, OutcomeKind::Approved).await?;
        one.begun(&ask).await?;
    }

    an_id_that_another_call_has_is_refused(ground) {
        let one = ground.process().await?;
        let ticket = one.begun(&Ask::void("M1")).await?;
        let twice = Ask::void("M2").call(ticket.call.clone());
        let expected = StoreRefusal::IdTaken { call: ticket.call };
        equal(one.refused(&twice).await?, expected, "the refusal")?;
    }

    what_a_call_asks_for_is_kept_whole(ground) {
        let one = ground.process().await?;
        let ask = Ask::refund("M1", "R1").and_ums("U1").profile("north").terminal("00000002");
        let begin = ask.begin(&one)?;
        let request = begin.request.clone();
        let call = begin.call.clone();
        one.done(StoreCommand::Begin(Box::new(begin))).await?;
        let view = ground.after_crash().await?.view(&call).await?;
        equal(view.request, request, "the request after a crash")?;
    }

    a_secret_is_not_kept(ground) {
        let one = ground.process().await?;
        one.begun(&Ask::pay("M1")).await?;
        let facts = one.facts().await?;
        let kept = facts.iter().any(|fact| fact.text().contains("280000000000000001"));
        must(!kept, "a pay code is in the facts")?;
    }

    a_request_without_an_order_is_told_by_its_key_only(ground) {
        let one = ground.process().await?;
        let mut begin = Ask::pay("M1").begin(&one)?;
        begin.request.identity = None;
        one.done(StoreCommand::Begin(Box::new(begin))).await?;
        let mut begin = Ask::pay("M1").begin(&one)?;
        begin.request.identity = None;
        one.done(StoreCommand::Begin(Box::new(begin))).await?;
    }
}
