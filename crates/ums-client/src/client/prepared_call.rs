//! What the attempts of one call have in common.

use bytes::Bytes;
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, USER_AGENT};
use http::{HeaderMap, HeaderValue, Method, Request, Uri};
use tokio::time::Instant;
use ums_auth::Nonce;

/// What one call needs for each of its attempts.
pub(super) struct PreparedCall {
    pub(super) call: Nonce,
    pub(super) uri: Uri,
    pub(super) body: Bytes,
    pub(super) deadline: Instant,
}

impl PreparedCall {
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
