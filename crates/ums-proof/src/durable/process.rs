//! A simulated process: it runs, stands still, or is dead, and so do all its tasks.

use std::future::poll_fn;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::{Instant, sleep};
use ums_durable::TaskGate;

use super::plan::{Deed, Mishap, PlannedMishap, When};
use crate::history::witness::{Witness, within};

/// One life of a process. Clones are the same one.
#[derive(Clone)]
pub(crate) struct Process(Arc<Inner>);

struct Inner {
    number: usize,
    witness: Witness,
    died: Notify,
    state: Mutex<Life>,
}

struct Life {
    mode: Mode,
    steps: u64,
    /// What happens at which step.
    to_come: Vec<(u64, Mishap)>,
    /// What happens before which deed.
    before: Vec<(Deed, Mishap)>,
    waiting: Vec<Waker>,
    downtime: Duration,
    stalls: u64,
    /// Until when it stood still last.
    stalled_until: Option<Instant>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Mode {
    Runs,
    Stands,
    Dead,
}

impl Process {
    /// A process to which this happens, as far as it is planned by steps.
    pub(crate) fn new(number: usize, witness: Witness, mishaps: &[PlannedMishap]) -> Self {
        let (mut to_come, mut before) = (Vec::new(), Vec::new());
        for mishap in mishaps.iter().filter(|mishap| mishap.process == number) {
            match mishap.when {
                When::Step(step) => to_come.push((step, mishap.what)),
                When::Before(deed) => before.push((deed, mishap.what)),
                When::At(_) => {}
            }
        }
        Self(Arc::new(Inner {
            number,
            witness,
            died: Notify::new(),
            state: Mutex::new(Life {
                mode: Mode::Runs,
                steps: 0,
                to_come,
                before,
                waiting: Vec::new(),
                downtime: Duration::ZERO,
                stalls: 0,
                stalled_until: None,
            }),
        }))
    }

    pub(crate) fn number(&self) -> usize {
        self.0.number
    }

    /// A step that the process takes: whatever was planned for it happens now.
    pub(crate) async fn step(&self, what: &str) {
        self.strike(what);
        poll_fn(|cx| self.poll_runs(cx)).await;
    }

    /// The same for a step that is polled. Pending when it does not run any more.
    pub(crate) fn poll_step(&self, what: &str, cx: &mut Context<'_>) -> Poll<()> {
        self.strike(what);
        self.poll_runs(cx)
    }

    pub(crate) fn poll_runs(&self, cx: &mut Context<'_>) -> Poll<()> {
        let mut life = self.lock();
        match life.mode {
            Mode::Runs => Poll::Ready(()),
            _ => {
                wait(&mut life, cx);
                Poll::Pending
            }
        }
    }

    /// Whatever was planned to happen before this deed happens now.
    pub(crate) fn comes_to(&self, deed: Deed) {
        let mishap = {
            let mut life = self.lock();
            let place = life.before.iter().position(|(before, _)| *before == deed);
            place.map(|place| life.before.swap_remove(place).1)
        };
        if let Some(mishap) = mishap {
            self.0.witness.note(|| {
                let number = self.0.number;
                format!("process {number}: {mishap:?} before {deed:?}")
            });
            self.suffer(mishap);
        }
    }

    fn strike(&self, what: &str) {
        let mishap = {
            let mut life = self.lock();
            life.steps += 1;
            let step = life.steps;
            let place = life.to_come.iter().position(|(at, _)| *at == step);
            place.map(|place| life.to_come.swap_remove(place).1)
        };
        if let Some(mishap) = mishap {
            self.0
                .witness
                .note(|| format!("process {}: {mishap:?} at {what}", self.0.number));
            self.suffer(mishap);
        }
    }

    /// It dies or stands still, wherever it is.
    pub(crate) fn suffer(&self, mishap: Mishap) {
        let mut life = self.lock();
        if life.mode == Mode::Dead {
            return;
        }
        match mishap {
            Mishap::Death(downtime) => {
                life.mode = Mode::Dead;
                life.downtime = downtime;
                self.0.died.notify_one();
                wake(&mut life);
            }
            Mishap::Stall(time) => {
                life.mode = Mode::Stands;
                life.stalls += 1;
                let until = Instant::now() + time;
                life.stalled_until = life.stalled_until.max(Some(until));
                drop(life);
                let process = self.clone();
                tokio::spawn(async move {
                    sleep(time).await;
                    process.go_on();
                });
            }
        }
    }

    fn go_on(&self) {
        let mut life = self.lock();
        let is_over = life
            .stalled_until
            .is_none_or(|until| until <= Instant::now());
        if life.mode == Mode::Stands && is_over {
            life.mode = Mode::Runs;
            wake(&mut life);
            self.0
                .witness
                .note(|| format!("process {} goes on", self.0.number));
        }
    }

    /// Nothing more happens to it, and it goes on at once if it stood still.
    pub(crate) fn spare(&self) {
        let mut life = self.lock();
        life.to_come.clear();
        life.before.clear();
        life.stalled_until = None;
        drop(life);
        self.go_on();
    }

    pub(crate) fn is_dead(&self) -> bool {
        self.lock().mode == Mode::Dead
    }

    pub(crate) fn stands_still(&self) -> bool {
        self.lock().mode == Mode::Stands
    }

    pub(crate) fn stalls(&self) -> u64 {
        self.lock().stalls
    }

    /// Waits until it has died, and says how long it stays away.
    pub(crate) async fn death(&self) -> Duration {
        while !self.is_dead() {
            self.0.died.notified().await;
        }
        self.lock().downtime
    }

    /// A future of this process: none once the process has died.
    pub(crate) fn run<F: Future>(&self, future: F) -> Captive<F> {
        Captive {
            process: self.clone(),
            future: Some(Box::pin(future)),
        }
    }

    fn lock(&self) -> MutexGuard<'_, Life> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn wait(life: &mut Life, cx: &Context<'_>) {
    let is_known = |known: &Waker| known.will_wake(cx.waker());
    if !life.waiting.iter().any(is_known) {
        life.waiting.push(cx.waker().clone());
    }
}

fn wake(life: &mut Life) {
    for waker in std::mem::take(&mut life.waiting) {
        waker.wake();
    }
}

impl TaskGate for Process {
    fn pass(&self, context: &mut Context<'_>, poll: &mut dyn FnMut(&mut Context<'_>)) {
        if self.poll_runs(context).is_ready() {
            within(self.0.number, || poll(context));
        }
    }
}

/// A future of a process.
pub(crate) struct Captive<F> {
    process: Process,
    future: Option<Pin<Box<F>>>,
}

impl<F: Future> Future for Captive<F> {
    type Output = Option<F::Output>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let Self { process, future } = self.get_mut();
        if process.is_dead() {
            *future = None;
            return Poll::Ready(None);
        }
        let Some(running) = future else {
            return Poll::Ready(None);
        };
        let mut polled = Poll::Pending;
        process.pass(cx, &mut |cx| polled = running.as_mut().poll(cx));
        // Whoever waits for a process hears of its death, whatever it was doing.
        if polled.is_pending() {
            let mut life = process.lock();
            if life.mode == Mode::Dead {
                drop(life);
                *future = None;
                return Poll::Ready(None);
            }
            wait(&mut life, cx);
        }
        polled.map(Some)
    }
}
