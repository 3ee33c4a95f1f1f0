//! Holds the outcomes of `ums-client` against the ledger of `ums-simulator`.
//!
//! Three proofs, which `docs/outcomes.md` puts in their place:
//!
//! * [`matrix`]: each fault, on fresh and reused connections, plain and TLS, over real sockets;
//! * [`cuts`]: the same with the connection cut at each byte of request and reply;
//! * [`history`]: random histories of several calls over memory, on a paused clock, each determined
//!   by its seed.
//!
//! [`verdict`] is what all three check, and knows nothing of the client's insides.

#[cfg(unix)]
pub mod clients;
pub mod cuts;
pub mod durable;
pub mod history;
#[cfg(unix)]
pub mod kills;
pub mod matrix;
pub mod report;
pub mod struck_call;
pub mod tally;
pub mod verdict;

/// The examples of the workspace's front pages.
#[cfg(doctest)]
mod front_pages {
    #[doc = include_str!("../../../README.md")]
    struct English;

    #[doc = include_str!("../../../README.zh-CN.md")]
    struct Chinese;
}
