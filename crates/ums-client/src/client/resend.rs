//! Sending again what was provably not sent.

use std::time::Duration;

use ums_transport::TransportErrorKind;

use crate::outcome::NotSentReason;

/// Whether a call that ended as not sent is tried again before the caller is told.
///
/// Only attempts of which no byte was written are repeated, within the same deadline, each signed
/// anew and listed in [`Evidence::earlier`]. Whatever may have reached the gateway is never
/// repeated, whatever this says.
///
/// A pooled connection that turns out closed before the first byte is replaced by a new one under
/// either policy: that is noticed at once, and nothing is wrong with the gateway.
///
/// [`Evidence::earlier`]: crate::Evidence::earlier
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Resend {
    /// The first failure is the answer. The default.
    #[default]
    Never,
    /// Up to this many further attempts, each after a pause that a [`Jitter`](crate::Jitter) draws
    /// from zero to a bound that doubles from 200 ms to 5 s. A pause that would reach the deadline
    /// is not begun: the failure is then the answer.
    UpTo(u32),
}

impl Resend {
    pub(crate) fn allows(self, resent: u32, reason: &NotSentReason) -> bool {
        let Self::UpTo(limit) = self else {
            return false;
        };
        let NotSentReason::Transport(failure) = reason else {
            return false;
        };
        resent < limit
            && matches!(
                failure.kind(),
                TransportErrorKind::Resolve
                    | TransportErrorKind::Connect
                    | TransportErrorKind::Proxy
                    | TransportErrorKind::Tls
                    | TransportErrorKind::ConnectTimeout
                    | TransportErrorKind::Closed
                    | TransportErrorKind::Io
            )
    }
}

/// The longest pause before attempt number `resent` + 2.
pub(crate) fn bound(resent: u32) -> Duration {
    const FIRST: Duration = Duration::from_millis(200);
    const MOST: Duration = Duration::from_secs(5);
    FIRST.saturating_mul(1 << resent.min(10)).min(MOST)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bounds_double_up_to_the_most() {
        let millis: Vec<_> = (0..7).map(|n| bound(n).as_millis()).collect();
        assert_eq!(millis, [200, 400, 800, 1600, 3200, 5000, 5000]);
        assert_eq!(bound(u32::MAX), Duration::from_secs(5));
    }

    #[test]
    fn only_what_the_network_refused_is_tried_again() {
        let reason = NotSentReason::InvalidPath(String::new());
        assert!(!Resend::UpTo(3).allows(0, &reason));
        assert!(!Resend::Never.allows(0, &reason));
    }
}
