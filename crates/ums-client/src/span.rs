//! The `tracing` span of a call, with OpenTelemetry's names for an HTTP client.
//!
//! It holds no body, no header and no key.

use tracing::field::Empty;
use tracing::{Span, info_span};
use ums_auth::AppId;
use ums_journal::{escape_unprintable, mask_for_log};
use ums_model::{Effect, Operation};
use ums_transport::BaseUrl;

use crate::outcome::Outcome;

pub(crate) fn of_call<O: Operation>(operation: &O, app_id: &AppId, base_url: &BaseUrl) -> Span {
    info_span!(
        "ums.call",
        otel.kind = "client",
        otel.name = &*mask_for_log(operation.name()),
        http.request.method = "POST",
        http.request.resend_count = Empty,
        http.response.status_code = Empty,
        error.r#type = Empty,
        network.protocol.name = "http",
        network.protocol.version = "1.1",
        server.address = base_url.host(),
        server.port = base_url.port(),
        url.scheme = if base_url.is_tls() { "https" } else { "http" },
        url.path = &*mask_for_log(operation.path()),
        ums.app_id = app_id.as_str(),
        ums.attempt_id = Empty,
        ums.err_code = Empty,
        ums.merchant = operation.merchant().map(escape_unprintable).as_deref(),
        ums.order = operation.order().id().map(escape_unprintable).as_deref(),
        ums.outcome = Empty,
        ums.request_bytes_written = Empty,
    )
}

/// Completes the current span and says in one event how the call ended.
pub(crate) fn note_end<O: Operation>(operation: &O, app_id: &AppId, outcome: &Outcome<O::Reply>) {
    let span = Span::current();
    let evidence = outcome.evidence();
    span.record("ums.outcome", outcome.kind().as_str());
    if let Some(code) = outcome.err_code() {
        span.record("ums.err_code", &*mask_for_log(code));
    }
    if let Some(reason) = outcome.reason() {
        span.record("error.type", reason);
    }
    if let Some(status) = evidence.attempt.status() {
        span.record("http.response.status_code", status);
    }
    if let Some(progress) = &evidence.attempt.progress {
        span.record("ums.request_bytes_written", progress.request_bytes_written);
    }
    if let Some(id) = &evidence.attempt.id {
        span.record("ums.attempt_id", id.as_str());
    }
    if !evidence.earlier.is_empty() {
        span.record("http.request.resend_count", evidence.earlier.len());
    }
    if outcome.is_unknown() && evidence.effect == Effect::MovesMoney {
        // Said again here: a subscriber for warnings alone has no span.
        tracing::warn!(
            operation = &*mask_for_log(operation.name()),
            app_id = app_id.as_str(),
            merchant = operation.merchant().map(escape_unprintable).as_deref(),
            order = operation.order().id().map(escape_unprintable).as_deref(),
            "the outcome is unknown: query the order, do not send again"
        );
    } else {
        tracing::debug!("ended");
    }
}
