//! `GET /healthz` and `GET /readyz`: one word each, for anybody.

use std::sync::Arc;

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use http::header::CONTENT_TYPE;

use crate::app::{App, Readiness};

/// Whether the process answers.
pub(crate) async fn health() -> Response {
    word(StatusCode::OK, "ok")
}

/// Whether operations can be submitted.
pub(crate) async fn ready(State(app): State<Arc<App>>) -> Response {
    let unavailable = StatusCode::SERVICE_UNAVAILABLE;
    match app.readiness().await {
        Readiness::Ready => word(StatusCode::OK, "ready"),
        Readiness::Closing => word(unavailable, "closing"),
        Readiness::NoJournal | Readiness::Forgotten => word(unavailable, "journal"),
    }
}

fn word(status: StatusCode, word: &'static str) -> Response {
    let kind = [(CONTENT_TYPE, "text/plain; charset=utf-8")];
    (status, kind, word).into_response()
}
