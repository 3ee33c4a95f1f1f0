//! A call that moves money, kept in the journal: once per key, whatever crashes.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;
use ums_client::model::{AnyRequest, Operation};
use ums_client::{
    Language, NextStep, NonceSource, OutcomeKind, RandomNonces, TillPolicy, TillResult,
};
use ums_durable::journal::{
    CallId, EndedFact, Fact, FactId, FactKind, Filter, Head, Key, ListOrder, RecordedOutcome,
    Store, StoreCommand, StoredCall,
};
use ums_durable::{Answer, Durable, SubmitError, SubmitOptions};

use crate::call::carry_out::{
    Call, Prepared, ask_if_live, carry_out, carry_out_and_resolve, interrupted, named, print,
    ready, runtime, until_end_or_signal,
};
use crate::config::journal::{JournalPlace, times};
use crate::config::settings::Settings;
use crate::context::Context;
use crate::described::words::CommandWords;
use crate::exit::Exit;
use crate::failure::{Failure, FailureKind, OrFail};
use crate::input::journalling::Journalling;
use crate::input::resolving::{Resolving, within};
use crate::journal::key::{CallKey, are_alike};
use crate::journal::memory::JournalMemory;
use crate::journal::open::close;
use crate::journal::refused::refused;
use crate::language::say;
use crate::past::next_command;
use crate::print::entry;
use crate::print::table::Row;
use crate::report::Report;
use crate::report::till::AtTill;

/// Carries out a call once per key, resolves its outcome if that is asked for and needed, and
/// prints its report. Where no journal is to be kept, as ever.
///
/// # Errors
///
/// It never started.
pub(crate) fn carry_out_kept<C>(
    call: &C,
    resolving: Option<&Resolving>,
    journalling: &Journalling,
    context: &Context<'_>,
) -> Result<Exit, Failure>
where
    C: Call<Operation = AnyRequest>,
{
    let settings = context.settings()?;
    let Some(place) = JournalPlace::of(&settings)? else {
        return match resolving {
            Some(resolving) => carry_out_and_resolve(call, resolving, context),
            None => carry_out(call, context),
        };
    };
    keep(
        call,
        &place,
        (resolving, None),
        journalling,
        &settings,
        context,
    )
}

/// Carries out a payment at the till once per key, each step of which outlives the process.
///
/// # Errors
///
/// It never started.
pub(crate) fn pay_at_till_kept<C>(
    call: &C,
    place: &JournalPlace,
    policy: TillPolicy,
    journalling: &Journalling,
    settings: &Settings<'_>,
    context: &Context<'_>,
) -> Result<Exit, Failure>
where
    C: Call<Operation = AnyRequest>,
{
    let how = (None, Some(policy));
    keep(call, place, how, journalling, settings, context)
}

fn keep<C>(
    call: &C,
    place: &JournalPlace,
    (resolving, till): (Option<&Resolving>, Option<TillPolicy>),
    journalling: &Journalling,
    settings: &Settings<'_>,
    context: &Context<'_>,
) -> Result<Exit, Failure>
where
    C: Call<Operation = AnyRequest>,
{
    let resolves = match resolving {
        Some(resolving) => resolving.policy(settings)?.is_some(),
        None => false,
    };
    let submission = Submission {
        times: times(settings)?,
        within: within(settings)?,
        options: journalling.options()?,
        profile: settings.profile_name().map(ToOwned::to_owned),
        resolves,
        till,
        has_key: journalling.has_key(),
        memory: JournalMemory::for_money(settings, place)?,
    };
    let prepared = ready(call, settings)?;
    let key = journalling.key(&prepared.operation)?;
    let store = submission.memory.open()?;
    let key = in_journal(key, &*store, &prepared);
    ask_if_live(call, &prepared, context)?;
    let work = submission.run(&prepared, Arc::clone(&store), key.clone());
    let (ended, elapsed) = until_end_or_signal(work, &prepared.witness, context)?;
    let report = match ended {
        Some(Ok(came)) => came.report(call, &prepared, settings, context.language),
        Some(Err(failure)) => return Err(failure),
        None => {
            let language = context.language;
            let report = interrupted(&prepared, named(call, &prepared), elapsed, language);
            let report = report.with_request(prepared.witness.request());
            match found_by_key(&*store, &prepared, key) {
                Some(call) => {
                    let call = let_go(&*store, &prepared, call);
                    let report = report.with_call(&call);
                    let id = call.id.as_str();
                    let next = next_command::of_kept(report.next_step(), id, settings);
                    report.with_command(next.as_ref(), language)
                }
                None => report,
            }
        }
    };
    close(store);
    let secrets = prepared.secrets();
    let report = report.without(&secrets);
    tell(&report, context);
    let mut rows = rows_of(&report, context.language);
    for (_, shown) in &mut rows {
        *shown = secrets.hide(shown);
    }
    print(&report, rows, context);
    Ok(report.exit())
}

