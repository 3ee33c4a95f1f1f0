//! Running one call: from its key to what the caller is told.

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use tokio::sync::Mutex;
use tokio::time::Instant;
use ums_client::{CallOptions, NotSentReason, Outcome};
use ums_journal::{
    CallId, Filter, Fingerprints, Key, Language, ListOrder, NextStep, OrderRole, RecordedOutcome,
    State, StoreCommand, StoreRefusal, StoredCall, StoredRequest,
};
use ums_model::{AnyReply, AnyRequest, Operation};

use crate::answer::answer::{Answer, Source};
use crate::answer::submit_error::SubmitError;
use crate::call::job::{Doubt, Job, Stage};
use crate::call::options::SubmitOptions;
use crate::process::write::{WriteError, write};
use crate::running::{Entered, Slot, Told};
use crate::shared::{Shared, in_so_long};
use crate::submit::ask_first::{Known, ask_first};
use crate::submit::elsewhere::{end_orphan, wait_for};
use crate::submit::end::{believed, ended, links, merchant_of, record_of_end};
use crate::submit::recorder::CallRecorder;
use crate::submit::settle::{Held, Settlement, settle, unsent};
use crate::submit::steps::{intend, not_sent};

/// Runs a call, or joins it where it runs, and waits for it as long as the caller wants to.
pub(crate) async fn submit(
    shared: &Arc<Shared>,
    key: Key,
    request: AnyRequest,
    options: SubmitOptions,
) -> Told {
    if shared.is_closing() {
        return Err(SubmitError::Closing);
    }
    let wait = options.wait;
    let (slot, joins) = match shared.running.enter(job_of(shared, key, request, options)?) {
        Entered::First(slot) => {
            let (task, tasks) = (Arc::clone(&slot), Arc::clone(shared));
            let shared = Arc::clone(shared);
            tasks.tasks.spawn(async move {
                let at_least = TellGuard(&task);
                let told = run(&shared, &task).await;
                task.tell(told);
                drop(at_least);
            });
            (slot, false)
        }
        Entered::Joined(slot) => (slot, true),
        Entered::Other(call) => {
            let refused = StoreRefusal::KeyOfAnotherRequest { call };
            return Err(SubmitError::Refused(refused));
        }
    };
    let told = match wait {
        None => slot.told().await,
        Some(wait) => match tokio::time::timeout_at(in_so_long(wait), slot.told()).await {
            Ok(told) => told,
            Err(_) => still_running(shared, &slot).await,
        },
    };
    match joins {
        true => told.map(Answer::for_joiner),
        false => told,
    }
}

fn source_of(is_replay: bool) -> Source {
    match is_replay {
        true => Source::Replay,
        false => Source::Elsewhere,
    }
}

/// Has the next one who submits the call run it anew, however its task ends, unless that is left to
/// whoever writes down how it ended.
struct LeaveGuard<'a> {
    shared: &'a Shared,
    slot: &'a Slot,
    leaves: bool,
}

impl Drop for LeaveGuard<'_> {
    fn drop(&mut self) {
        if self.leaves {
            self.shared.running.leave(self.slot);
        }
    }
}

/// Whoever waits is told at least that nothing is known, however the task ends.
struct TellGuard<'a>(&'a Slot);

impl Drop for TellGuard<'_> {
    fn drop(&mut self) {
        let call = self.0.job.call.clone();
        self.0
            .tell_if_nobody_did(Ok(Answer::running(call, State::Sending, false)));
    }
}

fn job_of(
    shared: &Shared,
    key: Key,
    request: AnyRequest,
    options: SubmitOptions,
) -> Result<Job, SubmitError> {
    let invalid =
        |error: Box<dyn std::error::Error + Send + Sync>| SubmitError::Invalid(error.into());
    let body = request.encode().map_err(|error| invalid(error.into()))?;
    let own = String::from_utf8_lossy(&body);
    let written = options.written.as_deref().unwrap_or(&own);
    let prints = Fingerprints::new(&shared.key, request.name(), written);
    let prints = shared.other_keys.iter().fold(prints, |prints, other| {
        prints?.and_under(other, request.name(), written)
    });
    let prints = prints.map_err(|error| invalid(error.into()))?;
    let print = prints.newest().cloned();
    let print = print.ok_or_else(|| invalid("it has no fingerprint".into()))?;
    let key = shared.scope(merchant_of(&request)).key(key);
    let day = shared.days().day_of(shared.client.time());
    let stored = StoredRequest::of_request(&request, key, print, &shared.key, day);
    let mut stored = stored.map_err(|error| invalid(error.into()))?;
    stored.live = shared.live;
    stored.profile.clone_from(&shared.profile);
    stored.labels.clone_from(&options.labels);
    let limit = options.limit.unwrap_or_else(|| shared.client.timeout());
    let limit = limit.min(shared.settings.longest_limit);
    Ok(Job {
        call: shared.ids.call().map_err(|error| invalid(error.into()))?,
        request,
        stored,
        prints,
        options,
        limit,
        stage: Mutex::new(Stage::Nothing),
    })
}

