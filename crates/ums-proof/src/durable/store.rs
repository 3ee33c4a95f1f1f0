//! The store as one process has it: slow, failing, in doubt; each step is one at which the process
//! may die or stand still, and what is asked and answered is seen.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use fastrand::Rng;
use tokio::time::sleep;
use ums_durable::journal::{
    Begin, CallId, CallPage, CommandResult, Cursor, FactKind, Filter, Head, JournalKey, ListOrder,
    MemoryStore, OutcomeKind, Owner, RecordedFact, Store, StoreCommand, StoreErrorKind, StoreFault,
    StoreFaults, StoreFuture, StoreReceipt, StoreStep, StoredCall,
};

use super::book::{AttemptSeen, Beginning, Book};
use super::breakage::Breakage;
use super::plan::StorePlan;
use super::process::Process;
use crate::history::witness::Witness;

/// The label by which a call tells its operation.
pub(crate) const ACT: &str = "act";

/// A trace tells no more of a command or of its answer.
const LONGEST_NOTE: usize = 700;

/// The store of one process.
pub(crate) struct ProcessStore {
    handle: MemoryStore,
    /// The same journal, with which nothing goes wrong.
    sound: MemoryStore,
    process: Process,
    witness: Witness,
    book: Book,
    breakage: Breakage,
    most_delay: u64,
    rng: Mutex<Rng>,
    repaired: Arc<AtomicBool>,
}

impl ProcessStore {
    #[expect(clippy::too_many_arguments, reason = "it is made in one place")]
    pub(crate) fn new(
        store: &MemoryStore,
        process: Process,
        witness: Witness,
        book: Book,
        breakage: Breakage,
        plan: StorePlan,
        repaired: Arc<AtomicBool>,
        mut rng: Rng,
    ) -> Self {
        let faults = Faults {
            fails: plan.fails,
            rng: Mutex::new(rng.fork()),
            witness: witness.clone(),
            repaired: Arc::clone(&repaired),
        };
        Self {
            handle: store.with_faults(Arc::new(faults)),
            sound: store.clone(),
            process,
            witness,
            book,
            breakage,
            most_delay: plan.most_delay,
            rng: Mutex::new(rng),
            repaired,
        }
    }

    async fn dawdle(&self) {
        if self.most_delay == 0 || self.repaired.load(Ordering::Relaxed) {
            return;
        }
        let delay = {
            let mut rng = self.rng.lock().unwrap_or_else(PoisonError::into_inner);
            match rng.bool() {
                true => rng.u64(0..=self.most_delay),
                false => 0,
            }
        };
        if delay > 0 {
            sleep(Duration::from_millis(delay)).await;
        }
    }

    /// A step that only reads.
    async fn read<T>(
        &self,
        what: &str,
        read: StoreFuture<'_, T>,
    ) -> Result<T, ums_durable::journal::StoreError> {
        self.dawdle().await;
        self.process.step(what).await;
        read.await
    }

    fn note_asked(&self, group: &[StoreCommand]) {
        let now = self.witness.elapsed();
        let mut seen = self.book.lock();
        for command in group {
            match command {
                StoreCommand::Begin(begin) => {
                    let Some(plan) = &begin.plan else { continue };
                    let attempt = AttemptSeen::new(beginning(begin, now), now);
                    seen.attempts.entry(plan.nonce.clone()).or_insert(attempt);
                }
                StoreCommand::Send(send) => {
                    let Some(of_call) = seen.calls.get(&send.ticket.call).cloned() else {
                        let wrong = "an attempt of a call that never began";
                        seen.wrong.push(wrong.to_owned());
                        continue;
                    };
                    let attempt = AttemptSeen::new(of_call, now);
                    let nonce = send.plan.nonce.clone();
                    seen.attempts.entry(nonce).or_insert(attempt);
                }
                StoreCommand::Record(fact) => {
                    let (Some(call), Some(number)) = (&fact.call, fact.attempt) else {
                        continue;
                    };
                    if let FactKind::Ended(ended) = &fact.what
                        && ended.outcome == OutcomeKind::NotSent
                    {
                        seen.not_sent.entry(call.clone()).or_insert(now);
                    }
                    let Some(attempt) = seen.attempt_of(call, number.get()) else {
                        continue;
                    };
                    match &fact.what {
                        FactKind::Ended(ended) if ended.outcome != OutcomeKind::Unknown => {
                            attempt.ended.get_or_insert((now, ended.outcome));
                        }
                        FactKind::Resolved(resolved) => {
                            attempt.resolved.get_or_insert((now, resolved.finding));
                        }
                        _ => {}
                    }
                }
                _ => {}
            }
        }
    }