/// What a person must hear beside the object or the table.
fn tell(report: &Report, context: &Context<'_>) {
    use std::io::IsTerminal;
    if report.was_interrupted() && (context.json || !std::io::stdout().is_terminal()) {
        crate::print::output::talk(report.sentence());
    }
}

/// What of a call in the journal is worth showing to a person.
pub(crate) fn rows_of(report: &Report, language: Language) -> Vec<Row> {
    let record = report.record();
    let words = record.operation.as_deref();
    let words = words.and_then(CommandWords::of_operation);
    let spec = words.and_then(CommandWords::spec);
    let mut rows = Vec::new();
    if let (Some(words), Some(spec)) = (words, spec) {
        let request = record.request.as_ref();
        let body = request.and_then(|request| request.body.as_ref());
        let mut entries =
            words.of_request(spec.request, body.map_or(b"", |it| it.get().as_bytes()));
        if let Some(ums_client::journal::ReplyRecord::Object(reply)) = &record.reply {
            entries.extend(words.of_reply(spec.reply, reply.get()));
        }
        rows = entry::rows(entries, language);
    }
    if let Some(id) = &record.id {
        rows.push((say(language, "call", "流水编号"), id.clone()));
    }
    rows
}

/// How a call is submitted, and what follows.
struct Submission {
    times: ums_durable::Settings,
    within: Duration,
    options: SubmitOptions,
    profile: Option<String>,
    resolves: bool,
    till: Option<TillPolicy>,
    has_key: bool,
    memory: JournalMemory,
}

/// What came of it.
enum Came {
    /// It ended here, or it still runs.
    Answered(Box<Answer>),
    /// This is what the journal knows of it.
    Known(Box<StoredCall>, bool),
    /// What the cashier is told, and what came of the payment.
    Till(TillResult, Box<Came>),
}

impl Submission {
    async fn run(
        &self,
        prepared: &Prepared<AnyRequest>,
        store: Arc<dyn Store>,
        key: Key,
    ) -> Result<Came, Failure> {
        let found = store.head().await.or_fail(FailureKind::Journal)?;
        let mut builder = Durable::over(prepared.client.clone(), store)
            .settings(self.times.clone())
            .live(prepared.place.is_live);
        if let Some(profile) = &self.profile {
            builder = builder.profile(profile);
        }
        let builder = self.memory.go_by(builder, &found)?;
        let durable = builder.build().await.or_fail(FailureKind::Journal)?;
        let came = self.came(&durable, prepared, key, &found).await;
        // What stays open is given back, so that whoever asks next need not wait, and the witness
        // hears of the end.
        durable.close(Duration::ZERO).await;
        came
    }

    async fn came(
        &self,
        durable: &Durable,
        prepared: &Prepared<AnyRequest>,
        key: Key,
        found: &Head,
    ) -> Result<Came, Failure> {
        let refused = |error: SubmitError| match error {
            SubmitError::Amnesia(_) => {
                refused(&error, self.has_key).and(self.memory.explained(found))
            }
            error => refused(&error, self.has_key),
        };
        let witness = Arc::new(prepared.witness.clone());
        let options = self.options.clone().recorder(witness);
        if let (Some(policy), AnyRequest::Pay(pay)) = (&self.till, &prepared.operation) {
            prepared.at_till.set(true);
            prepared.witness.resolving();
            let paid = durable.pay_at_till(key, (**pay).clone(), policy.clone(), options);
            let told = paid.await.map_err(refused)?;
            let came = known_now(durable, told.payment).await?;
            return Ok(Came::Till(told.result, Box::new(came)));
        }
        let submitted = durable.submit_with(key, prepared.operation.clone(), options);
        let answer = submitted.await.map_err(refused)?;
        let is_open = answer.is_running() || answer.outcome() == Some(RecordedOutcome::Unknown);
        if self.resolves && is_open && answer.recorded {
            prepared.witness.resolving();
            let found = resolve(durable, &answer.call, self.within).await?;
            if let Some(call) = found {
                return Ok(Came::Known(Box::new(call), answer.is_replay));
            }
        }
        if answer.ended.is_some() {
            return Ok(Came::Answered(Box::new(answer)));
        }
        known_now(durable, answer).await
    }
}

/// What the journal knows of a call, where it has it.
async fn known_now(durable: &Durable, answer: Answer) -> Result<Came, Failure> {
    let call = durable.call(&answer.call).await;
    Ok(match call.or_fail(FailureKind::Journal)? {
        Some(call) => Came::Known(Box::new(call), answer.is_replay),
        None => Came::Answered(Box::new(answer)),
    })
}

