//! A call from the command line: settings, question, call, report. The same for every operation.

use std::cell::Cell;
use std::future::Future;
use std::io::{self, IsTerminal};
use std::pin::{Pin, pin};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use tokio::runtime::{Builder, Runtime};
use tokio::time::{Instant, MissedTickBehavior, interval};
use ums_client::journal::RequestSecrets;
use ums_client::model::{Effect, Operation, RefusalCodes, Resolve};
use ums_client::{Client, Language, Outcome, Sending, TillResult};

use crate::call::confirm::confirm;
use crate::call::interrupt::{Signals, Witness};
use crate::call::progress::Progress;
use crate::config::credentials;
use crate::config::destination::Destination;
use crate::config::settings::Settings;
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::{Failure, FailureKind, OrFail};
use crate::input::resolving::Resolving;
use crate::language::Message;
use crate::past::next_command;
use crate::print::entry::{self, Entry, Label};
use crate::print::output;
use crate::print::table::{Row, labelled};
use crate::report::answer::Answer;
use crate::report::till::AtTill;
use crate::report::{Found, Named, Place, Report};

/// What a command adds to a call.
pub(crate) trait Call {
    /// What it sends.
    type Operation: Operation;

    /// The operation's name.
    fn name(&self) -> &'static str;

    /// The operation for a person.
    fn title(&self) -> Label;

    /// Makes the operation, or names the field that is wrong.
    fn operation(&self, settings: &Settings<'_>) -> Result<Self::Operation, Failure>;

    /// What of the operation is worth showing to a person.
    fn of_request(&self, operation: &Self::Operation) -> Vec<Entry>;

    /// What of the reply is.
    fn of_reply(&self, reply: &Reply<Self>) -> Vec<Entry>;

    /// What would be done, for the question before it.
    fn question(&self, operation: &Self::Operation) -> Message {
        let (english, chinese) = self.title();
        let rows = |language| entry::rows(self.of_request(operation), language);
        Message::new(
            labelled(english, rows(Language::English), ", "),
            labelled(chinese, rows(Language::Chinese), "，"),
        )
    }

    /// Whether it asks what became of something, so that a refusal of the question says nothing of
    /// that.
    fn asks(&self) -> bool {
        false
    }

    /// What the reply to a query says of what it asks about.
    fn answer(&self, reply: &Reply<Self>, context: &Context<'_>) -> Option<Answer> {
        let _ = (reply, context);
        None
    }

    /// The reply codes that are taken for refusals beyond the documented ones.
    fn refusal_codes(&self, settings: &Settings<'_>) -> Result<RefusalCodes, Failure> {
        let _ = settings;
        Ok(RefusalCodes::none())
    }
}

type Reply<C> = <<C as Call>::Operation as Operation>::Reply;

/// Carries out a call and prints its report.
///
/// # Errors
///
/// It never started.
pub(crate) fn carry_out<C: Call>(call: &C, context: &Context<'_>) -> Result<Exit, Failure> {
    let settings = context.settings()?;
    let prepared = prepare(call, &settings, context)?;
    run(call, &prepared, &settings, context, async |prepared| {
        Ended {
            outcome: prepared.client.execute(&prepared.operation).await,
            found: None,
            till: None,
        }
    })
}

/// Carries out a call, resolves its outcome if that is asked for and needed, and prints its report.
///
/// # Errors
///
/// As [`carry_out`].
pub(crate) fn carry_out_and_resolve<C: Call>(
    call: &C,
    resolving: &Resolving,
    context: &Context<'_>,
) -> Result<Exit, Failure>
where
    C::Operation: Resolve,
{
    let settings = context.settings()?;
    let Some(policy) = resolving.policy(&settings)? else {
        return carry_out(call, context);
    };
    let prepared = prepare(call, &settings, context)?;
    run(call, &prepared, &settings, context, async |prepared| {
        let Prepared {
            client, operation, ..
        } = prepared;
        let outcome = client.execute(operation).await;
        prepared.witness.resolving();
        let resolution = client.resolve(operation, outcome, &policy).await;
        let (outcome, found) = Found::of(resolution);
        Ended {
            outcome,
            found: Some(found),
            till: None,
        }
    })
}

/// A call of which nothing is open but the question.
pub(crate) struct Prepared<O> {
    pub(crate) operation: O,
    pub(crate) client: Client,
    pub(crate) witness: Witness,
    pub(crate) place: Place,
    timeout: Duration,
    /// Whether a cashier waits for it.
    pub(crate) at_till: Cell<bool>,
}

impl<O: Operation> Prepared<O> {
    /// What of the request no report may say.
    pub(crate) fn secrets(&self) -> RequestSecrets {
        RequestSecrets::of_body(&self.operation.encode().unwrap_or_default())
    }
}

/// What a call came to.
pub(crate) struct Ended<R> {
    pub(crate) outcome: Outcome<R>,
    pub(crate) found: Option<Found>,
    pub(crate) till: Option<TillResult>,
}

/// Reads the settings that a call needs, and asks before live money is moved.
///
/// # Errors
///
/// A setting cannot be used, or live money is not meant.
pub(crate) fn prepare<C: Call>(
    call: &C,
    settings: &Settings<'_>,
    context: &Context<'_>,
) -> Result<Prepared<C::Operation>, Failure> {
    let prepared = ready(call, settings)?;
    ask_if_live(call, &prepared, context)?;
    Ok(prepared)
}

/// Reads the settings that a call needs. Nobody is asked yet.
///
/// # Errors
///
/// A setting cannot be used.
pub(crate) fn ready<C: Call>(
    call: &C,
    settings: &Settings<'_>,
) -> Result<Prepared<C::Operation>, Failure> {
    let operation = call.operation(settings)?;
    let refusals = call.refusal_codes(settings)?;
    let destination = Destination::of(settings)?;
    let credentials = credentials::of(settings)?;
    let is_live = destination.is_live;
    let timeout = destination.timeout;
    let witness = Witness::default();
    let client = destination
        .client(credentials)
        .refusal_codes(refusals)
        .recorder(witness.clone())
        .build()
        .or_fail(FailureKind::Configuration)?;
    let place = Place {
        gateway: client.base_url().to_string(),
        path: operation.path().to_owned(),
        is_live,
    };
    Ok(Prepared {
        operation,
        client,
        witness,
        place,
        timeout,
        at_till: Cell::new(false),
    })
}

/// Asks before live money is moved.
///
/// # Errors
///
/// It is not meant, or there is nobody to ask.
pub(crate) fn ask_if_live<C: Call>(
    call: &C,
    prepared: &Prepared<C::Operation>,
    context: &Context<'_>,
) -> Result<(), Failure> {
    let Prepared {
        operation,
        client,
        place,
        ..
    } = prepared;
    if !place.is_live || operation.effect() != Effect::MovesMoney || context.yes {
        return Ok(());
    }
    let place = Message::name(format_args!(" → {}", client.base_url()));
    confirm(&call.question(operation).and(place), context.language)
}

/// What a report calls the operation.
pub(crate) fn named<C: Call>(call: &C, prepared: &Prepared<C::Operation>) -> Named<'static> {
    Named {
        name: call.name(),
        effect: prepared.operation.effect(),
        asks: call.asks(),
    }
}

