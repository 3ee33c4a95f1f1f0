//! Who may call: the check of signatures, and the file that lists several teams.

pub(crate) mod accounts;
pub(crate) mod authorization;