/// What a caller is told who does not want to wait any more: the call goes on. That it is about to
/// start is written down, so that it can be found.
async fn still_running(shared: &Shared, slot: &Slot) -> Told {
    const LIMIT: Duration = Duration::from_secs(2);
    let job = &slot.job;
    let stage = tokio::time::timeout(LIMIT, intend(shared, job)).await;
    let unrecorded = || Answer::running(job.call.clone(), State::Intended, false);
    match stage {
        Ok(Stage::Intended(ticket)) => Ok(Answer::running(ticket.call, State::Intended, true)),
        Ok(Stage::Sending(ticket, _)) => Ok(Answer::running(ticket.call, State::Sending, true)),
        Ok(Stage::Known(call, is_replay)) => Ok(Answer::of_stored(*call, source_of(is_replay))),
        Ok(Stage::Stopped(error)) => Err(stopped(shared, error)),
        Ok(Stage::TooLate) => Err(too_late(job)),
        Ok(Stage::Nothing | Stage::InDoubt(_)) | Err(_) => Ok(unrecorded()),
    }
}

async fn run(shared: &Arc<Shared>, slot: &Arc<Slot>) -> Told {
    let job = &slot.job;
    let mut guard = LeaveGuard {
        shared,
        slot,
        leaves: true,
    };
    let earlier = match before_dialling(shared, job).await {
        Ok(Before::Known(known)) => return Ok(*known),
        Ok(Before::NotSent(call)) => Some(call),
        Ok(Before::Nothing) => None,
        Err(error) => {
            give_up(shared, job).await;
            return Err(error);
        }
    };
    let recorder = CallRecorder {
        shared: Arc::clone(shared),
        slot: Arc::clone(slot),
        also: job.options.also.clone(),
    };
    let mut options = CallOptions::new()
        .timeout(job.limit)
        .send_window(shared.settings.send_window)
        .recorder(Arc::new(recorder));
    if let Some(resend) = job.options.resend {
        options = options.resend(resend);
    }
    let outcome = shared.client.execute_with(&job.request, &options).await;
    let stage = job.stage.lock().await.clone();
    let settlement = match (&outcome, stage) {
        (_, Stage::Known(call, true)) => return Ok(Answer::of_stored(*call, Source::Replay)),
        (_, Stage::Known(call, false)) => return joined(shared, job, *call).await,
        (_, Stage::Stopped(error)) => return Err(stopped(shared, error)),
        (_, Stage::TooLate) => return Err(too_late(job)),
        (Outcome::NotSent(not_sent), Stage::Nothing) if !begins(&not_sent.reason) => {
            return Err(SubmitError::NotStarted(not_sent.reason.clone()));
        }
        (_, stage) => stage,
    };
    let mut record = record_of_end(shared, &job.request, &outcome);
    let call = match &settlement {
        Stage::Intended(ticket)
        | Stage::Sending(ticket, _)
        | Stage::InDoubt(Doubt {
            held: Some(ticket), ..
        }) => ticket.call.clone(),
        // A further attempt is of the call that has the key.
        _ => earlier.unwrap_or_else(|| job.call.clone()),
    };
    let settlement = settlement_of(shared, job, settlement, &outcome, &mut record);
    let is_unknown = outcome.is_unknown();
    let recorded = match settlement {
        Ok(settlement) => {
            // From here on the place is given up by whoever writes down the end.
            guard.leaves = false;
            settle(shared, slot, settlement).await
        }
        Err(error) => {
            tracing::error!(%error, "how a call ended could not be written down");
            None
        }
    };
    if is_unknown {
        shared.unknown.notify_one();
    }
    let is_recorded = recorded.is_some();
    let call = recorded.unwrap_or(call);
    if is_recorded
        && (outcome.is_approved() || is_unknown)
        && let Some(known) = taken_back_meanwhile(shared, job, &call).await
    {
        return Ok(Answer::of_stored(known, Source::Own));
    }
    if is_recorded
        && matches!(outcome, Outcome::NotSent(_))
        && let Some(known) = sent_elsewhere(shared, &call).await
    {
        return joined(shared, job, known).await;
    }
    let mut record = record.of_call(&call, &job.stored);
    record.state = Some(State::Ended.as_str().to_owned());
    record.recorded = Some(is_recorded);
    record.replayed = Some(false);
    Ok(Answer {
        call,
        state: State::Ended,
        record: Some(record),
        ended: Some(Arc::new(outcome)),
        view: None,
        is_replay: false,
        is_own: true,
        recorded: is_recorded,
    })
}

