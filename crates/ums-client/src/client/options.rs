//! What may differ from call to call.

use std::time::Duration;

use crate::client::resend::Resend;

/// How one call is to be made, for [`Client::execute_with`](crate::Client::execute_with). What is
/// not set is as the client has it.
///
/// ```
/// use std::time::Duration;
/// use ums_client::CallOptions;
///
/// let while_the_customer_waits = CallOptions::new().timeout(Duration::from_secs(8));
/// # let _ = while_the_customer_waits;
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CallOptions {
    timeout: Option<Duration>,
    resend: Option<Resend>,
}

impl CallOptions {
    /// As the client has it.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The deadline of the call in place of [`ClientBuilder::timeout`].
    ///
    /// A recorder is not told of it. Whoever asks after a crash what became of a call that had more
    /// time than its client gives has to say when it would have ended ([`PastCall::with_deadline`]).
    ///
    /// [`ClientBuilder::timeout`]: crate::ClientBuilder::timeout
    /// [`PastCall::with_deadline`]: crate::PastCall::with_deadline
    #[must_use]
    pub fn timeout(mut self, limit: Duration) -> Self {
        self.timeout = Some(limit);
        self
    }

    /// Whether to send again what was provably not sent, in place of
    /// [`ClientBuilder::resend`](crate::ClientBuilder::resend).
    #[must_use]
    pub fn resend(mut self, resend: Resend) -> Self {
        self.resend = Some(resend);
        self
    }

    pub(crate) fn timeout_or(&self, default: Duration) -> Duration {
        self.timeout.unwrap_or(default)
    }

    pub(crate) fn resend_or(&self, default: Resend) -> Resend {
        self.resend.unwrap_or(default)
    }
}
