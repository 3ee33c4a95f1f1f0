//! Reads HTTP/1.1 requests out of a buffer of received bytes.

use std::fmt;

/// Longest head that is read, in bytes.
pub(crate) const MAX_HEAD: usize = 16 * 1024;

/// Longest body that is read, in bytes, chunk framing included.
pub(crate) const MAX_BODY: usize = 1024 * 1024;

/// The parts of a request's head that matter here.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Head {
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) authorization: Option<String>,
    pub(crate) framing: Framing,
    pub(crate) keep_alive: bool,
    /// Bytes of the head, its empty line included.
    pub(crate) length: usize,
}

/// How the end of a request's body is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Framing {
    Chunked,
    Length(usize),
}

/// A request that cannot be read any further.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum BadRequest {
    BadChunk,
    BodyTooLarge,
    HeadTooLarge,
    Malformed,
    NoBodyLength,
}

impl BadRequest {
    pub(crate) fn status(self) -> u16 {
        match self {
            Self::BadChunk | Self::Malformed | Self::NoBodyLength => 400,
            Self::BodyTooLarge => 413,
            Self::HeadTooLarge => 431,
        }
    }
}

impl fmt::Display for BadRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::BadChunk => "the chunked body is malformed",
            Self::BodyTooLarge => "the body is longer than 1 MiB",
            Self::HeadTooLarge => "the head is longer than 16 KiB or has more than 64 fields",
            Self::Malformed => "the head is malformed",
            Self::NoBodyLength => "Content-Length and Transfer-Encoding contradict each other",
        })
    }
}

/// Parses the head at the start of the buffer; none while it is incomplete.
pub(crate) fn parse_head(buffer: &[u8]) -> Result<Option<Head>, BadRequest> {
    let mut fields = [httparse::EMPTY_HEADER; 64];
    let mut request = httparse::Request::new(&mut fields);
    let length = match request.parse(buffer) {
        Ok(httparse::Status::Complete(length)) if length <= MAX_HEAD => length,
        Ok(httparse::Status::Partial) if buffer.len() < MAX_HEAD => return Ok(None),
        Ok(_) | Err(httparse::Error::TooManyHeaders) => return Err(BadRequest::HeadTooLarge),
        Err(_) => return Err(BadRequest::Malformed),
    };
    let mut head = Head {
        method: request.method.unwrap_or_default().to_owned(),
        path: request.path.unwrap_or_default().to_owned(),
        authorization: None,
        framing: Framing::Length(0),
        keep_alive: request.version == Some(1),
        length,
    };
    let (mut content_length, mut chunked) = (None, false);
    for field in request.headers.iter() {
        let name = field.name;
        if name.eq_ignore_ascii_case("authorization") {
            let value = String::from_utf8_lossy(field.value).into_owned();
            // Two of them cannot both be meant: neither is valid together.
            head.authorization = Some(match head.authorization.take() {
                None => value,
                Some(first) => format!("{first}, {value}"),
            });
        } else if name.eq_ignore_ascii_case("content-length") {
            let value = decimal(field.value).ok_or(BadRequest::NoBodyLength)?;
            if content_length
                .replace(value)
                .is_some_and(|first| first != value)
            {
                return Err(BadRequest::NoBodyLength);
            }
        } else if name.eq_ignore_ascii_case("transfer-encoding") {
            if !field.value.eq_ignore_ascii_case(b"chunked") {
                return Err(BadRequest::NoBodyLength);
            }
            chunked = true;
        } else if name.eq_ignore_ascii_case("connection") {
            head.keep_alive &= !field.value.eq_ignore_ascii_case(b"close");
        }
    }
    head.framing = match (content_length, chunked) {
        (Some(_), true) => return Err(BadRequest::NoBodyLength),
        (None, true) => Framing::Chunked,
        (Some(length), false) if length > MAX_BODY => return Err(BadRequest::BodyTooLarge),
        (length, false) => Framing::Length(length.unwrap_or(0)),
    };
    Ok(Some(head))
}

/// The values of each field of this name in a whole head, as they came.
pub(crate) fn field_values(head: &[u8], name: &str) -> Vec<Vec<u8>> {
    let mut fields = [httparse::EMPTY_HEADER; 64];
    let mut request = httparse::Request::new(&mut fields);
    // A head that cannot be parsed has no fields; it was refused before.
    let _ = request.parse(head);
    let fields = request.headers.iter();
    fields
        .filter(|field| field.name.eq_ignore_ascii_case(name))
        .map(|field| field.value.to_vec())
        .collect()
}

/// A chunked body: its content, and how many bytes it took on the wire.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Dechunked {
    pub(crate) content: Vec<u8>,
    pub(crate) wire_length: usize,
}

