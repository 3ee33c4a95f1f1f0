//! What a process that is gone has left, another one takes up, one at a time.

use std::time::Duration;

use crate::fact::entry::ClosedAs;
use crate::fact::state::State;
use crate::outcome_kind::OutcomeKind;
use crate::record::RecordedOutcome;
use crate::store::command::{StoreCommand, StoreReceipt, Ticket};
use crate::store::filter::Filter;
use crate::store::refused::StoreRefusal;
use crate::store_kit::ask::Ask;
use crate::store_kit::case::cases;
use crate::store_kit::fault::{equal, must};
use crate::store_kit::ground::{LEASE, Process, SETTLES_AFTER, side_by_side};

fn held(ticket: &Ticket, by: &Process) -> StoreRefusal {
    StoreRefusal::Held {
        call: ticket.call.clone(),
        owner: by.owner.clone(),
    }
}

cases! {
    a_call_of_a_process_that_lives_is_not_taken(ground) {
        let (one, two) = ground.two().await?;
        for ask in [Ask::void("M1"), Ask::void("M2").intended()] {
            let ticket = one.begun(&ask).await?;
            for process in [&one, &two] {
                let result = process.claim(&ticket.call).await?;
                equal(result, Err(held(&ticket, &one)), "the result")?;
            }
        }
    }

    a_call_is_not_taken_a_moment_before_the_lease_ends(ground) {
        let (one, two) = ground.two().await?;
        let ticket = one.begun(&Ask::void("M1")).await?;
        ground.advance(LEASE - Duration::from_millis(500)).await;
        must(two.claim(&ticket.call).await?.is_err(), "it is taken while its owner lives")?;
        ground.advance(Duration::from_millis(500)).await;
        two.claimed(&ticket.call).await?;
    }

    what_was_not_sending_yet_is_not_sent(ground) {
        let (one, two) = ground.two().await?;
        let ticket = one.begun(&Ask::void("M1").intended()).await?;
        ground.advance(LEASE).await;
        let (_, view) = two.claimed(&ticket.call).await?;
        equal(view.outcome, Some(RecordedOutcome::NotSent), "its outcome")?;
        must(!view.is_open(), "it is open")?;
        must(!two.call(&ticket.call).await?.is_held(), "it is held though it is over")?;
        two.begun(&Ask::refund("M1", "R1")).await?;
    }

    what_was_sending_is_unknown(ground) {
        let (one, two) = ground.two().await?;
        let ticket = one.begun(&Ask::void("M1")).await?;
        ground.advance(LEASE).await;
        let (taken, view) = two.claimed(&ticket.call).await?;
        equal(view.outcome, Some(RecordedOutcome::Unknown), "its outcome")?;
        must(view.is_open(), "it is closed")?;
        must(taken.epoch > ticket.epoch, "it has no later epoch")?;
        let after = ground.after_crash().await?.view(&ticket.call).await?;
        equal(after.outcome, Some(RecordedOutcome::Unknown), "its outcome after a crash")?;
    }

    an_unknown_call_is_asked_about_by_one(ground) {
        let (one, two) = ground.two().await?;
        let ticket = one.ended(&Ask::void("M1"), OutcomeKind::Unknown).await?;
        let (_, view) = two.claimed(&ticket.call).await?;
        equal(view.state, State::Resolving, "its state")?;
        equal(one.claim(&ticket.call).await?, Err(held(&ticket, &two)), "the second claim")?;
    }

    one_of_many_claims_is_granted(ground) {
        let mut processes = Vec::new();
        for _ in 0..4 {
            processes.push(ground.process().await?);
        }
        for round in 0..8 {
            let ask = Ask::void(&format!("M{round}"));
            let ticket = processes[0].ended(&ask, OutcomeKind::Unknown).await?;
            let claims = processes.iter().map(|process| process.claim(&ticket.call));
            let mut granted = 0;
            for result in side_by_side(claims).await {
                granted += u32::from(result?.is_ok());
            }
            equal(granted, 1, "the number of claims that are granted")?;
        }
    }

    a_resolver_that_is_gone_is_followed_by_another(ground) {
        let (one, two) = ground.two().await?;
        let ticket = one.ended(&Ask::void("M1"), OutcomeKind::Unknown).await?;
        let (first, _) = one.claimed(&ticket.call).await?;
        ground.advance(LEASE).await;
        let (second, view) = two.claimed(&ticket.call).await?;
        equal(view.state, State::Resolving, "its state")?;
        must(second.epoch > first.epoch, "it has no later epoch")?;
    }

    a_heartbeat_keeps_calls(ground) {
        let (one, two) = ground.two().await?;
        let ticket = one.begun(&Ask::void("M1")).await?;
        for _ in 0..5 {
            ground.advance(LEASE / 2).await;
            let had_ended = one.store.heartbeat(&one.owner, LEASE).await?;
            must(!had_ended, "a lease that runs is said to have ended")?;
        }
        equal(two.claim(&ticket.call).await?, Err(held(&ticket, &one)), "the claim")?;
        ground.advance(LEASE).await;
        two.claimed(&ticket.call).await?;
    }

    a_heartbeat_keeps_no_other_process_alive(ground) {
        let (one, two) = ground.two().await?;
        let ticket = one.begun(&Ask::void("M1")).await?;
        ground.advance(LEASE / 2).await;
        two.store.heartbeat(&two.owner, LEASE * 10).await?;
        ground.advance(LEASE / 2).await;
        two.claimed(&ticket.call).await?;
    }

    a_heartbeat_tells_that_the_lease_had_ended(ground) {
        let one = ground.process().await?;
        must(!one.store.heartbeat(&one.owner, LEASE).await?, "the first one says so")?;
        ground.advance(LEASE).await;
        must(one.store.heartbeat(&one.owner, LEASE).await?, "one that is late does not say so")?;
        must(!one.store.heartbeat(&one.owner, LEASE).await?, "the one after it says so")?;
    }

    a_heartbeat_is_no_fact(ground) {
        let one = ground.process().await?;
        let before = one.count().await?;
        one.store.heartbeat(&one.owner, LEASE).await?;
        equal(one.count().await?, before, "the number of facts")?;
    }

    a_call_that_begins_renews_the_lease(ground) {
        let (one, two) = ground.two().await?;
        let first = one.begun(&Ask::void("M1")).await?;
        ground.advance(LEASE - Duration::from_secs(1)).await;
        one.begun(&Ask::void("M2")).await?;
        ground.advance(LEASE - Duration::from_secs(1)).await;
        equal(two.claim(&first.call).await?, Err(held(&first, &one)), "the claim")?;
    }

    a_call_is_given_back(ground) {
        let (one, two) = ground.two().await?;
        let ticket = one.ended(&Ask::void("M1"), OutcomeKind::Unknown).await?;
        let (taken, _) = one.claimed(&ticket.call).await?;
        equal(one.done(StoreCommand::Release(taken)).await?, StoreReceipt::Released, "the result")?;
        two.claimed(&ticket.call).await?;
    }

    a_call_is_given_back_by_its_holder_only(ground) {
        let (one, two) = ground.two().await?;
        let ticket = one.ended(&Ask::void("M1"), OutcomeKind::Unknown).await?;
        let (taken, _) = one.claimed(&ticket.call).await?;
        let mut other = taken.clone();
        other.owner = two.owner.clone();
        let expected = StoreRefusal::Fenced { call: ticket.call.clone() };
        equal(two.refusal(StoreCommand::Release(other)).await?, expected.clone(), "another one")?;
        ground.advance(LEASE).await;
        two.claimed(&ticket.call).await?;
        equal(one.refusal(StoreCommand::Release(taken)).await?, expected, "an older epoch")?;
    }

    a_call_that_runs_is_not_given_back(ground) {
        let one = ground.process().await?;
        let ticket = one.begun(&Ask::void("M1")).await?;
        let expected = StoreRefusal::StillRunning { call: ticket.call.clone() };
        equal(one.refusal(StoreCommand::Release(ticket)).await?, expected, "the refusal")?;
    }

    what_is_known_is_not_claimed(ground) {
        let one = ground.process().await?;
        for outcome in [OutcomeKind::Approved, OutcomeKind::Declined, OutcomeKind::NotSent] {
            let ticket = one.ended(&Ask::void(outcome.as_str()), outcome).await?;
            let expected = StoreRefusal::NotOpen { call: ticket.call.clone() };
            equal(one.claim(&ticket.call).await?, Err(expected), "the result")?;
        }
        let ticket = one.ended(&Ask::void("M1"), OutcomeKind::Unknown).await?;
        one.close(&ticket.call, ClosedAs::Approved).await?.map_err(|error| error.to_string())?;
        must(one.claim(&ticket.call).await?.is_err(), "a closed call is claimed")?;
    }

    a_call_that_has_ended_is_in_nobodys_hands(ground) {
        let (one, two) = ground.two().await?;
        let ticket = one.ended(&Ask::void("M1"), OutcomeKind::Unknown).await?;
        must(one.call(&ticket.call).await?.holder.is_none(), "it is held")?;
        two.claimed(&ticket.call).await?;
    }

    a_late_unknown_end_takes_no_call_from_a_resolver(ground) {
        let (one, two) = ground.two().await?;
        let ticket = one.begun(&Ask::void("M1")).await?;
        ground.advance(LEASE).await;
        two.claimed(&ticket.call).await?;
        one.end(&ticket, OutcomeKind::Unknown).await?;
        equal(one.claim(&ticket.call).await?, Err(held(&ticket, &two)), "the claim")?;
    }

    an_abandoned_call_is_found(ground) {
        let (one, two) = ground.two().await?;
        let ticket = one.begun(&Ask::void("M1")).await?;
        let mut abandoned = Filter::open();
        abandoned.abandoned = Some(true);
        equal(two.found(&abandoned).await?, Vec::new(), "what is found while it lives")?;
        ground.advance(LEASE).await;
        equal(two.found(&abandoned).await?, vec![ticket.call.clone()], "what is found after it")?;
        let mut of_one = Filter::open();
        of_one.owner = Some(one.owner.clone());
        equal(two.found(&of_one).await?, vec![ticket.call], "what it holds")?;
    }

    a_leases_end_is_no_fact(ground) {
        let one = ground.process().await?;
        one.begun(&Ask::void("M1")).await?;
        let before = one.count().await?;
        ground.advance(SETTLES_AFTER * 100).await;
        equal(one.count().await?, before, "the number of facts")?;
    }
}
