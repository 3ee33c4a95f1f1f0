//! Why a call did not begin, or was not closed, as a client is told it.

use std::time::Duration;

use ums_durable::client::NotSentReason;
use ums_durable::journal::{CallId, MayRepeat, StoreRefusal};
use ums_durable::{CloseError, JournalError, SubmitError};

use crate::app::no_journal;
use crate::problem::Problem;

/// Why a call did not begin. `call` is the one that is in the way, where the caller may see it.
pub(crate) fn not_begun(error: &SubmitError, call: Option<&CallId>) -> Problem {
    let call = call.map(CallId::as_str);
    let problem = match error {
        SubmitError::Invalid(source) => {
            let detail = format!("the request cannot be written: {source}");
            Problem::invalid("request", detail)
        }
        SubmitError::Refused(refused) => refusal(refused),
        SubmitError::Amnesia(_) => forgotten(),
        SubmitError::NotCertain => Problem::unavailable("not_certain", error.to_string()).after(5),
        SubmitError::NotCertainBefore(_) => {
            Problem::unavailable("not_certain", error.to_string()).after(60)
        }
        SubmitError::TooLate(_) => Problem::invalid("not_after", error.to_string()),
        SubmitError::NotStarted(NotSentReason::Overloaded) => {
            Problem::too_many("nothing was sent, as too many calls run")
        }
        SubmitError::NotStarted(reason) => {
            tracing::error!(
                error = reason as &dyn std::error::Error,
                "a call cannot begin"
            );
            Problem::unavailable("not_started", "nothing was sent, as no call can begin here")
        }
        SubmitError::Closing => Problem::unavailable("closing", error.to_string()),
        error => no_journal(error.clone()),
    };
    problem.repeat(error.may_repeat()).call(call)
}

/// The journal must be accepted by a person before money moves.
pub(crate) fn forgotten() -> Problem {
    let detail = "nothing was sent, as the journal is not the one that was known: a person must \
                  look at it, and accept it by ums journal accept";
    Problem::unavailable("journal_not_accepted", detail).after(60)
}

/// Why a call is not closed.
pub(crate) fn not_closed(error: CloseError) -> Problem {
    match error {
        CloseError::NoSuchCall(_) => Problem::not_found("there is no such call"),
        CloseError::Changed(_) => {
            let problem = Problem::conflict("changed", "more is known of the call since");
            problem.repeat(MayRepeat::SameKey)
        }
        CloseError::OwnClock { wait, .. } => too_early(Some(wait)),
        CloseError::Journal(error) => journal(error),
        _ => Problem::unavailable("journal", "the call could not be closed"),
    }
}

/// A journal that cannot be used, or refuses.
pub(crate) fn journal(error: JournalError) -> Problem {
    match error {
        JournalError::Refused(refused) => refusal(&refused),
        other => no_journal(other),
    }
}

fn refusal(refused: &StoreRefusal) -> Problem {
    let conflict = |name, title, detail| Problem::conflict(name, detail).named(name, title);
    match refused {
        StoreRefusal::KeyOfAnotherRequest { .. } => Problem::key_of_another_request(),
        StoreRefusal::SameIdentity { .. } => conflict(
            "same_identity",
            "The same operation was begun under another key",
            "nothing was sent, as the same operation on this order is open or was carried out",
        ),
        StoreRefusal::NotCertain { .. } => conflict(
            "not_certain",
            "The same operation was begun under another key",
            "nothing was sent, as the same operation on this order was found not to be carried \
             out, of which only a statement makes certain",
        ),
        StoreRefusal::OrderBusy { .. } => conflict(
            "order_busy",
            "Another call on the order is open",
            "nothing was sent, as other calls that move money on this order are open",
        ),
        StoreRefusal::StillRunning { .. } => conflict(
            "still_running",
            "The call may still be running",
            "nothing was written down, as the call may still be running",
        )
        .repeat(MayRepeat::SameKey),
        StoreRefusal::NotOpen { .. } => conflict(
            "not_open",
            "The call is not open",
            "nothing was written down, as it is known what became of the call",
        ),
        StoreRefusal::TooEarly { wait, .. } => too_early(*wait),
        StoreRefusal::OtherJournal { .. } | StoreRefusal::Younger { .. } => forgotten(),
        StoreRefusal::NoSuchCall { .. } => Problem::not_found("there is no such call"),
        refused => {
            tracing::error!(%refused, "the journal refuses a step");
            Problem::unavailable("journal", "the journal refuses")
        }
    }
}

fn too_early(wait: Option<Duration>) -> Problem {
    let detail = "nothing was written down, as the call may still be carried out";
    let problem = Problem::conflict("too_early", detail)
        .named("too_early", "It is too early to close the call")
        .repeat(MayRepeat::SameKey);
    problem.after(wait.map_or(60, |wait| wait.as_secs().saturating_add(1)))
}
