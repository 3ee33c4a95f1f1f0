//! An attempt is sent by whoever holds it, once.

use crate::call::ids::Epoch;
use crate::fact::entry::{ClosedAs, EndedFact, FactKind};
use crate::fact::state::State;
use crate::outcome_kind::OutcomeKind;
use crate::store::command::{StoreReceipt, Ticket};
use crate::store::contract::CommandResult;
use crate::store::refused::StoreRefusal;
use crate::store_kit::ask::Ask;
use crate::store_kit::case::cases;
use crate::store_kit::fault::{CaseResult, Fault, equal, must};
use crate::store_kit::ground::{LEASE, at_attempt, ended, fact, fresh_call, side_by_side};

fn fenced(ticket: &Ticket, result: CommandResult) -> CaseResult {
    let expected = StoreRefusal::Fenced {
        call: ticket.call.clone(),
    };
    match result {
        Err(refused) => equal(refused, expected, "the refusal"),
        Ok(_) => Err(Fault::from("what must not be sent may be sent")),
    }
}

cases! {
    an_intended_call_may_be_sent_by_its_owner(ground) {
        let one = ground.process().await?;
        let ticket = one.begun(&Ask::void("M1").intended()).await?;
        equal(one.view(&ticket.call).await?.state, State::Intended, "its state before")?;
        match one.send(&ticket).await? {
            Ok(StoreReceipt::Sent(sent)) => equal(sent, ticket.clone(), "what it is held by")?,
            other => return Err(Fault(format!("it may not be sent: {other:?}"))),
        }
        let view = ground.after_crash().await?.view(&ticket.call).await?;
        equal(view.state, State::Sending, "its state after")?;
        must(view.attempts[0].sending.is_some(), "how it is sent is not kept")?;
    }

    a_call_that_begins_with_a_plan_is_sending(ground) {
        let one = ground.process().await?;
        let before = one.count().await?;
        let ticket = one.begun(&Ask::void("M1")).await?;
        equal(one.view(&ticket.call).await?.state, State::Sending, "its state")?;
        equal(one.count().await? - before, 2, "the number of facts")?;
    }

    an_attempt_is_sent_once(ground) {
        let one = ground.process().await?;
        let ticket = one.begun(&Ask::void("M1")).await?;
        fenced(&ticket, one.send(&ticket).await?)?;
    }

    only_its_owner_sends_an_attempt(ground) {
        let (one, two) = ground.two().await?;
        let ticket = one.begun(&Ask::void("M1").intended()).await?;
        let mut other = ticket.clone();
        other.owner = two.owner.clone();
        fenced(&ticket, two.send(&other).await?)?;
    }

    an_older_epoch_sends_nothing(ground) {
        let one = ground.process().await?;
        let first = one.ended(&Ask::void("M1").key("k1").intended(), OutcomeKind::NotSent).await?;
        let second = one.begun(&Ask::void("M1").key("k1").intended()).await?;
        let mut old = second.clone();
        old.epoch = first.epoch;
        fenced(&second, one.send(&old).await?)?;
        let mut newer = second.clone();
        newer.epoch = Epoch::new(second.epoch.get() + 1);
        fenced(&second, one.send(&newer).await?)?;
        must(one.send(&second).await?.is_ok(), "the right epoch may not send")?;
    }

    another_attempt_is_not_sent(ground) {
        let one = ground.process().await?;
        let ticket = one.begun(&Ask::void("M1").intended()).await?;
        fenced(&ticket, one.send(&at_attempt(&ticket, 2)).await?)?;
    }

    a_call_that_has_ended_is_not_sent(ground) {
        let one = ground.process().await?;
        for outcome in OutcomeKind::ALL {
            let ask = Ask::void(outcome.as_str()).intended();
            let ticket = one.ended(&ask, *outcome).await?;
            fenced(&ticket, one.send(&ticket).await?)?;
        }
    }

    a_call_that_was_recovered_is_not_sent(ground) {
        let (one, two) = ground.two().await?;
        let ticket = one.begun(&Ask::void("M1").intended()).await?;
        ground.advance(LEASE).await;
        two.claimed(&ticket.call).await?;
        fenced(&ticket, one.send(&ticket).await?)?;
    }

    a_call_that_a_person_closed_is_not_sent(ground) {
        let one = ground.process().await?;
        let ticket = one.ended(&Ask::void("M1"), OutcomeKind::Unknown).await?;
        one.close(&ticket.call, ClosedAs::Approved).await?.map_err(|error| error.to_string())?;
        fenced(&ticket, one.send(&ticket).await?)?;
    }

    the_end_of_a_lease_alone_fences_nothing(ground) {
        let one = ground.process().await?;
        let ticket = one.begun(&Ask::void("M1").intended()).await?;
        ground.advance(LEASE * 10).await;
        must(one.send(&ticket).await?.is_ok(), "nobody has taken it, and it may not be sent")?;
    }

    a_call_that_is_not_there_is_not_sent(ground) {
        let one = ground.process().await?;
        let mut ticket = one.begun(&Ask::void("M1").intended()).await?;
        ticket.call = fresh_call()?;
        let expected = StoreRefusal::NoSuchCall { call: ticket.call.clone() };
        equal(one.send(&ticket).await?, Err(expected), "the result")?;
    }

    after_proof_that_nothing_was_sent_an_attempt_follows_at_once(ground) {
        let one = ground.process().await?;
        let first = one.begun(&Ask::void("M1")).await?;
        let proof = ended(&first, OutcomeKind::NotSent)?;
        let second = match one.send_again(&first, proof).await? {
            Ok(StoreReceipt::Sent(ticket)) => ticket,
            other => return Err(Fault(format!("no attempt follows: {other:?}"))),
        };
        equal(second.attempt, first.attempt.next(), "the attempt")?;
        let view = one.view(&first.call).await?;
        equal(view.state, State::Sending, "its state")?;
        equal(view.attempts[0].outcome, Some(OutcomeKind::NotSent), "the first attempt")?;
        fenced(&first, one.send_again(&first, ended(&first, OutcomeKind::NotSent)?).await?)?;
    }

    nothing_else_proves_that_nothing_was_sent(ground) {
        let one = ground.process().await?;
        let ticket = one.begun(&Ask::void("M1")).await?;
        let elsewhere = one.begun(&Ask::void("M2")).await?;
        let before = one.count().await?;
        for proof in [
            ended(&ticket, OutcomeKind::Unknown)?,
            ended(&ticket, OutcomeKind::Declined)?,
            ended(&at_attempt(&ticket, 2), OutcomeKind::NotSent)?,
            ended(&elsewhere, OutcomeKind::NotSent)?,
        ] {
            let result = one.send_again(&ticket, proof).await?;
            equal(result, Err(StoreRefusal::NotLearnt), "the result")?;
        }
        equal(one.count().await?, before, "the number of facts")?;
    }

    nothing_is_sent_once_money_has_moved_by_an_earlier_attempt(ground) {
        let one = ground.process().await?;
        let ask = Ask::void("M1").intended();
        let first = one.ended(&ask, OutcomeKind::NotSent).await?;
        let second = one.begun(&ask).await?;
        one.end(&first, OutcomeKind::Approved).await?;
        fenced(&second, one.send(&second).await?)?;
    }

    an_attempt_that_two_want_to_send_is_sent_once(ground) {
        let one = ground.process().await?;
        for round in 0..8 {
            let ticket = one.begun(&Ask::void(&format!("M{round}")).intended()).await?;
            let sends = (0..4).map(|_| one.send(&ticket));
            let mut sent = 0;
            for result in side_by_side(sends).await {
                sent += u32::from(result?.is_ok());
            }
            equal(sent, 1, "how often an attempt may be sent")?;
        }
    }

    a_late_end_of_one_attempt_moves_no_other(ground) {
        let one = ground.process().await?;
        let ask = Ask::void("M1");
        let first = one.ended(&ask, OutcomeKind::NotSent).await?;
        one.begun(&ask).await?;
        let mut late = EndedFact::new(OutcomeKind::NotSent).with_reason("deadline");
        late.nonce = one.nonce(&first).await?;
        one.record(fact(&first, FactKind::Ended(late))?).await?;
        let view = one.view(&first.call).await?;
        equal(view.state, State::Sending, "the state of the call")?;
        equal(view.attempts[1].outcome, None, "the outcome of the second attempt")?;
        must(view.is_open(), "the second attempt was closed by a fact of the first")?;
    }
}
