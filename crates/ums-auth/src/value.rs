//! What goes into a signature and comes out of it; none of it is secret.

pub(crate) mod app_id;
pub(crate) mod body_digest;
pub(crate) mod nonce;
pub(crate) mod signature;
pub(crate) mod string_to_sign;
pub(crate) mod timestamp;
