//! What takes a payment back is known of the payment, too.

use crate::call::identity::OrderIdKind;
use crate::fact::entry::{AlarmKind, ClosedAs, EndedFact, FactKind, Stated, StoredFinding};
use crate::fact::state::State;
use crate::fact::taken_back::TakeBackProgress;
use crate::outcome_kind::OutcomeKind;
use crate::record::RecordedOutcome;
use crate::store::command::{Link, StoreCommand, Ticket};
use crate::store::contract::CommandResult;
use crate::store_kit::ask::Ask;
use crate::store_kit::case::cases;
use crate::store_kit::fault::{CaseResult, Fault, equal, must};
use crate::store_kit::ground::{Process, SETTLES_AFTER, fact, fresh_fact};

async fn link(process: &Process, ticket: &Ticket, merchant: &str, ums: &str) -> CaseResult {
    let ask = Ask::void("-");
    let one = ask.order_id(OrderIdKind::Merchant, merchant);
    let other = ask.order_id(OrderIdKind::Ums, ums);
    let (call, attempt) = (ticket.call.clone(), ticket.attempt);
    let link = Link::new(fresh_fact()?, call, attempt, one, other);
    process.done(StoreCommand::Link(Box::new(link))).await?;
    Ok(())
}

/// Whether the payment stands, and whether nobody knows that.
async fn stands(process: &Process, pay: &Ticket, expected: (bool, bool), what: &str) -> CaseResult {
    let view = process.view(&pay.call).await?;
    equal(view.executed, Some(true), what)?;
    equal((view.stands, view.may_be_undone), expected, what)
}

const STANDS: (bool, bool) = (true, false);
const UNDONE: (bool, bool) = (false, false);
const NOBODY_KNOWS: (bool, bool) = (true, true);

fn done(result: CommandResult) -> CaseResult {
    result
        .map(|_| ())
        .map_err(|refused| Fault(refused.to_string()))
}

