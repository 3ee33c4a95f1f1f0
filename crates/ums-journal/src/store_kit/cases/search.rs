//! Calls are found by what people know of them.

use std::time::Duration;

use chrono::{FixedOffset, TimeZone as _};

use crate::call::ids::CallId;
use crate::call::key::KeyScope;
use crate::fact::state::State;
use crate::outcome_kind::OutcomeKind;
use crate::record::RecordedOutcome;
use crate::store::filter::{Filter, ListOrder};
use crate::store_kit::ask::Ask;
use crate::store_kit::case::cases;
use crate::store_kit::fault::{CaseResult, equal, must};
use crate::store_kit::ground::Process;

/// Calls on so many orders, in the order in which they began.
async fn calls(process: &Process, count: usize) -> CaseResult<Vec<CallId>> {
    let mut calls = Vec::new();
    for number in 0..count {
        let ask = Ask::void(&format!("M{number}"));
        calls.push(process.begun(&ask).await?.call);
    }
    Ok(calls)
}

cases! {
    open_calls_are_listed_as_they_began(ground) {
        let one = ground.process().await?;
        let calls = calls(&one, 7).await?;
        equal(one.open().await?, calls.clone(), "the open calls")?;
        equal(ground.after_crash().await?.open().await?, calls, "the open calls after a crash")?;
    }

    a_call_that_ended_is_not_listed_as_open(ground) {
        let one = ground.process().await?;
        for outcome in OutcomeKind::ALL {
            one.ended(&Ask::void(outcome.as_str()), *outcome).await?;
        }
        equal(one.open().await?.len(), 1, "the number of open calls")?;
        let over = Filter { open: Some(false), ..Filter::new() };
        equal(one.found(&over).await?.len(), 3, "the number of calls that are over")?;
    }

    a_list_is_the_same_in_pages_of_any_size(ground) {
        let one = ground.process().await?;
        let calls = calls(&one, 10).await?;
        let mut newest = calls.clone();
        newest.reverse();
        for page in [1, 3, 9, 10, 11] {
            let oldest = one.search(&Filter::new(), ListOrder::OldestFirst, page).await?;
            equal(oldest, calls.clone(), "the list, oldest first")?;
            let found = one.search(&Filter::new(), ListOrder::NewestFirst, page).await?;
            equal(found, newest.clone(), "the list, newest first")?;
        }
    }

    a_list_goes_on_where_it_was_while_calls_begin(ground) {
        let one = ground.process().await?;
        let calls = calls(&one, 6).await?;
        for order in [ListOrder::OldestFirst, ListOrder::NewestFirst] {
            let first = one.store.search(&Filter::new(), order, None, 3).await?;
            one.begun(&Ask::void(&format!("later {order:?}"))).await?;
            let next = one.store.search(&Filter::new(), order, first.next, 3).await?;
            let seen: Vec<_> = first.calls.iter().chain(&next.calls).map(|call| &call.id).collect();
            let mut unique = seen.clone();
            unique.sort();
            unique.dedup();
            equal(unique.len(), seen.len(), "the number of calls, each once")?;
            if order == ListOrder::OldestFirst {
                equal(seen, calls.iter().collect(), "the calls that were there")?;
            }
        }
    }

    a_page_without_a_call_is_the_end(ground) {
        let one = ground.process().await?;
        let page = one.store.search(&Filter::new(), ListOrder::OldestFirst, None, 5).await?;
        must(page.calls.is_empty() && page.next.is_none(), "an empty journal has calls")?;
        calls(&one, 5).await?;
        let page = one.store.search(&Filter::new(), ListOrder::OldestFirst, None, 5).await?;
        must(page.next.is_none(), "a list goes on after its end")?;
    }

    calls_are_found_by_either_id_of_their_order(ground) {
        let one = ground.process().await?;
        let void = one.begun(&Ask::void("M1").and_ums("U1")).await?;
        one.begun(&Ask::void("M2").and_ums("U2")).await?;
        for id in ["M1", "U1"] {
            let found = one.found(&Filter::new().with_order(id)).await?;
            equal(found, vec![void.call.clone()], "what is found by an id")?;
        }
        for id in ["M", "m1", "M1 ", "%", ""] {
            let found = one.found(&Filter::new().with_order(id)).await?;
            equal(found, Vec::new(), "what is found by another id")?;
        }
    }

    calls_are_found_by_key(ground) {
        let one = ground.process().await?;
        let ask = Ask::void("M1");
        let ticket = one.begun(&ask).await?;
        one.begun(&Ask::void("M2")).await?;
        let found = one.found(&Filter::new().with_key(ask.scoped_key()?)).await?;
        equal(found, vec![ticket.call], "what is found")?;
        let other = ask.scope(KeyScope::new("https://other.example", "made-up-app", "m"));
        let found = one.found(&Filter::new().with_key(other.scoped_key()?)).await?;
        equal(found, Vec::new(), "what is found by another one's key")?;
    }

    calls_are_found_by_each_thing_that_is_known_of_them(ground) {
        let one = ground.process().await?;
        let scope = KeyScope::new("https://other.example", "other-app", "other-merchant");
        let ask = Ask::refund("M1", "R1").amount(77).profile("north").scope(scope);
        let ticket = one.ended(&ask, OutcomeKind::Approved).await?;
        one.begun(&Ask::void("M2")).await?;
        let all = Filter::new;
        for filter in [
            Filter { gateway: Some("https://other.example".to_owned()), ..all() },
            Filter { merchant: Some("other-merchant".to_owned()), ..all() },
            Filter { operation: Some("refund".to_owned()), ..all() },
            Filter { profile: Some("north".to_owned()), ..all() },
            Filter { amount_fen: Some(77), ..all() },
            Filter { state: Some(State::Ended), ..all() },
            Filter { outcome: Some(RecordedOutcome::Approved), ..all() },
            Filter { open: Some(false), ..all() },
        ] {
            let found = one.found(&filter).await?;
            equal(found, vec![ticket.call.clone()], &format!("what {filter:?} finds"))?;
        }
    }

    all_that_is_said_must_be_so(ground) {
        let one = ground.process().await?;
        one.ended(&Ask::void("M1").amount(77), OutcomeKind::Approved).await?;
        let both = Filter {
            amount_fen: Some(77),
            outcome: Some(RecordedOutcome::Declined),
            ..Filter::new()
        };
        equal(one.found(&both).await?, Vec::new(), "what is found")?;
        let none = Filter { amount_fen: Some(78), ..Filter::new() };
        equal(one.found(&none).await?, Vec::new(), "what is found by another amount")?;
    }

    calls_are_found_by_what_is_known_today(ground) {
        let one = ground.process().await?;
        let ticket = one.ended(&Ask::void("M1"), OutcomeKind::Unknown).await?;
        let unknown = Filter { outcome: Some(RecordedOutcome::Unknown), ..Filter::new() };
        let approved = Filter { outcome: Some(RecordedOutcome::Approved), ..Filter::new() };
        equal(one.found(&unknown).await?.len(), 1, "the number of unknown calls before")?;
        one.end(&ticket, OutcomeKind::Approved).await?;
        equal(one.found(&unknown).await?.len(), 0, "the number of unknown calls after")?;
        equal(one.found(&approved).await?, vec![ticket.call], "what was approved")?;
    }

    calls_are_found_by_when_they_began(ground) {
        let one = ground.process().await?;
        let first = one.begun(&Ask::void("M1")).await?;
        ground.advance(Duration::from_secs(60)).await;
        let second = one.begun(&Ask::void("M2")).await?;
        let began = one.view(&second.call).await?.began.at;
        let since = Filter { since: Some(began), ..Filter::new() };
        equal(one.found(&since).await?, vec![second.call], "what began since")?;
        let until = Filter { until: Some(began), ..Filter::new() };
        equal(one.found(&until).await?, vec![first.call.clone()], "what began before")?;
        let old = Filter { older_than: Some(Duration::from_secs(60)), ..Filter::new() };
        equal(one.found(&old).await?, vec![first.call], "what is a minute old")?;
    }

    calls_are_found_by_their_day_in_china(ground) {
        let one = ground.process().await?;
        let east = FixedOffset::east_opt(8 * 3600).ok_or("there is no such zone")?;
        let now = one.now().await?.at.with_timezone(&east);
        let today = now.date_naive();
        let tomorrow = today.succ_opt().ok_or("there is no tomorrow")?;
        let midnight = tomorrow.and_hms_opt(0, 0, 0).ok_or("there is no midnight")?;
        let midnight = east.from_local_datetime(&midnight).single().ok_or("no midnight")?;
        let left = (midnight - now).to_std().unwrap_or_default();
        ground.advance(left.saturating_sub(Duration::from_secs(10))).await;
        let before = one.begun(&Ask::void("M1")).await?;
        ground.advance(Duration::from_secs(20)).await;
        let after = one.begun(&Ask::void("M2")).await?;
        let of = |day| Filter::open().with_trading_day(day);
        equal(one.found(&of(today)).await?, vec![before.call], "what began that day")?;
        equal(one.found(&of(tomorrow)).await?, vec![after.call], "what began the next day")?;
    }

    a_call_that_is_not_there_is_not_found(ground) {
        let one = ground.process().await?;
        let found = one.store.call(&crate::store_kit::ground::fresh_call()?).await?;
        must(found.is_none(), "a call is found that never began")?;
    }

    a_call_has_its_own_facts_only(ground) {
        let one = ground.process().await?;
        let first = one.begun(&Ask::void("M1")).await?;
        let second = one.begun(&Ask::void("M2")).await?;
        one.end(&first, OutcomeKind::Unknown).await?;
        one.end(&second, OutcomeKind::Declined).await?;
        for ticket in [first, second] {
            let facts = one.call(&ticket.call).await?.facts;
            equal(facts.len(), 3, "the number of its facts")?;
            must(
                facts.iter().all(|fact| fact.fact().call.as_ref() == Some(&ticket.call)),
                "it has another call's facts",
            )?;
            must(facts.is_sorted_by_key(|fact| fact.number()), "its facts are out of order")?;
        }
    }
}
