//! How much is taken at once.

use std::time::Duration;

/// How much a server takes at once. What is over it is refused, and nothing of it is sent.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
pub struct ServerLimits {
    pub(crate) calls: usize,
    pub(crate) requests: usize,
    pub(crate) connections: usize,
    pub(crate) read: Duration,
}

impl ServerLimits {
    /// The defaults.
    pub fn new() -> Self {
        Self {
            calls: 512,
            requests: 2048,
            connections: 12_288,
            read: Duration::from_secs(15),
        }
    }

    /// How many calls may run at once. Default: 512.
    pub fn calls(mut self, calls: usize) -> Self {
        self.calls = calls;
        self
    }

    /// How many requests may be answered at once, those that wait for a call included.
    /// Default: 2048.
    pub fn requests(mut self, requests: usize) -> Self {
        self.requests = requests;
        self
    }

    /// How many connections may stand at once. Default: 12 288. Who comes then waits.
    pub fn connections(mut self, connections: usize) -> Self {
        self.connections = connections.max(1);
        self
    }

    /// How long the head of a request may take, or its body; also how long a connection may be
    /// idle. Default: 15 seconds.
    pub fn read(mut self, time: Duration) -> Self {
        self.read = time;
        self
    }
}

impl Default for ServerLimits {
    fn default() -> Self {
        Self::new()
    }
}

/// The most bytes of a body.
pub(crate) const MOST_BODY: usize = 64 << 10;
/// The most bytes of a head.
pub(crate) const MOST_HEAD: usize = 16 << 10;
/// The most header fields.
pub(crate) const MOST_FIELDS: usize = 64;
/// The longest that a caller may wait for a call.
pub(crate) const LONGEST_WAIT: Duration = Duration::from_secs(120);
