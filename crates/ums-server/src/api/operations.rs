//! `POST /v1/operations/{name}`: an operation, once per key.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Path, State};
use axum::response::Response;
use http::{HeaderMap, Uri};
use ums_durable::client::journal::Gateway;
use ums_durable::client::model::{
    AnyReply, AnyRequest, Effect, OPERATIONS, Operation as _, OperationSpec,
};
use ums_durable::client::{CallOptions, Outcome};
use ums_durable::journal::{Key, NextStep, OutcomeRecord, RecordedOutcome};
use ums_durable::{Answer, SubmitError, SubmitOptions, known_record};

use crate::access::grant::Grant;
use crate::access::role::Role;
use crate::answer::record::submitted;
use crate::answer::refusal::{forgotten, not_begun};
use crate::api::body::read_body;
use crate::app::App;
use crate::caller::Caller;
use crate::problem::Problem;
use crate::profile::Profile;
use crate::request::idempotency_key::idempotency_key;
use crate::request::listing::no_query;
use crate::request::submission::Submission;

/// Submits an operation.
pub(crate) async fn submit(
    State(app): State<Arc<App>>,
    Path(name): Path<String>,
    caller: Caller,
    uri: Uri,
    headers: HeaderMap,
    body: axum::body::Body,
) -> Result<Response, Problem> {
    let grant = &caller.grant;
    let unknown = || Problem::not_found("there is no such operation");
    let spec = operation_of(&name).ok_or_else(unknown)?;
    if !grant.may_submit(spec.name) {
        let needed = format!("it needs the role submit, for {}", spec.name);
        return Err(Problem::forbidden(needed));
    }
    no_query(uri.query())?;
    let key = idempotency_key(&headers)?;
    let body = read_body(&headers, body, app.limits.read).await?;
    let submission = Submission::read(&body)?;
    if !submission.despite.is_empty() {
        caller.needs(Role::Override)?;
    }
    let profile = app.profile(submission.profile.as_deref(), grant)?;
    let request = submission.request(spec, profile)?;
    check_amount(&request, grant)?;
    let moves_money = request.effect() == Effect::MovesMoney;
    if app.is_closing() {
        return Err(not_begun(&SubmitError::Closing, None));
    }
    if app.calls_running() >= app.limits.calls {
        return Err(Problem::too_many("nothing was sent, as too many calls run"));
    }
    let Some(key) = key else {
        if moves_money {
            let detail = "an operation that moves money needs the header Idempotency-Key";
            return Err(Problem::malformed(detail));
        }
        return Ok(read_only(profile, &request, submission.timeout).await);
    };
    if moves_money && app.amnesia().is_some() {
        return Err(forgotten());
    }
    let options = options(submission, &caller, profile)?;
    let asked = Asked {
        profile: profile.name.clone(),
        grant: grant.clone(),
        key,
        request,
        options,
    };
    // In a task of its own: a caller that hangs up cancels nothing.
    let (name, task) = (spec.name, asked.run(Arc::clone(&app)));
    match tokio::spawn(task).await {
        Ok(told) => {
            let Told { record, is_replay } = told?;
            // The rights are those of now, whoever submitted it first.
            if !caller.grant.sees(record.profile.as_deref()) {
                let detail = "the key is that of a call of a profile that the token is not for";
                return Err(Problem::forbidden(detail));
            }
            Ok(submitted(record, is_replay))
        }
        Err(error) => {
            tracing::error!(%error, "a submission was broken off");
            let record = OutcomeRecord::new(name, RecordedOutcome::Unknown, NextStep::Query);
            Ok(submitted(record, false))
        }
    }
}

/// The operation with this name. `void` is short for `void_payment`, and `reverse` likewise.
fn operation_of(name: &str) -> Option<&'static OperationSpec> {
    let is_named = |spec: &&OperationSpec| {
        spec.name == name || spec.name.strip_suffix("_payment") == Some(name)
    };
    OPERATIONS.iter().find(is_named)
}

/// Refuses an amount that the platform has not, and one above what the token allows.
fn check_amount(request: &AnyRequest, grant: &Grant) -> Result<(), Problem> {
    const AMOUNT: &str = "transactionAmount";
    /// Twelve digits are what the platform's documents give an amount.
    const MOST: u64 = 999_999_999_999;
    let body = request.encode().unwrap_or_default();
    let fields: serde_json::Value = serde_json::from_slice(&body).unwrap_or_default();
    let asked = match &fields[AMOUNT] {
        serde_json::Value::Number(number) => number.as_u64(),
        serde_json::Value::String(text) => text.parse().ok(),
        // What takes back a whole payment says no amount.
        serde_json::Value::Null => return Ok(()),
        _ => None,
    };
    if asked.is_none_or(|asked| asked == 0 || asked > MOST) {
        let detail = "it must be from 1 to 999999999999, in fen";
        return Err(Problem::invalid(AMOUNT, detail));
    }
    match grant.most_fen {
        Some(most) if asked.is_some_and(|asked| asked > most) => {
            Err(Problem::forbidden("the token does not allow that amount"))
        }
        _ => Ok(()),
    }
}