/// Runs a call that is prepared, in the way that is given, and prints its report.
///
/// # Errors
///
/// The machine does not let this process run it.
pub(crate) fn run<C: Call>(
    call: &C,
    prepared: &Prepared<C::Operation>,
    settings: &Settings<'_>,
    context: &Context<'_>,
    how: impl AsyncFnOnce(&Prepared<C::Operation>) -> Ended<Reply<C>>,
) -> Result<Exit, Failure> {
    let language = context.language;
    let Prepared {
        operation,
        witness,
        place,
        ..
    } = prepared;
    let named = named(call, prepared);
    let (ended, elapsed) = until_end_or_signal(how(prepared), witness, context)?;
    let mut rows = call.of_request(operation);
    let report = match ended {
        Some(Ended {
            outcome,
            found,
            till,
        }) => {
            rows.extend(
                outcome
                    .reply()
                    .into_iter()
                    .flat_map(|reply| call.of_reply(reply)),
            );
            let mut report = Report::of_outcome(&outcome, named, place, language);
            if let Outcome::Approved(approved) = &outcome
                && approved.discrepancies.is_empty()
                && let Some(answer) = call.answer(&approved.reply, context)
            {
                report = report.with_answer(&answer, language);
            }
            if let Some(found) = found {
                report = report.with_found(found, language);
            }
            match till {
                Some(result) => report.with_till(
                    AtTill {
                        result,
                        steps: witness.steps(),
                    },
                    language,
                ),
                None => report,
            }
        }
        None => interrupted(prepared, named, elapsed, language),
    };
    let request = witness.request();
    let command = request.as_ref().and_then(|request| {
        let past = report.past();
        next_command::of(report.next_step(), request, &past, settings)
    });
    let was_interrupted = report.was_interrupted();
    let secrets = prepared.secrets();
    let report = report
        .with_request(request)
        .without(&secrets)
        .with_particulars()
        .with_command(command.as_ref(), language);
    // Else the sentence stands above the table, on the same terminal.
    if was_interrupted && (context.json || !io::stdout().is_terminal()) {
        output::talk(report.sentence());
    }
    let mut rows = entry::rows(rows, language);
    for (_, shown) in &mut rows {
        *shown = secrets.hide(shown);
    }
    print(&report, rows, context);
    Ok(report.exit())
}

