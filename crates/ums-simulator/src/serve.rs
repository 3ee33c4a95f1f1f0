//! What is served on a stream, and the port on which streams are accepted.

pub(crate) mod connection;
mod entry;
mod exchange;
mod link;
pub(crate) mod port;