    fn note_answered(&self, group: &[StoreCommand], results: &[CommandResult]) {
        let now = self.witness.elapsed();
        let mut seen = self.book.lock();
        for (command, result) in group.iter().zip(results) {
            let Ok(receipt) = result else { continue };
            let (plan, ticket) = match (command, receipt) {
                (StoreCommand::Begin(begin), StoreReceipt::Begun(ticket)) => {
                    let mut of_call = beginning(begin, now);
                    of_call.begun = Some(now);
                    seen.calls.insert(ticket.call.clone(), of_call);
                    (begin.plan.as_ref(), ticket)
                }
                (StoreCommand::Send(send), StoreReceipt::Sent(ticket)) => {
                    (Some(&send.plan), ticket)
                }
                (StoreCommand::Claim(_), StoreReceipt::Claimed(..)) => {
                    *seen.counts.entry("claimed").or_default() += 1;
                    continue;
                }
                _ => continue,
            };
            let Some(attempt) = plan.and_then(|plan| seen.attempts.get_mut(&plan.nonce)) else {
                continue;
            };
            attempt.allowed.get_or_insert(now);
            if matches!(receipt, StoreReceipt::Begun(_)) {
                attempt.beginning.begun.get_or_insert(now);
            }
            attempt.ticket = Some((ticket.call.clone(), ticket.attempt.get()));
        }
    }
}

fn beginning(begin: &Begin, asked: Duration) -> Beginning {
    let label = begin.request.labels.get(ACT);
    let act = label.and_then(|label| label.as_str().parse().ok());
    Beginning {
        key: begin.request.key.key.as_str().to_owned(),
        act: act.unwrap_or(usize::MAX),
        despite: begin.despite.clone(),
        asked,
        begun: None,
    }
}

impl Store for ProcessStore {
    fn key(&self) -> StoreFuture<'_, JournalKey> {
        Box::pin(self.read("reading the key", self.handle.key()))
    }

    fn other_keys(&self) -> StoreFuture<'_, Vec<JournalKey>> {
        self.handle.other_keys()
    }

    fn head(&self) -> StoreFuture<'_, Head> {
        Box::pin(self.read("reading the head", self.handle.head()))
    }

    fn commit(&self, mut group: Vec<StoreCommand>) -> StoreFuture<'_, Vec<CommandResult>> {
        Box::pin(async move {
            self.dawdle().await;
            self.process.step("a commit, before").await;
            self.note_asked(&group);
            let (store, breakage) = (&self.sound, self.breakage);
            let saw_nothing = breakage.sees_nothing(store, &group).await;
            breakage.ask(&mut group);
            let answer = match breakage.swallows(&group) {
                true => Ok(group
                    .iter()
                    .map(|_| Ok(StoreReceipt::Recorded(true)))
                    .collect()),
                false => self.handle.commit(group.clone()).await,
            };
            let answer = match breakage {
                Breakage::None => answer,
                _ => breakage.hear(store, &group, saw_nothing, answer).await,
            };
            self.witness.note(|| {
                let asked: String = format!("{group:?}").chars().take(LONGEST_NOTE).collect();
                let answered: String = format!("{answer:?}").chars().take(LONGEST_NOTE).collect();
                format!("process {} {asked}: {answered}", self.process.number())
            });
            if let Ok(results) = &answer {
                self.note_answered(&group, results);
            }
            self.process.step("a commit, after").await;
            self.dawdle().await;
            answer
        })
    }

    fn heartbeat<'a>(&'a self, owner: &'a Owner, lease: Duration) -> StoreFuture<'a, bool> {
        Box::pin(self.read("a heartbeat", self.handle.heartbeat(owner, lease)))
    }

    fn call<'a>(&'a self, call: &'a CallId) -> StoreFuture<'a, Option<StoredCall>> {
        Box::pin(self.read("reading a call", self.handle.call(call)))
    }

    fn search<'a>(
        &'a self,
        filter: &'a Filter,
        order: ListOrder,
        after: Option<Cursor>,
        limit: usize,
    ) -> StoreFuture<'a, CallPage> {
        if self.breakage.hides_keys() && filter.key.is_some() {
            return Box::pin(async { Ok(CallPage::default()) });
        }
        let found = self.handle.search(filter, order, after, limit);
        Box::pin(self.read("a search", found))
    }

    fn facts(&self, after: u64, limit: usize) -> StoreFuture<'_, Vec<RecordedFact>> {
        Box::pin(self.read("reading facts", self.handle.facts(after, limit)))
    }
}

/// What goes wrong, until everything is repaired.
struct Faults {
    fails: u8,
    rng: Mutex<Rng>,
    witness: Witness,
    repaired: Arc<AtomicBool>,
}

impl StoreFaults for Faults {
    fn next(&self, step: StoreStep) -> StoreFault {
        if self.fails == 0 || self.repaired.load(Ordering::Relaxed) {
            return StoreFault::None;
        }
        let mut rng = self.rng.lock().unwrap_or_else(PoisonError::into_inner);
        if rng.u8(0..100) >= self.fails {
            return StoreFault::None;
        }
        let fault = match rng.u8(0..4) {
            0 => StoreFault::Fails(StoreErrorKind::Unavailable),
            1 => StoreFault::AnswerLost,
            2 => StoreFault::Lost,
            _ => StoreFault::CarriedOutLater,
        };
        self.witness
            .note(|| format!("{} goes wrong: {fault:?}", step.as_str()));
        fault
    }
}

/// Which operation of the plan a call is.
pub(crate) fn act_of(call: &StoredCall) -> Option<usize> {
    let label = call.view.request.labels.get(ACT)?;
    label.as_str().parse().ok()
}
