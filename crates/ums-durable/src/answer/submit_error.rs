//! Why a call does not begin. Nothing was sent, and no key is used up.

use std::error::Error;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use ums_client::NotSentReason;
use ums_journal::{CallId, MayRepeat, StoreError, StoreRefusal};

use crate::process::amnesia::Amnesia;

/// Why a call does not begin. **Nothing was sent**, and the key is not used up by it.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SubmitError {
    /// The request cannot be written, or what the caller wrote may be read as two things.
    #[error("the request cannot be written")]
    Invalid(#[source] Arc<dyn Error + Send + Sync>),
    /// The key belongs to another request, or another call is in the way: the refusal names it.
    #[error(transparent)]
    Refused(StoreRefusal),
    /// The journal cannot be read or written.
    #[error("nothing was sent, as the journal cannot be used")]
    Journal(#[source] Arc<StoreError>),
    /// The journal has forgotten what it held, or is another one: a person must accept it first.
    #[error("nothing was sent, as the journal is not the one that was known")]
    Amnesia(#[source] Amnesia),
    /// It was to be asked first whether it was carried out already, and the answer was not certain.
    #[error(
        "nothing was sent, as the platform did not say for certain what is known of it already"
    )]
    NotCertain,
    /// A person has accepted a journal that may have forgotten the call. The platform has no trace
    /// of it, and may carry it out until then: it may be submitted again after that.
    #[error(
        "nothing was sent, as what the journal has forgotten may still be carried out until {0}: try again then"
    )]
    NotCertainBefore(DateTime<Utc>),
    /// The time after which the caller does not want it any more is over.
    #[error("nothing was sent, as it was not wanted after {0}")]
    TooLate(DateTime<Utc>),
    /// The client does not begin the call.
    #[error(transparent)]
    NotStarted(NotSentReason),
    /// [`Durable::close`](crate::Durable::close) was called.
    #[error("nothing was sent, as this process is closing")]
    Closing,
}

impl SubmitError {
    /// The call that is in the way, if one is.
    pub fn call(&self) -> Option<&CallId> {
        match self {
            Self::Refused(refused) => refused.call(),
            _ => None,
        }
    }

    /// Whether the operation may be submitted again.
    pub fn may_repeat(&self) -> MayRepeat {
        match self {
            Self::Refused(StoreRefusal::KeyOfAnotherRequest { .. }) => MayRepeat::NewKey,
            Self::Refused(_) | Self::Invalid(_) | Self::TooLate(_) => MayRepeat::No,
            _ => MayRepeat::SameKey,
        }
    }
}
