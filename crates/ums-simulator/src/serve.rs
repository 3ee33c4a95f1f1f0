//! What is served on a stream, and the port on which streams are accepted.

pub(crate) mod connection;
pub(crate) mod port;