/// Asks about one call until it is found out or the time is over. One that another process holds is
/// waited for: that process tells how it ended, or its lease does.
///
/// # Errors
///
/// The journal cannot be used.
pub(crate) async fn resolve(
    durable: &Durable,
    call: &CallId,
    within: Duration,
) -> Result<Option<StoredCall>, Failure> {
    const PAUSE: Duration = Duration::from_millis(500);
    let until = Instant::now() + within;
    let known = loop {
        let left = until.saturating_duration_since(Instant::now());
        let resolved = durable.resolve(call, left).await;
        let known = resolved.or_fail(FailureKind::Journal)?;
        let is_elsewhere = known.as_ref().is_some_and(|known| {
            let holder = known.holder.as_ref();
            let is_others = holder.is_some_and(|holder| holder.owner != *durable.owner());
            known.view.is_open() && is_others
        });
        if !is_elsewhere || Instant::now() + PAUSE > until {
            break known;
        }
        tokio::time::sleep(PAUSE).await;
    };
    // What it holds is given back, so that the next process need not wait for the lease.
    durable.close(Duration::ZERO).await;
    Ok(known)
}

impl Came {
    fn report<C: Call<Operation = AnyRequest>>(
        self,
        call: &C,
        prepared: &Prepared<AnyRequest>,
        settings: &Settings<'_>,
        language: Language,
    ) -> Report {
        let command =
            |step: NextStep, id: &CallId| next_command::of_kept(step, id.as_str(), settings);
        match self {
            Self::Till(result, payment) => {
                let report = payment.report(call, prepared, settings, language);
                let steps = prepared.witness.steps();
                report.with_till(AtTill { result, steps }, language)
            }
            Self::Known(known, is_replay) => {
                let step = crate::journal::known::known(&known, language).next_step;
                let command = command(step, &known.id);
                Report::of_known(&known, Some(is_replay), command.as_ref(), language)
                    .without_history()
            }
            Self::Answered(answer) => {
                let Answer {
                    call: id,
                    ended,
                    record,
                    recorded,
                    ..
                } = *answer;
                let report = match (ended, record) {
                    (Some(outcome), Some(record)) => {
                        let named = named(call, prepared);
                        Report::of_kept(&outcome, record, named, &prepared.place, language)
                    }
                    _ => interrupted(prepared, named(call, prepared), Duration::ZERO, language),
                };
                let step = report.next_step();
                // What the journal does not have as open it cannot resolve.
                let command = match step {
                    NextStep::Query | NextStep::Wait if recorded => command(step, &id),
                    _ => prepared.witness.request().and_then(|request| {
                        next_command::of(step, &request, &report.past(), settings)
                    }),
                };
                report.with_command(command.as_ref(), language)
            }
        }
    }
}

/// Writes down that nothing is known of a call that a signal has cut short, so that the next
/// command need not wait for this process's lease.
fn let_go(store: &dyn Store, prepared: &Prepared<AnyRequest>, call: StoredCall) -> StoredCall {
    let attempts = call.view.attempts.last();
    let plan = attempts.and_then(|attempt| attempt.sending.as_ref());
    let sending = prepared.witness.sending();
    let is_own = match (plan, &sending) {
        (Some((_, plan)), Some(sending)) => plan.nonce == sending.attempt.as_str(),
        _ => false,
    };
    let again = || {
        let runtime = runtime().ok()?;
        let id = FactId::new(RandomNonces::new().next_nonce().ok()?.as_str()).ok()?;
        let ended = EndedFact::new(OutcomeKind::Unknown).with_reason("interrupted");
        let what = FactKind::Ended(ended);
        let fact = Fact::new(id, call.id.clone(), call.view.attempt(), what);
        let group = vec![StoreCommand::Record(Box::new(fact))];
        runtime.block_on(store.commit(group)).ok()?;
        runtime.block_on(store.call(&call.id)).ok()?
    };
    // Where it cannot be written down, the end of the lease says the same.
    let known = match is_own && call.view.is_running() {
        true => again(),
        false => None,
    };
    known.unwrap_or(call)
}

/// The key as the journal has it: as it was written before, where that is this very call's.
fn in_journal(key: CallKey, store: &dyn Store, prepared: &Prepared<AnyRequest>) -> Key {
    let CallKey { key, as_before } = key;
    let before = as_before.filter(|(before, identity)| {
        let known = found_by_key(store, prepared, before.clone());
        let known = known.and_then(|call| call.view.request.identity.clone());
        known.is_some_and(|known| are_alike(&known, identity))
    });
    before.map_or(key, |(before, _)| before)
}

/// The call with this key, if the journal has it.
fn found_by_key(
    store: &dyn Store,
    prepared: &Prepared<AnyRequest>,
    key: Key,
) -> Option<StoredCall> {
    let client = &prepared.client;
    let merchant = prepared.operation.merchant().unwrap_or_default();
    let scope = ums_durable::journal::KeyScope::new(
        client.base_url().to_string(),
        client.app_id().as_str(),
        merchant,
    );
    let filter = Filter::new().with_key(scope.key(key));
    let runtime = runtime().ok()?;
    let page = runtime.block_on(store.search(&filter, ListOrder::OldestFirst, None, 1));
    page.ok()?.calls.into_iter().next()
}
