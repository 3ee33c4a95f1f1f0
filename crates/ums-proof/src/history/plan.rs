//! What a history will do, drawn from its seed.

mod act;
pub(crate) mod chance;
pub(crate) mod faults;
pub(crate) mod story;

use std::time::Duration;

use fastrand::Rng;
use ums_client::{Concurrency, OnDiscrepancy, Resend};
use ums_simulator::{FaultRule, LateQuery, PendingVoid, RepeatedVoid};

pub use self::act::World;
pub(crate) use self::act::{Act, Cancel, FollowUp, Form, HoldNames, Names, Step, Target, Then};
use self::chance::{ms, one_in, pick};
use self::faults::{Facts, rules};
use self::story::Story;

/// A whole history before it is played.
pub(crate) struct Plan {
    pub(crate) orders: usize,
    /// How many holds are in the book from the start.
    pub(crate) holds: usize,
    /// How long the completion of a hold takes.
    pub(crate) completion_time: Duration,
    pub(crate) repeated_void: RepeatedVoid,
    pub(crate) pending_void: PendingVoid,
    pub(crate) late_query: LateQuery,
    pub(crate) rules: Vec<FaultRule>,
    pub(crate) callers: Vec<Vec<Step>>,
    pub(crate) timeout: Duration,
    pub(crate) connect_timeout: Duration,
    pub(crate) concurrency: Option<Concurrency>,
    pub(crate) resend: Resend,
    pub(crate) on_discrepancy: OnDiscrepancy,
    /// Whether the issuers' refusals are taken for refusals.
    pub(crate) unionpay: bool,
    pub(crate) recorder: Option<RecorderPlan>,
    pub(crate) tokens: Option<TokenPlan>,
    pub(crate) link: LinkPlan,
    /// How late the gateway may carry out a request, and what the client is told of that.
    pub(crate) late_window: Duration,
    /// Seconds of the day at which it begins.
    pub(crate) begins: i64,
    pub(crate) client_jumps: Vec<Jump>,
    pub(crate) gateway_jumps: Vec<Jump>,
    /// For what is drawn while it is played.
    pub(crate) seed: u64,
}

/// A clock that is set from one moment on.
#[derive(Clone, Copy)]
pub(crate) struct Jump {
    pub(crate) at: Duration,
    pub(crate) seconds: i64,
}

/// How often out of 100 a recorder fails, and how long it takes.
pub(crate) struct RecorderPlan {
    pub(crate) fails: u8,
    pub(crate) most_delay: u64,
    /// Whether it is a journal, which is read back in the end.
    pub(crate) journal: bool,
}

/// How the token server behaves.
#[derive(Clone, Copy)]
pub(crate) struct TokenPlan {
    /// Seconds a token lives, as the reply says; none if it does not say.
    pub(crate) lifetime: Option<u64>,
    /// Longest delay of a reply, in milliseconds.
    pub(crate) delay: u64,
    /// How often out of 100 a request for a token gets none.
    pub(crate) fails: u8,
    /// How often out of 100 a good token is refused.
    pub(crate) refuses: u8,
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
    /// Whether a write that fails has passed on nothing, as on a socket. TLS may have passed on a
    /// part.
    pub(crate) fails_whole: bool,
}

impl Plan {
    pub(crate) fn draw(seed: u64, world: World) -> Self {
        let mut rng = Rng::with_seed(seed);
        let rng = &mut rng;
        let story = Story::draw(rng);
        let orders = rng.usize(1..=3);
        let late_window = Duration::from_secs(pick(rng, &[5, 30, 120]));
        let late = Late::draw(rng, late_window, world);
        let callers = story.callers(rng, orders, late_window, late.payment, world);
        let steps = || callers.iter().flatten();
        let facts = Facts {
            orders,
            late_window,
            most_late: late.request,
            world,
            resolves: steps().any(|step| !matches!(step.then, Then::Nothing)),
            two_customers: story.is_of_two_customers(),
            at_till: story == Story::Till,
            has_gate: story == Story::Tokens,
            of_holds: story.is_of_holds(),
        };
        let count = match rng.u8(0..100) {
            0..10 => 0,
            10..65 => 1,
            65..90 => 2,
            _ => rng.usize(3..=5),
        };
        let inquires = steps().any(|step| matches!(step.then, Then::Inquire { .. }));
        Self {
            orders,
            holds: match story.is_of_holds() {
                true => rng.usize(1..=2),
                false => 0,
            },
            completion_time: match story.is_of_holds() {
                true => {
                    let most = pick(rng, &[0, 0, 3000, 60_000, 600_000]);
                    ms(rng, 0, most)
                }
                false => Duration::ZERO,
            },
            repeated_void: pick(rng, &REPEATED_VOIDS),
            pending_void: pick(rng, &PENDING_VOIDS),
            late_query: pick(rng, &LATE_QUERIES),
            rules: rules(rng, &facts, count),
            timeout: story.timeout(rng),
            // A limit without end is one too.
            connect_timeout: match one_in(rng, 40) {
                true => Duration::MAX,
                false => ms(rng, 10, 500),
            },
            concurrency: one_in(rng, 6)
                .then(|| Concurrency::new(rng.usize(1..=2), rng.usize(0..=2))),
            resend: if one_in(rng, 3) {
                Resend::UpTo(rng.u32(1..=4))
            } else {
                Resend::Never
            },
            on_discrepancy: if facts.resolves || rng.bool() {
                OnDiscrepancy::Unknown
            } else {
                OnDiscrepancy::Approve
            },
            unionpay: one_in(rng, 4),
            recorder: one_in(rng, 4).then(|| RecorderPlan {
                fails: pick(rng, &[0, 0, 10, 50]),
                most_delay: pick(rng, &[0, 5, 300]),
                journal: rng.bool(),
            }),
            tokens: (story == Story::Tokens).then(|| tokens(rng)),
            link: link(rng),
            late_window,
            begins: if facts.resolves && one_in(rng, 8) {
                // About midnight in UTC+8.
                rng.i64(57_400..=57_800)
            } else {
                rng.i64(0..86_400)
            },
            client_jumps: jumps(rng, facts.resolves, inquires),
            gateway_jumps: jumps(rng, facts.resolves, false),
            callers,
            seed: rng.u64(..),
        }
    }

