//! The commands, one file each: what it takes (`Args`), and what it does (`Args::run`).

pub(crate) mod api;
pub(crate) mod completions;
pub(crate) mod demo;
pub(crate) mod explain;
pub(crate) mod journal;
pub(crate) mod man;
pub(crate) mod pay;
pub(crate) mod resolve;
#[cfg(feature = "serve")]
pub(crate) mod serve;
pub(crate) mod sign;
pub(crate) mod simulator;
pub(crate) mod verify_notify;
