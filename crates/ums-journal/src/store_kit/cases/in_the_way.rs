//! What came in the way of a call after it began is in the way of its sending.

use crate::call::identity::OrderIdKind;
use crate::fact::entry::StoredFinding;
use crate::outcome_kind::OutcomeKind;
use crate::store::command::{Link, StoreCommand, StoreReceipt, Ticket};
use crate::store::contract::CommandResult;
use crate::store::refused::StoreRefusal;
use crate::store_kit::ask::Ask;
use crate::store_kit::case::cases;
use crate::store_kit::fault::{CaseResult, Fault, equal, must};
use crate::store_kit::ground::{Process, SETTLES_AFTER, ended, fresh_fact};

/// A reply to the call shows that both ids are of one order.
async fn link(process: &Process, ticket: &Ticket) -> CaseResult {
    let ask = Ask::void("-");
    let link = Link::new(
        fresh_fact()?,
        ticket.call.clone(),
        ticket.attempt,
        ask.order_id(OrderIdKind::Merchant, "M1"),
        ask.order_id(OrderIdKind::Ums, "U1"),
    );
    process.done(StoreCommand::Link(Box::new(link))).await?;
    Ok(())
}

async fn send_again(process: &Process, ticket: &Ticket) -> CaseResult<CommandResult> {
    let proof = ended(ticket, OutcomeKind::NotSent)?;
    process.send_again(ticket, proof).await
}

fn sent(result: CommandResult) -> CaseResult<Ticket> {
    match result {
        Ok(StoreReceipt::Sent(ticket)) => Ok(ticket),
        other => Err(Fault(format!("it may not be sent: {other:?}"))),
    }
}

fn same(ticket: &Ticket) -> CommandResult {
    let call = ticket.call.clone();
    Err(StoreRefusal::SameIdentity { call })
}

fn busy(ticket: &Ticket) -> CommandResult {
    let calls = vec![ticket.call.clone()];
    Err(StoreRefusal::OrderBusy { calls })
}

