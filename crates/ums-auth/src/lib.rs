#![doc = include_str!("../README.md")]
#![no_std]

extern crate alloc;

pub mod explain;
pub mod notify;
pub mod open_access_token;
pub mod open_body_sig;
pub mod open_form_param;

mod access_token;
mod app_id;
mod app_key;
mod body_digest;
mod form_text;
mod header_text;
mod hex;
mod inline_text;
mod invalid;
mod nonce;
mod notify_key;
mod plain_digest;
mod prepared_key;
mod refused;
mod secret;
mod signature;
mod string_to_sign;
mod timestamp;

pub use access_token::AccessToken;
pub use app_id::AppId;
pub use app_key::AppKey;
pub use body_digest::{BodyDigest, BodyHasher};
pub use form_text::{FormProblem, InvalidForm};
pub use header_text::{HeaderProblem, InvalidHeader};
pub use invalid::{Field, InvalidValue, Rule};
pub use nonce::Nonce;
pub use notify_key::NotifyKey;
pub use refused::Refused;
pub use signature::Signature;
pub use string_to_sign::StringToSign;
pub use timestamp::Timestamp;
