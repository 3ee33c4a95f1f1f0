//! Which address leads to what.

use std::sync::Arc;

use axum::Router;
use axum::routing::{get, post};

use crate::api::{calls, close, health, operations};
use crate::app::App;
use crate::problem::Problem;

/// Every address.
pub(crate) fn routes(app: Arc<App>) -> Router {
    Router::new()
        .route("/v1/operations/{name}", post(operations::submit))
        .route("/v1/calls", get(calls::list))
        .route("/v1/calls/{id}", get(calls::one))
        .route("/v1/calls/{id}/resolve", post(calls::resolve))
        .route("/v1/calls/{id}/close", post(close::close))
        .route("/healthz", get(health::health))
        .route("/readyz", get(health::ready))
        .fallback(async || Problem::not_found("nothing is at this address"))
        .method_not_allowed_fallback(async || Problem::method())
        .with_state(app)
}