    pub(crate) fn calls(&self) -> usize {
        self.callers.iter().map(Vec::len).sum()
    }
}

/// How many seconds at most things take that come late.
pub(crate) struct Late {
    /// Between reading a request and carrying it out.
    pub(crate) request: u64,
    /// Between carrying out a payment and booking it.
    pub(crate) payment: u64,
}

impl Late {
    /// Both together are shorter than the late window, unless it may be beyond.
    pub(crate) fn draw(rng: &mut Rng, window: Duration, world: World) -> Self {
        let window = match world {
            World::WithinLimits => window.as_secs(),
            World::BeyondLimits => window.as_secs() * 4,
        };
        let (request, payment) = match rng.bool() {
            true => (window - 2, 1),
            false => (0, window - 1),
        };
        Self { request, payment }
    }
}

pub(crate) const REPEATED_VOIDS: [RepeatedVoid; 6] = [
    RepeatedVoid::Approve,
    RepeatedVoid::Duplicate,
    RepeatedVoid::NotAllowed,
    RepeatedVoid::NotFound,
    RepeatedVoid::NoOriginal,
    RepeatedVoid::NoOriginal,
];

pub(crate) const PENDING_VOIDS: [PendingVoid; 3] = [
    PendingVoid::Approve,
    PendingVoid::NotAllowed,
    PendingVoid::NotFound,
];

pub(crate) const LATE_QUERIES: [LateQuery; 4] = [
    LateQuery::Answer,
    LateQuery::NoOriginal,
    LateQuery::NotFound,
    LateQuery::Unknown,
];

fn tokens(rng: &mut Rng) -> TokenPlan {
    TokenPlan {
        lifetime: pick(
            rng,
            &[None, Some(0), Some(1), Some(15), Some(7200), Some(7200)],
        ),
        delay: pick(rng, &[0, 0, 100, 2000]),
        fails: pick(rng, &[0, 0, 0, 30, 60]),
        refuses: pick(rng, &[0, 0, 30]),
    }
}

pub(crate) fn link(rng: &mut Rng) -> LinkPlan {
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
        fails_whole: !one_in(rng, 4),
    }
}

/// Where answers are compared with times, the clocks differ by less than the minute that the client
/// allows for; and where a deadline is known by the time of day alone, the client's clock runs on.
pub(crate) fn jumps(rng: &mut Rng, resolves: bool, runs_on: bool) -> Vec<Jump> {
    if !one_in(rng, 5) || runs_on {
        return Vec::new();
    }
    if resolves {
        return vec![Jump {
            at: ms(rng, 0, 20_000),
            seconds: rng.i64(-25..=25),
        }];
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

/// Whether the history of this seed is about holds (担保).
pub(crate) fn is_of_holds(seed: u64) -> bool {
    Story::draw(&mut Rng::with_seed(seed)).is_of_holds()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use ums_simulator::FAULTS;

    use super::*;

    #[test]
    fn every_fault_without_tls_comes_up() {
        let mut seen = BTreeSet::new();
        for seed in 0..40_000 {
            let plan = Plan::draw(seed, World::WithinLimits);
            assert!((1..=24).contains(&plan.calls()));
            seen.extend(plan.rules.iter().map(|rule| rule.fault().spec().name));
        }
        let expected = FAULTS.iter().filter(|spec| !spec.needs_tls);
        let expected: BTreeSet<_> = expected.map(|spec| spec.name).collect();
        assert_eq!(seen, expected);
    }

    /// Within the limits, nothing is carried out after the late window.
    #[test]
    fn late_is_within_the_window_unless_it_may_be_beyond() {
        let latest = |world| {
            let plans = (0..20_000).map(|seed| Plan::draw(seed, world));
            let over = plans.filter(|plan| {
                plan.rules.iter().any(|rule| {
                    let fault = rule.fault();
                    fault.spec().late && fault.parameter() >= plan.late_window.as_secs()
                })
            });
            over.count()
        };
        assert_eq!(latest(World::WithinLimits), 0);
        assert!(latest(World::BeyondLimits) > 100);
    }
}
