//! Whether a reply says in exactly one way where it ends.
//!
//! Where two readers of the same bytes can see two ends, what follows the nearer one is a reply to
//! one of them and nothing to the other. Of such a reply it is not known what it answers.

use http::header::{CONTENT_LENGTH, TRANSFER_ENCODING};
use http::{HeaderMap, HeaderValue, Version};

/// Why it is not clear where a reply ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Ambiguity {
    #[error("the reply has both Content-Length and Transfer-Encoding")]
    LengthAndEncoding,
    #[error("the reply has more than one Content-Length")]
    SeveralLengths,
    #[error("the reply's Transfer-Encoding is not exactly `chunked`")]
    OtherEncoding,
    #[error("an HTTP/1.0 reply cannot have a Transfer-Encoding")]
    OldWithEncoding,
    #[error("more bytes follow the end of the reply")]
    MoreFollows,
}

/// Of the three ways to state an end, the reply uses one: one length, exactly `chunked`, or
/// neither, which makes the end of the connection the end of the reply.
pub(crate) fn check(version: Version, headers: &HeaderMap) -> Result<(), Ambiguity> {
    let mut encodings = headers.get_all(TRANSFER_ENCODING).iter();
    let mut lengths = headers.get_all(CONTENT_LENGTH).iter();
    match (encodings.next(), lengths.next()) {
        (None, None) => Ok(()),
        (Some(_), Some(_)) => Err(Ambiguity::LengthAndEncoding),
        (None, Some(length)) if lengths.next().is_some() || !is_number(length) => {
            Err(Ambiguity::SeveralLengths)
        }
        (None, Some(_)) => Ok(()),
        (Some(_), None) if version != Version::HTTP_11 => Err(Ambiguity::OldWithEncoding),
        (Some(encoding), None)
            if encodings.next().is_some()
                || !encoding.as_bytes().eq_ignore_ascii_case(b"chunked") =>
        {
            Err(Ambiguity::OtherEncoding)
        }
        (Some(_), None) => Ok(()),
    }
}

/// Not `16, 16`, which HTTP lets a reader take for 16.
fn is_number(length: &HeaderValue) -> bool {
    length.as_bytes().iter().all(u8::is_ascii_digit)
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderName;

    const LENGTH: HeaderName = CONTENT_LENGTH;
    const ENCODING: HeaderName = TRANSFER_ENCODING;

    type Row = (
        Version,
        &'static [(HeaderName, &'static str)],
        Result<(), Ambiguity>,
    );

    #[test]
    fn one_way_to_state_the_end_is_clear_and_two_are_not() {
        use Ambiguity::{LengthAndEncoding, OldWithEncoding, OtherEncoding, SeveralLengths};

        let (old, new) = (Version::HTTP_10, Version::HTTP_11);
        let rows: &[Row] = &[
            (new, &[], Ok(())),
            (old, &[], Ok(())),
            (new, &[(LENGTH, "16")], Ok(())),
            (old, &[(LENGTH, "16")], Ok(())),
            (new, &[(LENGTH, "016")], Ok(())),
            (new, &[(ENCODING, "chunked")], Ok(())),
            // The names of encodings have no case.
            (new, &[(ENCODING, "Chunked")], Ok(())),
            (new, &[(LENGTH, "16, 16")], Err(SeveralLengths)),
            (new, &[(LENGTH, "16"), (LENGTH, "16")], Err(SeveralLengths)),
            (new, &[(LENGTH, "16"), (LENGTH, "17")], Err(SeveralLengths)),
            (
                new,
                &[(LENGTH, "16"), (ENCODING, "chunked")],
                Err(LengthAndEncoding),
            ),
            (
                old,
                &[(LENGTH, "16"), (ENCODING, "chunked")],
                Err(LengthAndEncoding),
            ),
            (
                new,
                &[(LENGTH, "16"), (ENCODING, "identity")],
                Err(LengthAndEncoding),
            ),
            (old, &[(ENCODING, "chunked")], Err(OldWithEncoding)),
            (new, &[(ENCODING, "gzip")], Err(OtherEncoding)),
            (new, &[(ENCODING, "identity")], Err(OtherEncoding)),
            (new, &[(ENCODING, "")], Err(OtherEncoding)),
            (new, &[(ENCODING, "gzip, chunked")], Err(OtherEncoding)),
            (new, &[(ENCODING, "chunked, chunked")], Err(OtherEncoding)),
            (new, &[(ENCODING, "chunked;x=y")], Err(OtherEncoding)),
            (new, &[(ENCODING, "xchunked")], Err(OtherEncoding)),
            (
                new,
                &[(ENCODING, "chunked"), (ENCODING, "chunked")],
                Err(OtherEncoding),
            ),
            (
                new,
                &[(ENCODING, "gzip"), (ENCODING, "chunked")],
                Err(OtherEncoding),
            ),
        ];
        for (version, fields, expected) in rows {
            let mut headers = HeaderMap::new();
            for (name, value) in *fields {
                headers.append(name, HeaderValue::from_static(value));
            }
            assert_eq!(
                check(*version, &headers),
                *expected,
                "{version:?} {fields:?}"
            );
        }
    }
}
