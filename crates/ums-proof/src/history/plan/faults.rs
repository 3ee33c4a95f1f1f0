//! Which faults strike.

use std::time::Duration;

use fastrand::Rng;
use ums_simulator::{ConnectionUse, FAULTS, FaultPhase, FaultRule, FaultSpec, SimulatedOperation};

use super::act::{Target, World};
use super::chance::{one_in, pick};

/// What the faults of a history depend on.
pub(crate) struct Facts {
    pub(crate) orders: usize,
    pub(crate) late_window: Duration,
    /// Most seconds between reading a request and carrying it out.
    pub(crate) most_late: u64,
    pub(crate) world: World,
    /// Whether answers to queries are believed.
    pub(crate) resolves: bool,
    pub(crate) two_customers: bool,
    pub(crate) at_till: bool,
    /// Whether it is about holds.
    pub(crate) of_holds: bool,
    /// Whether something stands between client and gateway that holds requests back until they are
    /// whole.
    pub(crate) has_gate: bool,
}

/// So many rules, or fewer, where a fault that was drawn has no place.
pub(crate) fn rules(rng: &mut Rng, facts: &Facts, count: usize) -> Vec<FaultRule> {
    let mut rules: Vec<_> = (0..count).filter_map(|_| rule(rng, facts)).collect();
    // A gateway whose replies come late in general takes its time with the next one too, so that
    // the late one is there alone.
    let is_late = |rule: &FaultRule| rule.fault().spec().name.contains("then-reply");
    if rules.iter().any(is_late) && rng.bool() {
        let late = format!("late-reply-applied@{}", pick(rng, &[5, 20, 100]));
        rules.extend(FaultRule::named(&late).map(FaultRule::always));
    }
    // Where an id is another's, some questions have no answer.
    if facts.two_customers && rng.bool() {
        let no_answer = ["status-504", "fin-in-reply", "silence", "code-96"];
        let rule = FaultRule::named(pick(rng, &no_answer));
        let probability = f64::from(rng.u8(2..=8)) / 10.0;
        let seed = rng.u64(..);
        rules.extend(rule.map(|rule| {
            let query = match facts.of_holds {
                true => SimulatedOperation::QueryAuthorization,
                false => SimulatedOperation::Query,
            };
            rule.for_operation(query)
                .with_probability(probability, seed)
        }));
    }
    // What takes a payment back at the till is carried out after the till has looked once more.
    if facts.at_till && rng.bool() {
        let names = [
            "silence-applied-late",
            "status-504-applied-late",
            "code-96-applied-late",
        ];
        let most = facts.late_window.as_secs() - 2;
        let late = format!("{}@{}", pick(rng, &names), rng.u64(1..=most));
        let taken_back_by = pick_of(rng, [SimulatedOperation::Void, SimulatedOperation::Reverse]);
        let rule = FaultRule::named(&late);
        rules.extend(rule.map(|rule| rule.for_operation(taken_back_by).always()));
    }
    rules
}

fn pick_of<T: Copy>(rng: &mut Rng, [one, other]: [T; 2]) -> T {
    if rng.bool() { one } else { other }
}

