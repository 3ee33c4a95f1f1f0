//! A record as an answer.

use axum::response::{IntoResponse, Response};
use http::header::{CACHE_CONTROL, CONTENT_TYPE, LOCATION, RETRY_AFTER};
use http::{HeaderName, HeaderValue, StatusCode};
use serde::Serialize;
use ums_durable::journal::{NextStep, OutcomeRecord, RecordedOutcome};

const REPLAYED: HeaderName = HeaderName::from_static("idempotent-replayed");

/// The answer that is this object.
pub(crate) fn json(status: StatusCode, object: &impl Serialize) -> Response {
    let text = serde_json::to_vec(object).unwrap_or_default();
    let mut response = (status, text).into_response();
    let headers = response.headers_mut();
    let kind = HeaderValue::from_static("application/json");
    headers.insert(CONTENT_TYPE, kind);
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// What came of a submission: 200 where it is known how it ended, else 202 with where to ask.
pub(crate) fn submitted(mut record: OutcomeRecord, is_replay: bool) -> Response {
    record.history = Vec::new();
    let is_known = record.outcome != RecordedOutcome::Unknown;
    let status = match is_known {
        true => StatusCode::OK,
        false => StatusCode::ACCEPTED,
    };
    let mut response = json(status, &record);
    let headers = response.headers_mut();
    if is_replay {
        headers.insert(REPLAYED, HeaderValue::from_static("true"));
    }
    if !is_known {
        let path = record.id.as_ref().map(|id| format!("/v1/calls/{id}"));
        if let Some(path) = path.and_then(|path| HeaderValue::try_from(path).ok()) {
            headers.insert(LOCATION, path);
        }
        let seconds: u64 = match record.next_step {
            NextStep::Wait => 1,
            NextStep::AwaitStatement => 600,
            _ => 3,
        };
        headers.insert(RETRY_AFTER, HeaderValue::from(seconds));
    }
    response
}
