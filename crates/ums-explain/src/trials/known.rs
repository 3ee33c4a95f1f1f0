//! What is known of a request that was signed in an unknown way.

use crate::readings::Reading;

/// What was sent, and what may have signed it.
pub(crate) struct Known<'a> {
    /// AppId, Timestamp and Nonce as they stand in the header.
    pub(crate) sent: [&'a str; 3],
    pub(crate) readings: &'a [Reading],
    pub(crate) body: &'a [u8],
    pub(crate) app_id: &'a str,
    pub(crate) app_key: &'a str,
    pub(crate) notify_key: Option<&'a str>,
    pub(crate) method_and_target: Option<(&'a str, &'a str)>,
    /// Timestamp and Nonce of the other call.
    pub(crate) other: [Option<&'a str>; 2],
}
