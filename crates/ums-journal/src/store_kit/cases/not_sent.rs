//! That an attempt was not sent is believed of the very attempt that it is said of.

use crate::fact::entry::{EndedFact, Fact, FactKind};
use crate::fact::state::State;
use crate::outcome_kind::OutcomeKind;
use crate::record::RecordedOutcome;
use crate::store::command::{StoreCommand, Ticket};
use crate::store::refused::StoreRefusal;
use crate::store_kit::ask::Ask;
use crate::store_kit::case::cases;
use crate::store_kit::fault::{CaseResult, equal, must};
use crate::store_kit::ground::{Process, fact};

fn not_sent(ticket: &Ticket, nonce: Option<&str>) -> CaseResult<Fact> {
    let mut ended = EndedFact::new(OutcomeKind::NotSent);
    ended.nonce = nonce.map(ToOwned::to_owned);
    fact(ticket, FactKind::Ended(ended))
}

async fn refused(process: &Process, ticket: &Ticket, nonce: Option<&str>) -> CaseResult {
    let record = StoreCommand::Record(Box::new(not_sent(ticket, nonce)?));
    let expected = StoreRefusal::OtherAttempt {
        call: ticket.call.clone(),
    };
    equal(process.refusal(record).await?, expected, "the refusal")
}

cases! {
    what_is_sending_was_not_sent_by_its_nonce_only(ground) {
        let one = ground.process().await?;
        let ticket = one.begun(&Ask::void("M1")).await?;
        let before = one.count().await?;
        for nonce in [None, Some("another-nonce")] {
            refused(&one, &ticket, nonce).await?;
        }
        equal(one.count().await?, before, "the number of facts")?;
        equal(one.view(&ticket.call).await?.state, State::Sending, "its state")?;
        let nonce = one.nonce(&ticket).await?;
        one.record(not_sent(&ticket, nonce.as_deref())?).await?;
        let view = one.view(&ticket.call).await?;
        equal(view.outcome, Some(RecordedOutcome::NotSent), "its outcome")?;
    }

    an_attempt_of_another_process_is_not_ended_as_not_sent(ground) {
        let (one, two) = ground.two().await?;
        let ask = Ask::pay("M1");
        let first = one.ended(&ask, OutcomeKind::NotSent).await?;
        let second = two.begun(&ask).await?;
        equal(second.attempt, first.attempt.next(), "the attempt of the other process")?;
        // The first one was about to make an attempt with that number, and does not know whether it
        // did.
        refused(&one, &second, Some("the-nonce-of-the-first-process")).await?;
        two.end(&second, OutcomeKind::Unknown).await?;
        refused(&one, &second, Some("the-nonce-of-the-first-process")).await?;
        must(one.view(&second.call).await?.is_open(), "what may have been carried out is closed")?;
        two.end(&second, OutcomeKind::Approved).await?;
        must(!one.view(&second.call).await?.contradicted, "it is contradicted")?;
    }

    what_is_not_sending_was_not_sent(ground) {
        let one = ground.process().await?;
        for (order, nonce) in [("M1", None), ("M2", Some("the-nonce-that-it-was-to-have"))] {
            let ticket = one.begun(&Ask::void(order).intended()).await?;
            one.record(not_sent(&ticket, nonce)?).await?;
            let sent = one.send(&ticket).await?;
            must(sent.is_err(), "what was not sent is sent")?;
        }
    }
}
