//! A merchant's day, with faults at 20 % of calls, over many seeds: whatever the merchant was told,
//! the books agree with the gateway's, to the fen.
//!
//! `UMS_DAYS=1000 cargo test -p ums-client --test client merchant_day` plays a thousand days.

use ums_simulator::{FAULTS, FaultPhase, FaultRule, Order, OrderState, Simulator};

use crate::day::{Counts, Known, PAYMENTS, Sale, Till, trade};
use crate::memory;

/// Faults that a day can be struck with.
///
/// Left out are those of TLS; refusals by `22` and `25`, and others with which a query would lie
/// about an order that is there; approvals that name no order and were not asked for; requests that
/// are executed after the day is over; a reply whose `Date` lies, after which nobody knows when the
/// call was signed, so that it stays open; and bodies of 100 MiB, which add nothing but time.
fn faults() -> Vec<&'static str> {
    let names: Vec<_> = FAULTS
        .iter()
        .filter(|spec| !spec.needs_tls && !spec.late)
        .map(|spec| spec.name)
        .filter(|name| {
            !matches!(
                *name,
                "code-22" | "code-25" | "huge-body" | "huge-body-applied"
            ) && !name.starts_with("query-res-")
                && !name.contains("original-amount")
                && !name.starts_with("other-merchant-order")
                && !name.starts_with("early-reply")
                && !name.starts_with("stray-reply")
                && !name.starts_with("date-ahead")
                && !name.starts_with("date-behind")
        })
        .collect();
    assert_eq!(names.len(), 251);
    names
}

/// Arms them so that one of them strikes a call with this probability.
fn arm(gateway: &Simulator, probability: f64, seed: u64) {
    let faults = faults();
    for (offset, phase) in
        (0_u64..).zip([FaultPhase::Connect, FaultPhase::Request, FaultPhase::Reply])
    {
        let of_phase: Vec<_> = faults
            .iter()
            .filter(|name| FaultRule::named(name).unwrap().fault().spec().phase == phase)
            .collect();
        // The phases together make up the probability, each by its share of the faults.
        let share = probability * of_phase.len() as f64 / faults.len() as f64;
        let each = 1.0 - (1.0 - share).powf(1.0 / of_phase.len() as f64);
        for (number, name) in (0_u64..).zip(of_phase) {
            let rule = FaultRule::named(name).unwrap();
            let seed = seed.wrapping_mul(1_000_003) + number * 3 + offset;
            gateway.fault(rule.with_probability(each, seed)).unwrap();
        }
    }
}

/// One day, and what went wrong in it, if anything.
fn play(seed: u64, probability: f64) -> Played {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .unwrap();
    runtime.block_on(async {
        let gateway = memory::gateway().unwrap();
        if probability > 0.0 {
            arm(&gateway, probability, seed);
        }
        let client = memory::client(&gateway).unwrap();
        let mut till = Till::new(&client, memory::MERCHANT, memory::TERMINAL).unwrap();
        let nightfall = async || {
            let day = gateway.orders().next_trading_day()?;
            Ok(format!("night: {day}"))
        };
        let mut story = Vec::new();
        trade(&mut till, seed, nightfall, |line| story.push(line))
            .await
            .unwrap();
        assert!(
            client
                .close(std::time::Duration::from_secs(10))
                .await
                .is_empty()
        );

        assert_eq!(till.sales.len() as u64, PAYMENTS);
        let mut wrong = Vec::new();
        for sale in &till.sales {
            let order = gateway
                .orders()
                .find_merchant_order(memory::MERCHANT, sale.id.as_str());
            wrong.extend(
                contradictions(sale, order.as_ref()).map(|why| format!("{}: {why}", sale.id)),
            );
        }
        let theirs: u64 = gateway.orders().list().iter().map(Order::balance).sum();
        if theirs != till.balance() {
            wrong.push(format!(
                "the merchant has {}, the gateway {theirs}",
                till.balance()
            ));
        }
        // Nothing is done twice: each movement of the ledger is one of the merchant's.
        let moved = till.sales.iter().map(movements).sum::<u64>();
        let totals = gateway.ledger().totals();
        if moved != totals.applied {
            wrong.push(format!(
                "{moved} movements in the books, {} in the ledger",
                totals.applied
            ));
        }
        Played {
            counts: till.counts,
            requests: totals.requests,
            faults: gateway.armed_faults().iter().map(|rule| rule.strikes).sum(),
            story,
            wrong,
        }
    })
}

