//! The operations of POS通担保交易接口.
//!
//! `cargo xtask fixtures` lists the files of this directory.

pub(crate) mod complete_authorization;
pub(crate) mod deal;
pub(crate) mod preauthorize;
pub(crate) mod query_authorization;
pub(crate) mod query_authorization_by_trace;
pub(crate) mod quick_complete_authorization;
pub(crate) mod quick_void_authorization;
pub(crate) mod void_authorization;