/// Decodes a chunked body; none while it is incomplete. Trailers are skipped.
pub(crate) fn dechunk(wire: &[u8]) -> Result<Option<Dechunked>, BadRequest> {
    let mut content = Vec::new();
    let mut at = 0;
    loop {
        let rest = wire.get(at..).unwrap_or_default();
        let (line, size) = match httparse::parse_chunk_size(rest) {
            Err(_) => return Err(BadRequest::BadChunk),
            Ok(httparse::Status::Partial) if wire.len() > MAX_BODY => {
                return Err(BadRequest::BodyTooLarge);
            }
            Ok(httparse::Status::Partial) => return Ok(None),
            Ok(httparse::Status::Complete(found)) => found,
        };
        at += line;
        let size = usize::try_from(size).unwrap_or(usize::MAX);
        if size == 0 {
            return Ok(skip_trailers(wire, at).map(|wire_length| Dechunked {
                content,
                wire_length,
            }));
        }
        if size > MAX_BODY || content.len() + size > MAX_BODY {
            return Err(BadRequest::BodyTooLarge);
        }
        let Some(chunk) = wire.get(at..at + size) else {
            return Ok(None);
        };
        content.extend_from_slice(chunk);
        at += size;
        match wire.get(at..at + 2) {
            Some(b"\r\n") => at += 2,
            Some(_) => return Err(BadRequest::BadChunk),
            None => return Ok(None),
        }
    }
}

/// The end of the trailer section that starts here, if it is complete.
fn skip_trailers(wire: &[u8], mut at: usize) -> Option<usize> {
    loop {
        let rest = wire.get(at..)?;
        let line = rest.windows(2).position(|pair| pair == b"\r\n")?;
        at += line + 2;
        if line == 0 {
            return Some(at);
        }
    }
}

fn decimal(value: &[u8]) -> Option<usize> {
    if !value.iter().all(u8::is_ascii_digit) {
        return None;
    }
    std::str::from_utf8(value).ok()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_head_is_none_until_its_last_byte() {
        let wire =
            b"POST /x HTTP/1.1\r\nHost: h\r\nAuthorization: A\r\ncontent-length: 5\r\n\r\nhello";
        let length = wire.len() - 5;
        for cut in 0..length {
            assert_eq!(parse_head(&wire[..cut]), Ok(None), "{cut}");
        }
        let expected = Head {
            method: "POST".to_owned(),
            path: "/x".to_owned(),
            authorization: Some("A".to_owned()),
            framing: Framing::Length(5),
            keep_alive: true,
            length,
        };
        assert_eq!(parse_head(wire), Ok(Some(expected)));
    }

    #[test]
    fn what_cannot_be_framed_is_refused() {
        let cases = [
            (
                "Content-Length: 1\r\nContent-Length: 2",
                BadRequest::NoBodyLength,
            ),
            (
                "Content-Length: 1\r\nTransfer-Encoding: chunked",
                BadRequest::NoBodyLength,
            ),
            ("Content-Length: -1", BadRequest::NoBodyLength),
            ("Transfer-Encoding: gzip", BadRequest::NoBodyLength),
            ("Content-Length: 1048577", BadRequest::BodyTooLarge),
            ("no colon", BadRequest::Malformed),
        ];
        for (field, expected) in cases {
            let wire = format!("POST / HTTP/1.1\r\n{field}\r\n\r\n");
            assert_eq!(parse_head(wire.as_bytes()), Err(expected), "{field}");
        }
        let long = format!("POST / HTTP/1.1\r\nX: {}\r\n\r\n", "x".repeat(MAX_HEAD));
        assert_eq!(parse_head(long.as_bytes()), Err(BadRequest::HeadTooLarge));
        let many = format!("POST / HTTP/1.1\r\n{}\r\n", "X: y\r\n".repeat(65));
        assert_eq!(parse_head(many.as_bytes()), Err(BadRequest::HeadTooLarge));
    }

    #[test]
    fn connection_close_and_http_1_0_end_the_connection() {
        let keeps = |wire: &str| parse_head(wire.as_bytes()).unwrap().unwrap().keep_alive;
        assert!(keeps("GET / HTTP/1.1\r\n\r\n"));
        assert!(!keeps("GET / HTTP/1.1\r\nConnection: Close\r\n\r\n"));
        assert!(!keeps("GET / HTTP/1.0\r\n\r\n"));
    }

    #[test]
    fn chunks_are_joined() {
        let wire = b"5;x=y\r\nhello\r\n1\r\n!\r\n0\r\nTrailer: t\r\n\r\nnext";
        let length = wire.len() - 4;
        for cut in 0..length {
            assert_eq!(dechunk(&wire[..cut]), Ok(None), "{cut}");
        }
        let expected = Dechunked {
            content: b"hello!".to_vec(),
            wire_length: length,
        };
        assert_eq!(dechunk(wire), Ok(Some(expected)));
        assert_eq!(dechunk(b"5\r\nhelloXX"), Err(BadRequest::BadChunk));
        assert_eq!(dechunk(b"zz\r\n"), Err(BadRequest::BadChunk));
        assert_eq!(
            dechunk(b"ffffffffffffffff\r\n"),
            Err(BadRequest::BodyTooLarge)
        );
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_without_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            let _ = parse_head(&bytes);
            let _ = dechunk(&bytes);
        }

        #[test]
        fn any_chunking_gives_the_content_back(
            chunks in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 1..40), 0..8),
        ) {
            let mut wire = Vec::new();
            for chunk in &chunks {
                wire.extend_from_slice(format!("{:x}\r\n", chunk.len()).as_bytes());
                wire.extend_from_slice(chunk);
                wire.extend_from_slice(b"\r\n");
            }
            wire.extend_from_slice(b"0\r\n\r\n");
            let found = dechunk(&wire).unwrap().unwrap();
            prop_assert_eq!(found.content, chunks.concat());
            prop_assert_eq!(found.wire_length, wire.len());
        }
    }
}
