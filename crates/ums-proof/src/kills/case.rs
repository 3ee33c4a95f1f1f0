//! One case: processes that are killed or stopped one after the other, and one that is let live.

use std::time::Duration;

use fastrand::Rng;
use ums_durable::journal::{Filter, ListOrder, StoredCall};

use super::child::{Ended, Start};
use super::gateway::{LATE_WINDOW, LEASE, SEND_WINDOW, TIMEOUT, What};
use super::place::Place;
use super::step::{Deed, Step};
use crate::history::in_words;

/// What happens in a case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Course {
    /// A process is killed here, and another one finds the journal.
    Fresh(Moment),
    /// The next one is killed too, while it joins, recovers or sends.
    Resumed(Moment, Moment),
    /// It stands still at this step for so long, another one finds the journal, and it goes on.
    Stall(Step, Duration),
}

/// When a process is killed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Moment {
    At(Step),
    After(Duration),
}

/// A case before it is played.
#[derive(Clone, Debug)]
pub(crate) struct CasePlan {
    pub(crate) number: u64,
    pub(crate) what: What,
    pub(crate) course: Course,
    /// What goes wrong at the gateway with the operation.
    pub(crate) fault: Option<&'static str>,
}

/// What came of it, before the gateway is asked.
#[derive(Debug)]
pub(crate) struct Played {
    pub(crate) plan: CasePlan,
    pub(crate) ended: Vec<Ended>,
    pub(crate) calls: Vec<StoredCall>,
    /// Whether each process that was to be killed or stopped at a step came to it.
    pub(crate) reached: bool,
}

impl CasePlan {
    /// The case with this number: the named steps in turn, then whatever is drawn.
    pub(crate) fn draw(number: u64, seed: u64, stalls: bool) -> Self {
        let mut rng = Rng::with_seed(seed.wrapping_mul(1_000_003).wrapping_add(number));
        let rng = &mut rng;
        let running: Vec<Step> = Step::ALL
            .into_iter()
            .filter(|step| step.is_of_running())
            .collect();
        let turn = usize::try_from(number).unwrap_or_default();
        let named = running.get(turn % running.len()).copied();
        let named = named.unwrap_or(Step::BeforeBegin);
        let faults = FAULTS.get(rng.usize(0..FAULTS.len())).copied().flatten();
        let course = match (stalls, rng.u8(0..10)) {
            (true, _) => Course::Stall(named, beyond(rng)),
            (false, 0..4) => Course::Fresh(Moment::At(named)),
            (false, 4..6) => Course::Fresh(moment(rng)),
            (false, 6..8) => {
                let recovery = Step::ALL.get(rng.usize(0..Step::ALL.len()));
                let next = recovery.copied().map_or(moment(rng), Moment::At);
                Course::Resumed(Moment::At(named), next)
            }
            (false, _) => Course::Resumed(moment(rng), moment(rng)),
        };
        Self {
            number,
            what: match rng.u8(0..3) {
                0 => What::Refund,
                _ => What::Void,
            },
            course,
            fault: faults,
        }
    }

    pub(crate) fn play(&self, start: &Start<'_>) -> Result<Played, String> {
        let mut ended = Vec::new();
        let mut reached = true;
        match self.course {
            Course::Fresh(moment) => {
                reached &= kill(start, moment, Duration::ZERO, &mut ended)?;
            }
            Course::Resumed(first, next) => {
                reached &= kill(start, first, Duration::ZERO, &mut ended)?;
                kill(start, next, RESOLVES, &mut ended)?;
            }
            Course::Stall(step, time) => {
                let mut stopped = start.start(Some((step, Deed::Stop)), Duration::ZERO)?;
                reached = stopped.wait_until_stopped(LONGEST)?;
                std::thread::sleep(time);
                let other = start.start(None, RESOLVES)?.wait(LONGEST);
                stopped.go_on()?;
                ended.push(stopped.wait(LONGEST)?);
                ended.push(other?);
            }
        }
        ended.push(start.start(None, RESOLVES)?.wait(LONGEST)?);
        let calls = read(start.journal)?;
        Ok(Played {
            plan: self.clone(),
            ended,
            calls,
            reached,
        })
    }
}

/// What the gateway does with the operation; most often nothing unusual.
const FAULTS: [Option<&str>; 8] = [
    None,
    None,
    None,
    None,
    Some("silence"),
    Some("silence-applied"),
    Some("status-504-applied-late@1"),
    Some("code-96-applied"),
];

/// How long the last process finds out what became of calls.
const RESOLVES: Duration = Duration::from_secs(14);
const LONGEST: Duration = Duration::from_secs(90);

fn moment(rng: &mut Rng) -> Moment {
    Moment::After(Duration::from_millis(rng.u64(0..150)))
}

/// Beyond lease and send window, and in some beyond the time after which "not carried out" is
/// believed.
fn beyond(rng: &mut Rng) -> Duration {
    let least = LEASE + SEND_WINDOW + Duration::from_millis(200);
    match rng.u8(0..3) {
        0 => least + TIMEOUT + LATE_WINDOW,
        _ => least,
    }
}

/// Whether it was killed where it was to be.
fn kill(
    start: &Start<'_>,
    moment: Moment,
    resolves: Duration,
    ended: &mut Vec<Ended>,
) -> Result<bool, String> {
    let end = match moment {
        Moment::At(step) => {
            let started = start.start(Some((step, Deed::Die)), resolves)?;
            started.wait(LONGEST)?
        }
        Moment::After(time) => start.start(None, resolves)?.kill_after(time)?,
    };
    let killed = end.killed;
    ended.push(end);
    Ok(killed)
}

/// What the journal knows.
fn read(journal: &Place) -> Result<Vec<StoredCall>, String> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(in_words)?;
    runtime.block_on(async {
        let store = journal.open().await?;
        let every = Filter::new();
        let found = store.search(&every, ListOrder::OldestFirst, None, 1000);
        Ok(found.await.map_err(in_words)?.calls)
    })
}
