//! What the flags, the environment and a profile say of the gateway, and who calls it.

pub(crate) mod credentials;
pub(crate) mod destination;
pub(crate) mod gateway;
pub(crate) mod journal;
pub(crate) mod profiles;
pub(crate) mod proxy;
pub(crate) mod settings;
