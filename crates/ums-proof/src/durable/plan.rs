//! What a history of durable calls will do, drawn from its seed.

use std::time::Duration;

use fastrand::Rng;
use ums_client::Resend;
use ums_simulator::{FaultRule, LateQuery, PendingVoid, RepeatedVoid};

use super::story::shape;
use crate::history::plan::chance::{ms, one_in, pick};
use crate::history::plan::faults::{Facts, rules};
use crate::history::plan::story::pay_code;
use crate::history::plan::{
    Act, Jump, LATE_QUERIES, Late, LinkPlan, Names, PENDING_VOIDS, REPEATED_VOIDS, Target, World,
    jumps, link,
};

/// A whole history before it is played.
pub(crate) struct DurablePlan {
    pub(crate) processes: usize,
    pub(crate) orders: usize,
    pub(crate) acts: Vec<Act>,
    pub(crate) submissions: Vec<Submission>,
    pub(crate) mishaps: Vec<PlannedMishap>,
    pub(crate) store: StorePlan,
    /// When groups are carried out that stores were in doubt about.
    pub(crate) late_commits: Vec<Duration>,
    /// When a person closes a call that is open.
    pub(crate) person: Option<Duration>,
    /// Whether that person takes what was not carried out for carried out.
    pub(crate) person_errs: bool,
    /// Whether a statement comes in the end.
    pub(crate) statement: bool,
    /// What happens to the whole machine.
    pub(crate) upheaval: Option<Upheaval>,
    /// Whether the first two calls begin only when both have looked at the journal.
    pub(crate) begin_together: bool,
    /// How long it may take at least to find things out once all is repaired.
    pub(crate) rests: Duration,
    pub(crate) repeated_void: RepeatedVoid,
    pub(crate) pending_void: PendingVoid,
    pub(crate) late_query: LateQuery,
    pub(crate) rules: Vec<FaultRule>,
    pub(crate) link: LinkPlan,
    pub(crate) timeout: Duration,
    pub(crate) connect_timeout: Duration,
    pub(crate) resend: Resend,
    pub(crate) late_window: Duration,
    pub(crate) send_window: Duration,
    pub(crate) lease: Duration,
    /// Seconds of the day at which it begins.
    pub(crate) begins: i64,
    /// Of each process.
    pub(crate) client_jumps: Vec<Vec<Jump>>,
    pub(crate) gateway_jumps: Vec<Jump>,
    pub(crate) store_jumps: Vec<Jump>,
    /// For what is drawn while it is played.
    pub(crate) seed: u64,
}

/// Somebody submits an operation.
#[derive(Clone, Debug)]
pub(crate) struct Submission {
    pub(crate) at: Duration,
    pub(crate) process: usize,
    /// Which key. Keys are as many as operations; another operation's key may be used by mistake.
    pub(crate) key: usize,
    pub(crate) act: usize,
    pub(crate) wait: Option<Duration>,
    /// How often it is submitted again, elsewhere if need be, when it did not begin or was not
    /// sent.
    pub(crate) again: u8,
    /// Whether it is submitted in spite of the calls that are in the way.
    pub(crate) despite: bool,
    pub(crate) ask_first: bool,
}

/// Something happens to a process.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PlannedMishap {
    pub(crate) process: usize,
    pub(crate) when: When,
    pub(crate) what: Mishap,
}

#[derive(Clone, Copy, Debug)]
pub(crate) enum When {
    /// At this step, counted from its start.
    Step(u64),
    /// At this time of the history.
    At(Duration),
    /// Before it writes this down for the first time.
    Before(Deed),
}

/// What a process writes down.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Deed {
    /// That an attempt which was written down before may be sent now.
    Sending,
    /// How an attempt ended.
    Ending,
}

/// What happens to the machine, with all its processes.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Upheaval {
    /// It starts anew, and so does its clock.
    Reboot {
        at: Duration,
        /// How long no process comes back.
        lasts: Duration,
    },
    /// The copy of the journal that was made before is put back, and a person accepts it.
    Amnesia {
        copied: Duration,
        at: Duration,
        lasts: Duration,
    },
}

#[derive(Clone, Copy, Debug)]
pub(crate) enum Mishap {
    /// It dies, and another one takes its place after so long.
    Death(Duration),
    /// It stands still for so long.
    Stall(Duration),
}

/// How the store behaves.
#[derive(Clone, Copy, Debug)]
pub(crate) struct StorePlan {
    /// How often out of 100 a step fails.
    pub(crate) fails: u8,
    /// Most milliseconds that a step takes, before and after.
    pub(crate) most_delay: u64,
}

