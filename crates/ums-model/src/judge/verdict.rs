//! What a reply code can say of an operation.

/// What a well-formed reply says of the operation, by its code alone.
///
/// The model knows no HTTP status: whether the reply may be believed at all is for the client to
/// say.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(
    clippy::exhaustive_enums,
    reason = "done, not done, or not known: there is no fourth"
)]
pub enum Verdict {
    /// The operation was carried out.
    Approved,
    /// The operation was not carried out.
    Declined(Refusal),
    /// The reply does not settle it: an operation that moves money may or may not have moved it.
    Unknown,
}

/// How far an operation got that was not carried out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(
    clippy::exhaustive_enums,
    reason = "refused at the gateway or behind it"
)]
pub enum Refusal {
    /// The gateway refused the call before any processing, for its authentication or its form. It
    /// was seen to do so with HTTP 412, so a client may believe it under a 4xx status too.
    BeforeProcessing,
    /// The business system answered that it did not carry it out. Believable under HTTP 200 only.
    NotExecuted,
}
