//! What a history will do, drawn from its seed.

use std::time::Duration;

use fastrand::Rng;
use ums_client::{Concurrency, OnDiscrepancy, Resend};
use ums_simulator::{ConnectionUse, FAULTS, FaultRule, FaultSpec, Phase, RepeatedVoid};

/// A whole history before it is played.
pub(crate) struct Plan {
    pub(crate) orders: usize,
    pub(crate) repeated_void: RepeatedVoid,
    pub(crate) rules: Vec<FaultRule>,
    pub(crate) callers: Vec<Vec<Step>>,
    pub(crate) timeout: Duration,
    pub(crate) connect_timeout: Duration,
    pub(crate) concurrency: Option<Concurrency>,
    pub(crate) resend: Resend,
    pub(crate) on_discrepancy: OnDiscrepancy,
    pub(crate) recorder: Option<RecorderPlan>,
    pub(crate) link: LinkPlan,
    /// Seconds of the day at which it begins.
    pub(crate) begins: i64,
    pub(crate) client_jumps: Vec<Jump>,
    pub(crate) gateway_jumps: Vec<Jump>,
    /// For what is drawn while it is played.
    pub(crate) seed: u64,
}

/// One call of one caller.
pub(crate) struct Step {
    pub(crate) pause: Duration,
    pub(crate) order: usize,
    pub(crate) cancel: Option<Cancel>,
}

/// When a call's future is dropped.
#[derive(Clone, Copy)]
pub(crate) enum Cancel {
    /// After it was polled so often.
    Polls(u32),
    After(Duration),
}

/// A clock that is set from one moment on.
pub(crate) struct Jump {
    pub(crate) at: Duration,
    pub(crate) seconds: i64,
}

/// How often out of 100 a recorder fails, and how long it takes.
pub(crate) struct RecorderPlan {
    pub(crate) fails: u8,
    pub(crate) most_delay: u64,
}

/// How the connections behave below HTTP.
#[derive(Clone, Copy)]
pub(crate) struct LinkPlan {
    /// Longest delay of a dial, in milliseconds.
    pub(crate) dial_delay: u64,
    /// How often out of 100 a dial never ends.
    pub(crate) dial_hangs: u8,
    /// How often out of 100 a dial fails.
    pub(crate) dial_fails: u8,
    /// Most bytes that are accepted or delivered at once. 0 for no limit.
    pub(crate) piece: usize,
    /// Longest delay between pieces, in milliseconds.
    pub(crate) piece_delay: u64,
    /// How often out of 100 a connection breaks by itself.
    pub(crate) breaks: u8,
}

impl Plan {
    pub(crate) fn draw(seed: u64) -> Self {
        let mut rng = Rng::with_seed(seed);
        let rng = &mut rng;
        let orders = rng.usize(1..=3);
        let callers = match rng.u8(0..100) {
            0..35 => 1,
            35..70 => 2,
            70..95 => rng.usize(3..=4),
            _ => rng.usize(5..=8),
        };
        let rules = match rng.u8(0..100) {
            0..10 => 0,
            10..65 => 1,
            65..90 => 2,
            _ => rng.usize(3..=5),
        };
        Self {
            orders,
            repeated_void: repeated_void(rng),
            rules: (0..rules).filter_map(|_| rule(rng, orders)).collect(),
            callers: (0..callers).map(|_| steps(rng, orders)).collect(),
            timeout: ms(rng, 20, 500),
            connect_timeout: ms(rng, 10, 500),
            concurrency: one_in(rng, 6)
                .then(|| Concurrency::new(rng.usize(1..=2), rng.usize(0..=2))),
            resend: if one_in(rng, 3) {
                Resend::UpTo(rng.u32(1..=4))
            } else {
                Resend::Never
            },
            on_discrepancy: if rng.bool() {
                OnDiscrepancy::Approve
            } else {
                OnDiscrepancy::Unknown
            },
            recorder: one_in(rng, 4).then(|| RecorderPlan {
                fails: pick(rng, &[0, 0, 10, 50]),
                most_delay: pick(rng, &[0, 5, 300]),
            }),
            link: link(rng),
            begins: rng.i64(0..86_400),
            client_jumps: jumps(rng),
            gateway_jumps: jumps(rng),
            seed: rng.u64(..),
        }
    }