impl DurablePlan {
    pub(crate) fn draw(seed: u64) -> Self {
        let mut rng = Rng::with_seed(seed);
        let rng = &mut rng;
        let processes = pick(rng, &[1, 2, 2, 2, 3]).max(1);
        let orders = rng.usize(1..=2);
        let late_window = Duration::from_secs(pick(rng, &[5, 5, 30]));
        let late = Late::draw(rng, late_window, World::WithinLimits);
        let acts = acts(rng, orders, late.payment);
        let submissions = submissions(rng, processes, acts.len());
        let facts = Facts {
            orders,
            late_window,
            most_late: late.request,
            world: World::WithinLimits,
            resolves: true,
            two_customers: false,
            at_till: false,
            has_gate: false,
            of_holds: false,
        };
        let count = match rng.u8(0..100) {
            0..15 => 0,
            15..65 => 1,
            65..90 => 2,
            _ => 3,
        };
        let lease = Duration::from_secs(pick(rng, &[5, 15, 15]));
        let send_window = ms(rng, 500, 5000);
        let begins = match one_in(rng, 8) {
            // About midnight in UTC+8.
            true => rng.i64(57_400..=57_800),
            false => rng.i64(0..86_400),
        };
        let mut plan = Self {
            processes,
            orders,
            mishaps: mishaps(rng, processes),
            store: StorePlan {
                fails: pick(rng, &[0, 0, 5, 25]),
                most_delay: pick(rng, &[0, 0, 20, 400, 3000]),
            },
            late_commits: (0..rng.usize(1..=2)).map(|_| ms(rng, 0, 30_000)).collect(),
            person: one_in(rng, 6).then(|| ms(rng, 0, 60_000)),
            person_errs: false,
            statement: one_in(rng, 8),
            upheaval: None,
            begin_together: false,
            rests: Duration::ZERO,
            repeated_void: pick(rng, &REPEATED_VOIDS),
            pending_void: pick(rng, &PENDING_VOIDS),
            late_query: pick(rng, &LATE_QUERIES),
            rules: rules(rng, &facts, count),
            link: link(rng),
            timeout: match one_in(rng, 4) {
                true => ms(rng, 2000, 20_000),
                false => ms(rng, 50, 800),
            },
            connect_timeout: ms(rng, 10, 500),
            resend: match one_in(rng, 3) {
                true => Resend::UpTo(rng.u32(1..=3)),
                false => Resend::Never,
            },
            late_window,
            send_window,
            lease,
            begins,
            client_jumps: (0..processes).map(|_| jumps(rng, true, false)).collect(),
            gateway_jumps: jumps(rng, true, false),
            store_jumps: store_jumps(rng, begins),
            acts,
            submissions,
            seed: rng.u64(..),
        };
        shape(rng, &mut plan);
        if plan.statement && one_in(rng, 3) {
            // Only a statement shows that a person was wrong.
            plan.person_errs = true;
            plan.person = Some(ms(rng, 5000, 60_000));
        }
        plan
    }
}

/// A few operations, mostly on one order, so that they meet.
fn acts(rng: &mut Rng, orders: usize, most_seconds: u64) -> Vec<Act> {
    let of_new = rng.bool();
    let target = match of_new {
        true => Target::New(0),
        false => Target::Booked(rng.usize(0..orders)),
    };
    let names = match rng.bool() && !of_new {
        true => Names::Ums,
        false => Names::Merchant,
    };
    let mut acts = Vec::new();
    if of_new {
        acts.push(pay(rng, 0, most_seconds));
    }
    for _ in 0..rng.usize(1..=3) {
        acts.push(match rng.u8(0..100) {
            0..45 => Act::Void(target, names),
            45..75 => Act::Refund {
                target,
                names,
                request: rng.u8(0..2),
                amount: pick(rng, &[30, 50, 100]),
            },
            75..85 => Act::Reverse(target),
            85..95 => {
                let number = acts.len();
                pay(rng, number, most_seconds)
            }
            _ => Act::Void(Target::Booked(rng.usize(0..orders)), Names::Ums),
        });
    }
    acts
}

fn pay(rng: &mut Rng, number: usize, most_seconds: u64) -> Act {
    let target = Target::New(number);
    Act::Pay {
        target,
        amount: target.amount(),
        code: pay_code(rng, most_seconds.max(1), World::WithinLimits),
    }
}

fn submissions(rng: &mut Rng, processes: usize, acts: usize) -> Vec<Submission> {
    let mut all = Vec::new();
    for act in 0..acts {
        let times = pick(rng, &[1, 1, 2, 2, 3]).max(1);
        for time in 0..times {
            let stays = time == 0 || rng.u8(0..100) < 85;
            all.push(Submission {
                at: match rng.u8(0..100) {
                    0..40 => ms(rng, 0, 50),
                    40..80 => ms(rng, 0, 3000),
                    _ => ms(rng, 0, 60_000),
                },
                process: rng.usize(0..processes),
                key: match stays {
                    true => act,
                    // Another key for the same operation, or the key of another one.
                    false => rng.usize(0..acts + 1),
                },
                act,
                wait: one_in(rng, 4).then(|| ms(rng, 0, 1000)),
                again: rng.u8(0..3),
                despite: one_in(rng, 4),
                ask_first: one_in(rng, 12),
            });
        }
    }
    all
}

fn mishaps(rng: &mut Rng, processes: usize) -> Vec<PlannedMishap> {
    let count = pick(rng, &[0, 1, 1, 2, 3]);
    let mishap = |_| PlannedMishap {
        process: rng.usize(0..processes),
        when: match rng.u8(0..4) {
            0 => When::At(ms(rng, 0, 20_000)),
            1 => When::Step(rng.u64(1..80)),
            // Where a call runs.
            _ => When::Step(rng.u64(3..24)),
        },
        what: match rng.bool() {
            true => Mishap::Death(ms(rng, 0, 60_000)),
            false => {
                let most = pick(rng, &[2000, 8000, 25_000, 120_000]).max(1);
                Mishap::Stall(ms(rng, 100, most))
            }
        },
    };
    (0..count).map(mishap).collect()
}

/// The store's time of day is set; how much time has passed by its clock is not.
fn store_jumps(rng: &mut Rng, begins: i64) -> Vec<Jump> {
    // The day is told by it.
    let is_about_midnight = (53_000..62_000).contains(&begins);
    if !one_in(rng, 6) {
        return Vec::new();
    }
    vec![Jump {
        at: ms(rng, 0, 30_000),
        seconds: match is_about_midnight {
            true => rng.i64(-25..=25),
            false => pick(rng, &[-3600, -25, 25, 3600]),
        },
    }]
}
