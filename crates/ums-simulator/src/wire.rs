//! Bytes on the wire: HTTP requests and replies, streams, TLS, and the steps of an answer.

pub(crate) mod http1;
pub(crate) mod limits;
pub(crate) mod reply;
pub(crate) mod script;
pub(crate) mod socket;
pub(crate) mod tls;
