//! A person closes what nobody can find out.

use std::time::Duration;

use crate::fact::entry::{ClosedAs, FactKind};
use crate::fact::state::State;
use crate::outcome_kind::OutcomeKind;
use crate::record::RecordedOutcome;
use crate::store::command::{StoreCommand, StoreReceipt};
use crate::store::refused::StoreRefusal;
use crate::store_kit::ask::Ask;
use crate::store_kit::case::cases;
use crate::store_kit::fault::{Fault, equal, must};
use crate::store_kit::ground::{LEASE, SETTLES_AFTER, close};

cases! {
    an_unknown_call_is_closed_as_approved_at_any_time(ground) {
        let one = ground.process().await?;
        let ticket = one.ended(&Ask::void("M1"), OutcomeKind::Unknown).await?;
        let closed = one.close(&ticket.call, ClosedAs::Approved).await?;
        equal(closed, Ok(StoreReceipt::Closed), "the result")?;
        let view = ground.after_crash().await?.view(&ticket.call).await?;
        equal(view.state, State::Closed, "its state")?;
        equal(view.outcome, Some(RecordedOutcome::Approved), "its outcome")?;
    }

    it_is_closed_as_declined_only_after_the_wait(ground) {
        let one = ground.process().await?;
        let ticket = one.ended(&Ask::void("M1"), OutcomeKind::Unknown).await?;
        let expected = StoreRefusal::TooEarly { call: ticket.call.clone(), wait: Some(SETTLES_AFTER) };
        equal(one.close(&ticket.call, ClosedAs::Declined).await?, Err(expected), "at once")?;
        must(one.view(&ticket.call).await?.is_open(), "it is closed")?;
        ground.advance(SETTLES_AFTER - Duration::from_secs(1)).await;
        must(one.close(&ticket.call, ClosedAs::Declined).await?.is_err(), "a second too early")?;
        ground.advance(Duration::from_secs(1)).await;
        let closed = one.close(&ticket.call, ClosedAs::Declined).await?;
        equal(closed, Ok(StoreReceipt::Closed), "after the wait")?;
        let view = one.view(&ticket.call).await?;
        equal(view.outcome, Some(RecordedOutcome::Declined), "its outcome")?;
    }

    a_statement_closes_it_without_a_wait(ground) {
        let one = ground.process().await?;
        let ticket = one.ended(&Ask::void("M1"), OutcomeKind::Unknown).await?;
        let close = close(&ticket.call, ClosedAs::Declined)?.with_statement();
        one.done(StoreCommand::Close(Box::new(close))).await?;
        must(!one.view(&ticket.call).await?.is_open(), "it is open")?;
    }

    a_call_that_runs_is_closed_by_nobody(ground) {
        let one = ground.process().await?;
        for ask in [Ask::void("M1"), Ask::void("M2").intended()] {
            let ticket = one.begun(&ask).await?;
            ground.advance(LEASE * 100).await;
            for closed_as in ClosedAs::ALL {
                let expected = StoreRefusal::StillRunning { call: ticket.call.clone() };
                equal(one.close(&ticket.call, *closed_as).await?, Err(expected), "the result")?;
            }
            one.end(&ticket, OutcomeKind::Declined).await?;
        }
    }

    a_call_that_is_known_is_not_closed(ground) {
        let one = ground.process().await?;
        for outcome in [OutcomeKind::Approved, OutcomeKind::Declined, OutcomeKind::NotSent] {
            let ticket = one.ended(&Ask::void(outcome.as_str()), outcome).await?;
            ground.advance(SETTLES_AFTER).await;
            for closed_as in ClosedAs::ALL {
                let expected = StoreRefusal::NotOpen { call: ticket.call.clone() };
                equal(one.close(&ticket.call, *closed_as).await?, Err(expected), "the result")?;
            }
        }
    }

    who_closed_a_call_and_why_is_kept(ground) {
        let one = ground.process().await?;
        let ticket = one.ended(&Ask::void("M1"), OutcomeKind::Unknown).await?;
        let close = close(&ticket.call, ClosedAs::Approved)?;
        let closed = close.closed.clone();
        one.done(StoreCommand::Close(Box::new(close))).await?;
        let facts = ground.after_crash().await?.call(&ticket.call).await?.facts;
        let kept = facts.iter().find_map(|fact| match &fact.fact().what {
            FactKind::Closed(closed) => Some(closed.clone()),
            _ => None,
        });
        equal(kept, Some(closed), "what is kept")?;
    }

    closing_twice_is_closing_once(ground) {
        let one = ground.process().await?;
        let ticket = one.ended(&Ask::void("M1"), OutcomeKind::Unknown).await?;
        let close = StoreCommand::Close(Box::new(close(&ticket.call, ClosedAs::Approved)?));
        one.done(close.clone()).await?;
        let before = one.count().await?;
        one.done(close).await?;
        equal(one.count().await?, before, "the number of facts")?;
    }

    a_call_that_awaits_a_statement_may_be_closed(ground) {
        let one = ground.process().await?;
        let ticket = one.ended(&Ask::void("M1"), OutcomeKind::Unknown).await?;
        one.claimed(&ticket.call).await?;
        let closed = one.close(&ticket.call, ClosedAs::Approved).await?;
        if closed != Ok(StoreReceipt::Closed) {
            return Err(Fault(format!("it may not be closed while it is asked about: {closed:?}")));
        }
        must(!one.call(&ticket.call).await?.is_held(), "a closed call is held")?;
    }
}
