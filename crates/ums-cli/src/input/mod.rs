//! What flags hold: read, checked, and made into fields of a request.

pub(crate) mod amount;
pub(crate) mod at_till;
pub(crate) mod fields;
pub(crate) mod goods;
pub(crate) mod identifier;
pub(crate) mod journalling;
pub(crate) mod location;
pub(crate) mod refusals;
pub(crate) mod resolving;
pub(crate) mod scheme;
pub(crate) mod time;
