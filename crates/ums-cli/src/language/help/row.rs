//! What a table of texts is made of.

/// A row: the English text and the Chinese one.
pub(in crate::language) type Row = (&'static str, &'static str);
