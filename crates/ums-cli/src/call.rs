//! A call from the command line: settings, question, call, report. The same for
//! every operation.

use tokio::time::Instant;
use ums_client::model::{Effect, Operation};
use ums_client::{Client, Outcome};

use crate::confirm::confirm;
use crate::context::Context;
use crate::credentials;
use crate::destination::Destination;
use crate::exit::Exit;
use crate::failure::{Failure, FailureKind, OrFail};
use crate::interrupt::{Signals, Witness};
use crate::output;
use crate::report::Report;
use crate::settings::Settings;
use crate::table::Row;

/// What a command adds to a call.
pub(crate) trait Call {
    /// What it sends.
    type Operation: Operation;

    /// The operation's name, for a report about a call that never started.
    const NAME: &'static str;

    /// Makes the operation, or names the field that is wrong.
    fn operation(&self, settings: &Settings<'_>) -> Result<Self::Operation, Failure>;

    /// What would be done, for the question before it.
    fn question(&self, operation: &Self::Operation, context: &Context<'_>) -> String;

    /// The rows worth showing to a person, before those about the call itself.
    fn rows(
        &self,
        operation: &Self::Operation,
        reply: Option<&<Self::Operation as Operation>::Reply>,
        context: &Context<'_>,
    ) -> Vec<Row>;
}

/// Carries out a call and prints its report.
///
/// # Errors
///
/// It never started. With `--json` the report of that is printed already.
pub(crate) fn carry_out<C: Call>(call: &C, context: &Context<'_>) -> Result<Exit, Failure> {
    let done = prepare(call, context).and_then(|ready| run(call, ready, context));
    if let (Err(failure), true) = (&done, context.json) {
        let report = Report::of_failure(C::NAME, failure, context.language);
        print(&report, Vec::new(), context);
    }
    done
}

/// A call of which nothing is open but the question.
struct Ready<O> {
    operation: O,
    client: Client,
    witness: Witness,
    url: String,
}

fn prepare<C: Call>(call: &C, context: &Context<'_>) -> Result<Ready<C::Operation>, Failure> {
    let settings = context.settings()?;
    let operation = call.operation(&settings)?;
    let destination = Destination::of(&settings)?;
    let credentials = credentials::of(&settings)?;
    let live = destination.environment.is_live() && operation.effect() == Effect::MovesMoney;
    let witness = Witness::default();
    let client = destination
        .client(credentials)
        .recorder(witness.clone())
        .build()
        .or_fail(FailureKind::Configuration)?;
    let url = format!("{}{}", client.base_url(), operation.path());
    if live && !context.yes {
        let what = call.question(&operation, context);
        confirm(&format!("{what} → {}", client.base_url()), context.language)?;
    }
    Ok(Ready {
        operation,
        client,
        witness,
        url,
    })
}

fn run<C: Call>(
    call: &C,
    ready: Ready<C::Operation>,
    context: &Context<'_>,
) -> Result<Exit, Failure> {
    let Ready {
        operation,
        client,
        witness,
        url,
    } = ready;
    let runtime = runtime()?;
    let (ended, elapsed) = runtime.block_on(async {
        let mut signals = Signals::listen().or_fail(FailureKind::System)?;
        let started = Instant::now();
        let ended = tokio::select! {
            biased;
            outcome = client.execute(&operation) => Some(outcome),
            () = signals.next() => None,
        };
        Ok((ended, started.elapsed()))
    })?;
    // A name server that does not answer must not keep the process.
    runtime.shutdown_background();
    let (report, reply) = match &ended {
        Some(outcome) => (
            Report::of_outcome(outcome, url, context.language),
            Outcome::reply(outcome),
        ),
        None => {
            let sending = witness.sending();
            let report =
                Report::of_interrupt(C::NAME, sending.as_ref(), elapsed, url, context.language);
            output::talk(report.sentence());
            (report, None)
        }
    };
    let rows = call.rows(&operation, reply, context);
    print(&report, rows, context);
    Ok(report.exit())
}

/// The outcome outweighs the printing of it: what cannot be written to stdout
/// is said on stderr, and the exit code stays the outcome's.
fn print(report: &Report, rows: Vec<Row>, context: &Context<'_>) {
    let written = if context.json {
        report
            .json()
            .map_err(std::io::Error::from)
            .and_then(output::result)
    } else {
        output::bytes(report.human(rows, context.language).as_bytes())
    };
    if let Err(error) = written {
        output::talk(format_args!("error: stdout cannot be written: {error}"));
        output::talk(report.sentence());
    }
}

/// The runtime of a command that needs one.
///
/// # Errors
///
/// The machine has none to give.
pub(crate) fn runtime() -> Result<tokio::runtime::Runtime, Failure> {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .or_fail(FailureKind::System)
}