/// What the journal knows of a payment that was made or may have been, where another call has taken
/// it back before its end was written down, or may have.
async fn taken_back_meanwhile(shared: &Shared, job: &Job, call: &CallId) -> Option<StoredCall> {
    if job.stored.role != OrderRole::Payment {
        return None;
    }
    let known = shared.store.call(call).await.ok()??;
    let view = &known.view;
    let is_as_it_ended = view.is_open() || (view.stands && !view.may_be_undone);
    (!is_as_it_ended).then_some(known)
}

/// What the journal knows of a call of which nothing was sent here, where another process has sent
/// it meanwhile, or is about to: this one may have stood still for longer than its lease.
async fn sent_elsewhere(shared: &Shared, call: &CallId) -> Option<StoredCall> {
    let known = shared.store.call(call).await.ok()??;
    let is_unsent = known.view.outcome == Some(RecordedOutcome::NotSent);
    (!is_unsent).then_some(known)
}

/// What is known before anything is dialled.
enum Before {
    /// What the caller is told.
    Known(Box<Answer>),
    /// The call with this id ended as not sent: a further attempt is to be made.
    NotSent(CallId),
    /// Nothing: the call is to be made.
    Nothing,
}

/// What is known of the key, of the journal, and by the platform where it is to be asked first.
async fn before_dialling(shared: &Shared, job: &Job) -> Result<Before, SubmitError> {
    let before = known(shared, job).await?;
    if matches!(before, Before::Known(_)) || !job.stored.moves_money {
        return Ok(before);
    }
    shared.memory.check().map_err(SubmitError::Amnesia)?;
    let now = shared.client.time();
    let has_forgotten = shared.memory.asks_first(&*shared.store, now).await;
    let has_forgotten = has_forgotten.map_err(|error| stopped(shared, error.into()))?;
    if job.options.ask_first || has_forgotten {
        match ask_first(shared, job, has_forgotten).await {
            Ok(Known::Nothing) => {}
            Ok(Known::CarriedOut(call)) => {
                return Ok(Before::Known(Box::new(Answer::of_stored(
                    *call,
                    Source::Elsewhere,
                ))));
            }
            Ok(Known::NotCertain) => return Err(SubmitError::NotCertain),
            Ok(Known::NotCertainBefore(time)) => return Err(SubmitError::NotCertainBefore(time)),
            Err(error) => return Err(stopped(shared, error)),
        }
    }
    Ok(before)
}

/// Writes down that nothing of a call is sent which a caller who waits no longer had written down.
/// What fails of it is found by whoever recovers calls.
async fn give_up(shared: &Shared, job: &Job) {
    let Stage::Intended(ticket) = job.stage.lock().await.clone() else {
        return;
    };
    if let Ok(fact) = not_sent(shared, &ticket, None) {
        let record = StoreCommand::Record(Box::new(fact));
        if let Err(error) = write(&*shared.store, vec![record]).await {
            tracing::warn!(%error, "that a call was not sent could not be written down");
        }
    }
}

/// What is known of the key already, where the call has ended or runs elsewhere. Nothing is dialled
/// for it.
async fn known(shared: &Shared, job: &Job) -> Result<Before, SubmitError> {
    let Some(mut call) = call_with_key(shared, job).await? else {
        return Ok(Before::Nothing);
    };
    if !job.prints.match_kept(&call.view.request.fingerprint) {
        let refused = StoreRefusal::KeyOfAnotherRequest { call: call.id };
        return Err(SubmitError::Refused(refused));
    }
    let holder = call.holder.as_ref().map(|holder| &holder.owner);
    if call.view.is_running() && holder == Some(shared.ids.owner()) {
        if !matches!(*job.stage.lock().await, Stage::Nothing) {
            // It is this very call, which a caller who waits no longer had written down.
            return Ok(Before::Nothing);
        }
        // The place of this key is the job's, so nobody else runs it here.
        let ended = end_orphan(shared, &call).await;
        ended.map_err(|error| stopped(shared, error))?;
        match call_with_key(shared, job).await? {
            Some(now) => call = now,
            None => return Ok(Before::Nothing),
        }
    }
    if call.view.is_running() {
        let joined = joined(shared, job, call).await?;
        return Ok(Before::Known(Box::new(joined)));
    }
    Ok(match call.view.outcome {
        Some(RecordedOutcome::NotSent) => Before::NotSent(call.id),
        _ => Before::Known(Box::new(Answer::of_stored(call, Source::Replay))),
    })
}

