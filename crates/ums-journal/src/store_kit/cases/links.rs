//! An order has two ids, and a reply that has both links them.

use crate::call::identity::OrderIdKind;
use crate::call::ids::{AttemptNumber, CallId};
use crate::fact::entry::{AlarmKind, StoredFinding};
use crate::outcome_kind::OutcomeKind;
use crate::store::command::{Link, StoreCommand, StoreReceipt, Ticket};
use crate::store::filter::Filter;
use crate::store::refused::StoreRefusal;
use crate::store_kit::ask::Ask;
use crate::store_kit::case::cases;
use crate::store_kit::fault::{CaseResult, Fault, equal, must};
use crate::store_kit::ground::{Process, fresh_call, fresh_fact};

fn link(ticket: &Ticket, merchant: &str, ums: &str) -> CaseResult<StoreCommand> {
    let ask = Ask::void("-");
    let one = ask.order_id(OrderIdKind::Merchant, merchant);
    let other = ask.order_id(OrderIdKind::Ums, ums);
    let (call, attempt) = (ticket.call.clone(), ticket.attempt);
    Ok(StoreCommand::Link(Box::new(Link::new(
        fresh_fact()?,
        call,
        attempt,
        one,
        other,
    ))))
}

async fn linked(
    process: &Process,
    ticket: &Ticket,
    merchant: &str,
    ums: &str,
) -> CaseResult<Vec<(CallId, CallId)>> {
    match process.done(link(ticket, merchant, ums)?).await? {
        StoreReceipt::Linked(pairs) => Ok(pairs),
        other => Err(Fault(format!("a link comes to {other:?}"))),
    }
}

