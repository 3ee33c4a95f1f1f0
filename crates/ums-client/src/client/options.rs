//! What may differ from call to call.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use ums_journal::Recorder;

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
#[derive(Clone, Default)]
pub struct CallOptions {
    timeout: Option<Duration>,
    resend: Option<Resend>,
    send_window: Option<Duration>,
    recorder: Option<Arc<dyn Recorder>>,
}

impl CallOptions {
    /// As the client has it.
    pub fn new() -> Self {
        Self::default()
    }

    /// The deadline of the call in place of [`ClientBuilder::timeout`].
    ///
    /// A recorder is told of it with [`Sending::deadline_in`](crate::Sending::deadline_in) alone.
    /// Whoever asks after a crash what became of a call that had more time than its client gives
    /// has to say when it would have ended ([`PastCall::with_deadline`]).
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

    /// How long after it began to be recorded that the call is sent its bytes may be written, in
    /// place of [`ClientBuilder::send_window`](crate::ClientBuilder::send_window).
    #[must_use]
    pub fn send_window(mut self, limit: Duration) -> Self {
        self.send_window = Some(limit);
        self
    }

    /// Records this call, in place of [`ClientBuilder::recorder`](crate::ClientBuilder::recorder).
    ///
    /// What is found out later of a call that ends as unknown is told to the client's own.
    #[must_use]
    pub fn recorder(mut self, recorder: Arc<dyn Recorder>) -> Self {
        self.recorder = Some(recorder);
        self
    }

    pub(crate) fn send_window_or(&self, default: Duration) -> Duration {
        self.send_window.unwrap_or(default)
    }

    pub(crate) fn recorder_or<'a>(
        &'a self,
        default: Option<&'a Arc<dyn Recorder>>,
    ) -> Option<&'a dyn Recorder> {
        self.recorder
            .as_ref()
            .or(default)
            .map(|recorder| &**recorder)
    }

    pub(crate) fn timeout_or(&self, default: Duration) -> Duration {
        self.timeout.unwrap_or(default)
    }

    pub(crate) fn resend_or(&self, default: Resend) -> Resend {
        self.resend.unwrap_or(default)
    }
}

impl fmt::Debug for CallOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CallOptions")
            .field("timeout", &self.timeout)
            .field("resend", &self.resend)
            .field("send_window", &self.send_window)
            .field("recorder", &self.recorder.as_ref().map(|_| ".."))
            .finish()
    }
}
