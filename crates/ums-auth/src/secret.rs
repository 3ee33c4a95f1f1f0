//! The secrets, and what is computed with them.

pub(crate) mod access_token;
pub(crate) mod app_key;
pub(crate) mod kept;
pub(crate) mod notify_key;
pub(crate) mod plain_digest;
pub(crate) mod prepared_key;
