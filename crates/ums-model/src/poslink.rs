//! The operations of POS通交易接口.
//!
//! `cargo xtask fixtures` lists the files of this directory.

pub(crate) mod activate_terminal;
pub(crate) mod pay;
pub(crate) mod query;
pub(crate) mod query_refund;
pub(crate) mod refund;
pub(crate) mod reverse_payment;
pub(crate) mod void_payment;
