//! What may differ from one submission to the next.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use ums_client::{Recorder, Resend};
use ums_journal::{CallId, CallerText};

/// How one call is submitted, for [`Durable::submit_with`](crate::Durable::submit_with).
///
/// ```
/// use std::time::Duration;
/// use ums_durable::SubmitOptions;
///
/// // The call has its whole time, and this caller waits for two seconds of it.
/// let options = SubmitOptions::new().wait(Duration::from_secs(2));
/// # let _ = options;
/// ```
#[derive(Clone, Debug, Default)]
#[must_use]
pub struct SubmitOptions {
    pub(crate) limit: Option<Duration>,
    pub(crate) wait: Option<Duration>,
    pub(crate) resend: Option<Resend>,
    pub(crate) not_after: Option<DateTime<Utc>>,
    pub(crate) ask_first: bool,
    pub(crate) despite: Vec<CallId>,
    pub(crate) by: Option<CallerText>,
    pub(crate) labels: BTreeMap<String, CallerText>,
    pub(crate) written: Option<String>,
    pub(crate) also: Option<AlsoTold>,
}

/// Somebody who is told of a call beside the journal.
#[derive(Clone)]
pub(crate) struct AlsoTold(pub(crate) Arc<dyn Recorder>);

impl fmt::Debug for AlsoTold {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AlsoTold")
    }
}

impl SubmitOptions {
    /// As the client has it.
    pub fn new() -> Self {
        Self::default()
    }

    /// The deadline of the call, in place of the client's.
    pub fn limit(mut self, limit: Duration) -> Self {
        self.limit = Some(limit);
        self
    }

    /// How long this caller waits at most. The call goes on without the caller. Without it, until
    /// the call has ended.
    pub fn wait(mut self, wait: Duration) -> Self {
        self.wait = Some(wait);
        self
    }

    /// Whether what was provably not sent is tried again, in place of what the client does.
    pub fn resend(mut self, resend: Resend) -> Self {
        self.resend = Some(resend);
        self
    }

    /// After this time it is not to be sent any more.
    pub fn not_after(mut self, time: DateTime<Utc>) -> Self {
        self.not_after = Some(time);
        self
    }

    /// Asks by query before anything is sent, and sends only what the platform has no trace of.
    pub fn ask_first(mut self) -> Self {
        self.ask_first = true;
        self
    }

    /// Begins in spite of these calls, which are open on the same order.
    pub fn despite(mut self, calls: impl IntoIterator<Item = CallId>) -> Self {
        self.despite.extend(calls);
        self
    }

    /// Who asks for it.
    pub fn by(mut self, by: CallerText) -> Self {
        self.by = Some(by);
        self
    }

    /// A label of the caller's own.
    pub fn label(mut self, name: impl Into<String>, value: CallerText) -> Self {
        self.labels.insert(name.into(), value);
        self
    }

    /// The JSON body as the caller wrote it, before defaults: whether two calls with one key ask
    /// for the same is told by it. Without it, by the request's own body.
    pub fn written(mut self, body: impl Into<String>) -> Self {
        self.written = Some(body.into());
        self
    }

    /// Tells this recorder too what the client tells the journal of the call, before the journal
    /// has it: for showing how far the call is. The client's own recorder is not told.
    pub fn recorder(mut self, recorder: Arc<dyn Recorder>) -> Self {
        self.also = Some(AlsoTold(recorder));
        self
    }
}
