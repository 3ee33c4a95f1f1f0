//! How patiently to ask.

use std::time::Duration;

use chrono::NaiveTime;

/// How patiently to ask what became of an operation.
///
/// ```
/// use std::time::Duration;
/// use ums_client::ResolvePolicy;
///
/// let policy = ResolvePolicy::builder()
///     .pace(Duration::from_secs(2))
///     .within(Duration::from_secs(240))
///     .build()?;
/// assert!(ResolvePolicy::builder().pace(Duration::ZERO).build().is_err());
/// # Ok::<(), ums_client::InvalidResolvePolicy>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResolvePolicy {
    pub(crate) first: Duration,
    pub(crate) growth: Duration,
    pub(crate) longest: Duration,
    pub(crate) within: Duration,
    pub(crate) late_window: Duration,
    pub(crate) day_ends: Option<NaiveTime>,
    pub(crate) repeat_once: bool,
}

impl ResolvePolicy {
    /// Starts from the defaults.
    pub fn builder() -> ResolvePolicyBuilder {
        ResolvePolicyBuilder {
            policy: Self::default(),
        }
    }

    /// The pause before the first query.
    pub fn pace(&self) -> Duration {
        self.first
    }

    /// How long after its start the resolving ends.
    pub fn within(&self) -> Duration {
        self.within
    }

    /// See [`ResolvePolicyBuilder::late_window`].
    pub fn late_window(&self) -> Duration {
        self.late_window
    }
}

impl Default for ResolvePolicy {
    fn default() -> Self {
        Self {
            first: Duration::from_secs(3),
            growth: Duration::from_secs(1),
            longest: Duration::from_secs(10),
            within: Duration::from_secs(180),
            late_window: Duration::from_secs(120),
            day_ends: None,
            repeat_once: false,
        }
    }
}

/// Configures a [`ResolvePolicy`].
#[derive(Clone, Debug)]
#[must_use]
pub struct ResolvePolicyBuilder {
    policy: ResolvePolicy,
}

impl ResolvePolicyBuilder {
    /// The pause before the first query; each further pause is longer by [`growth`](Self::growth).
    /// Default: 3 seconds.
    pub fn pace(mut self, pause: Duration) -> Self {
        self.policy.first = pause;
        self
    }

    /// How much longer each further pause is than the one before. Default: 1 second.
    pub fn growth(mut self, growth: Duration) -> Self {
        self.policy.growth = growth;
        self
    }

    /// The longest pause, if it is longer than the first. Default: 10 seconds.
    pub fn longest(mut self, pause: Duration) -> Self {
        self.policy.longest = pause;
        self
    }

    /// No query starts later than this after the resolving began. Default: 180 seconds, which is
    /// long enough for a call of 30 seconds to be found not carried out.
    pub fn within(mut self, limit: Duration) -> Self {
        self.policy.within = limit;
        self
    }

    /// How long after a call's deadline the platform may still carry it out. Before that, an answer
    /// that knows nothing of the operation proves nothing. No document says how long; the default
    /// is 120 seconds (inferred).
    pub fn late_window(mut self, window: Duration) -> Self {
        self.policy.late_window = window;
        self
    }

    /// When the platform's day ends, if earlier than midnight (UTC+8). A query covers the same day
    /// only (POS通交易接口 v20200527 §3.3), so that "not carried out" is believed only on the day
    /// of the call. Whether a calendar or a trading day is meant, and when the latter ends, is not
    /// published.
    pub fn day_ends(mut self, at: NaiveTime) -> Self {
        self.policy.day_ends = Some(at);
        self
    }

    /// Whether to send a void once more after it was found not carried out. The second sending is a
    /// call of its own, listed in [`Resolution::repeated`](crate::Resolution::repeated), and is
    /// resolved like the first but not repeated again. Operations that move money anew, payments
    /// and refunds, are never repeated. Default: `false`.
    pub fn repeat_once(mut self, repeat: bool) -> Self {
        self.policy.repeat_once = repeat;
        self
    }

    /// The policy.
    ///
    /// # Errors
    ///
    /// Returns an error if the pace, the time to end or the late window is zero: asking without a
    /// pause floods the platform, and answers that come at once prove nothing.
    pub fn build(self) -> Result<ResolvePolicy, InvalidResolvePolicy> {
        for (setting, value) in [
            ("pace", self.policy.first),
            ("longest", self.policy.longest),
            ("within", self.policy.within),
            ("late_window", self.policy.late_window),
        ] {
            if value.is_zero() {
                return Err(InvalidResolvePolicy { setting });
            }
        }
        Ok(self.policy)
    }
}

/// A policy that would ask without a pause, or believe too early.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{setting}` of a resolve policy must be longer than zero")]
#[non_exhaustive]
pub struct InvalidResolvePolicy {
    /// The setting that is zero.
    pub setting: &'static str,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_would_ask_or_believe_at_once_is_refused() {
        let zero = Duration::ZERO;
        let builder = ResolvePolicy::builder;
        for (setting, policy) in [
            ("pace", builder().pace(zero)),
            ("longest", builder().longest(zero)),
            ("within", builder().within(zero)),
            ("late_window", builder().late_window(zero)),
        ] {
            assert_eq!(policy.build(), Err(InvalidResolvePolicy { setting }));
        }
        assert_eq!(builder().build(), Ok(ResolvePolicy::default()));
        assert!(builder().growth(zero).build().is_ok());
    }
}
