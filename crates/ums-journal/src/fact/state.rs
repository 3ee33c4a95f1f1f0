//! How far a durable call got.

use crate::name::names;

names! {
    /// How far a call got. How it ended is its [`outcome`](crate::View::outcome).
    #[non_exhaustive]
    pub enum State, "state of a durable call" {
        /// It is about to start. Nothing was sent.
        Intended = "intended",
        /// It may be on the wire.
        Sending = "sending",
        /// It has ended.
        Ended = "ended",
        /// It ended as unknown, and is being asked about.
        Resolving = "resolving",
        /// It was found out.
        Resolved = "resolved",
        /// Only the platform's statement can tell.
        AwaitingStatement = "awaiting_statement",
        /// A person has closed it.
        Closed = "closed",
        /// What is known now differs from an answer that was given.
        Contradicted = "contradicted",
    }
}
