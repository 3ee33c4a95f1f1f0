//! The commands that are made from the model's description of an operation: its fields give the
//! flags, and this room the words for people.

pub(crate) mod answer;
pub(crate) mod command;
pub(crate) mod field_words;
pub(crate) mod request;
pub(crate) mod rows;
pub(crate) mod words;