    pub(crate) fn calls(&self) -> usize {
        self.callers.iter().map(Vec::len).sum()
    }
}

/// The UMS order id of the order with this number.
pub(crate) fn order_id(number: usize) -> String {
    format!("2023071811024802916588000{number}")
}

fn steps(rng: &mut Rng, orders: usize) -> Vec<Step> {
    let count = rng.usize(1..=3);
    let mut steps = Vec::with_capacity(count);
    for _ in 0..count {
        steps.push(Step {
            pause: match rng.u8(0..100) {
                0..50 => Duration::ZERO,
                50..98 => ms(rng, 0, 60),
                // Longer than a connection may rest in the pool.
                _ => Duration::from_secs(31),
            },
            order: rng.usize(0..orders),
            cancel: match rng.u8(0..100) {
                0..15 => Some(Cancel::Polls(rng.u32(0..12))),
                15..25 => Some(Cancel::After(ms(rng, 0, 100))),
                _ => None,
            },
        });
    }
    steps
}

fn rule(rng: &mut Rng, orders: usize) -> Option<FaultRule> {
    let spec = fault(rng)?;
    let rule = match spec.parameter {
        None => FaultRule::named(spec.name),
        Some(parameter) => {
            let number = number(rng, parameter.unit, parameter.default);
            FaultRule::named(&format!("{}@{number}", spec.name))
        }
    };
    let mut rule = rule.ok()?;
    if spec.phase == Phase::Reply && one_in(rng, 3) {
        rule = rule.for_order(order_id(rng.usize(0..orders)));
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

fn link(rng: &mut Rng) -> LinkPlan {
    let (piece, piece_delay) = match rng.u8(0..100) {
        0..60 => (0, 0),
        60..80 => (rng.usize(1..400), 0),
        _ => (rng.usize(1..400), rng.u64(1..60)),
    };
    LinkPlan {
        dial_delay: pick(rng, &[0, 0, 0, 5, 100]),
        dial_hangs: pick(rng, &[0, 0, 0, 10]),
        dial_fails: pick(rng, &[0, 0, 0, 30]),
        piece,
        piece_delay,
        breaks: pick(rng, &[0, 0, 0, 30, 80]),
    }
}

fn jumps(rng: &mut Rng) -> Vec<Jump> {
    if !one_in(rng, 5) {
        return Vec::new();
    }
    let count = rng.usize(1..=3);
    let jump = |_| Jump {
        at: ms(rng, 0, 200),
        // Within the gateway's window of five minutes, about it, or a day off.
        seconds: match rng.u8(0..3) {
            0 => rng.i64(-200..=200),
            1 => rng.i64(-400..=400),
            _ => rng.i64(-100_000..=100_000),
        },
    };
    (0..count).map(jump).collect()
}

fn repeated_void(rng: &mut Rng) -> RepeatedVoid {
    pick(
        rng,
        &[
            RepeatedVoid::Approve,
            RepeatedVoid::Duplicate,
            RepeatedVoid::NotAllowed,
            RepeatedVoid::NotFound,
        ],
    )
}

fn ms(rng: &mut Rng, least: u64, most: u64) -> Duration {
    Duration::from_millis(rng.u64(least..=most))
}

fn one_in(rng: &mut Rng, n: u8) -> bool {
    rng.u8(0..n) == 0
}

fn pick<T: Copy + Default>(rng: &mut Rng, from: &[T]) -> T {
    from.get(rng.usize(0..from.len()))
        .copied()
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_fault_without_tls_comes_up() {
        let mut seen = BTreeSet::new();
        for seed in 0..40_000 {
            let plan = Plan::draw(seed);
            assert!((1..=24).contains(&plan.calls()));
            seen.extend(plan.rules.iter().map(|rule| rule.fault().spec().name));
        }
        let expected = FAULTS.iter().filter(|spec| !spec.needs_tls);
        let expected: BTreeSet<_> = expected.map(|spec| spec.name).collect();
        assert_eq!(seen, expected);
    }
}
