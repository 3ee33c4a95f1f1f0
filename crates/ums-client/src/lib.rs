//! Client for the UMS (银联商务) open platform: an operation in, an outcome
//! out, never a guess.

mod authentication;
mod client;
mod clock;
mod environment;
mod evidence;
mod in_flight;
mod judge;
mod language;
mod mask;
mod next_step;
mod nonce_source;
mod outcome;
mod recorder;
mod resend;
mod sentence;
mod skew;
mod span;
mod token;

pub use client::{BuildError, Client, ClientBuilder};
pub use clock::{Clock, SystemClock};
pub use environment::Environment;
pub use evidence::{Attempt, Evidence};
pub use in_flight::{Concurrency, OpenCall};
pub use judge::OnDiscrepancy;
pub use language::Language;
pub use mask::mask_card_numbers;
pub use next_step::NextStep;
pub use nonce_source::{NonceSource, NonceUnavailable, RandomNonces};
pub use outcome::{
    Approved, Declined, NotSent, NotSentReason, Outcome, OutcomeKind, Unknown, UnknownReason,
};
pub use recorder::{Ended, Intent, Recorder, Recording, Sending};
pub use resend::Resend;
pub use token::{AccessTokens, StoredToken, Storing, TokenError, TokenStore};

pub use ums_auth as auth;
pub use ums_model as model;
pub use ums_transport as transport;
