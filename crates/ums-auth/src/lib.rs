#![doc = include_str!("../README.md")]
#![no_std]

extern crate alloc;
#[cfg(any(feature = "clock", feature = "random"))]
extern crate std;

pub mod form;

mod invalid;
mod refused;
mod scheme;
mod secret;
mod text;
mod value;

/// The time that [`Timestamp::at`] takes and [`Timestamp::to_datetime`] gives is of this crate.
pub use chrono;
pub use form::{FormProblem, InvalidForm};
pub use invalid::{InvalidValue, ValueName, ValueRule};
pub use refused::Refused;
pub use scheme::{notify, open_access_token, open_body_sig, open_form_param};
pub use secret::access_token::AccessToken;
pub use secret::app_key::AppKey;
pub use secret::notify_key::NotifyKey;
pub use text::header_text::{HeaderProblem, InvalidHeader};
pub use value::app_id::AppId;
pub use value::body_digest::{BodyDigest, BodyHasher};
pub use value::nonce::Nonce;
#[cfg(feature = "random")]
pub use value::nonce::RandomSourceError;
pub use value::signature::Signature;
pub use value::string_to_sign::StringToSign;
pub use value::timestamp::Timestamp;
