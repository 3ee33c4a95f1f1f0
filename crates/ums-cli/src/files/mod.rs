//! Files that a person names: read, written, and trusted or not.

pub(crate) mod exposure;
pub(crate) mod file;
pub(crate) mod named;
pub(crate) mod secret;
