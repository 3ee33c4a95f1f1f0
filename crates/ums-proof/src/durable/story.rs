//! What histories are drawn for: what plain chance brings together too seldom.

use std::time::Duration;

use fastrand::Rng;
use ums_client::Resend;
use ums_simulator::{FaultRule, SimulatedOperation};

use super::plan::{
    Deed, DurablePlan, Mishap, PlannedMishap, StorePlan, Submission, Upheaval, When,
};
use crate::history::plan::chance::{ms, one_in, pick};
use crate::history::plan::{Act, LinkPlan, Names, Target};

/// Seconds of the day at which it is midnight in UTC+8.
const MIDNIGHT: i64 = 57_600;

/// Makes some histories about one thing, and leaves the others as they were drawn.
pub(crate) fn shape(rng: &mut Rng, plan: &mut DurablePlan) {
    match rng.u8(0..100) {
        0..4 => stalls_before_sending(rng, plan),
        4..10 => is_carried_out_late(rng, plan),
        10..16 => goes_by_two_ids(rng, plan),
        16..21 => comes_at_once(rng, plan),
        21..26 => is_about_midnight(rng, plan),
        26..28 => is_found_after_midnight(rng, plan),
        28..34 => ends_late(rng, plan),
        34..38 => {
            let most = pick(rng, &[1500, 20_000]);
            plan.upheaval = Some(Upheaval::Reboot {
                at: ms(rng, 0, most),
                lasts: ms(rng, 0, 10_000),
            });
        }
        38..43 => loses_its_journal(rng, plan),
        _ => {}
    }
}

/// A process stands still for longer than its lease between what settles that a call may be sent
/// and its writing that down, while its send window is still open. Another one takes the call up
/// and sends it.
fn stalls_before_sending(rng: &mut Rng, plan: &mut DurablePlan) {
    alone(plan);
    plan.processes = 2;
    plan.client_jumps.resize(2, Vec::new());
    plan.acts = vec![taking_back(rng, Target::Booked(0), Names::Merchant)];
    plan.lease = Duration::from_secs(1);
    plan.send_window = Duration::from_secs(5);
    plan.timeout = ms(rng, 6000, 9000);
    plan.link.dial_delay = 100;
    let waits = |submission: Submission, wait| Submission {
        wait: Some(Duration::from_millis(wait)),
        ..submission
    };
    plan.submissions = vec![
        // The caller's wait ends before the connection stands: the call is written down alone.
        waits(submission(Duration::ZERO, 0, 0, 0), rng.u64(0..40)),
        submission(ms(rng, 1200, 2500), 1, 0, 0),
    ];
    let stall = Mishap::Stall(ms(rng, 2800, 4600));
    plan.mishaps = vec![before(0, Deed::Sending, stall)];
}

/// The gateway carries a request out long after it was read, and says so to nobody: whoever asks
/// before is told that there is nothing.
fn is_carried_out_late(rng: &mut Rng, plan: &mut DurablePlan) {
    plan.late_window = Duration::from_secs(30);
    plan.timeout = ms(rng, 100, 800);
    plan.acts = vec![taking_back(rng, Target::Booked(0), Names::Merchant)];
    plan.rules = late(rng, &plan.acts, 10, 28);
    plan.submissions = vec![
        submission(ms(rng, 0, 100), 0, 0, 0),
        submission(ms(rng, 8000, 50_000), plan.processes - 1, 0, 0),
        submission(ms(rng, 8000, 28_000), plan.processes - 1, 1, 0),
    ];
}

/// Two calls name one order by its two ids; a reply to one of them shows that both are one.
fn goes_by_two_ids(rng: &mut Rng, plan: &mut DurablePlan) {
    let target = Target::Booked(0);
    let (one, other) = match rng.bool() {
        true => (Names::Ums, Names::Merchant),
        false => (Names::Merchant, Names::Ums),
    };
    let first = taking_back(rng, target, one);
    let second = match first {
        Act::Void(..) if rng.bool() => Act::Void(target, other),
        Act::Refund {
            request, amount, ..
        } if !one_in(rng, 4) => Act::Refund {
            target,
            names: other,
            request,
            amount,
        },
        _ => taking_back(rng, target, other),
    };
    plan.acts = vec![first, second];
    if rng.bool() {
        plan.rules = late(rng, &plan.acts, 1, 3);
    }
    let later = pick(rng, &[0, 400, 10_000]);
    plan.submissions = vec![
        submission(ms(rng, 0, 200), 0, 0, 0),
        submission(ms(rng, 0, 200 + later), plan.processes - 1, 1, 1),
        submission(ms(rng, 1000, 40_000), 0, 2, rng.usize(0..2)),
    ];
}

/// A void and a refund of one order, both of which have looked before either is written down.
fn comes_at_once(rng: &mut Rng, plan: &mut DurablePlan) {
    let names = match rng.bool() {
        true => Names::Ums,
        false => Names::Merchant,
    };
    let target = Target::Booked(0);
    plan.acts = vec![Act::Void(target, names), refund(rng, target, names)];
    plan.begin_together = true;
    plan.submissions = vec![
        submission(Duration::ZERO, 0, 0, 0),
        submission(ms(rng, 0, 3), plan.processes - 1, 1, 1),
    ];
    if one_in(rng, 3) {
        let time = ms(rng, 0, 3);
        plan.submissions.push(submission(time, 0, 2, 0));
    }
}

