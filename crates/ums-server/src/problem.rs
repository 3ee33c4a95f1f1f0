//! An error as a client is told it: `application/problem+json` (RFC 9457).

use axum::response::{IntoResponse, Response};
use http::header::{CACHE_CONTROL, CONNECTION, CONTENT_TYPE, RETRY_AFTER};
use http::{HeaderValue, StatusCode};
use serde::Serialize;
use ums_durable::journal::MayRepeat;

/// An error as a client is told it. Where one is told, nothing was sent by the request that it
/// answers.
#[derive(Clone, Debug)]
pub(crate) struct Problem(Box<Parts>);

#[derive(Clone, Debug)]
struct Parts {
    status: StatusCode,
    name: &'static str,
    title: &'static str,
    detail: String,
    field: Option<String>,
    call: Option<String>,
    may_repeat: MayRepeat,
    retry_after: Option<u64>,
    closes: bool,
}

#[derive(Serialize)]
struct Body<'a> {
    r#type: String,
    title: &'a str,
    status: u16,
    detail: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    field: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    call: Option<&'a str>,
    may_repeat: MayRepeat,
}

impl Problem {
    fn new(status: StatusCode, name: &'static str, title: &'static str) -> Self {
        Self(Box::new(Parts {
            status,
            name,
            title,
            detail: String::new(),
            field: None,
            call: None,
            may_repeat: MayRepeat::SameKey,
            retry_after: None,
            closes: false,
        }))
    }

    /// The request cannot be read.
    pub(crate) fn malformed(detail: impl Into<String>) -> Self {
        let status = StatusCode::BAD_REQUEST;
        Self::new(status, "malformed", "The request is malformed").says(detail)
    }

    /// The request may be read as two things: its connection serves nothing more.
    pub(crate) fn ambiguous(detail: impl Into<String>) -> Self {
        Self::malformed(detail).closes()
    }

    pub(crate) fn unauthorized(detail: impl Into<String>) -> Self {
        let status = StatusCode::UNAUTHORIZED;
        Self::new(status, "unauthorized", "A valid token is needed").says(detail)
    }

    pub(crate) fn forbidden(detail: impl Into<String>) -> Self {
        let status = StatusCode::FORBIDDEN;
        let problem = Self::new(status, "forbidden", "The token does not allow it");
        problem.says(detail).repeat(MayRepeat::No)
    }

    /// A page of another site asks.
    pub(crate) fn origin() -> Self {
        let title = "The request comes from another site";
        Self::new(StatusCode::FORBIDDEN, "origin", title)
            .says("requests with an Origin are not taken")
            .repeat(MayRepeat::No)
            .closes()
    }

    pub(crate) fn not_found(what: impl Into<String>) -> Self {
        let status = StatusCode::NOT_FOUND;
        let problem = Self::new(status, "not_found", "There is no such thing");
        problem.says(what).repeat(MayRepeat::No)
    }

    pub(crate) fn method() -> Self {
        let status = StatusCode::METHOD_NOT_ALLOWED;
        let problem = Self::new(status, "method", "The method is not known here");
        problem
            .says("another method leads here")
            .repeat(MayRepeat::No)
    }

    pub(crate) fn timeout() -> Self {
        let status = StatusCode::REQUEST_TIMEOUT;
        let problem = Self::new(status, "slow", "The request came too slowly");
        problem.says("the body did not come in time").closes()
    }

    /// Another call is in the way.
    pub(crate) fn conflict(name: &'static str, detail: impl Into<String>) -> Self {
        let title = "Another call is in the way";
        Self::new(StatusCode::CONFLICT, name, title)
            .says(detail)
            .repeat(MayRepeat::No)
    }

    pub(crate) fn too_large() -> Self {
        let status = StatusCode::PAYLOAD_TOO_LARGE;
        Self::new(status, "too_large", "The body is too large")
            .says("a body has 65536 bytes at most")
            .repeat(MayRepeat::No)
            .closes()
    }

    pub(crate) fn media_type() -> Self {
        let status = StatusCode::UNSUPPORTED_MEDIA_TYPE;
        Self::new(status, "media_type", "The body must be JSON")
            .says("the header Content-Type must be application/json, and there must be one")
    }

    /// A field is invalid.
    pub(crate) fn invalid(field: impl Into<String>, detail: impl Into<String>) -> Self {
        let field = field.into();
        let status = StatusCode::UNPROCESSABLE_ENTITY;
        let problem = Self::new(status, "invalid", "A field is invalid");
        let mut problem = problem.says(detail).repeat(MayRepeat::No);
        problem.0.field = (!field.is_empty()).then_some(field);
        problem
    }

    /// The key belongs to another request.
    pub(crate) fn key_of_another_request() -> Self {
        let title = "The key belongs to another request";
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, "key_taken", title)
            .says("nothing was sent, as a call that asks for something else has this key")
            .repeat(MayRepeat::NewKey)
    }

    pub(crate) fn too_many(detail: impl Into<String>) -> Self {
        let status = StatusCode::TOO_MANY_REQUESTS;
        let problem = Self::new(status, "too_many", "Too many requests");
        problem.says(detail).after(1)
    }

    /// Nothing can be done now, and nothing was sent.
    pub(crate) fn unavailable(name: &'static str, detail: impl Into<String>) -> Self {
        let status = StatusCode::SERVICE_UNAVAILABLE;
        let problem = Self::new(status, name, "Nothing can be sent now");
        problem.says(detail).after(1)
    }

    pub(crate) fn says(mut self, detail: impl Into<String>) -> Self {
        self.0.detail = detail.into();
        self
    }

    pub(crate) fn named(mut self, name: &'static str, title: &'static str) -> Self {
        (self.0.name, self.0.title) = (name, title);
        self
    }

    pub(crate) fn repeat(mut self, may_repeat: MayRepeat) -> Self {
        self.0.may_repeat = may_repeat;
        self
    }

    /// The call that is in the way, where the caller may see it.
    pub(crate) fn call(mut self, call: Option<impl Into<String>>) -> Self {
        self.0.call = call.map(Into::into);
        self
    }

    /// Not before so many seconds.
    pub(crate) fn after(mut self, seconds: u64) -> Self {
        self.0.retry_after = Some(seconds.max(1));
        self
    }

    pub(crate) fn closes(mut self) -> Self {
        self.0.closes = true;
        self
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let parts = *self.0;
        let body = Body {
            r#type: format!("urn:ums:problem:{}", parts.name),
            title: parts.title,
            status: parts.status.as_u16(),
            detail: &parts.detail,
            field: parts.field.as_deref(),
            call: parts.call.as_deref(),
            may_repeat: parts.may_repeat,
        };
        let text = serde_json::to_vec(&body).unwrap_or_default();
        let mut response = (parts.status, text).into_response();
        let headers = response.headers_mut();
        let kind = HeaderValue::from_static("application/problem+json");
        headers.insert(CONTENT_TYPE, kind);
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if let Some(seconds) = parts.retry_after {
            headers.insert(RETRY_AFTER, HeaderValue::from(seconds));
        }
        if parts.status == StatusCode::UNAUTHORIZED {
            let scheme = HeaderValue::from_static("Bearer");
            headers.insert(http::header::WWW_AUTHENTICATE, scheme);
        }
        if parts.closes {
            headers.insert(CONNECTION, HeaderValue::from_static("close"));
        }
        response
    }
}
