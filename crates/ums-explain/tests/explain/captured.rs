//! What a captured request that is refused says, and what it prints.

use std::error::Error;

use ums_explain::{CapturedRequest, InvalidCapture};

#[test]
fn a_captured_request_that_is_refused_is_said_in_one_line() {
    let said = [
        InvalidCapture::Authorization,
        InvalidCapture::BodyCut,
        InvalidCapture::Chunked,
        InvalidCapture::NoEmptyLine,
        InvalidCapture::NoHeader,
        InvalidCapture::NoRequestLine,
        InvalidCapture::NotText,
    ]
    .map(|refused| {
        assert!(refused.source().is_none());
        format!("{}: {refused}", refused.code())
    });
    insta::assert_snapshot!(said.join("\n"), @r#"
    authorization_header: captured request: there must be exactly one Authorization header
    body_cut: captured request: the body is shorter than Content-Length; capture all of it
    chunked: captured request: the body is chunked; give header and body apart
    no_empty_line: captured request: no empty line between headers and body
    no_header: captured request: a line among the headers has no colon
    no_request_line: captured request: the first line is not like "POST /path HTTP/1.1"
    not_utf8: captured request: the headers are not UTF-8
    "#);
}

#[test]
fn what_was_captured_is_not_printed() {
    let captured =
        CapturedRequest::parse(b"POST /v6/x HTTP/1.1\nAuthorization: MARKER\n\nMARKER").unwrap();
    assert_eq!(
        format!("{captured:?}"),
        r#"CapturedRequest { method: "POST", target: "/v6/x", .. }"#
    );
}
