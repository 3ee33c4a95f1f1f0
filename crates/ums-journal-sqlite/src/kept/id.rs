//! Ids as they are kept.

use rusqlite::ToSql;
use rusqlite::types::{ToSqlOutput, Value, ValueRef};

/// An id: the bytes that its digits stand for, if it is of hexadecimal digits, and as it is
/// otherwise. No two ids are kept alike: a BLOB is equal to no text.
pub(crate) struct Id<'a>(pub(crate) &'a str);

impl Id<'_> {
    fn bytes(&self) -> Option<Vec<u8>> {
        (!self.0.is_empty()).then_some(())?;
        base16ct::lower::decode_vec(self.0).ok()
    }

    /// As a value of its own.
    pub(crate) fn value(&self) -> Value {
        match self.bytes() {
            Some(bytes) => Value::Blob(bytes),
            None => Value::Text(self.0.to_owned()),
        }
    }
}

impl ToSql for Id<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(match self.bytes() {
            Some(bytes) => ToSqlOutput::Owned(Value::Blob(bytes)),
            None => ToSqlOutput::Borrowed(ValueRef::Text(self.0.as_bytes())),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_comes_back_from_bytes_is_kept_as_bytes() {
        assert_eq!(
            Id("20230718ff").value(),
            Value::Blob(vec![0x20, 0x23, 0x07, 0x18, 0xff])
        );
        for text in ["", "0", "123", "0F", "shop-17/1", "0x", "商户"] {
            assert_eq!(Id(text).value(), Value::Text(text.to_owned()));
        }
    }
}
