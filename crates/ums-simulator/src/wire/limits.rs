//! How much a simulator that listens lets its callers take: connections, and time.

use std::time::Duration;

/// Limits of connections that were accepted from a port. Those in memory are their maker's business
/// and have none.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    /// Connections at once; one more is closed as soon as it is accepted.
    pub(crate) connections: usize,
    /// From a request's first byte to its last, and for a TLS handshake.
    pub(crate) request: Duration,
    /// Without a request.
    pub(crate) idle: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections: 512,
            request: Duration::from_secs(60),
            idle: Duration::from_secs(600),
        }
    }
}

/// How long what still comes after the simulator's FIN is read away.
pub(crate) const LINGER: Duration = Duration::from_secs(30);
