//! A reply before it goes on the wire: what the gateway means to say.

use std::io::Write as _;

use chrono::{DateTime, Utc};
use serde::Serialize;

use crate::code::Code;

/// A whole HTTP reply. Faults bend it; without one it is encoded as it is.
#[derive(Clone, Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    /// Empty for none. UMS publishes no response type; this is the simulator's choice.
    pub(crate) content_type: &'static str,
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) body: Vec<u8>,
    pub(crate) date: DateTime<Utc>,
    pub(crate) keep_alive: bool,
    /// The `errCode` in the body, for the ledger.
    pub(crate) err_code: Option<&'static str>,
}

impl Reply {
    pub(crate) fn json(code: Code, body: Vec<u8>, date: DateTime<Utc>) -> Self {
        Self {
            status: code.status,
            content_type: JSON,
            headers: Vec::new(),
            body,
            date,
            keep_alive: true,
            err_code: Some(code.code),
        }
    }

    /// A refusal: `errCode` and `errInfo`, nothing else.
    pub(crate) fn refusal(code: Code, err_info: &str, date: DateTime<Utc>) -> Self {
        #[derive(Serialize)]
        #[serde(rename_all = "camelCase")]
        struct Body<'a> {
            err_code: &'a str,
            err_info: &'a str,
        }
        let body = Body {
            err_code: code.code,
            err_info,
        };
        // Two strings always serialize.
        Self::json(code, serde_json::to_vec(&body).unwrap_or_default(), date)
    }

    /// A reply without JSON, as a proxy or a web server would give it.
    pub(crate) fn plain(status: u16, content_type: &'static str, body: &str) -> Self {
        Self {
            status,
            content_type,
            headers: Vec::new(),
            body: body.as_bytes().to_vec(),
            date: DateTime::UNIX_EPOCH,
            keep_alive: true,
            err_code: None,
        }
    }

    /// Writes the whole reply, delimited by Content-Length.
    pub(crate) fn encode_into(&self, out: &mut Vec<u8>) {
        self.head_into(&format!("Content-Length: {}\r\n", self.body.len()), out);
        out.extend_from_slice(&self.body);
    }

    pub(crate) fn encode(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(self.body.len() + 256);
        self.encode_into(&mut out);
        out
    }

    /// Writes the head with these lines, each ended, to say how long the body is.
    pub(crate) fn head_into(&self, framing: &str, out: &mut Vec<u8>) {
        // Writing into a Vec does not fail.
        let _ = write!(
            out,
            "HTTP/1.1 {} {}\r\nServer: ums-simulator\r\nDate: {}\r\n",
            self.status,
            reason(self.status),
            self.date.format("%a, %d %b %Y %H:%M:%S GMT"),
        );
        if !self.content_type.is_empty() {
            let _ = write!(out, "Content-Type: {}\r\n", self.content_type);
        }
        for (name, value) in &self.headers {
            let _ = write!(out, "{name}: {value}\r\n");
        }
        if !self.keep_alive {
            out.extend_from_slice(b"Connection: close\r\n");
        }
        out.extend_from_slice(framing.as_bytes());
        out.extend_from_slice(b"\r\n");
    }
}

pub(crate) const HTML: &str = "text/html";
pub(crate) const JSON: &str = "application/json;charset=UTF-8";

fn reason(status: u16) -> &'static str {
    match status {
        200 => "OK",
        204 => "No Content",
        301 => "Moved Permanently",
        302 => "Found",
        307 => "Temporary Redirect",
        308 => "Permanent Redirect",
        400 => "Bad Request",
        401 => "Unauthorized",
        403 => "Forbidden",
        404 => "Not Found",
        405 => "Method Not Allowed",
        408 => "Request Timeout",
        409 => "Conflict",
        412 => "Precondition Failed",
        413 => "Content Too Large",
        415 => "Unsupported Media Type",
        421 => "Misdirected Request",
        425 => "Too Early",
        429 => "Too Many Requests",
        431 => "Request Header Fields Too Large",
        500 => "Internal Server Error",
        502 => "Bad Gateway",
        503 => "Service Unavailable",
        504 => "Gateway Timeout",
        _ => "Unknown",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::code::code;

    #[test]
    fn a_refusal_on_the_wire() {
        let date = "2023-07-18T03:13:40Z".parse().unwrap();
        let reply = Reply::refusal(code("1000"), "认证失败", date).encode();
        insta::assert_snapshot!(String::from_utf8(reply).unwrap(), @r#"
        HTTP/1.1 412 Precondition Failed
        Server: ums-simulator
        Date: Tue, 18 Jul 2023 03:13:40 GMT
        Content-Type: application/json;charset=UTF-8
        Content-Length: 43

        {"errCode":"1000","errInfo":"认证失败"}
        "#);
    }
}