/// What is known of a call that a signal cut short.
pub(crate) fn interrupted<O: Operation>(
    prepared: &Prepared<O>,
    named: Named<'_>,
    elapsed: Duration,
    language: Language,
) -> Report {
    let Prepared {
        witness,
        place,
        timeout,
        at_till,
        ..
    } = prepared;
    let sending = witness.sending();
    let deadline = sending
        .as_ref()
        .and_then(|sending| up_at(sending, *timeout));
    let report = Report::of_interrupt(named, sending.as_ref(), deadline, elapsed, place, language);
    let report = match witness.known() {
        Some(known) => report
            .with_known(known)
            .with_found(Found::interrupted(elapsed), language),
        None => report,
    };
    if !at_till.get() {
        return report;
    }
    let result = match sending {
        Some(_) => TillResult::ToVerify,
        None => TillResult::NotPaid,
    };
    let steps = witness.steps();
    report.with_till(AtTill { result, steps }, language)
}

/// When the time of a call is up at the latest.
fn up_at(sending: &Sending, timeout: Duration) -> Option<DateTime<Utc>> {
    let signed_at = sending.timestamp.to_datetime().to_utc();
    signed_at.checked_add_signed(TimeDelta::from_std(timeout).ok()?)
}

/// What the work gives, or `None` when a signal came before its end; and how long that took. While
/// more than one call may follow, a person is told so.
///
/// # Errors
///
/// The machine does not let this process run it.
pub(crate) fn until_end_or_signal<T>(
    work: impl Future<Output = T>,
    witness: &Witness,
    context: &Context<'_>,
) -> Result<(Option<T>, Duration), Failure> {
    let runtime = runtime()?;
    let mut ended = None;
    let elapsed = drive(
        &runtime,
        pin!(async { ended = Some(work.await) }),
        witness,
        context,
    );
    // A name server that does not answer must not keep the process.
    runtime.shutdown_background();
    Ok((ended, elapsed?))
}

/// Not generic, so that the runtime is compiled once and not for each operation.
fn drive(
    runtime: &Runtime,
    mut work: Pin<&mut dyn Future<Output = ()>>,
    witness: &Witness,
    context: &Context<'_>,
) -> Result<Duration, Failure> {
    runtime.block_on(async {
        let mut signals = Signals::listen().or_fail(FailureKind::System)?;
        let mut progress = Progress::new(context.language);
        let mut ticks = interval(Duration::from_secs(1));
        ticks.set_missed_tick_behavior(MissedTickBehavior::Skip);
        let started = Instant::now();
        loop {
            tokio::select! {
                biased;
                () = &mut work => break,
                () = signals.next() => break,
                _ = ticks.tick() => {
                    if let Some((step, queries)) = witness.under_way() {
                        progress.show(step.as_ref(), queries, started.elapsed());
                    }
                }
            }
        }
        progress.clear();
        Ok(started.elapsed())
    })
}

/// The outcome outweighs the printing of it: what cannot be written to stdout is said on stderr,
/// and the exit code stays the outcome's.
pub(crate) fn print(report: &Report, rows: Vec<Row>, context: &Context<'_>) {
    let written = if context.json {
        report
            .json()
            .map_err(io::Error::from)
            .and_then(output::result)
    } else {
        output::lines(&report.human(rows, context.verbose, context.language))
    };
    if let Err(error) = written {
        output::cannot_be_written(&error);
        output::talk(report.sentence());
    }
}

/// The runtime of a command that needs one.
///
/// # Errors
///
/// The machine has none to give.
pub(crate) fn runtime() -> Result<Runtime, Failure> {
    Builder::new_current_thread()
        .enable_all()
        .build()
        .or_fail(FailureKind::System)
}