async fn call_with_key(shared: &Shared, job: &Job) -> Result<Option<StoredCall>, SubmitError> {
    let filter = Filter::new().with_key(job.stored.key.clone());
    let page = shared
        .store
        .search(&filter, ListOrder::OldestFirst, None, 1);
    let page = page.await.map_err(|error| stopped(shared, error.into()))?;
    Ok(page.calls.into_iter().next())
}

/// Waits for a call that runs in another process.
async fn joined(shared: &Shared, job: &Job, call: StoredCall) -> Told {
    let until: Instant = in_so_long(job.options.wait.unwrap_or(job.limit));
    let call = wait_for(shared, call, until).await;
    let call = call.map_err(|error| stopped(shared, error))?;
    Ok(Answer::of_stored(call, Source::Elsewhere))
}

/// What is to be written down of a call that has ended.
fn settlement_of(
    shared: &Shared,
    job: &Job,
    stage: Stage,
    outcome: &Outcome<AnyReply>,
    record: &mut ums_journal::OutcomeRecord,
) -> Result<Settlement, WriteError> {
    let is_unsent = matches!(outcome, Outcome::NotSent(_));
    Ok(match stage {
        Stage::Sending(ticket, plan) => {
            let mut group = vec![ended(shared, &ticket, Some(&plan.nonce), record)?];
            if let Some(reply) = believed(outcome) {
                group.extend(links(shared, &ticket, &job.stored, reply));
            }
            Settlement {
                held: Held::Call(ticket, Some(plan)),
                group,
            }
        }
        // It never is sent in another stage.
        stage => {
            let doubt = match stage {
                Stage::Intended(ticket) => Doubt::of_intended(ticket),
                Stage::InDoubt(doubt) => doubt,
                _ => Doubt::default(),
            };
            match doubt.held.clone() {
                Some(ticket) if is_unsent => Settlement {
                    group: {
                        name_what_is_in_the_way(record, &doubt);
                        unsent(shared, &ticket, &doubt, record)?
                    },
                    held: Held::Call(ticket, None),
                },
                Some(ticket) => Settlement {
                    group: vec![ended(shared, &ticket, None, record)?],
                    held: Held::Call(ticket, None),
                },
                None => Settlement {
                    held: Held::Unsent(Box::new(record.clone()), doubt.doubtful),
                    group: Vec::new(),
                },
            }
        }
    })
}

/// Has the record of a call that was not sent say which other one was in the way, and how far that
/// one was.
fn name_what_is_in_the_way(record: &mut ums_journal::OutcomeRecord, doubt: &Doubt) {
    let Some(other) = &doubt.in_the_way else {
        return;
    };
    let state = other.state.map_or("unknown", State::as_str);
    let evidence = &mut record.evidence.last;
    evidence.reason = Some("call_in_the_way".to_owned());
    evidence.detail = Some(format!("{}; its state is {state}", other.refusal));
    record.call = Some(other.call.to_string());
    record.next_step = NextStep::LookAtCall;
    record.next = NextStep::LookAtCall.sentence(Language::English).to_owned();
}

/// Whether a call that was not sent for this reason has begun: it was tried, and a key is used for
/// it.
fn begins(reason: &NotSentReason) -> bool {
    matches!(
        reason,
        NotSentReason::Transport(_) | NotSentReason::Token(_) | NotSentReason::NotRecorded(_)
    )
}

fn too_late(job: &Job) -> SubmitError {
    SubmitError::TooLate(job.options.not_after.unwrap_or(DateTime::<Utc>::MAX_UTC))
}

/// Why nothing was sent, where the journal is the reason.
pub(crate) fn stopped(shared: &Shared, error: WriteError) -> SubmitError {
    match error {
        WriteError::Refused(refused) => match shared.memory.hear(&refused) {
            Some(amnesia) => SubmitError::Amnesia(amnesia),
            None => SubmitError::Refused(refused),
        },
        WriteError::Store(error) => SubmitError::Journal(error),
    }
}
