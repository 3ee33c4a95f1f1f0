//! A request as it was captured from the wire or a log.

use core::fmt;

/// An HTTP/1.1 request in one piece: request line, headers, empty line, body.
///
/// Lines may end in CRLF, as on the wire, or in LF, as in a file that was edited. The body is
/// everything after the empty line, cut to `Content-Length` where there is one.
#[derive(Clone, Copy)]
pub struct CapturedRequest<'a> {
    method: &'a str,
    target: &'a str,
    authorization: &'a str,
    body: &'a [u8],
}

impl<'a> CapturedRequest<'a> {
    /// Takes a captured request apart.
    ///
    /// # Errors
    /// When it does not begin with a request line, has no single `Authorization` header, or when
    /// the body is chunked or shorter than `Content-Length`.
    pub fn parse(request: &'a [u8]) -> Result<Self, InvalidCapture> {
        let (head, body) = split_head(request).ok_or(InvalidCapture::NoEmptyLine)?;
        let head = core::str::from_utf8(head).map_err(|_| InvalidCapture::NotText)?;
        let mut lines = head.lines();
        let mut words = lines.next().unwrap_or_default().split_ascii_whitespace();
        let (Some(method), Some(target), Some(version)) =
            (words.next(), words.next(), words.next())
        else {
            return Err(InvalidCapture::NoRequestLine);
        };
        if !version.starts_with("HTTP/1.") {
            return Err(InvalidCapture::NoRequestLine);
        }

        let mut authorization = None;
        let mut body = body;
        for line in lines {
            let (name, value) = line.split_once(':').ok_or(InvalidCapture::NoHeader)?;
            let value = value.trim_matches([' ', '\t']);
            if name.eq_ignore_ascii_case("authorization") {
                if authorization.replace(value).is_some() {
                    return Err(InvalidCapture::Authorization);
                }
            } else if name.eq_ignore_ascii_case("transfer-encoding") {
                return Err(InvalidCapture::Chunked);
            } else if name.eq_ignore_ascii_case("content-length") {
                body = value
                    .parse()
                    .ok()
                    .and_then(|length| body.get(..length))
                    .ok_or(InvalidCapture::BodyCut)?;
            }
        }
        Ok(Self {
            method,
            target,
            authorization: authorization.ok_or(InvalidCapture::Authorization)?,
            body,
        })
    }

    /// The method.
    pub fn method(&self) -> &'a str {
        self.method
    }

    /// Path and query, as they stand in the request line.
    pub fn target(&self) -> &'a str {
        self.target
    }

    /// The value of the `Authorization` header.
    pub fn authorization(&self) -> &'a str {
        self.authorization
    }

    /// The body.
    pub fn body(&self) -> &'a [u8] {
        self.body
    }
}

impl fmt::Debug for CapturedRequest<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CapturedRequest")
            .field("method", &self.method)
            .field("target", &self.target)
            .finish_non_exhaustive()
    }
}

/// Why a captured request cannot be taken apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum InvalidCapture {
    /// There is no `Authorization` header, or more than one.
    Authorization,
    /// The body is shorter than `Content-Length`, or that is no number.
    BodyCut,
    /// The body is chunked.
    Chunked,
    /// No empty line ends the headers.
    NoEmptyLine,
    /// A line among the headers has no colon.
    NoHeader,
    /// The first line is not `METHOD target HTTP/1.1`.
    NoRequestLine,
    /// The headers are not UTF-8.
    NotText,
}

impl InvalidCapture {
    /// A stable name for programs, in `snake_case`.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Authorization => "authorization_header",
            Self::BodyCut => "body_cut",
            Self::Chunked => "chunked",
            Self::NoEmptyLine => "no_empty_line",
            Self::NoHeader => "no_header",
            Self::NoRequestLine => "no_request_line",
            Self::NotText => "not_utf8",
        }
    }
}

