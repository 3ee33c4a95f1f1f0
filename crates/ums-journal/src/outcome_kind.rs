//! How a call ended, without what it ended with.

use crate::name::names;

names! {
    /// How a call ended: one of four, and none of them is a guess.
    #[allow(
        clippy::exhaustive_enums,
        reason = "complete: callers must decide about each of the four"
    )]
    pub enum OutcomeKind, "outcome" {
        /// It was carried out: the gateway answered 200 with a well-formed reply that approves.
        Approved = "approved",
        /// It was not carried out: the gateway's code is known to mean so.
        Declined = "declined",
        /// It was not carried out: no byte of a request was written.
        NotSent = "not_sent",
        /// It may have been carried out, or not.
        Unknown = "unknown",
    }
}