cases! {
    what_another_id_of_the_order_has_done_is_not_sent(ground) {
        let (one, two) = ground.two().await?;
        let first = one.begun(&Ask::void("M1").intended()).await?;
        let second = two.ended(&Ask::void("-").by_ums("U1"), OutcomeKind::Approved).await?;
        link(&two, &second).await?;
        equal(one.send(&first).await?, same(&second), "the result")?;
        let view = one.view(&first.call).await?;
        must(view.attempts[0].sending.is_none(), "it is written down as sent")?;
        one.end(&first, OutcomeKind::NotSent).await?;
    }

    what_another_id_of_the_order_does_is_not_sent(ground) {
        let (one, two) = ground.two().await?;
        let first = one.begun(&Ask::void("M1").intended()).await?;
        let second = two.begun(&Ask::void("-").by_ums("U1")).await?;
        link(&two, &second).await?;
        equal(one.send(&first).await?, same(&second), "while it is sent")?;
        two.end(&second, OutcomeKind::Unknown).await?;
        equal(one.send(&first).await?, same(&second), "while it is unknown")?;
        two.end(&second, OutcomeKind::Declined).await?;
        sent(one.send(&first).await?)?;
    }

    what_another_id_of_the_order_has_done_is_not_sent_again(ground) {
        let (one, two) = ground.two().await?;
        let first = one.begun(&Ask::void("M1")).await?;
        let second = two.ended(&Ask::void("-").by_ums("U1"), OutcomeKind::Approved).await?;
        link(&two, &second).await?;
        let before = one.count().await?;
        equal(send_again(&one, &first).await?, same(&second), "the result")?;
        equal(one.count().await?, before, "the number of facts")?;
        let view = one.view(&first.call).await?;
        must(view.is_running() && view.attempts.len() == 1, "it is at another attempt")?;
        one.end(&first, OutcomeKind::NotSent).await?;
    }

    a_linked_order_that_is_busy_is_not_sent_to(ground) {
        let (one, two) = ground.two().await?;
        let refund = one.begun(&Ask::refund("M1", "R1").intended()).await?;
        let again = one.begun(&Ask::refund("M2", "R2")).await?;
        let void = two.begun(&Ask::void("-").by_ums("U1")).await?;
        link(&two, &void).await?;
        equal(one.send(&refund).await?, busy(&void), "the result")?;
        sent(send_again(&one, &again).await?)?;
    }

    what_was_found_missing_by_another_id_is_not_sent(ground) {
        let (one, two) = ground.two().await?;
        let first = one.begun(&Ask::pay("M1").intended()).await?;
        let second = two.ended(&Ask::pay("-").by_ums("U1"), OutcomeKind::Unknown).await?;
        link(&two, &second).await?;
        ground.advance(SETTLES_AFTER).await;
        let found = two.resolve(&second, StoredFinding::Absent).await?;
        found.map_err(|refused| Fault(refused.to_string()))?;
        let expected = Err(StoreRefusal::NotCertain { call: second.call });
        equal(one.send(&first).await?, expected, "the result")?;
    }

    a_payment_that_is_being_taken_back_is_not_sent(ground) {
        let (one, two) = ground.two().await?;
        let pay = one.begun(&Ask::pay("M1").intended()).await?;
        let void = two.begun(&Ask::void("M1")).await?;
        equal(one.send(&pay).await?, busy(&void), "the result")?;
        two.end(&void, OutcomeKind::Declined).await?;
        sent(one.send(&pay).await?)?;
    }

    a_payment_that_is_being_taken_back_is_not_sent_again(ground) {
        let (one, two) = ground.two().await?;
        let pay = one.begun(&Ask::pay("M1")).await?;
        let void = two.begun(&Ask::void("M1")).await?;
        equal(send_again(&one, &pay).await?, busy(&void), "the result")?;
    }

    what_takes_an_open_payment_back_is_sent(ground) {
        let (one, two) = ground.two().await?;
        one.begun(&Ask::pay("M1")).await?;
        let void = two.begun(&Ask::void("M1").intended()).await?;
        let void = sent(two.send(&void).await?)?;
        sent(send_again(&two, &void).await?)?;
    }

    what_began_in_spite_of_a_call_is_sent_in_spite_of_it(ground) {
        let (one, two) = ground.two().await?;
        let void = one.ended(&Ask::void("M1"), OutcomeKind::Unknown).await?;
        let ask = Ask::refund("M1", "R1").key("k1").intended().despite(&[&void.call]);
        let refund = sent(two.send(&two.begun(&ask).await?).await?)?;
        let refund = sent(send_again(&two, &refund).await?)?;
        // A further begin names what it is in spite of anew.
        two.end(&refund, OutcomeKind::NotSent).await?;
        let refund = two.begun(&ask).await?;
        sent(ground.after_crash().await?.send(&refund).await?)?;
    }

    a_further_begin_says_anew_what_it_is_in_spite_of(ground) {
        let one = ground.process().await?;
        let ask = Ask::refund("M1", "R1").intended();
        let refund = one.ended(&ask, OutcomeKind::NotSent).await?;
        let void = one.ended(&Ask::void("M1"), OutcomeKind::Unknown).await?;
        equal(one.begin(&ask).await?, busy(&void), "a further begin that names nothing")?;
        let again = one.begun(&ask.despite(&[&void.call])).await?;
        equal(again.attempt, refund.attempt.next(), "the attempt")?;
        sent(one.send(&again).await?)?;
    }

    what_a_call_did_not_begin_in_spite_of_is_in_its_way(ground) {
        let (one, two) = ground.two().await?;
        let void = one.ended(&Ask::void("M1"), OutcomeKind::Unknown).await?;
        let ask = Ask::refund("M1", "R1").intended().despite(&[&void.call]);
        let refund = one.begun(&ask).await?;
        let other = two.begun(&Ask::reverse("-").by_ums("U1")).await?;
        link(&two, &other).await?;
        equal(one.send(&refund).await?, busy(&other), "the result")?;
    }

    questions_are_sent_whatever_goes_on(ground) {
        let one = ground.process().await?;
        let query = one.begun(&Ask::query("M1").intended()).await?;
        one.begun(&Ask::void("M1")).await?;
        sent(one.send(&query).await?)?;
    }
}