impl fmt::Display for InvalidCapture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("captured request: ")?;
        f.write_str(match self {
            Self::Authorization => "there must be exactly one Authorization header",
            Self::BodyCut => "the body is shorter than Content-Length; capture all of it",
            Self::Chunked => "the body is chunked; give header and body apart",
            Self::NoEmptyLine => "no empty line between headers and body",
            Self::NoHeader => "a line among the headers has no colon",
            Self::NoRequestLine => "the first line is not like \"POST /path HTTP/1.1\"",
            Self::NotText => "the headers are not UTF-8",
        })
    }
}

impl core::error::Error for InvalidCapture {}

/// What stands before the first empty line and what after it.
fn split_head(request: &[u8]) -> Option<(&[u8], &[u8])> {
    let ends = |end: &'static [u8]| {
        request
            .windows(end.len())
            .position(|window| window == end)
            .map(|at| (at, at + end.len()))
    };
    let (head, body) = ends(b"\r\n\r\n").into_iter().chain(ends(b"\n\n")).min()?;
    Some((request.get(..head)?, request.get(body..)?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec::Vec;
    use proptest::prelude::*;

    const REQUEST: &str = "POST /v6/x HTTP/1.1\r\nHost: h\r\nauthorization:  OPEN-BODY-SIG AppId=\"a\" \r\nContent-Length: 3\r\n\r\n{ }\r\n";

    #[test]
    fn is_taken_apart_with_either_line_end() {
        for request in [REQUEST.into(), REQUEST.replace('\r', "")] {
            let captured = CapturedRequest::parse(request.as_bytes()).unwrap();
            assert_eq!(captured.method(), "POST");
            assert_eq!(captured.target(), "/v6/x");
            assert_eq!(captured.authorization(), "OPEN-BODY-SIG AppId=\"a\"");
            assert_eq!(captured.body(), b"{ }");
        }
        let without = REQUEST.replace("Content-Length: 3\r\n", "");
        assert_eq!(
            CapturedRequest::parse(without.as_bytes()).unwrap().body(),
            b"{ }\r\n"
        );
    }

    #[test]
    fn refuses_what_it_cannot_take_apart() {
        for (request, error) in [
            (String::new(), InvalidCapture::NoEmptyLine),
            ("\n\n".into(), InvalidCapture::NoRequestLine),
            (
                REQUEST.replace("HTTP/1.1", "SPDY"),
                InvalidCapture::NoRequestLine,
            ),
            (REQUEST.replace("Host: h", "Host"), InvalidCapture::NoHeader),
            (
                REQUEST.replace("authorization", "x"),
                InvalidCapture::Authorization,
            ),
            (
                REQUEST.replace("Host", "Authorization"),
                InvalidCapture::Authorization,
            ),
            (REQUEST.replace(": 3", ": 6"), InvalidCapture::BodyCut),
            (REQUEST.replace(": 3", ": x"), InvalidCapture::BodyCut),
            (
                REQUEST.replace("Host", "Transfer-Encoding"),
                InvalidCapture::Chunked,
            ),
        ] {
            assert_eq!(
                CapturedRequest::parse(request.as_bytes()).unwrap_err(),
                error
            );
        }
        let not_text = b"POST /x HTTP/1.1\r\nHost: \xb2\xe2\r\n\r\n";
        assert_eq!(
            CapturedRequest::parse(not_text).unwrap_err(),
            InvalidCapture::NotText
        );
    }

    #[test]
    fn the_first_empty_line_ends_the_headers() {
        for (request, body) in [
            (
                "POST /x HTTP/1.1\r\nAuthorization: a\r\n\r\nb\n\nc",
                "b\n\nc",
            ),
            (
                "POST /x HTTP/1.1\nAuthorization: a\n\nb\r\n\r\nc",
                "b\r\n\r\nc",
            ),
        ] {
            let captured = CapturedRequest::parse(request.as_bytes()).unwrap();
            assert_eq!(captured.body(), body.as_bytes());
        }
    }

    use alloc::string::String;

    proptest! {
        #[test]
        fn any_bytes_are_read_or_refused(bytes: Vec<u8>, text in "(POST /x HTTP/1.1|authorization: a|content-length: 1|x|\r|\n){0,9}") {
            let _ = CapturedRequest::parse(&bytes);
            let _ = CapturedRequest::parse(text.as_bytes());
        }
    }
}
