//! A call from the command line: settings, question, call, report. The same for
//! every operation.

use std::future::Future;
use std::io::{self, IsTerminal};
use std::pin::{Pin, pin};
use std::time::Duration;

use tokio::runtime::{Builder, Runtime};
use tokio::time::{Instant, MissedTickBehavior, interval};
use ums_client::model::{Effect, Operation};
use ums_client::{Client, Language, Outcome, Settle, SettlePolicy};

use crate::confirm::confirm;
use crate::context::Context;
use crate::credentials;
use crate::destination::Destination;
use crate::entry::{self, Entry, Label};
use crate::exit::Exit;
use crate::failure::{Failure, FailureKind, OrFail};
use crate::interrupt::{Signals, Witness};
use crate::language::say;
use crate::output;
use crate::progress::Progress;
use crate::report::{Answer, Report, Settled};
use crate::settings::Settings;
use crate::table::{Row, labelled};

/// What a command adds to a call.
pub(crate) trait Call {
    /// What it sends.
    type Operation: Operation;

    /// The operation's name, for a report about a call that never started.
    const NAME: &'static str;

    /// The operation for a person.
    const TITLE: Label;

    /// Makes the operation, or names the field that is wrong.
    fn operation(&self, settings: &Settings<'_>) -> Result<Self::Operation, Failure>;

    /// What of the operation is worth showing to a person.
    fn of_request(&self, operation: &Self::Operation) -> Vec<Entry>;

    /// What of the reply is.
    fn of_reply(&self, reply: &Reply<Self>) -> Vec<Entry>;

    /// What would be done, for the question before it.
    fn question(&self, operation: &Self::Operation, language: Language) -> String {
        let (english, chinese) = Self::TITLE;
        let rows = entry::rows(self.of_request(operation), language);
        labelled(say(language, english, chinese), rows)
    }

    /// What the reply to a query says of what it asks about.
    fn answer(&self, reply: &Reply<Self>, context: &Context<'_>) -> Option<Answer> {
        let _ = (reply, context);
        None
    }
}

type Reply<C> = <<C as Call>::Operation as Operation>::Reply;

/// Carries out a call and prints its report.
///
/// # Errors
///
/// It never started.
pub(crate) fn carry_out<C: Call>(call: &C, context: &Context<'_>) -> Result<Exit, Failure> {
    let ready = prepare(call, context)?;
    run(call, ready, context, async |_, outcome| (outcome, None))
}

/// Carries out a call, settles its outcome if that is asked for and needed, and
/// prints its report.
///
/// # Errors
///
/// As [`carry_out`].
pub(crate) fn carry_out_and_settle<C: Call>(
    call: &C,
    policy: Result<Option<SettlePolicy>, Failure>,
    context: &Context<'_>,
) -> Result<Exit, Failure>
where
    C::Operation: Settle,
{
    let policy = policy?;
    let ready = prepare(call, context)?;
    run(call, ready, context, async |ready, outcome| {
        let Some(policy) = policy else {
            return (outcome, None);
        };
        ready.witness.settling();
        let settlement = ready.client.settle(&ready.operation, outcome, policy).await;
        let settled = Settled {
            kind: settlement.kind(),
            finding: settlement.finding,
            queries: settlement.queries,
            elapsed: settlement.elapsed,
        };
        (settlement.outcome, Some(settled))
    })
}

/// A call of which nothing is open but the question.
struct Ready<O> {
    operation: O,
    client: Client,
    witness: Witness,
    url: String,
    is_live: bool,
}

fn prepare<C: Call>(call: &C, context: &Context<'_>) -> Result<Ready<C::Operation>, Failure> {
    let settings = context.settings()?;
    let operation = call.operation(&settings)?;
    let destination = Destination::of(&settings)?;
    let credentials = credentials::of(&settings)?;
    let is_live = destination.is_live;
    let witness = Witness::default();
    let client = destination
        .client(credentials)
        .recorder(witness.clone())
        .build()
        .or_fail(FailureKind::Configuration)?;
    let url = format!("{}{}", client.base_url(), operation.path());
    if is_live && operation.effect() == Effect::MovesMoney && !context.yes {
        let what = call.question(&operation, context.language);
        confirm(&format!("{what} → {}", client.base_url()), context.language)?;
    }
    Ok(Ready {
        operation,
        client,
        witness,
        url,
        is_live,
    })
}

fn run<C: Call>(
    call: &C,
    ready: Ready<C::Operation>,
    context: &Context<'_>,
    settle: impl AsyncFnOnce(
        &Ready<C::Operation>,
        Outcome<Reply<C>>,
    ) -> (Outcome<Reply<C>>, Option<Settled>),
) -> Result<Exit, Failure> {
    let language = context.language;
    let work = async {
        let outcome = ready.client.execute(&ready.operation).await;
        settle(&ready, outcome).await
    };
    let (ended, elapsed) = until_end_or_signal(work, &ready.witness, context)?;
    let url = ready.url.clone();
    let request = ready.witness.request();
    let (report, reply) = match &ended {
        Some((outcome, _)) => (
            Report::of_outcome(outcome, url, language).with_request(request),
            Outcome::reply(outcome),
        ),
        None => {
            let sending = ready.witness.sending();
            let operation = (C::NAME, ready.operation.effect());
            let report = Report::of_interrupt(operation, sending.as_ref(), elapsed, url, language)
                .with_request(request);
            // Else the sentence stands above the table, on the same terminal.
            if context.json || !io::stdout().is_terminal() {
                output::talk(report.sentence());
            }
            (report, None)
        }
    };
    let of_reply = reply.map(|reply| call.of_reply(reply)).unwrap_or_default();
    let entries = call
        .of_request(&ready.operation)
        .into_iter()
        .chain(of_reply);
    let rows = entry::rows(entries, language);
    let answer = match &ended {
        Some((Outcome::Approved(approved), _)) if approved.discrepancies.is_empty() => {
            call.answer(&approved.reply, context)
        }
        _ => None,
    };
    let report = match answer {
        Some(answer) => report.with_answer(&answer, language),
        None => report,
    };
    let report = match ended {
        Some((_, Some(settled))) => report.with_settlement(settled, language),
        _ => report,
    }
    .with_live(ready.is_live);
    print(&report, rows, context);
    Ok(report.exit())
}

/// What the work gives, or `None` when a signal came before its end; and how
/// long that took. While an outcome is being settled, a person is told so.
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
                    if let Some(queries) = witness.queries() {
                        progress.show(queries, started.elapsed());
                    }
                }
            }
        }
        progress.clear();
        Ok(started.elapsed())
    })
}

/// The outcome outweighs the printing of it: what cannot be written to stdout
/// is said on stderr, and the exit code stays the outcome's.
pub(crate) fn print(report: &Report, rows: Vec<Row>, context: &Context<'_>) {
    let written = if context.json {
        report
            .json()
            .map_err(io::Error::from)
            .and_then(output::result)
    } else {
        output::lines(&report.human(rows, context.language))
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
