//! What a request must be before anything is done for it.

use http::header::{AUTHORIZATION, CONTENT_LENGTH, CONTENT_TYPE, HOST, ORIGIN, TRANSFER_ENCODING};
use http::{HeaderMap, Method, Request, Version};

use crate::limits::MOST_BODY;
use crate::problem::Problem;

/// The names that a server goes by, in small letters and with the port where there is one.
#[derive(Clone, Debug)]
pub(crate) struct HostNames(Vec<String>);

impl HostNames {
    pub(crate) fn new(names: impl IntoIterator<Item = String>) -> Self {
        let names = names.into_iter();
        Self(names.map(|name| name.to_ascii_lowercase()).collect())
    }

    fn has(&self, name: &str) -> bool {
        let mut names = self.0.iter();
        names.any(|known| known.eq_ignore_ascii_case(name))
    }
}

/// Refuses what may be read as two requests, what another site's page asks, and what is meant for
/// another server.
///
/// # Errors
///
/// It is one of those. The connection is to be closed then.
pub(crate) fn check<B>(request: &Request<B>, hosts: &HostNames) -> Result<(), Problem> {
    let headers = request.headers();
    framing(request.version(), headers)?;
    let host = only(headers, &HOST, "Host")?;
    let host = host.ok_or_else(|| Problem::ambiguous("there is no header Host"))?;
    if let Some(authority) = request.uri().authority()
        && !authority.as_str().eq_ignore_ascii_case(host)
    {
        return Err(Problem::ambiguous("the address and the header Host differ"));
    }
    if *request.method() == Method::CONNECT || request.uri().path() == "*" {
        return Err(Problem::ambiguous("there is nothing to connect to"));
    }
    if !hosts.has(host) {
        let detail = "the header Host names none of the names of this server, with its port";
        return Err(Problem::ambiguous(detail));
    }
    // No page is served here, so that none has the right to ask.
    if headers.contains_key(ORIGIN) {
        return Err(Problem::origin());
    }
    only(headers, &AUTHORIZATION, "Authorization")?;
    Ok(())
}

/// Refuses a body that is no JSON.
///
/// # Errors
///
/// Its type is not exactly that, or it says that it is too long.
pub(crate) fn check_body(headers: &HeaderMap) -> Result<(), Problem> {
    let mut kinds = headers.get_all(CONTENT_TYPE).iter();
    let (first, second) = (kinds.next(), kinds.next());
    let first = first
        .and_then(|kind| kind.to_str().ok())
        .unwrap_or_default();
    let is_json = first.trim().eq_ignore_ascii_case("application/json");
    if second.is_some() || !is_json {
        return Err(Problem::media_type());
    }
    let length = headers.get(CONTENT_LENGTH);
    let length = length.and_then(|length| length.to_str().ok()?.parse::<usize>().ok());
    match length {
        Some(length) if length > MOST_BODY => Err(Problem::too_large()),
        _ => Ok(()),
    }
}

fn framing(version: Version, headers: &HeaderMap) -> Result<(), Problem> {
    let mut encodings = headers.get_all(TRANSFER_ENCODING).iter();
    let encoding = encodings.next();
    if encodings.next().is_some() {
        return Err(Problem::ambiguous(
            "there are two headers Transfer-Encoding",
        ));
    }
    if let Some(encoding) = encoding {
        if version != Version::HTTP_11 {
            return Err(Problem::ambiguous("HTTP/1.0 has no Transfer-Encoding"));
        }
        if !encoding.as_bytes().eq_ignore_ascii_case(b"chunked") {
            return Err(Problem::ambiguous("Transfer-Encoding must be chunked"));
        }
        if headers.contains_key(CONTENT_LENGTH) {
            let detail = "there are both Content-Length and Transfer-Encoding";
            return Err(Problem::ambiguous(detail));
        }
    }
    let mut lengths = headers.get_all(CONTENT_LENGTH).iter();
    let is_plain = |length: &http::HeaderValue| {
        let digits = length.as_bytes();
        !digits.is_empty() && digits.iter().all(u8::is_ascii_digit)
    };
    match (lengths.next(), lengths.next()) {
        (_, Some(_)) => Err(Problem::ambiguous("there are two headers Content-Length")),
        (Some(length), _) if !is_plain(length) => {
            Err(Problem::ambiguous("Content-Length must be a number"))
        }
        _ => Ok(()),
    }
}

/// The value of a header that may be there once.
fn only<'h>(
    headers: &'h HeaderMap,
    name: &http::HeaderName,
    shown: &str,
) -> Result<Option<&'h str>, Problem> {
    let mut all = headers.get_all(name).iter();
    let first = all.next();
    if all.next().is_some() {
        return Err(Problem::ambiguous(format!("there are two headers {shown}")));
    }
    let text = first.map(|value| value.to_str()).transpose();
    text.map_err(|_| Problem::ambiguous(format!("the header {shown} is not ASCII")))
}
