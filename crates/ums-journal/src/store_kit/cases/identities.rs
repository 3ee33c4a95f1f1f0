//! One operation on one order is open or carried out once, whatever the keys.

use crate::call::key::KeyScope;
use crate::fact::entry::{ClosedAs, FactKind, Stated, StoredFinding};
use crate::outcome_kind::OutcomeKind;
use crate::store::command::StoreReceipt;
use crate::store::command::Ticket;
use crate::store::refused::StoreRefusal;
use crate::store_kit::ask::Ask;
use crate::store_kit::case::cases;
use crate::store_kit::fault::{CaseResult, Fault, equal};
use crate::store_kit::ground::{Ground, Process, SETTLES_AFTER, fact, side_by_side};

/// A call that a question found nothing of.
async fn absent(ground: &Ground, process: &Process, ask: &Ask) -> CaseResult<Ticket> {
    let ticket = process.ended(ask, OutcomeKind::Unknown).await?;
    ground.advance(SETTLES_AFTER).await;
    let found = process.resolve(&ticket, StoredFinding::Absent).await?;
    found.map_err(|refused| Fault(refused.to_string()))?;
    Ok(ticket)
}

fn same(ticket: &Ticket) -> StoreRefusal {
    StoreRefusal::SameIdentity {
        call: ticket.call.clone(),
    }
}