fn options(
    submission: Submission,
    caller: &Caller,
    profile: &Profile,
) -> Result<SubmitOptions, Problem> {
    let mut options = SubmitOptions::new()
        .by(caller.name()?)
        .despite(submission.despite)
        .written(submission.written);
    if let Some(wait) = submission.timeout {
        // The call has its usual time even when its caller waits less: cutting it short would only
        // leave it unknown.
        let usual = profile.durable.client().timeout();
        options = options.wait(wait).limit(usual.max(wait));
    }
    if let Some(time) = submission.not_after {
        options = options.not_after(time);
    }
    if submission.ask_first {
        options = options.ask_first();
    }
    for (name, text) in submission.labels {
        options = options.label(name, text);
    }
    Ok(options)
}

/// A submission that is to run whether or not its caller stays.
struct Asked {
    profile: String,
    grant: Grant,
    key: Key,
    request: AnyRequest,
    options: SubmitOptions,
}

/// What a caller is told, and which call that is.
struct Told {
    record: OutcomeRecord,
    is_replay: bool,
}

impl Asked {
    async fn run(self, app: Arc<App>) -> Result<Told, Problem> {
        let profile = app.profiles.iter().find(|it| it.name == self.profile);
        let Some(profile) = profile else {
            return Err(Problem::unavailable("no_profile", "the profile is gone"));
        };
        let operation = self.request.name().to_owned();
        let durable = &profile.durable;
        let submitted = durable.submit_with(self.key.clone(), self.request, self.options);
        match submitted.await {
            Ok(answer) => {
                if answer.outcome() == Some(RecordedOutcome::Unknown) {
                    app.durable()?.look_for_unknown();
                }
                let is_replay = answer.is_replay;
                let record = record_of_answer(profile, answer, &operation, &self.key).await;
                Ok(Told { record, is_replay })
            }
            Err(error) => Err(refused(profile, &error, &self.grant).await),
        }
    }
}

/// The record of an answer, whether or not the call has ended.
async fn record_of_answer(
    profile: &Profile,
    answer: Answer,
    operation: &str,
    key: &Key,
) -> OutcomeRecord {
    if let Some(record) = answer.record {
        return record;
    }
    if let Ok(Some(call)) = profile.durable.call(&answer.call).await {
        return known_record(&call);
    }
    // The journal has nothing of it, or cannot be read.
    let mut record = OutcomeRecord::new(operation, RecordedOutcome::Unknown, NextStep::Wait);
    record.id = Some(answer.call.to_string());
    record.key = Some(key.to_string());
    record.profile = Some(profile.name.clone());
    record.live = Some(profile.is_live);
    record.gateway = Some(profile.durable.client().base_url().to_string());
    record.evidence.requests_sent = None;
    record.state = Some(answer.state.as_str().to_owned());
    record.recorded = Some(answer.recorded);
    record
}

/// The problem of a call that did not begin. The call in its way is named where the caller may see
/// it.
async fn refused(profile: &Profile, error: &SubmitError, grant: &Grant) -> Problem {
    let mut call = error.call();
    if let Some(id) = call {
        let found = profile.durable.call(id).await.ok().flatten();
        let is_seen = found.is_some_and(|it| grant.sees(it.view.request.profile.as_deref()));
        call = call.filter(|_| is_seen);
    }
    not_begun(error, call)
}

/// An operation that only reads, without a key: nothing of it is written down.
async fn read_only(profile: &Profile, request: &AnyRequest, timeout: Option<Duration>) -> Response {
    let client = profile.durable.client();
    let mut options = CallOptions::new();
    if let Some(timeout) = timeout {
        options = options.timeout(timeout);
    }
    let outcome: Outcome<AnyReply> = client.execute_with(request, &options).await;
    let url = client.base_url().to_string();
    let gateway = match profile.is_live {
        true => Gateway::live(&url),
        false => Gateway::test(&url),
    };
    let mut record = OutcomeRecord::of(request, &outcome, gateway);
    record.profile = Some(profile.name.clone());
    if let Some(state) = outcome.reply().and_then(AnyReply::state) {
        record.state = Some(state.to_owned());
    }
    record.recorded = Some(false);
    submitted(record, false)
}
