//! Which faults strike.

use std::time::Duration;

use fastrand::Rng;
use ums_simulator::{ConnectionUse, FAULTS, FaultRule, FaultSpec, Operation, Phase};

use super::{Target, World, one_in, pick};

/// What the faults of a history depend on.
pub(super) struct Facts {
    pub(super) orders: usize,
    pub(super) late_window: Duration,
    pub(super) world: World,
    /// Whether answers to queries are believed.
    pub(super) resolves: bool,
    pub(super) two_customers: bool,
    /// Whether something stands between client and gateway that holds requests
    /// back until they are whole.
    pub(super) has_gate: bool,
}

/// A rule, or none where the fault that was drawn has no place.
pub(super) fn rule(rng: &mut Rng, facts: &Facts) -> Option<FaultRule> {
    let spec = fault(rng)?;
    let is_reply = spec.phase == Phase::Reply;
    let only_moves_money = is_false_answer(spec) && facts.resolves;
    let beyond = facts.world == World::BeyondLimits;
    if facts.two_customers && !beyond && hides_whose_it_is(spec) {
        return None;
    }
    // Under way while a whole request leaves, such a reply is its answer for
    // all that anybody can see.
    if facts.has_gate && !beyond && spec.name.starts_with("stray-reply") {
        return None;
    }
    let rule = match spec.parameter {
        None => FaultRule::named(spec.name),
        Some(parameter) => {
            let number = if spec.late {
                late_seconds(rng, facts)
            } else if is_slow_read(spec) {
                slow_read(rng, facts)
            } else {
                number(rng, parameter.unit, parameter.default)
            };
            FaultRule::named(&format!("{}@{number}", spec.name))
        }
    };
    let mut rule = rule.ok()?;
    if is_reply && (only_moves_money || one_in(rng, 3)) {
        let all = if only_moves_money { 4 } else { 6 };
        rule = rule.for_operation(*OPERATIONS.get(rng.usize(0..all))?);
    }
    if is_reply && one_in(rng, 4) {
        let target = match rng.bool() {
            true => Target::Booked(rng.usize(0..facts.orders)),
            false => Target::New(rng.usize(0..3)),
        };
        let ums = target.ums_order_id().filter(|_| rng.bool());
        rule = rule.for_order(ums.unwrap_or_else(|| target.merchant_order_id()));
    }
    if spec.phase != Phase::Connect && one_in(rng, 3) {
        rule = rule.on(if rng.bool() {
            ConnectionUse::Fresh
        } else {
            ConnectionUse::Reused
        });
    }
    Some(match rng.u8(0..4) {
        0 => rule,
        1 => rule.times(rng.u64(2..=3)),
        2 => rule.every(rng.u64(1..=3)),
        _ => rule.with_probability(f64::from(rng.u8(1..=9)) / 10.0, rng.u64(..)),
    })
}

/// The first four move money.
const OPERATIONS: [Operation; 6] = [
    Operation::Void,
    Operation::Pay,
    Operation::Refund,
    Operation::Reverse,
    Operation::Query,
    Operation::QueryRefund,
];

/// A well-formed answer to a query that is a lie, which nobody can see through:
/// no such payment, or a payment that failed.
fn is_false_answer(spec: &FaultSpec) -> bool {
    const LIES: [&str; 3] = ["code-22", "code-25", "query-res-5-words"];
    LIES.iter().any(|lie| spec.name.starts_with(lie))
}

/// What makes another customer's payment look like this one's: a payment that is
/// made after the next was signed, or an answer without its time.
fn hides_whose_it_is(spec: &FaultSpec) -> bool {
    spec.late || is_slow_read(spec) || spec.name.starts_with("no-original-time")
}

fn is_slow_read(spec: &FaultSpec) -> bool {
    spec.name.starts_with("slow-read")
}

fn late_seconds(rng: &mut Rng, facts: &Facts) -> u64 {
    let window = facts.late_window.as_secs();
    match facts.world {
        World::WithinLimits => rng.u64(0..window),
        World::BeyondLimits => rng.u64(0..window * 4),
    }
}

/// Milliseconds a byte. A request has fewer than 2000 of them, and its last is
/// read within the late window.
fn slow_read(rng: &mut Rng, facts: &Facts) -> u64 {
    let drawn = pick(rng, &[1, 3, 10, 50, 400]);
    if facts.resolves && facts.world == World::WithinLimits {
        drawn.min(facts.late_window.as_secs() / 2)
    } else {
        drawn
    }
}

/// A fault that needs no TLS. Those that move much data come up less often,
/// for the sake of speed.
fn fault(rng: &mut Rng) -> Option<&'static FaultSpec> {
    const HEAVY: [&str; 5] = ["huge-body", "endless", "deep-nesting", "flood", "drip"];
    loop {
        let spec = FAULTS.get(rng.usize(0..FAULTS.len()))?;
        let heavy = HEAVY.iter().any(|part| spec.name.contains(part));
        if !spec.needs_tls && (!heavy || one_in(rng, 10)) {
            return Some(spec);
        }
    }
}

fn number(rng: &mut Rng, unit: &str, default: u64) -> u64 {
    match unit {
        "bytes" => rng.u64(0..700),
        "milliseconds" => pick(rng, &[1, 3, 10, 50, 400]),
        "seconds" => rng.u64(0..7200),
        "levels" => rng.u64(1..2000),
        "MiB" => 1,
        _ => default,
    }
}
