//! The commands that are made from the model's description of an operation: its fields give the
//! flags, and this room the words for people.

mod answer;
mod command;
mod field_words;
mod past;
mod request;
mod rows;
mod words;

pub(crate) use self::answer::of_query;
pub(crate) use self::command::Described;
pub(crate) use self::field_words::FieldWords;
pub(crate) use self::past::{PastRequest, asked_about, telling};
pub(crate) use self::request::{given, unless_unfulfilled};
pub(crate) use self::words::{COMMANDS, CommandWords};
