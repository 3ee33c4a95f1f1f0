//! What the attempts of one call have in common.

use std::time::Duration;

use bytes::Bytes;
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, USER_AGENT};
use http::{HeaderMap, HeaderValue, Method, Request, Uri};
use tokio::time::Instant;
use ums_auth::Nonce;
use ums_journal::Recorder;

use crate::client::resend::Resend;

/// What one call needs for each of its attempts.
pub(super) struct PreparedCall<'a> {
    pub(super) call: Nonce,
    pub(super) uri: Uri,
    pub(super) body: Bytes,
    pub(super) deadline: Instant,
    pub(super) conduct: Conduct<'a>,
}

/// How one call is made: its options, or what the client has instead.
#[derive(Clone, Copy)]
pub(super) struct Conduct<'a> {
    pub(super) resend: Resend,
    pub(super) send_window: Duration,
    pub(super) recorder: Option<&'a dyn Recorder>,
}

impl PreparedCall<'_> {
    pub(super) fn request(&self, authorization: HeaderValue) -> Request<Bytes> {
        const JSON: HeaderValue = HeaderValue::from_static("application/json");
        const AGENT: HeaderValue =
            HeaderValue::from_static(concat!("ums-client/", env!("CARGO_PKG_VERSION")));
        let mut headers = HeaderMap::with_capacity(8);
        headers.insert(CONTENT_TYPE, JSON);
        headers.insert(ACCEPT, JSON);
        headers.insert(USER_AGENT, AGENT);
        headers.insert(AUTHORIZATION, authorization);
        let mut request = Request::new(self.body.clone());
        *request.method_mut() = Method::POST;
        *request.uri_mut() = self.uri.clone();
        *request.headers_mut() = headers;
        request
    }
}