struct Played {
    counts: Counts,
    requests: u64,
    faults: u64,
    story: Vec<String>,
    wrong: Vec<String>,
}

/// Where the merchant's books contradict the gateway's, or leave a question open.
fn contradictions(sale: &Sale, order: Option<&Order>) -> impl Iterator<Item = String> {
    let is_paid = order.is_some_and(|order| order.state != OrderState::Failed);
    let is_voided = order.is_some_and(|order| order.state == OrderState::Voided);
    let refund = sale.refund.as_ref().map(|(id, amount, refunded)| {
        let made = order.is_some_and(|order| {
            order.refunds.iter().any(|refund| {
                refund.refund_request_id == id.as_str() && refund.amount == amount.as_u64()
            })
        });
        ("refunded", *refunded, made)
    });
    [
        Some(("paid", sale.paid, is_paid)),
        Some(("voided", sale.voided, is_voided)),
        refund,
    ]
    .into_iter()
    .flatten()
    .filter_map(|(what, known, truth)| match known {
        Known::Yes if truth => None,
        Known::No | Known::Presumed if !truth => None,
        // No document says when a refund that is not found has failed for good.
        Known::Open if what == "refunded" && !truth => None,
        known => Some(format!(
            "{what} is {known:?} to the merchant and {truth} to the gateway"
        )),
    })
}

fn movements(sale: &Sale) -> u64 {
    let refunded = matches!(sale.refund, Some((_, _, Known::Yes)));
    [sale.paid == Known::Yes, sale.voided == Known::Yes, refunded]
        .into_iter()
        .map(u64::from)
        .sum()
}

#[test]
fn a_day_without_faults() {
    let played = play(1, 0.0);
    assert_eq!(played.wrong, [""; 0]);
    insta::assert_snapshot!(played.story.join("\n"), @r#"
      payment of 465.05 yuan, DAY000001N04: not done
      payment of 861.00 yuan, DAY000001N09: answer lost; query 1 said: done
      payment of 356.95 yuan, DAY000001N14: answer lost; query 2 said: not done
      payment of 752.90 yuan, DAY000001N19: answer lost; query 3 said: done
      payment of 248.85 yuan, DAY000001N24: answer lost; query 4 said: not done
    30 payments: 27 paid, 3 refused, 0 presumed not paid, 0 open; 4 calls ended unknown
      void of DAY000001N00: done
      void of DAY000001N01: done
      void of DAY000001N02: done
      void of DAY000001N03: done
      void of DAY000001N05: done
    by the evening: 10112.96 yuan
    night: 2023-07-19
      void of DAY000001N06, a day late: not done
      refund of 207.81 yuan of DAY000001N06: done
      refund of 702.62 yuan of DAY000001N07: done
      refund of 260.60 yuan of DAY000001N08: done
      refund of 861.00 yuan of DAY000001N09: done
      refund of 13.39 yuan of DAY000001N10: done
      refund of 119.38 yuan of DAY000001N11: done
    42 calls to move money: 4 ended unknown, 0 not sent; 10 queries settled them
    "#);
}

#[test]
fn days_with_faults_at_a_fifth_of_calls() {
    let days: u64 = std::env::var("UMS_DAYS")
        .ok()
        .map_or(25, |days| days.parse().expect("UMS_DAYS is a number"));
    let (mut calls, mut unknown, mut queries, mut requests, mut faults) = (0, 0, 0, 0, 0);
    let mut wrong = Vec::new();
    for seed in 0..days {
        let played = play(seed, 0.2);
        wrong.extend(played.wrong.iter().map(|why| format!("seed {seed}: {why}")));
        calls += u64::from(played.counts.calls);
        unknown += u64::from(played.counts.unknown);
        queries += played.counts.queries as u64;
        requests += played.requests;
        faults += played.faults;
    }
    eprintln!(
        "{days} days: {calls} calls to move money, {unknown} unknown, {queries} queries; {requests} requests, {faults} struck"
    );
    assert_eq!(wrong, [""; 0]);
    let share = faults as f64 / requests as f64;
    assert!((0.15..0.25).contains(&share), "{share}");
    assert!(unknown > 0 && queries > unknown);
}