cases! {
    a_payment_that_is_voided_does_not_stand(ground) {
        let (one, two) = ground.two().await?;
        let pay = one.ended(&Ask::pay("M1"), OutcomeKind::Approved).await?;
        let other = one.ended(&Ask::pay("M2"), OutcomeKind::Approved).await?;
        let void = two.begun(&Ask::void("M1")).await?;
        stands(&one, &pay, NOBODY_KNOWS, "while the void may be on the wire").await?;
        two.end(&void, OutcomeKind::Approved).await?;
        let after = ground.after_crash().await?;
        stands(&after, &pay, UNDONE, "after the void").await?;
        stands(&after, &other, STANDS, "another order's payment").await?;
        let view = after.view(&pay.call).await?;
        equal(view.state, State::Ended, "the payment's own state")?;
        must(!view.contradicted, "the payment's own answer was right")?;
        equal(view.taken_back().first().map(|word| &word.by), Some(&void.call), "the void")?;
    }

    a_void_that_does_nothing_leaves_the_payment(ground) {
        let one = ground.process().await?;
        let pay = one.ended(&Ask::pay("M1"), OutcomeKind::Approved).await?;
        for outcome in [OutcomeKind::Declined, OutcomeKind::NotSent] {
            one.ended(&Ask::void("M1"), outcome).await?;
            stands(&one, &pay, STANDS, outcome.as_str()).await?;
        }
        let void = one.begun(&Ask::void("M1").intended()).await?;
        stands(&one, &pay, STANDS, "a void that is not sent yet").await?;
        done(one.send(&void).await?)?;
        stands(&one, &pay, NOBODY_KNOWS, "a void that is sent").await?;
    }

    a_void_that_is_found_out_later_is_known_of_the_payment(ground) {
        let one = ground.process().await?;
        let pay = one.ended(&Ask::pay("M1"), OutcomeKind::Approved).await?;
        let void = one.ended(&Ask::void("M1"), OutcomeKind::Unknown).await?;
        stands(&one, &pay, NOBODY_KNOWS, "an unknown void").await?;
        done(one.resolve(&void, StoredFinding::Executed).await?)?;
        stands(&one, &pay, UNDONE, "a void that was found out").await?;
        let pay = one.ended(&Ask::pay("M2"), OutcomeKind::Approved).await?;
        let void = one.ended(&Ask::void("M2"), OutcomeKind::Unknown).await?;
        done(one.close(&void.call, ClosedAs::Approved).await?)?;
        stands(&one, &pay, UNDONE, "a void that a person closed").await?;
        let pay = one.ended(&Ask::pay("M3"), OutcomeKind::Approved).await?;
        let void = one.ended(&Ask::void("M3"), OutcomeKind::Unknown).await?;
        ground.advance(SETTLES_AFTER).await;
        done(one.resolve(&void, StoredFinding::Absent).await?)?;
        stands(&one, &pay, STANDS, "a void that was not found").await?;
        one.end(&void, OutcomeKind::Approved).await?;
        stands(&one, &pay, UNDONE, "a void that ended late").await?;
    }

    what_a_void_has_done_is_withdrawn_with_it(ground) {
        let one = ground.process().await?;
        let pay = one.ended(&Ask::pay("M1"), OutcomeKind::Approved).await?;
        let open = one.ended(&Ask::pay("M2"), OutcomeKind::Unknown).await?;
        for (pay, order) in [(&pay, "M1"), (&open, "M2")] {
            let void = one.ended(&Ask::void(order), OutcomeKind::Unknown).await?;
            done(one.close(&void.call, ClosedAs::Approved).await?)?;
            stands(&one, pay, UNDONE, "after the person's word").await?;
            one.record(fact(&void, FactKind::Stated(Stated::new(false)))?).await?;
            let view = one.view(&pay.call).await?;
            must(view.contradicted, "an answer was wrong, and nobody is told")?;
            let alarmed = view.alarms.iter().any(|it| it.alarm == AlarmKind::Contradicted);
            must(alarmed, "there is no alarm")?;
        }
        stands(&one, &pay, STANDS, "after the statement").await?;
        let view = one.view(&open.call).await?;
        equal(view.executed, None, "what is known of the payment")?;
        must(view.is_open(), "the payment that nobody knows anything of is not open again")?;
        equal(one.open().await?, vec![open.call.clone()], "what is open")?;
    }

    refunds_add_up(ground) {
        let one = ground.process().await?;
        let pay = one.ended(&Ask::pay("M1").amount(100), OutcomeKind::Approved).await?;
        let refund = |id: &'static str, fen| Ask::refund("M1", id).amount(fen);
        one.ended(&refund("R1", 30), OutcomeKind::Approved).await?;
        stands(&one, &pay, STANDS, "after a part").await?;
        equal(one.view(&pay.call).await?.refunded_fen, Some(30), "what was refunded")?;
        let part = one.ended(&refund("R2", 69), OutcomeKind::Unknown).await?;
        stands(&one, &pay, STANDS, "while a part is unknown").await?;
        one.end(&part, OutcomeKind::Declined).await?;
        let rest = one.ended(&refund("R3", 70), OutcomeKind::Unknown).await?;
        stands(&one, &pay, NOBODY_KNOWS, "while the rest is unknown").await?;
        one.end(&rest, OutcomeKind::Approved).await?;
        let after = ground.after_crash().await?;
        stands(&after, &pay, UNDONE, "after the rest").await?;
        equal(after.view(&pay.call).await?.refunded_fen, Some(100), "what was refunded")?;
    }

    a_void_by_the_other_id_is_known_once_both_are_linked(ground) {
        let (one, two) = ground.two().await?;
        let pay = one.ended(&Ask::pay("M1"), OutcomeKind::Approved).await?;
        link(&one, &pay, "M1", "U1").await?;
        two.ended(&Ask::void("-").by_ums("U1"), OutcomeKind::Approved).await?;
        stands(&one, &pay, UNDONE, "linked by the payment's reply").await?;
        let pay = one.ended(&Ask::pay("M2"), OutcomeKind::Approved).await?;
        let void = two.ended(&Ask::void("-").by_ums("U2"), OutcomeKind::Approved).await?;
        stands(&one, &pay, STANDS, "before the link").await?;
        link(&two, &void, "M2", "U2").await?;
        let after = ground.after_crash().await?;
        stands(&after, &pay, UNDONE, "linked by the void's reply").await?;
    }

    a_void_closes_the_open_payment_that_it_takes_back(ground) {
        for order in ["M1", "M2"] {
            let ask = Ask::void(order);
            let (one, two) = ground.two().await?;
            let pay = match order {
                // Its process has not said anything yet.
                "M2" => one.begun(&Ask::pay(order)).await?,
                _ => one.ended(&Ask::pay(order), OutcomeKind::Unknown).await?,
            };
            let void = two.begun(&ask).await?;
            must(one.view(&pay.call).await?.is_open(), "it is closed by a void that is open")?;
            two.end(&void, OutcomeKind::Approved).await?;
            let after = ground.after_crash().await?;
            stands(&after, &pay, UNDONE, order).await?;
            let view = after.view(&pay.call).await?;
            equal(view.outcome, Some(RecordedOutcome::Approved), "the outcome")?;
            equal(view.state, State::Resolved, "the state")?;
            must(!view.contradicted, "nothing else was said")?;
            must(after.open().await?.is_empty(), "something is open")?;
            equal(after.call(&pay.call).await?.holder, None, "who holds it")?;
        }
    }

    a_reversal_shows_nothing_of_an_open_payment(ground) {
        // It may be approved before the payment is carried out, or where it never is.
        let one = ground.process().await?;
        let pay = one.ended(&Ask::pay("M1"), OutcomeKind::Unknown).await?;
        one.ended(&Ask::reverse("M1"), OutcomeKind::Approved).await?;
        let view = one.view(&pay.call).await?;
        must(view.is_open(), "the payment is closed")?;
        equal(view.executed, None, "whether it was made")?;
        done(one.resolve(&pay, StoredFinding::Executed).await?)?;
        let view = one.view(&pay.call).await?;
        equal(view.executed, Some(true), "whether it was made, once that is known")?;
        must(!view.stands, "it stands, and was reversed")?;
    }

    what_a_payments_own_reply_refuses_no_void_shows(ground) {
        let one = ground.process().await?;
        let pay = one.begun(&Ask::pay("M1")).await?;
        one.ended(&Ask::void("M1"), OutcomeKind::Approved).await?;
        one.end(&pay, OutcomeKind::Declined).await?;
        let view = one.view(&pay.call).await?;
        equal(view.executed, Some(false), "whether it was made")?;
        must(view.contradicted, "an answer was wrong, and nobody is told")?;
    }

    a_refund_shows_that_the_payment_was_made(ground) {
        let one = ground.process().await?;
        let pay = one.ended(&Ask::pay("M1").amount(100), OutcomeKind::Unknown).await?;
        let despite = Ask::refund("M1", "R1").amount(30).despite(&[&pay.call]);
        one.ended(&despite, OutcomeKind::Approved).await?;
        stands(&one, &pay, STANDS, "after a part").await?;
        must(!one.view(&pay.call).await?.is_open(), "it is open")?;
    }

    a_void_withdraws_that_the_payment_was_not_found(ground) {
        let one = ground.process().await?;
        let pay = one.ended(&Ask::pay("M1"), OutcomeKind::Unknown).await?;
        done(one.resolve(&pay, StoredFinding::StatedFailure).await?)?;
        one.ended(&Ask::void("M1"), OutcomeKind::Approved).await?;
        stands(&one, &pay, UNDONE, "after the void").await?;
        must(one.view(&pay.call).await?.contradicted, "an answer was wrong, and nobody is told")?;
    }

    a_void_says_nothing_of_a_payment_that_is_not_the_one(ground) {
        let one = ground.process().await?;
        // Never made for certain: another till's or another journal's was voided.
        for (order, outcome) in [("M1", OutcomeKind::Declined), ("M2", OutcomeKind::NotSent)] {
            let pay = one.ended(&Ask::pay(order), outcome).await?;
            one.ended(&Ask::void(order), OutcomeKind::Approved).await?;
            let view = one.view(&pay.call).await?;
            equal(view.executed, Some(false), outcome.as_str())?;
            must(!view.contradicted, "a void contradicts what is certain")?;
        }
        // Its own reply says that another payment has the order id.
        let ticket = one.begun(&Ask::pay("M3")).await?;
        let ended = EndedFact::new(OutcomeKind::Unknown).with_err_code("94");
        one.record(fact(&ticket, FactKind::Ended(ended))?).await?;
        one.ended(&Ask::void("M3"), OutcomeKind::Approved).await?;
        must(one.view(&ticket.call).await?.is_open(), "another payment's void closes it")?;
    }

    what_takes_a_payment_back_survives_an_export(ground) {
        let one = ground.process().await?;
        let pay = one.ended(&Ask::pay("M1"), OutcomeKind::Approved).await?;
        one.ended(&Ask::void("M1"), OutcomeKind::Approved).await?;
        let facts = one.facts().await?;
        let words = facts.iter().filter(|it| matches!(
            &it.fact().what,
            FactKind::TakenBack(word) if word.progress == TakeBackProgress::Done
        ));
        equal(words.count(), 1, "the words on the payment")?;
        let other = ground.elsewhere().await?;
        other.done(StoreCommand::Restore(facts.clone())).await?;
        stands(&other, &pay, UNDONE, "in the other journal").await?;
        equal(other.facts().await?.len(), facts.len(), "the number of facts")?;
    }

    what_an_older_program_did_not_write_is_made_up_for_by_an_import(ground) {
        let one = ground.process().await?;
        let pay = one.ended(&Ask::pay("M1"), OutcomeKind::Approved).await?;
        one.ended(&Ask::void("M1"), OutcomeKind::Approved).await?;
        let facts = one.facts().await?.into_iter();
        let older = facts.filter(|it| !matches!(it.fact().what, FactKind::TakenBack(_)));
        let other = ground.elsewhere().await?;
        other.done(StoreCommand::Restore(older.collect())).await?;
        stands(&other, &pay, UNDONE, "in the other journal").await?;
    }
}
