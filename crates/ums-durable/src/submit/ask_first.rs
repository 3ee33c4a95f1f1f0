//! Asking before anything is sent, whether it was carried out already.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use ums_client::{Conclusion, PastCall, Questions};
use ums_journal::{Fact, FactKind, Resolved, StoreCommand, StoredCall, StoredFinding, Ticket};
use ums_model::Finding;

use crate::answer::told::evidence_of_asking;
use crate::call::job::{Job, Stage};
use crate::process::write::{WriteError, write};
use crate::shared::Shared;
use crate::submit::steps::intend;

/// What asking first came to.
pub(crate) enum Known {
    /// The platform has no trace of it, or states that it failed: it may be sent.
    Nothing,
    /// It was carried out already: the journal says so now.
    CarriedOut(Box<StoredCall>),
    /// Nothing certain.
    NotCertain,
    /// Nothing is found, and what the journal has forgotten may still be carried out until then.
    NotCertainBefore(DateTime<Utc>),
}

/// Asks once. Where the journal may have forgotten the call, what is not found is believed missing
/// only of a question that leaves after the wait for all that was forgotten.
pub(crate) async fn ask_first(
    shared: &Shared,
    job: &Job,
    has_forgotten: bool,
) -> Result<Known, WriteError> {
    let settings = &shared.settings;
    let asked_at = shared.head().await?.now;
    let wait = settings.forgotten_settles_after();
    let now = shared.client.time();
    let left = match has_forgotten {
        true => shared.memory.forgotten_settles_in(&asked_at, now, wait),
        false => Duration::ZERO,
    };
    let past = PastCall::new();
    let mut questions = Questions::new(
        &shared.client,
        &past,
        settings.late_window,
        settings.day_ends,
    );
    shared.rate.wait().await;
    let limit = settings.question_limit;
    let answer = questions.ask(&shared.client, &job.request, limit).await;
    let Some(last) = answer.queries.last() else {
        return Ok(Known::NotCertain);
    };
    if let Conclusion::Approved { stands } = answer.conclusion {
        let found = match stands {
            true => StoredFinding::Executed,
            false => StoredFinding::ExecutedAndUndone,
        };
        let mut resolved = Resolved::new(found, asked_at);
        resolved.evidence = evidence_of_asking(&last.evidence);
        return carried_out(shared, job, resolved).await;
    }
    Ok(match last.finding {
        Finding::Absent | Finding::NothingToVoid | Finding::StatedFailure { .. }
            if left.is_zero() =>
        {
            Known::Nothing
        }
        Finding::Absent | Finding::NothingToVoid | Finding::StatedFailure { .. } => {
            let left = TimeDelta::from_std(left).unwrap_or(TimeDelta::MAX);
            let until = now.checked_add_signed(left);
            Known::NotCertainBefore(until.unwrap_or(DateTime::<Utc>::MAX_UTC))
        }
        _ => Known::NotCertain,
    })
}

/// Writes down that it was carried out, and not by this call.
async fn carried_out(shared: &Shared, job: &Job, resolved: Resolved) -> Result<Known, WriteError> {
    let ticket: Ticket = match intend(shared, job).await {
        Stage::Intended(ticket) => ticket,
        // Whoever runs the call finds what is in the way there.
        _ => return Ok(Known::Nothing),
    };
    let fact = Fact::new(
        shared.ids.fact()?,
        ticket.call.clone(),
        ticket.attempt,
        FactKind::Resolved(resolved),
    );
    write(&*shared.store, vec![StoreCommand::Record(Box::new(fact))]).await?;
    match shared.store.call(&ticket.call).await? {
        Some(call) => Ok(Known::CarriedOut(Box::new(call))),
        None => Ok(Known::NotCertain),
    }
}
