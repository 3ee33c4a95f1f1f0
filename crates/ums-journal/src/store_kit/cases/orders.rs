//! While money may be moving on an order, nothing else moves money on it.

use crate::call::key::KeyScope;
use crate::fact::entry::FactKind;
use crate::outcome_kind::OutcomeKind;
use crate::store::command::{StoreReceipt, Ticket};
use crate::store::refused::StoreRefusal;
use crate::store_kit::ask::Ask;
use crate::store_kit::case::cases;
use crate::store_kit::fault::{Fault, equal, must};
use crate::store_kit::ground::{LEASE, side_by_side};

fn busy(tickets: &[&Ticket]) -> StoreRefusal {
    StoreRefusal::OrderBusy {
        calls: tickets.iter().map(|ticket| ticket.call.clone()).collect(),
    }
}

cases! {
    another_operation_on_an_open_order_is_refused(ground) {
        let (one, two) = ground.two().await?;
        let void = one.begun(&Ask::void("M1")).await?;
        equal(two.refused(&Ask::refund("M1", "R1")).await?, busy(&[&void]), "while it is sent")?;
        one.end(&void, OutcomeKind::Unknown).await?;
        equal(two.refused(&Ask::refund("M1", "R1")).await?, busy(&[&void]), "while it is unknown")?;
        one.end(&void, OutcomeKind::Declined).await?;
        two.begun(&Ask::refund("M1", "R1")).await?;
    }

    an_order_stays_guarded_after_a_crash(ground) {
        let one = ground.process().await?;
        let void = one.ended(&Ask::void("M1"), OutcomeKind::Unknown).await?;
        let after = ground.after_crash().await?;
        equal(after.refused(&Ask::refund("M1", "R1")).await?, busy(&[&void]), "the refusal")?;
    }

    an_order_stays_guarded_however_long_it_takes(ground) {
        let one = ground.process().await?;
        let void = one.ended(&Ask::void("M1"), OutcomeKind::Unknown).await?;
        ground.advance(LEASE * 100_000).await;
        equal(one.refused(&Ask::refund("M1", "R1")).await?, busy(&[&void]), "the refusal")?;
    }

    an_open_payment_may_be_voided_or_reversed(ground) {
        let one = ground.process().await?;
        for (order, back) in [("M1", Ask::void("M1")), ("M2", Ask::reverse("M2"))] {
            one.begun(&Ask::pay(order)).await?;
            one.begun(&back).await?;
        }
        one.ended(&Ask::pay("M3"), OutcomeKind::Unknown).await?;
        one.begun(&Ask::reverse("M3")).await?;
    }

    an_open_payment_may_not_be_refunded(ground) {
        let one = ground.process().await?;
        let pay = one.begun(&Ask::pay("M1")).await?;
        equal(one.refused(&Ask::refund("M1", "R1")).await?, busy(&[&pay]), "the refusal")?;
    }

    only_one_call_takes_an_open_payment_back(ground) {
        let one = ground.process().await?;
        one.begun(&Ask::pay("M1")).await?;
        let void = one.begun(&Ask::void("M1")).await?;
        equal(one.refused(&Ask::reverse("M1")).await?, busy(&[&void]), "the refusal")?;
        equal(one.refused(&Ask::refund("M1", "R1")).await?.call().is_some(), true, "a refund")?;
    }

    an_order_that_is_being_taken_back_is_not_paid(ground) {
        let one = ground.process().await?;
        let void = one.begun(&Ask::void("M1")).await?;
        equal(one.refused(&Ask::pay("M1")).await?, busy(&[&void]), "the refusal")?;
    }

    the_open_calls_are_named_in_the_order_in_which_they_began(ground) {
        let one = ground.process().await?;
        let pay = one.begun(&Ask::pay("M1")).await?;
        let void = one.begun(&Ask::void("M1")).await?;
        equal(one.refused(&Ask::refund("M1", "R1")).await?, busy(&[&pay, &void]), "the refusal")?;
    }

    a_person_may_go_on_in_spite_of_open_calls(ground) {
        let one = ground.process().await?;
        let void = one.ended(&Ask::void("M1"), OutcomeKind::Unknown).await?;
        let refund = one.begun(&Ask::refund("M1", "R1").despite(&[&void.call])).await?;
        let facts = one.call(&refund.call).await?.facts;
        let kept = facts.iter().any(|fact| match &fact.fact().what {
            FactKind::Intended(intended) => intended.despite == [void.call.clone()],
            _ => false,
        });
        must(kept, "what a call began in spite of is not kept")?;
    }

    every_open_call_must_be_named(ground) {
        let one = ground.process().await?;
        let pay = one.begun(&Ask::pay("M1")).await?;
        let void = one.begun(&Ask::void("M1")).await?;
        let refund = Ask::refund("M1", "R1");
        let half = refund.clone().despite(&[&pay.call]);
        equal(one.refused(&half).await?, busy(&[&void]), "the refusal")?;
        one.begun(&refund.despite(&[&pay.call, &void.call])).await?;
    }

    naming_calls_of_other_orders_lifts_nothing(ground) {
        let one = ground.process().await?;
        let elsewhere = one.begun(&Ask::void("M2")).await?;
        let void = one.begun(&Ask::void("M1")).await?;
        let refund = Ask::refund("M1", "R1").despite(&[&elsewhere.call]);
        equal(one.refused(&refund).await?, busy(&[&void]), "the refusal")?;
    }

    questions_are_not_guarded(ground) {
        let one = ground.process().await?;
        one.begun(&Ask::query("M1")).await?;
        let void = one.begun(&Ask::void("M1")).await?;
        one.begun(&Ask::query("M1")).await?;
        one.end(&void, OutcomeKind::Unknown).await?;
        one.begun(&Ask::query("M1")).await?;
    }

    orders_do_not_guard_each_other(ground) {
        let one = ground.process().await?;
        one.begun(&Ask::void("M1")).await?;
        one.begun(&Ask::refund("M2", "R1")).await?;
        let other = KeyScope::new("https://gateway.example", "made-up-app", "other-merchant");
        one.begun(&Ask::refund("M1", "R1").scope(other)).await?;
    }

    the_terminal_belongs_to_no_guard(ground) {
        let one = ground.process().await?;
        let void = one.begun(&Ask::void("M1")).await?;
        let refund = Ask::refund("M1", "R1").terminal("99999999");
        equal(one.refused(&refund).await?, busy(&[&void]), "the refusal")?;
    }

    an_order_by_two_ids_is_guarded_by_either(ground) {
        let one = ground.process().await?;
        let void = one.begun(&Ask::void("M1").and_ums("U1")).await?;
        equal(one.refused(&Ask::refund("M1", "R1")).await?, busy(&[&void]), "by the merchant's id")?;
        let refund = Ask::refund("-", "R1").by_ums("U1");
        equal(one.refused(&refund).await?, busy(&[&void]), "by the platform's id")?;
    }

    a_void_and_a_refund_at_once_begin_one_of_them(ground) {
        let (one, two) = ground.two().await?;
        for round in 0..8 {
            let order = format!("M{round}");
            let (void, refund) = (Ask::void(&order), Ask::refund(&order, "R1"));
            let results = side_by_side(vec![
                one.begin(&void),
                two.begin(&refund),
            ])
            .await;
            let mut begun = 0;
            for result in results {
                match result? {
                    Ok(StoreReceipt::Begun(_)) => begun += 1,
                    Err(StoreRefusal::OrderBusy { .. }) => {}
                    other => return Err(Fault(format!("a begin comes to {other:?}"))),
                }
            }
            equal(begun, 1, "the number of calls that begin on one order")?;
        }
    }

    calls_by_the_same_two_ids_at_once_do_not_wait_for_each_other(ground) {
        let (one, two) = ground.two().await?;
        for round in 0..8 {
            let (a, b) = (format!("A{round}"), format!("B{round}"));
            let first = Ask::void(&a).and_ums(&b);
            let second = Ask::void("-").by_ums(&b);
            let results = side_by_side(vec![
                one.begin(&first),
                two.begin(&second),
            ])
            .await;
            let mut begun = 0;
            for result in results {
                begun += u32::from(result?.is_ok());
            }
            equal(begun, 1, "the number of calls that begin")?;
        }
    }
}