cases! {
    a_link_makes_two_ids_one_identity(ground) {
        let (one, two) = ground.two().await?;
        let pay = one.ended(&Ask::pay("M1"), OutcomeKind::Approved).await?;
        linked(&one, &pay, "M1", "U1").await?;
        let void = one.begun(&Ask::void("M1")).await?;
        let expected = StoreRefusal::SameIdentity { call: void.call };
        equal(two.refused(&Ask::void("-").by_ums("U1")).await?, expected, "the refusal")?;
    }

    a_link_that_comes_later_makes_two_ids_one_identity(ground) {
        let one = ground.process().await?;
        let void = one.ended(&Ask::void("M1"), OutcomeKind::Approved).await?;
        linked(&one, &void, "M1", "U1").await?;
        let expected = StoreRefusal::SameIdentity { call: void.call };
        equal(one.refused(&Ask::void("-").by_ums("U1")).await?, expected, "the refusal")?;
    }

    a_link_guards_an_order_by_both_ids(ground) {
        let one = ground.process().await?;
        let void = one.begun(&Ask::void("M1")).await?;
        linked(&one, &void, "M1", "U1").await?;
        let expected = StoreRefusal::OrderBusy { calls: vec![void.call] };
        equal(one.refused(&Ask::refund("-", "R1").by_ums("U1")).await?, expected, "the refusal")?;
    }

    links_reach_over_each_other(ground) {
        let one = ground.process().await?;
        let pay = one.ended(&Ask::pay("M1"), OutcomeKind::Approved).await?;
        linked(&one, &pay, "M1", "U1").await?;
        linked(&one, &pay, "M2", "U1").await?;
        let void = one.begun(&Ask::void("M1")).await?;
        let expected = StoreRefusal::SameIdentity { call: void.call };
        equal(one.refused(&Ask::void("M2")).await?, expected, "the refusal")?;
    }

    a_link_survives_a_crash(ground) {
        let one = ground.process().await?;
        let void = one.begun(&Ask::void("M1")).await?;
        linked(&one, &void, "M1", "U1").await?;
        let after = ground.after_crash().await?;
        let expected = StoreRefusal::SameIdentity { call: void.call };
        equal(after.refused(&Ask::void("-").by_ums("U1")).await?, expected, "the refusal")?;
    }

    a_link_that_joins_two_open_calls_leaves_both_open(ground) {
        let one = ground.process().await?;
        let first = one.begun(&Ask::void("M1")).await?;
        let second = one.begun(&Ask::void("-").by_ums("U1")).await?;
        let pairs = linked(&one, &first, "M1", "U1").await?;
        equal(pairs.len(), 1, "the number of pairs that are joined")?;
        for (ticket, other) in [(&first, &second), (&second, &first)] {
            let view = one.view(&ticket.call).await?;
            must(view.is_open(), "a link has closed a call")?;
            let alarm = view.alarms.iter().any(|alarm| {
                alarm.alarm == AlarmKind::LinkJoinedOpenCalls
                    && alarm.other.as_ref() == Some(&other.call)
            });
            must(alarm, "no alarm is beside a call that a link has joined with another")?;
        }
    }

    a_link_of_what_is_over_raises_no_alarm(ground) {
        let one = ground.process().await?;
        let first = one.ended(&Ask::void("M1"), OutcomeKind::Declined).await?;
        one.begun(&Ask::void("-").by_ums("U1")).await?;
        equal(linked(&one, &first, "M1", "U1").await?, Vec::new(), "the pairs that are joined")?;
    }

    a_link_that_is_written_twice_is_one(ground) {
        let one = ground.process().await?;
        let void = one.begun(&Ask::void("M1")).await?;
        let link = link(&void, "M1", "U1")?;
        one.done(link.clone()).await?;
        let before = one.count().await?;
        one.done(link).await?;
        equal(one.count().await?, before, "the number of facts")?;
    }

    a_link_that_is_known_joins_nothing(ground) {
        let one = ground.process().await?;
        let pay = one.begun(&Ask::pay("M1")).await?;
        let void = one.begun(&Ask::void("M1")).await?;
        for ticket in [&pay, &void] {
            equal(linked(&one, ticket, "M1", "U1").await?, Vec::new(), "the pairs")?;
        }
        must(one.view(&pay.call).await?.alarms.is_empty(), "there is an alarm")?;
    }

    a_link_never_fails(ground) {
        let one = ground.process().await?;
        let nobody = Ticket::new(
            fresh_call()?,
            AttemptNumber::FIRST,
            one.owner.clone(),
            crate::call::ids::Epoch::new(1),
        );
        linked(&one, &nobody, "M1", "U1").await?;
        let void = one.begun(&Ask::void("M1")).await?;
        let expected = StoreRefusal::SameIdentity { call: void.call };
        equal(one.refused(&Ask::void("-").by_ums("U1")).await?, expected, "the refusal")?;
    }

    calls_are_found_by_a_linked_id(ground) {
        let one = ground.process().await?;
        let void = one.begun(&Ask::void("M1")).await?;
        linked(&one, &void, "M1", "U1").await?;
        equal(one.found(&Filter::new().with_order("U1")).await?, vec![void.call], "what is found")?;
    }

    what_two_calls_were_found_to_have_done_counts_once(ground) {
        let one = ground.process().await?;
        let first = one.ended(&Ask::void("M1"), OutcomeKind::Unknown).await?;
        let second = one.ended(&Ask::void("-").by_ums("U1"), OutcomeKind::Unknown).await?;
        linked(&one, &first, "M1", "U1").await?;
        for ticket in [&first, &second] {
            let found = one.resolve(ticket, StoredFinding::Executed).await?;
            found.map_err(|refused| Fault(refused.to_string()))?;
        }
        let counts = [
            one.view(&first.call).await?.counts_as_executed(),
            one.view(&second.call).await?.counts_as_executed(),
        ];
        equal(counts, [true, false], "which of two calls counts")?;
        for ticket in [&first, &second] {
            equal(one.view(&ticket.call).await?.executed, Some(true), "whether it was executed")?;
        }
    }

    a_reply_counts_before_what_was_found(ground) {
        let one = ground.process().await?;
        let first = one.ended(&Ask::void("M1"), OutcomeKind::Unknown).await?;
        let second = one.begun(&Ask::void("-").by_ums("U1")).await?;
        linked(&one, &first, "M1", "U1").await?;
        let found = one.resolve(&first, StoredFinding::Executed).await?;
        found.map_err(|refused| Fault(refused.to_string()))?;
        one.end(&second, OutcomeKind::Approved).await?;
        let counts = [
            one.view(&first.call).await?.counts_as_executed(),
            one.view(&second.call).await?.counts_as_executed(),
        ];
        equal(counts, [false, true], "which of two calls counts")?;
    }

    a_link_that_comes_last_has_a_movement_counted_once(ground) {
        let one = ground.process().await?;
        let found = one.ended(&Ask::void("M1"), OutcomeKind::Unknown).await?;
        let replied = one.ended(&Ask::void("-").by_ums("U1"), OutcomeKind::Approved).await?;
        let result = one.resolve(&found, StoredFinding::Executed).await?;
        result.map_err(|refused| Fault(refused.to_string()))?;
        must(one.view(&found.call).await?.counts_as_executed(), "it does not count before")?;
        linked(&one, &found, "M1", "U1").await?;
        let counts = [
            one.view(&found.call).await?.counts_as_executed(),
            one.view(&replied.call).await?.counts_as_executed(),
        ];
        equal(counts, [false, true], "which of two calls counts")?;
    }

    of_two_that_a_link_finds_to_be_one_the_first_counts(ground) {
        let one = ground.process().await?;
        let first = one.ended(&Ask::void("M1"), OutcomeKind::Unknown).await?;
        let second = one.ended(&Ask::void("-").by_ums("U1"), OutcomeKind::Unknown).await?;
        for ticket in [&first, &second] {
            let found = one.resolve(ticket, StoredFinding::Executed).await?;
            found.map_err(|refused| Fault(refused.to_string()))?;
        }
        linked(&one, &second, "M1", "U1").await?;
        let counts = [
            one.view(&first.call).await?.counts_as_executed(),
            one.view(&second.call).await?.counts_as_executed(),
        ];
        equal(counts, [true, false], "which of two calls counts")?;
    }
}