/// An operation before midnight, and once more after it.
fn is_about_midnight(rng: &mut Rng, plan: &mut DurablePlan) {
    let before = rng.i64(1..=20);
    plan.begins = MIDNIGHT - before;
    plan.acts = vec![taking_back(rng, Target::Booked(0), Names::Merchant)];
    if rng.bool() {
        let most = plan.late_window.as_secs() - 2;
        plan.rules = late(rng, &plan.acts, 0, most);
    }
    let midnight = before.unsigned_abs() * 1000;
    plan.submissions = vec![
        submission(ms(rng, 0, midnight), 0, 0, 0),
        submission(ms(rng, midnight, 60_000), plan.processes - 1, 1, 0),
    ];
}

/// What nobody can find out on its day is found at half past midnight.
fn is_found_after_midnight(rng: &mut Rng, plan: &mut DurablePlan) {
    alone(plan);
    let before = rng.i64(2..=20);
    plan.begins = MIDNIGHT - before;
    plan.lease = Duration::from_secs(15);
    plan.timeout = ms(rng, 100, 800);
    plan.acts = vec![taking_back(rng, Target::Booked(0), Names::Merchant)];
    plan.rules = late(rng, &plan.acts, 0, 3);
    for asking in [SimulatedOperation::Query, SimulatedOperation::QueryRefund] {
        let times = rng.u64(1..=6);
        let rule = FaultRule::named("status-504").map(|rule| rule.for_operation(asking));
        plan.rules.extend(rule.map(|rule| rule.times(times)));
    }
    plan.submissions = vec![submission(Duration::ZERO, 0, 0, 0)];
    plan.rests = Duration::from_secs(before.unsigned_abs() + 33 * 60);
}

/// How a call ended is written down when others have dealt with it meanwhile.
fn ends_late(rng: &mut Rng, plan: &mut DurablePlan) {
    let most = pick(rng, &[20_000, 60_000, 120_000]);
    let stall = Mishap::Stall(ms(rng, 4000, most));
    plan.mishaps.push(before(0, Deed::Ending, stall));
    plan.processes = plan.processes.max(2);
    plan.client_jumps.resize(plan.processes, Vec::new());
    for submission in plan.submissions.iter_mut().take(1) {
        submission.process = 0;
        submission.at = Duration::ZERO;
    }
    if rng.bool() {
        plan.person = Some(ms(rng, 10_000, 60_000));
    }
}

/// Yesterday's copy of the journal is put back while nothing runs, and a person accepts it.
fn loses_its_journal(rng: &mut Rng, plan: &mut DurablePlan) {
    let copied = ms(rng, 0, 2000);
    let at = copied + ms(rng, 50, 6000);
    let lasts = ms(rng, 0, 3000);
    plan.upheaval = Some(Upheaval::Amnesia { copied, at, lasts });
    plan.timeout = ms(rng, 50, 2000);
    let acts = plan.acts.len().max(1);
    for _ in 0..rng.usize(1..=3) {
        let act = rng.usize(0..acts);
        let key = match one_in(rng, 4) {
            true => acts,
            false => act,
        };
        let process = rng.usize(0..plan.processes);
        // What a query does not find is believed missing only after the late window.
        let time = at + lasts + ms(rng, 0, 25_000) + plan.late_window / 2;
        plan.submissions.push(submission(time, process, key, act));
    }
}

/// Without anything that happens by chance.
fn alone(plan: &mut DurablePlan) {
    plan.rules.clear();
    plan.mishaps.clear();
    plan.person = None;
    plan.store = StorePlan {
        fails: 0,
        most_delay: 0,
    };
    plan.resend = Resend::Never;
    plan.connect_timeout = Duration::from_millis(400);
    plan.link = LinkPlan {
        dial_delay: 0,
        dial_hangs: 0,
        dial_fails: 0,
        piece: 0,
        piece_delay: 0,
        breaks: 0,
        fails_whole: true,
    };
}

/// One request is carried out so many seconds after it was read, and has no answer.
fn late(rng: &mut Rng, acts: &[Act], least: u64, most: u64) -> Vec<FaultRule> {
    const NAMES: [&str; 4] = [
        "silence-applied-late",
        "fin-after-request-applied-late",
        "status-504-applied-late",
        "code-96-applied-late",
    ];
    let name = format!("{}@{}", pick(rng, &NAMES), rng.u64(least..=most));
    let operation = match acts.first() {
        Some(Act::Refund { .. }) => SimulatedOperation::Refund,
        _ => SimulatedOperation::Void,
    };
    let rule = FaultRule::named(&name).map(|rule| rule.for_operation(operation).times(1));
    rule.into_iter().collect()
}

fn taking_back(rng: &mut Rng, target: Target, names: Names) -> Act {
    match rng.bool() {
        true => Act::Void(target, names),
        false => refund(rng, target, names),
    }
}

fn refund(rng: &mut Rng, target: Target, names: Names) -> Act {
    Act::Refund {
        target,
        names,
        request: rng.u8(0..2),
        amount: pick(rng, &[30, 50, 100]),
    }
}

fn submission(at: Duration, process: usize, key: usize, act: usize) -> Submission {
    Submission {
        at,
        process,
        key,
        act,
        wait: None,
        again: 2,
        despite: false,
        ask_first: false,
    }
}

fn before(process: usize, deed: Deed, what: Mishap) -> PlannedMishap {
    PlannedMishap {
        process,
        when: When::Before(deed),
        what,
    }
}
