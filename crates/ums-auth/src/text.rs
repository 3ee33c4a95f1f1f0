//! How things are written and read, whatever they mean.

pub(crate) mod header_text;
pub(crate) mod hex;
pub(crate) mod inline_text;