fn rule(rng: &mut Rng, facts: &Facts) -> Option<FaultRule> {
    let spec = match rng.u8(0..12) {
        0 => FaultSpec::named(pick(rng, &OUT_OF_STEP))?,
        1..3 if facts.resolves => FaultSpec::named(pick(rng, &OF_ANSWERS))?,
        _ => fault(rng)?,
    };
    let is_reply = spec.phase == FaultPhase::Reply;
    let only_moves_money = is_false_answer(spec) && facts.resolves;
    let beyond = facts.world == World::BeyondLimits;
    if facts.two_customers && !beyond && hides_whose_it_is(spec) {
        return None;
    }
    // Under way while a whole request leaves, such a reply is its answer for all that anybody can
    // see.
    if facts.has_gate && !beyond && spec.name.starts_with("stray-reply") {
        return None;
    }
    let rule = match spec.parameter {
        None => FaultRule::named(spec.name),
        Some(parameter) => {
            let number = if spec.late {
                rng.u64(0..=facts.most_late)
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
        let (moving, asking): (&[_], &[_]) = match facts.of_holds {
            true => (&HOLD_OPERATIONS, &HOLD_QUERIES),
            false => (&OPERATIONS, &QUERIES),
        };
        let all = moving.len() + if only_moves_money { 0 } else { asking.len() };
        let mut operations = moving.iter().chain(asking);
        rule = rule.for_operation(*operations.nth(rng.usize(0..all))?);
    }
    if is_reply && one_in(rng, 4) {
        let target = match (rng.bool(), facts.of_holds) {
            (true, false) => Target::Booked(rng.usize(0..facts.orders)),
            (false, false) => Target::New(rng.usize(0..3)),
            (true, true) => Target::BookedHold(rng.usize(0..2)),
            (false, true) => Target::NewHold(rng.usize(0..3)),
        };
        let ums = target.ums_order_id().filter(|_| rng.bool());
        rule = rule.for_order(ums.unwrap_or_else(|| target.merchant_order_id()));
    }
    if spec.phase != FaultPhase::Connect && one_in(rng, 3) {
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

/// These move money.
const OPERATIONS: [SimulatedOperation; 4] = [
    SimulatedOperation::Void,
    SimulatedOperation::Pay,
    SimulatedOperation::Refund,
    SimulatedOperation::Reverse,
];
const QUERIES: [SimulatedOperation; 2] =
    [SimulatedOperation::Query, SimulatedOperation::QueryRefund];
const HOLD_OPERATIONS: [SimulatedOperation; 5] = [
    SimulatedOperation::Preauthorize,
    SimulatedOperation::CompleteAuthorization,
    SimulatedOperation::QuickCompleteAuthorization,
    SimulatedOperation::VoidAuthorization,
    SimulatedOperation::QuickVoidAuthorization,
];
const HOLD_QUERIES: [SimulatedOperation; 2] = [
    SimulatedOperation::QueryAuthorization,
    SimulatedOperation::QueryAuthorizationByTrace,
];

/// A well-formed answer to a query that is a lie, which nobody can see through: no such payment, or
/// a payment that failed.
fn is_false_answer(spec: &FaultSpec) -> bool {
    const LIES: [&str; 3] = ["code-22", "code-25", "query-res-5-words"];
    LIES.iter().any(|lie| spec.name.starts_with(lie))
}

/// What makes another customer's payment look like this one's: a payment that is made after the
/// next was signed, or an answer without its time.
fn hides_whose_it_is(spec: &FaultSpec) -> bool {
    spec.late || is_slow_read(spec) || spec.name.starts_with("no-original-time")
}

fn is_slow_read(spec: &FaultSpec) -> bool {
    spec.name.starts_with("slow-read")
}

/// Milliseconds a byte. A request has fewer than 2000 of them, and its last is read within the late
/// window.
fn slow_read(rng: &mut Rng, facts: &Facts) -> u64 {
    let drawn = pick(rng, &[1, 3, 10, 50, 400]);
    if facts.resolves && facts.world == World::WithinLimits {
        drawn.min(facts.late_window.as_secs() / 2)
    } else {
        drawn
    }
}

/// A reply to one request that another may take for its own.
const OUT_OF_STEP: [&str; 6] = [
    "status-504-then-reply",
    "code-96-then-reply",
    "code-96-then-reply-applied",
    "early-reply",
    "early-reply-applied",
    "stray-reply-applied",
];

/// What leaves an answer to a query well-formed.
const OF_ANSWERS: [&str; 6] = [
    "query-res-57-applied",
    "query-res-5131016-applied",
    "other-original-amount-applied",
    "unreadable-original-amount-applied",
    "no-original-time-applied",
    "other-merchant-order-applied",
];

/// A fault that needs no TLS. Those that move much data come up less often, for the sake of speed.
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
