//! Text out of a reply: a slice of the reply's own bytes.

use std::borrow::{Borrow, Cow};
use std::fmt;
use std::ops::Deref;

use bytes::Bytes;
use bytestring::ByteString;
use serde::{Serialize, Serializer};

/// UTF-8 text that shares the buffer it was received in.
///
/// It is read like a `&str`. A clone costs a reference count, and keeps the whole reply in memory:
/// use `to_string()` for a small text that outlives its reply by far.
#[derive(Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Text(ByteString);

impl Text {
    /// A text that is part of the program.
    pub const fn from_static(text: &'static str) -> Self {
        Self(ByteString::from_static(text))
    }

    /// The text as `&str`.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The text's bytes, shared and not copied.
    pub fn as_bytes(&self) -> &Bytes {
        self.0.as_bytes()
    }

    /// Takes bytes as text when they are UTF-8.
    pub(crate) fn from_utf8(bytes: Bytes) -> Result<Self, std::str::Utf8Error> {
        ByteString::try_from(bytes).map(Self)
    }

    /// The text `part`, which must be a slice of `self` for the buffer to be shared; a text from
    /// elsewhere is copied.
    #[expect(
        clippy::ptr_arg,
        reason = "only a `Cow` tells a slice of the buffer from an own text"
    )]
    pub(crate) fn share(&self, part: &Cow<'_, str>) -> Self {
        match part {
            Cow::Borrowed(part) => Self(self.0.slice_ref(part)),
            Cow::Owned(part) => Self(part.as_str().into()),
        }
    }
}

impl Deref for Text {
    type Target = str;

    fn deref(&self) -> &str {
        self.as_str()
    }
}

impl AsRef<str> for Text {
    fn as_ref(&self) -> &str {
        self.as_str()
    }
}

impl Borrow<str> for Text {
    fn borrow(&self) -> &str {
        self.as_str()
    }
}

impl From<String> for Text {
    fn from(text: String) -> Self {
        Self(text.into())
    }
}

impl From<&str> for Text {
    fn from(text: &str) -> Self {
        Self(text.into())
    }
}

impl PartialEq<str> for Text {
    fn eq(&self, other: &str) -> bool {
        self.as_str() == other
    }
}

impl PartialEq<&str> for Text {
    fn eq(&self, other: &&str) -> bool {
        self.as_str() == *other
    }
}

impl fmt::Debug for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.as_str(), f)
    }
}

impl fmt::Display for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self.as_str(), f)
    }
}

impl Serialize for Text {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_shares_the_buffer_and_an_own_text_does_not() {
        let whole = Text::from_utf8(Bytes::from(
            b"{\"errInfo\":\"\xe6\x88\x90\xe5\x8a\x9f\"}".to_vec(),
        ))
        .unwrap();
        let part = whole.share(&Cow::Borrowed(&whole[12..18]));
        assert_eq!(part, "成功");
        assert_eq!(part.as_ptr(), whole[12..].as_ptr());

        let own = whole.share(&Cow::Owned("成功".to_owned()));
        assert_eq!(own, part);
        assert_ne!(own.as_ptr(), part.as_ptr());
    }

    #[test]
    fn a_text_is_read_like_a_str() {
        const STATIC: Text = Text::from_static("成\n功");
        for text in [
            STATIC,
            Text::from("成\n功"),
            Text::from("成\n功".to_owned()),
        ] {
            let expected = "成\n功";
            assert_eq!(text, *expected);
            assert_eq!(text, expected);
            assert_ne!(text, *"成功");
            assert_ne!(text, "成功");
            assert_eq!(text.as_str(), expected);
            assert_eq!(text.len(), expected.len());
            assert_eq!(AsRef::<str>::as_ref(&text), expected);
            assert_eq!(Borrow::<str>::borrow(&text), expected);
            assert_eq!(text.as_bytes(), expected.as_bytes());
            assert_eq!(text.to_string(), expected);
            assert_eq!(format!("{text:>5}"), "  成\n功");
            assert_eq!(format!("{text:?}"), "\"成\\n功\"");
            assert_eq!(serde_json::to_string(&text).unwrap(), "\"成\\n功\"");
        }
    }

    #[test]
    fn bytes_that_are_not_utf8_are_no_text() {
        assert!(Text::from_utf8(Bytes::from_static(b"\xb3\xc9\xb9\xa6")).is_err());
    }
}
