//! The body of a request, within its bounds.

use std::time::Duration;

use axum::body::Body;
use bytes::Bytes;
use http::HeaderMap;
use http_body_util::{BodyExt as _, LengthLimitError, Limited};

use crate::guard::check_body;
use crate::limits::MOST_BODY;
use crate::problem::Problem;

/// Reads a body of JSON.
///
/// # Errors
///
/// It is something else, too long, too slow, or not whole.
pub(crate) async fn read_body(
    headers: &HeaderMap,
    body: Body,
    limit: Duration,
) -> Result<Bytes, Problem> {
    check_body(headers)?;
    let read = Limited::new(body, MOST_BODY).collect();
    match tokio::time::timeout(limit, read).await {
        Err(_) => Err(Problem::timeout()),
        Ok(Ok(body)) => Ok(body.to_bytes()),
        Ok(Err(error)) if error.is::<LengthLimitError>() => Err(Problem::too_large()),
        Ok(Err(_)) => Err(Problem::ambiguous("the body is not whole")),
    }
}