cases! {
    another_key_for_an_open_operation_is_refused(ground) {
        let (one, two) = ground.two().await?;
        let ask = Ask::void("M1");
        let ticket = one.begun(&ask).await?;
        equal(two.refused(&ask.other_key()).await?, same(&ticket), "while it is sent")?;
        one.end(&ticket, OutcomeKind::Unknown).await?;
        equal(two.refused(&ask.other_key()).await?, same(&ticket), "while it is unknown")?;
        one.claimed(&ticket.call).await?;
        equal(two.refused(&ask.other_key()).await?, same(&ticket), "while it is asked about")?;
    }

    another_key_for_an_intended_operation_is_refused(ground) {
        let one = ground.process().await?;
        let ask = Ask::void("M1").intended();
        let ticket = one.begun(&ask).await?;
        equal(one.refused(&ask.other_key()).await?, same(&ticket), "the refusal")?;
    }

    another_key_for_what_was_carried_out_is_refused(ground) {
        let one = ground.process().await?;
        for ask in [Ask::pay("M1"), Ask::void("M1"), Ask::refund("M1", "R1")] {
            let ticket = one.ended(&ask, OutcomeKind::Approved).await?;
            equal(one.refused(&ask.other_key()).await?, same(&ticket), "the refusal")?;
        }
    }

    another_key_is_refused_after_a_crash(ground) {
        let one = ground.process().await?;
        let (open, done) = (Ask::void("M1"), Ask::void("M2"));
        let running = one.begun(&open).await?;
        let approved = one.ended(&done, OutcomeKind::Approved).await?;
        let after = ground.after_crash().await?;
        equal(after.refused(&open.other_key()).await?, same(&running), "the open one")?;
        equal(after.refused(&done.other_key()).await?, same(&approved), "the one that is done")?;
    }

    another_key_for_what_was_declined_is_a_new_call(ground) {
        let one = ground.process().await?;
        let ask = Ask::void("M1");
        let first = one.ended(&ask, OutcomeKind::Declined).await?;
        let second = one.begun(&ask.other_key()).await?;
        equal(first.call == second.call, false, "whether it is one call")?;
    }

    another_key_for_what_was_not_sent_is_a_new_call(ground) {
        let one = ground.process().await?;
        let ask = Ask::pay("M1");
        one.ended(&ask, OutcomeKind::NotSent).await?;
        one.begun(&ask.other_key()).await?;
    }

    what_a_person_closed_as_declined_is_free(ground) {
        let one = ground.process().await?;
        let ask = Ask::pay("M1");
        let ticket = one.ended(&ask, OutcomeKind::Unknown).await?;
        ground.advance(SETTLES_AFTER).await;
        one.close(&ticket.call, ClosedAs::Declined).await?.map_err(|error| error.to_string())?;
        one.begun(&ask.other_key()).await?;
    }

    what_a_person_closed_as_approved_is_held(ground) {
        let one = ground.process().await?;
        let ask = Ask::pay("M1");
        let ticket = one.ended(&ask, OutcomeKind::Unknown).await?;
        one.close(&ticket.call, ClosedAs::Approved).await?.map_err(|error| error.to_string())?;
        equal(one.refused(&ask.other_key()).await?, same(&ticket), "the refusal")?;
    }

    what_turns_out_to_be_carried_out_is_held(ground) {
        let one = ground.process().await?;
        let ask = Ask::void("M1");
        let ticket = one.ended(&ask, OutcomeKind::Declined).await?;
        one.end(&ticket, OutcomeKind::Approved).await?;
        equal(one.refused(&ask.other_key()).await?, same(&ticket), "the refusal")?;
    }

    what_was_closed_as_declined_and_turns_out_to_be_carried_out_is_held(ground) {
        let one = ground.process().await?;
        let ask = Ask::void("M1");
        let ticket = one.ended(&ask, OutcomeKind::Unknown).await?;
        ground.advance(SETTLES_AFTER).await;
        one.close(&ticket.call, ClosedAs::Declined).await?.map_err(|error| error.to_string())?;
        one.record(fact(&ticket, FactKind::Stated(Stated::new(true)))?).await?;
        equal(one.refused(&ask.other_key()).await?, same(&ticket), "the refusal")?;
    }

    a_void_that_was_found_missing_may_be_made_again(ground) {
        let one = ground.process().await?;
        let ask = Ask::void("M1");
        absent(ground, &one, &ask).await?;
        one.begun(&ask.other_key()).await?;
    }

    a_payment_that_was_found_missing_is_held(ground) {
        let one = ground.process().await?;
        for ask in [Ask::pay("M1"), Ask::refund("M1", "R1")] {
            let ticket = absent(ground, &one, &ask).await?;
            let expected = StoreRefusal::NotCertain { call: ticket.call };
            equal(one.refused(&ask.other_key()).await?, expected, "the refusal")?;
        }
    }

    a_payment_that_was_found_missing_may_be_made_in_spite_of_it(ground) {
        let one = ground.process().await?;
        let ask = Ask::pay("M1");
        let ticket = absent(ground, &one, &ask).await?;
        let again = ask.other_key().despite(&[&ticket.call]);
        one.begun(&again).await?;
    }

    a_payment_that_no_statement_has_is_free(ground) {
        let one = ground.process().await?;
        let ask = Ask::pay("M1");
        let ticket = absent(ground, &one, &ask).await?;
        one.record(fact(&ticket, FactKind::Stated(Stated::new(false)))?).await?;
        one.begun(&ask.other_key()).await?;
    }

    nothing_lifts_the_identity_of_what_is_open_or_done(ground) {
        let one = ground.process().await?;
        let ask = Ask::void("M1");
        let ticket = one.begun(&ask).await?;
        let again = ask.other_key().despite(&[&ticket.call]);
        equal(one.refused(&again).await?, same(&ticket), "the refusal while it is open")?;
        one.end(&ticket, OutcomeKind::Approved).await?;
        equal(one.refused(&again).await?, same(&ticket), "the refusal after it")?;
    }

    the_terminal_belongs_to_no_identity(ground) {
        let one = ground.process().await?;
        let ask = Ask::void("M1");
        let ticket = one.begun(&ask).await?;
        let other_till = ask.other_key().terminal("99999999");
        equal(one.refused(&other_till).await?, same(&ticket), "the refusal")?;
    }

    the_amount_belongs_to_no_identity(ground) {
        let one = ground.process().await?;
        let ask = Ask::refund("M1", "R1");
        let ticket = one.begun(&ask).await?;
        equal(one.refused(&ask.other_key().amount(1)).await?, same(&ticket), "the refusal")?;
    }

    the_app_id_belongs_to_no_identity(ground) {
        let one = ground.process().await?;
        let ask = Ask::void("M1");
        let ticket = one.begun(&ask).await?;
        let other_app = KeyScope::new("https://gateway.example", "other-app", "103290070111417");
        equal(one.refused(&ask.other_key().scope(other_app)).await?, same(&ticket), "the refusal")?;
    }

    merchants_and_gateways_have_orders_of_their_own(ground) {
        let one = ground.process().await?;
        let ask = Ask::void("M1");
        one.begun(&ask).await?;
        for scope in [
            KeyScope::new("https://gateway.example", "made-up-app", "other-merchant"),
            KeyScope::new("https://other.example", "made-up-app", "103290070111417"),
        ] {
            one.begun(&ask.other_key().scope(scope)).await?;
        }
    }

    two_refunds_of_one_order_are_two_operations(ground) {
        let one = ground.process().await?;
        let first = one.ended(&Ask::refund("M1", "R1"), OutcomeKind::Approved).await?;
        one.ended(&Ask::refund("M1", "R2"), OutcomeKind::Approved).await?;
        equal(one.refused(&Ask::refund("M1", "R1")).await?, same(&first), "the refusal")?;
    }

    one_operation_by_two_ids_at_once_is_told_by_either(ground) {
        let one = ground.process().await?;
        let ticket = one.begun(&Ask::void("M1").and_ums("U1")).await?;
        equal(one.refused(&Ask::void("M1")).await?, same(&ticket), "by the merchant's id")?;
        equal(one.refused(&Ask::void("-").by_ums("U1")).await?, same(&ticket), "by the platform's")?;
    }

    an_id_of_the_platform_is_no_id_of_the_merchant(ground) {
        let one = ground.process().await?;
        one.begun(&Ask::void("X1")).await?;
        one.begun(&Ask::void("-").by_ums("X1")).await?;
    }

    questions_have_no_identity(ground) {
        let one = ground.process().await?;
        one.begun(&Ask::query("M1")).await?;
        one.begun(&Ask::query("M1")).await?;
    }

    what_begins_at_once_under_two_keys_begins_once(ground) {
        let mut processes = Vec::new();
        for _ in 0..4 {
            processes.push(ground.process().await?);
        }
        for round in 0..8 {
            let asks: Vec<_> = processes
                .iter()
                .map(|_| Ask::void(&format!("M{round}")))
                .collect();
            let begins = processes.iter().zip(&asks).map(|(process, ask)| process.begin(ask));
            let mut begun = 0;
            for result in side_by_side(begins).await {
                match result? {
                    Ok(StoreReceipt::Begun(_)) => begun += 1,
                    Err(StoreRefusal::SameIdentity { .. }) => {}
                    other => return Err(Fault(format!("a begin comes to {other:?}"))),
                }
            }
            equal(begun, 1, "the number of calls that begin on one order")?;
        }
    }
}
